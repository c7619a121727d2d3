/* The line editor: keys in, text and cursor out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tui/keyname.h"
#include "widgets/lineedit.h"

/* Types names of keys, separated by blanks. Returns what the last one gave. */
static unsigned type(struct lineedit *edit, const char *names)
{
    char copy[512];
    snprintf(copy, sizeof copy, "%s", names);
    unsigned result = 0;
    for (char *save, *name = strtok_r(copy, " ", &save); name != NULL; name = strtok_r(NULL, " ", &save)) {
        struct key key = {0};
        /* Ctrl-h and Ctrl-j have no names, but terminals send them. */
        if (strcmp(name, "^H") == 0)
            key = (struct key){'h', KEY_CTRL};
        else
            assert_true(key_parse(name, &key));
        result = lineedit_key(edit, key);
    }
    return result;
}

/* The text with a bar where the cursor is. */
static void expect(const struct lineedit *edit, const char *want)
{
    char shown[512];
    const char *text = lineedit_text(edit);
    snprintf(shown, sizeof shown, "%.*s|%s", (int)edit->cursor, text, text + edit->cursor);
    assert_string_equal(shown, want);
}

static int start(void **state)
{
    struct lineedit *edit = calloc(1, sizeof *edit);
    lineedit_init(edit, 64, false);
    *state = edit;
    return 0;
}

static int stop(void **state)
{
    lineedit_done(*state);
    free(*state);
    return 0;
}

static void inserts_where_the_cursor_is(void **state)
{
    struct lineedit *edit = *state;
    type(edit, "a c Left b");
    expect(edit, "ab|c");
    type(edit, "Home x End y");
    expect(edit, "xabcy|");
    type(edit, "Space Ctrl-a Ctrl-f Ctrl-f Ctrl-b");
    expect(edit, "x|abcy ");
}

static void moves_by_characters_with_their_marks(void **state)
{
    struct lineedit *edit = *state;
    lineedit_set(edit, "e\xCC\x81\xE6\x97\xA5z");
    type(edit, "Left Left");
    expect(edit, "e\xCC\x81|\xE6\x97\xA5z");
    type(edit, "Backspace");
    expect(edit, "|\xE6\x97\xA5z");
    type(edit, "Delete");
    expect(edit, "|z");
    type(edit, "Backspace Left");
    expect(edit, "|z");
}

static void erases_words_and_ends(void **state)
{
    struct lineedit *edit = *state;
    lineedit_set(edit, "one two  three");
    type(edit, "Ctrl-w");
    expect(edit, "one two  |");
    type(edit, "Ctrl-w");
    expect(edit, "one |");
    lineedit_set(edit, "one two three");
    type(edit, "Alt-b Alt-b Ctrl-k");
    expect(edit, "one |");
    lineedit_set(edit, "one two");
    type(edit, "Ctrl-Left Ctrl-u");
    expect(edit, "|two");
    type(edit, "Alt-d ^H Ctrl-d");
    expect(edit, "|");
}

static void tells_when_it_is_done(void **state)
{
    struct lineedit *edit = *state;
    assert_true((type(edit, "Enter") & WIDGET_DONE) != 0);
    assert_true((type(edit, "Esc") & WIDGET_CANCELLED) != 0);
    assert_true((type(edit, "Ctrl-c") & WIDGET_CANCELLED) != 0);
    assert_int_equal(type(edit, "F5"), 0);
    assert_int_equal(type(edit, "Alt-z"), 0);
}

static void keeps_to_its_cap(void **state)
{
    struct lineedit *edit = *state;
    for (int i = 0; i < 100; i++)
        type(edit, "a");
    assert_int_equal(strlen(lineedit_text(edit)), 64);
    type(edit, "Backspace \xE6\x97\xA5");
    assert_int_equal(strlen(lineedit_text(edit)), 63);
    type(edit, "Backspace Backspace \xE6\x97\xA5");
    assert_int_equal(strlen(lineedit_text(edit)), 64);
    assert_string_equal(lineedit_text(edit) + 60, "a\xE6\x97\xA5");
}

static void pastes_are_one_inert_line(void **state)
{
    struct lineedit *edit = *state;
    static const char bytes[] = "a\nb\tc\x1B[31m\x01\x7F\xE2\x80\xAE\xFF!";
    lineedit_paste(edit, bytes, sizeof bytes - 1);
    assert_string_equal(lineedit_text(edit), "a b c[31m\xEF\xBF\xBD!");
}

static void walks_its_history(void **state)
{
    struct lineedit *edit = *state;
    lineedit_remember(edit, "first");
    lineedit_remember(edit, "second");
    lineedit_remember(edit, "second");
    lineedit_remember(edit, "");
    type(edit, "n e w");
    type(edit, "Up");
    expect(edit, "second|");
    type(edit, "Up Up");
    expect(edit, "first|");
    type(edit, "Down");
    expect(edit, "second|");
    type(edit, "Down Down");
    expect(edit, "new|");
    for (int i = 0; i < 3 * LINEEDIT_HISTORY; i++) {
        char line[32];
        snprintf(line, sizeof line, "line %d", i);
        lineedit_remember(edit, line);
    }
    assert_int_equal(edit->history_count, LINEEDIT_HISTORY);
    type(edit, "Up");
    expect(edit, "line 299|");
}

static void a_secret_leaves_nothing_behind(void **state)
{
    (void)state;
    struct lineedit edit;
    lineedit_init(&edit, 64, true);
    type(&edit, "k e y Space 1 2 3");
    lineedit_remember(&edit, lineedit_text(&edit));
    assert_int_equal(edit.history_count, 0);
    type(&edit, "Ctrl-w");
    for (size_t i = 0; i <= 64; i++)
        assert_int_equal(edit.text[i], 0);
    lineedit_done(&edit);
    lineedit_done(&edit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(inserts_where_the_cursor_is, start, stop),
        cmocka_unit_test_setup_teardown(moves_by_characters_with_their_marks, start, stop),
        cmocka_unit_test_setup_teardown(erases_words_and_ends, start, stop),
        cmocka_unit_test_setup_teardown(tells_when_it_is_done, start, stop),
        cmocka_unit_test_setup_teardown(keeps_to_its_cap, start, stop),
        cmocka_unit_test_setup_teardown(pastes_are_one_inert_line, start, stop),
        cmocka_unit_test_setup_teardown(walks_its_history, start, stop),
        cmocka_unit_test(a_secret_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
