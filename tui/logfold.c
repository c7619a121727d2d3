#include "tui/logfold.h"

#include "client/base/mem.h"
#include "tui/timeline.h"

#include <stdlib.h>
#include <string.h>

enum { GROUP_MAX = 10000, BACK_MAX = 2000 };

void logfold_done(struct logfold *fold)
{
    free(fold->groups);
    free(fold->opened);
    *fold = (struct logfold){0};
}

bool logfold_is_active(const struct logfold *fold)
{
    return fold->all || fold->count > 0;
}

/* ---- the list ---- */

static struct logfold_group *group_at(const struct logfold *fold, size_t at)
{
    return &fold->groups[fold->first + at];
}

/* How many groups have a head below this id. */
static size_t groups_below(const struct logfold *fold, uint64_t id)
{
    size_t low = 0, high = fold->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (group_at(fold, middle)->head < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void note_sums(struct logfold *fold, size_t from)
{
    if (fold->summed > from)
        fold->summed = from;
}

static void insert(struct logfold *fold, struct logfold_group group)
{
    size_t at = groups_below(fold, group.head);
    fold->groups = mem_grow(fold->groups, &fold->room, fold->first + fold->count + 1, sizeof *fold->groups);
    struct logfold_group *place = group_at(fold, at);
    memmove(place + 1, place, (fold->count - at) * sizeof *place);
    *place = group;
    fold->count++;
    note_sums(fold, at);
}

static void remove_some(struct logfold *fold, size_t at, size_t count)
{
    if (count == 0)
        return;
    struct logfold_group *place = group_at(fold, at);
    memmove(place, place + count, (fold->count - at - count) * sizeof *place);
    fold->count -= count;
    note_sums(fold, at);
}

const struct logfold_group *logfold_of(const struct logfold *fold, uint64_t id)
{
    size_t below = groups_below(fold, id + 1);
    if (below == 0)
        return NULL;
    const struct logfold_group *group = group_at(fold, below - 1);
    return id <= group->last ? group : NULL;
}

/* Makes the sums good up to the end. The first group keeps its own: it counts what went, too. */
static void sum(struct logfold *fold)
{
    if (fold->summed == 0 && fold->count > 0) {
        group_at(fold, 0)->before = 0;
        fold->summed = 1;
    }
    for (; fold->summed < fold->count; fold->summed++) {
        const struct logfold_group *above = group_at(fold, fold->summed - 1);
        group_at(fold, fold->summed)->before = above->before + above->further;
    }
}

static size_t hidden_before(const struct logfold *fold, size_t at)
{
    return (size_t)(group_at(fold, at)->before - group_at(fold, 0)->before);
}

/* ---- what belongs together ---- */

static bool is_barred(const struct log_line *line)
{
    const char *text = line->text.bytes != NULL ? line->text.bytes : "";
    return text[strspn(text, " ")] == '|';
}

static bool is_call(const struct logfeed_item *item)
{
    char name[TIMELINE_NAME];
    const char *rest, *text = item->line->text.bytes;
    return item->source == NULL && !item->continued && text != NULL && timeline_tool_line(text, name, &rest);
}

static struct logfold_group start_group(uint64_t id, const struct logfeed_item *item)
{
    return (struct logfold_group){.head = id,
                                  .last = id,
                                  .errors = item->line->level == LOG_LEVEL_ERROR,
                                  .from_ms = item->line->time,
                                  .to_ms = item->line->time,
                                  .kind = is_call(item) ? LOGFOLD_CALL : LOGFOLD_MESSAGE,
                                  .source = item->line->source};
}

static bool belongs(const struct logfold_group *group, const struct logfeed_item *item)
{
    if (item->line == NULL || group->further >= GROUP_MAX)
        return false;
    if (item->continued)
        return true;
    if (group->kind == LOGFOLD_MESSAGE || item->line->source != group->source || is_call(item))
        return false;
    return !group->barred || is_barred(item->line);
}

static void extend(struct logfold_group *group, uint64_t id, const struct logfeed_item *item)
{
    group->last = id;
    group->further++;
    group->errors += item->line->level == LOG_LEVEL_ERROR;
    group->barred = group->barred || is_barred(item->line);
    if (item->line->time > group->to_ms)
        group->to_ms = item->line->time;
}

/* Takes the lines that follow, from this index of the feed on. */
static void extend_from(struct logfold_group *group, const struct logfeed *feed, size_t at)
{
    size_t count = feed->count(feed->ctx);
    for (; at < count; at++) {
        struct logfeed_item item;
        uint64_t id = feed->id(feed->ctx, at);
        feed->item(feed->ctx, at, &item);
        if (!belongs(group, &item))
            return;
        extend(group, id, &item);
    }
}

/* The group that the line at this index of the feed heads, with `further` 0 when nothing follows it. False
 * for a note or a further line. */
static bool group_from(const struct logfeed *feed, size_t at, struct logfold_group *out)
{
    struct logfeed_item item;
    uint64_t id = feed->id(feed->ctx, at);
    feed->item(feed->ctx, at, &item);
    if (item.line == NULL || item.continued)
        return false;
    *out = start_group(id, &item);
    extend_from(out, feed, at + 1);
    return true;
}

/* The first line of the message that the line at `at` is a part of. */
static size_t first_of_message(const struct logfeed *feed, size_t at)
{
    struct logfeed_item item;
    feed->item(feed->ctx, at, &item);
    for (int back = 0; item.continued && at > 0 && back < GROUP_MAX; back++)
        feed->item(feed->ctx, --at, &item);
    return at;
}

/* The call above the line at `at`, if that is a part of it. */
static bool call_above(const struct logfeed *feed, size_t at, struct logfold_group *out)
{
    uint64_t id = feed->id(feed->ctx, at);
    for (int back = 0; at > 0 && back < BACK_MAX; back++) {
        struct logfeed_item item;
        feed->item(feed->ctx, --at, &item);
        if (item.line == NULL || item.source != NULL)
            return false;
        if (is_call(&item))
            return group_from(feed, at, out) && out->last >= id;
    }
    return false;
}

/* ---- single groups ---- */

static void forget_opened(struct logfold *fold, uint64_t head)
{
    size_t kept = 0;
    for (size_t i = 0; i < fold->opened_count; i++)
        if (fold->opened[i] != head)
            fold->opened[kept++] = fold->opened[i];
    fold->opened_count = kept;
}

static bool was_opened(const struct logfold *fold, uint64_t head)
{
    for (size_t i = 0; i < fold->opened_count; i++)
        if (fold->opened[i] == head)
            return true;
    return false;
}

bool logfold_close(struct logfold *fold, const struct logfeed *feed, uint64_t id, uint64_t *head)
{
    size_t at = feed->find(feed->ctx, id);
    struct logfold_group group;
    if (at >= feed->count(feed->ctx) || feed->id(feed->ctx, at) != id)
        return false;
    at = first_of_message(feed, at);
    bool own = group_from(feed, at, &group) && group.further > 0;
    if (!own && !call_above(feed, at, &group))
        return false;
    size_t from = groups_below(fold, group.head);
    remove_some(fold, from, groups_below(fold, group.last + 1) - from);
    insert(fold, group);
    forget_opened(fold, group.head);
    *head = group.head;
    return true;
}

bool logfold_open(struct logfold *fold, uint64_t id)
{
    const struct logfold_group *group = logfold_of(fold, id);
    if (group == NULL)
        return false;
    if (fold->all) {
        fold->opened =
            mem_grow(fold->opened, &fold->opened_room, fold->opened_count + 1, sizeof *fold->opened);
        fold->opened[fold->opened_count++] = group->head;
    }
    remove_some(fold, (size_t)(group - group_at(fold, 0)), 1);
    return true;
}

void logfold_set_all(struct logfold *fold, bool all)
{
    logfold_done(fold);
    fold->all = all;
}

/* ---- what comes and goes ---- */

/* All: what may have grown is looked at again, from its head on. */
static void rewind_all(struct logfold *fold, uint64_t from)
{
    if (fold->has_pending && fold->pending.head < from)
        from = fold->pending.head;
    fold->has_pending = false;
    size_t at = groups_below(fold, from);
    if (at > 0) {
        at--;
        from = group_at(fold, at)->head;
    }
    remove_some(fold, at, fold->count - at);
    fold->next = from;
}

void logfold_changed(struct logfold *fold, const struct logfeed *feed, uint64_t from)
{
    if (fold->all) {
        if (from < fold->next)
            rewind_all(fold, from);
        return;
    }
    size_t at = groups_below(fold, from);
    bool grows = at > 0 && feed->find(feed->ctx, group_at(fold, at - 1)->last) + 1 >=
                               feed->find(feed->ctx, from); /* the one above */
    at -= grows;
    while (at < fold->count) {
        struct logfold_group *group = group_at(fold, at);
        size_t index = feed->find(feed->ctx, group->head);
        bool there = index < feed->count(feed->ctx) && feed->id(feed->ctx, index) == group->head;
        uint64_t from_there = group->before;
        if (there && group_from(feed, index, group) && group->further > 0) {
            group->before = from_there;
            note_sums(fold, ++at);
        } else {
            remove_some(fold, at, 1);
        }
    }
}

/* What went at the front: a group without its head is no group. */
static void drop_front(struct logfold *fold, const struct logfeed *feed)
{
    uint64_t oldest = feed->count(feed->ctx) > 0 ? feed->id(feed->ctx, 0) : UINT64_MAX;
    size_t gone = groups_below(fold, oldest);
    if (gone == 0)
        return;
    sum(fold);
    fold->first += gone;
    fold->count -= gone;
    fold->summed -= gone;
    if (fold->first < fold->count)
        return;
    memmove(fold->groups, group_at(fold, 0), fold->count * sizeof *fold->groups);
    fold->first = 0;
}

/* The newest group takes a line, or the line begins one. */
static void take(struct logfold *fold, uint64_t id, const struct logfeed_item *item)
{
    if (fold->has_pending && belongs(&fold->pending, item)) {
        extend(&fold->pending, id, item);
        size_t at = groups_below(fold, fold->pending.head);
        bool listed = at < fold->count && group_at(fold, at)->head == fold->pending.head;
        if (listed) {
            uint64_t before = group_at(fold, at)->before;
            *group_at(fold, at) = fold->pending;
            group_at(fold, at)->before = before;
        } else if (!was_opened(fold, fold->pending.head)) {
            insert(fold, fold->pending);
        }
        return;
    }
    fold->has_pending = item->line != NULL && !item->continued;
    if (fold->has_pending)
        fold->pending = start_group(id, item);
}

bool logfold_step(struct logfold *fold, const struct logfeed *feed, size_t slice)
{
    drop_front(fold, feed);
    if (!fold->all)
        return true;
    size_t count = feed->count(feed->ctx);
    for (size_t at = feed->find(feed->ctx, fold->next); at < count; at++) {
        if (slice-- == 0)
            return false;
        struct logfeed_item item;
        uint64_t id = feed->id(feed->ctx, at);
        feed->item(feed->ctx, at, &item);
        take(fold, id, &item);
        fold->next = id + 1;
    }
    return true;
}

/* ---- indexes ---- */

size_t logfold_count(struct logfold *fold, const struct logfeed *feed)
{
    size_t count = feed->count(feed->ctx);
    if (fold->count == 0)
        return count;
    sum(fold);
    return count - hidden_before(fold, fold->count - 1) - group_at(fold, fold->count - 1)->further;
}

/* Where the head of a group stands in what is shown. */
static size_t shown_head(const struct logfold *fold, const struct logfeed *feed, size_t at)
{
    return feed->find(feed->ctx, group_at(fold, at)->head) - hidden_before(fold, at);
}

size_t logfold_index(struct logfold *fold, const struct logfeed *feed, size_t index)
{
    sum(fold);
    size_t low = 0, high = fold->count;
    while (low < high) { /* the groups whose heads stand above this line */
        size_t middle = low + (high - low) / 2;
        if (shown_head(fold, feed, middle) < index)
            low = middle + 1;
        else
            high = middle;
    }
    return low == 0 ? index : index + hidden_before(fold, low - 1) + group_at(fold, low - 1)->further;
}

size_t logfold_find(struct logfold *fold, const struct logfeed *feed, uint64_t id)
{
    size_t index = feed->find(feed->ctx, id);
    if (fold->count == 0)
        return index;
    sum(fold);
    if (index < feed->count(feed->ctx))
        id = feed->id(feed->ctx, index);
    size_t below = groups_below(fold, id);
    if (below == 0)
        return index;
    const struct logfold_group *above = group_at(fold, below - 1);
    if (id <= above->last)
        return shown_head(fold, feed, below - 1);
    return index - hidden_before(fold, below - 1) - above->further;
}
