/*
 * Line by line: a line that ends with a marker is held, then the line of data after it, then blank lines. Any
 * other line in between proves that the program printed them, and they are let go. So at most one candidate
 * is held at a time, and at the end of the body it is the trailer or there is none.
 *
 * A marker counts in the middle of a line too, for a service that does not end the output with a newline:
 * there its line's beginning is output.
 */
#include "client/stream/exec_stream.h"

#include "client/base/mem.h"
#include "client/base/utf8.h"
#include "client/json.h"
#include "client/text/inert.h"
#include "client/text/secret.h"

#include <stdlib.h>
#include <string.h>

static const char marker_exit[] = "event: exit";
static const char marker_error[] = "event: error";
static const char data_field[] = "data:";

enum { DATA_FIELD_LEN = sizeof data_field - 1 };

void exec_stream_init(struct exec_stream *stream)
{
    *stream = (struct exec_stream){.cpu_ns = -1};
    buf_init(&stream->line, EXEC_TRAILER_MAX);
    buf_init(&stream->held, 2 * EXEC_TRAILER_MAX);
    buf_init(&stream->out, EXEC_RAW_MAX);
}

void exec_stream_done(struct exec_stream *stream)
{
    buf_done(&stream->line);
    buf_done(&stream->held);
    buf_done(&stream->out);
    for (size_t i = 0; i < stream->line_count; i++)
        text_done(&stream->lines[i]);
    free(stream->lines);
    free(stream->error);
    *stream = (struct exec_stream){0};
}

/* The next bytes of the output as they are; those that went out before the line was whole are passed over. */
static void add_raw(struct exec_stream *stream, const char *bytes, size_t len, bool ended)
{
    if (!stream->raw)
        return;
    size_t done = stream->out_done < len ? stream->out_done : len;
    buf_add(&stream->out, bytes + done, len - done);
    if (ended)
        buf_add_byte(&stream->out, '\n');
    stream->out_done -= done;
    stream->ready_changed = true;
}

static void show_line(struct exec_stream *stream, const char *bytes, size_t len)
{
    stream->lines =
        mem_grow(stream->lines, &stream->line_room, stream->line_count + 1, sizeof *stream->lines);
    inert_line(&stream->lines[stream->line_count++], bytes, len);
    stream->ready_changed = true;
}

/* The length of the marker that the line ends with, 0 for none. */
static size_t marker_length(const char *line, size_t len)
{
    static const char *const markers[] = {marker_exit, marker_error};
    for (size_t i = 0; i < 2; i++) {
        size_t size = strlen(markers[i]);
        if (len >= size && memcmp(line + len - size, markers[i], size) == 0)
            return size;
    }
    return 0;
}

static bool is_blank(const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (bytes[i] != ' ' && (bytes[i] < '\t' || bytes[i] > '\r'))
            return false;
    return true;
}

static json_t *load_data(const char *line, size_t len)
{
    if (len < DATA_FIELD_LEN || memcmp(line, data_field, DATA_FIELD_LEN) != 0)
        return NULL;
    json_t *object = json_load_tolerant(line + DATA_FIELD_LEN, len - DATA_FIELD_LEN, NULL);
    if (json_is_object(object))
        return object;
    json_decref(object);
    return NULL;
}

static void release_held(struct exec_stream *stream)
{
    const char *bytes = buf_text(&stream->held);
    for (size_t at = 0; at < stream->held.len;) {
        const char *end = memchr(bytes + at, '\n', stream->held.len - at);
        size_t size = (size_t)(end - bytes) - at;
        add_raw(stream, bytes + at, size, true);
        show_line(stream, bytes + at, size);
        at += size + 1;
    }
    buf_clear(&stream->held);
    stream->hold = EXEC_HOLD_NOTHING;
}

static bool hold(struct exec_stream *stream, const char *line, size_t len, enum exec_hold as)
{
    if (len + 1 > stream->held.cap - stream->held.len)
        return false;
    buf_add(&stream->held, line, len);
    buf_add_byte(&stream->held, '\n');
    stream->hold = as;
    return true;
}

