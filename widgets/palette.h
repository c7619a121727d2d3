/*
 * A list to choose from: the palette (typing narrows it) and menus (a letter chooses).
 */
#pragma once

#include "widgets/lineedit.h"
#include "widgets/paint.h"
#include "widgets/widget.h"

#include <stdbool.h>
#include <stddef.h>

struct palette_item {
    int id;          /* the caller's */
    char *label;     /* owned by the palette, as the others */
    char *key;       /* how it is bound, shown at the right; NULL for none */
    char *help;      /* one line; NULL for none */
    uint32_t letter; /* menus: chooses it at once; 0 none */
    bool danger;     /* drawn so */
};

struct palette {
    char *title;
    bool menu; /* letters choose, nothing is typed */
    struct lineedit edit;
    struct palette_item *items;
    size_t count, room;
    size_t *shown; /* indices of the items that match, best first */
    size_t shown_count;
    size_t selected; /* in shown */
    size_t top;
    size_t visible; /* as last drawn */
};

void palette_init(struct palette *palette, const char *title, bool menu);
void palette_done(struct palette *palette);

/* Adds an item; the strings are copied. */
void palette_add(struct palette *palette, int id, const char *label, const char *key, const char *help,
                 uint32_t letter, bool danger);

/* The id of the selected item, -1 when nothing matches. */
int palette_selected(const struct palette *palette);

/* What was typed. */
const char *palette_typed(const struct palette *palette);

/* WIDGET_DONE: palette_selected() was chosen (-1: the typed text matches nothing). */
unsigned palette_key(struct palette *palette, struct key key);
unsigned palette_paste(struct palette *palette, const char *bytes, size_t len);

/* Draws it near the top of p, over what is there. */
void palette_draw(struct palette *palette, const struct paint *p);

/* How well `typed` fits `label`: 0 not at all, else higher is better. Every word of `typed` must be found,
 * without regard to case: the label itself, its start, the start of a word, three letters or more anywhere,
 * or the starts of several words ("shle" in "shell-leave"). */
int palette_score(const char *typed, const char *label);
