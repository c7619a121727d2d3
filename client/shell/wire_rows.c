/* The pictures of wire.h: a row is a string of tokens, one byte for a blank or an ASCII character in the
 * style that was set last, more for the rest. */
#include "client/shell/wire.h"

#include "client/base/mem.h"
#include "client/base/utf8.h"
#include "client/shell/wire_field.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum token {
    TOKEN_BLANK = 0x00, /* 0x20..0x7E stand for themselves */
    TOKEN_STYLE = 0x80, /* foreground, background, attributes */
    TOKEN_CELL = 0x81,  /* character, how many marks, marks */
    TOKEN_WIDE = 0x82,  /* as TOKEN_CELL, and takes the next column too */
};

enum {
    STYLE_BYTES = 11,
    CELL_BYTES = 6 + 4 * CELL_MARKS,
    LINE_CONTINUED = 0x8000, /* in the number of a line's cells */
    ATTR_ALL = STYLE_UNDERLINE_CURLY * 2 - 1,
};

static bool is_code_point(uint32_t cp)
{
    return cp <= 0x10FFFF && (cp < 0xD800 || cp > 0xDFFF);
}

/* Characters that would make the operator's terminal reorder a row (safety.md section 1). */
static bool is_bidi_control(uint32_t cp)
{
    return cp == 0x61C || cp == 0x200E || cp == 0x200F || (cp >= 0x202A && cp <= 0x202E) ||
           (cp >= 0x2066 && cp <= 0x2069);
}

/* Marks have no width, but for an emoji behind a joiner. */
static bool is_mark(const uint32_t *marks, int index)
{
    uint32_t cp = marks[index];
    bool joined = index > 0 && marks[index - 1] == UTF8_ZWJ && utf8_is_emoji(cp);
    return is_code_point(cp) && (utf8_width(cp) == 0 || joined) && !is_bidi_control(cp);
}

/* The columns of a character that may be a cell's base: 1 or 2; 0 when it may not. */
static int base_width(uint32_t cp)
{
    int width = is_code_point(cp) ? utf8_width(cp) : 0;
    return width > 0 ? width : 0;
}

static bool is_color(color c)
{
    return color_is_default(c) || (color_is_index(c) && (c & 0xFFFFFF) <= 0xFF) || color_is_rgb(c);
}

/* Writing: rows are encoded straight into the buffer, whose room is made once a row. */

static uint8_t *store(uint8_t *at, uint32_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        *at++ = (uint8_t)(value >> (8 * i));
    return at;
}

static uint8_t *store_style(uint8_t *at, const struct style *style)
{
    *at++ = TOKEN_STYLE;
    at = store(at, is_color(style->fg) ? style->fg : COLOR_DEFAULT_VALUE, 4);
    at = store(at, is_color(style->bg) ? style->bg : COLOR_DEFAULT_VALUE, 4);
    return store(at, style->attr & ATTR_ALL, 2);
}

static uint8_t *store_cell(uint8_t *at, const struct cell *cell, uint32_t ch, int width)
{
    *at++ = width == 2 ? TOKEN_WIDE : TOKEN_CELL;
    at = store(at, ch, 4);
    uint8_t *count = at++;
    *count = 0;
    for (int i = 0; i < CELL_MARKS && cell->marks[i] != 0; i++)
        if (is_mark(cell->marks, i)) {
            at = store(at, cell->marks[i], 4);
            ++*count;
        }
    return at;
}

/* How many leading cells must be sent: those after them are blank in the default style. */
static int used_cells(const struct cell *cells, int cols)
{
    static const struct style plain = {0};
    while (cols > 0 && cells[cols - 1].ch == 0 && cells[cols - 1].marks[0] == 0 &&
           style_equal(cells[cols - 1].style, plain))
        cols--;
    return cols;
}

