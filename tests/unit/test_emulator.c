/*
 * What a terminal shows for what it is sent: sequences and the screens they make, by the standards.
 */
#include "client/shell/emulator_private.h"
#include "client/base/mem.h"
#include "client/base/utf8.h"
#include "tests/support/picture.h"
#include "tests/support/sequences.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *picture_with_cursor(const struct emulator *emulator)
{
    struct screen_state state;
    emulator_state(emulator, &state);
    char *screen = picture_styled(emulator);
    char *all = mem_format("%s@%d,%d", screen, state.cursor_row, state.cursor_col);
    free(screen);
    return all;
}

static void check_example(const struct sequence *example, bool quick)
{
    struct emulator *emulator = emulator_new(10, 4, 100);
    emulator->quick = quick;
    picture_feed(emulator, example->bytes);
    char *have = picture_with_cursor(emulator);
    if (!picture_equal(have, example->screen))
        fail_msg("%s", example->source);
    free(have);
    emulator_free(emulator);
}

static void test_sequences(void **state)
{
    (void)state;
    for (size_t i = 0; i < sequence_count; i++) {
        check_example(&sequences[i], true);
        check_example(&sequences[i], false);
    }
}

static void test_replies(void **state)
{
    (void)state;
    static const struct {
        const char *ask, *answer;
    } cases[] = {
        {"\x1b[c", "\x1b[?62;22c"},
        {"\x1b[>c", "\x1b[>41;320;0c"},
        {"\x1b[5n", "\x1b[0n"},
        {"\x1b[3;4H\x1b[6n", "\x1b[3;4R"},
        {"\x1b[?2004h\x1b[?2004$p", "\x1b[?2004;1$y"},
        {"\x1b[?2026$p", "\x1b[?2026;2$y"},
        {"\x1b[?9999$p", "\x1b[?9999;0$y"},
        {"\x1b[4$p", "\x1b[4;2$y"},
        {"\x1bP$qm\x1b\\", "\x1bP0$r\x1b\\"},
        {"\x1b]11;?\a", "\x1b]11;rgb:1010/1414/1818\a"},
        {"\x1b]10;?\x1b\\", "\x1b]10;rgb:d0d0/d0d0/d0d0\x1b\\"},
        /* never an echo, never a secret */
        {"\x1b]0;evil\a\x1b[21t\x1b[20t", ""},
        {"\x1b]52;c;?\a", ""},
        {"\x05\x1b[>q\x1bP+q544e\x1b\\\x1b[14t\x1b]4;1;?\a\x1b[1;1;1;1;1;1*y", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct emulator *emulator = emulator_new(10, 4, 0);
        struct buf out;
        buf_init(&out, 1000);
        picture_feed(emulator, cases[i].ask);
        emulator_take_output(emulator, &out, 0);
        assert_string_equal(buf_text(&out), cases[i].answer);
        buf_done(&out);
        emulator_free(emulator);
    }
}

static void test_reply_budget(void **state)
{
    (void)state;
    struct emulator *emulator = emulator_new(10, 4, 0);
    struct buf out;
    buf_init(&out, 100000);
    for (int i = 0; i < 1000; i++)
        picture_feed(emulator, "\x1b[5n");
    emulator_take_output(emulator, &out, 500);
    assert_int_equal(out.len, 32 * 4);
    picture_feed(emulator, "\x1b[5n");
    emulator_take_output(emulator, &out, 1400);
    assert_int_equal(out.len, 32 * 4);
    picture_feed(emulator, "\x1b[5n");
    emulator_take_output(emulator, &out, 1500);
    assert_int_equal(out.len, 33 * 4);
    buf_done(&out);
    emulator_free(emulator);
}

static void expect_title(struct emulator *emulator, const char *bytes, const char *want)
{
    struct screen_state screen;
    picture_feed(emulator, bytes);
    emulator_state(emulator, &screen);
    assert_string_equal(screen.title, want);
}

/* OSC 0 and 2, and XTWINOPS 22 and 23 (xterm's ctlseqs). */
static void test_titles(void **state)
{
    (void)state;
    struct emulator *emulator = emulator_new(10, 4, 0);
    expect_title(emulator, "\x1b]0;shell\a", "shell");
    expect_title(emulator, "\x1b]1;icon\a", "shell");
    expect_title(emulator, "\x1b[22;0;0t\x1b]2;vim\x1b\\", "vim");
    expect_title(emulator, "\x1b[22;1t\x1b[23;1t", "vim");
    expect_title(emulator, "\x1b[23;0;0t", "shell");
    expect_title(emulator, "\x1b[23t", "shell"); /* there is none */
    for (int i = 0; i < 2 * TITLES_MAX; i++)
        picture_feed(emulator, i % 2 == 0 ? "\x1b[22t\x1b]2;even\a" : "\x1b[22t\x1b]2;odd\a");
    expect_title(emulator, "\x1b[23t\x1b[23t\x1b[23t", "even");
    expect_title(emulator, "\x1b]2;ti", "even");
    expect_title(emulator, "dy\a", "tidy");
    expect_title(emulator, "\033c\x1b[23t", "");
    emulator_free(emulator);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sequences),
        cmocka_unit_test(test_replies),
        cmocka_unit_test(test_reply_budget),
        cmocka_unit_test(test_titles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
