/*
 * The menu of what to save from the viewer, and how.
 */
#include "client/base/mem.h"
#include "tui/app.h"
#include "tui/format.h"
#include "tui/logpane_parts.h"

#include <stdio.h>
#include <stdlib.h>

enum { MENU_COLS = 48, FRAME = 2, ITEMS = 6, TEXT_COL = 4, COUNT_COLS = 14 };

struct save_menu {
    struct overlay overlay;
    void *ref; /* owned */
    size_t selected;
};

static const struct save_item {
    char key;
    enum logpane_out_what what;
    bool json;
    const char *text;
} items[ITEMS] = {
    {'s', LOGPANE_OUT_SHOWN, false, "lines shown, as text"},
    {'S', LOGPANE_OUT_SHOWN, true, "lines shown, as JSON"},
    {'a', LOGPANE_OUT_ALL, false, "all lines, as text"},
    {'A', LOGPANE_OUT_ALL, true, "all lines, as JSON"},
    {'c', LOGPANE_OUT_CHOSEN, false, "chosen lines, as text"},
    {'C', LOGPANE_OUT_CHOSEN, true, "chosen lines, as JSON"},
};

static size_t item_count(const struct logpane *pane)
{
    return pane->choosing ? ITEMS : ITEMS - 2;
}

static void draw_item(const struct paint *inside, struct logpane *pane, size_t at, bool selected)
{
    const struct save_item *item = &items[at];
    struct rect line = {(int)at, 0, 1, inside->cols};
    struct paint row = selected ? paint_over(inside, line, ROLE_SELECTION) : paint_within(inside, line);
    char count[24];
    paint_repeat(&row, 0, 1, 1, ROLE_KEY, (unsigned char)item->key);
    paint_text(&row, 0, TEXT_COL, row.cols - TEXT_COL - COUNT_COLS - 1, ROLE_TEXT, item->text);
    paint_right(&row, 0, row.cols - COUNT_COLS - 1, COUNT_COLS, ROLE_DIM,
                format_grouped(count, sizeof count, logpane_out_count(pane, item->what)));
}

static void menu_draw(struct overlay *overlay, const struct paint *screen, struct rect body)
{
    struct save_menu *menu = (struct save_menu *)overlay;
    struct logpane *pane = logpane_of_ref(menu->ref);
    size_t count = item_count(pane);
    struct rect place = rect_center(body, (int)count + FRAME, MENU_COLS);
    paint_fill(screen, place, ROLE_TEXT);
    struct frame frame = {.title = "Save", .bottom = "Enter goes on  Esc leaves", .focused = true};
    struct paint inside = paint_frame(screen, place, &frame);
    for (size_t i = 0; i < count; i++)
        draw_item(&inside, pane, i, i == menu->selected);
}

static bool menu_key(struct overlay *overlay, struct key key)
{
    struct save_menu *menu = (struct save_menu *)overlay;
    struct logpane *pane = logpane_of_ref(menu->ref);
    size_t count = item_count(pane), at = count;
    overlay->app->dirty = true;
    if (key.code == KEY_NAME_ESCAPE || key.code == 'q')
        return true;
    for (size_t i = 0; i < count; i++)
        if (key.code == (uint32_t)items[i].key)
            at = i;
    if (key.code == KEY_NAME_ENTER)
        at = menu->selected < count ? menu->selected : 0;
    if (at < count) {
        logpane_ask_path(pane, items[at].what, items[at].json);
        return true;
    }
    menu->selected = widget_move_by(widget_move_of(key), menu->selected, count, ITEMS);
    return false;
}

static void menu_free(struct overlay *overlay)
{
    struct save_menu *menu = (struct save_menu *)overlay;
    free(menu->ref);
    free(menu);
}

static const struct overlay_class menu_class = {menu_draw, menu_key, NULL, menu_free};

void logpane_open_save(struct logpane *pane)
{
    if (pane->feed.count == NULL || pane->feed.count(pane->feed.ctx) == 0) {
        app_note(pane->app, "There are no lines to save");
        return;
    }
    if (pane->out.save != NULL) {
        app_note(pane->app, "Lines are being saved already; Escape gives it up");
        return;
    }
    struct save_menu *menu = mem_zalloc(1, sizeof *menu);
    menu->overlay.class = &menu_class;
    menu->ref = logpane_ref(pane);
    menu->selected = pane->choosing ? ITEMS - 2 : 0;
    overlay_push(pane->app, &menu->overlay);
}
