/* The newest lines of the logs, from one boxtop to the next: as they were, with what it takes to go on from
 * them, and harmless whatever is in the file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "client/base/mem.h"
#include "client/cache_tails.h"
#include "client/file.h"
#include "tests/support/world.h"
#include "tui/tails.h"

static char folder[] = "/tmp/test_tails_XXXXXX";
static char path[64];

static void apply(struct store *store, struct event *event)
{
    store_apply(store, event);
    event_free(event);
}

static void add_boxes(struct store *store)
{
    struct box boxes[] = {world_box("a", NULL, BOX_STATUS_RUNNING), world_box("b", NULL, BOX_STATUS_IDLE),
                          world_box("c", NULL, BOX_STATUS_IDLE)};
    apply(store, world_list(boxes, 3));
}

static struct log_line line_of(const char *text, int number)
{
    struct log_line line = world_line(text, (enum log_level)(number % 4), 1000 * (1000 - number));
    line.source = (enum log_source)(number % 4);
    line.digest = 0x9E3779B97F4A7C15u * (uint64_t)(number + 1);
    return line;
}

static struct event *logs_of(const char *id, enum log_join join, struct log_line *lines, size_t count)
{
    struct event *event = world_logs(id, join, lines, count);
    event->logs.place = (struct log_place){.known = true, .newest_first = true, .end = 12345};
    return event;
}

static void fill_log(struct store *store, const char *id, int lines)
{
    for (int i = 0; i < lines; i++) {
        static const char *const texts[] = {"plain",
                                            "\"quoted\" \\ back",
                                            "\x1b[1;31mred\x1b[0m and \x1b[48;5;20mblue",
                                            "\x1b[38;2;1;2;3mrgb\x1b[0m",
                                            "\xC3\xA9\xE2\x82\xAC",
                                            ""};
        char *text = mem_format("%d %s", i, texts[i % 6]);
        struct log_line line = line_of(text, i);
        free(text);
        if (i % 7 == 3) {
            line.rest = mem_zalloc(2, sizeof *line.rest);
            line.rest_count = 2;
            struct log_line more[] = {world_line("further \"one\"", LOG_LEVEL_INFO, 0),
                                      world_line("  {\"further\": 2}", LOG_LEVEL_INFO, 0)};
            line.rest[0] = more[0].text;
            line.rest[1] = more[1].text;
        }
        apply(store, logs_of(id, i == 0 ? LOG_JOIN_RESET : LOG_JOIN_APPEND, &line, 1));
    }
}

static void save(const struct store *store)
{
    struct tails *tails = tails_new(path);
    tails_save(tails, store, WORLD_NOW + 5000, WORLD_WALL);
    tails_free(tails);
}

static void load(struct store *store)
{
    store_init(store);
    struct box boxes[] = {world_box("a", NULL, BOX_STATUS_RUNNING), world_box("b", NULL, BOX_STATUS_IDLE)};
    store_load(store, boxes, 2, WORLD_WALL);
    struct tails *tails = tails_new(path);
    tails_load(tails, store, NULL, "b");
    while (tails_load_next(tails, store, NULL))
        ;
    tails_free(tails);
}

static void expect_same_text(const struct text *a, const struct text *b)
{
    assert_string_equal(a->bytes, b->bytes);
    assert_int_equal(a->span_count, b->span_count);
    for (uint32_t i = 0; i < a->span_count; i++) {
        assert_int_equal(a->spans[i].start, b->spans[i].start);
        assert_int_equal(a->spans[i].len, b->spans[i].len);
        assert_true(style_equal(a->spans[i].style, b->spans[i].style));
    }
}

/* The last `count` lines of one are those of the other. */
static void expect_same_lines(const struct logbook *have, const struct logbook *want)
{
    int64_t shift = logbook_end(want) - logbook_end(have);
    for (int64_t at = have->first_number; at < logbook_end(have); at++) {
        const struct line_entry *a = logbook_at(have, at), *b = logbook_at(want, at + shift);
        assert_true(a->line.time == b->line.time);
        assert_int_equal(a->line.level, b->line.level);
        assert_int_equal(a->line.source, b->line.source);
        assert_int_equal(a->continued, b->continued);
        expect_same_text(&a->line.text, &b->line.text);
    }
}

static void what_was_looked_at_comes_back(void **state)
{
    (void)state;
    struct store before, after;
    store_init(&before);
    add_boxes(&before);
    fill_log(&before, "a", 40);
    fill_log(&before, "b", 2000);
    fill_log(&before, "c", 10); /* nobody looked at it */
    store_find(&before, "a")->watched_ms = 1;
    store_find(&before, "b")->watched_ms = 2;
    save(&before);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0600);
    load(&after);
    struct store_box *a = store_find(&after, "a"), *b = store_find(&after, "b");
    const struct logbook *a_before = &store_find(&before, "a")->log;
    assert_int_equal(a->log.count, a_before->count);
    expect_same_lines(&a->log, a_before);
    assert_int_equal(b->tail.count, TAILS_LINES);
    expect_same_lines(&b->log, &store_find(&before, "b")->log);
    assert_true(a->tail.place.known && a->tail.place.newest_first);
    assert_int_equal(a->tail.place.end, 12345);
    assert_true(a->tail.digests[a->tail.first] == 0x9E3779B97F4A7C15u);
    /* How old it is: the page came five seconds before it was saved. */
    assert_int_equal(a->logs_cached_at, WORLD_WALL - 5000);
    assert_int_equal(a->logs_ms, 0);
    /* What comes is added, and nothing is stale any more. */
    size_t held = a->log.count;
    struct log_line line = line_of("news", 41);
    apply(&after, logs_of("a", LOG_JOIN_APPEND, &line, 1));
    assert_int_equal(a->log.count, held + 1);
    assert_int_equal(a->logs_cached_at, 0);
    struct event *same = event_new(EVENT_SAME);
    same->box_id = mem_dup("b");
    same->at_ms = WORLD_NOW;
    apply(&after, same);
    assert_int_equal(b->logs_cached_at, 0);
    store_done(&before);
    store_done(&after);
}

