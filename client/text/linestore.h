/*
 * The lines of one log, oldest first, in chunks (linechunk.h): they can be added at either end, go at the old
 * end, and be read at any number. A line's number never changes. Old chunks may be on the disk (linepool.h):
 * they read like the others. Where the oldest lines had to go, a gap says so.
 */
#pragma once

#include "client/text/linechunk.h"
#include "client/text/linepool.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct linestore_chunk {
    struct linechunk chunk;
    int64_t from; /* number of its first line */
};

struct linestore {
    struct linestore_chunk *chunks; /* those from `first` on count; the last one may grow */
    size_t first, count, room;
    int64_t first_number; /* of the oldest line, or of the gap before it */
    size_t lines;         /* held, gaps included */
    size_t errors, gaps;
    size_t memory; /* bytes in memory */
    size_t disk;   /* bytes on the disk */
    size_t chunk_bytes;

    bool lost; /* lines went at the old end: a gap stands there */
    enum line_gap lost_why;
    int64_t lost_from, lost_to; /* times of the oldest and the newest of them */

    struct linepool *pool; /* borrowed; NULL: all stays in memory */
    struct linepool_user user;
    void (*on_loss)(void *ctx); /* called when lines went for another log's sake */
    void *ctx;

    size_t at_chunk; /* the line read last: reading on from there is quick */
    int64_t at_number;
    struct linechunk_mark at;
    struct linechunk_reader reader;
    char *copy; /* the text of a line that was read back from the disk */
    size_t copy_room;
};

/* An empty store whose first line will have this number. It must not move in memory. */
void linestore_init(struct linestore *store, int64_t first_number, size_t chunk_bytes, struct linepool *pool);
void linestore_done(struct linestore *store);

/* Adds a line (copied) at the new end. Then call linestore_settle, once for many. */
void linestore_append(struct linestore *store, const struct line_entry *entry);

/* Adds lines, oldest first, before the oldest one, with the numbers below its. */
void linestore_prepend(struct linestore *store, const struct line_entry *entries, size_t count);

/* Lets the pool see what is held now. */
void linestore_settle(struct linestore *store);

/* Lets go of the oldest chunk. False when it is the only one. */
bool linestore_drop(struct linestore *store, enum line_gap why);

/* The line of this number, which must be held. Valid until the next call of it, or the next change. */
const struct line_entry *linestore_at(struct linestore *store, int64_t number);

/* One past the number of the newest line. */
int64_t linestore_end(const struct linestore *store);

/* The number of the first line of this time or later, as far as the lines are in the order of time; the end
 * when there is none. */
int64_t linestore_find_time(struct linestore *store, int64_t time);

/* Finds the first place where something stands in many texts at once, which NULs separate: an offset below
 * `len`, or `len`. What it looks for holds no NUL. */
typedef size_t linestore_finder(const void *ctx, const char *texts, size_t len);

/* The first line from number `from` on, and before `to`, that has what `find` looks for or is a gap; `to`
 * when there is none. Much faster than to look at every line. */
int64_t linestore_seek(struct linestore *store, int64_t from, int64_t to, linestore_finder *find,
                       const void *ctx);
