/*
 * Sequences and the screens they make, by the standards: what the emulator is tested with, and tmux beside
 * it.
 */
#pragma once

#include <stddef.h>

/* On a screen of 10 x 4. The picture is picture_styled's, and "@row,column" at its end is the cursor. */
struct sequence {
    const char *source; /* where it is written: E ECMA-48, X xterm's ctlseqs, V VT220 programmer reference */
    const char *bytes;
    const char *screen;
};

extern const struct sequence sequences[];
extern const size_t sequence_count;
