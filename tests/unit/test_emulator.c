/*
 * What a terminal shows for what it is sent: sequences and the screens they make, by the standards.
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

/* On a screen of 10 x 4. The picture is picture_styled's; "@r,c" at its end is where the cursor must be. */
struct example {
    const char *source; /* where it is written: E ECMA-48, X xterm's ctlseqs, V VT220 reference */
    const char *bytes;
    const char *screen;
};

static const struct example examples[] = {
    {"plain", "abc", "abc\n@0,3"},
    {"E 8.3.15, 8.3.74 CR LF", "ab\r\ncd\re", "ab\ned\n@1,1"},
    {"E 8.3.74 LF keeps the column", "ab\ncd", "ab\n  cd\n@1,4"},
    {"E 8.3.74 LF scrolls at the bottom", "1\r\n2\r\n3\r\n4\r\n5", "2\n3\n4\n5\n@3,1"},
    {"E 8.3.5 BS", "abc\b\bX", "aXc\n@0,2"},
    {"E 8.3.60 HT", "a\tb\tc", "a       bc\n@0,9"},
    {"V 2.5 autowrap", "0123456789ab", "0123456789\nab\n@1,2"},
    {"V the last column waits", "0123456789", "0123456789\n@0,9"},
    {"V BS at the last column", "0123456789\bX", "01234567X9\n@0,9"},
    {"V CR at the last column", "0123456789\rX", "X123456789\n@0,1"},
    {"X DECAWM off", "\x1b[?7l0123456789ab", "012345678b\n@0,9"},
    {"E 8.3.21 CUP", "\x1b[2;3Hx", "\n  x\n@1,3"},
    {"E 8.3.21 CUP beyond the screen", "\x1b[99;99Hx", "\n\n\n         x\n@3,9"},
    {"E 8.3.63 HVP", "\x1b[3fx", "\n\nx\n@2,1"},
    {"E 8.3.22, 19 CUU CUD", "\x1b[3;3Ha\x1b[2Ab\x1b[Bc", "   b\n    c\n  a\n@1,5"},
    {"E 8.3.20, 18 CUF CUB", "a\x1b[3Cb\x1b[2Dc", "a  cb\n@0,4"},
    {"E 8.3.12, 13 CNL CPL", "ab\x1b[2Ec\x1b[Fd", "ab\nd\nc\n@1,1"},
    {"E 8.3.9 CHA, 8.3.57 HPA", "abc\x1b[2GX\x1b[5`Y", "aXc Y\n@0,5"},
    {"E 8.3.158 VPA, 8.3.160 VPR", "a\x1b[3db\x1b[ec", "a\n\n b\n  c\n@3,3"},
    {"E 8.3.10, 7 CHT CBT", "\x1b[Ia\x1b[Zb", "        b\n@0,9"},
    {"E 8.3.62, 154 HTS TBC", "\x1b[3g\x1b[4G\x1bH\r\ta", "   a\n@0,4"},
    {"X CUU stops at the margin", "\x1b[2;4r\x1b[3;1H\x1b[9Ax", "\nx\n@1,1"},
    {"X CUD stops at the margin", "\x1b[1;3r\x1b[9Bx", "\n\nx\n@2,1"},
    {"E 8.3.39 ED 0", "abc\r\ndef\r\nghi\x1b[2;2H\x1b[J", "abc\nd\n@1,1"},
    {"E 8.3.39 ED 1", "abc\r\ndef\r\nghi\x1b[2;2H\x1b[1J", "\n  f\nghi\n@1,1"},
    {"E 8.3.39 ED 2", "abc\r\ndef\x1b[2J", "@1,3"},
    {"E 8.3.41 EL 0 1 2", "abc\x1b[2G\x1b[K\r\nabc\x1b[2G\x1b[1K\r\nabc\x1b[2K", "a\n  c\n@2,3"},
    {"X EL uses the background", "\x1b[44ma\x1b[K", "{on-blue}a         {}\n@0,1"},
    {"E 8.3.38 ECH", "abcdef\x1b[2G\x1b[3X", "a   ef\n@0,1"},
    {"E 8.3.64 ICH", "abcdef\x1b[2G\x1b[2@", "a  bcdef\n@0,1"},
    {"E 8.3.26 DCH", "abcdef\x1b[2G\x1b[2P", "adef\n@0,1"},
    {"E 8.3.67 IL", "a\r\nb\r\nc\x1b[2;2H\x1b[L", "a\n\nb\nc\n@1,0"},
    {"E 8.3.32 DL", "a\r\nb\r\nc\x1b[1;2H\x1b[M", "b\nc\n@0,0"},
    {"E 8.3.147 SU", "a\r\nb\r\nc\x1b[S", "b\nc\n@2,1"},
    {"E 8.3.113 SD", "a\r\nb\x1b[T", "\na\nb\n@1,1"},
    {"V DECSTBM", "a\r\nb\r\nc\r\nd\x1b[2;3r\x1b[3;1H\nX", "a\nc\nX\nd\n@2,1"},
    {"V RI", "a\r\nb\x1b[H\x1bMx", "x\na\nb\n@0,1"},
    {"V RI in a region", "a\r\nb\r\nc\x1b[2;3r\x1b[2;1H\x1bMx", "a\nx\nb\n@1,1"},
    {"V IND NEL",
     "a\x1b"
     "Db\x1b"
     "Ec",
     "a\n b\nc\n@2,1"},
    {"V DECOM", "\x1b[2;3r\x1b[?6h\x1b[1;1Hx\x1b[9;1Hy", "\nx\ny\n@2,1"},
    {"V DECSC DECRC",
     "\x1b[31ma\x1b"
     "7\x1b[0m\x1b[3;3Hb\x1b"
     "8c",
     "{red}ac{}\n\n  b\n@0,2"},
    {"X CSI s u", "ab\x1b[s\x1b[3;3H\x1b[uc", "abc\n@0,3"},
    {"V DECSC keeps a pending wrap",
     "0123456789\x1b"
     "7\x1b[H\x1b"
     "8x",
     "0123456789\nx\n@1,1"},
    {"E 7.2.10 IRM", "abc\x1b[4h\rXY\x1b[4l", "XYabc\n@0,2"},
    {"IRM with a wide character", "abc\x1b[4h\r\xE4\xB8\xAD", "中abc\n@0,2"},
    {"V LNM", "\x1b[20hab\ncd", "ab\ncd\n@1,2"},
    {"E 8.3.103 REP", "ab\x1b[3b", "abbbb\n@0,5"},
    {"REP with nothing before it", "\x1b[5bx", "x\n@0,1"},
    {"REP after a mark", "e\xCC\x81\x1b[2b",
     "e\xCC\x81"
     "ee\n@0,3"},
    {"V DEC line drawing", "\x1b(0lqk\x1b(Bq", "┌─┐q\n@0,4"},
    {"V SO SI", "\x1b)0\x0Eq\x0Fq", "─q\n@0,2"},
    {"V SS2", "\x1b*0\x1bNqq", "─q\n@0,2"},
    {"line drawing after a character that is not ASCII", "\x1b(0\xC3\xA9q", "é─\n@0,2"},
    {"V DECALN", "x\x1b#8", "EEEEEEEEEE\nEEEEEEEEEE\nEEEEEEEEEE\nEEEEEEEEEE\n@0,0"},
    {"V DECSCA, DECSED", "a\x1b[1\"qb\x1b[0\"qc\x1b[?2J", " b\n@0,3"},
    {"V RIS",
     "abc\x1b[31m\x1b[2;3r\x1b[?6h\x1b"
     "cx",
     "x\n@0,1"},
    {"X 1049", "main\x1b[?1049halt\x1b[?1049l!", "main!\n@0,5"},
    {"X 1049 shows a blank screen", "main\x1b[?1049halt", "    alt\n@0,7"},
    {"X 47", "ab\x1b[?47hcd\x1b[?47le", "ab  e\n@0,5"},
    {"E 8.3.117 SGR", "\x1b[1;3;4;7;9ma\x1b[22;23;24;27;29mb",
     "{bold italic underline reverse strike}a{}b\n@0,2"},
    {"SGR 2, 8, 21", "\x1b[2;8ma\x1b[0;21mb", "{dim conceal}a{underline double}b{}\n@0,2"},
    {"SGR 4:3, 4:0", "\x1b[4:3ma\x1b[4:0mb", "{underline curly}a{}b\n@0,2"},
    {"SGR 30..107", "\x1b[31;102ma\x1b[97;49mb", "{red on-bright-green}a{bright-white}b{}\n@0,2"},
    {"SGR 38;5, 48;5", "\x1b[38;5;200;48;5;17ma", "{c200 on-c17}a{}\n@0,1"},
    {"SGR 38;2, 48;2", "\x1b[38;2;1;2;3;48;2;4;5;6ma", "{#010203 on-#040506}a{}\n@0,1"},
    {"T.416 38:2::r:g:b", "\x1b[38:2::4:5:6ma", "{#040506}a{}\n@0,1"},
    {"38:2:r:g:b", "\x1b[38:2:4:5:6ma", "{#040506}a{}\n@0,1"},
    {"38:5:n", "\x1b[38:5:9;1ma", "{bold bright-red}a{}\n@0,1"},
    {"58 is no other attribute", "\x1b[58;2;9;9;9ma\x1b[58:2::9:9:9mb\x1b[58;5;1mc", "abc\n@0,3"},
    {"more than 16 parameters", "\x1b[38:2::1:2:3;48:2::4:5:6;58:2::7:8:9;4:3;1;3ma",
     "{bold italic underline curly #010203 on-#040506}a{}\n@0,1"},
    {"an SGR with a leader is none", "\x1b[>4;2ma", "a\n@0,1"},
    {"wide", "\xE4\xB8\xAD\xE6\x96\x87", "中文\n@0,4"},
    {"wide at the last column", "012345678\xE4\xB8\xAD", "012345678\n中\n@1,2"},
    {"wide at the last column, no wrap", "\x1b[?7l012345678\xE4\xB8\xAD", "012345678\n@0,9"},
    {"half a wide character overwritten", "\xE4\xB8\xAD\rx", "x\n@0,1"},
    {"its other half", "\xE4\xB8\xAD\x1b[2Gx", " x\n@0,2"},
    {"U+1FAE0 is wide", "\xF0\x9F\xAB\xA0x", "\xF0\x9F\xAB\xA0x\n@0,3"},
    {"a mark joins", "e\xCC\x81x", "e\xCC\x81x\n@0,2"},
    {"a mark at the last column", "012345678e\xCC\x81", "012345678e\xCC\x81\n@0,9"},
    {"a mark after a control is dropped", "e\r\xCC\x81", "e\n@0,0"},
    {"C1 as UTF-8 is nothing",
     "a\xC2\x9B"
     "31mb",
     "a31mb\n@0,5"},
    {"malformed UTF-8", "a\xFF\xE4\xB8x", "a\xEF\xBF\xBD\xEF\xBF\xBDx\n@0,4"},
    {"bidirectional controls are nothing",
     "a\xE2\x80\xAE"
     "b",
     "ab\n@0,2"},
    {"OSC is swallowed", "a\x1b]52;c;aGk=\x1b\\b\x1b]8;;http://x\ac\x1b]8;;\a", "abc\n@0,3"},
    {"DCS, APC, PM, SOS are swallowed", "\x1bPq#0\x1b\\\x1b_G\x1b\\\x1b^p\x1b\\\x1bXs\x1b\\a", "a\n@0,1"},
    {"E 8.3.6 CAN ends a sequence",
     "\x1b[3\x18"
     "1ma",
     "1ma\n@0,3"},
    {"a control inside a sequence", "ab\x1b[\r1Cc", "ac\n@0,2"},
    {"X DECSTR", "\x1b[1m\x1b[4h\x1b[2;3rab\x1b[!pc", "{bold}ab{}c\n@0,3"},
    {"X DECSCNM", "\x1b[?5ha",
     "{reverse}a         {}\n{reverse}          {}\n{reverse}          {}\n"
     "{reverse}          {}\n@0,1"},
};

static char *picture_with_cursor(const struct emulator *emulator)
{
    struct screen_state state;
    emulator_state(emulator, &state);
    char *screen = picture_styled(emulator);
    char *all = mem_format("%s@%d,%d", screen, state.cursor_row, state.cursor_col);
    free(screen);
    return all;
}

static void check_example(const struct example *example, bool quick)
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
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        check_example(&examples[i], true);
        check_example(&examples[i], false);
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
        {"\x05\x1b[>q\x1bP+q544e\x1b\\\x1b[?u\x1b[14t\x1b]4;1;?\a\x1b[1;1;1;1;1;1*y", ""},
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sequences),
        cmocka_unit_test(test_replies),
        cmocka_unit_test(test_reply_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
