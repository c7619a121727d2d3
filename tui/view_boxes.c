/*
 * The list of boxes: filter, sort, marks; the row under the cursor is the selected box of the whole program.
 */
#include "tui/app.h"
#include "tui/format.h"
#include "tui/panes.h"
#include "tui/roster.h"
#include "tui/views.h"
#include "widgets/table.h"

#include "client/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum column {
    COLUMN_STATUS_LETTER,
    COLUMN_NAME,
    COLUMN_STATUS,
    COLUMN_RUN,
    COLUMN_RUNTIME,
    COLUMN_AGENT,
    COLUMN_AGE,
    COLUMN_LAST,
    COLUMN_COST,
    COLUMN_LABELS,
    COLUMN_ID,
    COLUMNS
};

/* Columns drop from the right when there is no room, so the ones an operator can do without stand last. */
static const struct table_column columns[COLUMNS] = {
    [COLUMN_STATUS_LETTER] = {"S", 1, 1, false, false, true},
    [COLUMN_NAME] = {"NAME", 18, 24, false, true, true},
    [COLUMN_STATUS] = {"STATUS", 8, 8, false, false, false},
    [COLUMN_RUN] = {"RUN", 10, 10, false, false, false},
    [COLUMN_RUNTIME] = {"RUNTIME", 7, 10, false, false, false},
    [COLUMN_AGENT] = {"AGENT", 8, 11, false, false, false},
    [COLUMN_AGE] = {"AGE", 4, 4, true, false, false},
    [COLUMN_LAST] = {"LAST", 4, 4, true, false, false},
    [COLUMN_COST] = {"COST", 6, 7, true, false, false},
    [COLUMN_LABELS] = {"LABELS", 8, 16, false, false, false},
    [COLUMN_ID] = {"ID", 18, 22, false, false, false},
};

struct view_boxes {
    struct view view;
    struct roster roster;
    struct table table;
    char **marks; /* ids, in no order */
    size_t mark_count, mark_room;
    char filter_text[128];
    int row; /* where the selected box stood last: when it goes, its neighbour is selected */
};

static struct view_boxes *of(struct view *view)
{
    return (struct view_boxes *)view;
}

/* ---- marks ---- */

static size_t mark_index(const struct view_boxes *boxes, const char *id)
{
    size_t at = 0;
    while (at < boxes->mark_count && strcmp(boxes->marks[at], id) != 0)
        at++;
    return at;
}

static void set_mark(struct view_boxes *boxes, const char *id, bool on)
{
    size_t at = mark_index(boxes, id);
    if (on && at == boxes->mark_count) {
        boxes->marks = mem_grow(boxes->marks, &boxes->mark_room, boxes->mark_count + 1, sizeof *boxes->marks);
        boxes->marks[boxes->mark_count++] = mem_dup(id);
    } else if (!on && at < boxes->mark_count) {
        free(boxes->marks[at]);
        boxes->marks[at] = boxes->marks[--boxes->mark_count];
    }
}

static void mark_all(struct view_boxes *boxes)
{
    bool all = true;
    for (size_t i = 0; i < boxes->roster.count; i++)
        all = all && (boxes->roster.rows[i].box->unreadable ||
                      mark_index(boxes, boxes->roster.rows[i].box->id) < boxes->mark_count);
    for (size_t i = 0; i < boxes->roster.count; i++)
        if (!boxes->roster.rows[i].box->unreadable)
            set_mark(boxes, boxes->roster.rows[i].box->id, !all);
}

