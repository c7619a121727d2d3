/* Drawing: clips, ellipses, wide characters, spans, cells, frames, and colours as the terminal can show them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/support/screen.h"

static struct screen *small(int rows, int cols)
{
    return screen_new(&(struct screen_setup){.rows = rows, .cols = cols});
}

static void cuts_text_with_an_ellipsis(void **state)
{
    (void)state;
    struct screen *screen = small(6, 20);
    struct paint p = screen_begin(screen);
    assert_int_equal(paint_text(&p, 0, 0, 8, ROLE_TEXT, "overflowing"), 8);
    assert_int_equal(paint_text(&p, 1, 0, 8, ROLE_TEXT, "fits"), 4);
    assert_int_equal(paint_text(&p, 2, 15, 100, ROLE_TEXT, "past the edge"), 5);
    assert_int_equal(paint_name(&p, 3, 0, 12, ROLE_TEXT, "current-wasp-number-12"), 12);
    assert_int_equal(paint_right(&p, 4, 0, 8, ROLE_TEXT, "1.90"), 4);
    assert_int_equal(paint_text(&p, 5, 0, 0, ROLE_TEXT, "nothing"), 0);
    assert_int_equal(paint_text(&p, 5, 0, 9, ROLE_TEXT, NULL), 0);
    screen_expect(screen, "overflo…\n"
                          "fits\n"
                          "               past…\n"
                          "curren…er-12\n"
                          "    1.90\n");
    screen_free(screen);
}

static void wide_characters_never_cross_the_clip(void **state)
{
    (void)state;
    struct screen *screen = small(5, 10);
    struct paint p = screen_begin(screen);
    paint_text(&p, 0, 0, 5, ROLE_TEXT, "日本語");
    paint_fill(&p, (struct rect){1, 0, 4, 10}, ROLE_TEXT);
    paint_text(&p, 1, 0, 10, ROLE_TEXT, "..........");
    /* The part begins in the middle of the first and ends in the middle of the last. */
    struct paint part = paint_within(&p, (struct rect){1, 1, 1, 6});
    struct paint shifted = paint_within(&part, (struct rect){0, -1, 1, 8});
    paint_text(&shifted, 0, 0, 8, ROLE_TEXT, "日本語字");
    paint_name(&p, 2, 0, 7, ROLE_TEXT, "日本語の名前");
    paint_text(&p, 3, 0, 1, ROLE_TEXT, "日");
    screen_expect(screen, "日本…\n"
                          ". 本語 ...\n"
                          "日…名前\n"
                          "…\n");
    screen_free(screen);
}

static void half_of_a_wide_character_is_blank(void **state)
{
    (void)state;
    struct screen *screen = small(1, 6);
    struct paint p = screen_begin(screen);
    paint_text(&p, 0, 0, 6, ROLE_TEXT, "日本語");
    paint_text(&p, 0, 1, 1, ROLE_TEXT, "x");
    screen_expect(screen, " x本語\n");
    screen_free(screen);
}

static void marks_stay_with_their_base(void **state)
{
    (void)state;
    struct screen *screen = small(2, 4);
    struct paint p = screen_begin(screen);
    paint_text(&p, 0, 0, 4, ROLE_TEXT, "e\u0301e\u0301");
    paint_text(&p, 1, 0, 2, ROLE_TEXT, "ae\u0301");
    screen_expect(screen, "e\u0301e\u0301\nae\u0301\n");
    screen_free(screen);
}

/* Terminals disagree about the width of what a joiner or a variation selector makes of a character. */
static void joiners_are_not_drawn(void **state)
{
    (void)state;
    static const struct cell cells[] = {{.ch = 0x1F468, .marks = {0x200D, 0x1F469, 0x200D, 0x1F467}},
                                        {.ch = CELL_WIDE_TAIL},
                                        {.ch = 0x2764, .marks = {0xFE0F}},
                                        {.ch = 'e', .marks = {0x301}}};
    struct screen *screen = screen_new(&(struct screen_setup){.rows = 1, .cols = 10});
    struct paint p = screen_begin(screen);
    paint_cells(&p, 0, 0, cells, 4);
    screen_expect(screen, "\xF0\x9F\x91\xA8\xE2\x9D\xA4"
                          "e\xCC\x81\n");
    screen_free(screen);
}

