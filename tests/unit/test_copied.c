/* Text for the clipboard (OSC 52): what is taken, what it is made into, and how it travels to the console. */
#include "client/shell/copied.h"
#include "client/shell/emulator.h"
#include "client/shell/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void reads_and_refuses(void **state)
{
    (void)state;
    static const struct {
        const char *string, *text; /* NULL: refused */
    } cases[] = {
        {"52;c;aGVsbG8=", "hello"},
        {"52;;aGVsbG8", "hello"}, /* no target, no padding */
        {"52;cpqs01;aGkK", "hi\n"},
        {"52;c;YQ0KYgljDQ==", "a\nb\tc\n"},    /* CR LF, tab, CR */
        {"52;c;G1syMDF+cm0=", " [201~rm"},     /* ESC */
        {"52;c;YQBiA38=", "a b  "},            /* NUL, ETX, DEL */
        {"52;c;wpszMW3/", " 31m\xEF\xBF\xBD"}, /* C1 and a byte that is no UTF-8 */
        {"52;c;?", NULL},
        {"52;c;", NULL},
        {"52;c", NULL},
        {"52;", NULL},
        {"521;c;aGk=", NULL},
        {"0;aGk=", NULL},
        {"52;c;aGk=x", NULL},
        {"52;c;a", NULL},
        {"52;c;aG k", NULL},
        {"52;c;===", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf out;
        buf_init(&out, COPIED_MAX);
        bool taken = copied_read(&out, cases[i].string, strlen(cases[i].string));
        if (taken != (cases[i].text != NULL) || (taken && strcmp(buf_text(&out), cases[i].text) != 0))
            fail_msg("%s: %d \"%s\"", cases[i].string, taken, buf_text(&out));
        assert_true(!taken || copied_is_plain(out.data, out.len));
        buf_done(&out);
    }
    assert_false(copied_is_plain("", 0));
    assert_false(copied_is_plain("a\x1b", 2));
    assert_false(copied_is_plain("\xC2\x9B", 2));
    assert_false(copied_is_plain("\xFF", 1));
}

/* The sequence of `len` bytes of text, through the whole emulator. */
static size_t copied_of(size_t len, size_t junk)
{
    struct emulator *emulator = emulator_new(20, 5, 0);
    struct buf out;
    size_t digits = (len * 4 + 2) / 3;
    char *base64 = malloc(digits + junk);
    memset(base64, 'Y', digits + junk); /* "aa..." with other bits */
    for (size_t i = 0; i < digits; i++)
        base64[i] = "YWFh"[i % 4];
    emulator_write(emulator, "\x1b]52;c;", 7);
    emulator_write(emulator, base64, digits + junk);
    assert_false(emulator_has_copied(emulator));
    emulator_write(emulator, "\a", 1);
    buf_init(&out, COPIED_MAX);
    bool any = emulator_has_copied(emulator);
    emulator_take_copied(emulator, &out);
    assert_int_equal(any, out.len > 0);
    assert_false(emulator_has_copied(emulator)); /* once */
    size_t got = out.len;
    /* It is never answered, and nothing else of it is seen. */
    buf_clear(&out);
    emulator_take_output(emulator, &out, 0);
    assert_int_equal(out.len, 0);
    buf_done(&out);
    free(base64);
    emulator_free(emulator);
    return got;
}

static void is_bounded(void **state)
{
    (void)state;
    assert_int_equal(copied_of(3, 0), 3);
    assert_int_equal(copied_of(70000, 0), 70000); /* longer than other strings may be */
    assert_int_equal(copied_of(COPIED_MAX, 0), COPIED_MAX);
    assert_int_equal(copied_of(COPIED_MAX + 3, 0), 0);
    assert_int_equal(copied_of(COPIED_MAX, 1 << 20), 0);
}

/* The newest counts; a question leaves what was set. */
static void the_newest_counts(void **state)
{
    (void)state;
    struct emulator *emulator = emulator_new(20, 5, 0);
    struct buf out;
    buf_init(&out, 8192);
    const char *bytes = "\x1b]52;c;b25l\a\x1b]52;c;dHdv\x1b\\\x1b]52;c;?\a\x1b]52;c;!\a";
    emulator_write(emulator, bytes, strlen(bytes));
    emulator_take_copied(emulator, &out);
    assert_string_equal(buf_text(&out), "two");
    buf_done(&out);
    emulator_free(emulator);
}

static void travels_checked(void **state)
{
    (void)state;
    struct buf wire;
    struct wire_frame frame;
    const char *text;
    size_t len, at = 0;
    buf_init(&wire, 1 << 20);
    assert_false(wire_put_copied(&wire, "a\x1b[31m", 6)); /* nothing is put that would be refused */
    assert_false(wire_put_copied(&wire, "", 0));
    assert_int_equal(wire.len, 0);
    assert_true(wire_put_copied(&wire, "two\nlines", 9));
    assert_int_equal(wire_take(&wire, &at, &frame), WIRE_TAKEN_FRAME);
    assert_int_equal(frame.type, WIRE_COPIED);
    assert_true(wire_get_copied(&frame, &text, &len));
    assert_int_equal(len, 9);
    assert_memory_equal(text, "two\nlines", 9);
    static const char *const wrong[] = {"", "\x1b]0;x", "a\x07", "\xC2\x85", "\xED\xA0\x80", "a\rb"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct wire_frame forged = {WIRE_COPIED, (const uint8_t *)wrong[i], strlen(wrong[i])};
        assert_false(wire_get_copied(&forged, &text, &len));
    }
    char *huge = calloc(1, COPIED_MAX + 2);
    memset(huge, 'x', COPIED_MAX + 1);
    struct wire_frame forged = {WIRE_COPIED, (const uint8_t *)huge, COPIED_MAX + 1};
    assert_false(wire_get_copied(&forged, &text, &len));
    free(huge);
    buf_done(&wire);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_and_refuses),
        cmocka_unit_test(is_bounded),
        cmocka_unit_test(the_newest_counts),
        cmocka_unit_test(travels_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
