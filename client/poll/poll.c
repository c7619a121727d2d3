#include "client/poll/poll_private.h"

#include <stdlib.h>
#include <string.h>

#include "client/base/mem.h"

enum { BACKOFF_MS = 500, BACKOFF_MOST_MS = 30000, BACKOFF_LEAST_MS = 100, FAILURES_MOST = 6 };

struct poll *poll_new(double rate, uint64_t seed)
{
    struct poll *poll = mem_zalloc(1, sizeof *poll);
    poll->rate = rate > 0 ? rate : 4;
    poll->random = seed | 1;
    return poll;
}

void poll_free(struct poll *poll)
{
    if (poll == NULL)
        return;
    for (size_t i = 0; i < poll->count; i++)
        free(poll->targets[i].id);
    free(poll->targets);
    free(poll);
}

/* xorshift64: jitter needs no more. */
static uint64_t next_random(struct poll *poll)
{
    poll->random ^= poll->random << 13;
    poll->random ^= poll->random >> 7;
    poll->random ^= poll->random << 17;
    return poll->random;
}

int64_t poll_backoff_ms(unsigned failures, uint64_t random)
{
    if (failures > FAILURES_MOST)
        return POLL_SLOW_MS;
    int64_t most = (int64_t)BACKOFF_MS << failures;
    if (most > BACKOFF_MOST_MS)
        most = BACKOFF_MOST_MS;
    return BACKOFF_LEAST_MS + (int64_t)(random % (uint64_t)(most - BACKOFF_LEAST_MS + 1));
}

/* --- the boxes --------------------------------------------------------------------------------------- */

static int compare_ids(const void *a, const void *b)
{
    return strcmp(((const struct target *)a)->id, ((const struct target *)b)->id);
}

static struct target *find_target(const struct poll *poll, const char *id)
{
    struct target key = {.id = (char *)id};
    if (id == NULL || poll->count == 0)
        return NULL;
    return bsearch(&key, poll->targets, poll->count, sizeof key, compare_ids);
}

static void make_due(struct slot *slot, int64_t now_ms)
{
    if (slot->under_way)
        slot->again = true;
    else if (slot->due_ms > now_ms)
        slot->due_ms = now_ms;
}

static struct target new_target(const char *id, int64_t now_ms)
{
    return (struct target){.id = mem_dup(id), .runs.due_ms = now_ms, .logs.due_ms = now_ms};
}

/* Adds a box that is watched though no list named it: a deleted one, or one opened by name at the start. */
static struct target *add_target(struct poll *poll, const char *id, int64_t now_ms)
{
    struct target *found = find_target(poll, id);
    if (found != NULL || strlen(id) > MODEL_ID_MAX)
        return found;
    poll->targets = mem_resize(poll->targets, poll->count + 1, sizeof *poll->targets);
    size_t at = poll->count++;
    for (; at > 0 && strcmp(poll->targets[at - 1].id, id) > 0; at--)
        poll->targets[at] = poll->targets[at - 1];
    poll->targets[at] = new_target(id, now_ms);
    return &poll->targets[at];
}

static void look_at(struct poll *poll, const char *id, unsigned look, int64_t now_ms)
{
    struct target *target = id == NULL || id[0] == '\0' ? NULL : add_target(poll, id, now_ms);
    if (target != NULL)
        target->look |= look;
}

void poll_watch(struct poll *poll, const struct watch *watch, int64_t now_ms)
{
    for (size_t i = 0; i < poll->count; i++) {
        poll->targets[i].looked = poll->targets[i].look;
        poll->targets[i].look &= ~(unsigned)LOOK_WATCHED;
    }
    look_at(poll, watch->selected,
            (watch->selected_runs ? LOOK_RUNS : 0) | (watch->selected_logs ? LOOK_LOGS : 0), now_ms);
    for (size_t i = 0; i < watch->visible_count; i++)
        look_at(poll, watch->visible[i], LOOK_VISIBLE, now_ms);
    for (size_t i = 0; i < watch->tailed_count; i++)
        look_at(poll, watch->tailed[i], LOOK_TAILED, now_ms);
    for (size_t i = 0; i < poll->count; i++) {
        struct target *target = &poll->targets[i];
        unsigned fresh = target->look & ~target->looked;
        if ((fresh & (LOOK_RUNS | LOOK_VISIBLE)) != 0)
            make_due(&target->runs, now_ms);
        if ((fresh & (LOOK_LOGS | LOOK_TAILED | LOOK_VISIBLE)) != 0)
            make_due(&target->logs, now_ms);
    }
    if (watch->deleted_list && !poll->deleted_list)
        make_due(&poll->deleted, now_ms);
    poll->deleted_list = watch->deleted_list;
}