static void spans_start_at_any_column(void **state)
{
    (void)state;
    struct screen *screen = small(4, 12);
    struct text_span spans[] = {{2, 3, {.fg = color_index(1)}}, {8, 2, {.fg = color_index(2)}}};
    struct text text = {.bytes = (char[]){"ab日defgh"}, .len = 10, .spans = spans, .span_count = 2};
    struct paint p = screen_begin(screen);
    assert_int_equal(paint_spans(&p, 0, 0, 12, ROLE_TEXT, &text, 0), 9);
    paint_spans(&p, 1, 0, 12, ROLE_TEXT, &text, 3);
    paint_spans(&p, 2, 0, 3, ROLE_TEXT, &text, 1);
    paint_spans(&p, 3, 0, 12, ROLE_TEXT, &text, 1000);
    screen_expect(screen, "ab日defgh\n"
                          " defgh\n"
                          "b日\n");
    assert_int_equal(screen_cell(screen, 0, 1).style.fg, COLOR_DEFAULT_VALUE);
    assert_int_equal(screen_cell(screen, 0, 2).style.fg, color_index(1));
    assert_int_equal(screen_cell(screen, 0, 4).style.fg, COLOR_DEFAULT_VALUE);
    assert_int_equal(screen_cell(screen, 0, 7).style.fg, color_index(2));
    screen_free(screen);
}

static void draws_cells_as_they_are(void **state)
{
    (void)state;
    struct screen *screen = small(3, 6);
    struct cell cells[5] = {
        {.ch = 'a', .style = {.fg = color_index(1), .attr = STYLE_BOLD}},
        {.ch = 0x65E5},
        {.ch = CELL_WIDE_TAIL},
        {.ch = 0, .style = {.bg = color_index(4)}},
        {.ch = 'e', .marks = {0x301}},
    };
    struct paint p = screen_begin(screen);
    paint_cells(&p, 0, 0, cells, 5);
    /* The clip cuts the wide one, first on its right and then on its left. */
    struct paint left = paint_within(&p, (struct rect){1, 0, 1, 2});
    paint_cells(&left, 0, 0, cells, 5);
    struct paint right = paint_within(&p, (struct rect){2, 0, 1, 6});
    paint_cells(&right, 0, -2, cells, 5);
    screen_expect(screen, "a日 e\u0301\n"
                          "a\n"
                          "  e\u0301\n");
    struct cell first = screen_cell(screen, 0, 0);
    assert_int_equal(first.style.fg, color_index(1));
    assert_int_equal(first.style.attr, STYLE_BOLD);
    assert_int_equal(screen_cell(screen, 0, 3).style.bg, color_index(4));
    screen_free(screen);
}

static void frames_hold_titles(void **state)
{
    (void)state;
    struct screen *screen = small(8, 30);
    struct paint p = screen_begin(screen);
    struct frame frame = {
        .title = "1 Boxes", .right = "4/12", .bottom = "filter: none", .bottom_right = "2 marked"};
    struct paint in = paint_frame(&p, (struct rect){0, 0, 4, 30}, &frame);
    paint_text(&in, 0, 0, 100, ROLE_TEXT, "inside, and cut where the frame begins");
    frame.focused = true;
    paint_frame(&p, (struct rect){4, 0, 4, 15}, &frame);
    paint_scroll(&p, (struct rect){4, 0, 4, 15}, true, 90, 10, 100);
    in = paint_frame(&p, (struct rect){4, 16, 2, 9}, &frame);
    paint_text(&in, 0, 0, 9, ROLE_TEXT, "no border");
    screen_expect(screen, "┌─ 1 Boxes ─────────── 4/12 ─┐\n"
                          "│inside, and cut where the f…│\n"
                          "│                            │\n"
                          "└─ filter: none ── 2 marked ─┘\n"
                          "┏━ 1 Boxes ━━━┓ no border\n"
                          "┃             ┃\n"
                          "┃             █\n"
                          "┗━ filter: … ━┛\n");
    screen_free(screen);
}

