/*
 * A run as a page to read: what was asked, its figures, how it went step by step, what came of it, its log
 * lines. And two runs side by side. The runs view owns the page; here is only what stands on it.
 */
#pragma once

#include "tui/jobs.h"
#include "tui/runlist.h"
#include "tui/sheet.h"
#include "tui/store.h"
#include "tui/timeline.h"

#include <stdbool.h>
#include <stdint.h>

/* The moment a page is laid out for, and how it writes times. */
struct page_clock {
    int64_t wall_ms;
    bool utc;
};

/* All that is known of one run, gathered from the store, the streams and the log. Pointers live until the
 * next event. */
struct run_story {
    const struct store_box *box;
    const struct run *run; /* NULL: the list does not hold it (any more) */
    const struct job *job; /* its stream, when it was started here */
    struct timeline inferred;
    struct timeline continued;       /* the stream's and what came after it broke */
    const struct timeline *timeline; /* the stream's, the inferred one, or both in one */
    struct timeline_lines lines;     /* its log lines, as far as times tell */
    bool exact;                      /* the timeline is the stream's */
    bool has_exit;                   /* a command, and how it ended is known */
    int exit_code;
};

/* Gathers the story; the timelines are made anew. False when the run is not known at all. */
bool run_story_read(struct run_story *story, const struct jobs *jobs, const struct store_box *box,
                    const char *run_id);
void run_story_done(struct run_story *story);

/* Where the timeline comes from, and what is missing in it: "exact: streamed here". */
const char *run_story_note(const struct run_story *story);

/* The number of the log line to land on: of a run that failed its last error, else where it begins. -1 for
 * none. */
int64_t run_story_line(const struct run_story *story);

/* Whether older log lines would tell more of it. */
bool run_story_wants_older(const struct run_story *story);

/* Lays one out, or two side by side (one above the other below 70 columns). */
void run_page_fill(struct sheet *sheet, const struct run_story *story, const struct page_clock *clock,
                   int cols);
void run_page_compare(struct sheet *sheet, const struct run_story *left, const struct run_story *right,
                      const struct page_clock *clock, int cols);
