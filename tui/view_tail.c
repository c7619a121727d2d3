/*
 * The logs of many boxes as one: of the marked boxes or, when none is marked, of all that run. Boxes join and
 * leave by themselves as they start and end their work.
 */
#include "client/base/mem.h"
#include "tui/app.h"
#include "tui/format.h"
#include "tui/logpane.h"
#include "tui/tail.h"
#include "tui/views.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SOURCE_COLUMNS = 16,
    SOURCE_COLUMNS_MIN = 2,
    BOXES_MAX = 256,
    MARKS_MAX = 4096,
    LINGER_MS = 30 * 1000, /* a box that stopped is asked for its last lines so long */
    LOOK_MS = 500,         /* how often the members are looked at, if nothing says that they changed */
    AWAY_MS = 5000,        /* not on screen for so long: what came since is not late */
};

/* What the view knows of a box, beside what the index knows; same index as tail.boxes. */
struct member {
    uint64_t look;     /* number of the look at which it ran, or was marked, last */
    int64_t wanted_ms; /* clock_ms of that */
};

struct view_tail {
    struct view view;
    struct logpane pane;
    struct tail tail;
    struct member *members;
    size_t member_room;
    const char *tailed[BOXES_MAX]; /* ids for the watch list */
    size_t tailed_count;
    size_t left_out; /* boxes past BOXES_MAX */
    bool marked;     /* the members are the marked boxes */
    bool opened;     /* the first members are there: later ones are announced */
    uint64_t list_version;
    size_t mark_count;
    uint64_t look; /* how often the members were looked at */
    int64_t looked_ms, updated_ms;
};

static struct view_tail *of(struct view *view)
{
    return (struct view_tail *)view;
}

static int64_t service_now_s(const struct app *app)
{
    return (app->wall_ms + app->store.link.skew_ms) / 1000;
}

/* ---- members ---- */

static void want(struct view_tail *self, const struct store_box *entry)
{
    size_t slot = tail_box(&self->tail, entry->box.id, box_title(&entry->box));
    size_t had = self->member_room;
    self->members = mem_grow(self->members, &self->member_room, slot + 1, sizeof *self->members);
    if (self->member_room > had)
        memset(self->members + had, 0, (self->member_room - had) * sizeof *self->members);
    self->members[slot].look = self->look;
    self->members[slot].wanted_ms = self->view.app->now_ms;
    tail_set_member(&self->tail, slot, true, self->opened, service_now_s(self->view.app));
}

static void want_marked(struct view_tail *self, const char *const *marks, size_t count)
{
    size_t wanted = 0;
    self->left_out = 0;
    for (size_t i = 0; i < count; i++) {
        const struct store_box *entry = store_find(&self->view.app->store, marks[i]);
        if (entry == NULL || entry->gone)
            continue;
        if (wanted++ < BOXES_MAX)
            want(self, entry);
        else
            self->left_out++;
    }
}

static void want_running(struct view_tail *self)
{
    const struct store *store = &self->view.app->store;
    size_t wanted = 0;
    self->left_out = 0;
    for (size_t i = 0; i < store->box_count; i++) {
        const struct store_box *entry = store->boxes[i];
        if (entry->gone || entry->box.unreadable || entry->box.status != BOX_STATUS_RUNNING)
            continue;
        if (wanted++ < BOXES_MAX)
            want(self, entry);
        else
            self->left_out++;
    }
}

/* Who takes part now. A change of the marks is meant at once; a box that stopped lingers. */
static void look_at_members(struct view_tail *self)
{
    struct app *app = self->view.app;
    const char *marks[MARKS_MAX];
    size_t mark_count = view_boxes_marked(app->views[VIEW_BOXES], marks, MARKS_MAX);
    bool marks_changed = mark_count != self->mark_count;
    if (!marks_changed && self->list_version == app->store.list_version &&
        app->now_ms - self->looked_ms < LOOK_MS)
        return;
    self->mark_count = mark_count;
    self->list_version = app->store.list_version;
    self->looked_ms = app->now_ms;
    self->marked = mark_count > 0;
    self->look++;
    if (self->marked)
        want_marked(self, marks, mark_count);
    else
        want_running(self);
    for (size_t i = 0; i < self->tail.box_count; i++) {
        bool lingers =
            !self->marked && !marks_changed && app->now_ms - self->members[i].wanted_ms <= LINGER_MS;
        if (self->members[i].look != self->look && !lingers)
            tail_set_member(&self->tail, i, false, self->opened && !self->marked, service_now_s(app));
    }
    self->opened = self->opened || app->store.list_ms != 0;
}