/* Takes over what is known of a box, and notes what its item in the list says. */
static void update_target(struct target *target, const struct box *box, int64_t now_ms)
{
    bool changed = !target->listed || target->digest != box->digest;
    target->look &= LOOK_WATCHED;
    target->look |= box_is_live(box) ? LOOK_LIVE : 0;
    target->look |= box->status == BOX_STATUS_RUNNING ? LOOK_RUNNING : 0;
    target->digest = box->digest;
    if (changed) {
        target->gone = false;
        target->changed = target->listed; /* a box seen for the first time is no news */
        make_due(&target->runs, now_ms);
        make_due(&target->logs, now_ms);
    }
    target->listed = true;
}

void poll_box(struct poll *poll, const struct box *box, int64_t now_ms)
{
    struct target *target = box->unreadable || box->id == NULL ? NULL : find_target(poll, box->id);
    if (target != NULL)
        update_target(target, box, now_ms);
}

static int compare_boxes(const void *a, const void *b)
{
    return strcmp((*(const struct box *const *)a)->id, (*(const struct box *const *)b)->id);
}

/* The boxes of a list that can be asked for, sorted by id, without doubles. */
static const struct box **sort_boxes(const struct box *boxes, size_t count, size_t *kept)
{
    const struct box **sorted = mem_zalloc(count, sizeof *sorted);
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        if (!boxes[i].unreadable && boxes[i].id != NULL && boxes[i].id[0] != '\0')
            sorted[n++] = &boxes[i];
    qsort(sorted, n, sizeof *sorted, compare_boxes);
    *kept = 0;
    for (size_t i = 0; i < n; i++)
        if (i == 0 || strcmp(sorted[i]->id, sorted[i - 1]->id) != 0)
            sorted[(*kept)++] = sorted[i];
    return sorted;
}

void poll_boxes(struct poll *poll, const struct box *boxes, size_t count, int64_t now_ms)
{
    size_t listed;
    const struct box **sorted = sort_boxes(boxes, count, &listed);
    struct target *merged = mem_zalloc(listed + poll->count, sizeof *merged);
    size_t n = 0;
    for (size_t old = 0, new = 0; old < poll->count || new < listed;) {
        struct target *target = old < poll->count ? &poll->targets[old] : NULL;
        int order = target == NULL ? 1 : new == listed ? -1 : strcmp(target->id, sorted[new]->id);
        if (order < 0) { /* left the list: kept only while somebody looks or an answer is under way */
            target->listed = false;
            target->look &= LOOK_WATCHED;
            if (target->look != 0 || target->runs.under_way || target->logs.under_way)
                merged[n++] = *target;
            else
                free(target->id);
            old++;
            continue;
        }
        merged[n] = order == 0 ? *target : new_target(sorted[new]->id, now_ms);
        update_target(&merged[n++], sorted[new ++], now_ms);
        old += order == 0;
    }
    free(sorted);
    free(poll->targets);
    poll->targets = merged;
    poll->count = n;
}

static struct slot *slot_of(struct poll *poll, enum poll_kind kind, struct target *target)
{
    switch (kind) {
    case POLL_LIST:
        return &poll->list;
    case POLL_DELETED:
        return &poll->deleted;
    case POLL_RUNS:
        return target == NULL ? NULL : &target->runs;
    case POLL_LOGS:
        return target == NULL ? NULL : &target->logs;
    }
    return NULL;
}

void poll_start(struct poll *poll, int64_t now_ms)
{
    poll->started = true;
    poll->refused = false;
    poll->paused_until_ms = 0;
    poll->failures = 0;
    poll->tokens = poll->rate;
    poll->filled_ms = now_ms;
    for (size_t i = 0; i < poll->count; i++)
        poll->targets[i].runs.failures = poll->targets[i].logs.failures = 0;
    poll_refresh(poll, now_ms);
}

void poll_stop(struct poll *poll)
{
    poll->refused = true;
}

