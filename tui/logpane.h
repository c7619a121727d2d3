/*
 * A viewer of one logbook: what the Logs and the Command tab share. Holds the place, the search, the lines
 * that are filtered in or out; the lines themselves stay the logbook's.
 */
#pragma once

#include "tui/logbook.h"
#include "tui/pattern.h"
#include "tui/view.h"
#include "widgets/logview.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The book to show now, NULL for none. */
typedef const struct logbook *logpane_book(struct app *app);

struct logpane {
    struct app *app;
    logpane_book *book_of;
    const struct logbook *book; /* NULL: nothing to show; as of the last logpane_update */
    struct logview view;
    struct pattern *search; /* NULL for none */
    struct pattern *grep;   /* only lines that match (or, negated, that do not); NULL for all */
    bool grep_out;
    int64_t *shown; /* with grep: numbers of the lines shown */
    size_t shown_count, shown_room;
    int64_t scanned_from, scanned_to; /* which numbers `shown` covers */
    int source_cols;
    const char *empty;
};

void logpane_init(struct logpane *pane, struct app *app, int source_cols, logpane_book *book_of);
void logpane_done(struct logpane *pane);

/* Asks which book is to be shown: call it first whenever something may have happened since. Another book is
 * shown from its end; search and filter stay. */
void logpane_update(struct logpane *pane);

void logpane_draw(struct logpane *pane, const struct paint *paint, bool focused);

/* Carries out the actions of WHERE_LOGS and the movements. */
bool logpane_act(struct logpane *pane, enum action action);
bool logpane_mouse(struct logpane *pane, const struct mouse *mouse);

/* Corner texts: "FOLLOW  t:rel", "4,812 lines  2 gaps  /text 3". */
void logpane_title(struct logpane *pane, struct view_title *title);

/* Whether the first line held is on screen: time to ask for older ones. */
bool logpane_at_top(const struct logpane *pane);
