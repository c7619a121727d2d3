/*
 * The one function that paints, and what stands around the views: header, frames with tabs, footer, notes.
 */
#include "client/base/mem.h"
#include "tui/app.h"
#include "tui/format.h"
#include "tui/panes.h"
#include "tui/views.h"
#include "widgets/tabs.h"

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

static void draw_counts(struct strip *strip, const struct store_totals *totals)
{
    static const struct {
        enum box_status status;
        const char *word;
    } states[] = {{BOX_STATUS_RUNNING, "run"},  {BOX_STATUS_IDLE, "idle"},
                  {BOX_STATUS_CREATING, "new"}, {BOX_STATUS_PAUSED, "paused"},
                  {BOX_STATUS_ERROR, "ERROR"},  {BOX_STATUS_UNKNOWN, "unknown"}};
    char text[48];
    snprintf(text, sizeof text, "%zu box%s%s", totals->count, totals->count == 1 ? "" : "es",
             totals->count > 0 ? ":" : "");
    piece(strip, ROLE_STRONG, 2, text);
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        if (totals->by_status[states[i].status] == 0)
            continue;
        snprintf(text, sizeof text, "%zu %s", totals->by_status[states[i].status], states[i].word);
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
    struct store_totals totals;
    store_totals(&app->store, &totals);
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
    draw_counts(&strip, &totals);
    if (app->options.read_only)
        piece(&strip, ROLE_WARN, 2, "read-only");
    draw_figures(&strip, &totals);
    piece(&strip, ROLE_DIM, 2, app->options.service != NULL ? app->options.service : "");
    paint_text(&line, 0, line.cols - reserved, reserved, link_role, link);
}

/* ---- panes ---- */

/* A shell that nobody looks at has output, or rang its bell. */
static const char *tab_name(const struct app *app, enum view_id id)
{
    const struct shell_entry *entry = shells_find(&app->shells, app->selected);
    if (id != VIEW_SHELL || entry == NULL || !shell_entry_unseen(entry))
        return app->views[id]->class->name;
    return shell_entry_rang(entry) ? "Terminal!" : "Terminal+";
}

static void draw_tabs(struct app *app, const struct paint *screen, struct rect r, int taken_right)
{
    int count, active = -1;
    const enum view_id *ids = panes_tabs(app, &count);
    const char *names[VIEW_COUNT + 1];
    for (int i = 0; i < count; i++) {
        names[i] = tab_name(app, ids[i]);
        if (ids[i] == app_pane_view_id(app, PANE_MAIN))
            active = i;
    }
    if (active < 0) { /* what is shown is no tab of a box */
        active = count;
        names[count++] = app_pane_view(app, PANE_MAIN)->class->name;
    }
    int room = r.cols - 6 - taken_right;
    if (room > 4)
        tabs_draw(screen, r.row, r.col + 2, room, names, count, active);
}

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
    if (title.title[0] == '\0' && pane != PANE_MAIN)
        snprintf(title.title, sizeof title.title, "%s", view->class->name);
    struct frame frame = {
        .title = pane == PANE_MAIN ? NULL : title.title,
        .right = title.right[0] != '\0' ? title.right : NULL,
        .bottom = title.bottom[0] != '\0' ? title.bottom : NULL,
        .bottom_right = title.bottom_right[0] != '\0' ? title.bottom_right : NULL,
        .focused = focused,
    };
    paint_frame(screen, r, &frame);
    if (pane == PANE_MAIN)
        draw_tabs(app, screen, r, (int)strlen(title.right));
}

/* ---- footer ---- */

static void hint(struct app *app, struct strip *strip, enum action action, const char *word)
{
    char keys[32];
    keymap_label(&app->keymap, action, keys, sizeof keys);
    int width = (int)(strlen(keys) + strlen(word)) + 3;
    if (keys[0] == '\0' || strip->col + width > strip->paint->cols)
        return;
    strip->col += 2 + paint_text(strip->paint, 0, strip->col + 2, 16, ROLE_KEY, keys);
    strip->col += 1 + paint_text(strip->paint, 0, strip->col + 1, 24, ROLE_HINT, word);
}

