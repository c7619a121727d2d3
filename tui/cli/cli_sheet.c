#include "tui/cli/cli_sheet.h"

#include "client/base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { COLUMNS_LEAST = 60, COLUMNS_MOST = 400 };

int cli_sheet_columns(int otherwise)
{
    struct winsize size;
    const char *word = getenv("COLUMNS");
    long columns = word != NULL ? strtol(word, NULL, 10) : 0;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        columns = size.ws_col;
    if (columns <= 0)
        columns = otherwise;
    return columns < COLUMNS_LEAST ? COLUMNS_LEAST : columns > COLUMNS_MOST ? COLUMNS_MOST : (int)columns;
}

/* Writes a text at a column, `*at` being where the row has come to; blanks go out only before a text. */
static void put_at(const char *text, int column, int end, int *at)
{
    if (text == NULL || text[0] == '\0')
        return;
    if (*at > 0 && column <= *at)
        column = *at + 1;
    size_t used, room = end > column ? (size_t)(end - column) : 0;
    size_t len = utf8_fit(text, strlen(text), room, &used);
    printf("%*s%.*s", column - *at, "", (int)len, text);
    *at = column + (int)used;
}

static void print_row(const struct sheet *sheet, const struct sheet_row *row)
{
    int at = 0, end = sheet->cols;
    bool beside = row->aside != NULL && row->aside_at > 0;
    put_at(row->label, 1, end, &at);
    put_at(row->text, row->indent, beside ? row->aside_at - 1 : end, &at);
    if (row->aside != NULL)
        put_at(row->aside, row->aside_at >= 0 ? row->aside_at : at + 2, end + at, &at);
    putchar('\n');
}

void cli_sheet_print(const struct sheet *sheet)
{
    for (size_t i = 0; i < sheet->count; i++)
        print_row(sheet, &sheet->rows[i]);
}
