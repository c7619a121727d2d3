/*
 * Lines of a feed that are folded away under the line that heads them. What folds is a message (its further
 * lines, under its first) and a tool call (what follows it until the next call, a line of another source, or
 * a note; where a service writes bars before a tool's answer, only as far as they go). In a merged feed,
 * where boxes take turns, only messages fold.
 *
 * Single groups are folded as the operator asks, or all of them, as lines come; the list holds those that are
 * folded, in order, so that an index of what is shown is found in log(groups) steps among a million lines.
 */
#pragma once

#include "tui/logfeed.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum logfold_kind { LOGFOLD_MESSAGE, LOGFOLD_CALL };

struct logfold_group {
    uint64_t head;    /* id of the line that stays */
    uint64_t last;    /* id of the last one that is folded away */
    uint64_t before;  /* how many lines all groups before this one hide, and those that went */
    uint32_t further; /* lines that are folded away */
    uint32_t errors;  /* lines of level error, the head included */
    int64_t from_ms, to_ms;
    enum logfold_kind kind;
    enum log_source source;
    bool barred; /* bars stand before the answer */
};

/* Zeroed: nothing is folded. */
struct logfold {
    struct logfold_group *groups; /* from `first` on `count`; disjoint */
    size_t first, count, room;
    size_t summed; /* so many of them have their `before` */
    bool all;
    uint64_t next;                /* all: lines with lower ids were looked at */
    struct logfold_group pending; /* all: the newest head, which nothing follows yet; further 0 */
    bool has_pending;
    uint64_t *opened; /* all: heads that the operator has opened */
    size_t opened_count, opened_room;
};

void logfold_done(struct logfold *fold);

/* Whether anything may be folded away: if not, indexes are the feed's own. */
bool logfold_is_active(const struct logfold *fold);

/* Folds all groups, or none. logfold_step finds them. */
void logfold_set_all(struct logfold *fold, bool all);

/* Folds the group that a line heads or belongs to: a message with further lines itself, else the call that it
 * follows. *head: the line that stays. False when there is nothing to fold. */
bool logfold_close(struct logfold *fold, const struct logfeed *feed, uint64_t id, uint64_t *head);

/* Opens the folded group that this line heads or is hidden in; false when there is none. */
bool logfold_open(struct logfold *fold, uint64_t id);

/* The folded group that this line heads or is hidden in, NULL when there is none. */
const struct logfold_group *logfold_of(const struct logfold *fold, uint64_t id);

/* Lines from this id on came or changed. */
void logfold_changed(struct logfold *fold, const struct logfeed *feed, uint64_t from);

/* Takes what came into the groups, and forgets what went at the front; looks at `slice` lines at most. True
 * when all were looked at. */
bool logfold_step(struct logfold *fold, const struct logfeed *feed, size_t slice);

/* ---- indexes of what is shown ---- */

size_t logfold_count(struct logfold *fold, const struct logfeed *feed);

/* The feed's index of the line shown at `index`. */
size_t logfold_index(struct logfold *fold, const struct logfeed *feed, size_t index);

/* The index of the line with this id, or of the line it is folded under, or of the next one. */
size_t logfold_find(struct logfold *fold, const struct logfeed *feed, uint64_t id);
