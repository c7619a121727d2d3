#include "client/stream/sse.h"

#include <string.h>

enum { NAME_MAX_BYTES = 256, ESC = 0x1B };

void sse_init(struct sse *sse, sse_fn *deliver, void *user)
{
    *sse = (struct sse){.deliver = deliver, .user = user};
    buf_init(&sse->line, SSE_LINE_MAX);
    buf_init(&sse->name, NAME_MAX_BYTES);
    buf_init(&sse->data, SSE_EVENT_MAX);
}

void sse_done(struct sse *sse)
{
    buf_done(&sse->line);
    buf_done(&sse->name);
    buf_done(&sse->data);
}

static void dispatch(struct sse *sse)
{
    if (sse->has_data) {
        struct sse_event event = {
            .name = sse->name.len > 0 ? sse->name.data : "message",
            .data = buf_text(&sse->data),
            .len = sse->data.len,
            .cut = sse->cut,
        };
        sse->deliver(sse->user, &event);
    }
    buf_clear(&sse->name);
    buf_clear(&sse->data);
    sse->has_data = sse->cut = false;
}

/* Removes each `ESC [ digits and semicolons letter` in place; returns the new length. */
static size_t remove_sequences(char *bytes, size_t len)
{
    size_t to = 0;
    for (size_t at = 0; at < len;) {
        size_t end = at + 2;
        if (bytes[at] == ESC && end <= len && bytes[at + 1] == '[') {
            while (end < len && ((bytes[end] >= '0' && bytes[end] <= '9') || bytes[end] == ';'))
                end++;
            char letter = (char)(end < len ? bytes[end] | 0x20 : 0);
            if (letter >= 'a' && letter <= 'z') {
                at = end + 1;
                continue;
            }
        }
        bytes[to++] = bytes[at++];
    }
    return to;
}

static bool is_residue(char c)
{
    return c == '\\' || c == '|' || c == '/' || c == '-' || c == ' ' || (c >= '\t' && c <= '\r');
}

static void take_field(struct sse *sse, const char *name, size_t name_len, const char *value, size_t len)
{
    if (name_len == 5 && memcmp(name, "event", 5) == 0) {
        buf_clear(&sse->name);
        if (memchr(value, '\0', len) == NULL)
            buf_add(&sse->name, value, len);
    } else if (name_len == 4 && memcmp(name, "data", 4) == 0) {
        if (sse->has_data && !buf_add_byte(&sse->data, '\n'))
            sse->cut = true;
        else if (!buf_add(&sse->data, value, len))
            sse->cut = true;
        sse->has_data = true;
    }
}

static void end_line(struct sse *sse)
{
    static const char mark[] = "\xEF\xBB\xBF";
    char *line = sse->line.data;
    size_t len = sse->line.len;
    if (!sse->started && len >= 3 && memcmp(line, mark, 3) == 0) {
        line += 3;
        len -= 3;
    }
    sse->started = true;
    if (len > 0 && memchr(line, ESC, len) != NULL)
        len = remove_sequences(line, len);
    while (len > 0 && is_residue(*line)) {
        line++;
        len--;
    }
    if (len == 0) {
        dispatch(sse);
    } else if (*line != ':') {
        const char *colon = memchr(line, ':', len);
        size_t name_len = colon != NULL ? (size_t)(colon - line) : len;
        const char *value = colon != NULL ? colon + 1 : line + len;
        size_t value_len = len - (size_t)(value - line);
        if (value_len > 0 && *value == ' ') {
            value++;
            value_len--;
        }
        take_field(sse, line, name_len, value, value_len);
    }
    buf_clear(&sse->line);
}

void sse_feed(struct sse *sse, const char *bytes, size_t len)
{
    for (size_t at = 0; at < len;) {
        if (sse->after_cr && bytes[at] == '\n') {
            sse->after_cr = false;
            at++;
            continue;
        }
        sse->after_cr = false;
        size_t from = at;
        while (at < len && bytes[at] != '\n' && bytes[at] != '\r')
            at++;
        if (!buf_add(&sse->line, bytes + from, at - from)) {
            /* Its beginning is worth keeping: the field's name stands there. */
            buf_add(&sse->line, bytes + from, sse->line.cap - sse->line.len);
            sse->cut = true;
        }
        if (at < len) {
            sse->after_cr = bytes[at] == '\r';
            at++;
            end_line(sse);
        }
    }
}

void sse_end(struct sse *sse)
{
    if (sse->line.len > 0)
        end_line(sse);
    dispatch(sse);
}
