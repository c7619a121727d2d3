/* From the first frame to the last: the list, a filter, a box, its log, and out again. */
#include "tests/support/story.h"

#include "client/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static void the_list_shows_every_box(void **state)
{
    struct story *story = *state;
    story_start(story, &(struct story_start){0});
    story_sees(story, "12 boxes:");
    story_sees(story, "1/12");
    story_sees(story, "billing-export");
    /* All twelve are there: the last one comes into sight at the end of the list. */
    story_type(story, "G");
    story_sees(story, "12/12");
    story_type(story, "g");
    story_sees(story, " 1/12");
    story_quit(story);
}

static void a_filter_narrows_the_list_and_goes_away(void **state)
{
    struct story *story = *state;
    story_start(story, &(struct story_start){0});
    story_sees(story, "1/12");
    story_type(story, "/stack-f");
    story_sees(story, "1/1 of 12");
    story_sees(story, "stack-fix");
    story_sees_gone(story, "orders-api");
    story_type(story, "\r");
    story_sees(story, "Enter open"); /* the prompt is gone, the filter stays */
    story_sees(story, "1/1 of 12");
    story_type(story, "/\x15l:prod\r");
    story_sees(story, "orders-api");
    story_sees(story, "/2 of 12");
    story_type(story, "/\x15\r");
    story_sees(story, "/12");
    story_sees_gone(story, "of 12");
    story_quit(story);
}

static void the_list_is_sorted_by_another_column(void **state)
{
    struct story *story = *state;
    story_start(story, &(struct story_start){0});
    story_sees(story, "sort: attention");
    story_type(story, "o");
    story_sees_gone(story, "sort: attention");
    story_quit(story);
}

/* What another client logs is on screen within two seconds. */
static void the_log_follows_its_box(void **state)
{
    struct story *story = *state;
    story_start(story, &(struct story_start){0});
    story_sees(story, "1/12");
    story_selects(story, "docs-site");
    story_type(story, "\r");
    story_sees(story, "f follow");
    story_sees(story, "FOLLOW");
    int64_t before = clock_ms();
    story_logs(story, "proud-heron-40275", "a line that nobody wrote before");
    story_sees(story, "a line that nobody wrote before");
    int64_t took = clock_ms() - before;
    print_message("a log line took %d ms\n", (int)took);
    assert_true(took < 2000);
    story_quit(story);
}

/* q goes back one step at a time, and out at the first view. */
static void back_at_the_first_view_quits(void **state)
{
    struct story *story = *state;
    story_start(story, &(struct story_start){0});
    story_sees(story, "1/12");
    story_type(story, "\r");
    story_sees(story, "f follow");
    story_type(story, "q");
    story_sees(story, "Enter open");
    story_type(story, "q");
    story_exit(story, 0);
}

static void help_and_palette_name_every_key(void **state)
{
    struct story *story = *state;
    story_start(story, &(struct story_start){0});
    story_sees(story, "1/12");
    story_type(story, "?");
    story_sees(story, "Esc closes");
    story_sees(story, "help");
    story_type(story, "q");
    story_sees_gone(story, "Esc closes");
    story_acts(story, "clock");
    story_quit(story);
}

/* `boxtop BOX` opens on the box, by name as by id. */
static void a_box_of_the_command_line_is_opened(void **state)
{
    struct story *story = *state;
    const char *args[] = {"docs-site", NULL};
    story_start(story, &(struct story_start){.args = args});
    story_sees(story, "f follow");
    story_sees(story, "> i docs-site");
    story_quit(story);
    const char *nobody[] = {"no-such-box", NULL};
    story_start(story, &(struct story_start){.args = nobody});
    story_sees(story, "There is no box \"no-such-box\"");
    story_quit(story);
}

/* The second start shows the boxes before the service has said a word. */
static void the_cache_fills_the_first_frame(void **state)
{
    struct story *story = *state;
    story_start(story, &(struct story_start){0});
    story_sees(story, "1/12");
    story_quit(story);
    story_fault(story, "stall@/v2/*");
    story_start(story, &(struct story_start){0});
    story_sees(story, "cached ");
    story_sees(story, "billing-export");
    story_quit(story);
    story_fault(story, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_list_shows_every_box),
        cmocka_unit_test(a_filter_narrows_the_list_and_goes_away),
        cmocka_unit_test(the_list_is_sorted_by_another_column),
        cmocka_unit_test(the_log_follows_its_box),
        cmocka_unit_test(back_at_the_first_view_quits),
        cmocka_unit_test(help_and_palette_name_every_key),
        cmocka_unit_test(a_box_of_the_command_line_is_opened),
        cmocka_unit_test(the_cache_fills_the_first_frame),
    };
    return cmocka_run_group_tests_name("start", tests, set_up, tear_down);
}
