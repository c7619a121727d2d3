/*
 * The modes of a terminal: what a program switched on, kept by us because libvterm cannot be asked. Input is
 * encoded by them, a resize puts them into a fresh libvterm, and DECRQM answers from them.
 */
#pragma once

#include "client/base/cell.h"
#include "client/shell/keyboard.h"

#include <stdbool.h>

struct modes {
    /* ANSI (SM, RM) */
    bool insert;  /* 4, IRM */
    bool newline; /* 20, LNM: LF also returns, Enter sends CR LF */
    /* private (DECSET, DECRST) */
    bool app_cursor;       /* 1, DECCKM */
    bool reverse;          /* 5, DECSCNM */
    bool origin;           /* 6, DECOM */
    bool autowrap;         /* 7, DECAWM */
    bool cursor_blink;     /* 12 */
    bool cursor_visible;   /* 25, DECTCEM */
    bool app_keypad;       /* 66, DECNKM; DECKPAM, DECKPNM */
    enum mouse_mode mouse; /* 1000, 1002, 1003: the last one set counts */
    bool focus;            /* 1004 */
    bool mouse_sgr;        /* 1006 */
    bool alternate;        /* 47, 1047, 1049 */
    bool bracketed_paste;  /* 2004 */
    bool synchronised;     /* 2026 */

    struct keyboard keyboard; /* what was asked for beyond xterm's usual keys */
};

/* As after power-on. */
void modes_reset(struct modes *modes);

/* Sets or resets a mode that is nothing but its flag. False when the number names no such mode. The modes
 * that do more (6, 7, 47, 1047, 1048, 1049) the emulator handles before. */
bool modes_set(struct modes *modes, bool private, int number, bool on);

/* The answer to DECRQM: 0 unknown, 1 set, 2 reset. */
int modes_report(const struct modes *modes, bool private, int number);