static uint8_t *store_row(uint8_t *at, const struct cell *cells, int cols, int used)
{
    struct style style = {0};
    for (int col = 0; col < used; col++) {
        const struct cell *cell = &cells[col];
        if (!style_equal(cell->style, style)) {
            at = store_style(at, &cell->style);
            style = cell->style;
        }
        bool marked = cell->marks[0] != 0;
        if (cell->ch >= 0x20 && cell->ch < 0x7F && !marked) {
            *at++ = (uint8_t)cell->ch;
            continue;
        }
        bool tail = cell->ch == CELL_WIDE_TAIL; /* one that has lost its character */
        if (tail || (cell->ch == 0 && !marked)) {
            *at++ = TOKEN_BLANK;
            continue;
        }
        uint32_t ch = cell->ch == 0 ? ' ' : cell->ch;
        int width = base_width(ch);
        bool fits = width == 2 && col + 1 < cols && cells[col + 1].ch == CELL_WIDE_TAIL;
        if (width == 0 || (width == 2 && !fits)) {
            ch = UTF8_REPLACEMENT;
            width = 1;
        }
        at = store_cell(at, cell, ch, width);
        if (width == 2)
            col++;
    }
    return at;
}

static int clamp(int value, int least, int most)
{
    return value < least ? least : value > most ? most : value;
}

static bool is_title(const char *title, size_t len)
{
    for (size_t at = 0; at < len;) {
        uint32_t cp;
        size_t used = utf8_decode_final(title + at, len - at, &cp);
        if (utf8_width(cp) < 0 || is_bidi_control(cp))
            return false;
        at += used;
    }
    return utf8_valid(title, len);
}

void wire_rows_begin(struct wire_writer *writer, struct buf *out, const struct screen_state *state)
{
    assert(state->cols >= WIRE_COLS_MIN && state->cols <= WIRE_COLS_MAX);
    assert(state->rows >= 1 && state->rows <= WIRE_ROWS_MAX);
    wire_begin(writer, out, WIRE_ROWS);
    field_put_number(writer, (uint64_t)state->cols, 2);
    field_put_number(writer, (uint64_t)state->rows, 2);
    field_put_number(writer, (uint64_t)clamp(state->cursor_row, 0, state->rows - 1), 2);
    field_put_number(writer, (uint64_t)clamp(state->cursor_col, 0, state->cols - 1), 2);
    field_put_number(writer, (uint64_t)state->cursor_visible, 1);
    field_put_number(writer, state->cursor_shape, 1);
    field_put_number(writer, state->alternate, 1);
    field_put_number(writer, state->mouse, 1);
    field_put_number(writer, state->bracketed_paste, 1);
    field_put_number(writer, state->focus_events, 1);
    field_put_number(writer, state->synchronised, 1);
    field_put_number(writer, state->history, 8);
    field_put_number(writer, state->dropped, 8);
    field_put_number(writer, state->bells, 4);
    size_t title = strnlen(state->title, sizeof state->title - 1);
    if (!is_title(state->title, title))
        title = 0;
    field_put_number(writer, title, 1);
    field_put(writer, state->title, title);
}

/* Appends `head` (the number of cells is added to its last two bytes) and the cells, unless the body would
 * pass `limit`. */
static bool add_row(struct wire_writer *writer, const uint8_t *head, size_t head_len,
                    const struct cell *cells, int cols, size_t limit)
{
    struct buf *out = writer->out;
    int used = used_cells(cells, cols);
    size_t most = head_len + (size_t)used * (STYLE_BYTES + CELL_BYTES);
    size_t body = out->len - writer->start - WIRE_HEAD;
    if (writer->bad || body + most > limit || most > out->cap - out->len)
        return false;
    out->data = mem_grow(out->data, &out->room, out->len + most + 1, 1);
    uint8_t *start = (uint8_t *)out->data + out->len;
    memcpy(start, head, head_len);
    start[head_len - 2] |= (uint8_t)used;
    start[head_len - 1] |= (uint8_t)(used >> 8);
    uint8_t *at = store_row(start + head_len, cells, cols, used);
    out->len += (size_t)(at - start);
    out->data[out->len] = '\0';
    return true;
}

bool wire_rows_add(struct wire_writer *writer, int row, const struct cell *cells, int cols)
{
    const uint8_t head[] = {(uint8_t)row, (uint8_t)(row >> 8), 0, 0};
    return add_row(writer, head, sizeof head, cells, cols, WIRE_BODY_MAX);
}