/* The store may have moved its books since. */
static void find_books(struct view_tail *self)
{
    self->tailed_count = 0;
    for (size_t i = 0; i < self->tail.box_count; i++) {
        struct tail_box *box = &self->tail.boxes[i];
        const struct store_box *entry = store_find(&self->view.app->store, box->id);
        box->book = entry != NULL ? &entry->log : NULL;
        if (box->member && entry != NULL && !entry->gone && self->tailed_count < BOXES_MAX)
            self->tailed[self->tailed_count++] = entry->box.id;
    }
}

/* The viewer, with everything that came. */
static struct logpane *pane_of(struct view *view)
{
    struct view_tail *self = of(view);
    struct app *app = view->app;
    look_at_members(self);
    find_books(self);
    bool away = app->now_ms - self->updated_ms > AWAY_MS;
    self->updated_ms = app->now_ms;
    tail_update(&self->tail, service_now_s(app), away);
    self->pane.empty = self->tailed_count > 0 ? "Asking for the logs"
                       : app->store.list_ms == 0
                           ? "Asking for the boxes"
                           : "No box runs now: what starts joins by itself. Marked boxes "
                             "(Space in the list) are shown whatever they do";
    return &self->pane;
}

static void tail_view_watch(struct view *view, struct watch *watch)
{
    struct view_tail *self = of(view);
    look_at_members(self);
    find_books(self);
    watch->tailed = self->tailed;
    watch->tailed_count = self->tailed_count;
}

/* ---- drawing ---- */

static void tail_draw(struct view *view, const struct paint *paint, bool focused)
{
    logpane_draw(pane_of(view), paint, focused);
}

/* The age of the oldest answer among the members: how far the tail may be behind. -1 when one was never
 * asked. */
static int64_t lag_ms(const struct view_tail *self)
{
    const struct app *app = self->view.app;
    int64_t lag = 0;
    for (size_t i = 0; i < self->tailed_count; i++) {
        const struct store_box *entry = store_find(&app->store, self->tailed[i]);
        if (entry == NULL || entry->logs_ms == 0)
            return -1;
        if (app->now_ms - entry->logs_ms > lag)
            lag = app->now_ms - entry->logs_ms;
    }
    return lag;
}

static size_t hidden_count(const struct view_tail *self)
{
    size_t count = 0;
    for (size_t i = 0; i < self->tail.box_count; i++)
        count += self->tail.boxes[i].hidden;
    return count;
}

static void tail_title(struct view *view, struct view_title *title)
{
    struct view_tail *self = of(view);
    logpane_title(pane_of(view), title);
    char filter[sizeof title->bottom], age[16], rate[32];
    snprintf(filter, sizeof filter, "%s", title->bottom);
    size_t hidden = hidden_count(self);
    int used = snprintf(title->bottom, sizeof title->bottom, "%zu %s", self->tailed_count,
                        self->marked ? "marked" : "running");
    if (self->left_out > 0)
        used += snprintf(title->bottom + used, sizeof title->bottom - (size_t)used, " of %zu",
                         self->tailed_count + self->left_out);
    if (hidden > 0)
        used += snprintf(title->bottom + used, sizeof title->bottom - (size_t)used, ", %zu hidden", hidden);
    if (filter[0] != '\0')
        snprintf(title->bottom + used, sizeof title->bottom - (size_t)used, "  %.*s", format_cut(filter, 80),
                 filter);
    int64_t lag = lag_ms(self);
    double lines = tail_rate(&self->tail, service_now_s(view->app));
    snprintf(rate, sizeof rate, lines < 10 ? "%.1f" : "%.0f", lines);
    if (lag < 0)
        snprintf(title->bottom_right, sizeof title->bottom_right, "%s/s  lag ?", rate);
    else
        snprintf(title->bottom_right, sizeof title->bottom_right, "%s/s  lag %s", rate,
                 lag < 1000 ? "0s" : format_age(age, sizeof age, lag));
}

