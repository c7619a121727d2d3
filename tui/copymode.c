#include "tui/copymode.h"

#include "client/base/buf.h"
#include "client/base/mem.h"
#include "client/base/utf8.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 64 << 20 };

/* ---- lines ---- */

static const struct copy_line *line_at(struct copymode *copy, uint64_t number)
{
    struct copy_line *line = &copy->line;
    if (!line->valid || line->number != number) {
        line->used = copy->source.read(copy->source.ctx, number, line->cells, &line->continued);
        line->number = number;
        line->valid = true;
    }
    return line;
}

static bool is_continued(struct copymode *copy, uint64_t number)
{
    return number > copy->source.first && number < copy->source.stop && line_at(copy, number)->continued;
}

static uint64_t last_line(const struct copymode *copy)
{
    return copy->source.stop - 1;
}

/* The column in the line nearest to `col`: of a character's first cell, not past the last one. */
static int settle_col(struct copymode *copy, uint64_t number, int col)
{
    const struct copy_line *line = line_at(copy, number);
    if (col >= line->used)
        col = line->used - 1;
    if (col < 0)
        return 0;
    return col > 0 && line->cells[col].ch == CELL_WIDE_TAIL ? col - 1 : col;
}

/* ---- the window ---- */

static uint64_t top_most(const struct copymode *copy)
{
    uint64_t count = copy->source.stop - copy->source.first;
    return (uint64_t)copy->rows < count ? copy->source.stop - (uint64_t)copy->rows : copy->source.first;
}

static void set_top(struct copymode *copy, uint64_t top)
{
    uint64_t most = top_most(copy);
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
    set_top(copy, copy->top);
    if (copy->source.cols <= copy->cols)
        copy->left = 0;
    else if (cursor->col < copy->left)
        copy->left = cursor->col;
    else if (cursor->col - copy->left >= copy->cols - 1) /* a wide character is seen whole */
        copy->left = cursor->col - copy->cols + 2;
}

static uint64_t clamp_line(const struct copymode *copy, uint64_t line)
{
    if (line < copy->source.first)
        return copy->source.first;
    return line < copy->source.stop ? line : last_line(copy);
}

/* Puts the cursor into the line, in the column wished for. */
static void go_to_line(struct copymode *copy, uint64_t line)
{
    copy->cursor.line = clamp_line(copy, line);
    copy->cursor.col = settle_col(copy, copy->cursor.line, copy->wish);
    follow(copy);
}

static void go_to_col(struct copymode *copy, int col)
{
    copy->cursor.col = settle_col(copy, copy->cursor.line, col);
    copy->wish = copy->cursor.col;
    follow(copy);
}

void copymode_go(struct copymode *copy, struct copy_place place)
{
    copy->cursor.line = clamp_line(copy, place.line);
    go_to_col(copy, place.col);
}

void copymode_init(struct copymode *copy, const struct copy_source *source, uint64_t top,
                   struct copy_place cursor, int rows, int cols)
{
    *copy = (struct copymode){.source = *source, .rows = rows > 0 ? rows : 1, .cols = cols > 2 ? cols : 2};
    copy->line.cells = mem_zalloc((size_t)source->cols, sizeof *copy->line.cells);
    set_top(copy, top);
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
    return copy->top == top_most(copy);
}

/* Adds a signed number of lines, within the bounds. */
static uint64_t add_lines(const struct copymode *copy, uint64_t line, int64_t lines)
{
    if (lines < 0)
        return line - copy->source.first < (uint64_t)-lines ? copy->source.first : line - (uint64_t)-lines;
    return last_line(copy) - line < (uint64_t)lines ? last_line(copy) : line + (uint64_t)lines;
}

void copymode_scroll(struct copymode *copy, int64_t lines)
{
    set_top(copy, add_lines(copy, copy->top, lines));
    uint64_t bottom = copy->top + (uint64_t)copy->rows - 1;
    uint64_t line = copy->cursor.line;
    if (line < copy->top)
        line = copy->top;
    else if (line > bottom)
        line = bottom;
    if (line != copy->cursor.line)
        go_to_line(copy, line);
}

/* ---- words: over soft wraps, not over line ends ---- */

enum kind { KIND_BLANK, KIND_WORD, KIND_SIGN };

static enum kind kind_at(struct copymode *copy, struct copy_place place)
{
    const struct copy_line *line = line_at(copy, place.line);
    uint32_t ch = place.col < line->used ? line->cells[place.col].ch : 0;
    if (ch == 0 || ch == ' ')
        return KIND_BLANK;
    bool word = ch >= 0x80 || ch == '_' || (ch >= '0' && ch <= '9') || (ch >= 'A' && ch <= 'Z') ||
                (ch >= 'a' && ch <= 'z');
    return word ? KIND_WORD : KIND_SIGN;
}

/* One character on. False at the end of all; *ended says that a line ended on the way. */
static bool step_on(struct copymode *copy, struct copy_place *place, bool *ended)
{
    const struct copy_line *line = line_at(copy, place->line);
    int col = place->col + 1;
    while (col < line->used && line->cells[col].ch == CELL_WIDE_TAIL)
        col++;
    *ended = false;
    if (col < line->used) {
        place->col = col;
        return true;
    }
    if (place->line == last_line(copy))
        return false;
    *place = (struct copy_place){place->line + 1, 0};
    *ended = !is_continued(copy, place->line);
    return true;
}

