#include "widgets/canvas.h"

#include <assert.h>
#include <curses.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "client/base/mem.h"
#include "client/base/utf8.h"
#include "widgets/colors.h"

enum { RUN = 128 };

/* No cell that is drawn: ncurses' window holds something else than we know. */
static const uint32_t UNKNOWN = 0xFFFFFFFE;

struct canvas {
    const struct theme *theme;
    bool ascii;
    struct colors colors;
    uint16_t styles; /* what is shown beyond ncurses' attributes */
    int rows, cols;
    struct cell *drawn;             /* the frame, row by row */
    struct cell *shown;             /* what ncurses was told */
    bool *touched;                  /* rows that may differ between the two */
    const struct theme *background; /* whose background ncurses has */
    bool cursor_visible;
    int cursor_row, cursor_col;
    struct style last; /* the style of last_attrs and last_pair: runs of one style are the rule */
    attr_t last_attrs;
    int last_pair;
    cchar_t space; /* a blank of that style */
    bool last_valid;
};

/* Takes ncurses' size over. Its window holds who knows what then. */
static void fit(struct canvas *canvas)
{
    canvas->rows = getmaxy(stdscr);
    canvas->cols = getmaxx(stdscr);
    size_t cells = (size_t)canvas->rows * (size_t)canvas->cols;
    free(canvas->drawn);
    free(canvas->shown);
    free(canvas->touched);
    canvas->drawn = mem_zalloc(cells, sizeof *canvas->drawn);
    canvas->shown = mem_zalloc(cells, sizeof *canvas->shown);
    canvas->touched = mem_zalloc((size_t)canvas->rows, sizeof *canvas->touched);
    for (size_t i = 0; i < cells; i++)
        canvas->shown[i].ch = UNKNOWN;
    canvas->background = NULL;
}

struct canvas *canvas_new(const struct theme *theme, bool ascii, bool no_color)
{
    struct canvas *canvas = mem_zalloc(1, sizeof *canvas);
    canvas->theme = theme;
    canvas->ascii = ascii;
    colors_init(&canvas->colors, no_color);
    leaveok(stdscr, FALSE);
    scrollok(stdscr, FALSE);
    fit(canvas);
    return canvas;
}

void canvas_free(struct canvas *canvas)
{
    if (canvas == NULL)
        return;
    free(canvas->drawn);
    free(canvas->shown);
    free(canvas->touched);
    free(canvas);
}

void canvas_set_theme(struct canvas *canvas, const struct theme *theme)
{
    canvas->theme = theme;
}

const struct theme *canvas_theme(const struct canvas *canvas)
{
    return canvas->theme;
}

void canvas_set_styles(struct canvas *canvas, uint16_t styles)
{
    canvas->styles = styles;
    canvas->last_valid = false;
}

void canvas_resize(struct canvas *canvas, int rows, int cols)
{
    resizeterm(rows < 1 ? 1 : rows, cols < 1 ? 1 : cols);
    fit(canvas);
    canvas_touch(canvas);
}

int canvas_rows(const struct canvas *canvas)
{
    return canvas->rows;
}

int canvas_cols(const struct canvas *canvas)
{
    return canvas->cols;
}

bool canvas_ascii(const struct canvas *canvas)
{
    return canvas->ascii;
}

int canvas_colors(const struct canvas *canvas)
{
    return canvas->colors.count;
}

/* ---- drawing: cells into our own frame ---- */

static struct cell *cell_at(const struct canvas *canvas, struct cell *cells, int row, int col)
{
    return cells + (size_t)row * (size_t)canvas->cols + (size_t)col;
}

/* What stands left of a half of a wide character that is drawn over, and right of one, becomes blank. */
static void mend_halves(struct cell *row, int start, int end, int cols)
{
    if (start > 0 && row[start].ch == CELL_WIDE_TAIL)
        row[start - 1] = (struct cell){.ch = ' ', .style = row[start - 1].style};
    if (end < cols && row[end].ch == CELL_WIDE_TAIL)
        row[end] = (struct cell){.ch = ' ', .style = row[end].style};
}

