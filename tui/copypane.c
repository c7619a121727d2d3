#include "tui/copypane_private.h"

#include "client/base/mem.h"
#include "client/shell/transcript.h"

#include <stdlib.h>
#include <string.h>

/* The shell, while it still has our transcript. */
struct shell *copypane_shell(const struct copypane *pane)
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
    struct shell *shell = copypane_shell(pane);
    if (shell != NULL)
        shell_forget_transcript(shell);
    copymode_done(&pane->mode);
    free(pane->box_id);
    pane->box_id = NULL;
    pane->lines = NULL;
    pane->started = pane->searching = pane->search_waits = false;
    pane->line_waits = pane->find = ACTION_NONE;
    pane->count = 0;
    pane->before_top.valid = false;
    pane->drag_ms = 0;
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
    return pane->box_id != NULL && copypane_shell(pane) != NULL;
}

bool copypane_shown(const struct copypane *pane)
{
    return copypane_active(pane) && pane->started;
}

uint64_t copypane_lines_so_far(const struct shell *shell)
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
    pane->lines_then = copypane_lines_so_far(entry->shell);
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

/* ---- what is held ---- */

bool copypane_is_waiting(const struct copypane *pane)
{
    return copypane_active(pane) &&
           (!pane->started || pane->searching || pane->search_waits || pane->line_waits != ACTION_NONE);
}

void copypane_keep(struct copypane *pane, const struct copypane_held *held)
{
    if (pane->held_count < COPYPANE_HELD)
        pane->held[pane->held_count++] = *held;
}

bool copypane_hold(struct copypane *pane, struct key key)
{
    bool gives_up = key.code == KEY_NAME_ESCAPE || (key.code == 'c' && key.mods == KEY_CTRL);
    if (!copypane_is_waiting(pane))
        return false;
    if (gives_up && pane->started) {
        pane->searching = pane->search_waits = false;
        pane->line_waits = ACTION_NONE;
        pane->held_count = 0;
    } else if (gives_up) {
        copypane_cancel(pane);
    } else {
        copypane_keep(pane, &(struct copypane_held){.key = key});
    }
    return true;
}

/* In order, until one of them must wait again. */
static bool give_back(struct copypane *pane)
{
    bool any = false;
    while (pane->held_count > 0 && !copypane_is_waiting(pane)) {
        struct copypane_held held = pane->held[0];
        pane->held_count--;
        memmove(pane->held, pane->held + 1, pane->held_count * sizeof pane->held[0]);
        if (!held.is_mouse)
            app_key(pane->app, held.key);
        else if (copypane_shown(pane))
            copypane_run_mouse(pane, &held.mouse, held.clicks);
        any = true;
    }
    return any;
}

bool copypane_act(struct copypane *pane, enum action action)
{
    if (!copypane_active(pane))
        return false;
    bool leaves = action == ACTION_BACK || action == ACTION_CANCEL || action == ACTION_INTERRUPT;
    if (leaves)
        copypane_end(pane);
    else if (copypane_has(action) && pane->started)
        copypane_run(pane, action);
    return leaves || copypane_has(action);
}

bool copypane_tick(struct copypane *pane)
{
    if (pane->box_id == NULL)
        return false;
    struct shell *shell = copypane_shell(pane);
    if (shell == NULL) { /* the shell was closed */
        copypane_end(pane);
        return true;
    }
    bool changed = false;
    if (!pane->started && transcript_stop(pane->lines) > 0) {
        start(pane, shell);
        copypane_run(pane, pane->first);
        changed = true;
    }
    if (pane->started && pane->mode.source.first != transcript_first(pane->lines)) {
        copymode_extend(&pane->mode, transcript_first(pane->lines));
        changed = true;
    }
    if (pane->line_waits != ACTION_NONE && transcript_complete(pane->lines)) {
        pane->count = pane->line_count;
        enum action action = pane->line_waits;
        pane->line_waits = ACTION_NONE;
        copypane_run(pane, action);
        changed = true;
    }
    changed |= pane->started && copypane_search_on(pane);
    changed |= copypane_drag_on(pane);
    return give_back(pane) || changed;
}

bool copypane_busy(const struct copypane *pane)
{
    if (!copypane_shown(pane))
        return false;
    bool search = pane->searching || (pane->search_waits && transcript_complete(pane->lines));
    return search || (pane->held_count > 0 && !copypane_is_waiting(pane));
}
