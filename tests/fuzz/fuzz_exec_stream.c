/* The stream of a command: the same lines and the same outcome however the bytes are split (the first byte of
 * the input chooses); an exit is told only when the body ends with a trailer; every line is inert. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "client/base/utf8.h"
#include "client/json.h"
#include "client/stream/exec_stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int truth)
{
    if (!truth)
        abort();
}

static void require_inert(const struct text *text)
{
    require(utf8_valid(text->bytes, text->len));
    for (uint32_t i = 0; i < text->len; i++)
        require((unsigned char)text->bytes[i] >= 0x20 && text->bytes[i] != 0x7F);
}

struct seen {
    uint64_t digest;
    size_t count;
    enum exec_outcome outcome;
    int exit_code;
};

static void take(struct exec_stream *stream, struct seen *seen)
{
    struct exec_piece piece;
    if (!exec_stream_take(stream, &piece))
        return;
    for (size_t i = 0; i < piece.line_count; i++) {
        require_inert(&piece.lines[i]);
        seen->digest = seen->digest * 31 + json_digest(piece.lines[i].bytes, piece.lines[i].len);
        seen->count++;
    }
    if (piece.has_partial)
        require_inert(&piece.partial);
    exec_piece_done(&piece);
    require(!exec_stream_take(stream, &piece));
}

static struct seen read_stream(const char *bytes, size_t size, size_t step)
{
    struct seen seen = {0};
    struct exec_stream stream;
    exec_stream_init(&stream);
    for (size_t at = 0; at < size; at += step) {
        exec_stream_feed(&stream, bytes + at, size - at < step ? size - at : step);
        take(&stream, &seen);
    }
    exec_stream_end(&stream, true);
    take(&stream, &seen);
    seen.outcome = stream.outcome;
    seen.exit_code = stream.exit_code;
    require(stream.outcome != EXEC_OPEN && (stream.outcome == EXEC_FAILED) == (stream.error != NULL));
    exec_stream_done(&stream);
    return seen;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* Lines beyond EXEC_LINE_MAX come in parts, which may differ; and a partial line is made anew with each
     * piece, so that long ones in pieces of one byte take their length squared. */
    if (size == 0 || size > 1024)
        return 0;
    const char *bytes = (const char *)data + 1;
    struct seen whole = read_stream(bytes, size - 1, size);
    struct seen parts = read_stream(bytes, size - 1, data[0] % 16 + 1);
    require(whole.count == parts.count && whole.digest == parts.digest);
    require(whole.outcome == parts.outcome && whole.exit_code == parts.exit_code);
    return 0;
}
