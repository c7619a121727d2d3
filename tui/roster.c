#include "tui/roster.h"

#include "client/base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { FRESH_FAILURE_MS = 60 * 60 * 1000, RUNS_LOOKED_AT = 50 };

void roster_done(struct roster *roster)
{
    free(roster->rows);
    filter_free(roster->filter);
    *roster = (struct roster){0};
}

void roster_set_filter(struct roster *roster, struct filter *filter)
{
    filter_free(roster->filter);
    roster->filter = filter;
    roster->built = 0;
}

void roster_touch(struct roster *roster)
{
    roster->built = 0;
}

const char *roster_sort_name(enum roster_sort sort)
{
    static const char *const names[SORT_COUNT] = {
        [SORT_ATTENTION] = "attention", [SORT_NAME] = "name", [SORT_STATUS] = "status", [SORT_AGE] = "age",
        [SORT_LAST] = "last",           [SORT_COST] = "cost",
    };
    return names[sort];
}

/* The run the list tells of: a quiet one before one that just runs, one that runs before one that is over,
 * else the newest. NULL when none is known. */
static const struct run *choose_run(const struct store_box *entry, const struct rules_ears *ears,
                                    int64_t *quiet_since)
{
    const struct run *newest = NULL, *running = NULL;
    *quiet_since = 0;
    for (size_t i = 0; i < entry->run_count && i < RUNS_LOOKED_AT; i++) {
        const struct run *run = &entry->runs[i];
        if (run->unreadable)
            continue;
        newest = newest != NULL ? newest : run;
        if (!rules_run_goes_on(entry, run))
            continue;
        running = running != NULL ? running : run;
        *quiet_since = rules_quiet_since(ears, entry, run);
        if (*quiet_since != 0)
            return run;
    }
    return running != NULL ? running : newest;
}

static enum run_mood mood_of_status(enum run_status status)
{
    switch (status) {
    case RUN_STATUS_FAILED:
        return MOOD_FAILED;
    case RUN_STATUS_CANCELLED:
        return MOOD_CANCELLED;
    case RUN_STATUS_COMPLETED:
    case RUN_STATUS_SKIPPED:
        return MOOD_DONE;
    case RUN_STATUS_RUNNING:
    case RUN_STATUS_UNKNOWN:
        break;
    }
    return MOOD_NONE;
}

/* Without the list of its runs the box's own status speaks. */
enum run_mood roster_mood(const struct store_box *entry, const struct rules_ears *ears, int64_t *since)
{
    int64_t quiet_since;
    *since = 0;
    if (entry == NULL)
        return MOOD_NONE;
    const struct run *run = choose_run(entry, ears, &quiet_since);
    if (run == NULL)
        return entry->box.status == BOX_STATUS_RUNNING ? MOOD_RUNNING : MOOD_NONE;
    if (run->status != RUN_STATUS_RUNNING) {
        *since = run->completed_at > 0 ? run->completed_at : run->created_at;
        return mood_of_status(run->status);
    }
    if (!rules_run_goes_on(entry, run))
        return MOOD_NONE; /* it has ended since the runs were asked for */
    *since = quiet_since != 0 ? quiet_since : run->created_at;
    return quiet_since != 0 ? MOOD_QUIET : MOOD_RUNNING;
}

int roster_rank(const struct store_box *entry, const struct rules_ears *ears)
{
    if (entry == NULL)
        return 9;
    if (entry->gone)
        return 8;
    if (entry->box.unreadable || entry->box.status == BOX_STATUS_ERROR)
        return 0;
    int64_t since;
    enum run_mood mood = roster_mood(entry, ears, &since);
    if (mood == MOOD_FAILED && ears->wall_ms - since < FRESH_FAILURE_MS)
        return 1;
    if (mood == MOOD_QUIET)
        return 2;
    static const int ranks[] = {
        [BOX_STATUS_RUNNING] = ROSTER_CALM,
        [BOX_STATUS_CREATING] = 4,
        [BOX_STATUS_IDLE] = 5,
        [BOX_STATUS_PAUSED] = 6,
        [BOX_STATUS_UNKNOWN] = 7,
        [BOX_STATUS_DELETED] = 8,
        [BOX_STATUS_ERROR] = 0,
    };
    return ranks[entry->box.status];
}

struct order {
    enum roster_sort sort;
    bool reverse;
};

static int compare_numbers(double a, double b)
{
    return (a > b) - (a < b);
}

static int compare_by(const struct roster_row *a, const struct roster_row *b, const struct order *order)
{
    switch (order->sort) {
    case SORT_ATTENTION:
        return a->rank - b->rank;
    case SORT_NAME:
        return strcasecmp(box_title(a->box), box_title(b->box));
    case SORT_STATUS:
        return strcmp(box_status_word(a->box->status), box_status_word(b->box->status));
    case SORT_AGE:
        return compare_numbers((double)b->box->created_at, (double)a->box->created_at);
    case SORT_LAST:
        return compare_numbers((double)b->box->last_activity_at, (double)a->box->last_activity_at);
    case SORT_COST:
        return compare_numbers(box_cost_usd(b->box), box_cost_usd(a->box));
    case SORT_COUNT:
        break;
    }
    return 0;
}

/* Equal boxes stand by name and id, never by last activity: rows that swap places each second cannot be read.
 */
static int compare_rows(const void *left, const void *right, void *context)
{
    const struct roster_row *a = left, *b = right;
    const struct order *order = context;
    int result = compare_by(a, b, order);
    if (order->reverse)
        result = -result;
    if (result == 0)
        result = strcasecmp(box_title(a->box), box_title(b->box));
    return result != 0 ? result : strcmp(a->box->id, b->box->id);
}

static void add_row(struct roster *roster, const struct box *box, const struct store_box *entry,
                    const struct rules_ears *ears)
{
    roster->total++;
    if (!box->unreadable && !filter_match(roster->filter, box))
        return;
    roster->rows = mem_grow(roster->rows, &roster->room, roster->count + 1, sizeof *roster->rows);
    int rank = roster->sort == SORT_ATTENTION ? roster_rank(entry, ears) : 0;
    roster->rows[roster->count++] = (struct roster_row){box, entry, rank};
}

bool roster_update(struct roster *roster, const struct store *store, const struct rules_ears *ears)
{
    if (roster->built == store->list_version)
        return false;
    roster->count = roster->total = 0;
    if (roster->deleted) {
        for (size_t i = 0; i < store->deleted_count; i++)
            add_row(roster, &store->deleted[i], NULL, ears);
    } else {
        for (size_t i = 0; i < store->box_count; i++)
            add_row(roster, &store->boxes[i]->box, store->boxes[i], ears);
    }
    struct order order = {roster->sort, roster->reverse};
    if (roster->count > 1)
        qsort_r(roster->rows, roster->count, sizeof *roster->rows, compare_rows, &order);
    roster->built = store->list_version;
    return true;
}

int roster_find(const struct roster *roster, const char *id)
{
    for (size_t i = 0; id != NULL && i < roster->count; i++)
        if (strcmp(roster->rows[i].box->id, id) == 0)
            return (int)i;
    return -1;
}
