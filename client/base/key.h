/*
 * A key press, a mouse report: what the input decoder makes of the operator's bytes, what actions are bound
 * to and what a shell encodes again for its box. Knows no terminal and no ncurses.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Keys without a character of their own. Characters are their code point; Enter, Tab, Backspace and Escape
 * have names so that they cannot be confused with what Ctrl makes of a letter. */
enum key_name {
    KEY_NAME_BASE = 0x110000,
    KEY_NAME_ENTER,
    KEY_NAME_TAB,
    KEY_NAME_BACKSPACE,
    KEY_NAME_ESCAPE,
    KEY_NAME_UP,
    KEY_NAME_DOWN,
    KEY_NAME_LEFT,
    KEY_NAME_RIGHT,
    KEY_NAME_HOME,
    KEY_NAME_END,
    KEY_NAME_PAGE_UP,
    KEY_NAME_PAGE_DOWN,
    KEY_NAME_INSERT,
    KEY_NAME_DELETE,
    KEY_NAME_F1, /* F1..F20 follow one another */
    KEY_NAME_F20 = KEY_NAME_F1 + 19,
    KEY_NAME_KP_ENTER, /* keypad, when the terminal tells it apart */
    KEY_NAME_KP_0,     /* 0..9 follow one another */
    KEY_NAME_KP_9 = KEY_NAME_KP_0 + 9,
    KEY_NAME_KP_PLUS,
    KEY_NAME_KP_MINUS,
    KEY_NAME_KP_STAR,
    KEY_NAME_KP_SLASH,
    KEY_NAME_KP_DOT,
    KEY_NAME_LAST,
};

/* The bits are those of xterm's and kitty's modifier numbers, less one. */
enum key_mod {
    KEY_SHIFT = 1, /* with named keys; with a letter only beside Ctrl or Super, when the terminal tells: a
                      shifted character is its own character otherwise */
    KEY_ALT = 2,
    KEY_CTRL = 4,  /* with the lower-case letter: Ctrl-a is {'a', KEY_CTRL}; Ctrl-Space {' ', KEY_CTRL};
                      Ctrl-\ {'\\', KEY_CTRL} */
    KEY_SUPER = 8, /* this and the next two only where the terminal speaks CSI u */
    KEY_HYPER = 16,
    KEY_META = 32,
    KEY_MODS = 63, /* all of them */
};

struct key {
    uint32_t code; /* a character or enum key_name */
    uint8_t mods;  /* enum key_mod, or-ed */
};

enum mouse_kind { MOUSE_PRESS, MOUSE_RELEASE, MOUSE_DRAG, MOUSE_MOVE, MOUSE_WHEEL_UP, MOUSE_WHEEL_DOWN };

struct mouse {
    enum mouse_kind kind;
    uint8_t button; /* 1 left, 2 middle, 3 right; 0 for moves and wheels */
    uint8_t mods;   /* enum key_mod */
    int row;        /* from 0 */
    int col;        /* from 0 */
};

static inline bool key_equal(struct key a, struct key b)
{
    return a.code == b.code && a.mods == b.mods;
}

/* The key as a terminal that knows no more than ASCII's control characters would have told it: what boxtop's
 * own bindings go by. Ctrl-i is Tab, Ctrl-m Enter, Ctrl-[ Escape; Shift beside Ctrl is not seen; the keypad
 * is like the other keys. */
static inline struct key key_plain(struct key key)
{
    static const char keypad[] = "+-*/.";
    if (key.code < KEY_NAME_BASE && (key.mods & KEY_CTRL) != 0) {
        key.mods &= (uint8_t)~KEY_SHIFT;
        uint32_t named = key.code == 'i'   ? KEY_NAME_TAB
                         : key.code == 'm' ? KEY_NAME_ENTER
                         : key.code == '[' ? KEY_NAME_ESCAPE
                                           : 0;
        if (named != 0)
            return (struct key){named, (uint8_t)(key.mods & ~KEY_CTRL)};
    }
    if (key.code == KEY_NAME_KP_ENTER)
        key.code = KEY_NAME_ENTER;
    else if (key.code >= KEY_NAME_KP_0 && key.code <= KEY_NAME_KP_9)
        key.code = '0' + (key.code - KEY_NAME_KP_0);
    else if (key.code >= KEY_NAME_KP_PLUS && key.code <= KEY_NAME_KP_DOT)
        key.code = (uint32_t)keypad[key.code - KEY_NAME_KP_PLUS];
    return key;
}
