/* Looking through the lines of a feed in slices: the same lines are found whether it leaps from match to
 * match or looks at each; what comes and changes meanwhile is looked at; and no expression makes a slice
 * long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "client/base/mem.h"
#include "tests/support/world.h"
#include "tui/logscan.h"

static uint32_t random_state = 1;

static uint32_t any(uint32_t below)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) % below;
}

static bool holds_pattern(void *ctx, const struct logfeed_item *item)
{
    size_t start, end;
    return item->line != NULL &&
           pattern_find(ctx, item->line->text.bytes, item->line->text.len, 0, &start, &end);
}

static void add_lines(struct logbook *book, uint32_t count, enum log_join join, uint32_t needles)
{
    static const char *const words[] = {"", "timeout", "TIMEOUT", "time out", "tim\xC3\xA9out", "outtime"};
    struct log_line lines[200];
    for (uint32_t i = 0; i < count; i++) {
        char text[64];
        snprintf(text, sizeof text, "%u %s%s%s", any(1000), any(2) == 0 ? "ab " : "",
                 any(needles) == 0 ? words[any(6)] : "", any(2) == 0 ? " cd" : "");
        lines[i] = world_line(text, LOG_LEVEL_INFO, (1000 - any(1000)) * 1000);
    }
    logbook_join(book, lines, count, join, 0);
}

/* Runs that begin and end somewhere in the log: marks stand there. */
static void mark(struct book_feed *feed)
{
    struct run runs[5];
    for (size_t i = 0; i < 5; i++)
        runs[i] = world_run("run-1", RUN_STATUS_COMPLETED, "do it", any(1000) * 1000);
    book_feed_mark_runs(feed, runs, 5);
    for (size_t i = 0; i < 5; i++)
        run_done(&runs[i]);
}

static void expect_same(struct logscan *scan, const struct logfeed *feed, struct pattern *pattern)
{
    size_t found = 0, count = feed->count(feed->ctx);
    for (size_t i = 0; i < count; i++) {
        struct logfeed_item item;
        feed->item(feed->ctx, i, &item);
        if (!holds_pattern(pattern, &item))
            continue;
        assert_true(found < logscan_count(scan));
        assert_true(logscan_at(scan, found) == feed->id(feed->ctx, i));
        found++;
    }
    assert_int_equal(logscan_count(scan), found);
}

static void scan_run(const char *typed, uint32_t seed)
{
    random_state = seed;
    uint32_t needles = any(3) == 0 ? 1 : 1 + any(60);
    struct err err;
    struct pattern *pattern = pattern_new(typed, &err);
    struct linepool *pool =
        linepool_new(&(struct linepool_options){.memory = 1 << 20, .disk = 1 << 20, .folder = "/tmp"});
    struct logbook book;
    struct book_feed book_feed;
    struct logscan scan = {0};
    logbook_init_shared(&book, 30000, pool);
    struct logfeed feed = book_feed_init(&book_feed, &book);
    for (int turn = 0; turn < 40; turn++) {
        static const enum log_join joins[] = {LOG_JOIN_APPEND, LOG_JOIN_APPEND, LOG_JOIN_PREPEND,
                                              LOG_JOIN_GAP};
        add_lines(&book, any(200), joins[any(4)], needles);
        if (any(5) == 0) {
            struct log_line tail = world_line("the tail timeout", LOG_LEVEL_INFO, 0);
            logbook_set_tail(&book, &tail);
        }
        if (any(3) == 0)
            mark(&book_feed);
        logscan_rewind(&scan, feed.changed(feed.ctx));
        int steps = 0;
        while (!logscan_step(&scan, &feed, 1 + any(300), pattern, holds_pattern, pattern))
            assert_true(steps++ < 100000);
        expect_same(&scan, &feed, pattern);
    }
    logscan_done(&scan);
    book_feed_done(&book_feed);
    logbook_done(&book);
    linepool_free_all(pool);
    pattern_free(pattern);
}

static void leaps_find_what_looks_find(void **state)
{
    (void)state;
    static const char *const typed[] = {"timeout", "Timeout", "TIMEOUT", "tim\xC3\xA9", "~time ?out", "0"};
    for (uint32_t seed = 1; seed <= 60; seed++)
        scan_run(typed[seed % 6], seed);
}

/* CPU, since the machine of a test has other things to do, too. */
static int64_t cpu_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Expressions that would take hours, on lines made for them. */
static void no_expression_makes_a_slice_long(void **state)
{
    (void)state;
    static const char *const typed[] = {"~(a+)+[^!a]$", "~(a|a)*[cd]e", "~(?=(a+))a*[bc]\\1", "~(x?a*)*y"};
    enum { LINES = 120, LIMIT_MS = 100 };
    struct logbook book;
    struct book_feed book_feed;
    logbook_init(&book, LOGBOOK_BYTES);
    char *text = mem_alloc(16001);
    for (int i = 0; i < LINES; i++) {
        size_t len = i % 2 == 0 ? 16000 : 300;
        memset(text, 'a', len);
        memcpy(text + len - 8, "!e!z!y!!", 9);
        struct log_line line = world_line(text, LOG_LEVEL_INFO, 0);
        logbook_append(&book, &line);
    }
    struct logfeed feed = book_feed_init(&book_feed, &book);
    for (size_t i = 0; i < sizeof typed / sizeof typed[0]; i++) {
        struct logscan scan = {0};
        struct pattern *pattern = pattern_new(typed[i], NULL);
        bool all = false;
        for (int steps = 0; !all && steps < LINES; steps++) {
            int64_t began = cpu_ms();
            all = logscan_step(&scan, &feed, LOGSCAN_SLICE, pattern, holds_pattern, pattern);
            int took = (int)(cpu_ms() - began);
            if (took > LIMIT_MS)
                fail_msg("%s: a slice of %d ms", typed[i], took);
        }
        assert_true(all);
        assert_true(pattern_given_up(pattern) > 0);
        pattern_free(pattern);
        logscan_done(&scan);
    }
    free(text);
    book_feed_done(&book_feed);
    logbook_done(&book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaps_find_what_looks_find),
        cmocka_unit_test(no_expression_makes_a_slice_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
