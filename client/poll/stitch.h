/*
 * One box's log, put together from pages. The service gives pages by offset and nothing else: no line
 * numbers, no cursor, an order that is not documented and stamps of whole seconds (box-api.md 2.6). So the
 * stitcher finds out which end of the service's order is the newest, lets each page overlap what it holds by
 * lines that must be equal, and says which page to ask for next. Every line comes out once, oldest first
 * within a batch.
 *
 * It copes with: lines that arrive between two pages (newest first, they shift all offsets), lines that the
 * service dropped at the old end (oldest first, they shift all offsets), a log that starts anew, lines that
 * are equal. Lines are told apart by their digest only. Nothing here knows a clock or a network.
 *
 * An operation is started, then pages are handed in until it is done:
 *
 *     stitch_start_tail(&stitch, &ask);
 *     do
 *         fetch ask.offset, ask.limit; step = stitch_page(&stitch, lines, count, &batch, &ask);
 *         use the batch, if batch.count > 0
 *     while (step == STITCH_ASK);
 */
#pragma once

#include "client/model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    STITCH_OVERLAP = 20,     /* lines of a page that must be known */
    STITCH_WINDOW = 1000,    /* digests remembered at either end */
    STITCH_LIMIT_MAX = 1000, /* the service's largest page (box-api.md 2.6) */
    STITCH_PAGES_MAX = 10,   /* pages that one operation reads to catch up */
};

enum stitch_order { STITCH_OLDEST_FIRST, STITCH_NEWEST_FIRST };

enum stitch_op {
    STITCH_IDLE,
    STITCH_FIRST,     /* the first page of all */
    STITCH_DIRECTION, /* its stamps are all equal: look further on */
    STITCH_LOCATE,    /* oldest first, and more than a page: find the end */
    STITCH_LAST,      /* the page before the end */
    STITCH_TAIL,      /* what is new */
    STITCH_OLDER,     /* what comes before the oldest line held */
};

enum stitch_step { STITCH_ASK, STITCH_DONE };

/* The page to fetch: GET .../logs?offset=&limit= */
struct stitch_ask {
    size_t offset;
    size_t limit;
};

/* Lines for the console. */
struct stitch_batch {
    struct log_line *items; /* the caller's, to be released with log_lines_free; NULL when there are none */
    size_t count;
    enum log_join join;
    int64_t gap_ms; /* LOG_JOIN_GAP: between the last line held and the first of these; 0 unknown */
};

struct stitch {
    enum stitch_order order;
    bool order_sure; /* stamps or growth told the order; until then it is a guess */
    bool holding;    /* lines were delivered */
    bool at_start;   /* the oldest line held is the oldest there is */

    uint64_t *tail; /* digests of the newest lines held, without a gap between them, oldest first */
    size_t tail_count;
    uint64_t *head; /* digests of the oldest ones, likewise */
    size_t head_count;
    bool head_closed; /* a gap follows the head: it does not grow */
    int64_t newest_time;

    size_t start;   /* oldest first: offset of the oldest line held */
    size_t end;     /* oldest first: offset after the newest line held */
    size_t depth;   /* newest first: lines from the newest to the oldest line held, at least */
    size_t overlap; /* lines of overlap to ask for: more when the service drops lines */
    size_t burst;   /* new lines of the last operation: tells how much to ask for */

    enum stitch_op op;
    struct stitch_ask asked;
    unsigned pages;     /* of this operation */
    unsigned looks;     /* STITCH_TAIL, oldest first: pages in which the known lines were looked for */
    int64_t first_time; /* STITCH_DIRECTION: of the first page */
    size_t low, high;   /* STITCH_LOCATE: there is a line before low, and none at high; STITCH_TAIL: the page
                           that   holds the known lines begins between them */
    struct log_line *chain; /* newest first: pages of this operation, joined, oldest line first */
    size_t chain_count;
};

void stitch_init(struct stitch *stitch);

/* Frees what the stitcher holds. A zeroed struct is fine. */
void stitch_done(struct stitch *stitch);

/* Takes up where an earlier stitcher ended: as if it had delivered these lines. Only a fresh one does, and
 * only when the place is known. */
void stitch_resume(struct stitch *stitch, const struct log_resume *resume);

/* How far was read. */
struct log_place stitch_place(const struct stitch *stitch);

/* Starts looking for new lines (the first time: for the newest ones). An operation under way is given up. */
void stitch_start_tail(struct stitch *stitch, struct stitch_ask *ask);

/* Starts looking for the lines before the oldest one held. False, with nothing started, when there is nothing
 * held or nothing before it (stitch->at_start). An operation under way is given up. */
bool stitch_start_older(struct stitch *stitch, struct stitch_ask *ask);

/*
 * Hands in the page that was asked for: `count` lines in the service's order, in an array that the stitcher
 * takes over (NULL for none). Fills *batch, which may be empty in any step. STITCH_ASK: *ask is the next page
 * to fetch; STITCH_DONE: the operation is over.
 */
enum stitch_step stitch_page(struct stitch *stitch, struct log_line *lines, size_t count,
                             struct stitch_batch *batch, struct stitch_ask *ask);

/* Gives up the operation under way, e.g. when a page could not be fetched. What was delivered stays held. */
void stitch_abort(struct stitch *stitch);
