/*
 * Bookmarks of the viewer: set on a line, listed, jumped to. They are kept over a restart (logmemory.h), so a
 * line is found again by what it is.
 */
#include "client/base/mem.h"
#include "tui/app.h"
#include "tui/format.h"
#include "tui/logpane_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIST_COLS = 96, FRAME = 2, LETTER_COL = 1, TIME_COL = 3, TIME_COLS = 20, AROUND = 20000 };

/* ---- whose line is which ---- */

/* Lines of a merged feed belong to their boxes, others to the viewer's. What a command wrote here is gone
 * after a restart. */
static char *owner_of(const struct logpane *pane, const struct logfeed_item *item)
{
    if (item != NULL && item->box != NULL)
        return mem_dup(item->box);
    const char *name = pane->name != NULL ? pane->name : "";
    return pane->viewer == VIEWER_COMMAND ? mem_format("%s/command", name) : mem_dup(name);
}

static size_t mark_of(const struct logpane *pane, const struct logfeed_item *item)
{
    const struct logmemory *memory = &pane->app->memory;
    if (memory->mark_count == 0)
        return 0;
    char *owner = owner_of(pane, item);
    size_t at = logmemory_find(memory, owner, item->line->time, &item->line->text);
    free(owner);
    return at;
}

bool logpane_has_bookmark(const struct logpane *pane, const struct logfeed_item *item)
{
    return mark_of(pane, item) < pane->app->memory.mark_count;
}

/* Whether a bookmark is of a line that this viewer may show. */
static bool is_mine(const struct logpane *pane, const struct logmemory_mark *mark)
{
    if (pane->viewer == VIEWER_FLEET)
        return strchr(mark->owner, '/') == NULL;
    char *owner = owner_of(pane, NULL);
    bool mine = strcmp(owner, mark->owner) == 0;
    free(owner);
    return mine;
}

static size_t collect(const struct logpane *pane, size_t out[LOGMEMORY_MARKS])
{
    const struct logmemory *memory = &pane->app->memory;
    size_t count = 0;
    for (size_t i = 0; i < memory->mark_count; i++)
        if (is_mine(pane, &memory->marks[i]))
            out[count++] = i;
    /* In the order of time, which is that of the lines. */
    for (size_t i = 1; i < count; i++)
        for (size_t k = i; k > 0 && memory->marks[out[k]].time_ms < memory->marks[out[k - 1]].time_ms; k--) {
            size_t other = out[k];
            out[k] = out[k - 1];
            out[k - 1] = other;
        }
    return count;
}

/* ---- finding the line of a bookmark ---- */

static int64_t time_at(const struct logpane *pane, size_t index)
{
    struct logfeed_item item;
    if (pane->feed.count == NULL)
        return INT64_MAX;
    for (size_t count = pane->feed.count(pane->feed.ctx); index < count; index++) {
        pane->feed.item(pane->feed.ctx, index, &item);
        if (item.line != NULL)
            return item.line->time;
    }
    return INT64_MAX;
}

