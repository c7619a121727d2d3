/*
 * What the terminal's colours are, and which of them comes nearest to one of ours. Used by the canvas alone.
 */
#pragma once

#include "client/base/style.h"

enum { COLORS_MAPPED = 256, COLORS_DIRECT = 1 << 24 };

/* What an RGB value became: searching the nearest of 256 for each run of text would be half of a frame's
 * work. */
struct colors_mapped {
    color from; /* 0: empty; an RGB colour never is */
    int to;
};

struct colors {
    int count;   /* the terminal can show: 0, 8, 16, 256, COLORS_DIRECT */
    int indexed; /* how many colour numbers mean palette entries: fewer than `count` on a direct terminal */
    struct colors_mapped mapped[COLORS_MAPPED]; /* by hash; a collision forgets */
};

/* Asks ncurses, which must run, what its terminal can show, and starts its colours. no_color: nothing. */
void colors_init(struct colors *colors, bool no_color);

/* ncurses' number of a pair of colours; 0 when both are the default or there are none. alloc_pair finds a
 * pair that exists and recycles the oldest one when all are taken, so there is nothing to count; the pair
 * just asked for is never the oldest. */
int colors_pair(struct colors *colors, color fg, color bg);
