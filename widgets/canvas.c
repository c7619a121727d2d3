#include "widgets/canvas.h"

#include <assert.h>
#include <curses.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "client/base/mem.h"

enum { RUN = 128, MAPPED = 256, DIRECT_COLORS = 1 << 24 };

/* What an RGB value became: searching the nearest of 256 for each run of text would be half of a frame's
 * work. */
struct mapped {
    color from; /* 0: empty; an RGB colour never is */
    int to;
};

struct canvas {
    const struct theme *theme;
    bool ascii;
    int colors;  /* the terminal can show: 0, 8, 16, 256, 1 << 24 */
    int indexed; /* how many colour numbers mean palette entries: fewer than `colors` on a direct terminal */
    uint16_t styles; /* what is shown beyond ncurses' attributes */
    bool cursor_visible;
    int cursor_row, cursor_col;
    struct style last; /* the style of last_attrs and last_pair: runs of one style are the rule */
    attr_t last_attrs;
    int last_pair;
    bool last_valid;
    struct mapped mapped[MAPPED]; /* by hash; a collision forgets */
};

/* On a terminal with direct colour the first colour numbers are palette entries all the same: 8, 16 or 256 of
 * them. terminfo has no number for it, but its own string shows where RGB begins. */
static int count_indexed(void)
{
    /* tigetstr says (char *)-1 for a name that it does not know. */
    char *set_fg = tigetstr("setaf");
    static const int candidates[] = {256, 16, 8};
    for (size_t i = 0; i < sizeof candidates / sizeof candidates[0]; i++) {
        const char *text = set_fg == NULL || set_fg == (char *)-1 ? NULL : tiparm(set_fg, candidates[i] - 1);
        if (text != NULL && strstr(text, "38:2") == NULL && strstr(text, "38;2") == NULL)
            return candidates[i];
    }
    return 0;
}

static int count_colors(void)
{
    if (!has_colors() || start_color() == ERR || use_default_colors() == ERR)
        return 0;
    static const int steps[] = {DIRECT_COLORS, 256, 16, 8};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (COLORS >= steps[i])
            return steps[i];
    }
    return 0;
}

struct canvas *canvas_new(const struct theme *theme, bool ascii, bool no_color)
{
    struct canvas *canvas = mem_zalloc(1, sizeof *canvas);
    canvas->theme = theme;
    canvas->ascii = ascii;
    canvas->colors = no_color ? 0 : count_colors();
    canvas->indexed = canvas->colors == DIRECT_COLORS ? count_indexed() : canvas->colors;
    leaveok(stdscr, FALSE);
    scrollok(stdscr, FALSE);
    return canvas;
}

void canvas_free(struct canvas *canvas)
{
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
    canvas_touch(canvas);
}

int canvas_rows(const struct canvas *canvas)
{
    (void)canvas;
    return getmaxy(stdscr);
}

int canvas_cols(const struct canvas *canvas)
{
    (void)canvas;
    return getmaxx(stdscr);
}

bool canvas_ascii(const struct canvas *canvas)
{
    return canvas->ascii;
}

int canvas_colors(const struct canvas *canvas)
{
    return canvas->colors;
}

/* ---- colours ---- */

/* What xterm shows for the palette entries 0..15 unless the operator changed them. */
static const uint32_t xterm_palette[16] = {
    0x000000, 0xCD0000, 0x00CD00, 0xCDCD00, 0x0000EE, 0xCD00CD, 0x00CDCD, 0xE5E5E5,
    0x7F7F7F, 0xFF0000, 0x00FF00, 0xFFFF00, 0x5C5CFF, 0xFF00FF, 0x00FFFF, 0xFFFFFF,
};

/* The RGB value of one of the 256: 16 of the palette, a 6x6x6 cube, 24 greys. */
static uint32_t index_rgb(int index)
{
    static const uint8_t steps[6] = {0x00, 0x5F, 0x87, 0xAF, 0xD7, 0xFF};
    if (index < 16)
        return xterm_palette[index];
    if (index >= 232) {
        uint32_t grey = (uint32_t)(8 + (index - 232) * 10);
        return grey << 16 | grey << 8 | grey;
    }
    int cube = index - 16;
    return (uint32_t)steps[cube / 36] << 16 | (uint32_t)steps[cube / 6 % 6] << 8 | steps[cube % 6];
}

static int distance(uint32_t a, uint32_t b)
{
    int red = (int)(a >> 16 & 0xFF) - (int)(b >> 16 & 0xFF);
    int green = (int)(a >> 8 & 0xFF) - (int)(b >> 8 & 0xFF);
    int blue = (int)(a & 0xFF) - (int)(b & 0xFF);
    /* The eye sees green best and blue least. */
    return 3 * red * red + 6 * green * green + blue * blue;
}

/* The nearest of the colours first..last-1. */
static int nearest(uint32_t rgb, int first, int last)
{
    int best = first, best_distance = INT_MAX;
    for (int i = first; i < last; i++) {
        int d = distance(rgb, index_rgb(i));
        if (d < best_distance) {
            best = i;
            best_distance = d;
        }
    }
    return best;
}

