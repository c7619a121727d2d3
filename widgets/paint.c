#include "widgets/paint.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/base/utf8.h"

enum { PEN_CELLS = 128, FORMAT_MAX = 1024 };

static int min_int(int a, int b)
{
    return a < b ? a : b;
}

static int max_int(int a, int b)
{
    return a > b ? a : b;
}

/* ---- rectangles ---- */

struct rect rect_intersect(struct rect a, struct rect b)
{
    int row = max_int(a.row, b.row), col = max_int(a.col, b.col);
    int rows = min_int(a.row + a.rows, b.row + b.rows) - row;
    int cols = min_int(a.col + a.cols, b.col + b.cols) - col;
    return (struct rect){row, col, max_int(rows, 0), max_int(cols, 0)};
}

struct rect rect_inside(struct rect r)
{
    return (struct rect){r.row + 1, r.col + 1, max_int(r.rows - 2, 0), max_int(r.cols - 2, 0)};
}

struct rect rect_center(struct rect area, int rows, int cols)
{
    rows = max_int(min_int(rows, area.rows), 0);
    cols = max_int(min_int(cols, area.cols), 0);
    return (struct rect){area.row + (area.rows - rows) / 2, area.col + (area.cols - cols) / 2, rows, cols};
}

/* ---- parts ---- */

static struct paint whole(struct canvas *canvas, bool again)
{
    struct rect all = {0, 0, canvas_rows(canvas), canvas_cols(canvas)};
    const struct theme *theme = canvas_theme(canvas);
    return (struct paint){
        .canvas = canvas,
        .theme = theme,
        .area = all,
        .clip = all,
        .base = theme_style(theme, ROLE_TEXT),
        .again = again,
        .rows = all.rows,
        .cols = all.cols,
    };
}

struct paint paint_screen(struct canvas *canvas)
{
    canvas_begin(canvas);
    return whole(canvas, false);
}

struct paint paint_again(struct canvas *canvas)
{
    canvas_continue(canvas);
    return whole(canvas, true);
}

struct paint paint_within(const struct paint *p, struct rect r)
{
    struct paint part = *p;
    part.area =
        (struct rect){p->area.row + r.row, p->area.col + r.col, max_int(r.rows, 0), max_int(r.cols, 0)};
    part.clip = rect_intersect(p->clip, part.area);
    part.rows = part.area.rows;
    part.cols = part.area.cols;
    return part;
}

struct paint paint_over(const struct paint *p, struct rect r, enum role role)
{
    struct paint part = paint_within(p, r);
    part.base = style_over(p->base, theme_style(p->theme, role));
    paint_fill(&part, (struct rect){0, 0, part.rows, part.cols}, ROLE_TEXT);
    return part;
}

bool paint_ascii(const struct paint *p)
{
    return canvas_ascii(p->canvas);
}

static struct style role_style(const struct paint *p, enum role role)
{
    return style_over(p->base, theme_style(p->theme, role));
}

/* ---- the pen: characters to cells, within the clip ---- */

struct pen {
    const struct paint *p;
    int row;   /* on the screen */
    int col;   /* on the screen: where the next character goes, perhaps outside the clip */
    int start; /* on the screen: column of cells[0] */
    int count;
    bool skipped; /* the last character was not drawn: nor are its marks */
    struct cell cells[PEN_CELLS];
};

static void pen_start(struct pen *pen, const struct paint *p, int row, int col)
{
    pen->p = p;
    pen->row = p->area.row + row;
    pen->col = p->area.col + col;
    pen->start = pen->col;
    pen->count = 0;
    pen->skipped = true;
}

static void pen_flush(struct pen *pen)
{
    if (pen->count > 0)
        canvas_put(pen->p->canvas, pen->row, pen->start, pen->cells, pen->count);
    pen->count = 0;
}

/* One cell at the pen's place, if the clip has it. */
static void pen_cell(struct pen *pen, const struct cell *cell)
{
    if (!rect_contains(pen->p->clip, pen->row, pen->col)) {
        pen_flush(pen);
        pen->col++;
        return;
    }
    if (pen->count == 0)
        pen->start = pen->col;
    pen->cells[pen->count++] = *cell;
    pen->col++;
}

