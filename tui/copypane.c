#include "tui/copypane.h"

#include "client/base/mem.h"
#include "client/shell/transcript.h"
#include "widgets/terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SEARCH_ROWS = 1000, /* looked at in one turn of the loop */
    WHEEL_ROWS = 3,
    TWICE_MS = 400, /* between the clicks of a double click */
};

/* The shell, while it still has our transcript. */
static struct shell *shell_of(const struct copypane *pane)
{
    const struct shell_entry *entry = shells_find(&pane->app->shells, pane->box_id);
    if (entry == NULL || entry->shell == NULL || shell_transcript(entry->shell) != pane->lines)
        return NULL;
    return entry->shell;
}

void copypane_init(struct copypane *pane, struct app *app)
{
    *pane = (struct copypane){.app = app, .rows = 1, .cols = 2};
}

void copypane_end(struct copypane *pane)
{
    struct shell *shell = shell_of(pane);
    if (shell != NULL)
        shell_forget_transcript(shell);
    copymode_done(&pane->mode);
    free(pane->box_id);
    pane->box_id = NULL;
    pane->lines = NULL;
    pane->started = pane->searching = pane->search_waits = pane->top_waits = false;
}

void copypane_cancel(struct copypane *pane)
{
    copypane_end(pane);
    pane->held_count = 0;
}

void copypane_done(struct copypane *pane)
{
    copymode_done(&pane->mode);
    pattern_free(pane->pattern);
    free(pane->box_id);
    *pane = (struct copypane){0};
}

bool copypane_active(const struct copypane *pane)
{
    return pane->box_id != NULL && shell_of(pane) != NULL;
}

bool copypane_shown(const struct copypane *pane)
{
    return copypane_active(pane) && pane->started;
}

static uint64_t lines_so_far(const struct shell *shell)
{
    const struct screen_state *state = shell_screen(shell);
    return state->dropped + state->history;
}

void copypane_begin(struct copypane *pane, struct shell_entry *entry, enum action first, bool passing)
{
    if (copypane_active(pane))
        return;
    copypane_end(pane);
    shell_transcribe(entry->shell);
    pane->box_id = mem_dup(entry->box_id);
    pane->lines = shell_transcript(entry->shell);
    pane->lines_then = lines_so_far(entry->shell);
    pane->first = first;
    pane->passing = passing;
}

void copypane_size(struct copypane *pane, int rows, int cols)
{
    bool same = rows == pane->rows && cols == pane->cols;
    pane->rows = rows;
    pane->cols = cols;
    if (!same && copypane_shown(pane))
        copymode_size(&pane->mode, rows, cols);
}

static int read_line(void *ctx, uint64_t line, struct cell *cells, bool *continued)
{
    return transcript_read(ctx, line, cells, continued);
}

/* The window shows what the pane showed, the cursor is where the program's is. */
static void start(struct copypane *pane, const struct shell *shell)
{
    const struct screen_state *state = shell_screen(shell);
    struct copy_source source = {
        .ctx = (void *)(uintptr_t)pane->lines, /* only read */
        .read = read_line,
        .first = transcript_first(pane->lines),
        .stop = transcript_stop(pane->lines),
        .cols = transcript_cols(pane->lines),
    };
    uint64_t rows = (uint64_t)state->rows, count = source.stop - source.first;
    uint64_t top = rows < count ? source.stop - rows : source.first;
    struct copy_place cursor = {top + (uint64_t)state->cursor_row, state->cursor_col};
    copymode_init(&pane->mode, &source, top, cursor, pane->rows, pane->cols);
    pane->started = true;
}

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
static bool search_on(struct copypane *pane)
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
static void leave_at_end(struct copypane *pane)
{
    if (pane->passing && pane->mode.select == COPY_SELECT_NONE && copymode_at_end(&pane->mode))
        copypane_end(pane);
}

