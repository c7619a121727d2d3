/*
 * Newest first: new lines come at offset 0 and move all others. So pages are read from offset 0 until one
 * reaches the lines held; each overlaps the one before, and lines that came meanwhile only make that overlap
 * longer.
 */
#include "client/base/mem.h"
#include "client/poll/overlap.h"
#include "client/poll/stitch_core.h"

#include <stdlib.h>
#include <string.h>

/* Puts an older page before the chain. False when they share nothing: more lines came meanwhile than a page
 * holds. */
static bool join_chain(struct stitch *stitch, struct stitch_lines *page)
{
    size_t shared =
        overlap_join(page->items, page->count, stitch->chain, stitch->chain_count, STITCH_OVERLAP);
    if (shared == 0 && stitch->chain_count > 0)
        return false;
    size_t fresh = page->count - shared;
    size_t total = fresh + stitch->chain_count;
    for (size_t i = fresh; i < page->count; i++)
        log_line_done(&page->items[i]);
    page->items = mem_resize(page->items, total, sizeof *page->items);
    if (stitch->chain_count > 0)
        memcpy(page->items + fresh, stitch->chain, stitch->chain_count * sizeof *page->items);
    free(stitch->chain);
    stitch->chain = page->items;
    stitch->chain_count = total;
    page->items = NULL;
    return true;
}

static struct stitch_lines take_chain(struct stitch *stitch)
{
    struct stitch_lines lines = {.items = stitch->chain, .count = stitch->chain_count};
    stitch->chain = NULL;
    stitch->chain_count = 0;
    return lines;
}

/* The chain shares nothing with the lines held. `whole`: it is all that the service has. */
static enum stitch_step deliver_apart(struct stitch *stitch, bool whole, struct stitch_batch *batch)
{
    struct stitch_lines lines = take_chain(stitch);
    enum log_join join = stitch_join_apart(stitch, &lines);
    stitch->depth = lines.count + (join == LOG_JOIN_GAP ? stitch->depth : 0);
    stitch->at_start = whole;
    stitch->burst = lines.count;
    stitch_deliver(stitch, &lines, 0, lines.count, join, batch);
    return stitch_finish(stitch);
}

/* How many lines of the chain are known. When it is the whole log and so is what is held, the lines before
 * are the difference, even if all are equal. */
static size_t known_in_chain(const struct stitch *stitch, bool whole)
{
    if (whole && stitch->at_start && stitch->depth <= stitch->chain_count &&
        overlap_tail_at(stitch->tail, stitch->tail_count, stitch->chain, stitch->depth))
        return stitch->depth;
    return overlap_tail(stitch->tail, stitch->tail_count, stitch->chain, stitch->chain_count);
}

enum stitch_step stitch_newest_tail(struct stitch *stitch, struct stitch_lines *page,
                                    struct stitch_batch *batch, struct stitch_ask *ask)
{
    bool whole = !page->full;
    bool last = whole || stitch->pages >= STITCH_PAGES_MAX;
    if (page->count == 0 || !join_chain(stitch, page)) {
        if (page->count > 0) {
            /* More lines came meanwhile than a page holds, or the service dropped those in between. */
            whole = false;
            last = true;
        }
        log_lines_free(page->items, page->count);
        if (stitch->chain_count == 0)
            return stitch_finish(stitch);
    }
    size_t known = known_in_chain(stitch, whole);
    if (!last && !stitch_is_strong(stitch, known))
        return stitch_ask_for(stitch, stitch->chain_count - STITCH_OVERLAP, STITCH_LIMIT_MAX, ask);
    if (known == 0)
        return deliver_apart(stitch, whole, batch);
    struct stitch_lines lines = take_chain(stitch);
    stitch->burst = lines.count - known;
    if (whole)
        stitch->at_start = known <= stitch->depth;
    stitch->depth += stitch->burst;
    if (whole)
        stitch->depth = stitch_smaller(stitch->depth, lines.count);
    stitch_deliver(stitch, &lines, known, lines.count, LOG_JOIN_APPEND, batch);
    return stitch_finish(stitch);
}

/* `fresh` older lines were found, the last of them at offset `reach`. Lines that came unseen are part of
 * `reach`, so it says too much; and after a gap the count of lines says too little. Too little costs a page,
 * too much would lose lines. */
static void note_depth(struct stitch *stitch, size_t reach, size_t fresh)
{
    stitch->depth += fresh;
    if (stitch->head_closed && reach > stitch->depth + STITCH_LIMIT_MAX)
        stitch->depth = reach - STITCH_LIMIT_MAX;
}

enum stitch_step stitch_newest_older(struct stitch *stitch, struct stitch_lines *page,
                                     struct stitch_batch *batch, struct stitch_ask *ask)
{
    size_t offset = stitch->asked.offset;
    size_t reach = offset + page->count; /* lines from the newest to the page's oldest */
    size_t expected = reach > stitch->depth ? reach - stitch->depth : 0;
    size_t at = expected;
    if (!overlap_head_at(stitch->head, stitch->head_count, page->items, page->count, expected))
        at = overlap_head(stitch->head, stitch->head_count, page->items, page->count);
    size_t shared = at == OVERLAP_NONE ? 0 : page->count - at;
    bool inside = at == 0 || shared < stitch_smaller(STITCH_OVERLAP, stitch->head_count);
    if (inside && page->full && stitch->pages < STITCH_PAGES_MAX) {
        /* So many lines came meanwhile, or are in a gap, that this page is newer than the oldest line held.
         */
        log_lines_free(page->items, page->count);
        return stitch_ask_for(stitch, reach - STITCH_OVERLAP, STITCH_LIMIT_MAX, ask);
    }
    if (!inside || !page->full)
        stitch->at_start = !page->full;
    if (!inside)
        note_depth(stitch, reach, at);
    stitch_deliver(stitch, page, 0, inside ? 0 : at, LOG_JOIN_PREPEND, batch);
    return stitch_finish(stitch);
}
