/*
 * A table of rows that the caller owns: it asks for what is visible only, so its size does not matter. The
 * caller keeps the selection (by id); the table keeps where it is scrolled to. When rows come and go above
 * the selected one, it stays where it is on the screen.
 */
#pragma once

#include "widgets/paint.h"
#include "widgets/widget.h"

#include <stdbool.h>
#include <stddef.h>

enum { TABLE_COLUMNS = 24, TABLE_NAME_MIN = 12 };

/* No row. */
#define TABLE_NONE ((size_t)-1)

struct table_column {
    const char *title;
    int min;    /* columns without which it is not shown; 1 at least */
    int want;   /* columns that show all of it in most rows */
    bool right; /* title to the right: figures */
    bool grows; /* takes what is left when all have what they want: the name */
    bool keep;  /* never dropped for lack of room */
};

struct table {
    const struct table_column *columns; /* the caller's, constant */
    int column_count;                   /* at most TABLE_COLUMNS */
    int sort;                           /* column with the sort mark, -1 for none */
    bool descending;
    size_t top;                /* first visible row */
    size_t selected_was;       /* as last drawn, TABLE_NONE at first */
    bool moved;                /* the selection was moved by the operator since */
    int visible;               /* rows that fitted when last drawn */
    int widths[TABLE_COLUMNS]; /* as last drawn; 0 not shown */
};

/* What there is to draw. */
struct table_rows {
    void *ctx;
    size_t count;
    size_t selected; /* TABLE_NONE for none */
    /* Draws one cell from (0, 0) of `cell`. */
    void (*draw)(void *ctx, size_t row, int column, const struct paint *cell);
    /* Draws a row that has no cells from (0, 0) of `line`; false: it has cells. NULL: all have. */
    bool (*whole)(void *ctx, size_t row, const struct paint *line);
    /* The sign beside a row: '*' marked, '!' needs attention, '+' has news, ' ' nothing. NULL for no signs.
     */
    char (*sign)(void *ctx, size_t row);
    const char *empty; /* what to say when there are no rows */
};

/* columns must stay valid. */
void table_init(struct table *table, const struct table_column *columns, int count);

/* Computes the widths for `cols` columns: those that find no room drop out from the right. Two columns on the
 * left belong to the cursor and the sign, one blank is between columns. */
void table_fit(const struct table *table, int cols, int widths[TABLE_COLUMNS]);

/* Where the operator's move takes the selection. */
size_t table_move(struct table *table, enum widget_move move, size_t selected, size_t count);

/* Tells the table that the operator selected a row by other means (a jump, a click). */
void table_jumped(struct table *table);

/* Draws title line and rows. */
void table_draw(struct table *table, const struct paint *p, const struct table_rows *rows, bool focused);

/* The row at a row of the drawn part, TABLE_NONE for none. */
size_t table_row_at(const struct table *table, int row, size_t count);

/* The column at a column of the drawn part, -1 for none. */
int table_column_at(const struct table *table, int col);
