/*
 * A viewer of log lines: what the Logs, the Command and the Fleet tab share. Holds the place, the search, the
 * filter, the bookmarks; the lines themselves stay their owner's. The place is a line and not a row: it stays
 * through resizing, filtering and whatever comes.
 */
#pragma once

#include "tui/logbook.h"
#include "tui/logfeed.h"
#include "tui/logfilter.h"
#include "tui/logfold.h"
#include "tui/logjson.h"
#include "tui/logmemory.h"
#include "tui/logscan.h"
#include "tui/view.h"
#include "widgets/logview.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct logpane;

/* Brings the viewer of a view up to date: which lines there are to show now. */
typedef struct logpane *logpane_current(struct view *view);

enum { LOGPANE_LAID = 64 };

/* What next and previous look for. */
enum logpane_target { TARGET_HIT, TARGET_BAD, TARGETS };

/* Which lines leave the viewer. */
enum logpane_out_what { LOGPANE_OUT_SHOWN, LOGPANE_OUT_ALL, LOGPANE_OUT_CHOSEN };

struct logpane {
    struct app *app;
    struct view *view_of;
    logpane_current *current;
    struct logfeed feed; /* without functions: nothing to show */
    const struct logbook *book;
    struct book_feed book_feed;
    uint64_t marked_version; /* of the book when the runs were marked in it */
    int64_t marked_ms;       /* of those runs */
    char *name;              /* whose lines they are, for the names of files */
    struct logview view;

    struct logfilter filter;
    bool some_hidden; /* the feed hides lines itself */
    struct logscan shown;
    bool shown_all; /* every line was looked at */

    struct logfold fold;
    struct logpane_laid {
        uint64_t id;
        struct logjson json;
    } laid[LOGPANE_LAID]; /* lines whose JSON is laid out, oldest first */
    size_t laid_count;
    char fold_note[64]; /* of the line drawn last */

    struct pattern *search; /* NULL for none */
    struct logpane_found {
        struct logscan scan;
        bool wanted; /* somebody asked for it: it is kept up to date */
        bool all;    /* every line was looked at */
    } found[TARGETS];
    struct logpane_jump { /* to the next line that passes */
        bool on;          /* under way */
        enum logpane_target target;
        int step;
        uint64_t next; /* id of the line to look at next */
        size_t left;   /* so many lines */
        bool around;   /* past an end */
    } jump;
    uint64_t paused_at; /* id of the newest line when the viewer stopped following; 0: it follows */

    enum logmemory_viewer viewer;
    bool recalled;    /* the filter was taken from what is remembered */
    int64_t reach_ms; /* older lines are asked for as far back as this; 0: no */
    struct logpane_tally {
        bool on; /* the list of filters is open */
        bool all;
        uint64_t next;                  /* lines with lower ids were looked at */
        size_t counts[LOGFILTER_TERMS]; /* of lines that each term matches */
    } tally;
    size_t term_at; /* the term that is being changed; past the last one: another */

    struct logpane_out {
        struct save *save; /* under way; NULL for nothing */
        char *path;        /* of it, or of the one asked for last */
        enum logpane_out_what what;
        bool json, paged;     /* paged: for the pager, not to stay */
        uint64_t first, last; /* ids of the lines that may be written */
        uint64_t next;        /* id of the line to look at next */
        size_t written;
    } out;
    bool choosing; /* a range of lines, from `chosen_from` to the cursor */
    uint64_t chosen_from;

    int source_cols;
    int source_cols_min; /* kept in a pane too narrow for all of it */
    const char *empty;
    struct text note; /* of the note drawn last; borrowed */
};

/* `current` gives the pane of `view_of` with logpane_set_book or logpane_set_feed done: what was typed into a
 * prompt may arrive after the lines have changed. */
void logpane_init(struct logpane *pane, struct view *view_of, enum logmemory_viewer viewer, int source_cols,
                  logpane_current *current);
void logpane_done(struct logpane *pane);

/* Shows a book (or NULL), from its end; search and filter stay. `name`: whose it is, NULL for nobody's. */
void logpane_set_book(struct logpane *pane, const struct logbook *book, const char *name);

/* Marks the runs of the book that is shown; runs_ms tells one list of them from another. */
void logpane_mark_runs(struct logpane *pane, const struct run *runs, size_t count, int64_t runs_ms);

/* Shows another feed. */
void logpane_set_feed(struct logpane *pane, const struct logfeed *feed, const char *name);

/* The feed hides other lines than before (or none). */
void logpane_set_hidden(struct logpane *pane, bool some);

void logpane_draw(struct logpane *pane, const struct paint *paint, bool focused);

/* Carries out the actions of WHERE_LOGS and the movements. */
bool logpane_act(struct logpane *pane, enum action action);
bool logpane_mouse(struct logpane *pane, const struct mouse *mouse);

/* Goes on with a filter or a search, a few milliseconds' worth. True while there is more to do. */
bool logpane_work(struct logpane *pane);

/* Corner texts: "FOLLOW  t:rel", "4,812 lines  2 gaps". */
void logpane_title(struct logpane *pane, struct view_title *title);

/* Whether the first line held is on screen: time to ask for older ones. */
bool logpane_at_top(const struct logpane *pane);

/* Whether a bookmark was jumped to whose line is older than what is held: time to ask, too. Lines came: goes
 * there if it is held now. */
bool logpane_reaches(const struct logpane *pane);
void logpane_reach_on(struct logpane *pane);

/* The id of the line under the cursor; false when there is none. */
bool logpane_cursor(struct logpane *pane, uint64_t *id);

/* Puts the cursor on a line and shows it. When the filter leaves it out, the next one that is shown. */
void logpane_go(struct logpane *pane, uint64_t id);
