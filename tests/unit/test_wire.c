/* The frames between console and helper: what goes in comes out, at every split, and nothing else does. */
#include "client/shell/wire.h"

#include "client/base/mem.h"
#include "client/base/utf8.h"
#include "client/shell/transcript.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { COLS = 12, ROWS = 3 };

/* The only frame in the buffer. */
static struct wire_frame only_frame(const struct buf *out, enum wire_type type)
{
    struct wire_frame frame = {0};
    size_t at = 0;
    assert_int_equal(wire_take(out, &at, &frame), WIRE_TAKEN_FRAME);
    assert_int_equal(at, out->len);
    assert_int_equal(frame.type, type);
    return frame;
}

typedef bool getter(const struct wire_frame *frame);

/* A getter must refuse the same body one byte shorter or longer, and take it as it is. */
static void assert_exact(getter *get, const struct wire_frame *frame)
{
    char body[512] = {0};
    assert_true(frame->len + 1 < sizeof body);
    memcpy(body, frame->body, frame->len);
    struct wire_frame other = {.type = frame->type, .body = (const uint8_t *)body, .len = frame->len};
    assert_true(get(&other));
    other.len = frame->len - 1;
    assert_false(get(&other));
    other.len = frame->len + 1;
    assert_false(get(&other));
}

static bool gets_start(const struct wire_frame *frame)
{
    struct wire_start out;
    return wire_get_start(frame, &out);
}

static bool gets_connect(const struct wire_frame *frame)
{
    struct wire_connect out;
    return wire_get_connect(frame, &out);
}

static bool gets_key(const struct wire_frame *frame)
{
    struct key out;
    return wire_get_key(frame, &out);
}

static bool gets_mouse(const struct wire_frame *frame)
{
    struct mouse out;
    return wire_get_mouse(frame, &out);
}

static bool gets_focus(const struct wire_frame *frame)
{
    bool out;
    return wire_get_focus(frame, &out);
}

static bool gets_resize(const struct wire_frame *frame)
{
    int cols, rows;
    return wire_get_resize(frame, &cols, &rows);
}

static bool gets_fetch(const struct wire_frame *frame)
{
    struct wire_fetch out;
    return wire_get_fetch(frame, &out);
}

static bool gets_opened(const struct wire_frame *frame)
{
    uint32_t out;
    return wire_get_opened(frame, &out);
}

static bool gets_end(const struct wire_frame *frame)
{
    struct wire_end out;
    return wire_get_end(frame, &out);
}

static bool gets_trouble(const struct wire_frame *frame)
{
    struct wire_trouble out;
    return wire_get_trouble(frame, &out);
}

static void carries_the_console_s_words(void **state)
{
    (void)state;
    struct buf out;
    struct wire_frame frame;
    buf_init(&out, 4096);

    struct wire_start start = {
        .cols = 80, .rows = 24, .scrollback = 10000, .user = "box-1", .lang = "C.UTF-8"};
    struct wire_start got_start;
    assert_true(wire_put_start(&out, &start));
    frame = only_frame(&out, WIRE_START);
    assert_exact(gets_start, &frame);
    assert_true(wire_get_start(&frame, &got_start));
    assert_int_equal(got_start.cols, 80);
    assert_int_equal(got_start.rows, 24);
    assert_int_equal(got_start.scrollback, 10000);
    assert_string_equal(got_start.user, "box-1");
    assert_string_equal(got_start.lang, "C.UTF-8");

    buf_clear(&out);
    struct wire_connect connect = {.connection = 7,
                                   .limits = {.banner_ms = 1, .login_ms = 2, .keepalive_ms = 3, .dead_ms = 4},
                                   .host_key_types = "ssh-ed25519,ssh-rsa"};
    struct wire_connect got_connect;
    assert_true(wire_put_connect(&out, &connect));
    frame = only_frame(&out, WIRE_CONNECT);
    assert_exact(gets_connect, &frame);
    assert_true(wire_get_connect(&frame, &got_connect));
    assert_int_equal(got_connect.connection, 7);
    assert_int_equal(got_connect.limits.login_ms, 2);
    assert_int_equal(got_connect.limits.dead_ms, 4);
    assert_string_equal(got_connect.host_key_types, "ssh-ed25519,ssh-rsa");
    buf_done(&out);
}

