/*
 * The queue of what needs a person, worst first: one row an event, with its reason, its evidence and its age.
 * What was seen is kept in a file; what is about the pane the operator works in is left out meanwhile.
 */
#include "client/base/mem.h"
#include "client/json.h"
#include "tui/acks.h"
#include "tui/app.h"
#include "tui/box_acts.h"
#include "tui/format.h"
#include "tui/ledger.h"
#include "tui/panes.h"
#include "tui/rules.h"
#include "tui/views.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SNOOZE_MS = 60 * 60 * 1000,
    REBUILD_MS = 5000, /* ages pass their limits without any event */
    BOXES_A_MS = 4,    /* with 10,000 boxes the rules are asked every 2.5 s at most (they take 11 ms) */
    MANY_BOXES = 200,
    TITLE_COLS = 18,
    AGE_COLS = 4
};

struct view_attention {
    struct view view;
    struct ledger ledger;
    struct notices notices;
    struct acks acks;
    char *acks_file; /* NULL: not kept */
    bool bell, notify;
    bool all;      /* show what was seen or waits too */
    int rows;      /* as last drawn */
    size_t *shown; /* indexes of notices */
    size_t shown_count, shown_room;
    size_t open;          /* of them, those that were neither seen nor put off */
    size_t seen, snoozed; /* notices that are hidden for it */
    char *selected;       /* key of the notice under the cursor, NULL: the first */
    uint64_t built;       /* store.version + jobs.version it was made from */
    int64_t built_ms;
    char *spared;    /* the box in whose pane the operator works, when it was made */
    int64_t started; /* wall ms: older events do not ring */
    uint64_t *rung;  /* digests of the notices known at the last look, sorted */
    size_t rung_count;
    bool ring; /* something new came */
};

static struct view_attention *of(struct view *view)
{
    return (struct view_attention *)view;
}

/* ---- what there is ---- */

