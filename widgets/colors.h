/*
 * What the terminal's colours are, and which of them comes nearest to one of ours. Used by the canvas alone.
 */
#pragma once

#include "client/base/style.h"

enum { COLORS_PAIRS = 1024, COLORS_DIRECT = 1 << 24 };

struct colors_pair {
    color fg, bg;
    int pair; /* 0: empty */
};

struct colors {
    int count;   /* the terminal can show: 0, 8, 16, 256, COLORS_DIRECT */
    int indexed; /* how many colour numbers mean palette entries: fewer than `count` on a direct terminal */
    int fresh;   /* how many pairs ncurses was asked for since `pairs` was empty */
    struct colors_pair pairs[COLORS_PAIRS]; /* by hash; a collision forgets. ncurses finds one in a tree. */
};

/* Asks ncurses, which must run, what its terminal can show, and starts its colours. no_color: nothing. */
void colors_init(struct colors *colors, bool no_color);

/* ncurses' number of a pair of colours; 0 when both are the default or there are none. ncurses recycles the
 * oldest pair when all are taken; the one just asked for is never the oldest. */
int colors_pair(struct colors *colors, color fg, color bg);
