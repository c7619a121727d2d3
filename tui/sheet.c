#include "tui/sheet.h"

#include "client/base/mem.h"
#include "client/base/utf8.h"
#include "tui/views.h"
#include "widgets/gauge.h"
#include "widgets/widget.h"
#include "widgets/wrap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void clear(struct sheet *sheet)
{
    for (size_t i = 0; i < sheet->count; i++) {
        free(sheet->rows[i].label);
        free(sheet->rows[i].text);
        free(sheet->rows[i].aside);
        free(sheet->rows[i].figures);
    }
    sheet->count = 0;
}

void sheet_done(struct sheet *sheet)
{
    clear(sheet);
    free(sheet->rows);
    *sheet = (struct sheet){0};
}

void sheet_begin(struct sheet *sheet, int cols)
{
    clear(sheet);
    sheet->cols = cols;
}

struct sheet_row *sheet_row(struct sheet *sheet, enum role role, int indent, const char *text)
{
    if (sheet->count == SHEET_ROWS)
        return NULL;
    sheet->rows = mem_grow(sheet->rows, &sheet->room, sheet->count + 1, sizeof *sheet->rows);
    struct sheet_row *row = &sheet->rows[sheet->count++];
    *row = (struct sheet_row){
        .role = role, .indent = indent, .text = mem_dup(text), .text_end = sheet->cols, .aside_at = -1};
    return row;
}

void sheet_label(struct sheet_row *row, enum role role, const char *label)
{
    if (row == NULL)
        return;
    free(row->label);
    row->label = mem_dup(label);
    row->label_role = role;
}

void sheet_aside(struct sheet_row *row, enum role role, int at, const char *aside)
{
    if (row == NULL)
        return;
    free(row->aside);
    row->aside = mem_dup(aside);
    row->aside_role = role;
    row->aside_at = at;
    if (aside != NULL)
        row->text_end = at >= 0 ? at - 1 : row->text_end - (int)utf8_columns(aside, strlen(aside)) - 2;
}

void sheet_figures(struct sheet_row *row, const double *figures, size_t count)
{
    if (row == NULL)
        return;
    free(row->figures);
    row->figures = mem_zalloc(count, sizeof *figures);
    row->figure_count = count;
    memcpy(row->figures, figures, count * sizeof *figures);
}

void sheet_heading(struct sheet *sheet, const char *text, const char *aside)
{
    if (sheet->count > 0)
        sheet_row(sheet, ROLE_TEXT, 0, NULL);
    struct sheet_row *row = sheet_row(sheet, ROLE_DIM, (int)utf8_columns(text, strlen(text)) + 3, aside);
    sheet_label(row, ROLE_TITLE_FOCUSED, text);
}

static size_t lines_from(const char *text)
{
    size_t lines = text[0] != '\0';
    for (; (text = strchr(text, '\n')) != NULL && text[1] != '\0'; text++)
        lines++;
    return lines;
}

void sheet_text(struct sheet *sheet, enum role role, int indent, const char *text, size_t most)
{
    size_t columns = sheet->cols > indent + 1 ? (size_t)(sheet->cols - indent - 1) : 1;
    struct wrap_row part;
    size_t at = 0, len = strlen(text);
    for (size_t rows = 0; wrap_words(text, len, columns, &at, &part); rows++) {
        if (most > 0 && rows == most) {
            char more[48];
            snprintf(more, sizeof more, "(%zu more lines)", lines_from(text + part.start));
            sheet_row(sheet, ROLE_DIM, indent, more);
            return;
        }
        char *line = mem_dup_bytes(text + part.start, part.len);
        sheet_row(sheet, role, indent, line);
        free(line);
    }
}

/* ---- drawing and moving ---- */

static size_t last_top(const struct sheet *sheet)
{
    size_t visible = sheet->visible > 0 ? (size_t)sheet->visible : 1;
    return sheet->count > visible ? sheet->count - visible : 0;
}

static void draw_row(const struct sheet_row *row, const struct paint *paint, int at)
{
    if (row->label != NULL)
        paint_text(paint, at, 1, row->indent > 2 ? row->indent - 2 : paint->cols - 1, row->label_role,
                   row->label);
    int end = row->text_end < paint->cols ? row->text_end : paint->cols;
    if (row->figures != NULL)
        sparkline_draw(paint, at, row->indent, end - row->indent, row->figures, row->figure_count, row->role);
    else if (row->text != NULL)
        paint_text(paint, at, row->indent, end - row->indent, row->role, row->text);
    if (row->aside == NULL)
        return;
    if (row->aside_at >= 0)
        paint_text(paint, at, row->aside_at, paint->cols - row->aside_at, row->aside_role, row->aside);
    else
        paint_right(paint, at, 0, paint->cols - 1, row->aside_role, row->aside);
}

void sheet_draw(struct sheet *sheet, const struct paint *paint)
{
    sheet->visible = paint->rows;
    if (sheet->top > last_top(sheet))
        sheet->top = last_top(sheet);
    for (size_t i = sheet->top; i < sheet->count && i - sheet->top < (size_t)paint->rows; i++)
        draw_row(&sheet->rows[i], paint, (int)(i - sheet->top));
}

bool sheet_act(struct sheet *sheet, enum action action)
{
    enum widget_move move = view_move_of(action);
    if (move == MOVE_NONE)
        return false;
    size_t page = sheet->visible > 0 ? (size_t)sheet->visible : 1;
    sheet->top = widget_move_by(move, sheet->top, last_top(sheet) + 1, page);
    return true;
}

const char *sheet_position(const struct sheet *sheet, char *out, size_t size)
{
    out[0] = '\0';
    size_t visible = sheet->visible > 0 ? (size_t)sheet->visible : 0;
    size_t end = sheet->top + visible < sheet->count ? sheet->top + visible : sheet->count;
    if (sheet->count > visible)
        snprintf(out, size, "%zu-%zu of %zu", sheet->top + 1, end, sheet->count);
    return out;
}
