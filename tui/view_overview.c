/*
 * Everything known about the selected box, one field a line. The smallest view: copy it to make a new one.
 */
#include "client/base/mem.h"
#include "tui/app.h"
#include "tui/format.h"
#include "tui/views.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LABEL_COLUMNS = 15 };

struct view_overview {
    struct view view;
    int top;   /* first field shown */
    int count; /* fields, as last drawn */
    int rows;  /* as last drawn */
};

/* Where the next field goes while drawing. */
struct pen {
    struct view_overview *overview;
    const struct paint *paint;
    int line; /* of all fields, from 0 */
};

static void field_as(struct pen *pen, enum role role, const char *label, const char *value)
{
    int row = pen->line++ - pen->overview->top;
    if (row < 0 || row >= pen->paint->rows)
        return;
    paint_text(pen->paint, row, 1, LABEL_COLUMNS - 1, ROLE_DIM, label);
    paint_text(pen->paint, row, LABEL_COLUMNS + 1, pen->paint->cols - LABEL_COLUMNS - 1, role,
               value != NULL ? value : "-");
}

static void field(struct pen *pen, const char *label, const char *value)
{
    field_as(pen, ROLE_TEXT, label, value);
}

static void stamp(struct pen *pen, const char *label, int64_t at)
{
    const struct app *app = pen->overview->view.app;
    char when[32], age[24], text[80];
    if (at <= 0)
        snprintf(text, sizeof text, "-");
    else if (at > app->wall_ms)
        snprintf(text, sizeof text, "%s%s  in %s", format_stamp(when, sizeof when, at, app->utc),
                 app->utc ? " UTC" : "", format_age(age, sizeof age, at - app->wall_ms));
    else
        snprintf(text, sizeof text, "%s%s  %s", format_stamp(when, sizeof when, at, app->utc),
                 app->utc ? " UTC" : "", format_ago(age, sizeof age, at, app->wall_ms));
    field(pen, label, text);
}

static void joined(struct pen *pen, const char *label, char *const *words, size_t count)
{
    char *all = mem_dup("");
    for (size_t i = 0; i < count; i++) {
        char *longer = mem_format("%s%s%s", all, i > 0 ? "  " : "", words[i]);
        free(all);
        all = longer;
    }
    field(pen, label, count > 0 ? all : "-");
    free(all);
}

static void status(struct pen *pen, const struct store_box *box)
{
    if (box->gone)
        field_as(pen, ROLE_DELETED, "Status", "deleted elsewhere: this is what was known last");
    else
        field_as(pen, view_status_role(box->box.status), "Status",
                 box->box.status_word != NULL ? box->box.status_word : box_status_word(box->box.status));
}

static void money(struct pen *pen, const struct box *box)
{
    char total[16], compute[16], tokens[16], text[96];
    snprintf(text, sizeof text, "%s  (compute %s, tokens %s)",
             format_usd(total, sizeof total, box_cost_usd(box)),
             format_usd(compute, sizeof compute, box->compute_cost_usd),
             format_usd(tokens, sizeof tokens, box->token_cost_usd));
    field_as(pen, ROLE_COST, "Cost", text);
}

static void usage(struct pen *pen, const struct box *box)
{
    char in[16], out[16], cpu[16], text[96];
    snprintf(text, sizeof text, "%s in, %s out", format_count(in, sizeof in, box->input_tokens),
             format_count(out, sizeof out, box->output_tokens));
    field(pen, "Tokens", text);
    snprintf(text, sizeof text, "%s", format_count(in, sizeof in, box->prompts));
    field(pen, "Prompts", text);
    field(pen, "CPU time", format_cpu(cpu, sizeof cpu, box->cpu_ns));
}

static void snapshots(struct pen *pen, const struct store_box *box)
{
    const struct app *app = pen->overview->view.app;
    for (size_t i = 0; i < box->snapshot_count; i++) {
        const struct snapshot *snapshot = &box->snapshots[i];
        char size[16], age[24];
        char *text = mem_format("%s  %s  %s  %s", snapshot->name != NULL ? snapshot->name : snapshot->id,
                                snapshot->status != NULL ? snapshot->status : "?",
                                format_bytes(size, sizeof size, snapshot->size_bytes),
                                format_ago(age, sizeof age, snapshot->created_at, app->wall_ms));
        field_as(pen, ROLE_SNAPSHOT, i == 0 ? "Snapshots" : "", text);
        free(text);
    }
}

