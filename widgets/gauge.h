/*
 * Small pictures of figures.
 */
#pragma once

#include "widgets/paint.h"

#include <stddef.h>

/* A bar of `cols` columns, filled by `part` (0..1, clamped), in eighths of a column where UTF-8 is there. */
void gauge_draw(const struct paint *p, int row, int col, int cols, double part, enum role role);

/* The last `cols` of the values as a row of small columns; the scale is 0..max of those drawn. Values below 0
 * and NaN count as 0. */
void sparkline_draw(const struct paint *p, int row, int col, int cols, const double *values, size_t count,
                    enum role role);
