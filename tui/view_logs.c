/*
 * The log of the selected box: follows what arrives, asks for older pages when the operator reads back to the
 * start.
 */
#include "client/base/mem.h"
#include "tui/app.h"
#include "tui/format.h"
#include "tui/logpane.h"
#include "tui/views.h"

#include <stdio.h>
#include <stdlib.h>

enum { SOURCE_COLUMNS = 7 };

struct view_logs {
    struct view view;
    struct logpane pane;
};

/* The book may have moved: the store is asked each time. */
static struct logpane *pane_of(struct view *view)
{
    struct view_logs *logs = (struct view_logs *)view;
    struct store_box *box = app_box(view->app);
    logpane_set_book(&logs->pane, box != NULL ? &box->log : NULL, box != NULL ? box->box.id : NULL);
    if (box != NULL)
        logpane_mark_runs(&logs->pane, box->runs, box->run_count, box->runs_ms);
    logs->pane.empty = box == NULL         ? "No box is selected"
                       : box->gone         ? "The box was deleted elsewhere; nothing of its log is known"
                       : box->logs_ms == 0 ? "Asking for the log"
                                           : "Nothing has been logged yet";
    return &logs->pane;
}

static void ask_older(struct view *view)
{
    struct app *app = view->app;
    const struct store_box *box = app_box(app);
    const struct logpane *pane = pane_of(view);
    bool wanted = logpane_at_top(pane) || logpane_reaches(pane);
    if (box == NULL || box->gone || box->log.at_start || box->log.trimmed || !wanted ||
        store_request_of(&app->store, REQUEST_LOGS_OLDER, box->box.id) != NULL)
        return;
    app_ask(app, request_new(REQUEST_LOGS_OLDER, box->box.id));
}

static void logs_draw(struct view *view, const struct paint *paint, bool focused)
{
    logpane_draw(pane_of(view), paint, focused);
}

/* Lines from the cache, until the service answers. */
static void add_age(const struct app *app, const struct store_box *box, struct view_title *title)
{
    char age[24], right[sizeof title->right];
    if (box == NULL || box->logs_cached_at == 0)
        return;
    snprintf(right, sizeof right, "%s", title->right);
    snprintf(title->right, sizeof title->right, "cached %s  %.*s",
             format_ago(age, sizeof age, box->logs_cached_at, app->wall_ms), (int)sizeof right - 40, right);
}

static void logs_title(struct view *view, struct view_title *title)
{
    const struct store_box *box = app_box(view->app);
    logpane_title(pane_of(view), title);
    add_age(view->app, box, title);
    if (box != NULL && box->trouble != NULL)
        snprintf(title->bottom, sizeof title->bottom, "%.*s", format_cut(box->trouble, 120), box->trouble);
    if (box != NULL && box->log.trimmed && linepool_trouble(view->app->store.lines)[0] != '\0')
        snprintf(title->bottom, sizeof title->bottom, "%.*s",
                 format_cut(linepool_trouble(view->app->store.lines), 120),
                 linepool_trouble(view->app->store.lines));
    if (box != NULL && title->bottom[0] == '\0')
        snprintf(title->bottom, sizeof title->bottom, "%.*s%s", format_cut(box_title(&box->box), 60),
                 box_title(&box->box),
                 box->gone ? "  gone"
                 : store_request_of(&view->app->store, REQUEST_LOGS_OLDER, box->box.id) != NULL
                     ? "  asking for older lines"
                     : "");
}

static bool logs_act(struct view *view, enum action action)
{
    bool done = logpane_act(pane_of(view), action);
    if (done && view_move_of(action) != MOVE_NONE)
        ask_older(view);
    return done;
}

static bool logs_mouse(struct view *view, const struct mouse *mouse)
{
    bool done = logpane_mouse(pane_of(view), mouse);
    if (done)
        ask_older(view);
    return done;
}

static void logs_watch(struct view *view, struct watch *watch)
{
    (void)view;
    watch->selected_logs = true;
}

static bool logs_work(struct view *view)
{
    struct logpane *pane = pane_of(view);
    if (pane->reach_ms != 0) {
        ask_older(view);
        logpane_reach_on(pane);
    }
    return logpane_work(pane);
}

void view_logs_go(struct view *view, int64_t number)
{
    logpane_go(pane_of(view), book_feed_id(number));
}

static void logs_free(struct view *view)
{
    logpane_done(&((struct view_logs *)view)->pane);
    free(view);
}

static const struct view_class logs_class = {
    .name = "Logs",
    .where = WHERE_LOGS,
    .draw = logs_draw,
    .title = logs_title,
    .act = logs_act,
    .mouse = logs_mouse,
    .watch = logs_watch,
    .work = logs_work,
    .free = logs_free,
};

struct view *view_logs_new(struct app *app)
{
    struct view_logs *logs = mem_zalloc(1, sizeof *logs);
    logs->view = (struct view){&logs_class, app};
    logpane_init(&logs->pane, &logs->view, VIEWER_LOGS, SOURCE_COLUMNS, pane_of);
    return &logs->view;
}
