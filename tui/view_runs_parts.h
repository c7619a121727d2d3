/*
 * What the files of the runs view (view_runs*.c) share.
 */
#pragma once

#include "tui/app.h"
#include "tui/runlist.h"
#include "tui/sheet.h"
#include "widgets/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VIEW_RUNS_MARKS = 2 };

enum leaf { LEAF_LIST, LEAF_RUN, LEAF_COMPARE };

/* What a page was laid out from: when any of it changed, it is laid out anew. */
struct edition {
    uint64_t log, jobs;
    int64_t runs_ms, second;
    int cols, utc; /* no padding: editions are compared as bytes */
};

struct view_runs {
    struct view view;
    struct table table;
    struct runlist list;
    char filter_text[128];
    char *selected;               /* run id, NULL: the first row */
    char *marks[VIEW_RUNS_MARKS]; /* run ids, oldest first; NULL for none */
    enum leaf leaf;
    char *open[VIEW_RUNS_MARKS]; /* the runs on the page */
    struct sheet sheet;
    struct edition edition;
    int64_t line;     /* of the open run, to land on, by its number in the box's log; -1: none */
    bool wants_older; /* log lines of the open run are still to be had */
    int older_pages;  /* asked for on behalf of this page */
};

static inline struct view_runs *view_runs_of(struct view *view)
{
    return (struct view_runs *)view;
}

/* Whether both are the same run; NULL is none. */
bool view_runs_same_id(const char *a, const char *b);

/* ---- view_runs_list.c: the rows and what is marked among them ---- */

void view_runs_list_init(struct view_runs *runs);

/* Makes the rows anew from what the store knows. */
void view_runs_update(struct view_runs *runs);

/* The run of a row, NULL when there is none. Lives in the store. */
const struct run *view_runs_at(const struct view_runs *runs, size_t row);

/* The cursor's row, TABLE_NONE when there is none; and putting it on another. */
size_t view_runs_selected_row(const struct view_runs *runs);
void view_runs_select_row(struct view_runs *runs, size_t row);

/* Takes all marks away. False when there were none. */
bool view_runs_unmark_all(struct view_runs *runs);

/* What stands after `/`. A malformed expression changes nothing; with `complain` the operator is told. */
void view_runs_apply_filter(struct view_runs *runs, const char *text, bool complain);

void view_runs_draw_list(struct view_runs *runs, const struct paint *paint, bool focused);

/* Actions of the list alone. False when it was none. */
bool view_runs_list_act(struct view_runs *runs, enum action action);

/* ---- view_runs_page.c: the page of one run, or of two side by side ---- */

void view_runs_open_page(struct view_runs *runs, enum leaf leaf, const char *first, const char *second);
void view_runs_close_page(struct view_runs *runs);
void view_runs_draw_page(struct view_runs *runs, const struct paint *paint);
