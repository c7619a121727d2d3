/*
 * What the parts of the stitcher share. Private to stitch*.c: others use stitch.h.
 *
 * "Page" below always means lines in the order of time, oldest first, in an array that is handed on.
 */
#pragma once

#include "client/poll/stitch.h"

/* A page of an operation. */
struct stitch_lines {
    struct log_line *items;
    size_t count;
    bool full; /* as many as were asked for: there may be more beyond */
};

enum { STITCH_PAGE = 200, STITCH_OLDER_PAGE = 500 };

static inline size_t stitch_smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Asks for a page in the operation under way. */
enum stitch_step stitch_ask_for(struct stitch *stitch, size_t offset, size_t limit, struct stitch_ask *ask);

/* Ends the operation. */
enum stitch_step stitch_finish(struct stitch *stitch);

/* Starts over with nothing held; the first lines found will replace what the console has. */
enum stitch_step stitch_restart(struct stitch *stitch, struct stitch_ask *ask);

/* Gives the page's lines from..to-1 to the console and remembers their digests; frees the page and its other
 * lines. */
void stitch_deliver(struct stitch *stitch, struct stitch_lines *page, size_t from, size_t to,
                    enum log_join join, struct stitch_batch *batch);

/* How lines join that share nothing with those held: after a hole, or instead of them when time went
 * backwards. */
enum log_join stitch_join_apart(const struct stitch *stitch, const struct stitch_lines *page);

/* Whether an overlap of so many lines is beyond doubt. */
static inline bool stitch_is_strong(const struct stitch *stitch, size_t known)
{
    return known > 0 &&
           stitch_smaller(known, stitch->tail_count) >= stitch_smaller(STITCH_OVERLAP, stitch->tail_count);
}

/* How many lines to ask for beyond the overlap. */
size_t stitch_limit(const struct stitch *stitch, size_t overlap);

/* A page of each kind of operation. All take the page over. */
enum stitch_step stitch_oldest_tail(struct stitch *stitch, struct stitch_lines *page,
                                    struct stitch_batch *batch, struct stitch_ask *ask);
enum stitch_step stitch_oldest_older(struct stitch *stitch, struct stitch_lines *page,
                                     struct stitch_batch *batch, struct stitch_ask *ask);
enum stitch_step stitch_oldest_locate(struct stitch *stitch, struct stitch_lines *page,
                                      struct stitch_ask *ask);
enum stitch_step stitch_oldest_last(struct stitch *stitch, struct stitch_lines *page,
                                    struct stitch_batch *batch, struct stitch_ask *ask);
enum stitch_step stitch_newest_tail(struct stitch *stitch, struct stitch_lines *page,
                                    struct stitch_batch *batch, struct stitch_ask *ask);
enum stitch_step stitch_newest_older(struct stitch *stitch, struct stitch_lines *page,
                                     struct stitch_batch *batch, struct stitch_ask *ask);

/* Oldest first: starts to look for the end; there are at least `low` lines. */
enum stitch_step stitch_oldest_find_end(struct stitch *stitch, size_t low, struct stitch_ask *ask);
