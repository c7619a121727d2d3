/*
 * Which lines the viewer shows, as the operator changes it. The filter belongs to the viewer and not to a
 * box: it stays when another box is looked at.
 */
#include "client/base/mem.h"
#include "tui/app.h"
#include "tui/format.h"
#include "tui/logpane_parts.h"

#include <stdio.h>
#include <stdlib.h>

void logpane_filter_changed(struct logpane *pane)
{
    struct logmemory *memory = &pane->app->memory;
    logpane_refilter(pane);
    logmemory_put_filter(memory, pane->viewer, &pane->filter);
    logmemory_save(memory);
}

static void terms_typed(struct app *app, void *context, const char *typed)
{
    struct logpane *pane = logpane_of_ref(context);
    struct err err;
    if (typed == NULL)
        return;
    if (!logfilter_set_terms(&pane->filter, typed, &err))
        app_complain(app, "%s", err.text);
    logpane_filter_changed(pane);
}

static void ask_terms(struct logpane *pane)
{
    char *terms = logfilter_terms(&pane->filter);
    overlay_prompt(pane->app, "Only lines with (a & b & !c; empty: all):", terms, false, NULL, terms_typed,
                   logpane_ref(pane));
    free(terms);
}

static void since_typed(struct app *app, void *context, const char *typed)
{
    struct logpane *pane = logpane_of_ref(context);
    int64_t since;
    if (typed == NULL || typed[0] == '\0')
        return;
    if (!logfilter_parse_time(typed, app->wall_ms, app->utc, &since)) {
        app_complain(app, "\"%.*s\" is not a time: 90s, 5m, 2h, 3d, 11:20, 2026-02-23 11:20",
                     format_cut(typed, 40), typed);
        return;
    }
    logfilter_set_since(&pane->filter, SINCE_CUSTOM, since, app->utc);
    snprintf(pane->filter.since_typed, sizeof pane->filter.since_typed, "%.*s",
             format_cut(typed, sizeof pane->filter.since_typed - 1), typed);
    logpane_refilter(pane);
}

/* All, 5 minutes, an hour, today; then a time is asked for. */
static void next_since(struct logpane *pane)
{
    enum logfilter_since next = (pane->filter.since + 1) % SINCE_COUNT;
    bool custom = next == SINCE_CUSTOM;
    logfilter_set_since(&pane->filter, custom ? SINCE_ALL : next, pane->app->wall_ms, pane->app->utc);
    logpane_refilter(pane);
    if (custom)
        overlay_prompt(pane->app, "Since (5m, 2h, 11:20, 2026-02-23 11:20; empty: all):", "", false, NULL,
                       since_typed, logpane_ref(pane));
}

static void next_source(struct logpane *pane)
{
    static const enum log_source order[] = {LOG_SOURCE_AGENT, LOG_SOURCE_SYSTEM, LOG_SOURCE_USER};
    enum { COUNT = sizeof order / sizeof order[0] };
    size_t at = 0;
    while (pane->filter.one_source && at < COUNT && order[at] != pane->filter.source)
        at++;
    size_t next = pane->filter.one_source ? at + 1 : 0;
    pane->filter.one_source = next < COUNT;
    if (next < COUNT)
        pane->filter.source = order[next];
    logpane_refilter(pane);
}

bool logpane_filter_act(struct logpane *pane, enum action action)
{
    switch (action) {
    case ACTION_GREP:
        ask_terms(pane);
        return true;
    case ACTION_FILTERS:
        logpane_list_filters(pane);
        return true;
    case ACTION_LEVELS:
        pane->filter.levels = (pane->filter.levels + 1) % LEVELS_COUNT;
        logpane_refilter(pane);
        return true;
    case ACTION_SOURCES:
        next_source(pane);
        return true;
    case ACTION_SINCE:
        next_since(pane);
        return true;
    case ACTION_CANCEL:
        if (!logfilter_is_active(&pane->filter))
            return false;
        logfilter_clear(&pane->filter); /* the terms stay, switched off */
        logpane_filter_changed(pane);
        return true;
    default:
        return false;
    }
}
