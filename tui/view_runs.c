/*
 * The runs of the selected box, newest first; Enter shows all that is known of one.
 */
#include "client/base/buf.h"
#include "client/base/mem.h"
#include "tui/app.h"
#include "tui/box_acts.h"
#include "tui/format.h"
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
enum { DETAIL_MAX = 1 << 20 };

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

struct view_runs {
    struct view view;
    struct table table;
    char *selected; /* run id, NULL: the newest */
};

static struct view_runs *of(struct view *view)
{
    return (struct view_runs *)view;
}

static size_t selected_row(const struct view_runs *runs, const struct store_box *box)
{
    if (box == NULL || box->run_count == 0)
        return TABLE_NONE;
    for (size_t i = 0; runs->selected != NULL && i < box->run_count; i++)
        if (box->runs[i].id != NULL && strcmp(box->runs[i].id, runs->selected) == 0)
            return i;
    return 0;
}

static const struct run *selected_run(const struct view_runs *runs)
{
    const struct store_box *box = app_box(runs->view.app);
    size_t row = selected_row(runs, box);
    return row == TABLE_NONE ? NULL : &box->runs[row];
}

static void select_row(struct view_runs *runs, const struct store_box *box, size_t row)
{
    free(runs->selected);
    runs->selected = row < box->run_count ? mem_dup(box->runs[row].id) : NULL;
}

static int64_t run_took(const struct run *run, int64_t wall_ms)
{
    if (run->status == RUN_STATUS_RUNNING)
        return run->created_at > 0 ? wall_ms - run->created_at : -1;
    return run->duration_ms;
}

static int64_t run_tokens(const struct run *run)
{
    if (run->input_tokens < 0 && run->output_tokens < 0)
        return -1;
    return (run->input_tokens > 0 ? run->input_tokens : 0) +
           (run->output_tokens > 0 ? run->output_tokens : 0);
}

static const char *type_word(const struct run *run)
{
    return run->type == RUN_TYPE_AGENT ? "agent" : run->type == RUN_TYPE_SHELL ? "shell" : "?";
}

static const char *status_word(const struct run *run)
{
    return run->status == RUN_STATUS_UNKNOWN && run->status_word != NULL ? run->status_word
                                                                         : run_status_word(run->status);
}

