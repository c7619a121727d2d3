#include "tui/store.h"

#include "client/base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void store_init(struct store *store)
{
    *store = (struct store){.link = {.latency_ms = -1}, .version = 1, .list_version = 1};
    store->lines = linepool_new(&(struct linepool_options){.memory = STORE_LOG_BYTES});
}

void store_limit_logs(struct store *store, const struct linepool_options *room)
{
    assert(store->box_count == 0);
    linepool_free_all(store->lines);
    store->lines = linepool_new(room);
}

static void store_box_free(struct store_box *entry)
{
    if (entry == NULL)
        return;
    box_done(&entry->box);
    runs_free(entry->runs, entry->run_count);
    snapshots_free(entry->snapshots, entry->snapshot_count);
    logbook_done(&entry->log);
    logtail_done(&entry->tail);
    free(entry->trouble);
    free(entry);
}

static void request_forget(struct store_request *request)
{
    free(request->box_id);
    free(request->progress);
}

void store_done(struct store *store)
{
    for (size_t i = 0; i < store->box_count; i++)
        store_box_free(store->boxes[i]);
    free(store->boxes);
    free(store->table);
    boxes_free(store->deleted, store->deleted_count);
    for (size_t i = 0; i < store->request_count; i++)
        request_forget(&store->requests[i]);
    free(store->requests);
    linepool_free_all(store->lines);
    *store = (struct store){0};
}

static size_t hash(const char *id)
{
    uint64_t h = 1469598103934665603u;
    for (; *id != '\0'; id++)
        h = (h ^ (uint8_t)*id) * 1099511628211u;
    return (size_t)(h ^ h >> 32);
}

/* Open addressing at a load of a half at most; boxes are only ever added to it between two rebuilds. */
static void table_insert(struct store *store, struct store_box *entry)
{
    size_t at = hash(entry->box.id) & (store->table_size - 1);
    while (store->table[at] != NULL)
        at = (at + 1) & (store->table_size - 1);
    store->table[at] = entry;
}

/* `more` boxes can be inserted afterwards. */
static void table_rebuild(struct store *store, size_t more)
{
    size_t size = 64;
    while (size < (store->box_count + more) * 2 + 2)
        size *= 2;
    free(store->table);
    store->table = mem_zalloc(size, sizeof *store->table);
    store->table_size = size;
    for (size_t i = 0; i < store->box_count; i++)
        if (!store->boxes[i]->box.unreadable)
            table_insert(store, store->boxes[i]);
}

struct store_box *store_find(const struct store *store, const char *id)
{
    if (id == NULL || store->table_size == 0)
        return NULL;
    size_t at = hash(id) & (store->table_size - 1);
    for (; store->table[at] != NULL; at = (at + 1) & (store->table_size - 1))
        if (strcmp(store->table[at]->box.id, id) == 0)
            return store->table[at];
    return NULL;
}

struct store_box *store_find_named(const struct store *store, const char *id_or_name)
{
    struct store_box *found = store_find(store, id_or_name);
    if (found != NULL)
        return found;
    for (size_t i = 0; i < store->box_count; i++) {
        const char *name = store->boxes[i]->box.name;
        if (store->boxes[i]->box.unreadable || name == NULL || strcmp(name, id_or_name) != 0)
            continue;
        if (found != NULL)
            return NULL;
        found = store->boxes[i];
    }
    return found;
}

static struct store_box *box_new(struct store *store, struct box *box)
{
    struct store_box *entry = mem_zalloc(1, sizeof *entry);
    entry->box = *box;
    *box = (struct box){0};
    logbook_init_shared(&entry->log, SIZE_MAX, store->lines);
    return entry;
}

static void box_append(struct store *store, struct store_box *entry)
{
    store->boxes = mem_grow(store->boxes, &store->box_room, store->box_count + 1, sizeof *store->boxes);
    store->boxes[store->box_count++] = entry;
}

void store_load(struct store *store, struct box *boxes, size_t count, int64_t cached_at)
{
    for (size_t i = 0; i < count; i++)
        box_append(store, box_new(store, &boxes[i]));
    table_rebuild(store, 0);
    store->cached_at = count > 0 ? cached_at : 0;
    store->version++;
    store->list_version++;
}

