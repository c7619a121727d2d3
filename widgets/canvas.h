/*
 * The screen: the only file that draws with ncurses. It takes cells (client/base/cell.h) into a frame of its
 * own and passes on what differs from the frame before, its colours mapped to what the terminal can show: for
 * ncurses a cell costs some fifty times as much. Widgets draw through widgets/paint.h.
 */
#pragma once

#include "client/base/cell.h"
#include "widgets/theme.h"

#include <stdbool.h>

struct canvas;

/* The screen of the terminal that ncurses runs on now (newterm was called). ascii: anything but ASCII is
 * drawn as `?`. no_color: attributes only. The theme must outlive the canvas. Never NULL. */
struct canvas *canvas_new(const struct theme *theme, bool ascii, bool no_color);

/* Frees the canvas; ncurses goes on. NULL is fine. */
void canvas_free(struct canvas *canvas);

void canvas_set_theme(struct canvas *canvas, const struct theme *theme);
const struct theme *canvas_theme(const struct canvas *canvas);

/* Which styles beyond ncurses' own the terminal shows (enum style_attr), as tui/terminfo.h prepared them;
 * none at first. Text of another style is drawn without it. */
void canvas_set_styles(struct canvas *canvas, uint16_t styles);

/* Tells ncurses of a new size of the terminal (0 and less become 1). Everything must be drawn again. */
void canvas_resize(struct canvas *canvas, int rows, int cols);
int canvas_rows(const struct canvas *canvas);
int canvas_cols(const struct canvas *canvas);

bool canvas_ascii(const struct canvas *canvas);

/* The number of colours the terminal can show: 0, 8, 16, 256 or 16777216. */
int canvas_colors(const struct canvas *canvas);

/* Starts a frame: all blank in ROLE_TEXT, the cursor hidden. */
void canvas_begin(struct canvas *canvas);

/* Starts a frame that differs in a part only: the last one stays, but for the cursor, which is hidden. */
void canvas_continue(struct canvas *canvas);

/* Ends a frame: what differs from the last one goes to ncurses, which writes it to the file that it was
 * started with. */
void canvas_flush(struct canvas *canvas);

/* Makes the next flush send everything (Ctrl-l, or after something else wrote on the terminal). */
void canvas_touch(struct canvas *canvas);

/* Puts `count` cells at (row, col). They must lie within the screen, and a wide character must have its tail
 * among them. */
void canvas_put(struct canvas *canvas, int row, int col, const struct cell *cells, int count);

/* Changes the style of `count` cells that are there already. They must lie within the screen. */
void canvas_restyle(struct canvas *canvas, int row, int col, int count, struct style style);

/* Where the cursor is after this frame, visible; (row, col) within the screen. Its shape is no matter of
 * ncurses (tui/term.h). */
void canvas_cursor(struct canvas *canvas, int row, int col);
