/*
 * Rows: what is kept of them in the scrollback, what it costs, and what a resize makes of them.
 */
#include "client/shell/emulator_private.h"
#include "client/base/mem.h"
#include "tests/support/picture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void expect_history(const struct emulator *emulator, const char *want)
{
    char *have = picture_history(emulator);
    assert_true(picture_equal(have, want));
    free(have);
}

static void expect_screen(const struct emulator *emulator, const char *want)
{
    char *have = picture_styled(emulator);
    assert_true(picture_equal(have, want));
    free(have);
}

/* performance.md section 1: at most 400 bytes for a stored line of 120 columns. */
static void test_cost_of_a_line(void **state)
{
    (void)state;
    struct emulator *emulator = emulator_new(120, 40, 1000);
    char line[121];
    memset(line, 'x', 118);
    memcpy(line + 118, "\r\n", 3);
    for (int i = 0; i < 1040; i++)
        picture_feed(emulator, line);
    const struct history *history = &emulator->flow.history;
    assert_int_equal(history->count, 1000);
    assert_true((history->bytes + history->room * sizeof(void *)) / history->count <= 400);
    /* and with a dozen changes of colour */
    struct emulator *coloured = emulator_new(120, 40, 1000);
    for (int i = 0; i < 1040; i++) {
        for (int word = 0; word < 12; word++)
            picture_feed(coloured, word % 2 == 0 ? "\x1b[31mcoloured. " : "\x1b[0mplain ... ");
        picture_feed(coloured, "\r\n");
    }
    assert_true(coloured->flow.history.bytes / coloured->flow.history.count <= 400);
    emulator_free(coloured);
    emulator_free(emulator);
}

#define FAMILY "\xF0\x9F\x91\xA8\xE2\x80\x8D\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7"
#define HEART  "\xE2\x9D\xA4\xEF\xB8\x8F"

static void test_history_keeps_everything_of_a_row(void **state)
{
    (void)state;
    struct emulator *emulator = emulator_new(20, 2, 10);
    picture_feed(emulator,
                 "\x1b[1;38:2::1:2:3;44mstyle\x1b[0m e\xCC\x81\xE4\xB8\xAD\x1b[3Cgap\r\n" FAMILY HEART
                 "x\r\n\r\n\r\n");
    assert_int_equal(emulator->flow.history.count, 3);
    expect_history(emulator,
                   "{bold #010203 on-blue}style{} e\xCC\x81\xE4\xB8\xAD   gap\n" FAMILY HEART "x\n");
    emulator_resize(emulator, 3, 2);
    emulator_resize(emulator, 20, 2);
    expect_history(emulator,
                   "{bold #010203 on-blue}style{} e\xCC\x81\xE4\xB8\xAD   gap\n" FAMILY HEART "x\n");
    emulator_free(emulator);
}

static void test_limit_counts_lines_not_rows(void **state)
{
    (void)state;
    struct emulator *emulator = emulator_new(4, 1, 2);
    picture_feed(emulator, "aaaabbbb\r\nccccdddd\r\neeee\r\nf");
    expect_history(emulator, "cccc\n\\dddd\neeee\nf\n");
    struct screen_state screen;
    emulator_state(emulator, &screen);
    assert_int_equal(screen.history, 3);
    assert_int_equal(screen.dropped, 2);
    emulator_free(emulator);
}

static void test_no_scrollback(void **state)
{
    (void)state;
    struct emulator *emulator = emulator_new(4, 1, 0);
    picture_feed(emulator, "a\r\nb\r\nc");
    expect_history(emulator, "c\n");
    emulator_resize(emulator, 2, 2);
    expect_history(emulator, "c\n");
    emulator_free(emulator);
}

/* A line that never ends: the byte cap holds, and what was written last is there. */
static void test_byte_cap(void **state)
{
    (void)state;
    struct emulator *emulator = emulator_new(1000, 2, 10);
    static char block[100000];
    memset(block, 'x', sizeof block);
    for (int i = 0; i < 800; i++)
        emulator_write(emulator, block, sizeof block);
    assert_true(emulator->flow.history.bytes <= HISTORY_BYTES_MAX);
    assert_true(emulator->flow.history.bytes >= HISTORY_BYTES_MAX / 2);
    emulator_free(emulator);
}

