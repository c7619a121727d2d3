/*
 * What the operator's keys, mouse and pastes become for the program in the box: the tables of xterm's ctlseqs
 * and of the terminfo entry xterm-256color.
 */
#include "client/shell/encode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct buf out;

static void expect(const char *bytes)
{
    assert_int_equal(out.len, strlen(bytes));
    assert_string_equal(buf_text(&out), bytes);
    buf_clear(&out);
}

static const struct {
    struct key key;
    const char *normal, *application; /* NULL: as normal */
} keys[] = {
    {{'a', 0}, "a", NULL},
    {{0xE9, 0}, "\xC3\xA9", NULL},
    {{'a', KEY_ALT},
     "\x1b"
     "a",
     NULL},
    {{'a', KEY_CTRL}, "\x01", NULL},
    {{'z', KEY_CTRL | KEY_ALT}, "\x1b\x1a", NULL},
    {{'\\', KEY_CTRL}, "\x1c", NULL},
    {{']', KEY_CTRL}, "\x1d", NULL},
    {{'/', KEY_CTRL}, "\x1f", NULL},
    {{'3', KEY_CTRL}, "\x1b", NULL},
    {{'?', KEY_CTRL}, "\x7f", NULL},
    {{'1', KEY_CTRL}, "1", NULL},
    {{KEY_NAME_ENTER, 0}, "\r", NULL},
    {{KEY_NAME_ENTER, KEY_ALT}, "\x1b\r", NULL},
    {{KEY_NAME_ENTER, KEY_SHIFT}, "\r", NULL},
    {{KEY_NAME_TAB, 0}, "\t", NULL},
    {{KEY_NAME_TAB, KEY_SHIFT}, "\x1b[Z", NULL},
    {{KEY_NAME_BACKSPACE, 0}, "\x7f", NULL},
    {{KEY_NAME_BACKSPACE, KEY_CTRL}, "\b", NULL},
    {{KEY_NAME_BACKSPACE, KEY_ALT}, "\x1b\x7f", NULL},
    {{KEY_NAME_ESCAPE, 0}, "\x1b", NULL},
    {{KEY_NAME_UP, 0}, "\x1b[A", "\x1bOA"},
    {{KEY_NAME_DOWN, 0}, "\x1b[B", "\x1bOB"},
    {{KEY_NAME_RIGHT, 0}, "\x1b[C", "\x1bOC"},
    {{KEY_NAME_LEFT, 0}, "\x1b[D", "\x1bOD"},
    {{KEY_NAME_HOME, 0}, "\x1b[H", "\x1bOH"},
    {{KEY_NAME_END, 0}, "\x1b[F", "\x1bOF"},
    {{KEY_NAME_UP, KEY_CTRL}, "\x1b[1;5A", NULL},
    {{KEY_NAME_LEFT, KEY_SHIFT}, "\x1b[1;2D", NULL},
    {{KEY_NAME_RIGHT, KEY_ALT | KEY_CTRL | KEY_SHIFT}, "\x1b[1;8C", NULL},
    {{KEY_NAME_INSERT, 0}, "\x1b[2~", NULL},
    {{KEY_NAME_DELETE, 0}, "\x1b[3~", NULL},
    {{KEY_NAME_PAGE_UP, 0}, "\x1b[5~", NULL},
    {{KEY_NAME_PAGE_DOWN, KEY_SHIFT}, "\x1b[6;2~", NULL},
    {{KEY_NAME_F1, 0}, "\x1bOP", NULL},
    {{KEY_NAME_F1 + 3, 0}, "\x1bOS", NULL},
    {{KEY_NAME_F1, KEY_CTRL}, "\x1b[1;5P", NULL},
    {{KEY_NAME_F1 + 4, 0}, "\x1b[15~", NULL},
    {{KEY_NAME_F1 + 5, 0}, "\x1b[17~", NULL},
    {{KEY_NAME_F1 + 11, 0}, "\x1b[24~", NULL},
    {{KEY_NAME_F1 + 12, 0}, "\x1b[1;2P", NULL}, /* kf13 */
    {{KEY_NAME_F20, 0}, "\x1b[19;2~", NULL},    /* kf20 */
    {{KEY_NAME_KP_0, 0}, "0", "\x1bOp"},
    {{KEY_NAME_KP_9, 0}, "9", "\x1bOy"},
    {{KEY_NAME_KP_ENTER, 0}, "\r", "\x1bOM"},
    {{KEY_NAME_KP_PLUS, 0}, "+", "\x1bOk"},
    {{KEY_NAME_KP_SLASH, 0}, "/", "\x1bOo"},
};