size_t view_boxes_marked(struct view *view, const char **out, size_t room)
{
    struct view_boxes *boxes = of(view);
    size_t count = boxes->mark_count < room ? boxes->mark_count : room;
    for (size_t i = 0; i < count; i++)
        out[i] = boxes->marks[i];
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
    roster_update(&boxes->roster, &app->store, app->wall_ms);
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

static const char *pending_word(const struct app *app, const struct box *box)
{
    static const struct {
        enum request_kind kind;
        const char *word;
    } words[] = {
        {REQUEST_BOX_PAUSE, "pausing"}, {REQUEST_BOX_RESUME, "resuming"}, {REQUEST_BOX_DELETE, "deleting"}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (store_request_of(&app->store, words[i].kind, box->id) != NULL)
            return words[i].word;
    return NULL;
}

static void draw_status(const struct app *app, const struct roster_row *row, const struct paint *cell)
{
    const char *pending = pending_word(app, row->box);
    if (pending != NULL)
        paint_text(cell, 0, 0, cell->cols, ROLE_WARN, pending);
    else if (row->entry != NULL && row->entry->gone)
        paint_text(cell, 0, 0, cell->cols, ROLE_DELETED, "gone");
    else if (row->box->status == BOX_STATUS_UNKNOWN && row->box->status_word != NULL)
        paint_text(cell, 0, 0, cell->cols, ROLE_WARN, row->box->status_word);
    else
        paint_text(cell, 0, 0, cell->cols, view_status_role(row->box->status),
                   box_status_word(row->box->status));
}

static void draw_run(const struct app *app, const struct roster_row *row, const struct paint *cell)
{
    static const struct {
        const char *word;
        enum role role;
    } moods[] = {
        [MOOD_NONE] = {"-", ROLE_DIM},          [MOOD_RUNNING] = {"run", ROLE_RUNNING},
        [MOOD_QUIET] = {"quiet", ROLE_WARN},    [MOOD_DONE] = {"done", ROLE_DIM},
        [MOOD_FAILED] = {"failed", ROLE_ERROR}, [MOOD_CANCELLED] = {"stopped", ROLE_DIM},
    };
    int64_t since;
    enum run_mood mood = roster_mood(row->entry, app->wall_ms, &since);
    char age[16] = "";
    if (since > 0)
        format_since(age, sizeof age, since, app->wall_ms);
    paint_format(cell, 0, 0, cell->cols, moods[mood].role, "%s %s", moods[mood].word, age);
}

static void draw_labels(const struct box *box, const struct paint *cell)
{
    int col = 0;
    for (size_t i = 0; i < box->label_count && col < cell->cols; i++)
        col += paint_text(cell, 0, col, cell->cols - col, ROLE_DIM, box->labels[i]) + 1;
}

static void draw_cell(void *context, size_t index, int column, const struct paint *cell)
{
    struct view_boxes *boxes = context;
    const struct app *app = boxes->view.app;
    const struct roster_row *row = &boxes->roster.rows[index];
    const struct box *box = row->box;
    char text[32];
    if (box->unreadable) {
        if (column == COLUMN_NAME)
            paint_text(cell, 0, 0, cell->cols, ROLE_ERROR, box->name);
        return;
    }
    switch ((enum column)column) {
    case COLUMN_STATUS_LETTER:
        paint_format(cell, 0, 0, 1, view_status_role(box->status), "%c", box_status_letter(box->status));
        break;
    case COLUMN_NAME:
        paint_name(cell, 0, 0, cell->cols, row->entry != NULL && row->entry->gone ? ROLE_DIM : ROLE_STRONG,
                   box_title(box));
        break;
    case COLUMN_STATUS:
        draw_status(app, row, cell);
        break;
    case COLUMN_RUN:
        draw_run(app, row, cell);
        break;
    case COLUMN_RUNTIME:
        paint_text(cell, 0, 0, cell->cols, ROLE_DIM, box->runtime != NULL ? box->runtime : "-");
        break;
    case COLUMN_AGENT:
        paint_text(cell, 0, 0, cell->cols, ROLE_DIM, box->agent != NULL ? box->agent : "-");
        break;
    case COLUMN_AGE:
        paint_right(cell, 0, 0, cell->cols, ROLE_DIM,
                    format_since(text, sizeof text, box->created_at, app->wall_ms));
        break;
    case COLUMN_LAST:
        paint_right(cell, 0, 0, cell->cols, ROLE_DIM,
                    format_since(text, sizeof text, box->last_activity_at, app->wall_ms));
        break;
    case COLUMN_COST:
        paint_right(cell, 0, 0, cell->cols, ROLE_COST, format_money(text, sizeof text, box_cost_usd(box)));
        break;
    case COLUMN_LABELS:
        draw_labels(box, cell);
        break;
    case COLUMN_ID:
        paint_name(cell, 0, 0, cell->cols, ROLE_DIM, box->id);
        break;
    case COLUMNS:
        break;
    }
}

static char row_sign(void *context, size_t index)
{
    struct view_boxes *boxes = context;
    const struct roster_row *row = &boxes->roster.rows[index];
    if (mark_index(boxes, row->box->id) < boxes->mark_count)
        return '*';
    const struct shell_entry *shell = shells_find(&boxes->view.app->shells, row->box->id);
    if (roster_rank(row->entry, boxes->view.app->wall_ms) < ROSTER_CALM ||
        (shell != NULL && shell_entry_rang(shell)))
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

static void boxes_draw(struct view *view, const struct paint *paint, bool focused)
{
    struct view_boxes *boxes = of(view);
    update(boxes);
    static const int sort_columns[SORT_COUNT] = {
        [SORT_ATTENTION] = -1,   [SORT_NAME] = COLUMN_NAME, [SORT_STATUS] = COLUMN_STATUS,
        [SORT_AGE] = COLUMN_AGE, [SORT_LAST] = COLUMN_LAST, [SORT_COST] = COLUMN_COST};
    boxes->table.sort = sort_columns[boxes->roster.sort];
    boxes->table.descending = boxes->roster.reverse;
    struct table_rows rows = {
        .ctx = boxes,
        .count = boxes->roster.count,
        .selected = selected_row(boxes),
        .draw = draw_cell,
        .sign = row_sign,
        .empty = empty_text(boxes),
    };
    table_draw(&boxes->table, paint, &rows, focused);
}

static void boxes_title(struct view *view, struct view_title *title)
{
    struct view_boxes *boxes = of(view);
    const struct roster *roster = &boxes->roster;
    update(boxes);
    snprintf(title->title, sizeof title->title, "1 Boxes  %s  sort: %s%s",
             roster->deleted ? "deleted" : "active", roster_sort_name(roster->sort),
             roster->reverse ? " reversed" : "");
    size_t at = selected_row(boxes);
    char position[24] = "-";
    if (at != TABLE_NONE)
        snprintf(position, sizeof position, "%zu", at + 1);
    if (roster->count != roster->total)
        snprintf(title->right, sizeof title->right, "%s/%zu of %zu", position, roster->count, roster->total);
    else
        snprintf(title->right, sizeof title->right, "%s/%zu", position, roster->count);
    int used = 0;
    if (boxes->filter_text[0] != '\0')
        used = snprintf(title->bottom, sizeof title->bottom, "/ %.*s", format_cut(boxes->filter_text, 60),
                        boxes->filter_text);
    if (boxes->mark_count > 0)
        snprintf(title->bottom + used, sizeof title->bottom - (size_t)used, "%s%zu marked",
                 used > 0 ? "   " : "", boxes->mark_count);
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
    if (boxes->mark_count == 0)
        return false;
    while (boxes->mark_count > 0)
        set_mark(boxes, boxes->marks[0], false);
    return true;
}

static void mark_and_go_on(struct view_boxes *boxes)
{
    const char *id = boxes->view.app->selected;
    if (id == NULL)
        return;
    set_mark(boxes, id, mark_index(boxes, id) == boxes->mark_count);
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

static bool boxes_mouse(struct view *view, const struct mouse *mouse)
{
    struct view_boxes *boxes = of(view);
    update(boxes);
    if (mouse->kind == MOUSE_WHEEL_UP || mouse->kind == MOUSE_WHEEL_DOWN) {
        move_cursor(boxes, mouse->kind == MOUSE_WHEEL_UP ? MOVE_UP : MOVE_DOWN);
        return true;
    }
    size_t row = table_row_at(&boxes->table, mouse->row, boxes->roster.count);
    if (mouse->kind != MOUSE_PRESS || mouse->button != 1 || row == TABLE_NONE)
        return false;
    select_row(boxes, row);
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
    while (boxes->mark_count > 0)
        set_mark(boxes, boxes->marks[0], false);
    free(boxes->marks);
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
    table_init(&boxes->table, columns, COLUMNS);
    return &boxes->view;
}