static void carries_input(void **state)
{
    (void)state;
    struct buf out;
    struct wire_frame frame;
    buf_init(&out, 4096);

    struct key key = {.code = KEY_NAME_F20, .mods = KEY_ALT | KEY_CTRL}, got_key;
    assert_true(wire_put_key(&out, key));
    frame = only_frame(&out, WIRE_KEY);
    assert_exact(gets_key, &frame);
    assert_true(wire_get_key(&frame, &got_key));
    assert_true(key_equal(key, got_key));

    buf_clear(&out);
    struct mouse mouse = {.kind = MOUSE_DRAG, .button = 3, .mods = KEY_SHIFT, .row = 499, .col = 999},
                 got_mouse;
    assert_true(wire_put_mouse(&out, &mouse));
    frame = only_frame(&out, WIRE_MOUSE);
    assert_exact(gets_mouse, &frame);
    assert_true(wire_get_mouse(&frame, &got_mouse));
    assert_int_equal(got_mouse.kind, MOUSE_DRAG);
    assert_int_equal(got_mouse.button, 3);
    assert_int_equal(got_mouse.mods, KEY_SHIFT);
    assert_int_equal(got_mouse.row, 499);
    assert_int_equal(got_mouse.col, 999);

    buf_clear(&out);
    const char *bytes;
    size_t len;
    bool last, focused;
    assert_true(wire_put_paste(&out, "a\0b", 3, true));
    frame = only_frame(&out, WIRE_PASTE);
    assert_true(wire_get_paste(&frame, &bytes, &len, &last));
    assert_int_equal(len, 3);
    assert_memory_equal(bytes, "a\0b", 3);
    assert_true(last);

    buf_clear(&out);
    assert_true(wire_put_focus(&out, true));
    frame = only_frame(&out, WIRE_FOCUS);
    assert_exact(gets_focus, &frame);
    assert_true(wire_get_focus(&frame, &focused));
    assert_true(focused);

    buf_clear(&out);
    int cols, rows;
    assert_true(wire_put_resize(&out, 1000, 1));
    frame = only_frame(&out, WIRE_RESIZE);
    assert_exact(gets_resize, &frame);
    assert_true(wire_get_resize(&frame, &cols, &rows));
    assert_int_equal(cols, 1000);
    assert_int_equal(rows, 1);

    buf_clear(&out);
    struct wire_fetch fetch = {.ticket = 7, .before = UINT64_MAX}, got_fetch;
    assert_true(wire_put_fetch(&out, &fetch));
    frame = only_frame(&out, WIRE_FETCH);
    assert_exact(gets_fetch, &frame);
    assert_true(wire_get_fetch(&frame, &got_fetch));
    assert_int_equal(got_fetch.ticket, 7);
    assert_true(got_fetch.before == UINT64_MAX);
    buf_done(&out);
}

