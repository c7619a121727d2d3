/* Copy mode's movements. */
#include "tui/copymode_private.h"

#include <limits.h>

/* ---- words: over soft wraps, not over line ends ---- */

enum kind { KIND_BLANK, KIND_WORD, KIND_SIGN };

static enum kind kind_at(struct copymode *copy, struct copy_place place)
{
    const struct copy_line *line = copymode_line(copy, place.line);
    uint32_t ch = place.col < line->used ? line->cells[place.col].ch : 0;
    if (ch == 0 || ch == ' ')
        return KIND_BLANK;
    bool word = ch >= 0x80 || ch == '_' || (ch >= '0' && ch <= '9') || (ch >= 'A' && ch <= 'Z') ||
                (ch >= 'a' && ch <= 'z');
    return word ? KIND_WORD : KIND_SIGN;
}

static void word_on(struct copymode *copy)
{
    struct copy_place at = copy->cursor;
    enum kind kind = kind_at(copy, at);
    bool ended = false;
    while (kind != KIND_BLANK && !ended && kind_at(copy, at) == kind)
        if (!copymode_step_on(copy, &at, &ended))
            break;
    while (kind_at(copy, at) == KIND_BLANK && copymode_step_on(copy, &at, &ended))
        ;
    copymode_go(copy, at);
}

static void word_back(struct copymode *copy)
{
    struct copy_place at = copy->cursor;
    bool ended;
    do {
        if (!copymode_step_back(copy, &at, &ended))
            break;
    } while (kind_at(copy, at) == KIND_BLANK);
    enum kind kind = kind_at(copy, at);
    for (struct copy_place before = at; copymode_step_back(copy, &before, &ended) && !ended; at = before)
        if (kind_at(copy, before) != kind)
            break;
    copymode_go(copy, at);
}

static void word_end(struct copymode *copy)
{
    struct copy_place at = copy->cursor;
    bool ended;
    do {
        if (!copymode_step_on(copy, &at, &ended))
            break;
    } while (kind_at(copy, at) == KIND_BLANK);
    enum kind kind = kind_at(copy, at);
    for (struct copy_place next = at; copymode_step_on(copy, &next, &ended) && !ended; at = next)
        if (kind_at(copy, next) != kind)
            break;
    copymode_go(copy, at);
}

/* ---- moves ---- */

static void step_left(struct copymode *copy)
{
    if (copy->cursor.col > 0)
        copymode_go_to_col(copy, copy->cursor.col - 1);
}

static void step_right(struct copymode *copy)
{
    struct copy_place at = copy->cursor;
    bool ended;
    if (copymode_step_on(copy, &at, &ended) && at.line == copy->cursor.line)
        copymode_go_to_col(copy, at.col);
}

static void line_text(struct copymode *copy)
{
    int col = 0;
    const struct copy_line *line = copymode_line(copy, copy->cursor.line);
    while (col < line->used && (line->cells[col].ch == 0 || line->cells[col].ch == ' '))
        col++;
    copymode_go_to_col(copy, col);
}

/* Cursor and window together, so that the cursor keeps its place in the window. */
static void leap(struct copymode *copy, int64_t lines)
{
    copymode_set_top(copy, copymode_add_lines(copy, copy->top, lines));
    copymode_go_to_line(copy, copymode_add_lines(copy, copy->cursor.line, lines));
}

/* Blank rows below the prompt are no lines to go to. */
static void go_to_last(struct copymode *copy)
{
    uint64_t line = copymode_last_line(copy);
    while (line > copy->source.first && copymode_line(copy, line)->used == 0 &&
           line > copymode_top_most(copy))
        line--;
    copymode_set_top(copy, copymode_top_most(copy));
    copymode_go_to_line(copy, line);
}

void copymode_move(struct copymode *copy, enum copy_move move)
{
    int64_t page = copy->rows > 2 ? copy->rows - 2 : 1;
    uint64_t bottom = copymode_clamp_line(copy, copy->top + (uint64_t)copy->rows - 1);
    switch (move) {
    case COPY_LEFT:
        step_left(copy);
        break;
    case COPY_RIGHT:
        step_right(copy);
        break;
    case COPY_UP:
        copymode_go_to_line(copy, copymode_add_lines(copy, copy->cursor.line, -1));
        break;
    case COPY_DOWN:
        copymode_go_to_line(copy, copymode_add_lines(copy, copy->cursor.line, 1));
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
        copymode_go_to_col(copy, 0);
        break;
    case COPY_LINE_TEXT:
        line_text(copy);
        break;
    case COPY_LINE_END:
        copymode_go_to_col(copy, INT_MAX);
        copy->wish = INT_MAX;
        break;
    case COPY_SCREEN_TOP:
        copymode_go_to_line(copy, copy->top);
        break;
    case COPY_SCREEN_MIDDLE:
        copymode_go_to_line(copy, copy->top + (bottom - copy->top) / 2);
        break;
    case COPY_SCREEN_BOTTOM:
        copymode_go_to_line(copy, bottom);
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
        copymode_go_to_line(copy, copy->source.first);
        break;
    case COPY_LAST:
        go_to_last(copy);
        break;
    case COPY_MOVES:
        break;
    }
}
