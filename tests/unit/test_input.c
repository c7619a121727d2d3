/* The decoder of the operator's bytes: keys, mouse, pastes, replies; at every split, on an injected clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "client/base/buf.h"
#include "tui/input.h"
#include "tui/keyname.h"

enum { NOTES_MAX = 4 << 20 };

/* What came out, as words: "a", "Ctrl-Left", "press 1 @3,4", "paste <hello>", "focus-in". */
static void note(void *ctx, const struct input_event *event)
{
    static const char *const kinds[] = {"press", "release", "drag", "move", "wheel-up", "wheel-down"};
    static const char *const replies[] = {"kitty", "other-keys", "attributes"};
    struct buf *notes = ctx;
    char name[KEYNAME_MAX];
    if (notes->len > 0)
        buf_add_text(notes, " ");
    switch (event->kind) {
    case INPUT_KEY:
        key_format(event->key, name);
        buf_add_text(notes, name);
        break;
    case INPUT_MOUSE:
        buf_add_format(notes, "%s", kinds[event->mouse.kind]);
        if (event->mouse.button > 0)
            buf_add_format(notes, "-%d", event->mouse.button);
        if (event->mouse.mods != 0)
            buf_add_format(notes, "+%d", event->mouse.mods);
        buf_add_format(notes, "@%d,%d", event->mouse.row, event->mouse.col);
        break;
    case INPUT_PASTE:
        buf_add_text(notes, "paste<");
        buf_add(notes, event->paste, event->paste_len);
        buf_add_text(notes, ">");
        if (event->paste_cut > 0)
            buf_add_format(notes, "cut%zu", event->paste_cut);
        break;
    case INPUT_FOCUS_IN:
        buf_add_text(notes, "focus-in");
        break;
    case INPUT_FOCUS_OUT:
        buf_add_text(notes, "focus-out");
        break;
    case INPUT_REPLY:
        buf_add_text(notes, replies[event->reply]);
        break;
    }
}

struct fixture {
    struct buf notes;
    struct input *input;
};

static int start(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    buf_init(&f->notes, NOTES_MAX);
    f->input = input_new(note, &f->notes);
    *state = f;
    return 0;
}

static int stop(void **state)
{
    struct fixture *f = *state;
    input_free(f->input);
    buf_done(&f->notes);
    free(f);
    return 0;
}

/* Feeds `bytes` in two parts that are cut at `split`, lets time pass, and compares. */
static void expect_split(const char *bytes, size_t len, size_t split, const char *want)
{
    struct buf notes;
    buf_init(&notes, NOTES_MAX);
    struct input *input = input_new(note, &notes);
    input_feed(input, bytes, split, 0);
    input_feed(input, bytes + split, len - split, 5);
    input_tick(input, 10000);
    assert_string_equal(buf_text(&notes), want);
    assert_int_equal(input_deadline(input), -1);
    input_free(input);
    buf_done(&notes);
}

/* At every split. */
static void expect(const char *bytes, const char *want)
{
    size_t len = strlen(bytes);
    for (size_t split = 0; split <= len; split++)
        expect_split(bytes, len, split, want);
}

static void reads_characters(void **state)
{
    (void)state;
    expect("aZ?", "a Z ?");
    expect("\xC3\xA9\xE6\x97\xA5\xF0\x9F\x98\x80", "\xC3\xA9 \xE6\x97\xA5 \xF0\x9F\x98\x80");
    expect("\r\t\x7F\x01\x1C", "Enter Tab Backspace Ctrl-a Ctrl-\\");
    expect_split("\0", 1, 0, "Ctrl-Space");
}

static void drops_what_is_no_character(void **state)
{
    (void)state;
    expect("\xFF\xC0\x80"
           "a",
           "a");
    expect("\xC3"
           "a",
           "a");
    expect("\xC2\x9B"
           "31m",
           "3 1 m");
    expect("\xED\xA0\x80"
           "b",
           "b");
}

static void reads_keys_with_names(void **state)
{
    (void)state;
    expect("\033[A\033[B\033[C\033[D\033[H\033[F", "Up Down Right Left Home End");
    expect("\033OA\033OP\033OS\033OM", "Up F1 F4 KpEnter");
    expect("\033[2~\033[3~\033[5~\033[6~", "Insert Delete PageUp PageDown");
    expect("\033[11~\033[15~\033[24~\033[34~", "F1 F5 F12 F20");
    expect("\033[Z\033[[A\033[[E", "Shift-Tab F1 F5");
}

