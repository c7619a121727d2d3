/* The judge of a console's output: what it lets pass, and that it catches each kind of violation. */
#include "tests/support/ttycheck.h"

#include "client/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool passes(const struct ttycheck *check, const char *bytes)
{
    struct ttycheck_finding finding = {0};
    bool fine = ttycheck_bytes(check, bytes, strlen(bytes), &finding);
    if (!fine)
        print_message("%s\n", finding.text);
    return fine;
}

/* What ncurses and boxtop write at the start and the end, and in between. */
static void ordinary_output_passes(void **state)
{
    (void)state;
    static const char *const samples[] = {
        "plain text, \xc3\xa9\xe4\xb8\x96\xf0\x9f\x98\x80 and\r\n\ttabs\b",
        "\x1b[?1049h\x1b[22;0;0t\x1b[1;24r\x1b(B\x1b[m\x1b[4l\x1b[?7h\x1b[?1h\x1b=",
        "\x1b[H\x1b[2J\x1b[5;10Htext\x1b[K\x1b[1K\x1b[J\x1b[3d\x1b[12G\x1b[A\x1b[2B\x1b[C\x1b[D",
        "\x1b[2L\x1b[M\x1b[3P\x1b[4X\x1b[@\x1b[S\x1b[2T\x1b[2;20r\x1b[r-\x1b[20b\x1bM\x1b[Z\x1b[4h\x1b[4l",
        "\x1b[0;1;4;7m\x1b[38;5;208m\x1b[48;2;1;2;3m\x1b[38:2::10:20:30m\x1b[39;49m\x1b[91;107m\x1b[m",
        "\x1b(0lqk\x1b(B\x1b)0\x1b[?25l\x1b[?12;25h\x1b[?2004h\x1b[?1006;1002h\x1b[?1000l\x1b[?1004h",
        "\x1b[6 q\x1b[0 q\x1b[ q",
        "\x1b[24;1H\x1b[?12l\x1b[?25h\x1b[?1049l\x1b[23;0;0t\r\x1b[?1l\x1b>",
        "",
    };
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
        assert_true(passes(&(struct ttycheck){0}, samples[i]));
}

/* One foreign thing in the middle of text: found, at its place. */
static void each_kind_of_violation_is_caught(void **state)
{
    (void)state;
    static const char *const samples[] = {
        "\x1b]0;title\x07",       /* OSC title */
        "\x1b]8;;http://x\x1b\\", /* hyperlink */
        "\x1b]52;c;AAAA\x07",     /* clipboard, not allowed here */
        "\x1b]4;1;?\x07",         /* colour query */
        "\x1bPq#0\x1b\\",         /* sixel */
        "\x1b_G\x1b\\",           /* APC */
        "\x1b^x\x1b\\",           /* PM */
        "\x1bXx\x1b\\",           /* SOS */
        "\x1b"
        "c",              /* full reset */
        "\x1b[!p",        /* soft reset */
        "\x1b[c",         /* device attributes */
        "\x1b[>c",        /* the same, secondary */
        "\x1b[6n",        /* cursor position report */
        "\x1b[?6n",       /* the same, private */
        "\x1b[21t",       /* title report */
        "\x1b[8;50;100t", /* window resize */
        "\x1b[22;0;1t",   /* a title stack that is not terminfo's */
        "\x1b[3J",        /* erases the operator's scrollback */
        "\x1b[5i",        /* media copy */
        "\x1b[?1003h",    /* mouse mode that is not ours */
        "\x1b[?1005h",    /* another */
        "\x1b[?1047h",    /* alternate screen by another name */
        "\x1b[?47h",      /* the same */
        "\x1b[?3h",       /* 132 columns */
        "\x1b[?25;69h",   /* one good mode, one foreign */
        "\x1b[20h",       /* new line mode */
        "\x1b[7 q",       /* no cursor shape */
        "\x1b[?2 q",      /* nor this */
        "\x1b[$p",        /* mode query */
        "\x1b[?u",        /* kitty's keyboard */
        "\x1b[99m",       /* SGR that does not exist */
        "\x1b[38;5;256m", /* colour out of range */
        "\x1b[38;7;1m",   /* colour of no kind */
        "\x1b[38;5m",     /* colour without a number */
        "\x1b[1;2;3H",    /* too many parameters */
        "\x1b[99999;1H",  /* a number no screen has */
        "\x1b[1\x18",     /* broken off */
        "\x1b[1\x1b[m",   /* an escape inside */
        "\x1b[?u",        /* kitty's flags, asked by themselves */
        "\x1b[>1u",       /* other flags than ours */
        "\x1b[=1u",       /* set, not pushed */
        "\x1b[>4;1m",     /* another level than ours */
        "\x1b%G",         /* switch to UTF-8 */
        "\x1b(A",         /* another character set */
        "\x1bN",          /* single shift */
        "\x1b#8",         /* screen of Es */
        "\x07",           /* bell, not allowed here */
        "\x05",           /* ENQ */
        "\x0e",           /* SO: xterm's line drawing does not need it */
        "\x0b",           /* VT */
        "\x0c",           /* FF */
        "\x7f",           /* DEL */
        "\x01",           /* any other */
        "\x9b"
        "31m", /* raw C1 CSI */
        "\xc2\x9b"
        "31m",              /* C1 CSI in UTF-8 */
        "\xc2\x85",         /* NEL in UTF-8 */
        "\xe2\x80\xae",     /* right-to-left override */
        "\xe2\x81\xa6",     /* isolate */
        "\xd8\x9c",         /* Arabic letter mark */
        "\xe2\x80\xa8",     /* line separator */
        "\xc0\xaf",         /* overlong */
        "\xe0\x80\xaf",     /* overlong, three bytes */
        "\xed\xa0\x80",     /* surrogate */
        "\xf4\x90\x80\x80", /* past U+10FFFF */
        "\xff",             /* no UTF-8 at all */
        "\xe4\xb8",         /* cut character */
    };
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        char *bytes = mem_format("\x1b[31mok %s and more", samples[i]);
        struct ttycheck_finding finding = {0};
        if (ttycheck_bytes(&(struct ttycheck){0}, bytes, strlen(bytes), &finding))
            fail_msg("sample %zu passed", i);
        assert_int_equal(finding.offset, 8);
        assert_true(finding.len > 0);
        assert_non_null(strstr(finding.text, "offset 8: "));
        for (const char *c = finding.text; *c != '\0'; c++)
            assert_in_range(*c, 0x20, 0x7E);
        free(bytes);
    }
}

