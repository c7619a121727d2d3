/*
 * What leaves the viewer: files, and lines for a pager.
 */
#include "client/base/mem.h"
#include "tui/app.h"
#include "tui/format.h"
#include "tui/logpane_parts.h"
#include "tui/save.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- lines ---- */

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

/* One object a line, in the manner of the service (box-api.md 2.5). */
static void save_json(struct save *save, const struct logfeed_item *item)
{
    static const char *const levels[] = {[LOG_LEVEL_INFO] = "info",
                                         [LOG_LEVEL_WARN] = "warn",
                                         [LOG_LEVEL_ERROR] = "error",
                                         [LOG_LEVEL_OTHER] = "other"};
    json_t *object = json_object();
    if (item->line == NULL) {
        json_object_set_new(object, "note", json_string(item->note));
    } else {
        json_object_set_new(object, "timestamp", json_integer(item->line->time / 1000));
        json_object_set_new(object, "level", json_string(levels[item->line->level]));
        json_object_set_new(object, "source", json_string(logpane_source_name(item->line->source)));
        if (item->source != NULL)
            json_object_set_new(object, "box", json_string(item->source + 2));
        if (item->continued)
            json_object_set_new(object, "continued", json_true());
        json_object_set_new(object, "message", json_string(item->line->text.bytes));
    }
    char *text = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    if (text != NULL)
        save_format(save, "%s\n", text);
    free(text);
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), tail = strlen(end);
    return len >= tail && strcmp(text + len - tail, end) == 0;
}

/* Writes the lines shown, or all. Returns how many; -1 with *err set. */
static ssize_t write_lines(struct logpane *pane, const char *path, bool all, struct err *err)
{
    bool json = ends_with(path, ".jsonl") || ends_with(path, ".json") || ends_with(path, ".ndjson");
    struct save *save = save_open(path, err);
    if (save == NULL)
        return -1;
    while (logpane_work(pane))
        ; /* a filter that is not through yet */
    struct logview_source source = logpane_source(pane);
    ssize_t written = 0;
    size_t count = all ? pane->feed.count(pane->feed.ctx) : source.count;
    for (size_t i = 0; i < count; i++) {
        struct logfeed_item item;
        if (all)
            pane->feed.item(pane->feed.ctx, i, &item);
        else
            logpane_item_at(pane, i, &item);
        if (item.mark)
            continue;
        written++;
        if (json)
            save_json(save, &item);
        else
            save_line(save, &item);
    }
    return save_close(save, err) ? written : -1;
}

/* ---- files ---- */

static void save_typed(struct app *app, void *context, const char *path)
{
    struct logpane *pane = logpane_of_ref(context);
    if (path == NULL || path[0] == '\0' || pane->feed.count == NULL)
        return;
    struct err err;
    ssize_t count = write_lines(pane, path, pane->save_all, &err);
    if (count < 0)
        app_complain(app, "%s", err.text);
    else
        app_note(app, "%zd lines were saved to %.*s", count, format_cut(path, 200), path);
}

static void ask_save(struct logpane *pane, bool all)
{
    char stamp[32], *name;
    format_stamp(stamp, sizeof stamp, pane->app->wall_ms, pane->app->utc);
    for (char *c = stamp; *c != '\0'; c++)
        if (*c == ' ' || *c == ':')
            *c = '-';
    name = mem_format("%s-%s.log", pane->name != NULL ? pane->name : "boxtop", stamp);
    pane->save_all = all;
    overlay_prompt(pane->app, all ? "Save all lines to:" : "Save the lines shown to:", name, false, NULL,
                   save_typed, logpane_ref(pane));
    free(name);
}

/* ---- the pager ---- */

static void open_pager(struct logpane *pane)
{
    const struct app_options *options = &pane->app->options;
    const char *folder = getenv("XDG_RUNTIME_DIR");
    if (folder == NULL || folder[0] != '/')
        folder = getenv("TMPDIR");
    if (folder == NULL || folder[0] != '/')
        folder = "/tmp";
    if (options->page == NULL) {
        app_complain(pane->app, "There is no terminal to hand to a pager");
        return;
    }
    char *path = mem_format("%s/boxtop-%ld-%lld.log", folder, (long)getpid(), (long long)pane->app->wall_ms);
    struct err err;
    if (write_lines(pane, path, false, &err) < 0)
        app_complain(pane->app, "%s", err.text);
    else
        options->page(options->user, path);
    free(path);
}

bool logpane_out_act(struct logpane *pane, enum action action)
{
    switch (action) {
    case ACTION_SAVE:
    case ACTION_SAVE_ALL:
        ask_save(pane, action == ACTION_SAVE_ALL);
        return true;
    case ACTION_PAGER:
        open_pager(pane);
        return true;
    default:
        return false;
    }
}
