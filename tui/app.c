#include "tui/app.h"

#include "client/base/log.h"
#include "client/base/mem.h"
#include "tui/box_acts.h"
#include "tui/views.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INTERRUPT_TWICE_MS = 1000, WATCH_BOXES = 256, NOTE_MS = 4000, COMPLAINT_MS = 9000 };

static struct view *(*const constructors[VIEW_COUNT])(struct app *) = {
    [VIEW_BOXES] = view_boxes_new, [VIEW_ATTENTION] = view_attention_new, [VIEW_OVERVIEW] = view_overview_new,
    [VIEW_RUNS] = view_runs_new,   [VIEW_LOGS] = view_logs_new,           [VIEW_COMMAND] = view_command_new,
    [VIEW_SHELL] = view_shell_new,
};

void app_init(struct app *app, const struct app_options *options, int rows, int cols)
{
    *app = (struct app){.options = *options, .tab = VIEW_LOGS, .last_tab = VIEW_OVERVIEW, .focus = PANE_LIST};
    keymap_init(&app->keymap);
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
    jobs_done(&app->jobs);
    store_done(&app->store);
    keymap_done(&app->keymap);
    free(app->selected);
    free(app->wanted_box);
    *app = (struct app){0};
}

/* ---- panes ---- */

/* Which view a pane shows. In the wide layout log and shell have panes of their own, so the main pane shows
 * the overview in their place. */
enum view_id app_pane_view_id(const struct app *app, enum layout_pane pane)
{
    bool wide = app->layout.kind == LAYOUT_WIDE;
    switch (pane) {
    case PANE_LIST:
        return VIEW_BOXES;
    case PANE_ATTENTION:
        return VIEW_ATTENTION;
    case PANE_SECOND:
        return VIEW_LOGS;
    case PANE_THIRD:
        return VIEW_SHELL;
    case PANE_MAIN:
        return wide && (app->tab == VIEW_LOGS || app->tab == VIEW_SHELL) ? VIEW_OVERVIEW : app->tab;
    case PANE_COUNT:
        break;
    }
    return VIEW_BOXES;
}

struct view *app_pane_view(const struct app *app, enum layout_pane pane)
{
    return app->views[app_pane_view_id(app, pane)];
}

static struct view *focused_view(const struct app *app)
{
    return app_pane_view(app, app->focus);
}

bool app_shell_live(const struct app *app)
{
    return app->overlays == NULL && focused_view(app) == app->views[VIEW_SHELL] &&
           view_shell_is_live(app->views[VIEW_SHELL]);
}

static void relayout(struct app *app)
{
    struct layout_wish wish = {
        .rows = app->rows,
        .cols = app->cols,
        .focus = app->focus,
        .zoom = app->zoom,
        .full = focused_view(app) == app->views[VIEW_SHELL] && view_shell_is_full(app->views[VIEW_SHELL]) &&
                app->layout.kind != LAYOUT_WIDE,
        .third = shells_find(&app->shells, app->selected) != NULL,
        .attention = view_attention_rows(app->views[VIEW_ATTENTION]),
        .list = (int)app->store.box_count,
    };
    app->layout = layout_make(&wish);
    if (rect_is_empty(app->layout.panes[app->focus]) && app->layout.kind != LAYOUT_TINY) {
        app->focus = app->focus == PANE_ATTENTION ? PANE_LIST : PANE_MAIN;
        wish.focus = app->focus;
        app->layout = layout_make(&wish);
    }
}

static void place_views(struct app *app)
{
    for (enum layout_pane pane = 0; pane < PANE_COUNT; pane++) {
        struct rect r = app->layout.panes[pane];
        if (rect_is_empty(r))
            continue;
        if (app->layout.framed)
            r = rect_inside(r);
        struct view *view = app_pane_view(app, pane);
        if (view->class->placed != NULL && !rect_is_empty(r))
            view->class->placed(view, r.rows, r.cols, pane == app->focus);
    }
}

static void changed(struct app *app)
{
    app->dirty = true;
    view_shell_ask(app->views[VIEW_SHELL]);
    relayout(app);
    place_views(app);
}