static bool step_back(struct copymode *copy, struct copy_place *place, bool *ended)
{
    *ended = false;
    if (place->col > 0) {
        place->col = settle_col(copy, place->line, place->col - 1);
        return true;
    }
    if (place->line == copy->source.first)
        return false;
    *ended = !is_continued(copy, place->line);
    place->line--;
    place->col = settle_col(copy, place->line, INT_MAX);
    return true;
}

static void word_on(struct copymode *copy)
{
    struct copy_place at = copy->cursor;
    enum kind kind = kind_at(copy, at);
    bool ended = false;
    while (kind != KIND_BLANK && !ended && kind_at(copy, at) == kind)
        if (!step_on(copy, &at, &ended))
            break;
    while (kind_at(copy, at) == KIND_BLANK && step_on(copy, &at, &ended))
        ;
    copymode_go(copy, at);
}

static void word_back(struct copymode *copy)
{
    struct copy_place at = copy->cursor;
    bool ended;
    do {
        if (!step_back(copy, &at, &ended))
            break;
    } while (kind_at(copy, at) == KIND_BLANK);
    enum kind kind = kind_at(copy, at);
    for (struct copy_place before = at; step_back(copy, &before, &ended) && !ended; at = before)
        if (kind_at(copy, before) != kind)
            break;
    copymode_go(copy, at);
}

static void word_end(struct copymode *copy)
{
    struct copy_place at = copy->cursor;
    bool ended;
    do {
        if (!step_on(copy, &at, &ended))
            break;
    } while (kind_at(copy, at) == KIND_BLANK);
    enum kind kind = kind_at(copy, at);
    for (struct copy_place next = at; step_on(copy, &next, &ended) && !ended; at = next)
        if (kind_at(copy, next) != kind)
            break;
    copymode_go(copy, at);
}

/* ---- moves ---- */

static void step_left(struct copymode *copy)
{
    if (copy->cursor.col > 0)
        go_to_col(copy, copy->cursor.col - 1);
}

static void step_right(struct copymode *copy)
{
    struct copy_place at = copy->cursor;
    bool ended;
    if (step_on(copy, &at, &ended) && at.line == copy->cursor.line)
        go_to_col(copy, at.col);
}

static void line_text(struct copymode *copy)
{
    int col = 0;
    const struct copy_line *line = line_at(copy, copy->cursor.line);
    while (col < line->used && (line->cells[col].ch == 0 || line->cells[col].ch == ' '))
        col++;
    go_to_col(copy, col);
}

/* Cursor and window together, so that the cursor keeps its place in the window. */
static void leap(struct copymode *copy, int64_t lines)
{
    set_top(copy, add_lines(copy, copy->top, lines));
    go_to_line(copy, add_lines(copy, copy->cursor.line, lines));
}

/* Blank rows below the prompt are no lines to go to. */
static void go_to_last(struct copymode *copy)
{
    uint64_t line = last_line(copy);
    while (line > copy->source.first && line_at(copy, line)->used == 0 && line > top_most(copy))
        line--;
    set_top(copy, top_most(copy));
    go_to_line(copy, line);
}

void copymode_move(struct copymode *copy, enum copy_move move)
{
    int64_t page = copy->rows > 2 ? copy->rows - 2 : 1;
    uint64_t bottom = clamp_line(copy, copy->top + (uint64_t)copy->rows - 1);
    switch (move) {
    case COPY_LEFT:
        step_left(copy);
        break;
    case COPY_RIGHT:
        step_right(copy);
        break;
    case COPY_UP:
        go_to_line(copy, add_lines(copy, copy->cursor.line, -1));
        break;
    case COPY_DOWN:
        go_to_line(copy, add_lines(copy, copy->cursor.line, 1));
        break;
    case COPY_WORD:
        word_on(copy);
        break;
    case COPY_WORD_BACK:
        word_back(copy);
        break;
    case COPY_WORD_END:
        word_end(copy);
        break;
    case COPY_LINE_START:
        go_to_col(copy, 0);
        break;
    case COPY_LINE_TEXT:
        line_text(copy);
        break;
    case COPY_LINE_END:
        go_to_col(copy, INT_MAX);
        copy->wish = INT_MAX;
        break;
    case COPY_SCREEN_TOP:
        go_to_line(copy, copy->top);
        break;
    case COPY_SCREEN_MIDDLE:
        go_to_line(copy, copy->top + (bottom - copy->top) / 2);
        break;
    case COPY_SCREEN_BOTTOM:
        go_to_line(copy, bottom);
        break;
    case COPY_PAGE_UP:
        leap(copy, -page);
        break;
    case COPY_PAGE_DOWN:
        leap(copy, page);
        break;
    case COPY_HALF_UP:
        leap(copy, -(page + 1) / 2);
        break;
    case COPY_HALF_DOWN:
        leap(copy, (page + 1) / 2);
        break;
    case COPY_FIRST:
        go_to_line(copy, copy->source.first);
        break;
    case COPY_LAST:
        go_to_last(copy);
        break;
    case COPY_MOVES:
        break;
    }
}

