#include "tui/app.h"

#include "client/base/mem.h"
#include "tui/backfill.h"
#include "tui/box_acts.h"
#include "tui/format.h"
#include "tui/panes.h"
#include "tui/shell_copy.h"
#include "tui/shell_life.h"
#include "tui/views.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WATCH_BOXES = 256, NOTE_MS = 4000, COMPLAINT_MS = 9000 };

static struct view *(*const constructors[VIEW_COUNT])(struct app *) = {
    [VIEW_BOXES] = view_boxes_new, [VIEW_ATTENTION] = view_attention_new, [VIEW_OVERVIEW] = view_overview_new,
    [VIEW_RUNS] = view_runs_new,   [VIEW_LOGS] = view_logs_new,           [VIEW_COMMAND] = view_command_new,
    [VIEW_SHELL] = view_shell_new, [VIEW_TAIL] = view_tail_new,           [VIEW_COST] = view_cost_new,
};

void app_init(struct app *app, const struct app_options *options, int rows, int cols)
{
    *app = (struct app){.options = *options,
                        .tab = VIEW_LOGS,
                        .last_tab = VIEW_OVERVIEW,
                        .focus = PANE_LIST,
                        .held_pane = PANE_COUNT};
    keymap_init(&app->keymap);
    rules_limits_init(&app->limits);
    store_init(&app->store);
    shells_init(&app->shells, options->client, &app->store, options->program);
    app->shells.api_key = options->api_key;
    app->shells.user = options->user;
    app->shells.own_known_hosts = options->own_known_hosts;
    app->shells.user_known_hosts = options->user_known_hosts;
    for (enum view_id id = 0; id < VIEW_COUNT; id++)
        app->views[id] = constructors[id](app);
    app_resize(app, rows, cols);
}

void app_done(struct app *app)
{
    overlay_free_all(app);
    for (enum view_id id = 0; id < VIEW_COUNT; id++)
        view_free(app->views[id]);
    shells_done(&app->shells);
    logmemory_done(&app->memory);
    jobs_done(&app->jobs);
    store_done(&app->store);
    keymap_done(&app->keymap);
    free(app->selected);
    free(app->wanted_box);
    *app = (struct app){0};
}

/* ---- the selected box ---- */

struct store_box *app_box(const struct app *app)
{
    return store_find(&app->store, app->selected);
}

void app_select(struct app *app, const char *id)
{
    if ((app->selected == NULL && id == NULL) ||
        (app->selected != NULL && id != NULL && strcmp(app->selected, id) == 0))
        return;
    free(app->selected);
    app->selected = mem_dup(id);
    for (enum view_id view = 0; view < VIEW_COUNT; view++)
        view_selected(app->views[view]);
    app_changed(app);
}

/* BOX of the command line, once the list (or the service, by name) knows it. */
static void look_for_wanted(struct app *app, const struct event *event)
{
    if (app->wanted_box == NULL)
        return;
    struct store_box *box = store_find_named(&app->store, app->wanted_box);
    if (box == NULL) {
        if (event->kind == EVENT_BOXES && !event->boxes.deleted) {
            if (app->wanted_named)
                app_complain(app, "There is no box \"%s\"", app->wanted_box);
            free(app->wanted_box);
            app->wanted_box = NULL;
        }
        return;
    }
    app_select(app, box->box.id);
    free(app->wanted_box);
    app->wanted_box = NULL;
    if (app->wanted_shell)
        app_act(app, ACTION_SHELL);
    else if (app->wanted_named && app->focus == PANE_LIST)
        app_show(app, VIEW_LOGS);
}

/* ---- events ---- */

uint64_t app_ask(struct app *app, struct request *request)
{
    if (app->options.client == NULL) {
        request_free(request);
        return 0;
    }
    enum request_kind kind = request->kind;
    char *box_id = mem_dup(request->box_id);
    uint64_t id = client_ask(app->options.client, request);
    store_expect(&app->store, id, kind, box_id, app->now_ms);
    free(box_id);
    app->dirty = true;
    return id;
}

void app_event(struct app *app, struct event *event)
{
    bool theirs = shells_reply(&app->shells, event, app->now_ms) ||
                  jobs_event(&app->jobs, event, app->wall_ms) || backfill_event(app, event);
    if (event->kind == EVENT_REPLY && !theirs)
        box_acts_reply(app, event);
    bool news = !store_only_confirms(&app->store, event);
    bool trouble = linepool_trouble(app->store.lines)[0] != '\0';
    store_apply(&app->store, event);
    if (!trouble && linepool_trouble(app->store.lines)[0] != '\0')
        app_complain(app, "The oldest log lines are let go: %s", linepool_trouble(app->store.lines));
    look_for_wanted(app, event);
    event_free(event);
    if (news)
        app_changed(app);
}

/* ---- time and the client ---- */

