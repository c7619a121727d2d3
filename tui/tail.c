#include "tui/tail.h"

#include "client/base/mem.h"
#include "tui/format.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GONE_SLACK = 1000, BOX_ROLES = ROLE_BOX_6 - ROLE_BOX_1 + 1 };

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

void tail_init(struct tail *tail, size_t cap)
{
    assert(cap > 0);
    *tail = (struct tail){.cap = cap, .changed = LOGFEED_SAME};
}

void tail_done(struct tail *tail)
{
    for (size_t i = 0; i < tail->box_count; i++)
        free(tail->boxes[i].id);
    free(tail->boxes);
    free(tail->entries);
    free(tail->batch);
    *tail = (struct tail){0};
}

static uint64_t id_of(const struct tail_entry *entry)
{
    return (uint64_t)entry->key << 32 | entry->seq;
}

static void note_change(struct tail *tail, uint64_t id)
{
    if (id < tail->changed)
        tail->changed = id;
}

/* ---- boxes ---- */

static size_t free_slot(struct tail *tail)
{
    for (size_t i = 0; i < tail->box_count; i++)
        if (!tail->boxes[i].member && tail->boxes[i].held == 0) {
            free(tail->boxes[i].id);
            return i;
        }
    tail->boxes = mem_grow(tail->boxes, &tail->box_room, tail->box_count + 1, sizeof *tail->boxes);
    return tail->box_count++;
}

size_t tail_box(struct tail *tail, const char *id, const char *title)
{
    for (size_t i = 0; i < tail->box_count; i++)
        if (strcmp(tail->boxes[i].id, id) == 0)
            return i;
    size_t slot = free_slot(tail);
    struct tail_box *box = &tail->boxes[slot];
    *box = (struct tail_box){.id = mem_dup(id), .role = ROLE_BOX_1 + (enum role)(slot % BOX_ROLES)};
    char letter = letters[slot % (sizeof letters - 1)];
    snprintf(box->name, sizeof box->name, "%.*s", format_cut(title, TAIL_NAME), title);
    snprintf(box->label[false], sizeof box->label[false], "%c %s", letter, box->name);
    snprintf(box->label[true], sizeof box->label[true], "%c~%s", letter, box->name);
    return slot;
}

static void push(struct tail *tail, struct tail_entry entry)
{
    tail->batch = mem_grow(tail->batch, &tail->batch_room, tail->batch_count + 1, sizeof *tail->batch);
    tail->batch[tail->batch_count++] = entry;
    tail->boxes[entry.box].held++;
}

void tail_set_member(struct tail *tail, size_t box, bool member, bool say, int64_t now_s)
{
    if (tail->boxes[box].member == member)
        return;
    tail->boxes[box].member = member;
    if (say)
        push(tail, (struct tail_entry){.key = (uint32_t)now_s,
                                       .box = (uint32_t)box,
                                       .kind = member ? TAIL_JOINED : TAIL_LEFT});
}

/* ---- what goes ---- */

static const struct line_entry *line_of(const struct tail *tail, const struct tail_entry *entry)
{
    const struct logbook *book = tail->boxes[entry->box].book;
    return book != NULL ? logbook_at(book, entry->number) : NULL;
}

/* Leaves out the entries whose line is not held any more. */
static void compact(struct tail *tail)
{
    size_t kept = tail->first;
    for (size_t i = tail->first; i < tail->end; i++) {
        const struct tail_entry *entry = &tail->entries[i];
        if (entry->kind == TAIL_LINE && line_of(tail, entry) == NULL)
            tail->boxes[entry->box].held--;
        else
            tail->entries[kept++] = *entry;
    }
    tail->end = kept;
    tail->gone = 0;
    tail->changed = 0;
}

/* In large bites, for each of them moves the rest. */
static void drop_oldest(struct tail *tail)
{
    size_t count = tail->end - tail->first;
    if (count <= tail->cap)
        return;
    size_t spare = count - tail->cap + tail->cap / 8;
    for (size_t i = 0; i < spare; i++)
        tail->boxes[tail->entries[tail->first + i].box].held--;
    tail->first += spare;
    memmove(tail->entries, tail->entries + tail->first, (tail->end - tail->first) * sizeof *tail->entries);
    tail->end -= tail->first;
    tail->first = 0;
}

/* ---- what comes ---- */

