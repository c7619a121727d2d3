#include "tui/logbook.h"

#include "client/base/mem.h"

#include <assert.h>
#include <stdlib.h>

enum { RING_MIN = 64 };

void logbook_init(struct logbook *book, size_t cap)
{
    *book = (struct logbook){.cap = cap};
}

static struct logbook_line *slot(const struct logbook *book, size_t index)
{
    return &book->lines[(book->first + index) % book->room];
}

void logbook_done(struct logbook *book)
{
    for (size_t i = 0; i < book->count; i++)
        log_line_done(&slot(book, i)->line);
    free(book->lines);
    *book = (struct logbook){.cap = book->cap, .version = book->version + 1};
}

static size_t weight(const struct logbook_line *entry)
{
    return sizeof *entry + entry->line.text.len + 1 + entry->line.text.span_count * sizeof(struct text_span);
}

static void count_in(struct logbook *book, const struct logbook_line *entry)
{
    book->bytes += weight(entry);
    book->errors += entry->line.level == LOG_LEVEL_ERROR;
    book->gaps += entry->gap;
}

static void count_out(struct logbook *book, const struct logbook_line *entry)
{
    book->bytes -= weight(entry);
    book->errors -= entry->line.level == LOG_LEVEL_ERROR;
    book->gaps -= entry->gap;
}

static void move_to_ring_of(struct logbook *book, size_t room)
{
    struct logbook_line *lines = mem_zalloc(room, sizeof *lines);
    for (size_t i = 0; i < book->count; i++)
        lines[i] = *slot(book, i);
    free(book->lines);
    book->lines = lines;
    book->room = room;
    book->first = 0;
}

static void make_room(struct logbook *book)
{
    if (book->count == book->room)
        move_to_ring_of(book, book->room > 0 ? book->room * 2 : RING_MIN);
}

static void drop_oldest(struct logbook *book)
{
    struct logbook_line *oldest = slot(book, 0);
    count_out(book, oldest);
    log_line_done(&oldest->line);
    book->first = (book->first + 1) % book->room;
    book->count--;
    book->first_number++;
    book->trimmed = true;
    book->at_start = false;
}

static void keep_to_cap(struct logbook *book)
{
    while (book->bytes > book->cap && book->count > 1)
        drop_oldest(book);
}

void logbook_set_cap(struct logbook *book, size_t cap)
{
    book->cap = cap;
    if (book->bytes <= cap)
        return;
    keep_to_cap(book);
    if (book->count < book->room / 4)
        move_to_ring_of(book, book->count * 2 > RING_MIN ? book->count * 2 : RING_MIN);
    book->version++;
}

static void push_newest(struct logbook *book, struct logbook_line entry)
{
    make_room(book);
    *slot(book, book->count) = entry;
    book->count++;
    count_in(book, &entry);
    keep_to_cap(book);
}

/* Older lines are welcome only while the cap has room: what the operator reads now is worth more. */
static void push_oldest(struct logbook *book, struct logbook_line entry)
{
    if (book->bytes + weight(&entry) > book->cap) {
        log_line_done(&entry.line);
        book->trimmed = true;
        return;
    }
    make_room(book);
    book->first = (book->first + book->room - 1) % book->room;
    book->count++;
    book->first_number--;
    *slot(book, 0) = entry;
    count_in(book, &entry);
}

static struct logbook_line take(struct log_line *line)
{
    struct logbook_line entry = {.line = *line};
    *line = (struct log_line){0};
    return entry;
}

/* Each further line of a message becomes a line of its own, so that a viewer need not know that there are
 * such messages. */
static struct logbook_line take_rest(struct log_line *line, uint32_t at)
{
    struct logbook_line entry = {
        .line = {.time = line->time, .level = line->level, .source = line->source, .text = line->rest[at]},
        .continued = true,
    };
    line->rest[at] = (struct text){0};
    return entry;
}

static void drop_rest(struct log_line *line)
{
    for (uint32_t i = 0; i < line->rest_count; i++)
        text_done(&line->rest[i]);
    free(line->rest);
    line->rest = NULL;
    line->rest_count = 0;
}

static void push_message(struct logbook *book, struct log_line *line)
{
    struct log_line message = *line;
    *line = (struct log_line){0};
    struct logbook_line entry = {.line = message};
    entry.line.rest = NULL;
    entry.line.rest_count = 0;
    push_newest(book, entry);
    for (uint32_t i = 0; i < message.rest_count; i++)
        push_newest(book, take_rest(&message, i));
    drop_rest(&message);
}

/* From its last line to its first: older lines are put before what is there. */
static void push_message_before(struct logbook *book, struct log_line *line)
{
    struct log_line message = *line;
    *line = (struct log_line){0};
    for (uint32_t i = message.rest_count; i-- > 0;)
        push_oldest(book, take_rest(&message, i));
    drop_rest(&message);
    push_oldest(book, (struct logbook_line){.line = message});
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
        push_newest(book, (struct logbook_line){.gap = true, .gap_ms = gap_ms});
    if (join == LOG_JOIN_PREPEND) {
        for (size_t i = count; i-- > 0;)
            push_message_before(book, &lines[i]);
    } else {
        for (size_t i = 0; i < count; i++)
            push_message(book, &lines[i]);
    }
    book->version++;
}

void logbook_append(struct logbook *book, struct log_line *line)
{
    logbook_drop_tail(book);
    push_newest(book, take(line));
    book->version++;
}

void logbook_set_tail(struct logbook *book, struct log_line *line)
{
    logbook_drop_tail(book);
    push_newest(book, take(line));
    book->has_tail = true;
    book->version++;
}

void logbook_drop_tail(struct logbook *book)
{
    if (!book->has_tail)
        return;
    assert(book->count > 0);
    struct logbook_line *newest = slot(book, book->count - 1);
    count_out(book, newest);
    log_line_done(&newest->line);
    book->count--;
    book->has_tail = false;
    book->version++;
}

const struct logbook_line *logbook_at(const struct logbook *book, int64_t number)
{
    if (number < book->first_number || number >= logbook_end(book))
        return NULL;
    return slot(book, (size_t)(number - book->first_number));
}

int64_t logbook_end(const struct logbook *book)
{
    return book->first_number + (int64_t)book->count;
}