static void carries_the_helper_s_words(void **state)
{
    (void)state;
    struct buf out;
    struct wire_frame frame;
    uint32_t connection;
    buf_init(&out, 4096);

    const uint8_t *blob;
    size_t len;
    assert_true(wire_put_host_key(&out, 3, "\0\0\0\1x", 5));
    frame = only_frame(&out, WIRE_HOST_KEY);
    assert_true(wire_get_host_key(&frame, &connection, &blob, &len));
    assert_int_equal(connection, 3);
    assert_int_equal(len, 5);
    assert_memory_equal(blob, "\0\0\0\1x", 5);
    frame.len = 4;
    assert_false(wire_get_host_key(&frame, &connection, &blob, &len));

    buf_clear(&out);
    assert_true(wire_put_opened(&out, 9));
    frame = only_frame(&out, WIRE_OPENED);
    assert_exact(gets_opened, &frame);

    buf_clear(&out);
    struct wire_end end = {.connection = 9, .exit_code = -1, .signal = "USR1@openssh.com"}, got_end;
    assert_true(wire_put_end(&out, &end));
    frame = only_frame(&out, WIRE_ENDED);
    assert_exact(gets_end, &frame);
    assert_true(wire_get_end(&frame, &got_end));
    assert_int_equal(got_end.exit_code, -1);
    assert_string_equal(got_end.signal, "USR1@openssh.com");

    buf_clear(&out);
    struct wire_trouble trouble = {.connection = 9,
                                   .err = {.kind = ERR_NETWORK, .code = -43, .text = "lost"}};
    struct wire_trouble got_trouble;
    assert_true(wire_put_trouble(&out, &trouble));
    frame = only_frame(&out, WIRE_TROUBLE);
    assert_exact(gets_trouble, &frame);
    assert_true(wire_get_trouble(&frame, &got_trouble));
    assert_int_equal(got_trouble.err.kind, ERR_NETWORK);
    assert_int_equal(got_trouble.err.code, -43);
    assert_string_equal(got_trouble.err.text, "lost");
    buf_done(&out);
}

static void refuses_wrong_values(void **state)
{
    (void)state;
    static const struct {
        getter *get;
        const char *body;
        size_t len;
    } wrong[] = {
        {gets_key, "\xff\xff\x11\x00\x00", 5},           /* no such key */
        {gets_key, "a\0\0\0\x08", 5},                    /* no such modifier */
        {gets_mouse, "\x06\0\0\0\0\0\0", 7},             /* no such kind */
        {gets_mouse, "\0\x04\0\0\0\0\0", 7},             /* no such button */
        {gets_mouse, "\0\0\0\xf4\x01\0\0", 7},           /* row 500 */
        {gets_mouse, "\0\0\0\0\0\xe8\x03", 7},           /* column 1000 */
        {gets_focus, "\x02", 1},                         /* no flag */
        {gets_resize, "\x01\0\x01\0", 4},                /* one column */
        {gets_resize, "\x50\0\0\0", 4},                  /* no row */
        {gets_resize, "\xe9\x03\x18\0", 4},              /* 1001 columns */
        {gets_resize, "\x50\0\xf5\x01", 4},              /* 501 rows */
        {gets_trouble, "\0\0\0\0\0\0\0\0\0\0\0", 11},    /* no error */
        {gets_trouble, "\0\0\0\0\x0f\0\0\0\0\0\0", 11},  /* no such kind */
        {gets_trouble, "\0\0\0\0\1\0\0\0\0\2\0a\0", 13}, /* a NUL inside */
        {gets_trouble,
         "\0\0\0\0\1\0\0\0\0\xff\xff"
         "a",
         12},                                       /* longer than it is */
        {gets_end, "\0\0\0\0\0\0\0\0\1\0\x1b", 11}, /* a control byte for a name */
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct wire_frame frame = {.body = (const uint8_t *)wrong[i].body, .len = wrong[i].len};
        if (wrong[i].get(&frame))
            fail_msg("case %zu was taken", i);
    }
}

static void takes_frames_at_every_split(void **state)
{
    (void)state;
    struct buf out, in;
    buf_init(&out, 4096);
    buf_init(&in, 4096);
    wire_put_empty(&out, WIRE_READY);
    wire_put_resize(&out, 80, 24);
    wire_put_paste(&out, "some text", 9, false);
    for (size_t split = 0; split <= out.len; split++) {
        struct wire_frame frame;
        size_t at = 0;
        int count = 0;
        buf_clear(&in);
        buf_add(&in, out.data, split);
        while (wire_take(&in, &at, &frame) == WIRE_TAKEN_FRAME)
            count++;
        buf_add(&in, out.data + split, out.len - split);
        while (wire_take(&in, &at, &frame) == WIRE_TAKEN_FRAME)
            count++;
        assert_int_equal(count, 3);
        assert_int_equal(at, in.len);
    }
    buf_done(&in);
    buf_done(&out);
}

