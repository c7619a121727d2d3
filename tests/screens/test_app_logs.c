/* The log viewer in the whole console: what is shown, what is asked for, where one lands, what leaves it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/screens/console.h"

/* A box's log, its box selected, the log alone on screen. */
static struct console *viewing(struct log_line *lines, size_t count)
{
    struct console *c = console_filled(console_fill, 24, 80, "");
    console_keys(c, "j");
    console_event(c, world_logs("deep-fox-10002", LOG_JOIN_RESET, lines, count));
    console_keys(c, "l z");
    return c;
}

static struct console *viewing_some(void)
{
    struct log_line lines[] = {
        world_line("old and calm", LOG_LEVEL_INFO, 2 * 3600 * 1000),
        world_line("timeout one", LOG_LEVEL_WARN, 240 * 1000),
        world_line("timeout two, debug", LOG_LEVEL_INFO, 60 * 1000),
        world_line("failed", LOG_LEVEL_ERROR, 30 * 1000),
        world_line("timeout three", LOG_LEVEL_ERROR, 20 * 1000),
        world_line("the end", LOG_LEVEL_INFO, 10 * 1000),
    };
    lines[5].source = LOG_SOURCE_SYSTEM;
    return viewing(lines, 6);
}

static void type_terms(struct console *c, const char *terms)
{
    console_keys(c, "& Ctrl-u");
    console_type(c, terms);
    console_keys(c, "Enter");
}

static void test_stacked_filters(void **state)
{
    (void)state;
    struct console *c = viewing_some();
    type_terms(c, "timeout & !debug");
    console_shows(c, "& timeout & !debug: 2");
    console_hides(c, "timeout two");
    console_keys(c, "W");
    console_shows(c, "& timeout & !debug  warnings and errors: 2");
    console_keys(c, "W");
    console_shows(c, "& timeout & !debug  errors: 1");
    console_shows(c, "timeout three");
    /* The list is edited where it stands. */
    console_keys(
        c,
        "& Backspace Backspace Backspace Backspace Backspace Backspace Backspace Backspace Backspace Enter");
    console_shows(c, "& timeout  errors: 1");
    console_keys(c, "W");
    console_shows(c, "& timeout: 3");
    /* It stays when another box is looked at. */
    console_keys(c, "z 1 j 2");
    console_shows(c, "& timeout: 0");
    console_keys(c, "1 k 2 z Escape");
    console_shows(c, "old and calm");
    console_keys(c, "u u");
    console_shows(c, "only system: 1");
    console_keys(c, "u u");
    console_shows(c, "old and calm");
    type_terms(c, "~(");
    console_shows(c, "The regular expression");
    type_terms(c, "a & b & c & d & e & f & g & h & i & j & k & l & m & n & o & p & q");
    console_shows(c, "At most 16 terms can be stacked");
    console_free(c);
}

static void test_the_list_of_filters(void **state)
{
    (void)state;
    struct console *c = viewing_some();
    console_keys(c, "*");
    console_shows(c, "No filter: a adds one");
    console_keys(c, "a");
    console_type(c, "timeout");
    console_keys(c, "Enter a");
    console_type(c, "debug");
    console_keys(c, "Enter");
    console_shows(c, " [x] in   timeout                                                   3 ");
    console_shows(c, " [x] in   debug                                                     1 ");
    console_keys(c, "j !");
    console_shows(c, "[x] out  debug                                                     1");
    console_keys(c, "k Space Escape");
    console_shows(c, "& !debug: ");
    console_shows(c, "old and calm");
    console_hides(c, "timeout two");
    console_keys(c, "* J Escape");
    console_keys(c, "* Enter Backspace Backspace Backspace Backspace Backspace Backspace");
    console_shows(c, "Lines with (~ regular expression, ! before it: without):");
    console_type(c, "calm");
    console_keys(c, "Enter Escape");
    console_shows(c, "& calm: 1");
    /* Escape switches them off, and they are still there. */
    console_keys(c, "Escape *");
    console_shows(c, "[ ] in   calm");
    console_shows(c, "[ ] in   timeout");
    console_keys(c, "d d");
    console_shows(c, "No filter: a adds one");
    console_free(c);
}

