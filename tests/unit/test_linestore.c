/* Lines in chunks, in memory and on the disk: against a model that is too simple to be wrong, and what
 * happens when there is no more room. */
#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <cmocka.h>

#include "client/base/mem.h"
#include "client/text/linestore.h"

enum { CHUNK = 2048, MODEL_MAX = 20000, SPANS = 3 };

static char folder[] = "/tmp/test_linestore_XXXXXX";

static uint32_t random_state = 1;

static uint32_t any(uint32_t below)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) % below;
}

/* ---- entries ---- */

/* A line with everything that a line can have, made from one number. */
static void make_entry(struct line_entry *entry, char *text, size_t size, struct text_span *spans,
                       uint32_t seed)
{
    random_state = seed * 2654435761u + 12345;
    *entry = (struct line_entry){0};
    int64_t times[] = {0,
                       1771845600000 + any(100) * 1000,
                       1771845600000,
                       1771845600000 + any(100000),
                       INT64_MAX,
                       INT64_MIN,
                       -5000};
    entry->line.time = times[any(10) == 0 ? any(7) : 1 + any(3)];
    if (any(40) == 0) {
        entry->gap = true;
        entry->why = (enum line_gap)any(4);
        entry->gap_ms = any(2) * any(100000);
        return;
    }
    entry->line.level = (enum log_level)any(4);
    entry->line.source = (enum log_source)any(4);
    entry->continued = any(3) == 0;
    size_t len = any(20) == 0 ? any((uint32_t)size) : any(80);
    for (size_t i = 0; i < len; i++)
        text[i] = (char)('a' + any(26));
    text[len] = '\0';
    if (any(50) == 0 && len > 10)
        memcpy(text + any((uint32_t)len - 6), "needle", 6);
    struct text *out = &entry->line.text;
    *out = (struct text){.bytes = text, .len = (uint32_t)len, .spans = spans};
    if (any(4) != 0)
        return;
    out->dropped = any(3) * any(1000);
    out->cut = any(3) * any(1u << 23);
    uint32_t at = 0;
    while (out->span_count < SPANS && at + 1 < out->len) {
        struct text_span *span = &spans[out->span_count++];
        at += any(out->len - at);
        *span = (struct text_span){.start = at, .len = any(out->len - at) + 1};
        color colors[] = {COLOR_DEFAULT_VALUE, color_index((uint8_t)any(256)),
                          color_rgb((uint8_t)any(256), (uint8_t)any(256), (uint8_t)any(256))};
        span->style = (struct style){colors[any(3)], colors[any(3)], (uint16_t)any(512)};
        at += span->len;
    }
}

/* A gap has the time of the line before it: not compared. */
static void expect_entry(const struct line_entry *have, uint32_t seed)
{
    char text[5001];
    struct text_span spans[SPANS];
    struct line_entry want;
    make_entry(&want, text, sizeof text - 1, spans, seed);
    assert_int_equal(have->gap, want.gap);
    if (want.gap) {
        assert_int_equal(have->why, want.why);
        assert_int_equal(have->gap_ms, want.gap_ms);
        return;
    }
    assert_true(have->line.time == want.line.time);
    assert_int_equal(have->line.level, want.line.level);
    assert_int_equal(have->line.source, want.line.source);
    assert_int_equal(have->continued, want.continued);
    const struct text *a = &have->line.text, *b = &want.line.text;
    assert_int_equal(a->len, b->len);
    assert_string_equal(a->bytes, b->bytes);
    assert_int_equal(a->dropped, b->dropped);
    assert_int_equal(a->cut, b->cut);
    assert_int_equal(a->span_count, b->span_count);
    for (uint32_t i = 0; i < a->span_count; i++) {
        assert_int_equal(a->spans[i].start, b->spans[i].start);
        assert_int_equal(a->spans[i].len, b->spans[i].len);
        assert_true(style_equal(a->spans[i].style, b->spans[i].style));
    }
}

/* ---- the model: the seed of each line; 0 stands for the gap where lines went ---- */

struct model {
    uint32_t seeds[MODEL_MAX];
    size_t count;
    int64_t first;
    uint32_t next_seed;
};

