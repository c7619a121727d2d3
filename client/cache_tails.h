/*
 * The tails of the logs that were looked at last, beside the list of boxes in the cache (cache.h): JSON
 * lines, 0600. For each box one line that says how far its log was read, then its newest lines in the
 * service's own form with the digests they had, so that the decoder for the service's bytes reads them.
 */
#pragma once

#include "client/base/buf.h"
#include "client/base/err.h"
#include "client/model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CACHE_TAILS_MAX = 4 << 20 };

/* The file beside that of cache_path. The caller frees it. */
char *cache_tails_path(const char *cache_path);

/* ---- writing, into a buffer that becomes the file ---- */

void cache_tails_begin(struct buf *out, int64_t now_wall_ms);

/* A box with `lines` lines, which follow; its log was read at this wall clock. */
void cache_tails_add_box(struct buf *out, const char *box_id, int64_t read_at_ms,
                         const struct log_place *place, bool at_start, size_t lines);

/* A line: its first text; each further text; its end. */
void cache_tails_add_line(struct buf *out, const struct log_line *line, uint64_t digest);
void cache_tails_add_rest(struct buf *out, const struct text *text);
void cache_tails_end_line(struct buf *out);

/* ---- reading ---- */

/* A file of tails, found but not decoded. */
struct cache_tails {
    char *bytes;
    struct cache_tails_place {
        char box_id[MODEL_ID_MAX + 1];
        size_t at, end; /* of its lines */
        size_t lines;
        int64_t read_at;
        struct log_place place;
        bool at_start;
    } * boxes;
    size_t count, room;
};

/* One box's tail. */
struct cache_tail {
    struct log_line *lines; /* the caller's (log_lines_free) */
    size_t count;
    struct log_resume resume; /* its digests are the caller's */
    int64_t read_at;          /* wall ms */
};

/* Reads a file. False with *err set (ENOENT in err->code when there is none), also in the log, when it is of
 * no use: nothing is lost but the cache. What is damaged in it is left out. */
bool cache_tails_load(struct cache_tails *tails, const char *path, struct err *err);
void cache_tails_done(struct cache_tails *tails);

/* Decodes a box's tail (500 lines take about 2 ms). False when it holds none that is whole. */
bool cache_tails_take(const struct cache_tails *tails, size_t index, struct cache_tail *out);
