/*
 * The one function that paints, and what stands around the views: header, frames with tabs, footer, notes.
 */
#include "client/base/mem.h"
#include "tui/app.h"
#include "tui/footer.h"
#include "tui/format.h"
#include "tui/panes.h"
#include "tui/tab_bar.h"
#include "tui/views.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LATENCY_COLS = 100 }; /* a narrow header has no room for the service's latency */

/* ---- header ---- */

/* One piece of the header after the other, as long as there is room. */
struct strip {
    const struct paint *paint;
    int col;
};

static void piece(struct strip *strip, enum role role, int gap, const char *text)
{
    int room = strip->paint->cols - strip->col - gap;
    if (room < (int)utf8_columns(text, strlen(text)) || text[0] == '\0')
        return;
    strip->col += gap + paint_text(strip->paint, 0, strip->col + gap, room, role, text);
}

static int text_cols(const char *text)
{
    return (int)utf8_columns(text, strlen(text));
}

struct state_word {
    enum box_status status;
    const char *word;
};

enum { STATES = 6 };

/* "12 boxes: 2 run 9 idle 1 ERROR", "? boxes" before any list was seen. Where not all have room, what is
 * wrong comes first, and nothing after the first that does not fit: a shorter one in its place would look
 * like the next. */
static void draw_counts(struct strip *strip, const struct store_totals *totals, bool known)
{
    static const struct state_word calm[STATES] = {
        {BOX_STATUS_RUNNING, "run"},   {BOX_STATUS_IDLE, "idle"},   {BOX_STATUS_CREATING, "new"},
        {BOX_STATUS_PAUSED, "paused"}, {BOX_STATUS_ERROR, "ERROR"}, {BOX_STATUS_UNKNOWN, "unknown"}};
    static const struct state_word urgent[STATES] = {
        {BOX_STATUS_ERROR, "ERROR"},  {BOX_STATUS_RUNNING, "run"},   {BOX_STATUS_IDLE, "idle"},
        {BOX_STATUS_CREATING, "new"}, {BOX_STATUS_PAUSED, "paused"}, {BOX_STATUS_UNKNOWN, "unknown"}};
    char text[48];
    int need = 0;
    for (size_t i = 0; i < STATES; i++)
        if (totals->by_status[calm[i].status] > 0)
            need +=
                1 + snprintf(text, sizeof text, "%zu %s", totals->by_status[calm[i].status], calm[i].word);
    if (known)
        snprintf(text, sizeof text, "%zu box%s", totals->count, totals->count == 1 ? "" : "es");
    else
        snprintf(text, sizeof text, "? boxes");
    piece(strip, ROLE_STRONG, 2, text);
    const struct state_word *states = strip->col + 1 + need <= strip->paint->cols ? calm : urgent;
    bool colon = false;
    for (size_t i = 0; i < STATES; i++) {
        if (totals->by_status[states[i].status] == 0)
            continue;
        snprintf(text, sizeof text, "%zu %s", totals->by_status[states[i].status], states[i].word);
        if (strip->col + !colon + 1 + text_cols(text) > strip->paint->cols)
            break;
        if (!colon)
            piece(strip, ROLE_STRONG, 0, ":");
        colon = true;
        piece(strip, view_status_role(states[i].status), 1, text);
    }
}

static void link_text(const struct app *app, char *out, size_t size, enum role *role)
{
    const struct link_status *link = &app->store.link;
    char age[16] = "";
    if (link->ok_at_ms > 0)
        format_age(age, sizeof age, app->now_ms - link->ok_at_ms);
    *role = ROLE_WARN;
    switch (link->state) {
    case LINK_STARTING:
        snprintf(out, size, "connecting");
        *role = ROLE_DIM;
        break;
    case LINK_OK:
        if (link->latency_ms >= 0 && app->cols >= LATENCY_COLS)
            snprintf(out, size, "ok %s  %d ms", age, link->latency_ms);
        else
            snprintf(out, size, "ok %s", age);
        *role = ROLE_OK;
        break;
    case LINK_SLOW:
        snprintf(out, size, "SLOW %s", age);
        break;
    case LINK_OFFLINE:
        snprintf(out, size, "OFFLINE %s", age);
        *role = ROLE_ERROR;
        break;
    case LINK_REFUSED:
        snprintf(out, size, "KEY REFUSED");
        *role = ROLE_ERROR;
        break;
    case LINK_LIMITED:
        snprintf(out, size, "RATE LIMITED %s", age);
        break;
    case LINK_FAILING:
        snprintf(out, size, "FAILING %s", age);
        *role = ROLE_ERROR;
        break;
    }
}

