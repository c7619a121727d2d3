/* The output of a command and its trailer, at every place where the bytes may be cut. */
#include "client/base/buf.h"
#include "client/stream/exec_stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define EXIT(code)   "event: exit\ndata: {\"exit_code\":" #code ",\"cpu_ns\":9}\n\n"

/* What the operator sees: complete lines, then the unfinished one. */
struct screen {
    struct buf lines;
    struct buf partial;
    struct buf raw; /* the output's own bytes */
};

static void take(struct exec_stream *stream, struct screen *screen)
{
    struct exec_piece piece;
    if (!exec_stream_take(stream, &piece)) {
        assert_int_equal(piece.line_count, 0);
        return;
    }
    for (size_t i = 0; i < piece.line_count; i++)
        buf_add_format(&screen->lines, "%s\n", piece.lines[i].bytes);
    buf_clear(&screen->partial);
    if (piece.has_partial)
        buf_add_text(&screen->partial, piece.partial.bytes);
    if (piece.raw != NULL)
        buf_add(&screen->raw, piece.raw, piece.raw_len);
    exec_piece_done(&piece);
}

static void add_outcome(struct buf *out, const struct exec_stream *stream)
{
    switch (stream->outcome) {
    case EXEC_OPEN:
        buf_add_text(out, "open");
        break;
    case EXEC_EXITED:
        if (stream->has_exit)
            buf_add_format(out, "exit %d", stream->exit_code);
        else
            buf_add_text(out, "exit ?");
        break;
    case EXEC_FAILED:
        buf_add_format(out, "failed: %s", stream->error);
        break;
    case EXEC_UNKNOWN:
        buf_add_text(out, "unknown");
        break;
    }
}

/* All of the body but the trailer. */
static void check_raw(const struct buf *raw, const char *body, enum exec_outcome outcome)
{
    const char *rest = body + raw->len;
    bool known = outcome == EXEC_EXITED || outcome == EXEC_FAILED;
    if (strncmp(body, buf_text(raw), raw->len) != 0 ||
        (known ? strncmp(rest, "event: ", 7) != 0 : rest[0] != '\0'))
        fail_msg("the bytes of \"%s\" are \"%s\"", body, buf_text(raw));
}

/* Lines, then the outcome. `cut` is where the body is cut in two; the length itself: byte by byte. No text
 * that the trailer may be is ever shown on the way. */
static char *run(const char *body, size_t cut, bool clean)
{
    size_t len = strlen(body);
    struct screen screen;
    buf_init(&screen.lines, 1 << 20);
    buf_init(&screen.partial, 1 << 20);
    buf_init(&screen.raw, 1 << 20);
    struct exec_stream stream;
    exec_stream_init(&stream);
    stream.raw = true;
    for (size_t at = 0; at < len;) {
        size_t size = cut == len ? 1 : at < cut ? cut : len - cut;
        exec_stream_feed(&stream, body + at, size);
        take(&stream, &screen);
        at += size;
    }
    exec_stream_end(&stream, clean);
    take(&stream, &screen);
    assert_int_equal(screen.partial.len, 0);
    check_raw(&screen.raw, body, stream.outcome);
    add_outcome(&screen.lines, &stream);
    exec_stream_done(&stream);
    buf_done(&screen.partial);
    buf_done(&screen.raw);
    return buf_take(&screen.lines, NULL);
}

