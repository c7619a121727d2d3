#include "client/shell/grid.h"

#include "client/base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void grid_row_init(struct grid_row *row, int cols)
{
    *row = (struct grid_row){.cells = mem_alloc((size_t)cols * sizeof(struct grid_cell)), .dirty = true};
}

void grid_row_done(struct grid_row *row)
{
    free(row->cells);
    free(row->marks);
    *row = (struct grid_row){0};
}

void grid_row_clear(struct grid_row *row, color fill)
{
    row->used = 0;
    row->fill = fill;
    row->continued = false;
    row->filler = false;
    row->dirty = true;
    row->mark_count = 0;
}

static struct grid_cell blank(color fill)
{
    return (struct grid_cell){.look = {.bg = fill}};
}

void grid_row_extend(struct grid_row *row, int used)
{
    struct grid_cell cell = blank(row->fill);
    while (row->used < used)
        row->cells[row->used++] = cell;
}

bool grid_row_blank(const struct grid_row *row)
{
    return row->used == 0 && color_is_default(row->fill);
}

/* From the end: marks are mostly asked for where text was written last. */
static struct grid_marks *find_marks(const struct grid_row *row, int col)
{
    for (size_t i = row->mark_count; i > 0; i--) {
        if (row->marks[i - 1].col == col)
            return &row->marks[i - 1];
    }
    return NULL;
}

const uint32_t *grid_row_marks(const struct grid_row *row, int col)
{
    const struct grid_marks *found = find_marks(row, col);
    assert(found != NULL);
    return found->marks;
}

static int count_marks(const uint32_t *marks)
{
    int count = 0;
    while (count < CELL_MARKS && marks[count] != 0)
        count++;
    return count;
}

void grid_row_add_marks(struct grid_row *row, int col, const uint32_t *marks, int count)
{
    struct grid_cell *cell = &row->cells[col];
    assert(col < row->used);
    struct grid_marks *entry = find_marks(row, col);
    if (entry == NULL) {
        row->marks = mem_grow(row->marks, &row->mark_room, row->mark_count + 1, sizeof *row->marks);
        entry = &row->marks[row->mark_count++];
        entry->col = col;
    }
    if ((cell->look.flags & GRID_MARKED) == 0)
        memset(entry->marks, 0, sizeof entry->marks);
    cell->look.flags |= GRID_MARKED;
    int have = count_marks(entry->marks);
    if (have + count <= CELL_MARKS)
        memcpy(entry->marks + have, marks, (size_t)count * sizeof *marks);
    row->dirty = true;
}

void grid_row_copy_marks(struct grid_row *row, int to, const struct grid_row *other, int from)
{
    if ((row->cells[to].look.flags & GRID_MARKED) == 0)
        return;
    row->cells[to].look.flags &= (uint16_t)~GRID_MARKED;
    const uint32_t *marks = grid_row_marks(other, from);
    grid_row_add_marks(row, to, marks, count_marks(marks));
}

void grid_row_read(const struct grid_row *row, int cols, struct cell *cells)
{
    int used = row->used < cols ? row->used : cols;
    for (int i = 0; i < used; i++) {
        const struct grid_cell *from = &row->cells[i];
        cells[i] = (struct cell){
            .ch = from->ch, .style = {.fg = from->look.fg, .bg = from->look.bg, .attr = from->look.attr}};
    }
    for (int i = used; i < cols; i++)
        cells[i] = (struct cell){.style = {.bg = row->fill}};
    for (size_t i = 0; i < row->mark_count; i++) {
        const struct grid_marks *entry = &row->marks[i];
        if (entry->col < used && (row->cells[entry->col].look.flags & GRID_MARKED) != 0)
            memcpy(cells[entry->col].marks, entry->marks, sizeof entry->marks);
    }
}

