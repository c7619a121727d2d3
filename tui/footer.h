/*
 * The last line: what the keys do where the focus is, and what needs attention elsewhere. Under a shell that
 * takes the keys: whose it is and how to leave it.
 */
#pragma once

#include "tui/app.h"

/* Draws it into `r`; nothing where that is empty. */
void footer_draw(struct app *app, const struct paint *screen, struct rect r);

/* Carries out the hint at a column of the footer. False when there is none. */
bool footer_click(struct app *app, int col);
