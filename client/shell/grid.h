/*
 * The cells of a screen: rows in a ring, each with the length in use, so that a blank line costs nothing and
 * a scrolled one costs no copying. Knows no sequences and no libvterm; the emulator draws here.
 *
 * A wide character is its cell and a tail beside it; every operation keeps the two together or blanks both.
 */
#pragma once

#include "client/base/cell.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GRID_COLS_MAX = 1000, GRID_ROWS_MAX = 500 };

enum {
    GRID_PROTECTED = 1, /* DECSCA: selective erase leaves it */
    GRID_MARKED = 2,    /* it has marks, which are kept with the row */
};

/* How a cell looks. A pen, but without what only the emulator needs. */
struct grid_look {
    color fg, bg;
    uint16_t attr; /* enum style_attr */
    uint16_t flags;
};

struct grid_cell {
    uint32_t ch; /* as in struct cell */
    struct grid_look look;
};

/* The marks of one cell (struct cell). An entry whose cell is not GRID_MARKED any more is stale. */
struct grid_marks {
    int col;
    uint32_t marks[CELL_MARKS]; /* 0-terminated when fewer */
};

struct grid_row {
    struct grid_cell *cells;  /* of the grid's width */
    struct grid_marks *marks; /* NULL until the first */
    size_t mark_count, mark_room;
    int used;       /* cells from here on are blank in the colour `fill` */
    color fill;     /* background of the unused rest */
    bool continued; /* the text of the row above goes on here: a soft wrap */
    bool filler;    /* the last column is empty only because a wide character did not fit */
    bool dirty;     /* changed since grid_clean (so has every row when grid->moved) */
};

struct grid {
    int cols, rows;
    int top;    /* slot of row 0 */
    bool moved; /* the whole screen scrolled since grid_clean */
    struct grid_row **slots;
};

/* A row on its own, for reading packed lines into. */
void grid_row_init(struct grid_row *row, int cols);
void grid_row_done(struct grid_row *row);

/* Blank, in this background; no soft wrap. */
void grid_row_clear(struct grid_row *row, color fill);

/* Makes the cells 0..used-1 real (used <= the width), blank where they were not in use. */
void grid_row_extend(struct grid_row *row, int used);

/* Whether nothing was ever written in it: no cell in use, no colour. */
bool grid_row_blank(const struct grid_row *row);

/* The marks of a cell that is GRID_MARKED; never NULL for one. */
const uint32_t *grid_row_marks(const struct grid_row *row, int col);

/* Adds marks to the cell; when there is no room for all (CELL_MARKS), none. */
void grid_row_add_marks(struct grid_row *row, int col, const uint32_t *marks, int count);

/* The cell `to` is a copy of the cell `from` of another row: if it has marks, they are copied too. */
void grid_row_copy_marks(struct grid_row *row, int to, const struct grid_row *other, int from);

/* Writes the row as cells, blank up to `cols`. */
void grid_row_read(const struct grid_row *row, int cols, struct cell *cells);

void grid_init(struct grid *grid, int cols, int rows);
void grid_done(struct grid *grid);

static inline struct grid_row *grid_at(const struct grid *grid, int row)
{
    int slot = grid->top + row;
    return grid->slots[slot < grid->rows ? slot : slot - grid->rows];
}

/* Puts one character of 1 or 2 columns; col + width <= cols. */
void grid_put(struct grid *grid, int row, int col, uint32_t ch, int width, const struct grid_look *look);

/* Puts `len` ASCII characters; col + len <= cols. */
void grid_put_ascii(struct grid *grid, int row, int col, const char *text, int len,
                    const struct grid_look *look);

/* Blanks the columns from..to-1 in the background `fill`; selective leaves protected cells. An erase that
 * reaches the last column ends a soft wrap into the next row. */
void grid_erase(struct grid *grid, int row, int from, int to, color fill, bool selective);

/* Moves the cells from..to-1 left by `count` (right when negative); what comes free is blank. */
void grid_shift(struct grid *grid, int row, int from, int to, int count, color fill);

/* Moves the rows top..bottom-1 up by `count` (down when negative); the rows that come free are blank. Soft
 * wraps that lose their neighbour end. `into_history` says that row 0 goes on in the scrollback. */
void grid_scroll(struct grid *grid, int top, int bottom, int count, color fill, bool into_history);

/* Makes row `row` a copy of a row of any width, without its soft wrap; what is too wide is cut. */
void grid_copy_row(struct grid *grid, int row, const struct grid_row *from);

void grid_clear(struct grid *grid, color fill);

/* Whether the row changed since grid_clean. */
static inline bool grid_row_dirty(const struct grid *grid, int row)
{
    return grid->moved || grid_at(grid, row)->dirty;
}

/* Forgets the dirty marks. */
void grid_clean(struct grid *grid);
