/*
 * Names of tabs on one row, e.g. in the border of a frame: `Logs | Runs | Overview`. When they do not fit,
 * those around the active one are shown, with a mark at each side where there are more: `<Runs | Overview>`.
 */
#pragma once

#include "widgets/paint.h"

/* Draws from (row, col) in at most `cols` columns; returns the columns used. */
int tabs_draw(const struct paint *p, int row, int col, int cols, const char *const *names, int count,
              int active);

/* The tab at `at` columns from where tabs_draw began, -1 for none; a mark stands for the tab hidden
 * next to it. Same arguments. */
int tabs_at(int cols, const char *const *names, int count, int active, int at);
