/*
 * Guard, emulator, grid, scrollback and reflow. The first two bytes are the size; then come bytes from a box,
 * between them 0xFF with two bytes for a resize.
 *
 * Two emulators get the same: one whole chunks, drawing by itself where it can; one single bytes, everything
 * through libvterm. They must show the same, and only what a screen may hold. At the end the size changes and
 * changes back, and nothing may be lost.
 */
#include "client/base/mem.h"
#include "client/base/utf8.h"
#include "client/shell/emulator_private.h"
#include "tests/support/picture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* Small screens: all the edges, and many runs a second. */
enum { SCROLLBACK = 30, LEN_MAX = 1024, COLS = 32, ROWS = 10 };

static void require(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "broken: %s\n", what);
        abort();
    }
}

static void check_cells(const struct cell *cells, int count)
{
    for (int i = 0; i < count; i++) {
        uint32_t ch = cells[i].ch;
        int marks = 0;
        for (; marks < CELL_MARKS && cells[i].marks[marks] != 0; marks++) {
            bool joined = marks > 0 && cells[i].marks[marks - 1] == UTF8_ZWJ;
            require(utf8_width(cells[i].marks[marks]) == 0 || joined, "a mark has a width");
        }
        if (ch == CELL_WIDE_TAIL) {
            require(i > 0 && utf8_width(cells[i - 1].ch) == 2, "a tail without its character");
        } else if (ch != 0) {
            int width = utf8_width(ch);
            require(width == 1 || width == 2, "a character that may not be on a screen");
            require(width == 1 || (i + 1 < count && cells[i + 1].ch == CELL_WIDE_TAIL),
                    "a wide character without its tail");
        } else {
            require(marks == 0, "a mark without a character");
        }
    }
}

/* Everything that can be seen of both is equal, and proper. */
static void compare(const struct emulator *a, const struct emulator *b)
{
    struct screen_state one, two;
    emulator_state(a, &one);
    emulator_state(b, &two);
    require(one.cursor_row >= 0 && one.cursor_row < one.rows && one.cursor_col >= 0 &&
                one.cursor_col < one.cols,
            "the cursor is off the screen");
    require(one.cursor_row == two.cursor_row && one.cursor_col == two.cursor_col, "two cursors");
    require(a->pending == b->pending, "two minds about a wrap");
    require(one.history == two.history && one.dropped == two.dropped, "two scrollbacks");
    require(memcmp(&a->modes, &b->modes, sizeof a->modes) == 0, "two sets of modes");
    require(strcmp(one.title, two.title) == 0 && one.bells == two.bells, "two titles");
    struct cell *left = mem_zalloc((size_t)one.cols, sizeof *left);
    struct cell *right = mem_zalloc((size_t)one.cols, sizeof *right);
    for (uint64_t line = 0; line < one.history + (uint64_t)one.rows; line++) {
        bool goes_on, also;
        emulator_line(a, line, left, one.cols, &goes_on);
        emulator_line(b, line, right, one.cols, &also);
        check_cells(left, one.cols);
        require(goes_on == also, "two minds about a line");
        require(memcmp(left, right, (size_t)one.cols * sizeof *left) == 0, "two pictures");
    }
    for (int row = 0; row < one.rows; row++) {
        emulator_row(a, row, left);
        check_cells(left, one.cols);
    }
    free(left);
    free(right);
}

/* Answers are ESC and a few printable bytes. */
static void check_output(struct emulator *a, struct emulator *b)
{
    struct buf one, two;
    buf_init(&one, 1 << 20);
    buf_init(&two, 1 << 20);
    emulator_take_output(a, &one, 0);
    emulator_take_output(b, &two, 0);
    require(one.len <= 4096, "too many answers");
    require(one.len == two.len && memcmp(buf_text(&one), buf_text(&two), one.len) == 0, "two answers");
    buf_done(&one);
    buf_done(&two);
}

/* Whatever form of keys was asked for, each key has one, of a few bytes, and both send the same. */
static void check_keys(struct emulator *a, struct emulator *b)
{
    static const struct key keys[] = {
        {'i', KEY_CTRL},
        {'A', KEY_ALT},
        {'a', KEY_CTRL | KEY_SHIFT},
        {KEY_NAME_ENTER, KEY_SHIFT},
        {KEY_NAME_ESCAPE, 0},
        {KEY_NAME_F20, 0},
        {KEY_NAME_BACKSPACE, KEY_CTRL},
        {KEY_NAME_KP_0, KEY_MODS},
        {KEY_NAME_TAB, KEY_SHIFT},
    };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct buf one, two;
        buf_init(&one, 64);
        buf_init(&two, 64);
        emulator_key(a, keys[i]);
        emulator_key(b, keys[i]);
        emulator_take_output(a, &one, 0);
        emulator_take_output(b, &two, 0);
        require(one.len <= 16 && one.len == two.len && memcmp(buf_text(&one), buf_text(&two), one.len) == 0,
                "two keys");
        buf_done(&one);
        buf_done(&two);
    }
}