static const struct {
    const char *body;
    const char *want;
} bodies[] = {
    {"", "unknown"},
    {EXIT(0), "exit 0"},
    {"hello\n" EXIT(0), "hello\nexit 0"},
    {"one\n\ntwo\n" EXIT(127), "one\n\ntwo\nexit 127"},
    {"\n\n" EXIT(1), "\n\nexit 1"},
    {"abc" EXIT(3), "abc\nexit 3"}, /* no newline was added: the marker stands in the line */
    {"a\r\nevent: exit\r\ndata: {\"exit_code\":2}\r\n\r\n", "a\nexit 2"},
    {"a\nevent: exit\ndata: {\"exit_code\":5}", "a\nexit 5"},
    {"a\nevent: exit\ndata:{\"exit_code\":5}\n", "a\nexit 5"},
    {"a\nevent: exit\ndata: {\"exit_code\":5}\n\n  \n\t\n", "a\nexit 5"},
    {"a\nevent: exit\ndata: {\"exit_code\":-1}\n\n", "a\nexit -1"},
    {"a\nevent: exit\ndata: {}\n\n", "a\nexit ?"},
    {"a\nevent: exit\ndata: {\"exit_code\":null}\n\n", "a\nexit ?"},
    {"a\nevent: exit\ndata: {\"exit_code\":99999999999}\n\n", "a\nexit ?"},
    {"event: error\ndata: {\"error\":\"could not start\"}\n\n", "failed: could not start"},
    {"out\nevent: error\ndata: {\"error\":\"lost \\u001b[2Jit\"}\n\n", "out\nfailed: lost \u241Bit"},
    {"event: error\ndata: {\"error\":7}\n\n", "failed: The command failed and gave no reason"},
    /* no trailer: unknown, never success */
    {"half of a li", "half of a li\nunknown"},
    {"a\nevent: exi", "a\nevent: exi\nunknown"},
    {"a\nevent: exit", "a\nevent: exit\nunknown"},
    {"a\nevent: exit\n", "a\nevent: exit\nunknown"},
    {"a\nevent: exit\ndata: {\"exit_co", "a\nevent: exit\ndata: {\"exit_co\nunknown"},
    {"a\nevent: exit\ndata: 5\n\n", "a\nevent: exit\ndata: 5\n\nunknown"},
    {"a\nevent: exit\ndata: {\"exit_code\":0}x\n\n", "a\nevent: exit\ndata: {\"exit_code\":0}x\n\nunknown"},
    {"a\nevent: exit\n\ndata: {\"exit_code\":0}\n\n", "a\nevent: exit\n\ndata: {\"exit_code\":0}\n\nunknown"},
    /* a program that prints the trailer itself */
    {"event: exit\nwent on\n" EXIT(4), "event: exit\nwent on\nexit 4"},
    {EXIT(0) "went on\n" EXIT(4), "event: exit\ndata: {\"exit_code\":0,\"cpu_ns\":9}\n\nwent on\nexit 4"},
    {EXIT(0) EXIT(4), "event: exit\ndata: {\"exit_code\":0,\"cpu_ns\":9}\n\nexit 4"},
    {"event: exit\nevent: exit\nevent: error\n" EXIT(4), "event: exit\nevent: exit\nevent: error\nexit 4"},
    {"event: error\n" EXIT(4), "event: error\nexit 4"},
    {"say event: exit\n" EXIT(4), "say event: exit\nexit 4"},
    {"say event: exit\nor not\n" EXIT(4), "say event: exit\nor not\nexit 4"},
    {"event: exit and more\n" EXIT(4), "event: exit and more\nexit 4"},
    {EXIT(0) "went on\n", "event: exit\ndata: {\"exit_code\":0,\"cpu_ns\":9}\n\nwent on\nunknown"},
    {EXIT(0) "went on", "event: exit\ndata: {\"exit_code\":0,\"cpu_ns\":9}\n\nwent on\nunknown"},
    /* hostile and odd output */
    {"\033]0;title\007x\n" EXIT(0), "\u241Bx\nexit 0"},
    {"\xFF\xC3\n" EXIT(0), "\uFFFD\uFFFD\nexit 0"},
    {"Grüße 日本\n" EXIT(0), "Grüße 日本\nexit 0"},
    {" 10%\r 20%\r100%\n" EXIT(0), "\u2026100%\nexit 0"},
};

static void bodies_are_read_at_every_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bodies); i++)
        for (size_t cut = 0; cut <= strlen(bodies[i].body); cut++) {
            char *got = run(bodies[i].body, cut, true);
            assert_string_equal(got, bodies[i].want);
            free(got);
        }
}

static void a_broken_connection_is_never_success(void **state)
{
    (void)state;
    static const char body[] = "a\n" EXIT(0);
    char *got = run(body, 0, false);
    assert_string_equal(got, "a\nevent: exit\ndata: {\"exit_code\":0,\"cpu_ns\":9}\n\nunknown");
    free(got);
}

/* Feeds a string and returns what is on the screen: lines and the unfinished one. */
static void feed(struct exec_stream *stream, struct screen *screen, const char *bytes)
{
    exec_stream_feed(stream, bytes, strlen(bytes));
    take(stream, screen);
}