static int map_rgb(struct canvas *canvas, uint32_t rgb)
{
    if (canvas->colors == DIRECT_COLORS)
        /* The lowest numbers are palette entries: near-black blues become a black that is none of them. */
        return rgb < (uint32_t)canvas->indexed ? (rgb == 0 ? 0 : 0x010000) : (int)rgb;
    struct mapped *slot = &canvas->mapped[(rgb * UINT32_C(2654435761)) >> 24];
    if (slot->from != (COLOR_RGB_TAG | rgb)) {
        slot->from = COLOR_RGB_TAG | rgb;
        /* Of 256, the first 16 are whatever the operator made of them: only the others are known. */
        slot->to = canvas->colors == 256 ? nearest(rgb, 16, 256) : nearest(rgb, 0, canvas->colors);
    }
    return slot->to;
}

/* ncurses' number for a colour, -1 for the default. */
static int map_color(struct canvas *canvas, color c)
{
    if (canvas->colors == 0 || color_is_default(c))
        return -1;
    if (color_is_rgb(c))
        return map_rgb(canvas, c & 0xFFFFFF);
    int index = (int)(c & 0xFF);
    if (index < canvas->indexed)
        return index;
    /* A bright colour where there are 8: its plain one. */
    return index < 16 && canvas->colors == 8 ? index - 8 : map_rgb(canvas, index_rgb(index));
}

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

/* Sets last_attrs and last_pair for a style. alloc_pair finds a pair that exists and recycles the oldest one
 * when all are taken, so there is nothing to count; the pair just asked for is never the oldest. */
static void choose(struct canvas *canvas, struct style style)
{
    if (canvas->last_valid && style_equal(canvas->last, style))
        return;
    int fg = map_color(canvas, style.fg), bg = map_color(canvas, style.bg);
    int pair = fg < 0 && bg < 0 ? 0 : alloc_pair(fg, bg);
    canvas->last = style;
    canvas->last_attrs = map_attr(canvas, style.attr);
    canvas->last_pair = pair < 0 ? 0 : pair;
    canvas->last_valid = true;
}

/* ---- cells ---- */

/* Fills `out` for a cell. ncurses lays out by the C library's widths: a character that it sees otherwise than
 * we do would shift the row, and is drawn as a replacement. Returns the columns of `out`. */
static int make_char(struct canvas *canvas, const struct cell *cell, bool wide, cchar_t *out)
{
    wchar_t text[CCHARW_MAX + 1] = {0};
    bool blank = cell->ch == 0 || cell->ch == CELL_WIDE_TAIL || (cell->style.attr & STYLE_CONCEAL) != 0;
    int want = wide && !blank ? 2 : 1;
    text[0] = blank ? L' ' : (wchar_t)cell->ch;
    bool known = canvas->ascii ? text[0] < 0x7F && text[0] >= 0x20 : wcwidth(text[0]) == want;
    if (!known) {
        text[0] = L'?';
        want = 1;
    }
    for (int i = 0, at = 1; known && !blank && !canvas->ascii && i < CELL_MARKS && cell->marks[i] != 0; i++) {
        if (at < CCHARW_MAX && wcwidth((wchar_t)cell->marks[i]) == 0)
            text[at++] = (wchar_t)cell->marks[i];
    }
    choose(canvas, cell->style);
    if (setcchar(out, text, canvas->last_attrs, 0, &canvas->last_pair) == ERR)
        setcchar(out, L"?", canvas->last_attrs, 0, &canvas->last_pair);
    return want;
}

void canvas_put(struct canvas *canvas, int row, int col, const struct cell *cells, int count)
{
    assert(row >= 0 && row < canvas_rows(canvas) && col >= 0 && col + count <= canvas_cols(canvas));
    cchar_t run[RUN];
    int used = 0, start = col;
    for (int i = 0; i < count; i++) {
        bool wide = i + 1 < count && cells[i + 1].ch == CELL_WIDE_TAIL && cells[i].ch != CELL_WIDE_TAIL;
        int columns = make_char(canvas, &cells[i], wide, &run[used++]);
        if (wide && columns == 2)
            i++;
        if (used == RUN || i + 1 >= count) {
            mvadd_wchnstr(row, start, run, used);
            start = col + i + 1;
            used = 0;
        }
    }
}

void canvas_restyle(struct canvas *canvas, int row, int col, int count, struct style style)
{
    assert(row >= 0 && row < canvas_rows(canvas) && col >= 0 && col + count <= canvas_cols(canvas));
    choose(canvas, style);
    mvchgat(row, col, count, canvas->last_attrs, (short)canvas->last_pair, &canvas->last_pair);
}

void canvas_cursor(struct canvas *canvas, int row, int col)
{
    assert(row >= 0 && row < canvas_rows(canvas) && col >= 0 && col < canvas_cols(canvas));
    canvas->cursor_visible = true;
    canvas->cursor_row = row;
    canvas->cursor_col = col;
}

void canvas_begin(struct canvas *canvas)
{
    struct cell blank = {.style = theme_style(canvas->theme, ROLE_TEXT)};
    cchar_t background;
    make_char(canvas, &blank, false, &background);
    bkgrndset(&background);
    erase();
    canvas->cursor_visible = false;
}

void canvas_flush(struct canvas *canvas)
{
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