/* ---- selection ---- */

void copymode_select(struct copymode *copy, enum copy_select select)
{
    if (copy->select == COPY_SELECT_NONE)
        copy->anchor = copy->cursor;
    copy->select = copy->select == select ? COPY_SELECT_NONE : select;
}

void copymode_other_end(struct copymode *copy)
{
    if (copy->select == COPY_SELECT_NONE)
        return;
    struct copy_place anchor = copy->anchor;
    copy->anchor = copy->cursor;
    copymode_go(copy, anchor);
}

static bool ends_word(struct copymode *copy, struct copy_place place)
{
    const struct copy_line *line = line_at(copy, place.line);
    uint32_t ch = place.col < line->used ? line->cells[place.col].ch : 0;
    return ch == 0 || (ch < 0x80 && strchr(" \"'`()[]{}<>|;,", (int)ch) != NULL);
}

void copymode_select_word(struct copymode *copy)
{
    struct copy_place from = copy->cursor, to = copy->cursor;
    bool ended, lone = ends_word(copy, copy->cursor);
    for (struct copy_place at = from; !lone && step_back(copy, &at, &ended) && !ended; from = at)
        if (ends_word(copy, at))
            break;
    for (struct copy_place at = to; !lone && step_on(copy, &at, &ended) && !ended; to = at)
        if (ends_word(copy, at))
            break;
    copy->select = COPY_SELECT_CHARS;
    copy->anchor = from;
    copymode_go(copy, to);
}

static bool is_before(struct copy_place a, struct copy_place b)
{
    return a.line < b.line || (a.line == b.line && a.col < b.col);
}

bool copymode_selected(struct copymode *copy, uint64_t number, int *from, int *to)
{
    struct copy_place a = copy->anchor, b = copy->cursor;
    if (is_before(b, a)) {
        a = copy->cursor;
        b = copy->anchor;
    }
    if (copy->select == COPY_SELECT_NONE || number < a.line || number > b.line)
        return false;
    const struct copy_line *line = line_at(copy, number);
    *from = 0;
    *to = copy->source.cols;
    if (copy->select == COPY_SELECT_CHARS) {
        *from = number == a.line ? a.col : 0;
        *to = number == b.line ? b.col + 1 : copy->source.cols;
    } else if (copy->select == COPY_SELECT_BLOCK) {
        *from = a.col < b.col ? a.col : b.col;
        *to = (a.col < b.col ? b.col : a.col) + 1;
    }
    if (*from > 0 && line->cells[*from].ch == CELL_WIDE_TAIL)
        --*from;
    if (*to < copy->source.cols && line->cells[*to].ch == CELL_WIDE_TAIL)
        ++*to;
    return true;
}

/* Appends a cell's character and marks; a blank is a space. */
static bool add_cell(struct buf *out, const struct cell *cell)
{
    char bytes[UTF8_MAX];
    if (cell->ch == CELL_WIDE_TAIL)
        return true;
    bool fits = buf_add(out, bytes, utf8_encode(cell->ch == 0 ? ' ' : cell->ch, bytes));
    for (int i = 0; fits && i < CELL_MARKS && cell->marks[i] != 0; i++)
        fits = buf_add(out, bytes, utf8_encode(cell->marks[i], bytes));
    return fits;
}

static void drop_blanks(struct buf *out, size_t start)
{
    while (out->len > start && out->data[out->len - 1] == ' ')
        out->len--;
    if (out->data != NULL)
        out->data[out->len] = '\0';
}

/* Appends what is selected of a row. */
static bool add_row(struct copymode *copy, uint64_t number, struct buf *out)
{
    int from = 0, to = 0;
    copymode_selected(copy, number, &from, &to);
    const struct copy_line *line = line_at(copy, number);
    bool fits = true;
    for (int col = from; fits && col < to && col < line->used; col++)
        fits = add_cell(out, &line->cells[col]);
    return fits;
}

char *copymode_text(struct copymode *copy)
{
    struct buf out;
    if (copy->select == COPY_SELECT_NONE)
        return NULL;
    uint64_t first = is_before(copy->anchor, copy->cursor) ? copy->anchor.line : copy->cursor.line;
    uint64_t last = is_before(copy->anchor, copy->cursor) ? copy->cursor.line : copy->anchor.line;
    size_t start = 0; /* of the line in the text */
    bool fits = true;
    buf_init(&out, TEXT_MAX);
    for (uint64_t line = first; fits && line <= last; line++) {
        fits = add_row(copy, line, &out);
        bool joined = copy->select != COPY_SELECT_BLOCK && line < last && is_continued(copy, line + 1);
        if (joined)
            continue;
        drop_blanks(&out, start);
        if (fits && (line < last || copy->select == COPY_SELECT_LINES))
            fits = buf_add_byte(&out, '\n');
        start = out.len;
    }
    if (!fits) {
        buf_done(&out);
        return NULL;
    }
    return buf_take(&out, NULL);
}
