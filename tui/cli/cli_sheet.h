/*
 * A page of the console (tui/sheet.h) as plain text on stdout.
 */
#pragma once

#include "tui/sheet.h"

#include <stdbool.h>

/* How wide pages are: the terminal, else $COLUMNS, else `otherwise`; 60 to 400. */
int cli_sheet_columns(int otherwise);

/* Prints every row. A text that stands at the right edge of the console follows its row here, two blanks
 * away. */
void cli_sheet_print(const struct sheet *sheet);
