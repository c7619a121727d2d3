#include "tui/logpane.h"

#include "client/base/mem.h"
#include "client/base/utf8.h"
#include "tui/app.h"
#include "tui/format.h"
#include "tui/logpane_parts.h"
#include "tui/save.h"
#include "tui/timeline.h"
#include "tui/views.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Lines looked at for folding between two frames; for a filter or a search, and for folding, in each of the
 * looks that make a frame. */
enum { FOLD_SLICE = 8192, SLICE_SMALL = 2048, FOLD_SLICE_SMALL = 256 };

void logpane_init(struct logpane *pane, struct view *view_of, enum logmemory_viewer viewer, int source_cols,
                  logpane_current *current)
{
    *pane = (struct logpane){.app = view_of->app,
                             .view_of = view_of,
                             .viewer = viewer,
                             .current = current,
                             .source_cols = source_cols,
                             .empty = "No lines yet"};
    logview_init(&pane->view);
}

void logpane_done(struct logpane *pane)
{
    logpane_search_drop(pane);
    save_drop(pane->out.save);
    free(pane->out.path);
    logfilter_done(&pane->filter);
    logpane_fold_drop(pane);
    logfold_done(&pane->fold);
    logscan_done(&pane->shown);
    book_feed_done(&pane->book_feed);
    free(pane->name);
    *pane = (struct logpane){0};
}

struct pane_ref {
    struct logpane *pane;
};

void *logpane_ref(struct logpane *pane)
{
    struct pane_ref *ref = mem_zalloc(1, sizeof *ref);
    ref->pane = pane;
    return ref;
}

struct logpane *logpane_of_ref(void *ref)
{
    struct logpane *pane = ((struct pane_ref *)ref)->pane;
    return pane->current(pane->view_of);
}

/* ---- which lines are shown ---- */

static bool has_feed(const struct logpane *pane)
{
    return pane->feed.count != NULL;
}

bool logpane_is_filtered(const struct logpane *pane)
{
    return pane->some_hidden || logfilter_is_active(&pane->filter);
}

void logpane_refilter(struct logpane *pane)
{
    logscan_reset(&pane->shown);
    pane->shown_all = false;
    logpane_search_reset(pane);
}

static bool passes(void *ctx, const struct logfeed_item *item)
{
    return logfilter_passes(ctx, item);
}

/* True while there is more to look at. */
static bool step(struct logpane *pane, size_t slice, size_t fold_slice)
{
    if (!has_feed(pane))
        return false;
    if (!pane->recalled) {
        pane->recalled = true;
        logmemory_get_filter(&pane->app->memory, pane->viewer, &pane->filter);
    }
    uint64_t changed = pane->feed.changed(pane->feed.ctx);
    logscan_rewind(&pane->shown, changed);
    for (enum logpane_target target = 0; target < TARGETS; target++)
        logscan_rewind(&pane->found[target].scan, changed);
    if (changed != LOGFEED_SAME && logfold_is_active(&pane->fold))
        logfold_changed(&pane->fold, &pane->feed, changed);
    bool folded = logfold_step(&pane->fold, &pane->feed, fold_slice);
    pane->shown_all =
        !logpane_is_filtered(pane) ||
        logscan_step(&pane->shown, &pane->feed, slice, logfilter_must(&pane->filter), passes, &pane->filter);
    bool searching = logpane_search_step(pane, slice);
    bool counting = logpane_tally_step(pane, changed);
    return !pane->shown_all || searching || !folded || counting;
}

bool logpane_work(struct logpane *pane)
{
    bool jumping = logpane_jump_step(pane), saving = logpane_out_step(pane);
    return step(pane, LOGSCAN_SLICE, FOLD_SLICE) || jumping || saving;
}

static size_t line_count(struct logpane *pane)
{
    if (!has_feed(pane))
        return 0;
    if (logpane_is_filtered(pane))
        return logscan_count(&pane->shown);
    return logpane_folds(pane) ? logfold_count(&pane->fold, &pane->feed) : pane->feed.count(pane->feed.ctx);
}

