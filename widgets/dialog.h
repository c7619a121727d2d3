/*
 * A question over everything else: a text and buttons, the harmless one first and pressed by Enter at the
 * start. For what destroys, a word must be typed before the other buttons work.
 */
#pragma once

#include "widgets/lineedit.h"
#include "widgets/paint.h"
#include "widgets/widget.h"

#include <stdbool.h>

enum { DIALOG_BUTTONS = 4 };

struct dialog_button {
    char *label;  /* owned */
    uint32_t key; /* letter that presses it at once, 0 for none; not while a word is typed */
    bool danger;  /* needs the word, when there is one */
};

struct dialog {
    char *title; /* owned */
    char *body;  /* owned; lines and paragraphs, wrapped when drawn */
    struct dialog_button buttons[DIALOG_BUTTONS];
    int button_count;
    int focus;            /* button that Enter presses; the answer when done */
    char *word;           /* what must be typed, owned; NULL for nothing */
    struct lineedit edit; /* where it is typed */
    size_t scroll;        /* first visible line of the body */
    size_t lines;         /* of the body, as last drawn */
    size_t visible;       /* of them, as last drawn */
};

/* A question without buttons: add the harmless one first. */
void dialog_init(struct dialog *dialog, const char *title, const char *body);
void dialog_done(struct dialog *dialog);

/* Adds a button; returns its index. `key` 0 for no letter. */
int dialog_button(struct dialog *dialog, const char *label, uint32_t key, bool danger);

/* Dangerous buttons work only when `word` was typed. */
void dialog_require(struct dialog *dialog, const char *word);

/* Whether the word was typed, or none is needed. */
bool dialog_confirmed(const struct dialog *dialog);

/* WIDGET_DONE: dialog->focus was pressed. WIDGET_CANCELLED: Escape, Ctrl-c. */
unsigned dialog_key(struct dialog *dialog, struct key key);
unsigned dialog_paste(struct dialog *dialog, const char *bytes, size_t len);

/* Draws it in the middle of p, over what is there. */
void dialog_draw(struct dialog *dialog, const struct paint *p);
