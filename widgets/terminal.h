/*
 * Draws a terminal: cells in rows and a cursor, which the caller holds.
 */
#pragma once

#include "client/base/cell.h"
#include "widgets/paint.h"

#include <stdbool.h>

/* A stretch of the drawn terminal, ends included, in reading order or as a block. */
struct terminal_selection {
    bool active;
    bool block;
    int row, col;         /* one end */
    int end_row, end_col; /* the other; may lie before */
};

struct terminal_source {
    void *ctx;
    const struct screen_state *state;
    /* The cells of one row, state->cols of them; NULL for blank. Valid until the next call. */
    const struct cell *(*row)(void *ctx, int row);
};

/* Draws from the top left corner; what has no room is cut, with the cursor's row kept in sight when
 * `focused`. Returns the first row that is shown. The cursor is placed when focused, live (not scrolled back)
 * and visible. */
int terminal_draw(const struct paint *p, const struct terminal_source *source,
                  const struct terminal_selection *selection, bool focused);

/* Whether a cell is selected. */
bool terminal_selected(const struct terminal_selection *selection, int row, int col);
