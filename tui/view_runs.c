/*
 * The runs of the selected box. Enter opens the page of one, two marked ones can be compared; both take the
 * place of the list until the operator goes back.
 */
#include "client/base/mem.h"
#include "tui/format.h"
#include "tui/run_acts.h"
#include "tui/view_runs_parts.h"
#include "tui/views.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OLDER_PAGES_MAX = 30 };

/* The run on the page, else the one under the cursor. NULL when there is none. */
static const struct run *current_run(const struct view_runs *runs)
{
    const struct store_box *box = app_box(runs->view.app);
    if (box == NULL)
        return NULL;
    if (runs->leaf == LEAF_RUN)
        return store_find_run(box, runs->open[0]);
    return runs->leaf == LEAF_LIST ? view_runs_at(runs, view_runs_selected_row(runs)) : NULL;
}

static void runs_draw(struct view *view, const struct paint *paint, bool focused)
{
    if (view_runs_of(view)->leaf == LEAF_LIST)
        view_runs_draw_list(view_runs_of(view), paint, focused);
    else
        view_runs_draw_page(view_runs_of(view), paint);
}

static void page_title(struct view_runs *runs, struct view_title *title)
{
    if (runs->leaf == LEAF_RUN)
        snprintf(title->bottom, sizeof title->bottom, "run %.100s", runs->open[0]);
    else
        snprintf(title->bottom, sizeof title->bottom, "%.50s and %.50s", runs->open[0], runs->open[1]);
    sheet_position(&runs->sheet, title->bottom_right, sizeof title->bottom_right);
}

static void runs_title(struct view *view, struct view_title *title)
{
    struct view_runs *runs = view_runs_of(view);
    const struct store_box *box = app_box(view->app);
    if (box == NULL)
        return;
    char age[16];
    if (box->runs_ms > 0 && view->app->now_ms - box->runs_ms > 10000)
        snprintf(title->right, sizeof title->right, "as of %s ago",
                 format_age(age, sizeof age, view->app->now_ms - box->runs_ms));
    if (runs->leaf != LEAF_LIST) {
        page_title(runs, title);
        return;
    }
    view_runs_update(runs);
    const char *name = box_title(&box->box);
    snprintf(title->bottom, sizeof title->bottom, "%.*s%s%s%.*s", format_cut(name, 40), name,
             box->gone ? "  gone" : "", runs->filter_text[0] != '\0' ? "  / " : "",
             format_cut(runs->filter_text, 40), runs->filter_text);
    const char *order = runlist_sort_name(runs->list.sort);
    if (runs->list.count != box->run_count)
        snprintf(title->bottom_right, sizeof title->bottom_right, "%zu of %zu runs by %s", runs->list.count,
                 box->run_count, order);
    else
        snprintf(title->bottom_right, sizeof title->bottom_right, "%zu runs by %s", box->run_count, order);
}

/* ---- actions ---- */

static void cancel(struct view_runs *runs)
{
    const struct run *run = current_run(runs);
    if (run == NULL || run->unreadable || run->status != RUN_STATUS_RUNNING)
        app_complain(runs->view.app, "This run does not run");
    else
        run_acts_cancel(runs->view.app, run->id);
}

static void again(struct view_runs *runs)
{
    const struct run *run = current_run(runs);
    if (run != NULL)
        run_acts_repeat(runs->view.app, run);
}

static void compare(struct view_runs *runs)
{
    const struct run *run = current_run(runs);
    const char *first = runs->marks[0], *second = runs->marks[1];
    if (second == NULL && run != NULL && !run->unreadable && !view_runs_same_id(run->id, first))
        second = run->id;
    if (first == NULL || second == NULL)
        app_note(runs->view.app, "Mark two runs with Space first");
    else
        view_runs_open_page(runs, LEAF_COMPARE, first, second);
}

static void show_log(struct view_runs *runs)
{
    struct app *app = runs->view.app;
    int64_t line = runs->line;
    app_show(app, VIEW_LOGS);
    if (line >= 0)
        view_logs_go(app->views[VIEW_LOGS], line);
}

static void enter(struct view_runs *runs)
{
    const struct run *run = current_run(runs);
    if (runs->leaf == LEAF_RUN)
        show_log(runs);
    else if (runs->leaf == LEAF_LIST && run != NULL && !run->unreadable)
        view_runs_open_page(runs, LEAF_RUN, run->id, NULL);
}

