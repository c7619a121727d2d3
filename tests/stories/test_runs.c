/*
 * Runs and what needs a person, on the real boxtop: the page of a run that is started here, its stream cut
 * and found again, what was seen kept through a restart, limits from the configuration.
 */
#include "tests/support/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static int set_up(void **state)
{
    *state = story_new_demo();
    return 0;
}

static int tear_down(void **state)
{
    story_free(*state);
    return 0;
}

static void ask(struct story *story, const char *prompt)
{
    story_selects(story, "docs-site");
    story_type(story, "a");
    story_sees(story, "Ask the agent in docs-site");
    story_type(story, prompt);
    story_type(story, "\r");
}

/* The stream's own words make the timeline. */
static void a_run_of_ours_has_an_exact_timeline(void **state)
{
    struct story *story = *state;
    story_start(story, &(struct story_start){0});
    ask(story, "Fix the tests");
    story_sees(story, "running");
    story_type(story, "r");
    story_sees(story, "> running");
    story_type(story, "\rz");
    story_sees(story, "exact: streamed here");
    story_sees(story, "thinking");
    story_sees(story, "make test");
    story_type(story, "q");
    story_quit(story);
}

/* Cut in the middle, the run is found by its id and followed by its record; it is never started twice. */
static void a_stream_that_breaks_is_followed_and_not_repeated(void **state)
{
    struct story *story = *state;
    story_start(story, &(struct story_start){0});
    story_sees(story, "1/12");
    story_fault(story, "reset=400@*/run/stream");
    ask(story, "Fix the tests");
    story_sees(story, "the stream broke");
    story_type(story, "r");
    story_sees(story, "> running");
    story_type(story, "\rz");
    story_sees(story, "the stream broke; following");
    story_type(story, "C");
    story_answers(story, "Cancel this run?", "y");
    story_sees(story, "exact until its stream broke");
    story_sees(story, "cancelled");
    assert_int_equal(story_count(story, "POST /v2/box/{}/run/stream"), 1);
    story_type(story, "q");
    story_quit(story);
}

/* Run again, on a link where the answer is lost after the work was done: started once, whatever is pressed.
 */
static void a_run_again_is_started_once(void **state)
{
    struct story *story = *state;
    story_start(story, &(struct story_start){0});
    story_selects(story, "docs-site");
    story_type(story, "r");
    story_sees(story, "completed");
    int64_t before = story_count(story, "POST /v2/box/{}/run/stream");
    story_fault(story, "reset@*/run/stream");
    story_type(story, "R");
    story_answers(story, "Run again?", "y");
    story_waits_for(story, "POST /v2/box/{}/run/stream", before + 1);
    story_type(story, "\r");
    story_sees(story, "running");
    story_waits_for(story, "GET /v2/box/{}/runs", story_count(story, "GET /v2/box/{}/runs") + 3);
    assert_int_equal(story_count(story, "POST /v2/box/{}/run/stream"), before + 1);
    story_type(story, "q");
    story_quit(story);
}

/* The same queue on stdout, and what was seen in the console is not in it. */
static void the_verb_knows_what_was_seen(void **state)
{
    struct story *story = *state;
    story_start(story, &(struct story_start){0});
    story_type(story, "@");
    story_sees(story, "! billing-export     box in error");
    story_type(story, "g ");
    story_sees(story, "1 seen");
    story_quit(story);
    story_start(story, &(struct story_start){.args = (const char *[]){"attention", "--all", NULL}});
    story_sees(story, ". billing-export");
    story_sees(story, "! stack-fix");
    story_exit(story, 9);
    story_start(story, &(struct story_start){.args = (const char *[]){"attention", NULL}});
    story_sees(story, "! stack-fix");
    assert_false(story_sees_soon(story, "billing-export", 0));
    story_exit(story, 9);
}

static void what_was_seen_stays_seen(void **state)
{
    struct story *story = *state;
    story_start(story, &(struct story_start){0});
    story_type(story, "@");
    story_sees(story, "! billing-export     box in error");
    story_type(story, "g ");
    story_sees_gone(story, "! billing-export     box in error");
    story_sees(story, "1 seen");
    story_quit(story);
    char *path = story_path(story, ".local/state/boxtop/attention.json");
    struct stat about;
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    free(path);
    story_start(story, &(struct story_start){0});
    story_type(story, "@");
    story_sees(story, "1 seen");
    story_sees_gone(story, "! billing-export     box in error");
    story_type(story, "t");
    story_sees(story, ". billing-export     box in error");
    story_quit(story);
}

static void limits_come_from_the_configuration(void **state)
{
    struct story *story = *state;
    story_write(story, ".config/boxtop/config", "[attention]\nbox_limit_usd = 1\npaused_days = off\n", 0600);
    story_start(story, &(struct story_start){0});
    story_type(story, "@");
    story_sees(story, "over the box's limit: has cost");
    story_sees_gone(story, "paused for long");
    story_quit(story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_run_of_ours_has_an_exact_timeline, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_stream_that_breaks_is_followed_and_not_repeated, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_run_again_is_started_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_verb_knows_what_was_seen, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_seen_stays_seen, set_up, tear_down),
        cmocka_unit_test_setup_teardown(limits_come_from_the_configuration, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
