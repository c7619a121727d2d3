/*
 * Calls that fail, as in the story of the same name, but every k of each kind and way, in every scenario
 * (SOAK_TORTURE: at most so many of each; 0 cannot be said, so the default is more than there are).
 */
#include "tests/support/soak.h"
#include "tests/support/torture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

enum { ALL = 1000000 };

static void every_failing_call(void **state)
{
    (void)state;
    struct torture_figures figures = {0};
    for (size_t i = 0; i < torture_scenario_count; i++) {
        struct story *story = torture_story();
        torture_scenario_run(story, &torture_scenarios[i], soak_count("SOAK_TORTURE", ALL), 1, &figures);
        story_free(story);
        print_message(
            "up to \"%s\": %ld runs, in %ld a call failed, %ld of these came to their end, %ld broken\n",
            torture_scenarios[i].name, figures.runs, figures.failed, figures.finished, figures.broken);
    }
    assert_int_equal(figures.broken, 0);
    assert_true(figures.failed > figures.runs / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_failing_call)};
    return cmocka_run_group_tests_name("torture", tests, NULL, NULL);
}
