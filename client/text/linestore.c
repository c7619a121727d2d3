#include "client/text/linestore.h"

#include "client/base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { SMALL_PART = 4 }; /* a chunk of less than 1/4 of the usual size is joined with what comes before it */

static bool shrink(void *ctx, enum linepool_shrink how);

void linestore_init(struct linestore *store, int64_t first_number, size_t chunk_bytes, struct linepool *pool)
{
    *store = (struct linestore){
        .first_number = first_number, .chunk_bytes = chunk_bytes, .pool = pool, .at_number = INT64_MIN};
    store->user.ctx = store;
    store->user.shrink = shrink;
    if (pool != NULL)
        linepool_join(pool, &store->user);
}

static struct linestore_chunk *chunk_at(const struct linestore *store, size_t index)
{
    return &store->chunks[store->first + index];
}

static void free_chunk(struct linestore *store, struct linechunk *chunk)
{
    if (chunk->file_at >= 0)
        linepool_free(store->pool, chunk->file_at, linechunk_size(chunk));
    linechunk_done(chunk);
}

void linestore_done(struct linestore *store)
{
    for (size_t i = 0; i < store->count; i++)
        free_chunk(store, &chunk_at(store, i)->chunk);
    if (store->pool != NULL)
        linepool_leave(store->pool, &store->user);
    free(store->chunks);
    free(store->copy);
    linechunk_reader_done(&store->reader);
    *store = (struct linestore){0};
}

int64_t linestore_end(const struct linestore *store)
{
    return store->first_number + (int64_t)store->lines;
}

static void forget_place(struct linestore *store)
{
    store->at_number = INT64_MIN;
}

/* ---- what is held ---- */

static void count_in(struct linestore *store, const struct linechunk *chunk)
{
    store->memory += linechunk_memory(chunk);
    store->disk += chunk->file_at >= 0 ? linechunk_size(chunk) : 0;
    store->errors += chunk->errors;
    store->gaps += chunk->gaps;
}

static void count_out(struct linestore *store, const struct linechunk *chunk)
{
    store->memory -= linechunk_memory(chunk);
    store->disk -= chunk->file_at >= 0 ? linechunk_size(chunk) : 0;
    store->errors -= chunk->errors;
    store->gaps -= chunk->gaps;
}

void linestore_settle(struct linestore *store)
{
    if (store->pool == NULL)
        return;
    linepool_use(store->pool, &store->user, store->memory, store->disk);
    linepool_settle(store->pool);
}

static void seal(struct linestore *store, struct linechunk *chunk)
{
    if (chunk->sealed)
        return;
    count_out(store, chunk);
    linechunk_seal(chunk);
    count_in(store, chunk);
}

static bool write_oldest(struct linestore *store)
{
    size_t i = 0;
    while (i < store->count && chunk_at(store, i)->chunk.file_at >= 0)
        i++;
    if (i == store->count || chunk_at(store, i)->chunk.count == 0)
        return false;
    struct linechunk *chunk = &chunk_at(store, i)->chunk;
    seal(store, chunk);
    int64_t at = linepool_write(store->pool, chunk->text, linechunk_size(chunk));
    if (at < 0)
        return false;
    count_out(store, chunk);
    free(chunk->text);
    chunk->text = NULL;
    chunk->heads = NULL;
    chunk->file_at = at;
    count_in(store, chunk);
    return true;
}

bool linestore_drop(struct linestore *store, enum line_gap why)
{
    if (store->count < 2)
        return false;
    struct linechunk *oldest = &chunk_at(store, 0)->chunk;
    if (!store->lost) {
        store->lost_from = oldest->marks[0].time;
        store->gaps++;
    }
    store->lost = true;
    store->lost_why = why;
    store->lost_to = oldest->time;
    int64_t end = linestore_end(store);
    count_out(store, oldest);
    free_chunk(store, oldest);
    store->first++;
    store->count--;
    store->first_number = chunk_at(store, 0)->from - 1;
    store->lines = (size_t)(end - store->first_number);
    forget_place(store);
    return true;
}

static bool shrink(void *ctx, enum linepool_shrink how)
{
    struct linestore *store = ctx;
    bool done;
    if (how == LINEPOOL_WRITE) {
        done = write_oldest(store);
    } else {
        bool trouble = linepool_trouble(store->pool)[0] != '\0';
        done = linestore_drop(store, trouble ? LINE_GAP_DISK : LINE_GAP_FULL);
        if (done && store->on_loss != NULL)
            store->on_loss(store->ctx);
    }
    linepool_use(store->pool, &store->user, store->memory, store->disk);
    return done;
}

