#include "tui/copymode_private.h"

#include "client/base/mem.h"

#include <limits.h>
#include <stdlib.h>

/* ---- lines ---- */

const struct copy_line *copymode_line(struct copymode *copy, uint64_t number)
{
    struct copy_line *line = &copy->line;
    if (!line->valid || line->number != number) {
        line->used = copy->source.read(copy->source.ctx, number, line->cells, &line->continued);
        line->number = number;
        line->valid = true;
    }
    return line;
}

uint32_t copymode_char(struct copymode *copy, struct copy_place place)
{
    const struct copy_line *line = copymode_line(copy, place.line);
    uint32_t ch = place.col < line->used ? line->cells[place.col].ch : 0;
    return ch == 0 ? ' ' : ch;
}

bool copymode_is_continued(struct copymode *copy, uint64_t number)
{
    return number > copy->source.first && number < copy->source.stop &&
           copymode_line(copy, number)->continued;
}

uint64_t copymode_last_line(const struct copymode *copy)
{
    return copy->source.stop - 1;
}

/* The column in the line nearest to `col`: of a character's first cell, not past the last one. */
int copymode_settle_col(struct copymode *copy, uint64_t number, int col)
{
    const struct copy_line *line = copymode_line(copy, number);
    if (col >= line->used)
        col = line->used - 1;
    if (col < 0)
        return 0;
    return col > 0 && line->cells[col].ch == CELL_WIDE_TAIL ? col - 1 : col;
}

/* One character on. False at the end of all; *ended says that a line ended on the way. */
bool copymode_step_on(struct copymode *copy, struct copy_place *place, bool *ended)
{
    const struct copy_line *line = copymode_line(copy, place->line);
    int col = place->col + 1;
    while (col < line->used && line->cells[col].ch == CELL_WIDE_TAIL)
        col++;
    *ended = false;
    if (col < line->used) {
        place->col = col;
        return true;
    }
    if (place->line == copymode_last_line(copy))
        return false;
    *place = (struct copy_place){place->line + 1, 0};
    *ended = !copymode_is_continued(copy, place->line);
    return true;
}

bool copymode_step_back(struct copymode *copy, struct copy_place *place, bool *ended)
{
    *ended = false;
    if (place->col > 0) {
        place->col = copymode_settle_col(copy, place->line, place->col - 1);
        return true;
    }
    if (place->line == copy->source.first)
        return false;
    *ended = !copymode_is_continued(copy, place->line);
    place->line--;
    place->col = copymode_settle_col(copy, place->line, INT_MAX);
    return true;
}

/* ---- the window ---- */

uint64_t copymode_top_most(const struct copymode *copy)
{
    uint64_t count = copy->source.stop - copy->source.first;
    return (uint64_t)copy->rows < count ? copy->source.stop - (uint64_t)copy->rows : copy->source.first;
}

void copymode_set_top(struct copymode *copy, uint64_t top)
{
    uint64_t most = copymode_top_most(copy);
    copy->top = top < copy->source.first ? copy->source.first : top > most ? most : top;
}

/* The window follows the cursor. */
static void follow(struct copymode *copy)
{
    const struct copy_place *cursor = &copy->cursor;
    if (cursor->line < copy->top)
        copy->top = cursor->line;
    else if (cursor->line - copy->top >= (uint64_t)copy->rows)
        copy->top = cursor->line - (uint64_t)copy->rows + 1;
    copymode_set_top(copy, copy->top);
    if (copy->source.cols <= copy->cols)
        copy->left = 0;
    else if (cursor->col < copy->left)
        copy->left = cursor->col;
    else if (cursor->col - copy->left >= copy->cols - 1) /* a wide character is seen whole */
        copy->left = cursor->col - copy->cols + 2;
}

uint64_t copymode_clamp_line(const struct copymode *copy, uint64_t line)
{
    if (line < copy->source.first)
        return copy->source.first;
    return line < copy->source.stop ? line : copymode_last_line(copy);
}

/* Puts the cursor into the line, in the column wished for. */
void copymode_go_to_line(struct copymode *copy, uint64_t line)
{
    copy->cursor.line = copymode_clamp_line(copy, line);
    copy->cursor.col = copymode_settle_col(copy, copy->cursor.line, copy->wish);
    follow(copy);
}

void copymode_go_to_col(struct copymode *copy, int col)
{
    copy->cursor.col = copymode_settle_col(copy, copy->cursor.line, col);
    copy->wish = copy->cursor.col;
    follow(copy);
}

void copymode_go(struct copymode *copy, struct copy_place place)
{
    copy->cursor.line = copymode_clamp_line(copy, place.line);
    copymode_go_to_col(copy, place.col);
}

void copymode_init(struct copymode *copy, const struct copy_source *source, uint64_t top,
                   struct copy_place cursor, int rows, int cols)
{
    *copy = (struct copymode){.source = *source, .rows = rows > 0 ? rows : 1, .cols = cols > 2 ? cols : 2};
    copy->line.cells = mem_zalloc((size_t)source->cols, sizeof *copy->line.cells);
    copymode_set_top(copy, top);
    copymode_go(copy, cursor);
}

void copymode_done(struct copymode *copy)
{
    free(copy->line.cells);
    *copy = (struct copymode){0};
}

void copymode_size(struct copymode *copy, int rows, int cols)
{
    copy->rows = rows > 0 ? rows : 1;
    copy->cols = cols > 2 ? cols : 2;
    copy->left = 0;
    follow(copy);
}

void copymode_extend(struct copymode *copy, uint64_t first)
{
    copy->source.first = first;
}

bool copymode_at_end(const struct copymode *copy)
{
    return copy->top == copymode_top_most(copy);
}

/* Adds a signed number of lines, within the bounds. */
uint64_t copymode_add_lines(const struct copymode *copy, uint64_t line, int64_t lines)
{
    if (lines < 0)
        return line - copy->source.first < (uint64_t)-lines ? copy->source.first : line - (uint64_t)-lines;
    return copymode_last_line(copy) - line < (uint64_t)lines ? copymode_last_line(copy)
                                                             : line + (uint64_t)lines;
}

void copymode_scroll(struct copymode *copy, int64_t lines)
{
    copymode_set_top(copy, copymode_add_lines(copy, copy->top, lines));
    uint64_t bottom = copy->top + (uint64_t)copy->rows - 1;
    uint64_t line = copy->cursor.line;
    if (line < copy->top)
        line = copy->top;
    else if (line > bottom)
        line = bottom;
    if (line != copy->cursor.line)
        copymode_go_to_line(copy, line);
}
