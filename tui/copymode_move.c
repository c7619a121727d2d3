/* Copy mode's movements over words, lines and the window. */
#include "tui/copymode_private.h"

#include <limits.h>

enum { COUNT_MAX = 100000 };

/* ---- words: over soft wraps, not over line ends ---- */

enum kind { KIND_BLANK, KIND_WORD, KIND_SIGN };

/* What a word is made of; of a big one, whatever is not blank. */
static enum kind kind_at(struct copymode *copy, struct copy_place place, bool big)
{
    uint32_t ch = copymode_char(copy, place);
    if (ch == ' ')
        return KIND_BLANK;
    bool word = ch >= 0x80 || ch == '_' || (ch >= '0' && ch <= '9') || (ch >= 'A' && ch <= 'Z') ||
                (ch >= 'a' && ch <= 'z');
    return word || big ? KIND_WORD : KIND_SIGN;
}

static void word_on(struct copymode *copy, bool big)
{
    struct copy_place at = copy->cursor;
    enum kind kind = kind_at(copy, at, big);
    bool ended = false;
    while (kind != KIND_BLANK && !ended && kind_at(copy, at, big) == kind)
        if (!copymode_step_on(copy, &at, &ended))
            break;
    while (kind_at(copy, at, big) == KIND_BLANK && copymode_step_on(copy, &at, &ended))
        ;
    copymode_go(copy, at);
}

static void word_back(struct copymode *copy, bool big)
{
    struct copy_place at = copy->cursor;
    bool ended;
    do {
        if (!copymode_step_back(copy, &at, &ended))
            break;
    } while (kind_at(copy, at, big) == KIND_BLANK);
    enum kind kind = kind_at(copy, at, big);
    for (struct copy_place before = at; copymode_step_back(copy, &before, &ended) && !ended; at = before)
        if (kind_at(copy, before, big) != kind)
            break;
    copymode_go(copy, at);
}

static void word_end(struct copymode *copy, bool big)
{
    struct copy_place at = copy->cursor;
    bool ended;
    do {
        if (!copymode_step_on(copy, &at, &ended))
            break;
    } while (kind_at(copy, at, big) == KIND_BLANK);
    enum kind kind = kind_at(copy, at, big);
    for (struct copy_place next = at; copymode_step_on(copy, &next, &ended) && !ended; at = next)
        if (kind_at(copy, next, big) != kind)
            break;
    copymode_go(copy, at);
}

/* ---- within the line ---- */

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

static void line_end(struct copymode *copy)
{
    copymode_go_to_col(copy, INT_MAX);
    copy->wish = INT_MAX;
}

/* Blanks that a program printed at the end are not text. */
static void line_last(struct copymode *copy)
{
    const struct copy_line *line = copymode_line(copy, copy->cursor.line);
    int col = line->used - 1;
    while (col > 0 && (line->cells[col].ch == 0 || line->cells[col].ch == ' '))
        col--;
    copymode_go_to_col(copy, col);
}

/* ---- over lines ---- */

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

static bool is_empty(struct copymode *copy, uint64_t number)
{
    const struct copy_line *line = copymode_line(copy, number);
    for (int col = 0; col < line->used; col++)
        if (line->cells[col].ch != 0 && line->cells[col].ch != ' ')
            return false;
    return true;
}

/* To the next empty line that has text before it, or to the end of all. */
static void paragraph(struct copymode *copy, int step)
{
    uint64_t line = copy->cursor.line, last = step > 0 ? copymode_last_line(copy) : copy->source.first;
    while (line != last && is_empty(copy, line))
        line = copymode_add_lines(copy, line, step);
    while (line != last && !is_empty(copy, line))
        line = copymode_add_lines(copy, line, step);
    copymode_go(copy, (struct copy_place){line, line == last && step > 0 ? INT_MAX : 0});
}

/* ---- all of them ---- */

/* Those that are repeated as often as the count says. */
static void move_once(struct copymode *copy, enum copy_move move)
{
    switch (move) {
    case COPY_LEFT:
        step_left(copy);
        break;
    case COPY_RIGHT:
        step_right(copy);
        break;
    case COPY_WORD:
    case COPY_BIG_WORD:
        word_on(copy, move == COPY_BIG_WORD);
        break;
    case COPY_WORD_BACK:
    case COPY_BIG_BACK:
        word_back(copy, move == COPY_BIG_BACK);
        break;
    case COPY_WORD_END:
    case COPY_BIG_END:
        word_end(copy, move == COPY_BIG_END);
        break;
    case COPY_PARAGRAPH_UP:
    case COPY_PARAGRAPH_DOWN:
        paragraph(copy, move == COPY_PARAGRAPH_UP ? -1 : 1);
        break;
    default:
        break;
    }
}

/* Those for which the count is a number of lines. */
static bool move_lines(struct copymode *copy, enum copy_move move, int count)
{
    int64_t page = copy->rows > 2 ? copy->rows - 2 : 1, half = (page + 1) / 2;
    switch (move) {
    case COPY_UP:
    case COPY_DOWN:
        copymode_go_to_line(copy,
                            copymode_add_lines(copy, copy->cursor.line, move == COPY_UP ? -count : count));
        return true;
    case COPY_PAGE_UP:
    case COPY_PAGE_DOWN:
        leap(copy, (move == COPY_PAGE_UP ? -page : page) * count);
        return true;
    case COPY_HALF_UP:
    case COPY_HALF_DOWN:
        leap(copy, (move == COPY_HALF_UP ? -half : half) * count);
        return true;
    default:
        return false;
    }
}

/* Those that go to a place, which the count may choose: a line of the window or of all, or lines further. */
static bool move_to(struct copymode *copy, enum copy_move move, int count)
{
    uint64_t bottom = copymode_clamp_line(copy, copy->top + (uint64_t)copy->rows - 1);
    uint64_t further = count > 0 ? (uint64_t)count - 1 : 0;
    switch (move) {
    case COPY_LINE_START:
        copymode_go_to_col(copy, 0);
        return true;
    case COPY_LINE_TEXT:
        line_text(copy);
        return true;
    case COPY_LINE_END:
    case COPY_LINE_LAST:
        copymode_go_to_line(copy, copymode_add_lines(copy, copy->cursor.line, (int64_t)further));
        if (move == COPY_LINE_END)
            line_end(copy);
        else
            line_last(copy);
        return true;
    case COPY_SCREEN_TOP:
        copymode_go_to_line(copy, bottom - copy->top > further ? copy->top + further : bottom);
        return true;
    case COPY_SCREEN_MIDDLE:
        copymode_go_to_line(copy, copy->top + (bottom - copy->top) / 2);
        return true;
    case COPY_SCREEN_BOTTOM:
        copymode_go_to_line(copy, bottom - copy->top > further ? bottom - further : copy->top);
        return true;
    case COPY_FIRST:
        copymode_go_to_line(copy, copymode_clamp_line(copy, copy->source.first + further));
        return true;
    case COPY_LAST:
        if (count > 0)
            copymode_go_to_line(copy, copymode_clamp_line(copy, copy->source.first + further));
        else
            go_to_last(copy);
        return true;
    case COPY_MATCH:
        copymode_match(copy);
        return true;
    default:
        return false;
    }
}

void copymode_move(struct copymode *copy, enum copy_move move, int count)
{
    if (count > COUNT_MAX)
        count = COUNT_MAX;
    if (move_to(copy, move, count) || move_lines(copy, move, count > 0 ? count : 1))
        return;
    struct copy_place before;
    do {
        before = copy->cursor;
        move_once(copy, move);
    } while (--count > 0 && !copy_place_equal(before, copy->cursor));
}
