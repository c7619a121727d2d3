#include "tui/view_runs_parts.h"

#include "client/base/mem.h"
#include "tui/format.h"
#include "tui/views.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum column {
    COLUMN_STATUS,
    COLUMN_PROMPT,
    COLUMN_STARTED,
    COLUMN_TOOK,
    COLUMN_COST,
    COLUMN_TOKENS,
    COLUMN_TYPE,
    COLUMN_MODEL,
    COLUMNS
};

static const struct table_column columns[COLUMNS] = {
    [COLUMN_STATUS] = {"STATUS", 9, 9, false, false, true},
    [COLUMN_PROMPT] = {"PROMPT", 28, 60, false, true, true},
    [COLUMN_STARTED] = {"AGO", 4, 4, true, false, false},
    [COLUMN_TOOK] = {"TOOK", 6, 6, true, false, false},
    [COLUMN_COST] = {"COST", 6, 7, true, false, false},
    [COLUMN_TOKENS] = {"TOKENS", 7, 7, true, false, false},
    [COLUMN_TYPE] = {"TYPE", 5, 5, false, false, false},
    [COLUMN_MODEL] = {"MODEL", 8, 24, false, false, false},
};

void view_runs_list_init(struct view_runs *runs)
{
    table_init(&runs->table, columns, COLUMNS);
}

