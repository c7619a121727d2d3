/*
 * What both orders share, and the first page, which tells them apart. stitch_oldest.c and stitch_newest.c
 * have an order each.
 */
#include "client/poll/stitch.h"

#include "client/base/mem.h"
#include "client/poll/stitch_core.h"

#include <stdlib.h>
#include <string.h>

void stitch_init(struct stitch *stitch)
{
    *stitch = (struct stitch){.overlap = STITCH_OVERLAP};
}

static void drop_chain(struct stitch *stitch)
{
    log_lines_free(stitch->chain, stitch->chain_count);
    stitch->chain = NULL;
    stitch->chain_count = 0;
}

void stitch_done(struct stitch *stitch)
{
    drop_chain(stitch);
    free(stitch->tail);
    free(stitch->head);
    *stitch = (struct stitch){0};
}

void stitch_abort(struct stitch *stitch)
{
    drop_chain(stitch);
    stitch->op = STITCH_IDLE;
}

enum stitch_step stitch_ask_for(struct stitch *stitch, size_t offset, size_t limit, struct stitch_ask *ask)
{
    stitch->pages++;
    stitch->asked = (struct stitch_ask){.offset = offset, .limit = stitch_smaller(limit, STITCH_LIMIT_MAX)};
    *ask = stitch->asked;
    return STITCH_ASK;
}

enum stitch_step stitch_finish(struct stitch *stitch)
{
    stitch_abort(stitch);
    return STITCH_DONE;
}

enum stitch_step stitch_restart(struct stitch *stitch, struct stitch_ask *ask)
{
    stitch_abort(stitch);
    stitch->holding = stitch->at_start = stitch->head_closed = false;
    stitch->tail_count = stitch->head_count = 0;
    stitch->op = STITCH_FIRST;
    return stitch_ask_for(stitch, 0, STITCH_PAGE, ask);
}

size_t stitch_limit(const struct stitch *stitch, size_t overlap)
{
    size_t fresh = stitch->burst * 2 > STITCH_PAGE ? stitch->burst * 2 : STITCH_PAGE;
    return stitch_smaller(overlap + fresh, STITCH_LIMIT_MAX);
}

static void remember_newer(struct stitch *stitch, const struct log_line *lines, size_t count)
{
    if (stitch->tail == NULL) {
        stitch->tail = mem_zalloc(STITCH_WINDOW, sizeof *stitch->tail);
        stitch->head = mem_zalloc(STITCH_WINDOW, sizeof *stitch->head);
    }
    for (size_t i = 0; i < count && !stitch->head_closed && stitch->head_count < STITCH_WINDOW; i++)
        stitch->head[stitch->head_count++] = lines[i].digest;
    size_t fresh = stitch_smaller(count, STITCH_WINDOW);
    size_t kept = stitch_smaller(stitch->tail_count, STITCH_WINDOW - fresh);
    memmove(stitch->tail, stitch->tail + (stitch->tail_count - kept), kept * sizeof *stitch->tail);
    for (size_t i = 0; i < fresh; i++)
        stitch->tail[kept + i] = lines[count - fresh + i].digest;
    stitch->tail_count = kept + fresh;
    for (size_t i = 0; i < count; i++)
        if (lines[i].time > 0)
            stitch->newest_time = lines[i].time;
}

static void remember_older(struct stitch *stitch, const struct log_line *lines, size_t count)
{
    size_t fresh = stitch_smaller(count, STITCH_WINDOW);
    size_t kept = stitch_smaller(stitch->head_count, STITCH_WINDOW - fresh);
    memmove(stitch->head + fresh, stitch->head, kept * sizeof *stitch->head);
    for (size_t i = 0; i < fresh; i++)
        stitch->head[i] = lines[i].digest;
    stitch->head_count = kept + fresh;
}

