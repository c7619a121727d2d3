/*
 * SGR: what the next character will look like. Ours and not libvterm's, which knows neither dim nor conceal
 * nor the colour forms of today's programs (`38:2::r:g:b`, `58`).
 */
#pragma once

#include "client/shell/grid.h"
#include "client/shell/guard.h"

/* Applies a whole SGR sequence (ECMA-48 8.3.117 and xterm's ctlseqs). The protection flag stays. */
void pen_apply(struct grid_look *pen, const struct guard_param *params, int count);