static void test_keys(void **state)
{
    (void)state;
    struct modes normal, application;
    modes_reset(&normal);
    modes_reset(&application);
    application.app_cursor = application.app_keypad = true;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        encode_key(&out, &normal, keys[i].key);
        expect(keys[i].normal);
        encode_key(&out, &application, keys[i].key);
        expect(keys[i].application != NULL ? keys[i].application : keys[i].normal);
    }
    normal.newline = true;
    encode_key(&out, &normal, (struct key){KEY_NAME_ENTER, 0});
    expect("\r\n");
    encode_key(&out, &normal, (struct key){' ', KEY_CTRL});
    assert_int_equal(out.len, 1);
    assert_int_equal(out.data[0], 0);
    buf_clear(&out);
}

/* The forms a program may ask for. Kitty's column: sw.kovidgoyal.net/kitty/keyboard-protocol, "Disambiguate
 * escape codes" and "Functional key definitions". The columns of modifyOtherKeys: xterm's ctlseqs, "Key
 * Modifier Options", as xterm 379 really sends (measured in an X server, with metaSendsEscape). NULL: as
 * without. */
static const struct {
    struct key key;
    const char *kitty, *level_1, *level_2;
} forms[] = {
    /* text is text */
    {{'a', 0}, NULL, NULL, NULL},
    {{'A', 0}, NULL, NULL, NULL},
    {{0xE9, 0}, NULL, NULL, NULL},
    {{' ', 0}, NULL, NULL, NULL},
    /* Ctrl */
    {{'a', KEY_CTRL}, "\x1b[97;5u", NULL, "\x1b[27;5;97~"},
    {{'i', KEY_CTRL}, "\x1b[105;5u", NULL, "\x1b[27;5;105~"},
    {{'m', KEY_CTRL}, "\x1b[109;5u", NULL, "\x1b[27;5;109~"},
    {{'[', KEY_CTRL}, "\x1b[91;5u", NULL, "\x1b[27;5;91~"},
    {{' ', KEY_CTRL}, "\x1b[32;5u", "\0", "\x1b[27;5;32~"},
    {{'/', KEY_CTRL}, "\x1b[47;5u", NULL, "\x1b[27;5;47~"},
    {{'1', KEY_CTRL}, "\x1b[49;5u", "\x1b[27;5;49~", "\x1b[27;5;49~"},
    {{'-', KEY_CTRL}, "\x1b[45;5u", "\x1b[27;5;45~", "\x1b[27;5;45~"},
    {{',', KEY_CTRL}, "\x1b[44;5u", "\x1b[27;5;44~", "\x1b[27;5;44~"},
    {{'a', KEY_CTRL | KEY_SHIFT}, "\x1b[97;6u", NULL, "\x1b[27;6;65~"},
    {{'a', KEY_CTRL | KEY_ALT}, "\x1b[97;7u", NULL, "\x1b[27;7;97~"},
    {{'_', KEY_CTRL}, "\x1b[95;5u", NULL, "\x1b[27;5;95~"},
    /* Alt */
    {{'a', KEY_ALT}, "\x1b[97;3u", NULL, "\x1b[27;3;97~"},
    {{'A', KEY_ALT}, "\x1b[97;4u", NULL, "\x1b[27;4;65~"},
    {{'!', KEY_ALT}, "\x1b[33;3u", NULL, "\x1b[27;3;33~"},
    {{0xE9, KEY_ALT}, "\x1b[233;3u", NULL, "\x1b[27;3;233~"},
    /* what has a name and a byte */
    {{KEY_NAME_ENTER, 0}, NULL, NULL, NULL},
    {{KEY_NAME_ENTER, KEY_SHIFT}, "\x1b[13;2u", "\x1b[27;2;13~", "\x1b[27;2;13~"},
    {{KEY_NAME_ENTER, KEY_CTRL}, "\x1b[13;5u", "\x1b[27;5;13~", "\x1b[27;5;13~"},
    {{KEY_NAME_ENTER, KEY_ALT}, "\x1b[13;3u", NULL, "\x1b[27;3;13~"},
    {{KEY_NAME_TAB, 0}, NULL, NULL, NULL},
    {{KEY_NAME_TAB, KEY_SHIFT}, "\x1b[9;2u", NULL, NULL},
    {{KEY_NAME_TAB, KEY_CTRL}, "\x1b[9;5u", "\x1b[27;5;9~", "\x1b[27;5;9~"},
    {{KEY_NAME_TAB, KEY_CTRL | KEY_SHIFT}, "\x1b[9;6u", NULL, "\x1b[27;6;9~"},
    {{KEY_NAME_BACKSPACE, 0}, NULL, NULL, NULL},
    {{KEY_NAME_BACKSPACE, KEY_CTRL}, "\x1b[127;5u", NULL, NULL},
    {{KEY_NAME_BACKSPACE, KEY_ALT}, "\x1b[127;3u", NULL, "\x1b[27;3;127~"},
    {{KEY_NAME_BACKSPACE, KEY_SHIFT}, "\x1b[127;2u", NULL, "\x1b[27;2;127~"},
    {{KEY_NAME_ESCAPE, 0}, "\x1b[27u", NULL, NULL},
    {{KEY_NAME_ESCAPE, KEY_SHIFT}, "\x1b[27;2u", NULL, "\x1b[27;2;27~"},
    {{KEY_NAME_ESCAPE, KEY_CTRL}, "\x1b[27;5u", NULL, "\x1b[27;5;27~"},
    /* the others have sequences already */
    {{KEY_NAME_UP, 0}, "\x1b[A", NULL, NULL},
    {{KEY_NAME_HOME, 0}, "\x1b[H", NULL, NULL},
    {{KEY_NAME_UP, KEY_SHIFT}, "\x1b[1;2A", NULL, NULL},
    {{KEY_NAME_UP, KEY_SUPER}, "\x1b[1;9A", NULL, NULL},
    {{KEY_NAME_DELETE, KEY_CTRL}, "\x1b[3;5~", NULL, NULL},
    {{KEY_NAME_PAGE_UP, 0}, "\x1b[5~", NULL, NULL},
    {{KEY_NAME_F1, 0}, "\x1b[P", NULL, NULL},
    {{KEY_NAME_F1 + 2, 0}, "\x1b[13~", NULL, NULL}, /* CSI R would be a cursor report */
    {{KEY_NAME_F1 + 2, KEY_CTRL}, "\x1b[13;5~", NULL, NULL},
    {{KEY_NAME_F1 + 4, KEY_CTRL}, "\x1b[15;5~", NULL, NULL},
    {{KEY_NAME_F1 + 11, 0}, "\x1b[24~", NULL, NULL},
    {{KEY_NAME_F1 + 12, 0}, "\x1b[57376u", NULL, NULL},
    {{KEY_NAME_F20, KEY_SHIFT}, "\x1b[57383;2u", NULL, NULL},
    {{KEY_NAME_KP_0 + 5, 0}, "5", NULL, NULL},
    {{KEY_NAME_KP_0 + 5, KEY_CTRL}, "\x1b[57404;5u", NULL, NULL},
    {{KEY_NAME_KP_ENTER, 0}, "\x1b[57414u", NULL, NULL},
    {{KEY_NAME_KP_SLASH, 0}, "/", NULL, NULL},
    /* only kitty's protocol has Super, Hyper and Meta with a character */
    {{'a', KEY_SUPER}, "\x1b[97;9u", "", "\x1b[27;9;97~"},
    {{'a', KEY_HYPER | KEY_META}, "\x1b[97;49u", "", "\x1b[27;49;97~"},
};