/* Where a line goes: its box's order first, then its stamp; at the end when it comes too late for that. */
static struct tail_entry place(struct tail *tail, size_t slot, int64_t number, int64_t newest, int64_t now_s,
                               bool history)
{
    struct tail_box *box = &tail->boxes[slot];
    const struct line_entry *entry = logbook_at(box->book, number);
    int64_t stamp = entry->gap ? 0 : entry->line.time / 1000;
    if (stamp > now_s)
        stamp = now_s;
    if (stamp > box->natural)
        box->natural = stamp;
    if (box->natural == 0)
        box->natural = newest > 0 ? newest : now_s; /* no stamp at all */
    int64_t key = box->natural > box->placed ? box->natural : box->placed;
    if (!history && key + TAIL_LATE_S < newest)
        key = newest;
    box->placed = key;
    return (struct tail_entry){
        .key = (uint32_t)key, .box = (uint32_t)slot, .number = number, .late = key != box->natural};
}

/* Lines that were put before the oldest one known: in time, and before it. Stamps are whole seconds, so the
 * end of the second before is as good a place. */
static void gather_older(struct tail *tail, size_t slot)
{
    struct tail_box *box = &tail->boxes[slot];
    int64_t natural = 0, oldest = box->oldest;
    for (int64_t number = box->book->first_number; number < box->first; number++) {
        const struct line_entry *entry = logbook_at(box->book, number);
        int64_t stamp = entry->gap ? 0 : entry->line.time / 1000;
        if (stamp > natural)
            natural = stamp;
        int64_t key = natural > 0 && natural < oldest - 1 ? natural : oldest - 1;
        if (number == box->book->first_number)
            box->oldest = key;
        push(tail, (struct tail_entry){.key = (uint32_t)key, .box = (uint32_t)slot, .number = number});
        tail->lines++;
    }
}

static void gather(struct tail *tail, size_t slot, int64_t newest, int64_t now_s, bool catching_up)
{
    struct tail_box *box = &tail->boxes[slot];
    const struct logbook *book = box->book;
    if (book->version == box->version && box->started)
        return;
    int64_t end = logbook_end(book) - (book->has_tail ? 1 : 0);
    if (box->started && book->first_number > box->first)
        tail->gone += (size_t)(book->first_number - box->first);
    if (box->started && box->oldest > 0 && book->first_number < box->first)
        gather_older(tail, slot);
    bool history = catching_up || !box->started || book->first_number >= box->to;
    if (!box->started || box->to < book->first_number)
        box->to = book->first_number;
    for (; box->to < end; box->to++) {
        struct tail_entry entry = place(tail, slot, box->to, newest, now_s, history);
        if (box->oldest == 0)
            box->oldest = entry.key;
        push(tail, entry);
        tail->late += entry.late;
        tail->lines++;
        tail->arrived[TAIL_RATE_S] += !history;
    }
    box->started = true;
    box->first = book->first_number;
    box->version = book->version;
}

static int by_key(const void *left, const void *right)
{
    const struct tail_entry *a = left, *b = right;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return a->seq < b->seq ? -1 : 1;
}