static void list_hints(struct app *app, struct strip *strip)
{
    hint(app, strip, ACTION_SHELL, "shell");
    hint(app, strip, ACTION_ENTER, "open");
    hint(app, strip, ACTION_LOGS, "logs");
    hint(app, strip, ACTION_RUNS, "runs");
    hint(app, strip, ACTION_FILTER, "filter");
    hint(app, strip, ACTION_SORT, "sort");
    hint(app, strip, ACTION_MARK, "mark");
    hint(app, strip, ACTION_MENU, "actions");
}

static void log_hints(struct app *app, struct strip *strip)
{
    hint(app, strip, ACTION_FOLLOW, "follow");
    hint(app, strip, ACTION_SEARCH, "search");
    hint(app, strip, ACTION_GREP, "filter");
    hint(app, strip, ACTION_WRAP, "wrap");
    hint(app, strip, ACTION_TIMES, "times");
    hint(app, strip, ACTION_ERROR_NEXT, "errors");
    hint(app, strip, ACTION_SHELL, "shell");
    hint(app, strip, ACTION_BACK, "back");
}

static void copy_hints(struct app *app, struct strip *strip)
{
    hint(app, strip, ACTION_COPY_CHARS, "select");
    hint(app, strip, ACTION_COPY_YANK, "copy");
    hint(app, strip, ACTION_COPY_SEARCH, "search");
    hint(app, strip, ACTION_BACK, "leave");
    hint(app, strip, ACTION_COPY_LINES, "lines");
    hint(app, strip, ACTION_COPY_BLOCK, "block");
}

static void draw_hints(struct app *app, struct strip *strip)
{
    switch (app_pane_view(app, app->focus)->class->where) {
    case WHERE_LIST:
        list_hints(app, strip);
        break;
    case WHERE_LOGS:
        log_hints(app, strip);
        break;
    case WHERE_TAIL:
        hint(app, strip, ACTION_TAIL_OPEN, "open");
        hint(app, strip, ACTION_TAIL_ONLY, "only");
        hint(app, strip, ACTION_TAIL_HIDE, "hide");
        hint(app, strip, ACTION_TAIL_ALL, "all");
        hint(app, strip, ACTION_FOLLOW, "follow");
        hint(app, strip, ACTION_SEARCH, "search");
        hint(app, strip, ACTION_GREP, "filter");
        hint(app, strip, ACTION_LEVELS, "levels");
        hint(app, strip, ACTION_BACK, "back");
        break;
    case WHERE_RUNS:
        hint(app, strip, ACTION_ENTER, "open");
        hint(app, strip, ACTION_RUN_AGAIN, "again");
        hint(app, strip, ACTION_RUN_CANCEL, "cancel");
        hint(app, strip, ACTION_RUN_FILTER, "filter");
        hint(app, strip, ACTION_RUN_SORT, "sort");
        hint(app, strip, ACTION_RUN_MARK, "mark");
        hint(app, strip, ACTION_RUN_COMPARE, "compare");
        hint(app, strip, ACTION_BACK, "back");
        break;
    case WHERE_ATTENTION:
        hint(app, strip, ACTION_ENTER, "go there");
        hint(app, strip, ACTION_NOTICE_SEEN, "seen");
        hint(app, strip, ACTION_NOTICE_LATER, "wait 1 h");
        hint(app, strip, ACTION_NOTICE_ALL, "all");
        hint(app, strip, ACTION_BACK, "back");
        break;
    case WHERE_COMMAND:
        hint(app, strip, ACTION_COMMAND, "run");
        hint(app, strip, ACTION_ASK, "ask");
        hint(app, strip, ACTION_COMMAND_STOP, "stop");
        hint(app, strip, ACTION_COMMAND_AGAIN, "again");
        hint(app, strip, ACTION_BACK, "back");
        break;
    case WHERE_SHELL:
        if (view_shell_is_copying(app->views[VIEW_SHELL])) {
            copy_hints(app, strip);
            break;
        }
        hint(app, strip, ACTION_SHELL_ENTER, "type");
        hint(app, strip, ACTION_COPY_MODE, "copy");
        hint(app, strip, ACTION_SHELL_SCROLL, "scroll");
        hint(app, strip, ACTION_SHELL_CLOSE, "end");
        hint(app, strip, ACTION_FORWARD, "forward");
        hint(app, strip, ACTION_RECORD, "record");
        hint(app, strip, ACTION_BACK, "back");
        break;
    case WHERE_APP:
    case WHERE_MAIN:
    case WHERE_COPY:
    case WHERE_COUNT:
        hint(app, strip, ACTION_SHELL, "shell");
        hint(app, strip, ACTION_LOGS, "logs");
        hint(app, strip, ACTION_MENU, "actions");
        hint(app, strip, ACTION_BACK, "back");
        break;
    }
}