static void an_unfinished_line_is_shown_at_once(void **state)
{
    (void)state;
    struct screen screen;
    buf_init(&screen.lines, 1 << 16);
    buf_init(&screen.partial, 1 << 16);
    struct exec_stream stream;
    exec_stream_init(&stream);
    feed(&stream, &screen, "Passwo");
    assert_string_equal(buf_text(&screen.partial), "Passwo");
    feed(&stream, &screen, "rd: ev");
    assert_string_equal(buf_text(&screen.partial), "Password: "); /* "ev" may begin a marker */
    feed(&stream, &screen, "il");
    assert_string_equal(buf_text(&screen.partial), "Password: evil");
    feed(&stream, &screen, "\xE6\x97");
    assert_string_equal(buf_text(&screen.partial), "Password: evil");
    feed(&stream, &screen, "\xA5");
    assert_string_equal(buf_text(&screen.partial), "Password: evil日");
    feed(&stream, &screen, "\nevent: exit\n");
    assert_string_equal(buf_text(&screen.lines), "Password: evil日\n");
    assert_string_equal(buf_text(&screen.partial), "");
    feed(&stream, &screen, "da");
    assert_string_equal(buf_text(&screen.lines), "Password: evil日\n");
    feed(&stream, &screen, "y");
    assert_string_equal(buf_text(&screen.lines), "Password: evil日\nevent: exit\n");
    assert_string_equal(buf_text(&screen.partial), "day");
    exec_stream_done(&stream);
    buf_done(&screen.lines);
    buf_done(&screen.partial);
}

static void nothing_new_gives_nothing(void **state)
{
    (void)state;
    struct exec_stream stream;
    struct exec_piece piece;
    exec_stream_init(&stream);
    assert_false(exec_stream_take(&stream, &piece));
    exec_stream_feed(&stream, "a\nb", 3);
    assert_true(exec_stream_take(&stream, &piece));
    exec_piece_done(&piece);
    assert_false(exec_stream_take(&stream, &piece));
    exec_stream_done(&stream);
}

static void a_line_without_end_is_shown_in_parts(void **state)
{
    (void)state;
    struct exec_stream stream;
    exec_stream_init(&stream);
    static char block[10001];
    memset(block, 'x', sizeof block - 1);
    size_t shown = 0;
    for (int i = 0; i < 100; i++) {
        exec_stream_feed(&stream, block, sizeof block - 1);
        struct exec_piece piece;
        while (exec_stream_take(&stream, &piece)) {
            for (size_t k = 0; k < piece.line_count; k++) {
                assert_int_equal(piece.lines[k].cut, 0);
                shown += piece.lines[k].len;
            }
            exec_piece_done(&piece);
        }
        assert_true(stream.line.len <= EXEC_LINE_MAX + 64);
    }
    exec_stream_feed(&stream, EXIT(0), strlen(EXIT(0)));
    exec_stream_end(&stream, true);
    struct exec_piece piece;
    assert_true(exec_stream_take(&stream, &piece));
    for (size_t k = 0; k < piece.line_count; k++)
        shown += piece.lines[k].len;
    exec_piece_done(&piece);
    assert_int_equal(shown, 1000000);
    assert_int_equal(stream.outcome, EXEC_EXITED);
    exec_stream_done(&stream);
}

static void a_progress_line_stays_one_line(void **state)
{
    (void)state;
    struct exec_stream stream;
    exec_stream_init(&stream);
    for (int i = 0; i <= 100000; i++) {
        char progress[32];
        int len = snprintf(progress, sizeof progress, "\r%d of 100000", i);
        exec_stream_feed(&stream, progress, (size_t)len);
        assert_true(stream.line.len <= EXEC_LINE_MAX + 64);
    }
    struct exec_piece piece;
    assert_true(exec_stream_take(&stream, &piece));
    assert_int_equal(piece.line_count, 0);
    assert_string_equal(piece.partial.bytes, "\u2026100000 of 100000");
    exec_piece_done(&piece);
    exec_stream_done(&stream);
}

static void a_trailer_has_a_cap(void **state)
{
    (void)state;
    struct exec_stream stream;
    exec_stream_init(&stream);
    exec_stream_feed(&stream, "event: exit\ndata: ", 18);
    static char block[1000];
    memset(block, ' ', sizeof block);
    for (int i = 0; i < 200; i++)
        exec_stream_feed(&stream, block, sizeof block);
    exec_stream_feed(&stream, "{\"exit_code\":0}\n\n", 17);
    exec_stream_end(&stream, true);
    assert_int_equal(stream.outcome, EXEC_UNKNOWN);
    exec_stream_done(&stream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_are_read_at_every_cut),
        cmocka_unit_test(a_broken_connection_is_never_success),
        cmocka_unit_test(an_unfinished_line_is_shown_at_once),
        cmocka_unit_test(nothing_new_gives_nothing),
        cmocka_unit_test(a_line_without_end_is_shown_in_parts),
        cmocka_unit_test(a_progress_line_stays_one_line),
        cmocka_unit_test(a_trailer_has_a_cap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
