/*
 * Writes JSON text into a buffer. boxd writes its answers with this and not with jansson because a test must
 * be able to see answers that no JSON library would make: bytes that are not UTF-8, lone surrogates, numbers
 * out of range. What is not asked to be broken is always well-formed.
 *
 * Commas are put by the writer; the caller opens, keys and closes in the right order.
 */
#pragma once

#include "client/base/buf.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jsonw {
    struct buf buf; /* the text so far */
    bool comma;     /* whether the next value or key follows another one */
};

void jsonw_init(struct jsonw *w);
void jsonw_done(struct jsonw *w);

/* Opens an object ('{') or an array ('['); jsonw_close takes the matching '}' or ']'. */
void jsonw_open(struct jsonw *w, char bracket);
void jsonw_close(struct jsonw *w, char bracket);

/* The key of the value that follows. */
void jsonw_key(struct jsonw *w, const char *key);

/* A string. What is not UTF-8 in it becomes U+FFFD, as a service written in Go would do. NULL becomes null.
 */
void jsonw_text(struct jsonw *w, const char *text);
void jsonw_bytes(struct jsonw *w, const char *bytes, size_t len);

/* A string whose bytes from 0x80 up go out as they are, even when they are not UTF-8. */
void jsonw_verbatim(struct jsonw *w, const char *bytes, size_t len);

void jsonw_int(struct jsonw *w, int64_t value);
void jsonw_real(struct jsonw *w, double value);
void jsonw_bool(struct jsonw *w, bool value);
void jsonw_null(struct jsonw *w);

/* A value that is JSON text already (or is meant not to be). */
void jsonw_raw(struct jsonw *w, const char *bytes, size_t len);
void jsonw_value(struct jsonw *w, const json_t *value);

/* A key and its value. */
void jsonw_text_field(struct jsonw *w, const char *key, const char *value);
void jsonw_int_field(struct jsonw *w, const char *key, int64_t value);
void jsonw_real_field(struct jsonw *w, const char *key, double value);
void jsonw_bool_field(struct jsonw *w, const char *key, bool value);