static void knows_garbage_by_its_head(void **state)
{
    (void)state;
    static const char heads[][WIRE_HEAD + 1] = {
        "\1\0\x10\0\1\0\5\0",                           /* longer than the cap by one */
        "\xff\xff\xff\xff\1\0\5\0", "\0\0\0\0\2\0\5\0", /* another version */
        "\0\0\0\0\1\0\0\0",                             /* no type */
        "\0\0\0\0\1\0\x3f\0",                           /* between the two sides' types */
        "\0\0\0\0\1\0\x7f\0",                           /* past the last */
        "\0\0\0\0\1\0\5\1",
    };
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        struct buf in;
        struct wire_frame frame;
        size_t at = 0;
        buf_init(&in, 64);
        buf_add(&in, heads[i], WIRE_HEAD);
        assert_int_equal(wire_take(&in, &at, &frame), WIRE_TAKEN_GARBAGE);
        buf_done(&in);
    }
}

static void leaves_a_full_buffer_as_it_was(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 40);
    assert_true(wire_put_paste(&out, "0123456789", 10, true));
    size_t before = out.len;
    assert_false(wire_put_paste(&out, "0123456789abcdef", 16, true));
    assert_int_equal(out.len, before);
    only_frame(&out, WIRE_PASTE);
    buf_done(&out);
    buf_init(&out, 4 << 20);
    char *much = mem_zalloc(WIRE_BODY_MAX + 1, 1);
    assert_false(wire_put_bytes(&out, WIRE_HOST_KEY, much, WIRE_BODY_MAX + 1));
    assert_true(wire_put_bytes(&out, WIRE_HOST_KEY, much, WIRE_BODY_MAX));
    only_frame(&out, WIRE_HOST_KEY);
    free(much);
    buf_done(&out);
}

/* Pictures. */

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
    struct wire_frame frame = only_frame(&out, WIRE_ROWS);
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
        {.ch = 0x1F600},
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
        {.ch = 'y', .marks = {'z'}},              /* a mark with a width */
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
    struct wire_frame frame = only_frame(&out, WIRE_ROWS);
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
        {0, 1},  {1, 4},  {2, 0},  {3, 2},  {4, 3},  {6, 12},  {8, 2},     {9, 3},       {10, 2},
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
        struct wire_frame frame = only_frame(&out, WIRE_ROWS);
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
static void refuses_wrong_rows(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
    } wrong[] = {
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
    struct buf out;
    struct wire_writer writer;
    struct screen_state sent = sound_state();
    buf_init(&out, 4096);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct wire_picture picture = {0};
        buf_clear(&out);
        wire_rows_begin(&writer, &out, &sent);
        buf_add(&out, wrong[i].bytes, wrong[i].len);
        assert_true(wire_finish(&writer));
        struct wire_frame frame = only_frame(&out, WIRE_ROWS);
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
        struct wire_frame frame = only_frame(&out, WIRE_ROWS);
        assert_true(wire_get_rows(&frame, &picture));
    }
    assert_true(frames > 1);
    for (int row = 0; row < WIRE_ROWS_MAX; row++)
        assert_same_cells(picture.cells + (size_t)row * WIRE_COLS_MAX, cells, WIRE_COLS_MAX);
    wire_picture_done(&picture);
    buf_done(&out);
    free(cells);
}

/* Beside the terminal. */

static bool taken(const struct buf *buf, struct wire_frame *frame)
{
    size_t at = 0;
    return wire_take(buf, &at, frame) == WIRE_TAKEN_FRAME && at == buf->len;
}

