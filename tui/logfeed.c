#include "tui/logfeed.h"

#include "client/base/mem.h"
#include "tui/format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MARKS_MAX = 400, PROMPT_MAX = 120, NEAR_MS = 30 * 1000 };

/* Every line has two ids: the odd one is its own, the even one before it that of its mark. */
static const uint64_t ID_BASE = (uint64_t)1 << 62;

uint64_t book_feed_id(int64_t number)
{
    return ID_BASE + (uint64_t)number * 2 + 1;
}

int64_t book_feed_number(uint64_t id)
{
    int64_t twice = (int64_t)(id - ID_BASE);
    return twice >> 1;
}

static bool is_mark(uint64_t id)
{
    return id % 2 == 0;
}

void logfeed_gap_note(char *out, size_t size, const struct line_entry *gap)
{
    static const char *const whys[] = {
        [LINE_GAP_UNKNOWN] = "lines are missing here",
        [LINE_GAP_FULL] = "older lines were let go: there is no more room for lines",
        [LINE_GAP_DISK] = "older lines were let go: the disk takes no more lines",
        [LINE_GAP_UNREADABLE] = "a line was put on the disk and cannot be read back",
    };
    char span[16];
    if (gap->gap_ms > 0)
        snprintf(out, size, "%s (%s)", whys[gap->why], format_duration(span, sizeof span, gap->gap_ms));
    else
        snprintf(out, size, "%s", whys[gap->why]);
}

/* ---- where things are: marks of lines that went do not count ---- */

