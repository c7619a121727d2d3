#include "tui/cli/cli_lines.h"

#include "client/base/mem.h"

#include <stdlib.h>
#include <string.h>

static void line_free(struct cli_line *entry)
{
    log_line_done(&entry->line);
    *entry = (struct cli_line){0};
}

static void drop_all(struct cli_lines *lines)
{
    for (size_t i = 0; i < lines->count; i++)
        line_free(&lines->items[i]);
    lines->count = lines->bytes = 0;
}

void cli_lines_done(struct cli_lines *lines)
{
    drop_all(lines);
    free(lines->items);
    free(lines->printed);
    *lines = (struct cli_lines){0};
}

static size_t size_of(const struct log_line *line)
{
    size_t size = sizeof(struct cli_line) + line->text.len + line->raw_len;
    for (uint32_t i = 0; i < line->rest_count; i++)
        size += sizeof line->rest[i] + line->rest[i].len;
    return size;
}

/* Makes room for `count` lines at an index. */
static struct cli_line *insert(struct cli_lines *lines, size_t at, size_t count)
{
    lines->items = mem_grow(lines->items, &lines->room, lines->count + count, sizeof *lines->items);
    memmove(lines->items + at + count, lines->items + at, (lines->count - at) * sizeof *lines->items);
    lines->count += count;
    return lines->items + at;
}

static void move_in(struct cli_lines *lines, struct cli_line *to, struct log_line *line)
{
    lines->bytes += size_of(line);
    *to = (struct cli_line){.line = *line};
    *line = (struct log_line){0};
}

static void append(struct cli_lines *lines, struct log_line *items, size_t count)
{
    struct cli_line *to = insert(lines, lines->count, count);
    for (size_t i = 0; i < count; i++)
        move_in(lines, &to[i], &items[i]);
}

static void append_gap(struct cli_lines *lines, int64_t gap_ms)
{
    *insert(lines, lines->count, 1) = (struct cli_line){.gap = true, .gap_ms = gap_ms};
}

static void prepend(struct cli_lines *lines, struct log_line *items, size_t count)
{
    if (lines->printed_count > 0 || lines->full)
        return;
    struct cli_line *to = insert(lines, 0, count);
    for (size_t i = 0; i < count; i++)
        move_in(lines, &to[i], &items[i]);
    lines->full = lines->bytes > CLI_LINES_HELD_MAX;
}

/* ---- the log anew ---- */

static int compare_digests(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

/* Digests as a bag: each can be taken out as often as it is in. */
struct bag {
    uint64_t *digests; /* sorted */
    bool *taken;
    size_t count;
};

static struct bag bag_make(uint64_t *digests, size_t count)
{
    if (count > 1)
        qsort(digests, count, sizeof *digests, compare_digests);
    return (struct bag){digests, mem_zalloc(count + 1, sizeof(bool)), count};
}

static bool bag_take(struct bag *bag, uint64_t digest)
{
    size_t low = 0, high = bag->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (bag->digests[middle] < digest)
            low = middle + 1;
        else
            high = middle;
    }
    while (low < bag->count && bag->digests[low] == digest && bag->taken[low])
        low++;
    if (low == bag->count || bag->digests[low] != digest)
        return false;
    bag->taken[low] = true;
    return true;
}

static void bag_done(struct bag *bag)
{
    free(bag->digests);
    free(bag->taken);
}

/* Held lines that come again give way to the new ones, whose order is right; those that do not are kept. */
static void drop_held_that_come(struct cli_lines *lines, const struct log_line *items, size_t count)
{
    uint64_t *digests = mem_zalloc(count + 1, sizeof *digests);
    for (size_t i = 0; i < count; i++)
        digests[i] = items[i].digest;
    struct bag bag = bag_make(digests, count);
    size_t kept = 0;
    for (size_t i = 0; i < lines->count; i++) {
        struct cli_line *entry = &lines->items[i];
        if (!entry->gap && bag_take(&bag, entry->line.digest)) {
            lines->bytes -= size_of(&entry->line);
            line_free(entry);
        } else {
            lines->items[kept++] = *entry;
        }
    }
    lines->count = kept;
    bag_done(&bag);
}

static void take_anew(struct cli_lines *lines, struct log_line *items, size_t count)
{
    drop_held_that_come(lines, items, count);
    uint64_t *digests = mem_zalloc(lines->printed_count + 1, sizeof *digests);
    if (lines->printed_count > 0)
        memcpy(digests, lines->printed, lines->printed_count * sizeof *digests);
    struct bag bag = bag_make(digests, lines->printed_count);
    for (size_t i = 0; i < count; i++)
        if (!bag_take(&bag, items[i].digest))
            append(lines, &items[i], 1);
    bag_done(&bag);
}

/* ---- contract ---- */

/* A line whose stamp is unknown, or before the one above, stands with that. */
static void set_keys(struct cli_lines *lines)
{
    int64_t key = lines->printed_key;
    for (size_t i = 0; i < lines->count; i++) {
        int64_t time = lines->items[i].line.time;
        key = time > key ? time : key;
        lines->items[i].key = key;
    }
}

void cli_lines_take(struct cli_lines *lines, struct log_line *items, size_t count, enum log_join join,
                    int64_t gap_ms)
{
    switch (join) {
    case LOG_JOIN_PREPEND:
        prepend(lines, items, count);
        break;
    case LOG_JOIN_RESET:
        take_anew(lines, items, count);
        break;
    case LOG_JOIN_GAP:
        append_gap(lines, gap_ms);
        append(lines, items, count);
        break;
    case LOG_JOIN_APPEND:
        append(lines, items, count);
        break;
    }
    set_keys(lines);
}

int64_t cli_lines_oldest(const struct log_line *items, size_t count)
{
    int64_t oldest = 0;
    for (size_t i = 0; i < count; i++)
        if (items[i].time > 0 && (oldest == 0 || items[i].time < oldest))
            oldest = items[i].time;
    return oldest;
}

void cli_lines_printed(struct cli_lines *lines)
{
    if (lines->printed == NULL && lines->count > 0)
        lines->printed = mem_zalloc(CLI_LINES_REMEMBERED, sizeof *lines->printed);
    for (size_t i = 0; i < lines->count; i++) {
        const struct cli_line *entry = &lines->items[i];
        if (entry->gap)
            continue;
        lines->printed[lines->printed_next] = entry->line.digest;
        lines->printed_next = (lines->printed_next + 1) % CLI_LINES_REMEMBERED;
        if (lines->printed_count < CLI_LINES_REMEMBERED)
            lines->printed_count++;
        lines->printed_key = entry->key;
    }
    drop_all(lines);
}
