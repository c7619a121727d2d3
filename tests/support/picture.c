#include "tests/support/picture.h"

#include "client/base/mem.h"
#include "client/base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PICTURE_MAX = 64 * 1024 * 1024 };

static bool is_blank(const struct cell *cell, bool styled)
{
    if (cell->ch != 0 && cell->ch != ' ')
        return false;
    return !styled || (color_is_default(cell->style.bg) && (cell->style.attr & STYLE_REVERSE) == 0);
}

static void add_color(struct buf *out, color value, const char *prefix)
{
    static const char *const names[] = {"black", "red",     "green", "yellow",
                                        "blue",  "magenta", "cyan",  "white"};
    unsigned low = value & 0xFFFFFF;
    if (color_is_rgb(value))
        buf_add_format(out, " %s#%06x", prefix, low);
    else if (color_is_index(value) && low < 16)
        buf_add_format(out, " %s%s%s", prefix, low >= 8 ? "bright-" : "", names[low % 8]);
    else if (color_is_index(value))
        buf_add_format(out, " %sc%u", prefix, low);
}

static void add_style(struct buf *out, struct style style)
{
    static const struct {
        uint16_t attr;
        const char *name;
    } attributes[] = {{STYLE_BOLD, "bold"},
                      {STYLE_DIM, "dim"},
                      {STYLE_ITALIC, "italic"},
                      {STYLE_UNDERLINE, "underline"},
                      {STYLE_REVERSE, "reverse"},
                      {STYLE_STRIKE, "strike"},
                      {STYLE_CONCEAL, "conceal"},
                      {STYLE_UNDERLINE_DOUBLE, "double"},
                      {STYLE_UNDERLINE_CURLY, "curly"}};
    struct buf words;
    buf_init(&words, 256);
    for (size_t i = 0; i < sizeof attributes / sizeof attributes[0]; i++) {
        if ((style.attr & attributes[i].attr) != 0)
            buf_add_format(&words, " %s", attributes[i].name);
    }
    add_color(&words, style.fg, "");
    add_color(&words, style.bg, "on-");
    buf_add_format(out, "{%s}", words.len > 0 ? buf_text(&words) + 1 : "");
    buf_done(&words);
}

static void add_cells(struct buf *out, const struct cell *cells, int count, bool styled)
{
    struct style style = {0};
    while (count > 0 && is_blank(&cells[count - 1], styled))
        count--;
    for (int i = 0; i < count; i++) {
        if (cells[i].ch == CELL_WIDE_TAIL)
            continue;
        if (styled && !style_equal(style, cells[i].style))
            add_style(out, cells[i].style);
        style = cells[i].style;
        char bytes[UTF8_MAX];
        buf_add(out, bytes, utf8_encode(cells[i].ch != 0 ? cells[i].ch : ' ', bytes));
        for (int mark = 0; mark < CELL_MARKS && cells[i].marks[mark] != 0; mark++)
            buf_add(out, bytes, utf8_encode(cells[i].marks[mark], bytes));
    }
    if (styled && !style_equal(style, (struct style){0}))
        buf_add_text(out, "{}");
    buf_add_byte(out, '\n');
}

static char *finish(struct buf *out)
{
    while (out->len > 0 && out->data[out->len - 1] == '\n' &&
           (out->len == 1 || out->data[out->len - 2] == '\n'))
        out->data[--out->len] = '\0';
    char *text = mem_dup_bytes(buf_text(out), out->len);
    buf_done(out);
    return text;
}

static char *picture(const struct emulator *emulator, bool styled)
{
    struct screen_state state;
    emulator_state(emulator, &state);
    struct cell *cells = mem_zalloc((size_t)state.cols, sizeof *cells);
    struct buf out;
    buf_init(&out, PICTURE_MAX);
    for (int row = 0; row < state.rows; row++) {
        emulator_row(emulator, row, cells);
        add_cells(&out, cells, state.cols, styled);
    }
    free(cells);
    return finish(&out);
}

char *picture_text(const struct emulator *emulator)
{
    return picture(emulator, false);
}

char *picture_styled(const struct emulator *emulator)
{
    return picture(emulator, true);
}

char *picture_history(const struct emulator *emulator)
{
    struct screen_state state;
    emulator_state(emulator, &state);
    struct cell *cells = mem_zalloc((size_t)state.cols, sizeof *cells);
    struct buf out;
    buf_init(&out, PICTURE_MAX);
    for (uint64_t line = 0; line < state.history + (uint64_t)state.rows; line++) {
        bool continued;
        emulator_line(emulator, line, cells, state.cols, &continued);
        if (continued)
            buf_add_byte(&out, '\\');
        add_cells(&out, cells, state.cols, true);
    }
    free(cells);
    return finish(&out);
}

bool picture_equal(const char *have, const char *want)
{
    if (strcmp(have, want) == 0)
        return true;
    fprintf(stderr, "--- have\n%s--- want\n%s---\n", have, want);
    return false;
}

void picture_feed(struct emulator *emulator, const char *bytes)
{
    emulator_write(emulator, bytes, strlen(bytes));
}