/* What goes into the scrollback and what does not (design.md section 5). */
static void test_what_becomes_history(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        uint64_t rows;
    } cases[] = {
        {"1\r\n2\r\n3\r\n4", 1}, /* LF */
        {"1\r\n2\r\n3\x1b"
         "D\x1b"
         "E",
         2},                                     /* IND, NEL */
        {"\x1b[3;1H0123456789abc", 1},           /* a wrap */
        {"1\x1b[2S", 2},                         /* SU */
        {"1\r\n2\x1b[H\x1b[M", 0},               /* DL in the first row */
        {"1\r\n2\x1b[2J", 0},                    /* ED */
        {"\x1b[2;3r\x1b[3;1H\n\n", 0},           /* a region that does not start at the top */
        {"\x1b[1;2r\x1b[2;1H\n\n", 2},           /* one that does */
        {"\x1b[?1049h1\r\n2\r\n3\r\n4\r\n5", 0}, /* the alternate screen */
        {"1\r\n2\r\n3\r\n4\x1b[3J", 0},          /* ED 3 */
        {"\x1b[H\x1bM\x1bM", 0},                 /* RI */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct emulator *emulator = emulator_new(10, 3, 100);
        picture_feed(emulator, cases[i].bytes);
        if (emulator->flow.history.count != cases[i].rows)
            fail_msg("case %zu: %zu rows", i, emulator->flow.history.count);
        emulator_free(emulator);
    }
}

static void test_dirty_rows(void **state)
{
    (void)state;
    struct emulator *emulator = emulator_new(10, 3, 10);
    emulator_clean(emulator);
    for (int row = 0; row < 3; row++)
        assert_false(emulator_row_dirty(emulator, row));
    picture_feed(emulator, "\x1b[2;1Hx");
    assert_false(emulator_row_dirty(emulator, 0));
    assert_true(emulator_row_dirty(emulator, 1));
    assert_false(emulator_row_dirty(emulator, 2));
    emulator_clean(emulator);
    picture_feed(emulator, "\x1b[3;1H\n");
    for (int row = 0; row < 3; row++)
        assert_true(emulator_row_dirty(emulator, row));
    emulator_free(emulator);
}

static void test_reflow(void **state)
{
    (void)state;
    struct emulator *emulator = emulator_new(10, 4, 100);
    picture_feed(emulator, "0123456789abcdef\r\nshort\r\n$ ");
    expect_history(emulator, "0123456789\n\\abcdef\nshort\n$\n");
    emulator_resize(emulator, 5, 4);
    expect_history(emulator, "01234\n\\56789\n\\abcde\n\\f\nshort\n$\n");
    expect_screen(emulator, "abcde\nf\nshort\n$\n");
    emulator_resize(emulator, 20, 4);
    expect_history(emulator, "0123456789abcdef\nshort\n$\n");
    emulator_resize(emulator, 10, 4);
    expect_screen(emulator, "0123456789\nabcdef\nshort\n$\n");
    picture_feed(emulator, "ls");
    expect_screen(emulator, "0123456789\nabcdef\nshort\n$ ls\n");
    emulator_free(emulator);
}

static void test_reflow_wide(void **state)
{
    (void)state;
    struct emulator *emulator = emulator_new(6, 4, 100);
    picture_feed(emulator, "a\xE4\xB8\xAD\xE6\x96\x87\xE4\xB8\xAD\xE6\x96\x87z");
    expect_history(emulator, "a中文\n\\中文z\n"); /* the sixth column has no room for a wide one */
    emulator_resize(emulator, 4, 4);
    expect_history(emulator, "a中\n\\文中\n\\文z\n");
    emulator_resize(emulator, 20, 4);
    expect_history(emulator, "a中文中文z\n");
    emulator_resize(emulator, 6, 4);
    expect_history(emulator, "a中文\n\\中文z\n");
    emulator_free(emulator);
}