void canvas_put(struct canvas *canvas, int row, int col, const struct cell *cells, int count)
{
    assert(row >= 0 && row < canvas->rows && col >= 0 && col + count <= canvas->cols);
    struct cell *line = cell_at(canvas, canvas->drawn, row, 0);
    size_t size = (size_t)count * sizeof *cells;
    if (count == 0 || memcmp(line + col, cells, size) == 0)
        return;
    mend_halves(line, col, col + count, canvas->cols);
    memcpy(line + col, cells, size);
    canvas->touched[row] = true;
}

void canvas_restyle(struct canvas *canvas, int row, int col, int count, struct style style)
{
    assert(row >= 0 && row < canvas->rows && col >= 0 && col + count <= canvas->cols);
    struct cell *cells = cell_at(canvas, canvas->drawn, row, col);
    for (int i = 0; i < count; i++)
        cells[i].style = style;
    canvas->touched[row] = true;
}

void canvas_cursor(struct canvas *canvas, int row, int col)
{
    assert(row >= 0 && row < canvas->rows && col >= 0 && col < canvas->cols);
    canvas->cursor_visible = true;
    canvas->cursor_row = row;
    canvas->cursor_col = col;
}

void canvas_begin(struct canvas *canvas)
{
    const struct cell blank = {.style = theme_style(canvas->theme, ROLE_TEXT)};
    for (int col = 0; col < canvas->cols; col++)
        canvas->drawn[col] = blank;
    for (int row = 1; row < canvas->rows; row++)
        memcpy(cell_at(canvas, canvas->drawn, row, 0), canvas->drawn,
               (size_t)canvas->cols * sizeof *canvas->drawn);
    memset(canvas->touched, true, (size_t)canvas->rows * sizeof *canvas->touched);
    canvas->cursor_visible = false;
}

void canvas_continue(struct canvas *canvas)
{
    canvas->cursor_visible = false;
}

/* ---- flushing: what differs goes to ncurses ---- */

/* Hidden text is not drawn at all: no terminal has to be trusted with it, and its attribute is free for a
 * style. */
static attr_t map_attr(const struct canvas *canvas, uint16_t attr)
{
    static const struct {
        uint16_t ours;
        attr_t curses;
    } table[] = {
        {STYLE_BOLD, A_BOLD},
        {STYLE_DIM, A_DIM},
        {STYLE_ITALIC, A_ITALIC},
        {STYLE_UNDERLINE, A_UNDERLINE},
        {STYLE_REVERSE, A_REVERSE},
        /* tui/terminfo.h says why these. */
        {STYLE_STRIKE, A_BLINK},
        {STYLE_UNDERLINE_DOUBLE, A_INVIS},
        {STYLE_UNDERLINE_CURLY, A_PROTECT},
    };
    const uint16_t beyond = STYLE_STRIKE | STYLE_UNDERLINE_DOUBLE | STYLE_UNDERLINE_CURLY;
    uint16_t shown = (uint16_t)(attr & (canvas->styles | ~beyond));
    attr_t out = 0;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if ((shown & table[i].ours) != 0)
            out |= table[i].curses;
    }
    return out;
}

/* Makes `space` and last_attrs, last_pair those of a style. */
static void choose(struct canvas *canvas, struct style style)
{
    if (canvas->last_valid && style_equal(canvas->last, style))
        return;
    canvas->last = style;
    canvas->last_attrs = map_attr(canvas, style.attr);
    canvas->last_pair = colors_pair(&canvas->colors, style.fg, style.bg);
    canvas->last_valid = true;
    setcchar(&canvas->space, L" ", canvas->last_attrs, 0, &canvas->last_pair);
}

/* As make_char, for what is not one column of ASCII. */
static int make_other(const struct canvas *canvas, const struct cell *cell, bool wide, cchar_t *out)
{
    wchar_t text[CCHARW_MAX + 1] = {(wchar_t)cell->ch};
    int want = wide ? 2 : 1;
    bool plain = cell->ch >= 0x20 && cell->ch < 0x7F;
    bool known = plain ? want == 1 : !canvas->ascii && wcwidth(text[0]) == want;
    if (!known) {
        text[0] = L'?';
        want = 1;
    }
    for (int i = 0, at = 1; known && !canvas->ascii && i < CELL_MARKS && cell->marks[i] != 0; i++) {
        if (at < CCHARW_MAX && utf8_is_drawn_mark(cell->marks[i]) && wcwidth((wchar_t)cell->marks[i]) == 0)
            text[at++] = (wchar_t)cell->marks[i];
    }
    if (setcchar(out, text, canvas->last_attrs, 0, &canvas->last_pair) == ERR)
        setcchar(out, L"?", canvas->last_attrs, 0, &canvas->last_pair);
    return want;
}

