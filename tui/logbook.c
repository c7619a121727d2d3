#include "tui/logbook.h"

#include "client/base/mem.h"

#include <assert.h>
#include <stdlib.h>

enum { CHUNK_MIN = 1024, CHUNK_MAX = 64 << 10, CHUNKS = 64 };

void logbook_init(struct logbook *book, size_t cap)
{
    logbook_init_shared(book, cap, NULL);
}

void logbook_init_shared(struct logbook *book, size_t cap, struct linepool *pool)
{
    *book = (struct logbook){.cap = cap, .pool = pool};
}

void logbook_done(struct logbook *book)
{
    if (book->store != NULL)
        linestore_done(book->store);
    free(book->store);
    log_line_done(&book->tail.line);
    *book = (struct logbook){.cap = book->cap, .pool = book->pool, .version = book->version + 1};
}

/* What readers look at. */
static void take_stock(struct logbook *book)
{
    const struct linestore *store = book->store;
    const struct line_entry *tail = &book->tail;
    book->count = book->has_tail;
    book->errors = book->has_tail && tail->line.level == LOG_LEVEL_ERROR;
    book->bytes = book->has_tail ? tail->line.text.len + 1 : 0;
    book->gaps = 0;
    if (store != NULL) {
        book->count += store->lines;
        book->first_number = store->first_number;
        book->errors += store->errors;
        book->gaps = store->gaps;
        book->bytes += store->memory + store->disk;
        book->trimmed = book->trimmed || store->lost;
        book->at_start = book->at_start && !store->lost;
    }
    book->version++;
}

static void on_loss(void *ctx)
{
    take_stock(ctx);
}

static struct linestore *store_of(struct logbook *book)
{
    if (book->store != NULL)
        return book->store;
    size_t chunk = book->cap / CHUNKS;
    chunk = chunk < CHUNK_MIN ? CHUNK_MIN : chunk > CHUNK_MAX ? CHUNK_MAX : chunk;
    book->store = mem_zalloc(1, sizeof *book->store);
    linestore_init(book->store, book->first_number, chunk, book->pool);
    book->store->on_loss = on_loss;
    book->store->ctx = book;
    return book->store;
}

static void keep_to_cap(struct logbook *book)
{
    struct linestore *store = book->store;
    while (store != NULL && store->memory + store->disk > book->cap && linestore_drop(store, LINE_GAP_FULL))
        ;
}

static void settle(struct logbook *book)
{
    keep_to_cap(book);
    if (book->store != NULL)
        linestore_settle(book->store);
    take_stock(book);
}

void logbook_set_cap(struct logbook *book, size_t cap)
{
    book->cap = cap;
    if (book->bytes > cap)
        settle(book);
}

/* ---- adding ---- */

/* Each further line of a message becomes a line of its own, so that a viewer need not know that there are
 * such messages. */
static struct line_entry rest_of(const struct log_line *line, uint32_t at)
{
    return (struct line_entry){
        .line = {.time = line->time, .level = line->level, .source = line->source, .text = line->rest[at]},
        .continued = true};
}

static void push_message(struct logbook *book, struct log_line *line)
{
    struct linestore *store = store_of(book);
    linestore_append(store, &(struct line_entry){.line = *line});
    for (uint32_t i = 0; i < line->rest_count; i++) {
        struct line_entry rest = rest_of(line, i);
        linestore_append(store, &rest);
    }
    log_line_done(line);
}

/* Older lines are welcome only while there is room: what the operator reads now is worth more. */
static bool has_room(struct logbook *book, const struct line_entry *entries, size_t count)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        bytes += entries[i].line.text.len + sizeof(struct linechunk_mark);
    const struct linestore *store = book->store;
    size_t held = store != NULL ? store->memory + store->disk : 0;
    return held + bytes <= book->cap && (book->pool == NULL || linepool_has_room(book->pool, bytes));
}

static void push_older(struct logbook *book, struct log_line *lines, size_t count)
{
    size_t total = 0, at = 0;
    for (size_t i = 0; i < count; i++)
        total += 1 + lines[i].rest_count;
    struct line_entry *entries = mem_zalloc(total, sizeof *entries);
    for (size_t i = 0; i < count; i++) {
        entries[at++] = (struct line_entry){.line = lines[i]};
        for (uint32_t k = 0; k < lines[i].rest_count; k++)
            entries[at++] = rest_of(&lines[i], k);
    }
    if (has_room(book, entries, total))
        linestore_prepend(store_of(book), entries, total);
    else
        book->trimmed = true;
    free(entries);
    for (size_t i = 0; i < count; i++)
        log_line_done(&lines[i]);
}

void logbook_join(struct logbook *book, struct log_line *lines, size_t count, enum log_join join,
                  int64_t gap_ms)
{
    logbook_drop_tail(book);
    if (join == LOG_JOIN_RESET) {
        int64_t next = logbook_end(book);
        logbook_done(book);
        book->first_number = next;
    }
    if (join == LOG_JOIN_GAP && book->count > 0)
        linestore_append(store_of(book), &(struct line_entry){.gap = true, .gap_ms = gap_ms});
    if (join == LOG_JOIN_PREPEND) {
        push_older(book, lines, count);
    } else {
        for (size_t i = 0; i < count; i++)
            push_message(book, &lines[i]);
    }
    settle(book);
}

void logbook_append(struct logbook *book, struct log_line *line)
{
    logbook_drop_tail(book);
    push_message(book, line);
    settle(book);
}

void logbook_set_tail(struct logbook *book, struct log_line *line)
{
    log_line_done(&book->tail.line);
    book->tail.line = *line;
    *line = (struct log_line){0};
    book->has_tail = true;
    take_stock(book);
}

void logbook_drop_tail(struct logbook *book)
{
    if (!book->has_tail)
        return;
    log_line_done(&book->tail.line);
    book->has_tail = false;
    take_stock(book);
}

/* ---- reading ---- */

const struct line_entry *logbook_at(const struct logbook *book, int64_t number)
{
    if (number < book->first_number || number >= logbook_end(book))
        return NULL;
    if (book->has_tail && number == logbook_end(book) - 1)
        return &book->tail;
    return linestore_at(book->store, number);
}

int64_t logbook_end(const struct logbook *book)
{
    return book->first_number + (int64_t)book->count;
}

int64_t logbook_find_time(const struct logbook *book, int64_t time_ms)
{
    int64_t number = book->store != NULL ? linestore_find_time(book->store, time_ms) : book->first_number;
    bool in_tail = book->has_tail && number == logbook_end(book) - 1;
    return in_tail && book->tail.line.time < time_ms ? logbook_end(book) : number;
}

int64_t logbook_seek(const struct logbook *book, int64_t from, int64_t to, linestore_finder *find,
                     const void *ctx)
{
    int64_t kept = logbook_end(book) - book->has_tail;
    from = from < book->first_number ? book->first_number : from;
    if (from >= to || book->store == NULL || from >= kept)
        return from < to ? from : to;
    return linestore_seek(book->store, from, to < kept ? to : kept, find, ctx);
}
