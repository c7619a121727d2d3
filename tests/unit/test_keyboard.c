/*
 * How a program asks for its keys in another form, through the whole emulator: kitty's keyboard protocol
 * (sw.kovidgoyal.net/kitty/keyboard-protocol, "Progressive enhancement") and modifyOtherKeys (xterm ctlseqs,
 * XTMODKEYS, XTQMODKEYS). Which bytes each key has then is in test_encode.c.
 */
#include "client/shell/emulator.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What the emulator sends after these bytes and Ctrl-i, which each form tells otherwise. */
static void expect(const char *bytes, const char *sent)
{
    struct emulator *emulator = emulator_new(20, 5, 100);
    struct buf out;
    buf_init(&out, 4096);
    for (size_t i = 0; bytes[i] != '\0'; i++) /* in the worst of splits */
        emulator_write(emulator, bytes + i, 1);
    emulator_key(emulator, (struct key){'i', KEY_CTRL});
    emulator_take_output(emulator, &out, 0);
    if (strcmp(buf_text(&out), sent) != 0)
        fail_msg("%s: \"%s\", not \"%s\"", bytes + 1, buf_text(&out), sent);
    assert_true(emulator_has_other_keys(emulator) || sent[strlen(sent) - 1] == '\t');
    buf_done(&out);
    emulator_free(emulator);
}

#define KITTY "\x1b[105;5u"
#define OTHER "\x1b[27;5;105~"

static void flags_are_pushed_popped_and_set(void **state)
{
    (void)state;
    expect("\x1b[?u", "\x1b[?0u\t");
    expect("\x1b[>1u", KITTY);
    expect("\x1b[>1u\x1b[?u", "\x1b[?1u" KITTY);
    expect("\x1b[>31u\x1b[?u", "\x1b[?1u" KITTY); /* what is not offered is not on */
    expect("\x1b[>2u\x1b[?u", "\x1b[?0u\t");
    expect("\x1b[>u", "\t"); /* no flags are none */
    expect("\x1b[>1u\x1b[<u", "\t");
    expect("\x1b[>1u\x1b[>0u", "\t");
    expect("\x1b[>1u\x1b[>0u\x1b[<u", KITTY);
    expect("\x1b[>1u\x1b[>1u\x1b[<2u", "\t");
    expect("\x1b[>1u\x1b[<9999u", "\t"); /* more than there are */
    expect("\x1b[<5u\x1b[>1u", KITTY);
    expect("\x1b[=1u", KITTY);
    expect("\x1b[=1;1u\x1b[=0;1u", "\t");
    expect("\x1b[=1;2u\x1b[=2;2u", KITTY);
    expect("\x1b[=1u\x1b[=1;3u", "\t");
    expect("\x1b[=1;7u", "\t");
}

/* "The main and alternate screens must maintain their own, independent, keyboard mode stacks." */
static void each_screen_has_a_stack(void **state)
{
    (void)state;
    expect("\x1b[?1049h\x1b[>1u\x1b[?1049l\x1b[?u\x1b[?1049h", "\x1b[?0u" KITTY);
    expect("\x1b[>1u\x1b[?1049h\x1b[?u\x1b[?1049l", "\x1b[?0u" KITTY);
}

/* However many are pushed, the newest count, and memory does not grow. */
static void the_stack_is_bounded(void **state)
{
    (void)state;
    struct emulator *emulator = emulator_new(20, 5, 100);
    struct buf out;
    buf_init(&out, 4096);
    for (int i = 0; i < 100000; i++)
        emulator_write(emulator, "\x1b[>1u", 5);
    emulator_write(emulator, "\x1b[?u\x1b[<14u\x1b[?u\x1b[<99u\x1b[?u", 24);
    emulator_take_output(emulator, &out, 0);
    assert_string_equal(buf_text(&out), "\x1b[?1u\x1b[?1u\x1b[?0u");
    buf_done(&out);
    emulator_free(emulator);
}

static void other_keys_have_levels(void **state)
{
    (void)state;
    expect("\x1b[?4m", "\x1b[>4;0m\t");
    expect("\x1b[>4;2m", OTHER);
    expect("\x1b[>4;2m\x1b[?4m", "\x1b[>4;2m" OTHER);
    expect("\x1b[>4;2m\x1b[>4m", "\t");
    expect("\x1b[>4;2m\x1b[>4;0m", "\t");
    expect("\x1b[>4;2m\x1b[>m", "\t");
    expect("\x1b[>4;2m\x1b[>4n", "\t");
    expect("\x1b[>4;9m", "\t");        /* no such level */
    expect("\x1b[>1;2m", "\t");        /* another option, which is not offered */
    expect("\x1b[>4;2m\x1b[m", OTHER); /* SGR is something else */
    expect("\x1b[>4;2m\x1b[?1049h", OTHER);
    expect("\x1b[>4;2m\x1b[>1u", KITTY); /* kitty's goes before */
}

/* RIS and DECSTR give the usual keys back; a resize takes nothing. */
static void resets_and_resizes(void **state)
{
    (void)state;
    expect("\x1b[>1u\x1b[>4;2m\x1b"
           "c",
           "\t");
    expect("\x1b[>1u\x1b[>4;2m\x1b[!p", "\t");
    struct emulator *emulator = emulator_new(20, 5, 100);
    struct buf out;
    buf_init(&out, 4096);
    emulator_write(emulator, "\x1b[>1u", 5);
    emulator_resize(emulator, 40, 9);
    emulator_key(emulator, (struct key){KEY_NAME_ESCAPE, 0});
    emulator_take_output(emulator, &out, 0);
    assert_string_equal(buf_text(&out), "\x1b[27u");
    buf_done(&out);
    emulator_free(emulator);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flags_are_pushed_popped_and_set),
        cmocka_unit_test(each_screen_has_a_stack),
        cmocka_unit_test(the_stack_is_bounded),
        cmocka_unit_test(other_keys_have_levels),
        cmocka_unit_test(resets_and_resizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
