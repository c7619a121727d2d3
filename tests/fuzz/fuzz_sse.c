/* The stream of an agent run: the same items however the bytes are split (the first byte of the input
 * chooses), and each can be shown. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "client/base/utf8.h"
#include "client/json.h"
#include "client/stream/run_stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int truth)
{
    if (!truth)
        abort();
}

struct seen {
    uint64_t digest;
    size_t count;
};

static void note(struct seen *seen, const char *text)
{
    size_t len = text != NULL ? strlen(text) : 0;
    require(text == NULL || utf8_valid(text, len));
    for (size_t i = 0; i < len; i++)
        require((unsigned char)text[i] >= 0x20 || text[i] == '\n');
    seen->digest = seen->digest * 31 + json_digest(text != NULL ? text : "", len);
}

static void take(void *user, struct run_item *item)
{
    struct seen *seen = user;
    seen->count++;
    note(seen, item->run_id);
    note(seen, item->name);
    note(seen, item->tool_id);
    note(seen, item->summary);
    note(seen, item->text);
    require(item->summary == NULL || strchr(item->summary, '\n') == NULL);
    run_item_done(item);
}

static struct seen read_stream(const char *bytes, size_t size, size_t step)
{
    struct seen seen = {0};
    struct run_stream stream;
    run_stream_init(&stream, take, &seen);
    for (size_t at = 0; at < size; at += step)
        run_stream_feed(&stream, bytes + at, size - at < step ? size - at : step, 1);
    run_stream_end(&stream, 1);
    require(stream.run_id == NULL || model_id_valid(stream.run_id, strlen(stream.run_id)));
    run_stream_done(&stream);
    return seen;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const char *bytes = (const char *)data + 1;
    struct seen whole = read_stream(bytes, size - 1, size);
    struct seen parts = read_stream(bytes, size - 1, data[0] % 16 + 1);
    require(whole.count == parts.count && whole.digest == parts.digest);
    return 0;
}
