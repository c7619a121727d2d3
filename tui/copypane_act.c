/* What copy mode does for the operator's keys: actions and searching. */
#include "tui/copypane_private.h"

#include "client/base/mem.h"
#include "client/shell/transcript.h"

#include <stdlib.h>

enum { SEARCH_ROWS = 1000 /* looked at in one turn of the loop */ };

/* ---- searching ---- */

static void search(struct copypane *pane, bool back, int times)
{
    if (pane->pattern == NULL) {
        app_note(pane->app, "Nothing was searched for yet");
        return;
    }
    pane->search_back = back;
    pane->search_waits = true;
    pane->search_times = times > 0 ? times : 1;
}

struct search_for {
    struct copypane *pane;
    bool back;
};

static void search_typed(struct app *app, void *context, const char *typed)
{
    struct copypane *pane = ((struct search_for *)context)->pane;
    struct err err;
    if (typed == NULL || !copypane_active(pane))
        return;
    struct pattern *fresh = typed[0] != '\0' ? pattern_new(typed, &err) : NULL;
    if (typed[0] != '\0' && fresh == NULL) {
        app_complain(app, "%s", err.text);
        return;
    }
    if (fresh != NULL) { /* nothing typed: the same once more */
        pattern_free(pane->pattern);
        pane->pattern = fresh;
    }
    pane->back = ((struct search_for *)context)->back;
    search(pane, pane->back, 1);
}

static void ask_search(struct copypane *pane, bool back)
{
    struct search_for *what = mem_zalloc(1, sizeof *what);
    *what = (struct search_for){pane, back};
    overlay_prompt(
        pane->app,
        back ? "Search back (~ for a regular expression):" : "Search (~ for a regular expression):", "",
        false, NULL, search_typed, what);
}

/* True when it came to an end. */
bool copypane_search_on(struct copypane *pane)
{
    if (pane->search_waits && transcript_complete(pane->lines)) {
        copymode_search(&pane->mode, pane->pattern, pane->search_back);
        pane->search_waits = false;
        pane->searching = true;
    }
    if (!pane->searching)
        return false;
    enum copy_found found = copymode_search_step(&pane->mode, SEARCH_ROWS);
    if (found == COPY_SEARCHING)
        return false;
    pane->searching = false;
    if (found == COPY_FOUND && --pane->search_times > 0) {
        copymode_search(&pane->mode, pane->pattern, pane->search_back);
        pane->searching = true;
        return false;
    }
    if (found == COPY_NOT_FOUND)
        app_note(pane->app, "\"%.80s\" is nowhere in this shell's lines", pattern_text(pane->pattern));
    else if (pane->mode.search.wrapped)
        app_note(pane->app,
                 pane->search_back ? "Past the top, on from the end" : "Past the end, on from the top");
    return true;
}

/* ---- actions ---- */

/* A movement, COPY_MOVES when it is none. */
static enum copy_move move_of(enum action action)
{
    static const struct {
        enum action action;
        enum copy_move move;
    } moves[] = {
        {ACTION_COPY_LEFT, COPY_LEFT},
        {ACTION_LEFT, COPY_LEFT},
        {ACTION_COPY_RIGHT, COPY_RIGHT},
        {ACTION_RIGHT, COPY_RIGHT},
        {ACTION_UP, COPY_UP},
        {ACTION_DOWN, COPY_DOWN},
        {ACTION_PAGE_UP, COPY_PAGE_UP},
        {ACTION_PAGE_DOWN, COPY_PAGE_DOWN},
        {ACTION_HALF_UP, COPY_HALF_UP},
        {ACTION_HALF_DOWN, COPY_HALF_DOWN},
        {ACTION_TOP, COPY_FIRST},
        {ACTION_BOTTOM, COPY_LAST},
        {ACTION_COPY_WORD, COPY_WORD},
        {ACTION_COPY_WORD_BACK, COPY_WORD_BACK},
        {ACTION_COPY_WORD_END, COPY_WORD_END},
        {ACTION_COPY_BIG_WORD, COPY_BIG_WORD},
        {ACTION_COPY_BIG_BACK, COPY_BIG_BACK},
        {ACTION_COPY_BIG_END, COPY_BIG_END},
        {ACTION_COPY_PARAGRAPH_UP, COPY_PARAGRAPH_UP},
        {ACTION_COPY_PARAGRAPH_DOWN, COPY_PARAGRAPH_DOWN},
        {ACTION_COPY_MATCH, COPY_MATCH},
        {ACTION_COPY_LINE_LAST, COPY_LINE_LAST},
        {ACTION_COPY_LINE_START, COPY_LINE_START},
        {ACTION_COPY_LINE_TEXT, COPY_LINE_TEXT},
        {ACTION_COPY_LINE_END, COPY_LINE_END},
        {ACTION_COPY_SCREEN_TOP, COPY_SCREEN_TOP},
        {ACTION_COPY_SCREEN_MIDDLE, COPY_SCREEN_MIDDLE},
        {ACTION_COPY_SCREEN_BOTTOM, COPY_SCREEN_BOTTOM},
    };
    for (size_t i = 0; i < sizeof moves / sizeof moves[0]; i++)
        if (moves[i].action == action)
            return moves[i].move;
    return COPY_MOVES;
}