void poll_refresh(struct poll *poll, int64_t now_ms)
{
    if (!poll->asked_to_pause)
        poll->paused_until_ms = 0;
    make_due(&poll->list, now_ms);
    make_due(&poll->deleted, now_ms);
    for (size_t i = 0; i < poll->count; i++)
        if ((poll->targets[i].look & LOOK_WATCHED) != 0)
            poll_touch(poll, poll->targets[i].id, now_ms);
}

void poll_touch(struct poll *poll, const char *box_id, int64_t now_ms)
{
    struct target *target = find_target(poll, box_id);
    if (target == NULL)
        return;
    target->gone = false;
    target->changed = true;
    make_due(&target->runs, now_ms);
    make_due(&target->logs, now_ms);
}

void poll_touch_list(struct poll *poll, int64_t now_ms)
{
    make_due(&poll->list, now_ms);
}

/* --- outcomes ----------------------------------------------------------------------------------------- */

static void pause_until(struct poll *poll, int64_t until_ms, bool asked)
{
    if (until_ms > poll->paused_until_ms)
        poll->paused_until_ms = until_ms;
    poll->asked_to_pause = poll->asked_to_pause || asked;
}

/* Failures of the list, and those that say nothing about one box, hold everything back. */
static void hold_back(struct poll *poll, int64_t retry_after_ms, int64_t now_ms)
{
    int64_t wait = retry_after_ms >= 0 ? retry_after_ms : poll_backoff_ms(poll->failures, next_random(poll));
    poll->failures++;
    pause_until(poll, now_ms + wait, retry_after_ms >= 0);
}

static void settle_failure(struct poll *poll, struct slot *slot, const struct poll_ask *ask,
                           enum poll_outcome outcome, int64_t retry_after_ms, int64_t now_ms)
{
    bool is_list = ask->kind == POLL_LIST;
    slot->due_ms = now_ms;
    if (is_list || outcome == POLL_LIMITED) {
        hold_back(poll, retry_after_ms, now_ms);
        return;
    }
    slot->due_ms += poll_backoff_ms(slot->failures++, next_random(poll)) + POLL_FOCUS_MS;
    if (outcome == POLL_DEAD) /* one box or the whole service? The list tells */
        make_due(&poll->list, now_ms);
}

static void settle_good(struct poll *poll, struct slot *slot, struct target *target,
                        const struct poll_ask *ask, int64_t now_ms)
{
    slot->failures = 0;
    if (ask->kind == POLL_LIST) {
        poll->failures = 0;
        slot->due_ms = now_ms + POLL_LIST_MS;
    } else if (ask->kind == POLL_DELETED) {
        slot->due_ms = now_ms + POLL_DELETED_MS;
    } else {
        int64_t every = poll_interval(target, ask->kind);
        slot->due_ms = now_ms + (every > 0 ? every : POLL_REST_MS);
        if (!target->runs.under_way && !target->logs.under_way && target->runs.due_ms > now_ms &&
            target->logs.due_ms > now_ms)
            target->changed = false;
    }
    if (slot->again)
        slot->due_ms = now_ms;
}

void poll_done(struct poll *poll, const struct poll_ask *ask, enum poll_outcome outcome,
               int64_t retry_after_ms, int64_t now_ms)
{
    poll->under_way -= poll->under_way > 0;
    struct target *target = find_target(poll, ask->box_id);
    struct slot *slot = slot_of(poll, ask->kind, target);
    if (slot == NULL)
        return;
    slot->under_way = false;
    switch (outcome) {
    case POLL_GOOD:
        settle_good(poll, slot, target, ask, now_ms);
        break;
    case POLL_GONE:
        if (target == NULL) {
            settle_failure(poll, slot, ask, POLL_FAILED, retry_after_ms, now_ms);
            break;
        }
        target->gone = true;
        slot->due_ms = now_ms;
        make_due(&poll->list, now_ms);
        break;
    case POLL_REFUSED:
        poll->refused = true;
        slot->due_ms = now_ms;
        break;
    case POLL_DROPPED:
        slot->due_ms = now_ms;
        break;
    case POLL_LIMITED:
    case POLL_DEAD:
    case POLL_FAILED:
        settle_failure(poll, slot, ask, outcome, retry_after_ms, now_ms);
        break;
    }
}
