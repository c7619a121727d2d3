/* What a stranger's bytes become: the rules of client/text/inert.h, one case a line. */
#include "client/base/mem.h"
#include "client/base/utf8.h"
#include "client/base/log.h"
#include "client/text/inert.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct text_case {
    const char *input;
    const char *want;
};

/* Inert text holds no control character of any kind and is well-formed. */
static void assert_inert(const char *bytes, size_t len, bool newlines)
{
    assert_true(utf8_valid(bytes, len));
    for (size_t at = 0; at < len;) {
        uint32_t cp;
        at += utf8_decode_final(bytes + at, len - at, &cp);
        assert_true((newlines && cp == '\n') || (cp >= 0x20 && (cp < 0x7F || cp >= 0xA0)));
    }
}

/* Spans are in order, not empty, apart from each other, inside the text and at the starts of characters. */
static void assert_spans(const struct text *text)
{
    size_t end = 0;
    for (uint32_t i = 0; i < text->span_count; i++) {
        const struct text_span *span = &text->spans[i];
        assert_true(span->len > 0);
        assert_true(span->start >= end);
        end = span->start + span->len;
        assert_true(end <= text->len);
        assert_true(((unsigned char)text->bytes[span->start] & 0xC0) != 0x80);
        assert_false(style_equal(span->style, (struct style){0}));
    }
}

static void check_lines(const struct text_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct text text;
        inert_line(&text, cases[i].input, strlen(cases[i].input));
        assert_string_equal(text.bytes, cases[i].want);
        assert_int_equal(text.len, strlen(cases[i].want));
        assert_inert(text.bytes, text.len, false);
        assert_spans(&text);
        text_done(&text);
    }
}

static void check_labels(const struct text_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *label = inert_label(cases[i].input, strlen(cases[i].input));
        assert_string_equal(label, cases[i].want);
        assert_inert(label, strlen(label), false);
        free(label);
    }
}

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define ESC_MARK     "\u241B"

static void plain_text_stays(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        {"", ""},
        {"hello", "hello"},
        {"GET /index.html 200 12ms ~!@#$%^&*()", "GET /index.html 200 12ms ~!@#$%^&*()"},
        {"grüße 日本語 🚀", "grüße 日本語 🚀"},
        {"12345678", "12345678"},
        {"1234567\x7f"
         "89",
         "123456789"},
    };
    check_lines(cases, COUNT(cases));
    check_labels(cases, COUNT(cases) - 1);
}

static void a_nul_byte_is_dropped_in_lines_and_shown_in_labels(void **state)
{
    (void)state;
    struct text text;
    inert_line(&text, "a\0b", 3);
    assert_string_equal(text.bytes, "ab");
    assert_int_equal(text.dropped, 1);
    text_done(&text);
    char *label = inert_label("a\0b", 3);
    assert_string_equal(label, "a^@b");
    free(label);
}

static void sequences_leave_one_mark(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        {"a\033[2Jb", "a" ESC_MARK "b"},
        {"a\033[10;20Hb", "a" ESC_MARK "b"},
        {"a\033[?1049hb", "a" ESC_MARK "b"},
        {"a\033[>4mb", "a" ESC_MARK "b"},
        {"a\033[4 mb", "a" ESC_MARK "b"},
        {"a\033cb", "a" ESC_MARK "b"},
        {"a\033", "a" ESC_MARK},
        {"a\033[", "a" ESC_MARK},
        {"a\033[12;", "a" ESC_MARK},
        {"a\033[12;\tb", "a" ESC_MARK "      b"},
        {"a\033]0;title\007b", "a" ESC_MARK "b"},
        {"a\033]0;title\033\\b", "a" ESC_MARK "b"},
        {"a\033]52;c;ZWNobw==\007b", "a" ESC_MARK "b"},
        {"a\033]0;open", "a" ESC_MARK},
        {"a\033]0;open\033[2Jb", "a" ESC_MARK ESC_MARK "b"},
        {"a\033]0;open\030b", "a" ESC_MARK "b"},
        {"a\033P1$r0m\033\\b", "a" ESC_MARK "b"},
        {"a\033_Gf=100;AAAA\033\\b", "a" ESC_MARK "b"},
        {"a\033^private\033\\b", "a" ESC_MARK "b"},
        {"a\033Xstart\033\\b", "a" ESC_MARK "b"},
        {"a\033(0b", "a" ESC_MARK "b"},
    };
    check_lines(cases, COUNT(cases));
}