void wire_lines_begin(struct wire_writer *writer, struct buf *out, const struct wire_lines *lines)
{
    assert(lines->cols >= WIRE_COLS_MIN && lines->cols <= WIRE_COLS_MAX && lines->oldest <= lines->end);
    wire_begin(writer, out, WIRE_LINES);
    field_put_number(writer, lines->ticket, 4);
    field_put_number(writer, lines->oldest, 8);
    field_put_number(writer, lines->end, 8);
    field_put_number(writer, (uint64_t)lines->cols, 2);
    field_put_number(writer, lines->alternate, 1);
}

bool wire_lines_add(struct wire_writer *writer, const struct cell *cells, int cols, bool continued)
{
    const uint8_t head[] = {0, continued ? LINE_CONTINUED >> 8 : 0};
    return add_row(writer, head, sizeof head, cells, cols, WIRE_LINES_BYTES);
}

static bool get_state(struct field_reader *reader, struct screen_state *state)
{
    state->cols = field_int(reader, 2, WIRE_COLS_MIN, WIRE_COLS_MAX);
    state->rows = field_int(reader, 2, 1, WIRE_ROWS_MAX);
    state->cursor_row = field_int(reader, 2, 0, state->rows - 1);
    state->cursor_col = field_int(reader, 2, 0, state->cols - 1);
    state->cursor_visible = field_flag(reader);
    state->cursor_shape = (enum cursor_shape)field_int(reader, 1, CURSOR_DEFAULT, CURSOR_BAR);
    state->alternate = field_flag(reader);
    state->mouse = (enum mouse_mode)field_int(reader, 1, MOUSE_MODE_OFF, MOUSE_MODE_MOVE);
    state->bracketed_paste = field_flag(reader);
    state->focus_events = field_flag(reader);
    state->synchronised = field_flag(reader);
    state->history = field_number(reader, 8);
    state->dropped = field_number(reader, 8);
    state->bells = (uint32_t)field_number(reader, 4);
    size_t title = (size_t)field_number(reader, 1);
    if (reader->bad || title > reader->left || title >= sizeof state->title ||
        !is_title((const char *)reader->at, title))
        return false;
    memcpy(state->title, reader->at, title);
    memset(state->title + title, 0, sizeof state->title - title);
    reader->at += title;
    reader->left -= title;
    return true;
}

static bool get_style(struct field_reader *reader, struct style *style)
{
    style->fg = (color)field_number(reader, 4);
    style->bg = (color)field_number(reader, 4);
    style->attr = (uint16_t)field_number(reader, 2);
    return !reader->bad && is_color(style->fg) && is_color(style->bg) && (style->attr & ~ATTR_ALL) == 0;
}

/* A character that is more than one byte; its columns are returned, 0 when it is refused. */
static int get_cell(struct field_reader *reader, enum token token, struct cell *cell)
{
    cell->ch = (uint32_t)field_number(reader, 4);
    int width = base_width(cell->ch);
    int marks = field_int(reader, 1, 0, CELL_MARKS);
    for (int i = 0; i < marks; i++) {
        cell->marks[i] = (uint32_t)field_number(reader, 4);
        if (!is_mark(cell->marks, i))
            return 0;
    }
    if (reader->bad || width != (token == TOKEN_WIDE ? 2 : 1))
        return 0;
    return width;
}

/* Takes the ASCII characters that stand next, at most `most`, and returns how many: nearly all of a picture.
 */
static int get_ascii(struct field_reader *reader, const struct style *style, struct cell *cells, int most)
{
    struct cell cell = {.style = *style};
    int count = 0;
    size_t room = reader->left < (size_t)most ? reader->left : (size_t)most;
    for (; (size_t)count < room && reader->at[count] >= 0x20 && reader->at[count] < 0x7F; count++) {
        cell.ch = reader->at[count];
        cells[count] = cell;
    }
    reader->at += count;
    reader->left -= (size_t)count;
    return count;
}