static void ascii_where_there_is_no_utf8(void **state)
{
    (void)state;
    struct screen *screen = screen_new(&(struct screen_setup){.rows = 3, .cols = 20, .ascii = true});
    struct paint p = screen_begin(screen);
    struct paint in =
        paint_frame(&p, (struct rect){0, 0, 3, 20}, &(struct frame){.title = "Logs", .focused = true});
    paint_text(&in, 0, 0, 18, ROLE_TEXT, "caf\u00E9 日 and too much");
    screen_expect(screen, "+= Logs ===========+\n"
                          "|caf? ?  and too m~|\n"
                          "+==================+\n");
    screen_free(screen);
}

static void survives_the_smallest_screens(void **state)
{
    (void)state;
    struct screen *screen = small(3, 3);
    for (int rows = 1; rows <= 3; rows++) {
        for (int cols = 2; cols <= 3; cols++) {
            screen_resize(screen, rows, cols);
            struct paint p = screen_begin(screen);
            struct frame frame = {.title = "title", .right = "right", .focused = true};
            struct paint in = paint_frame(&p, (struct rect){0, 0, rows, cols}, &frame);
            paint_text(&in, 0, 0, 10, ROLE_TEXT, "日x");
            paint_fill(&in, (struct rect){-5, -5, 100, 100}, ROLE_SELECTION);
            paint_recolor(&in, (struct rect){-5, -5, 100, 100}, ROLE_SEARCH);
            paint_scroll(&p, (struct rect){0, 0, rows, cols}, true, 0, 1, 10);
            paint_cursor(&in, 50, 50);
            struct paint none = paint_within(&in, (struct rect){0, 5, -1, -1});
            paint_text(&none, 0, 0, 10, ROLE_TEXT, "x");
            screen_end(screen);
        }
    }
    screen_resize(screen, 0, 0);
    struct paint p = screen_begin(screen);
    paint_text(&p, 0, 0, 10, ROLE_TEXT, "x");
    screen_end(screen);
    screen_free(screen);
}

static void selection_keeps_the_row_one_bar(void **state)
{
    (void)state;
    struct screen *screen = small(1, 10);
    struct paint p = screen_begin(screen);
    struct paint row = paint_over(&p, (struct rect){0, 0, 1, 10}, ROLE_SELECTION);
    paint_text(&row, 0, 0, 10, ROLE_ERROR, "failed");
    screen_end(screen);
    for (int col = 0; col < 10; col++) {
        struct style style = screen_cell(screen, 0, col).style;
        assert_int_equal(style.fg, COLOR_DEFAULT_VALUE);
        assert_true((style.attr & STYLE_REVERSE) != 0);
    }
    screen_free(screen);
}

/* The colours of one character drawn in a style, on a terminal and theme. */
static struct style shown(const char *term, bool no_color, struct style style)
{
    struct screen *screen =
        screen_new(&(struct screen_setup){.rows = 1, .cols = 2, .term = term, .no_color = no_color});
    struct paint p = screen_begin(screen);
    paint_styled(&p, 0, 0, 1, style, "x", 1);
    screen_end(screen);
    struct style out = screen_cell(screen, 0, 0).style;
    screen_free(screen);
    return out;
}

static void colours_become_what_the_terminal_has(void **state)
{
    (void)state;
    struct style red = {.fg = color_rgb(255, 0, 0), .bg = color_index(12), .attr = STYLE_BOLD};
    struct style full = shown("xterm-256color", false, red);
    assert_int_equal(full.fg, color_index(196));
    assert_int_equal(full.bg, color_index(12));
    struct style few = shown("xterm", false, red);
    assert_int_equal(few.fg, color_index(1));
    assert_int_equal(few.bg, color_index(4));
    struct style none = shown("vt100", false, red);
    assert_int_equal(none.fg, COLOR_DEFAULT_VALUE);
    assert_int_equal(none.attr, STYLE_BOLD);
    struct style refused = shown("xterm-256color", true, red);
    assert_int_equal(refused.fg, COLOR_DEFAULT_VALUE);
    assert_int_equal(refused.bg, COLOR_DEFAULT_VALUE);
    assert_int_equal(refused.attr, STYLE_BOLD);
}