static void expect_form(size_t i, const struct modes *modes, const char *want, const char *mode)
{
    struct modes usual;
    struct buf plain;
    modes_reset(&usual);
    usual.app_cursor = modes->app_cursor;
    buf_init(&plain, 64);
    encode_key(&plain, &usual, forms[i].key);
    encode_key(&out, modes, forms[i].key);
    if (want == NULL)
        want = buf_text(&plain);
    if (strcmp(buf_text(&out), want) != 0)
        fail_msg("key %zu (%x, %d) in %s is \"%s\", not \"%s\"", i, (unsigned)forms[i].key.code,
                 forms[i].key.mods, mode, buf_text(&out) + 1, want + 1);
    buf_clear(&out);
    buf_done(&plain);
}

static void test_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct modes modes;
        modes_reset(&modes);
        keyboard_modify_others(&modes.keyboard, 1);
        expect_form(i, &modes, forms[i].level_1, "level 1");
        keyboard_modify_others(&modes.keyboard, 2);
        expect_form(i, &modes, forms[i].level_2, "level 2");
        /* Kitty's protocol goes before, and knows no application cursor keys. */
        keyboard_push(&modes.keyboard, false, 1);
        expect_form(i, &modes, forms[i].kitty, "kitty's");
        modes.app_cursor = forms[i].kitty != NULL;
        expect_form(i, &modes, forms[i].kitty, "kitty's, application cursor keys");
        modes.app_cursor = false;
        /* On the other screen it is not on. */
        modes.alternate = true;
        expect_form(i, &modes, forms[i].level_2, "level 2 of the other screen");
    }
}

