/*
 * The fields of the wire's frames, for wire.c and wire_rows.c: little-endian numbers, written with a flag
 * that remembers what did not fit, read with a flag that remembers what was not there or out of bounds.
 */
#pragma once

#include "client/shell/wire.h"

/* What is left of a frame's body. Past the end every number is zero and the reader is bad. */
struct field_reader {
    const uint8_t *at;
    size_t left;
    bool bad;
};

static inline struct field_reader field_reader_of(const struct wire_frame *frame)
{
    return (struct field_reader){.at = frame->body, .left = frame->len};
}

static inline uint64_t field_number(struct field_reader *reader, size_t bytes)
{
    if (reader->left < bytes) {
        reader->bad = true;
        reader->left = 0;
        return 0;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++)
        value |= (uint64_t)reader->at[i] << (8 * i);
    reader->at += bytes;
    reader->left -= bytes;
    return value;
}

/* A number that must lie within the bounds; `least`, and a bad reader, when it does not. */
static inline int field_int(struct field_reader *reader, size_t bytes, int least, int most)
{
    uint64_t value = field_number(reader, bytes);
    if (value < (uint64_t)least || value > (uint64_t)most) {
        reader->bad = true;
        return least;
    }
    return (int)value;
}

static inline bool field_flag(struct field_reader *reader)
{
    return field_int(reader, 1, 0, 1) == 1;
}

static inline void field_put(struct wire_writer *writer, const void *bytes, size_t len)
{
    writer->bad = writer->bad || !buf_add(writer->out, bytes, len);
}

static inline void field_put_number(struct wire_writer *writer, uint64_t value, size_t bytes)
{
    uint8_t field[8];
    for (size_t i = 0; i < bytes; i++)
        field[i] = (uint8_t)(value >> (8 * i));
    field_put(writer, field, bytes);
}