static void a_nul_byte_is_caught(void **state)
{
    (void)state;
    struct ttycheck_finding finding;
    assert_false(ttycheck_bytes(&(struct ttycheck){0}, "a\0b", 3, &finding));
    assert_int_equal(finding.offset, 1);
    assert_false(ttycheck_bytes(&(struct ttycheck){0}, "a\x1b\0b", 4, &finding));
    assert_int_equal(finding.offset, 1);
    assert_false(ttycheck_bytes(&(struct ttycheck){0}, "a\x1b[\0b", 5, NULL));
}

static void clipboard_writes_pass_when_they_are_expected(void **state)
{
    (void)state;
    struct ttycheck check = {.may_copy = true};
    assert_true(passes(&check, "\x1b]52;c;aGVsbG8=\x07 and \x1b]52;c;\x1b\\"));
    assert_false(passes(&check, "\x1b]52;c;?\x07"));
    assert_false(passes(&check, "\x1b]52;c;a\x1b[mb\x07"));
    assert_false(passes(&check, "\x1b]52;c;aGVsbG8="));
    assert_false(passes(&check, "\x1b]0;title\x07"));
}

static void the_bell_passes_when_it_is_expected(void **state)
{
    (void)state;
    assert_true(passes(&(struct ttycheck){.may_ring = true}, "\x07\x1b[?5h\x1b[?5l"));
    assert_false(passes(&(struct ttycheck){.may_ring = true}, "\x1b[?5h"));
}

static void other_terminals_have_other_strings(void **state)
{
    (void)state;
    assert_true(passes(&(struct ttycheck){.term = "screen-256color"}, "\x1b(B\x1b)0\x0eq\x0f"));
    assert_true(passes(&(struct ttycheck){.term = "linux"}, "\x1b[?25l\x1b[?1c"));
    assert_false(passes(&(struct ttycheck){.term = "tmux-256color"}, "\x1b[22;0;0t"));
    assert_false(passes(&(struct ttycheck){.term = "no-such-terminal"}, "text"));
}

/* Every prefix of good output is good when the program may have been killed, whatever the byte. */
static void output_may_end_anywhere_if_it_was_cut(void **state)
{
    (void)state;
    static const char good[] = "\x1b[?1049h\x1b[22;0;0tab\xe4\xb8\x96\x1b[38;5;208m\x1b(0q\x1b(B"
                               "\x1b]52;c;aGVsbG8=\x1b\\\x1b[m";
    struct ttycheck check = {.may_copy = true, .may_be_cut = true};
    for (size_t len = 0; len < sizeof good; len++) {
        struct ttycheck_finding finding = {0};
        if (!ttycheck_bytes(&check, good, len, &finding))
            fail_msg("%zu: %s", len, finding.text);
    }
    assert_false(ttycheck_bytes(&check, "\x1b[?1003h", 8, NULL));
    assert_false(ttycheck_bytes(&check, "\xe4Xab", 4, NULL));
    check.may_be_cut = false;
    assert_false(ttycheck_bytes(&check, "\x1b[3", 3, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ordinary_output_passes),
        cmocka_unit_test(each_kind_of_violation_is_caught),
        cmocka_unit_test(a_nul_byte_is_caught),
        cmocka_unit_test(clipboard_writes_pass_when_they_are_expected),
        cmocka_unit_test(the_bell_passes_when_it_is_expected),
        cmocka_unit_test(other_terminals_have_other_strings),
        cmocka_unit_test(output_may_end_anywhere_if_it_was_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