static void test_a_pending_wrap_survives(void **state)
{
    (void)state;
    struct emulator *emulator = emulator_new(4, 3, 100);
    picture_feed(emulator, "abcd");
    emulator_resize(emulator, 6, 3);
    picture_feed(emulator, "e"); /* there is room now */
    expect_history(emulator, "abcde\n");
    emulator_resize(emulator, 5, 3);
    picture_feed(emulator, "f"); /* and now there is none */
    expect_history(emulator, "abcde\n\\f\n");
    emulator_free(emulator);
}

static void test_lower_and_higher_again(void **state)
{
    (void)state;
    struct emulator *emulator = emulator_new(10, 6, 100);
    picture_feed(emulator, "1\r\n2\r\n3\r\n4\r\n5\r\n6");
    emulator_resize(emulator, 10, 3);
    expect_screen(emulator, "4\n5\n6\n");
    emulator_resize(emulator, 10, 6);
    expect_screen(emulator, "1\n2\n3\n4\n5\n6\n");
    /* text under the cursor is kept too */
    picture_feed(emulator, "\x1b[2;1H");
    emulator_resize(emulator, 10, 2);
    expect_screen(emulator, "1\n2\n");
    emulator_resize(emulator, 10, 6);
    expect_screen(emulator, "1\n2\n3\n4\n5\n6\n");
    /* a cleared screen stays clear */
    picture_feed(emulator, "\x1b[H\x1b[2Jnew");
    emulator_resize(emulator, 12, 8);
    expect_screen(emulator, "new\n");
    emulator_free(emulator);
}

static void test_the_alternate_screen_is_cropped(void **state)
{
    (void)state;
    struct emulator *emulator = emulator_new(10, 4, 100);
    picture_feed(emulator, "main text\x1b[?1049h\x1b[Habcdefgh\xE4\xB8\xAD\r\n2\r\n3\r\n4");
    emulator_resize(emulator, 9, 2);
    expect_screen(emulator, "abcdefgh\n2\n"); /* half a wide character is none */
    emulator_resize(emulator, 10, 4);
    expect_screen(emulator, "abcdefgh\n2\n");
    picture_feed(emulator, "\x1b[?1049l!");
    expect_screen(emulator, "main text!\n");
    emulator_free(emulator);
}

/* The text of the lines above a place, as one, and of its line up to the column. */
static char *text_above(const struct emulator *emulator, uint64_t number, int col)
{
    struct screen_state screen;
    struct cell cells[GRID_COLS_MAX];
    struct buf out;
    emulator_state(emulator, &screen);
    buf_init(&out, 1 << 20);
    for (uint64_t line = screen.dropped; line <= number; line++) {
        bool continued;
        int used = emulator_line(emulator, line - screen.dropped, cells, screen.cols, &continued);
        for (int i = 0; i < used && (line < number || i < col); i++) {
            if (cells[i].ch != CELL_WIDE_TAIL && cells[i].ch > ' ')
                buf_add_byte(&out, cells[i].ch < 0x80 ? (char)cells[i].ch : '#');
        }
    }
    return buf_take(&out, NULL);
}

/* All there is, as one text. */
static char *all_text(const struct emulator *emulator)
{
    struct screen_state screen;
    emulator_state(emulator, &screen);
    return text_above(emulator, screen.dropped + screen.history + (uint64_t)screen.rows - 1, screen.cols);
}

/* A number that looks random, below `limit`. */
static int pick(uint32_t *seed, int limit)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (int)((*seed >> 8) % (uint32_t)limit);
}

