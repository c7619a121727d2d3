/*
 * Oldest first: new lines come at the end, and an offset keeps its meaning until the service drops lines at
 * the beginning. Then every line moves to a smaller offset, and the overlap tells by how much.
 */
#include "client/poll/overlap.h"
#include "client/poll/stitch_core.h"

enum {
    LOCATED_WITHIN = 500, /* an end that is known so closely is on the last page */
    PROBES_MAX = 60,      /* a service that answers every offset with lines has no end */
    BACK_STEP = STITCH_LIMIT_MAX - 2 * STITCH_OVERLAP,
    OVERLAP_MAX = STITCH_LIMIT_MAX / 2,
    BACK_STEPS = 3, /* first page by page, then by halves */
    LOOKS_MAX = 30, /* pages to find the known lines in */
};

enum stitch_step stitch_oldest_find_end(struct stitch *stitch, size_t low, struct stitch_ask *ask)
{
    stitch->op = STITCH_LOCATE;
    stitch->pages = 0;
    stitch->low = low;
    stitch->high = SIZE_MAX;
    return stitch_ask_for(stitch, low * 2, 1, ask);
}

enum stitch_step stitch_oldest_locate(struct stitch *stitch, struct stitch_lines *page,
                                      struct stitch_ask *ask)
{
    if (page->count > 0)
        stitch->low = stitch->asked.offset + 1;
    else
        stitch->high = stitch->asked.offset;
    log_lines_free(page->items, page->count);
    if (stitch->pages >= PROBES_MAX)
        return stitch_finish(stitch);
    if (stitch->high == SIZE_MAX)
        return stitch_ask_for(stitch, stitch->low * 2, 1, ask);
    if (stitch->high > stitch->low + LOCATED_WITHIN)
        return stitch_ask_for(stitch, stitch->low + (stitch->high - stitch->low) / 2, 1, ask);
    stitch->op = STITCH_LAST;
    size_t before = stitch_smaller(stitch->low, STITCH_LIMIT_MAX - LOCATED_WITHIN);
    return stitch_ask_for(stitch, stitch->low - before, STITCH_LIMIT_MAX, ask);
}

/* Goes on with what was added meanwhile, unless enough was read for now. */
static enum stitch_step go_on(struct stitch *stitch, bool full, struct stitch_ask *ask)
{
    if (!full || stitch->pages >= STITCH_PAGES_MAX)
        return stitch_finish(stitch);
    stitch->op = STITCH_TAIL;
    stitch->looks = 0;
    size_t overlap = stitch_smaller(stitch->overlap, stitch->end);
    return stitch_ask_for(stitch, stitch->end - overlap, STITCH_LIMIT_MAX, ask);
}

enum stitch_step stitch_oldest_last(struct stitch *stitch, struct stitch_lines *page,
                                    struct stitch_batch *batch, struct stitch_ask *ask)
{
    /* Nothing there: the log became shorter meanwhile. The next look starts from the beginning. */
    stitch->start = stitch->asked.offset;
    stitch->end = stitch->start + page->count;
    stitch->at_start = stitch->start == 0;
    stitch->pages = 0;
    bool full = page->full;
    stitch_deliver(stitch, page, 0, page->count, LOG_JOIN_RESET, batch);
    return go_on(stitch, full, ask);
}

/* Remembers that the service dropped lines, and asks for more overlap as long as it does. */
static void note_shift(struct stitch *stitch, size_t shift)
{
    if (shift > 0) {
        stitch->start -= stitch_smaller(stitch->start, shift);
        stitch->overlap = stitch_smaller(STITCH_OVERLAP + 2 * shift, OVERLAP_MAX);
    } else {
        stitch->overlap = STITCH_OVERLAP + (stitch->overlap - STITCH_OVERLAP) / 2;
    }
    if (stitch->start == 0)
        stitch->at_start = true;
}

/* The whole log shares nothing with the lines held. */
static void take_apart(struct stitch *stitch, struct stitch_lines *page, struct stitch_batch *batch)
{
    stitch->start = 0;
    stitch->end = page->count;
    stitch->at_start = true; /* what came before is gone from the service */
    stitch_deliver(stitch, page, 0, page->count, stitch_join_apart(stitch, page), batch);
}

/* The first known stamp of a page, 0 for none. */
static int64_t first_stamp(const struct stitch_lines *page)
{
    size_t at = 0;
    while (at < page->count && page->items[at].time == 0)
        at++;
    return at < page->count ? page->items[at].time : 0;
}

