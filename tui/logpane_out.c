/*
 * What leaves the viewer: copies and files.
 */
#include "client/base/mem.h"
#include "tui/app.h"
#include "tui/format.h"
#include "tui/logpane_parts.h"
#include "tui/save.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static void save_line(struct save *save, const struct logfeed_item *item)
{
    char stamp[24];
    if (item->line == NULL) {
        save_format(save, "~~~~~ %s ~~~~~\n", item->note);
        return;
    }
    save_format(save, "%s ", format_stamp(stamp, sizeof stamp, item->line->time, true));
    if (item->source != NULL)
        save_format(save, "%-20s ", item->source);
    save_format(save, "%c %-6s %s\n", logpane_level_letter(item->line->level),
                logpane_source_name(item->line->source), item->line->text.bytes);
}

static void save_typed(struct app *app, void *context, const char *path)
{
    struct logpane *pane = logpane_of_ref(context);
    if (path == NULL || path[0] == '\0' || pane->feed.count == NULL)
        return;
    struct logview_source source = logpane_source(pane);
    struct err err;
    struct save *save = save_open(path, &err);
    for (size_t i = 0; save != NULL && i < source.count; i++) {
        struct logfeed_item item;
        logpane_item_at(pane, i, &item);
        save_line(save, &item);
    }
    if (save == NULL || !save_close(save, &err))
        app_complain(app, "%s", err.text);
    else
        app_note(app, "%zu lines were saved to %.200s", source.count, path);
}

static void ask_save(struct logpane *pane)
{
    char stamp[32], *name;
    format_stamp(stamp, sizeof stamp, pane->app->wall_ms, pane->app->utc);
    for (char *c = stamp; *c != '\0'; c++)
        if (*c == ' ' || *c == ':')
            *c = '-';
    name = mem_format("%s-%s.log", pane->name != NULL ? pane->name : "boxtop", stamp);
    overlay_prompt(pane->app, "Save the lines shown to:", name, false, NULL, save_typed, logpane_ref(pane));
    free(name);
}

bool logpane_out_act(struct logpane *pane, enum action action)
{
    switch (action) {
    case ACTION_COPY:
        copy_line(pane);
        return true;
    case ACTION_SAVE:
        ask_save(pane);
        return true;
    default:
        return false;
    }
}