void stitch_resume(struct stitch *stitch, const struct log_resume *resume)
{
    if (stitch->holding || stitch->op != STITCH_IDLE || !resume->place.known || resume->count == 0)
        return;
    size_t count = stitch_smaller(resume->count, STITCH_WINDOW);
    stitch->tail = mem_zalloc(STITCH_WINDOW, sizeof *stitch->tail);
    stitch->head = mem_zalloc(STITCH_WINDOW, sizeof *stitch->head);
    memcpy(stitch->tail, resume->digests + (resume->count - count), count * sizeof *stitch->tail);
    memcpy(stitch->head, resume->digests, count * sizeof *stitch->head);
    stitch->tail_count = stitch->head_count = count;
    stitch->order = resume->place.newest_first ? STITCH_NEWEST_FIRST : STITCH_OLDEST_FIRST;
    stitch->order_sure = true;
    stitch->holding = true;
    stitch->newest_time = resume->newest_time;
    stitch->end = resume->place.end > SIZE_MAX / 4 ? SIZE_MAX / 4 : (size_t)resume->place.end;
    stitch->end = stitch->end > resume->count ? stitch->end : resume->count;
    stitch->start = stitch->end - resume->count;
    stitch->depth = resume->count;
    stitch->at_start = resume->at_start;
}

struct log_place stitch_place(const struct stitch *stitch)
{
    return (struct log_place){.known = stitch->holding && stitch->order_sure,
                              .newest_first = stitch->order == STITCH_NEWEST_FIRST,
                              .end = stitch->end};
}

/* The first known stamp from the old end or from the new end; 0 for none. */
static int64_t edge_time(const struct stitch_lines *page, bool oldest)
{
    for (size_t i = 0; i < page->count; i++) {
        int64_t time = page->items[oldest ? i : page->count - 1 - i].time;
        if (time > 0)
            return time;
    }
    return 0;
}

enum log_join stitch_join_apart(const struct stitch *stitch, const struct stitch_lines *page)
{
    int64_t newest = edge_time(page, false);
    bool backwards = newest > 0 && stitch->newest_time > newest;
    return !stitch->holding || backwards ? LOG_JOIN_RESET : LOG_JOIN_GAP;
}

static void remember(struct stitch *stitch, const struct stitch_lines *page, enum log_join join,
                     struct stitch_batch *batch)
{
    if (join == LOG_JOIN_PREPEND) {
        remember_older(stitch, page->items, page->count);
        return;
    }
    if (join == LOG_JOIN_GAP) {
        int64_t first = edge_time(page, true);
        if (stitch->newest_time > 0 && first > stitch->newest_time)
            batch->gap_ms = first - stitch->newest_time;
        stitch->head_closed = true;
        stitch->tail_count = 0;
    }
    if (join == LOG_JOIN_RESET) {
        stitch->head_closed = false;
        stitch->head_count = stitch->tail_count = 0;
        stitch->newest_time = 0;
    }
    remember_newer(stitch, page->items, page->count);
    stitch->holding = true;
}

void stitch_deliver(struct stitch *stitch, struct stitch_lines *page, size_t from, size_t to,
                    enum log_join join, struct stitch_batch *batch)
{
    for (size_t i = 0; i < page->count; i++)
        if (i < from || i >= to)
            log_line_done(&page->items[i]);
    page->count = to > from ? to - from : 0;
    if (page->count == 0) {
        free(page->items);
        page->items = NULL;
        return;
    }
    memmove(page->items, page->items + from, page->count * sizeof *page->items);
    *batch = (struct stitch_batch){.items = page->items, .count = page->count, .join = join};
    remember(stitch, page, join, batch);
    page->items = NULL;
}

/* Learns the order from stamps, if they tell. */
static void learn_order(struct stitch *stitch, int64_t early, int64_t late)
{
    if (stitch->order_sure || early == 0 || late == 0 || early == late)
        return;
    stitch->order = late > early ? STITCH_OLDEST_FIRST : STITCH_NEWEST_FIRST;
    stitch->order_sure = true;
}

static void reverse(struct stitch_lines *page)
{
    for (size_t i = 0, k = page->count; i + 1 < k; i++) {
        struct log_line line = page->items[i];
        page->items[i] = page->items[--k];
        page->items[k] = line;
    }
}

/* The first page, in the service's order. */
static enum stitch_step take_first(struct stitch *stitch, struct stitch_lines *page,
                                   struct stitch_batch *batch, struct stitch_ask *ask)
{
    int64_t early = edge_time(page, true);
    learn_order(stitch, early, edge_time(page, false));
    bool newest_first = stitch->order_sure && stitch->order == STITCH_NEWEST_FIRST;
    if (page->full && !newest_first) {
        size_t count = page->count;
        log_lines_free(page->items, page->count);
        if (stitch->order_sure)
            return stitch_oldest_find_end(stitch, count, ask);
        stitch->first_time = early;
        stitch->op = STITCH_DIRECTION;
        return stitch_ask_for(stitch, count, 1, ask);
    }
    if (newest_first)
        reverse(page);
    stitch->start = 0;
    stitch->end = stitch->depth = page->count;
    stitch->at_start = !page->full;
    stitch_deliver(stitch, page, 0, page->count, LOG_JOIN_RESET, batch);
    return stitch_finish(stitch);
}