/* The feed's index of a line that is shown. */
static size_t feed_index(struct logpane *pane, size_t index)
{
    if (logpane_is_filtered(pane))
        return pane->feed.find(pane->feed.ctx, logscan_at(&pane->shown, index));
    return logpane_folds(pane) ? logfold_index(&pane->fold, &pane->feed, index) : index;
}

uint64_t logpane_id_at(struct logpane *pane, size_t index)
{
    return logpane_is_filtered(pane) ? logscan_at(&pane->shown, index)
                                     : pane->feed.id(pane->feed.ctx, feed_index(pane, index));
}

void logpane_item_at(struct logpane *pane, size_t index, struct logfeed_item *out)
{
    pane->feed.item(pane->feed.ctx, feed_index(pane, index), out);
}

static size_t source_find(void *context, uint64_t id)
{
    struct logpane *pane = context;
    if (logpane_is_filtered(pane))
        return logscan_find(&pane->shown, id);
    return logpane_folds(pane) ? logfold_find(&pane->fold, &pane->feed, id)
                               : pane->feed.find(pane->feed.ctx, id);
}

char logpane_level_letter(enum log_level level)
{
    static const char letters[] = {
        [LOG_LEVEL_INFO] = 'I', [LOG_LEVEL_WARN] = 'W', [LOG_LEVEL_ERROR] = 'E', [LOG_LEVEL_OTHER] = '?'};
    return letters[level];
}

const char *logpane_source_name(enum log_source source)
{
    static const char *const names[] = {[LOG_SOURCE_SYSTEM] = "system",
                                        [LOG_SOURCE_AGENT] = "agent",
                                        [LOG_SOURCE_USER] = "user",
                                        [LOG_SOURCE_OTHER] = "other"};
    return names[source];
}

static void dress(const struct logpane *pane, const struct logfeed_item *item, struct logview_line *out)
{
    static const enum role source_roles[] = {[LOG_SOURCE_SYSTEM] = ROLE_SOURCE_SYSTEM,
                                             [LOG_SOURCE_AGENT] = ROLE_SOURCE_AGENT,
                                             [LOG_SOURCE_USER] = ROLE_SOURCE_USER,
                                             [LOG_SOURCE_OTHER] = ROLE_DIM};
    static const enum role level_roles[] = {[LOG_LEVEL_INFO] = ROLE_LEVEL_INFO,
                                            [LOG_LEVEL_WARN] = ROLE_LEVEL_WARN,
                                            [LOG_LEVEL_ERROR] = ROLE_LEVEL_ERROR,
                                            [LOG_LEVEL_OTHER] = ROLE_DIM};
    const struct log_line *line = item->line;
    out->time_ms = line->time;
    out->text = &line->text;
    out->role = line->level == LOG_LEVEL_ERROR  ? ROLE_LEVEL_ERROR
                : line->level == LOG_LEVEL_WARN ? ROLE_LEVEL_WARN
                                                : ROLE_TEXT;
    char tool[TIMELINE_NAME];
    const char *rest;
    if (line->level == LOG_LEVEL_INFO && line->source == LOG_SOURCE_AGENT && !item->continued &&
        line->text.bytes != NULL && timeline_tool_line(line->text.bytes, tool, &rest))
        out->role = ROLE_TOOL;
    if (pane->source_cols == 0)
        return;
    out->level = logpane_level_letter(line->level);
    out->level_role = level_roles[line->level];
    out->source = item->source != NULL ? item->source : logpane_source_name(line->source);
    out->source_role = item->source != NULL ? item->source_role : source_roles[line->source];
}

static void source_line(void *context, size_t index, struct logview_line *out)
{
    struct logpane *pane = context;
    struct logfeed_item item;
    uint64_t id = logpane_id_at(pane, index);
    *out = (struct logview_line){.id = id};
    logpane_item_at(pane, index, &item);
    if (item.line != NULL) {
        dress(pane, &item, out);
        out->marked = logpane_has_bookmark(pane, &item);
        out->chosen = pane->choosing && logpane_is_chosen(pane, id);
        logpane_fold_dress(pane, id, out);
        return;
    }
    pane->note = (struct text){.bytes = (char *)item.note, .len = (uint32_t)strlen(item.note)};
    out->gap = true;
    out->text = &pane->note;
}