static void sequences_that_change_nothing_leave_nothing(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        {"a\033(Bb", "ab"},
        {"\033[01;31m\033[Kmatch\033[m\033[K rest", "match rest"},
        {"see \033]8;;https://example.com\033\\the page\033]8;;\033\\.", "see the page."},
        {"see \033]8;id=1;https://example.com\007the page\033]8;;\007.", "see the page."},
    };
    check_lines(cases, COUNT(cases));
}

static void a_string_that_never_ends_is_given_up(void **state)
{
    (void)state;
    size_t len = 70000;
    char *bytes = mem_alloc(len);
    memset(bytes, 'x', len);
    memcpy(bytes, "a\033]0;", 5);
    struct text text;
    inert_line(&text, bytes, len);
    assert_memory_equal(text.bytes, "a" ESC_MARK "xxx", 7);
    assert_int_equal(text.len, 4 + len - 65537);
    text_done(&text);
    free(bytes);
}

static void controls_are_dropped_in_lines(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        {"a\bb\ac\vd\fe\016f\017g\177h\005i", "abcdefghi"},
        {"a\tb", "a       b"},
        {"12345678\tb", "12345678        b"},
        {"日本\tb", "日本    b"},
        {"a\tb\tc", "a       b       c"},
        {"a\nb", "a\u2424b"},
        {"a\r\nb", "a\u2424b"},
    };
    check_lines(cases, COUNT(cases));
}

static void a_lone_return_shows_the_last_segment(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        {"done\r", "done"},
        {"done\r\r", "done"},
        {"\rdone", "done"},
        {" 10%\r 20%\r100%", "\u2026100%"},
        {" 10%\r\033[K 20%", "\u2026 20%"},
        {"rm -rf /\r        ", "\u2026        "},
        {"10%\r\033[0m", "10%"},
        {"10%\r\u0301x", "\u2026\u25CC\u0301x"},
        {"10%\r\tx", "\u2026        x"},
    };
    check_lines(cases, COUNT(cases));
    struct text text;
    inert_line(&text, "\033[31mred\033[32m\rgreen", 20);
    assert_int_equal(text.span_count, 2); /* the ellipsis, dim, and the new text in its colour */
    assert_int_equal(text.spans[1].style.fg, color_index(2));
    text_done(&text);
}

static void controls_are_shown_in_labels(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        {"a\tb", "a b"},
        {"a\nb", "a\u2424b"},
        {"a\r\nb", "a\u2424b"},
        {"a\rb", "a^Mb"},
        {"a\bb\177", "a^Hb^?"},
        {"\033[31mred\033[0m", ESC_MARK "red" ESC_MARK},
        {"\033]8;;http://x\033\\l\033]8;;\033\\", ESC_MARK "l" ESC_MARK},
        {"a\u200Bb", "a\u27E8200B\u27E9b"},
        {"a\u202Eb", "a\u27E8202E\u27E9b"},
        {"soft\u00ADhyphen", "soft\u27E800AD\u27E9hyphen"},
        {"tag\U000E0041", "tag\u27E8E0041\u27E9"},
        {"a\xC2\x85"
         "b",
         "a\u27E80085\u27E9b"},
    };
    check_labels(cases, COUNT(cases));
}

static void what_is_not_a_character_is_replaced(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        {"a\x80z", "a\uFFFDz"},
        {"a\x9B"
         "31mz",
         "a\uFFFD31mz"},
        {"a\xC2\x9B"
         "31mz",
         "a\uFFFD31mz"},
        {"a\xC0\xAFz", "a\uFFFD\uFFFDz"},
        {"a\xE0\x80\xAFz", "a\uFFFD\uFFFD\uFFFDz"},
        {"a\xED\xA0\x80z", "a\uFFFD\uFFFD\uFFFDz"},
        {"a\xF4\x90\x80\x80z", "a\uFFFD\uFFFD\uFFFD\uFFFDz"},
        {"a\xF0\x9F\x9Az", "a\uFFFDz"},
        {"a\xE2\x82", "a\uFFFD"},
        {"a\xEF\xB7\x90z", "a\uFFFDz"},
        {"a\xEF\xBF\xBEz", "a\uFFFDz"},
        {"a\xF0\x9F\xBF\xBFz", "a\uFFFDz"},
    };
    check_lines(cases, COUNT(cases));
    check_labels(cases, COUNT(cases));
}