/* What no box told is left out. */
static void draw_figures(struct strip *strip, const struct store_totals *totals)
{
    char text[64], figure[16];
    snprintf(text, sizeof text, "$%s", format_money(figure, sizeof figure, totals->cost_usd));
    if (totals->cost_usd >= 0)
        piece(strip, ROLE_COST, 2, text);
    snprintf(text, sizeof text, "%s tok", format_count(figure, sizeof figure, totals->tokens));
    if (totals->tokens >= 0)
        piece(strip, ROLE_DIM, 2, text);
    snprintf(text, sizeof text, "cpu %s", format_cpu(figure, sizeof figure, totals->cpu_ns));
    if (totals->cpu_ns >= 0)
        piece(strip, ROLE_DIM, 2, text);
}

static void draw_header(struct app *app, const struct paint *screen, struct rect r)
{
    if (rect_is_empty(r))
        return;
    struct paint line = paint_over(screen, r, ROLE_HEADER);
    struct strip strip = {&line, 0};
    if (app->totals_of != app->store.list_version + 1)
        store_totals(&app->store, &app->totals);
    app->totals_of = app->store.list_version + 1;
    char text[64], figure[24], link[48];
    enum role link_role;
    link_text(app, link, sizeof link, &link_role);
    int reserved = (int)strlen(link) + 1;
    struct paint left = paint_within(&line, (struct rect){0, 0, 1, line.cols - reserved - 1});
    strip.paint = &left;
    piece(&strip, ROLE_TITLE_FOCUSED, 1, "boxtop");
    if (app->store.cached_at > 0) { /* before the figures it is about: there may be no room for all */
        snprintf(text, sizeof text, "cached %s",
                 format_ago(figure, sizeof figure, app->store.cached_at, app->wall_ms));
        piece(&strip, ROLE_WARN, 2, text);
    }
    draw_counts(&strip, &app->totals, app->store.lists > 0 || app->totals.count > 0);
    if (app->options.read_only)
        piece(&strip, ROLE_WARN, 2, "read-only");
    draw_figures(&strip, &app->totals);
    piece(&strip, ROLE_DIM, 2, app->options.service != NULL ? app->options.service : "");
    paint_text(&line, 0, line.cols - reserved, reserved, link_role, link);
}

/* ---- panes ---- */

/* The frame comes last: what stands in its corners depends on what was found room for. */
static void draw_pane(struct app *app, const struct paint *screen, enum layout_pane pane)
{
    struct rect r = app->layout.panes[pane];
    if (rect_is_empty(r))
        return;
    struct view *view = app_pane_view(app, pane);
    bool focused = pane == app->focus;
    if (!app->layout.framed) {
        struct paint inside = paint_within(screen, r);
        view->class->draw(view, &inside, focused);
        return;
    }
    struct paint inside = paint_within(screen, rect_inside(r));
    view->class->draw(view, &inside, focused);
    struct view_title title = {0};
    if (view->class->title != NULL)
        view->class->title(view, &title);
    if (pane != PANE_MAIN && pane != PANE_LIST) /* the list's is 1, and it says so itself */
        snprintf(title.title, sizeof title.title, "%d %s", panes_number(app, pane), view->class->name);
    struct frame frame = {
        .title = pane == PANE_MAIN ? NULL : title.title,
        .right = title.right[0] != '\0' ? title.right : NULL,
        .bottom = title.bottom[0] != '\0' ? title.bottom : NULL,
        .bottom_right = title.bottom_right[0] != '\0' ? title.bottom_right : NULL,
        .focused = focused,
    };
    paint_frame(screen, r, &frame);
    if (pane == PANE_MAIN)
        tab_bar_draw(app, screen, r, &title);
}