static size_t source_hits(void *context, const struct text *text, struct logview_hit *out, size_t room)
{
    struct logpane *pane = context;
    size_t found = 0, start, end;
    for (size_t from = 0;
         found < room && pattern_find(pane->search, text->bytes, text->len, from, &start, &end); from = end)
        out[found++] = (struct logview_hit){(uint32_t)start, (uint32_t)(end - start)};
    return found;
}

/* What comes while the viewer is paused is counted from here. */
static void note_pause(struct logpane *pane)
{
    size_t count = has_feed(pane) ? pane->feed.count(pane->feed.ctx) : 0;
    if (pane->view.follow || count == 0)
        pane->paused_at = 0;
    else if (pane->paused_at == 0)
        pane->paused_at = pane->feed.id(pane->feed.ctx, count - 1);
}

size_t logpane_new_count(struct logpane *pane)
{
    return pane->paused_at != 0 && has_feed(pane) ? line_count(pane) - source_find(pane, pane->paused_at + 1)
                                                  : 0;
}

struct logview_source logpane_source(struct logpane *pane)
{
    step(pane, SLICE_SMALL, FOLD_SLICE_SMALL);
    note_pause(pane);
    const char *empty = pane->empty;
    if (has_feed(pane) && pane->feed.count(pane->feed.ctx) > 0 && logpane_is_filtered(pane))
        empty = !pane->shown_all    ? "Filtering"
                : pane->some_hidden ? "No line of the boxes that are shown (Escape shows all boxes)"
                                    : "No line matches the filter (& changes it)";
    return (struct logview_source){
        .ctx = pane,
        .count = line_count(pane),
        .line = source_line,
        .find = source_find,
        .hits = pane->search != NULL ? source_hits : NULL,
        .source_cols = pane->source_cols,
        .source_cols_min = pane->source_cols_min,
        .empty = empty,
    };
}

/* ---- what is shown ---- */

static void show(struct logpane *pane, const struct logfeed *feed, const char *name)
{
    logpane_out_drop(pane);
    pane->jump.on = false;
    pane->feed = *feed;
    free(pane->name);
    pane->name = mem_dup(name);
    logpane_refilter(pane);
    logpane_fold_drop(pane);
    pane->choosing = false;
    pane->paused_at = 0;
    pane->reach_ms = 0;
    logpane_tally_reset(pane);
    bool wrap = pane->view.wrap;
    enum logview_time time = pane->view.time;
    logview_init(&pane->view);
    pane->view.wrap = wrap;
    pane->view.time = time;
}

