/*
 * The list of boxes: filter, sort, marks; the row under the cursor is the selected box of the whole program.
 */
#include "tui/app.h"
#include "tui/box_row.h"
#include "tui/format.h"
#include "tui/marks.h"
#include "tui/panes.h"
#include "tui/roster.h"
#include "tui/views.h"
#include "widgets/table.h"

#include "client/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TITLE_GAPS = 5, /* what stands between the texts of a border and its corners */
    CLICK_TWICE_MS = 400,
};

struct view_boxes {
    struct view view;
    struct roster roster;
    struct table table;
    struct marks marks;
    char filter_text[128];
    int cols; /* as last drawn */
    int row;  /* where the selected box stood last: when it goes, its neighbour is selected */
    int64_t clicked_ms;
};

static struct view_boxes *of(struct view *view)
{
    return (struct view_boxes *)view;
}

/* ---- marks ---- */

static void mark_all(struct view_boxes *boxes)
{
    bool all = true;
    for (size_t i = 0; i < boxes->roster.count; i++)
        all = all && (boxes->roster.rows[i].box->unreadable ||
                      marks_has(&boxes->marks, boxes->roster.rows[i].box->id));
    for (size_t i = 0; i < boxes->roster.count; i++)
        if (!boxes->roster.rows[i].box->unreadable)
            marks_set(&boxes->marks, boxes->roster.rows[i].box->id, !all);
}

size_t view_boxes_marked(struct view *view, const char **out, size_t room)
{
    struct view_boxes *boxes = of(view);
    size_t count = boxes->marks.count < room ? boxes->marks.count : room;
    for (size_t i = 0; i < count; i++)
        out[i] = boxes->marks.ids[i];
    return count;
}

/* ---- rows ---- */

/* The first row from `row` on, else the last one before it, that has an id; -1 when none has. */
static int readable_row(const struct view_boxes *boxes, int row)
{
    const struct roster_row *rows = boxes->roster.rows;
    for (int at = row; at < (int)boxes->roster.count; at++)
        if (!rows[at].box->unreadable)
            return at;
    for (int at = row - 1; at >= 0; at--)
        if (!rows[at].box->unreadable)
            return at;
    return -1;
}

/* Brings the rows up to date and keeps the cursor on its box; when that is gone, on the one that took its
 * place. */
static void update(struct view_boxes *boxes)
{
    struct app *app = boxes->view.app;
    struct rules_ears ears = app_ears(app);
    roster_update(&boxes->roster, &app->store, &ears);
    int at = roster_find(&boxes->roster, app->selected);
    if (at < 0 && boxes->roster.count > 0 && app->wanted_box == NULL &&
        (app->selected == NULL || store_find(&app->store, app->selected) == NULL)) {
        int last = (int)boxes->roster.count - 1;
        at = readable_row(boxes, boxes->row < last ? boxes->row : last);
        if (at >= 0)
            app_select(app, boxes->roster.rows[at].box->id);
    }
    if (at >= 0)
        boxes->row = at;
}

static size_t selected_row(const struct view_boxes *boxes)
{
    int at = roster_find(&boxes->roster, boxes->view.app->selected);
    return at < 0 ? TABLE_NONE : (size_t)at;
}

static void draw_cell(void *context, size_t index, int column, const struct paint *cell)
{
    struct view_boxes *boxes = context;
    box_row_draw(boxes->view.app, &boxes->roster.rows[index], (enum box_column)column, cell);
}

/* A box that cannot be read has nothing but the reason. */
static bool draw_reason(void *context, size_t index, const struct paint *line)
{
    struct view_boxes *boxes = context;
    const struct box *box = boxes->roster.rows[index].box;
    if (box->unreadable)
        paint_text(line, 0, 2, line->cols - 2, ROLE_ERROR, box->name);
    return box->unreadable;
}

static char row_sign(void *context, size_t index)
{
    struct view_boxes *boxes = context;
    const struct roster_row *row = &boxes->roster.rows[index];
    if (marks_has(&boxes->marks, row->box->id))
        return '*';
    const struct shell_entry *shell = shells_find(&boxes->view.app->shells, row->box->id);
    struct rules_ears ears = app_ears(boxes->view.app);
    if (roster_rank(row->entry, &ears) < ROSTER_CALM || (shell != NULL && shell_entry_rang(shell)))
        return '!';
    return shell != NULL && shell_entry_unseen(shell) ? '+' : ' ';
}

static const char *empty_text(const struct view_boxes *boxes)
{
    const struct store *store = &boxes->view.app->store;
    if (boxes->roster.total > 0)
        return "No box matches the filter (Esc clears it)";
    if (boxes->roster.deleted)
        return store->deleted_ms != 0 ? "No deleted boxes" : "Asking for the deleted boxes";
    if (store->list_ms != 0)
        return "No boxes yet: N makes one";
    switch (store->link.state) {
    case LINK_REFUSED:
        return "The service refused the API key (:auth gives another)";
    case LINK_OFFLINE:
    case LINK_FAILING:
        return store->link.err.text;
    default:
        return "Asking the service";
    }
}

