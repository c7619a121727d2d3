#include "widgets/widget.h"

#include <stdint.h>

struct binding {
    struct key key;
    enum widget_move move;
};

static const struct binding bindings[] = {
    {{KEY_NAME_UP, 0}, MOVE_UP},
    {{'k', 0}, MOVE_UP},
    {{'p', KEY_CTRL}, MOVE_UP},
    {{KEY_NAME_DOWN, 0}, MOVE_DOWN},
    {{'j', 0}, MOVE_DOWN},
    {{'n', KEY_CTRL}, MOVE_DOWN},
    {{KEY_NAME_PAGE_UP, 0}, MOVE_PAGE_UP},
    {{'b', KEY_CTRL}, MOVE_PAGE_UP},
    {{KEY_NAME_PAGE_DOWN, 0}, MOVE_PAGE_DOWN},
    {{'f', KEY_CTRL}, MOVE_PAGE_DOWN},
    {{'u', KEY_CTRL}, MOVE_HALF_UP},
    {{'d', KEY_CTRL}, MOVE_HALF_DOWN},
    {{KEY_NAME_HOME, 0}, MOVE_FIRST},
    {{'g', 0}, MOVE_FIRST},
    {{KEY_NAME_END, 0}, MOVE_LAST},
    {{'G', 0}, MOVE_LAST},
};

enum widget_move widget_move_of(struct key key)
{
    for (size_t i = 0; i < sizeof bindings / sizeof bindings[0]; i++) {
        if (key_equal(bindings[i].key, key))
            return bindings[i].move;
    }
    return MOVE_NONE;
}

/* How far a move goes; SIZE_MAX for all the way. */
static size_t distance(enum widget_move move, size_t page)
{
    switch (move) {
    case MOVE_UP:
    case MOVE_DOWN:
        return 1;
    case MOVE_PAGE_UP:
    case MOVE_PAGE_DOWN:
        /* One row of the old page stays in sight. */
        return page > 2 ? page - 1 : 1;
    case MOVE_HALF_UP:
    case MOVE_HALF_DOWN:
        return page > 3 ? page / 2 : 1;
    case MOVE_FIRST:
    case MOVE_LAST:
        return SIZE_MAX;
    default:
        return 0;
    }
}

size_t widget_move_by(enum widget_move move, size_t at, size_t count, size_t page)
{
    if (count == 0)
        return 0;
    if (at >= count)
        at = count - 1;
    size_t step = distance(move, page);
    bool up = move == MOVE_UP || move == MOVE_PAGE_UP || move == MOVE_HALF_UP || move == MOVE_FIRST;
    if (up)
        return at < step ? 0 : at - step;
    return step > count - 1 - at ? count - 1 : at + step;
}
