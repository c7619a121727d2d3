/*
 * Modes that do more than be set (margins, origin, wrapping, the alternate screen), the saved cursor, and
 * both resets.
 */
#include "client/shell/emulator_private.h"

#include <stdio.h>

void emulator_set_margins(struct emulator *emulator, int top, int bottom)
{
    emulator->top = top;
    emulator->bottom = bottom;
    char bytes[VT_SEND_MAX];
    int len = snprintf(bytes, sizeof bytes, "\x1b[%d;%dr", top + 1, bottom);
    emulator_send(emulator, bytes, (size_t)len);
    emulator_move(emulator, emulator->modes.origin ? top : 0, 0);
}

static struct saved_cursor *saved_slot(struct emulator *emulator)
{
    return &emulator->saved[emulator->modes.alternate];
}

void emulator_save_cursor(struct emulator *emulator)
{
    *saved_slot(emulator) = (struct saved_cursor){.row = emulator->row,
                                                  .col = emulator->col,
                                                  .pending = emulator->pending,
                                                  .origin = emulator->modes.origin,
                                                  .pen = emulator->pen,
                                                  .charset = emulator->charset};
}

void emulator_set_origin(struct emulator *emulator, bool on)
{
    emulator->modes.origin = on;
    emulator_send_number(emulator, '?', 6, on ? 'h' : 'l');
    emulator_move(emulator, on ? emulator->top : 0, 0);
}

void emulator_restore_cursor(struct emulator *emulator)
{
    const struct saved_cursor saved = *saved_slot(emulator);
    emulator->pen = saved.pen;
    emulator->charset = saved.charset;
    emulator_set_origin(emulator, saved.origin);
    int row = saved.row;
    if (saved.origin)
        row = row < emulator->top ? emulator->top : row < emulator->bottom ? row : emulator->bottom - 1;
    emulator_move(emulator, row, saved.col);
    emulator->pending = saved.pending && saved.col == emulator->cols - 1 && emulator->modes.autowrap;
}

static void forget_saved(struct saved_cursor *saved)
{
    *saved = (struct saved_cursor){0};
    charset_reset(&saved->charset);
}

static void set_alternate(struct emulator *emulator, bool on)
{
    if (on == emulator->modes.alternate)
        return;
    emulator->modes.alternate = on;
    emulator->grid = on ? &emulator->other : &emulator->main;
    emulator->all_dirty = true;
    if (on) {
        grid_clear(&emulator->other, emulator->pen.bg);
        forget_saved(&emulator->saved[1]);
    }
}

static void set_autowrap(struct emulator *emulator, bool on)
{
    emulator->modes.autowrap = on;
    emulator_send_number(emulator, '?', 7, on ? 'h' : 'l');
    if (!on && emulator->pending)
        emulator_move(emulator, emulator->row, emulator->col);
}

void emulator_set_mode(struct emulator *emulator, int number, bool on)
{
    switch (number) {
    case 6:
        emulator_set_origin(emulator, on);
        break;
    case 7:
        set_autowrap(emulator, on);
        break;
    case 47:
    case 1047:
        set_alternate(emulator, on);
        break;
    case 1048:
        if (on)
            emulator_save_cursor(emulator);
        else
            emulator_restore_cursor(emulator);
        break;
    case 1049: /* xterm: the cursor of the main screen is saved, and comes back with it */
        if (on && !emulator->modes.alternate)
            emulator_save_cursor(emulator);
        bool was = emulator->modes.alternate;
        set_alternate(emulator, on);
        if (!on && was)
            emulator_restore_cursor(emulator);
        break;
    default:
        modes_set(&emulator->modes, true, number, on);
        if (number == 5)
            emulator->all_dirty = true;
    }
}

static void reset_pen(struct emulator *emulator)
{
    emulator->pen = (struct grid_look){0};
    charset_reset(&emulator->charset);
    emulator->shape = CURSOR_DEFAULT;
}

/* DECSTR (VT220 programmer reference 4.17, and xterm for the modes it has besides). */
void emulator_soft_reset(struct emulator *emulator)
{
    struct modes *modes = &emulator->modes;
    int row = emulator->row, col = emulator->col;
    modes->insert = modes->newline = modes->app_cursor = modes->app_keypad = false;
    modes->keyboard = (struct keyboard){0};
    modes->cursor_visible = true;
    emulator_set_origin(emulator, false);
    set_autowrap(emulator, true);
    emulator_set_margins(emulator, 0, emulator->rows);
    emulator_move(emulator, row, col);
    reset_pen(emulator);
    forget_saved(saved_slot(emulator));
}

void emulator_reset(struct emulator *emulator)
{
    set_alternate(emulator, false);
    emulator_set_origin(emulator, false);
    set_autowrap(emulator, true);
    emulator_set_margins(emulator, 0, emulator->rows);
    modes_reset(&emulator->modes);
    reset_pen(emulator);
    forget_saved(&emulator->saved[0]);
    forget_saved(&emulator->saved[1]);
    emulator_tabs_reset(emulator, 0);
    grid_clear(&emulator->main, COLOR_DEFAULT_VALUE);
    reflow_forget(&emulator->flow, true);
    emulator->title[0] = '\0';
    emulator->title_count = 0;
    emulator->all_dirty = true;
}