/* The known lines do not end in this page, or only `known` of them are in it, which proves nothing: the
 * service dropped so many that they stand further back. A page that begins before the newest of them ends
 * before it, too. */
static enum stitch_step look_for_known(struct stitch *stitch, struct stitch_lines *page, size_t known,
                                       struct stitch_ask *ask)
{
    size_t offset = stitch->asked.offset, count = page->count;
    int64_t first = first_stamp(page);
    log_lines_free(page->items, page->count);
    if (stitch->looks++ == 0) {
        stitch->low = 0;
        stitch->high = offset;
    }
    if (known > 0)
        stitch->high = offset;
    else if (first > 0 && first < stitch->newest_time && count > STITCH_OVERLAP)
        stitch->low = offset + count / 2; /* more may be dropped meanwhile */
    else if (offset < stitch->high)
        stitch->high = offset;
    size_t next = stitch->high > BACK_STEP ? stitch->high - BACK_STEP : 0;
    if (next > stitch->low && stitch->looks > BACK_STEPS)
        next = stitch->low + (stitch->high - stitch->low) / 2;
    next = next < stitch->low ? stitch->low : next;
    if (next >= stitch->high) { /* they moved on while they were looked for */
        next = stitch->low > STITCH_LIMIT_MAX ? stitch->low - STITCH_LIMIT_MAX : 0;
        stitch->low = next > STITCH_LIMIT_MAX ? next - STITCH_LIMIT_MAX : 0;
        stitch->high = next;
    }
    if (stitch->looks >= LOOKS_MAX)
        next = 0; /* they are nowhere */
    return stitch_ask_for(stitch, next, STITCH_LIMIT_MAX, ask);
}

enum stitch_step stitch_oldest_tail(struct stitch *stitch, struct stitch_lines *page,
                                    struct stitch_batch *batch, struct stitch_ask *ask)
{
    size_t offset = stitch->asked.offset;
    size_t expected = stitch->end > offset ? stitch->end - offset : 0;
    size_t known = expected;
    if (expected > page->count || !overlap_tail_at(stitch->tail, stitch->tail_count, page->items, expected))
        known = overlap_tail(stitch->tail, stitch->tail_count, page->items, page->count);
    bool full = page->full;
    if (!stitch->order_sure && (known > expected || (known == 0 && page->count > 0))) {
        /* Lines before the known ones: the guess was wrong, and the newest stand first. Or so many came that
         * nothing known is left: guess again. */
        log_lines_free(page->items, page->count);
        stitch->order_sure = known > expected;
        if (known > expected)
            stitch->order = STITCH_NEWEST_FIRST;
        return stitch_restart(stitch, ask);
    }
    if (known != expected && !stitch_is_strong(stitch, known) && offset > 0) {
        /* Too little is known to be sure where the page belongs: look further back. */
        return look_for_known(stitch, page, known, ask);
    }
    size_t fresh = page->count - known;
    if (known == 0) {
        take_apart(stitch, page, batch);
    } else {
        note_shift(stitch, expected > known ? expected - known : 0);
        stitch->end = offset + page->count;
        stitch_deliver(stitch, page, known, page->count, LOG_JOIN_APPEND, batch);
    }
    stitch->burst = fresh;
    return go_on(stitch, full, ask);
}

enum stitch_step stitch_oldest_older(struct stitch *stitch, struct stitch_lines *page,
                                     struct stitch_batch *batch, struct stitch_ask *ask)
{
    size_t offset = stitch->asked.offset;
    size_t expected = stitch->start - offset;
    size_t at = expected;
    if (!overlap_head_at(stitch->head, stitch->head_count, page->items, page->count, expected))
        at = overlap_head(stitch->head, stitch->head_count, page->items, page->count);
    size_t shared = at == OVERLAP_NONE ? 0 : page->count - at;
    bool sure = at == expected || shared >= stitch_smaller(STITCH_OVERLAP, stitch->head_count);
    if (!sure && offset > 0) {
        /* The service dropped lines, so that the oldest held ones stand closer to its beginning. */
        log_lines_free(page->items, page->count);
        stitch->start = 0;
        return stitch_ask_for(stitch, 0, STITCH_LIMIT_MAX, ask);
    }
    stitch->start = offset;
    stitch->at_start = offset == 0;
    stitch_deliver(stitch, page, 0, shared > 0 ? at : 0, LOG_JOIN_PREPEND, batch);
    return stitch_finish(stitch);
}
