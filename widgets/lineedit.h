/*
 * A one-line editor. Keys as in readline where it has them: arrows, Home, End, Ctrl-a, Ctrl-e, Ctrl-b,
 * Ctrl-f, Backspace, Delete, Ctrl-d, Ctrl-u, Ctrl-k, Ctrl-w, Alt-b, Alt-f, Alt-d, Ctrl-Left, Ctrl-Right; Up,
 * Down, Ctrl-p, Ctrl-n walk the history. Enter gives WIDGET_DONE; Escape and Ctrl-c give WIDGET_CANCELLED.
 * The text is always inert UTF-8: control characters never enter it.
 */
#pragma once

#include "widgets/paint.h"
#include "widgets/widget.h"

#include <stdbool.h>
#include <stddef.h>

enum { LINEEDIT_HISTORY = 100 };

struct lineedit {
    char *text;     /* NUL-terminated, owned; allocated once, so that a secret leaves no copies */
    size_t len;     /* bytes */
    size_t cap;     /* bytes it may hold */
    size_t cursor;  /* byte offset */
    size_t scroll;  /* columns left out at the left edge */
    bool hidden;    /* a secret: drawn as dots, no history, wiped when done */
    char **history; /* oldest first, owned */
    size_t history_count;
    size_t history_at; /* == history_count: the line being typed */
    char *draft;       /* the line being typed while an older one is shown; owned, may be NULL */
};

/* An empty line of at most `cap` bytes. */
void lineedit_init(struct lineedit *edit, size_t cap, bool hidden);

/* Wipes and frees. A zeroed struct is fine. */
void lineedit_done(struct lineedit *edit);

/* Replaces the text (cut at the cap), cursor at the end. */
void lineedit_set(struct lineedit *edit, const char *text);
const char *lineedit_text(const struct lineedit *edit);

/* Adds a line to the history unless it is empty or the same as the newest. The oldest of LINEEDIT_HISTORY
 * goes. */
void lineedit_remember(struct lineedit *edit, const char *text);

/* Returns enum widget_result. */
unsigned lineedit_key(struct lineedit *edit, struct key key);

/* Inserts pasted text: newlines and tabs become blanks, other control characters are left out. */
unsigned lineedit_paste(struct lineedit *edit, const char *bytes, size_t len);

/* Draws it in the first row of p, all its columns, and the cursor when it has the focus. */
void lineedit_draw(struct lineedit *edit, const struct paint *p, bool focused);
