/*
 * The viewer's search: every line stays on screen, matches are coloured, counted in the background and
 * stepped through. And the other things to jump to.
 */
#include "client/base/clock.h"
#include "client/base/mem.h"
#include "tui/app.h"
#include "tui/format.h"
#include "tui/logpane_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { JUMP_PART = 512, JUMP_US = 6000 };

void logpane_search_drop(struct logpane *pane)
{
    pattern_free(pane->search);
    pane->search = NULL;
    pane->jump.test = NULL;
    logscan_done(&pane->hits);
    pane->hits_all = false;
}

static bool is_hit(void *ctx, const struct logfeed_item *item)
{
    const struct logpane *pane = ctx;
    size_t start, end;
    return item->line != NULL && logfilter_passes(&pane->filter, item) &&
           pattern_find(pane->search, item->line->text.bytes, item->line->text.len, 0, &start, &end);
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
    pane->hits_all = logscan_step(&pane->hits, &pane->feed, slice, pane->search, is_hit, pane);
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
    int used = snprintf(out, size, "/ %.*s  %s%s%s%s", format_cut(pattern_text(pane->search), 40),
                        pattern_text(pane->search), at, at[0] != '\0' ? "/" : "", total,
                        pane->hits_all ? "" : "...");
    if (pattern_given_up(pane->search) > 0 && used > 0 && (size_t)used < size)
        snprintf(out + used, size - (size_t)used, "  (some lines take too long to search)");
}

/* ---- jumping ---- */

static void arrive(struct logpane *pane, uint64_t id, int step, bool around)
{
    logpane_go(pane, id);
    if (around)
        app_note(pane->app, step > 0 ? "Past the end, on from the top" : "Past the top, on from the end");
}

/* The first line of indexes low..high-1 that passes, the last one when the jump goes up; `high` for none. */
static size_t find_between(struct logpane *pane, size_t low, size_t high)
{
    const struct logpane_jump *jump = &pane->jump;
    const struct logfeed *feed = &pane->feed;
    bool leap = jump->must != NULL && pattern_is_literal(jump->must) && feed->seek != NULL &&
                !logpane_is_filtered(pane);
    size_t found = high;
    for (size_t at = low; at < high; at++) {
        struct logfeed_item item;
        if (leap)
            at = feed->seek(feed->ctx, at, high, jump->must);
        if (at >= high)
            break;
        logpane_item_at(pane, at, &item);
        if (!jump->test(pane, &item))
            continue;
        found = at;
        if (jump->step > 0)
            break;
    }
    return found;
}

/* The next lines to look at, `left` of them at most, from index `at` in the direction of the jump. */
static size_t next_part(const struct logpane_jump *jump, size_t at, size_t count, size_t *low, size_t *high)
{
    size_t part = jump->left < JUMP_PART ? jump->left : JUMP_PART;
    size_t room = jump->step > 0 ? count - at : at + 1;
    part = part < room ? part : room;
    *low = jump->step > 0 ? at : at + 1 - part;
    *high = *low + part;
    return part;
}

bool logpane_jump_step(struct logpane *pane)
{
    struct logpane_jump *jump = &pane->jump;
    if (jump->test == NULL)
        return false;
    struct logview_source source = logpane_source(pane);
    int64_t until = clock_us() + JUMP_US;
    size_t at = source.count > 0 ? source.find(source.ctx, jump->next) : 0, low, high;
    while (jump->left > 0 && source.count > 0) {
        if (at >= source.count) { /* below the last line, or lines went meanwhile */
            jump->around = jump->around || jump->step > 0;
            at = jump->step > 0 ? 0 : source.count - 1;
        }
        jump->left -= next_part(jump, at, source.count, &low, &high);
        size_t found = find_between(pane, low, high);
        if (found < high) {
            jump->test = NULL;
            arrive(pane, logpane_id_at(pane, found), jump->step, jump->around);
            return false;
        }
        if (jump->step < 0 && low == 0)
            jump->around = true;
        at = jump->step > 0 ? high : low > 0 ? low - 1 : source.count - 1;
        jump->next = at < source.count ? logpane_id_at(pane, at) : UINT64_MAX;
        if (clock_us() > until && jump->left > 0)
            return true;
    }
    jump->test = NULL;
    app_note(pane->app, "No %s", jump->what);
    return false;
}

/* From the cursor on, around the end once: a little at once, the rest in the background. */
static void jump(struct logpane *pane, logscan_test *test, const struct pattern *must, int step, bool stay,
                 const char *what)
{
    struct logview_source source = logpane_source(pane);
    if (source.count == 0)
        return;
    size_t at = logview_cursor(&pane->view, &source);
    if (at >= source.count)
        at = source.count - 1;
    bool past_end = !stay && step > 0 && at + 1 == source.count, past_top = !stay && step < 0 && at == 0;
    if (!stay)
        at = past_end ? 0 : past_top ? source.count - 1 : step > 0 ? at + 1 : at - 1;
    pane->jump = (struct logpane_jump){.test = test,
                                       .must = must,
                                       .step = step,
                                       .next = logpane_id_at(pane, at),
                                       .left = source.count,
                                       .around = past_end || past_top,
                                       .what = what};
    if (logpane_jump_step(pane))
        app_note(pane->app, "Looking for the next %s", what);
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
        jump(pane, is_hit, pane->search, step, stay, "match");
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
        jump(pane, is_bad, NULL, 1, false, "error or warning");
        return true;
    case ACTION_ERROR_PREVIOUS:
        jump(pane, is_bad, NULL, -1, false, "error or warning");
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