bool view_runs_same_id(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* ---- rows ---- */

void view_runs_update(struct view_runs *runs)
{
    const struct store_box *box = app_box(runs->view.app);
    runlist_update(&runs->list, box != NULL ? box->runs : NULL, box != NULL ? box->run_count : 0,
                   runs->view.app->wall_ms);
}

const struct run *view_runs_at(const struct view_runs *runs, size_t row)
{
    const struct store_box *box = app_box(runs->view.app);
    return box != NULL && row < runs->list.count ? &box->runs[runs->list.rows[row]] : NULL;
}

/* Runs that cannot be read have no id: they are told apart by their place. No id holds a blank. */
static bool is_selected(const struct view_runs *runs, size_t row)
{
    const struct run *run = view_runs_at(runs, row);
    char place[32];
    snprintf(place, sizeof place, " %zu", runs->list.rows[row]);
    return view_runs_same_id(run->unreadable ? place : run->id, runs->selected);
}

size_t view_runs_selected_row(const struct view_runs *runs)
{
    for (size_t i = 0; runs->selected != NULL && i < runs->list.count; i++)
        if (is_selected(runs, i))
            return i;
    return runs->list.count > 0 ? 0 : TABLE_NONE;
}

void view_runs_select_row(struct view_runs *runs, size_t row)
{
    const struct run *run = view_runs_at(runs, row);
    free(runs->selected);
    if (run != NULL && run->unreadable)
        runs->selected = mem_format(" %zu", runs->list.rows[row]);
    else
        runs->selected = run != NULL ? mem_dup(run->id) : NULL;
}

/* ---- marks ---- */

static int mark_index(const struct view_runs *runs, const char *id)
{
    for (int i = 0; i < VIEW_RUNS_MARKS; i++)
        if (view_runs_same_id(runs->marks[i], id))
            return i;
    return -1;
}

static void unmark(struct view_runs *runs, int at)
{
    free(runs->marks[at]);
    memmove(runs->marks + at, runs->marks + at + 1,
            (size_t)(VIEW_RUNS_MARKS - 1 - at) * sizeof runs->marks[0]);
    runs->marks[VIEW_RUNS_MARKS - 1] = NULL;
}

/* A third mark takes the place of the oldest. */
static void mark(struct view_runs *runs, const char *id)
{
    if (runs->marks[VIEW_RUNS_MARKS - 1] != NULL)
        unmark(runs, 0);
    runs->marks[runs->marks[0] != NULL ? 1 : 0] = mem_dup(id);
}

static void mark_and_go_on(struct view_runs *runs)
{
    size_t row = view_runs_selected_row(runs);
    const struct run *run = view_runs_at(runs, row);
    if (run == NULL)
        return;
    int at = mark_index(runs, run->id);
    if (run->unreadable)
        app_note(runs->view.app, "This run cannot be read, and so not be compared");
    else if (at >= 0)
        unmark(runs, at);
    else
        mark(runs, run->id);
    view_runs_select_row(runs, table_move(&runs->table, MOVE_DOWN, row, runs->list.count));
}

bool view_runs_unmark_all(struct view_runs *runs)
{
    bool marked = runs->marks[0] != NULL;
    while (runs->marks[0] != NULL)
        unmark(runs, 0);
    return marked;
}

/* ---- list ---- */

/* A command that failed says how, where that is known. */
static void draw_status(const struct app *app, const struct run *run, const struct paint *cell)
{
    int exit_code;
    enum role role = run->unreadable ? ROLE_ERROR : view_run_role(run->status);
    if (run->unreadable)
        paint_text(cell, 0, 0, cell->cols, role, "?");
    else if (jobs_exit_of(&app->jobs, run, &exit_code) && exit_code != 0)
        paint_format(cell, 0, 0, cell->cols, role, "exit %d", exit_code);
    else
        paint_text(cell, 0, 0, cell->cols, role, run_status_text(run));
}

static void draw_cell(void *context, size_t index, int column, const struct paint *cell)
{
    const struct view_runs *runs = context;
    const struct app *app = runs->view.app;
    const struct run *run = &app_box(app)->runs[runs->list.rows[index]];
    char text[32];
    switch ((enum column)column) {
    case COLUMN_STATUS:
        draw_status(app, run, cell);
        break;
    case COLUMN_PROMPT:
        paint_text(cell, 0, 0, cell->cols, run->unreadable ? ROLE_ERROR : ROLE_TEXT,
                   run->prompt != NULL ? run->prompt : "-");
        break;
    case COLUMN_STARTED:
        paint_right(cell, 0, 0, cell->cols, ROLE_DIM,
                    format_since(text, sizeof text, run->created_at, app->wall_ms));
        break;
    case COLUMN_TOOK:
        paint_right(cell, 0, 0, cell->cols, ROLE_TEXT,
                    format_duration(text, sizeof text, run_took(run, app->wall_ms)));
        break;
    case COLUMN_COST:
        paint_right(cell, 0, 0, cell->cols, ROLE_COST,
                    format_money(text, sizeof text, run_usd(run, run->cost_usd)));
        break;
    case COLUMN_TOKENS:
        paint_right(cell, 0, 0, cell->cols, ROLE_DIM, format_count(text, sizeof text, run_tokens(run)));
        break;
    case COLUMN_TYPE:
        paint_text(cell, 0, 0, cell->cols, ROLE_DIM, run_type_text(run));
        break;
    case COLUMN_MODEL:
        paint_text(cell, 0, 0, cell->cols, ROLE_DIM, run->model != NULL ? run->model : "-");
        break;
    case COLUMNS:
        break;
    }
}

static char row_sign(void *context, size_t index)
{
    const struct view_runs *runs = context;
    const struct run *run = view_runs_at(runs, index);
    return mark_index(runs, run->id) >= 0 ? '*' : run->status == RUN_STATUS_FAILED ? '!' : ' ';
}

static const char *empty_text(const struct store_box *box)
{
    if (box == NULL)
        return "No box is selected";
    if (box->run_count > 0)
        return "No run matches the filter (Esc clears it)";
    if (box->runs_ms != 0)
        return "No runs yet: a asks the agent, c runs a command";
    return box->trouble != NULL ? box->trouble : "Asking for the runs";
}

void view_runs_draw_list(struct view_runs *runs, const struct paint *paint, bool focused)
{
    static const int sort_columns[RUNLIST_SORTS] = {[RUNLIST_BY_START] = COLUMN_STARTED,
                                                    [RUNLIST_BY_STATUS] = COLUMN_STATUS,
                                                    [RUNLIST_BY_TOOK] = COLUMN_TOOK,
                                                    [RUNLIST_BY_COST] = COLUMN_COST,
                                                    [RUNLIST_BY_TOKENS] = COLUMN_TOKENS};
    view_runs_update(runs);
    runs->table.sort = sort_columns[runs->list.sort];
    runs->table.descending = !runs->list.reverse;
    struct table_rows rows = {
        .ctx = runs,
        .count = runs->list.count,
        .selected = view_runs_selected_row(runs),
        .draw = draw_cell,
        .sign = row_sign,
        .empty = empty_text(app_box(runs->view.app)),
    };
    table_draw(&runs->table, paint, &rows, focused);
}

/* ---- actions ---- */

void view_runs_apply_filter(struct view_runs *runs, const char *text, bool complain)
{
    struct err err;
    struct run_filter *filter = run_filter_new(text, &err);
    if (filter == NULL) {
        if (complain)
            app_complain(runs->view.app, "%s", err.text);
        return;
    }
    run_filter_free(runs->list.filter);
    runs->list.filter = filter;
    snprintf(runs->filter_text, sizeof runs->filter_text, "%s", text + strspn(text, " "));
    view_runs_update(runs);
    table_jumped(&runs->table);
}

static void filter_changed(struct app *app, void *context, const char *text)
{
    (void)context;
    view_runs_apply_filter(view_runs_of(app->views[VIEW_RUNS]), text, false);
}

static void filter_done(struct app *app, void *context, const char *text)
{
    view_runs_apply_filter(view_runs_of(app->views[VIEW_RUNS]), text != NULL ? text : (const char *)context,
                           true);
}

bool view_runs_list_act(struct view_runs *runs, enum action action)
{
    switch (action) {
    case ACTION_RUN_MARK:
        mark_and_go_on(runs);
        return true;
    case ACTION_RUN_FILTER:
        overlay_prompt(runs->view.app, "/", runs->filter_text, false, filter_changed, filter_done,
                       mem_dup(runs->filter_text));
        return true;
    case ACTION_RUN_SORT:
        runs->list.sort = (runs->list.sort + 1) % RUNLIST_SORTS;
        return true;
    case ACTION_RUN_SORT_REVERSE:
        runs->list.reverse = !runs->list.reverse;
        return true;
    default:
        return false;
    }
}