/* Whether the line goes on with what is held. */
static bool continues(struct exec_stream *stream, const char *line, size_t len)
{
    if (stream->hold == EXEC_HOLD_TRAILER)
        return is_blank(line, len);
    json_t *data = stream->hold == EXEC_HOLD_MARKER ? load_data(line, len) : NULL;
    json_decref(data);
    return data != NULL;
}

/* A complete line, without its newline. */
static void take_line(struct exec_stream *stream, const char *line, size_t len)
{
    if (continues(stream, line, len) && hold(stream, line, len, EXEC_HOLD_TRAILER))
        return;
    if (stream->hold != EXEC_HOLD_NOTHING)
        release_held(stream);
    size_t without_cr = len > 0 && line[len - 1] == '\r' ? len - 1 : len;
    size_t marker = marker_length(line, without_cr);
    if (marker > 0 && hold(stream, line, len, EXEC_HOLD_MARKER)) {
        stream->held_prefix = without_cr - marker;
    } else {
        add_raw(stream, line, len, true);
        show_line(stream, line, len);
    }
}

/* How many bytes of the line may be shown before it is whole: not the beginning of a marker, not half a
 * character. */
static size_t certain_length(const struct exec_stream *stream)
{
    const char *line = buf_text(&stream->line);
    size_t len = stream->line.len;
    if (stream->hold != EXEC_HOLD_NOTHING)
        return 0;
    static const char *const markers[] = {"event: exit\r", "event: error\r"};
    size_t held = 0;
    for (size_t i = 0; i < 2; i++)
        for (size_t size = strlen(markers[i]); size > held; size--)
            if (len >= size && memcmp(line + len - size, markers[i], size) == 0)
                held = size;
    len -= held;
    for (size_t back = 1; back < UTF8_MAX && back <= len; back++) {
        uint32_t cp;
        if (((unsigned char)line[len - back] & 0xC0) == 0xC0)
            return utf8_decode(line + len - back, back, &cp) == 0 ? len - back : len;
    }
    return len;
}

/* A line that grows too long is shown in parts. A progress line, which overwrites itself, loses what is
 * overwritten instead. */
static void shorten_line(struct exec_stream *stream)
{
    const char *bytes = stream->line.data;
    const char *cr = memrchr(bytes, '\r', stream->line.len);
    if (cr != NULL && cr > bytes) {
        const char *before = memrchr(bytes, '\r', (size_t)(cr - bytes));
        size_t drop = before != NULL ? (size_t)(before - bytes) + 1 : 0;
        if (stream->line.len - drop < EXEC_LINE_MAX) {
            add_raw(stream, bytes, drop, false);
            buf_drop(&stream->line, drop);
            stream->ready_changed = true;
            return;
        }
    }
    size_t part = EXEC_LINE_MAX;
    while (part > EXEC_LINE_MAX - UTF8_MAX && ((unsigned char)bytes[part] & 0xC0) == 0x80)
        part--;
    add_raw(stream, bytes, part, false);
    show_line(stream, bytes, part);
    buf_drop(&stream->line, part);
}

static void add_part(struct exec_stream *stream, const char *bytes, size_t len)
{
    while (len > 0) {
        size_t room = stream->line.cap - stream->line.len;
        size_t size = len < room ? len : room;
        buf_add(&stream->line, bytes, size);
        bytes += size;
        len -= size;
        /* A line of data may be as long as a trailer. Past that it is no trailer. */
        if (stream->hold != EXEC_HOLD_NOTHING && stream->line.len == stream->line.cap)
            release_held(stream);
        while (stream->hold == EXEC_HOLD_NOTHING && stream->line.len > EXEC_LINE_MAX + 64)
            shorten_line(stream);
    }
}

/* Lets go what is held as soon as the unfinished line cannot go on with it. */
static void check_unfinished(struct exec_stream *stream)
{
    const char *line = buf_text(&stream->line);
    size_t len = stream->line.len < DATA_FIELD_LEN ? stream->line.len : DATA_FIELD_LEN;
    bool refuted = stream->hold == EXEC_HOLD_MARKER ? memcmp(line, data_field, len) != 0
                                                    : !is_blank(line, stream->line.len);
    if (stream->hold != EXEC_HOLD_NOTHING && refuted)
        release_held(stream);
}