static void test_since(void **state)
{
    (void)state;
    struct console *c = viewing_some();
    console_keys(c, "T"); /* it is 11:20 */
    console_shows(c, "last 5m: 5");
    console_keys(c, "T");
    console_shows(c, "last 1h: 5");
    console_keys(c, "T");
    console_shows(c, "today: 6");
    console_keys(c, "T");
    console_type(c, "11:19:20");
    console_keys(c, "Enter");
    console_shows(c, "since 11:19:20: 3");
    console_keys(c, "T");
    console_shows(c, "old and calm");
    console_keys(c, "T T T T");
    console_type(c, "teatime");
    console_keys(c, "Enter");
    console_shows(c, "\"teatime\" is not a time");
    console_free(c);
}

static void test_the_search_counts(void **state)
{
    (void)state;
    struct console *c = viewing_some();
    console_keys(c, "/");
    console_type(c, "timeout");
    console_keys(c, "Enter");
    console_shows(c, "/ timeout  3/3");
    console_keys(c, "N");
    console_shows(c, "/ timeout  2/3");
    struct log_line more[] = {world_line("timeout four", LOG_LEVEL_INFO, 0)};
    console_event(c, world_logs("deep-fox-10002", LOG_JOIN_APPEND, more, 1));
    console_shows(c, "/ timeout  2/4");
    struct log_line older[] = {world_line("timeout zero", LOG_LEVEL_INFO, 3 * 3600 * 1000)};
    console_event(c, world_logs("deep-fox-10002", LOG_JOIN_PREPEND, older, 1));
    console_shows(c, "/ timeout  3/5");
    console_shows(c, "> -1m00 agent   I timeout two, debug");
    console_keys(c, "n n n");
    console_shows(c, "/ timeout  1/5");
    console_shows(c, "Past the end, on from the top");
    console_keys(c, "N");
    console_shows(c, "/ timeout  5/5");
    console_keys(c, "Escape");
    console_hides(c, "/ timeout");
    /* What was searched for before is an arrow away. */
    console_keys(c, "/");
    console_type(c, "failed");
    console_keys(c, "Enter / Up Up");
    console_shows(c, "Search (~ for a regular expression): timeout");
    console_keys(c, "Down");
    console_shows(c, "Search (~ for a regular expression): failed");
    console_free(c);
}

/* What the console does in the background between two frames. */
static void test_a_search_in_the_background(void **state)
{
    (void)state;
    enum { LINES = 100000 };
    struct log_line *lines = calloc(LINES, sizeof *lines);
    for (size_t i = 0; i < LINES; i++)
        lines[i] = world_line(i % 10 == 0 ? "needle" : "straw, dele", LOG_LEVEL_INFO, 1000);
    struct console *c = viewing(lines, LINES);
    free(lines);
    console_keys(c, "/");
    console_type(c, "~(.*){2}needle");
    console_keys(c, "Enter");
    int turns = 0;
    do {
        app_tick(&c->app);
        assert_true(++turns < 1000);
    } while (c->app.working);
    assert_true(turns > 1);
    console_shows(c, "/ ~(.*){2}needle  10,000/10,000");
    /* It can be given up at once. */
    type_terms(c, "straw");
    console_keys(c, "Escape Escape");
    app_tick(&c->app);
    assert_false(c->app.working);
    console_free(c);
}

static void test_bookmarks(void **state)
{
    (void)state;
    struct console *c = viewing_some();
    console_keys(c, "'");
    console_shows(c, "No bookmark here: m sets one");
    console_keys(c, "k m k k m G");
    console_shows(c, "\u2022 ");
    console_keys(c, "' '"); /* to the next one */
    console_shows(c, "> -1m00 agent   I timeout two");
    console_keys(c, "' '");
    console_shows(c, ">  -20s agent   E timeout three");
    /* By its letter; by the list. */
    console_keys(c, "' b");
    console_shows(c, "> -1m00 agent   I timeout two");
    console_keys(c, "'");
    console_shows(c, " b 2026-02-23 11:19:00 timeout two, debug");
    console_shows(c, " a 2026-02-23 11:19:40 timeout three");
    console_keys(c, "Down Enter");
    console_shows(c, ">  -20s agent   E timeout three");
    console_keys(c, "\"");
    console_type(c, "x");
    console_keys(c, "Enter k k ' x");
    console_shows(c, ">  -20s agent   E timeout three");
    /* They belong to the box. */
    console_keys(c, "z 1 j 2 '");
    console_shows(c, "No bookmark here");
    console_keys(c, "1 k 2 z ' b");
    console_shows(c, "> -1m00 agent   I timeout two, debug");
    /* And are the box's in the fleet too. */
    console_keys(c, "L ' x");
    console_shows(c, ">  -20s A nightly-tests  E timeout three");
    console_keys(c, "l m ' Delete");
    console_keys(c, "'");
    console_shows(c, "No bookmark here");
    console_free(c);
}

