#include "widgets/terminal.h"

static void draw_marks(const struct paint *p, int at, int row, const struct terminal_source *source)
{
    struct terminal_mark marks[TERMINAL_MARKS];
    int count = source->marks(source->ctx, row, marks);
    for (int i = 0; i < count; i++) {
        int from = marks[i].from > source->left ? marks[i].from - source->left : 0;
        int to = marks[i].to - source->left;
        if (to > from)
            paint_recolor(p, (struct rect){at, from, 1, to - from}, marks[i].role);
    }
}

int terminal_draw(const struct paint *p, const struct terminal_source *source, bool focused)
{
    const struct screen_state *state = source->state;
    int first = 0, cols = state->cols - source->left;
    if (state->cursor_row >= p->rows)
        first = state->cursor_row - p->rows + 1;
    bool all = !p->again || source->fresh == NULL || first > 0;
    for (int at = 0; at < p->rows && first + at < state->rows; at++) {
        int row = first + at;
        if (!all && !source->fresh(source->ctx, row))
            continue;
        const struct cell *cells = source->row(source->ctx, row);
        if (cells != NULL && cols > 0)
            paint_cells(p, at, 0, cells + source->left, cols);
        if (source->marks != NULL)
            draw_marks(p, at, row, source);
    }
    if (focused && state->cursor_visible)
        paint_cursor(p, state->cursor_row - first, state->cursor_col - source->left);
    return first;
}
