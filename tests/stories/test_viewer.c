/* What the log viewer remembers when boxtop is started again. */
#include "tests/support/story.h"

#include "client/base/mem.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static int set_up(void **state)
{
    *state = story_new_calm();
    return 0;
}

static int tear_down(void **state)
{
    story_free(*state);
    return 0;
}

static void open_log(struct story *story)
{
    story_start(story, &(struct story_start){0});
    story_selects(story, "calm");
    story_type(story, "l");
    story_sees(story, "calm");
}

/* The file is the operator's alone, and says nothing of the key. */
static void check_file(struct story *story)
{
    char *pattern = story_path(story, ".local/state/boxtop/viewer-*.json");
    glob_t found;
    struct stat info;
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    assert_int_equal(found.gl_pathc, 1);
    assert_int_equal(stat(found.gl_pathv[0], &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    size_t len;
    char *text = story_read(found.gl_pathv[0], &len);
    assert_non_null(strstr(text, "the second line"));
    assert_null(strstr(text, STORY_KEY));
    free(text);
    globfree(&found);
    free(pattern);
}

static void bookmarks_filters_and_searches_stay(void **state)
{
    struct story *story = *state;
    story_logs(story, "calm-crane-10001", "the first line");
    story_logs(story, "calm-crane-10001", "the second line");
    story_logs(story, "calm-crane-10001", "the third line");
    open_log(story);
    story_sees(story, "the third line");
    story_type(story, "/second\r");
    story_sees(story, "/ second  1/1");
    story_type(story, "m");
    story_sees(story, "Bookmark a");
    story_type(story, "&line & !first\r");
    story_sees(story, "& line & !first: 2");
    story_quit(story);
    check_file(story);

    open_log(story);
    story_sees(story, "& line & !first: 2");
    story_type(story, "'");
    story_sees(story, "the second line");
    story_type(story, "a");
    story_sees(story, "PAUSED");
    story_type(story, "/\033[A");
    story_sees(story, "Search (~ for a regular expression): second");
    story_type(story, "\r");
    story_sees(story, "/ second  1/1");
    story_quit(story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(bookmarks_filters_and_searches_stay, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