/* Lines of all kinds: empty ones, plain, wide, styled, marked, much longer than the screen. */
static void feed_lines(struct emulator *emulator, uint32_t *seed, int count)
{
    static const char *const words[] = {"word ",
                                        "\xE4\xB8\xAD\xE6\x96\x87",
                                        "\x1b[1;32mgreen\x1b[0m",
                                        "e\xCC\x81",
                                        "\x1b[44m  \x1b[0m",
                                        FAMILY,
                                        "\x1b[3Cgap",
                                        "0123456789abcdefghijklmnopqrstuvwxyz"};
    for (int line = 0; line < count; line++) {
        for (int word = pick(seed, 4) * pick(seed, 8); word > 0; word--)
            picture_feed(emulator, words[pick(seed, (int)(sizeof words / sizeof words[0]))]);
        if (line + 1 < count)
            picture_feed(emulator, "\r\n");
    }
}

/* From 1x1 (which is 2x1 here, see emulator_new) to 500x200, in any order, and back. */
static void test_any_size_and_back(void **state)
{
    (void)state;
    static const int extremes[][2] = {{1, 1}, {500, 200}, {2, 200}, {500, 1}, {80, 24}};
    uint32_t seed = 3;
    for (int round = 0; round < 40; round++) {
        int cols = 2 + pick(&seed, 120), rows = 1 + pick(&seed, 50);
        struct emulator *emulator = emulator_new(cols, rows, SIZE_MAX);
        feed_lines(emulator, &seed, 60);
        char *rows_before = picture_history(emulator), *text_before = all_text(emulator);
        picture_feed(emulator, "\x1b[?1049h\x1b[Halternate");
        for (int step = 0; step < 6; step++) {
            bool extreme = pick(&seed, 2) == 0;
            const int *size = extremes[pick(&seed, (int)(sizeof extremes / sizeof extremes[0]))];
            emulator_resize(emulator, extreme ? size[0] : 1 + pick(&seed, 500),
                            extreme ? size[1] : 1 + pick(&seed, 200));
            if (step == 2)
                picture_feed(emulator, "\x1b[?1049l");
        }
        char *text = all_text(emulator);
        assert_string_equal(text, text_before);
        emulator_resize(emulator, cols, rows);
        char *rows_after = picture_history(emulator);
        assert_true(picture_equal(rows_after, rows_before));
        free(rows_after);
        free(text);
        free(text_before);
        free(rows_before);
        emulator_free(emulator);
    }
}

/* Whatever size comes, the same text is above. */
static void test_a_place_is_held(void **state)
{
    (void)state;
    static const int sizes[][2] = {{7, 5}, {40, 3}, {2, 9}, {13, 1}, {90, 20}, {20, 6}};
    struct emulator *emulator = emulator_new(20, 6, 1000);
    for (int i = 0; i < 30; i++) {
        for (int word = 0; word < i * 7 % 11; word++)
            picture_feed(emulator, word % 3 == 0 ? "\xE4\xB8\xAD\xE6\x96\x87." : "word-");
        picture_feed(emulator, "\r\n");
    }
    for (uint64_t line = 0; line < emulator->flow.history.count; line++) {
        char *want = text_above(emulator, line, 0);
        emulator_hold(emulator, line);
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            emulator_resize(emulator, sizes[i][0], sizes[i][1]);
            int col;
            uint64_t number = emulator_held(emulator, &col);
            char *have = text_above(emulator, number, col);
            assert_string_equal(have, want);
            free(have);
        }
        free(want);
    }
    emulator_free(emulator);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cost_of_a_line),
        cmocka_unit_test(test_history_keeps_everything_of_a_row),
        cmocka_unit_test(test_limit_counts_lines_not_rows),
        cmocka_unit_test(test_no_scrollback),
        cmocka_unit_test(test_byte_cap),
        cmocka_unit_test(test_what_becomes_history),
        cmocka_unit_test(test_dirty_rows),
        cmocka_unit_test(test_reflow),
        cmocka_unit_test(test_reflow_wide),
        cmocka_unit_test(test_a_pending_wrap_survives),
        cmocka_unit_test(test_lower_and_higher_again),
        cmocka_unit_test(test_the_alternate_screen_is_cropped),
        cmocka_unit_test(test_any_size_and_back),
        cmocka_unit_test(test_a_place_is_held),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
