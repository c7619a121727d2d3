/*
 * All rows, oldest first, are poured into a new scrollback of the new width; then the rows that belong on the
 * screen are taken off its end again. Rows are poured one by one, so that a line of a million columns needs
 * no memory of its own.
 *
 * Where the screen starts: where the program left it (its "own top"), unless the cursor would not be on it;
 * then as much lower as needed, and that is remembered as lent. Text that has no room under the cursor is
 * kept aside, below the screen.
 */
#include "client/shell/reflow.h"

#include <assert.h>
#include <string.h>

/* Spots of the caller, and the own top. */
enum { OWN_TOP = REFLOW_SPOTS, TRACKED };

struct tracked {
    int64_t row; /* rows counted from the oldest; before, then after */
    int col;
    bool placed;
};

struct pour {
    struct history out;
    struct grid_row row; /* the row being filled */
    int cols;
    int64_t done; /* rows finished */
    bool filler;  /* the old row before this one ended in a filler */
    struct tracked tracked[TRACKED];
};

static void place(struct tracked *tracked, int64_t row, int col)
{
    *tracked = (struct tracked){.row = row, .col = col, .placed = true};
}

static void finish_row(struct pour *pour, bool goes_on)
{
    history_push(&pour->out, &pour->row);
    pour->done++;
    grid_row_clear(&pour->row, COLOR_DEFAULT_VALUE);
    pour->row.continued = goes_on;
}

/* Pours one cell, with its tail when it is wide. */
static void pour_cell(struct pour *pour, const struct grid_row *from, int col, int width)
{
    struct grid_row *row = &pour->row;
    if (row->used + width > pour->cols) {
        row->filler = row->used < pour->cols;
        finish_row(pour, true);
    }
    int at = row->used;
    row->cells[at] = from->cells[col];
    if (width == 2)
        row->cells[at + 1] = from->cells[col + 1];
    row->used += width;
    grid_row_copy_marks(row, at, from, col);
}

static void track_cell(struct pour *pour, int64_t index, int col, int width)
{
    for (int i = 0; i < TRACKED; i++) {
        struct tracked *tracked = &pour->tracked[i];
        if (!tracked->placed && tracked->row == index && tracked->col >= col && tracked->col < col + width)
            place(tracked, pour->done, pour->row.used - width + tracked->col - col);
    }
}

/* Spots behind the text of a row keep their distance from it as far as the width allows. One that waits for a
 * wrap, right behind text or where nothing changes, may stand behind the row: its column is the width. */
static void track_end(struct pour *pour, int64_t index, int used, int from_cols)
{
    for (int i = 0; i < TRACKED; i++) {
        struct tracked *tracked = &pour->tracked[i];
        if (tracked->placed || tracked->row != index)
            continue;
        int col = pour->row.used + tracked->col - used;
        bool waits =
            (tracked->col == used && used > 0) || (tracked->col == from_cols && from_cols == pour->cols);
        int limit = waits ? pour->cols : pour->cols - 1;
        place(tracked, pour->done, col < limit ? col : limit);
    }
}

/* Pours row `index` of the old ones; `goes_on` when the row after it continues it. */
static void pour_row(struct pour *pour, struct grid_row *from, int from_cols, int64_t index, bool goes_on)
{
    if (goes_on)
        grid_row_extend(from, from_cols - from->filler);
    /* A filler whose wide character is gone is a blank like others. */
    struct grid_cell blank_cell = {0};
    struct grid_row blank = {.cells = &blank_cell, .used = 1};
    bool wide_first = from->used > 1 && from->cells[1].ch == CELL_WIDE_TAIL;
    if (pour->filler && !wide_first)
        pour_cell(pour, &blank, 0, 1);
    pour->filler = goes_on && from->filler;
    for (int col = 0; col < from->used;) {
        bool wide = col + 1 < from->used && from->cells[col + 1].ch == CELL_WIDE_TAIL;
        pour_cell(pour, from, col, wide ? 2 : 1);
        track_cell(pour, index, col, wide ? 2 : 1);
        col += wide ? 2 : 1;
    }
    track_end(pour, index, from->used, from_cols);
    if (!goes_on) {
        pour->row.fill = from->fill;
        finish_row(pour, false);
    }
}

static bool is_tracked(const struct pour *pour, int64_t index)
{
    for (int i = 0; i < TRACKED; i++) {
        if (!pour->tracked[i].placed && pour->tracked[i].row == index)
            return true;
    }
    return false;
}

/* Pours packed rows. `next_goes_on` says whether what follows the last of them continues it. */
static void pour_history(struct pour *pour, struct history *from, int from_cols, int64_t *index,
                         bool next_goes_on)
{
    struct grid_row row;
    grid_row_init(&row, from_cols);
    while (from->count > 0) {
        bool goes_on = from->count > 1 ? history_continued(from, 1) : next_goes_on;
        bool whole = !goes_on && !history_continued(from, 0) && history_used(from, 0) <= pour->cols;
        if (whole && pour->row.used == 0 && !pour->row.continued && !is_tracked(pour, *index)) {
            history_move(&pour->out, from);
            pour->done++;
        } else {
            history_read(from, 0, &row, from_cols);
            pour_row(pour, &row, from_cols, *index, goes_on);
            history_drop_first(from);
        }
        ++*index;
    }
    grid_row_done(&row);
}

