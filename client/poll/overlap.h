/*
 * Where two stretches of log lines overlap, by their digests. Helpers of stitch.c.
 */
#pragma once

#include "client/model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static const size_t OVERLAP_NONE = SIZE_MAX;

/* Whether the known lines end after the first `count` lines of the page: those are equal to the last known
 * ones, as far as both reach. */
bool overlap_tail_at(const uint64_t *known, size_t known_count, const struct log_line *page, size_t count);

/* The largest count for which overlap_tail_at holds, 0 for none: the fewest new lines. */
size_t overlap_tail(const uint64_t *known, size_t known_count, const struct log_line *page,
                    size_t page_count);

/* Whether the known lines begin at the page's line `at`. */
bool overlap_head_at(const uint64_t *known, size_t known_count, const struct log_line *page,
                     size_t page_count, size_t at);

/* The smallest such place, OVERLAP_NONE for none: the longest overlap. */
size_t overlap_head(const uint64_t *known, size_t known_count, const struct log_line *page,
                    size_t page_count);

/* How many lines at the end of `older` are the first ones of `newer`: `expected` if that fits, else the most
 * that do; 0 for none. */
size_t overlap_join(const struct log_line *older, size_t older_count, const struct log_line *newer,
                    size_t newer_count, size_t expected);
