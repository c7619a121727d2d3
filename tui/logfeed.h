/*
 * The lines a log viewer reads, whatever they come from: the log of one box, the output of a command, the
 * merged logs of a fleet. Lines have an index, which moves when lines come or go before them, and an id,
 * which does not: ids grow with the index and are never used again. Where lines are missing, and where
 * something begins or ends, stands a note instead of a line.
 */
#pragma once

#include "tui/logbook.h"
#include "tui/pattern.h"
#include "widgets/theme.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One line. What it points to is valid until the next call of `item`, or the next change of the lines. */
struct logfeed_item {
    const struct log_line *line; /* NULL for a note */
    const char *note;            /* what a note says */
    bool mark;                   /* the note is a guess of ours: not for filtered or saved lines */
    bool continued;              /* a further line of the message above */
    bool hidden;                 /* left out by the one who reads: a box of the fleet that is hidden */
    const char *box;             /* id of the box it is of; NULL: who shows the feed knows */
    const char *source;          /* what stands before the line; NULL: the line's own source */
    enum role source_role;
};

/* What logfeed.changed says when nothing came. */
static const uint64_t LOGFEED_SAME = UINT64_MAX;

struct logfeed {
    void *ctx;
    size_t (*count)(void *ctx);
    uint64_t (*id)(void *ctx, size_t index);
    /* The index of the line with this id, or of the next one; the count when there is none. */
    size_t (*find)(void *ctx, uint64_t id);
    void (*item)(void *ctx, size_t index, struct logfeed_item *out);
    /* The index, from..to, of the first line that `pattern`, a literal one, may match, or of a note; `to`
     * when there is none. NULL when that is no quicker than to look at every line. */
    size_t (*seek)(void *ctx, size_t from, size_t to, const struct pattern *pattern);
    /* The lowest id that came or changed since the last call (lines that went at the front do not count).
     * There is one who asks. */
    uint64_t (*changed)(void *ctx);
};

/* ---- a logbook as a feed ---- */

/* A note before a line of a book: a run begins or ends there. */
struct book_mark {
    int64_t number;  /* of the line */
    int64_t time_ms; /* when that was */
    char *text;      /* owned */
};

struct book_feed {
    const struct logbook *book;
    int64_t from, to;        /* numbers the reader knows, all but that of an unfinished line */
    int64_t end;             /* of what it has seen */
    struct book_mark *marks; /* at most one a line, in order, all of lines that are held */
    size_t mark_count;
    uint64_t marked_from; /* lowest id of which the marks changed since the feed was asked */
    char note[96];
};

/* The feed of a book; `feed` and the book outlive it. What `feed` held before must have been released. */
struct logfeed book_feed_init(struct book_feed *feed, const struct logbook *book);
void book_feed_done(struct book_feed *feed);

/* The id of a line of a book and back: numbers may be negative (older lines that came later). The number of a
 * mark's id is that of its line. */
uint64_t book_feed_id(int64_t number);
int64_t book_feed_number(uint64_t id);

/* Marks where runs began and ended, as far as the stamps of the lines tell (lines name no run, box-api.md
 * 2.6). Call it before the feed is read when runs or book may have changed. */
void book_feed_mark_runs(struct book_feed *feed, const struct run *runs, size_t count);

/* What stands where lines are missing: "lines are missing here (12s)". */
void logfeed_gap_note(char *out, size_t size, const struct line_entry *gap);
