/* The frames that carry pictures: cells come out as they went in, and what is unsound is refused. */
#include "client/shell/wire.h"

#include "client/base/mem.h"
#include "client/base/utf8.h"
#include "tests/support/frames.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { COLS = 12, ROWS = 3 };

static struct screen_state sound_state(void)
{
    struct screen_state state = {.cols = COLS,
                                 .rows = ROWS,
                                 .cursor_row = 2,
                                 .cursor_col = 11,
                                 .cursor_visible = true,
                                 .cursor_shape = CURSOR_BAR,
                                 .alternate = true,
                                 .mouse = MOUSE_MODE_MOVE,
                                 .bracketed_paste = true,
                                 .focus_events = true,
                                 .synchronised = true,
                                 .dropped = 1ULL << 41,
                                 .history = 1ULL << 40,
                                 .bells = 3,
                                 .title = "vim: w\xc3\xa4hl"};
    return state;
}

/* Structs have padding: compared field by field. */
static void assert_same_cells(const struct cell *a, const struct cell *b, int count)
{
    for (int i = 0; i < count; i++)
        if (a[i].ch != b[i].ch || memcmp(a[i].marks, b[i].marks, sizeof a[i].marks) != 0 ||
            !style_equal(a[i].style, b[i].style))
            fail_msg("cell %d differs", i);
}

/* Sends one row through the wire and returns what arrives there. */
static struct cell *through(const struct cell cells[COLS])
{
    struct buf out;
    struct wire_writer writer;
    struct wire_picture picture = {0};
    struct screen_state state = sound_state();
    buf_init(&out, 4 << 20);
    wire_rows_begin(&writer, &out, &state);
    assert_true(wire_rows_add(&writer, 1, cells, COLS));
    assert_true(wire_finish(&writer));
    struct wire_frame frame = frames_only(&out, WIRE_ROWS);
    assert_true(wire_get_rows(&frame, &picture));
    buf_done(&out);
    struct cell *row = mem_zalloc(COLS, sizeof *row);
    memcpy(row, picture.cells + COLS, COLS * sizeof *row);
    for (int i = 0; i < COLS; i++)
        assert_int_equal(picture.cells[i].ch, 0);
    wire_picture_done(&picture);
    return row;
}

static void carries_cells_as_they_are(void **state)
{
    (void)state;
    struct style red = {
        .fg = color_index(9), .bg = color_rgb(1, 2, 3), .attr = STYLE_BOLD | STYLE_UNDERLINE_CURLY};
    struct cell cells[COLS] = {
        {.ch = 'a'},
        {.ch = 0x4E16, .style = red},
        {.ch = CELL_WIDE_TAIL, .style = red},
        {.ch = 'e', .marks = {0x301, 0x302, 0x303, 0x304}, .style = red},
        {.ch = 0, .style = red},
        {.ch = 0xE9},
        {.ch = 0},
        {.ch = 0x1F600, .marks = {0x200D, 0x1F468, 0xFE0F, 0x200D, 0x1F680}}, /* joined emoji */
        {.ch = CELL_WIDE_TAIL},
        {.ch = ' '},
    };
    struct cell *row = through(cells);
    assert_same_cells(row, cells, COLS);
    free(row);
}

/* What no getter would take never leaves: a helper that is merely wrong must not be killed for it. */
static void makes_cells_sound(void **state)
{
    (void)state;
    struct cell cells[COLS] = {
        {.ch = CELL_WIDE_TAIL},                   /* without its character */
        {.ch = 0x4E16},                           /* without its tail */
        {.ch = 0x1B},                             /* a control character */
        {.ch = 0x9B},                             /* another */
        {.ch = 0x202E},                           /* turns the row around */
        {.ch = 0xD800},                           /* no character */
        {.ch = 0x110000},                         /* past the last */
        {.ch = 'x', .marks = {0x202E, 0x301}},    /* a mark that turns the row around */
        {.ch = 'y', .marks = {0x1F468}},          /* a mark with a width, not joined */
        {.ch = 'w', .style = {.fg = 0x01000100}}, /* colour 256 */
        {.ch = 'v', .style = {.attr = 0x8000}},   /* no such attribute */
        {.ch = 0x4E16},                           /* wide in the last column */
    };
    struct cell *row = through(cells);
    assert_int_equal(row[0].ch, 0);
    for (int i = 1; i < 7; i++)
        assert_int_equal(row[i].ch, UTF8_REPLACEMENT);
    assert_int_equal(row[7].ch, 'x');
    assert_int_equal(row[7].marks[0], 0x301);
    assert_int_equal(row[7].marks[1], 0);
    assert_int_equal(row[8].marks[0], 0);
    assert_int_equal(row[9].style.fg, COLOR_DEFAULT_VALUE);
    assert_int_equal(row[10].style.attr, 0);
    assert_int_equal(row[11].ch, UTF8_REPLACEMENT);
    free(row);
}

