/* Frames beside the terminal: pings, recordings, forwards, the clipboard. */
#include "client/shell/copied.h"
#include "client/shell/wire_field.h"

static bool is_whole(const struct field_reader *reader)
{
    return !reader->bad && reader->left == 0;
}

bool wire_put_number(struct buf *out, enum wire_type type, uint32_t number)
{
    struct wire_writer writer;
    wire_begin(&writer, out, type);
    field_put_number(&writer, number, 4);
    return wire_finish(&writer);
}

bool wire_get_number(const struct wire_frame *frame, uint32_t *number)
{
    struct field_reader reader = field_reader_of(frame);
    *number = (uint32_t)field_number(&reader, 4);
    return is_whole(&reader);
}

bool wire_put_record(struct buf *out, bool on)
{
    struct wire_writer writer;
    wire_begin(&writer, out, WIRE_RECORD);
    field_put_number(&writer, on, 1);
    return wire_finish(&writer);
}

bool wire_get_record(const struct wire_frame *frame, bool *on)
{
    struct field_reader reader = field_reader_of(frame);
    *on = field_flag(&reader);
    return is_whole(&reader);
}

bool wire_put_output(struct buf *out, int cols, int rows, const char *bytes, size_t len)
{
    struct wire_writer writer;
    wire_begin(&writer, out, WIRE_OUTPUT);
    field_put_number(&writer, (uint64_t)cols, 2);
    field_put_number(&writer, (uint64_t)rows, 2);
    field_put(&writer, bytes, len);
    return wire_finish(&writer);
}

bool wire_get_output(const struct wire_frame *frame, struct wire_output *out)
{
    struct field_reader reader = field_reader_of(frame);
    out->cols = field_int(&reader, 2, WIRE_COLS_MIN, WIRE_COLS_MAX);
    out->rows = field_int(&reader, 2, 1, WIRE_ROWS_MAX);
    out->bytes = (const char *)reader.at;
    out->len = reader.left;
    return !reader.bad;
}

bool wire_put_forward(struct buf *out, const struct wire_forward *forward)
{
    struct wire_writer writer;
    wire_begin(&writer, out, WIRE_FORWARD);
    field_put_number(&writer, forward->id, 4);
    field_put_number(&writer, forward->port, 2);
    return wire_finish(&writer);
}

bool wire_get_forward(const struct wire_frame *frame, struct wire_forward *out)
{
    struct field_reader reader = field_reader_of(frame);
    out->id = (uint32_t)field_number(&reader, 4);
    out->port = (uint16_t)field_int(&reader, 2, 1, UINT16_MAX);
    return is_whole(&reader);
}

bool wire_put_forwarded(struct buf *out, const struct wire_forwarded *forwarded)
{
    struct wire_writer writer;
    wire_begin(&writer, out, WIRE_FORWARDED);
    field_put_number(&writer, forwarded->connection, 4);
    field_put_number(&writer, forwarded->id, 4);
    field_put_number(&writer, forwarded->state, 1);
    field_put_number(&writer, forwarded->up, 8);
    field_put_number(&writer, forwarded->down, 8);
    return wire_finish(&writer);
}

bool wire_get_forwarded(const struct wire_frame *frame, struct wire_forwarded *out)
{
    struct field_reader reader = field_reader_of(frame);
    out->connection = (uint32_t)field_number(&reader, 4);
    out->id = (uint32_t)field_number(&reader, 4);
    out->state = (enum wire_forward_state)field_int(&reader, 1, WIRE_FORWARD_OPEN, WIRE_FORWARD_TIMED_OUT);
    out->up = field_number(&reader, 8);
    out->down = field_number(&reader, 8);
    return is_whole(&reader);
}

bool wire_put_copied(struct buf *out, const char *text, size_t len)
{
    return copied_is_plain(text, len) && wire_put_bytes(out, WIRE_COPIED, text, len);
}

bool wire_get_copied(const struct wire_frame *frame, const char **text, size_t *len)
{
    *text = (const char *)frame->body;
    *len = frame->len;
    return copied_is_plain(*text, *len);
}
