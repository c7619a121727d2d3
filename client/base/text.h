/*
 * Inert text with styles: what a stranger's bytes have become (client/text/inert.h makes it). The bytes are
 * well-formed UTF-8 without any control character, escape sequence, bidirectional control or stray zero-width
 * mark, at most 4 combining marks per base, and so can be drawn, measured and compared without further
 * thought.
 */
#pragma once

#include "client/base/style.h"

#include <stddef.h>
#include <stdint.h>

/* A stretch of bytes with a style other than the default. Spans are in order and do not overlap. */
struct text_span {
    uint32_t start; /* first byte */
    uint32_t len;   /* bytes */
    struct style style;
};

struct text {
    char *bytes; /* NUL-terminated, owned; NULL only in a zeroed struct */
    uint32_t len;
    uint32_t span_count;
    struct text_span *spans; /* owned, NULL when there are none */
    uint32_t dropped;        /* control bytes and sequences that left no mark */
    uint32_t cut;            /* bytes past the cap, replaced by a note at the end */
};

/* Frees what the text owns. A zeroed struct is fine. */
void text_done(struct text *text);

/* A deep copy. */
void text_copy(struct text *out, const struct text *from);