/* ---- adding ---- */

static struct linechunk *push_chunk(struct linestore *store, int64_t time)
{
    if (store->first > store->room / 4 && store->first + store->count == store->room) {
        memmove(store->chunks, chunk_at(store, 0), store->count * sizeof *store->chunks);
        store->first = 0;
    }
    store->chunks =
        mem_grow(store->chunks, &store->room, store->first + store->count + 1, sizeof *store->chunks);
    struct linestore_chunk *fresh = chunk_at(store, store->count++);
    fresh->from = linestore_end(store);
    linechunk_init(&fresh->chunk, time);
    store->memory += linechunk_memory(&fresh->chunk);
    return &fresh->chunk;
}

void linestore_append(struct linestore *store, const struct line_entry *entry)
{
    struct linechunk *chunk = store->count > 0 ? &chunk_at(store, store->count - 1)->chunk : NULL;
    if (chunk != NULL && !chunk->sealed && linechunk_size(chunk) >= store->chunk_bytes)
        seal(store, chunk);
    if (chunk == NULL || chunk->sealed)
        chunk = push_chunk(store, entry->gap && chunk != NULL ? chunk->time : entry->line.time);
    count_out(store, chunk);
    linechunk_add(chunk, entry);
    count_in(store, chunk);
    store->lines++;
}

/* The gap before the oldest line, as an entry. */
static struct line_entry lost_entry(const struct linestore *store)
{
    bool known = store->lost_from > 0 && store->lost_to > store->lost_from;
    return (struct line_entry){.line = {.time = store->lost_to},
                               .gap = true,
                               .why = store->lost_why,
                               .gap_ms = known ? store->lost_to - store->lost_from : 0};
}

static struct linechunk_bytes bytes_of(struct linestore *store, const struct linechunk *chunk)
{
    if (chunk->file_at < 0)
        return linechunk_bytes(chunk);
    const char *copy = linepool_read(store->pool, chunk->file_at, linechunk_size(chunk));
    return copy != NULL ? linechunk_bytes_of(chunk, copy) : (struct linechunk_bytes){0};
}

/* Room for a chunk before the others. */
static struct linestore_chunk *unshift_chunk(struct linestore *store)
{
    if (store->first == 0) {
        size_t slack = store->count / 2 + 4;
        store->chunks = mem_grow(store->chunks, &store->room, store->count + slack, sizeof *store->chunks);
        memmove(store->chunks + slack, store->chunks, store->count * sizeof *store->chunks);
        store->first = slack;
    }
    store->first--;
    store->count++;
    forget_place(store);
    return chunk_at(store, 0);
}

/* Moves the lines of the oldest chunk behind those of `chunk`, if it is worth it: many small pages would
 * become as many small chunks. */
static void join_oldest(struct linestore *store, struct linechunk *chunk)
{
    struct linechunk *oldest = store->count > 1 ? &chunk_at(store, 0)->chunk : NULL;
    if (oldest == NULL || oldest->file_at >= 0 || linechunk_size(oldest) > store->chunk_bytes / SMALL_PART)
        return;
    struct linechunk_bytes bytes = linechunk_bytes(oldest);
    struct linechunk_mark at = linechunk_find(oldest, &bytes, 0);
    for (uint32_t i = 0; i < oldest->count; i++) {
        linechunk_read(oldest, &bytes, &at, &store->reader);
        linechunk_add(chunk, &store->reader.entry);
    }
    count_out(store, oldest);
    linechunk_done(oldest);
    store->first++;
    store->count--;
}

void linestore_prepend(struct linestore *store, const struct line_entry *entries, size_t count)
{
    if (count == 0)
        return;
    int64_t from = store->first_number - (int64_t)count;
    struct linechunk chunk;
    linechunk_init(&chunk, entries[0].line.time);
    for (size_t i = 0; i < count; i++)
        linechunk_add(&chunk, &entries[i]);
    if (store->lost) { /* it stays where it was: what comes now is older than what went */
        struct line_entry gap = lost_entry(store);
        linechunk_add(&chunk, &gap);
        store->lost = false;
        store->gaps--;
    }
    join_oldest(store, &chunk);
    linechunk_seal(&chunk);
    *unshift_chunk(store) = (struct linestore_chunk){.chunk = chunk, .from = from};
    count_in(store, &chunk);
    store->first_number = from;
    store->lines += count;
}