/* About where lines of this time stand: stamps may jump. */
static size_t index_near(const struct logpane *pane, int64_t time_ms)
{
    size_t low = 0, high = pane->feed.count(pane->feed.ctx);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (time_at(pane, middle) < time_ms)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_line_of(const struct logpane *pane, const struct logmemory_mark *mark, size_t index)
{
    struct logfeed_item item;
    pane->feed.item(pane->feed.ctx, index, &item);
    if (item.line == NULL || item.line->time != mark->time_ms)
        return false;
    size_t at = mark_of(pane, &item);
    return at < pane->app->memory.mark_count && &pane->app->memory.marks[at] == mark;
}

static bool find_line(const struct logpane *pane, const struct logmemory_mark *mark, uint64_t *id)
{
    if (pane->feed.count == NULL)
        return false;
    size_t count = pane->feed.count(pane->feed.ctx), near = index_near(pane, mark->time_ms);
    for (size_t by = 0; by < AROUND && (near + by < count || near >= by); by++) {
        bool below = near + by < count && is_line_of(pane, mark, near + by);
        bool above = !below && by > 0 && near >= by && is_line_of(pane, mark, near - by);
        if (!below && !above)
            continue;
        *id = pane->feed.id(pane->feed.ctx, below ? near + by : near - by);
        return true;
    }
    return false;
}

bool logpane_reaches(const struct logpane *pane)
{
    return pane->reach_ms != 0 && time_at(pane, 0) > pane->reach_ms;
}

/* The line is not here yet: older ones are asked for until it is. */
static void reach(struct logpane *pane, const struct logmemory_mark *mark)
{
    bool older = time_at(pane, 0) > mark->time_ms && pane->viewer == VIEWER_LOGS && pane->book != NULL &&
                 !pane->book->at_start && !pane->book->trimmed;
    pane->reach_ms = older ? mark->time_ms : 0;
    if (older)
        app_note(pane->app, "The line is older than what is here: asking for older lines");
    else
        app_note(pane->app, "The line of this bookmark is not held any more");
}

static void go_to(struct logpane *pane, size_t at)
{
    const struct logmemory_mark *mark = &pane->app->memory.marks[at];
    uint64_t id;
    if (find_line(pane, mark, &id))
        logpane_go(pane, id);
    else
        reach(pane, mark);
}

void logpane_reach_on(struct logpane *pane)
{
    bool more = pane->book != NULL && !pane->book->at_start && !pane->book->trimmed;
    if (pane->reach_ms == 0 || (logpane_reaches(pane) && more))
        return;
    const struct logmemory *memory = &pane->app->memory;
    int64_t wanted = pane->reach_ms;
    pane->reach_ms = 0;
    for (size_t i = 0; i < memory->mark_count; i++)
        if (memory->marks[i].time_ms == wanted && is_mine(pane, &memory->marks[i])) {
            go_to(pane, i);
            return;
        }
}

/* ---- setting ---- */

/* The line under the cursor; false with a word to the operator when it is none. */
static bool line_here(struct logpane *pane, uint64_t *id, struct logfeed_item *item)
{
    if (!logpane_cursor(pane, id))
        return false;
    pane->feed.item(pane->feed.ctx, pane->feed.find(pane->feed.ctx, *id), item);
    if (item->line == NULL)
        app_note(pane->app, "A bookmark needs a line: this is a note");
    return item->line != NULL;
}

static void set(struct logpane *pane, char letter)
{
    struct logmemory *memory = &pane->app->memory;
    struct logfeed_item item;
    uint64_t id;
    if (!line_here(pane, &id, &item))
        return;
    size_t at = mark_of(pane, &item);
    if (at < memory->mark_count && letter == 0) {
        logmemory_remove(memory, at);
    } else {
        char *owner = owner_of(pane, &item);
        char given = logmemory_set(memory, owner, item.line->time, &item.line->text, letter);
        free(owner);
        if (given != 0)
            app_note(pane->app, "Bookmark %c", given);
        logpane_go(pane, id);
    }
    logmemory_save(memory);
}

static void letter_typed(struct app *app, void *context, const char *typed)
{
    struct logpane *pane = logpane_of_ref(context);
    if (typed == NULL || typed[0] == '\0')
        return;
    if (typed[0] < 'a' || typed[0] > 'z' || typed[1] != '\0')
        app_complain(app, "A bookmark's letter is one of a to z");
    else
        set(pane, typed[0]);
}

/* ---- the list ---- */

struct bookmark_list {
    struct overlay overlay;
    void *ref; /* owned */
    size_t selected;
};

static void draw_mark(const struct paint *inside, const struct logpane *pane, int row, size_t at,
                      bool selected)
{
    const struct logmemory_mark *mark = &pane->app->memory.marks[at];
    struct rect line = {row, 0, 1, inside->cols};
    struct paint p = selected ? paint_over(inside, line, ROLE_SELECTION) : paint_within(inside, line);
    char stamp[24];
    if (mark->letter != 0)
        paint_repeat(&p, 0, LETTER_COL, 1, ROLE_KEY, (unsigned char)mark->letter);
    paint_text(&p, 0, TIME_COL, TIME_COLS, ROLE_DIM,
               format_stamp(stamp, sizeof stamp, mark->time_ms, pane->app->utc));
    int col = TIME_COL + TIME_COLS;
    if (pane->viewer == VIEWER_FLEET)
        col += paint_text(&p, 0, col, 20, ROLE_STRONG, mark->owner) + 1;
    paint_text(&p, 0, col, p.cols - col, ROLE_TEXT, mark->text);
}

static void list_draw(struct overlay *overlay, const struct paint *screen, struct rect body)
{
    struct bookmark_list *list = (struct bookmark_list *)overlay;
    struct logpane *pane = logpane_of_ref(list->ref);
    size_t marks[LOGMEMORY_MARKS], count = collect(pane, marks);
    struct rect place = rect_center(body, (int)count + FRAME, LIST_COLS);
    paint_fill(screen, place, ROLE_TEXT);
    struct frame frame = {.title = "Bookmarks",
                          .bottom = "letter or Enter: go there  ' next  Delete removes  Esc",
                          .focused = true};
    struct paint inside = paint_frame(screen, place, &frame);
    size_t rows = inside.rows > 0 ? (size_t)inside.rows : 1;
    size_t top = list->selected >= rows ? list->selected - rows + 1 : 0;
    for (size_t i = top; i < count && i < top + rows; i++)
        draw_mark(&inside, pane, (int)(i - top), marks[i], i == list->selected);
    paint_scroll(screen, place, true, top, rows, count);
}

/* The nearest one after the cursor, else the first of all. */
static size_t next_mark(struct logpane *pane, const size_t *marks, size_t count)
{
    uint64_t cursor, best_id = UINT64_MAX, first_id = UINT64_MAX;
    size_t best = 0, first = 0;
    if (!logpane_cursor(pane, &cursor))
        return 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t id;
        if (!find_line(pane, &pane->app->memory.marks[marks[i]], &id))
            continue;
        if (id < first_id) {
            first_id = id;
            first = i;
        }
        if (id > cursor && id < best_id) {
            best_id = id;
            best = i;
        }
    }
    return best_id != UINT64_MAX ? best : first;
}