static void direction_marks_and_separators_are_shown(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        {"a\u202Eb\u2066c\u061Cd\u200Fe",
         "a\u27E8202E\u27E9b\u27E82066\u27E9c\u27E8061C\u27E9d\u27E8200F\u27E9e"},
        {"a\u2028b\u2029c", "a\u27E82028\u27E9b\u27E82029\u27E9c"},
    };
    check_lines(cases, COUNT(cases));
    struct text text;
    inert_line(&text, "a\u202Eb", 5);
    assert_int_equal(text.span_count, 1);
    assert_int_equal(text.spans[0].style.attr, STYLE_DIM);
    assert_int_equal(text.spans[0].start, 1);
    text_done(&text);
}

static void invisible_characters_are_dropped_in_lines(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        {"a\u200Bb\u2060c\uFEFFd\u00ADe\u180Ef\u034Fg\U000E0041h", "abcdefgh"},
        {"a\u200Db", "ab"},
        {"\U0001F469\u200D\U0001F680", "\U0001F469\u200D\U0001F680"},
        {"\u2764\uFE0F\u200D\U0001F525", "\u2764\uFE0F\u200D\U0001F525"},
        {"\U0001F469\u200Dx", "\U0001F469x"},
        {"\U0001F469\u200D", "\U0001F469"},
    };
    check_lines(cases, COUNT(cases));
}

static void a_base_carries_four_marks(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        {"e\u0301", "e\u0301"},
        {"e\u0301\u0302\u0303\u0304\u0305\u0306x", "e\u0301\u0302\u0303\u0304x"},
        {"\u0301x", "\u25CC\u0301x"},
        {"\033[2J\u0301x", ESC_MARK "\u25CC\u0301x"},
    };
    check_lines(cases, COUNT(cases));
    check_labels(cases, COUNT(cases));
}

struct style_case {
    const char *sequence; /* between "a" and "b" */
    struct style want;    /* of "b" */
};

static void colours_become_spans(void **state)
{
    (void)state;
    const color red = color_index(1);
    const struct style_case cases[] = {
        {"\033[31m", {.fg = red}},
        {"\033[0;31m", {.fg = red}},
        {"\033[31;0m", {0}},
        {"\033[31m\033[m", {0}},
        {"\033[31m\033[39m", {0}},
        {"\033[91;104m", {.fg = color_index(9), .bg = color_index(12)}},
        {"\033[38;5;208m", {.fg = color_index(208)}},
        {"\033[38:5:208m", {.fg = color_index(208)}},
        {"\033[38;2;1;2;3m", {.fg = color_rgb(1, 2, 3)}},
        {"\033[38:2:1:2:3m", {.fg = color_rgb(1, 2, 3)}},
        {"\033[38:2::1:2:3m", {.fg = color_rgb(1, 2, 3)}},
        {"\033[48:2:0:9:8:7:1m", {.bg = color_rgb(9, 8, 7)}},
        {"\033[38;5;300;1m", {.attr = STYLE_BOLD}},
        {"\033[58;2;9;9;9;1m", {.attr = STYLE_BOLD}},
        {"\033[58:5:9;1m", {.attr = STYLE_BOLD}},
        {"\033[38;5m", {0}},
        {"\033[38m", {0}},
        {"\033[38;2;1;2m", {0}},
        {"\033[1;3;4;7;9m",
         {.attr = STYLE_BOLD | STYLE_ITALIC | STYLE_UNDERLINE | STYLE_REVERSE | STYLE_STRIKE}},
        {"\033[1;3;4;7;9m\033[22;23;24;27;29m", {0}},
        {"\033[4:3m", {.attr = STYLE_UNDERLINE | STYLE_UNDERLINE_CURLY}},
        {"\033[4:2m", {.attr = STYLE_UNDERLINE | STYLE_UNDERLINE_DOUBLE}},
        {"\033[4:3m\033[4:0m", {0}},
        {"\033[2;5;6;8;21m", {0}},
        {"\033[28;25m", {0}},
        {"\033[31;41m", {.bg = red}},
        {"\033[38;5;16;48;2;0;0;0m", {.bg = color_rgb(0, 0, 0)}},
        {"\033[99999999999999999999m", {0}},
        {"\033[;;;31m", {.fg = red}},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char input[128];
        int len = snprintf(input, sizeof input, "a%sb", cases[i].sequence);
        struct text text;
        inert_line(&text, input, (size_t)len);
        assert_string_equal(text.bytes, "ab");
        assert_spans(&text);
        bool plain = style_equal(cases[i].want, (struct style){0});
        assert_int_equal(text.span_count, plain ? 0 : 1);
        if (!plain) {
            assert_int_equal(text.spans[0].start, 1);
            assert_true(style_equal(text.spans[0].style, cases[i].want));
        }
        text_done(&text);
    }
}

