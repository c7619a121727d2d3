/*
 * Lines in order, each with a number that never changes: what a log viewer reads. A box's log is one, so is
 * the output of a command and the story of an agent run. They are kept as client/text/linestore.h does it:
 * not much more than their bytes, the old ones on the disk if the book has a pool for that. Past a given
 * number of bytes the oldest lines go, and a gap stands where they were.
 */
#pragma once

#include "client/text/linestore.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LOGBOOK_BYTES = 64 << 20 };

struct logbook {
    struct linestore *store; /* NULL as long as there was no line */
    struct linepool *pool;   /* borrowed, or NULL */
    size_t count;
    int64_t first_number; /* of the oldest line held; older ones that arrive later get smaller numbers */
    size_t bytes, cap;    /* in memory and on the disk together */
    size_t errors;        /* lines of level error held */
    size_t gaps;
    bool at_start;          /* nothing older exists at the service */
    bool trimmed;           /* lines were dropped for the cap */
    bool has_tail;          /* the newest line is unfinished and may be replaced */
    struct line_entry tail; /* that line */
    uint64_t version;       /* grows with every change */
};

/* A book by itself: nothing goes to the disk. Once it has lines it must not move in memory. */
void logbook_init(struct logbook *book, size_t cap);

/* A book that shares a pool, which outlives it. */
void logbook_init_shared(struct logbook *book, size_t cap, struct linepool *pool);
void logbook_done(struct logbook *book);

/* Holds at most so many bytes from now on: the oldest lines go at once. */
void logbook_set_cap(struct logbook *book, size_t cap);

/* Takes lines (the array stays the caller's, the contents go) as logs events bring them. */
void logbook_join(struct logbook *book, struct log_line *lines, size_t count, enum log_join join,
                  int64_t gap_ms);

/* Appends one line; its contents go. */
void logbook_append(struct logbook *book, struct log_line *line);

/* Replaces the unfinished newest line, or appends it as such; its contents move. logbook_append ends that. */
void logbook_set_tail(struct logbook *book, struct log_line *line);

/* Removes the unfinished newest line, if there is one. */
void logbook_drop_tail(struct logbook *book);

/* The line with this number, NULL when it is not held. Valid until the next call of it for this book, or the
 * next change. */
const struct line_entry *logbook_at(const struct logbook *book, int64_t number);

/* One past the number of the newest line. */
int64_t logbook_end(const struct logbook *book);

/* The number of the first line of this time or later; the end when there is none. Stamps may jump: the answer
 * is as good as they are. */
int64_t logbook_find_time(const struct logbook *book, int64_t time_ms);

/* The first line from number `from` on, and before `to`, that has what `find` looks for, or is a gap, or is
 * unfinished; `to` when there is none. See linestore_seek. */
int64_t logbook_seek(const struct logbook *book, int64_t from, int64_t to, linestore_finder *find,
                     const void *ctx);
