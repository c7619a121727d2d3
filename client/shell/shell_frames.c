/* What the helper sends, checked and obeyed. */
#include "client/shell/shell_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TURN_BYTES = 2 << 20,   /* read from the helper in one step */
    FRAME_MS = 16,          /* at most one large picture in this time */
    HIDDEN_MS = 250,        /* and one of any size for a shell nobody looks at */
    PICTURE_BYTES_MS = 128, /* bytes of small pictures that are free each millisecond */
    PICTURE_BURST = 16384,
    FRAMES_A_SECOND = 50000, /* many times what a recorded flood takes */
};

static bool take_host_key(struct shell *shell, const struct wire_frame *frame)
{
    uint32_t connection;
    struct hostkey key;
    if (!wire_get_host_key(frame, &connection, &key.blob, &key.len))
        return false;
    if (connection != shell->connection || !shell_is_under_way(shell))
        return true;
    if (shell->phase != SHELL_HANDSHAKE)
        return false;
    shell_judge_host_key(shell, &key);
    return true;
}

static bool take_opened(struct shell *shell, const struct wire_frame *frame)
{
    uint32_t connection;
    if (!wire_get_opened(frame, &connection))
        return false;
    if (connection != shell->connection || !shell_is_under_way(shell))
        return true;
    if (shell->phase != SHELL_LOGIN)
        return false;
    shell->refusals = 0;
    shell_enter(shell, SHELL_OPEN,
                shell->remember_trouble[0] != '\0' ? shell->remember_trouble : "Connected");
    return true;
}

static bool take_end(struct shell *shell, const struct wire_frame *frame)
{
    struct wire_end end;
    if (!wire_get_end(frame, &end))
        return false;
    if (end.connection != shell->connection || !shell_is_under_way(shell))
        return true;
    if (shell->phase != SHELL_OPEN)
        return false;
    char sentence[sizeof shell->err.text];
    shell->exit_code = end.signal[0] != '\0' ? -1 : end.exit_code;
    snprintf(shell->signal, sizeof shell->signal, "%s", end.signal);
    if (end.signal[0] != '\0')
        snprintf(sentence, sizeof sentence, "The shell was ended by signal %s", end.signal);
    else if (end.exit_code < 0)
        snprintf(sentence, sizeof sentence, "The shell ended; the server did not say how");
    else
        snprintf(sentence, sizeof sentence, "The shell ended with exit code %d", end.exit_code);
    shell_enter(shell, SHELL_CLOSED, sentence);
    return true;
}

static bool take_trouble(struct shell *shell, const struct wire_frame *frame)
{
    struct wire_trouble trouble;
    if (!wire_get_trouble(frame, &trouble))
        return false;
    if (!shell->greeted) { /* a helper that could not take its sandbox */
        shell_enter_trouble(shell, SHELL_FAILED, &trouble.err);
        return true;
    }
    if (trouble.connection != shell->connection || !shell_is_under_way(shell))
        return true;
    if (shell->phase == SHELL_WAITING)
        return false;
    if (shell->phase == SHELL_LOGIN && trouble.err.kind == ERR_AUTH)
        shell->refusals++;
    shell_enter_trouble(shell, shell->phase == SHELL_OPEN ? SHELL_LOST : SHELL_FAILED, &trouble.err);
    return true;
}

/* Decides when the next picture may come: at once while pictures are small (an echo must not wait), one a
 * frame of the screen when they are large (nobody sees more), a few a second when nobody looks. */
static void pace(struct shell *shell, size_t bytes)
{
    int64_t earned = (shell->now_ms - shell->credit_ms) * PICTURE_BYTES_MS;
    shell->credit_ms = shell->now_ms;
    shell->credit += earned;
    if (shell->credit > PICTURE_BURST)
        shell->credit = PICTURE_BURST;
    shell->credit -= (int64_t)bytes;
    int64_t wait = shell->hidden ? HIDDEN_MS : shell->credit < 0 ? FRAME_MS : 0;
    if (shell->credit < 0)
        shell->credit = 0;
    shell->ready_at_ms = shell->now_ms + wait;
}

/* Whether what stands around the picture reads the same as before. */
static bool same_around(const struct screen_state *a, const struct screen_state *b)
{
    return a->rows == b->rows && a->cols == b->cols && a->bells == b->bells &&
           strcmp(a->title, b->title) == 0;
}

static bool take_rows(struct shell *shell, const struct wire_frame *frame)
{
    struct screen_state before = shell->picture.state;
    if (!shell->ready_sent || !wire_get_rows(frame, &shell->picture))
        return false;
    shell->ready_sent = false;
    shell->version++;
    shell_note_answer(shell);
    shell->rows_version += same_around(&before, &shell->picture.state);
    pace(shell, frame->len);
    return true;
}

/* False when the frame is none that this console allows now. */
static bool take_frame(struct shell *shell, const struct wire_frame *frame)
{
    if (!shell->greeted && frame->type != WIRE_HELLO && frame->type != WIRE_TROUBLE)
        return false;
    switch (frame->type) {
    case WIRE_HELLO:
        if (shell->greeted || frame->len != 0)
            return false;
        shell->greeted = true;
        return true;
    case WIRE_HOST_KEY:
        return take_host_key(shell, frame);
    case WIRE_OPENED:
        return take_opened(shell, frame);
    case WIRE_ENDED:
        return take_end(shell, frame);
    case WIRE_TROUBLE:
        return take_trouble(shell, frame);
    case WIRE_ROWS:
        return take_rows(shell, frame);
    case WIRE_LINES:
        return shell_take_lines(shell, frame);
    case WIRE_PONG:
        return shell_take_pong(shell, frame);
    case WIRE_HEARD:
        return shell_take_heard(shell, frame);
    case WIRE_OUTPUT:
        return shell_take_output(shell, frame);
    case WIRE_FORWARDED:
        return shell_take_forwarded(shell, frame);
    case WIRE_COPIED:
        return shell_take_copy(shell, frame);
    default:
        return false;
    }
}

/* Frames that are allowed could still keep the console busy with nothing else. */
static bool floods(struct shell *shell)
{
    if (shell->now_ms - shell->frames_ms >= 1000) {
        shell->frames_ms = shell->now_ms;
        shell->frames = 0;
    }
    return ++shell->frames > FRAMES_A_SECOND;
}

void shell_receive(struct shell *shell)
{
    if (shell->process.fd < 0)
        return;
    enum wire_io io = wire_receive(shell->process.fd, &shell->in, TURN_BYTES, NULL);
    size_t at = 0;
    struct wire_frame frame;
    enum wire_taken taken;
    while ((taken = wire_take(&shell->in, &at, &frame)) == WIRE_TAKEN_FRAME)
        if (floods(shell)) {
            shell_helper_misbehaved(shell, "it sent more than anybody asked for");
            return;
        } else if (!take_frame(shell, &frame)) {
            shell_helper_misbehaved(shell, "it sent a frame that is not allowed");
            return;
        } else if (shell->process.fd < 0) {
            return;
        }
    if (taken == WIRE_TAKEN_GARBAGE) {
        shell_helper_misbehaved(shell, "it sent bytes that are no frame");
        return;
    }
    buf_drop(&shell->in, at);
    if (io == WIRE_IO_CLOSED)
        shell_helper_died(shell);
}
