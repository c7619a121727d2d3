/*
 * What a terminal shows: cells in rows. The emulator fills them, the wire carries them, the console draws
 * them.
 */
#pragma once

#include "client/base/style.h"

#include <stdbool.h>
#include <stdint.h>

/* What a cell holds besides its character; a kiss between two people is a heart and six of them. */
enum { CELL_MARKS = 7 };

/* One column, as seen by readers; the grid stores rows more compactly. */
struct cell {
    uint32_t
        ch; /* base character; 0 is blank (drawn as a space); CELL_WIDE_TAIL the right half of a wide one */
    uint32_t marks[CELL_MARKS]; /* what joins it without a column of its own, 0-terminated when fewer:
                                   combining marks, variation selectors, a ZWJ and the emoji after it. Copied
                                   and searched like all text; drawn only when utf8_is_drawn_mark */
    struct style style;
};

/* Not a code point: marks the right half. */
static const uint32_t CELL_WIDE_TAIL = 0xFFFFFFFF;

/* The default is what the operator's terminal has; none of them blinks by a program's wish. */
enum cursor_shape { CURSOR_DEFAULT, CURSOR_BLOCK, CURSOR_UNDERLINE, CURSOR_BAR };

enum mouse_mode { MOUSE_MODE_OFF, MOUSE_MODE_CLICK, MOUSE_MODE_DRAG, MOUSE_MODE_MOVE };

/* What the console must know of the terminal besides its rows. */
struct screen_state {
    int rows, cols;
    int cursor_row, cursor_col;
    bool cursor_visible;
    enum cursor_shape cursor_shape;
    bool alternate;        /* full-screen program */
    enum mouse_mode mouse; /* what the program asked for */
    bool bracketed_paste;
    bool focus_events;
    bool synchronised; /* the program is in the middle of a frame (mode 2026): show nothing new until it is
                          false again, or 150 ms have passed */
    uint64_t history;  /* lines in the scrollback; 0 on the alternate screen */
    uint64_t
        dropped;     /* lines that fell off its top: a line keeps the number dropped + index until a resize */
    uint32_t bells;  /* counted since the start */
    char title[256]; /* inert; "" for none */
};
