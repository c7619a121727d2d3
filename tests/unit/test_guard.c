/*
 * The tokenizer: what bytes become, at every split of the input.
 */
#include "client/shell/guard.h"
#include "client/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Tokens as text, for comparing: "text" U+hex ^hex ESC.. CSI(leader params intermed final) STR(opener text).
 */
static void describe(const struct guard_token *token, struct buf *out)
{
    switch (token->kind) {
    case GUARD_ASCII:
        buf_add(out, token->text, token->len);
        break;
    case GUARD_CHAR:
        buf_add_format(out, "<%X>", token->cp);
        break;
    case GUARD_CONTROL:
        buf_add_format(out, "^%02X", token->final);
        break;
    case GUARD_ESCAPE:
        buf_add_format(out, "{ESC %c%c}", token->intermed != 0 ? token->intermed : '_', token->final);
        break;
    case GUARD_CSI:
        buf_add_format(out, "{CSI %c", token->leader != 0 ? token->leader : '_');
        for (int i = 0; i < token->param_count; i++) {
            buf_add_text(out, i == 0 ? " " : token->params[i].sub ? ":" : ";");
            if (token->params[i].given)
                buf_add_format(out, "%d", token->params[i].value);
        }
        buf_add_format(out, " %c%c}", token->intermed != 0 ? token->intermed : '_', token->final);
        break;
    case GUARD_STRING:
        buf_add_format(out, "{STR %c %.40s%s}", token->final, token->text, token->bell ? " BEL" : "");
        break;
    }
}

static void read_all(struct guard *guard, const char *bytes, size_t len, struct buf *out)
{
    struct guard_token token;
    while (guard_next(guard, &bytes, &len, &token))
        describe(&token, out);
}

/* Fed in two parts, cut after `split` bytes. */
static char *tokens_of(const char *bytes, size_t len, size_t split)
{
    struct guard guard;
    struct buf out;
    guard_init(&guard);
    buf_init(&out, 1 << 20);
    read_all(&guard, bytes, split, &out);
    read_all(&guard, bytes + split, len - split, &out);
    guard_done(&guard);
    return buf_take(&out, NULL);
}

static const struct {
    const char *bytes, *tokens;
} cases[] = {
    {"abc", "abc"},
    {"a\r\nb", "a^0D^0Ab"},
    {"\x1b[m", "{CSI _  _m}"},
    {"\x1b[1;;3m", "{CSI _ 1;;3 _m}"},
    {"\x1b[38:2::1:2:3m", "{CSI _ 38:2::1:2:3 _m}"},
    {"\x1b[?25h", "{CSI ? 25 _h}"},
    {"\x1b[2 q", "{CSI _ 2  q}"},
    {"\x1b[123456789012345m", "{CSI _ 9999 _m}"},
    {"\x1b"
     "7\x1b(0\x1b#8",
     "{ESC _7}{ESC (0}{ESC #8}"},
    {"\x1b]0;title\a", "{STR ] 0;title BEL}"},
    {"\x1b]0;title\x1b\\x", "{STR ] 0;title}x"},
    {"\x1bPq#1\x1b\\\x1b_G\x1b\\\x1b^p\x1b\\\x1bXs\x1b\\", "{STR P q#1}{STR _ G}{STR ^ p}{STR X s}"},
    {"\x1bPa\ab\x1b\\", "{STR P ab}"},   /* BEL ends an OSC only */
    {"\x1b]0;a\x1b[1m", "{CSI _ 1 _m}"}, /* a sequence abandons a string */
    {"\x1b]0;a\x18z", "z"},              /* so does CAN */
    {"\x1b[1\x1b[2m", "{CSI _ 2 _m}"},   /* ESC starts anew */
    {"\x1b[1\x18z", "z"},                /* CAN, SUB cancel */
    {"\x1b[1\n2m", "^0A{CSI _ 12 _m}"},  /* a control acts inside a sequence */
    {"\x1b[1\x7f"
     "2m",
     "{CSI _ 12 _m}"},                       /* DEL is nothing */
    {"\x1b[1?2mz\x1b[ 1mz\x1b[!$pz", "zzz"}, /* malformed: swallowed whole */
    {"\x1b\xC3\xA9", "<E9>"},                /* ESC and a byte from 0x80: text */
    {"\x1b[1\xC3\xA9z", "<E9>z"},
    {"\x7f"
     "a\x7f",
     "a"},
    {"\xC2\x9B"
     "31m",
     "31m"}, /* C1 as UTF-8: nothing */
    {"\x9b"
     "31m",
     "<FFFD>31m"}, /* raw C1: malformed UTF-8 */
    {"\xE4\xB8\xAD\xF0\x9F\x98\x80", "<4E2D><1F600>"},
    {"\xC0\xAF\xED\xA0\x80\xF4\x90\x80\x80", "<FFFD><FFFD><FFFD><FFFD><FFFD><FFFD><FFFD><FFFD><FFFD>"},
    {"\xE4\xB8"
     "a\xE4\xB8\n",
     "<FFFD>a<FFFD>^0A"},
    {"\xEF\xBF\xBE\xEF\xB7\x90", "<FFFD><FFFD>"}, /* noncharacters */
};