static void copy_out(struct copypane *pane)
{
    if (pane->mode.select == COPY_SELECT_NONE) {
        app_note(pane->app, "Nothing is selected yet");
        return;
    }
    char *text = copymode_text(&pane->mode);
    if (text == NULL) {
        app_complain(pane->app, "The selection is too long to be copied: select less");
        return;
    }
    app_copy(pane->app, text, "the selection");
    free(text);
    copypane_end(pane);
}

/* Who scrolled up to have a look has seen it when the end is back. */
void copypane_leave_at_end(struct copypane *pane)
{
    if (pane->passing && pane->mode.select == COPY_SELECT_NONE && copymode_at_end(&pane->mode))
        copypane_end(pane);
}

/* ---- to a character of the line ---- */

static void find(struct copypane *pane, bool turned, bool again, int count)
{
    const struct copypane_find *found = &pane->found;
    if (found->ch != 0)
        copymode_find(&pane->mode, found->ch, found->back != turned, found->till, again, count);
}

/* The character that f and its kin wait for; anything else gives it up. */
static void take_character(struct copypane *pane, struct key key)
{
    enum action action = pane->find;
    pane->find = ACTION_NONE;
    if (key.mods == 0 && key.code < KEY_NAME_BASE) {
        pane->found = (struct copypane_find){
            .ch = key.code,
            .back = action == ACTION_COPY_FIND_BACK || action == ACTION_COPY_TILL_BACK,
            .till = action == ACTION_COPY_TILL || action == ACTION_COPY_TILL_BACK,
        };
        find(pane, false, false, pane->count);
    }
    pane->count = 0;
}

bool copypane_key(struct copypane *pane, struct key key)
{
    enum { MOST = 99999 };
    bool digit = key.mods == 0 && key.code >= '0' && key.code <= '9' && (key.code != '0' || pane->count > 0);
    if (!copypane_shown(pane))
        return false;
    if (pane->find != ACTION_NONE) {
        take_character(pane, key);
        return true;
    }
    if (!digit)
        return false;
    int count = pane->count * 10 + (int)(key.code - '0');
    pane->count = count < MOST ? count : MOST;
    return true;
}

/* ---- what an action does ---- */

/* `g` goes to the top at once, as it does everywhere; with `_` behind it, it was vi's `g_`. */
static void note_top(struct copypane *pane, enum action action)
{
    struct copypane_spot *spot = &pane->before_top;
    if (action == ACTION_COPY_LINE_LAST && spot->valid) {
        pane->mode.top = spot->top;
        copymode_go(&pane->mode, spot->cursor);
    }
    *spot = (struct copypane_spot){pane->mode.cursor, pane->mode.top, action == ACTION_TOP};
}

/* The numbers of lines count from the oldest, which must have come. */
static bool must_wait(const struct copypane *pane, enum copy_move move, int count)
{
    return (move == COPY_FIRST || (move == COPY_LAST && count > 0)) && !transcript_complete(pane->lines);
}

static void run_move(struct copypane *pane, enum action action, int count)
{
    enum copy_move move = move_of(action);
    note_top(pane, action);
    if (must_wait(pane, move, count)) {
        pane->line_waits = action;
        pane->line_count = count;
    } else {
        copymode_move(&pane->mode, move, count);
    }
    if (action == ACTION_PAGE_DOWN || action == ACTION_HALF_DOWN)
        copypane_leave_at_end(pane);
}

static bool run_selection(struct copypane *pane, enum action action)
{
    switch (action) {
    case ACTION_COPY_CHARS:
        copymode_select(&pane->mode, COPY_SELECT_CHARS);
        return true;
    case ACTION_COPY_LINES:
        copymode_select(&pane->mode, COPY_SELECT_LINES);
        return true;
    case ACTION_COPY_BLOCK:
        copymode_select(&pane->mode, COPY_SELECT_BLOCK);
        return true;
    case ACTION_COPY_OTHER_END:
        copymode_other_end(&pane->mode);
        return true;
    default:
        return false;
    }
}

static void run_other(struct copypane *pane, enum action action, int count)
{
    switch (action) {
    case ACTION_COPY_FIND:
    case ACTION_COPY_FIND_BACK:
    case ACTION_COPY_TILL:
    case ACTION_COPY_TILL_BACK:
        pane->find = action;
        pane->count = count;
        break;
    case ACTION_COPY_FIND_AGAIN:
    case ACTION_COPY_FIND_TURNED:
        find(pane, action == ACTION_COPY_FIND_TURNED, true, count);
        break;
    case ACTION_COPY_SEARCH:
    case ACTION_COPY_SEARCH_BACK:
        ask_search(pane, action == ACTION_COPY_SEARCH_BACK);
        break;
    case ACTION_COPY_SEARCH_NEXT:
        search(pane, pane->back, count);
        break;
    case ACTION_COPY_SEARCH_PREVIOUS:
        search(pane, !pane->back, count);
        break;
    case ACTION_COPY_YANK:
    case ACTION_ENTER:
        copy_out(pane);
        break;
    default:
        break;
    }
}

void copypane_run(struct copypane *pane, enum action action)
{
    int count = pane->count;
    pane->count = 0;
    if (move_of(action) != COPY_MOVES) {
        run_move(pane, action, count);
        return;
    }
    pane->before_top.valid = false;
    if (!run_selection(pane, action))
        run_other(pane, action, count);
}

bool copypane_has(enum action action)
{
    return action_info(action)->where == WHERE_COPY || action == ACTION_ENTER ||
           move_of(action) != COPY_MOVES;
}
