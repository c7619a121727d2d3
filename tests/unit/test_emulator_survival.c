/*
 * What must hold for any input: each code point in each awkward place, real programs' output at every split,
 * and modes that survive a resize.
 */
#include "client/shell/emulator_private.h"
#include "client/base/mem.h"
#include "client/base/utf8.h"
#include "tests/support/picture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SMALL_COLS = 6, SMALL_ROWS = 3 };

/* The character alone in a row of `col` x's: it must stand where our width function says, or nowhere. */
static void check_code_point(struct emulator *emulator, uint32_t cp, int col)
{
    struct cell cells[SMALL_COLS];
    char bytes[UTF8_MAX + 16];
    size_t len = (size_t)snprintf(bytes, sizeof bytes, "\x1b[2J\x1b[1;%dH", col + 1);
    len += utf8_encode(cp, bytes + len);
    emulator_write(emulator, bytes, len);
    int width = utf8_width(cp);
    bool fits = col + width <= SMALL_COLS;
    int row = fits ? 0 : 1, at = fits ? col : 0;
    emulator_row(emulator, row, cells);
    uint32_t shown = cells[at].ch;
    if (width > 0 && shown == 0) {
        /* one of those that are never shown */
        assert_true(cp == 0x2028 || cp == 0x2029 || cp >= 0xE0000 || width == 1);
        assert_int_equal(emulator->col, col);
    } else if (width > 0) {
        assert_true(shown == cp || shown == UTF8_REPLACEMENT);
        int after = at + width < SMALL_COLS ? at + width : SMALL_COLS - 1;
        assert_int_equal(emulator->row, row);
        assert_int_equal(emulator->col, after);
        assert_int_equal(width == 2, at + 1 < SMALL_COLS && cells[at + 1].ch == CELL_WIDE_TAIL);
    } else {
        assert_int_equal(shown, 0);
        assert_int_equal(emulator->col, col);
    }
}

static void test_every_code_point(void **state)
{
    (void)state;
    struct emulator *quick = emulator_new(SMALL_COLS, SMALL_ROWS, 0);
    struct emulator *slow = emulator_new(SMALL_COLS, SMALL_ROWS, 0);
    slow->quick = false;
    for (uint32_t cp = 0x20; cp <= 0x10FFFF; cp++) {
        if (cp >= 0xD800 && cp <= 0xDFFF)
            continue;
        check_code_point(quick, cp, 0);
        check_code_point(quick, cp, SMALL_COLS - 1);
        check_code_point(slow, cp, 0);
        check_code_point(slow, cp, SMALL_COLS - 1);
    }
    emulator_free(quick);
    emulator_free(slow);
}

