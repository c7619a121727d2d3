/*
 * How the operator's terminal is asked to tell keys apart that have the same bytes otherwise (Ctrl-i and Tab,
 * Enter and Shift-Enter, Escape and the start of a sequence): by kitty's keyboard protocol where it answers
 * to that, else by xterm's modifyOtherKeys where it answers to that, else not at all. State only: term.c
 * sends the bytes, when its screen is up, and takes them back on every way out.
 */
#pragma once

#include "tui/input.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What turns it on and off again. */
struct term_keys_form {
    const char *on, *off;
};

struct term_keys {
    const struct term_keys_form *form; /* NULL: not known, or there is none */
    bool settled;                      /* the answers are over */
    int64_t asked_ms;                  /* when the questions went out and answers are due, 0 when not */
};

/* The questions for a terminal of this TERM, at this time; "" when there are none to ask. `tmux` is the
 * environment's TMUX; both may be NULL. */
const char *term_keys_ask(struct term_keys *keys, const char *term, const char *tmux, int64_t now_ms);

/* An answer came. */
void term_keys_take(struct term_keys *keys, enum input_reply reply);

/* What to ask for now, NULL for nothing. */
const struct term_keys_form *term_keys_form(const struct term_keys *keys);

/* We are leaving: reads the answers that are still due from `tty`, for a moment, since they would be typed
 * into the operator's shell. */
void term_keys_await(struct term_keys *keys, int tty);