static void spans_join_and_marks_follow_their_base(void **state)
{
    (void)state;
    struct text text;
    const char joined[] = "\033[31mre\033[31md\033[0m.";
    inert_line(&text, joined, strlen(joined));
    assert_int_equal(text.span_count, 1);
    assert_int_equal(text.spans[0].len, 3);
    text_done(&text);
    const char split[] = "e\033[31m\u0301x";
    inert_line(&text, split, strlen(split));
    assert_int_equal(text.span_count, 1);
    assert_int_equal(text.spans[0].start, 3); /* the accent stays with its e */
    text_done(&text);
}

static void many_style_changes_are_bounded(void **state)
{
    (void)state;
    char input[11000];
    size_t len = 0;
    for (int i = 0; i < 1000; i++)
        len += (size_t)sprintf(input + len, "\033[3%dmx", i % 8);
    struct text text;
    inert_line(&text, input, len);
    assert_int_equal(text.len, 1000);
    assert_true(text.span_count <= 513);
    assert_spans(&text);
    text_done(&text);
}

static void long_lines_are_cut_with_a_note(void **state)
{
    (void)state;
    size_t len = 1000000;
    char *bytes = mem_alloc(len);
    memset(bytes, 'x', len);
    struct text text;
    inert_line(&text, bytes, len);
    assert_true(text.len <= INERT_LINE_MAX);
    assert_true(text.cut > 980000);
    char note[64];
    size_t note_len = (size_t)snprintf(note, sizeof note, "\u2026 +%u bytes", text.cut);
    assert_string_equal(text.bytes + text.len - note_len, note);
    assert_int_equal(text.len - note_len + text.cut, len);
    assert_spans(&text);
    text_done(&text);

    for (size_t i = 0; i < len; i += 3)
        memcpy(bytes + i, i + 3 <= len ? "\xE6\x97\xA5" : "...", i + 3 <= len ? 3 : len - i);
    inert_line(&text, bytes, len);
    assert_true(text.len <= INERT_LINE_MAX);
    assert_inert(text.bytes, text.len, false);
    text_done(&text);

    memset(bytes, 'x', len);
    memcpy(bytes + len - 5, "\rdone", 5);
    inert_line(&text, bytes, len);
    assert_string_equal(text.bytes, "\u2026done");
    assert_int_equal(text.cut, 0);
    text_done(&text);

    char *label = inert_label(bytes, len);
    assert_true(strlen(label) <= INERT_LABEL_MAX);
    assert_string_equal(label + strlen(label) - 3, "\u2026");
    free(label);
    free(bytes);
}

static void a_label_fits_the_room_it_is_given(void **state)
{
    (void)state;
    char out[8];
    assert_int_equal(inert_label_into(out, sizeof out, "short", 5), 5);
    assert_string_equal(out, "short");
    assert_int_equal(inert_label_into(out, sizeof out, "日本語", 9), 6);
    assert_string_equal(out, "日本");
    assert_int_equal(inert_label_into(out, 1, "abc", 3), 0);
    assert_string_equal(out, "");
    assert_int_equal(inert_label_into(out, 0, "abc", 3), 0);
}

static void a_block_keeps_its_lines(void **state)
{
    (void)state;
    static const char input[] = "one\r\n\033[31mtwo\033[0m\n\n10%\r20%\nlast";
    char *block = inert_block(input, sizeof input - 1, 4096);
    assert_string_equal(block, "one\ntwo\n\n\u202620%\nlast");
    free(block);
    block = inert_block("a\n", 2, 4096);
    assert_string_equal(block, "a\n");
    free(block);
    block = inert_block("", 0, 4096);
    assert_string_equal(block, "");
    free(block);
    block = inert_block("first\nsecond\nthird\nfourth\n", 26, 56);
    assert_string_equal(block, "first\nsecond\n\u2026 +13 bytes");
    free(block);
}

