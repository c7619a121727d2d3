/* The decoder of the operator's terminal: any bytes in any split, with time passing, give well-formed events
 * and bounded memory. The first byte of the input chooses the split. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "client/base/utf8.h"
#include "tui/input.h"
#include "tui/keyname.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int truth)
{
    if (!truth)
        abort();
}

static void judge(void *ctx, const struct input_event *event)
{
    size_t *count = ctx;
    (*count)++;
    switch (event->kind) {
    case INPUT_KEY:
        require(event->key.code > 0 && event->key.code < KEY_NAME_LAST && event->key.mods <= KEY_MODS);
        require(event->key.code >= KEY_NAME_BASE || utf8_width(event->key.code) >= 0);
        char name[KEYNAME_MAX];
        key_format(event->key, name);
        require(strlen(name) > 0);
        break;
    case INPUT_MOUSE:
        require(event->mouse.row >= 0 && event->mouse.col >= 0 && event->mouse.button <= 3);
        break;
    case INPUT_PASTE:
        require(event->paste_len <= INPUT_PASTE_MAX && strlen(event->paste) == event->paste_len);
        break;
    default:
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    size_t step = data[0] % 16 + 1, count = 0;
    struct input *input = input_new(judge, &count);
    int64_t now = 0;
    for (size_t at = 1; at < size; at += step) {
        size_t len = size - at < step ? size - at : step;
        input_feed(input, (const char *)data + at, len, now);
        /* Now and then the operator pauses. */
        if (data[at] % 8 == 0) {
            now += 30;
            input_tick(input, now);
        }
    }
    /* Each byte gives at most two keys: what it ended and what it is. */
    require(count <= 2 * size);
    input_tick(input, now + 100000);
    require(input_deadline(input) == -1);
    input_free(input);
    return 0;
}
