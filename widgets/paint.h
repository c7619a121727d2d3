/*
 * Drawing, and the only file that asks ncurses to. A canvas is the screen; a paint is a part of it: an
 * origin, a size and a clip. Widgets get a paint and draw from its (0, 0); whatever sticks out is cut. A wide
 * character never crosses the clip: the cell that would hold its half is blank.
 *
 * All text is inert UTF-8 (client/text/inert.h). Nothing here fails: what cannot be drawn is not.
 */
#pragma once

#include "client/base/cell.h"
#include "client/base/style.h"
#include "client/base/text.h"
#include "widgets/canvas.h"
#include "widgets/theme.h"

#include <stdbool.h>
#include <stddef.h>

struct rect {
    int row, col;   /* top left */
    int rows, cols; /* 0 or less: empty */
};

static inline bool rect_is_empty(struct rect r)
{
    return r.rows <= 0 || r.cols <= 0;
}

static inline bool rect_contains(struct rect r, int row, int col)
{
    return row >= r.row && row < r.row + r.rows && col >= r.col && col < r.col + r.cols;
}

/* What both have; rows and cols 0 when nothing. */
struct rect rect_intersect(struct rect a, struct rect b);

/* The rectangle less a border of one cell on each side; empty when nothing remains. */
struct rect rect_inside(struct rect r);

/* A rectangle of at most rows x cols in the middle of `area`. */
struct rect rect_center(struct rect area, int rows, int cols);

/* Passed by const pointer, copied freely, owns nothing. */
struct paint {
    struct canvas *canvas;
    const struct theme *theme;
    struct rect area;  /* where on the screen the part lies; may stick out of it */
    struct rect clip;  /* the cells of the screen that may be touched */
    struct style base; /* what every style is laid over: a selected row sets its bar here */
    bool again;        /* what was drawn last is still there (paint_again) */
    int rows, cols;    /* of the area: what the widget lays itself out in, never negative */
};

/* The whole screen, blank, for a new frame (canvas_begin). */
struct paint paint_screen(struct canvas *canvas);

/* The whole screen as it was drawn last, for a new frame that changes a part of it (canvas_continue). */
struct paint paint_again(struct canvas *canvas);

/* The part `r` (in p's own coordinates) of p. */
struct paint paint_within(const struct paint *p, struct rect r);

/* As paint_within, with everything drawn over `role`; the part is filled with it. */
struct paint paint_over(const struct paint *p, struct rect r, enum role role);

/* Fills a part with spaces in the role's style. */
void paint_fill(const struct paint *p, struct rect r, enum role role);

/* Whether only ASCII may be drawn: for a widget that chooses its own signs. */
bool paint_ascii(const struct paint *p);

/* Draws `text` from (row, col) in at most `cols` columns, with an ellipsis at the end when it is cut. Returns
 * the columns used. text may be NULL. */
int paint_text(const struct paint *p, int row, int col, int cols, enum role role, const char *text);

/* As paint_text with a style of its own and a length. */
int paint_styled(const struct paint *p, int row, int col, int cols, struct style style, const char *bytes,
                 size_t len);

/* As paint_text, but cut in the middle: names and ids, whose end tells them apart. */
int paint_name(const struct paint *p, int row, int col, int cols, enum role role, const char *text);

/* As paint_text, ending at the last of the `cols` columns: figures. */
int paint_right(const struct paint *p, int row, int col, int cols, enum role role, const char *text);

/* As paint_text for formatted text of at most 1 KiB. */
int paint_format(const struct paint *p, int row, int col, int cols, enum role role, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

/* Draws a text with its spans over `role`, leaving out its first `from` columns (a wide character cut by that
 * edge leaves a blank), in at most `cols` columns; no ellipsis. Returns the columns used. */
int paint_spans(const struct paint *p, int row, int col, int cols, enum role role, const struct text *text,
                size_t from);

/* Draws `count` cells of a terminal row from (row, col). */
void paint_cells(const struct paint *p, int row, int col, const struct cell *cells, int count);

/* Draws one character `count` times to the right. */
void paint_repeat(const struct paint *p, int row, int col, int count, enum role role, uint32_t ch);

/* Gives the cells that are there already the style of `role`: a selection or a search hit in text that was
 * drawn. */
void paint_recolor(const struct paint *p, struct rect r, enum role role);

/* Puts the terminal's cursor at (row, col), visible, when that is inside the clip. The last call of a frame
 * wins. */
void paint_cursor(const struct paint *p, int row, int col);

/* ---- frames ---- */

/* The four texts of a border; NULL for none. */
struct frame {
    const char *title;        /* top left */
    const char *right;        /* top right */
    const char *bottom;       /* bottom left */
    const char *bottom_right; /* bottom right */
    bool focused;             /* heavy lines instead of light ones, and the roles of the focus */
};

/* Draws a border around the area `r` and returns the part inside it. With fewer than 3 rows or columns there
 * is no border and all of `r` is inside. */
struct paint paint_frame(const struct paint *p, struct rect r, const struct frame *frame);

/* Marks on the right border of the area `r` (as given to paint_frame) which part of `total` things the
 * `shown` ones from `first` are. Nothing is drawn when all are shown. */
void paint_scroll(const struct paint *p, struct rect r, bool focused, size_t first, size_t shown,
                  size_t total);