static void draw_cell(void *context, size_t index, int column, const struct paint *cell)
{
    const struct view_runs *runs = context;
    const struct app *app = runs->view.app;
    const struct run *run = &app_box(app)->runs[index];
    char text[32];
    switch ((enum column)column) {
    case COLUMN_STATUS:
        paint_text(cell, 0, 0, cell->cols, view_run_role(run->status), status_word(run));
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
        paint_right(cell, 0, 0, cell->cols, ROLE_COST, format_money(text, sizeof text, run->cost_usd));
        break;
    case COLUMN_TOKENS:
        paint_right(cell, 0, 0, cell->cols, ROLE_DIM, format_count(text, sizeof text, run_tokens(run)));
        break;
    case COLUMN_TYPE:
        paint_text(cell, 0, 0, cell->cols, ROLE_DIM, type_word(run));
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
    return app_box(runs->view.app)->runs[index].status == RUN_STATUS_FAILED ? '!' : ' ';
}

static void runs_draw(struct view *view, const struct paint *paint, bool focused)
{
    struct view_runs *runs = of(view);
    const struct store_box *box = app_box(view->app);
    struct table_rows rows = {
        .ctx = runs,
        .count = box != NULL ? box->run_count : 0,
        .selected = selected_row(runs, box),
        .draw = draw_cell,
        .sign = row_sign,
        .empty = box == NULL         ? "No box is selected"
                 : box->runs_ms == 0 ? "Asking for the runs"
                                     : "No runs yet: a asks the agent, c runs a command",
    };
    table_draw(&runs->table, paint, &rows, focused);
}

static void runs_title(struct view *view, struct view_title *title)
{
    const struct store_box *box = app_box(view->app);
    if (box == NULL)
        return;
    char age[16];
    snprintf(title->bottom, sizeof title->bottom, "%.*s%s", format_cut(box_title(&box->box), 60),
             box_title(&box->box), box->gone ? "  gone" : "");
    snprintf(title->bottom_right, sizeof title->bottom_right, "%zu runs", box->run_count);
    if (box->runs_ms > 0 && view->app->now_ms - box->runs_ms > 10000)
        snprintf(title->right, sizeof title->right, "as of %s ago",
                 format_age(age, sizeof age, view->app->now_ms - box->runs_ms));
}

/* ---- one run in full ---- */

static void add_paragraph(struct buf *out, const char *heading, const char *text)
{
    if (text != NULL && text[0] != '\0')
        buf_add_format(out, "\n#%s\n%s\n", heading, text);
}

static void add_figures(struct buf *out, const struct app *app, const struct run *run)
{
    char a[32], b[32], c[32];
    buf_add_format(out, "Status\t%s\n", status_word(run));
    buf_add_format(out, "Type\t%s\n", type_word(run));
    if (run->model != NULL)
        buf_add_format(out, "Model\t%s\n", run->model);
    buf_add_format(out, "Started\t%s\n", format_stamp(a, sizeof a, run->created_at, app->utc));
    if (run->completed_at > 0)
        buf_add_format(out, "Ended\t%s\n", format_stamp(a, sizeof a, run->completed_at, app->utc));
    buf_add_format(out, "Took\t%s\n", format_duration(a, sizeof a, run_took(run, app->wall_ms)));
    buf_add_format(out, "Tokens\t%s in (%s cached), %s out\n", format_count(a, sizeof a, run->input_tokens),
                   format_count(b, sizeof b, run->cached_input_tokens),
                   format_count(c, sizeof c, run->output_tokens));
    buf_add_format(out, "Cost\t%s  (compute %s)\n", format_usd(a, sizeof a, run->cost_usd),
                   format_usd(b, sizeof b, run->compute_cost_usd));
    buf_add_format(out, "CPU time\t%s\n", format_cpu(a, sizeof a, run->cpu_ns));
    buf_add_format(out, "Memory\t%s at most\n", format_bytes(a, sizeof a, run->memory_peak_bytes));
    if (run->schedule_id != NULL)
        buf_add_format(out, "Schedule\t%s\n", run->schedule_id);
    if (run->session_id != NULL)
        buf_add_format(out, "Session\t%s\n", run->session_id);
}

static void show_run(struct view_runs *runs)
{
    const struct run *run = selected_run(runs);
    if (run == NULL)
        return;
    struct buf out;
    buf_init(&out, DETAIL_MAX);
    add_figures(&out, runs->view.app, run);
    add_paragraph(&out, "Prompt", run->prompt);
    add_paragraph(&out, "Error", run->error_message);
    add_paragraph(&out, "Output", run->output);
    char *title = mem_format("Run %s", run->id != NULL ? run->id : "");
    overlay_read(runs->view.app, title, buf_text(&out));
    free(title);
    buf_done(&out);
}

static void cancel(struct view_runs *runs)
{
    const struct run *run = selected_run(runs);
    if (run == NULL || run->id == NULL || run->status != RUN_STATUS_RUNNING)
        app_complain(runs->view.app, "This run does not run");
    else
        box_acts_cancel_run(runs->view.app, run->id);
}

static bool runs_act(struct view *view, enum action action)
{
    struct view_runs *runs = of(view);
    const struct store_box *box = app_box(view->app);
    if (view_move_of(action) != MOVE_NONE) {
        if (box != NULL && box->run_count > 0)
            select_row(
                runs, box,
                table_move(&runs->table, view_move_of(action), selected_row(runs, box), box->run_count));
        return true;
    }
    switch (action) {
    case ACTION_ENTER:
        show_run(runs);
        return true;
    case ACTION_RUN_CANCEL:
        cancel(runs);
        return true;
    case ACTION_COPY: {
        const struct run *run = selected_run(runs);
        if (run == NULL || run->id == NULL)
            return false;
        app_copy(view->app, run->id, "the run's id");
        return true;
    }
    default:
        return false;
    }
}

static bool runs_mouse(struct view *view, const struct mouse *mouse)
{
    struct view_runs *runs = of(view);
    const struct store_box *box = app_box(view->app);
    if (box == NULL)
        return false;
    if (mouse->kind == MOUSE_WHEEL_UP || mouse->kind == MOUSE_WHEEL_DOWN)
        return runs_act(view, mouse->kind == MOUSE_WHEEL_UP ? ACTION_UP : ACTION_DOWN);
    size_t row = table_row_at(&runs->table, mouse->row, box->run_count);
    if (mouse->kind != MOUSE_PRESS || mouse->button != 1 || row == TABLE_NONE)
        return false;
    select_row(runs, box, row);
    return true;
}

static void runs_selected(struct view *view)
{
    struct view_runs *runs = of(view);
    free(runs->selected);
    runs->selected = NULL;
    table_jumped(&runs->table);
}

static void runs_watch(struct view *view, struct watch *watch)
{
    (void)view;
    watch->selected_runs = true;
}

static void runs_view_free(struct view *view)
{
    free(of(view)->selected);
    free(view);
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
