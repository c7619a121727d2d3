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

void logpane_search_reset(struct logpane *pane)
{
    for (enum logpane_target target = 0; target < TARGETS; target++) {
        logscan_reset(&pane->found[target].scan);
        pane->found[target].all = false;
    }
    pane->jump.on = false;
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
    pane->jump.on = false;
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
    size_t start, end;
    return item->line != NULL && logfilter_passes(&pane->filter, item) &&
           pattern_find(pane->search, item->line->text.bytes, item->line->text.len, 0, &start, &end);
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

/* What every line that passes matches, see logscan_step. */
static const struct pattern *must_of(const struct logpane *pane, enum logpane_target target)
{
    return target == TARGET_HIT ? pane->search : NULL;
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
    snprintf(out, size, "/ %.*s  %s%s", format_cut(pattern_text(pane->search), 40),
             pattern_text(pane->search), count,
             pattern_given_up(pane->search) > 0 ? "  (some lines take too long to search)" : "");
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

/* ---- jumping: over what the filter lets through, whether it is folded away or not ---- */

static size_t all_count(const struct logpane *pane)
{
    if (pane->feed.count == NULL)
        return 0;
    return logpane_is_filtered(pane) ? logscan_count(&pane->shown) : pane->feed.count(pane->feed.ctx);
}

static uint64_t all_id(const struct logpane *pane, size_t index)
{
    return logpane_is_filtered(pane) ? logscan_at(&pane->shown, index) : pane->feed.id(pane->feed.ctx, index);
}

static size_t all_find(const struct logpane *pane, uint64_t id)
{
    return logpane_is_filtered(pane) ? logscan_find(&pane->shown, id) : pane->feed.find(pane->feed.ctx, id);
}

static void all_item(const struct logpane *pane, size_t index, struct logfeed_item *out)
{
    bool filtered = logpane_is_filtered(pane);
    pane->feed.item(pane->feed.ctx, filtered ? pane->feed.find(pane->feed.ctx, all_id(pane, index)) : index,
                    out);
}

static void arrive(struct logpane *pane, uint64_t id)
{
    struct logpane_jump jump = pane->jump;
    pane->jump.on = false;
    logpane_go(pane, id);
    if (jump.around)
        app_note(pane->app,
                 jump.step > 0 ? "Past the end, on from the top" : "Past the top, on from the end");
}

static void give_up(struct logpane *pane)
{
    pane->jump.on = false;
    app_note(pane->app, pane->jump.target == TARGET_HIT ? "No match" : "No error or warning");
}

/* The first line of indexes low..high-1 that passes, the last one when the jump goes up; `high` for none. */
static size_t find_between(struct logpane *pane, size_t low, size_t high)
{
    const struct logpane_jump *jump = &pane->jump;
    const struct logfeed *feed = &pane->feed;
    const struct pattern *must = must_of(pane, jump->target);
    bool leap = must != NULL && pattern_is_literal(must) && feed->seek != NULL && !logpane_is_filtered(pane);
    size_t found = high;
    for (size_t at = low; at < high; at++) {
        struct logfeed_item item;
        if (leap)
            at = feed->seek(feed->ctx, at, high, must);
        if (at >= high)
            break;
        all_item(pane, at, &item);
        if (!test_of(jump->target)(pane, &item))
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
    if (!jump->on)
        return false;
    size_t count = all_count(pane);
    int64_t until = clock_us() + JUMP_US;
    size_t at = count > 0 ? all_find(pane, jump->next) : 0, low, high;
    while (jump->left > 0 && count > 0) {
        if (at >= count) /* lines went meanwhile */
            at = count - 1;
        jump->left -= next_part(jump, at, count, &low, &high);
        size_t found = find_between(pane, low, high);
        if (found < high) {
            arrive(pane, all_id(pane, found));
            return false;
        }
        if (jump->step < 0 && low == 0)
            jump->around = true;
        if (jump->step > 0 && high == count)
            jump->around = true;
        at = jump->step > 0 ? high % count : low > 0 ? low - 1 : count - 1;
        jump->next = all_id(pane, at);
        if (clock_us() > until && jump->left > 0)
            return true;
    }
    give_up(pane);
    return false;
}

/* Along what was found already, all of it. */
static void jump_found(struct logpane *pane, uint64_t from, bool stay)
{
    struct logpane_jump *jump = &pane->jump;
    const struct logscan *scan = &pane->found[jump->target].scan;
    size_t count = logscan_count(scan), at = logscan_find(scan, from);
    bool here = at < count && logscan_at(scan, at) == from;
    if (count == 0) {
        give_up(pane);
        return;
    }
    if (jump->step > 0 && here && !stay)
        at++;
    if (jump->step < 0 && !(here && stay)) {
        jump->around = at == 0;
        at = at == 0 ? count - 1 : at - 1;
    }
    jump->around = jump->around || at >= count;
    arrive(pane, logscan_at(scan, at < count ? at : 0));
}

/* From the cursor on, around the end once: a little at once, the rest in the background. */
static void jump(struct logpane *pane, enum logpane_target target, int step, bool stay)
{
    struct logview_source source = logpane_source(pane);
    size_t count = all_count(pane);
    if (target == TARGET_HIT && pane->search == NULL) {
        app_note(pane->app, "No search: / starts one");
        return;
    }
    if (count == 0 || source.count == 0)
        return;
    bool ready = pane->found[target].all;
    pane->found[target].wanted = true;
    size_t shown = logview_cursor(&pane->view, &source);
    uint64_t from = logpane_id_at(pane, shown < source.count ? shown : source.count - 1);
    pane->jump = (struct logpane_jump){.on = true, .target = target, .step = step, .left = count};
    if (ready) {
        jump_found(pane, from, stay);
        return;
    }
    size_t at = all_find(pane, from);
    bool past_end = !stay && step > 0 && at + 1 >= count, past_top = !stay && step < 0 && at == 0;
    if (!stay)
        at = past_end ? 0 : past_top ? count - 1 : step > 0 ? at + 1 : at - 1;
    pane->jump.around = past_end || past_top;
    pane->jump.next = all_id(pane, at);
    if (logpane_jump_step(pane))
        app_note(pane->app, "Searching");
}

bool logpane_search_step(struct logpane *pane, size_t slice)
{
    bool more = false;
    for (enum logpane_target target = 0; target < TARGETS; target++) {
        struct logpane_found *found = &pane->found[target];
        if (!found->wanted)
            continue;
        found->all =
            logscan_step(&found->scan, &pane->feed, slice, must_of(pane, target), test_of(target), pane);
        more = more || !found->all;
    }
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
    logmemory_add_search(&app->memory, typed);
    logmemory_save(&app->memory);
    pane->found[TARGET_HIT].wanted = true;
    jump(pane, TARGET_HIT, -1, true);
}

static void ask_search(struct logpane *pane)
{
    overlay_prompt(pane->app, "Search (~ for a regular expression):", "", false, NULL, search_typed,
                   logpane_ref(pane));
    overlay_prompt_history(pane->app, pane->app->memory.searches, pane->app->memory.search_count);
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
