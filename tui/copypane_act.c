/* What copy mode does for the operator's keys: actions and searching. */
#include "tui/copypane_private.h"

#include "client/base/mem.h"
#include "client/shell/transcript.h"

#include <stdlib.h>

enum { SEARCH_ROWS = 1000 /* looked at in one turn of the loop */ };

/* ---- searching ---- */

static void search(struct copypane *pane, bool back)
{
    if (pane->pattern == NULL) {
        app_note(pane->app, "Nothing was searched for yet");
        return;
    }
    pane->search_back = back;
    pane->search_waits = true;
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
    search(pane, pane->back);
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

void copypane_run(struct copypane *pane, enum action action)
{
    enum copy_move move = move_of(action);
    if (move == COPY_FIRST && !transcript_complete(pane->lines))
        pane->top_waits = true;
    else if (move != COPY_MOVES)
        copymode_move(&pane->mode, move);
    switch (action) {
    case ACTION_PAGE_DOWN:
    case ACTION_HALF_DOWN:
        copypane_leave_at_end(pane);
        break;
    case ACTION_COPY_CHARS:
        copymode_select(&pane->mode, COPY_SELECT_CHARS);
        break;
    case ACTION_COPY_LINES:
        copymode_select(&pane->mode, COPY_SELECT_LINES);
        break;
    case ACTION_COPY_BLOCK:
        copymode_select(&pane->mode, COPY_SELECT_BLOCK);
        break;
    case ACTION_COPY_OTHER_END:
        copymode_other_end(&pane->mode);
        break;
    case ACTION_COPY_SEARCH:
    case ACTION_COPY_SEARCH_BACK:
        ask_search(pane, action == ACTION_COPY_SEARCH_BACK);
        break;
    case ACTION_COPY_SEARCH_NEXT:
        search(pane, pane->back);
        break;
    case ACTION_COPY_SEARCH_PREVIOUS:
        search(pane, !pane->back);
        break;
    case ACTION_COPY_YANK:
    case ACTION_ENTER:
        copy_out(pane);
        break;
    default:
        break;
    }
}

bool copypane_has(enum action action)
{
    return action_info(action)->where == WHERE_COPY || action == ACTION_ENTER ||
           move_of(action) != COPY_MOVES;
}