/* In the manner of vim, less, htop, a shell with a coloured prompt, and a progress bar. */
static const char *const sessions[] = {
    "\x1b[?1049h\x1b[22;0;0t\x1b[>4;2m\x1b[?1h\x1b=\x1b[?2004h\x1b[?1004h\x1b[1;10r\x1b[?12h\x1b[?12l\x1b[22;"
    "2t"
    "\x1b[22;1t\x1b[27m\x1b[23m\x1b[29m\x1b[m\x1b[H\x1b[2J\x1b[?25l\x1b[10;1H\"file\" 3L, "
    "21B\x1b[1;1H\x1b[34m# one\x1b[m"
    "\r\ntwo \xE4\xB8\xAD\xE6\x96\x87\r\n\x1b[1m\x1b[34m~                             \x1b[4;1H~      "
    "\x1b[m\x1b[10;20H1,1"
    "\x1b[11CAll\x1b[1;1H\x1b[34h\x1b[?25h\x1b[10;1H\x1b[K\x1b[10;1H:q\r\x1b[?2004l\x1b[?1l\x1b>\x1b[?"
    "1049l\x1b[23;0;0t",
    "\x1b[?1049h\x1b[?1h\x1b=\rline 1\x1b[m\r\nline "
    "\x1b[7mtwo\x1b[27m\x1b[m\r\nthree\r\n\x1b[7m(END)\x1b[27m\x1b[K"
    "\r\x1b[K\x1b[H\x1bMline 0\r\n\x1b[10;1H\r\x1b[K:\x1b[K\r\x1b[K\x1b[?1l\x1b>\x1b[?1049l",
    "\x1b)0\x1b[?1049h\x1b[1;10r\x1b(B\x1b[m\x1b[4l\x1b[?7h\x1b[?1h\x1b=\x1b[?25l\x1b[39;49m\x1b[?1006;"
    "1000h\x1b[H\x1b[2J"
    "\x1b[2d  \x1b[36m1  \x1b[39m\x1b(B\x1b[0;1m[\x1b[32m|||\x1b[90m      "
    "\x1b[37m10.2%\x1b[39m]\x1b(B\x1b[m\x1b[3;1H"
    "\x1b[30m\x1b[42m  PID USER \x1b[46m "
    "CPU%\x1b[42m\x1b[K\x1b[39;49m\x1b(B\x1b[m\x0eqqq\x0f\x1b[5;3H\x1b[6Xx\x1b[3b"
    "\x1b[10;1HF1\x1b[30;46mHelp  \x1b[?1006;1000l\x1b[?1049l\r\x1b[?1l\x1b>",
    "\x1b[?2004h\x1b]0;user@box: ~\a\x1b[01;32muser@box\x1b[00m:\x1b[01;34m~\x1b[00m$ ls\x1b[?2004l\r\r\n"
    "\x1b[0m\x1b[01;34mdir\x1b[0m  file.txt  \x1b]8;;file:///x\x1b\\link\x1b]8;;\x1b\\\r\n"
    "\x1b[?2004h\x1b[7m%\x1b[27m\x1b[1m\x1b[0m                                      \r "
    "\r\r\x1b[0m\x1b[27m\x1b[24m\x1b[J$ "
    "e\xCC\x81\xF0\x9F\x98\x80\b \b\x1b[K",
    "\x1b[?2026h\r\x1b[2K[####      ] 40%\x1b[?2026l\x1b"
    "7\x1b[1;1Hx\x1b"
    "8\x1b[?25l\r\x1b[2K[##########] 100%\r\n\x1b[?25h"
    "\x1b[38;2;255;128;0mtrue\x1b[48:2::1:2:3mcolour\x1b[4:3;58:2::9:9:9mcurly\x1b["
    "0m\r\n0123456789012345678901234567890123456789+",
};

static void expect_same(const struct emulator *a, const struct emulator *b)
{
    char *one = picture_history(a), *two = picture_history(b);
    assert_true(picture_equal(one, two));
    free(one);
    free(two);
    one = picture_styled(a);
    two = picture_styled(b);
    assert_true(picture_equal(one, two));
    free(one);
    free(two);
    assert_int_equal(a->row, b->row);
    assert_int_equal(a->col, b->col);
    assert_memory_equal(&a->modes, &b->modes, sizeof a->modes);
}

static void test_sessions_at_every_split(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sessions / sizeof sessions[0]; i++) {
        size_t len = strlen(sessions[i]);
        struct emulator *whole = emulator_new(40, 10, 100);
        emulator_write(whole, sessions[i], len);
        for (size_t split = 1; split < len; split++) {
            struct emulator *parts = emulator_new(40, 10, 100);
            parts->quick = split % 2 == 0;
            emulator_write(parts, sessions[i], split);
            emulator_write(parts, sessions[i] + split, len - split);
            expect_same(whole, parts);
            emulator_free(parts);
        }
        emulator_free(whole);
    }
}

/* Everything the box can ask about modes and place. */
static char *answers(struct emulator *emulator)
{
    static const char *const asked[] = {"?1",    "?5",    "?6",    "?7",    "?12",   "?25",   "?47",
                                        "?66",   "?1000", "?1002", "?1003", "?1004", "?1006", "?1047",
                                        "?1049", "?2004", "?2026", "4",     "20"};
    static int64_t now_ms;
    struct buf out;
    buf_init(&out, 10000);
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        char ask[32];
        snprintf(ask, sizeof ask, "\x1b[%s$p", asked[i]);
        picture_feed(emulator, ask);
    }
    picture_feed(emulator, "\x1b[6n");
    emulator_take_output(emulator, &out, now_ms += 1000);
    return buf_take(&out, NULL);
}

static bool has_soft_wrap(const struct emulator *emulator)
{
    for (int row = 0; row < emulator->rows; row++) {
        if (grid_at(emulator->grid, row)->continued)
            return true;
    }
    return false;
}