static void append(struct linestore *store, struct model *model, size_t count)
{
    char text[5001];
    struct text_span spans[SPANS];
    struct line_entry entry;
    for (size_t i = 0; i < count && model->count < MODEL_MAX; i++) {
        model->seeds[model->count++] = ++model->next_seed;
        make_entry(&entry, text, sizeof text - 1, spans, model->next_seed);
        linestore_append(store, &entry);
    }
}

static void prepend(struct linestore *store, struct model *model, size_t count)
{
    struct line_entry entries[64] = {0};
    char *texts[64];
    struct text_span spans[64][SPANS];
    if (model->count + count > MODEL_MAX)
        return;
    memmove(model->seeds + count, model->seeds, model->count * sizeof model->seeds[0]);
    for (size_t i = 0; i < count; i++) {
        texts[i] = mem_alloc(5001);
        model->seeds[i] = ++model->next_seed;
        make_entry(&entries[i], texts[i], 5000, spans[i], model->next_seed);
    }
    linestore_prepend(store, entries, count);
    model->count += count;
    model->first -= (int64_t)count;
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
}

/* The store lets go of so many lines as it likes; what is left is a gap and the others. */
static void follow_drop(const struct linestore *store, struct model *model)
{
    size_t gone = (size_t)(store->first_number - model->first);
    memmove(model->seeds, model->seeds + gone, (model->count - gone) * sizeof model->seeds[0]);
    model->count -= gone;
    model->first += (int64_t)gone;
    if (store->lost)
        model->seeds[0] = 0;
}

static void expect_at(struct linestore *store, const struct model *model, size_t index)
{
    const struct line_entry *entry = linestore_at(store, model->first + (int64_t)index);
    if (model->seeds[index] != 0)
        expect_entry(entry, model->seeds[index]);
    else
        assert_true(entry->gap);
}

static size_t find_needle(const void *ctx, const char *texts, size_t len)
{
    (void)ctx;
    const char *found = memmem(texts, len, "needle", 6);
    return found != NULL ? (size_t)(found - texts) : len;
}

static void expect_seek(struct linestore *store, const struct model *model)
{
    size_t from = any((uint32_t)model->count), to = from + any((uint32_t)(model->count - from) + 1),
           at = from;
    for (; at < to; at++) {
        const struct line_entry *entry = linestore_at(store, model->first + (int64_t)at);
        if (entry->gap || strstr(entry->line.text.bytes, "needle") != NULL)
            break;
    }
    assert_int_equal(
        linestore_seek(store, model->first + (int64_t)from, model->first + (int64_t)to, find_needle, NULL),
        model->first + (int64_t)at);
}

static void compare(struct linestore *store, const struct model *model, bool all)
{
    assert_int_equal(store->first_number, model->first);
    assert_int_equal(store->lines, model->count);
    assert_int_equal(linestore_end(store), model->first + (int64_t)model->count);
    uint32_t kept = random_state;
    size_t gaps = 0, errors = 0;
    for (size_t i = 0; i < model->count && all; i++) {
        expect_at(store, model, i);
        gaps += store->reader.entry.gap;
        errors += !store->reader.entry.gap && store->reader.entry.line.level == LOG_LEVEL_ERROR;
    }
    if (all) {
        assert_int_equal(store->gaps, gaps);
        assert_int_equal(store->errors, errors);
    }
    for (uint32_t i = 0; i < 20 && model->count > 0; i++) {
        random_state = kept + i * 7919;
        expect_at(store, model, any((uint32_t)model->count));
        random_state = kept + i * 104729;
        expect_seek(store, model);
    }
    random_state = kept;
}

static void step(struct linestore *store, struct model *model)
{
    switch (any(8)) {
    case 0:
    case 1:
    case 2:
        append(store, model, any(60));
        break;
    case 3:
    case 4:
        prepend(store, model, any(5) == 0 ? 1 : any(64));
        break;
    case 5:
        if (any(4) == 0)
            linestore_drop(store, LINE_GAP_FULL);
        break;
    default:
        break;
    }
    linestore_settle(store);
    follow_drop(store, model);
}

static void model_run(struct linepool *pool, uint32_t seed)
{
    struct linestore store;
    struct model *model = mem_zalloc(1, sizeof *model);
    model->first = seed % 3 == 0 ? -100 : 0;
    model->next_seed = seed * 100000;
    linestore_init(&store, model->first, CHUNK, pool);
    for (uint32_t i = 0; i < 200; i++) {
        random_state = seed * 7777 + i * 31;
        step(&store, model);
        random_state = seed + i;
        compare(&store, model, i % 25 == 24);
    }
    linestore_done(&store);
    free(model);
}