void grid_init(struct grid *grid, int cols, int rows)
{
    *grid = (struct grid){.cols = cols, .rows = rows};
    grid->slots = mem_zalloc((size_t)rows, sizeof *grid->slots);
    for (int i = 0; i < rows; i++) {
        grid->slots[i] = mem_alloc(sizeof(struct grid_row));
        grid_row_init(grid->slots[i], cols);
    }
}

void grid_done(struct grid *grid)
{
    for (int i = 0; i < grid->rows; i++) {
        grid_row_done(grid->slots[i]);
        free(grid->slots[i]);
    }
    free(grid->slots);
    *grid = (struct grid){0};
}

/* Makes sure that no wide character lies across the left edge of `col`: both halves become blank. */
static void split_wide(struct grid_row *row, int col)
{
    if (col <= 0 || col >= row->used || row->cells[col].ch != CELL_WIDE_TAIL)
        return;
    row->cells[col - 1] = blank(row->cells[col - 1].look.bg);
    row->cells[col] = blank(row->cells[col].look.bg);
}

/* Readies the columns from..to-1 for being overwritten. */
static struct grid_row *open_cells(struct grid *grid, int row, int from, int to)
{
    struct grid_row *open = grid_at(grid, row);
    grid_row_extend(open, from);
    split_wide(open, from);
    split_wide(open, to);
    if (open->used < to)
        open->used = to;
    open->dirty = true;
    if (to == grid->cols)
        open->filler = false;
    return open;
}

void grid_put(struct grid *grid, int row, int col, uint32_t ch, int width, const struct grid_look *look)
{
    assert(col >= 0 && col + width <= grid->cols);
    struct grid_row *open = open_cells(grid, row, col, col + width);
    open->cells[col] = (struct grid_cell){.ch = ch, .look = *look};
    if (width == 2)
        open->cells[col + 1] = (struct grid_cell){.ch = CELL_WIDE_TAIL, .look = *look};
}

void grid_put_ascii(struct grid *grid, int row, int col, const char *text, int len,
                    const struct grid_look *look)
{
    assert(col >= 0 && col + len <= grid->cols);
    struct grid_cell *cells = open_cells(grid, row, col, col + len)->cells + col;
    const struct grid_look own = *look;
    for (int i = 0; i < len; i++)
        cells[i] = (struct grid_cell){.ch = (uint8_t)text[i], .look = own};
}

/* Ends the soft wrap from `row` into the one below it. */
static void end_wrap(struct grid *grid, int row)
{
    grid_at(grid, row)->filler = false;
    if (row + 1 < grid->rows)
        grid_at(grid, row + 1)->continued = false;
}

static void erase_selectively(struct grid_row *row, int from, int to, color fill)
{
    grid_row_extend(row, to);
    for (int i = from; i < to; i++) {
        if ((row->cells[i].look.flags & GRID_PROTECTED) == 0)
            row->cells[i] = blank(fill);
    }
}

void grid_erase(struct grid *grid, int row, int from, int to, color fill, bool selective)
{
    struct grid_row *open = grid_at(grid, row);
    split_wide(open, from);
    split_wide(open, to);
    open->dirty = true;
    if (to == grid->cols)
        end_wrap(grid, row);
    if (selective) {
        erase_selectively(open, from, to, fill);
        return;
    }
    if (from == 0)
        open->continued = open->continued && to < grid->cols;
    bool to_end = to == grid->cols;
    if (to_end && from > open->used && open->fill != fill)
        grid_row_extend(open, from);
    if (to_end) {
        open->used = from < open->used ? from : open->used;
        open->fill = fill;
        return;
    }
    if (from >= open->used && open->fill == fill)
        return;
    grid_row_extend(open, to);
    struct grid_cell cell = blank(fill);
    for (int i = from; i < to; i++)
        open->cells[i] = cell;
}

