/*
 * The tabs in the upper border of the main pane.
 */
#pragma once

#include "tui/app.h"

/* Draws them over the frame in `r`, leaving room for the title's right corner. */
void tab_bar_draw(struct app *app, const struct paint *screen, struct rect r, const struct view_title *title);

/* Shows the tab at a column of the screen in that border. False when there is none. */
bool tab_bar_click(struct app *app, int col);
