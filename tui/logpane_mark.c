/*
 * A range of lines that the operator has chosen, and copying.
 */
#include "client/base/buf.h"
#include "client/base/mem.h"
#include "tui/app.h"
#include "tui/logpane_parts.h"

#include <stdio.h>
#include <stdlib.h>

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

/* False when it does not fit any more. */
static bool add_line(struct buf *text, const struct logfeed_item *item)
{
    bool fits = item->line != NULL ? buf_add(text, item->line->text.bytes, item->line->text.len)
                                   : buf_add_text(text, item->note);
    return fits && buf_add_text(text, "\n");
}

void logpane_chosen(const struct logpane *pane, uint64_t *low, uint64_t *high)
{
    bounds(pane, low, high);
    const struct logfold_group *group = logpane_folds(pane) ? logfold_of(&pane->fold, *high) : NULL;
    if (group != NULL && group->last > *high)
        *high = group->last;
}

size_t logpane_out_count(struct logpane *pane, enum logpane_out_what what)
{
    uint64_t low, high;
    if (what == LOGPANE_OUT_ALL || (what == LOGPANE_OUT_SHOWN && !logpane_is_filtered(pane)))
        return pane->book != NULL ? pane->book->count : pane->feed.count(pane->feed.ctx);
    if (what == LOGPANE_OUT_SHOWN)
        return logscan_count(&pane->shown);
    logpane_chosen(pane, &low, &high);
    return logpane_is_filtered(pane)
               ? logscan_find(&pane->shown, high + 1) - logscan_find(&pane->shown, low)
               : pane->feed.find(pane->feed.ctx, high + 1) - pane->feed.find(pane->feed.ctx, low);
}

/* `single`: what one line is called, which is then copied without its end; NULL: as lines. */
static void copy_text(struct logpane *pane, const struct buf *text, size_t count, const char *single)
{
    char what[40];
    snprintf(what, sizeof what, "%zu line%s", count, count == 1 ? "" : "s");
    if (count == 1 && single != NULL) {
        char *line = mem_dup_bytes(buf_text(text), text->len - 1);
        app_copy(pane->app, line, single);
        free(line);
    } else if (count > 0) {
        app_copy(pane->app, buf_text(text), what);
    }
}

/* Copies the lines from..to that the filter lets through, whether they are folded away or not. */
static void copy_between(struct logpane *pane, uint64_t from, uint64_t to, const char *single)
{
    size_t end = pane->feed.count(pane->feed.ctx), count = 0;
    bool fits = true;
    struct buf text;
    buf_init(&text, RANGE_MAX);
    for (size_t at = pane->feed.find(pane->feed.ctx, from); at < end && fits; at++) {
        struct logfeed_item item;
        if (pane->feed.id(pane->feed.ctx, at) > to)
            break;
        pane->feed.item(pane->feed.ctx, at, &item);
        if (item.hidden || (item.line != NULL && !logfilter_passes(&pane->filter, &item)))
            continue;
        fits = add_line(&text, &item);
        count++;
    }
    if (!fits)
        app_complain(pane->app, "That is more than %d MiB: save the chosen lines to a file instead",
                     RANGE_MAX >> 20);
    else
        copy_text(pane, &text, count, single);
    buf_done(&text);
}

static void copy_range(struct logpane *pane)
{
    uint64_t low, high;
    logpane_chosen(pane, &low, &high);
    pane->choosing = false;
    copy_between(pane, low, high, NULL);
}

/* The line under the cursor; all of the message when it is the first line of one. */
static void copy_line(struct logpane *pane)
{
    uint64_t id, last;
    if (!logpane_cursor(pane, &id))
        return;
    size_t count = pane->feed.count(pane->feed.ctx), at = pane->feed.find(pane->feed.ctx, id);
    struct logfeed_item item;
    pane->feed.item(pane->feed.ctx, at, &item);
    bool first = item.line != NULL && !item.continued;
    const struct logfold_group *group = logpane_folds(pane) ? logfold_of(&pane->fold, id) : NULL;
    last = group != NULL ? group->last : id;
    for (at++; first && group == NULL && at < count; at++) {
        pane->feed.item(pane->feed.ctx, at, &item);
        if (!item.continued)
            break;
        last = pane->feed.id(pane->feed.ctx, at);
    }
    copy_between(pane, id, last, "the line");
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
