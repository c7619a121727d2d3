/*
 * Whether terminfo knows a terminal. A file of its own, because <term.h> has names that collide with ours.
 */
#pragma once

#include <stdbool.h>

/* Whether there is an entry of that name that ncurses can use. Asked before newterm, which leaks when there
 * is none. */
bool terminfo_knows(const char *name);
