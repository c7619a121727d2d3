/* What the helper shows the console: the picture, and lines that it asks for. */
#include "client/shell/helper_private.h"

#include "client/base/clock.h"
#include "client/base/mem.h"
#include "client/shell/copied.h"

#include <stdlib.h>
#include <string.h>

enum {
    HOLD_MS = 150,  /* the longest that mode 2026 holds a picture back */
    COPY_MS = 1000, /* between two texts for the clipboard */
};

void helper_size_picture(struct helper *helper)
{
    free(helper->dirty);
    free(helper->cells);
    helper->dirty = mem_alloc((size_t)helper->rows);
    memset(helper->dirty, true, (size_t)helper->rows);
    helper->cells = mem_zalloc((size_t)helper->cols, sizeof *helper->cells);
    helper->changed = true;
}

void helper_apply_resize(struct helper *helper)
{
    if (helper->emulator == NULL)
        return;
    struct screen_state state;
    emulator_state(helper->emulator, &state);
    if (state.cols == helper->cols && state.rows == helper->rows)
        return;
    emulator_resize(helper->emulator, helper->cols, helper->rows);
    helper_size_picture(helper);
    if (helper->session != NULL)
        session_resize(helper->session, helper->cols, helper->rows);
}

bool helper_row_is_blank(struct helper *helper, int row)
{
    emulator_row(helper->emulator, row, helper->cells);
    for (int col = 0; col < helper->cols; col++)
        if (helper->cells[col].ch != 0 && helper->cells[col].ch != ' ')
            return false;
    return true;
}

void helper_show(struct helper *helper, const char *bytes, size_t len)
{
    emulator_write(helper->emulator, bytes, len);
    helper->changed = true;
    if (helper->recording)
        wire_put_output(&helper->out, helper->cols, helper->rows, bytes, len);
}

static bool same_state(const struct screen_state *a, const struct screen_state *b)
{
    return a->cursor_row == b->cursor_row && a->cursor_col == b->cursor_col &&
           a->cursor_visible == b->cursor_visible && a->cursor_shape == b->cursor_shape &&
           a->alternate == b->alternate && a->mouse == b->mouse && a->bracketed_paste == b->bracketed_paste &&
           a->focus_events == b->focus_events && a->dropped == b->dropped && a->history == b->history &&
           a->bells == b->bells && strcmp(a->title, b->title) == 0;
}

/* Remembers which rows changed; whether there is anything to send at all. */
static bool note_changes(struct helper *helper, const struct screen_state *state)
{
    bool any = !same_state(state, &helper->sent);
    for (int row = 0; row < state->rows; row++) {
        helper->dirty[row] = helper->dirty[row] || emulator_row_dirty(helper->emulator, row);
        any = any || helper->dirty[row];
    }
    emulator_clean(helper->emulator);
    return any;
}

/* Whether a program is in the middle of a frame that it asked to be shown whole (mode 2026). */
static bool is_held(struct helper *helper, const struct screen_state *state, int64_t now_ms)
{
    if (!state->synchronised) {
        helper->held_until_ms = -1;
        return false;
    }
    if (helper->held_until_ms < 0)
        helper->held_until_ms = now_ms + HOLD_MS;
    return now_ms < helper->held_until_ms;
}

void helper_send_picture(struct helper *helper)
{
    if (!helper->ready || !helper->changed)
        return;
    struct screen_state state;
    emulator_state(helper->emulator, &state);
    if (is_held(helper, &state, clock_ms()))
        return;
    helper->changed = false;
    if (!note_changes(helper, &state))
        return;
    struct wire_writer writer;
    wire_rows_begin(&writer, &helper->out, &state);
    for (int row = 0; row < state.rows; row++) {
        if (!helper->dirty[row])
            continue;
        emulator_row(helper->emulator, row, helper->cells);
        if (!wire_rows_add(&writer, row, helper->cells, state.cols)) {
            helper->changed = true;
            break;
        }
        helper->dirty[row] = false;
    }
    if (wire_finish(&writer)) {
        helper->sent = state;
        helper->ready = false;
    }
}

void helper_send_lines(struct helper *helper)
{
    if (!helper->fetching || helper->out.cap - helper->out.len < WIRE_HEAD + WIRE_LINES_BYTES)
        return;
    struct screen_state state;
    emulator_state(helper->emulator, &state);
    struct wire_lines lines = {.ticket = helper->fetch.ticket,
                               .oldest = state.dropped,
                               .end = state.dropped + state.history + (uint64_t)state.rows,
                               .cols = state.cols,
                               .alternate = state.alternate};
    uint64_t before = helper->fetch.before;
    int rest = 0; /* cells of one line more that belong to what is asked for, since a resize */
    if (!state.alternate && before == helper->fetch_next)
        before = emulator_held(helper->emulator, &rest);
    if (before < lines.oldest) /* what fell off meanwhile is no more */
    {
        before = lines.oldest;
        rest = 0;
    }
    if (before < lines.end)
        lines.end = before + (rest > 0);
    struct wire_writer writer;
    wire_lines_begin(&writer, &helper->out, &lines);
    uint64_t next = lines.end;
    for (; next > lines.oldest; next--) {
        bool continued;
        emulator_line(helper->emulator, next - 1 - state.dropped, helper->cells, state.cols, &continued);
        int cols = next - 1 == before && rest > 0 ? rest : state.cols;
        if (!wire_lines_add(&writer, helper->cells, cols, continued))
            break;
    }
    wire_finish(&writer);
    helper->fetching = false;
    helper->fetch_next = next;
    emulator_hold(helper->emulator, next);
}

int64_t helper_copy_due(const struct helper *helper)
{
    bool room = helper->out.cap - helper->out.len >= WIRE_HEAD + COPIED_MAX;
    bool any = helper->emulator != NULL && emulator_has_copied(helper->emulator);
    return any && room ? helper->copy_ms : -1;
}

void helper_send_copied(struct helper *helper)
{
    int64_t now_ms = clock_ms(), due_ms = helper_copy_due(helper);
    if (due_ms < 0 || now_ms < due_ms)
        return;
    struct buf text;
    buf_init(&text, COPIED_MAX);
    emulator_take_copied(helper->emulator, &text);
    wire_put_copied(&helper->out, buf_text(&text), text.len);
    buf_done(&text);
    helper->copy_ms = now_ms + COPY_MS;
}
