#include "client/shell/repaint.h"

#include "client/base/mem.h"
#include "client/base/utf8.h"

#include <stdlib.h>

/* `base` is 38 for the foreground, 48 for the background (ECMA-48 8.3.117, xterm's ctlseqs). */
static bool add_color(struct buf *out, int base, color c)
{
    if (color_is_index(c))
        return buf_add_format(out, ";%d;5;%u", base, c & 0xFF);
    if (color_is_rgb(c))
        return buf_add_format(out, ";%d;2;%u;%u;%u", base, c >> 16 & 0xFF, c >> 8 & 0xFF, c & 0xFF);
    return true;
}

static bool add_style(struct buf *out, struct style style)
{
    static const struct {
        uint16_t attr;
        const char *code;
    } codes[] = {{STYLE_BOLD, ";1"},    {STYLE_DIM, ";2"},     {STYLE_ITALIC, ";3"},
                 {STYLE_REVERSE, ";7"}, {STYLE_CONCEAL, ";8"}, {STYLE_STRIKE, ";9"}};
    bool ok = buf_add_text(out, "\x1b[0");
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if ((style.attr & codes[i].attr) != 0)
            ok = ok && buf_add_text(out, codes[i].code);
    if ((style.attr & STYLE_UNDERLINE) != 0)
        ok = ok && buf_add_text(out, (style.attr & STYLE_UNDERLINE_CURLY) != 0    ? ";4:3"
                                     : (style.attr & STYLE_UNDERLINE_DOUBLE) != 0 ? ";4:2"
                                                                                  : ";4");
    return ok && add_color(out, 38, style.fg) && add_color(out, 48, style.bg) && buf_add_text(out, "m");
}

static bool add_character(struct buf *out, uint32_t cp)
{
    char bytes[UTF8_MAX];
    return buf_add(out, bytes, utf8_encode(cp, bytes));
}

static bool add_row(struct buf *out, int row, const struct cell *cells, int count)
{
    static const struct style plain = {0};
    struct style pen = plain;
    bool ok = buf_add_format(out, "\x1b[%d;1H\x1b[m", row + 1);
    for (int col = 0; ok && col < count; col++) {
        const struct cell *cell = &cells[col];
        if (cell->ch == CELL_WIDE_TAIL)
            continue;
        if (!style_equal(cell->style, pen))
            ok = add_style(out, cell->style);
        pen = cell->style;
        ok = ok && add_character(out, cell->ch != 0 ? cell->ch : ' ');
        for (int i = 0; ok && i < CELL_MARKS && cell->marks[i] != 0; i++)
            ok = add_character(out, cell->marks[i]);
    }
    return ok;
}

bool repaint(const struct emulator *emulator, struct buf *out)
{
    static const int shapes[] = {0, 2, 4, 6}; /* DECSCUSR, by enum cursor_shape */
    struct screen_state state;
    emulator_state(emulator, &state);
    struct cell *cells = mem_zalloc((size_t)state.cols, sizeof *cells);
    bool ok = buf_add_text(out, state.alternate ? "\x1b[?1049h\x1b[m\x1b[2J" : "\x1b[m\x1b[2J");
    for (int row = 0; ok && row < state.rows; row++) {
        int count = emulator_line(emulator, state.history + (uint64_t)row, cells, state.cols, NULL);
        ok = add_row(out, row, cells, count < state.cols ? count : state.cols);
    }
    free(cells);
    return ok &&
           buf_add_format(out, "\x1b[m\x1b[%d;%dH\x1b[%d q\x1b[?25%c", state.cursor_row + 1,
                          state.cursor_col + 1, shapes[state.cursor_shape], state.cursor_visible ? 'h' : 'l');
}
