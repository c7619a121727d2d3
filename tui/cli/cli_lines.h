/*
 * The log lines of one box on their way to stdout: taken from events as they come, held until it is their
 * turn, printed once. What was printed is remembered by its digest, so that lines that the service hands over
 * anew (LOG_JOIN_RESET: its log was looked for from the start) are not printed twice.
 */
#pragma once

#include "client/model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CLI_LINES_REMEMBERED = 2048, CLI_LINES_HELD_MAX = 64 << 20 };

/* A held line. A gap stands before lines that could not be had. */
struct cli_line {
    struct log_line line; /* zeroed for a gap */
    bool gap;
    int64_t gap_ms; /* its length, 0 unknown */
    int64_t key;    /* its place in time: never before that of the line above */
};

struct cli_lines {
    struct cli_line *items; /* oldest first */
    size_t count, room;
    size_t bytes;        /* of the held ones, about */
    bool full;           /* older lines were not taken any more */
    uint64_t *printed;   /* digests: a ring of CLI_LINES_REMEMBERED, NULL before the first */
    size_t printed_next; /* where the next one goes */
    size_t printed_count;
    int64_t printed_key; /* of the last one printed */
};

/* Frees all. A zeroed struct is fine, and is empty. */
void cli_lines_done(struct cli_lines *lines);

/* Takes the lines of an event (the array stays the caller's, the contents move). Older ones
 * (LOG_JOIN_PREPEND) go before what is held, unless something was printed or too much is held: then they are
 * dropped. */
void cli_lines_take(struct cli_lines *lines, struct log_line *items, size_t count, enum log_join join,
                    int64_t gap_ms);

/* The oldest stamp among `count` lines, 0 when none has one. */
int64_t cli_lines_oldest(const struct log_line *items, size_t count);

/* Everything held was printed: forgets the lines and remembers their digests. */
void cli_lines_printed(struct cli_lines *lines);
