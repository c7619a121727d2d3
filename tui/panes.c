#include "tui/panes.h"

#include "tui/shell_hostkey.h"
#include "tui/views.h"

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

struct view *panes_focused(const struct app *app)
{
    return app_pane_view(app, app->focus);
}

bool app_shell_live(const struct app *app)
{
    return app->overlays == NULL && panes_focused(app) == app->views[VIEW_SHELL] &&
           view_shell_is_live(app->views[VIEW_SHELL]);
}

enum cursor_shape app_cursor_shape(const struct app *app)
{
    const struct shell_entry *entry = app_shell_live(app) ? shells_find(&app->shells, app->selected) : NULL;
    return entry != NULL ? shell_screen(entry->shell)->cursor_shape : CURSOR_DEFAULT;
}

bool panes_have_banner(const struct app *app)
{
    switch (app->store.link.state) {
    case LINK_REFUSED:
    case LINK_OFFLINE:
    case LINK_FAILING:
    case LINK_LIMITED:
        return true;
    default:
        return false;
    }
}

bool panes_show_shell_alone(const struct app *app)
{
    return app_shell_live(app) && app->toasts.count == 0 && app->layout.kind != LAYOUT_TINY &&
           !rect_is_empty(app->layout.panes[app->focus]) && !panes_have_banner(app);
}

static void relayout(struct app *app)
{
    struct layout_wish wish = {
        .rows = app->rows,
        .cols = app->cols,
        .focus = app->focus,
        .zoom = app->zoom,
        .full = panes_focused(app) == app->views[VIEW_SHELL] && view_shell_is_full(app->views[VIEW_SHELL]) &&
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

void app_changed(struct app *app)
{
    app->dirty = true;
    shell_hostkey_ask(app);
    relayout(app);
    place_views(app);
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
    bool own_pane = !rect_is_empty(app->layout.panes[PANE_ATTENTION]);
    if (view == VIEW_BOXES || (view == VIEW_ATTENTION && own_pane)) {
        app->focus = view == VIEW_BOXES ? PANE_LIST : PANE_ATTENTION;
        app_changed(app);
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
    app_changed(app);
}

/* The focus stays on the view, not on the pane: another kind of layout shows it elsewhere. */
void app_resize(struct app *app, int rows, int cols)
{
    enum view_id view = app_pane_view_id(app, app->focus);
    enum layout_kind before = app->layout.kind;
    app->rows = rows;
    app->cols = cols;
    app->touched = true;
    relayout(app); /* twice: what the shell's wish for all rows means depends on the kind of layout */
    relayout(app);
    if (app->layout.kind != before)
        app_show(app, view);
    if (!rect_is_empty(app->layout.panes[PANE_ATTENTION]) && app->tab == VIEW_ATTENTION)
        panes_leave_account(app); /* it has a pane of its own now */
    app_changed(app);
}

static bool is_account(enum view_id view)
{
    return view == VIEW_ATTENTION || view == VIEW_COST;
}

void panes_leave_account(struct app *app)
{
    if (is_account(app->tab))
        app->tab = is_account(app->last_tab) ? VIEW_LOGS : app->last_tab;
}

/* In the wide layout log and shell have panes of their own. */
const enum view_id *panes_tabs(const struct app *app, int *count)
{
    static const enum view_id tabs[] = {VIEW_LOGS,    VIEW_RUNS,  VIEW_OVERVIEW,
                                        VIEW_COMMAND, VIEW_SHELL, VIEW_TAIL};
    static const enum view_id wide_tabs[] = {VIEW_OVERVIEW, VIEW_RUNS, VIEW_COMMAND, VIEW_TAIL};
    bool wide = app->layout.kind == LAYOUT_WIDE;
    *count = wide ? sizeof wide_tabs / sizeof wide_tabs[0] : sizeof tabs / sizeof tabs[0];
    return wide ? wide_tabs : tabs;
}

void panes_turn_tab(struct app *app, int step)
{
    int count, at = 0;
    const enum view_id *tabs = panes_tabs(app, &count);
    for (int i = 0; i < count; i++)
        if (tabs[i] == app_pane_view_id(app, PANE_MAIN))
            at = i;
    enum layout_pane focus = app->focus;
    app_show(app, tabs[(at + step + count) % count]);
    if (focus == PANE_LIST && app->layout.kind != LAYOUT_SINGLE)
        app->focus = PANE_LIST; /* turning the pages of a box while walking the list */
    app_changed(app);
}

int panes_number(const struct app *app, enum layout_pane pane)
{
    if (app->layout.kind == LAYOUT_SINGLE || app->zoom)
        return pane == PANE_LIST ? 1 : 2;
    int number = 1;
    for (enum layout_pane before = 0; before < pane; before++)
        number += !rect_is_empty(app->layout.panes[before]);
    return number;
}

void panes_focus(struct app *app, int number)
{
    if (app->layout.kind == LAYOUT_SINGLE || app->zoom) {
        app->focus = number == 1 ? PANE_LIST : PANE_MAIN;
        app_changed(app);
        return;
    }
    for (enum layout_pane pane = 0; pane < PANE_COUNT; pane++)
        if (!rect_is_empty(app->layout.panes[pane]) && panes_number(app, pane) == number) {
            app->focus = pane;
            app_changed(app);
            return;
        }
}

/* Where only one pane is on screen, the list and the box take turns. */
void panes_next(struct app *app, int step)
{
    if (app->layout.kind == LAYOUT_SINGLE || app->zoom)
        app->focus = app->focus == PANE_LIST ? PANE_MAIN : PANE_LIST;
    else
        app->focus = layout_next(&app->layout, app->focus, step);
}
