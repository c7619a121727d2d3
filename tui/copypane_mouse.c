/* Copy mode's mouse: the wheel, clicks, and drags that may leave the pane. */
#include "tui/copypane_private.h"

enum {
    WHEEL_ROWS = 3,
    CLICKS_MS = 400, /* between the clicks of a double or triple click */
    DRAG_MS = 50,    /* between the lines that go by while a drag is outside */
    DRAG_ROWS = 8,   /* that go by at a time, however far outside it is */
};

static int clamp(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

static struct copy_place place_of(const struct copypane *pane, const struct mouse *mouse)
{
    int row = clamp(mouse->row, 0, pane->mode.rows - 1), col = clamp(mouse->col, 0, pane->mode.cols - 1);
    return (struct copy_place){pane->mode.top + (uint64_t)row, pane->mode.left + col};
}

/* How many lines go by, and which way, while a drag is there. At the top of the screen there is no row above
 * the pane: a drag that came up to its first row means what is above. */
static int rows_outside(const struct copypane *pane, const struct mouse *drag)
{
    int rows = 0;
    if (drag->row < 0)
        rows = drag->row;
    else if (drag->row == 0 && pane->press.row > 0)
        rows = -1;
    else if (drag->row >= pane->mode.rows)
        rows = drag->row - pane->mode.rows + 1;
    return clamp(rows, -DRAG_ROWS, DRAG_ROWS);
}

static void run_press(struct copypane *pane, const struct mouse *mouse, int clicks)
{
    struct copymode *mode = &pane->mode;
    mode->select = COPY_SELECT_NONE;
    copymode_go(mode, place_of(pane, mouse));
    if (clicks == 2)
        copymode_select_word(mode);
    else if (clicks >= 3)
        copymode_select(mode, COPY_SELECT_LINES);
}

void copypane_run_mouse(struct copypane *pane, const struct mouse *mouse, int clicks)
{
    struct copymode *mode = &pane->mode;
    switch (mouse->kind) {
    case MOUSE_WHEEL_UP:
        copymode_scroll(mode, -WHEEL_ROWS);
        break;
    case MOUSE_WHEEL_DOWN:
        copymode_scroll(mode, WHEEL_ROWS);
        copypane_leave_at_end(pane);
        break;
    case MOUSE_PRESS:
        run_press(pane, mouse, clicks);
        break;
    case MOUSE_DRAG:
        if (mode->select == COPY_SELECT_NONE)
            copymode_select(mode, COPY_SELECT_CHARS);
        copymode_go(mode, place_of(pane, mouse));
        pane->drag = *mouse;
        if (rows_outside(pane, mouse) == 0)
            pane->drag_ms = 0;
        else if (pane->drag_ms == 0)
            pane->drag_ms = pane->app->now_ms + DRAG_MS;
        break;
    case MOUSE_RELEASE:
    case MOUSE_MOVE:
        break;
    }
}

bool copypane_drag_on(struct copypane *pane)
{
    if (pane->drag_ms == 0 || pane->app->now_ms < pane->drag_ms || !copypane_shown(pane))
        return false;
    copymode_scroll(&pane->mode, rows_outside(pane, &pane->drag));
    copymode_go(&pane->mode, place_of(pane, &pane->drag));
    pane->drag_ms = pane->app->now_ms + DRAG_MS;
    return true;
}

int64_t copypane_deadline(const struct copypane *pane)
{
    return pane->drag_ms != 0 && copypane_shown(pane) ? pane->drag_ms : -1;
}

static void take(struct copypane *pane, const struct mouse *mouse, int clicks)
{
    if (copypane_is_waiting(pane))
        copypane_keep(pane, &(struct copypane_held){.is_mouse = true, .mouse = *mouse, .clicks = clicks});
    else
        copypane_run_mouse(pane, mouse, clicks);
}

/* The so many-th click in one place, at most the third. */
static int count_clicks(const struct copypane *pane, const struct mouse *mouse)
{
    bool again = pane->press_ms != 0 && pane->app->now_ms - pane->press_ms < CLICKS_MS &&
                 mouse->row == pane->press.row && mouse->col == pane->press.col;
    return again && pane->clicks < 3 ? pane->clicks + 1 : 1;
}

bool copypane_mouse(struct copypane *pane, struct shell_entry *entry, const struct mouse *mouse)
{
    bool active = copypane_active(pane);
    if ((mouse->kind == MOUSE_PRESS || mouse->kind == MOUSE_DRAG) && mouse->button != 1)
        return active;
    switch (mouse->kind) {
    case MOUSE_PRESS:
        pane->clicks = count_clicks(pane, mouse);
        pane->press = *mouse;
        pane->press_ms = pane->app->now_ms;
        pane->dragging = true;
        break;
    case MOUSE_DRAG:
        if (!pane->dragging)
            return active;
        break;
    case MOUSE_RELEASE:
        pane->dragging = false;
        pane->drag_ms = 0;
        return active;
    case MOUSE_MOVE:
        return active;
    case MOUSE_WHEEL_UP:
    case MOUSE_WHEEL_DOWN:
        break;
    }
    int clicks = mouse->kind == MOUSE_PRESS ? pane->clicks : 0;
    bool begins = mouse->kind == MOUSE_WHEEL_UP || mouse->kind == MOUSE_DRAG || clicks > 1;
    if (!active && !begins)
        return false;
    if (!active) {
        copypane_begin(pane, entry, ACTION_NONE, mouse->kind == MOUSE_WHEEL_UP);
        if (mouse->kind == MOUSE_DRAG)
            take(pane, &pane->press, 1);
    }
    take(pane, mouse, clicks);
    return true;
}