/* A line from further on, when all stamps before it were equal. */
static enum stitch_step take_direction(struct stitch *stitch, struct stitch_lines *page,
                                       struct stitch_ask *ask)
{
    bool empty = page->count == 0;
    learn_order(stitch, stitch->first_time, edge_time(page, true));
    log_lines_free(page->items, page->count);
    if (stitch->order_sure && stitch->order == STITCH_NEWEST_FIRST)
        return stitch_restart(stitch, ask);
    if (stitch->order_sure || empty || stitch->pages >= STITCH_PAGES_MAX)
        return stitch_oldest_find_end(stitch, empty ? 1 : stitch->asked.offset + 1, ask);
    return stitch_ask_for(stitch, stitch->asked.offset * 2, 1, ask);
}

void stitch_start_tail(struct stitch *stitch, struct stitch_ask *ask)
{
    stitch_abort(stitch);
    stitch->pages = 0;
    if (!stitch->holding) {
        stitch_restart(stitch, ask);
        return;
    }
    stitch->op = STITCH_TAIL;
    stitch->looks = 0;
    size_t overlap = stitch_smaller(stitch->overlap, stitch->end);
    if (stitch->order == STITCH_OLDEST_FIRST)
        stitch_ask_for(stitch, stitch->end - overlap, stitch_limit(stitch, overlap), ask);
    else
        stitch_ask_for(stitch, 0, stitch_limit(stitch, STITCH_OVERLAP), ask);
}

bool stitch_start_older(struct stitch *stitch, struct stitch_ask *ask)
{
    stitch_abort(stitch);
    stitch->pages = 0;
    if (!stitch->holding || stitch->at_start)
        return false;
    stitch->op = STITCH_OLDER;
    if (stitch->order == STITCH_OLDEST_FIRST) {
        size_t older = stitch_smaller(stitch->start, STITCH_OLDER_PAGE);
        stitch_ask_for(stitch, stitch->start - older, older + STITCH_OVERLAP, ask);
    } else {
        size_t overlap = stitch_smaller(stitch->depth, STITCH_OVERLAP);
        stitch_ask_for(stitch, stitch->depth - overlap, STITCH_OLDER_PAGE + overlap, ask);
    }
    return true;
}

enum stitch_step stitch_page(struct stitch *stitch, struct log_line *lines, size_t count,
                             struct stitch_batch *batch, struct stitch_ask *ask)
{
    *batch = (struct stitch_batch){0};
    struct stitch_lines page = {.items = lines, .count = count, .full = count >= stitch->asked.limit};
    if (stitch->op == STITCH_TAIL && !stitch->order_sure) {
        learn_order(stitch, edge_time(&page, true), edge_time(&page, false));
        if (stitch->order == STITCH_NEWEST_FIRST) {
            log_lines_free(lines, count);
            return stitch_restart(stitch, ask);
        }
    }
    bool newest_first = stitch->order == STITCH_NEWEST_FIRST;
    if (newest_first && (stitch->op == STITCH_TAIL || stitch->op == STITCH_OLDER))
        reverse(&page);
    switch (stitch->op) {
    case STITCH_FIRST:
        return take_first(stitch, &page, batch, ask);
    case STITCH_DIRECTION:
        return take_direction(stitch, &page, ask);
    case STITCH_LOCATE:
        return stitch_oldest_locate(stitch, &page, ask);
    case STITCH_LAST:
        return stitch_oldest_last(stitch, &page, batch, ask);
    case STITCH_TAIL:
        return (newest_first ? stitch_newest_tail : stitch_oldest_tail)(stitch, &page, batch, ask);
    case STITCH_OLDER:
        return (newest_first ? stitch_newest_older : stitch_oldest_older)(stitch, &page, batch, ask);
    case STITCH_IDLE:
        break;
    }
    log_lines_free(lines, count);
    return STITCH_DONE;
}
