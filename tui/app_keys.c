/*
 * From a key to what it does: overlay, focused pane, view, app.
 */
#include "client/base/log.h"
#include "client/base/mem.h"
#include "tui/app.h"
#include "tui/box_acts.h"
#include "tui/footer.h"
#include "tui/format.h"
#include "tui/help.h"
#include "tui/panes.h"
#include "tui/shell_list.h"
#include "tui/tab_bar.h"
#include "tui/views.h"

#include <stdlib.h>

enum { INTERRUPT_TWICE_MS = 1000 };

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
        char *longer =
            mem_format("%s  %.*s in %s\n", list, format_cut(job->text, 40), job->text, job->box_id);
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
    app_changed(app);
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
        help_open(app);
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
        panes_next(app, 1);
        break;
    case ACTION_PREVIOUS_PANE:
        panes_next(app, -1);
        break;
    case ACTION_PANE_1:
    case ACTION_PANE_2:
    case ACTION_PANE_3:
    case ACTION_PANE_4:
    case ACTION_PANE_5:
        panes_focus(app, (int)(action - ACTION_PANE_1) + 1);
        break;
    case ACTION_NEXT_TAB:
        panes_turn_tab(app, 1);
        break;
    case ACTION_PREVIOUS_TAB:
        panes_turn_tab(app, -1);
        break;
    case ACTION_ZOOM:
        app->zoom = !app->zoom;
        break;
    case ACTION_LAST_VIEW:
        app_show(app, app->last_tab);
        break;
    case ACTION_SHELLS:
        shell_list_open(app);
        break;
    case ACTION_LOGS:
        app_show(app, VIEW_LOGS);
        break;
    case ACTION_TAIL:
        app_show(app, VIEW_TAIL);
        break;
    case ACTION_RUNS:
        app_show(app, VIEW_RUNS);
        break;
    case ACTION_QUEUE:
        app_show(app, VIEW_ATTENTION);
        break;
    case ACTION_COST:
        app_show(app, VIEW_COST);
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
    struct view *view = panes_focused(app);
    bool done = view->class->act != NULL && view->class->act(view, action);
    /* The box list's own actions work from every pane: they are about the selected box. */
    if (!done && action_info(action)->where == WHERE_LIST && view != app->views[VIEW_BOXES])
        done = app->views[VIEW_BOXES]->class->act(app->views[VIEW_BOXES], action);
    if (!done)
        run_anywhere(app, action);
    app_changed(app);
}

void app_key(struct app *app, struct key key)
{
    struct view *view = panes_focused(app);
    if (app->overlays == NULL && view == app->views[VIEW_SHELL] && view_shell_types(view, key))
        return; /* a frame without its echo would only delay the one with it */
    app->dirty = true;
    if (overlay_key(app, key_plain(key))) {
        app_changed(app);
        return;
    }
    struct key seen = view == app->views[VIEW_SHELL] ? key : key_plain(key);
    if (view->class->key != NULL && view->class->key(view, seen)) {
        app_changed(app);
        return;
    }
    app_act(app, keymap_find(&app->keymap, view->class->where, key));
}

void app_paste(struct app *app, const char *text, size_t len)
{
    app->dirty = true;
    struct view *view = panes_focused(app);
    if (!overlay_paste(app, text, len) && view->class->paste != NULL)
        view->class->paste(view, text, len);
}

/* A report for a pane; a drag that began in a shell, and its end, also from outside of it. */
static void give_mouse(struct app *app, enum layout_pane pane, const struct mouse *mouse)
{
    struct rect r = app->layout.panes[pane];
    if (app->layout.framed)
        r = rect_inside(r);
    struct view *view = app_pane_view(app, pane);
    bool inside = rect_contains(r, mouse->row, mouse->col);
    if (view->class->mouse == NULL || (!inside && view != app->views[VIEW_SHELL]))
        return;
    struct mouse own = *mouse;
    own.row -= r.row;
    own.col -= r.col;
    if (inside && mouse->kind == MOUSE_PRESS)
        app->held_pane = pane;
    if ((inside || mouse->kind == MOUSE_DRAG || mouse->kind == MOUSE_RELEASE) &&
        view->class->mouse(view, &own))
        app_changed(app);
}

void app_mouse(struct app *app, const struct mouse *mouse)
{
    if (app->mouse_off || app->overlays != NULL)
        return;
    enum layout_pane held = app->held_pane;
    if (mouse->kind == MOUSE_PRESS || mouse->kind == MOUSE_RELEASE)
        app->held_pane = PANE_COUNT;
    if ((mouse->kind == MOUSE_DRAG || mouse->kind == MOUSE_RELEASE) && held != PANE_COUNT &&
        !rect_is_empty(app->layout.panes[held])) {
        give_mouse(app, held, mouse);
        return;
    }
    int pane = layout_pane_at(&app->layout, mouse->row, mouse->col);
    if (pane < 0) {
        if (mouse->kind == MOUSE_PRESS && rect_contains(app->layout.footer, mouse->row, mouse->col))
            footer_click(app, mouse->col);
        return;
    }
    if (mouse->kind == MOUSE_PRESS && app->focus != (enum layout_pane)pane) {
        app->focus = (enum layout_pane)pane;
        app_changed(app);
    }
    struct rect r = app->layout.panes[pane];
    if (pane == PANE_MAIN && app->layout.framed && mouse->kind == MOUSE_PRESS && mouse->row == r.row &&
        tab_bar_click(app, mouse->col))
        return;
    give_mouse(app, (enum layout_pane)pane, mouse);
}

void app_focus(struct app *app, bool focused)
{
    struct shell_entry *entry = shells_find(&app->shells, app->selected);
    if (app_shell_live(app) && entry != NULL && entry->shell != NULL)
        shell_focus(entry->shell, focused);
}
