/* The list of runs: which pass the filter, and in which order they stand. */
#include "client/base/mem.h"
#include "tests/support/world.h"
#include "tui/runlist.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { RUNS = 5, MINUTE = 60 * 1000 };

static struct run runs[RUNS];

/* a: running since 1 min; b: failed, dear; c: completed; d: completed, nothing known of it; e: a command. */
static int make_runs(void **state)
{
    (void)state;
    runs[0] = world_run("a", RUN_STATUS_RUNNING, "Fix the cache", MINUTE);
    runs[1] = world_run("b", RUN_STATUS_FAILED, "Update everything", 10 * MINUTE);
    runs[1].cost_usd = 1.5;
    runs[1].model = mem_dup("anthropic/claude");
    runs[1].input_tokens = 10;
    runs[1].output_tokens = 1;
    runs[1].error_message = mem_dup("Disk full");
    runs[2] = world_run("c", RUN_STATUS_COMPLETED, "fix the docs", 20 * MINUTE);
    runs[2].cost_usd = 0.2;
    runs[2].input_tokens = 1000;
    runs[2].output_tokens = -1;
    runs[3] = world_run("d", RUN_STATUS_COMPLETED, NULL, 30 * MINUTE);
    runs[3].duration_ms = -1;
    runs[4] = world_run("e", RUN_STATUS_COMPLETED, "make test", 40 * MINUTE);
    runs[4].type = RUN_TYPE_SHELL;
    runs[4].duration_ms = 20;
    for (int i = 0; i < RUNS; i++) {
        if (i != 1 && i != 2)
            runs[i].cost_usd = -1, runs[i].input_tokens = runs[i].output_tokens = -1;
        if (i != 4)
            runs[i].type = RUN_TYPE_AGENT;
    }
    return 0;
}

static int free_runs(void **state)
{
    (void)state;
    for (int i = 0; i < RUNS; i++)
        run_done(&runs[i]);
    return 0;
}

static void expect(struct runlist *list, const char *want)
{
    char have[RUNS + 1] = "";
    runlist_update(list, runs, RUNS, WORLD_WALL);
    for (size_t i = 0; i < list->count; i++)
        have[i] = runs[list->rows[i]].id[0];
    assert_string_equal(have, want);
}

static void orders(void **state)
{
    (void)state;
    static const struct {
        enum runlist_sort sort;
        const char *want, *reversed;
    } cases[] = {
        {RUNLIST_BY_START, "abcde", "edcba"}, {RUNLIST_BY_STATUS, "abcde", "cdeba"},
        {RUNLIST_BY_TOOK, "abced", "ebcad"}, /* d is not known and stays last */
        {RUNLIST_BY_COST, "bcade", "cbade"},  {RUNLIST_BY_TOKENS, "cbade", "bcade"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct runlist list = {.sort = cases[i].sort};
        expect(&list, cases[i].want);
        list.reverse = true;
        expect(&list, cases[i].reversed);
        assert_true(runlist_sort_name(cases[i].sort)[0] != '\0');
        runlist_done(&list);
    }
}

static void filters(void **state)
{
    (void)state;
    static const struct {
        const char *typed, *want;
    } cases[] = {
        {"", "abcde"},    {"fix", "ac"},     {"Fix", "a"},          {"!fix", "bde"},  {"~^fix", "ac"},
        {"disk", "b"},    {"s:failed", "b"}, {"!s:comp", "ab"},     {"t:shell", "e"}, {"m:anthropic", "b"},
        {"fix s:r", "a"}, {"e", "abce"},     {"nothing of it", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct err err;
        struct runlist list = {.filter = run_filter_new(cases[i].typed, &err)};
        assert_non_null(list.filter);
        expect(&list, cases[i].want);
        runlist_done(&list);
    }
}

static void a_filter_that_is_wrong_says_so(void **state)
{
    (void)state;
    struct err err = {0};
    assert_null(run_filter_new("~(", &err));
    assert_int_equal(err.kind, ERR_USAGE);
    assert_null(run_filter_new("a a a a a a a a a a a a a a a a a", &err));
    assert_non_null(strstr(err.text, "16"));
}

/* A run that could not be read says why in its row: no filter hides that. */
static void unreadable_runs_are_always_shown(void **state)
{
    (void)state;
    struct err err;
    struct runlist list = {.filter = run_filter_new("s:failed", &err)};
    runs[3].unreadable = true;
    expect(&list, "bd");
    runs[3].unreadable = false;
    runlist_done(&list);
}

static void figures(void **state)
{
    (void)state;
    assert_int_equal(run_took(&runs[0], WORLD_WALL), MINUTE);
    assert_int_equal(run_took(&runs[0], WORLD_WALL - 10 * MINUTE), 0); /* their clock is ahead */
    assert_int_equal(run_took(&runs[3], WORLD_WALL), -1);
    assert_int_equal(run_tokens(&runs[0]), -1);
    assert_int_equal(run_tokens(&runs[1]), 11);
    assert_int_equal(run_tokens(&runs[2]), 1000);
    assert_string_equal(run_type_text(&runs[4]), "shell");
    assert_string_equal(run_status_text(&runs[1]), "failed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders),
        cmocka_unit_test(filters),
        cmocka_unit_test(a_filter_that_is_wrong_says_so),
        cmocka_unit_test(unreadable_runs_are_always_shown),
        cmocka_unit_test(figures),
    };
    return cmocka_run_group_tests(tests, make_runs, free_runs);
}