static int compare_digests(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

/* Rings for events that were not there before and began since boxtop was started. */
static void look_for_news(struct view_attention *attention)
{
    size_t count = attention->notices.count;
    uint64_t *now = mem_zalloc(count, sizeof *now);
    for (size_t i = 0; i < count; i++) {
        const struct notice *notice = &attention->notices.items[i];
        now[i] = json_digest(notice->key, strlen(notice->key));
        bool known = attention->rung_count > 0 && bsearch(&now[i], attention->rung, attention->rung_count,
                                                          sizeof *now, compare_digests) != NULL;
        bool spared = attention->spared != NULL && strcmp(attention->spared, notice->box_id) == 0;
        if (!known && !spared && notice->since >= attention->started &&
            acks_state(&attention->acks, notice->key, attention->view.app->wall_ms) == ACK_NONE)
            attention->ring = true;
    }
    if (count > 1)
        qsort(now, count, sizeof *now, compare_digests);
    free(attention->rung);
    attention->rung = now;
    attention->rung_count = count;
}

static void forget_what_is_over(struct view_attention *attention)
{
    const struct store *store = &attention->view.app->store;
    for (size_t i = attention->acks.count; i-- > 0;)
        if (rules_is_over(&attention->notices, store, attention->acks.items[i].key))
            acks_remove(&attention->acks, attention->acks.items[i].key);
}

static void choose_shown(struct view_attention *attention)
{
    const struct app *app = attention->view.app;
    attention->shown_count = attention->open = attention->seen = attention->snoozed = 0;
    for (size_t i = 0; i < attention->notices.count; i++) {
        const struct notice *notice = &attention->notices.items[i];
        enum ack_state state = acks_state(&attention->acks, notice->key, app->wall_ms);
        attention->seen += state == ACK_SEEN;
        attention->snoozed += state == ACK_SNOOZED;
        if (attention->spared != NULL && strcmp(attention->spared, notice->box_id) == 0)
            continue;
        if (state != ACK_NONE && !attention->all)
            continue;
        attention->shown = mem_grow(attention->shown, &attention->shown_room, attention->shown_count + 1,
                                    sizeof *attention->shown);
        attention->shown[attention->shown_count++] = i;
        attention->open += state == ACK_NONE;
    }
}

/* The box in whose pane the operator works: what happens there is seen as it happens. */
static const char *box_in_focus(const struct app *app)
{
    enum view_id view = app_pane_view_id(app, app->focus);
    bool about_box = view == VIEW_RUNS || view == VIEW_LOGS || view == VIEW_COMMAND || view == VIEW_SHELL ||
                     view == VIEW_OVERVIEW;
    return about_box ? app->selected : NULL;
}

static bool same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool must_rebuild(const struct view_attention *attention)
{
    const struct app *app = attention->view.app;
    int64_t age = app->now_ms - attention->built_ms;
    if (attention->built == 0 || age < 0 || age >= REBUILD_MS)
        return true;
    if (attention->built == app->store.version + app->jobs.version)
        return false;
    return app->store.box_count < MANY_BOXES || age >= (int64_t)app->store.box_count / BOXES_A_MS;
}

static void rebuild(struct view_attention *attention)
{
    const struct app *app = attention->view.app;
    const char *spared = box_in_focus(app);
    bool moved = !same_text(spared, attention->spared);
    if (moved) {
        free(attention->spared);
        attention->spared = mem_dup(spared);
    }
    if (must_rebuild(attention)) {
        if (app->limits.day_usd >= 0) /* the only rule that asks for sums */
            ledger_make(&attention->ledger, &app->store, app->wall_ms, app->utc);
        rules_find(&attention->notices, &app->store, &app->jobs, &attention->ledger, &app->limits,
                   app->wall_ms, app->now_ms);
        attention->built = app->store.version + app->jobs.version;
        attention->built_ms = app->now_ms;
        forget_what_is_over(attention);
        look_for_news(attention);
        moved = true;
    }
    if (moved)
        choose_shown(attention);
}

static void keep(struct view_attention *attention)
{
    struct err err;
    choose_shown(attention);
    if (!attention->acks.changed || attention->acks_file == NULL)
        return;
    if (!acks_save(&attention->acks, attention->acks_file, &err))
        app_complain(attention->view.app, "What was seen could not be kept: %s", err.text);
}

void view_attention_setup(struct view *view, const struct rules_limits *limits, const char *acks_file,
                          bool bell, bool notify)
{
    struct view_attention *attention = of(view);
    view->app->limits = *limits;
    attention->bell = bell;
    attention->notify = notify;
    free(attention->acks_file);
    attention->acks_file = mem_dup(acks_file);
    if (acks_file != NULL)
        acks_load(&attention->acks, acks_file, view->app->wall_ms);
    attention->built = 0;
}

void view_attention_tick(struct view *view)
{
    struct view_attention *attention = of(view);
    struct app *app = view->app;
    if (attention->started == 0)
        attention->started = app->wall_ms;
    rebuild(attention);
    if (attention->ring && (attention->bell || attention->notify) && app->options.alert != NULL)
        app->options.alert(app->options.user, attention->bell, attention->notify);
    attention->ring = false;
}

int view_attention_rows(const struct view *view)
{
    struct view_attention *attention = (struct view_attention *)view;
    rebuild(attention);
    return (int)attention->open;
}

/* ---- going there ---- */

static void go(struct view_attention *attention, const struct notice *at)
{
    struct app *app = attention->view.app;
    struct notice notice = *at; /* selecting a box makes the queue anew */
    if (notice.box_id[0] != '\0')
        app_select(app, notice.box_id);
    switch (notice.rule) {
    case RULE_KEY_REFUSED:
        box_acts_run(app, ACTION_AUTH);
        break;
    case RULE_DAY_LIMIT:
        app_show(app, VIEW_COST);
        break;
    case RULE_RUN_FAILED:
        app_show(app, VIEW_RUNS);
        view_runs_open(app->views[VIEW_RUNS], notice.run_id);
        break;
    case RULE_BOX_ERROR:
    case RULE_RUN_QUIET:
        if (notice.has_line) {
            app_show(app, VIEW_LOGS);
            view_logs_go(app->views[VIEW_LOGS], notice.line);
            break;
        }
        app_show(app, notice.run_id[0] != '\0' ? VIEW_RUNS : VIEW_OVERVIEW);
        if (notice.run_id[0] != '\0')
            view_runs_open(app->views[VIEW_RUNS], notice.run_id);
        break;
    case RULE_UNREADABLE:
        app_show(app, VIEW_BOXES);
        break;
    case RULE_BOX_LIMIT:
    case RULE_IDLE:
    case RULE_PAUSED:
    case RULE_COUNT:
        app_show(app, VIEW_OVERVIEW);
        break;
    }
}

void view_attention_go(struct view *view)
{
    struct view_attention *attention = of(view);
    rebuild(attention);
    size_t first = 0;
    while (first < attention->shown_count &&
           acks_state(&attention->acks, attention->notices.items[attention->shown[first]].key,
                      view->app->wall_ms) != ACK_NONE)
        first++;
    if (first == attention->shown_count)
        app_note(view->app, attention->seen + attention->snoozed > 0
                                ? "Nothing needs attention that was not seen"
                                : "Nothing needs attention");
    else
        go(attention, &attention->notices.items[attention->shown[first]]);
}

/* ---- drawing ---- */

static size_t selected_row(const struct view_attention *attention)
{
    for (size_t i = 0; attention->selected != NULL && i < attention->shown_count; i++)
        if (strcmp(attention->notices.items[attention->shown[i]].key, attention->selected) == 0)
            return i;
    return 0;
}

static void select_row(struct view_attention *attention, size_t row)
{
    free(attention->selected);
    attention->selected =
        row < attention->shown_count ? mem_dup(attention->notices.items[attention->shown[row]].key) : NULL;
}

static enum role role_of(enum rule rule)
{
    return rule <= RULE_RUN_FAILED || rule == RULE_UNREADABLE ? ROLE_ERROR : ROLE_WARN;
}

static void draw_notice(const struct view_attention *attention, const struct notice *notice,
                        const struct paint *row)
{
    const struct app *app = attention->view.app;
    enum ack_state state = acks_state(&attention->acks, notice->key, app->wall_ms);
    enum role role = state == ACK_NONE ? role_of(notice->rule) : ROLE_DIM;
    const char *sign = state == ACK_SEEN ? "." : state == ACK_SNOOZED ? "z" : role == ROLE_ERROR ? "!" : "?";
    char text[300], age[16];
    snprintf(text, sizeof text, "%s%s%s", notice->reason, notice->evidence[0] != '\0' ? ": " : "",
             notice->evidence);
    paint_text(row, 0, 1, 1, role, sign);
    paint_name(row, 0, 3, TITLE_COLS, ROLE_STRONG, notice->title);
    paint_text(row, 0, TITLE_COLS + 4, row->cols - TITLE_COLS - AGE_COLS - 6, role, text);
    paint_right(row, 0, row->cols - AGE_COLS - 1, AGE_COLS, ROLE_DIM,
                format_since(age, sizeof age, notice->since, app->wall_ms));
}

/* The first row that is drawn of as many as fit: the cursor's is always among them. */
static size_t top_row(const struct view_attention *attention, int rows)
{
    size_t selected = selected_row(attention), fit = rows > 0 ? (size_t)rows : 1;
    return selected >= fit ? selected - fit + 1 : 0;
}

static void attention_draw(struct view *view, const struct paint *paint, bool focused)
{
    struct view_attention *attention = of(view);
    rebuild(attention);
    attention->rows = paint->rows;
    if (attention->shown_count == 0)
        paint_text(paint, 0, 1, paint->cols - 1, ROLE_DIM, "Nothing needs attention");
    size_t top = top_row(attention, paint->rows), selected = selected_row(attention);
    for (size_t i = top; i < attention->shown_count && i - top < (size_t)paint->rows; i++) {
        struct rect line = {(int)(i - top), 0, 1, paint->cols};
        struct paint row =
            i == selected && focused ? paint_over(paint, line, ROLE_SELECTION) : paint_within(paint, line);
        draw_notice(attention, &attention->notices.items[attention->shown[i]], &row);
    }
}

static void attention_title(struct view *view, struct view_title *title)
{
    struct view_attention *attention = of(view);
    rebuild(attention);
    snprintf(title->title, sizeof title->title, "Attention");
    snprintf(title->right, sizeof title->right, "%zu%s", attention->open,
             attention->notices.dropped > 0 ? "+" : "");
    int used = 0;
    if (attention->seen > 0)
        used = snprintf(title->bottom, sizeof title->bottom, "%zu seen", attention->seen);
    if (attention->snoozed > 0)
        snprintf(title->bottom + used, sizeof title->bottom - (size_t)used, "%s%zu waiting",
                 used > 0 ? ", " : "", attention->snoozed);
}

/* ---- actions ---- */

/* The cursor goes to the next one when its own leaves the queue. */
static void put_away(struct view_attention *attention, bool snooze)
{
    const struct app *app = attention->view.app;
    size_t row = selected_row(attention);
    if (row >= attention->shown_count)
        return;
    const char *key = attention->notices.items[attention->shown[row]].key;
    if (!snooze && acks_state(&attention->acks, key, app->wall_ms) != ACK_NONE)
        acks_remove(&attention->acks, key);
    else
        acks_set(&attention->acks, key, snooze ? app->wall_ms + SNOOZE_MS : 0, app->wall_ms);
    size_t before = attention->shown_count;
    keep(attention);
    if (attention->shown_count == before)
        row++;
    select_row(attention, row < attention->shown_count ? row
                          : attention->shown_count > 0 ? attention->shown_count - 1
                                                       : 0);
}

static bool attention_act(struct view *view, enum action action)
{
    struct view_attention *attention = of(view);
    rebuild(attention);
    if (view_move_of(action) != MOVE_NONE) {
        select_row(attention,
                   widget_move_by(view_move_of(action), selected_row(attention), attention->shown_count, 10));
        return true;
    }
    switch (action) {
    case ACTION_ENTER:
        if (attention->shown_count > 0)
            go(attention, &attention->notices.items[attention->shown[selected_row(attention)]]);
        return true;
    case ACTION_NOTICE_SEEN:
    case ACTION_NOTICE_LATER:
        put_away(attention, action == ACTION_NOTICE_LATER);
        return true;
    case ACTION_NOTICE_ALL:
        attention->all = !attention->all;
        choose_shown(attention);
        return true;
    case ACTION_BACK:
    case ACTION_CANCEL:
        panes_leave_account(view->app);
        return false;
    default:
        return false;
    }
}

static bool attention_mouse(struct view *view, const struct mouse *mouse)
{
    struct view_attention *attention = of(view);
    if (mouse->kind == MOUSE_WHEEL_UP || mouse->kind == MOUSE_WHEEL_DOWN)
        return attention_act(view, mouse->kind == MOUSE_WHEEL_UP ? ACTION_UP : ACTION_DOWN);
    size_t row = top_row(attention, attention->rows) + (size_t)mouse->row;
    if (mouse->kind != MOUSE_PRESS || mouse->button != 1 || row >= attention->shown_count)
        return false;
    select_row(attention, row);
    go(attention, &attention->notices.items[attention->shown[row]]);
    return true;
}

static void attention_free(struct view *view)
{
    struct view_attention *attention = of(view);
    ledger_done(&attention->ledger);
    notices_done(&attention->notices);
    acks_done(&attention->acks);
    free(attention->acks_file);
    free(attention->shown);
    free(attention->selected);
    free(attention->spared);
    free(attention->rung);
    free(attention);
}

static const struct view_class attention_class = {
    .name = "Attention",
    .where = WHERE_ATTENTION,
    .draw = attention_draw,
    .title = attention_title,
    .act = attention_act,
    .mouse = attention_mouse,
    .free = attention_free,
};

struct view *view_attention_new(struct app *app)
{
    struct view_attention *attention = mem_zalloc(1, sizeof *attention);
    attention->view = (struct view){&attention_class, app};
    return &attention->view;
}