/* One character with its style; a zero-width one joins the character before it. */
static void pen_put(struct pen *pen, uint32_t ch, struct style style)
{
    int width = utf8_width(ch);
    if (width == 0) {
        struct cell *last = pen->count > 0 && !pen->skipped ? &pen->cells[pen->count - 1] : NULL;
        if (last != NULL && last->ch == CELL_WIDE_TAIL && pen->count > 1)
            last--;
        for (int i = 0; last != NULL && i < CELL_MARKS; i++) {
            if (last->marks[i] == 0) {
                last->marks[i] = ch;
                break;
            }
        }
        return;
    }
    if (pen->count + 2 > PEN_CELLS)
        pen_flush(pen);
    struct cell cell = {.ch = width < 0 ? UTF8_REPLACEMENT : ch, .style = style};
    if (width < 2) {
        pen->skipped = !rect_contains(pen->p->clip, pen->row, pen->col);
        pen_cell(pen, &cell);
        return;
    }
    bool whole = rect_contains(pen->p->clip, pen->row, pen->col) &&
                 rect_contains(pen->p->clip, pen->row, pen->col + 1);
    pen->skipped = !whole;
    struct cell tail = {.ch = whole ? CELL_WIDE_TAIL : ' ', .style = style};
    if (!whole)
        cell.ch = ' ';
    pen_cell(pen, &cell);
    pen_cell(pen, &tail);
}

static void pen_text(struct pen *pen, struct style style, const char *bytes, size_t len)
{
    for (size_t at = 0; at < len;) {
        uint32_t cp;
        at += utf8_decode_final(bytes + at, len - at, &cp);
        pen_put(pen, cp, style);
    }
}

static void pen_repeat(struct pen *pen, struct style style, uint32_t ch, int count)
{
    for (int i = 0; i < count; i++)
        pen_put(pen, ch, style);
}

/* ---- text ---- */

void paint_fill(const struct paint *p, struct rect r, enum role role)
{
    struct rect part = rect_intersect((struct rect){0, 0, p->rows, p->cols}, r);
    struct style style = role_style(p, role);
    for (int row = 0; row < part.rows; row++) {
        struct pen pen;
        pen_start(&pen, p, part.row + row, part.col);
        pen_repeat(&pen, style, ' ', part.cols);
        pen_flush(&pen);
    }
}

static uint32_t ellipsis(const struct paint *p)
{
    return paint_ascii(p) ? '~' : 0x2026;
}

/* How many of the columns from `col` on the area has. */
static int room_at(const struct paint *p, int col, int cols)
{
    return max_int(min_int(cols, p->cols - col), 0);
}

/* Draws a text whose style is final. */
static int put_cut(const struct paint *p, int row, int col, int cols, struct style style, const char *bytes,
                   size_t len)
{
    cols = room_at(p, col, cols);
    if (cols == 0 || len == 0)
        return 0;
    size_t used;
    size_t fits = utf8_fit(bytes, len, (size_t)cols, &used);
    bool cut = fits < len;
    if (cut)
        fits = utf8_fit(bytes, len, (size_t)cols - 1, &used);
    struct pen pen;
    pen_start(&pen, p, row, col);
    pen_text(&pen, style, bytes, fits);
    if (cut)
        pen_put(&pen, ellipsis(p), style);
    pen_flush(&pen);
    return (int)used + (cut ? 1 : 0);
}

int paint_styled(const struct paint *p, int row, int col, int cols, struct style style, const char *bytes,
                 size_t len)
{
    return put_cut(p, row, col, cols, style_over(p->base, style), bytes, len);
}

int paint_text(const struct paint *p, int row, int col, int cols, enum role role, const char *text)
{
    return text == NULL ? 0 : put_cut(p, row, col, cols, role_style(p, role), text, strlen(text));
}

int paint_right(const struct paint *p, int row, int col, int cols, enum role role, const char *text)
{
    cols = room_at(p, col, cols);
    int need = text == NULL ? 0 : min_int((int)utf8_columns(text, strlen(text)), cols);
    return paint_text(p, row, col + cols - need, need, role, text);
}