/* Random bytes with a liking for what matters, under every rule at once. */
static void whatever_comes_is_inert(void **state)
{
    (void)state;
    static const char *const parts[] = {
        "\033[",       "\033]", "\033",   "m",        "31",       ";",          "\r",
        "\n",          "\t",    "\xC2",   "\x9B",     "\xE2\x80", "\u0301",     "\u200D",
        "\U0001F680",  "x",     "\u202E", "\xF0\x9F", "\xEF\xBF", "\x7F",       "\x01",
        "hello world", "日本",  "\007",   "\033\\",   "8;;",      "38:2:1:2:3",
    };
    uint32_t seed = 12345;
    for (int round = 0; round < 20000; round++) {
        char input[512];
        size_t len = 0;
        for (int i = 0; i < 20; i++) {
            seed = seed * 1664525 + 1013904223;
            const char *part = parts[(seed >> 16) % COUNT(parts)];
            memcpy(input + len, part, strlen(part));
            len += strlen(part);
        }
        struct text text;
        inert_line(&text, input, len);
        assert_inert(text.bytes, text.len, false);
        assert_spans(&text);
        text_done(&text);
        char *label = inert_label(input, len);
        assert_inert(label, strlen(label), false);
        free(label);
        char *block = inert_block(input, len, 200);
        assert_inert(block, strlen(block), true);
        assert_true(strlen(block) <= 200);
        free(block);
    }
}

/* Our own key, when a box prints it: after its escape sequences went, and at a cut. */
static void a_secret_is_not_shown(void **state)
{
    (void)state;
    log_hide_secret("box_5ecret/key+1");
    static const struct text_case lines[] = {
        {"the key is box_5ecret/key+1.", "the key is ***."},
        {"box_5ecret/key+1box_5ecret/key+1", "******"},
        {"box_5\x1b[31mecret/k\x1b[0mey+1 red", "*** red"},
        {"box_5\x07"
         "ecret/key+1",
         "***"},
        {"626F785F3565637265742F6B65792B31 and Ym94XzVlY3JldC9rZXkrMQ==", "*** and ***MQ=="},
        {"nothing box_5ecret/key+", "nothing box_5ecret/key+"},
        {"\xC3\xA9 box_5ecret/key+1 \xC3\xA9", "\xC3\xA9 *** \xC3\xA9"},
    };
    check_lines(lines, sizeof lines / sizeof lines[0]);
    char *label = inert_label("a box_5ecret/key+1", 18);
    assert_string_equal(label, "a ***");
    free(label);
    char *block = inert_block("a box_5ecret/key+1\nb", 20, 100);
    assert_string_equal(block, "a ***\nb");
    free(block);
    /* Styles keep to their text. */
    struct text text;
    const char styled[] = "\x1b[1mbold box_5ecret\x1b[32m/key+1 green\x1b[0m plain";
    inert_line(&text, styled, sizeof styled - 1);
    assert_string_equal(text.bytes, "bold *** green plain");
    assert_spans(&text);
    assert_int_equal(text.span_count, 2);
    assert_int_equal(text.spans[0].len, 8);
    assert_int_equal(text.spans[1].start + text.spans[1].len, 14);
    text_done(&text);
    /* The cap falls into the key: what is left of it goes, too. */
    char *whole = mem_alloc(2 * INERT_LINE_MAX);
    for (size_t before = INERT_LINE_MAX - 200; before < INERT_LINE_MAX; before++) {
        memset(whole, 'x', 2 * INERT_LINE_MAX);
        memcpy(whole + before, "box_5ecret/key+1", 16);
        inert_line(&text, whole, 2 * INERT_LINE_MAX);
        assert_null(strstr(text.bytes, "box_"));
        text_done(&text);
    }
    free(whole);
    log_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_text_stays),
        cmocka_unit_test(a_nul_byte_is_dropped_in_lines_and_shown_in_labels),
        cmocka_unit_test(sequences_leave_one_mark),
        cmocka_unit_test(sequences_that_change_nothing_leave_nothing),
        cmocka_unit_test(a_string_that_never_ends_is_given_up),
        cmocka_unit_test(controls_are_dropped_in_lines),
        cmocka_unit_test(a_lone_return_shows_the_last_segment),
        cmocka_unit_test(controls_are_shown_in_labels),
        cmocka_unit_test(what_is_not_a_character_is_replaced),
        cmocka_unit_test(direction_marks_and_separators_are_shown),
        cmocka_unit_test(invisible_characters_are_dropped_in_lines),
        cmocka_unit_test(a_base_carries_four_marks),
        cmocka_unit_test(colours_become_spans),
        cmocka_unit_test(spans_join_and_marks_follow_their_base),
        cmocka_unit_test(many_style_changes_are_bounded),
        cmocka_unit_test(long_lines_are_cut_with_a_note),
        cmocka_unit_test(a_label_fits_the_room_it_is_given),
        cmocka_unit_test(a_block_keeps_its_lines),
        cmocka_unit_test(a_secret_is_not_shown),
        cmocka_unit_test(whatever_comes_is_inert),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