static void checks_what_is_beside_the_terminal(void **state)
{
    (void)state;
    struct buf out;
    struct wire_frame frame;
    struct wire_output output;
    struct wire_forward forward;
    struct wire_forwarded forwarded;
    uint32_t number;
    bool on;
    buf_init(&out, 4096);
    wire_put_number(&out, WIRE_PONG, 7);
    assert_true(taken(&out, &frame) && wire_get_number(&frame, &number) && number == 7);
    frame.len--;
    assert_false(wire_get_number(&frame, &number));
    buf_clear(&out);
    wire_put_record(&out, true);
    assert_true(taken(&out, &frame) && wire_get_record(&frame, &on) && on);
    out.data[WIRE_HEAD] = 2;
    assert_false(wire_get_record(&frame, &on));
    buf_clear(&out);
    wire_put_output(&out, 80, 24, "x\0y", 3);
    assert_true(taken(&out, &frame) && wire_get_output(&frame, &output));
    assert_true(output.cols == 80 && output.rows == 24 && output.len == 3);
    assert_memory_equal(output.bytes, "x\0y", 3);
    out.data[WIRE_HEAD + 2] = 0; /* no rows */
    assert_false(wire_get_output(&frame, &output));
    buf_clear(&out);
    wire_put_forward(&out, &(struct wire_forward){.id = 3, .port = 8080});
    assert_true(taken(&out, &frame) && wire_get_forward(&frame, &forward));
    assert_true(forward.id == 3 && forward.port == 8080);
    out.data[WIRE_HEAD + 4] = out.data[WIRE_HEAD + 5] = 0; /* port 0 */
    assert_false(wire_get_forward(&frame, &forward));
    buf_clear(&out);
    wire_put_forwarded(&out, &(struct wire_forwarded){.connection = 1, .id = 3, .refused = true});
    assert_true(taken(&out, &frame) && wire_get_forwarded(&frame, &forwarded));
    assert_true(forwarded.connection == 1 && forwarded.id == 3 && forwarded.refused);
    frame.len--;
    assert_false(wire_get_forwarded(&frame, &forwarded));
    buf_done(&out);
}

/* The socket. */

static void passes_a_descriptor(void **state)
{
    (void)state;
    int pair[2], pipe_ends[2];
    struct wire_fds passed = {.count = 0}, came = {.count = 0};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(pipe(pipe_ends), 0);
    fcntl(pair[0], F_SETFL, O_NONBLOCK);
    fcntl(pair[1], F_SETFL, O_NONBLOCK);
    struct buf out, in;
    buf_init(&out, 4096);
    buf_init(&in, 4096);
    wire_put_empty(&out, WIRE_READY);
    /* Two at once, in their order. */
    wire_fds_add(&passed, pipe_ends[0]);
    wire_fds_add(&passed, dup(pipe_ends[1]));
    assert_int_equal(wire_send(pair[0], &out, &passed), WIRE_IO_OK);
    assert_int_equal(passed.count, 0);
    assert_int_equal(out.len, 0);
    assert_int_equal(wire_receive(pair[1], &in, 4096, &came), WIRE_IO_OK);
    only_frame(&in, WIRE_READY);
    assert_int_equal(came.count, 2);
    int got = wire_fds_take(&came), other = wire_fds_take(&came);
    assert_int_equal(wire_fds_take(&came), -1);
    assert_int_equal(write(other, "y", 1), 1);
    char first = 0;
    assert_int_equal(read(got, &first, 1), 1);
    assert_int_equal(first, 'y');
    close(other);
    char byte = 0;
    assert_int_equal(write(pipe_ends[1], "x", 1), 1);
    assert_int_equal(read(got, &byte, 1), 1);
    assert_int_equal(byte, 'x');

    /* The console takes none, whatever a helper sends. */
    buf_clear(&in);
    wire_put_empty(&out, WIRE_READY);
    wire_fds_add(&passed, got);
    assert_int_equal(wire_send(pair[0], &out, &passed), WIRE_IO_OK);
    assert_int_equal(wire_receive(pair[1], &in, 4096, NULL), WIRE_IO_OK);
    only_frame(&in, WIRE_READY);
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(write(pipe_ends[1], "x", 1), -1); /* the last reader is gone */
    close(pipe_ends[1]);

    close(pair[0]);
    assert_int_equal(wire_receive(pair[1], &in, 4096, NULL), WIRE_IO_CLOSED);
    close(pair[1]);
    buf_done(&in);
    buf_done(&out);
}

/* Lines of text. */

/* A frame with the given texts, newest first, each of which goes on from the one above it when it starts with
 * a '+'. */