int paint_format(const struct paint *p, int row, int col, int cols, enum role role, const char *format, ...)
{
    char text[FORMAT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return paint_text(p, row, col, cols, role, text);
}

/* The tail of a text that takes at most `cols` columns. */
static size_t tail_start(const char *text, size_t len, size_t cols)
{
    size_t columns = utf8_columns(text, len), at = 0;
    while (at < len && columns > cols) {
        uint32_t cp;
        at += utf8_decode_final(text + at, len - at, &cp);
        int width = utf8_width(cp);
        columns -= width < 0 ? 1 : (size_t)width;
    }
    /* Marks belong to the character that was cut. */
    while (at < len) {
        uint32_t cp;
        size_t took = utf8_decode_final(text + at, len - at, &cp);
        if (utf8_width(cp) != 0)
            break;
        at += took;
    }
    return at;
}

int paint_name(const struct paint *p, int row, int col, int cols, enum role role, const char *text)
{
    cols = room_at(p, col, cols);
    size_t len = text == NULL ? 0 : strlen(text);
    if (len == 0 || utf8_columns(text, len) <= (size_t)cols || cols < 3)
        return paint_text(p, row, col, cols, role, text);
    size_t used;
    size_t head = utf8_fit(text, len, (size_t)cols / 2, &used);
    size_t tail = tail_start(text, len, (size_t)cols - 1 - used);
    struct style style = role_style(p, role);
    struct pen pen;
    pen_start(&pen, p, row, col);
    pen_text(&pen, style, text, head);
    pen_put(&pen, ellipsis(p), style);
    pen_text(&pen, style, text + tail, len - tail);
    pen_flush(&pen);
    return pen.col - (p->area.col + col);
}

int paint_spans(const struct paint *p, int row, int col, int cols, enum role role, const struct text *text,
                size_t from)
{
    cols = room_at(p, col, cols);
    struct rect window = {0, col, p->rows, cols};
    struct paint part = paint_within(p, window);
    struct pen pen;
    pen_start(&pen, &part, row, 0);
    struct style plain = role_style(p, role);
    size_t column = 0;
    uint32_t span = 0;
    for (uint32_t at = 0; at < text->len && column < from + (size_t)cols;) {
        uint32_t cp;
        uint32_t here = at;
        at += (uint32_t)utf8_decode_final(text->bytes + at, text->len - at, &cp);
        int width = utf8_width(cp);
        size_t next = column + (size_t)(width < 0 ? 1 : width);
        if (column < from) {
            /* A wide character cut by the left edge leaves a blank. */
            if (next > from)
                pen_put(&pen, ' ', plain);
            column = next;
            continue;
        }
        while (span < text->span_count && text->spans[span].start + text->spans[span].len <= here)
            span++;
        bool styled = span < text->span_count && text->spans[span].start <= here;
        pen_put(&pen, cp, styled ? style_over(plain, text->spans[span].style) : plain);
        column = next;
    }
    pen_flush(&pen);
    return min_int(pen.col - part.area.col, cols);
}

/* Whether cells can be drawn as they are: nothing lies under them that shows through, and none is wide or
 * half of a wide one. (No character below U+1100 is wide, nor one of the lines and blocks.) */
static bool is_simple(const struct paint *p, const struct cell *cells, int count)
{
    static const struct style plain = {0};
    if (!style_equal(p->base, plain))
        return false;
    for (int i = 0; i < count; i++)
        if (cells[i].ch >= 0x1100 && (cells[i].ch < 0x2500 || cells[i].ch > 0x259F))
            return false;
    return true;
}

/* The cells of a row that the clip has, drawn as they are. */
static void put_simple(const struct paint *p, int row, int col, const struct cell *cells, int count)
{
    struct rect r = rect_intersect(p->clip, (struct rect){p->area.row + row, p->area.col + col, 1, count});
    if (!rect_is_empty(r))
        canvas_put(p->canvas, r.row, r.col, cells + (r.col - p->area.col - col), r.cols);
}

void paint_cells(const struct paint *p, int row, int col, const struct cell *cells, int count)
{
    if (is_simple(p, cells, count)) {
        put_simple(p, row, col, cells, count);
        return;
    }
    struct pen pen;
    pen_start(&pen, p, row, col);
    for (int i = 0; i < count; i++) {
        bool tail = cells[i].ch == CELL_WIDE_TAIL;
        bool wide = !tail && i + 1 < count && cells[i + 1].ch == CELL_WIDE_TAIL;
        if (pen.count + 2 > PEN_CELLS)
            pen_flush(&pen);
        struct cell cell = cells[i];
        cell.style = style_over(p->base, cell.style);
        bool whole =
            wide && rect_contains(p->clip, pen.row, pen.col) && rect_contains(p->clip, pen.row, pen.col + 1);
        if (tail || (wide && !whole) || (!wide && utf8_width(cell.ch) > 1)) {
            cell.ch = ' ';
            cell.marks[0] = 0;
        }
        pen_cell(&pen, &cell);
        if (whole) {
            cell.ch = CELL_WIDE_TAIL;
            cell.marks[0] = 0;
            pen_cell(&pen, &cell);
            i++;
        }
    }
    pen_flush(&pen);
}

void paint_repeat(const struct paint *p, int row, int col, int count, enum role role, uint32_t ch)
{
    struct pen pen;
    pen_start(&pen, p, row, col);
    pen_repeat(&pen, role_style(p, role), ch, room_at(p, col, count));
    pen_flush(&pen);
}

void paint_recolor(const struct paint *p, struct rect r, enum role role)
{
    r.row += p->area.row;
    r.col += p->area.col;
    struct rect part = rect_intersect(p->clip, r);
    /* Not over p's base: on a reversed bar the role would not be seen. */
    struct style style = style_over(theme_style(p->theme, ROLE_TEXT), theme_style(p->theme, role));
    for (int row = 0; row < part.rows && part.cols > 0; row++)
        canvas_restyle(p->canvas, part.row + row, part.col, part.cols, style);
}

void paint_cursor(const struct paint *p, int row, int col)
{
    row += p->area.row;
    col += p->area.col;
    if (rect_contains(p->clip, row, col))
        canvas_cursor(p->canvas, row, col);
}