static void against_a_model_in_memory(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 20; seed++)
        model_run(NULL, seed);
}

static void against_a_model_on_the_disk(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 20; seed++) {
        /* A little memory; a disk that is large, or too small for all. */
        struct linepool *pool = linepool_new(&(struct linepool_options){
            .memory = 10000, .disk = seed % 2 == 0 ? 64 << 20 : 200000, .folder = folder});
        model_run(pool, seed);
        assert_int_equal(linepool_memory(pool), 0);
        assert_int_equal(linepool_disk(pool), 0);
        linepool_free_all(pool);
    }
}

/* ---- what it costs ---- */

static void fill(struct linestore *store, int64_t from, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++) {
        char text[128];
        int len =
            snprintf(text, sizeof text, "%s %lld: a line of about one hundred bytes, as most lines are, %s",
                     word, (long long)from + (long long)i, "with some figures at its end: 1234567");
        struct line_entry entry = {.line = {.time = 1771845600000 + (from + (int64_t)i) / 50 * 1000,
                                            .text = {.bytes = text, .len = (uint32_t)len}}};
        linestore_append(store, &entry);
    }
    linestore_settle(store);
}

static void few_bytes_beside_the_text(void **state)
{
    (void)state;
    enum { LINES = 20000 };
    struct linestore store;
    linestore_init(&store, 0, 64 << 10, NULL);
    fill(&store, 0, LINES, "one");
    size_t text = 0;
    for (int64_t i = 0; i < LINES; i++)
        text += linestore_at(&store, i)->line.text.len + 1;
    assert_true(store.memory <= text + LINES * 4 + (64 << 10));
    assert_int_equal(linestore_find_time(&store, 1771845600000 + 100 * 1000), 5000);
    assert_int_equal(linestore_find_time(&store, 0), 0);
    assert_int_equal(linestore_find_time(&store, INT64_MAX), LINES);
    linestore_done(&store);
}

/* ---- no more room ---- */

static size_t files_in_folder(void)
{
    DIR *dir = opendir(folder);
    size_t files = 0;
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        files += entry->d_name[0] != '.';
    closedir(dir);
    return files;
}

static void a_flood_costs_its_own_log_only(void **state)
{
    (void)state;
    enum { MEMORY = 300000, DISK = 1000000, QUIET = 500 };
    struct linepool *pool =
        linepool_new(&(struct linepool_options){.memory = MEMORY, .disk = DISK, .folder = folder});
    struct linestore quiet, flood;
    linestore_init(&quiet, 0, 16 << 10, pool);
    linestore_init(&flood, 0, 16 << 10, pool);
    fill(&quiet, 0, QUIET, "quiet");
    for (int64_t i = 0; i < 50; i++) {
        fill(&flood, i * 1000, 1000, "flood");
        assert_true(linepool_memory(pool) <= MEMORY);
        assert_true(linepool_disk(pool) <= DISK);
    }
    assert_int_equal(files_in_folder(), 0); /* the file has no name */
    assert_int_equal(quiet.lines, QUIET);
    assert_false(quiet.lost);
    assert_int_equal(quiet.disk, 0);
    assert_true(flood.lost);
    assert_int_equal(flood.lost_why, LINE_GAP_FULL);
    assert_int_equal(linestore_end(&flood), 50000);
    assert_true(flood.memory + flood.disk > (MEMORY + DISK) * 8 / 10);
    assert_string_equal(linepool_trouble(pool), "");
    /* The gap says how long a time went with the lines. */
    const struct line_entry *gap = linestore_at(&flood, flood.first_number);
    assert_true(gap->gap && gap->gap_ms > 0);
    const char *text = linestore_at(&flood, flood.first_number + 1)->line.text.bytes;
    assert_int_equal(atoll(text + strlen("flood ")), flood.first_number + 1);
    assert_false(linepool_has_room(pool, 100000));
    linestore_done(&flood);
    assert_int_equal(linepool_disk(pool), 0);
    linestore_done(&quiet);
    linepool_free_all(pool);
}

