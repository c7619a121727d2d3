#include "tui/logpane.h"

#include "client/base/mem.h"
#include "client/base/utf8.h"
#include "tui/app.h"
#include "tui/format.h"
#include "tui/save.h"
#include "tui/views.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Line numbers may be negative (older lines that came later); ids of the widget may not. */
static const uint64_t ID_BASE = (uint64_t)1 << 62;

static uint64_t id_of(int64_t number)
{
    return ID_BASE + (uint64_t)number;
}

static int64_t number_of(uint64_t id)
{
    return (int64_t)(id - ID_BASE);
}

void logpane_init(struct logpane *pane, struct app *app, int source_cols, logpane_book *book_of)
{
    *pane =
        (struct logpane){.app = app, .book_of = book_of, .source_cols = source_cols, .empty = "No lines yet"};
    logview_init(&pane->view);
}

void logpane_done(struct logpane *pane)
{
    pattern_free(pane->search);
    pattern_free(pane->grep);
    free(pane->shown);
    *pane = (struct logpane){0};
}

/* ---- which lines are shown ---- */

static void rescan(struct logpane *pane)
{
    pane->shown_count = 0;
    pane->scanned_from = pane->scanned_to = pane->book != NULL ? pane->book->first_number : 0;
}

static bool line_passes(const struct logpane *pane, const struct logbook_line *entry)
{
    return entry->gap || pattern_matches(pane->grep, entry->line.text.bytes) != pane->grep_out;
}

/* Only what came since the last time is looked at, unless older lines came, lines were dropped or the newest
 * one may still change. */
static void scan(struct logpane *pane)
{
    const struct logbook *book = pane->book;
    if (pane->grep == NULL || book == NULL)
        return;
    if (pane->scanned_from != book->first_number || pane->scanned_to > logbook_end(book))
        rescan(pane);
    int64_t end = logbook_end(book) - (book->has_tail ? 1 : 0);
    for (; pane->scanned_to < end; pane->scanned_to++) {
        if (!line_passes(pane, logbook_at(book, pane->scanned_to)))
            continue;
        pane->shown = mem_grow(pane->shown, &pane->shown_room, pane->shown_count + 1, sizeof *pane->shown);
        pane->shown[pane->shown_count++] = pane->scanned_to;
    }
}

static size_t line_count(const struct logpane *pane)
{
    if (pane->book == NULL)
        return 0;
    return pane->grep != NULL ? pane->shown_count : pane->book->count;
}

static int64_t number_at(const struct logpane *pane, size_t index)
{
    return pane->grep != NULL ? pane->shown[index] : pane->book->first_number + (int64_t)index;
}

