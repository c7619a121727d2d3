/* Keys, mouse and cursor between the operator's terminal and a program in a box; what such a program may do
 * to the clipboard. */
#include "tests/support/story.h"
#include "tests/support/story_clip.h"

#include "client/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int set_up(void **state)
{
    *state = story_new_calm();
    return 0;
}

static int tear_down(void **state)
{
    story_free(*state);
    return 0;
}

static void start(struct story *story, const char *config)
{
    if (config != NULL)
        story_write(story, ".config/boxtop/config", config, 0600);
    story_start(story, &(struct story_start){0});
    story_sees(story, "1/2");
}

static void open_shell(struct story *story)
{
    story_selects(story, "calm");
    story_type(story, "s");
    story_answers(story, "New host key", "y");
    story_sees(story, "leaves");
    story_type(story, "PS1='$ '; clear\r");
    story_sees_gone(story, "PS1");
}

static void leave(struct story *story)
{
    story_type(story, "\x1c");
    story_sees(story, "types again");
    story_quit(story);
}

/* Waits for a line that a program has to print, typed so that the command itself does not hold it. */
static void asks(struct story *story, const char *command, const char *answer)
{
    story_type(story, command);
    story_type(story, "\r");
    story_sees(story, answer);
}

/* A shell function `k TAG COUNT ON OFF`: prints ON and "go-TAG", shows the next COUNT bytes as cat does,
 * between equals signs, and prints OFF. */
static void define_reader(struct story *story)
{
    asks(story,
         "k() { clear; stty raw -echo; printf \"$3\"; echo go-$1; echo \"=$(head -c $2 | cat -vt)=\"; printf "
         "\"$4\"; "
         "stty sane; }; clear; echo def''ined",
         "defined");
}

/* ---- the form of keys ---- */

#define KITTY_ON  "\\\\033[>1u"
#define KITTY_OFF "\\\\033[<u"
#define OTHER_ON  "\\\\033[>4;2m"
#define OTHER_OFF "\\\\033[>4m"

/* The operator's terminal speaks kitty's protocol; what a program gets is what it asked for, and by default
 * what xterm sends. */
static void keys_come_as_the_program_asked(void **state)
{
    struct story *story = *state;
    static const struct {
        struct key key;
        const char *on, *off, *shown; /* with each "^X" for one byte */
    } cases[] = {
        {{'i', KEY_CTRL}, "", "", "^I"},
        {{'i', KEY_CTRL}, KITTY_ON, KITTY_OFF, "^[[105;5u"},
        {{'i', KEY_CTRL}, OTHER_ON, OTHER_OFF, "^[[27;5;105~"},
        {{'a', KEY_CTRL | KEY_SHIFT}, "", "", "^A"},
        {{'a', KEY_CTRL | KEY_SHIFT}, KITTY_ON, KITTY_OFF, "^[[97;6u"},
        {{'a', KEY_CTRL | KEY_SHIFT}, OTHER_ON, OTHER_OFF, "^[[27;6;65~"},
        {{KEY_NAME_ENTER, KEY_SHIFT}, "", "", "^M"},
        {{KEY_NAME_ENTER, KEY_SHIFT}, KITTY_ON, KITTY_OFF, "^[[13;2u"},
        {{KEY_NAME_ENTER, KEY_SHIFT}, OTHER_ON, OTHER_OFF, "^[[27;2;13~"},
        {{KEY_NAME_ESCAPE, 0}, "", "", "^["},
        {{KEY_NAME_ESCAPE, 0}, KITTY_ON, KITTY_OFF, "^[[27u"},
        {{'x', KEY_ALT}, "", "", "^[x"},
        {{KEY_NAME_UP, 0}, "", "", "^[[A"},
        {{KEY_NAME_UP, 0}, "\\\\033[?1h", "\\\\033[?1l", "^[OA"},
        {{KEY_NAME_F1 + 4, KEY_CTRL}, "", "", "^[[15;5~"},
        {{KEY_NAME_BACKSPACE, 0}, "", "", "^?"},
        {{' ', KEY_CTRL}, "", "", "^@"},
        {{'c', KEY_CTRL}, "", "", "^C"},
        {{0xE9, 0}, "", "", "M-CM-)"},
    };
    start(story, NULL);
    open_shell(story);
    define_reader(story);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t bytes = strlen(cases[i].shown);
        for (const char *at = cases[i].shown; (at = strchr(at, '^')) != NULL; at++)
            bytes--;
        if (cases[i].key.code == 0xE9)
            bytes = 2;
        char *command = mem_format("k %zu %zu \"%s\" \"%s\"", i, bytes, cases[i].on, cases[i].off);
        char *ready = mem_format("go-%zu", i), *line = mem_format("=%s=", cases[i].shown);
        asks(story, command, ready);
        pty_key(story->pty, cases[i].key);
        story_sees(story, line);
        free(command);
        free(ready);
        free(line);
    }
    leave(story);
}