/* Drops the marks of cells that have none any more, and moves those of from..to-1 with their cells. */
static void shift_marks(struct grid_row *row, int from, int to, int count)
{
    size_t kept = 0;
    for (size_t i = 0; i < row->mark_count; i++) {
        struct grid_marks entry = row->marks[i];
        if (entry.col >= row->used || (row->cells[entry.col].look.flags & GRID_MARKED) == 0)
            continue;
        if (entry.col >= from && entry.col < to) {
            entry.col -= count;
            if (entry.col < from || entry.col >= to)
                continue;
        }
        row->marks[kept++] = entry;
    }
    row->mark_count = kept;
}

void grid_shift(struct grid *grid, int row, int from, int to, int count, color fill)
{
    struct grid_row *open = grid_at(grid, row);
    int width = to - from, distance = abs(count);
    distance = distance < width ? distance : width;
    grid_row_extend(open, to);
    open->dirty = true;
    split_wide(open, from);
    split_wide(open, to);
    split_wide(open, count > 0 ? from + distance : to - distance);
    shift_marks(open, from, to, count);
    struct grid_cell *cells = open->cells + from;
    size_t moved = (size_t)(width - distance) * sizeof *cells;
    int freed = count > 0 ? width - distance : 0;
    if (count > 0)
        memmove(cells, cells + distance, moved);
    else
        memmove(cells + distance, cells, moved);
    for (int i = 0; i < distance; i++)
        cells[freed + i] = blank(fill);
    if (to == grid->cols)
        end_wrap(grid, row);
}

/* Turns the slots of top..bottom-1 by `count` upwards. */
static void rotate(struct grid *grid, int top, int bottom, int count)
{
    if (top == 0 && bottom == grid->rows) {
        int slot = grid->top + count;
        grid->top = slot < 0 ? slot + grid->rows : slot < grid->rows ? slot : slot - grid->rows;
        return;
    }
    struct grid_row *moved[GRID_ROWS_MAX];
    int height = bottom - top;
    for (int i = 0; i < height; i++)
        moved[i] = grid_at(grid, top + (i + count + height) % height);
    for (int i = 0; i < height; i++) {
        int slot = grid->top + top + i;
        grid->slots[slot < grid->rows ? slot : slot - grid->rows] = moved[i];
    }
}

void grid_scroll(struct grid *grid, int top, int bottom, int count, color fill, bool into_history)
{
    int height = bottom - top, distance = abs(count);
    distance = distance < height ? distance : height;
    if (distance == 0)
        return;
    rotate(grid, top, bottom, count > 0 ? distance % height : -(distance % height));
    int first = count > 0 ? bottom - distance : top;
    for (int i = first; i < first + distance; i++)
        grid_row_clear(grid_at(grid, i), fill);
    if (top == 0 && bottom == grid->rows)
        grid->moved = true; /* the common case: no walk over all rows for each line of output */
    for (int i = top; i < bottom && !grid->moved; i++)
        grid_at(grid, i)->dirty = true;
    if (top > 0 || !into_history)
        grid_at(grid, top)->continued = false;
    if (count < 0 && top + distance < bottom)
        grid_at(grid, top + distance)->continued = false;
    if (bottom < grid->rows)
        grid_at(grid, bottom)->continued = false;
}

void grid_copy_row(struct grid *grid, int row, const struct grid_row *from)
{
    struct grid_row *to = grid_at(grid, row);
    grid_row_clear(to, from->fill);
    to->used = from->used < grid->cols ? from->used : grid->cols;
    memcpy(to->cells, from->cells, (size_t)to->used * sizeof *to->cells);
    if (to->used > 0 && to->used < from->used && from->cells[to->used].ch == CELL_WIDE_TAIL)
        to->cells[to->used - 1] = blank(from->cells[to->used].look.bg);
    for (int col = 0; col < to->used; col++)
        grid_row_copy_marks(to, col, from, col);
}

void grid_clear(struct grid *grid, color fill)
{
    for (int i = 0; i < grid->rows; i++)
        grid_row_clear(grid_at(grid, i), fill);
}

void grid_clean(struct grid *grid)
{
    grid->moved = false;
    for (int i = 0; i < grid->rows; i++)
        grid->slots[i]->dirty = false;
}