static void carries_the_state(void **state)
{
    (void)state;
    struct buf out;
    struct wire_writer writer;
    struct wire_picture picture = {0};
    struct screen_state sent = sound_state();
    buf_init(&out, 4096);
    wire_rows_begin(&writer, &out, &sent);
    assert_true(wire_finish(&writer));
    struct wire_frame frame = frames_only(&out, WIRE_ROWS);
    assert_true(wire_get_rows(&frame, &picture));
    const struct screen_state *got = &picture.state;
    assert_int_equal(got->cols, COLS);
    assert_int_equal(got->rows, ROWS);
    assert_int_equal(got->cursor_row, 2);
    assert_int_equal(got->cursor_col, 11);
    assert_true(got->cursor_visible && got->alternate && got->bracketed_paste);
    assert_true(got->focus_events && got->synchronised);
    assert_int_equal(got->cursor_shape, CURSOR_BAR);
    assert_int_equal(got->mouse, MOUSE_MODE_MOVE);
    assert_true(got->history == 1ULL << 40);
    assert_true(got->dropped == 1ULL << 41);
    assert_int_equal(got->bells, 3);
    assert_string_equal(got->title, sent.title);
    wire_picture_done(&picture);
    buf_done(&out);
}

/* A picture with a wrong byte in its head: each is the offset and the value. */
static void refuses_a_wrong_state(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        char byte;
    } wrong[] = {
        {0, 1},  {1, 4},  {2, 0},  {3, 2},  {4, 3},  {6, 12},  {8, 2},     {9, 4},       {10, 2},
        {11, 4}, {12, 2}, {13, 2}, {14, 2}, {35, 1}, {43, 99}, {44, 0x1b}, {44, '\x80'},
    };
    struct buf out;
    struct wire_writer writer;
    struct screen_state sent = sound_state();
    sent.history = 12;
    buf_init(&out, 4096);
    wire_rows_begin(&writer, &out, &sent);
    assert_true(wire_finish(&writer));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct wire_picture picture = {0};
        struct wire_frame frame = frames_only(&out, WIRE_ROWS);
        char *byte = out.data + WIRE_HEAD + wrong[i].at;
        char before = *byte;
        *byte = wrong[i].byte;
        if (wire_get_rows(&frame, &picture))
            fail_msg("byte %zu may be %d", wrong[i].at, wrong[i].byte);
        *byte = before;
        wire_picture_done(&picture);
    }
    buf_done(&out);
}

