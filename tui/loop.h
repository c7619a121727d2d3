/*
 * The console's loop: one poll(2) on the operator's terminal, the signals, the client and the shells.
 * Handlers change state; the loop paints just before it sleeps, at most every 16 ms (small frames sooner),
 * and only when something changed. While a pager has the terminal the loop goes on, but reads no key and
 * draws nothing.
 */
#pragma once

#include "tui/app.h"
#include "tui/input.h"
#include "tui/term.h"

#include <stdbool.h>

struct loop {
    struct app *app;
    struct term *term;
    struct canvas *canvas;
    struct input *input;
    struct client *client;
    int64_t painted_ms;  /* clock_ms of the last frame that was not drawn early */
    int small_frames;    /* how many may still be drawn early, within 16 ms of it */
    bool keyed;          /* a key came since the last frame: its answer waits for no other frame's time */
    int64_t asleep_ms;   /* how long the machine had slept, to notice that it did */
    bool suspend;        /* Ctrl-z was pressed: after this turn */
    char *page;          /* a file to show in the pager, then to remove; NULL for none */
    struct pager *pager; /* it has the terminal; NULL for none */
    int poll_failures;   /* in a row */
    bool gone;           /* the terminal is not there any more */
};

/* Shows the first frame. */
void loop_open(struct loop *loop);

/* After loop_open: runs until the operator leaves (0), SIGTERM or SIGINT asks to (0), or the terminal is gone
 * (1). Returns the exit status. */
int loop_run(struct loop *loop);
