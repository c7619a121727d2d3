/*
 * One box in the list: its columns and what stands in them.
 */
#pragma once

#include "tui/app.h"
#include "tui/roster.h"
#include "widgets/table.h"

enum box_column {
    BOX_COLUMN_STATUS_LETTER,
    BOX_COLUMN_NAME,
    BOX_COLUMN_STATUS,
    BOX_COLUMN_RUN,
    BOX_COLUMN_RUNTIME,
    BOX_COLUMN_AGENT,
    BOX_COLUMN_AGE,
    BOX_COLUMN_LAST,
    BOX_COLUMN_COST,
    BOX_COLUMN_LABELS,
    BOX_COLUMN_ID,
    BOX_COLUMNS
};

/* BOX_COLUMNS of them. */
extern const struct table_column box_row_columns[BOX_COLUMNS];

/* Draws one cell from (0, 0) of `cell`. */
void box_row_draw(const struct app *app, const struct roster_row *row, enum box_column column,
                  const struct paint *cell);
