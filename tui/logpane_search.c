/*
 * The viewer's search: every line stays on screen, matches are coloured, counted in the background and
 * stepped through. And the other things to jump to.
 */
#include "client/base/mem.h"
#include "tui/app.h"
#include "tui/format.h"
#include "tui/logpane_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NEAR_LINES = 2048 };

void logpane_search_reset(struct logpane *pane)
{
    for (enum logpane_target target = 0; target < TARGETS; target++) {
        logscan_reset(&pane->found[target].scan);
        pane->found[target].all = false;
    }
    pane->seek.on = false;
}

static void drop_found(struct logpane_found *found)
{
    logscan_done(&found->scan);
    *found = (struct logpane_found){0};
}

static void drop_search(struct logpane *pane)
{
    pattern_free(pane->search);
    pane->search = NULL;
    drop_found(&pane->found[TARGET_HIT]);
    pane->seek.on = false;
}

void logpane_search_drop(struct logpane *pane)
{
    drop_search(pane);
    drop_found(&pane->found[TARGET_BAD]);
}

/* ---- what is found ---- */

static bool is_hit(void *ctx, const struct logfeed_item *item)
{
    const struct logpane *pane = ctx;
    return item->line != NULL && logfilter_passes(&pane->filter, item) &&
           pattern_matches(pane->search, item->line->text.bytes);
}

static bool is_bad(void *ctx, const struct logfeed_item *item)
{
    const struct logpane *pane = ctx;
    return item->line != NULL &&
           (item->line->level == LOG_LEVEL_ERROR || item->line->level == LOG_LEVEL_WARN) &&
           logfilter_passes(&pane->filter, item);
}

static logscan_test *test_of(enum logpane_target target)
{
    return target == TARGET_HIT ? is_hit : is_bad;
}

/* "3/1,204" with the cursor on the third, "1,204" else; with dots as long as not every line was looked at. */
static void describe_found(const struct logpane *pane, enum logpane_target target, char *out, size_t size)
{
    const struct logpane_found *found = &pane->found[target];
    char total[24], at[24] = "";
    size_t count = logscan_count(&found->scan);
    format_grouped(total, sizeof total, count);
    if (!pane->view.follow && pane->view.placed) {
        size_t index = logscan_find(&found->scan, pane->view.cursor_id);
        if (index < count && logscan_at(&found->scan, index) == pane->view.cursor_id)
            format_grouped(at, sizeof at, index + 1);
    }
    snprintf(out, size, "%s%s%s%s", at, at[0] != '\0' ? "/" : "", total, found->all ? "" : "...");
}

void logpane_search_describe(struct logpane *pane, char *out, size_t size)
{
    char count[56];
    out[0] = '\0';
    if (pane->search == NULL)
        return;
    describe_found(pane, TARGET_HIT, count, sizeof count);
    snprintf(out, size, "/ %.*s  %s", format_cut(pattern_text(pane->search), 40), pattern_text(pane->search),
             count);
}

void logpane_bad_describe(struct logpane *pane, char *out, size_t size)
{
    char count[56];
    out[0] = '\0';
    if (!pane->found[TARGET_BAD].wanted)
        return;
    describe_found(pane, TARGET_BAD, count, sizeof count);
    snprintf(out, size, "e/E %s", count);
}

/* ---- jumping: at once when it is near or found already, else as soon as it is found ---- */

static void arrive(struct logpane *pane, uint64_t id, bool around)
{
    int step = pane->seek.step;
    pane->seek.on = false;
    logpane_go(pane, id);
    if (around)
        app_note(pane->app, step > 0 ? "Past the end, on from the top" : "Past the top, on from the end");
}

static void give_up(struct logpane *pane)
{
    pane->seek.on = false;
    app_note(pane->app, pane->seek.target == TARGET_HIT ? "No match" : "No error or warning");
}

