/*
 * A growable run of bytes with a cap that is chosen at init. Everything a network, a box or a file fills goes
 * through one of these, so nothing a stranger sends can grow without bound.
 *
 * The bytes are always followed by a NUL that does not count, so a text buffer can be read as a C string.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct buf {
    char *data;  /* NULL until the first byte */
    size_t len;  /* bytes in use */
    size_t room; /* bytes allocated */
    size_t cap;  /* the most len may become */
};

/* An empty buffer that will hold at most `cap` bytes. */
void buf_init(struct buf *buf, size_t cap);

/* Frees the bytes; the buffer is empty and usable again. A zeroed struct is fine. */
void buf_done(struct buf *buf);

/* Appends `len` bytes. False, with nothing appended, when the cap would be passed. */
bool buf_add(struct buf *buf, const void *bytes, size_t len);

/* Appends a C string; as buf_add. */
bool buf_add_text(struct buf *buf, const char *text);

/* Appends one byte; as buf_add. */
bool buf_add_byte(struct buf *buf, char byte);

/* Appends formatted text; as buf_add. */
bool buf_add_format(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Removes the first `len` bytes (at most all of them). */
void buf_drop(struct buf *buf, size_t len);

/* Forgets the bytes, keeps the memory. */
void buf_clear(struct buf *buf);

/* Hands the bytes over: a NUL-terminated block that the caller frees. The buffer is empty afterwards. */
char *buf_take(struct buf *buf, size_t *len);

/* The bytes as a C string, "" when there are none. Valid until the next change. */
const char *buf_text(const struct buf *buf);