/* Escape takes one thing back at a time: the page, the filter, the marks. */
static bool step_back(struct view_runs *runs, enum action action)
{
    if (runs->leaf != LEAF_LIST) {
        view_runs_close_page(runs);
        return true;
    }
    if (action == ACTION_BACK)
        return false;
    if (runs->filter_text[0] != '\0') {
        view_runs_apply_filter(runs, "", false);
        return true;
    }
    return view_runs_unmark_all(runs);
}

static bool move(struct view_runs *runs, enum action action)
{
    if (runs->leaf != LEAF_LIST)
        return sheet_act(&runs->sheet, action);
    enum widget_move step = view_move_of(action);
    if (step == MOVE_NONE)
        return false;
    if (runs->list.count > 0)
        view_runs_select_row(runs,
                             table_move(&runs->table, step, view_runs_selected_row(runs), runs->list.count));
    return true;
}

static bool runs_act(struct view *view, enum action action)
{
    struct view_runs *runs = view_runs_of(view);
    view_runs_update(runs);
    if (move(runs, action) || (runs->leaf == LEAF_LIST && view_runs_list_act(runs, action)))
        return true;
    const struct run *run = current_run(runs);
    switch (action) {
    case ACTION_ENTER:
        enter(runs);
        return true;
    case ACTION_RUN_CANCEL:
        cancel(runs);
        return true;
    case ACTION_RUN_AGAIN:
        again(runs);
        return true;
    case ACTION_RUN_COMPARE:
        compare(runs);
        return true;
    case ACTION_BACK:
    case ACTION_CANCEL:
        return step_back(runs, action);
    case ACTION_COPY:
        if (run == NULL || run->unreadable)
            return false;
        app_copy(view->app, run->id, "the run's id");
        return true;
    default:
        return false;
    }
}

static bool runs_mouse(struct view *view, const struct mouse *mouse)
{
    struct view_runs *runs = view_runs_of(view);
    if (mouse->kind == MOUSE_WHEEL_UP || mouse->kind == MOUSE_WHEEL_DOWN)
        return runs_act(view, mouse->kind == MOUSE_WHEEL_UP ? ACTION_UP : ACTION_DOWN);
    if (runs->leaf != LEAF_LIST)
        return false;
    view_runs_update(runs);
    size_t row = table_row_at(&runs->table, mouse->row, runs->list.count);
    if (mouse->kind != MOUSE_PRESS || mouse->button != 1 || row == TABLE_NONE)
        return false;
    view_runs_select_row(runs, row);
    return true;
}

void view_runs_open(struct view *view, const char *run_id)
{
    struct view_runs *runs = view_runs_of(view);
    free(runs->selected);
    runs->selected = mem_dup(run_id);
    view_runs_open_page(runs, LEAF_RUN, run_id, NULL);
}

static void runs_selected(struct view *view)
{
    struct view_runs *runs = view_runs_of(view);
    view_runs_close_page(runs);
    free(runs->selected);
    runs->selected = NULL;
    view_runs_unmark_all(runs);
    table_jumped(&runs->table);
}

/* The page of a run tells more with its log lines: older ones are asked for until they reach back to its
 * start. */
static void runs_watch(struct view *view, struct watch *watch)
{
    struct view_runs *runs = view_runs_of(view);
    struct app *app = view->app;
    watch->selected_runs = true;
    if (runs->leaf == LEAF_LIST)
        return;
    watch->selected_logs = true;
    if (!runs->wants_older || runs->older_pages >= OLDER_PAGES_MAX || app->selected == NULL ||
        store_request_of(&app->store, REQUEST_LOGS_OLDER, app->selected) != NULL)
        return;
    runs->older_pages++;
    app_ask(app, request_new(REQUEST_LOGS_OLDER, app->selected));
}

static void runs_view_free(struct view *view)
{
    struct view_runs *runs = view_runs_of(view);
    runs_selected(view);
    sheet_done(&runs->sheet);
    runlist_done(&runs->list);
    free(runs);
}

static const struct view_class runs_class = {
    .name = "Runs",
    .where = WHERE_RUNS,
    .draw = runs_draw,
    .title = runs_title,
    .act = runs_act,
    .mouse = runs_mouse,
    .watch = runs_watch,
    .selected = runs_selected,
    .free = runs_view_free,
};

struct view *view_runs_new(struct app *app)
{
    struct view_runs *runs = mem_zalloc(1, sizeof *runs);
    runs->view = (struct view){&runs_class, app};
    view_runs_list_init(runs);
    return &runs->view;
}