void exec_stream_feed(struct exec_stream *stream, const char *bytes, size_t len)
{
    while (len > 0) {
        const char *end = memchr(bytes, '\n', len);
        size_t size = end != NULL ? (size_t)(end - bytes) : len;
        if (end != NULL && stream->line.len == 0 && size <= EXEC_LINE_MAX) {
            take_line(stream, bytes, size);
        } else {
            add_part(stream, bytes, size);
            if (end != NULL) {
                take_line(stream, buf_text(&stream->line), stream->line.len);
                buf_clear(&stream->line);
                stream->partial_shown = 0;
            }
        }
        size_t took = size + (end != NULL);
        bytes += took;
        len -= took;
    }
    check_unfinished(stream);
}

static void read_trailer(struct exec_stream *stream)
{
    const char *marker = buf_text(&stream->held) + stream->held_prefix;
    const char *data = strchr(marker, '\n') + 1;
    json_t *object = load_data(data, (size_t)(strchr(data, '\n') - data));
    bool failed = memcmp(marker, marker_error, sizeof marker_error - 1) == 0;
    stream->outcome = failed ? EXEC_FAILED : EXEC_EXITED;
    if (failed) {
        size_t len;
        const char *text = json_text(object, "error", &len);
        stream->error = len > 0 ? inert_label(text, len) : mem_dup("The command failed and gave no reason");
    } else {
        int64_t code = json_int64(object, "exit_code", INT64_MIN);
        stream->has_exit = code >= INT32_MIN && code <= INT32_MAX;
        stream->exit_code = stream->has_exit ? (int)code : 0;
        stream->cpu_ns = json_int64(object, "cpu_ns", -1);
    }
    json_decref(object);
    if (stream->held_prefix > 0) {
        add_raw(stream, stream->held.data, stream->held_prefix, false);
        show_line(stream, stream->held.data, stream->held_prefix);
    }
}

void exec_stream_end(struct exec_stream *stream, bool clean)
{
    bool unended = stream->line.len > 0;
    if (stream->line.len > 0) {
        /* A marker without its newline is output; a last line of data without one is as good as with it. */
        if (stream->hold == EXEC_HOLD_NOTHING) {
            add_raw(stream, stream->line.data, stream->line.len, false);
            show_line(stream, stream->line.data, stream->line.len);
        } else {
            take_line(stream, stream->line.data, stream->line.len);
        }
        buf_clear(&stream->line);
        stream->partial_shown = 0;
    }
    stream->outcome = EXEC_UNKNOWN;
    if (stream->hold == EXEC_HOLD_TRAILER && clean)
        read_trailer(stream);
    else
        release_held(stream);
    buf_clear(&stream->held);
    stream->hold = EXEC_HOLD_NOTHING;
    struct buf *out = &stream->out;
    if (unended && stream->outcome == EXEC_UNKNOWN && out->len > 0 && out->data[out->len - 1] == '\n')
        out->len--; /* the last line was held as one with a newline, and is none */
}

bool exec_stream_take(struct exec_stream *stream, struct exec_piece *piece)
{
    size_t certain = certain_length(stream);
    certain -= secret_tail(buf_text(&stream->line), certain);
    bool partial_changed = certain != stream->partial_shown;
    *piece = (struct exec_piece){0};
    if (!stream->ready_changed && !partial_changed)
        return false;
    if (stream->raw && certain > stream->out_done) {
        buf_add(&stream->out, stream->line.data + stream->out_done, certain - stream->out_done);
        stream->out_done = certain;
    }
    if (stream->out.len > 0)
        piece->raw = buf_take(&stream->out, &piece->raw_len);
    piece->lines = stream->lines;
    piece->line_count = stream->line_count;
    piece->has_partial = certain > 0;
    if (certain > 0)
        inert_line(&piece->partial, buf_text(&stream->line), certain);
    stream->lines = NULL;
    stream->line_count = stream->line_room = 0;
    stream->ready_changed = false;
    stream->partial_shown = certain;
    return true;
}
