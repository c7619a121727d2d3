/*
 * Names of keys, as operators read and write them: "a", "Space", "Enter", "Ctrl-r", "Alt-x", "Ctrl-Left",
 * "F2".
 */
#pragma once

#include "client/base/key.h"

#include <stdbool.h>
#include <stddef.h>

enum { KEYNAME_MAX = 48 };

/* Reads a name. Case matters for characters ("G" is not "g"), not for words ("ctrl-R", "esc", "PgUp" are
 * fine). Ctrl with one of [ i m h j is refused: these are Escape, Tab, Enter, Backspace and newline. Shift
 * goes with names, and with letters beside Ctrl ("Ctrl-Shift-q": only terminals that speak CSI u can tell it
 * from Ctrl-q). False with *key untouched when it is no name of a key. */
bool key_parse(const char *name, struct key *key);

/* Writes the name that key_parse reads back. */
void key_format(struct key key, char out[KEYNAME_MAX]);