static const int sort_columns[SORT_COUNT] = {
    [SORT_ATTENTION] = -1,       [SORT_NAME] = BOX_COLUMN_NAME, [SORT_STATUS] = BOX_COLUMN_STATUS,
    [SORT_AGE] = BOX_COLUMN_AGE, [SORT_LAST] = BOX_COLUMN_LAST, [SORT_COST] = BOX_COLUMN_COST};

static void boxes_draw(struct view *view, const struct paint *paint, bool focused)
{
    struct view_boxes *boxes = of(view);
    update(boxes);
    boxes->cols = paint->cols;
    boxes->table.sort = sort_columns[boxes->roster.sort];
    boxes->table.descending = boxes->roster.reverse;
    struct table_rows rows = {
        .ctx = boxes,
        .count = boxes->roster.count,
        .selected = selected_row(boxes),
        .draw = draw_cell,
        .whole = draw_reason,
        .sign = row_sign,
        .empty = empty_text(boxes),
    };
    table_draw(&boxes->table, paint, &rows, focused);
}

/* Where the list stands in it must be readable on every terminal: what it is called gives way. */
static void name_list(const struct view_boxes *boxes, int room, struct view_title *title)
{
    const struct roster *roster = &boxes->roster;
    const char *which = roster->deleted ? "deleted" : "active", *sort = roster_sort_name(roster->sort);
    const char *turned = roster->reverse ? " reversed" : "";
    int used = snprintf(title->title, sizeof title->title, "1 Boxes  %s  sort: %s%s", which, sort, turned);
    if (used > room)
        used = snprintf(title->title, sizeof title->title, "1 Boxes  %s  %s%s", which, sort, turned);
    if (used > room)
        used = snprintf(title->title, sizeof title->title, "1 Boxes  %s", which);
    if (used > room && !roster->deleted)
        snprintf(title->title, sizeof title->title, "1 Boxes");
}

static void boxes_title(struct view *view, struct view_title *title)
{
    struct view_boxes *boxes = of(view);
    const struct roster *roster = &boxes->roster;
    update(boxes);
    size_t at = selected_row(boxes);
    char position[24] = "-";
    if (at != TABLE_NONE)
        snprintf(position, sizeof position, "%zu", at + 1);
    if (roster->count != roster->total)
        snprintf(title->right, sizeof title->right, "%s/%zu of %zu", position, roster->count, roster->total);
    else
        snprintf(title->right, sizeof title->right, "%s/%zu", position, roster->count);
    name_list(boxes, boxes->cols - (int)strlen(title->right) - TITLE_GAPS, title);
    int used = 0;
    if (boxes->filter_text[0] != '\0')
        used = snprintf(title->bottom, sizeof title->bottom, "/ %.*s", format_cut(boxes->filter_text, 60),
                        boxes->filter_text);
    if (boxes->marks.count > 0)
        snprintf(title->bottom + used, sizeof title->bottom - (size_t)used, "%s%zu marked",
                 used > 0 ? "   " : "", boxes->marks.count);
}

/* ---- actions ---- */

/* A row that is not there is ignored. */
static void select_row(struct view_boxes *boxes, size_t row)
{
    if (row < boxes->roster.count && !boxes->roster.rows[row].box->unreadable)
        app_select(boxes->view.app, boxes->roster.rows[row].box->id);
}

/* A row that cannot be read has no id to select: the cursor passes over it. */
static void move_cursor(struct view_boxes *boxes, enum widget_move move)
{
    size_t count = boxes->roster.count;
    size_t from = selected_row(boxes);
    size_t to = table_move(&boxes->table, move, from, count);
    int step = from != TABLE_NONE && to < from ? -1 : 1;
    while (to < count && boxes->roster.rows[to].box->unreadable)
        to += (size_t)step;
    if (to < count)
        select_row(boxes, to);
}

static void apply_filter(struct view_boxes *boxes, const char *text, bool complain)
{
    struct err err;
    struct filter *filter = filter_new(text, &err);
    if (filter == NULL) {
        if (complain)
            app_complain(boxes->view.app, "%s", err.text);
        return;
    }
    if (text[strspn(text, " ")] == '\0') {
        filter_free(filter);
        filter = NULL;
    }
    snprintf(boxes->filter_text, sizeof boxes->filter_text, "%.*s",
             filter != NULL ? format_cut(text, sizeof boxes->filter_text - 1) : 0, text);
    roster_set_filter(&boxes->roster, filter);
    update(boxes);
    table_jumped(&boxes->table);
    /* The cursor follows the filter: what the operator looks for is what is selected. */
    if (roster_find(&boxes->roster, boxes->view.app->selected) < 0)
        select_row(boxes, (size_t)readable_row(boxes, 0));
}

static void filter_changed(struct app *app, void *context, const char *text)
{
    (void)context;
    apply_filter(of(app->views[VIEW_BOXES]), text, false);
}

