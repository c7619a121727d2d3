/*
 * The memory and the disk that all logs of a console may take together. When the lines in memory become too
 * many, chunks of old lines (linechunk.h) go to one file without a name, 0600, in a folder of the user's; it
 * is gone with the program, however that ends. When the disk may not or cannot take more, the oldest lines of
 * the largest log are let go, and that log says so where they were.
 *
 * Everything is called from one thread. A write goes to the page cache, a read of 128 KiB comes from there.
 */
#pragma once

#include "client/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct linepool;

struct linepool_options {
    size_t memory;      /* bytes that may stay in memory */
    uint64_t disk;      /* bytes that may go to the disk; 0: none */
    const char *folder; /* where; made when it is needed; NULL: the disk is not used */
};

enum linepool_shrink {
    LINEPOOL_WRITE, /* the oldest chunk in memory goes to the disk */
    LINEPOOL_DROP,  /* the oldest chunk goes for good */
};

/* One log, embedded in its store. */
struct linepool_user {
    struct linepool_user *next, *previous;
    size_t memory; /* what it takes, by its last linepool_use */
    uint64_t disk;
    void *ctx;
    /* Makes the log smaller, by linepool_write, linepool_free and linepool_use. False when it cannot. */
    bool (*shrink)(void *ctx, enum linepool_shrink how);
};

struct linepool *linepool_new(const struct linepool_options *options);

/* All users must have left. NULL is fine. */
void linepool_free_all(struct linepool *pool);

/* A log begins and ceases to take part. */
void linepool_join(struct linepool *pool, struct linepool_user *user);
void linepool_leave(struct linepool *pool, struct linepool_user *user);

/* What the user takes now; others, or it, may be made to shrink. */
void linepool_use(struct linepool *pool, struct linepool_user *user, size_t memory, uint64_t disk);
void linepool_settle(struct linepool *pool);

/* Whether so many bytes more would stay within what memory and disk may take. */
bool linepool_has_room(const struct linepool *pool, size_t bytes);

/* Writes bytes; returns where they are, -1 when the disk may not or cannot (linepool_trouble) take more. */
int64_t linepool_write(struct linepool *pool, const char *bytes, size_t len);

/* Reads them back. Valid until the next call of it; NULL when the disk does not give them back. */
const char *linepool_read(struct linepool *pool, int64_t at, size_t len);

/* They are not needed any more. */
void linepool_free(struct linepool *pool, int64_t at, size_t len);

/* All that is in use now. */
size_t linepool_memory(const struct linepool *pool);
uint64_t linepool_disk(const struct linepool *pool);

/* Why the disk could not take more, "" while it does. */
const char *linepool_trouble(const struct linepool *pool);
