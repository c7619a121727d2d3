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

void logpane_search_drop(struct logpane *pane)
{
    pattern_free(pane->search);
    pane->search = NULL;
    logscan_done(&pane->hits);
    pane->hits_all = false;
}

static bool is_hit(void *ctx, const struct logfeed_item *item)
{
    const struct logpane *pane = ctx;
    return item->line != NULL && logfilter_passes(&pane->filter, item) &&
           pattern_matches(pane->search, item->line->text.bytes);
}

static bool is_bad(void *ctx, const struct logfeed_item *item)
{
    (void)ctx;
    return item->line != NULL &&
           (item->line->level == LOG_LEVEL_ERROR || item->line->level == LOG_LEVEL_WARN);
}

bool logpane_search_step(struct logpane *pane, size_t slice)
{
    if (pane->search == NULL)
        return false;
    pane->hits_all = logscan_step(&pane->hits, &pane->feed, slice, is_hit, pane);
    return !pane->hits_all;
}

void logpane_search_describe(struct logpane *pane, char *out, size_t size)
{
    out[0] = '\0';
    if (pane->search == NULL)
        return;
    char total[24], at[24] = "";
    size_t count = logscan_count(&pane->hits);
    format_grouped(total, sizeof total, count);
    if (!pane->view.follow && pane->view.placed) {
        size_t index = logscan_find(&pane->hits, pane->view.cursor_id);
        if (index < count && logscan_at(&pane->hits, index) == pane->view.cursor_id)
            format_grouped(at, sizeof at, index + 1);
    }
    snprintf(out, size, "/ %.*s  %s%s%s%s", format_cut(pattern_text(pane->search), 40),
             pattern_text(pane->search), at, at[0] != '\0' ? "/" : "", total, pane->hits_all ? "" : "...");
}

/* ---- jumping ---- */

static void arrive(struct logpane *pane, uint64_t id, int step, bool around)
{
    logpane_go(pane, id);
    if (around)
        app_note(pane->app, step > 0 ? "Past the end, on from the top" : "Past the top, on from the end");
}

/* From the cursor on, around the end once. */
static void jump(struct logpane *pane, logscan_test *test, int step, bool stay, const char *what)
{
    struct logview_source source = logpane_source(pane);
    if (source.count == 0)
        return;
    size_t at = logview_cursor(&pane->view, &source);
    if (at >= source.count)
        at = source.count - 1;
    for (size_t i = stay ? 0 : 1; i <= source.count; i++) {
        size_t moved = i % source.count;
        size_t index = step > 0 ? (at + moved) % source.count : (at + source.count - moved) % source.count;
        struct logfeed_item item;
        logpane_item_at(pane, index, &item);
        if (!test(pane, &item))
            continue;
        arrive(pane, logpane_id_at(pane, index), step, step > 0 ? index < at : index > at);
        return;
    }
    app_note(pane->app, "No %s", what);
}

/* Along the matches that were found already; as long as not all were, the lines themselves are looked at. */
static void jump_hit(struct logpane *pane, int step, bool stay)
{
    struct logview_source source = logpane_source(pane);
    size_t count = logscan_count(&pane->hits);
    if (pane->search == NULL || source.count == 0) {
        app_note(pane->app, "No search: / starts one");
        return;
    }
    if (!pane->hits_all) {
        jump(pane, is_hit, step, stay, "match");
        return;
    }
    if (count == 0) {
        app_note(pane->app, "No match");
        return;
    }
    uint64_t cursor = logpane_id_at(pane, logview_cursor(&pane->view, &source));
    size_t at = logscan_find(&pane->hits, cursor);
    bool here = at < count && logscan_at(&pane->hits, at) == cursor;
    bool around = false;
    if (step > 0 && here && !stay)
        at++;
    if (step < 0 && !(here && stay)) {
        around = at == 0;
        at = around ? count - 1 : at - 1;
    }
    if (at >= count) {
        around = true;
        at = 0;
    }
    arrive(pane, logscan_at(&pane->hits, at), step, around);
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
    logpane_search_drop(pane);
    pane->search = fresh;
    jump_hit(pane, -1, true);
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
        jump_hit(pane, 1, false);
        return true;
    case ACTION_SEARCH_PREVIOUS:
        jump_hit(pane, -1, false);
        return true;
    case ACTION_ERROR_NEXT:
        jump(pane, is_bad, 1, false, "error or warning");
        return true;
    case ACTION_ERROR_PREVIOUS:
        jump(pane, is_bad, -1, false, "error or warning");
        return true;
    case ACTION_CANCEL:
        if (pane->search == NULL)
            return false;
        logpane_search_drop(pane);
        return true;
    default:
        return false;
    }
}
