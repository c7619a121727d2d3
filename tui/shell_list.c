#include "tui/shell_list.h"

#include "client/base/mem.h"
#include "tui/app.h"
#include "tui/format.h"
#include "tui/shell_life.h"
#include "tui/views.h"
#include "widgets/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum column { COLUMN_NEWS, COLUMN_BOX, COLUMN_STATE, COLUMN_AGE, COLUMN_OUTPUT, COLUMNS };
enum { LIST_COLS = 90, FRAME = 2, TITLES = 1 };

static const struct table_column columns[COLUMNS] = {
    [COLUMN_NEWS] = {"", 1, 1, false, false, true},         [COLUMN_BOX] = {"Box", 10, 28, false, true, true},
    [COLUMN_STATE] = {"State", 8, 34, false, false, true},  [COLUMN_AGE] = {"Open", 4, 4, true, false, false},
    [COLUMN_OUTPUT] = {"Output", 6, 6, true, false, false},
};

struct shell_list {
    struct overlay overlay;
    struct table table;
    char *selected; /* box id */
};

static size_t selected_index(const struct shell_list *list)
{
    const struct shells *shells = &list->overlay.app->shells;
    for (size_t i = 0; i < shells->count; i++)
        if (strcmp(shells->entries[i]->box_id, list->selected) == 0)
            return i;
    return shells->count > 0 ? 0 : TABLE_NONE;
}

static void select_index(struct shell_list *list, size_t index)
{
    const struct shells *shells = &list->overlay.app->shells;
    if (index >= shells->count)
        return;
    free(list->selected);
    list->selected = mem_dup(shells->entries[index]->box_id);
}

static void draw_state(const struct app *app, const struct shell_entry *entry, const struct paint *cell)
{
    char status[400];
    enum shell_phase phase = shell_entry_phase(entry);
    bool bad = phase == SHELL_LOST || phase == SHELL_FAILED;
    if (shell_life_hold(app, entry) == SHELL_HOLD_PAUSED)
        paint_text(cell, 0, 0, cell->cols, ROLE_PAUSED, "the box is paused");
    else if (phase == SHELL_OPEN)
        paint_text(cell, 0, 0, cell->cols, ROLE_OK, "open");
    else
        paint_text(cell, 0, 0, cell->cols, bad ? ROLE_ERROR : ROLE_INFO,
                   shell_entry_status(entry, &app->store, status, sizeof status));
}

static void draw_age(const struct app *app, int64_t since_ms, const struct paint *cell)
{
    char age[16];
    if (since_ms > 0)
        paint_right(cell, 0, 0, cell->cols, ROLE_DIM, format_age(age, sizeof age, app->now_ms - since_ms));
}

static void draw_cell(void *context, size_t index, int column, const struct paint *cell)
{
    const struct app *app = context;
    const struct shell_entry *entry = app->shells.entries[index];
    const struct store_box *box = store_find(&app->store, entry->box_id);
    switch ((enum column)column) {
    case COLUMN_NEWS:
        if (shell_entry_rang(entry))
            paint_text(cell, 0, 0, 1, ROLE_WARN, "!");
        else if (shell_entry_unseen(entry))
            paint_text(cell, 0, 0, 1, ROLE_ACCENT, "*");
        break;
    case COLUMN_BOX:
        paint_name(cell, 0, 0, cell->cols, ROLE_STRONG, box != NULL ? box_title(&box->box) : entry->box_id);
        break;
    case COLUMN_STATE:
        draw_state(app, entry, cell);
        break;
    case COLUMN_AGE:
        draw_age(app, entry->opened_ms, cell);
        break;
    case COLUMN_OUTPUT:
        draw_age(app, entry->output_ms, cell);
        break;
    case COLUMNS:
        break;
    }
}

static void list_draw(struct overlay *overlay, const struct paint *screen, struct rect body)
{
    struct shell_list *list = (struct shell_list *)overlay;
    struct app *app = overlay->app;
    int count = app->shells.count > 0 ? (int)app->shells.count : 1;
    struct rect place = rect_center(body, count + FRAME + TITLES, LIST_COLS);
    paint_fill(screen, place, ROLE_TEXT);
    struct frame frame = {.title = "Shells",
                          .right = "* output, ! bell since you looked",
                          .bottom = "Enter shows  X ends  Esc closes",
                          .focused = true};
    struct paint inside = paint_frame(screen, place, &frame);
    struct table_rows rows = {.count = app->shells.count,
                              .selected = selected_index(list),
                              .draw = draw_cell,
                              .ctx = app,
                              .empty = "No shell is open"};
    table_draw(&list->table, &inside, &rows, true);
}

static bool show(struct shell_list *list, size_t index)
{
    struct app *app = list->overlay.app;
    if (index == TABLE_NONE)
        return true;
    app_select(app, app->shells.entries[index]->box_id);
    app_show(app, VIEW_SHELL);
    view_shell_enter(app->views[VIEW_SHELL]);
    return true;
}

static void end(struct app *app, void *context)
{
    shells_close(&app->shells, context);
}

/* One that is over is only forgotten; one that is open may hold work. True when the list is empty now. */
static bool end_one(struct shell_list *list, size_t index)
{
    struct app *app = list->overlay.app;
    if (index == TABLE_NONE)
        return true;
    const struct shell_entry *entry = app->shells.entries[index];
    if (!shell_entry_active(entry)) {
        shells_close(&app->shells, entry->box_id);
        return app->shells.count == 0;
    }
    char *text = mem_format("  %s\n\nWhat runs in the foreground of this shell ends with it.", entry->box_id);
    overlay_ask(app, "End the shell?", text, "End it", false, end, NULL, mem_dup(entry->box_id));
    free(text);
    return false;
}

static bool list_key(struct overlay *overlay, struct key key)
{
    struct shell_list *list = (struct shell_list *)overlay;
    size_t index = selected_index(list);
    if (key.code == KEY_NAME_ESCAPE || key.code == 'q')
        return true;
    if (key.code == KEY_NAME_ENTER)
        return show(list, index);
    if (key.code == 'X')
        return end_one(list, index);
    enum widget_move move = widget_move_of(key);
    if (move != MOVE_NONE && index != TABLE_NONE)
        select_index(list, table_move(&list->table, move, index, overlay->app->shells.count));
    return false;
}

static void list_free(struct overlay *overlay)
{
    struct shell_list *list = (struct shell_list *)overlay;
    free(list->selected);
    free(list);
}

static const struct overlay_class list_class = {list_draw, list_key, NULL, list_free};

void shell_list_open(struct app *app)
{
    if (app->shells.count == 0) {
        char keys[32];
        keymap_label(&app->keymap, ACTION_SHELL, keys, sizeof keys);
        app_note(app, "No shell is open: %s opens one in the selected box", keys);
        return;
    }
    struct shell_list *list = mem_zalloc(1, sizeof *list);
    list->overlay.class = &list_class;
    table_init(&list->table, columns, COLUMNS);
    bool here = shells_find(&app->shells, app->selected) != NULL;
    list->selected = mem_dup(here ? app->selected : app->shells.entries[0]->box_id);
    overlay_push(app, &list->overlay);
}
