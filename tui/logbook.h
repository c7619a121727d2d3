/*
 * Lines in order, each with a number that never changes: what a log viewer reads. A box's log is one, so is
 * the output of a command and the story of an agent run. Holds at most a given number of bytes; past that the
 * oldest lines go.
 */
#pragma once

#include "client/model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LOGBOOK_BYTES = 64 << 20 };

/* A line as kept. A gap stands for lines that are not known. */
struct logbook_line {
    struct log_line line;
    bool continued; /* a further line of the message above */
    bool gap;
    int64_t gap_ms; /* how long the gap is, when both ends are known */
};

struct logbook {
    struct logbook_line *lines; /* a ring of `room` */
    size_t room, first, count;
    int64_t first_number; /* of the oldest line held; older ones that arrive later get smaller numbers */
    size_t bytes, cap;
    size_t errors; /* lines of level error held */
    size_t gaps;
    bool at_start;    /* nothing older exists at the service */
    bool trimmed;     /* lines were dropped for the cap */
    bool has_tail;    /* the newest line is unfinished and may be replaced */
    uint64_t version; /* grows with every change */
};

void logbook_init(struct logbook *book, size_t cap);
void logbook_done(struct logbook *book);

/* Holds at most so many bytes from now on: the oldest lines go at once. */
void logbook_set_cap(struct logbook *book, size_t cap);

/* Takes lines (the array stays the caller's, the contents move) as logs events bring them. */
void logbook_join(struct logbook *book, struct log_line *lines, size_t count, enum log_join join,
                  int64_t gap_ms);

/* Appends one line; its contents move. */
void logbook_append(struct logbook *book, struct log_line *line);

/* Replaces the unfinished newest line, or appends it as such. logbook_append ends that. */
void logbook_set_tail(struct logbook *book, struct log_line *line);

/* Removes the unfinished newest line, if there is one. */
void logbook_drop_tail(struct logbook *book);

/* The line with this number, NULL when it is not held. Valid until the next change. */
const struct logbook_line *logbook_at(const struct logbook *book, int64_t number);

/* One past the number of the newest line. */
int64_t logbook_end(const struct logbook *book);
