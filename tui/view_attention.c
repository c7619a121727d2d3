/*
 * What needs a person, worst first: boxes in error, runs that failed lately, runs that went quiet, a service
 * that refuses or cannot be reached.
 */
#include "client/base/mem.h"
#include "tui/app.h"
#include "tui/format.h"
#include "tui/roster.h"
#include "tui/views.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ITEMS_MAX = 64 };

struct item {
    char box_id[MODEL_ID_MAX + 1];
    int rank;
    int64_t since; /* wall ms, 0 unknown */
    char text[128];
};

struct view_attention {
    struct view view;
    struct item items[ITEMS_MAX];
    size_t count, total;
    size_t selected;
    uint64_t built; /* store.version it was made from */
};

static struct view_attention *of(struct view *view)
{
    return (struct view_attention *)view;
}

static void describe(struct item *item, const struct store_box *box, int64_t wall_ms)
{
    int64_t since;
    enum run_mood mood = roster_mood(box, wall_ms, &since);
    const char *title = box_title(&box->box);
    int cut = format_cut(title, 40);
    item->since = since;
    if (box->box.unreadable)
        snprintf(item->text, sizeof item->text, "%.*s", format_cut(title, 100), title);
    else if (box->box.status == BOX_STATUS_ERROR) {
        snprintf(item->text, sizeof item->text, "%.*s: the box is in error", cut, title);
        item->since = box->box.updated_at;
    } else if (mood == MOOD_FAILED) {
        const struct run *run = &box->runs[0];
        const char *why = run->error_message != NULL ? run->error_message
                          : run->prompt != NULL      ? run->prompt
                                                     : "";
        snprintf(item->text, sizeof item->text, "%.*s: run failed: %.*s", cut, title, format_cut(why, 60),
                 why);
    } else
        snprintf(item->text, sizeof item->text, "%.*s: runs, but nothing was heard", cut, title);
}

static int compare_items(const void *left, const void *right)
{
    const struct item *a = left, *b = right;
    if (a->rank != b->rank)
        return a->rank - b->rank;
    if (a->since != b->since)
        return a->since > b->since ? -1 : 1;
    return strcmp(a->box_id, b->box_id);
}

static void rebuild(struct view_attention *attention)
{
    const struct app *app = attention->view.app;
    const struct store *store = &app->store;
    if (attention->built == store->version)
        return;
    attention->built = store->version;
    attention->count = attention->total = 0;
    for (size_t i = 0; i < store->box_count; i++) {
        const struct store_box *box = store->boxes[i];
        int rank = roster_rank(box, app->wall_ms);
        if (rank >= ROSTER_CALM || box->gone)
            continue;
        attention->total++;
        if (attention->count == ITEMS_MAX)
            continue;
        struct item *item = &attention->items[attention->count++];
        *item = (struct item){.rank = rank};
        snprintf(item->box_id, sizeof item->box_id, "%s", box->box.unreadable ? "" : box->box.id);
        describe(item, box, app->wall_ms);
    }
    qsort(attention->items, attention->count, sizeof attention->items[0], compare_items);
    if (attention->selected >= attention->count)
        attention->selected = attention->count > 0 ? attention->count - 1 : 0;
}

int view_attention_rows(const struct view *view)
{
    rebuild((struct view_attention *)view);
    return (int)((const struct view_attention *)view)->count;
}

static void go(struct view_attention *attention, size_t index)
{
    struct app *app = attention->view.app;
    const struct item *item = &attention->items[index];
    if (item->box_id[0] == '\0')
        return;
    bool error = item->rank == 0;
    app_select(app, item->box_id);
    app_show(app, error ? VIEW_OVERVIEW : item->rank == 1 ? VIEW_RUNS : VIEW_LOGS);
}

void view_attention_go(struct view *view)
{
    struct view_attention *attention = of(view);
    rebuild(attention);
    if (attention->count == 0)
        app_note(view->app, "Nothing needs attention");
    else
        go(attention, 0);
}

static void attention_draw(struct view *view, const struct paint *paint, bool focused)
{
    struct view_attention *attention = of(view);
    static const enum role roles[] = {ROLE_ERROR, ROLE_ERROR, ROLE_WARN};
    rebuild(attention);
    if (attention->count == 0)
        paint_text(paint, 0, 1, paint->cols - 1, ROLE_DIM, "Nothing needs attention");
    size_t rows = paint->rows > 0 ? (size_t)paint->rows : 0;
    size_t top = attention->selected >= rows ? attention->selected - rows + 1 : 0;
    for (size_t i = top; i < attention->count && i - top < rows; i++) {
        const struct item *item = &attention->items[i];
        char age[16];
        struct rect line = {(int)(i - top), 0, 1, paint->cols};
        struct paint row = i == attention->selected && focused ? paint_over(paint, line, ROLE_SELECTION)
                                                               : paint_within(paint, line);
        paint_text(&row, 0, 0, 1, roles[item->rank], item->rank < 2 ? "!" : "?");
        paint_text(&row, 0, 2, paint->cols - 8, roles[item->rank], item->text);
        paint_right(&row, 0, paint->cols - 5, 5, ROLE_DIM,
                    format_since(age, sizeof age, item->since, view->app->wall_ms));
    }
}

static void attention_title(struct view *view, struct view_title *title)
{
    snprintf(title->title, sizeof title->title, "Attention");
    snprintf(title->right, sizeof title->right, "%zu", of(view)->total);
}

static bool attention_act(struct view *view, enum action action)
{
    struct view_attention *attention = of(view);
    rebuild(attention);
    if (view_move_of(action) != MOVE_NONE) {
        attention->selected = widget_move_by(view_move_of(action), attention->selected, attention->count, 10);
        return true;
    }
    if (action == ACTION_ENTER && attention->count > 0) {
        go(attention, attention->selected);
        return true;
    }
    return false;
}

static bool attention_mouse(struct view *view, const struct mouse *mouse)
{
    struct view_attention *attention = of(view);
    if (mouse->kind != MOUSE_PRESS || mouse->button != 1 || (size_t)mouse->row >= attention->count)
        return false;
    attention->selected = (size_t)mouse->row;
    go(attention, attention->selected);
    return true;
}

static void attention_free(struct view *view)
{
    free(view);
}

static const struct view_class attention_class = {
    .name = "Attention",
    .where = WHERE_MAIN,
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