/* The disk fails at any byte: nothing of what is held is lost but for the oldest lines, and that is said. */
static void a_full_disk_is_said(void **state)
{
    (void)state;
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit small = {.rlim_cur = 150000, .rlim_max = before.rlim_max};
    struct linepool *pool =
        linepool_new(&(struct linepool_options){.memory = 100000, .disk = 1 << 30, .folder = folder});
    struct linestore store;
    linestore_init(&store, 0, 16 << 10, pool);
    fill(&store, 0, 1000, "before");
    assert_false(store.lost);
    assert_true(store.disk > 0);
    assert_string_equal(linepool_trouble(pool), "");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    fill(&store, 1000, 9000, "after");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_true(store.lost);
    assert_int_equal(store.lost_why, LINE_GAP_DISK);
    assert_true(linepool_memory(pool) <= 100000);
    assert_non_null(strstr(linepool_trouble(pool), "cannot write log lines to"));
    assert_non_null(strstr(linepool_trouble(pool), folder));
    for (int64_t i = store.first_number + 1; i < linestore_end(&store); i++)
        assert_int_equal(atoll(strchr(linestore_at(&store, i)->line.text.bytes, ' ')), i);
    /* It goes on when there is room again. */
    fill(&store, 10000, 2000, "again");
    assert_string_equal(linepool_trouble(pool), "");
    linestore_done(&store);
    linepool_free_all(pool);
}

static void a_folder_that_cannot_be_made(void **state)
{
    (void)state;
    struct linepool *pool = linepool_new(
        &(struct linepool_options){.memory = 50000, .disk = 1 << 30, .folder = "/dev/null/no/such"});
    struct linestore store;
    linestore_init(&store, 0, 8 << 10, pool);
    fill(&store, 0, 5000, "x");
    assert_true(store.lost);
    assert_true(linepool_memory(pool) <= 50000);
    assert_non_null(strstr(linepool_trouble(pool), "/dev/null/no/such"));
    linestore_done(&store);
    linepool_free_all(pool);
    linepool_free_all(NULL);
}

/* What a disk gives back may be anything: it is read within its bounds. */
static void broken_bytes_stay_in_bounds(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 300; seed++) {
        struct linechunk chunk;
        linechunk_init(&chunk, 0);
        char text[301];
        struct text_span spans[SPANS];
        struct line_entry entry;
        for (uint32_t i = 0; i < 80; i++) {
            make_entry(&entry, text, sizeof text - 1, spans, seed * 1000 + i);
            linechunk_add(&chunk, &entry);
        }
        linechunk_seal(&chunk);
        char *copy = mem_alloc(linechunk_size(&chunk));
        memcpy(copy, chunk.text, linechunk_size(&chunk));
        random_state = seed;
        for (uint32_t i = any(20) + 1; i > 0; i--)
            copy[any(4) == 0 ? any(chunk.text_len) : chunk.text_len + any(chunk.head_len)] = (char)any(256);
        struct linechunk_bytes bytes = linechunk_bytes_of(&chunk, copy);
        struct linechunk_reader reader = {0};
        for (uint32_t i = 0; i < chunk.count; i++) {
            struct linechunk_mark at = linechunk_find(&chunk, &bytes, i);
            bool good = linechunk_read(&chunk, &bytes, &at, &reader);
            assert_true(good || (reader.entry.gap && reader.entry.why == LINE_GAP_UNREADABLE));
            if (!reader.entry.gap)
                assert_true(reader.entry.line.text.bytes[reader.entry.line.text.len] == '\0');
            uint32_t start;
            assert_true(linechunk_line_at(&chunk, &bytes, any(chunk.text_len), &start) < chunk.count);
        }
        assert_true(linechunk_find_time(&chunk, &bytes, 1771845600000) <= chunk.count);
        linechunk_reader_done(&reader);
        linechunk_done(&chunk);
        free(copy);
    }
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(against_a_model_in_memory),   cmocka_unit_test(against_a_model_on_the_disk),
        cmocka_unit_test(few_bytes_beside_the_text),   cmocka_unit_test(a_flood_costs_its_own_log_only),
        cmocka_unit_test(a_full_disk_is_said),         cmocka_unit_test(a_folder_that_cannot_be_made),
        cmocka_unit_test(broken_bytes_stay_in_bounds),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
