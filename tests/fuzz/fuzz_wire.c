/* What a helper that was taken over may send: frames of any kind with any body. Nothing crashes, and every
 * cell and state that is taken can be drawn. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "client/base/utf8.h"
#include "client/shell/transcript.h"
#include "client/shell/copied.h"
#include "client/shell/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int truth)
{
    if (!truth)
        abort();
}

static void judge_cell(const struct cell *row, int col, int cols)
{
    const struct cell *cell = &row[col];
    if (cell->ch == CELL_WIDE_TAIL) {
        require(col > 0 && row[col - 1].ch != CELL_WIDE_TAIL && utf8_width(row[col - 1].ch) == 2);
        return;
    }
    require(cell->ch == 0 || (cell->ch <= 0x10FFFF && utf8_width(cell->ch) > 0));
    require(cell->ch == 0 || utf8_width(cell->ch) == 1 ||
            (col + 1 < cols && row[col + 1].ch == CELL_WIDE_TAIL));
    for (int i = 0; i < CELL_MARKS && cell->marks[i] != 0; i++)
        require(utf8_width(cell->marks[i]) == 0 || (i > 0 && cell->marks[i - 1] == UTF8_ZWJ));
}

static void judge_picture(const struct wire_picture *picture)
{
    const struct screen_state *state = &picture->state;
    require(state->cols >= WIRE_COLS_MIN && state->cols <= WIRE_COLS_MAX);
    require(state->rows >= 1 && state->rows <= WIRE_ROWS_MAX);
    require(state->cursor_row >= 0 && state->cursor_row < state->rows);
    require(state->cursor_col >= 0 && state->cursor_col < state->cols);
    require(memchr(state->title, '\0', sizeof state->title) != NULL);
    for (int row = 0; row < state->rows; row++)
        for (int col = 0; col < state->cols; col++)
            judge_cell(picture->cells + (size_t)row * (size_t)state->cols, col, state->cols);
}

/* Every line that was taken can be read again, alone, and drawn. */
static void judge_lines(const struct wire_lines *lines)
{
    struct cell cells[WIRE_COLS_MAX];
    struct transcript *transcript = transcript_new();
    require(lines->oldest <= lines->end && lines->count <= lines->end - lines->oldest);
    require(transcript_add(transcript, lines));
    require(transcript_stop(transcript) - transcript_first(transcript) == lines->count);
    for (uint64_t line = transcript_first(transcript); line < transcript_stop(transcript); line++) {
        int used = transcript_read(transcript, line, cells, NULL);
        require(used >= 0 && used <= lines->cols);
        for (int col = 0; col < lines->cols; col++)
            judge_cell(cells, col, lines->cols);
    }
    transcript_free(transcript);
}

static void judge_frame(const struct wire_frame *frame, struct wire_picture *picture)
{
    uint32_t connection;
    const uint8_t *blob;
    size_t len;
    struct wire_end end;
    struct wire_lines lines;
    struct wire_trouble trouble;
    struct wire_output output;
    struct wire_forwarded forwarded;
    uint32_t number;
    if (frame->type == WIRE_OUTPUT && wire_get_output(frame, &output))
        require(output.cols >= WIRE_COLS_MIN && output.cols <= WIRE_COLS_MAX && output.rows >= 1 &&
                output.rows <= WIRE_ROWS_MAX &&
                (const uint8_t *)output.bytes + output.len == frame->body + frame->len);
    if (frame->type == WIRE_PONG && wire_get_number(frame, &number))
        require(frame->len == 4);
    if (frame->type == WIRE_FORWARDED && wire_get_forwarded(frame, &forwarded))
        require(frame->len == 25 && forwarded.state <= WIRE_FORWARD_TIMED_OUT);
    const char *text;
    if (frame->type == WIRE_COPIED && wire_get_copied(frame, &text, &len))
        require(len > 0 && len <= COPIED_MAX && memchr(text, '\x1b', len) == NULL && utf8_valid(text, len));
    if (frame->type == WIRE_ROWS && wire_get_rows(frame, picture))
        judge_picture(picture);
    if (frame->type == WIRE_LINES && wire_get_lines(frame, &lines))
        judge_lines(&lines);
    if (frame->type == WIRE_HOST_KEY && wire_get_host_key(frame, &connection, &blob, &len))
        require(len > 0 && blob >= frame->body && blob + len == frame->body + frame->len);
    if (frame->type == WIRE_ENDED && wire_get_end(frame, &end))
        require(strpbrk(end.signal, " \x1b\n") == NULL);
    if (frame->type == WIRE_TROUBLE && wire_get_trouble(frame, &trouble))
        require(memchr(trouble.err.text, '\0', sizeof trouble.err.text) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf in;
    struct wire_frame frame;
    struct wire_picture picture = {0};
    size_t at = 0;
    buf_init(&in, size + 1);
    buf_add(&in, data, size);
    while (wire_take(&in, &at, &frame) == WIRE_TAKEN_FRAME)
        judge_frame(&frame, &picture);
    wire_picture_done(&picture);
    buf_done(&in);
    return 0;
}
