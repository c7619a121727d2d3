/* What a shell does besides being one: it is watched, recorded, and copies out. */
#include "client/shell/shell_private.h"

#include "client/base/mem.h"
#include "client/shell/recording.h"

#include <stdlib.h>

/* What may be on its way when a recording ends: what a helper holds back, and its socket. */
enum { STRAY_MOST = 4 << 20 };

enum { PING_MS = 15000, PING_SOON_MS = 1000 };

/* ---- the watch on the helper ---- */

static bool is_asked(const struct shell *shell)
{
    return shell->pinged_ms >= 0;
}

/* What was typed must not wait for the next round to find out that nobody reads it. */
void shell_watch_input(struct shell *shell)
{
    if (!is_asked(shell) && shell->ping_at_ms > shell->now_ms + PING_SOON_MS)
        shell->ping_at_ms = shell->now_ms + PING_SOON_MS;
}

void shell_watch_step(struct shell *shell)
{
    if (shell->phase != SHELL_OPEN || shell->process.fd < 0) {
        shell->pinged_ms = -1;
        shell->silent = false;
        shell->ping_at_ms = shell->now_ms + PING_SOON_MS;
        return;
    }
    if (is_asked(shell)) {
        bool silent = shell->now_ms - shell->pinged_ms >= shell->answer_ms;
        shell->version += silent && !shell->silent;
        shell->silent = shell->silent || silent;
    } else if (shell->now_ms >= shell->ping_at_ms) {
        wire_put_number(&shell->out, WIRE_PING, ++shell->ping);
        shell->pinged_ms = shell->now_ms;
    }
}

int64_t shell_watch_deadline(const struct shell *shell)
{
    if (shell->phase != SHELL_OPEN || shell->process.fd < 0 || shell->silent)
        return -1;
    return is_asked(shell) ? shell->pinged_ms + shell->answer_ms : shell->ping_at_ms;
}

bool shell_take_pong(struct shell *shell, const struct wire_frame *frame)
{
    uint32_t number;
    if (!wire_get_number(frame, &number) || number > shell->ping)
        return false;
    if (number != shell->ping || !is_asked(shell))
        return true;
    shell->version += shell->silent;
    shell->silent = false;
    shell->pinged_ms = -1;
    shell->ping_at_ms = shell->now_ms + PING_MS;
    return true;
}

int64_t shell_silence(const struct shell *shell)
{
    bool silent = shell->silent && is_asked(shell) && shell->phase == SHELL_OPEN;
    return silent ? shell->now_ms - shell->pinged_ms : 0;
}

/* ---- recordings ---- */

bool shell_record(struct shell *shell, const char *path, uint64_t most, struct err *err)
{
    if (shell->recording != NULL)
        return err_set(err, ERR_USAGE, 0, "The shell is being recorded already");
    if (shell->process.fd < 0)
        return err_set(err, ERR_USAGE, 0, "The shell is over: there is nothing to record");
    const struct screen_state *state = &shell->picture.state;
    shell->recording = recording_new(path, shell->box_id, state->cols, state->rows, most, shell->now_ms, err);
    if (shell->recording == NULL)
        return false;
    wire_put_record(&shell->out, true);
    shell->version++;
    shell_flush(shell);
    return true;
}

bool shell_record_end(struct shell *shell, struct err *err)
{
    struct recording *recording = shell->recording;
    if (recording == NULL)
        return true;
    shell->recording = NULL;
    shell->stray = 0;
    shell->version++;
    if (shell->process.fd >= 0)
        wire_put_record(&shell->out, false);
    return recording_close(recording, err);
}

bool shell_take_output(struct shell *shell, const struct wire_frame *frame)
{
    struct wire_output output;
    if (!wire_get_output(frame, &output))
        return false;
    if (shell->recording == NULL) {
        shell->stray += output.len;
        return shell->stray <= STRAY_MOST;
    }
    struct err err, ignored;
    if (!recording_add(shell->recording, output.cols, output.rows, output.bytes, output.len, shell->now_ms,
                       &err)) {
        shell_record_end(shell, &ignored);
        shell->record_trouble = err;
    }
    return true;
}

const struct recording *shell_recording(const struct shell *shell)
{
    return shell->recording;
}

bool shell_record_trouble(struct shell *shell, struct err *err)
{
    if (shell->record_trouble.kind == ERR_NONE)
        return false;
    *err = shell->record_trouble;
    err_clear(&shell->record_trouble);
    return true;
}

/* ---- the clipboard ---- */

bool shell_take_copy(struct shell *shell, const struct wire_frame *frame)
{
    const char *text;
    size_t len;
    if (!wire_get_copied(frame, &text, &len))
        return false;
    if (shell->phase != SHELL_OPEN)
        return true;
    free(shell->copied);
    shell->copied = mem_dup_bytes(text, len);
    shell->version++;
    return true;
}

char *shell_take_copied(struct shell *shell)
{
    char *text = shell->copied;
    shell->copied = NULL;
    return text;
}
