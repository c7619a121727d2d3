/*
 * Copy mode in the Terminal pane: takes a transcript of the shell (shell.h), and lets the operator move over
 * it, search, select and copy, by keys and mouse. Nothing that the box prints meanwhile moves it.
 *
 * The first lines arrive a moment after it begins, the oldest perhaps later, and a search may take a while:
 * keys and mouse reports that come before are held, and then go the way they would have gone.
 */
#pragma once

#include "tui/app.h"
#include "tui/copymode.h"
#include "tui/pattern.h"
#include "tui/shells.h"

#include <stdbool.h>
#include <stdint.h>

enum { COPYPANE_HELD = 64 };

struct copypane {
    struct app *app;
    char *box_id;                   /* NULL: there is no copy mode now */
    const struct transcript *lines; /* of the shell; looked at only while that says it is still its own */
    struct copymode mode;
    bool started;        /* the first lines are there */
    enum action first;   /* to carry out when it has started */
    bool passing;        /* begun by scrolling: scrolling down to the end leaves */
    int rows, cols;      /* of the pane */
    uint64_t lines_then; /* how many lines the shell had had */

    int count;        /* typed before a movement, 0 for none */
    enum action find; /* waits for the character that is looked for; ACTION_NONE when it does not */
    struct copypane_find {
        uint32_t ch; /* 0 before the first */
        bool back, till;
    } found; /* what ; and , look for */
    struct copypane_spot {
        struct copy_place cursor;
        uint64_t top;
        bool valid;
    } before_top; /* where g came from: g_ goes back there first */

    struct pattern *pattern; /* NULL before the first search */
    bool back;               /* the direction that n has */
    bool search_back;        /* of the search that goes on or waits for all lines */
    bool search_waits, searching;
    int search_times;       /* matches still to go to */
    enum action line_waits; /* the way to a line that may not have come yet waits for it; ACTION_NONE */
    int line_count;         /* its count */

    struct copypane_held {
        bool is_mouse;
        int clicks; /* 2 and 3: the second and the third click in a place */
        struct mouse mouse;
        struct key key;
    } held[COPYPANE_HELD];
    size_t held_count;

    struct mouse press; /* the last press of the left button, also before copy mode begins */
    int64_t press_ms;   /* clock_ms, 0 for none */
    int clicks;         /* it was the so many-th in its place */
    bool dragging;
    struct mouse drag; /* the last report of a drag that left the pane: lines go by until it comes back */
    int64_t drag_ms;   /* when the next ones do (clock_ms), 0 for not at all */
};

void copypane_init(struct copypane *pane, struct app *app);
void copypane_done(struct copypane *pane);

/* Begins, with an action to carry out as soon as there are lines (ACTION_NONE for none); with `passing` it
 * ends when the operator scrolls down to the end. Nothing happens when it is under way. */
void copypane_begin(struct copypane *pane, struct shell_entry *entry, enum action first, bool passing);
void copypane_end(struct copypane *pane);

/* As copypane_end; what is held is forgotten. */
void copypane_cancel(struct copypane *pane);

/* Whether there is a copy mode, and whether it has something to show. */
bool copypane_active(const struct copypane *pane);
bool copypane_shown(const struct copypane *pane);

/* The pane has this size. */
void copypane_size(struct copypane *pane, int rows, int cols);

/* Keeps a key for later, when it must wait; false when it need not. */
bool copypane_hold(struct copypane *pane, struct key key);

/* Takes a key that is part of a command: a digit of a count, the character after f and its kin. False when it
 * is not. */
bool copypane_key(struct copypane *pane, struct key key);

/* Carries out an action of copy mode, or a cursor movement. False: it is none of those. */
bool copypane_act(struct copypane *pane, enum action action);

/* A mouse report in the pane's coordinates, from a shell whose program does not have the mouse. Wheel up, a
 * drag, a double and a triple click (word, line) begin copy mode. A drag that began in the pane comes here
 * wherever it is: above the pane, at its top row and below the pane, lines go by. False: nothing was done,
 * and nothing will be. */
bool copypane_mouse(struct copypane *pane, struct shell_entry *entry, const struct mouse *mouse);

/* Takes lines that have come, goes on with a search, gives back what was held. True when something visible
 * changed. */
bool copypane_tick(struct copypane *pane);

/* When copypane_tick wants to be called for a drag that left the pane: clock_ms, -1 for not at all. */
int64_t copypane_deadline(const struct copypane *pane);

/* Whether copypane_tick has work that waits for nobody. */
bool copypane_busy(const struct copypane *pane);

void copypane_draw(struct copypane *pane, const struct paint *paint, bool focused);

/* "copy 120/4031  5  17 new lines": the line, a count that is being typed, what came meanwhile. */
void copypane_title(const struct copypane *pane, char *out, size_t size);
