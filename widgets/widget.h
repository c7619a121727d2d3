/*
 * What all widgets share: what a key handler answers, and the ways to move through rows. A widget is a small
 * struct that its owner embeds, with functions; there is no base class. Handlers change the struct and say
 * what they need; only the owner's paint function draws.
 */
#pragma once

#include "client/base/key.h"

#include <stddef.h>

/* What a handler did, or-ed. 0: the key is not for this widget. */
enum widget_result {
    WIDGET_HANDLED = 1,   /* the key was used */
    WIDGET_REDRAW = 2,    /* the picture changed */
    WIDGET_DONE = 4,      /* finished: the owner reads the value and closes it */
    WIDGET_CANCELLED = 8, /* finished without a value */
};

enum widget_move {
    MOVE_NONE,
    MOVE_UP,
    MOVE_DOWN,
    MOVE_PAGE_UP,
    MOVE_PAGE_DOWN,
    MOVE_HALF_UP,
    MOVE_HALF_DOWN,
    MOVE_FIRST,
    MOVE_LAST,
};

/* The move that a key means by default: arrows, j k g G, Page Up and Down, Home, End, Ctrl-u, Ctrl-d, Ctrl-b,
 * Ctrl-f; MOVE_NONE for any other. For overlays; views get moves from actions. */
enum widget_move widget_move_of(struct key key);

/* Where a cursor at `at` of `count` rows lands when `page` rows are visible. 0 when there are none. */
size_t widget_move_by(enum widget_move move, size_t at, size_t count, size_t page);