static bool same_name(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

void logpane_set_book(struct logpane *pane, const struct logbook *book, const char *name)
{
    if (pane->book == book && same_name(pane->name, name))
        return;
    pane->book = book;
    pane->marked_version = 0;
    book_feed_done(&pane->book_feed);
    struct logfeed feed = {0};
    if (book != NULL)
        feed = book_feed_init(&pane->book_feed, book);
    show(pane, &feed, name);
}

void logpane_mark_runs(struct logpane *pane, const struct run *runs, size_t count, int64_t runs_ms)
{
    if (pane->book == NULL || (pane->marked_version == pane->book->version && pane->marked_ms == runs_ms))
        return;
    pane->marked_version = pane->book->version;
    pane->marked_ms = runs_ms;
    book_feed_mark_runs(&pane->book_feed, runs, count);
}

void logpane_set_feed(struct logpane *pane, const struct logfeed *feed, const char *name)
{
    pane->book = NULL;
    show(pane, feed, name);
}

void logpane_set_hidden(struct logpane *pane, bool some)
{
    pane->some_hidden = some;
    logpane_refilter(pane);
}

void logpane_draw(struct logpane *pane, const struct paint *paint, bool focused)
{
    struct logview_source source = logpane_source(pane);
    pane->view.utc = pane->app->utc;
    logview_draw(&pane->view, paint, &source, pane->app->wall_ms, focused);
}

bool logpane_at_top(const struct logpane *pane)
{
    return has_feed(pane) && pane->feed.count(pane->feed.ctx) > 0 && !pane->view.follow &&
           pane->view.placed && pane->view.top_id <= pane->feed.id(pane->feed.ctx, 0);
}

bool logpane_cursor(struct logpane *pane, uint64_t *id)
{
    struct logview_source source = logpane_source(pane);
    size_t at = logview_cursor(&pane->view, &source);
    if (at >= source.count)
        return false;
    *id = logpane_id_at(pane, at);
    return true;
}

void logpane_keep(struct logpane *pane, uint64_t id)
{
    struct logview_source source = logpane_source(pane);
    logview_show(&pane->view, &source, id);
}

void logpane_go(struct logpane *pane, uint64_t id)
{
    logpane_unhide(pane, id);
    struct logview_source source = logpane_source(pane);
    logview_set_follow(&pane->view, &source, false);
    logview_show(&pane->view, &source, id);
}

/* ---- actions ---- */

/* To where the longest line on screen ends. */
static void sideways_to_end(struct logpane *pane, const struct logview_source *source)
{
    size_t longest = 0;
    for (int row = 0; row < pane->view.rows; row++) {
        size_t index = logview_line_at(&pane->view, source, row);
        struct logview_line line;
        if (index >= source->count)
            continue;
        source->line(source->ctx, index, &line);
        for (size_t part = 0; part < (line.rows != NULL ? line.row_count : 1); part++) {
            const struct text *text = line.rows != NULL ? &line.rows[part].text : line.text;
            size_t columns = text != NULL && text->bytes != NULL ? utf8_columns(text->bytes, text->len) : 0;
            longest = columns > longest ? columns : longest;
        }
    }
    size_t width = pane->view.text_cols > 0 ? (size_t)pane->view.text_cols : 0;
    pane->view.sideways = longest > width && !pane->view.wrap ? longest - width : 0;
}

static bool view_act(struct logpane *pane, enum action action, const struct logview_source *source)
{
    switch (action) {
    case ACTION_FOLLOW:
        logview_set_follow(&pane->view, source, !pane->view.follow);
        return true;
    case ACTION_WRAP:
        pane->view.wrap = !pane->view.wrap;
        pane->view.sideways = 0;
        return true;
    case ACTION_TIMES:
        pane->view.time = (pane->view.time + 1) % LOGVIEW_TIMES;
        return true;
    case ACTION_LEFT:
        logview_sideways(&pane->view, -16);
        return true;
    case ACTION_RIGHT:
        logview_sideways(&pane->view, 16);
        return true;
    case ACTION_LINE_START:
        pane->view.sideways = 0;
        return true;
    case ACTION_LINE_END:
        sideways_to_end(pane, source);
        return true;
    default:
        return false;
    }
}

bool logpane_act(struct logpane *pane, enum action action)
{
    if (!has_feed(pane))
        return false;
    struct logview_source source = logpane_source(pane);
    enum widget_move move = view_move_of(action);
    pane->jump.on = false; /* the operator wants something else now */
    if (move == MOVE_LAST && !pane->choosing) {
        logview_set_follow(&pane->view, &source, true);
        return true;
    }
    if (move != MOVE_NONE) {
        logview_move(&pane->view, &source, move);
        return true;
    }
    return view_act(pane, action, &source) || logpane_out_act(pane, action) ||
           logpane_mark_act(pane, action) || logpane_bookmark_act(pane, action) ||
           logpane_read_act(pane, action) || logpane_fold_act(pane, action) ||
           logpane_search_act(pane, action) || logpane_filter_act(pane, action);
}

bool logpane_mouse(struct logpane *pane, const struct mouse *mouse)
{
    if (!has_feed(pane))
        return false;
    struct logview_source source = logpane_source(pane);
    if (mouse->kind == MOUSE_WHEEL_UP || mouse->kind == MOUSE_WHEEL_DOWN) {
        logview_scroll(&pane->view, &source, mouse->kind == MOUSE_WHEEL_UP ? -3 : 3);
        return true;
    }
    size_t index = logview_line_at(&pane->view, &source, mouse->row);
    if (mouse->kind != MOUSE_PRESS || mouse->button != 1 || index >= source.count)
        return false;
    logpane_go(pane, logpane_id_at(pane, index));
    return true;
}