static size_t source_find(void *context, uint64_t id)
{
    struct logpane *pane = context;
    int64_t number = number_of(id);
    size_t count = line_count(pane);
    if (pane->grep == NULL) {
        if (number <= pane->book->first_number)
            return 0;
        size_t index = (size_t)(number - pane->book->first_number);
        return index < count ? index : count;
    }
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (pane->shown[middle] < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static const char *const source_names[] = {[LOG_SOURCE_SYSTEM] = "system",
                                           [LOG_SOURCE_AGENT] = "agent",
                                           [LOG_SOURCE_USER] = "user",
                                           [LOG_SOURCE_OTHER] = "other"};
static const enum role source_roles[] = {[LOG_SOURCE_SYSTEM] = ROLE_SOURCE_SYSTEM,
                                         [LOG_SOURCE_AGENT] = ROLE_SOURCE_AGENT,
                                         [LOG_SOURCE_USER] = ROLE_SOURCE_USER,
                                         [LOG_SOURCE_OTHER] = ROLE_DIM};
static const enum role level_roles[] = {[LOG_LEVEL_INFO] = ROLE_LEVEL_INFO,
                                        [LOG_LEVEL_WARN] = ROLE_LEVEL_WARN,
                                        [LOG_LEVEL_ERROR] = ROLE_LEVEL_ERROR,
                                        [LOG_LEVEL_OTHER] = ROLE_DIM};
static const char level_letters[] = {
    [LOG_LEVEL_INFO] = 'I', [LOG_LEVEL_WARN] = 'W', [LOG_LEVEL_ERROR] = 'E', [LOG_LEVEL_OTHER] = '?'};

static void source_line(void *context, size_t index, struct logview_line *out)
{
    struct logpane *pane = context;
    int64_t number = number_at(pane, index);
    const struct logbook_line *entry = logbook_at(pane->book, number);
    const struct log_line *line = &entry->line;
    *out = (struct logview_line){
        .id = id_of(number),
        .time_ms = line->time,
        .gap = entry->gap,
        .text = &line->text,
        .role = line->level == LOG_LEVEL_ERROR  ? ROLE_LEVEL_ERROR
                : line->level == LOG_LEVEL_WARN ? ROLE_LEVEL_WARN
                                                : ROLE_TEXT,
    };
    if (entry->gap || pane->source_cols == 0)
        return;
    out->level = level_letters[line->level];
    out->level_role = level_roles[line->level];
    out->source = source_names[line->source];
    out->source_role = source_roles[line->source];
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

static struct logview_source source_of(struct logpane *pane)
{
    scan(pane);
    return (struct logview_source){
        .ctx = pane,
        .count = line_count(pane),
        .line = source_line,
        .find = source_find,
        .hits = pane->search != NULL ? source_hits : NULL,
        .source_cols = pane->source_cols,
        .empty = pane->grep != NULL && pane->book != NULL && pane->book->count > 0
                     ? "No line matches the filter (& changes it)"
                     : pane->empty,
    };
}

void logpane_update(struct logpane *pane)
{
    const struct logbook *book = pane->book_of(pane->app);
    if (pane->book == book)
        return;
    pane->book = book;
    rescan(pane);
    bool wrap = pane->view.wrap;
    enum logview_time time = pane->view.time;
    logview_init(&pane->view);
    pane->view.wrap = wrap;
    pane->view.time = time;
}

void logpane_draw(struct logpane *pane, const struct paint *paint, bool focused)
{
    struct logview_source source = source_of(pane);
    pane->view.utc = pane->app->utc;
    logview_draw(&pane->view, paint, &source, pane->app->wall_ms, focused);
}

bool logpane_at_top(const struct logpane *pane)
{
    return pane->book != NULL && pane->book->count > 0 && !pane->view.follow && pane->view.placed &&
           number_of(pane->view.top_id) <= pane->book->first_number;
}

/* ---- jumping ---- */

typedef bool line_test(const struct logpane *pane, const struct logbook_line *entry);

static bool is_hit(const struct logpane *pane, const struct logbook_line *entry)
{
    return !entry->gap && pane->search != NULL && pattern_matches(pane->search, entry->line.text.bytes);
}

static bool is_bad(const struct logpane *pane, const struct logbook_line *entry)
{
    (void)pane;
    return !entry->gap && (entry->line.level == LOG_LEVEL_ERROR || entry->line.level == LOG_LEVEL_WARN);
}

/* From the cursor on, around the end once. */
static void jump(struct logpane *pane, line_test *test, int step, bool stay, const char *what)
{
    struct logview_source source = source_of(pane);
    if (source.count == 0)
        return;
    size_t at = logview_cursor(&pane->view, &source);
    if (at >= source.count)
        at = source.count - 1;
    for (size_t i = stay ? 0 : 1; i <= source.count; i++) {
        size_t moved = i % source.count;
        size_t index = step > 0 ? (at + moved) % source.count : (at + source.count - moved) % source.count;
        if (!test(pane, logbook_at(pane->book, number_at(pane, index))))
            continue;
        bool around = step > 0 ? index < at : index > at;
        logview_set_follow(&pane->view, &source, false);
        logview_show(&pane->view, &source, id_of(number_at(pane, index)));
        if (around)
            app_note(pane->app, step > 0 ? "Past the end, on from the top" : "Past the top, on from the end");
        return;
    }
    app_note(pane->app, "No %s", what);
}

/* ---- prompts: they may outlive the book, not the pane ---- */

struct pane_ref {
    struct logpane *pane;
};

static struct pane_ref *ref_new(struct logpane *pane)
{
    struct pane_ref *ref = mem_zalloc(1, sizeof *ref);
    ref->pane = pane;
    return ref;
}

static struct logpane *pane_of(void *context)
{
    struct logpane *pane = ((struct pane_ref *)context)->pane;
    logpane_update(pane);
    return pane;
}

static bool set_pattern(struct app *app, struct pattern **slot, const char *typed)
{
    struct err err;
    struct pattern *fresh = NULL;
    if (typed[0] != '\0') {
        fresh = pattern_new(typed, &err);
        if (fresh == NULL) {
            app_complain(app, "%s", err.text);
            return false;
        }
    }
    pattern_free(*slot);
    *slot = fresh;
    return true;
}

static void search_typed(struct app *app, void *context, const char *typed)
{
    struct logpane *pane = pane_of(context);
    if (typed != NULL && set_pattern(app, &pane->search, typed) && pane->search != NULL)
        jump(pane, is_hit, -1, true, "match");
}

static void grep_typed(struct app *app, void *context, const char *typed)
{
    struct logpane *pane = pane_of(context);
    if (typed == NULL)
        return;
    bool out = typed[0] == '!';
    if (set_pattern(app, &pane->grep, typed + out))
        pane->grep_out = out;
    rescan(pane);
}

static void save_typed(struct app *app, void *context, const char *path)
{
    struct logpane *pane = pane_of(context);
    if (path == NULL || path[0] == '\0' || pane->book == NULL)
        return;
    struct logview_source source = source_of(pane);
    struct err err;
    struct save *save = save_open(path, &err);
    for (size_t i = 0; save != NULL && i < source.count; i++) {
        const struct logbook_line *entry = logbook_at(pane->book, number_at(pane, i));
        char stamp[24];
        if (entry->gap)
            save_text(save, "~~~~~ lines are missing here ~~~~~\n");
        else
            save_format(save, "%s %c %-6s %s\n", format_stamp(stamp, sizeof stamp, entry->line.time, true),
                        level_letters[entry->line.level], source_names[entry->line.source],
                        entry->line.text.bytes);
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
    name = mem_format("%s-%s.log", pane->app->selected != NULL ? pane->app->selected : "boxtop", stamp);
    overlay_prompt(pane->app, "Save the lines shown to:", name, false, NULL, save_typed, ref_new(pane));
    free(name);
}

/* ---- actions ---- */

static void copy_line(struct logpane *pane)
{
    struct logview_source source = source_of(pane);
    size_t at = logview_cursor(&pane->view, &source);
    if (at < source.count)
        app_copy(pane->app, logbook_at(pane->book, number_at(pane, at))->line.text.bytes, "the line");
}

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
        size_t columns = line.text != NULL && line.text->bytes != NULL
                             ? utf8_columns(line.text->bytes, line.text->len)
                             : 0;
        longest = columns > longest ? columns : longest;
    }
    size_t width = pane->view.text_cols > 0 ? (size_t)pane->view.text_cols : 0;
    pane->view.sideways = longest > width && !pane->view.wrap ? longest - width : 0;
}

static void toggle_follow(struct logpane *pane, const struct logview_source *source)
{
    logview_set_follow(&pane->view, source, !pane->view.follow);
}

bool logpane_act(struct logpane *pane, enum action action)
{
    if (pane->book == NULL)
        return false;
    struct logview_source source = source_of(pane);
    if (view_move_of(action) != MOVE_NONE) {
        logview_move(&pane->view, &source, view_move_of(action));
        return true;
    }
    switch (action) {
    case ACTION_FOLLOW:
        toggle_follow(pane, &source);
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
        sideways_to_end(pane, &source);
        return true;
    case ACTION_SEARCH:
        overlay_prompt(pane->app, "Search (~ for a regular expression):", "", false, NULL, search_typed,
                       ref_new(pane));
        return true;
    case ACTION_GREP:
        overlay_prompt(pane->app, "Only lines with (!text: without, empty: all):",
                       pane->grep != NULL ? pattern_text(pane->grep) : "", false, NULL, grep_typed,
                       ref_new(pane));
        return true;
    case ACTION_SEARCH_NEXT:
        jump(pane, is_hit, 1, false, pane->search != NULL ? "other match" : "search: / starts one");
        return true;
    case ACTION_SEARCH_PREVIOUS:
        jump(pane, is_hit, -1, false, pane->search != NULL ? "other match" : "search: / starts one");
        return true;
    case ACTION_ERROR_NEXT:
        jump(pane, is_bad, 1, false, "error or warning");
        return true;
    case ACTION_ERROR_PREVIOUS:
        jump(pane, is_bad, -1, false, "error or warning");
        return true;
    case ACTION_COPY:
        copy_line(pane);
        return true;
    case ACTION_SAVE:
        ask_save(pane);
        return true;
    case ACTION_CANCEL:
        if (pane->search == NULL && pane->grep == NULL)
            return false;
        set_pattern(pane->app, pane->search != NULL ? &pane->search : &pane->grep, "");
        rescan(pane);
        return true;
    default:
        return false;
    }
}

bool logpane_mouse(struct logpane *pane, const struct mouse *mouse)
{
    if (pane->book == NULL)
        return false;
    struct logview_source source = source_of(pane);
    if (mouse->kind == MOUSE_WHEEL_UP || mouse->kind == MOUSE_WHEEL_DOWN) {
        logview_scroll(&pane->view, &source, mouse->kind == MOUSE_WHEEL_UP ? -3 : 3);
        return true;
    }
    size_t index = logview_line_at(&pane->view, &source, mouse->row);
    if (mouse->kind != MOUSE_PRESS || mouse->button != 1 || index >= source.count)
        return false;
    logview_set_follow(&pane->view, &source, false);
    logview_show(&pane->view, &source, id_of(number_at(pane, index)));
    return true;
}

void logpane_title(struct logpane *pane, struct view_title *title)
{
    static const char *const times[LOGVIEW_TIMES] = {[LOGVIEW_RELATIVE] = "t:rel",
                                                     [LOGVIEW_ABSOLUTE] = "t:abs",
                                                     [LOGVIEW_DELTA] = "t:delta",
                                                     [LOGVIEW_NO_TIME] = "t:off"};
    snprintf(title->right, sizeof title->right, "%s%s  %s", pane->view.follow ? "FOLLOW" : "PAUSED",
             pane->view.wrap ? "  wrap" : "", times[pane->view.time]);
    if (pane->book == NULL)
        return;
    scan(pane);
    char lines[24];
    format_grouped(lines, sizeof lines, pane->book->count);
    int used = snprintf(title->bottom_right, sizeof title->bottom_right, "%s lines", lines);
    if (pane->book->gaps > 0)
        used += snprintf(title->bottom_right + used, sizeof title->bottom_right - (size_t)used, "  %zu gap%s",
                         pane->book->gaps, pane->book->gaps > 1 ? "s" : "");
    if (pane->book->errors > 0 && used < (int)sizeof title->bottom_right)
        snprintf(title->bottom_right + used, sizeof title->bottom_right - (size_t)used, "  %zu error%s",
                 pane->book->errors, pane->book->errors > 1 ? "s" : "");
    if (pane->grep != NULL)
        snprintf(title->bottom, sizeof title->bottom, "& %s%.*s: %zu", pane->grep_out ? "!" : "",
                 format_cut(pattern_text(pane->grep), 60), pattern_text(pane->grep), line_count(pane));
    else if (pane->search != NULL)
        snprintf(title->bottom, sizeof title->bottom, "/ %.*s", format_cut(pattern_text(pane->search), 60),
                 pattern_text(pane->search));
}