/* How many marks stand before lines with lower numbers. */
static size_t marks_below(const struct book_feed *feed, int64_t number)
{
    size_t low = 0, high = feed->mark_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (feed->marks[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static size_t first_mark(const struct book_feed *feed)
{
    return marks_below(feed, feed->book->first_number);
}

static size_t book_count(void *ctx)
{
    const struct book_feed *feed = ctx;
    return feed->book->count + marks_below(feed, logbook_end(feed->book)) - first_mark(feed);
}

/* Where a mark stands. */
static size_t mark_index(const struct book_feed *feed, size_t mark, size_t skipped)
{
    return (size_t)(feed->marks[mark].number - feed->book->first_number) + mark - skipped;
}

static uint64_t book_id(void *ctx, size_t index)
{
    const struct book_feed *feed = ctx;
    size_t skipped = first_mark(feed), low = skipped, high = feed->mark_count;
    while (low < high) { /* the first mark that stands after `index` */
        size_t middle = (low + high) / 2;
        if (mark_index(feed, middle, skipped) <= index)
            low = middle + 1;
        else
            high = middle;
    }
    if (low > skipped && mark_index(feed, low - 1, skipped) == index)
        return book_feed_id(feed->marks[low - 1].number) - 1;
    return book_feed_id(feed->book->first_number + (int64_t)(index - (low - skipped)));
}

static size_t book_find(void *ctx, uint64_t id)
{
    const struct book_feed *feed = ctx;
    const struct logbook *book = feed->book;
    int64_t number = book_feed_number(id);
    if (number < book->first_number)
        return 0;
    if (number >= logbook_end(book))
        return book_count(ctx);
    size_t before = marks_below(feed, number + (is_mark(id) ? 0 : 1)) - first_mark(feed);
    return (size_t)(number - book->first_number) + before;
}

static void book_item(void *ctx, size_t index, struct logfeed_item *out)
{
    struct book_feed *feed = ctx;
    uint64_t id =
        feed->mark_count > 0 ? book_id(ctx, index) : book_feed_id(feed->book->first_number + (int64_t)index);
    int64_t number = book_feed_number(id);
    if (is_mark(id)) {
        *out = (struct logfeed_item){.note = feed->marks[marks_below(feed, number)].text, .mark = true};
        return;
    }
    const struct line_entry *entry = logbook_at(feed->book, number);
    *out = (struct logfeed_item){.line = entry->gap ? NULL : &entry->line, .continued = entry->continued};
    if (!entry->gap)
        return;
    logfeed_gap_note(feed->note, sizeof feed->note, entry);
    out->note = feed->note;
}

/* Lines between two marks have numbers in a row. */
static size_t book_seek(void *ctx, size_t from, size_t to, const struct pattern *pattern)
{
    struct book_feed *feed = ctx;
    if (from >= to)
        return to;
    uint64_t id = book_id(ctx, from);
    if (is_mark(id))
        return from;
    int64_t number = book_feed_number(id);
    size_t mark = marks_below(feed, number + 1), stop = to;
    if (mark < feed->mark_count && mark_index(feed, mark, first_mark(feed)) < to)
        stop = mark_index(feed, mark, first_mark(feed));
    int64_t hit = logbook_seek(feed->book, number, number + (int64_t)(stop - from), pattern_sweep, pattern);
    return from + (size_t)(hit - number);
}

/* The newest line of a book may still grow: it is new each time. */
static uint64_t book_changed(void *ctx)
{
    struct book_feed *feed = ctx;
    const struct logbook *book = feed->book;
    int64_t from = book->first_number, end = logbook_end(book);
    int64_t changed = from < feed->from || feed->to > end ? from : feed->to;
    feed->from = from;
    bool shorter = end < feed->end; /* the unfinished line went */
    feed->to = end - (book->has_tail ? 1 : 0);
    feed->end = end;
    uint64_t id = changed < end || shorter ? book_feed_id(changed) - 1 : LOGFEED_SAME;
    if (feed->marked_from < id)
        id = feed->marked_from;
    feed->marked_from = LOGFEED_SAME;
    return id;
}

struct logfeed book_feed_init(struct book_feed *feed, const struct logbook *book)
{
    *feed = (struct book_feed){
        .book = book, .from = book->first_number, .to = book->first_number, .marked_from = LOGFEED_SAME};
    return (struct logfeed){
        .ctx = feed,
        .count = book_count,
        .id = book_id,
        .find = book_find,
        .item = book_item,
        .seek = book_seek,
        .changed = book_changed,
    };
}

static void free_marks(struct book_mark *marks, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(marks[i].text);
    free(marks);
}

void book_feed_done(struct book_feed *feed)
{
    free_marks(feed->marks, feed->mark_count);
    *feed = (struct book_feed){0};
}

/* ---- runs ---- */

/* Before the first line of the second `after_ms` after time_ms. */
static void add_mark(struct book_feed *next, int64_t time_ms, int64_t after_ms, char *text)
{
    const struct logbook *book = next->book;
    int64_t second = time_ms + after_ms - (time_ms + after_ms) % 1000;
    int64_t number = time_ms > 0 ? logbook_find_time(book, second) : logbook_end(book);
    /* What was well before the first line held did not happen there. */
    bool before = number == book->first_number && number < logbook_end(book) &&
                  logbook_at(book, number)->line.time - time_ms > NEAR_MS;
    if (number >= logbook_end(book) || before || next->mark_count == MARKS_MAX) {
        free(text);
        return;
    }
    next->marks[next->mark_count++] = (struct book_mark){number, time_ms, text};
}

static int by_place(const void *left, const void *right)
{
    const struct book_mark *a = left, *b = right;
    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    return a->time_ms < b->time_ms ? -1 : a->time_ms > b->time_ms;
}

/* Marks that fall on one line become one. */
static void join_marks(struct book_feed *next)
{
    qsort(next->marks, next->mark_count, sizeof *next->marks, by_place);
    size_t kept = 0;
    for (size_t i = 0; i < next->mark_count; i++) {
        if (kept == 0 || next->marks[kept - 1].number != next->marks[i].number) {
            next->marks[kept++] = next->marks[i];
            continue;
        }
        char *both = mem_format("%s; %s", next->marks[kept - 1].text, next->marks[i].text);
        free(next->marks[kept - 1].text);
        free(next->marks[i].text);
        next->marks[kept - 1].text = both;
    }
    next->mark_count = kept;
}

static void add_run(struct book_feed *next, const struct run *run)
{
    char took[16];
    const char *id = run->id != NULL ? run->id : "?";
    const char *prompt = run->prompt != NULL ? run->prompt : "";
    size_t line = strcspn(prompt, "\n");
    if (run->completed_at > 0)
        add_mark(next, run->completed_at, 1000,
                 mem_format("run %.*s %s, by its time, after %s", format_cut(id, 24), id,
                            run_status_word(run->status),
                            format_duration(took, sizeof took, run->completed_at - run->created_at)));
    add_mark(next, run->created_at, 0,
             mem_format("run %.*s begins, by its time: %.*s", format_cut(id, 24), id,
                        format_cut(prompt, line < PROMPT_MAX ? line : PROMPT_MAX), prompt));
}

/* Where the old marks and the new ones part. */
static uint64_t first_difference(const struct book_feed *feed, const struct book_feed *next)
{
    size_t at = 0;
    while (at < feed->mark_count && at < next->mark_count &&
           feed->marks[at].number == next->marks[at].number &&
           strcmp(feed->marks[at].text, next->marks[at].text) == 0)
        at++;
    uint64_t old = at < feed->mark_count ? book_feed_id(feed->marks[at].number) - 1 : LOGFEED_SAME;
    uint64_t new = at < next->mark_count ? book_feed_id(next->marks[at].number) - 1 : LOGFEED_SAME;
    return old < new ? old : new;
}

void book_feed_mark_runs(struct book_feed *feed, const struct run *runs, size_t count)
{
    struct book_feed next = {.book = feed->book};
    next.marks = mem_zalloc(MARKS_MAX, sizeof *next.marks);
    /* Newest first, as they come: the oldest ones are left out when there are too many. */
    for (size_t i = 0; i < count; i++)
        if (!runs[i].unreadable)
            add_run(&next, &runs[i]);
    join_marks(&next);
    uint64_t changed = first_difference(feed, &next);
    if (changed < feed->marked_from)
        feed->marked_from = changed;
    free_marks(feed->marks, feed->mark_count);
    feed->marks = next.marks;
    feed->mark_count = next.mark_count;
}