/* True when it differs from what was known. */
static bool box_update(struct store_box *entry, struct box *fresh, int64_t at_ms)
{
    entry->seen_ms = at_ms;
    bool changed = entry->gone || fresh->digest == 0 || entry->box.digest != fresh->digest;
    entry->gone = false;
    if (!changed)
        return false;
    box_done(&entry->box);
    entry->box = *fresh;
    *fresh = (struct box){0};
    return true;
}

enum { GONE_MAX = 16 }; /* boxes kept after they left: each may hold a log */

/* A box that left the list is kept, marked as gone, while somebody may still be looking at what is known of
 * it. */
static bool keep_after_loss(const struct store_box *entry)
{
    return !entry->box.unreadable && (entry->runs_ms != 0 || entry->logs_ms != 0);
}

/* How many of the boxes that left earlier have to go now, so that those that leave with this list find room.
 */
static size_t count_surplus(struct store_box *const *boxes, size_t count, uint64_t lists)
{
    size_t fresh = 0, earlier = 0;
    for (size_t i = 0; i < count; i++)
        if (boxes[i]->listed != lists && keep_after_loss(boxes[i])) {
            fresh += !boxes[i]->gone;
            earlier += boxes[i]->gone;
        }
    size_t room = fresh < GONE_MAX ? GONE_MAX - fresh : 0;
    return earlier > room ? earlier - room : 0;
}

static void apply_list(struct store *store, struct event *event)
{
    struct store_box **old = store->boxes;
    size_t old_count = store->box_count;
    table_rebuild(store, event->boxes.count);
    store->boxes = NULL;
    store->box_count = store->box_room = 0;
    store->lists++;
    bool changed = store->cached_at != 0 || store->list_ms == 0;
    for (size_t i = 0; i < event->boxes.count; i++) {
        struct box *fresh = &event->boxes.items[i];
        struct store_box *entry = fresh->unreadable ? NULL : store_find(store, fresh->id);
        if (entry != NULL && entry->listed == store->lists)
            continue; /* the same id twice in one list: the first one stands */
        if (entry == NULL) {
            entry = box_new(store, fresh);
            entry->seen_ms = event->at_ms;
            if (!entry->box.unreadable)
                table_insert(store, entry);
            changed = true;
        } else {
            changed |= box_update(entry, fresh, event->at_ms);
        }
        entry->listed = store->lists;
        box_append(store, entry);
    }
    size_t surplus = count_surplus(old, old_count, store->lists);
    for (size_t i = 0; i < old_count; i++) {
        if (old[i]->listed == store->lists)
            continue;
        bool goes = !keep_after_loss(old[i]) || (old[i]->gone && surplus > 0);
        changed |= goes || !old[i]->gone;
        if (goes) {
            surplus -= old[i]->gone && surplus > 0;
            store_box_free(old[i]);
        } else {
            old[i]->gone = true;
            box_append(store, old[i]);
        }
    }
    free(old);
    table_rebuild(store, 0);
    store->list_ms = event->at_ms;
    store->cached_at = 0;
    store->list_version += changed;
}

static void apply_deleted_list(struct store *store, struct event *event)
{
    boxes_free(store->deleted, store->deleted_count);
    store->deleted = event->boxes.items;
    store->deleted_count = event->boxes.count;
    store->deleted_ms = event->at_ms;
    event->boxes.items = NULL;
    event->boxes.count = 0;
    store->list_version++;
}

static void apply_box(struct store *store, struct event *event)
{
    struct store_box *entry = store_find(store, event->box_id);
    if (event->boxes.gone) {
        if (entry != NULL && !entry->gone) {
            entry->gone = true;
            store->list_version++;
        }
        return;
    }
    if (event->boxes.count == 0 || event->boxes.items[0].unreadable)
        return;
    struct box *fresh = &event->boxes.items[0];
    entry = store_find(store, fresh->id);
    if (entry != NULL) {
        store->list_version += box_update(entry, fresh, event->at_ms);
        return;
    }
    entry = box_new(store, fresh);
    entry->seen_ms = event->at_ms;
    box_append(store, entry);
    table_rebuild(store, 0);
    store->list_version++;
}

