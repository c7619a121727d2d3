/*
 * Which boxes the list shows, and in which order: the store's boxes (or the deleted ones), filtered and
 * sorted. A pure view of the store that is made anew when the store, the filter or the order changed. Rows
 * are found again by id, so that the cursor stays on its box.
 */
#pragma once

#include "tui/filter.h"
#include "tui/rules.h"
#include "tui/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum roster_sort { SORT_ATTENTION, SORT_NAME, SORT_STATUS, SORT_AGE, SORT_LAST, SORT_COST, SORT_COUNT };

/* One row. */
struct roster_row {
    const struct box *box;         /* lives in the store */
    const struct store_box *entry; /* NULL in the list of deleted boxes */
    int rank;                      /* roster_rank, when that is the order */
};

struct roster {
    struct roster_row *rows;
    size_t count, room;
    size_t total; /* boxes before the filter */
    enum roster_sort sort;
    bool reverse;
    bool deleted;          /* show the deleted boxes */
    struct filter *filter; /* owned, NULL for none */
    uint64_t built;        /* store.list_version it was made from, 0: must be made */
};

void roster_done(struct roster *roster);

/* Makes the rows anew if something changed since the last time. True when it did. */
bool roster_update(struct roster *roster, const struct store *store, const struct rules_ears *ears);

/* Takes a filter (owned from now on, NULL for none). */
void roster_set_filter(struct roster *roster, struct filter *filter);

/* Forces the next update. */
void roster_touch(struct roster *roster);

/* The row of a box, -1 when it is not shown. */
int roster_find(const struct roster *roster, const char *id);

/* The word for an order: "attention". */
const char *roster_sort_name(enum roster_sort sort);

/* What the runs of a box come to, for the RUN column: one that is quiet, else one that runs, else the newest;
 * and since when. */
enum run_mood { MOOD_NONE, MOOD_RUNNING, MOOD_QUIET, MOOD_DONE, MOOD_FAILED, MOOD_CANCELLED };
enum run_mood roster_mood(const struct store_box *entry, const struct rules_ears *ears, int64_t *since);

/* How badly a box wants a person: 0 most. Below ROSTER_CALM it is worth a mark. */
enum { ROSTER_CALM = 3 };
int roster_rank(const struct store_box *entry, const struct rules_ears *ears);
