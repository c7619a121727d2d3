/* What the operator gives to a shell: keys, pastes, sizes. Each goes out at once if the socket takes it. */
#include "client/shell/shell_private.h"

#include "client/base/clock.h"

#include <string.h>

enum { PASTE_PIECE = 256 << 10, SMOOTHING = 8, GUARD_MS = 30 };

static bool takes_input(const struct shell *shell)
{
    return shell->phase == SHELL_OPEN && shell->process.fd >= 0;
}

static void note_key(struct shell *shell, struct key key)
{
    int64_t now_ms = clock_ms(); /* the last step may be long ago */
    if (shell->probe_ms < 0)
        shell->probe_ms = now_ms;
    if (shell->unanswered_count == SHELL_UNANSWERED)
        return;
    shell->unanswered[shell->unanswered_count].key = key;
    shell->unanswered[shell->unanswered_count++].sent_ms = now_ms;
}

/* The server has what was sent well before that time: an answer that came then may be one to an earlier key,
 * so the time that answers take is left on top, twice. */
static void drop_answered(struct shell *shell, int64_t time_ms)
{
    int64_t trip = 2 * shell->trip_ms;
    int64_t before = time_ms - (trip > GUARD_MS ? trip : GUARD_MS);
    size_t count = 0;
    while (count < shell->unanswered_count && shell->unanswered[count].sent_ms <= before)
        count++;
    shell->unanswered_count -= count;
    memmove(shell->unanswered, shell->unanswered + count,
            shell->unanswered_count * sizeof shell->unanswered[0]);
}

void shell_note_answer(struct shell *shell)
{
    if (shell->probe_ms >= 0) { /* the first answer since that key: grows at once, shrinks slowly */
        int64_t took = shell->now_ms - shell->probe_ms;
        int64_t less = shell->trip_ms - shell->trip_ms / SMOOTHING;
        shell->trip_ms = took > less ? took : less;
        shell->probe_ms = -1;
    }
    drop_answered(shell, shell->now_ms);
}

bool shell_take_heard(struct shell *shell, const struct wire_frame *frame)
{
    uint32_t ago_ms;
    if (!wire_get_number(frame, &ago_ms))
        return false;
    drop_answered(shell, shell->now_ms - ago_ms);
    return true;
}

size_t shell_unanswered(const struct shell *shell, struct key *keys, size_t room)
{
    size_t count = shell->unanswered_count < room ? shell->unanswered_count : room;
    for (size_t i = 0; i < count; i++)
        keys[i] = shell->unanswered[i].key;
    return count;
}

void shell_key(struct shell *shell, struct key key)
{
    if (!takes_input(shell))
        return;
    note_key(shell, key);
    wire_put_key(&shell->out, key);
    shell_watch_input(shell);
    shell_flush(shell);
}

void shell_mouse(struct shell *shell, const struct mouse *mouse)
{
    if (!takes_input(shell) || mouse->row < 0 || mouse->row >= WIRE_ROWS_MAX || mouse->col < 0 ||
        mouse->col >= WIRE_COLS_MAX)
        return;
    wire_put_mouse(&shell->out, mouse);
    shell_flush(shell);
}

bool shell_paste(struct shell *shell, const char *text, size_t len)
{
    enum { HEADS = 1024 };
    if (!takes_input(shell) || len > SHELL_PASTE_MAX || len + HEADS > shell->out.cap - shell->out.len)
        return false;
    size_t at = 0;
    do {
        size_t piece = len - at < PASTE_PIECE ? len - at : PASTE_PIECE;
        wire_put_paste(&shell->out, text + at, piece, at + piece == len);
        at += piece;
    } while (at < len);
    shell_flush(shell);
    return true;
}

void shell_focus(struct shell *shell, bool focused)
{
    if (!takes_input(shell))
        return;
    wire_put_focus(&shell->out, focused);
    shell_flush(shell);
}

void shell_resize(struct shell *shell, int cols, int rows)
{
    cols = shell_clamp(cols, WIRE_COLS_MIN, WIRE_COLS_MAX);
    rows = shell_clamp(rows, 1, WIRE_ROWS_MAX);
    if (cols == shell->cols && rows == shell->rows)
        return;
    shell->cols = cols;
    shell->rows = rows;
    if (shell->process.fd < 0)
        return;
    wire_put_resize(&shell->out, cols, rows);
    shell_flush(shell);
}

void shell_show(struct shell *shell, bool visible)
{
    shell->hidden = !visible;
    if (visible && shell->ready_at_ms > shell->now_ms)
        shell->ready_at_ms = shell->now_ms;
}
