/*
 * A change of the width of the main screen: its rows and its scrollback are wrapped anew. Nothing is lost,
 * and going back to the old size gives the old rows back.
 */
#pragma once

#include "client/shell/grid.h"
#include "client/shell/history.h"

/* A place in the text that moves with it. */
struct reflow_spot {
    int row; /* of the screen; after a reflow it may lie above (negative) or below it */
    int col;
};

/* What a screen with scrollback keeps besides the grid. */
struct reflow_state {
    struct history history;
    struct history below; /* rows that a lower screen had no room for under the cursor's */
    int lent;             /* rows that went into the history only because the screen became lower */
    int lent_cols;        /* and columns of the row above them */
};

enum { REFLOW_SPOTS = 3 };

/*
 * Gives *grid the new size. spots[0] is the cursor, which stays on the screen; the others follow their
 * text, into the history (negative rows) too.
 */
void reflow_resize(struct grid *grid, struct reflow_state *state, int cols, int rows,
                   struct reflow_spot *spots, int spot_count);

/* Rows scrolled or were cleared: what a resize set aside has lost its place. */
void reflow_forget(struct reflow_state *state, bool cleared);