static void run_action(struct copypane *pane, enum action action)
{
    enum copy_move move = move_of(action);
    if (move == COPY_FIRST && !transcript_complete(pane->lines))
        pane->top_waits = true;
    else if (move != COPY_MOVES)
        copymode_move(&pane->mode, move);
    switch (action) {
    case ACTION_PAGE_DOWN:
    case ACTION_HALF_DOWN:
        leave_at_end(pane);
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

static bool is_ours(enum action action)
{
    return action_info(action)->where == WHERE_COPY || action == ACTION_ENTER ||
           move_of(action) != COPY_MOVES;
}

/* ---- the mouse ---- */

static struct copy_place place_of(const struct copypane *pane, const struct mouse *mouse)
{
    int row = mouse->row < pane->mode.rows ? mouse->row : pane->mode.rows - 1;
    return (struct copy_place){pane->mode.top + (uint64_t)(row > 0 ? row : 0), pane->mode.left + mouse->col};
}

static void run_mouse(struct copypane *pane, const struct mouse *mouse, bool twice)
{
    struct copymode *mode = &pane->mode;
    switch (mouse->kind) {
    case MOUSE_WHEEL_UP:
        copymode_scroll(mode, -WHEEL_ROWS);
        break;
    case MOUSE_WHEEL_DOWN:
        copymode_scroll(mode, WHEEL_ROWS);
        leave_at_end(pane);
        break;
    case MOUSE_PRESS:
        mode->select = COPY_SELECT_NONE;
        copymode_go(mode, place_of(pane, mouse));
        if (twice)
            copymode_select_word(mode);
        break;
    case MOUSE_DRAG:
        if (mode->select == COPY_SELECT_NONE)
            copymode_select(mode, COPY_SELECT_CHARS);
        copymode_go(mode, place_of(pane, mouse));
        break;
    case MOUSE_RELEASE:
    case MOUSE_MOVE:
        break;
    }
}

/* ---- what is held ---- */

static bool is_waiting(const struct copypane *pane)
{
    return copypane_active(pane) &&
           (!pane->started || pane->searching || pane->search_waits || pane->top_waits);
}

static void hold(struct copypane *pane, const struct copypane_held *held)
{
    if (pane->held_count < COPYPANE_HELD)
        pane->held[pane->held_count++] = *held;
}

bool copypane_hold(struct copypane *pane, struct key key)
{
    bool gives_up = key.code == KEY_NAME_ESCAPE || (key.code == 'c' && key.mods == KEY_CTRL);
    if (!is_waiting(pane))
        return false;
    if (gives_up && pane->started) {
        pane->searching = pane->search_waits = pane->top_waits = false;
        pane->held_count = 0;
    } else if (gives_up) {
        copypane_cancel(pane);
    } else {
        hold(pane, &(struct copypane_held){.key = key});
    }
    return true;
}

/* In order, until one of them must wait again. */
static bool give_back(struct copypane *pane)
{
    bool any = false;
    while (pane->held_count > 0 && !is_waiting(pane)) {
        struct copypane_held held = pane->held[0];
        pane->held_count--;
        memmove(pane->held, pane->held + 1, pane->held_count * sizeof pane->held[0]);
        if (!held.is_mouse)
            app_key(pane->app, held.key);
        else if (copypane_shown(pane))
            run_mouse(pane, &held.mouse, held.twice);
        any = true;
    }
    return any;
}

static void take_mouse(struct copypane *pane, const struct mouse *mouse, bool twice)
{
    if (is_waiting(pane))
        hold(pane, &(struct copypane_held){.is_mouse = true, .mouse = *mouse, .twice = twice});
    else
        run_mouse(pane, mouse, twice);
}

bool copypane_act(struct copypane *pane, enum action action)
{
    if (!copypane_active(pane))
        return false;
    bool leaves = action == ACTION_BACK || action == ACTION_CANCEL || action == ACTION_INTERRUPT;
    if (leaves)
        copypane_end(pane);
    else if (is_ours(action) && pane->started)
        run_action(pane, action);
    return leaves || is_ours(action);
}

static bool is_second_click(const struct copypane *pane, const struct mouse *mouse)
{
    return pane->press_ms != 0 && pane->app->now_ms - pane->press_ms < TWICE_MS &&
           mouse->row == pane->press.row && mouse->col == pane->press.col;
}

bool copypane_mouse(struct copypane *pane, struct shell_entry *entry, const struct mouse *mouse)
{
    bool active = copypane_active(pane), twice = false;
    if ((mouse->kind == MOUSE_PRESS || mouse->kind == MOUSE_DRAG) && mouse->button != 1)
        return active;
    switch (mouse->kind) {
    case MOUSE_PRESS:
        twice = is_second_click(pane, mouse);
        pane->press = *mouse;
        pane->press_ms = pane->app->now_ms;
        pane->dragging = true;
        break;
    case MOUSE_DRAG:
        if (!pane->dragging)
            return active;
        break;
    case MOUSE_RELEASE:
        pane->dragging = false;
        return active;
    case MOUSE_MOVE:
        return active;
    case MOUSE_WHEEL_UP:
    case MOUSE_WHEEL_DOWN:
        break;
    }
    bool begins = mouse->kind == MOUSE_WHEEL_UP || mouse->kind == MOUSE_DRAG || twice;
    if (!active && !begins)
        return false;
    if (!active) {
        copypane_begin(pane, entry, ACTION_NONE, mouse->kind == MOUSE_WHEEL_UP);
        if (mouse->kind == MOUSE_DRAG)
            take_mouse(pane, &pane->press, false);
    }
    take_mouse(pane, mouse, twice);
    return true;
}

bool copypane_tick(struct copypane *pane)
{
    if (pane->box_id == NULL)
        return false;
    struct shell *shell = shell_of(pane);
    if (shell == NULL) { /* the shell was closed */
        copypane_end(pane);
        return true;
    }
    bool changed = false;
    if (!pane->started && transcript_stop(pane->lines) > 0) {
        start(pane, shell);
        run_action(pane, pane->first);
        changed = true;
    }
    if (pane->started && pane->mode.source.first != transcript_first(pane->lines)) {
        copymode_extend(&pane->mode, transcript_first(pane->lines));
        changed = true;
    }
    if (pane->top_waits && transcript_complete(pane->lines)) {
        pane->top_waits = false;
        copymode_move(&pane->mode, COPY_FIRST);
        changed = true;
    }
    changed |= pane->started && search_on(pane);
    return give_back(pane) || changed;
}

bool copypane_busy(const struct copypane *pane)
{
    if (!copypane_shown(pane))
        return false;
    bool search = pane->searching || (pane->search_waits && transcript_complete(pane->lines));
    return search || (pane->held_count > 0 && !is_waiting(pane));
}

/* ---- drawing ---- */

struct drawn {
    struct copypane *pane;
    struct cell *cells;
};

static bool row_line(const struct copymode *mode, int row, uint64_t *line)
{
    *line = mode->top + (uint64_t)row;
    return *line < mode->source.stop;
}

static const struct cell *row_of(void *ctx, int row)
{
    struct drawn *drawn = ctx;
    uint64_t line;
    if (!row_line(&drawn->pane->mode, row, &line))
        return NULL;
    transcript_read(drawn->pane->lines, line, drawn->cells, NULL);
    return drawn->cells;
}

/* Search hits, and over them the selection. */
static int marks_of(void *ctx, int row, struct terminal_mark out[TERMINAL_MARKS])
{
    struct copypane *pane = ((struct drawn *)ctx)->pane;
    struct copy_hit hits[TERMINAL_MARKS - 1];
    int count = 0, from, to;
    uint64_t line;
    if (!row_line(&pane->mode, row, &line))
        return 0;
    if (pane->pattern != NULL) {
        size_t found = copymode_hits(&pane->mode, pane->pattern, line, hits, TERMINAL_MARKS - 1);
        for (size_t i = 0; i < found; i++) {
            bool current = line == pane->mode.cursor.line && hits[i].from == pane->mode.cursor.col;
            out[count++] =
                (struct terminal_mark){hits[i].from, hits[i].to, current ? ROLE_SEARCH_CURRENT : ROLE_SEARCH};
        }
    }
    if (copymode_selected(&pane->mode, line, &from, &to))
        out[count++] = (struct terminal_mark){from, to, ROLE_SELECTION};
    return count;
}

void copypane_draw(struct copypane *pane, const struct paint *paint, bool focused)
{
    const struct copymode *mode = &pane->mode;
    struct screen_state state = {
        .rows = mode->rows,
        .cols = mode->source.cols,
        .cursor_row = (int)(mode->cursor.line - mode->top),
        .cursor_col = mode->cursor.col,
        .cursor_visible = true,
    };
    struct drawn drawn = {pane, mem_zalloc((size_t)mode->source.cols, sizeof *drawn.cells)};
    struct terminal_source source = {
        .ctx = &drawn, .state = &state, .left = mode->left, .row = row_of, .marks = marks_of};
    terminal_draw(paint, &source, focused);
    free(drawn.cells);
}

void copypane_title(const struct copypane *pane, char *out, size_t size)
{
    if (!copypane_shown(pane)) {
        snprintf(out, size, "copy");
        return;
    }
    const struct copymode *mode = &pane->mode;
    uint64_t now = lines_so_far(shell_of(pane));
    unsigned long long at = mode->cursor.line - mode->source.first + 1;
    unsigned long long count = mode->source.stop - mode->source.first;
    unsigned long long fresh =
        now > pane->lines_then && !transcript_alternate(pane->lines) ? now - pane->lines_then : 0;
    int used = snprintf(out, size, "copy %llu/%llu%s", at, count, pane->searching ? "  searching" : "");
    if (fresh > 0 && used > 0 && (size_t)used < size)
        snprintf(out + used, size - (size_t)used, "  %llu new line%s", fresh, fresh == 1 ? "" : "s");
}