/* The client says on its own that a box's runs or log cannot be had. */
static void set_trouble(struct store *store, const char *box_id, const char *text)
{
    struct store_box *entry = store_find(store, box_id);
    if (entry == NULL || (entry->trouble == NULL && text == NULL))
        return;
    free(entry->trouble);
    entry->trouble = mem_dup(text);
}

static void apply_runs(struct store *store, struct event *event)
{
    struct store_box *entry = store_find(store, event->box_id);
    if (entry == NULL)
        return;
    set_trouble(store, event->box_id, NULL);
    runs_free(entry->runs, entry->run_count);
    entry->runs = event->runs.items;
    entry->run_count = event->runs.count;
    entry->runs_ms = event->at_ms;
    event->runs.items = NULL;
    event->runs.count = 0;
    store->list_version++;
}

bool store_load_log(struct store *store, const char *box_id, struct log_line *lines, size_t count,
                    const struct log_resume *resume, int64_t cached_at)
{
    struct store_box *entry = store_find(store, box_id);
    if (entry == NULL || entry->logs_ms != 0 || entry->log.count > 0 || count == 0)
        return false;
    logtail_note(&entry->tail, lines, count, LOG_JOIN_RESET);
    entry->tail.place = resume->place;
    logbook_join(&entry->log, lines, count, LOG_JOIN_RESET, 0);
    entry->log.at_start = resume->at_start;
    entry->logs_cached_at = cached_at;
    store->version++;
    return true;
}

static void apply_logs(struct store *store, struct event *event)
{
    struct store_box *entry = store_find(store, event->box_id);
    if (entry == NULL)
        return;
    set_trouble(store, event->box_id, NULL);
    entry->logs_ms = event->at_ms;
    entry->logs_cached_at = 0;
    logtail_note(&entry->tail, event->logs.items, event->logs.count, event->logs.join);
    if (event->logs.place.known)
        entry->tail.place = event->logs.place;
    store->logs_version += event->logs.count > 0;
    if (event->logs.count > 0 || event->logs.join == LOG_JOIN_GAP || event->logs.join == LOG_JOIN_RESET)
        logbook_join(&entry->log, event->logs.items, event->logs.count, event->logs.join, event->logs.gap_ms);
    if (event->logs.at_start && !entry->log.trimmed)
        entry->log.at_start = true;
}

/* Asked again and nothing new: what is shown is as fresh as that. */
static void apply_same(struct store *store, const struct event *event)
{
    struct store_box *entry = store_find(store, event->box_id);
    if (entry == NULL)
        return;
    set_trouble(store, event->box_id, NULL);
    if (event->same.runs)
        entry->runs_ms = event->at_ms;
    else {
        entry->logs_ms = event->at_ms;
        entry->logs_cached_at = 0;
    }
}

/* A good list confirms every box, also those it brings no news of. */
static void apply_link(struct store *store, const struct event *event)
{
    if (event->link.ok_at_ms != store->link.ok_at_ms)
        for (size_t i = 0; i < store->box_count; i++)
            if (!store->boxes[i]->gone)
                store->boxes[i]->seen_ms = event->link.ok_at_ms;
    store->link = event->link;
}

static void apply_snapshots(struct store *store, struct event *event)
{
    struct store_box *entry = store_find(store, event->box_id);
    if (entry == NULL)
        return;
    snapshots_free(entry->snapshots, entry->snapshot_count);
    entry->snapshots = event->snapshots.items;
    entry->snapshot_count = event->snapshots.count;
    entry->snapshots_ms = event->at_ms;
    event->snapshots.items = NULL;
    event->snapshots.count = 0;
}

static size_t request_index(const struct store *store, uint64_t id)
{
    size_t at = 0;
    while (at < store->request_count && store->requests[at].id != id)
        at++;
    return at;
}