/* How many rows of the screen hold something: text, the cursor or what must keep its distance to more text
 * below. */
static int rows_in_use(const struct grid *grid, const struct reflow_state *state, int cursor_row)
{
    int last = grid->rows;
    if (state->below.count > 0)
        return last;
    while (last > cursor_row + 1 && grid_row_blank(grid_at(grid, last - 1)))
        last--;
    return last;
}

/* Pours history, screen and what is below it, oldest first. */
static void pour_all(struct pour *pour, struct grid *grid, struct reflow_state *state, int used_rows)
{
    int64_t index = 0;
    pour_history(pour, &state->history, grid->cols, &index, grid_at(grid, 0)->continued);
    for (int i = 0; i < used_rows; i++) {
        bool goes_on = i + 1 < grid->rows ? i + 1 < used_rows && grid_at(grid, i + 1)->continued
                                          : state->below.count > 0 && history_continued(&state->below, 0);
        pour_row(pour, grid_at(grid, i), grid->cols, index++, goes_on);
    }
    pour_history(pour, &state->below, grid->cols, &index, false);
    for (int i = 0; i < TRACKED; i++) { /* spots in blank rows under the text */
        if (!pour->tracked[i].placed)
            place(&pour->tracked[i], pour->done + pour->tracked[i].row - index, pour->tracked[i].col);
    }
}

/* Takes the rows from `top` on off the end of what was poured: onto the screen, and below it. */
static void fill_screen(struct pour *pour, struct grid *grid, struct history *below, int64_t top)
{
    struct grid_row row;
    grid_row_init(&row, pour->cols);
    int64_t first_below = top + grid->rows;
    int64_t count_below = pour->done - first_below;
    /* They come off newest first; two passes put those below in order. */
    struct history reversed;
    history_init(&reversed, SIZE_MAX);
    for (int64_t i = 0; i < count_below && pour->out.count > 0; i++) {
        history_pop(&pour->out, &row, pour->cols);
        history_push(&reversed, &row);
        pour->done--;
    }
    while (reversed.count > 0) {
        history_pop(&reversed, &row, pour->cols);
        history_push(below, &row);
    }
    history_done(&reversed);
    while (pour->done > top && pour->out.count > 0) {
        pour->done--;
        history_pop(&pour->out, grid_at(grid, (int)(pour->done - top)), pour->cols);
    }
    grid_row_done(&row);
}

/* The row that the new screen starts with. */
static int64_t choose_top(const struct pour *pour, int rows)
{
    int64_t own = pour->tracked[OWN_TOP].row, lowest = pour->tracked[0].row - rows + 1;
    return own > lowest ? own : lowest;
}

void reflow_resize(struct grid *grid, struct reflow_state *state, int cols, int rows,
                   struct reflow_spot *spots, int spot_count)
{
    assert(spot_count >= 1 && spot_count <= REFLOW_SPOTS);
    int64_t old_top = (int64_t)state->history.count;
    size_t lines_max = state->history.lines_max;
    struct pour pour = {.cols = cols};
    history_init(&pour.out, SIZE_MAX);
    pour.out.dropped = state->history.dropped;
    grid_row_init(&pour.row, cols);
    grid_row_clear(&pour.row, COLOR_DEFAULT_VALUE);
    /* The head of the oldest line may have fallen off. */
    const struct history *history = &state->history;
    pour.row.continued = history->count > 0 ? history_continued(history, 0) : grid_at(grid, 0)->continued;
    for (int i = 0; i < TRACKED; i++)
        pour.tracked[i].placed = true;
    for (int i = 0; i < spot_count; i++)
        pour.tracked[i] = (struct tracked){.row = old_top + spots[i].row, .col = spots[i].col};
    int64_t lent = state->lent < old_top ? state->lent : old_top;
    pour.tracked[OWN_TOP] = (struct tracked){.row = old_top - lent, .col = state->lent_cols};

    pour_all(&pour, grid, state, rows_in_use(grid, state, spots[0].row));
    grid_row_done(&pour.row);
    int64_t top = choose_top(&pour, rows);
    grid_done(grid);
    grid_init(grid, cols, rows);
    grid_clear(grid, COLOR_DEFAULT_VALUE);
    history_done(&state->below);
    history_init(&state->below, SIZE_MAX);
    fill_screen(&pour, grid, &state->below, top);
    history_done(&state->history);
    state->history = pour.out;
    history_limit(&state->history, lines_max);

    for (int i = 0; i < spot_count; i++) {
        spots[i].row = (int)(pour.tracked[i].row - top);
        spots[i].col = pour.tracked[i].col;
    }
    state->lent = (int)(top - pour.tracked[OWN_TOP].row);
    state->lent_cols = pour.tracked[OWN_TOP].col;
}

void reflow_forget(struct reflow_state *state, bool cleared)
{
    if (state->below.count > 0)
        history_clear(&state->below);
    state->lent_cols = 0;
    if (cleared)
        state->lent = 0;
}
