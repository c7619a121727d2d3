#include "tui/logfeed.h"

#include "tui/format.h"

#include <stdio.h>

static const uint64_t ID_BASE = (uint64_t)1 << 62;

uint64_t book_feed_id(int64_t number)
{
    return ID_BASE + (uint64_t)number;
}

int64_t book_feed_number(uint64_t id)
{
    return (int64_t)(id - ID_BASE);
}

void logfeed_gap_note(char *out, size_t size, int64_t gap_ms)
{
    char span[16];
    if (gap_ms > 0)
        snprintf(out, size, "lines are missing here (%s)", format_duration(span, sizeof span, gap_ms));
    else
        snprintf(out, size, "lines are missing here");
}

static size_t book_count(void *ctx)
{
    return ((struct book_feed *)ctx)->book->count;
}

static uint64_t book_id(void *ctx, size_t index)
{
    return book_feed_id(((struct book_feed *)ctx)->book->first_number + (int64_t)index);
}

static size_t book_find(void *ctx, uint64_t id)
{
    const struct logbook *book = ((struct book_feed *)ctx)->book;
    int64_t number = book_feed_number(id);
    if (number <= book->first_number)
        return 0;
    size_t index = (size_t)(number - book->first_number);
    return index < book->count ? index : book->count;
}

static void book_item(void *ctx, size_t index, struct logfeed_item *out)
{
    struct book_feed *feed = ctx;
    const struct logbook_line *entry = logbook_at(feed->book, feed->book->first_number + (int64_t)index);
    *out = (struct logfeed_item){.line = entry->gap ? NULL : &entry->line, .continued = entry->continued};
    if (!entry->gap)
        return;
    logfeed_gap_note(feed->note, sizeof feed->note, entry->gap_ms);
    out->note = feed->note;
}

/* The newest line of a book may still grow: it is new each time. */
static uint64_t book_changed(void *ctx)
{
    struct book_feed *feed = ctx;
    const struct logbook *book = feed->book;
    int64_t from = book->first_number, end = logbook_end(book);
    int64_t changed = from < feed->from || feed->to > end ? from : feed->to;
    feed->from = from;
    feed->to = end - (book->has_tail ? 1 : 0);
    return changed < end ? book_feed_id(changed) : LOGFEED_SAME;
}

struct logfeed book_feed_init(struct book_feed *feed, const struct logbook *book)
{
    *feed = (struct book_feed){.book = book, .from = book->first_number, .to = book->first_number};
    return (struct logfeed){
        .ctx = feed,
        .count = book_count,
        .id = book_id,
        .find = book_find,
        .item = book_item,
        .changed = book_changed,
    };
}
