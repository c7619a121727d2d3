#include "tui/logscan.h"

#include "client/base/clock.h"
#include "client/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* How many lines there are between two looks at the clock: leaps are quick where few lines pass, and where
 * more than one in DENSE does they are not worth it. */
enum { LOOKS = 16, LEAP = 4096, DENSE = 16 };

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

/* What one step needs. */
struct step {
    struct logscan *scan;
    const struct logfeed *feed;
    const struct pattern *must;
    logscan_test *test;
    void *ctx;
};

/* Looks at one line. True when it passes. */
static bool look(const struct step *step, size_t at)
{
    struct logscan *scan = step->scan;
    struct logfeed_item item;
    step->feed->item(step->feed->ctx, at, &item);
    uint64_t id = step->feed->id(step->feed->ctx, at);
    scan->next = id + 1;
    if (!step->test(step->ctx, &item))
        return false;
    scan->ids = mem_grow(scan->ids, &scan->room, scan->end + 1, sizeof *scan->ids);
    scan->ids[scan->end++] = id;
    return true;
}

/* Looks at lines from..to-1. Returns how many passed. */
static size_t look_at_all(const struct step *step, size_t from, size_t to)
{
    size_t passed = 0;
    for (; from < to; from++)
        passed += look(step, from);
    return passed;
}

/* Looks at those lines from..to-1 that may pass. Returns how many there were. */
static size_t leap(const struct step *step, size_t from, size_t to)
{
    const struct logfeed *feed = step->feed;
    size_t looks = 0;
    for (size_t at = from; (at = feed->seek(feed->ctx, at, to, step->must)) < to; at++, looks++)
        look(step, at);
    step->scan->next = feed->id(feed->ctx, to - 1) + 1;
    return looks;
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

/* Room for one more id before all others. */
static void make_front_room(struct logscan *scan)
{
    if (scan->first > 0)
        return;
    scan->ids = mem_grow(scan->ids, &scan->room, scan->end + 1, sizeof *scan->ids);
    memmove(scan->ids + 1, scan->ids, scan->end * sizeof *scan->ids);
    scan->end++;
    scan->first = 1;
}

/* Where lines went, the oldest of those that are left has become a note that says so: the one line that
 * changes without being new. A mark may stand before it. */
static void look_at_front(const struct step *step, size_t count)
{
    struct logscan *scan = step->scan;
    for (size_t at = 0; at < 2 && at < count; at++) {
        uint64_t id = step->feed->id(step->feed->ctx, at);
        if (scan->next <= id)
            return;
        struct logfeed_item item;
        step->feed->item(step->feed->ctx, at, &item);
        bool passes = step->test(step->ctx, &item);
        size_t before = logscan_find(scan, id);
        bool listed = before < logscan_count(scan) && logscan_at(scan, before) == id;
        if (listed && !passes) {
            uint64_t *ids = scan->ids + scan->first++;
            memmove(ids + 1, ids, before * sizeof *ids);
        } else if (!listed && passes) {
            make_front_room(scan);
            uint64_t *ids = scan->ids + --scan->first;
            memmove(ids, ids + 1, before * sizeof *ids);
            ids[before] = id;
        }
    }
}

bool logscan_step(struct logscan *scan, const struct logfeed *feed, size_t slice, const struct pattern *must,
                  logscan_test *test, void *ctx)
{
    struct step step = {scan, feed, must, test, ctx};
    size_t count = feed->count(feed->ctx);
    drop_front(scan, count > 0 ? feed->id(feed->ctx, 0) : UINT64_MAX);
    look_at_front(&step, count);
    int64_t until = clock_us() + LOGSCAN_US;
    bool can_leap = must != NULL && pattern_is_literal(must) && feed->seek != NULL, dense = false;
    size_t at = feed->find(feed->ctx, scan->next), end = count - at > slice ? at + slice : count;
    while (at < end) {
        size_t part = can_leap && !dense ? LEAP : LOOKS;
        size_t stop = end - at > part ? at + part : end;
        if (part == LEAP)
            dense = leap(&step, at, stop) * DENSE > stop - at;
        else
            dense = look_at_all(&step, at, stop) * DENSE > stop - at;
        at = stop;
        if (clock_us() > until)
            break;
    }
    return at == count;
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
