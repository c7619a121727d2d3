#include "tui/backfill.h"

static const int64_t DAY_MS = 24 * 60 * 60 * 1000;

static bool shows_money(const struct app *app)
{
    for (enum layout_pane pane = 0; pane < PANE_COUNT; pane++)
        if (!rect_is_empty(app->layout.panes[pane]) && app_pane_view_id(app, pane) == VIEW_COST)
            return true;
    return false;
}

static int64_t life_at(const struct box *box)
{
    return box->last_activity_at > box->updated_at ? box->last_activity_at : box->updated_at;
}

/* The box that is asked next, NULL when none needs to be. */
static struct store_box *choose(const struct app *app)
{
    struct store_box *chosen = NULL;
    int64_t since = shows_money(app) ? -1 : app->wall_ms - DAY_MS;
    for (size_t i = 0; i < app->store.box_count; i++) {
        struct store_box *entry = app->store.boxes[i];
        if (entry->runs_ms != 0 || entry->runs_asked || entry->gone || entry->box.unreadable ||
            life_at(&entry->box) <= since)
            continue;
        if (chosen == NULL || life_at(&entry->box) > life_at(&chosen->box))
            chosen = entry;
    }
    return chosen;
}

void backfill_tick(struct app *app)
{
    struct backfill *fill = &app->backfill;
    if (app->options.fill_ms <= 0 || app->options.client == NULL || app->store.link.state != LINK_OK ||
        app->store.list_ms == 0)
        return;
    if (fill->next_ms == 0) /* what is on screen goes first */
        fill->next_ms = app->now_ms + app->options.fill_ms;
    if (fill->asked != 0 || app->now_ms < fill->next_ms)
        return;
    fill->next_ms = app->now_ms + app->options.fill_ms;
    struct store_box *entry = choose(app);
    if (entry == NULL)
        return;
    entry->runs_asked = true;
    fill->asked = client_ask(app->options.client, request_new(REQUEST_RUNS, entry->box.id));
}

bool backfill_event(struct app *app, const struct event *event)
{
    if (app->backfill.asked == 0 || event->request_id != app->backfill.asked)
        return false;
    if (event->kind != EVENT_REPLY)
        return true;
    app->backfill.asked = 0;
    enum err_kind kind = event->reply.err.kind;
    struct store_box *entry = store_find(&app->store, event->reply.box_id);
    if (entry != NULL && (kind == ERR_NETWORK || kind == ERR_RATE || kind == ERR_TIMEOUT))
        entry->runs_asked = false; /* not the box's fault: later */
    return true;
}