static void all_fields(struct pen *pen, const struct store_box *entry)
{
    const struct app *app = pen->overview->view.app;
    const struct box *box = &entry->box;
    field_as(pen, ROLE_STRONG, "Id", box->id);
    field(pen, "Name", box->name);
    status(pen, entry);
    char *ssh = app_ssh_command(app, box->id);
    field_as(pen, ROLE_ACCENT, "SSH", ssh);
    free(ssh);
    field(pen, "", "the password is your Box API key; Y copies the command, s opens a shell here");
    joined(pen, "Labels", box->labels, box->label_count);
    field(pen, "Runtime", box->runtime);
    field(pen, "Size", box->size != NULL ? box->size : "small");
    field(pen, "Agent", box->agent);
    field(pen, "Model", box->model);
    field(pen, "Model key", box->managed_key ? "provided by Upstash" : "-");
    joined(pen, "Skills", box->skills, box->skill_count);
    field(pen, "Network", box->network_mode != NULL ? box->network_mode : "allow-all");
    if (box->network_detail != NULL)
        field(pen, "", box->network_detail);
    field(pen, "Repository", box->clone_repo);
    field(pen, "Keep alive", box->keep_alive ? "yes, never pauses" : "no");
    if (box->ephemeral)
        field(pen, "Ephemeral", "yes");
    money(pen, box);
    usage(pen, box);
    stamp(pen, "Created", box->created_at);
    stamp(pen, "Updated", box->updated_at);
    stamp(pen, "Last activity", box->last_activity_at);
    if (box->ephemeral || box->expires_at > 0)
        stamp(pen, "Expires", box->expires_at);
    field(pen, "Session", box->session_id);
    field(pen, "Agent id", box->agent_id);
    field(pen, "Customer", box->customer_id);
    snapshots(pen, entry);
    char age[16];
    field_as(pen, ROLE_DIM, "As of",
             entry->seen_ms > 0 ? format_age(age, sizeof age, app->now_ms - entry->seen_ms) : "the cache");
}

static void overview_draw(struct view *view, const struct paint *paint, bool focused)
{
    struct view_overview *overview = (struct view_overview *)view;
    const struct store_box *box = app_box(view->app);
    (void)focused;
    if (box == NULL) {
        paint_text(paint, 0, 1, paint->cols - 1, ROLE_DIM, "No box is selected");
        return;
    }
    struct pen pen = {.overview = overview, .paint = paint};
    all_fields(&pen, box);
    overview->count = pen.line;
    overview->rows = paint->rows;
}

static void overview_title(struct view *view, struct view_title *title)
{
    const struct view_overview *overview = (const struct view_overview *)view;
    if (overview->count > overview->rows)
        snprintf(title->bottom_right, sizeof title->bottom_right, "%d-%d of %d", overview->top + 1,
                 overview->top + overview->rows < overview->count ? overview->top + overview->rows
                                                                  : overview->count,
                 overview->count);
}

static bool overview_act(struct view *view, enum action action)
{
    struct view_overview *overview = (struct view_overview *)view;
    int last = overview->count - overview->rows > 0 ? overview->count - overview->rows : 0;
    switch (action) {
    case ACTION_DOWN:
        overview->top++;
        break;
    case ACTION_UP:
        overview->top--;
        break;
    case ACTION_PAGE_DOWN:
    case ACTION_HALF_DOWN:
        overview->top += overview->rows / 2;
        break;
    case ACTION_PAGE_UP:
    case ACTION_HALF_UP:
        overview->top -= overview->rows / 2;
        break;
    case ACTION_TOP:
        overview->top = 0;
        break;
    case ACTION_BOTTOM:
        overview->top = last;
        break;
    default:
        return false;
    }
    overview->top = overview->top > last ? last : overview->top;
    overview->top = overview->top < 0 ? 0 : overview->top;
    return true;
}

static bool overview_mouse(struct view *view, const struct mouse *mouse)
{
    if (mouse->kind != MOUSE_WHEEL_UP && mouse->kind != MOUSE_WHEEL_DOWN)
        return false;
    return overview_act(view, mouse->kind == MOUSE_WHEEL_UP ? ACTION_UP : ACTION_DOWN);
}

static void overview_selected(struct view *view)
{
    ((struct view_overview *)view)->top = 0;
}

static void overview_free(struct view *view)
{
    free(view);
}

static const struct view_class overview_class = {
    .name = "Overview",
    .where = WHERE_MAIN,
    .draw = overview_draw,
    .title = overview_title,
    .act = overview_act,
    .mouse = overview_mouse,
    .selected = overview_selected,
    .free = overview_free,
};

struct view *view_overview_new(struct app *app)
{
    struct view_overview *overview = mem_zalloc(1, sizeof *overview);
    overview->view = (struct view){&overview_class, app};
    return &overview->view;
}