/* The line under a live shell: whose it is, how to leave, what needs attention elsewhere. */
static void draw_shell_line(struct app *app, const struct paint *line)
{
    struct view_title title = {0};
    struct view *view = app->views[VIEW_SHELL];
    view->class->title(view, &title);
    struct strip strip = {line, 0};
    if (view_shell_is_copying(view)) {
        piece(&strip, ROLE_STRONG, 1, title.right);
        copy_hints(app, &strip);
        return;
    }
    piece(&strip, ROLE_STRONG, 1, title.bottom);
    piece(&strip, ROLE_HINT, 3, title.right);
    char text[32];
    int waiting = view_attention_rows(app->views[VIEW_ATTENTION]);
    snprintf(text, sizeof text, "! %d", waiting);
    if (waiting > 0)
        piece(&strip, ROLE_WARN, 3, text);
}

/* Shells with output or a bell that nobody has seen: "Z:2* ", "Z:1 bell ". */
static void shell_news(const struct app *app, char *out, size_t size)
{
    char keys[32];
    size_t unseen = 0;
    bool rang = false;
    for (size_t i = 0; i < app->shells.count; i++) {
        unseen += shell_entry_unseen(app->shells.entries[i]);
        rang |= shell_entry_rang(app->shells.entries[i]);
    }
    out[0] = '\0';
    keymap_label(&app->keymap, ACTION_SHELLS, keys, sizeof keys);
    if (unseen > 0)
        snprintf(out, size, "%s:%zu%s  ", keys, unseen, rang ? " bell" : "*");
}

static void draw_footer(struct app *app, const struct paint *screen, struct rect r)
{
    if (rect_is_empty(r))
        return;
    struct paint line = paint_over(screen, r, ROLE_FOOTER);
    if (app_pane_view(app, app->focus) == app->views[VIEW_SHELL] &&
        view_shell_is_full(app->views[VIEW_SHELL])) {
        draw_shell_line(app, &line);
        return;
    }
    char right[128], news[64], keys[32];
    keymap_label(&app->keymap, ACTION_HELP, keys, sizeof keys);
    int waiting = view_attention_rows(app->views[VIEW_ATTENTION]);
    shell_news(app, news, sizeof news);
    if (waiting > 0)
        snprintf(right, sizeof right, "%s!%d  %s help ", news, waiting, keys);
    else
        snprintf(right, sizeof right, "%s%s help ", news, keys);
    int taken = (int)strlen(right);
    struct paint left = paint_within(&line, (struct rect){0, 0, 1, line.cols - taken});
    struct strip strip = {&left, -1};
    draw_hints(app, &strip);
    paint_text(&line, 0, line.cols - taken, taken, waiting > 0 ? ROLE_WARN : ROLE_HINT, right);
}

/* ---- all of it ---- */

/* A refused key and a dead link are said until they end, over the footer's line. */
static void draw_banner(struct app *app, const struct paint *screen)
{
    const struct link_status *link = &app->store.link;
    if (link->state != LINK_REFUSED && link->state != LINK_OFFLINE && link->state != LINK_FAILING &&
        link->state != LINK_LIMITED)
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

void app_draw(struct app *app, const struct paint *screen)
{
    app->dirty = false;
    if (app->layout.kind == LAYOUT_TINY) {
        draw_tiny(app, screen);
        return;
    }
    draw_header(app, screen, app->layout.header);
    for (enum layout_pane pane = 0; pane < PANE_COUNT; pane++)
        draw_pane(app, screen, pane);
    draw_banner(app, screen);
    draw_footer(app, screen, app->layout.footer);
    struct paint body = paint_within(screen, app->layout.body);
    toast_draw(&app->toasts, &body);
    overlay_draw(app, screen, app->layout.body);
}

bool app_needs_paint(const struct app *app)
{
    return app->dirty || app->touched;
}

/* Ages on screen: seconds change each second only while something young is shown, which in a fleet that works
 * is nearly always. */
int64_t app_deadline(const struct app *app)
{
    enum { TICK_MS = 1000 };
    if (app->working || view_shell_busy(app->views[VIEW_SHELL]))
        return app->now_ms;
    return app->now_ms - app->now_ms % TICK_MS + TICK_MS;
}