/* Fills `out` for a cell. ncurses lays out by the C library's widths: a character that it sees otherwise than
 * we do would shift the row, and is drawn as a replacement. Returns the columns of `out`. */
static int make_char(struct canvas *canvas, const struct cell *cell, bool wide, cchar_t *out)
{
    bool blank = cell->ch == 0 || cell->ch == CELL_WIDE_TAIL || (cell->style.attr & STYLE_CONCEAL) != 0;
    bool plain = !wide && cell->ch >= 0x20 && cell->ch < 0x7F && cell->marks[0] == 0;
    choose(canvas, cell->style);
    if (!blank && !plain)
        return make_other(canvas, cell, wide, out);
    *out = canvas->space;
    if (!blank)
        out->chars[0] = (wchar_t)cell->ch; /* nearly all cells: setcchar would take ten times as long */
    return 1;
}

/* Tells ncurses the cells start..end-1 of a row. */
static void send_cells(struct canvas *canvas, int row, int start, int end)
{
    const struct cell *cells = cell_at(canvas, canvas->drawn, row, 0);
    cchar_t run[RUN];
    int used = 0;
    for (int col = start; col < end; col++) {
        bool wide = col + 1 < end && cells[col + 1].ch == CELL_WIDE_TAIL && cells[col].ch != CELL_WIDE_TAIL;
        int columns = make_char(canvas, &cells[col], wide, &run[used++]);
        col += columns == 2;
        if (used == RUN || col + 1 >= end) {
            mvadd_wchnstr(row, start, run, used);
            start = col + 1;
            used = 0;
        }
    }
}

static bool same_cell(const struct cell *a, const struct cell *b)
{
    return a->ch == b->ch && style_equal(a->style, b->style) &&
           memcmp(a->marks, b->marks, sizeof a->marks) == 0;
}

static void flush_row(struct canvas *canvas, int row)
{
    struct cell *drawn = cell_at(canvas, canvas->drawn, row, 0),
                *shown = cell_at(canvas, canvas->shown, row, 0);
    int start = 0, end = canvas->cols;
    if (memcmp(drawn, shown, (size_t)end * sizeof *drawn) == 0)
        return;
    while (start < end && same_cell(&drawn[start], &shown[start]))
        start++;
    while (end > start && same_cell(&drawn[end - 1], &shown[end - 1]))
        end--;
    /* Wide characters go whole, and one that loses a half has lost the other. */
    if (start > 0 && start < end && (drawn[start].ch == CELL_WIDE_TAIL || shown[start].ch == CELL_WIDE_TAIL))
        start--;
    if (end < canvas->cols && start < end &&
        (drawn[end].ch == CELL_WIDE_TAIL || shown[end].ch == CELL_WIDE_TAIL))
        end++;
    send_cells(canvas, row, start, end);
    memcpy(shown, drawn, (size_t)canvas->cols * sizeof *drawn);
}

/* ncurses clears with its background. */
static void set_background(struct canvas *canvas)
{
    const struct cell blank = {.style = theme_style(canvas->theme, ROLE_TEXT)};
    cchar_t background;
    if (canvas->background == canvas->theme)
        return;
    make_char(canvas, &blank, false, &background);
    bkgrndset(&background);
    canvas->background = canvas->theme;
}

void canvas_flush(struct canvas *canvas)
{
    set_background(canvas);
    for (int row = 0; row < canvas->rows; row++) {
        if (canvas->touched[row])
            flush_row(canvas, row);
        canvas->touched[row] = false;
    }
    if (canvas->cursor_visible)
        move(canvas->cursor_row, canvas->cursor_col);
    wnoutrefresh(stdscr);
    doupdate();
    curs_set(canvas->cursor_visible ? 1 : 0);
}

void canvas_touch(struct canvas *canvas)
{
    (void)canvas;
    clearok(stdscr, TRUE);
}