static void test_an_older_bookmark(void **state)
{
    (void)state;
    struct console *c = viewing_some();
    struct log_line older[] = {world_line("long ago", LOG_LEVEL_INFO, 5 * 3600 * 1000)};
    logmemory_set(&c->app.memory, "deep-fox-10002", older[0].time, &older[0].text, 'q');
    console_keys(c, "' q");
    console_shows(c, "asking for older lines");
    app_tick(&c->app);
    console_event(c, world_logs("deep-fox-10002", LOG_JOIN_PREPEND, older, 1));
    app_tick(&c->app);
    console_shows(c, "long ago");
    console_free(c);
}

static void test_a_range_is_copied(void **state)
{
    (void)state;
    struct console *c = viewing_some();
    console_keys(c, "k v k k");
    console_shows(c, "CHOOSING");
    console_keys(c, "y");
    assert_string_equal(c->copied, "timeout two, debug\nfailed\ntimeout three\n");
    console_shows(c, "Copied 3 lines");
    console_keys(c, "v Escape y");
    assert_string_equal(c->copied, "timeout two, debug");
    console_free(c);
}

static void test_a_message_is_read(void **state)
{
    (void)state;
    struct log_line lines[] = {
        world_line("TodoWrite: {\"todos\":[{\"content\":\"Reproduce\",\"done\":true}]} ok", LOG_LEVEL_INFO,
                   20 * 1000),
        world_line("first", LOG_LEVEL_INFO, 10 * 1000),
    };
    lines[1].rest = calloc(2, sizeof *lines[1].rest);
    lines[1].rest_count = 2;
    struct log_line second = world_line("second", LOG_LEVEL_INFO, 0),
                    third = world_line("third", LOG_LEVEL_INFO, 0);
    lines[1].rest[0] = second.text;
    lines[1].rest[1] = third.text;
    struct console *c = viewing(lines, 2);
    console_keys(c, "k k k J");
    console_shows(c, "TodoWrite: ");
    console_shows(c, "\"content\": \"Reproduce\",");
    console_shows(c, "2026-02-23");
    console_keys(c, "Escape j j J"); /* a further line stands for its message */
    console_shows(c, "  first");
    console_shows(c, "  third");
    console_keys(c, "Escape Enter");
    console_shows(c, "first");
    console_shows(c, "+2 lines");
    console_hides(c, "third");
    console_keys(c, "Enter");
    console_shows(c, "third");
    console_free(c);
}

static struct console *viewing_calls(void)
{
    struct log_line lines[] = {
        world_line("I begin.", LOG_LEVEL_INFO, 60 * 1000),
        world_line("Bash: npm test", LOG_LEVEL_INFO, 50 * 1000),
        world_line("PASS a", LOG_LEVEL_INFO, 48 * 1000),
        world_line("FAIL b", LOG_LEVEL_ERROR, 46 * 1000),
        world_line("Read: b.c", LOG_LEVEL_INFO, 45 * 1000),
        world_line("int main(void)", LOG_LEVEL_INFO, 45 * 1000),
        world_line("{\"ok\":true,\"took\":1.5,\"of\":[]}", LOG_LEVEL_INFO, 40 * 1000),
    };
    lines[6].source = LOG_SOURCE_SYSTEM;
    struct console *c = viewing(lines, 7);
    console_resize(c, 12, 64);
    return c;
}