static void put_lines(struct buf *out, const struct wire_lines *lines, const char *const *texts)
{
    struct wire_writer writer;
    wire_lines_begin(&writer, out, lines);
    for (size_t i = 0; texts[i] != NULL; i++) {
        struct cell cells[COLS] = {0};
        for (int col = 0; texts[i][col] != '\0'; col++)
            cells[col].ch = (unsigned char)texts[i][col];
        assert_true(wire_lines_add(&writer, cells, COLS, texts[i][0] == '+'));
    }
    assert_true(wire_finish(&writer));
}

static void carries_lines(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 4096);
    struct wire_lines lines = {.ticket = 5, .oldest = 40, .end = 43, .cols = COLS, .alternate = true}, got;
    const char *const texts[] = {"newest", "+wrapped", "", NULL};
    put_lines(&out, &lines, texts);
    struct wire_frame frame = only_frame(&out, WIRE_LINES);
    assert_true(wire_get_lines(&frame, &got));
    assert_int_equal(got.ticket, 5);
    assert_int_equal(got.oldest, 40);
    assert_int_equal(got.end, 43);
    assert_int_equal(got.cols, COLS);
    assert_true(got.alternate);
    assert_int_equal(got.count, 3);
    const uint8_t *at = got.rows;
    for (size_t i = 0; i < 3; i++) {
        struct cell cells[COLS];
        int used;
        bool continued;
        size_t took = wire_line_read(at, got.len - (size_t)(at - got.rows), cells, COLS, &used, &continued);
        assert_true(took > 0);
        at += took;
        assert_int_equal(used, strlen(texts[i]));
        assert_int_equal(continued, texts[i][0] == '+');
        for (int col = 0; col < COLS; col++)
            assert_int_equal(cells[col].ch, col < used ? (unsigned char)texts[i][col] : 0);
    }
    assert_ptr_equal(at, got.rows + got.len);
    buf_done(&out);
}

static void refuses_wrong_lines(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 4096);
    struct wire_lines got;
    struct wire_lines crowded = {.oldest = 9, .end = 10, .cols = COLS};
    put_lines(&out, &crowded, (const char *const[]){"a", "b", NULL}); /* two lines where one can be */
    struct wire_frame frame = only_frame(&out, WIRE_LINES);
    assert_false(wire_get_lines(&frame, &got));

    buf_clear(&out);
    struct wire_lines lines = {.oldest = 0, .end = 2, .cols = COLS};
    put_lines(&out, &lines, (const char *const[]){NULL}); /* none, though there are some */
    frame = only_frame(&out, WIRE_LINES);
    assert_false(wire_get_lines(&frame, &got));

    buf_clear(&out);
    put_lines(&out, &lines, (const char *const[]){"ab", "cd", NULL});
    frame = only_frame(&out, WIRE_LINES);
    assert_true(wire_get_lines(&frame, &got));
    size_t first_line = frame.len - got.len + 4;
    for (size_t cut = 1; cut < frame.len; cut++) { /* at no cut but between two lines */
        struct wire_frame shorter = frame;
        shorter.len -= cut;
        assert_int_equal(wire_get_lines(&shorter, &got), shorter.len == first_line);
    }
    out.data[WIRE_HEAD + 4] = 3; /* the oldest comes after the newest */
    frame = only_frame(&out, WIRE_LINES);
    assert_false(wire_get_lines(&frame, &got));
    buf_done(&out);
}

static void bounds_an_answer(void **state)
{
    (void)state;
    enum { WIDE = 1000 };
    struct buf out;
    struct wire_writer writer;
    struct wire_lines lines = {.end = 100000, .cols = WIDE}, got;
    struct cell *cells = mem_zalloc(WIDE, sizeof *cells);
    for (int col = 0; col < WIDE; col++)
        cells[col].ch = 'x';
    buf_init(&out, 4 << 20);
    wire_lines_begin(&writer, &out, &lines);
    uint32_t count = 0;
    while (count < 100000 && wire_lines_add(&writer, cells, WIDE, false))
        count++;
    assert_in_range(count, 20, 70);
    assert_true(wire_finish(&writer));
    struct wire_frame frame = only_frame(&out, WIRE_LINES);
    assert_true(frame.len <= WIRE_LINES_BYTES);
    assert_true(wire_get_lines(&frame, &got));
    assert_int_equal(got.count, count);
    free(cells);
    buf_done(&out);
}

