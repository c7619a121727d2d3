#include "tui/logbook.h"

#include "client/base/mem.h"

#include <assert.h>
#include <stdlib.h>

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

static void make_room(struct logbook *book)
{
    if (book->count < book->room)
        return;
    size_t room = book->room > 0 ? book->room * 2 : 64;
    struct logbook_line *lines = mem_zalloc(room, sizeof *lines);
    for (size_t i = 0; i < book->count; i++)
        lines[i] = *slot(book, i);
    free(book->lines);
    book->lines = lines;
    book->room = room;
    book->first = 0;
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

static void push_newest(struct logbook *book, struct logbook_line entry)
{
    make_room(book);
    *slot(book, book->count) = entry;
    book->count++;
    count_in(book, &entry);
    while (book->bytes > book->cap && book->count > 1)
        drop_oldest(book);
}

/* Older lines are welcome only while the cap has room: what the operator reads now is worth more. */
static bool push_oldest(struct logbook *book, struct logbook_line entry)
{
    if (book->bytes + weight(&entry) > book->cap)
        return false;
    make_room(book);
    book->first = (book->first + book->room - 1) % book->room;
    book->count++;
    book->first_number--;
    *slot(book, 0) = entry;
    count_in(book, &entry);
    return true;
}

static struct logbook_line take(struct log_line *line)
{
    struct logbook_line entry = {.line = *line};
    *line = (struct log_line){0};
    return entry;
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
        for (size_t i = count; i-- > 0;) {
            struct logbook_line entry = take(&lines[i]);
            if (push_oldest(book, entry))
                continue;
            log_line_done(&entry.line);
            book->trimmed = true;
        }
    } else {
        for (size_t i = 0; i < count; i++)
            push_newest(book, take(&lines[i]));
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
