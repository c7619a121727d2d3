/*
 * Server-sent events as bytes arrive (WHATWG HTML, section 9.2.6), with two things more that agent streams
 * need (box-api.md 3.1): terminal sequences inside a line are removed, and so is the residue of a spinner at
 * its start. And an event whose blank line never came counts when the stream ends.
 *
 * `id` and `retry` are read over: a run's stream cannot be asked for again, so there is nothing to resume.
 */
#pragma once

#include "client/base/buf.h"

#include <stdbool.h>
#include <stddef.h>

enum { SSE_LINE_MAX = 256 * 1024, SSE_EVENT_MAX = 1024 * 1024 };

/* One event, valid during the callback only. Both texts are NUL-terminated raw bytes. */
struct sse_event {
    const char *name; /* "message" when the stream named none */
    const char *data; /* its data lines, joined by newlines */
    size_t len;       /* of data */
    bool cut;         /* a line or the event was too long, and something is missing */
};

typedef void sse_fn(void *user, const struct sse_event *event);

struct sse {
    sse_fn *deliver;
    void *user;
    struct buf line; /* the line under way */
    struct buf name; /* of the event under way */
    struct buf data; /* likewise */
    bool has_data;   /* a data line came */
    bool cut;        /* something was too long */
    bool after_cr;   /* a LF now belongs to the CR before */
    bool started;    /* the first line was read: no byte order mark can come any more */
};

void sse_init(struct sse *sse, sse_fn *deliver, void *user);

/* Frees what the parser holds. A zeroed struct is fine. */
void sse_done(struct sse *sse);

/* Takes more bytes, any split; events go to `deliver` from within. */
void sse_feed(struct sse *sse, const char *bytes, size_t len);

/* The stream is over: an unfinished line and an event without its blank line count. */
void sse_end(struct sse *sse);
