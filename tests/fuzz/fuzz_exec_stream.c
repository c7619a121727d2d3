/* The stream of a command. The first byte chooses the split, which changes nothing about the complete lines
 * and the outcome; without a clean end the outcome is never "exited". */
#include "tests/fuzz/fuzz.h"

#include "client/json.h"
#include "client/stream/exec_stream.h"

struct seen {
    size_t lines;
    uint64_t digest;
    enum exec_outcome outcome;
    bool has_exit;
    int exit_code;
};

static void take(struct seen *seen, struct exec_stream *stream)
{
    struct exec_piece piece;
    while (exec_stream_take(stream, &piece)) {
        for (size_t i = 0; i < piece.line_count; i++) {
            fuzz_require_text(&piece.lines[i]);
            seen->lines++;
            seen->digest = seen->digest * 31 + json_digest(piece.lines[i].bytes, piece.lines[i].len);
        }
        if (piece.has_partial)
            fuzz_require_text(&piece.partial);
        exec_piece_done(&piece);
    }
}

static void run(struct seen *seen, uint8_t pace, bool clean, const char *bytes, size_t len)
{
    struct exec_stream stream;
    exec_stream_init(&stream);
    for (size_t at = 0; at < len;) {
        size_t piece = fuzz_piece(pace, at, len);
        exec_stream_feed(&stream, bytes + at, piece);
        take(seen, &stream);
        at += piece;
    }
    exec_stream_end(&stream, clean);
    take(seen, &stream);
    seen->outcome = stream.outcome;
    seen->has_exit = stream.has_exit;
    seen->exit_code = stream.has_exit ? stream.exit_code : 0;
    fuzz_require(stream.outcome != EXEC_OPEN);
    exec_stream_done(&stream);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len == 0)
        return 0;
    struct seen whole = {0}, pieces = {0};
    run(&whole, 0, true, (const char *)bytes + 1, len - 1);
    run(&pieces, bytes[0], true, (const char *)bytes + 1, len - 1);
    fuzz_require(whole.lines == pieces.lines && whole.digest == pieces.digest);
    fuzz_require(whole.outcome == pieces.outcome && whole.has_exit == pieces.has_exit &&
                 whole.exit_code == pieces.exit_code);
    struct seen broken = {0};
    run(&broken, bytes[0], false, (const char *)bytes + 1, len - 1);
    return 0;
}