/* What goes to the clipboard is plain text, and the same in both. */
static void check_copied(struct emulator *a, struct emulator *b)
{
    struct buf one, two;
    buf_init(&one, COPIED_MAX);
    buf_init(&two, COPIED_MAX);
    require(emulator_has_copied(a) == emulator_has_copied(b), "two minds about the clipboard");
    bool any = emulator_has_copied(a);
    emulator_take_copied(a, &one);
    emulator_take_copied(b, &two);
    require(!any || copied_is_plain(buf_text(&one), one.len), "no plain text for the clipboard");
    require(one.len == two.len && memcmp(buf_text(&one), buf_text(&two), one.len) == 0, "two clipboards");
    buf_done(&one);
    buf_done(&two);
}

static void resize(struct emulator *emulator, uint8_t cols, uint8_t rows)
{
    emulator_resize(emulator, cols % COLS, rows % ROWS);
}

static void add_row(struct buf *out, const struct cell *cells, int cols, bool continued)
{
    if (continued)
        buf_add_byte(out, '\\');
    while (cols > 0 && cells[cols - 1].ch == 0)
        cols--;
    for (int i = 0; i < cols; i++) {
        char bytes[UTF8_MAX];
        if (cells[i].ch != CELL_WIDE_TAIL)
            buf_add(out, bytes, utf8_encode(cells[i].ch != 0 ? cells[i].ch : '.', bytes));
        for (int mark = 0; mark < CELL_MARKS && cells[i].marks[mark] != 0; mark++)
            buf_add(out, bytes, utf8_encode(cells[i].marks[mark], bytes));
        buf_add(out, &cells[i].style.fg, sizeof cells[i].style.fg);
        buf_add(out, &cells[i].style.bg, sizeof cells[i].style.bg);
        buf_add(out, &cells[i].style.attr, sizeof cells[i].style.attr);
    }
    buf_add_byte(out, '\n');
}

/* All rows there are, those below the screen too; blank ones at the end do not count. */
static void all_rows(const struct emulator *emulator, struct buf *out)
{
    const struct history *below = &emulator->flow.below;
    struct cell *cells = mem_zalloc((size_t)emulator->cols, sizeof *cells);
    struct grid_row row;
    buf_init(out, SIZE_MAX);
    grid_row_init(&row, emulator->cols);
    uint64_t lines = emulator->flow.history.count + (uint64_t)emulator->rows;
    for (uint64_t line = 0; line < lines; line++) {
        bool continued;
        emulator_line(emulator, line, cells, emulator->cols, &continued);
        add_row(out, cells, emulator->cols, continued);
    }
    for (size_t i = 0; i < below->count; i++) {
        history_read(below, i, &row, emulator->cols);
        grid_row_read(&row, emulator->cols, cells);
        add_row(out, cells, emulator->cols, row.continued);
    }
    while (out->len > 0 && out->data[out->len - 1] == '\n')
        out->len--;
    grid_row_done(&row);
    free(cells);
}

/* Of a scrollback that loses nothing. */
static void check_there_and_back(struct emulator *emulator, int cols, int rows, uint8_t other_cols,
                                 uint8_t other_rows)
{
    history_limit(&emulator->flow.history, SIZE_MAX);
    if (emulator->modes.alternate)
        return;
    struct buf before, after;
    all_rows(emulator, &before);
    resize(emulator, other_cols, other_rows);
    emulator_resize(emulator, cols, rows);
    all_rows(emulator, &after);
    bool same = before.len == after.len && memcmp(buf_text(&before), buf_text(&after), before.len) == 0;
    require(same, "a resize and back changed the rows");
    buf_done(&before);
    buf_done(&after);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len < 4 || len > LEN_MAX)
        return 0;
    struct emulator *whole = emulator_new(bytes[0] % COLS, bytes[1] % ROWS, SCROLLBACK);
    struct emulator *single = emulator_new(bytes[0] % COLS, bytes[1] % ROWS, SCROLLBACK);
    single->quick = false;
    for (size_t at = 2; at < len; at += 3) {
        size_t end = at;
        while (end < len && bytes[end] != 0xFF)
            end++;
        emulator_write(whole, (const char *)bytes + at, end - at);
        for (; at < end; at++)
            emulator_write(single, (const char *)bytes + at, 1);
        if (at + 2 < len) {
            resize(whole, bytes[at + 1], bytes[at + 2]);
            resize(single, bytes[at + 1], bytes[at + 2]);
        }
    }
    compare(whole, single);
    check_output(whole, single);
    check_keys(whole, single);
    check_copied(whole, single);
    check_there_and_back(whole, whole->cols, whole->rows, bytes[2], bytes[3]);
    emulator_free(whole);
    emulator_free(single);
    return 0;
}
