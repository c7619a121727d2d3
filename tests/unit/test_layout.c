/* The layout for every size and wish: nothing negative, nothing outside, no overlap, the breakpoints of
 * ux.md. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "widgets/layout.h"

static bool within(struct rect r, int rows, int cols)
{
    return r.row >= 0 && r.col >= 0 && r.rows >= 0 && r.cols >= 0 && r.row + r.rows <= rows &&
           r.col + r.cols <= cols;
}

static void check(const struct layout_wish *wish)
{
    struct layout layout = layout_make(wish);
    struct rect all[PANE_COUNT + 2];
    int count = 0, cells = 0;
    all[count++] = layout.header;
    all[count++] = layout.footer;
    for (int i = 0; i < PANE_COUNT; i++)
        all[count++] = layout.panes[i];
    for (int i = 0; i < count; i++) {
        assert_true(within(all[i], wish->rows, wish->cols));
        cells += all[i].rows * all[i].cols;
        for (int j = i + 1; j < count; j++)
            assert_true(rect_is_empty(rect_intersect(all[i], all[j])));
    }
    assert_true(within(layout.body, wish->rows, wish->cols));
    /* Whatever is large enough for panes is used to the last cell, and no pane is too small for its frame. */
    if (layout.kind != LAYOUT_TINY) {
        assert_int_equal(cells, wish->rows * wish->cols);
        for (int i = 0; i < PANE_COUNT; i++)
            assert_true(rect_is_empty(layout.panes[i]) ||
                        (layout.panes[i].rows >= 3 && layout.panes[i].cols >= 20));
    }
}

static void holds_for_every_size_and_wish(void **state)
{
    (void)state;
    for (int rows = 0; rows <= 110; rows++) {
        for (int cols = 0; cols <= 310; cols++) {
            for (unsigned bits = 0; bits < 16; bits++) {
                struct layout_wish wish = {
                    .rows = rows,
                    .cols = cols,
                    .focus = (enum layout_pane)((unsigned)(rows + cols) % PANE_COUNT),
                    .zoom = (bits & 1) != 0,
                    .full = (bits & 2) != 0,
                    .split = (bits & 4) != 0,
                    .third = (bits & 8) != 0,
                    .attention = cols % 17,
                };
                check(&wish);
            }
        }
    }
    check(&(struct layout_wish){.rows = 1000, .cols = 1000, .third = true, .attention = 100000});
    check(&(struct layout_wish){.rows = 1000, .cols = 60, .attention = -5});
}

static enum layout_kind kind_at(int rows, int cols)
{
    return layout_make(&(struct layout_wish){.rows = rows, .cols = cols}).kind;
}

static void changes_at_the_breakpoints(void **state)
{
    (void)state;
    assert_int_equal(kind_at(4, 80), LAYOUT_TINY);
    assert_int_equal(kind_at(24, 19), LAYOUT_TINY);
    assert_int_equal(kind_at(5, 20), LAYOUT_SINGLE);
    assert_int_equal(kind_at(24, 59), LAYOUT_SINGLE);
    assert_int_equal(kind_at(19, 200), LAYOUT_SINGLE);
    assert_int_equal(kind_at(20, 60), LAYOUT_STACK);
    assert_int_equal(kind_at(24, 99), LAYOUT_STACK);
    assert_int_equal(kind_at(24, 100), LAYOUT_SIDE);
    assert_int_equal(kind_at(50, 139), LAYOUT_SIDE);
    assert_int_equal(kind_at(35, 200), LAYOUT_SIDE);
    assert_int_equal(kind_at(36, 140), LAYOUT_WIDE);
    struct layout wide = layout_make(&(struct layout_wish){.rows = 50, .cols = 160, .third = true});
    assert_int_equal(wide.panes[PANE_LIST].cols, 56);
    assert_false(rect_is_empty(wide.panes[PANE_THIRD]));
}

static void a_full_terminal_has_all_rows_but_one(void **state)
{
    (void)state;
    struct layout layout =
        layout_make(&(struct layout_wish){.rows = 24, .cols = 80, .focus = PANE_MAIN, .full = true});
    assert_int_equal(layout.panes[PANE_MAIN].rows, 23);
    assert_int_equal(layout.panes[PANE_MAIN].cols, 80);
    assert_int_equal(layout.footer.rows, 1);
    assert_true(rect_is_empty(layout.header));
    assert_false(layout.framed);
}

static void walks_through_the_panes_that_are_shown(void **state)
{
    (void)state;
    struct layout layout = layout_make(&(struct layout_wish){.rows = 24, .cols = 80});
    assert_int_equal(layout_next(&layout, PANE_LIST, 1), PANE_MAIN);
    assert_int_equal(layout_next(&layout, PANE_MAIN, 1), PANE_LIST);
    assert_int_equal(layout_next(&layout, PANE_LIST, -1), PANE_MAIN);
    struct layout one = layout_make(&(struct layout_wish){.rows = 10, .cols = 40, .focus = PANE_MAIN});
    assert_int_equal(layout_next(&one, PANE_MAIN, 1), PANE_MAIN);
    assert_int_equal(layout_pane_at(&layout, 1, 0), PANE_LIST);
    assert_int_equal(layout_pane_at(&layout, 22, 79), PANE_MAIN);
    assert_int_equal(layout_pane_at(&layout, 0, 0), -1);
}

static void centres_without_leaving_the_area(void **state)
{
    (void)state;
    struct rect area = {2, 3, 10, 20};
    struct rect r = rect_center(area, 4, 10);
    assert_int_equal(r.row, 5);
    assert_int_equal(r.col, 8);
    r = rect_center(area, 100, 100);
    assert_int_equal(r.rows, 10);
    assert_int_equal(r.cols, 20);
    r = rect_center((struct rect){0, 0, 0, 0}, 5, 5);
    assert_true(rect_is_empty(r));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_for_every_size_and_wish),
        cmocka_unit_test(changes_at_the_breakpoints),
        cmocka_unit_test(a_full_terminal_has_all_rows_but_one),
        cmocka_unit_test(walks_through_the_panes_that_are_shown),
        cmocka_unit_test(centres_without_leaving_the_area),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
