/*
 * The stream of a command (box-api.md 3.2): raw output and then a trailer that says how it ended. Output
 * comes out as inert lines as soon as it is certain not to be the trailer; what may yet be one is held back.
 *
 * A program may print the trailer's text itself: only one that parses and is followed by nothing but white
 * space up to the end of the body counts. Without a trailer the outcome is unknown, never success.
 */
#pragma once

#include "client/base/buf.h"
#include "client/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum exec_outcome {
    EXEC_OPEN,    /* the body has not ended */
    EXEC_EXITED,  /* the command ended; see has_exit */
    EXEC_FAILED,  /* the service could not start it or lost it: `error` */
    EXEC_UNKNOWN, /* the body ended without a trailer, or broke off */
};

enum {
    EXEC_LINE_MAX = 16000,    /* bytes: a longer line is broken, so that all of it is shown */
    EXEC_TRAILER_MAX = 65536, /* bytes of a trailer */
    EXEC_RAW_MAX = 64 << 20,  /* bytes of raw output between two takes */
};

/* What the lines read last may be. */
enum exec_hold { EXEC_HOLD_NOTHING, EXEC_HOLD_MARKER, EXEC_HOLD_TRAILER };

struct exec_stream {
    struct buf line;    /* the unfinished line */
    struct buf held;    /* complete lines, with their newlines, that may be the trailer */
    size_t held_prefix; /* output at the start of `held`, before a marker that does not start its line */
    enum exec_hold hold;
    bool ready_changed;   /* something to take */
    size_t partial_shown; /* bytes of `line` shown as the partial line */
    struct text *lines;   /* complete ones that were not taken yet */
    size_t line_count, line_room;
    bool raw;        /* the output's own bytes are wanted too; set it after exec_stream_init */
    struct buf out;  /* those that were not taken yet */
    size_t out_done; /* bytes of the first line that is held, or unfinished, that are there already */

    enum exec_outcome outcome;
    bool has_exit; /* exit_code is known */
    int exit_code;
    int64_t cpu_ns; /* -1 unknown */
    char *error;    /* inert sentence, for EXEC_FAILED */
};

void exec_stream_init(struct exec_stream *stream);
void exec_stream_done(struct exec_stream *stream);

/* Takes more bytes of the body, any split. */
void exec_stream_feed(struct exec_stream *stream, const char *bytes, size_t len);

/* The body is over. `clean`: its end was the server's, not a broken connection's. Sets the outcome; a last
 * line without a newline becomes a complete one. */
void exec_stream_end(struct exec_stream *stream, bool clean);

/* The output since the last call: *piece is the caller's, to be released with exec_piece_done. False when
 * there is nothing new. */
bool exec_stream_take(struct exec_stream *stream, struct exec_piece *piece);
