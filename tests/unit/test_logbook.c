/* The logbook: numbers that never change, every way lines join, the cap; and all of it against a model that
 * is too simple to be wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "client/base/mem.h"
#include "tests/support/world.h"
#include "tui/logbook.h"

/* Joins lines "first", "first + 1", ... */
static void join(struct logbook *book, enum log_join how, int first, size_t count)
{
    struct log_line lines[64];
    assert_true(count <= 64);
    for (size_t i = 0; i < count; i++) {
        char text[16];
        snprintf(text, sizeof text, "%d", first + (int)i);
        lines[i] = world_line(text, (first + (int)i) % 10 == 0 ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO, 0);
    }
    logbook_join(book, lines, count, how, 0);
    for (size_t i = 0; i < count; i++)
        log_line_done(&lines[i]); /* moved: nothing is left to free */
}

static void set_tail(struct logbook *book, const char *text)
{
    struct log_line line = world_line(text, LOG_LEVEL_INFO, 0);
    logbook_set_tail(book, &line);
    assert_null(line.text.bytes);
}

static void append(struct logbook *book, const char *text)
{
    struct log_line line = world_line(text, LOG_LEVEL_INFO, 0);
    logbook_append(book, &line);
}

static const char *text_at(const struct logbook *book, int64_t number)
{
    const struct line_entry *entry = logbook_at(book, number);
    if (entry == NULL)
        return "(none)";
    return entry->gap ? "(gap)" : entry->line.text.bytes;
}

static void test_numbers_are_stable(void **state)
{
    (void)state;
    struct logbook book;
    logbook_init(&book, LOGBOOK_BYTES);
    assert_int_equal(logbook_end(&book), 0);
    assert_null(logbook_at(&book, 0));
    join(&book, LOG_JOIN_RESET, 100, 3);
    assert_string_equal(text_at(&book, 0), "100");
    join(&book, LOG_JOIN_PREPEND, 90, 10);
    assert_int_equal(book.first_number, -10);
    assert_string_equal(text_at(&book, -10), "90");
    assert_string_equal(text_at(&book, 0), "100");
    join(&book, LOG_JOIN_APPEND, 103, 50);
    assert_string_equal(text_at(&book, 0), "100");
    assert_string_equal(text_at(&book, logbook_end(&book) - 1), "152");
    assert_null(logbook_at(&book, logbook_end(&book)));
    assert_null(logbook_at(&book, -11));
    assert_int_equal(book.errors, 7);
    logbook_done(&book);
}

static void test_gap_and_reset(void **state)
{
    (void)state;
    struct logbook book;
    logbook_init(&book, LOGBOOK_BYTES);
    join(&book, LOG_JOIN_GAP, 1, 2); /* nothing before it: no gap */
    assert_int_equal(book.gaps, 0);
    join(&book, LOG_JOIN_GAP, 7, 2);
    assert_int_equal(book.gaps, 1);
    assert_int_equal(book.count, 5);
    assert_string_equal(text_at(&book, 2), "(gap)");
    assert_string_equal(text_at(&book, 3), "7");
    int64_t end = logbook_end(&book);
    uint64_t version = book.version;
    join(&book, LOG_JOIN_RESET, 50, 2);
    assert_true(book.version > version);
    assert_int_equal(book.gaps, 0);
    assert_int_equal(book.count, 2);
    /* The numbers of lines that are gone are not used again. */
    assert_int_equal(book.first_number, end);
    assert_null(logbook_at(&book, end - 1));
    join(&book, LOG_JOIN_RESET, 0, 0);
    assert_int_equal(book.count, 0);
    assert_int_equal(book.bytes, 0);
    logbook_done(&book);
    logbook_done(&book);
}

static void test_the_tail_is_replaced(void **state)
{
    (void)state;
    struct logbook book;
    logbook_init(&book, LOGBOOK_BYTES);
    logbook_drop_tail(&book);
    append(&book, "one");
    set_tail(&book, "tw");
    set_tail(&book, "two");
    assert_int_equal(book.count, 2);
    assert_string_equal(text_at(&book, 1), "two");
    append(&book, "two!");
    assert_int_equal(book.count, 2);
    assert_false(book.has_tail);
    assert_string_equal(text_at(&book, 1), "two!");
    set_tail(&book, "thr");
    join(&book, LOG_JOIN_APPEND, 3, 1);
    assert_int_equal(book.count, 3);
    assert_string_equal(text_at(&book, 2), "3");
    set_tail(&book, "x");
    logbook_drop_tail(&book);
    assert_int_equal(book.count, 3);
    logbook_done(&book);
}

