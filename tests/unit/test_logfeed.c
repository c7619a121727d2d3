/* A logbook as a feed: ids and indexes with the marks of runs between the lines, and what changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "client/base/mem.h"
#include "tui/logfeed.h"

static const int64_t NOON = 1771845600000;

static void add_lines(struct logbook *book, int64_t from_s, int count, enum log_join join)
{
    struct log_line *lines = mem_zalloc((size_t)count, sizeof *lines);
    for (int i = 0; i < count; i++)
        lines[i] =
            (struct log_line){.time = NOON + (from_s + i) * 1000, .text = {.bytes = mem_dup("x"), .len = 1}};
    logbook_join(book, lines, (size_t)count, join, 0);
    free(lines);
}

static struct run a_run(const char *id, int64_t from_s, int64_t to_s)
{
    return (struct run){.id = (char *)id,
                        .prompt = (char *)"do it\nand more",
                        .status = to_s != 0 ? RUN_STATUS_COMPLETED : RUN_STATUS_RUNNING,
                        .created_at = NOON + from_s * 1000,
                        .completed_at = to_s != 0 ? NOON + to_s * 1000 : 0};
}

static void expect_consistent(const struct logfeed *feed)
{
    uint64_t previous = 0;
    size_t count = feed->count(feed->ctx);
    for (size_t i = 0; i < count; i++) {
        uint64_t id = feed->id(feed->ctx, i);
        assert_true(i == 0 || id > previous);
        assert_int_equal(feed->find(feed->ctx, id), i);
        struct logfeed_item item;
        feed->item(feed->ctx, i, &item);
        assert_int_equal(item.line == NULL, item.mark);
        assert_int_equal(item.mark, id % 2 == 0);
        /* An id between two that are shown finds the next one. */
        if (i > 0 && previous + 1 < id)
            assert_int_equal(feed->find(feed->ctx, previous + 1), i);
        previous = id;
    }
    assert_int_equal(feed->find(feed->ctx, previous + 1), count);
    assert_int_equal(feed->find(feed->ctx, 0), 0);
}

static void expect_note(const struct logfeed *feed, size_t index, const char *want)
{
    struct logfeed_item item;
    feed->item(feed->ctx, index, &item);
    assert_null(item.line);
    assert_string_equal(item.note, want);
}

static void runs_are_marked(void **state)
{
    (void)state;
    struct logbook book;
    struct book_feed feed;
    logbook_init(&book, LOGBOOK_BYTES);
    add_lines(&book, 0, 100, LOG_JOIN_RESET);
    struct logfeed out = book_feed_init(&feed, &book);
    out.changed(out.ctx);
    struct run runs[] = {a_run("r3", 200, 0), a_run("r2", 60, 69), a_run("r1", 10, 59),
                         a_run("r0", -900, -800)};
    book_feed_mark_runs(&feed, runs, 4);
    assert_int_equal(out.count(out.ctx),
                     103); /* r2 begins where r1 ended; r0 and r3 are not in these lines */
    assert_true(out.changed(out.ctx) == book_feed_id(book.first_number + 10) - 1);
    expect_consistent(&out);
    expect_note(&out, 10, "run r1 begins, by its time: do it");
    expect_note(&out, 61, "run r1 completed, by its time, after 49s; run r2 begins, by its time: do it");
    expect_note(&out, 72, "run r2 completed, by its time, after 9.0s");
    /* The same again changes nothing. */
    book_feed_mark_runs(&feed, runs, 4);
    assert_true(out.changed(out.ctx) == LOGFEED_SAME);
    /* Lines come: the third run is in sight, and nothing before it moved. */
    uint64_t before = out.id(out.ctx, 72);
    add_lines(&book, 190, 20, LOG_JOIN_APPEND);
    book_feed_mark_runs(&feed, runs, 4);
    assert_true(out.changed(out.ctx) == book_feed_id(book.first_number + 100) - 1);
    assert_int_equal(out.count(out.ctx), 124);
    assert_true(out.id(out.ctx, 72) == before);
    expect_note(&out, 113, "run r3 begins, by its time: do it");
    expect_consistent(&out);
    book_feed_mark_runs(&feed, NULL, 0);
    assert_int_equal(out.count(out.ctx), 120);
    book_feed_done(&feed);
    logbook_done(&book);
}

/* Lines come at both ends and go at the front while runs come and end. */
static void marks_and_lines_at_random(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 30; seed++) {
        srandom(seed);
        struct logbook book;
        struct book_feed feed;
        struct run runs[12];
        logbook_init(&book, 40000);
        add_lines(&book, 0, 5, LOG_JOIN_RESET);
        struct logfeed out = book_feed_init(&feed, &book);
        int64_t first_s = 0, end_s = 5;
        for (int turn = 0; turn < 60; turn++) {
            int count = 1 + (int)(random() % 20);
            bool older = random() % 4 == 0 && !book.trimmed;
            if (older)
                add_lines(&book, first_s -= count, count, LOG_JOIN_PREPEND);
            else
                add_lines(&book, end_s, count, LOG_JOIN_APPEND);
            end_s += older ? 0 : count;
            for (size_t i = 0; i < 12; i++) {
                int64_t from = first_s + random() % (end_s - first_s + 20);
                runs[i] = a_run("r", from, random() % 2 == 0 ? from + random() % 30 + 1 : 0);
            }
            size_t shown = out.count(out.ctx);
            uint64_t ids[4000];
            assert_true(shown < 4000);
            for (size_t i = 0; i < shown; i++)
                ids[i] = out.id(out.ctx, i);
            out.changed(out.ctx);
            book_feed_mark_runs(&feed, runs, (size_t)(random() % 13));
            uint64_t changed = out.changed(out.ctx);
            for (size_t i = 0; i < shown && ids[i] < changed; i++)
                assert_true(out.id(out.ctx, i) == ids[i]);
            expect_consistent(&out);
        }
        book_feed_done(&feed);
        logbook_done(&book);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_are_marked),
        cmocka_unit_test(marks_and_lines_at_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
