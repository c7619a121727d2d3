/* The frames between console and helper: what goes in comes out, at every split, and nothing else does. */
#include "client/shell/wire.h"

#include "client/base/mem.h"
#include "client/base/utf8.h"
#include "tests/support/frames.h"

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
    frame = frames_only(&out, WIRE_START);
    assert_exact(gets_start, &frame);
    assert_true(wire_get_start(&frame, &got_start));
    assert_int_equal(got_start.cols, 80);
    assert_int_equal(got_start.rows, 24);
    assert_int_equal(got_start.scrollback, 10000);
    assert_string_equal(got_start.user, "box-1");
    assert_string_equal(got_start.lang, "C.UTF-8");

    buf_clear(&out);
    struct wire_connect connect = {
        .connection = 7,
        .limits = {.banner_ms = 1, .login_ms = 2, .keepalive_ms = 3, .dead_ms = 4, .forward_ms = 5},
        .host_key_types = "ssh-ed25519,ssh-rsa"};
    struct wire_connect got_connect;
    assert_true(wire_put_connect(&out, &connect));
    frame = frames_only(&out, WIRE_CONNECT);
    assert_exact(gets_connect, &frame);
    assert_true(wire_get_connect(&frame, &got_connect));
    assert_int_equal(got_connect.connection, 7);
    assert_int_equal(got_connect.limits.login_ms, 2);
    assert_int_equal(got_connect.limits.dead_ms, 4);
    assert_int_equal(got_connect.limits.forward_ms, 5);
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
    frame = frames_only(&out, WIRE_KEY);
    assert_exact(gets_key, &frame);
    assert_true(wire_get_key(&frame, &got_key));
    assert_true(key_equal(key, got_key));

    buf_clear(&out);
    struct mouse mouse = {.kind = MOUSE_DRAG, .button = 3, .mods = KEY_SHIFT, .row = 499, .col = 999},
                 got_mouse;
    assert_true(wire_put_mouse(&out, &mouse));
    frame = frames_only(&out, WIRE_MOUSE);
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
    frame = frames_only(&out, WIRE_PASTE);
    assert_true(wire_get_paste(&frame, &bytes, &len, &last));
    assert_int_equal(len, 3);
    assert_memory_equal(bytes, "a\0b", 3);
    assert_true(last);

    buf_clear(&out);
    assert_true(wire_put_focus(&out, true));
    frame = frames_only(&out, WIRE_FOCUS);
    assert_exact(gets_focus, &frame);
    assert_true(wire_get_focus(&frame, &focused));
    assert_true(focused);

    buf_done(&out);
}

static void carries_sizes_and_wishes(void **state)
{
    (void)state;
    struct buf out;
    struct wire_frame frame;
    buf_init(&out, 4096);

    int cols, rows;
    assert_true(wire_put_resize(&out, 1000, 1));
    frame = frames_only(&out, WIRE_RESIZE);
    assert_exact(gets_resize, &frame);
    assert_true(wire_get_resize(&frame, &cols, &rows));
    assert_int_equal(cols, 1000);
    assert_int_equal(rows, 1);

    buf_clear(&out);
    struct wire_fetch fetch = {.ticket = 7, .before = UINT64_MAX}, got_fetch;
    assert_true(wire_put_fetch(&out, &fetch));
    frame = frames_only(&out, WIRE_FETCH);
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
    frame = frames_only(&out, WIRE_HOST_KEY);
    assert_true(wire_get_host_key(&frame, &connection, &blob, &len));
    assert_int_equal(connection, 3);
    assert_int_equal(len, 5);
    assert_memory_equal(blob, "\0\0\0\1x", 5);
    frame.len = 4;
    assert_false(wire_get_host_key(&frame, &connection, &blob, &len));

    buf_clear(&out);
    assert_true(wire_put_opened(&out, 9));
    frame = frames_only(&out, WIRE_OPENED);
    assert_exact(gets_opened, &frame);

    buf_clear(&out);
    struct wire_end end = {.connection = 9, .exit_code = -1, .signal = "USR1@openssh.com"}, got_end;
    assert_true(wire_put_end(&out, &end));
    frame = frames_only(&out, WIRE_ENDED);
    assert_exact(gets_end, &frame);
    assert_true(wire_get_end(&frame, &got_end));
    assert_int_equal(got_end.exit_code, -1);
    assert_string_equal(got_end.signal, "USR1@openssh.com");

    buf_clear(&out);
    struct wire_trouble trouble = {.connection = 9,
                                   .err = {.kind = ERR_NETWORK, .code = -43, .text = "lost"}};
    struct wire_trouble got_trouble;
    assert_true(wire_put_trouble(&out, &trouble));
    frame = frames_only(&out, WIRE_TROUBLE);
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
        {gets_key, "a\0\0\0\x40", 5},                    /* no such modifier */
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
    frames_only(&out, WIRE_PASTE);
    buf_done(&out);
    buf_init(&out, 4 << 20);
    char *much = mem_zalloc(WIRE_BODY_MAX + 1, 1);
    assert_false(wire_put_bytes(&out, WIRE_HOST_KEY, much, WIRE_BODY_MAX + 1));
    assert_true(wire_put_bytes(&out, WIRE_HOST_KEY, much, WIRE_BODY_MAX));
    frames_only(&out, WIRE_HOST_KEY);
    free(much);
    buf_done(&out);
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
    struct wire_forwarded sent = {
        .connection = 1, .id = 3, .state = WIRE_FORWARD_TIMED_OUT, .up = 1ull << 40, .down = 7};
    wire_put_forwarded(&out, &sent);
    assert_true(taken(&out, &frame) && wire_get_forwarded(&frame, &forwarded));
    assert_true(forwarded.connection == 1 && forwarded.id == 3 && forwarded.state == WIRE_FORWARD_TIMED_OUT);
    assert_true(forwarded.up == 1ull << 40 && forwarded.down == 7);
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
    frames_only(&in, WIRE_READY);
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
    frames_only(&in, WIRE_READY);
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(write(pipe_ends[1], "x", 1), -1); /* the last reader is gone */
    close(pipe_ends[1]);

    close(pair[0]);
    assert_int_equal(wire_receive(pair[1], &in, 4096, NULL), WIRE_IO_CLOSED);
    close(pair[1]);
    buf_done(&in);
    buf_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(carries_the_console_s_words),
        cmocka_unit_test(carries_input),
        cmocka_unit_test(carries_sizes_and_wishes),
        cmocka_unit_test(carries_the_helper_s_words),
        cmocka_unit_test(refuses_wrong_values),
        cmocka_unit_test(takes_frames_at_every_split),
        cmocka_unit_test(knows_garbage_by_its_head),
        cmocka_unit_test(leaves_a_full_buffer_as_it_was),
        cmocka_unit_test(checks_what_is_beside_the_terminal),
        cmocka_unit_test(passes_a_descriptor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