/* ---- all of it ---- */

/* A refused key and a dead link are said until they end, over the footer's line. */
static void draw_banner(struct app *app, const struct paint *screen)
{
    const struct link_status *link = &app->store.link;
    if (!panes_have_banner(app))
        return;
    struct rect r = app->layout.header;
    if (rect_is_empty(r) || app->layout.body.rows < 4)
        return;
    char text[420], wait[16] = "";
    int64_t until = link->next_try_ms - app->now_ms;
    if (link->state == LINK_REFUSED)
        snprintf(text, sizeof text,
                 " The service refused the API key: :auth reads it again or asks for another");
    else if (until > 0)
        snprintf(text, sizeof text, " %s  (next try in %s)", link->err.text,
                 format_duration(wait, sizeof wait, until + 999));
    else
        snprintf(text, sizeof text, " %s", link->err.text);
    struct rect line = {app->layout.body.row + app->layout.body.rows - 1, 1, 1, screen->cols - 2};
    struct paint banner = paint_over(screen, line, ROLE_BANNER);
    paint_text(&banner, 0, 0, banner.cols, ROLE_BANNER, text);
}

static void draw_tiny(struct app *app, const struct paint *screen)
{
    char link[48];
    enum role role;
    const struct store_box *box = app_box(app);
    if (app->overlays != NULL) {
        paint_text(screen, 0, 0, screen->cols, ROLE_WARN, "Enlarge, or Esc");
        return;
    }
    link_text(app, link, sizeof link, &role);
    paint_format(screen, 0, 0, screen->cols, ROLE_TEXT, "%zu boxes  %s  %s", app->store.box_count, link,
                 box != NULL ? box_title(&box->box) : "");
}

/* An echo is the most frequent frame and the one that is waited for. */
void app_draw_rows(struct app *app, const struct paint *screen)
{
    app->rows_dirty = false;
    struct rect r = app->layout.panes[app->focus];
    struct view *view = app_pane_view(app, app->focus);
    struct paint inside = paint_within(screen, app->layout.framed ? rect_inside(r) : r);
    view->class->draw(view, &inside, true);
}

bool app_needs_rows_only(const struct app *app)
{
    return app->rows_dirty && !app->dirty && !app->touched && panes_show_shell_alone(app);
}

void app_draw(struct app *app, const struct paint *screen)
{
    app->dirty = app->rows_dirty = false;
    if (app->layout.kind == LAYOUT_TINY) {
        draw_tiny(app, screen);
        return;
    }
    draw_header(app, screen, app->layout.header);
    for (enum layout_pane pane = 0; pane < PANE_COUNT; pane++)
        draw_pane(app, screen, pane);
    draw_banner(app, screen);
    footer_draw(app, screen, app->layout.footer);
    struct paint body = paint_within(screen, app->layout.body);
    toast_draw(&app->toasts, &body);
    overlay_draw(app, screen, app->layout.body);
}

bool app_needs_paint(const struct app *app)
{
    return app->dirty || app->rows_dirty || app->touched;
}

/* Ages on screen: seconds change each second only while something young is shown, which in a fleet that works
 * is nearly always. */
int64_t app_deadline(const struct app *app)
{
    enum { TICK_MS = 1000 };
    if (app->working || view_shell_busy(app->views[VIEW_SHELL]))
        return app->now_ms;
    int64_t second = app->now_ms - app->now_ms % TICK_MS + TICK_MS;
    int64_t shell = view_shell_deadline(app->views[VIEW_SHELL]);
    return shell >= 0 && shell < second ? shell : second;
}
