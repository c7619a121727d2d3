/*
 * Starting ncurses for the operator's terminal: under which of terminfo's names, and with what size.
 */
#pragma once

#include <stdint.h>
#include <stdbool.h>
#include <stdio.h>
/* After all others: it has macros for names that they use. */
#include <curses.h>

/* Whether the owner of such a TERM behaves like xterm, whatever terminfo knows: kitty, ghostty, foot and so
 * on come with their own entries, which other machines lack. */
bool term_is_xterm_like(const char *name);

/* Whether it has DECSCUSR: terminfo says so (Ss), or it is like xterm. Call it when ncurses has started. */
bool term_has_cursor_shapes(const char *name);

/* Starts ncurses, which will write to `memory`, for a terminal of this size, on the first entry that works
 * for TERM (which must be set). *styles becomes the styles that it shows beyond ncurses' own
 * (tui/terminfo.h). NULL when there is no entry. */
SCREEN *term_start_curses(FILE *memory, int rows, int cols, uint16_t *styles);
