#include "widgets/layout.h"

enum {
    TINY_COLS = 20,
    TINY_ROWS = 5,
    STACK_COLS = 60,
    STACK_ROWS = 20,
    SIDE_COLS = 100,
    WIDE_COLS = 140,
    WIDE_ROWS = 36,
    LIST_COLS_WIDE = 56,
    LIST_COLS_SIDE_MAX = 56,
    LIST_EXTRA_ROWS = 3, /* border, column titles, border */
    PANE_ROWS_MIN = 5,   /* border, two lines, border and one to spare */
};

static enum layout_kind kind_of(int rows, int cols)
{
    if (cols < TINY_COLS || rows < TINY_ROWS)
        return LAYOUT_TINY;
    if (cols < STACK_COLS || rows < STACK_ROWS)
        return LAYOUT_SINGLE;
    if (cols < SIDE_COLS)
        return LAYOUT_STACK;
    if (cols < WIDE_COLS || rows < WIDE_ROWS)
        return LAYOUT_SIDE;
    return LAYOUT_WIDE;
}

static int clamp(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

/* Cuts `rows` off the bottom of *r and returns them. */
static struct rect cut_bottom(struct rect *r, int rows)
{
    struct rect cut = {r->row + r->rows - rows, r->col, rows, r->cols};
    r->rows -= rows;
    return cut;
}

/* Cuts `cols` off the left of *r and returns them. */
static struct rect cut_left(struct rect *r, int cols)
{
    struct rect cut = {r->row, r->col, r->rows, cols};
    r->col += cols;
    r->cols -= cols;
    return cut;
}

static void lay_wide(struct layout *layout, const struct layout_wish *wish)
{
    struct rect right = layout->body;
    struct rect left = cut_left(&right, LIST_COLS_WIDE);
    int attention = clamp(wish->attention + 2, PANE_ROWS_MIN, left.rows / 3);
    layout->panes[PANE_ATTENTION] = cut_bottom(&left, attention);
    layout->panes[PANE_LIST] = left;
    /* The terminal gets what a shell needs, the logs half of the rest. */
    if (wish->third)
        layout->panes[PANE_THIRD] = cut_bottom(&right, right.rows * 2 / 5);
    layout->panes[PANE_SECOND] = cut_bottom(&right, right.rows / 2);
    layout->panes[PANE_MAIN] = right;
}

static void lay_side(struct layout *layout, const struct layout_wish *wish)
{
    struct rect right = layout->body;
    int list = clamp(layout->body.cols * 2 / 5, 0, LIST_COLS_SIDE_MAX);
    layout->panes[PANE_LIST] = cut_left(&right, list);
    if (wish->split)
        layout->panes[PANE_SECOND] = cut_bottom(&right, right.rows / 2);
    layout->panes[PANE_MAIN] = right;
}

static void lay_stack(struct layout *layout, const struct layout_wish *wish)
{
    struct rect top = layout->body;
    int boxes = wish->list < top.rows ? wish->list : top.rows;
    int list = clamp(boxes + LIST_EXTRA_ROWS, top.rows * 2 / 5, top.rows / 2);
    layout->panes[PANE_MAIN] = cut_bottom(&top, top.rows - list);
    layout->panes[PANE_LIST] = top;
}

struct layout layout_make(const struct layout_wish *wish)
{
    int rows = wish->rows < 0 ? 0 : wish->rows, cols = wish->cols < 0 ? 0 : wish->cols;
    struct layout layout = {.kind = kind_of(rows, cols)};
    if (rows == 0 || cols == 0)
        return layout;
    if (layout.kind == LAYOUT_TINY) {
        layout.header = (struct rect){0, 0, 1, cols};
        return layout;
    }
    layout.footer = (struct rect){rows - 1, 0, 1, cols};
    if (wish->full) {
        layout.body = (struct rect){0, 0, rows - 1, cols};
        layout.panes[wish->focus] = layout.body;
        return layout;
    }
    layout.framed = true;
    layout.header = (struct rect){0, 0, 1, cols};
    layout.body = (struct rect){1, 0, rows - 2, cols};
    if (wish->zoom || layout.kind == LAYOUT_SINGLE)
        layout.panes[wish->focus] = layout.body;
    else if (layout.kind == LAYOUT_WIDE)
        lay_wide(&layout, wish);
    else if (layout.kind == LAYOUT_SIDE)
        lay_side(&layout, wish);
    else
        lay_stack(&layout, wish);
    return layout;
}

int layout_pane_at(const struct layout *layout, int row, int col)
{
    for (int i = 0; i < PANE_COUNT; i++) {
        if (rect_contains(layout->panes[i], row, col))
            return i;
    }
    return -1;
}

enum layout_pane layout_next(const struct layout *layout, enum layout_pane pane, int step)
{
    int at = (int)pane;
    for (int i = 0; i < PANE_COUNT; i++) {
        at = (at + (step < 0 ? PANE_COUNT - 1 : 1)) % PANE_COUNT;
        if (!rect_is_empty(layout->panes[at]))
            return (enum layout_pane)at;
    }
    return pane;
}
