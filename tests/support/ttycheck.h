/*
 * The independent judge of what a console wrote to its terminal (safety.md, scoreboard 1): every byte must be
 * text, or part of a sequence that ncurses emits for this TERM or that boxtop has on its own short list.
 * Knows nothing of boxtop's code, so it cannot share its mistakes.
 *
 * Allowed are: printable ASCII and well-formed UTF-8 without C1, bidirectional controls and U+2028/2029; CR,
 * LF, BS, TAB; cursor addressing and movement, erase, insert and delete, scroll regions and scrolling, REP;
 * SGR; insert mode; the private modes 1 7 12 25 1000 1002 1004 1006 1049 2004; G0/G1 as ASCII or line
 * drawing; keypad modes; save and restore cursor; the cursor's shape; the questions about the keyboard
 * (kitty's flags, XTQMODKEYS, DA1) and what turns its two protocols on and off; and, letter for letter, the
 * terminfo strings with which ncurses starts and ends a screen (for xterm these hold a push of the title
 * stack).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct ttycheck {
    const char *term; /* the program's TERM; NULL for xterm-256color */
    bool may_copy;    /* OSC 52 writes (never queries) are allowed */
    bool may_ring;    /* BEL, terminfo's flash and boxtop's own notification (OSC 9) are allowed */
    bool may_be_cut;  /* the bytes may end inside a sequence: the program was killed */
};

struct ttycheck_finding {
    size_t offset;  /* of the first foreign byte or sequence */
    size_t len;     /* its bytes, as far as they can be told */
    char text[256]; /* "offset 120: ESC [ ? 1 0 0 5 h: private mode 1005 is not on the list", ASCII */
};

/* Whether all bytes are allowed; if not, *finding (may be NULL) tells the first that is not. A TERM without a
 * terminfo entry is a finding at offset 0. */
bool ttycheck_bytes(const struct ttycheck *check, const char *bytes, size_t len,
                    struct ttycheck_finding *finding);
