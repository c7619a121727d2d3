/*
 * The runs of the selected box. Enter opens the page of one, two marked ones can be compared; both take the
 * place of the list until the operator goes back.
 */
#include "client/base/mem.h"
#include "tui/app.h"
#include "tui/format.h"
#include "tui/run_acts.h"
#include "tui/run_page.h"
#include "tui/runlist.h"
#include "tui/sheet.h"
#include "tui/views.h"
#include "widgets/table.h"

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
enum { MARKS = 2, OLDER_PAGES_MAX = 30 };

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

/* What is shown in the place of the list. */
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
    char *selected;     /* run id, NULL: the first row */
    char *marks[MARKS]; /* run ids, oldest first; NULL for none */
    enum leaf leaf;
    char *open[MARKS]; /* the runs on the page */
    struct sheet sheet;
    struct edition edition;
    int64_t first_line; /* of the open run, by its number in the box's log; -1: none */
    bool wants_older;   /* log lines of the open run are still to be had */
    int older_pages;    /* asked for on behalf of this page */
};

static struct view_runs *of(struct view *view)
{
    return (struct view_runs *)view;
}

static bool same_id(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* ---- rows ---- */

static void update(struct view_runs *runs)
{
    const struct store_box *box = app_box(runs->view.app);
    runlist_update(&runs->list, box != NULL ? box->runs : NULL, box != NULL ? box->run_count : 0,
                   runs->view.app->wall_ms);
}

static const struct run *run_at(const struct view_runs *runs, size_t row)
{
    const struct store_box *box = app_box(runs->view.app);
    return box != NULL && row < runs->list.count ? &box->runs[runs->list.rows[row]] : NULL;
}

static size_t selected_row(const struct view_runs *runs)
{
    for (size_t i = 0; runs->selected != NULL && i < runs->list.count; i++)
        if (same_id(run_at(runs, i)->id, runs->selected))
            return i;
    return runs->list.count > 0 ? 0 : TABLE_NONE;
}

/* The run on the page, else the one under the cursor. NULL when there is none. */
static const struct run *current_run(const struct view_runs *runs)
{
    const struct store_box *box = app_box(runs->view.app);
    if (box == NULL)
        return NULL;
    if (runs->leaf == LEAF_RUN)
        return store_find_run(box, runs->open[0]);
    return runs->leaf == LEAF_LIST ? run_at(runs, selected_row(runs)) : NULL;
}

static void select_row(struct view_runs *runs, size_t row)
{
    const struct run *run = run_at(runs, row);
    free(runs->selected);
    runs->selected = run != NULL ? mem_dup(run->id) : NULL;
}

/* ---- marks ---- */

static int mark_index(const struct view_runs *runs, const char *id)
{
    for (int i = 0; i < MARKS; i++)
        if (same_id(runs->marks[i], id))
            return i;
    return -1;
}

static void unmark(struct view_runs *runs, int at)
{
    free(runs->marks[at]);
    memmove(runs->marks + at, runs->marks + at + 1, (size_t)(MARKS - 1 - at) * sizeof runs->marks[0]);
    runs->marks[MARKS - 1] = NULL;
}

/* A third mark takes the place of the oldest. */
static void mark(struct view_runs *runs, const char *id)
{
    if (runs->marks[MARKS - 1] != NULL)
        unmark(runs, 0);
    runs->marks[runs->marks[0] != NULL ? 1 : 0] = mem_dup(id);
}

static void mark_and_go_on(struct view_runs *runs)
{
    size_t row = selected_row(runs);
    const struct run *run = run_at(runs, row);
    if (run == NULL || run->id == NULL)
        return;
    int at = mark_index(runs, run->id);
    if (at >= 0)
        unmark(runs, at);
    else
        mark(runs, run->id);
    select_row(runs, table_move(&runs->table, MOVE_DOWN, row, runs->list.count));
}

/* ---- list ---- */

static void draw_cell(void *context, size_t index, int column, const struct paint *cell)
{
    const struct view_runs *runs = context;
    const struct app *app = runs->view.app;
    const struct run *run = &app_box(app)->runs[runs->list.rows[index]];
    char text[32];
    switch ((enum column)column) {
    case COLUMN_STATUS:
        paint_text(cell, 0, 0, cell->cols, view_run_role(run->status), run_status_text(run));
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
    const struct run *run = run_at(runs, index);
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

static void draw_list(struct view_runs *runs, const struct paint *paint, bool focused)
{
    static const int sort_columns[RUNLIST_SORTS] = {[RUNLIST_BY_START] = COLUMN_STARTED,
                                                    [RUNLIST_BY_STATUS] = COLUMN_STATUS,
                                                    [RUNLIST_BY_TOOK] = COLUMN_TOOK,
                                                    [RUNLIST_BY_COST] = COLUMN_COST,
                                                    [RUNLIST_BY_TOKENS] = COLUMN_TOKENS};
    update(runs);
    runs->table.sort = sort_columns[runs->list.sort];
    runs->table.descending = !runs->list.reverse;
    struct table_rows rows = {
        .ctx = runs,
        .count = runs->list.count,
        .selected = selected_row(runs),
        .draw = draw_cell,
        .sign = row_sign,
        .empty = empty_text(app_box(runs->view.app)),
    };
    table_draw(&runs->table, paint, &rows, focused);
}

/* ---- pages ---- */

static void close_page(struct view_runs *runs)
{
    for (int i = 0; i < MARKS; i++) {
        free(runs->open[i]);
        runs->open[i] = NULL;
    }
    runs->leaf = LEAF_LIST;
    runs->wants_older = false;
    runs->older_pages = 0;
    runs->edition = (struct edition){0};
    sheet_done(&runs->sheet);
}

static void open_page(struct view_runs *runs, enum leaf leaf, const char *first, const char *second)
{
    char *ids[MARKS] = {mem_dup(first), mem_dup(second)};
    close_page(runs);
    runs->leaf = leaf;
    memcpy(runs->open, ids, sizeof ids);
}

static struct edition edition_of(const struct view_runs *runs, const struct store_box *box, int cols)
{
    const struct app *app = runs->view.app;
    return (struct edition){
        .log = box->log.version,
        .jobs = app->jobs.version,
        .runs_ms = box->runs_ms + box->logs_ms,
        .second = app->now_ms / 1000,
        .cols = cols,
        .utc = app->utc,
    };
}

static bool fill_compare(struct view_runs *runs, const struct store_box *box, int cols)
{
    struct run_story left = {0}, right = {0};
    bool known = run_story_read(&left, runs->view.app, box, runs->open[0]) &&
                 run_story_read(&right, runs->view.app, box, runs->open[1]) && left.run != NULL &&
                 right.run != NULL;
    if (known)
        run_page_compare(&runs->sheet, &left, &right, runs->view.app, cols);
    runs->wants_older = known && (run_story_wants_older(&left) || run_story_wants_older(&right));
    run_story_done(&left);
    run_story_done(&right);
    return known;
}

static bool fill_run(struct view_runs *runs, const struct store_box *box, int cols)
{
    struct run_story story = {0};
    bool known = run_story_read(&story, runs->view.app, box, runs->open[0]);
    if (known)
        run_page_fill(&runs->sheet, &story, runs->view.app, cols);
    runs->wants_older = known && run_story_wants_older(&story);
    runs->first_line = known && story.lines.end > story.lines.first ? story.lines.first : -1;
    run_story_done(&story);
    return known;
}

/* A run that is not known any more leaves its page as it was: what it told is still worth reading. */
static void draw_page(struct view_runs *runs, const struct paint *paint)
{
    const struct store_box *box = app_box(runs->view.app);
    if (box != NULL) {
        struct edition edition = edition_of(runs, box, paint->cols);
        if (memcmp(&edition, &runs->edition, sizeof edition) != 0) {
            bool known = runs->leaf == LEAF_COMPARE ? fill_compare(runs, box, paint->cols)
                                                    : fill_run(runs, box, paint->cols);
            if (!known && runs->sheet.count == 0)
                sheet_row(&runs->sheet, ROLE_DIM, 1, "This run is not in the box's list");
            runs->edition = edition;
        }
    }
    sheet_draw(&runs->sheet, paint);
}

static void runs_draw(struct view *view, const struct paint *paint, bool focused)
{
    if (of(view)->leaf == LEAF_LIST)
        draw_list(of(view), paint, focused);
    else
        draw_page(of(view), paint);
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
    struct view_runs *runs = of(view);
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
    update(runs);
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

static void apply_filter(struct view_runs *runs, const char *text, bool complain)
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
    update(runs);
    table_jumped(&runs->table);
}

static void filter_changed(struct app *app, void *context, const char *text)
{
    (void)context;
    apply_filter(of(app->views[VIEW_RUNS]), text, false);
}

static void filter_done(struct app *app, void *context, const char *text)
{
    apply_filter(of(app->views[VIEW_RUNS]), text != NULL ? text : (const char *)context, true);
}

static void cancel(struct view_runs *runs)
{
    const struct run *run = current_run(runs);
    if (run == NULL || run->id == NULL || run->status != RUN_STATUS_RUNNING)
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
    if (second == NULL && run != NULL && !same_id(run->id, first))
        second = run->id;
    if (first == NULL || second == NULL)
        app_note(runs->view.app, "Mark two runs with Space first");
    else
        open_page(runs, LEAF_COMPARE, first, second);
}

/* Where the run began. */
static void show_log(struct view_runs *runs)
{
    struct app *app = runs->view.app;
    int64_t first = runs->first_line;
    app_show(app, VIEW_LOGS);
    if (first >= 0)
        view_logs_go(app->views[VIEW_LOGS], first);
}

static void enter(struct view_runs *runs)
{
    const struct run *run = current_run(runs);
    if (runs->leaf == LEAF_RUN)
        show_log(runs);
    else if (runs->leaf == LEAF_LIST && run != NULL && run->id != NULL)
        open_page(runs, LEAF_RUN, run->id, NULL);
}

/* Escape takes one thing back at a time: the page, the filter, the marks. */
static bool step_back(struct view_runs *runs, enum action action)
{
    if (runs->leaf != LEAF_LIST) {
        close_page(runs);
        return true;
    }
    if (action == ACTION_BACK)
        return false;
    if (runs->filter_text[0] != '\0') {
        apply_filter(runs, "", false);
        return true;
    }
    bool marked = runs->marks[0] != NULL;
    while (runs->marks[0] != NULL)
        unmark(runs, 0);
    return marked;
}

static bool move(struct view_runs *runs, enum action action)
{
    if (runs->leaf != LEAF_LIST)
        return sheet_act(&runs->sheet, action);
    enum widget_move step = view_move_of(action);
    if (step == MOVE_NONE)
        return false;
    if (runs->list.count > 0)
        select_row(runs, table_move(&runs->table, step, selected_row(runs), runs->list.count));
    return true;
}

static bool list_act(struct view_runs *runs, enum action action)
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

static bool runs_act(struct view *view, enum action action)
{
    struct view_runs *runs = of(view);
    update(runs);
    if (move(runs, action) || (runs->leaf == LEAF_LIST && list_act(runs, action)))
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
        if (run == NULL || run->id == NULL)
            return false;
        app_copy(view->app, run->id, "the run's id");
        return true;
    default:
        return false;
    }
}

static bool runs_mouse(struct view *view, const struct mouse *mouse)
{
    struct view_runs *runs = of(view);
    if (mouse->kind == MOUSE_WHEEL_UP || mouse->kind == MOUSE_WHEEL_DOWN)
        return runs_act(view, mouse->kind == MOUSE_WHEEL_UP ? ACTION_UP : ACTION_DOWN);
    if (runs->leaf != LEAF_LIST)
        return false;
    update(runs);
    size_t row = table_row_at(&runs->table, mouse->row, runs->list.count);
    if (mouse->kind != MOUSE_PRESS || mouse->button != 1 || row == TABLE_NONE)
        return false;
    select_row(runs, row);
    return true;
}

void view_runs_open(struct view *view, const char *run_id)
{
    struct view_runs *runs = of(view);
    free(runs->selected);
    runs->selected = mem_dup(run_id);
    open_page(runs, LEAF_RUN, run_id, NULL);
}

static void runs_selected(struct view *view)
{
    struct view_runs *runs = of(view);
    close_page(runs);
    free(runs->selected);
    runs->selected = NULL;
    while (runs->marks[0] != NULL)
        unmark(runs, 0);
    table_jumped(&runs->table);
}

/* The page of a run tells more with its log lines: older ones are asked for until they reach back to its
 * start. */
static void runs_watch(struct view *view, struct watch *watch)
{
    struct view_runs *runs = of(view);
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
    struct view_runs *runs = of(view);
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
    table_init(&runs->table, columns, COLUMNS);
    return &runs->view;
}