/* Random modes, character sets, tab stops, pen and saved cursor; then what follows must look the same whether
 * or not the size changed and changed back in between. Margins are reset by a resize, so they are not set. */
static void test_modes_survive_a_resize(void **state)
{
    (void)state;
    static const char *const parts[] = {"\x1b[?1h",
                                        "\x1b[?6h",
                                        "\x1b[?7l",
                                        "\x1b[?7h",
                                        "\x1b[?12h",
                                        "\x1b[?25l",
                                        "\x1b[?1000h",
                                        "\x1b[?1003h",
                                        "\x1b[?1004h",
                                        "\x1b[?1006h",
                                        "\x1b[?2004h",
                                        "\x1b[?1049h",
                                        "\x1b[?1049l",
                                        "\x1b[4h",
                                        "\x1b[4l",
                                        "\x1b[20h",
                                        "\x1b=",
                                        "\x1b(0",
                                        "\x1b(B",
                                        "\x1b)0",
                                        "\x0e",
                                        "\x0f",
                                        "\x1b[3g",
                                        "\x1bH",
                                        "\x1b[31;1m",
                                        "\x1b[44m",
                                        "\x1b[0m",
                                        "\x1b"
                                        "7",
                                        "\x1b"
                                        "8",
                                        "\x1b[1\"q",
                                        "\x1b[3;5H",
                                        "\x1b[1;20H",
                                        "text",
                                        "0123456789012345678901234",
                                        "\xE4\xB8\xAD",
                                        "\r\n",
                                        "\t",
                                        "\x1b[5 q"};
    static const char after[] = "q\tz\xE4\xB8\xAD\r\nlqk\x1b"
                                "8x\tyy\x1b[6n\x1b[2Kend";
    uint32_t seed = 7;
    for (int round = 0; round < 3000; round++) {
        struct emulator *plain = emulator_new(24, 6, 100);
        struct emulator *resized = emulator_new(24, 6, 100);
        for (int i = 0; i < 12; i++) {
            seed = seed * 1664525u + 1013904223u;
            const char *part = parts[(seed >> 8) % (sizeof parts / sizeof parts[0])];
            picture_feed(plain, part);
            picture_feed(resized, part);
        }
        /* Where the cursor stands far behind the end of a line is only kept while the line is not wrapped
         * anew; and the alternate screen is cropped. */
        bool waits = plain->pending || plain->saved[0].pending || plain->saved[1].pending;
        int wider = has_soft_wrap(plain) || waits ? 0 : 1 + round % 9;
        emulator_resize(resized, 24 + wider, 9);
        emulator_resize(resized, 24, 6);
        char *one = answers(plain), *two = answers(resized);
        assert_string_equal(one, two);
        free(one);
        free(two);
        picture_feed(plain, after);
        picture_feed(resized, after);
        expect_same(plain, resized);
        emulator_free(plain);
        emulator_free(resized);
    }
}

/* A hostile flood costs time and memory in proportion to its length. */
static void test_floods(void **state)
{
    (void)state;
    static const char *const floods[] = {"\x1b[9999b",
                                         "\x1b[44m\x1b[2J",
                                         "\x1b[9999@",
                                         "\x1b[9999L",
                                         "\x1b[9999S",
                                         "\033c",
                                         "\x1b[?1049h\x1b[?1049l",
                                         "\x1b#8",
                                         "e\xCC\x81\xCC\x81\xCC\x81\xCC\x81\xCC\x81\xCC\x81",
                                         "\x1b[9999I\x1b[9999Z",
                                         "\x1b]0;",
                                         "\x1bP",
                                         "\x1b[;;;;;;;;;;;;;;;;;;"};
    for (size_t i = 0; i < sizeof floods / sizeof floods[0]; i++) {
        struct emulator *emulator = emulator_new(1000, 500, 1000);
        picture_feed(emulator, "x");
        for (int repeat = 0; repeat < 300; repeat++)
            picture_feed(emulator, floods[i]);
        struct screen_state screen;
        emulator_state(emulator, &screen);
        assert_true(screen.cursor_row < screen.rows && screen.cursor_col < screen.cols);
        emulator_free(emulator);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_code_point),
        cmocka_unit_test(test_sessions_at_every_split),
        cmocka_unit_test(test_modes_survive_a_resize),
        cmocka_unit_test(test_floods),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
