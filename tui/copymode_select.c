/* Copy mode's selections, and the text of one. */
#include "tui/copymode_private.h"

#include "client/base/buf.h"
#include "client/base/utf8.h"

#include <string.h>

enum { TEXT_MAX = 64 << 20 };

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
    const struct copy_line *line = copymode_line(copy, place.line);
    uint32_t ch = place.col < line->used ? line->cells[place.col].ch : 0;
    return ch == 0 || (ch < 0x80 && strchr(" \"'`()[]{}<>|;,", (int)ch) != NULL);
}

void copymode_select_word(struct copymode *copy)
{
    struct copy_place from = copy->cursor, to = copy->cursor;
    bool ended, lone = ends_word(copy, copy->cursor);
    for (struct copy_place at = from; !lone && copymode_step_back(copy, &at, &ended) && !ended; from = at)
        if (ends_word(copy, at))
            break;
    for (struct copy_place at = to; !lone && copymode_step_on(copy, &at, &ended) && !ended; to = at)
        if (ends_word(copy, at))
            break;
    copy->select = COPY_SELECT_CHARS;
    copy->anchor = from;
    copymode_go(copy, to);
}

bool copymode_selected(struct copymode *copy, uint64_t number, int *from, int *to)
{
    struct copy_place a = copy->anchor, b = copy->cursor;
    if (copy_place_before(b, a)) {
        a = copy->cursor;
        b = copy->anchor;
    }
    if (copy->select == COPY_SELECT_NONE || number < a.line || number > b.line)
        return false;
    const struct copy_line *line = copymode_line(copy, number);
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
    const struct copy_line *line = copymode_line(copy, number);
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
    uint64_t first = copy_place_before(copy->anchor, copy->cursor) ? copy->anchor.line : copy->cursor.line;
    uint64_t last = copy_place_before(copy->anchor, copy->cursor) ? copy->cursor.line : copy->anchor.line;
    size_t start = 0; /* of the line in the text */
    bool fits = true;
    buf_init(&out, TEXT_MAX);
    for (uint64_t line = first; fits && line <= last; line++) {
        fits = add_row(copy, line, &out);
        bool joined =
            copy->select != COPY_SELECT_BLOCK && line < last && copymode_is_continued(copy, line + 1);
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