static void test_tool_calls_fold_one_by_one(void **state)
{
    (void)state;
    struct console *c = viewing_calls();
    console_keys(c, "k k k k Enter"); /* on the failed line: its call */
    console_shows(c, "  -1m00 agent   I I begin.");
    console_shows(c, ">  -50s agent   I Bash: npm test         +2 lines  4s  1 error");
    console_shows(c, "   -45s agent   I Read: b.c");
    console_shows(c, "   -45s agent   I int main(void)");
    console_shows(c, "   -40s system  I {\"ok\":true,\"took\":1.5,\"of\":[]}");
    console_keys(c, "Enter");
    console_shows(c, "FAIL b");
    /* All, and one of them open again; a filter opens them for as long as it is on. */
    console_keys(c, "F");
    console_shows(c, "PAUSED  folded");
    console_shows(c, ">  -50s agent   I Bash: npm test");
    console_hides(c, "int main");
    console_keys(c, "j Enter");
    console_shows(c, "int main");
    console_hides(c, "FAIL b");
    console_keys(c, "&");
    console_type(c, "a");
    console_keys(c, "Enter");
    console_shows(c, "PASS a");
    console_keys(c, "k Enter");
    console_shows(c, "Nothing is folded while a filter is on");
    console_keys(c, "Escape");
    console_hides(c, "PASS a");
    /* A search, and a jump to an error, open what hides it. */
    console_keys(c, "/");
    console_type(c, "FAIL");
    console_keys(c, "Enter");
    console_shows(c, ">  -46s agent   E FAIL b");
    console_keys(c, "Escape k k F F");
    console_hides(c, "FAIL b");
    console_keys(c, "e");
    console_shows(c, ">  -46s agent   E FAIL b");
    console_wait(c, 10 * 1000); /* the notes go */
    console_shows(c, "e/E 1/1");
    /* What comes is folded too. */
    console_keys(c, "F F");
    struct log_line more[] = {world_line("Bash: ls", LOG_LEVEL_INFO, 3000),
                              world_line("a.txt", LOG_LEVEL_INFO, 2000)};
    console_event(c, world_logs("deep-fox-10002", LOG_JOIN_APPEND, more, 2));
    console_shows(c, "+1 line  1s");
    console_hides(c, "a.txt");
    console_shows(c, "1 new  PAUSED");
    console_free(c);
}

static void test_json_is_laid_out_in_its_place(void **state)
{
    (void)state;
    struct console *c = viewing_calls();
    console_keys(c, "k Enter"); /* nothing but the call above */
    console_shows(c, ">  -45s agent   I Read: b.c");
    console_keys(c, "Enter j j Enter");
    console_shows(c, "   -46s agent   E FAIL b");
    console_shows(c, "   -45s agent   I Read: b.c");
    console_shows(c, "   -45s agent   I int main(void)");
    console_shows(c, ">  -40s system  I {");
    console_shows(c, "                    \"ok\": true,");
    console_shows(c, "                    \"took\": 1.5,");
    console_shows(c, "                    \"of\": []");
    console_shows(c, "                  }");
    /* In a pane that is lower than the line, it is read row by row. */
    console_resize(c, 7, 64);
    console_shows(c, "system  I {");
    console_hides(c, "\"of\": []");
    console_keys(c, "j j");
    console_shows(c, "\"of\": []");
    console_hides(c, "system  I {");
    console_keys(c, "k k");
    console_shows(c, "system  I {");
    console_keys(c, "Enter");
    console_shows(c, "{\"ok\":true,\"took\":1.5,\"of\":[]}");
    console_free(c);
}

/* ---- what leaves the viewer ---- */

struct files {
    char folder[40];
    char path[64];
};

static void files_make(struct files *files)
{
    snprintf(files->folder, sizeof files->folder, "/tmp/test_logs.XXXXXX");
    assert_non_null(mkdtemp(files->folder));
    snprintf(files->path, sizeof files->path, "%s/out", files->folder);
}

