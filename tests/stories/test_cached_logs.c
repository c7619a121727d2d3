/* The service is away at the start: the log that was looked at last is there all the same, says how old it
 * is, and goes on where it ended when the service is back. */
#include "tests/support/relay.h"
#include "tests/support/story.h"

#include "client/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static int times_on_screen(struct story *story, const char *text)
{
    char *screen = pty_screen(story->pty);
    int times = 0;
    for (const char *at = screen; (at = strstr(at, text)) != NULL; at++)
        times++;
    free(screen);
    return times;
}

/* Opens the log, which is asked for, and leaves. */
static void looks_at_the_log(struct story *story)
{
    story_start(story, &(struct story_start){0});
    story_selects(story, "calm");
    story_type(story, "\r");
    story_logs(story, "calm-crane-10001", "the last line that was seen");
    story_sees(story, "the last line that was seen");
    story_quit(story);
}

static void goes_on(struct story *story, const char *fault)
{
    struct err err = {0};
    static const struct relay_plan dead = {.refuse = true}, alive = {.refuse = false};
    story_fault(story, fault);
    looks_at_the_log(story);
    struct relay *relay = relay_new(story_port(story->service.url), &dead, &err);
    assert_non_null(relay);
    /* The cache belongs to the address that it was read from. */
    char *url = mem_format("http://127.0.0.1:%u", relay_port(relay));
    story_start(story, &(struct story_start){.url = url});
    story_sees(story, "OFFLINE");
    assert_int_equal(times_on_screen(story, "the last line that was seen"), 0);
    story_quit(story);
    relay_set_plan(relay, &alive);
    story_start(story, &(struct story_start){.url = url});
    story_selects(story, "calm");
    story_type(story, "\r");
    story_sees(story, "the last line that was seen");
    story_quit(story);
    /* Away: what was known is there, with its age. */
    relay_set_plan(relay, &dead);
    story_logs(story, "calm-crane-10001", "written while nobody looked");
    const char *const args[] = {"calm", NULL};
    story_start(story, &(struct story_start){.url = url, .args = args});
    story_sees(story, "the last line that was seen");
    story_sees(story, "cached ");
    story_sees(story, "OFFLINE");
    /* Back: it goes on where it ended, nothing twice, nothing stale. */
    relay_set_plan(relay, &alive);
    story_sees(story, "written while nobody looked");
    story_sees_gone(story, "cached ");
    story_logs(story, "calm-crane-10001", "and one more");
    story_sees(story, "and one more");
    assert_int_equal(times_on_screen(story, "the last line that was seen"), 1);
    assert_int_equal(times_on_screen(story, "written while nobody looked"), 1);
    assert_int_equal(times_on_screen(story, "lines are missing"), 0);
    story_quit(story);
    relay_free(relay);
    free(url);
}

static void with_the_oldest_first(void **state)
{
    goes_on(*state, NULL);
}

static void with_the_newest_first(void **state)
{
    goes_on(*state, "logs-newest-first");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(with_the_oldest_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(with_the_newest_first, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("cached logs", tests, NULL, NULL);
}
