#include "client/shell/emulator_private.h"

#include "client/base/mem.h"
#include "client/shell/encode.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLS_MIN = 2, ROWS_MIN = 1, WHEEL_ROWS = 3 };

static int clamp(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

struct emulator *emulator_new(int cols, int rows, size_t scrollback)
{
    struct emulator *emulator = mem_zalloc(1, sizeof *emulator);
    emulator->cols = clamp(cols, COLS_MIN, GRID_COLS_MAX);
    emulator->rows = clamp(rows, ROWS_MIN, GRID_ROWS_MAX);
    emulator->quick = true;
    emulator->window_ms = -1000; /* the first answer starts the first second */
    guard_init(&emulator->guard);
    buf_init(&emulator->replies, REPLY_BYTES_MAX);
    buf_init(&emulator->input, INPUT_BYTES_MAX);
    buf_init(&emulator->copied, COPIED_MAX);
    grid_init(&emulator->main, emulator->cols, emulator->rows);
    grid_init(&emulator->other, emulator->cols, emulator->rows);
    emulator->grid = &emulator->main;
    history_init(&emulator->flow.history, scrollback);
    history_init(&emulator->flow.below, SIZE_MAX);
    emulator->bottom = emulator->rows;
    modes_reset(&emulator->modes);
    emulator->vt = vt_new(emulator->cols, emulator->rows, &emulator_events, emulator);
    emulator_reset(emulator);
    emulator_forget_last(emulator);
    return emulator;
}

void emulator_free(struct emulator *emulator)
{
    if (emulator == NULL)
        return;
    vt_free(emulator->vt);
    history_done(&emulator->flow.history);
    history_done(&emulator->flow.below);
    grid_done(&emulator->main);
    grid_done(&emulator->other);
    buf_done(&emulator->replies);
    buf_done(&emulator->input);
    buf_done(&emulator->copied);
    guard_done(&emulator->guard);
    free(emulator);
}

void emulator_write(struct emulator *emulator, const char *bytes, size_t len)
{
    struct guard_token token;
    while (guard_next(&emulator->guard, &bytes, &len, &token)) {
        switch (token.kind) {
        case GUARD_ASCII:
            emulator_put_ascii(emulator, token.text, token.len);
            break;
        case GUARD_CHAR:
            emulator_put_char(emulator, token.cp);
            break;
        case GUARD_CONTROL:
            emulator_control(emulator, token.final);
            break;
        case GUARD_ESCAPE:
            emulator_escape(emulator, &token);
            break;
        case GUARD_CSI:
            emulator_command(emulator, &token);
            break;
        case GUARD_STRING:
            emulator_string(emulator, &token);
            break;
        }
    }
}

/* A live libvterm is never resized (0.1.4 and 0.3.3 corrupt memory): a new one is told what it must know. */
static void renew_vt(struct emulator *emulator)
{
    vt_free(emulator->vt);
    emulator->vt = vt_new(emulator->cols, emulator->rows, &emulator_events, emulator);
    vt_mute(emulator->vt, true);
    if (!emulator->modes.autowrap)
        vt_send(emulator->vt, "\x1b[?7l", 5);
    if (emulator->modes.origin)
        vt_send(emulator->vt, "\x1b[?6h", 5);
    vt_mute(emulator->vt, false);
    emulator->behind = true;
}

/* The column behind text that fills the row means: the next character wraps. */
static void settle_spot(struct emulator *emulator, struct reflow_spot spot, int *row, int *col, bool *pending)
{
    *row = clamp(spot.row, 0, emulator->rows - 1);
    *col = clamp(spot.col, 0, emulator->cols - 1);
    *pending = spot.col >= emulator->cols && emulator->modes.autowrap;
}

/* The number of the first row of the main screen. */
static uint64_t first_row(const struct emulator *emulator)
{
    return emulator->flow.history.dropped + emulator->flow.history.count;
}

/* The main screen and its scrollback are wrapped anew; the cursor that belongs to it moves along. */
static void resize_main(struct emulator *emulator, int cols, int rows)
{
    enum { CURSOR, SAVED, HELD, SPOTS };
    struct saved_cursor *saved = &emulator->saved[0];
    bool shown = !emulator->modes.alternate;
    struct reflow_spot spots[SPOTS];
    spots[CURSOR] = spots[SAVED] = (struct reflow_spot){saved->row, saved->col + saved->pending};
    if (shown)
        spots[CURSOR] = (struct reflow_spot){emulator->row, emulator->col + emulator->pending};
    /* What fell off is held no more, nor is a line that never was. */
    bool held = emulator->held_line >= emulator->flow.history.dropped &&
                emulator->held_line < first_row(emulator) + (uint64_t)emulator->rows;
    if (held)
        spots[HELD] =
            (struct reflow_spot){(int)(emulator->held_line - first_row(emulator)), emulator->held_col};
    reflow_resize(&emulator->main, &emulator->flow, cols, rows, spots, held ? SPOTS : HELD);
    emulator->cols = cols;
    emulator->rows = rows;
    settle_spot(emulator, spots[SAVED], &saved->row, &saved->col, &saved->pending);
    if (shown)
        settle_spot(emulator, spots[CURSOR], &emulator->row, &emulator->col, &emulator->pending);
    if (held) {
        emulator->held_line = first_row(emulator) + (uint64_t)spots[HELD].row;
        emulator->held_col = spots[HELD].col;
    }
}

/* The alternate screen is cropped: the program in it will draw it again. */
static void resize_alternate(struct emulator *emulator, int cols, int rows)
{
    struct grid old = emulator->other;
    grid_init(&emulator->other, cols, rows);
    grid_clear(&emulator->other, COLOR_DEFAULT_VALUE);
    for (int row = 0; row < rows && row < old.rows; row++) {
        grid_copy_row(&emulator->other, row, grid_at(&old, row));
        grid_at(&emulator->other, row)->continued = grid_at(&old, row)->continued && cols == old.cols;
    }
    grid_done(&old);
    if (!emulator->modes.alternate)
        return;
    struct saved_cursor *saved = &emulator->saved[1];
    saved->row = clamp(saved->row, 0, rows - 1);
    saved->col = clamp(saved->col, 0, cols - 1);
    saved->pending = saved->pending && saved->col == cols - 1;
    emulator->row = clamp(emulator->row, 0, rows - 1);
    emulator->pending = emulator->pending && emulator->col == cols - 1;
    emulator->col = clamp(emulator->col, 0, cols - 1);
}

void emulator_resize(struct emulator *emulator, int cols, int rows)
{
    cols = clamp(cols, COLS_MIN, GRID_COLS_MAX);
    rows = clamp(rows, ROWS_MIN, GRID_ROWS_MAX);
    if (cols == emulator->cols && rows == emulator->rows)
        return;
    int old_cols = emulator->cols;
    resize_main(emulator, cols, rows);
    resize_alternate(emulator, cols, rows);
    emulator->top = 0; /* margins are reset, as tmux does */
    emulator->bottom = rows;
    if (cols > old_cols)
        emulator_tabs_reset(emulator, old_cols);
    renew_vt(emulator);
    emulator_forget_last(emulator);
    emulator->all_dirty = true;
}

void emulator_key(struct emulator *emulator, struct key key)
{
    encode_key(&emulator->input, &emulator->modes, key);
}

void emulator_mouse(struct emulator *emulator, const struct mouse *mouse)
{
    bool wheel = mouse->kind == MOUSE_WHEEL_UP || mouse->kind == MOUSE_WHEEL_DOWN;
    if (mouse->row < 0 || mouse->row >= emulator->rows || mouse->col < 0 || mouse->col >= emulator->cols)
        return;
    if (emulator->modes.mouse != MOUSE_MODE_OFF) {
        encode_mouse(&emulator->input, &emulator->modes, mouse);
    } else if (wheel && emulator->modes.alternate) {
        struct key key = {.code = mouse->kind == MOUSE_WHEEL_UP ? KEY_NAME_UP : KEY_NAME_DOWN};
        for (int i = 0; i < WHEEL_ROWS; i++)
            emulator_key(emulator, key);
    }
}

bool emulator_paste(struct emulator *emulator, const char *text, size_t len)
{
    return encode_paste(&emulator->input, &emulator->modes, text, len);
}

void emulator_focus(struct emulator *emulator, bool focused)
{
    encode_focus(&emulator->input, &emulator->modes, focused);
}

/* A row of the screen as it is shown: DECSCNM swaps the colours of all. */
static void show(const struct emulator *emulator, struct cell *cells, int count)
{
    for (int i = 0; emulator->modes.reverse && i < count; i++)
        cells[i].style.attr ^= STYLE_REVERSE;
}

void emulator_row(const struct emulator *emulator, int row, struct cell *cells)
{
    assert(row >= 0 && row < emulator->rows);
    grid_row_read(grid_at(emulator->grid, row), emulator->cols, cells);
    show(emulator, cells, emulator->cols);
}

int emulator_line(const struct emulator *emulator, uint64_t line, struct cell *cells, int room,
                  bool *continued)
{
    uint64_t history = emulator->modes.alternate ? 0 : emulator->flow.history.count;
    struct grid_row unpacked;
    const struct grid_row *row = &unpacked;
    bool packed = line < history;
    if (packed) {
        grid_row_init(&unpacked, emulator->cols);
        history_read(&emulator->flow.history, (size_t)line, &unpacked, emulator->cols);
    } else {
        assert(line - history < (uint64_t)emulator->rows);
        row = grid_at(emulator->grid, (int)(line - history));
    }
    grid_row_read(row, room, cells);
    int used = row->used;
    if (continued != NULL)
        *continued = row->continued;
    if (packed)
        grid_row_done(&unpacked);
    return used;
}

void emulator_hold(struct emulator *emulator, uint64_t number)
{
    emulator->held_line = number;
    emulator->held_col = 0;
}

uint64_t emulator_held(const struct emulator *emulator, int *col)
{
    *col = emulator->held_col;
    return emulator->held_line;
}

void emulator_state(const struct emulator *emulator, struct screen_state *state)
{
    const struct modes *modes = &emulator->modes;
    *state = (struct screen_state){
        .rows = emulator->rows,
        .cols = emulator->cols,
        .cursor_row = emulator->row,
        .cursor_col = emulator->col,
        .cursor_visible = modes->cursor_visible,
        .cursor_shape = emulator->shape,
        .alternate = modes->alternate,
        .mouse = modes->mouse,
        .bracketed_paste = modes->bracketed_paste,
        .focus_events = modes->focus,
        .synchronised = modes->synchronised,
        .history = modes->alternate ? 0 : emulator->flow.history.count,
        .dropped = emulator->flow.history.dropped,
        .bells = emulator->bells,
    };
    memcpy(state->title, emulator->title, sizeof state->title);
}

bool emulator_row_dirty(const struct emulator *emulator, int row)
{
    return emulator->all_dirty || grid_row_dirty(emulator->grid, row);
}

void emulator_clean(struct emulator *emulator)
{
    emulator->all_dirty = false;
    grid_clean(emulator->grid);
}
