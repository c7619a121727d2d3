/*
 * A page to read: rows that were laid out for a width, and a place in them. The owner fills it anew when what
 * it tells, or the width, changed; the place stays.
 */
#pragma once

#include "tui/action.h"
#include "widgets/paint.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SHEET_ROWS = 20000 };

struct sheet_row {
    enum role role, label_role, aside_role;
    char *label;     /* short, at the left; NULL for none */
    int indent;      /* where the text begins */
    char *text;      /* NULL for none */
    int text_end;    /* column before which the text ends */
    char *aside;     /* a second text, NULL for none */
    int aside_at;    /* where that begins; -1: it ends at the right edge */
    double *figures; /* drawn as small columns after the label, NULL for none */
    size_t figure_count;
};

struct sheet {
    struct sheet_row *rows;
    size_t count, room;
    size_t top; /* first row shown */
    int cols;   /* width it is laid out for */
    int visible;
};

void sheet_done(struct sheet *sheet);

/* Empties it for a width; the place stays. */
void sheet_begin(struct sheet *sheet, int cols);

/* A blank row and a heading. */
void sheet_heading(struct sheet *sheet, const char *text, const char *aside);

/* One row. `text` is cut where there is no room. Texts are copied; NULL for none. Returns the row for further
 * settings, valid until the next one; NULL when the page is full. */
struct sheet_row *sheet_row(struct sheet *sheet, enum role role, int indent, const char *text);

/* Text of many lines, wrapped. After `most` rows (0: all) a row says how many lines follow. */
void sheet_text(struct sheet *sheet, enum role role, int indent, const char *text, size_t most);

/* Sets the texts beside the main one. */
void sheet_label(struct sheet_row *row, enum role role, const char *label);
void sheet_aside(struct sheet_row *row, enum role role, int at, const char *aside);

/* Puts a sparkline where the text would be. */
void sheet_figures(struct sheet_row *row, const double *figures, size_t count);

void sheet_draw(struct sheet *sheet, const struct paint *paint);

/* Moves the place. False when the action is no movement. */
bool sheet_act(struct sheet *sheet, enum action action);

/* "12-30 of 90", "" when all is shown. Writes into out and returns it. */
const char *sheet_position(const struct sheet *sheet, char *out, size_t size);