/* Text comes in runs, and a split makes two of one: that is why runs are described without quotes. */
static void test_every_split(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t len = strlen(cases[i].bytes);
        for (size_t split = 0; split <= len; split++) {
            char *tokens = tokens_of(cases[i].bytes, len, split);
            assert_string_equal(tokens, cases[i].tokens);
            free(tokens);
        }
    }
}

/* 100,000 parameters: the first GUARD_PARAM_MAX are kept. */
static void test_many_parameters(void **state)
{
    (void)state;
    struct guard guard;
    struct guard_token token;
    guard_init(&guard);
    const char *bytes = "\x1b[";
    size_t len = 2;
    assert_false(guard_next(&guard, &bytes, &len, &token));
    for (int i = 0; i < 100000; i++) {
        bytes = i % 2 == 0 ? "7;" : "7:";
        len = 2;
        assert_false(guard_next(&guard, &bytes, &len, &token));
    }
    bytes = "m";
    len = 1;
    assert_true(guard_next(&guard, &bytes, &len, &token));
    assert_int_equal(token.param_count, GUARD_PARAM_MAX);
    assert_int_equal(token.params[GUARD_PARAM_MAX - 1].value, 7);
    guard_done(&guard);
}

/* A string past the cap is swallowed to its end, in bounded memory. */
static void test_long_string(void **state)
{
    (void)state;
    struct guard guard;
    struct guard_token token;
    static char chunk[65536];
    memset(chunk, 'x', sizeof chunk);
    guard_init(&guard);
    const char *bytes = "\x1b]0;";
    size_t len = 4;
    assert_false(guard_next(&guard, &bytes, &len, &token));
    for (int i = 0; i < 100; i++) {
        bytes = chunk;
        len = sizeof chunk;
        assert_false(guard_next(&guard, &bytes, &len, &token));
        assert_true(guard.string.room <= 2 * GUARD_STRING_MAX);
    }
    bytes = "\aok";
    len = 3;
    assert_true(guard_next(&guard, &bytes, &len, &token));
    assert_int_equal(token.kind, GUARD_ASCII);
    assert_memory_equal(token.text, "ok", 2);
    guard_done(&guard);
}

/* Each of the 256 bytes at each place near the word boundary of the run scanner. */
static void test_ascii_runs(void **state)
{
    (void)state;
    for (size_t at = 0; at < 20; at++) {
        for (int byte = 0; byte < 256; byte++) {
            char text[24];
            memset(text, 'a', sizeof text);
            text[at] = (char)byte;
            struct guard guard;
            struct guard_token token;
            guard_init(&guard);
            const char *bytes = text;
            size_t len = sizeof text;
            bool printable = byte >= 0x20 && byte < 0x7F;
            bool found = guard_next(&guard, &bytes, &len, &token);
            assert_true(found);
            if (at > 0 || printable) {
                assert_int_equal(token.kind, GUARD_ASCII);
                assert_int_equal(token.len, printable ? sizeof text : at);
            }
            guard_done(&guard);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_split),
        cmocka_unit_test(test_many_parameters),
        cmocka_unit_test(test_long_string),
        cmocka_unit_test(test_ascii_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
