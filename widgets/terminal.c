#include "widgets/terminal.h"

bool terminal_selected(const struct terminal_selection *selection, int row, int col)
{
    if (selection == NULL || !selection->active)
        return false;
    int row1 = selection->row, col1 = selection->col, row2 = selection->end_row, col2 = selection->end_col;
    if (row2 < row1 || (row2 == row1 && col2 < col1)) {
        row1 = selection->end_row, col1 = selection->end_col;
        row2 = selection->row, col2 = selection->col;
    }
    if (row < row1 || row > row2)
        return false;
    if (selection->block) {
        int left = col1 < col2 ? col1 : col2, right = col1 < col2 ? col2 : col1;
        return col >= left && col <= right;
    }
    return (row > row1 || col >= col1) && (row < row2 || col <= col2);
}

/* The selected cells of a row are one stretch. */
static void draw_selection(const struct paint *p, int at, int row, int cols,
                           const struct terminal_selection *selection)
{
    int first = 0;
    while (first < cols && !terminal_selected(selection, row, first))
        first++;
    int end = first;
    while (end < cols && terminal_selected(selection, row, end))
        end++;
    paint_recolor(p, (struct rect){at, first, 1, end - first}, ROLE_SELECTION);
}

int terminal_draw(const struct paint *p, const struct terminal_source *source,
                  const struct terminal_selection *selection, bool focused)
{
    const struct screen_state *state = source->state;
    int first = 0;
    if (focused && state->cursor_row >= p->rows)
        first = state->cursor_row - p->rows + 1;
    for (int at = 0; at < p->rows && first + at < state->rows; at++) {
        int row = first + at;
        const struct cell *cells = source->row(source->ctx, row);
        if (cells != NULL)
            paint_cells(p, at, 0, cells, state->cols);
        if (selection != NULL && selection->active)
            draw_selection(p, at, row, state->cols, selection);
    }
    if (focused && state->cursor_visible && state->offset == 0)
        paint_cursor(p, state->cursor_row - first, state->cursor_col);
    return first;
}
