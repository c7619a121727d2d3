/*
 * Draws a terminal: cells in rows, marks over them, and a cursor, which the caller holds.
 */
#pragma once

#include "client/base/cell.h"
#include "widgets/paint.h"

#include <stdbool.h>

enum { TERMINAL_MARKS = 64 };

/* The columns from..to-1 of a row take the look of a role: a search hit, a selection. */
struct terminal_mark {
    int from, to;
    enum role role;
};

struct terminal_source {
    void *ctx;
    const struct screen_state *state;
    int left; /* the first column that is shown */
    /* The cells of one row, state->cols of them; NULL for blank. Valid until the next call. */
    const struct cell *(*row)(void *ctx, int row);
    /* Whether a row differs from what was drawn last. NULL: all may. */
    bool (*fresh)(void *ctx, int row);
    /* What is marked in a row, later ones over earlier ones; returns the count. NULL for nothing. */
    int (*marks)(void *ctx, int row, struct terminal_mark out[TERMINAL_MARKS]);
};

/* Draws from the top left corner; what has no room is cut, but never the cursor's row. Returns the first
 * row that is shown. The cursor is placed when focused, live (not scrolled back)
 * and visible. */
int terminal_draw(const struct paint *p, const struct terminal_source *source, bool focused);
