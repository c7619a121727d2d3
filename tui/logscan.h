/*
 * The ids of those lines of a feed that pass a test, found in bounded slices: a million lines never keep a
 * key waiting. What comes is looked at as it comes; what is known is not looked at again.
 */
#pragma once

#include "tui/logfeed.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A slice is so many lines, and so long, at most. */
enum { LOGSCAN_SLICE = 1 << 20, LOGSCAN_US = 4000 };

struct logscan {
    uint64_t *ids; /* in order; those from `first` on count */
    size_t first, end, room;
    uint64_t next; /* lines with lower ids were looked at */
};

typedef bool logscan_test(void *ctx, const struct logfeed_item *item);

void logscan_done(struct logscan *scan);

/* Begins anew. */
void logscan_reset(struct logscan *scan);

/* Lines from this id on have to be looked at again. */
void logscan_rewind(struct logscan *scan, uint64_t from);

/* Looks at `slice` lines at most, for LOGSCAN_US at most. True when all were looked at. `must`, unless NULL:
 * a line that it does not match does not pass the test either, so that many need not be looked at. */
bool logscan_step(struct logscan *scan, const struct logfeed *feed, size_t slice, const struct pattern *must,
                  logscan_test *test, void *ctx);

size_t logscan_count(const struct logscan *scan);
uint64_t logscan_at(const struct logscan *scan, size_t index);

/* The index of this id, or of the next one; the count when there is none. */
size_t logscan_find(const struct logscan *scan, uint64_t id);
