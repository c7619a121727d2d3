/*
 * What the account's runs cost, in money and tokens: today, in the last hour, in all; by label and by box.
 */
#include "client/base/mem.h"
#include "tui/app.h"
#include "tui/format.h"
#include "tui/ledger.h"
#include "tui/panes.h"
#include "tui/sheet.h"
#include "tui/views.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_COLS = 24, LABEL_COLS = 12, BOX_ROWS = 2000, BOXES_A_MS = 4 };

struct view_cost {
    struct view view;
    struct ledger ledger;
    struct sheet sheet;
    uint64_t version; /* store.version it was made from */
    int64_t made_ms;
    int64_t minute; /* the last hour moves on */
    int cols, utc;
};

static struct view_cost *of(struct view *view)
{
    return (struct view_cost *)view;
}

/* "$1.20", with what is not known beside it. */
static void money_text(char *out, size_t size, double usd, size_t unknown)
{
    char figure[16];
    format_money(figure, sizeof figure, usd);
    if (usd < 0)
        snprintf(out, size, "unknown");
    else if (unknown > 0)
        snprintf(out, size, "$%s + %zu unknown", figure, unknown);
    else
        snprintf(out, size, "$%s", figure);
}

static void add_sum(struct sheet *sheet, const char *label, const struct ledger_sum *sum)
{
    char cost[48], compute[48], in[16], cached[16], out[16], text[256];
    money_text(cost, sizeof cost, ledger_cost(sum), sum->cost_unknown);
    money_text(compute, sizeof compute, ledger_compute(sum), sum->compute_unknown);
    snprintf(text, sizeof text, "%s   compute %s", cost, compute);
    sheet_label(sheet_row(sheet, ROLE_COST, LABEL_COLS, text), ROLE_STRONG, label);
    int used = snprintf(text, sizeof text, "%zu run%s", sum->runs, sum->runs == 1 ? "" : "s");
    if (sum->running > 0)
        used += snprintf(text + used, sizeof text - (size_t)used, ", %zu running", sum->running);
    if (ledger_tokens(sum) < 0)
        snprintf(text + used, sizeof text - (size_t)used, "   tokens unknown");
    else
        snprintf(text + used, sizeof text - (size_t)used, "   %s tokens in (%s cached), %s out%s",
                 format_count(in, sizeof in, sum->input_tokens),
                 format_count(cached, sizeof cached, sum->cached_tokens),
                 format_count(out, sizeof out, sum->output_tokens), sum->tokens_unknown > 0 ? " + ?" : "");
    sheet_row(sheet, ROLE_DIM, LABEL_COLS, text);
}

static void add_hours(struct sheet *sheet, const struct ledger *ledger)
{
    char text[64], figure[16];
    double most = 0;
    for (size_t i = 0; i < LEDGER_HOURS; i++)
        most = ledger->hours[i] > most ? ledger->hours[i] : most;
    struct sheet_row *row = sheet_row(sheet, ROLE_BAR, LABEL_COLS, NULL);
    sheet_label(row, ROLE_STRONG, "By hour");
    sheet_figures(row, ledger->hours, LEDGER_HOURS);
    snprintf(text, sizeof text, "24 hours up to now, at most $%s in one",
             format_money(figure, sizeof figure, most));
    sheet_aside(row, ROLE_DIM, LABEL_COLS + LEDGER_HOURS + 2, text);
}

/* The service counts for itself since a box was made; its figures and those of the runs are kept apart. */
static void add_service(struct sheet *sheet, const struct ledger *ledger)
{
    char compute[48], tokens[48], text[160];
    money_text(compute, sizeof compute, ledger->service_compute_usd, 0);
    money_text(tokens, sizeof tokens, ledger->service_token_usd, 0);
    snprintf(text, sizeof text, "compute %s, tokens %s: as the service counts, ever since", compute, tokens);
    sheet_label(sheet_row(sheet, ROLE_DIM, LABEL_COLS, text), ROLE_STRONG, "Boxes");
}

/* ---- tables ---- */

static void column(char *out, size_t size, const struct ledger_sum *sum, bool known)
{
    char figure[16];
    bool unknown = !known || ledger_cost(sum) < 0;
    snprintf(out, size, "%s%s", unknown ? "?" : format_money(figure, sizeof figure, ledger_cost(sum)),
             !unknown && sum->cost_unknown > 0 ? "+?" : "");
}

