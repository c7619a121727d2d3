/* The transcript of a shell: its lines, asked of the helper piece by piece. */
#include "client/shell/shell_private.h"

#include "client/shell/transcript.h"

static void fetch_more(struct shell *shell)
{
    struct wire_fetch fetch = {.ticket = shell->ticket, .before = transcript_wants(shell->transcript)};
    wire_put_fetch(&shell->out, &fetch);
}

bool shell_take_lines(struct shell *shell, const struct wire_frame *frame)
{
    struct wire_lines lines;
    if (!wire_get_lines(frame, &lines) || lines.ticket > shell->ticket)
        return false;
    if (shell->transcript == NULL || lines.ticket != shell->ticket)
        return true; /* nobody wants them any more */
    if (!transcript_add(shell->transcript, &lines))
        return false;
    shell->version++;
    if (!transcript_complete(shell->transcript))
        fetch_more(shell);
    return true;
}

/* What the picture shows, as if the helper had sent it. */
static void transcribe_picture(struct shell *shell)
{
    const struct screen_state *state = &shell->picture.state;
    struct buf out;
    struct wire_writer writer;
    struct wire_lines lines = {.end = (uint64_t)state->rows, .cols = state->cols};
    struct wire_frame frame;
    size_t at = 0;
    buf_init(&out, WIRE_HEAD + WIRE_LINES_BYTES);
    wire_lines_begin(&writer, &out, &lines);
    int row = state->rows;
    while (row > 0 && wire_lines_add(&writer, shell_row(shell, row - 1), state->cols, false))
        row--;
    if (wire_finish(&writer) && wire_take(&out, &at, &frame) == WIRE_TAKEN_FRAME &&
        wire_get_lines(&frame, &lines))
        transcript_add(shell->transcript, &lines);
    transcript_end(shell->transcript);
    buf_done(&out);
}

void shell_transcribe(struct shell *shell)
{
    shell_forget_transcript(shell);
    shell->transcript = transcript_new();
    shell->ticket++;
    if (shell->process.fd < 0) {
        transcribe_picture(shell);
        return;
    }
    fetch_more(shell);
    shell_flush(shell);
}

const struct transcript *shell_transcript(const struct shell *shell)
{
    return shell->transcript;
}

void shell_forget_transcript(struct shell *shell)
{
    transcript_free(shell->transcript);
    shell->transcript = NULL;
}