/* The first entry after all those of this key. */
static size_t place_after(const struct tail *tail, uint32_t key)
{
    size_t low = tail->first, high = tail->end;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (tail->entries[middle].key <= key)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Among equal keys what is there stands before what comes. */
static void number_batch(struct tail *tail)
{
    for (size_t i = 0; i < tail->batch_count; i++)
        tail->batch[i].seq = (uint32_t)i;
    qsort(tail->batch, tail->batch_count, sizeof *tail->batch, by_key);
    for (size_t i = 0; i < tail->batch_count; i++) {
        struct tail_entry *entry = &tail->batch[i];
        if (i > 0 && tail->batch[i - 1].key == entry->key) {
            entry->seq = tail->batch[i - 1].seq + 1;
            continue;
        }
        size_t after = place_after(tail, entry->key);
        bool same = after > tail->first && tail->entries[after - 1].key == entry->key;
        entry->seq = same ? tail->entries[after - 1].seq + 1 : 0;
    }
}

/* From the back, so that every entry moves once at most. */
static void merge(struct tail *tail)
{
    number_batch(tail);
    note_change(tail, id_of(&tail->batch[0]));
    size_t old = tail->end, fresh = tail->batch_count;
    tail->entries = mem_grow(tail->entries, &tail->room, old + fresh, sizeof *tail->entries);
    tail->end = old + fresh;
    for (size_t to = tail->end; fresh > 0; to--) {
        bool later = old > tail->first && tail->entries[old - 1].key > tail->batch[fresh - 1].key;
        tail->entries[to - 1] = later ? tail->entries[--old] : tail->batch[--fresh];
    }
    tail->batch_count = 0;
}

/* Counts of whole seconds; the last cell is the second under way. */
static void count_arrivals(struct tail *tail, int64_t now_s)
{
    int64_t passed = now_s - tail->arrived_s;
    if (passed <= 0)
        return;
    for (; passed > 0 && tail->arrived_s < now_s; passed--, tail->arrived_s++) {
        if (passed > TAIL_RATE_S + 1) {
            memset(tail->arrived, 0, sizeof tail->arrived);
            tail->arrived_s = now_s;
            return;
        }
        memmove(tail->arrived, tail->arrived + 1, TAIL_RATE_S * sizeof tail->arrived[0]);
        tail->arrived[TAIL_RATE_S] = 0;
    }
}

/* A book may be gone, be another one (it ends before what was seen of it), or hold other lines only: the
 * service's log was replaced. */
static void look_for_loss(struct tail *tail, struct tail_box *box)
{
    const struct logbook *book = box->book;
    bool other = book == NULL || logbook_end(book) < box->to;
    bool replaced = !other && box->to > box->first && book->first_number >= box->to;
    if (!box->started || (!other && !replaced))
        return;
    box->book = NULL;
    compact(tail);
    box->book = book;
    box->natural = box->placed = box->oldest = 0;
    box->to = other ? 0 : box->to;
    box->started = !other;
}

bool tail_update(struct tail *tail, int64_t now_s, bool catching_up)
{
    count_arrivals(tail, now_s);
    int64_t newest = tail->end > tail->first ? tail->entries[tail->end - 1].key : 0;
    for (size_t i = 0; i < tail->box_count; i++) {
        look_for_loss(tail, &tail->boxes[i]);
        if (tail->boxes[i].book != NULL)
            gather(tail, i, newest, now_s, catching_up);
    }
    if (tail->batch_count > 0)
        merge(tail);
    drop_oldest(tail);
    if (tail->gone > (tail->end - tail->first) / 8 + GONE_SLACK)
        compact(tail);
    return tail->changed != LOGFEED_SAME;
}

double tail_rate(const struct tail *tail, int64_t now_s)
{
    uint64_t sum = 0;
    for (int i = 0; i < TAIL_RATE_S; i++) {
        int64_t second = tail->arrived_s - TAIL_RATE_S + i;
        sum += second >= now_s - TAIL_RATE_S ? tail->arrived[i] : 0;
    }
    return (double)sum / TAIL_RATE_S;
}

/* ---- as a feed ---- */

static size_t feed_count(void *ctx)
{
    const struct tail *tail = ctx;
    return tail->end - tail->first;
}

static uint64_t feed_id(void *ctx, size_t index)
{
    const struct tail *tail = ctx;
    return id_of(&tail->entries[tail->first + index]);
}

static size_t find_entry(const struct tail *tail, uint64_t id)
{
    size_t low = tail->first, high = tail->end;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (id_of(&tail->entries[middle]) < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static size_t feed_find(void *ctx, uint64_t id)
{
    const struct tail *tail = ctx;
    return find_entry(tail, id) - tail->first;
}

static void feed_item(void *ctx, size_t index, struct logfeed_item *out)
{
    struct tail *tail = ctx;
    const struct tail_entry *entry = &tail->entries[tail->first + index];
    const struct tail_box *box = &tail->boxes[entry->box];
    *out = (struct logfeed_item){
        .hidden = box->hidden, .box = box->id, .source = box->label[entry->late], .source_role = box->role};
    const struct line_entry *line = entry->kind == TAIL_LINE ? line_of(tail, entry) : NULL;
    if (line != NULL && !line->gap) {
        out->line = &line->line;
        out->continued = line->continued;
        return;
    }
    out->note = tail->note;
    char gap[96];
    if (entry->kind != TAIL_LINE)
        snprintf(tail->note, sizeof tail->note, "%s %s", box->label[false],
                 entry->kind == TAIL_JOINED ? "joined" : "left: it does not run any more");
    else if (line == NULL)
        snprintf(tail->note, sizeof tail->note, "%s: a line that is not held any more", box->label[false]);
    else {
        logfeed_gap_note(gap, sizeof gap, line);
        snprintf(tail->note, sizeof tail->note, "%s: %s", box->label[false], gap);
    }
}

static uint64_t feed_changed(void *ctx)
{
    struct tail *tail = ctx;
    uint64_t changed = tail->changed;
    tail->changed = LOGFEED_SAME;
    return changed;
}

struct logfeed tail_feed(struct tail *tail)
{
    return (struct logfeed){
        .ctx = tail,
        .count = feed_count,
        .id = feed_id,
        .find = feed_find,
        .item = feed_item,
        .changed = feed_changed,
    };
}

bool tail_find(const struct tail *tail, uint64_t id, size_t *box, int64_t *number)
{
    size_t at = find_entry(tail, id);
    if (at >= tail->end || id_of(&tail->entries[at]) != id || tail->entries[at].kind != TAIL_LINE)
        return false;
    *box = tail->entries[at].box;
    *number = tail->entries[at].number;
    return true;
}