void app_tick(struct app *app)
{
    enum shells_news news = shells_step(&app->shells, app->selected, app->now_ms);
    bool alone = news != SHELLS_CHANGED && panes_show_shell_alone(app);
    if (view_shell_tick(app->views[VIEW_SHELL]) || (news != SHELLS_SAME && !alone))
        app_changed(app);
    else if (news == SHELLS_ROWS)
        app->rows_dirty = true;
    shell_life_tick(app);
    shell_copy_tick(app);
    backfill_tick(app);
    view_attention_tick(app->views[VIEW_ATTENTION]);
    if (toast_tick(&app->toasts, app->now_ms))
        app->dirty = true;
    app->working = false;
    for (enum layout_pane pane = 0; pane < PANE_COUNT; pane++)
        if (!rect_is_empty(app->layout.panes[pane]) && view_work(app_pane_view(app, pane)))
            app->working = true;
    if (app->options.tick != NULL && app->options.tick(app->options.user))
        app->working = true;
    app->dirty = app->dirty || app->working;
}

/* Whose logs the operator looks at: those are kept for the next start. */
static void note_watched(struct app *app, const struct watch *watch)
{
    struct store_box *box = watch->selected_logs ? store_find(&app->store, watch->selected) : NULL;
    if (box != NULL)
        box->watched_ms = app->now_ms;
    for (size_t i = 0; i < watch->tailed_count; i++)
        if ((box = store_find(&app->store, watch->tailed[i])) != NULL)
            box->watched_ms = app->now_ms;
}

void app_watch(struct app *app)
{
    if (app->options.client == NULL)
        return;
    const char *visible[WATCH_BOXES];
    /* The list first: where the selected box is gone it selects another, and the id of before is freed. */
    size_t visible_count = view_boxes_visible(app->views[VIEW_BOXES], visible, WATCH_BOXES);
    struct watch watch = {.selected = app->selected, .visible = visible, .visible_count = visible_count};
    for (enum layout_pane pane = 0; pane < PANE_COUNT; pane++)
        if (!rect_is_empty(app->layout.panes[pane]))
            view_watch(app_pane_view(app, pane), &watch);
    note_watched(app, &watch);
    client_watch(app->options.client, &watch);
}

/* ---- notes ---- */

__attribute__((format(printf, 4, 0))) static void push_note(struct app *app, enum role role, int64_t for_ms,
                                                            const char *format, va_list args)
{
    char all[1024], text[TOAST_TEXT];
    vsnprintf(all, sizeof all, format, args);
    snprintf(text, sizeof text, "%.*s", format_cut(all, sizeof text - 1), all);
    toast_push(&app->toasts, role, text, app->now_ms, for_ms);
    app->dirty = true;
}

void app_note(struct app *app, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    push_note(app, ROLE_TOAST, NOTE_MS, format, args);
    va_end(args);
}

void app_complain(struct app *app, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    push_note(app, ROLE_TOAST_ERROR, COMPLAINT_MS, format, args);
    va_end(args);
}

void app_copy(struct app *app, const char *text, const char *what)
{
    char where[300];
    if (app->options.copy != NULL && app->options.copy(app->options.user, text, where, sizeof where))
        app_note(app, "Copied %s %s", what, where);
    else
        app_complain(app, "Could not copy %s", what);
}

/* ---- what is possible ---- */

bool app_is_about_box(enum action action)
{
    switch (action) {
    case ACTION_SHELL:
    case ACTION_LOGS:
    case ACTION_RUNS:
    case ACTION_OVERVIEW:
    case ACTION_COMMAND:
    case ACTION_ASK:
    case ACTION_COPY:
    case ACTION_COPY_SSH:
    case ACTION_COPY_CONSOLE:
    case ACTION_PAUSE:
    case ACTION_DELETE:
    case ACTION_SNAPSHOT:
    case ACTION_MARK:
        return true;
    default:
        return false;
    }
}

bool app_can(const struct app *app, enum action action)
{
    const struct action_info *info = action_info(action);
    if (app->options.read_only && info->risk != RISK_CALM)
        return false;
    const struct store_box *box = app_box(app);
    if (app_is_about_box(action) && box == NULL)
        return false;
    if (app_is_about_box(action) && box->gone && info->risk != RISK_CALM)
        return false;
    if (action == ACTION_ASK)
        return box->box.agent != NULL;
    if (action == ACTION_PAUSE)
        return box->box.status == BOX_STATUS_PAUSED ||
               (box_is_live(&box->box) && !box->box.keep_alive && !box->box.ephemeral);
    enum action_where here = panes_focused(app)->class->where;
    return info->where == WHERE_APP || info->where == WHERE_LIST || info->where == here ||
           (info->where == WHERE_LOGS && action_where_has_lines(here));
}

char *app_ssh_command(const struct app *app, const char *box_id)
{
    const char *host =
        app->options.client != NULL ? client_ssh_host(app->options.client) : "us-east-1.box.upstash.com";
    int port = app->options.client != NULL ? client_ssh_port(app->options.client) : 22;
    return port == 22 ? mem_format("ssh %s@%s", box_id, host)
                      : mem_format("ssh -p %d %s@%s", port, box_id, host);
}
