/*
 * A range of lines that the operator has chosen, and copying.
 */
#include "client/base/buf.h"
#include "tui/app.h"
#include "tui/logpane_parts.h"

#include <stdio.h>

enum { RANGE_MAX = 4 << 20 };

static void bounds(const struct logpane *pane, uint64_t *low, uint64_t *high)
{
    uint64_t cursor = pane->view.cursor_id;
    *low = pane->chosen_from < cursor ? pane->chosen_from : cursor;
    *high = pane->chosen_from < cursor ? cursor : pane->chosen_from;
}

bool logpane_is_chosen(const struct logpane *pane, uint64_t id)
{
    uint64_t low, high;
    bounds(pane, &low, &high);
    return id >= low && id <= high;
}

static void toggle_range(struct logpane *pane)
{
    pane->choosing = !pane->choosing && logpane_cursor(pane, &pane->chosen_from);
    if (pane->choosing)
        logpane_go(pane, pane->chosen_from);
}

static void add_line(struct buf *text, const struct logfeed_item *item)
{
    if (item->line != NULL)
        buf_add(text, item->line->text.bytes, item->line->text.len);
    else
        buf_add_text(text, item->note);
    buf_add_text(text, "\n");
}

static void copy_range(struct logpane *pane)
{
    struct logview_source source = logpane_source(pane);
    uint64_t low, high;
    bounds(pane, &low, &high);
    struct buf text;
    buf_init(&text, RANGE_MAX);
    size_t count = 0;
    size_t at = source.find(source.ctx, low);
    for (; at < source.count && logpane_id_at(pane, at) <= high; at++, count++) {
        struct logfeed_item item;
        logpane_item_at(pane, at, &item);
        add_line(&text, &item);
    }
    char what[40];
    snprintf(what, sizeof what, "%zu line%s", count, count == 1 ? "" : "s");
    app_copy(pane->app, buf_text(&text), what);
    buf_done(&text);
    pane->choosing = false;
}

static void copy_line(struct logpane *pane)
{
    struct logview_source source = logpane_source(pane);
    size_t at = logview_cursor(&pane->view, &source);
    struct logfeed_item item;
    if (at >= source.count)
        return;
    logpane_item_at(pane, at, &item);
    app_copy(pane->app, item.line != NULL ? item.line->text.bytes : item.note, "the line");
}

bool logpane_mark_act(struct logpane *pane, enum action action)
{
    switch (action) {
    case ACTION_RANGE:
        toggle_range(pane);
        return true;
    case ACTION_COPY:
        if (pane->choosing)
            copy_range(pane);
        else
            copy_line(pane);
        return true;
    case ACTION_CANCEL:
        if (!pane->choosing)
            return false;
        pane->choosing = false;
        return true;
    default:
        return false;
    }
}