/* ---- the first key ---- */

/* However fast the operator is: not one key goes astray on the way in, and none on the way out. */
static void no_key_is_lost_at_the_border(void **state)
{
    struct story *story = *state;
    start(story, NULL);
    open_shell(story);
    story_type(story, "\x1c"); /* left, now in bursts */
    story_sees(story, "types again");
    story_type(story, "iecho in-$((40 + 2))\r");
    story_sees(story, "in-42");
    story_type(story, "\x1cl"); /* the key that leaves and the log, in one write */
    story_sees(story, "f follow");
    story_type(story, "secho back-$((40 + 3))\r\x1ci");
    story_sees(story, "back-43");
    story_type(story, "echo again-$((40 + 4))\r");
    story_sees(story, "again-44");
    /* A hundred times, each time with a letter that must arrive. */
    story_type(story, "clear; printf %s ");
    for (int i = 0; i < 100; i++)
        story_type(story, "x\x1c--i"); /* a letter, out, to the view before and back, in again */
    story_type(story, " | wc -c\r");
    story_sees_gone(story, "again-44");
    story_sees(story, "100");
    leave(story);
}

/* What is typed behind `s` waits for the shell that is not open yet. */
static void typing_ahead_of_the_first_shell(void **state)
{
    struct story *story = *state;
    start(story, NULL);
    story_selects(story, "calm");
    story_type(story, "s");
    story_answers(story, "New host key", "y");
    story_type(story, "echo ahead-$((40 + 5))\r");
    story_sees(story, "ahead-45");
    story_type(story, "exit\r");
    story_sees(story, "exit code 0");
    story_type(story, "\x1c");
    story_type(story, "secho ahead-$((40 + 6))\rexit 7\r"); /* in one write */
    story_sees(story, "exit code 7");
    story_type(story, "\x1c");
    story_quit(story);
}

/* What was meant for a shell that did not come about does nothing else. */
static void keys_for_a_refused_shell_do_nothing(void **state)
{
    struct story *story = *state;
    story_makes_box(story, "broken-bee-10003", "broken", "error"); /* no login for such a box */
    story_start(story, &(struct story_start){0});
    story_sees(story, "broken");
    story_selects(story, "broken");
    story_type(story, "s");
    story_answers(story, "New host key", "y");
    story_sees(story, "connects again");
    story_type(story, "\x1csls"); /* again, and typing ahead of it */
    story_waits_for_ssh(story, "passwords", 2);
    story_sees(story, "connects again");
    story_type(story, "PDNQ"); /* still typing */
    assert_false(story_sees_soon(story, "[ Cancel ]", 300));
    story_type(story, "\x1c");
    story_quit(story);
}

/* ---- the key that leaves ---- */

static void the_leaving_key_can_be_another(void **state)
{
    struct story *story = *state;
    start(story, "[keys]\nshell-leave = Ctrl-] F12\n");
    story_selects(story, "calm");
    story_type(story, "s");
    story_answers(story, "New host key", "y");
    story_sees(story, "Ctrl-] leaves");
    define_reader(story);
    asks(story, "k t1 1", "go-t1");
    pty_key(story->pty, (struct key){'\\', KEY_CTRL}); /* is a key like any other now */
    story_sees(story, "=^\\=");
    asks(story, "k t2 1", "go-t2");
    pty_key(story->pty, (struct key){']', KEY_CTRL});
    pty_key(story->pty, (struct key){']', KEY_CTRL}); /* twice sends one */
    story_sees(story, "=^]=");
    pty_key(story->pty, (struct key){KEY_NAME_F1 + 11, 0});
    story_sees(story, "types again");
    story_quit(story);
}

