/*
 * SGR: what the next character will look like. Ours and not libvterm's, which knows neither dim nor conceal
 * nor the colour forms of today's programs (`38:2::r:g:b`, `58`).
 */
#pragma once

#include "client/shell/grid.h"
#include "client/shell/guard.h"

/* Applies a whole SGR sequence (ECMA-48 8.3.117 and xterm's ctlseqs). The protection flag stays. What is read
 * and not shown: blinking (5, 6), an overline (53), the colour of an underline (58). Dotted and dashed
 * underlines (4:4, 4:5) are single ones. */
void pen_apply(struct grid_look *pen, const struct guard_param *params, int count);
