/* Scrolling back, searching, selecting and copying in a shell; pasting into one; news of one that nobody
 * looks at. */
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
    struct story *story = story_new_calm();
    story->check.may_copy = true;
    story_start(story, &(struct story_start){0});
    story_sees(story, "1/2");
    story_selects(story, "calm");
    story_type(story, "s");
    story_answers(story, "New host key", "y");
    story_sees(story, "leaves");
    story_type(story, "PS1='$ '; clear\r");
    story_sees_gone(story, "PS1");
    *state = story;
    return 0;
}

static int tear_down(void **state)
{
    story_free(*state);
    return 0;
}

static void leave(struct story *story)
{
    story_type(story, "\x1c");
    story_quit(story);
}

/* ---- the stories ---- */

static void searches_selects_and_copies(void **state)
{
    struct story *story = *state;
    story_type(story, "seq -f 'line %g of many' 2000; printf '%0100d-%s\\n' 7 end\r");
    story_sees(story, "07-end");
    story_type(story, "\x1cv?line 77 of\rvey"); /* typed ahead: all of it waits for the lines */
    story_copied(story, "line");
    story_sees(story, "Copied the selection to the clipboard");

    story_type(story, "v?line 77 of\rVjy");
    story_copied(story, "line 77 of many\nline 78 of many\n");

    story_type(story, "v?~LINE 1[0-9]{2}7 \r"); /* a capital counts */
    story_sees(story, "is nowhere");
    story_type(story, "?~line 1[0-9]{2}7 \rn"); /* 1997, then 1987 */
    story_sees(story, "line 1987 of many");
    story_type(story, "w\x16jey"); /* Ctrl-v: a block */
    story_copied(story, "1987\n1988");

    /* A soft-wrapped line is copied as the one line that it is. */
    story_type(story, "v?07-end\r0kVjy");
    char wrapped[128];
    snprintf(wrapped, sizeof wrapped, "%0100d-end\n", 7);
    story_copied(story, wrapped);
    story_quit(story);
}

static void stands_still_while_output_arrives(void **state)
{
    struct story *story = *state;
    story_type(story,
               "seq -f 'old %g' 100; until [ -e go ]; do sleep 0.1; done; seq -f 'new %g' 200; rm go\r");
    story_sees(story, "old 100");
    story_type(story, "\x1b[5~"); /* PageUp, while typing */
    story_sees(story, "copy");
    story_sees(story, "old 60");
    story_sees_gone(story, "old 100");
    json_decref(story_asks(story, "POST", "/v2/box/calm-crane-10001/exec",
                           json_pack("{s:[s,s]}", "command", "touch", "go")));
    story_sees(story, "200 new lines");
    story_sees(story, "old 60");
    assert_false(pty_shows(story->pty, "new 1"));
    story_type(story, "q");
    story_sees(story, "new 200");
    story_sees(story, "leaves"); /* and typing goes on */
    story_type(story, "echo typed-$((40 + 2))\r");
    story_sees(story, "typed-42");
    leave(story);
}

static void the_wheel_scrolls_and_comes_back(void **state)
{
    struct story *story = *state;
    struct mouse wheel = {.kind = MOUSE_WHEEL_UP, .row = 5, .col = 5};
    story_type(story, "seq -f 'row %g' 60\r");
    story_sees(story, "row 60");
    pty_mouse(story->pty, &wheel);
    pty_mouse(story->pty, &wheel);
    story_sees(story, "copy ");
    story_sees_gone(story, "row 60");
    wheel.kind = MOUSE_WHEEL_DOWN;
    pty_mouse(story->pty, &wheel);
    pty_mouse(story->pty, &wheel);
    story_sees(story, "row 60");
    story_sees(story, "leaves");
    /* On the alternate screen it moves in the program. */
    story_type(story, "seq -f 'page %g' 500 >file; less file\r");
    story_sees(story, "page 20");
    pty_mouse(story->pty, &wheel);
    story_sees(story, "page 25");
    story_type(story, "q");
    story_sees_gone(story, "page 25");
    leave(story);
}

