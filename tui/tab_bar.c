#include "tui/tab_bar.h"

#include "client/base/utf8.h"
#include "tui/panes.h"
#include "tui/views.h"
#include "widgets/tabs.h"

#include <string.h>

enum { BEFORE = 5, AFTER = 4 }; /* the corner and the number of the pane; what stands right of the tabs */

struct bar {
    const char *names[VIEW_COUNT + 1];
    enum view_id ids[VIEW_COUNT + 1];
    int count, active;
    int col, cols;
};

/* A shell that nobody looks at has output, or rang its bell. */
static const char *tab_name(const struct app *app, enum view_id id)
{
    const struct shell_entry *entry = shells_find(&app->shells, app->selected);
    if (id != VIEW_SHELL || entry == NULL || !shell_entry_unseen(entry))
        return app->views[id]->class->name;
    return shell_entry_rang(entry) ? "Terminal!" : "Terminal+";
}

static struct bar bar_of(const struct app *app, struct rect r, const struct view_title *title)
{
    struct bar bar = {.active = -1};
    const enum view_id *ids = panes_tabs(app, &bar.count);
    for (int i = 0; i < bar.count; i++) {
        bar.ids[i] = ids[i];
        bar.names[i] = tab_name(app, ids[i]);
        if (ids[i] == app_pane_view_id(app, PANE_MAIN))
            bar.active = i;
    }
    if (bar.active < 0) { /* what is shown is no tab of a box */
        bar.active = bar.count;
        bar.ids[bar.count] = app_pane_view_id(app, PANE_MAIN);
        bar.names[bar.count++] = app_pane_view(app, PANE_MAIN)->class->name;
    }
    bar.col = r.col + BEFORE;
    bar.cols = r.cols - BEFORE - AFTER - (int)utf8_columns(title->right, strlen(title->right));
    return bar;
}

void tab_bar_draw(struct app *app, const struct paint *screen, struct rect r, const struct view_title *title)
{
    struct bar bar = bar_of(app, r, title);
    if (bar.cols < AFTER)
        return;
    paint_format(screen, r.row, r.col + 2, BEFORE - 2,
                 app->focus == PANE_MAIN ? ROLE_TITLE_FOCUSED : ROLE_TITLE, " %d ",
                 panes_number(app, PANE_MAIN));
    int used = tabs_draw(screen, r.row, bar.col, bar.cols, bar.names, bar.count, bar.active);
    paint_repeat(screen, r.row, bar.col + used, 1, ROLE_FRAME, ' ');
}

bool tab_bar_click(struct app *app, int col)
{
    struct view_title title = {0};
    struct view *view = app_pane_view(app, PANE_MAIN);
    if (view->class->title != NULL)
        view->class->title(view, &title);
    struct bar bar = bar_of(app, app->layout.panes[PANE_MAIN], &title);
    int at = col >= bar.col ? tabs_at(bar.cols, bar.names, bar.count, bar.active, col - bar.col) : -1;
    if (at < 0)
        return false;
    app_show(app, bar.ids[at]);
    return true;
}
