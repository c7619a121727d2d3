#include "tui/logtail.h"

#include "client/base/mem.h"

#include <stdlib.h>
#include <string.h>

void logtail_done(struct logtail *tail)
{
    free(tail->digests);
    *tail = (struct logtail){0};
}

/* Moves what counts to the beginning, now and then. */
static void tidy(struct logtail *tail)
{
    if (tail->first < LOGTAIL_LINES)
        return;
    memmove(tail->digests, tail->digests + tail->first, tail->count * sizeof *tail->digests);
    tail->first = 0;
}

void logtail_note(struct logtail *tail, const struct log_line *lines, size_t count, enum log_join join)
{
    if (join == LOG_JOIN_PREPEND)
        return;
    if (join != LOG_JOIN_APPEND) {
        tail->first = tail->count = 0;
        tail->place.known = false;
    }
    for (size_t i = count > LOGTAIL_LINES ? count - LOGTAIL_LINES : 0; i < count; i++) {
        tidy(tail);
        tail->digests =
            mem_grow(tail->digests, &tail->room, tail->first + tail->count + 1, sizeof *tail->digests);
        tail->digests[tail->first + tail->count] = lines[i].digest;
        if (tail->count == LOGTAIL_LINES)
            tail->first++;
        else
            tail->count++;
    }
}