/* ---- transcripts: what the console makes of the answers ---- */

static bool add_lines(struct transcript *transcript, const struct wire_lines *lines, const char *const *texts)
{
    struct buf out;
    struct wire_lines got;
    buf_init(&out, 4096);
    put_lines(&out, lines, texts);
    struct wire_frame frame = only_frame(&out, WIRE_LINES);
    bool good = wire_get_lines(&frame, &got) && transcript_add(transcript, &got);
    buf_done(&out);
    return good;
}

static void transcripts_grow_backwards(void **state)
{
    (void)state;
    struct transcript *transcript = transcript_new();
    assert_true(transcript_wants(transcript) == UINT64_MAX);
    struct wire_lines lines = {.oldest = 10, .end = 15, .cols = COLS};
    assert_true(add_lines(transcript, &lines, (const char *const[]){"14", "+13", NULL}));
    assert_int_equal(transcript_wants(transcript), 13);
    assert_int_equal(transcript_stop(transcript), 15);
    assert_false(transcript_complete(transcript));
    lines.end = 13;
    lines.oldest = 11; /* one fell off meanwhile */
    assert_true(add_lines(transcript, &lines, (const char *const[]){"12", "11", NULL}));
    assert_true(transcript_complete(transcript));
    assert_int_equal(transcript_first(transcript), 11);
    for (uint64_t line = 11; line < 15; line++) {
        struct cell cells[COLS];
        bool continued;
        int used = transcript_read(transcript, line, cells, &continued);
        assert_int_equal(used, line == 13 ? 3 : 2);
        assert_int_equal(cells[used - 1].ch, '0' + line % 10);
        assert_int_equal(continued, line == 13);
    }
    transcript_free(transcript);
}

static void transcripts_judge_answers(void **state)
{
    (void)state;
    const char *const texts[] = {"x", NULL};
    struct transcript *transcript = transcript_new();
    struct wire_lines lines = {.oldest = 10, .end = 15, .cols = COLS};
    assert_true(add_lines(transcript, &lines, texts));
    assert_false(add_lines(transcript, &lines, texts)); /* the same once more */
    lines.end = 13;
    assert_false(add_lines(transcript, &lines, texts)); /* a gap */
    lines.end = 14;
    lines.cols = COLS - 1; /* the shell has another size now: what is there stays */
    assert_true(add_lines(transcript, &lines, texts));
    assert_true(transcript_complete(transcript));
    assert_int_equal(transcript_first(transcript), 14);
    lines.cols = COLS;
    assert_false(add_lines(transcript, &lines, texts)); /* nobody asked */
    transcript_free(transcript);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(carries_the_console_s_words),
        cmocka_unit_test(carries_input),
        cmocka_unit_test(carries_the_helper_s_words),
        cmocka_unit_test(refuses_wrong_values),
        cmocka_unit_test(takes_frames_at_every_split),
        cmocka_unit_test(knows_garbage_by_its_head),
        cmocka_unit_test(leaves_a_full_buffer_as_it_was),
        cmocka_unit_test(carries_lines),
        cmocka_unit_test(refuses_wrong_lines),
        cmocka_unit_test(bounds_an_answer),
        cmocka_unit_test(transcripts_grow_backwards),
        cmocka_unit_test(transcripts_judge_answers),
        cmocka_unit_test(carries_cells_as_they_are),
        cmocka_unit_test(makes_cells_sound),
        cmocka_unit_test(carries_the_state),
        cmocka_unit_test(refuses_a_wrong_state),
        cmocka_unit_test(refuses_wrong_rows),
        cmocka_unit_test(splits_a_large_picture),
        cmocka_unit_test(checks_what_is_beside_the_terminal),
        cmocka_unit_test(passes_a_descriptor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
