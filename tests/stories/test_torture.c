/* Calls that fail, one of each kind at a time, in every scenario: a sample here, all of them in tests/soak.
 */
#include "tests/support/soak.h"
#include "tests/support/torture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

enum { MOST = 1, STEP = 3 };

static int set_up(void **state)
{
    *state = torture_story();
    return 0;
}

static int tear_down(void **state)
{
    story_free(*state);
    return 0;
}

static void no_failing_call_breaks_it(void **state)
{
    struct torture_figures figures = {0};
    for (size_t i = 0; i < torture_scenario_count; i++)
        torture_scenario_run(*state, &torture_scenarios[i], soak_count("SOAK_TORTURE", MOST), STEP, &figures);
    print_message("%ld runs, in %ld a call failed, %ld of these came to their end\n", figures.runs,
                  figures.failed, figures.finished);
    assert_int_equal(figures.broken, 0);
    assert_true(figures.failed > figures.runs / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_failing_call_breaks_it, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("torture", tests, NULL, NULL);
}
