/*
 * The logs of many boxes as one, in the order of time: an index of (box, line number) over logbooks that stay
 * their owner's. It is brought up to date in batches, so a line costs the same whether one box logs or fifty.
 *
 * The order: within a box the service's own, whatever its stamps say; between boxes by the stamps, which are
 * whole seconds (box-api.md 2.5). A line is put in its place in time as long as that is not more than
 * TAIL_LATE_S before the newest line; one that comes later than that goes to the end, where it is seen, and
 * is marked late. Only late lines stand out of order. Older lines of a box that are paged in later go to
 * their place in time, before the lines of the box that are there.
 */
#pragma once

#include "tui/logfeed.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TAIL_LINES = 1 << 20, TAIL_LATE_S = 10, TAIL_NAME = 24, TAIL_RATE_S = 10 };

struct tail_box {
    char *id;
    const struct logbook *book;    /* borrowed; NULL: nothing of it can be read any more */
    char label[2][TAIL_NAME + 16]; /* "A web-1" and, for late lines, "A~web-1" */
    char name[TAIL_NAME + 8];
    enum role role;
    bool member; /* it takes part now; if not, what it logged is still shown */
    bool hidden;
    bool started;    /* `to` means something */
    int64_t to;      /* lines below this number are in the index, or went before they were seen */
    int64_t first;   /* the oldest number the book held when it was looked at last */
    int64_t natural; /* time of its newest line in s, never less than that of the lines before */
    int64_t placed;  /* where that line was put */
    int64_t oldest;  /* where its oldest line was put; 0: there is none yet */
    size_t held;     /* entries of the index */
    uint64_t version;
};

enum tail_kind { TAIL_LINE, TAIL_JOINED, TAIL_LEFT };

struct tail_entry {
    int64_t number; /* of the box's line */
    uint32_t key;   /* seconds since 1970: its place in time */
    uint32_t seq;   /* among equal keys */
    uint32_t box;   /* index of tail.boxes */
    uint8_t kind;
    bool late;
};

struct tail {
    struct tail_box *boxes;
    size_t box_count, box_room;
    struct tail_entry *entries; /* those from `first` on count */
    size_t first, end, room, cap;
    struct tail_entry *batch;
    size_t batch_count, batch_room;
    size_t gone;      /* about so many entries have lost their line */
    uint64_t changed; /* lowest id that changed since the feed was asked */
    uint64_t lines;   /* how many came, ever */
    uint64_t late;    /* how many of them were late */
    uint32_t arrived[TAIL_RATE_S + 1];
    int64_t arrived_s; /* the second of the newest count */
    char note[144];
};

/* An empty index of at most `cap` entries; the oldest go first. */
void tail_init(struct tail *tail, size_t cap);
void tail_done(struct tail *tail);

/* The box with this id, known from now on. The index stays the box's until it is neither member nor in the
 * index. */
size_t tail_box(struct tail *tail, const char *id, const char *title);

/* A box joins or leaves; with `say`, a note at `now_s` tells it. */
void tail_set_member(struct tail *tail, size_t box, bool member, bool say, int64_t now_s);

/* Takes what came into the books. `catching_up`: the operator was not looking, nothing is late. now_s: the
 * service's clock; stamps in its future count as now. True when anything changed. */
bool tail_update(struct tail *tail, int64_t now_s, bool catching_up);

/* Lines a second over the last TAIL_RATE_S full seconds. */
double tail_rate(const struct tail *tail, int64_t now_s);

/* The merged lines. `tail` outlives the feed. */
struct logfeed tail_feed(struct tail *tail);

/* Which box and line an id of the feed is; false for a note. */
bool tail_find(const struct tail *tail, uint64_t id, size_t *box, int64_t *number);