static void reads_modifiers(void **state)
{
    (void)state;
    expect("\033[1;5A\033[1;3D\033[1;2H\033[1;8F", "Ctrl-Up Alt-Left Shift-Home Ctrl-Alt-Shift-End");
    expect("\033[3;5~\033[15;2~\033[1;2R", "Ctrl-Delete Shift-F5 Shift-F3");
    expect("\033x\033\x01\033\xC3\xA9", "Alt-x Ctrl-Alt-a Alt-\xC3\xA9");
    expect("\033O5A\033O1;5C", "Ctrl-Up Ctrl-Right");
}

/* sw.kovidgoyal.net/kitty/keyboard-protocol: CSI code:shifted:base ; modifiers:event u. */
static void reads_csi_u(void **state)
{
    (void)state;
    expect("\033[97;5u\033[13;2u\033[27u\033[105;5u", "Ctrl-a Shift-Enter Esc Ctrl-i");
    expect("\033[97;2u\033[49:33;2u\033[127;3u", "A ! Alt-Backspace");
    expect("\033[97;6u\033[97:65;6u\033[97;4u\033[97;9u", "Ctrl-Shift-a Ctrl-Shift-a Alt-A Super-a");
    expect("\033[45:95;6u\033[54:94;6u\033[49:33;4u", "Ctrl-_ Ctrl-^ Alt-!"); /* what Shift makes of them */
    expect("\033[1089::99;5u\033[1089:1057:99;3u", "Ctrl-c Alt-\xD1\x81"); /* Cyrillic: Ctrl goes by place */
    expect("\033[97;69u\033[97;133u", "Ctrl-a Ctrl-a");                    /* Caps Lock, Num Lock */
    expect("\033[97;1:3u\033[97;5:2u\033[97;5:3u\033[1;5:3A", "Ctrl-a");   /* repeated, released */
    expect("\033[57399u\033[57414u\033[57419u\033[57426;5u", "Kp0 KpEnter Up Ctrl-Delete");
    expect("\033[57376u\033[13~\033[P\033[57441u\033[57358u", "F13 F3 F1"); /* Shift, Caps Lock: no keys */
}

/* xterm's modifyOtherKeys, as xterm 379 sends it at level 2. */
static void reads_other_keys(void **state)
{
    (void)state;
    expect("\033[27;5;9~\033[27;2;65~\033[27;5;97~\033[27;6;65~", "Ctrl-Tab A Ctrl-a Ctrl-Shift-a");
    expect("\033[27;3;97~\033[27;4;65~\033[27;4;33~\033[27;7;97~", "Alt-a Alt-A Alt-! Ctrl-Alt-a");
    expect("\033[27;2;32~\033[27;5;32~\033[27;6;95~\033[27;5;47~", "Space Ctrl-Space Ctrl-_ Ctrl-/");
    expect("\033[27;2;13~\033[27;2;27~\033[27;3;127~\033[27;6;9~",
           "Shift-Enter Shift-Esc Alt-Backspace Ctrl-Shift-Tab");
}

/* In the keypad's application mode (xterm ctlseqs, "VT220-Style Function Keys"). */
static void reads_the_keypad(void **state)
{
    (void)state;
    expect("\033Op\033Oy\033Ok\033Om\033Oj\033Oo\033On\033OM",
           "Kp0 Kp9 KpPlus KpMinus KpStar KpSlash KpDot KpEnter");
    expect("\033OX\033Ol", "= ,");
}

static void a_lone_escape_needs_time(void **state)
{
    struct fixture *f = *state;
    input_feed(f->input, "\033", 1, 1000);
    assert_int_equal(input_deadline(f->input), 1000 + INPUT_ESCAPE_MS);
    input_tick(f->input, 1000 + INPUT_ESCAPE_MS - 1);
    assert_int_equal(f->notes.len, 0);
    input_tick(f->input, 1000 + INPUT_ESCAPE_MS);
    assert_string_equal(buf_text(&f->notes), "Esc");
    input_feed(f->input, "a", 1, 2000);
    assert_string_equal(buf_text(&f->notes), "Esc a");
}

static void bytes_that_are_late_but_there_still_belong(void **state)
{
    struct fixture *f = *state;
    input_feed(f->input, "\033", 1, 0);
    /* The loop was busy for a second; the rest was there all the time. */
    input_feed(f->input, "[A", 2, 1000);
    assert_string_equal(buf_text(&f->notes), "Up");
}

static void alt_with_the_start_of_a_sequence(void **state)
{
    (void)state;
    expect("\033[", "Alt-[");
    expect("\033O", "Alt-O");
    expect("\033]", "Alt-]");
    expect("\033\033", "Esc Esc");
    expect("\033\033[A", "Esc Up");
}