/* ---- actions ---- */

static bool box_at_cursor(struct view_tail *self, size_t *box, int64_t *number)
{
    uint64_t id;
    return logpane_cursor(&self->pane, &id) && tail_find(&self->tail, id, box, number);
}

static void open_line(struct view_tail *self)
{
    struct app *app = self->view.app;
    size_t box;
    int64_t number;
    if (!box_at_cursor(self, &box, &number))
        return;
    app_select(app, self->tail.boxes[box].id);
    app_show(app, VIEW_LOGS);
    view_logs_go(app->views[VIEW_LOGS], number);
}

static void hide_changed(struct view_tail *self)
{
    logpane_set_hidden(&self->pane, hidden_count(self) > 0);
}

static void hide(struct view_tail *self, bool others)
{
    size_t box;
    int64_t number;
    if (!box_at_cursor(self, &box, &number)) {
        app_note(self->view.app, "There is no box's line under the cursor");
        return;
    }
    bool alone = hidden_count(self) + 1 == self->tail.box_count;
    for (size_t i = 0; i < self->tail.box_count; i++)
        if (others)
            self->tail.boxes[i].hidden = i != box && !alone;
        else if (i == box)
            self->tail.boxes[i].hidden = true;
    hide_changed(self);
}

static void show_all(struct view_tail *self)
{
    for (size_t i = 0; i < self->tail.box_count; i++)
        self->tail.boxes[i].hidden = false;
    hide_changed(self);
}

static bool tail_act(struct view *view, enum action action)
{
    struct view_tail *self = of(view);
    struct logpane *pane = pane_of(view);
    switch (action) {
    case ACTION_TAIL_OPEN:
        open_line(self);
        return true;
    case ACTION_TAIL_HIDE:
        hide(self, false);
        return true;
    case ACTION_TAIL_ONLY:
        hide(self, true);
        return true;
    case ACTION_TAIL_ALL:
        show_all(self);
        return true;
    case ACTION_CANCEL:
        if (logpane_act(pane, action))
            return true;
        if (hidden_count(self) == 0)
            return false;
        show_all(self);
        return true;
    default:
        return logpane_act(pane, action);
    }
}

static bool tail_mouse(struct view *view, const struct mouse *mouse)
{
    return logpane_mouse(pane_of(view), mouse);
}

static bool tail_work(struct view *view)
{
    return logpane_work(&of(view)->pane);
}

static void tail_free(struct view *view)
{
    struct view_tail *self = of(view);
    logpane_done(&self->pane);
    tail_done(&self->tail);
    free(self->members);
    free(self);
}

static const struct view_class tail_class = {
    .name = "Fleet",
    .where = WHERE_TAIL,
    .draw = tail_draw,
    .title = tail_title,
    .act = tail_act,
    .mouse = tail_mouse,
    .watch = tail_view_watch,
    .work = tail_work,
    .free = tail_free,
};

struct view *view_tail_new(struct app *app)
{
    struct view_tail *self = mem_zalloc(1, sizeof *self);
    self->view = (struct view){&tail_class, app};
    tail_init(&self->tail, TAIL_LINES);
    logpane_init(&self->pane, &self->view, VIEWER_FLEET, SOURCE_COLUMNS, pane_of);
    self->pane.source_cols_min = SOURCE_COLUMNS_MIN;
    struct logfeed feed = tail_feed(&self->tail);
    logpane_set_feed(&self->pane, &feed, "fleet");
    return &self->view;
}
