/*
 * The stream of an agent run (box-api.md 3.1): bytes in, struct run_item out, each inert and with a summary
 * that people read. Knows no clock: the caller says when the bytes came.
 */
#pragma once

#include "client/event.h"
#include "client/stream/sse.h"

#include <stddef.h>
#include <stdint.h>

enum { RUN_TEXT_MAX = 256 * 1024 };

/* Takes the item over: to be released with run_item_done. */
typedef void run_stream_fn(void *user, struct run_item *item);

/* How far a run came, by its stream alone. */
enum run_stream_state {
    RUN_STREAM_OPEN, /* neither done nor error was seen: when the stream ends so, the outcome is not known */
    RUN_STREAM_DONE, /* the run finished */
    RUN_STREAM_FAILED, /* the run reported an error */
};

struct run_stream {
    struct sse sse;
    run_stream_fn *deliver;
    void *user;
    int64_t now_ms; /* wall clock of the bytes being read */
    enum run_stream_state state;
    char *run_id; /* from run_start; NULL before. An id that cannot be used in a request is left out */
};

void run_stream_init(struct run_stream *stream, run_stream_fn *deliver, void *user);
void run_stream_done(struct run_stream *stream);

/* Takes more bytes that came at `now_ms` (wall clock). */
void run_stream_feed(struct run_stream *stream, const char *bytes, size_t len, int64_t now_ms);

/* The body ended, cleanly or not: what is complete enough is delivered. */
void run_stream_end(struct run_stream *stream, int64_t now_ms);
