/* Names of keys: what key_format writes, key_parse reads; what ux.md says is never bound is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "tui/keyname.h"

struct example {
    const char *name;
    struct key key;
};

static const struct example examples[] = {
    {"a", {'a', 0}},
    {"G", {'G', 0}},
    {"?", {'?', 0}},
    {"-", {'-', 0}},
    {"é", {0xE9, 0}},
    {"Space", {' ', 0}},
    {"Enter", {KEY_NAME_ENTER, 0}},
    {"Esc", {KEY_NAME_ESCAPE, 0}},
    {"Ctrl-r", {'r', KEY_CTRL}},
    {"Ctrl-\\", {'\\', KEY_CTRL}},
    {"Ctrl-Space", {' ', KEY_CTRL}},
    {"Ctrl--", {'-', KEY_CTRL}},
    {"Alt-x", {'x', KEY_ALT}},
    {"Ctrl-Alt-x", {'x', KEY_CTRL | KEY_ALT}},
    {"Ctrl-Left", {KEY_NAME_LEFT, KEY_CTRL}},
    {"Shift-Tab", {KEY_NAME_TAB, KEY_SHIFT}},
    {"Ctrl-Alt-Shift-PageUp", {KEY_NAME_PAGE_UP, KEY_CTRL | KEY_ALT | KEY_SHIFT}},
    {"F1", {KEY_NAME_F1, 0}},
    {"F2", {KEY_NAME_F1 + 1, 0}},
    {"F20", {KEY_NAME_F20, 0}},
    {"Kp7", {KEY_NAME_KP_0 + 7, 0}},
    {"KpEnter", {KEY_NAME_KP_ENTER, 0}},
    {"Ctrl-Shift-q", {'q', KEY_CTRL | KEY_SHIFT}},
    {"Ctrl-Shift-m", {'m', KEY_CTRL | KEY_SHIFT}},
    {"Super-k", {'k', KEY_SUPER}},
    {"Ctrl-Alt-Shift-Super-Hyper-Meta-Backspace", {KEY_NAME_BACKSPACE, KEY_MODS}},
};

enum { EXAMPLES = sizeof examples / sizeof examples[0] };

static void writes_and_reads_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < EXAMPLES; i++) {
        char name[KEYNAME_MAX];
        key_format(examples[i].key, name);
        assert_string_equal(name, examples[i].name);
        struct key key;
        assert_true(key_parse(name, &key));
        assert_true(key_equal(key, examples[i].key));
    }
}

static void every_key_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (uint32_t code = KEY_NAME_BASE + 1; code < KEY_NAME_LAST; code++) {
        for (uint8_t mods = 0; mods <= KEY_MODS; mods++) {
            char name[KEYNAME_MAX];
            struct key key, written = {code, mods};
            key_format(written, name);
            assert_true(key_parse(name, &key));
            assert_true(key_equal(key, written));
        }
    }
}

static void is_lenient_about_words(void **state)
{
    (void)state;
    static const struct example lenient[] = {
        {"ctrl-R", {'r', KEY_CTRL}},
        {"C-r", {'r', KEY_CTRL}},
        {"M-x", {'x', KEY_ALT}},
        {"escape", {KEY_NAME_ESCAPE, 0}},
        {"RETURN", {KEY_NAME_ENTER, 0}},
        {"pgdn", {KEY_NAME_PAGE_DOWN, 0}},
        {"del", {KEY_NAME_DELETE, 0}},
        {"f12", {KEY_NAME_F1 + 11, 0}},
        {"S-Up", {KEY_NAME_UP, KEY_SHIFT}},
        {"alt-ctrl-x", {'x', KEY_CTRL | KEY_ALT}},
    };
    for (size_t i = 0; i < sizeof lenient / sizeof lenient[0]; i++) {
        struct key key;
        assert_true(key_parse(lenient[i].name, &key));
        assert_true(key_equal(key, lenient[i].key));
    }
}

static void refuses_what_is_no_key(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",        "ab",           "Ctrl-",       "F0",     "F21",    "F1x",  "Ctrl-Ctrl-a",
        "Shift-a", "Ctrl-Shift-1", "Alt-Shift-a", "\x01",   " ",      "\xFF", "Ctrl-[",
        "Ctrl-i",  "Ctrl-m",       "Ctrl-h",      "Ctrl-j", "Ctrl-I", "Kp10", "Nope",
        "aCtrl-",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct key key = {'z', 0};
        assert_false(key_parse(wrong[i], &key));
        assert_true(key_equal(key, (struct key){'z', 0}));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_and_reads_the_same),
        cmocka_unit_test(every_key_has_a_name_of_its_own),
        cmocka_unit_test(is_lenient_about_words),
        cmocka_unit_test(refuses_what_is_no_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