void app_resize(struct app *app, int rows, int cols)
{
    app->rows = rows;
    app->cols = cols;
    app->touched = true;
    relayout(app); /* twice: what the shell's wish for all rows means depends on the kind of layout */
    changed(app);
}

static bool view_has_pane(const struct app *app, enum view_id view, enum layout_pane *pane)
{
    for (enum layout_pane p = 0; p < PANE_COUNT; p++)
        if (!rect_is_empty(app->layout.panes[p]) && app_pane_view_id(app, p) == view) {
            *pane = p;
            return true;
        }
    return false;
}

void app_show(struct app *app, enum view_id view)
{
    if (view == VIEW_BOXES || view == VIEW_ATTENTION) {
        app->focus = view == VIEW_BOXES ? PANE_LIST : PANE_ATTENTION;
        changed(app);
        return;
    }
    if (app->tab != view) {
        app->last_tab = app->tab;
        app->tab = view;
    }
    app->focus = PANE_MAIN;
    if (app->layout.kind == LAYOUT_WIDE && view == VIEW_LOGS)
        app->focus = PANE_SECOND;
    if (app->layout.kind == LAYOUT_WIDE && view == VIEW_SHELL &&
        shells_find(&app->shells, app->selected) != NULL)
        app->focus = PANE_THIRD;
    relayout(app);
    enum layout_pane pane;
    if (view_has_pane(app, view, &pane))
        app->focus = pane;
    changed(app);
}

static const enum view_id tabs[] = {VIEW_LOGS, VIEW_RUNS, VIEW_OVERVIEW, VIEW_COMMAND, VIEW_SHELL};
enum { TAB_COUNT = sizeof tabs / sizeof tabs[0] };

static void turn_tab(struct app *app, int step)
{
    int at = 0;
    for (int i = 0; i < TAB_COUNT; i++)
        if (tabs[i] == app->tab)
            at = i;
    do {
        at = (at + step + TAB_COUNT) % TAB_COUNT;
    } while (app->layout.kind == LAYOUT_WIDE && (tabs[at] == VIEW_LOGS || tabs[at] == VIEW_SHELL));
    enum layout_pane focus = app->focus;
    app_show(app, tabs[at]);
    if (focus == PANE_LIST && app->layout.kind != LAYOUT_SINGLE)
        app->focus = PANE_LIST; /* turning the pages of a box while walking the list */
    changed(app);
}

static void focus_pane(struct app *app, int number)
{
    int seen = 0;
    for (enum layout_pane pane = 0; pane < PANE_COUNT; pane++)
        if (!rect_is_empty(app->layout.panes[pane]) && ++seen == number) {
            app->focus = pane;
            changed(app);
            return;
        }
    if (app->layout.kind == LAYOUT_SINGLE || app->zoom) {
        app->focus = number == 1 ? PANE_LIST : PANE_MAIN;
        changed(app);
    }
}

/* Where only one pane is on screen, the list and the box take turns. */
static void next_pane(struct app *app, int step)
{
    if (app->layout.kind == LAYOUT_SINGLE || app->zoom)
        app->focus = app->focus == PANE_LIST ? PANE_MAIN : PANE_LIST;
    else
        app->focus = layout_next(&app->layout, app->focus, step);
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
    changed(app);
}

