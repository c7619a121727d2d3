/*
 * The digests of a log's newest lines, without a gap between them: what the cache keeps beside the lines, so
 * that the next boxtop can tell where the service's log goes on.
 */
#pragma once

#include "client/model.h"

#include <stddef.h>
#include <stdint.h>

enum { LOGTAIL_LINES = 500 };

/* Zeroed: nothing is known. */
struct logtail {
    uint64_t *digests; /* oldest first; those from `first` on count */
    size_t first, count, room;
    struct log_place place;
};

/* Takes note of lines (before their contents move) that join the log. */
void logtail_note(struct logtail *tail, const struct log_line *lines, size_t count, enum log_join join);
void logtail_done(struct logtail *tail);