static void add_row(struct sheet *sheet, const struct ledger_row *row)
{
    char today[24], hour[24], all[24], tokens[16], service[16], text[160];
    column(today, sizeof today, &row->today, row->known);
    column(hour, sizeof hour, &row->hour, row->known);
    column(all, sizeof all, &row->all, row->known);
    format_count(tokens, sizeof tokens, row->known ? ledger_tokens(&row->today) : -1);
    format_money(service, sizeof service, row->service_usd);
    snprintf(text, sizeof text, "%9s %9s %9s %9s %9s", today, hour, all, tokens, service);
    enum role role = row->today.cost_nano > 0 ? ROLE_TEXT : ROLE_DIM;
    sheet_label(sheet_row(sheet, role, NAME_COLS + 2, text), role, row->name);
}

static void add_table(struct sheet *sheet, const char *heading, const char *note,
                      const struct ledger_row *rows, size_t count)
{
    char text[96];
    if (count == 0)
        return;
    sheet_heading(sheet, heading, note);
    snprintf(text, sizeof text, "%9s %9s %9s %9s %9s", "TODAY", "HOUR", "RUNS", "TOKENS", "SERVICE");
    sheet_row(sheet, ROLE_COLUMN, NAME_COLS + 2, text);
    for (size_t i = 0; i < count && i < BOX_ROWS; i++)
        add_row(sheet, &rows[i]);
    if (count > BOX_ROWS) {
        snprintf(text, sizeof text, "(%zu more, which cost less)", count - BOX_ROWS);
        sheet_row(sheet, ROLE_DIM, 1, text);
    }
}

static void fill(struct view_cost *cost, int cols)
{
    const struct ledger *ledger = &cost->ledger;
    char text[160];
    sheet_begin(&cost->sheet, cols);
    if (ledger->boxes_known < ledger->boxes)
        snprintf(text, sizeof text, "Runs of %zu of %zu boxes are known so far", ledger->boxes_known,
                 ledger->boxes);
    else
        snprintf(text, sizeof text, "The runs of every box are known");
    sheet_row(&cost->sheet, ledger->boxes_known < ledger->boxes ? ROLE_WARN : ROLE_DIM, 1, text);
    add_sum(&cost->sheet, "Today", &ledger->today);
    add_sum(&cost->sheet, "Last hour", &ledger->hour);
    add_sum(&cost->sheet, "All runs", &ledger->all);
    add_hours(&cost->sheet, ledger);
    add_service(&cost->sheet, ledger);
    add_table(&cost->sheet, "By label", "a box with two labels counts in both", ledger->labels,
              ledger->label_count);
    add_table(&cost->sheet, "By box", "? is not known", ledger->rows, ledger->row_count);
}

static void cost_draw(struct view *view, const struct paint *paint, bool focused)
{
    struct view_cost *cost = of(view);
    const struct app *app = view->app;
    (void)focused;
    /* The sums of 10,000 boxes take 50 ms: not with every event. */
    bool rested = app->now_ms - cost->made_ms >= (int64_t)app->store.box_count / BOXES_A_MS;
    if ((cost->version != app->store.version && rested) || cost->minute != app->wall_ms / 60000 ||
        cost->cols != paint->cols || cost->utc != app->utc) {
        cost->version = app->store.version;
        cost->made_ms = app->now_ms;
        cost->minute = app->wall_ms / 60000;
        cost->cols = paint->cols;
        cost->utc = app->utc;
        ledger_make(&cost->ledger, &app->store, app->wall_ms, app->utc);
        fill(cost, paint->cols);
        ledger_done(&cost->ledger); /* its names live in the store, which changes */
    }
    sheet_draw(&cost->sheet, paint);
}

static void cost_title(struct view *view, struct view_title *title)
{
    snprintf(title->bottom, sizeof title->bottom, "account  day: %s", view->app->utc ? "UTC" : "local");
    sheet_position(&of(view)->sheet, title->bottom_right, sizeof title->bottom_right);
}

static bool cost_act(struct view *view, enum action action)
{
    if (action == ACTION_BACK || action == ACTION_CANCEL)
        panes_leave_account(view->app);
    return sheet_act(&of(view)->sheet, action);
}

static bool cost_mouse(struct view *view, const struct mouse *mouse)
{
    if (mouse->kind != MOUSE_WHEEL_UP && mouse->kind != MOUSE_WHEEL_DOWN)
        return false;
    return cost_act(view, mouse->kind == MOUSE_WHEEL_UP ? ACTION_UP : ACTION_DOWN);
}

static void cost_free(struct view *view)
{
    ledger_done(&of(view)->ledger);
    sheet_done(&of(view)->sheet);
    free(view);
}

static const struct view_class cost_class = {
    .name = "Cost",
    .where = WHERE_MAIN,
    .draw = cost_draw,
    .title = cost_title,
    .act = cost_act,
    .mouse = cost_mouse,
    .free = cost_free,
};

struct view *view_cost_new(struct app *app)
{
    struct view_cost *cost = mem_zalloc(1, sizeof *cost);
    cost->view = (struct view){&cost_class, app};
    return &cost->view;
}