static bool get_cells(struct field_reader *reader, struct cell *cells, int cols, int used)
{
    struct style style = {0};
    memset(cells + used, 0, (size_t)(cols - used) * sizeof *cells);
    for (int col = 0; col < used;) {
        col += get_ascii(reader, &style, cells + col, used - col);
        if (col == used)
            break;
        uint8_t token = (uint8_t)field_number(reader, 1);
        if (reader->bad)
            return false;
        struct cell cell = {.style = style};
        int width = 1;
        if (token == TOKEN_STYLE) {
            if (!get_style(reader, &style))
                return false;
            continue;
        } else if (token == TOKEN_CELL || token == TOKEN_WIDE) {
            width = get_cell(reader, (enum token)token, &cell);
        } else if (token != TOKEN_BLANK) {
            return false;
        }
        if (width == 0 || width > used - col)
            return false;
        cells[col++] = cell;
        if (width == 2)
            cells[col++] = (struct cell){.ch = CELL_WIDE_TAIL, .style = style};
    }
    return !reader->bad;
}

void wire_picture_init(struct wire_picture *picture, int cols, int rows)
{
    wire_picture_done(picture);
    picture->state = (struct screen_state){.cols = cols, .rows = rows};
    picture->cells = mem_zalloc((size_t)rows * (size_t)cols, sizeof *picture->cells);
    picture->fresh = mem_alloc((size_t)rows * sizeof *picture->fresh);
    memset(picture->fresh, true, (size_t)rows * sizeof *picture->fresh);
}

bool wire_get_rows(const struct wire_frame *frame, struct wire_picture *picture)
{
    struct field_reader reader = field_reader_of(frame);
    struct screen_state state;
    if (!get_state(&reader, &state))
        return false;
    if (picture->cells == NULL || state.cols != picture->state.cols || state.rows != picture->state.rows)
        wire_picture_init(picture, state.cols, state.rows);
    picture->state = state;
    while (reader.left > 0) {
        int row = field_int(&reader, 2, 0, state.rows - 1);
        int used = field_int(&reader, 2, 0, state.cols);
        if (reader.bad ||
            !get_cells(&reader, picture->cells + (size_t)row * (size_t)state.cols, state.cols, used))
            return false;
        picture->fresh[row] = true;
    }
    return true;
}

void wire_picture_seen(struct wire_picture *picture)
{
    if (picture->fresh != NULL)
        memset(picture->fresh, false, (size_t)picture->state.rows * sizeof *picture->fresh);
}

void wire_picture_done(struct wire_picture *picture)
{
    free(picture->cells);
    free(picture->fresh);
    *picture = (struct wire_picture){0};
}

size_t wire_line_read(const uint8_t *bytes, size_t len, struct cell *cells, int cols, int *used,
                      bool *continued)
{
    struct field_reader reader = {.at = bytes, .left = len};
    uint64_t head = field_number(&reader, 2);
    *continued = (head & LINE_CONTINUED) != 0;
    *used = (int)(head & ~(uint64_t)LINE_CONTINUED);
    if (reader.bad || *used > cols || !get_cells(&reader, cells, cols, *used))
        return 0;
    return len - reader.left;
}

bool wire_get_lines(const struct wire_frame *frame, struct wire_lines *out)
{
    struct field_reader reader = field_reader_of(frame);
    *out = (struct wire_lines){.ticket = (uint32_t)field_number(&reader, 4)};
    out->oldest = field_number(&reader, 8);
    out->end = field_number(&reader, 8);
    out->cols = field_int(&reader, 2, WIRE_COLS_MIN, WIRE_COLS_MAX);
    out->alternate = field_flag(&reader);
    out->rows = reader.at;
    out->len = reader.left;
    if (reader.bad || out->oldest > out->end || frame->len > WIRE_LINES_BYTES)
        return false;
    struct cell *cells = mem_alloc((size_t)out->cols * sizeof *cells);
    bool good = true;
    while (good && reader.left > 0) {
        int used;
        bool continued;
        size_t took = wire_line_read(reader.at, reader.left, cells, out->cols, &used, &continued);
        reader.at += took;
        reader.left -= took;
        good = took > 0 && ++out->count <= out->end - out->oldest;
    }
    free(cells);
    /* An answer with nothing in it, though there are lines, would be asked for again without end. */
    return good && (out->count > 0 || out->end == out->oldest);
}