static void apply_progress(struct store *store, struct event *event)
{
    if (event->request_id == 0)
        set_trouble(store, event->box_id, event->progress);
    size_t at = request_index(store, event->request_id);
    if (at == store->request_count)
        return;
    free(store->requests[at].progress);
    store->requests[at].progress = event->progress;
    event->progress = NULL;
}

static void apply_reply(struct store *store, struct event *event)
{
    size_t at = request_index(store, event->request_id);
    if (at == store->request_count)
        return;
    request_forget(&store->requests[at]);
    store->request_count--;
    memmove(store->requests + at, store->requests + at + 1,
            (store->request_count - at) * sizeof *store->requests);
}

bool store_only_confirms(const struct store *store, const struct event *event)
{
    const struct link_status *link = &event->link;
    const struct store_box *entry;
    switch (event->kind) {
    case EVENT_LINK:
        return link->state == LINK_OK && store->link.state == LINK_OK && store->link.ok_at_ms > 0;
    case EVENT_SAME:
        entry = store_find(store, event->box_id);
        return entry == NULL ||
               (entry->trouble == NULL && (event->same.runs ? entry->runs_ms : entry->logs_ms) > 0);
    default:
        return false;
    }
}

void store_apply(struct store *store, struct event *event)
{
    store->version++;
    switch (event->kind) {
    case EVENT_LINK:
        apply_link(store, event);
        break;
    case EVENT_SAME:
        apply_same(store, event);
        break;
    case EVENT_BOXES:
        if (event->boxes.deleted)
            apply_deleted_list(store, event);
        else
            apply_list(store, event);
        break;
    case EVENT_BOX:
        apply_box(store, event);
        break;
    case EVENT_RUNS:
        apply_runs(store, event);
        break;
    case EVENT_LOGS:
        apply_logs(store, event);
        break;
    case EVENT_SNAPSHOTS:
        apply_snapshots(store, event);
        break;
    case EVENT_PROGRESS:
        apply_progress(store, event);
        break;
    case EVENT_REPLY:
        apply_reply(store, event);
        break;
    case EVENT_EXEC:
    case EVENT_RUN_STREAM:
        break; /* belongs to the pane that asked */
    }
}

void store_expect(struct store *store, uint64_t id, enum request_kind kind, const char *box_id,
                  int64_t now_ms)
{
    store->requests =
        mem_grow(store->requests, &store->request_room, store->request_count + 1, sizeof *store->requests);
    store->requests[store->request_count++] =
        (struct store_request){.id = id, .kind = kind, .box_id = mem_dup(box_id), .since_ms = now_ms};
    store->version++;
}

const struct store_request *store_request(const struct store *store, uint64_t id)
{
    size_t at = request_index(store, id);
    return at < store->request_count ? &store->requests[at] : NULL;
}

const struct store_request *store_request_of(const struct store *store, enum request_kind kind,
                                             const char *box_id)
{
    for (size_t i = 0; i < store->request_count; i++) {
        const struct store_request *request = &store->requests[i];
        if (request->kind == kind && request->box_id != NULL && strcmp(request->box_id, box_id) == 0)
            return request;
    }
    return NULL;
}

const struct run *store_find_run(const struct store_box *box, const char *run_id)
{
    for (size_t i = 0; run_id != NULL && i < box->run_count; i++)
        if (box->runs[i].id != NULL && strcmp(box->runs[i].id, run_id) == 0)
            return &box->runs[i];
    return NULL;
}

void store_totals(const struct store *store, struct store_totals *totals)
{
    *totals = (struct store_totals){.tokens = -1, .cpu_ns = -1, .cost_usd = -1};
    for (size_t i = 0; i < store->box_count; i++) {
        const struct box *box = &store->boxes[i]->box;
        if (store->boxes[i]->gone)
            continue;
        totals->count++;
        totals->by_status[box->status]++;
        totals->tokens = count_add(totals->tokens, count_add(box->input_tokens, box->output_tokens));
        totals->cpu_ns = count_add(totals->cpu_ns, box->cpu_ns);
        double cost = box_cost_usd(box);
        if (cost >= 0)
            totals->cost_usd = (totals->cost_usd > 0 ? totals->cost_usd : 0) + cost;
    }
}