/* Reads the file, which must be private, and removes it. */
static void files_expect(struct files *files, const char *want)
{
    char have[4000] = "";
    struct stat info;
    FILE *file = fopen(files->path, "r");
    assert_non_null(file);
    assert_true(fread(have, 1, sizeof have - 1, file) > 0);
    fclose(file);
    assert_int_equal(stat(files->path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_string_equal(have, want);
    assert_int_equal(unlink(files->path), 0);
}

/* Nothing else may be left in the folder. */
static void files_done(struct files *files)
{
    assert_int_equal(rmdir(files->folder), 0);
}

static void save_as(struct console *c, struct files *files, const char *key)
{
    console_keys(c, "Ctrl-s");
    console_keys(c, key);
    console_keys(c, "Ctrl-u");
    console_type(c, files->path);
    console_keys(c, "Enter");
}

static void test_the_menu_of_saving(void **state)
{
    (void)state;
    struct files files;
    files_make(&files);
    struct console *c = viewing_some();
    type_terms(c, "timeout");
    console_keys(c, "Ctrl-s");
    console_shows(c, "s  lines shown, as text                    3 ");
    console_shows(c, "A  all lines, as JSON                      6 ");
    console_keys(c, "Escape");
    save_as(c, &files, "s");
    files_expect(&files, "2026-02-23 11:16:00 W agent  timeout one\n"
                         "2026-02-23 11:19:00 I agent  timeout two, debug\n"
                         "2026-02-23 11:19:40 E agent  timeout three\n");
    console_keys(c, "Escape k v k");
    console_keys(c, "Ctrl-s");
    console_shows(c, "c  chosen lines, as text                   2 ");
    console_keys(c, "Escape");
    save_as(c, &files, "C");
    files_expect(
        &files, "{\"timestamp\":1771845570,\"level\":\"error\",\"source\":\"agent\",\"message\":\"failed\"}\n"
                "{\"timestamp\":1771845580,\"level\":\"error\",\"source\":\"agent\",\"message\":\"timeout "
                "three\"}\n");
    files_done(&files);
    console_free(c);
}

/* What is folded away belongs to what folds it. */
static void test_folded_lines_leave_with_their_head(void **state)
{
    (void)state;
    struct files files;
    files_make(&files);
    struct console *c = viewing_calls();
    console_keys(c, "k Enter y");
    assert_string_equal(c->copied, "Read: b.c\nint main(void)\n");
    console_keys(c, "k k Enter v");
    console_shows(c, "CHOOSING");
    console_keys(c, "y");
    assert_string_equal(c->copied, "Bash: npm test\nPASS a\nFAIL b\n");
    files_done(&files);
    console_free(c);
}

static void test_a_large_save_goes_on_in_the_background(void **state)
{
    (void)state;
    enum { LINES = 300000 };
    struct files files;
    files_make(&files);
    struct log_line *lines = calloc(LINES, sizeof *lines);
    for (size_t i = 0; i < LINES; i++)
        lines[i] = world_line("one of very many lines", LOG_LEVEL_INFO, 1000);
    struct console *c = viewing(lines, LINES);
    free(lines);
    save_as(c, &files, "a");
    console_shows(c, "saving ");
    assert_int_equal(access(files.path, F_OK), -1); /* not before it is whole */
    struct log_line more[] = {world_line("and one more", LOG_LEVEL_INFO, 0)};
    console_event(c, world_logs("deep-fox-10002", LOG_JOIN_APPEND, more, 1));
    console_keys(c, "Escape");
    console_shows(c, "Saving was given up");
    save_as(c, &files, "a");
    int turns = 0;
    do {
        app_tick(&c->app);
        assert_true(++turns < 10000);
    } while (c->app.working);
    console_shows(c, "300,001 lines were saved");
    struct stat info;
    assert_int_equal(stat(files.path, &info), 0);
    assert_int_equal(info.st_size, INT64_C(300000) * 52 + 42);
    assert_int_equal(unlink(files.path), 0);
    files_done(&files);
    console_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stacked_filters),
        cmocka_unit_test(test_the_list_of_filters),
        cmocka_unit_test(test_since),
        cmocka_unit_test(test_the_search_counts),
        cmocka_unit_test(test_a_search_in_the_background),
        cmocka_unit_test(test_bookmarks),
        cmocka_unit_test(test_an_older_bookmark),
        cmocka_unit_test(test_a_range_is_copied),
        cmocka_unit_test(test_a_message_is_read),
        cmocka_unit_test(test_tool_calls_fold_one_by_one),
        cmocka_unit_test(test_json_is_laid_out_in_its_place),
        cmocka_unit_test(test_the_menu_of_saving),
        cmocka_unit_test(test_folded_lines_leave_with_their_head),
        cmocka_unit_test(test_a_large_save_goes_on_in_the_background),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