static void the_mouse_selects(void **state)
{
    struct story *story = *state;
    story_type(story, "echo; echo see /usr/bin/env, it is t\\here\r");
    story_sees(story, "it is there");
    /* clear, then: row 0 the command, row 1 blank, row 2 the text */
    struct mouse mouse = {.kind = MOUSE_PRESS, .button = 1, .row = 2, .col = 8};
    pty_mouse(story->pty, &mouse);
    mouse.kind = MOUSE_RELEASE;
    pty_mouse(story->pty, &mouse);
    mouse.kind = MOUSE_PRESS;
    pty_mouse(story->pty, &mouse);
    mouse.kind = MOUSE_RELEASE;
    pty_mouse(story->pty, &mouse);
    story_sees(story, "copy ");
    story_type(story, "\r");
    story_copied(story, "/usr/bin/env");
    story_sees(story, "leaves");

    mouse = (struct mouse){.kind = MOUSE_PRESS, .button = 1, .row = 2, .col = 0};
    pty_mouse(story->pty, &mouse);
    mouse.kind = MOUSE_DRAG;
    for (mouse.col = 1; mouse.col <= 6; mouse.col++)
        pty_mouse(story->pty, &mouse);
    mouse.kind = MOUSE_RELEASE;
    pty_mouse(story->pty, &mouse);
    story_sees(story, "copy ");
    story_type(story, "y");
    story_copied(story, "see /us");

    /* With Alt it selects although the program has the mouse. */
    story_type(story, "printf '\\033[?1002h\\033[?1006h'; echo rea''dy\r");
    story_sees(story, "ready");
    mouse = (struct mouse){.kind = MOUSE_PRESS, .button = 1, .mods = KEY_ALT, .row = 2, .col = 0};
    pty_mouse(story->pty, &mouse);
    mouse.kind = MOUSE_DRAG;
    mouse.col = 2;
    pty_mouse(story->pty, &mouse);
    mouse.kind = MOUSE_RELEASE;
    pty_mouse(story->pty, &mouse);
    story_sees(story, "copy ");
    story_type(story, "y");
    story_copied(story, "see");
    leave(story);
}

/* A press, a drag over these places, and the end of it. */
static void drag(struct story *story, int row, int col, int to_row, int to_col)
{
    struct mouse mouse = {.kind = MOUSE_PRESS, .button = 1, .row = row, .col = col};
    pty_mouse(story->pty, &mouse);
    mouse = (struct mouse){.kind = MOUSE_DRAG, .button = 1, .row = to_row, .col = to_col};
    pty_mouse(story->pty, &mouse);
}

static void release(struct story *story, int row, int col)
{
    struct mouse mouse = {.kind = MOUSE_RELEASE, .button = 1, .row = row, .col = col};
    pty_mouse(story->pty, &mouse);
}

/* A drag that comes to the pane's edge lets lines go by, on its own, until it is over; then nothing moves. */
static void a_drag_past_the_edge_scrolls(void **state)
{
    struct story *story = *state;
    story_type(story, "seq -f 'row %g' 100\r");
    story_sees(story, "row 100");
    drag(story, 10, 3, 0, 0); /* up to the first row */
    story_sees(story, "row 40");
    story_sees(story, "row 1");
    drag(story, 5, 0, 23, 0); /* and down over the footer */
    story_sees(story, "row 100");
    release(story, 23, 0);
    drag(story, 10, 3, 0, 0);
    story_sees(story, "row 70");
    release(story, 0, 0);
    story_type(story, "\r"); /* copies: many lines, the last of which ends where the drag began */
    story_sees(story, "Copied the selection to the clipboard");
    leave(story);
}

static void a_triple_click_takes_the_line(void **state)
{
    struct story *story = *state;
    story_type(story, "echo; echo all of th''is line\r");
    story_sees(story, "all of this line");
    for (int i = 0; i < 3; i++) {
        struct mouse mouse = {.kind = MOUSE_PRESS, .button = 1, .row = 2, .col = 5};
        pty_mouse(story->pty, &mouse);
        mouse.kind = MOUSE_RELEASE;
        pty_mouse(story->pty, &mouse);
    }
    story_sees(story, "copy ");
    story_type(story, "y");
    story_copied(story, "all of this line\n");
    leave(story);
}