static const struct {
    enum mouse_mode mode;
    bool sgr;
    struct mouse mouse;
    const char *bytes;
} mice[] = {
    {MOUSE_MODE_OFF, true, {MOUSE_PRESS, 1, 0, 0, 0}, ""},
    {MOUSE_MODE_CLICK, true, {MOUSE_PRESS, 1, 0, 4, 9}, "\x1b[<0;10;5M"},
    {MOUSE_MODE_CLICK, true, {MOUSE_RELEASE, 3, 0, 4, 9}, "\x1b[<2;10;5m"},
    {MOUSE_MODE_CLICK, true, {MOUSE_DRAG, 1, 0, 4, 9}, ""},
    {MOUSE_MODE_CLICK, true, {MOUSE_MOVE, 0, 0, 4, 9}, ""},
    {MOUSE_MODE_DRAG, true, {MOUSE_DRAG, 1, 0, 4, 9}, "\x1b[<32;10;5M"},
    {MOUSE_MODE_DRAG, true, {MOUSE_MOVE, 0, 0, 4, 9}, ""},
    {MOUSE_MODE_MOVE, true, {MOUSE_MOVE, 0, 0, 4, 9}, "\x1b[<35;10;5M"},
    {MOUSE_MODE_CLICK, true, {MOUSE_WHEEL_UP, 0, 0, 0, 0}, "\x1b[<64;1;1M"},
    {MOUSE_MODE_CLICK, true, {MOUSE_WHEEL_DOWN, 0, KEY_CTRL, 0, 0}, "\x1b[<81;1;1M"},
    {MOUSE_MODE_CLICK, true, {MOUSE_PRESS, 1, KEY_SHIFT | KEY_ALT, 0, 499}, "\x1b[<12;500;1M"},
    {MOUSE_MODE_CLICK, false, {MOUSE_PRESS, 1, 0, 4, 9}, "\x1b[M *%"},
    {MOUSE_MODE_CLICK, false, {MOUSE_RELEASE, 1, 0, 4, 9}, "\x1b[M#*%"},
    {MOUSE_MODE_CLICK, false, {MOUSE_WHEEL_DOWN, 0, 0, 0, 0}, "\x1b[Ma!!"},
    {MOUSE_MODE_CLICK, false, {MOUSE_PRESS, 1, 0, 0, 222}, "\x1b[M \xff!"},
    {MOUSE_MODE_CLICK, false, {MOUSE_PRESS, 1, 0, 0, 223}, ""},
};

static void test_mouse(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mice / sizeof mice[0]; i++) {
        struct modes modes;
        modes_reset(&modes);
        modes.mouse = mice[i].mode;
        modes.mouse_sgr = mice[i].sgr;
        encode_mouse(&out, &modes, &mice[i].mouse);
        expect(mice[i].bytes);
    }
}

static void paste(const struct modes *modes, const char *text)
{
    assert_true(encode_paste(&out, modes, text, strlen(text)));
}

static void test_paste(void **state)
{
    (void)state;
    struct modes modes;
    modes_reset(&modes);
    paste(&modes, "a\tb\nc\r\nd\re");
    expect("a\tb\rc\rd\re");
    paste(&modes, "\x1b[31m\x03\x7f\xC2\x9B"
                  "1m\xC3\xA9");
    expect(" [31m   1m\xC3\xA9");
    modes.bracketed_paste = true;
    paste(&modes, "x\x1b[201~rm\n");
    expect("\x1b[200~x [201~rm\r\x1b[201~");
    paste(&modes, "\xC2\x9B"
                  "201~");
    expect("\x1b[200~ 201~\x1b[201~");
}

static void test_paste_too_long(void **state)
{
    (void)state;
    struct modes modes;
    struct buf small;
    modes_reset(&modes);
    buf_init(&small, 100);
    assert_false(encode_paste(&small, &modes, "0123456789012345678901234567890123456789", 40));
    assert_int_equal(small.len, 0);
    buf_done(&small);
}

static void test_focus(void **state)
{
    (void)state;
    struct modes modes;
    modes_reset(&modes);
    encode_focus(&out, &modes, true);
    expect("");
    modes.focus = true;
    encode_focus(&out, &modes, true);
    expect("\x1b[I");
    encode_focus(&out, &modes, false);
    expect("\x1b[O");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),  cmocka_unit_test(test_forms),          cmocka_unit_test(test_mouse),
        cmocka_unit_test(test_paste), cmocka_unit_test(test_paste_too_long), cmocka_unit_test(test_focus),
    };
    buf_init(&out, 4096);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    buf_done(&out);
    return failed;
}