static void every_theme_is_readable_without_its_colours(void **state)
{
    (void)state;
    for (int i = 0; theme_at(i) != NULL; i++) {
        const struct theme *theme = theme_at(i);
        assert_ptr_equal(theme_by_name(theme->name), theme);
        for (int role = 0; role < ROLE_COUNT; role++) {
            struct style style = theme_style(theme, (enum role)role);
            assert_true(color_is_default(style.fg) || style.fg != style.bg);
            assert_true(strlen(theme_role_name((enum role)role)) > 0);
        }
    }
    assert_null(theme_by_name("nope"));
}

static void more_pairs_than_the_terminal_has(void **state)
{
    (void)state;
    /* xterm has 64 pairs of 8 colours; with the default colour there are 81. The oldest are given up. */
    struct screen *screen = screen_new(&(struct screen_setup){.rows = 9, .cols = 9, .term = "xterm"});
    for (int round = 0; round < 3; round++) {
        struct paint p = screen_begin(screen);
        for (int fg = 0; fg < 9; fg++) {
            for (int bg = 0; bg < 9; bg++) {
                struct style style = {.fg = fg < 8 ? color_index((uint8_t)fg) : 0,
                                      .bg = bg < 8 ? color_index((uint8_t)bg) : 0};
                paint_styled(&p, fg, bg, 1, style, "x", 1);
            }
        }
        screen_end(screen);
    }
    assert_int_equal(screen_cell(screen, 8, 8).style.fg, COLOR_DEFAULT_VALUE);
    assert_int_equal(screen_cell(screen, 7, 7).style.fg, color_index(7));
    screen_free(screen);
}

static void an_unchanged_frame_sends_next_to_nothing(void **state)
{
    (void)state;
    struct screen *screen = screen_new(&(struct screen_setup){.rows = 60, .cols = 200, .theme = "dark"});
    size_t sent[3];
    for (int round = 0; round < 3; round++) {
        struct paint p = screen_begin(screen);
        for (int row = 0; row < 60; row++)
            paint_format(&p, row, 0, 200, ROLE_RUNNING, "row %d %0150d", row, row);
        sent[round] = screen_end(screen);
    }
    assert_true(sent[0] > 9000);
    assert_true(sent[2] < 64);
    screen_free(screen);
}

static void the_cursor_has_a_place(void **state)
{
    (void)state;
    struct screen *screen = small(4, 10);
    struct paint p = screen_begin(screen);
    struct paint part = paint_within(&p, (struct rect){1, 2, 2, 5});
    paint_cursor(&part, 1, 3);
    screen_end(screen);
    struct screen_state shown_state = screen_get_state(screen);
    assert_true(shown_state.cursor_visible);
    assert_int_equal(shown_state.cursor_row, 2);
    assert_int_equal(shown_state.cursor_col, 5);
    p = screen_begin(screen);
    paint_cursor(&part, 5, 3);
    screen_end(screen);
    assert_false(screen_get_state(screen).cursor_visible);
    screen_free(screen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cuts_text_with_an_ellipsis),
        cmocka_unit_test(wide_characters_never_cross_the_clip),
        cmocka_unit_test(half_of_a_wide_character_is_blank),
        cmocka_unit_test(marks_stay_with_their_base),
        cmocka_unit_test(joiners_are_not_drawn),
        cmocka_unit_test(spans_start_at_any_column),
        cmocka_unit_test(draws_cells_as_they_are),
        cmocka_unit_test(frames_hold_titles),
        cmocka_unit_test(ascii_where_there_is_no_utf8),
        cmocka_unit_test(survives_the_smallest_screens),
        cmocka_unit_test(selection_keeps_the_row_one_bar),
        cmocka_unit_test(colours_become_what_the_terminal_has),
        cmocka_unit_test(every_theme_is_readable_without_its_colours),
        cmocka_unit_test(more_pairs_than_the_terminal_has),
        cmocka_unit_test(an_unchanged_frame_sends_next_to_nothing),
        cmocka_unit_test(the_cursor_has_a_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
