/* The stream of an agent run: server-sent events, then items. The first byte chooses the split, which changes
 * nothing about the items. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "client/json.h"
#include "client/stream/run_stream.h"

struct seen {
    size_t count;
    uint64_t digest;
};

static void mix(struct seen *seen, const char *text, bool newlines)
{
    if (text == NULL)
        return;
    fuzz_require_inert(text, strlen(text), newlines);
    seen->digest = seen->digest * 31 + json_digest(text, strlen(text));
}

static void take(void *user, struct run_item *item)
{
    struct seen *seen = user;
    seen->count++;
    seen->digest = seen->digest * 31 + item->kind;
    mix(seen, item->name, false);
    mix(seen, item->summary, false);
    mix(seen, item->text, true);
    run_item_done(item);
}

static void run(struct seen *seen, uint8_t pace, const char *bytes, size_t len)
{
    struct run_stream stream;
    run_stream_init(&stream, take, seen);
    for (size_t at = 0; at < len;) {
        size_t piece = fuzz_piece(pace, at, len);
        run_stream_feed(&stream, bytes + at, piece, 1700000000000);
        at += piece;
    }
    run_stream_end(&stream, 1700000000000);
    fuzz_require(stream.run_id == NULL || model_id_valid(stream.run_id, strlen(stream.run_id)));
    seen->digest = seen->digest * 31 + stream.state;
    run_stream_done(&stream);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len == 0)
        return 0;
    struct seen whole = {0}, pieces = {0};
    run(&whole, 0, (const char *)bytes + 1, len - 1);
    run(&pieces, bytes[0], (const char *)bytes + 1, len - 1);
    fuzz_require(whole.count == pieces.count && whole.digest == pieces.digest);
    return 0;
}