static void filter_done(struct app *app, void *context, const char *text)
{
    apply_filter(of(app->views[VIEW_BOXES]), text != NULL ? text : (const char *)context, true);
}

static bool clear_something(struct view_boxes *boxes)
{
    if (boxes->filter_text[0] != '\0') {
        apply_filter(boxes, "", false);
        return true;
    }
    if (boxes->marks.count == 0)
        return false;
    marks_clear(&boxes->marks);
    return true;
}

static void mark_and_go_on(struct view_boxes *boxes)
{
    const char *id = boxes->view.app->selected;
    if (id == NULL)
        return;
    marks_set(&boxes->marks, id, !marks_has(&boxes->marks, id));
    move_cursor(boxes, MOVE_DOWN);
}

static bool boxes_act(struct view *view, enum action action)
{
    struct view_boxes *boxes = of(view);
    struct app *app = view->app;
    update(boxes);
    if (view_move_of(action) != MOVE_NONE) {
        move_cursor(boxes, view_move_of(action));
        return true;
    }
    switch (action) {
    case ACTION_ENTER:
        panes_leave_account(app);
        app_show(app, app->tab);
        return true;
    case ACTION_FILTER:
        overlay_prompt(app, "/", boxes->filter_text, false, filter_changed, filter_done,
                       mem_dup(boxes->filter_text));
        return true;
    case ACTION_SORT:
        boxes->roster.sort = (boxes->roster.sort + 1) % SORT_COUNT;
        roster_touch(&boxes->roster);
        return true;
    case ACTION_SORT_REVERSE:
        boxes->roster.reverse = !boxes->roster.reverse;
        roster_touch(&boxes->roster);
        return true;
    case ACTION_DELETED:
        boxes->roster.deleted = !boxes->roster.deleted;
        roster_touch(&boxes->roster);
        return true;
    case ACTION_MARK:
        mark_and_go_on(boxes);
        return true;
    case ACTION_MARK_ALL:
        mark_all(boxes);
        return true;
    case ACTION_CANCEL:
        return clear_something(boxes);
    default:
        return false;
    }
}

/* A click on a column's title sorts by it, a second one turns the order round. */
static bool sort_by_column(struct view_boxes *boxes, int column)
{
    for (enum roster_sort sort = 0; sort < SORT_COUNT; sort++) {
        if (column < 0 || sort_columns[sort] != column)
            continue;
        boxes->roster.reverse = boxes->roster.sort == sort && !boxes->roster.reverse;
        boxes->roster.sort = sort;
        roster_touch(&boxes->roster);
        return true;
    }
    return false;
}

static bool boxes_mouse(struct view *view, const struct mouse *mouse)
{
    struct view_boxes *boxes = of(view);
    update(boxes);
    if (mouse->kind == MOUSE_WHEEL_UP || mouse->kind == MOUSE_WHEEL_DOWN) {
        move_cursor(boxes, mouse->kind == MOUSE_WHEEL_UP ? MOVE_UP : MOVE_DOWN);
        return true;
    }
    if (mouse->kind != MOUSE_PRESS || mouse->button != 1)
        return false;
    if (mouse->row == 0)
        return sort_by_column(boxes, table_column_at(&boxes->table, mouse->col));
    size_t row = table_row_at(&boxes->table, mouse->row, boxes->roster.count);
    if (row == TABLE_NONE)
        return false;
    bool twice = row == selected_row(boxes) && view->app->now_ms - boxes->clicked_ms < CLICK_TWICE_MS;
    boxes->clicked_ms = view->app->now_ms;
    select_row(boxes, row);
    if (twice)
        boxes_act(view, ACTION_ENTER);
    return true;
}

size_t view_boxes_visible(struct view *view, const char **out, size_t room)
{
    struct view_boxes *boxes = of(view);
    update(boxes);
    size_t count = 0;
    if (boxes->roster.deleted)
        return 0;
    for (size_t i = boxes->table.top;
         i < boxes->roster.count && count < room && i < boxes->table.top + (size_t)boxes->table.visible; i++)
        if (!boxes->roster.rows[i].box->unreadable)
            out[count++] = boxes->roster.rows[i].box->id;
    return count;
}

static void boxes_watch(struct view *view, struct watch *watch)
{
    watch->deleted_list = of(view)->roster.deleted;
}

static void boxes_view_free(struct view *view)
{
    struct view_boxes *boxes = of(view);
    marks_done(&boxes->marks);
    roster_done(&boxes->roster);
    free(boxes);
}

static const struct view_class boxes_class = {
    .name = "Boxes",
    .where = WHERE_LIST,
    .draw = boxes_draw,
    .title = boxes_title,
    .act = boxes_act,
    .mouse = boxes_mouse,
    .watch = boxes_watch,
    .free = boxes_view_free,
};

struct view *view_boxes_new(struct app *app)
{
    struct view_boxes *boxes = mem_zalloc(1, sizeof *boxes);
    boxes->view = (struct view){&boxes_class, app};
    table_init(&boxes->table, box_row_columns, BOX_COLUMNS);
    return &boxes->view;
}
