/* What the operator gives to a shell: keys, pastes, sizes. Each goes out at once if the socket takes it. */
#include "client/shell/shell_private.h"

#include "client/base/clock.h"

#include <string.h>

enum { PASTE_PIECE = 256 << 10, SMOOTHING = 4 };

static bool takes_input(const struct shell *shell)
{
    return shell->phase == SHELL_OPEN && shell->process.fd >= 0;
}

static void note_key(struct shell *shell, struct key key)
{
    if (shell->unanswered_count == SHELL_UNANSWERED)
        return;
    shell->unanswered[shell->unanswered_count].key = key;
    shell->unanswered[shell->unanswered_count++].sent_ms = clock_ms(); /* the last step may be long ago */
}

/* A key that was sent a moment ago cannot be what this answers, when answers take longer. The oldest one is
 * answered in any case. */
void shell_note_answer(struct shell *shell)
{
    if (shell->unanswered_count == 0)
        return;
    int64_t took = shell->now_ms - shell->unanswered[0].sent_ms;
    shell->trip_ms = shell->trip_ms < 0 ? took : shell->trip_ms + (took - shell->trip_ms) / SMOOTHING;
    int64_t before = shell->now_ms - (took < shell->trip_ms ? took : shell->trip_ms);
    size_t answered = 1;
    while (answered < shell->unanswered_count && shell->unanswered[answered].sent_ms <= before)
        answered++;
    shell->unanswered_count -= answered;
    memmove(shell->unanswered, shell->unanswered + answered,
            shell->unanswered_count * sizeof shell->unanswered[0]);
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
