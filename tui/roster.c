#include "tui/roster.h"

#include "client/base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { QUIET_MS = 5 * 60 * 1000, FRESH_FAILURE_MS = 60 * 60 * 1000, LOG_FRESH_MS = 60 * 1000 };

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

/* When the last line of a box's log was written, 0 when the log is not known well enough to say that nothing
 * came after it. */
static int64_t last_line_at(const struct store_box *entry)
{
    bool fresh = entry->logs_ms != 0 && entry->seen_ms - entry->logs_ms < LOG_FRESH_MS;
    return fresh && entry->log.count > 0 ? logbook_at(&entry->log, logbook_end(&entry->log) - 1)->line.time
                                         : 0;
}

/* Running with nothing logged for five minutes counts as quiet; a box whose log is not followed is never
 * called so. */
static enum run_mood running_mood(const struct store_box *entry, const struct run *run, int64_t wall_ms,
                                  int64_t *since)
{
    if (entry->box.status != BOX_STATUS_RUNNING && entry->seen_ms > entry->runs_ms)
        return MOOD_NONE; /* it has ended since the runs were asked for */
    *since = run != NULL ? run->created_at : 0;
    int64_t heard = last_line_at(entry);
    if (heard == 0 || wall_ms - heard <= QUIET_MS)
        return MOOD_RUNNING;
    *since = heard;
    return MOOD_QUIET;
}

/* Without the list of its runs the box's own status speaks. */
enum run_mood roster_mood(const struct store_box *entry, int64_t wall_ms, int64_t *since)
{
    *since = 0;
    if (entry == NULL)
        return MOOD_NONE;
    const struct run *run = entry->run_count > 0 ? &entry->runs[0] : NULL;
    if (run == NULL && entry->box.status != BOX_STATUS_RUNNING)
        return MOOD_NONE;
    if (run == NULL || run->status == RUN_STATUS_RUNNING)
        return running_mood(entry, run, wall_ms, since);
    *since = run->completed_at > 0 ? run->completed_at : run->created_at;
    switch (run->status) {
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

int roster_rank(const struct store_box *entry, int64_t wall_ms)
{
    if (entry == NULL)
        return 9;
    if (entry->gone)
        return 8;
    if (entry->box.unreadable || entry->box.status == BOX_STATUS_ERROR)
        return 0;
    int64_t since;
    enum run_mood mood = roster_mood(entry, wall_ms, &since);
    if (mood == MOOD_FAILED && wall_ms - since < FRESH_FAILURE_MS)
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
    int64_t wall_ms;
};

static int compare_numbers(double a, double b)
{
    return (a > b) - (a < b);
}

static int compare_by(const struct roster_row *a, const struct roster_row *b, const struct order *order)
{
    switch (order->sort) {
    case SORT_ATTENTION:
        return roster_rank(a->entry, order->wall_ms) - roster_rank(b->entry, order->wall_ms);
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

static void add_row(struct roster *roster, const struct box *box, const struct store_box *entry)
{
    roster->total++;
    if (!box->unreadable && !filter_match(roster->filter, box))
        return;
    roster->rows = mem_grow(roster->rows, &roster->room, roster->count + 1, sizeof *roster->rows);
    roster->rows[roster->count++] = (struct roster_row){box, entry};
}

bool roster_update(struct roster *roster, const struct store *store, int64_t wall_ms)
{
    if (roster->built == store->list_version)
        return false;
    roster->count = roster->total = 0;
    if (roster->deleted) {
        for (size_t i = 0; i < store->deleted_count; i++)
            add_row(roster, &store->deleted[i], NULL);
    } else {
        for (size_t i = 0; i < store->box_count; i++)
            add_row(roster, &store->boxes[i]->box, store->boxes[i]);
    }
    struct order order = {roster->sort, roster->reverse, wall_ms};
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
