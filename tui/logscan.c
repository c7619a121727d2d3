#include "tui/logscan.h"

#include "client/base/mem.h"

#include <stdlib.h>
#include <string.h>

void logscan_done(struct logscan *scan)
{
    free(scan->ids);
    *scan = (struct logscan){0};
}

void logscan_reset(struct logscan *scan)
{
    scan->first = scan->end = 0;
    scan->next = 0;
}

void logscan_rewind(struct logscan *scan, uint64_t from)
{
    if (from >= scan->next)
        return;
    scan->next = from;
    scan->end = scan->first + logscan_find(scan, from);
}

/* Lines that went at the front. */
static void drop_front(struct logscan *scan, uint64_t oldest)
{
    scan->first += logscan_find(scan, oldest);
    if (scan->first < scan->end / 2 || scan->first == 0)
        return;
    memmove(scan->ids, scan->ids + scan->first, logscan_count(scan) * sizeof *scan->ids);
    scan->end -= scan->first;
    scan->first = 0;
}

bool logscan_step(struct logscan *scan, const struct logfeed *feed, size_t slice, logscan_test *test,
                  void *ctx)
{
    size_t count = feed->count(feed->ctx);
    drop_front(scan, count > 0 ? feed->id(feed->ctx, 0) : UINT64_MAX);
    for (size_t at = feed->find(feed->ctx, scan->next); at < count; at++) {
        if (slice-- == 0)
            return false;
        struct logfeed_item item;
        feed->item(feed->ctx, at, &item);
        uint64_t id = feed->id(feed->ctx, at);
        scan->next = id + 1;
        if (!test(ctx, &item))
            continue;
        scan->ids = mem_grow(scan->ids, &scan->room, scan->end + 1, sizeof *scan->ids);
        scan->ids[scan->end++] = id;
    }
    return true;
}

size_t logscan_count(const struct logscan *scan)
{
    return scan->end - scan->first;
}

uint64_t logscan_at(const struct logscan *scan, size_t index)
{
    return scan->ids[scan->first + index];
}

size_t logscan_find(const struct logscan *scan, uint64_t id)
{
    size_t low = scan->first, high = scan->end;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (scan->ids[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low - scan->first;
}
