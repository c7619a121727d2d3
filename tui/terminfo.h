/*
 * What ncurses is told about the operator's terminal. The entries of a stock system say less than the
 * terminals can do: none of Debian's default set has 24-bit colour, and terminfo has no standard place for
 * struck-out text and the styles of underlines. So a description of our own is made from the terminal's: the
 * same, plus what is known beyond doubt. ncurses takes it from the environment (TERMINFO=hex:...,
 * terminfo(5)).
 *
 * ncurses has no attributes for the added styles either. Two of its attributes that boxtop never shows as
 * such carry them: A_BLINK is struck out, A_INVIS a double and A_PROTECT a curly underline. The canvas asks
 * for the styles that are carried; where one is not, text of that style is shown without it.
 *
 * A file of its own, because <term.h> has names that collide with ours.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct terminfo {
    char *entry;     /* the value for TERMINFO */
    char *sgr;       /* its string of attributes; "" for none */
    uint16_t styles; /* enum style_attr: STYLE_STRIKE, STYLE_UNDERLINE_DOUBLE, STYLE_UNDERLINE_CURLY */
};

/* Describes the terminal `name`, with 24-bit colour when `true_color` or its entry (RGB, or tmux's Tc) says
 * that it has it. False when the system has no usable entry of that name; nothing is to be freed then. */
bool terminfo_describe(const char *name, bool true_color, struct terminfo *out);

/* Whether ncurses, just started, took the description (an ncurses may be built to ignore the environment for
 * root): without it the styles mean something else and must not be used. */
bool terminfo_taken(const struct terminfo *terminfo);

/* Frees what a description holds; a zeroed one is fine. */
void terminfo_done(struct terminfo *terminfo);