/* ---- reading ---- */

static size_t find_chunk(const struct linestore *store, int64_t number)
{
    size_t low = 0, high = store->count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (chunk_at(store, middle)->from <= number)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* The bytes that a line from the disk points to may be read over soon. */
static void keep_copy(struct linestore *store)
{
    struct text *text = &store->reader.entry.line.text;
    if (text->bytes == NULL)
        return;
    store->copy = mem_grow(store->copy, &store->copy_room, (size_t)text->len + 1, 1);
    memcpy(store->copy, text->bytes, (size_t)text->len + 1);
    text->bytes = store->copy;
}

const struct line_entry *linestore_at(struct linestore *store, int64_t number)
{
    assert(number >= store->first_number && number < linestore_end(store));
    if (store->lost && number == store->first_number) {
        store->reader.entry = lost_entry(store);
        return &store->reader.entry;
    }
    bool next = number == store->at_number;
    if (next &&
        number >= chunk_at(store, store->at_chunk)->from + chunk_at(store, store->at_chunk)->chunk.count)
        next = false;
    if (!next)
        store->at_chunk = find_chunk(store, number);
    const struct linestore_chunk *place = chunk_at(store, store->at_chunk);
    const struct linechunk *chunk = &place->chunk;
    struct linechunk_bytes bytes = bytes_of(store, chunk);
    if (bytes.text == NULL) {
        store->reader.entry = (struct line_entry){.gap = true, .why = LINE_GAP_UNREADABLE};
        forget_place(store);
        return &store->reader.entry;
    }
    if (!next)
        store->at = linechunk_find(chunk, &bytes, (uint32_t)(number - place->from));
    linechunk_read(chunk, &bytes, &store->at, &store->reader);
    store->at_number = number + 1;
    if (chunk->file_at >= 0)
        keep_copy(store);
    return &store->reader.entry;
}

int64_t linestore_find_time(struct linestore *store, int64_t time)
{
    size_t low = 0, high = store->count;
    while (low < high) { /* the first chunk that ends at that time or later */
        size_t middle = low + (high - low) / 2;
        if (chunk_at(store, middle)->chunk.time < time)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == store->count)
        return linestore_end(store);
    const struct linestore_chunk *place = chunk_at(store, low);
    struct linechunk_bytes bytes = bytes_of(store, &place->chunk);
    return place->from + (bytes.text != NULL ? linechunk_find_time(&place->chunk, &bytes, time) : 0);
}

/* In one chunk: the number of the first line of indexes from..to-1 that `find` finds, or -1. */
static int64_t seek_chunk(struct linestore *store, const struct linestore_chunk *place, uint32_t from,
                          uint32_t to, linestore_finder *find, const void *ctx)
{
    const struct linechunk *chunk = &place->chunk;
    struct linechunk_bytes bytes = bytes_of(store, chunk);
    if (bytes.text == NULL)
        return from; /* it reads as a gap */
    uint32_t start = linechunk_find(chunk, &bytes, from).text_at;
    uint32_t end = linechunk_find(chunk, &bytes, to).text_at, ignored;
    size_t at = find(ctx, bytes.text + start, end - start);
    return at < end - start ? (int64_t)linechunk_line_at(chunk, &bytes, start + (uint32_t)at, &ignored) : -1;
}

/* A gap has no text to be found by. */
static int64_t next_gap(struct linestore *store, int64_t from, int64_t to)
{
    while (from < to && !linestore_at(store, from)->gap)
        from++;
    return from;
}

int64_t linestore_seek(struct linestore *store, int64_t from, int64_t to, linestore_finder *find,
                       const void *ctx)
{
    if (from < to && store->lost && from == store->first_number)
        return from;
    for (size_t i = find_chunk(store, from); i < store->count && from < to; i++) {
        const struct linestore_chunk *place = chunk_at(store, i);
        int64_t end = place->from + place->chunk.count;
        end = end < to ? end : to;
        int64_t hit = seek_chunk(store, place, (uint32_t)(from - place->from), (uint32_t)(end - place->from),
                                 find, ctx);
        hit = hit < 0 ? end : place->from + hit;
        if (place->chunk.gaps > 0)
            hit = next_gap(store, from, hit);
        if (hit < end)
            return hit;
        from = end;
    }
    return to;
}