/* As far as the lines that were looked at tell. */
static void resolve(struct logpane *pane)
{
    const struct logpane_seek *seek = &pane->seek;
    const struct logpane_found *found = &pane->found[seek->target];
    const struct logscan *scan = &found->scan;
    size_t count = logscan_count(scan), at = logscan_find(scan, seek->from);
    bool here = at < count && logscan_at(scan, at) == seek->from;
    if (here && seek->stay)
        arrive(pane, seek->from, false);
    else if (seek->step > 0 && at + here < count)
        arrive(pane, logscan_at(scan, at + here), false);
    else if (seek->step < 0 && at > 0 && (found->all || scan->next > seek->from))
        arrive(pane, logscan_at(scan, at - 1), false);
    else if (found->all && count > 0)
        arrive(pane, logscan_at(scan, seek->step > 0 ? 0 : count - 1), true);
    else if (found->all)
        give_up(pane);
}

/* The lines next to the cursor are looked at themselves. */
static void look_near(struct logpane *pane)
{
    const struct logpane_seek *seek = &pane->seek;
    size_t count = pane->feed.count(pane->feed.ctx), at = pane->feed.find(pane->feed.ctx, seek->from);
    for (int i = 0; i < NEAR_LINES; i++) {
        if (i > 0 && (seek->step > 0 ? at + 1 >= count : at == 0))
            return;
        at = i == 0 ? at : seek->step > 0 ? at + 1 : at - 1;
        struct logfeed_item item;
        pane->feed.item(pane->feed.ctx, at, &item);
        if ((i > 0 || seek->stay) && test_of(seek->target)(pane, &item)) {
            arrive(pane, pane->feed.id(pane->feed.ctx, at), false);
            return;
        }
    }
}

static void jump(struct logpane *pane, enum logpane_target target, int step, bool stay)
{
    struct logview_source source = logpane_source(pane);
    if (target == TARGET_HIT && pane->search == NULL) {
        app_note(pane->app, "No search: / starts one");
        return;
    }
    if (source.count == 0)
        return;
    bool fresh = !pane->found[target].wanted;
    pane->found[target].wanted = true;
    size_t at = logview_cursor(&pane->view, &source);
    uint64_t from = logpane_id_at(pane, at < source.count ? at : source.count - 1);
    pane->seek =
        (struct logpane_seek){.on = true, .target = target, .step = step, .stay = stay, .from = from};
    if (fresh)
        logpane_search_step(pane, LOGSCAN_SLICE);
    else
        resolve(pane);
    if (pane->seek.on)
        look_near(pane);
}

bool logpane_search_step(struct logpane *pane, size_t slice)
{
    bool more = false;
    for (enum logpane_target target = 0; target < TARGETS; target++) {
        struct logpane_found *found = &pane->found[target];
        if (!found->wanted)
            continue;
        found->all = logscan_step(&found->scan, &pane->feed, slice, test_of(target), pane);
        more = more || !found->all;
    }
    if (pane->seek.on)
        resolve(pane);
    return more;
}

/* ---- actions ---- */

static void search_typed(struct app *app, void *context, const char *typed)
{
    struct logpane *pane = logpane_of_ref(context);
    if (typed == NULL || typed[0] == '\0')
        return;
    struct err err;
    struct pattern *fresh = pattern_new(typed, &err);
    if (fresh == NULL) {
        app_complain(app, "%s", err.text);
        return;
    }
    drop_search(pane);
    pane->search = fresh;
    jump(pane, TARGET_HIT, -1, true);
}

static void ask_search(struct logpane *pane)
{
    overlay_prompt(pane->app, "Search (~ for a regular expression):", "", false, NULL, search_typed,
                   logpane_ref(pane));
}

bool logpane_search_act(struct logpane *pane, enum action action)
{
    switch (action) {
    case ACTION_SEARCH:
        ask_search(pane);
        return true;
    case ACTION_SEARCH_NEXT:
        jump(pane, TARGET_HIT, 1, false);
        return true;
    case ACTION_SEARCH_PREVIOUS:
        jump(pane, TARGET_HIT, -1, false);
        return true;
    case ACTION_ERROR_NEXT:
        jump(pane, TARGET_BAD, 1, false);
        return true;
    case ACTION_ERROR_PREVIOUS:
        jump(pane, TARGET_BAD, -1, false);
        return true;
    case ACTION_CANCEL:
        if (pane->search == NULL)
            return false;
        drop_search(pane);
        return true;
    default:
        return false;
    }
}
