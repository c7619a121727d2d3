/*
 * Where everything goes: a pure function from the size of the terminal and a few wishes to rectangles
 * (breakpoints: ux.md section 2). Rectangles of panes include their frames, never overlap, are never
 * negative, and lie within the screen for every size, 0x0 included.
 */
#pragma once

#include "widgets/paint.h"

#include <stdbool.h>

enum layout_kind {
    LAYOUT_TINY,   /* below 20x5: one line that names the state */
    LAYOUT_SINGLE, /* below 60 columns or 20 rows: one pane, the one with the focus */
    LAYOUT_STACK,  /* 60..99 columns: list over main */
    LAYOUT_SIDE,   /* 100..139 columns, or wider but below 36 rows: list left, main right, perhaps split */
    LAYOUT_WIDE,   /* 140x36 and up: list and attention left; main, second and third stacked right */
};

enum layout_pane {
    PANE_LIST,      /* the boxes */
    PANE_ATTENTION, /* what needs a look: WIDE only */
    PANE_MAIN,      /* tabs; the details in WIDE */
    PANE_SECOND,    /* the split; the logs in WIDE */
    PANE_THIRD,     /* a live terminal: WIDE only */
    PANE_COUNT,
};

struct layout_wish {
    int rows, cols;         /* of the terminal */
    enum layout_pane focus; /* in SINGLE, or with zoom or full, only this one is shown */
    bool zoom;              /* the focused pane gets all between header and footer */
    bool full;              /* the focused pane gets all rows but the last (a terminal that takes the keys) */
    bool split;             /* SIDE: second under main */
    bool third;             /* WIDE: there is a terminal to show */
    int attention;          /* WIDE: rows that attention could use, without its frame */
    int list;               /* STACK: boxes in the list; it gets no more than it needs, half at most */
};

/* A pane or line that is not shown has an empty rectangle. */
struct layout {
    enum layout_kind kind;
    struct rect header; /* the first line */
    struct rect footer; /* the last line */
    struct rect body;   /* what is between: overlays are centred in it */
    struct rect panes[PANE_COUNT];
    bool framed; /* whether panes have frames: not when full */
};

struct layout layout_make(const struct layout_wish *wish);

/* The pane at a cell of the screen, or -1. */
int layout_pane_at(const struct layout *layout, int row, int col);

/* The next shown pane after `pane` (step 1) or before it (step -1); `pane` itself when it is the only one. */
enum layout_pane layout_next(const struct layout *layout, enum layout_pane pane, int step);
