/*
 * How a program asked for its keys beyond what xterm sends by default: kitty's keyboard protocol
 * (sw.kovidgoyal.net/kitty/keyboard-protocol, "Progressive enhancement") and xterm's modifyOtherKeys
 * (ctlseqs, "Key Modifier Options"). State and answers only; encode.h makes the bytes.
 *
 * Of kitty's flags one is offered: 1, disambiguate. The others say more of a key than the operator's terminal
 * tells us; a query shows a program that they are not on.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { KEYBOARD_DISAMBIGUATE = 1, KEYBOARD_FLAGS = KEYBOARD_DISAMBIGUATE };

enum { KEYBOARD_DEPTH = 16 /* flags kept; the oldest go when more are pushed */ };

/* The main and the alternate screen have a stack each. All zeroes is as after power-on. */
struct keyboard {
    struct keyboard_stack {
        uint8_t flags[KEYBOARD_DEPTH]; /* [depth] counts now */
        uint8_t depth;
    } stacks[2];
    uint8_t other_keys; /* modifyOtherKeys: 0 off, 1, 2 */
};

/* What counts on a screen now. */
int keyboard_flags(const struct keyboard *keyboard, bool alternate);

/* CSI > flags u; CSI < count u (at least one; more than there are: all off); CSI = flags ; how u (1 these, 2
 * these too, 3 not these; another `how` does nothing). */
void keyboard_push(struct keyboard *keyboard, bool alternate, int flags);
void keyboard_pop(struct keyboard *keyboard, bool alternate, int count);
void keyboard_set(struct keyboard *keyboard, bool alternate, int flags, int how);

/* CSI > 4 ; level m; a level that is none turns it off. */
void keyboard_modify_others(struct keyboard *keyboard, int level);