/* Counts, big words, characters of the line, g_, lines by number: typed as fast as vi takes them. */
static void moves_with_counts_as_vi(void **state)
{
    struct story *story = *state;
    static const struct {
        const char *keys, *text;
    } cases[] = {
        {"v?one two\rwv3ey", "two/three"},      {"v?one two\rWvEy", "two/three"},
        {"v?one two\rf(v%y", "(four, (five))"}, {"v?one two\rvg_y", "one two/three (four, (five)) six"},
        {"v?one two\r$vTvy", "e)) six"},        {"v?one two\rVjy", "one two/three (four, (five)) six\n\n"},
    };
    story_type(story, "clear; echo top; printf 'one two/three (four, (five)) six  \\n\\n%sst\\n' la\r");
    story_sees(story, "last");
    story_type(story, "\x1c");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        story_type(story, cases[i].keys);
        story_copied(story, cases[i].text);
    }
    story_type(story, "i");
    leave(story);
}

/* ---- paste ---- */

static void a_paste_holds_no_control_byte(void **state)
{
    struct story *story = *state;
    story_type(story, "echo rea''dy; cat -v\r"); /* bash's own brackets are off now */
    story_sees(story, "ready");
    /* A terminal that takes nothing out of a paste itself. */
    pty_type(story->pty, "\033[200~one\033[31mtwo\003three\004\032four\033[201~");
    story_sees(story, "one [31mtwo three  four");
    story_sees(story, "Pasted, with 4 control characters, each made a space");
    story_type(story, "\r\x04");
    story_type(story, "echo alive-$((40 + 2))\r"); /* nothing in it ended cat or was a signal */
    story_sees(story, "alive-42");
    leave(story);
}

static void several_lines_ask_where_each_would_run(void **state)
{
    struct story *story = *state;
    story_type(story, "echo rea''dy; cat >taken\r");
    story_sees(story, "ready");
    pty_paste(story->pty, "first\nsecond\n");
    story_sees(story, "Paste?");
    story_type(story, "\x1b");
    story_sees_gone(story, "Paste?");
    pty_paste(story->pty, "third\nfourth\n");
    story_answers(story, "Paste?", "\t\r");
    story_sees(story, "fourth");
    story_type(story, "\x04");
    story_type(story, "wc -l taken; bind 'set enable-bracketed-paste on'; PS1=g'o> '\r");
    story_sees(story, "2 taken");
    story_sees(story, "go>"); /* the prompt comes after the brackets */
    /* A program with brackets gets them at once, and runs nothing by itself. */
    pty_paste(story->pty, "echo a-$((1 + 1))\necho b-$((1 + 2))");
    story_sees(story, "echo b-");
    assert_false(pty_shows(story->pty, "a-2"));
    assert_false(pty_shows(story->pty, "Paste?"));
    story_type(story, "\r");
    story_sees(story, "a-2");
    story_sees(story, "b-3");
    leave(story);
}

/* ---- news ---- */

static void a_shell_with_news_is_marked(void **state)
{
    struct story *story = *state;
    story_type(story,
               "until [ -e go ]; do sleep 0.1; done; echo gone; until [ -e ring ]; do sleep 0.1; done; "
               "printf '\\a'\r");
    story_sees(story, "ring");
    story_type(story, "\x1c");
    story_type(story, "l"); /* its log instead */
    story_sees(story, "f follow");
    json_decref(story_asks(story, "POST", "/v2/box/calm-crane-10001/exec",
                           json_pack("{s:[s,s]}", "command", "touch", "go")));
    story_sees(story, "Terminal+");
    story_sees(story, ">+i calm");
    json_decref(story_asks(story, "POST", "/v2/box/calm-crane-10001/exec",
                           json_pack("{s:[s,s]}", "command", "touch", "ring")));
    story_sees(story, "Terminal!");
    story_sees(story, ">!i calm");
    story_type(story, "s");
    story_sees(story, "gone");
    story_type(story, "\x1c");
    story_sees_gone(story, "Terminal!");
    story_quit(story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(searches_selects_and_copies, set_up, tear_down),
        cmocka_unit_test_setup_teardown(stands_still_while_output_arrives, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_wheel_scrolls_and_comes_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_mouse_selects, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_drag_past_the_edge_scrolls, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_triple_click_takes_the_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(moves_with_counts_as_vi, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_paste_holds_no_control_byte, set_up, tear_down),
        cmocka_unit_test_setup_teardown(several_lines_ask_where_each_would_run, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_shell_with_news_is_marked, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("copy", tests, NULL, NULL);
}