/* BOX of the command line, once the list (or the service, by name) knows it. */
static void look_for_wanted(struct app *app, const struct event *event)
{
    if (app->wanted_box == NULL)
        return;
    struct store_box *box = store_find_named(&app->store, app->wanted_box);
    if (box == NULL) {
        if (event->kind == EVENT_BOXES && !event->boxes.deleted) {
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
    else if (app->focus == PANE_LIST)
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
    bool theirs =
        shells_reply(&app->shells, event, app->now_ms) || jobs_event(&app->jobs, event, app->wall_ms);
    if (event->kind == EVENT_REPLY && !theirs)
        box_acts_reply(app, event);
    store_apply(&app->store, event);
    look_for_wanted(app, event);
    event_free(event);
    changed(app);
}

/* ---- keys ---- */

static void quit(struct app *app, void *context)
{
    (void)context;
    app->leaving = true;
}

static void ask_quit(struct app *app)
{
    size_t open = 0;
    for (size_t i = 0; i < app->shells.count; i++)
        open += shell_entry_active(app->shells.entries[i]);
    size_t running = jobs_running(&app->jobs);
    if (open + running == 0) {
        app->leaving = true;
        return;
    }
    char *list = mem_dup("");
    for (size_t i = 0; i < app->shells.count; i++) {
        if (!shell_entry_active(app->shells.entries[i]))
            continue;
        char *longer = mem_format("%s  shell in %s\n", list, app->shells.entries[i]->box_id);
        free(list);
        list = longer;
    }
    for (size_t i = 0; i < app->jobs.count; i++) {
        const struct job *job = app->jobs.items[i];
        if (job->state != JOB_RUNNING)
            continue;
        char *longer = mem_format("%s  %.40s in %s\n", list, job->text, job->box_id);
        free(list);
        list = longer;
    }
    char *text = mem_format("These end with boxtop (work in the boxes goes on):\n%s", list);
    overlay_ask(app, "Quit?", text, "Quit", false, quit, NULL, NULL);
    free(text);
    free(list);
}

/* Escape never quits: it is pressed once too often by everybody. */
static void go_back(struct app *app, bool may_quit)
{
    if (app->zoom)
        app->zoom = false;
    else if (app->focus != PANE_LIST)
        app->focus = PANE_LIST;
    else if (may_quit)
        ask_quit(app);
    changed(app);
}

static void interrupt(struct app *app)
{
    bool twice = app->interrupt_ms != 0 && app->now_ms - app->interrupt_ms < INTERRUPT_TWICE_MS;
    app->interrupt_ms = app->now_ms;
    if (twice) {
        app->leaving = true;
        return;
    }
    if (!box_acts_cancel(app))
        app_note(app, "Ctrl-c again quits");
}

static void run_anywhere(struct app *app, enum action action)
{
    switch (action) {
    case ACTION_HELP:
        box_acts_help(app);
        break;
    case ACTION_PALETTE:
        overlay_menu(app, "Actions", false);
        break;
    case ACTION_MENU:
        overlay_menu(app, app->selected != NULL ? app->selected : "Actions", true);
        break;
    case ACTION_BACK:
        go_back(app, true);
        break;
    case ACTION_CANCEL:
        go_back(app, false);
        break;
    case ACTION_INTERRUPT:
        interrupt(app);
        break;
    case ACTION_QUIT:
        ask_quit(app);
        break;
    case ACTION_NEXT_PANE:
        next_pane(app, 1);
        break;
    case ACTION_PREVIOUS_PANE:
        next_pane(app, -1);
        break;
    case ACTION_PANE_1:
    case ACTION_PANE_2:
    case ACTION_PANE_3:
    case ACTION_PANE_4:
        focus_pane(app, (int)(action - ACTION_PANE_1) + 1);
        break;
    case ACTION_NEXT_TAB:
        turn_tab(app, 1);
        break;
    case ACTION_PREVIOUS_TAB:
        turn_tab(app, -1);
        break;
    case ACTION_ZOOM:
        app->zoom = !app->zoom;
        break;
    case ACTION_LAST_VIEW:
        app_show(app, app->last_tab);
        break;
    case ACTION_LOGS:
        app_show(app, VIEW_LOGS);
        break;
    case ACTION_RUNS:
        app_show(app, VIEW_RUNS);
        break;
    case ACTION_OVERVIEW:
        app_show(app, VIEW_OVERVIEW);
        break;
    case ACTION_REDRAW:
        app->touched = true;
        break;
    case ACTION_CLOCK:
        app->utc = !app->utc;
        break;
    case ACTION_SUSPEND:
        if (app->options.suspend != NULL)
            app->options.suspend(app->options.user);
        break;
    default:
        box_acts_run(app, action);
        break;
    }
}

void app_act(struct app *app, enum action action)
{
    if (action == ACTION_NONE)
        return;
    log_line("app", "action %s", action_info(action)->name);
    if (app->options.read_only && action_info(action)->risk != RISK_CALM) {
        app_complain(app, "boxtop was started with --read-only: \"%s\" would change something",
                     action_info(action)->name);
        return;
    }
    struct view *view = focused_view(app);
    bool done = view->class->act != NULL && view->class->act(view, action);
    /* The box list's own actions work from every pane: they are about the selected box. */
    if (!done && action_info(action)->where == WHERE_LIST && view != app->views[VIEW_BOXES])
        done = app->views[VIEW_BOXES]->class->act(app->views[VIEW_BOXES], action);
    if (!done)
        run_anywhere(app, action);
    changed(app);
}

void app_key(struct app *app, struct key key)
{
    app->dirty = true;
    if (overlay_key(app, key)) {
        changed(app);
        return;
    }
    struct view *view = focused_view(app);
    if (view->class->key != NULL && view->class->key(view, key)) {
        changed(app);
        return;
    }
    app_act(app, keymap_find(&app->keymap, view->class->where, key));
}

void app_paste(struct app *app, const char *text, size_t len)
{
    app->dirty = true;
    struct view *view = focused_view(app);
    if (!overlay_paste(app, text, len) && view->class->paste != NULL)
        view->class->paste(view, text, len);
}

void app_mouse(struct app *app, const struct mouse *mouse)
{
    if (app->mouse_off || app->overlays != NULL)
        return;
    int pane = layout_pane_at(&app->layout, mouse->row, mouse->col);
    if (pane < 0)
        return;
    if (mouse->kind == MOUSE_PRESS && app->focus != (enum layout_pane)pane) {
        app->focus = (enum layout_pane)pane;
        changed(app);
    }
    struct rect r = app->layout.panes[pane];
    if (app->layout.framed)
        r = rect_inside(r);
    struct view *view = app_pane_view(app, (enum layout_pane)pane);
    struct mouse own = *mouse;
    own.row -= r.row;
    own.col -= r.col;
    if (view->class->mouse != NULL && rect_contains(r, mouse->row, mouse->col) &&
        view->class->mouse(view, &own))
        changed(app);
}

void app_focus(struct app *app, bool focused)
{
    struct shell_entry *entry = shells_find(&app->shells, app->selected);
    if (app_shell_live(app) && entry != NULL && entry->shell != NULL)
        shell_focus(entry->shell, focused);
}

/* ---- time and the client ---- */

void app_tick(struct app *app)
{
    if (shells_step(&app->shells, app->now_ms))
        changed(app);
    if (toast_tick(&app->toasts, app->now_ms))
        app->dirty = true;
}

void app_watch(struct app *app)
{
    if (app->options.client == NULL)
        return;
    const char *visible[WATCH_BOXES];
    struct watch watch = {.selected = app->selected, .visible = visible};
    watch.visible_count = view_boxes_visible(app->views[VIEW_BOXES], visible, WATCH_BOXES);
    for (enum layout_pane pane = 0; pane < PANE_COUNT; pane++)
        if (!rect_is_empty(app->layout.panes[pane]))
            view_watch(app_pane_view(app, pane), &watch);
    client_watch(app->options.client, &watch);
}

/* ---- notes ---- */

__attribute__((format(printf, 4, 0))) static void push_note(struct app *app, enum role role, int64_t for_ms,
                                                            const char *format, va_list args)
{
    char text[TOAST_TEXT];
    vsnprintf(text, sizeof text, format, args);
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
        app_complain(app, "The %s could not be copied", what);
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
    enum action_where here = focused_view(app)->class->where;
    return info->where == WHERE_APP || info->where == WHERE_LIST || info->where == here;
}

char *app_ssh_command(const struct app *app, const char *box_id)
{
    const char *host =
        app->options.client != NULL ? client_ssh_host(app->options.client) : "us-east-1.box.upstash.com";
    int port = app->options.client != NULL ? client_ssh_port(app->options.client) : 22;
    return port == 22 ? mem_format("ssh %s@%s", box_id, host)
                      : mem_format("ssh -p %d %s@%s", port, box_id, host);
}