static void reads_the_mouse(void **state)
{
    (void)state;
    expect("\033[<0;5;4M\033[<0;5;4m", "press-1@3,4 release-1@3,4");
    expect("\033[<2;1;1M\033[<32;300;200M\033[<35;2;2M", "press-3@0,0 drag-1@199,299 move@1,1");
    expect("\033[<64;9;9M\033[<65;9;9M\033[<66;9;9M", "wheel-up@8,8 wheel-down@8,8");
    expect("\033[<24;2;2M", "press-1+6@1,1");
    expect("\033[M !!\033[M#!!", "press-1@0,0 release@0,0");
    expect("\033[32;7;8M", "press-1@7,6");
    expect("\033[<0;0;0M", "");
}

static void reads_pastes(void **state)
{
    (void)state;
    expect("a\033[200~hello\nyou\033[201~b", "a paste<hello\nyou> b");
    expect("\033[200~\033[201~", "paste<>");
    expect("\033[200~x\033[201x\033\033[201~", "paste<x\033[201x\033>");
    expect("\033[200~\033[200~\033[201~z", "paste<\033[200~> z");
    expect("\033[I\033[O", "focus-in focus-out");
}

static void a_paste_without_end_is_taken(void **state)
{
    struct fixture *f = *state;
    input_feed(f->input, "\033[200~abc", 9, 0);
    input_tick(f->input, INPUT_PASTE_MS - 1);
    assert_int_equal(f->notes.len, 0);
    input_tick(f->input, INPUT_PASTE_MS);
    input_feed(f->input, "q", 1, 5000);
    assert_string_equal(buf_text(&f->notes), "paste<abc> q");
}

static void a_huge_paste_is_cut(void **state)
{
    struct fixture *f = *state;
    char block[4096];
    memset(block, 'x', sizeof block);
    input_feed(f->input, "\033[200~", 6, 0);
    for (size_t sent = 0; sent < INPUT_PASTE_MAX + sizeof block; sent += sizeof block)
        input_feed(f->input, block, sizeof block, 0);
    input_feed(f->input, "\033[201~k", 7, 0);
    const char *tail = buf_text(&f->notes) + f->notes.len - 12;
    assert_string_equal(tail, "xx>cut4096 k");
    assert_int_equal(f->notes.len, strlen("paste<") + INPUT_PASTE_MAX + strlen(">cut4096 k"));
}

static void swallows_replies(void **state)
{
    (void)state;
    /* DA1, DA2, DSR, CPR, DECRPM, window size, OSC 10 with ST and BEL, DECRQSS, XTGETTCAP, kitty flags,
     * modifyOtherKeys, APC.
     */
    expect("\033[?62;22c\033[>0;276;0c\033[0n\033[24;80R\033[1;1R\033[?2026;2$y\033[8;24;80ta",
           "attributes a");
    expect("\033]10;rgb:ffff/ffff/ffff\033\\\033]11;rgb:0/0/0\ab", "b");
    expect("\033P1$r0m\033\\\033P1+r544e=78\033\\\033[?1u\033[>4;1m\033_Gi=1;OK\033\\c",
           "kitty other-keys c");
}

static void abandons_what_is_broken(void **state)
{
    (void)state;
    expect("\033[12\x03", "Ctrl-c");
    expect("\033[1;\033[B", "Down");
    expect("\033]0;title\033[A", "Up");
    expect("\033[31", "");
    expect("\033]52;c;", "");
    expect("\033[999999999999999999999999~", "");
}

static void bounds_a_sequence_that_never_ends(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 100000; i++)
        input_feed(f->input, i == 0 ? "\033[1" : "111", 3, 0);
    input_feed(f->input, "~a", 2, 0);
    assert_string_equal(buf_text(&f->notes), "a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_characters),
        cmocka_unit_test(drops_what_is_no_character),
        cmocka_unit_test(reads_keys_with_names),
        cmocka_unit_test(reads_modifiers),
        cmocka_unit_test(reads_csi_u),
        cmocka_unit_test(reads_other_keys),
        cmocka_unit_test(reads_the_keypad),
        cmocka_unit_test_setup_teardown(a_lone_escape_needs_time, start, stop),
        cmocka_unit_test_setup_teardown(bytes_that_are_late_but_there_still_belong, start, stop),
        cmocka_unit_test(alt_with_the_start_of_a_sequence),
        cmocka_unit_test(reads_the_mouse),
        cmocka_unit_test(reads_pastes),
        cmocka_unit_test_setup_teardown(a_paste_without_end_is_taken, start, stop),
        cmocka_unit_test_setup_teardown(a_huge_paste_is_cut, start, stop),
        cmocka_unit_test(swallows_replies),
        cmocka_unit_test(abandons_what_is_broken),
        cmocka_unit_test_setup_teardown(bounds_a_sequence_that_never_ends, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
