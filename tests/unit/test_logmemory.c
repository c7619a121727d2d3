/* What the log viewer remembers over a restart. */
#include "tui/logmemory.h"

#include "client/base/mem.h"
#include "tests/support/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const int64_t WALL = 1771845600000;

static int set_up(void **state)
{
    const char *folder = getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp";
    char *path = mem_format("%s/boxtop-memory-%ld/viewer.json", folder, (long)getpid());
    *state = path;
    return 0;
}

static int tear_down(void **state)
{
    char *path = *state;
    unlink(path);
    *strrchr(path, '/') = '\0';
    rmdir(path);
    free(path);
    return 0;
}

static struct text line_text(const char *text)
{
    return (struct text){.bytes = (char *)text, .len = (uint32_t)strlen(text)};
}

static void all_of_it_survives(void **state)
{
    const char *path = *state;
    struct logmemory memory = {0};
    struct logfilter filter = {0};
    struct err err;
    logmemory_load(&memory, path);
    struct text first = line_text("first \xE6\xB5\x8B"), second = line_text("second");
    assert_int_equal(logmemory_set(&memory, "box-1", WALL, &first, 0), 'a');
    assert_int_equal(logmemory_set(&memory, "box-1", WALL, &second, 0), 'b');
    assert_int_equal(logmemory_set(&memory, "box-2", WALL, &first, 'q'), 'q');
    assert_int_equal(logmemory_set(&memory, "box-2/command", WALL, &first, 0), 'a');
    assert_true(logfilter_set_terms(&filter, "timeout & !~x+", &err));
    filter.terms[1].off = true;
    logmemory_put_filter(&memory, VIEWER_FLEET, &filter);
    logfilter_done(&filter);
    logmemory_add_search(&memory, "one");
    logmemory_add_search(&memory, "two");
    logmemory_add_search(&memory, "one");
    logmemory_save(&memory);
    logmemory_done(&memory);

    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    logmemory_load(&memory, path);
    assert_int_equal(memory.mark_count, 3); /* a command's output is gone */
    size_t at = logmemory_find(&memory, "box-1", WALL, &second);
    assert_int_equal(memory.marks[at].letter, 'b');
    assert_string_equal(memory.marks[logmemory_find_letter(&memory, "box-2", 'q')].text,
                        "first \xE6\xB5\x8B");
    assert_int_equal(logmemory_find(&memory, "box-1", WALL + 1000, &second), 3);
    assert_int_equal(logmemory_find(&memory, "box-2", WALL, &second), 3);
    assert_int_equal(memory.search_count, 2);
    assert_string_equal(memory.searches[1], "one");
    logmemory_get_filter(&memory, VIEWER_FLEET, &filter);
    char *terms = logfilter_terms(&filter);
    assert_string_equal(terms, "timeout");
    free(terms);
    assert_int_equal(filter.term_count, 2);
    assert_true(filter.terms[1].off && filter.terms[1].out);
    logfilter_done(&filter);
    logmemory_get_filter(&memory, VIEWER_LOGS, &filter);
    assert_int_equal(filter.term_count, 0);
    logmemory_done(&memory);
}

static void letters_are_given_once(void **state)
{
    (void)state;
    struct logmemory memory = {0};
    char name[32];
    for (int i = 0; i < 30; i++) {
        snprintf(name, sizeof name, "line %d", i);
        struct text text = line_text(name);
        assert_int_equal(logmemory_set(&memory, "box", WALL + i, &text, 0), i < 26 ? 'a' + i : 0);
    }
    struct text other = line_text("line 29");
    logmemory_set(&memory, "box", WALL + 29, &other, 'c'); /* taken from line 2 */
    assert_int_equal(memory.mark_count, 30);
    assert_int_equal(memory.marks[logmemory_find_letter(&memory, "box", 'c')].time_ms, WALL + 29);
    for (int i = 0; i < LOGMEMORY_MARKS + 10; i++)
        logmemory_set(&memory, "many", WALL + i, &other, 0);
    assert_int_equal(memory.mark_count, LOGMEMORY_MARKS);
    for (int i = 0; i < LOGMEMORY_SEARCHES + 10; i++) {
        snprintf(name, sizeof name, "%d", i);
        logmemory_add_search(&memory, name);
    }
    assert_int_equal(memory.search_count, LOGMEMORY_SEARCHES);
    assert_string_equal(memory.searches[0], "10");
    logmemory_done(&memory);
}

/* A file that is damaged or forged gives what can be understood of it, and nothing that could do harm. */
static void whatever_the_file_says(void **state)
{
    const char *path = *state;
    static const char *const texts[] = {
        "",
        "[]",
        "{\"boxtop_viewer\":2,\"searches\":[\"x\"]}",
        "{\"boxtop_viewer\":1,\"searches\":{\"a\":1},\"bookmarks\":7,\"filters\":[]}",
        ("{\"boxtop_viewer\":1,\"bookmarks\":[{},{\"box\":\"\"},{\"box\":1,\"digest\":\"x\"},7,null],"
         "\"searches\":[1,null,\"\"],\"filters\":{\"logs\":[{},{\"text\":\"\"},{\"text\":7}]}}"),
    };
    struct logmemory memory = {0};
    struct err err;
    logmemory_load(&memory, path);
    logmemory_save(&memory); /* makes the folder */
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fputs(texts[i], file);
        fclose(file);
        logmemory_load(&memory, path);
        assert_int_equal(memory.mark_count + memory.search_count + memory.filter_count[VIEWER_LOGS], 0);
    }
    FILE *file = fopen(path, "w");
    fputs("{\"boxtop_viewer\":1,\"searches\":[\"a\\u001b]0;x\\u0007\"],\"bookmarks\":[{\"box\":\"b\","
          "\"time\":5,"
          "\"digest\":\"zz\",\"letter\":\"\\u001b\",\"text\":\"\\u001b[2J\"}],"
          "\"filters\":{\"logs\":[{\"text\":\"~(\"},{\"text\":\"good\"}]}}",
          file);
    fclose(file);
    logmemory_load(&memory, path);
    assert_null(strchr(memory.searches[0], '\033'));
    assert_null(strchr(memory.marks[0].text, '\033'));
    assert_int_equal(memory.marks[0].letter, 0);
    struct logfilter filter = {0};
    logmemory_get_filter(&memory, VIEWER_LOGS, &filter);
    assert_int_equal(filter.term_count, 1);
    assert_true(logfilter_set_terms(&filter, "", &err));
    logfilter_done(&filter);
    logmemory_done(&memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_of_it_survives, set_up, tear_down),
        cmocka_unit_test(letters_are_given_once),
        cmocka_unit_test_setup_teardown(whatever_the_file_says, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
