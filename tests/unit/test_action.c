/* The table of actions and the keys that mean them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tui/action.h"
#include "tui/keyname.h"

static struct key key_of(const char *name)
{
    struct key key;
    assert_true(key_parse(name, &key));
    return key;
}

static void test_the_table(void **state)
{
    (void)state;
    for (enum action a = ACTION_NONE + 1; a < ACTION_COUNT; a++) {
        const struct action_info *info = action_info(a);
        assert_int_equal(action_find(info->name), a); /* names are unique */
        assert_true(info->name[strspn(info->name, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0');
        assert_true(info->where < WHERE_COUNT);
        assert_true(strlen(info->help) > 8 && info->help[strlen(info->help) - 1] != '.');
        assert_true(action_where_title(info->where)[0] != '\0');
    }
    assert_int_equal(action_find("no-such"), ACTION_NONE);
    assert_int_equal(action_find(""), ACTION_NONE);
    assert_string_equal(action_info(ACTION_NONE)->name, "");
}

/* Every default key is found again in its place, by the name that is shown for it. */
static void test_the_defaults(void **state)
{
    (void)state;
    struct keymap keymap;
    keymap_init(&keymap);
    for (size_t i = 0; i < keymap.count; i++) {
        const struct keymap_entry *entry = &keymap.entries[i];
        const struct action_info *info = action_info(entry->action);
        if (keymap_find(&keymap, info->where, entry->key) != entry->action)
            fail_msg("a key of %s means %s there", info->name,
                     action_info(keymap_find(&keymap, info->where, entry->key))->name);
        char name[KEYNAME_MAX];
        key_format(entry->key, name);
        assert_true(key_equal(key_of(name), entry->key));
    }
    for (enum action a = ACTION_NONE + 1; a < ACTION_COUNT; a++) {
        char label[KEYNAME_MAX];
        keymap_label(&keymap, a, label, sizeof label);
        char *labels = keymap_labels(&keymap, a);
        assert_int_equal(label[0] == '\0', action_info(a)->keys[0] == '\0');
        assert_memory_equal(labels, label, strlen(label));
        free(labels);
        if (label[0] != '\0')
            assert_int_equal(keymap_find(&keymap, action_info(a)->where, key_of(label)), a);
    }
    /* None is left out, however long they are. */
    struct err err = {0};
    assert_true(
        keymap_bind(&keymap, "page-down",
                    "Ctrl-PageDown Alt-PageDown Shift-PageDown Ctrl-Shift-PageDown Alt-Shift-PageDown "
                    "Ctrl-Alt-PageDown",
                    &err));
    char *labels = keymap_labels(&keymap, ACTION_PAGE_DOWN);
    assert_string_equal(labels,
                        "Ctrl-PageDown Alt-PageDown Shift-PageDown Ctrl-Shift-PageDown Alt-Shift-PageDown "
                        "Ctrl-Alt-PageDown");
    free(labels);
    keymap_done(&keymap);
    keymap_done(&keymap);
}

static void test_places(void **state)
{
    (void)state;
    struct keymap keymap;
    keymap_init(&keymap);
    const struct {
        const char *key;
        enum action_where where;
        enum action want;
    } cases[] = {
        {"/", WHERE_LIST, ACTION_FILTER},
        {"/", WHERE_LOGS, ACTION_SEARCH},
        {"/", WHERE_RUNS, ACTION_RUN_FILTER},
        {"/", WHERE_SHELL, ACTION_NONE},
        {"/", WHERE_COMMAND, ACTION_SEARCH},
        {"/", WHERE_TAIL, ACTION_SEARCH},
        {"h", WHERE_TAIL, ACTION_TAIL_HIDE},
        {"h", WHERE_LOGS, ACTION_NONE},
        {"/", WHERE_MAIN, ACTION_NONE},
        {"t", WHERE_LIST, ACTION_DELETED},
        {"t", WHERE_LOGS, ACTION_TIMES},
        {"N", WHERE_LIST, ACTION_NEW_BOX},
        {"N", WHERE_LOGS, ACTION_SEARCH_PREVIOUS},
        {"C", WHERE_RUNS, ACTION_RUN_CANCEL},
        {"C", WHERE_COMMAND, ACTION_COMMAND_STOP},
        {"R", WHERE_SHELL, ACTION_RECORD},
        {"i", WHERE_SHELL, ACTION_SHELL_ENTER},
        {"i", WHERE_MAIN, ACTION_OVERVIEW},
        {"i", WHERE_LIST, ACTION_OVERVIEW},
        {"q", WHERE_LOGS, ACTION_BACK},
        {"D", WHERE_LOGS, ACTION_NONE},
        {"Ctrl-c", WHERE_APP, ACTION_INTERRUPT},
        {"F9", WHERE_APP, ACTION_NONE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (keymap_find(&keymap, cases[i].where, key_of(cases[i].key)) != cases[i].want)
            fail_msg("%s in place %d", cases[i].key, (int)cases[i].where);
    keymap_done(&keymap);
}

static void test_binding(void **state)
{
    (void)state;
    struct keymap keymap;
    struct err err = {0};
    char label[64];
    keymap_init(&keymap);
    assert_true(keymap_bind(&keymap, "help", "  F1   Alt-h ", &err));
    char *labels = keymap_labels(&keymap, ACTION_HELP);
    assert_string_equal(labels, "F1 Alt-h");
    free(labels);
    assert_int_equal(keymap_find(&keymap, WHERE_LIST, key_of("?")), ACTION_NONE);
    assert_int_equal(keymap_find(&keymap, WHERE_LIST, key_of("F1")), ACTION_HELP);
    /* A key of another action of the same place is taken from it; the same key elsewhere stays. */
    assert_true(keymap_bind(&keymap, "sort", "D", &err));
    assert_int_equal(keymap_find(&keymap, WHERE_LIST, key_of("D")), ACTION_SORT);
    keymap_label(&keymap, ACTION_DELETE, label, sizeof label);
    assert_string_equal(label, "");
    assert_true(keymap_bind(&keymap, "follow", "C", &err));
    assert_int_equal(keymap_find(&keymap, WHERE_RUNS, key_of("C")), ACTION_RUN_CANCEL);
    /* None at all. */
    assert_true(keymap_bind(&keymap, "quit", "", &err));
    assert_int_equal(keymap_find(&keymap, WHERE_LIST, key_of("Q")), ACTION_NONE);
    /* The same key twice, and its own key again, are fine. */
    assert_true(keymap_bind(&keymap, "zoom", "z z", &err));
    assert_int_equal(keymap_find(&keymap, WHERE_LIST, key_of("z")), ACTION_ZOOM);
    keymap_done(&keymap);
}

static void test_what_cannot_be_bound(void **state)
{
    (void)state;
    const struct {
        const char *name, *keys, *says;
    } cases[] = {
        {"no-such", "a", "no-such"},
        {"", "a", "no action"},
        {"help", "Ctrl-i", "Ctrl-i"},
        {"help", "Ctrl-m", "Ctrl-m"},
        {"help", "Ctrl-[", "Ctrl-["},
        {"help", "Ctrl-h", "Ctrl-h"},
        {"help", "Ctrl-j", "Ctrl-j"},
        {"help", "C-I", "C-I"},
        {"help", "Shift-x", "Shift-x"},
        {"help", "ab", "ab"},
        {"help", "F21", "F21"},
        {"help", "F1 \x01", "not the name"},
        {"help", "1 2 3 4 5 6 7 8 9", "8"},
        /* a shell must be left, and typed into */
        {"shell-leave", "", "no other way out"},
        {"shell-leave", "x", "x cannot be shell-leave"},
        {"shell-leave", "F12 Space", "Space cannot be"},
        {"shell-leave", "Enter", "Enter cannot be"},
        {"shell-leave", "Esc", "Esc cannot be"},
    };
    struct keymap keymap;
    keymap_init(&keymap);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct err err = {0};
        assert_false(keymap_bind(&keymap, cases[i].name, cases[i].keys, &err));
        assert_int_equal(err.kind, ERR_USAGE);
        if (strstr(err.text, cases[i].says) == NULL)
            fail_msg("\"%s\" does not say \"%s\"", err.text, cases[i].says);
    }
    /* A binding that was refused changed nothing. */
    assert_int_equal(keymap_find(&keymap, WHERE_LIST, key_of("?")), ACTION_HELP);
    keymap_done(&keymap);
}

static void test_lines_that_contradict(void **state)
{
    (void)state;
    struct keymap keymap;
    struct err err = {0};
    keymap_init(&keymap);
    assert_true(keymap_bind(&keymap, "shell-leave", "Ctrl-] F12", &err));
    assert_int_equal(keymap_find(&keymap, WHERE_SHELL, (struct key){']', KEY_CTRL}), ACTION_SHELL_LEAVE);
    assert_int_equal(keymap_find(&keymap, WHERE_SHELL, (struct key){'\\', KEY_CTRL}), ACTION_NONE);
    assert_false(keymap_bind(&keymap, "copy-mode", "v Ctrl-]", &err)); /* the same place */
    assert_non_null(strstr(err.text, "Ctrl-] is bound to \"shell-leave\" already"));
    assert_int_equal(keymap_find(&keymap, WHERE_SHELL, (struct key){'v', 0}), ACTION_COPY_MODE);
    assert_true(keymap_bind(&keymap, "shells", "Ctrl-]", &err)); /* another place: the pane's own wins */
    assert_int_equal(keymap_find(&keymap, WHERE_SHELL, (struct key){']', KEY_CTRL}), ACTION_SHELL_LEAVE);
    assert_int_equal(keymap_find(&keymap, WHERE_LIST, (struct key){']', KEY_CTRL}), ACTION_SHELLS);
    assert_false(keymap_bind(&keymap, "shell-leave", "F11", &err));
    assert_non_null(strstr(err.text, "bound twice"));
    keymap_done(&keymap);
}

/* Keys that only some terminals can tell from others mean what the others send, unless they are bound. */
static void test_keys_of_new_terminals(void **state)
{
    (void)state;
    static const struct {
        struct key key;
        enum action action;
    } cases[] = {
        {{'i', KEY_CTRL}, ACTION_NEXT_PANE},
        {{'m', KEY_CTRL}, ACTION_ENTER},
        {{'[', KEY_CTRL}, ACTION_CANCEL},
        {{'r', KEY_CTRL | KEY_SHIFT}, ACTION_REFRESH},
        {{KEY_NAME_KP_ENTER, 0}, ACTION_ENTER},
        {{KEY_NAME_KP_0 + 2, 0}, ACTION_PANE_2},
        {{'i', KEY_CTRL | KEY_SHIFT}, ACTION_NEXT_PANE},
        {{'q', KEY_SUPER}, ACTION_NONE},
    };
    struct keymap keymap;
    struct err err = {0};
    keymap_init(&keymap);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(keymap_find(&keymap, WHERE_APP, cases[i].key), cases[i].action);
    assert_true(keymap_bind(&keymap, "zoom", "Ctrl-Shift-r", &err));
    assert_int_equal(keymap_find(&keymap, WHERE_APP, (struct key){'r', KEY_CTRL | KEY_SHIFT}), ACTION_ZOOM);
    assert_int_equal(keymap_find(&keymap, WHERE_APP, (struct key){'r', KEY_CTRL}), ACTION_REFRESH);
    keymap_done(&keymap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_table),
        cmocka_unit_test(test_the_defaults),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_binding),
        cmocka_unit_test(test_what_cannot_be_bound),
        cmocka_unit_test(test_lines_that_contradict),
        cmocka_unit_test(test_keys_of_new_terminals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
