/*
 * Lines of the viewer that the operator has pointed at: bookmarks, which stay, and a range to copy.
 */
#include "client/base/buf.h"
#include "client/base/mem.h"
#include "tui/app.h"
#include "tui/logpane_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BOOKMARKS_MAX = 1000, RANGE_MAX = 4 << 20 };

/* ---- bookmarks ---- */

static const char *owner(const struct logpane *pane)
{
    return pane->name != NULL ? pane->name : "";
}

static size_t find_bookmark(const struct logpane *pane, uint64_t id)
{
    size_t at = 0;
    while (at < pane->bookmark_count &&
           (pane->bookmarks[at].id != id || strcmp(pane->bookmarks[at].name, owner(pane)) != 0))
        at++;
    return at;
}

bool logpane_has_bookmark(const struct logpane *pane, uint64_t id)
{
    return find_bookmark(pane, id) < pane->bookmark_count;
}

static void toggle_bookmark(struct logpane *pane)
{
    uint64_t id;
    if (!logpane_cursor(pane, &id))
        return;
    size_t at = find_bookmark(pane, id);
    if (at < pane->bookmark_count) {
        free(pane->bookmarks[at].name);
        pane->bookmarks[at] = pane->bookmarks[--pane->bookmark_count];
        return;
    }
    if (pane->bookmark_count == BOOKMARKS_MAX) {
        app_note(pane->app, "At most %d bookmarks can be set", BOOKMARKS_MAX);
        return;
    }
    pane->bookmarks =
        mem_grow(pane->bookmarks, &pane->bookmark_room, pane->bookmark_count + 1, sizeof *pane->bookmarks);
    pane->bookmarks[pane->bookmark_count++] = (struct logpane_bookmark){mem_dup(owner(pane)), id};
    logpane_go(pane, id);
}

/* The nearest one after the cursor, else the first of all. */
static void next_bookmark(struct logpane *pane)
{
    uint64_t cursor, after = UINT64_MAX, first = UINT64_MAX;
    if (!logpane_cursor(pane, &cursor))
        return;
    for (size_t i = 0; i < pane->bookmark_count; i++) {
        uint64_t id = pane->bookmarks[i].id;
        if (strcmp(pane->bookmarks[i].name, owner(pane)) != 0)
            continue;
        if (id < first)
            first = id;
        if (id > cursor && id < after)
            after = id;
    }
    if (first == UINT64_MAX)
        app_note(pane->app, "No bookmark here: m sets one");
    else
        logpane_go(pane, after != UINT64_MAX ? after : first);
}

/* ---- a range ---- */

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
    case ACTION_BOOKMARK:
        toggle_bookmark(pane);
        return true;
    case ACTION_BOOKMARK_NEXT:
        next_bookmark(pane);
        return true;
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
