/*
 * A form: fields one below the other, each checked as typed, and buttons. Tab, Up and Down go between fields,
 * Left and Right change a choice, Space a switch, Enter goes on and at a button presses it.
 */
#pragma once

#include "widgets/lineedit.h"
#include "widgets/paint.h"
#include "widgets/widget.h"

#include <stdbool.h>

enum { FORM_FIELDS = 24, FORM_BUTTONS = 4, FORM_NOTE = 160 };

enum form_kind { FORM_TEXT, FORM_SECRET, FORM_CHOICE, FORM_SWITCH };

/* Judges a value: true when it is fine. `note` (FORM_NOTE bytes, "" at first) may get a sentence in either
 * case. */
typedef bool (*form_check)(void *ctx, const char *value, char *note);

struct form_field {
    enum form_kind kind;
    char *label;          /* owned */
    char *help;           /* owned; shown while focused; NULL for none */
    struct lineedit edit; /* FORM_TEXT, FORM_SECRET */
    char **choices;       /* FORM_CHOICE; owned */
    int choice_count;
    int choice;       /* FORM_CHOICE: which; FORM_SWITCH: 0 or 1 */
    form_check check; /* NULL: anything is fine */
    void *ctx;
    bool valid;
    bool touched; /* was changed or left: faults are shown from then on */
    char note[FORM_NOTE];
};

struct form {
    char *title;               /* owned */
    struct form_field *fields; /* owned, FORM_FIELDS of them */
    int field_count;
    char *buttons[FORM_BUTTONS]; /* owned; the last one submits and needs every field valid */
    int button_count;
    int focus;   /* 0..field_count-1 a field, then buttons */
    int scroll;  /* first visible field */
    int pressed; /* button, when done */
};

void form_init(struct form *form, const char *title);
void form_done(struct form *form);

/* Add a field; return its index. `value` is the start value, NULL for "". */
int form_text(struct form *form, const char *label, const char *value, size_t cap, const char *help);
int form_secret(struct form *form, const char *label, size_t cap, const char *help);
int form_choice(struct form *form, const char *label, const char *const *choices, int count, int chosen,
                const char *help);
int form_switch(struct form *form, const char *label, bool on, const char *help);

/* Sets a field's check and runs it. */
void form_set_check(struct form *form, int field, form_check check, void *ctx);

/* Adds a button; returns its index. The last one added submits. */
int form_button(struct form *form, const char *label);

/* The text of a field, or of its choice; "on" or "off" of a switch. */
const char *form_value(const struct form *form, int field);
bool form_is_on(const struct form *form, int field);

/* Whether all fields are. */
bool form_valid(const struct form *form);

/* WIDGET_DONE: form->pressed holds the button. WIDGET_CANCELLED: Escape, Ctrl-c. */
unsigned form_key(struct form *form, struct key key);
unsigned form_paste(struct form *form, const char *bytes, size_t len);

/* Draws it in the middle of p, over what is there. */
void form_draw(struct form *form, const struct paint *p);