/* The bytes of one row of a picture, after its head, in the tokens of wire_rows.c. */
static const struct {
    const char *bytes;
    size_t len;
} wrong_rows[] = {
    {"\3\0\0\0", 4}, /* row 3 of 3 */
    {"\0\0\x0d\0"
     "aaaaaaaaaaaaa",
     17},                                   /* more cells than columns */
    {"\0\0\2\0a", 5},                       /* fewer than it says */
    {"\0\0\1\0\x1b", 5},                    /* a control byte */
    {"\0\0\1\0\x7f", 5},                    /* another */
    {"\0\0\1\0\x90", 5},                    /* no such token */
    {"\0\0\1\0\x81\x1b\0\0\0\0", 10},       /* ESC as a character */
    {"\0\0\1\0\x81\x9b\0\0\0\0", 10},       /* CSI as a character */
    {"\0\0\1\0\x81\x2e\x20\0\0\0", 10},     /* right-to-left override */
    {"\0\0\1\0\x81\0\xd8\0\0\0", 10},       /* half a character */
    {"\0\0\1\0\x81\xff\xff\xff\xff\0", 10}, /* the tail's own mark */
    {"\0\0\1\0\x81\x16\x4e\0\0\0", 10},     /* wide, said to be narrow */
    {"\0\0\2\0\x82"
     "a\0\0\0\0",
     10},                               /* narrow, said to be wide */
    {"\0\0\1\0\x82\x16\x4e\0\0\0", 10}, /* no room for its tail */
    {"\0\0\1\0\x81"
     "a\0\0\0\5",
     10}, /* five marks */
    {"\0\0\1\0\x81"
     "a\0\0\0\1"
     "b\0\0\0",
     14}, /* a mark with a width */
    {"\0\0\1\0\x81"
     "a\0\0\0\1\x2e\x20\0\0",
     14}, /* a mark that turns the row around */
    {"\0\0\1\0\x80\0\0\0\3\0\0\0\0\0\0"
     "a",
     15}, /* no such colour */
    {"\0\0\1\0\x80\0\1\0\1\0\0\0\0\0\0"
     "a",
     15}, /* colour 256 */
    {"\0\0\1\0\x80\0\0\0\0\0\0\0\0\0\2"
     "a",
     15}, /* no such attribute */
    {"\0\0\1\0"
     "a\0",
     6}, /* a row cut short */
};

static void refuses_wrong_rows(void **state)
{
    (void)state;
    struct buf out;
    struct wire_writer writer;
    struct screen_state sent = sound_state();
    buf_init(&out, 4096);
    for (size_t i = 0; i < sizeof wrong_rows / sizeof wrong_rows[0]; i++) {
        struct wire_picture picture = {0};
        buf_clear(&out);
        wire_rows_begin(&writer, &out, &sent);
        buf_add(&out, wrong_rows[i].bytes, wrong_rows[i].len);
        assert_true(wire_finish(&writer));
        struct wire_frame frame = frames_only(&out, WIRE_ROWS);
        if (wire_get_rows(&frame, &picture))
            fail_msg("case %zu was taken", i);
        wire_picture_done(&picture);
    }
    buf_done(&out);
}

/* A picture larger than a frame goes in several, each whole. */
static void splits_a_large_picture(void **state)
{
    (void)state;
    struct screen_state sent = {.cols = WIRE_COLS_MAX, .rows = WIRE_ROWS_MAX};
    struct cell *cells = mem_zalloc(WIRE_COLS_MAX, sizeof *cells);
    for (int i = 0; i < WIRE_COLS_MAX; i++) {
        cells[i] = (struct cell){.ch = 0xE9, .marks = {0x301, 0x302, 0x303, 0x304}};
        cells[i].style.fg = color_rgb((uint8_t)i, 0, 0);
    }
    struct wire_picture picture = {0};
    struct buf out;
    buf_init(&out, WIRE_HEAD + WIRE_BODY_MAX);
    int frames = 0;
    for (int row = 0; row < WIRE_ROWS_MAX; frames++) {
        struct wire_writer writer;
        buf_clear(&out);
        wire_rows_begin(&writer, &out, &sent);
        int before = row;
        while (row < WIRE_ROWS_MAX && wire_rows_add(&writer, row, cells, WIRE_COLS_MAX))
            row++;
        assert_true(row > before);
        assert_true(wire_finish(&writer));
        struct wire_frame frame = frames_only(&out, WIRE_ROWS);
        assert_true(wire_get_rows(&frame, &picture));
    }
    assert_true(frames > 1);
    for (int row = 0; row < WIRE_ROWS_MAX; row++)
        assert_same_cells(picture.cells + (size_t)row * WIRE_COLS_MAX, cells, WIRE_COLS_MAX);
    wire_picture_done(&picture);
    buf_done(&out);
    free(cells);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(carries_cells_as_they_are), cmocka_unit_test(makes_cells_sound),
        cmocka_unit_test(carries_the_state),         cmocka_unit_test(refuses_a_wrong_state),
        cmocka_unit_test(refuses_wrong_rows),        cmocka_unit_test(splits_a_large_picture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