static void a_config_that_cannot_be_is_refused(void **state)
{
    struct story *story = *state;
    static const struct {
        const char *config, *says;
    } cases[] = {
        {"[keys]\nshell-leave = x\n", "config:2: x cannot be shell-leave"},
        {"[keys]\nshell-leave =\n", "config:2: shell-leave needs a key"},
        {"[keys]\nshell-leave = F5\ncopy-mode = F5\n", "config:3: F5 is bound to \"shell-leave\" already"},
        {"[ui]\nclipboard = maybe\n", "config:2: clipboard is deny or ask"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        story_write(story, ".config/boxtop/config", cases[i].config, 0600);
        story_start(story, &(struct story_start){.cols = 200});
        story_sees(story, cases[i].says);
        story_exit(story, 2);
    }
}

/* ---- mouse, focus, cursor ---- */

static void the_mouse_is_told_in_the_panes_coordinates(void **state)
{
    struct story *story = *state;
    struct mouse mouse = {.kind = MOUSE_PRESS, .button = 1, .row = 4, .col = 9};
    start(story, NULL);
    open_shell(story);
    define_reader(story);
    asks(story, "k t3 20 \"\\\\033[?1000;1006h\" \"\\\\033[?1000;1006l\"", "go-t3");
    pty_mouse(story->pty, &mouse);
    mouse.kind = MOUSE_RELEASE;
    pty_mouse(story->pty, &mouse);
    story_sees(story, "=^[[<0;10;5M^[[<0;10;5m=");
    /* Any motion, without buttons too, is not asked for by us and so not told; a drag is. */
    asks(story, "k t4 11 \"\\\\033[?1002;1006h\" \"\\\\033[?1002;1006l\"", "go-t4");
    mouse = (struct mouse){.kind = MOUSE_DRAG, .button = 1, .row = 4, .col = 10};
    pty_mouse(story->pty, &mouse);
    story_sees(story, "=^[[<32;11;5M=");
    /* 1005 and 1015 are forms of old that nobody offers: the report is X10's. */
    asks(story, "k t5 6 \"\\\\033[?1000;1005;1015h\" \"\\\\033[?1000l\"", "go-t5");
    mouse = (struct mouse){.kind = MOUSE_PRESS, .button = 1, .row = 0, .col = 0};
    pty_mouse(story->pty, &mouse);
    story_sees(story, "=^[[M !!=");
    leave(story);
}

static void the_focus_is_told_only_when_asked(void **state)
{
    struct story *story = *state;
    start(story, NULL);
    open_shell(story);
    define_reader(story);
    asks(story, "k t6 7 \"\\\\033[?1004h\" \"\\\\033[?1004l\"", "go-t6");
    pty_focus(story->pty, false);
    pty_focus(story->pty, true);
    pty_type(story->pty, "z");
    story_sees(story, "=^[[O^[[Iz=");
    asks(story, "k t7 1", "go-t7");
    pty_focus(story->pty, false);
    pty_focus(story->pty, true);
    pty_type(story->pty, "y");
    story_sees(story, "=y=");
    leave(story);
}

static bool has_shape(struct pty *pty, void *data)
{
    struct screen_state screen;
    emulator_state(pty_emulator(pty), &screen);
    return screen.cursor_shape == *(const enum cursor_shape *)data;
}

static void expect_shape(struct story *story, enum cursor_shape shape)
{
    assert_true(pty_wait(story->pty, has_shape, &shape, STORY_LIMIT_MS));
}

/* The shape is the program's while the operator is in it, and then the operator's own; none blinks. */
static void the_cursor_has_the_programs_shape(void **state)
{
    struct story *story = *state;
    static const enum cursor_shape shapes[] = {CURSOR_BLOCK,     CURSOR_BLOCK, CURSOR_UNDERLINE,
                                               CURSOR_UNDERLINE, CURSOR_BAR,   CURSOR_BAR};
    start(story, NULL);
    open_shell(story);
    expect_shape(story, CURSOR_DEFAULT);
    for (int i = 0; i < 6; i++) {
        char *command = mem_format("printf '\\033[%d q'\r", i + 1);
        story_type(story, command);
        expect_shape(story, shapes[i]);
        free(command);
    }
    story_type(story, "\x1c");
    expect_shape(story, CURSOR_DEFAULT);
    story_type(story, "i");
    expect_shape(story, CURSOR_BAR);
    size_t len;
    const char *bytes = pty_bytes(story->pty, &len);
    assert_null(memmem(bytes, len, "\x1b[1 q", 5));
    assert_null(memmem(bytes, len, "\x1b[5 q", 5));
    /* It is handed back on the way out, also when that is a crash. */
    story_type(story, "\x1cQ");
    story_answers(story, "Quit?", "\ty");
    story_exit(story, 0);
}

/* ---- the clipboard ---- */

static void the_clipboard_is_denied_and_said_once(void **state)
{
    struct story *story = *state;
    start(story, NULL);
    open_shell(story);
    asks(story, "printf '\\033]52;c;aGVsbG8=\\a'", "wanted to set the clipboard: denied");
    asks(story, "printf '\\033]52;c;?\\a'; echo no-ans''wer", "no-answer");
    assert_false(story_copied_any(story));
    leave(story);
    assert_false(story_copied_any(story));
}

static void the_clipboard_is_asked_about(void **state)
{
    struct story *story = *state;
    story->check.may_copy = true;
    start(story, "[ui]\nclipboard = ask\n");
    open_shell(story);
    story_type(
        story,
        "printf 'rm -rf \\033[31m~\\nsecond' | base64 -w0 >b; printf \"\\\\033]52;c;$(cat b)\\\\a\"\r");
    story_sees(story, "Clipboard?");
    story_sees(story, "calm-crane-10001 wants to put 20 bytes on your");
    assert_true(pty_shows(story->pty, "rm -rf"));
    assert_false(story_copied_any(story));
    story_answers(story, "Clipboard?", "\t\r");
    story_copied(story, "rm -rf  [31m~\nsecond"); /* no control byte */
    story_sees(story, "Copied what the program sent to the clipboard");
    story_type(story, "sleep 1; printf '\\033]52;c;aGVsbG8=\\a'\r");
    story_answers(story, "Clipboard?", "\x1b");
    /* After a no there is silence. */
    story_type(story, "sleep 1; printf '\\033]52;c;d29ybGQ=\\a'; sleep 1.2; echo qui''et\r");
    story_sees(story, "quiet");
    assert_false(pty_shows(story->pty, "Clipboard?"));
    story_copied(story, "rm -rf  [31m~\nsecond");
    leave(story);
}

/* ---- a large paste ---- */

/* A megabyte goes in whole, in the order it has, and the console answers meanwhile. */
static void a_large_paste_is_whole(void **state)
{
    struct story *story = *state;
    enum { LINE = 64, LINES = 16000 };
    start(story, NULL);
    open_shell(story);
    story_type(story, "stty -echo; printf '\\033[?2004h'; echo rea''dy; cat >taken; printf '\\033[?2004l'\r");
    story_sees(story, "ready");
    char *text = mem_zalloc(LINE * LINES + 1, 1);
    for (int i = 0; i < LINES; i++)
        snprintf(text + (size_t)i * LINE, LINE + 1, "%06d %056d\n", i, i);
    pty_paste(story->pty, text);
    pty_type(story->pty, "\x1c"); /* the operator looks at something else while it goes */
    story_sees(story, "types again");
    story_type(story, "?");
    story_sees(story, "show every key");
    story_type(story, "\x1b");
    story_sees_gone(story, "show every key");
    story_type(story, "i\r\x04\x04");
    story_type(
        story,
        "stty echo; tr -d '\\033' <taken | sed 's/\\[20[01]~//' | grep -c '^[0-9]\\{6\\} [0-9]\\{56\\}$'; "
        "head -1 taken | cut -c7-12; tail -2 taken | head -1 | cut -c1-6\r");
    story_sees(story, "16000");
    story_sees(story, "015999");
    free(text);
    leave(story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keys_come_as_the_program_asked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_key_is_lost_at_the_border, set_up, tear_down),
        cmocka_unit_test_setup_teardown(typing_ahead_of_the_first_shell, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keys_for_a_refused_shell_do_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_leaving_key_can_be_another, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_config_that_cannot_be_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_mouse_is_told_in_the_panes_coordinates, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_focus_is_told_only_when_asked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_cursor_has_the_programs_shape, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_clipboard_is_denied_and_said_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_clipboard_is_asked_about, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_large_paste_is_whole, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}