static void test_the_cap(void **state)
{
    (void)state;
    enum { CAP = 8192 };
    struct logbook book;
    logbook_init(&book, CAP);
    for (int i = 0; i < 80; i++)
        join(&book, LOG_JOIN_APPEND, i * 50, 50);
    assert_true(book.bytes <= CAP);
    assert_true(book.trimmed);
    assert_false(book.at_start);
    assert_int_equal(logbook_end(&book), 4000);
    assert_string_equal(text_at(&book, 3999), "3999");
    /* Where lines went stands a gap that says why, and the numbers of the others are as before. */
    const struct line_entry *gap = logbook_at(&book, book.first_number);
    assert_true(gap->gap);
    assert_int_equal(gap->why, LINE_GAP_FULL);
    assert_int_equal(book.gaps, 1);
    char first[16];
    snprintf(first, sizeof first, "%d", (int)book.first_number + 1);
    assert_string_equal(text_at(&book, book.first_number + 1), first);
    /* Full: older lines are not worth a newer one. */
    while (book.bytes + 500 < CAP)
        append(&book, "a line that fills what room there is, so that no other one fits any more");
    int64_t held = book.first_number;
    join(&book, LOG_JOIN_PREPEND, 0, 40);
    assert_int_equal(book.first_number, held);
    /* One line larger than the cap is still shown: an empty pane would be a lie. */
    char *huge = mem_alloc(CAP * 2 + 1);
    memset(huge, 'x', CAP * 2);
    huge[CAP * 2] = '\0';
    append(&book, huge);
    assert_non_null(logbook_at(&book, logbook_end(&book) - 1));
    append(&book, "small");
    assert_string_equal(text_at(&book, logbook_end(&book) - 1), "small");
    for (int i = 0; i < 10; i++)
        join(&book, LOG_JOIN_APPEND, i * 50, 50);
    assert_true(book.bytes <= CAP);
    free(huge);
    logbook_done(&book);
}

/* The model: an array of the texts with the number of the first. */
struct model {
    char texts[4000][12];
    size_t count;
    int64_t first;
    bool tail;
};

static void model_drop_tail(struct model *model)
{
    model->count -= model->tail;
    model->tail = false;
}

static void model_step(struct model *model, enum log_join how, int first, size_t count)
{
    model_drop_tail(model);
    if (how == LOG_JOIN_RESET) {
        model->first += (int64_t)model->count;
        model->count = 0;
    }
    if (how == LOG_JOIN_GAP && model->count > 0)
        snprintf(model->texts[model->count++], 12, "(gap)");
    size_t at = model->count;
    if (how == LOG_JOIN_PREPEND) {
        memmove(model->texts + count, model->texts, model->count * sizeof model->texts[0]);
        model->first -= (int64_t)count;
        at = 0;
    }
    for (size_t i = 0; i < count; i++)
        snprintf(model->texts[at + i], 12, "%d", first + (int)i);
    model->count += count;
}

static void compare(const struct logbook *book, const struct model *model)
{
    assert_int_equal(book->count, model->count);
    assert_int_equal(book->first_number, model->first);
    size_t errors = 0, gaps = 0;
    for (size_t i = 0; i < model->count; i++) {
        const char *have = text_at(book, model->first + (int64_t)i);
        assert_string_equal(have, model->texts[i]);
        bool gap = strcmp(have, "(gap)") == 0;
        gaps += gap;
        errors += !gap && have[0] != 't' && atoi(have) % 10 == 0;
    }
    assert_int_equal(book->errors, errors);
    assert_int_equal(book->gaps, gaps);
    assert_int_equal(book->has_tail, model->tail);
}

static void test_against_a_model(void **state)
{
    (void)state;
    enum { CAP = 256 << 10 }; /* for all lines, in small chunks */
    struct model *model = mem_alloc(sizeof *model);
    for (unsigned seed = 1; seed <= 60; seed++) {
        srand(seed);
        struct logbook book;
        logbook_init(&book, CAP);
        memset(model, 0, sizeof *model);
        for (int step = 0; step < 120; step++) {
            size_t count = (size_t)rand() % 30;
            int first = rand() % 100000, what = rand() % 12;
            if (what < 4)
                join(&book, LOG_JOIN_APPEND, first, count), model_step(model, LOG_JOIN_APPEND, first, count);
            else if (what < 7)
                join(&book, LOG_JOIN_PREPEND, first, count),
                    model_step(model, LOG_JOIN_PREPEND, first, count);
            else if (what < 8)
                join(&book, LOG_JOIN_GAP, first, count), model_step(model, LOG_JOIN_GAP, first, count);
            else if (what < 9)
                join(&book, LOG_JOIN_RESET, first, count), model_step(model, LOG_JOIN_RESET, first, count);
            else if (what < 11) {
                set_tail(&book, "tail");
                model_drop_tail(model);
                snprintf(model->texts[model->count++], 12, "tail");
                model->tail = true;
            } else {
                logbook_drop_tail(&book);
                model_drop_tail(model);
            }
            if (rand() % 40 == 0) { /* a smaller cap takes the oldest lines at once */
                size_t room = book.bytes / 2, held = book.count;
                logbook_set_cap(&book, room);
                assert_true(book.bytes <= room || book.bytes < 8192); /* one chunk stays */
                size_t gone = held - book.count;
                memmove(model->texts, model->texts + gone, book.count * sizeof model->texts[0]);
                if (gone > 0)
                    snprintf(model->texts[0], 12, "(gap)");
                model->first += (int64_t)gone;
                model->count = book.count;
                logbook_set_cap(&book, CAP);
            }
            if (step % 10 == 9)
                compare(&book, model);
        }
        logbook_done(&book);
    }
    free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_are_stable),   cmocka_unit_test(test_gap_and_reset),
        cmocka_unit_test(test_the_tail_is_replaced), cmocka_unit_test(test_the_cap),
        cmocka_unit_test(test_against_a_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
