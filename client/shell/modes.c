#include "client/shell/modes.h"

#include <stddef.h>

struct flag {
    bool private;
    int number;
    size_t offset; /* of a bool in struct modes */
};

static const struct flag flags[] = {
    {false, 4, offsetof(struct modes, insert)},
    {false, 20, offsetof(struct modes, newline)},
    {true, 1, offsetof(struct modes, app_cursor)},
    {true, 5, offsetof(struct modes, reverse)},
    {true, 6, offsetof(struct modes, origin)},
    {true, 7, offsetof(struct modes, autowrap)},
    {true, 12, offsetof(struct modes, cursor_blink)},
    {true, 25, offsetof(struct modes, cursor_visible)},
    {true, 47, offsetof(struct modes, alternate)},
    {true, 66, offsetof(struct modes, app_keypad)},
    {true, 1004, offsetof(struct modes, focus)},
    {true, 1006, offsetof(struct modes, mouse_sgr)},
    {true, 1047, offsetof(struct modes, alternate)},
    {true, 1049, offsetof(struct modes, alternate)},
    {true, 2004, offsetof(struct modes, bracketed_paste)},
    {true, 2026, offsetof(struct modes, synchronised)},
};

static const struct flag *find_flag(bool private, int number)
{
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        if (flags[i].private == private && flags[i].number == number)
            return &flags[i];
    }
    return NULL;
}

static enum mouse_mode mouse_of(bool private, int number)
{
    if (!private)
        return MOUSE_MODE_OFF;
    switch (number) {
    case 1000:
        return MOUSE_MODE_CLICK;
    case 1002:
        return MOUSE_MODE_DRAG;
    case 1003:
        return MOUSE_MODE_MOVE;
    default:
        return MOUSE_MODE_OFF;
    }
}

void modes_reset(struct modes *modes)
{
    *modes = (struct modes){.autowrap = true, .cursor_visible = true};
}

bool modes_set(struct modes *modes, bool private, int number, bool on)
{
    enum mouse_mode mouse = mouse_of(private, number);
    if (mouse != MOUSE_MODE_OFF) {
        modes->mouse = on ? mouse : MOUSE_MODE_OFF;
        return true;
    }
    const struct flag *flag = find_flag(private, number);
    if (flag == NULL)
        return false;
    *(bool *)((char *)modes + flag->offset) = on;
    return true;
}

int modes_report(const struct modes *modes, bool private, int number)
{
    enum mouse_mode mouse = mouse_of(private, number);
    if (mouse != MOUSE_MODE_OFF)
        return modes->mouse == mouse ? 1 : 2;
    const struct flag *flag = find_flag(private, number);
    if (flag == NULL)
        return 0;
    return *(const bool *)((const char *)modes + flag->offset) ? 1 : 2;
}