/* A log that was not asked for this time keeps the age that it had. */
static void an_old_tail_keeps_its_age(void **state)
{
    (void)state;
    struct store before, again, third;
    store_init(&before);
    add_boxes(&before);
    fill_log(&before, "a", 5);
    store_find(&before, "a")->watched_ms = 1;
    save(&before);
    load(&again);
    again.list_ms = WORLD_NOW;
    save(&again);
    load(&third);
    assert_int_equal(store_find(&third, "a")->logs_cached_at, WORLD_WALL - 5000);
    assert_int_equal(store_find(&third, "a")->log.count, store_find(&before, "a")->log.count);
    store_done(&before);
    store_done(&again);
    store_done(&third);
}

/* A gap ends what is kept: nobody knows what is before it. */
static void a_tail_has_no_gap(void **state)
{
    (void)state;
    struct store before, after;
    store_init(&before);
    add_boxes(&before);
    fill_log(&before, "a", 20);
    struct log_line lines[] = {line_of("after the gap", 30), line_of("and more", 31)};
    apply(&before, logs_of("a", LOG_JOIN_GAP, lines, 2));
    store_find(&before, "a")->watched_ms = 1;
    save(&before);
    load(&after);
    const struct store_box *a = store_find(&after, "a");
    assert_int_equal(a->log.count, 2);
    assert_int_equal(a->log.gaps, 0);
    assert_string_equal(logbook_at(&a->log, a->log.first_number)->line.text.bytes, "after the gap");
    store_done(&before);
    store_done(&after);
}

static void it_is_saved_now_and_then(void **state)
{
    (void)state;
    struct store store;
    unlink(path);
    store_init(&store);
    add_boxes(&store);
    struct tails *tails = tails_new(path);
    tails_step(tails, &store, 1000, WORLD_WALL); /* nothing to save */
    fill_log(&store, "a", 5);
    store_find(&store, "a")->watched_ms = 1;
    tails_step(tails, &store, 2000, WORLD_WALL);
    tails_step(tails, &store, 2000 + TAILS_EVERY_MS - 1, WORLD_WALL);
    assert_int_equal(access(path, F_OK), -1);
    tails_step(tails, &store, 2000 + TAILS_EVERY_MS, WORLD_WALL);
    tails_free(tails); /* waits for the thread */
    assert_int_equal(access(path, F_OK), 0);
    store_done(&store);
    tails = tails_new(NULL);
    tails_save(tails, &store, 0, 0);
    tails_free(tails);
    tails_free(NULL);
}

/* Cut off anywhere, or with any byte changed: what is whole is read, the rest is left out. */
static void a_damaged_file_is_harmless(void **state)
{
    (void)state;
    struct store before, after;
    store_init(&before);
    add_boxes(&before);
    fill_log(&before, "a", 8);
    fill_log(&before, "b", 8);
    store_find(&before, "a")->watched_ms = 1;
    store_find(&before, "b")->watched_ms = 2;
    save(&before);
    size_t len, whole = store_find(&before, "a")->log.count;
    char *bytes = file_read(path, CACHE_TAILS_MAX, &len, NULL);
    assert_non_null(bytes);
    srand(7);
    for (size_t i = 0; i < len + 600; i++) {
        char *copy = mem_dup_bytes(bytes, len);
        size_t keep = i < len ? i : len;
        for (int k = 0; i >= len && k <= rand() % 4; k++)
            copy[(size_t)rand() % len] = (char)(rand() % 256);
        assert_true(file_write_private(path, copy, keep, FILE_QUICK, NULL));
        load(&after);
        if (i < len) {
            size_t a = store_find(&after, "a")->log.count, b = store_find(&after, "b")->log.count;
            assert_true((a == 0 || a == whole) && (b == 0 || b == whole));
        }
        store_done(&after);
        free(copy);
    }
    static const char *const others[] = {
        "",
        "\n",
        "{}\n",
        "[1]\n[2]\n",
        "{\"boxtop_tails\":2}\n",
        "{\"boxtop_tails\":1}\n{\"box\":\"a\",\"lines\":1000000000}\n",
        "{\"boxtop_tails\":1}\n{\"box\":\"a\",\"lines\":1}\n{\"digest\":\"x\"}\n"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_true(file_write_private(path, others[i], strlen(others[i]), FILE_QUICK, NULL));
        load(&after);
        assert_int_equal(store_find(&after, "a")->log.count, 0);
        store_done(&after);
    }
    free(bytes);
    store_done(&before);
}

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/x.tails", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_looked_at_comes_back),
        cmocka_unit_test(an_old_tail_keeps_its_age),
        cmocka_unit_test(a_tail_has_no_gap),
        cmocka_unit_test(it_is_saved_now_and_then),
        cmocka_unit_test(a_damaged_file_is_harmless),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
