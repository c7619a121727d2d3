/*
 * Where an escape sequence ends (ECMA-48 section 5, and what xterm makes of strings). Only finds and names
 * it; inert.c decides what to do with it.
 */
#pragma once

#include <stddef.h>

enum escape_kind {
    ESCAPE_SGR,   /* ESC [ parameters m: colours and attributes */
    ESCAPE_LINK,  /* OSC 8: a link opens or closes; the text between is ordinary text */
    ESCAPE_IDLE,  /* changes nothing in a line that is written once, and common: ESC ( B (ends each `tput
                     sgr0`) and  ESC [ K (grep and gcc send it after each colour) */
    ESCAPE_OTHER, /* anything else, complete or not */
};

/* The bytes of a control string (OSC, DCS, APC, PM, SOS) are given up after this many; what follows is text.
 */
enum { ESCAPE_STRING_MAX = 65536 };

/*
 * Measures the sequence at `bytes`, which starts with ESC. Returns how many bytes belong to it, at least 1,
 * and sets *kind. A sequence that is broken off, by the end of the input or a byte that cannot belong to it,
 * is ESCAPE_OTHER and ends before that byte.
 */
size_t escape_measure(const char *bytes, size_t len, enum escape_kind *kind);
