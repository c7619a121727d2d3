/*
 * What leaves the viewer: files, and lines for a pager.
 */
#include "client/base/clock.h"
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

enum { SAVE_US = 6000, SAVE_PART = 64 };

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
        if (item->box != NULL)
            json_object_set_new(object, "box", json_string(item->box));
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

/* ---- writing, in the background ---- */

static bool is_saved(const struct logpane *pane, const struct logfeed_item *item)
{
    return !item->mark && (pane->out.what == LOGPANE_OUT_ALL || logfilter_passes(&pane->filter, item));
}

static void end_save(struct logpane *pane)
{
    struct logpane_out *out = &pane->out;
    struct app *app = pane->app;
    struct save *save = out->save;
    struct err err;
    char lines[24];
    out->save = NULL;
    if (!save_close(save, &err))
        app_complain(app, "%s", err.text);
    else if (out->paged)
        app->options.page(app->options.user, out->path);
    else
        app_note(app, "%s line%s saved to %.*s", format_grouped(lines, sizeof lines, out->written),
                 out->written == 1 ? " was" : "s were", format_cut(out->path, 200), out->path);
}

void logpane_out_drop(struct logpane *pane)
{
    if (pane->out.save != NULL)
        app_note(pane->app, "Saving was given up: %s was not written", pane->out.path);
    save_drop(pane->out.save);
    pane->out.save = NULL;
}

bool logpane_out_step(struct logpane *pane)
{
    struct logpane_out *out = &pane->out;
    if (out->save == NULL)
        return false;
    int64_t until = clock_us() + SAVE_US;
    size_t count = pane->feed.count(pane->feed.ctx), at = pane->feed.find(pane->feed.ctx, out->next),
           looked = 0;
    for (; at < count; at++) {
        struct logfeed_item item;
        uint64_t id = pane->feed.id(pane->feed.ctx, at);
        if (id > out->last)
            break;
        if (++looked % SAVE_PART == 0 && clock_us() > until)
            return true;
        pane->feed.item(pane->feed.ctx, at, &item);
        out->next = id + 1;
        if (!is_saved(pane, &item))
            continue;
        out->written++;
        if (out->json)
            save_json(out->save, &item);
        else
            save_line(out->save, &item);
    }
    end_save(pane);
    return false;
}

void logpane_out_describe(const struct logpane *pane, char *words, size_t size)
{
    const struct logpane_out *out = &pane->out;
    words[0] = '\0';
    if (out->save == NULL)
        return;
    size_t first = pane->feed.find(pane->feed.ctx, out->first),
           end = pane->feed.find(pane->feed.ctx, out->last);
    size_t at = pane->feed.find(pane->feed.ctx, out->next);
    size_t percent = end > first && at > first ? (at - first) * 100 / (end - first) : 0;
    snprintf(words, size, "saving %zu %% (Escape gives up)", percent < 100 ? percent : 100);
}

static void start(struct logpane *pane, const char *path, bool replace)
{
    struct logpane_out *out = &pane->out;
    struct err err;
    size_t count = pane->feed.count != NULL ? pane->feed.count(pane->feed.ctx) : 0;
    if (count == 0)
        return;
    struct save *save = save_open(path, replace, &err);
    if (save == NULL) {
        app_complain(pane->app, "%s", err.text);
        return;
    }
    uint64_t first = pane->feed.id(pane->feed.ctx, 0), last = pane->feed.id(pane->feed.ctx, count - 1);
    out->first = first;
    out->last = last;
    if (out->what == LOGPANE_OUT_CHOSEN)
        logpane_chosen(pane, &out->first, &out->last);
    out->next = out->first;
    out->written = 0;
    out->save = save;
    if (out->path != path) {
        free(out->path);
        out->path = mem_dup(path);
    }
    logpane_out_step(pane);
}

/* ---- files ---- */

static void overwrite(struct app *app, void *context)
{
    struct logpane *pane = logpane_of_ref(context);
    (void)app;
    start(pane, pane->out.path, true);
}

static void path_typed(struct app *app, void *context, const char *path)
{
    struct logpane *pane = logpane_of_ref(context);
    if (path == NULL || path[0] == '\0' || pane->out.save != NULL)
        return;
    if (!save_exists(path)) {
        start(pane, path, false);
        return;
    }
    free(pane->out.path);
    pane->out.path = mem_dup(path);
    char *text = mem_format("%.*s exists already.", format_cut(path, 200), path);
    overlay_ask(app, "Overwrite?", text, "Overwrite", true, overwrite, NULL, logpane_ref(pane));
    free(text);
}

void logpane_ask_path(struct logpane *pane, enum logpane_out_what what, bool json)
{
    static const char *const labels[] = {[LOGPANE_OUT_SHOWN] = "Save the lines shown to:",
                                         [LOGPANE_OUT_ALL] = "Save all lines to:",
                                         [LOGPANE_OUT_CHOSEN] = "Save the chosen lines to:"};
    char stamp[32], *name;
    format_stamp(stamp, sizeof stamp, pane->app->wall_ms, pane->app->utc);
    for (char *c = stamp; *c != '\0'; c++)
        if (*c == ' ' || *c == ':')
            *c = '-';
    name = mem_format("%s-%s.%s", pane->name != NULL ? pane->name : "boxtop", stamp, json ? "jsonl" : "log");
    pane->out.what = what;
    pane->out.json = json;
    pane->out.paged = false;
    overlay_prompt(pane->app, labels[what], name, false, NULL, path_typed, logpane_ref(pane));
    free(name);
}

/* ---- the pager ---- */

static void open_pager(struct logpane *pane)
{
    const char *folder = getenv("XDG_RUNTIME_DIR");
    if (folder == NULL || folder[0] != '/')
        folder = getenv("TMPDIR");
    if (folder == NULL || folder[0] != '/')
        folder = "/tmp";
    if (pane->app->options.page == NULL) {
        app_complain(pane->app, "There is no terminal to hand to a pager");
        return;
    }
    if (pane->out.save != NULL) {
        app_note(pane->app, "Lines are being saved: wait for their end, or give up with Escape");
        return;
    }
    char *path = mem_format("%s/boxtop-%ld-%lld.log", folder, (long)getpid(), (long long)pane->app->wall_ms);
    pane->out.what = pane->choosing ? LOGPANE_OUT_CHOSEN : LOGPANE_OUT_SHOWN;
    pane->out.json = false;
    pane->out.paged = true;
    start(pane, path, false);
    free(path);
}

bool logpane_out_act(struct logpane *pane, enum action action)
{
    switch (action) {
    case ACTION_SAVE:
        logpane_open_save(pane);
        return true;
    case ACTION_SAVE_ALL:
        logpane_ask_path(pane, LOGPANE_OUT_ALL, false);
        return true;
    case ACTION_PAGER:
        open_pager(pane);
        return true;
    case ACTION_CANCEL:
        if (pane->out.save == NULL)
            return false;
        logpane_out_drop(pane);
        return true;
    default:
        return false;
    }
}