static bool list_key(struct overlay *overlay, struct key key)
{
    struct bookmark_list *list = (struct bookmark_list *)overlay;
    struct logpane *pane = logpane_of_ref(list->ref);
    struct logmemory *memory = &overlay->app->memory;
    size_t marks[LOGMEMORY_MARKS], count = collect(pane, marks), at = count;
    overlay->app->dirty = true;
    if (key.code == KEY_NAME_ESCAPE || count == 0)
        return true;
    list->selected = list->selected < count ? list->selected : count - 1;
    if (key.code == KEY_NAME_ENTER)
        at = list->selected;
    else if (key.code == '\'')
        at = next_mark(pane, marks, count);
    for (size_t i = 0; i < count && at == count && key.mods == 0; i++)
        if (key.code == (uint32_t)memory->marks[marks[i]].letter)
            at = i;
    if (at < count) {
        go_to(pane, marks[at]);
        return true;
    }
    if (key.code == KEY_NAME_DELETE) {
        logmemory_remove(memory, marks[list->selected]);
        logmemory_save(memory);
        return count == 1;
    }
    list->selected = widget_move_by(widget_move_of(key), list->selected, count, 10);
    return false;
}

static void list_free(struct overlay *overlay)
{
    struct bookmark_list *list = (struct bookmark_list *)overlay;
    free(list->ref);
    free(list);
}

static const struct overlay_class list_class = {list_draw, list_key, NULL, list_free};

static void open_list(struct logpane *pane)
{
    size_t marks[LOGMEMORY_MARKS];
    if (collect(pane, marks) == 0) {
        app_note(pane->app, "No bookmark here: m sets one");
        return;
    }
    struct bookmark_list *list = mem_zalloc(1, sizeof *list);
    list->overlay.class = &list_class;
    list->ref = logpane_ref(pane);
    overlay_push(pane->app, &list->overlay);
}

bool logpane_bookmark_act(struct logpane *pane, enum action action)
{
    switch (action) {
    case ACTION_BOOKMARK:
        set(pane, 0);
        return true;
    case ACTION_BOOKMARK_LETTER:
        overlay_prompt(pane->app, "Letter of this line's bookmark (a to z):", "", false, NULL, letter_typed,
                       logpane_ref(pane));
        return true;
    case ACTION_BOOKMARK_NEXT:
        open_list(pane);
        return true;
    default:
        return false;
    }
}
