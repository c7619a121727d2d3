/* Which boxes the list shows, in which order, and which of them want a person. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "client/base/mem.h"
#include "tests/support/world.h"
#include "tui/roster.h"

enum { MINUTE = 60 * 1000, HOUR = 60 * MINUTE };

static const struct jobs no_jobs;
static const struct rules_ears ears = {&no_jobs, 5 * MINUTE, WORLD_WALL, WORLD_NOW};

static void apply(struct store *store, struct event *event)
{
    store_apply(store, event);
    event_free(event);
}

static void fill(struct store *store)
{
    struct box boxes[] = {
        world_box("p", "pasta", BOX_STATUS_PAUSED), world_box("e", "Egg", BOX_STATUS_ERROR),
        world_box("r", "rice", BOX_STATUS_RUNNING), world_box("i", "ice", BOX_STATUS_IDLE),
        world_box("c", NULL, BOX_STATUS_CREATING),  world_box("i2", "ice", BOX_STATUS_IDLE),
    };
    for (size_t i = 0; i < 6; i++) {
        boxes[i].created_at = WORLD_WALL - (int64_t)(i + 1) * HOUR;
        boxes[i].last_activity_at = WORLD_WALL - (int64_t)(7 - i) * HOUR;
    }
    boxes[0].token_cost_usd = 2;
    boxes[2].compute_cost_usd = 3;
    store_init(store);
    apply(store, world_list(boxes, 6));
}

static void expect(struct roster *roster, const struct store *store, const char *ids)
{
    roster_update(roster, store, &ears);
    char have[256] = "";
    for (size_t i = 0; i < roster->count; i++) {
        strcat(have, i > 0 ? " " : "");
        strcat(have, roster->rows[i].box->id);
    }
    assert_string_equal(have, ids);
}

static void test_orders(void **state)
{
    (void)state;
    const struct {
        enum roster_sort sort;
        const char *name, *ids, *reversed;
    } cases[] = {
        {SORT_ATTENTION, "attention", "e r c i i2 p", "p i i2 c r e"},
        {SORT_NAME, "name", "c e i i2 p r", "r p i i2 e c"},
        {SORT_STATUS, "status", "c e i i2 p r", "r p i i2 e c"},
        {SORT_AGE, "age", "p e r i c i2", "i2 c i r e p"},
        {SORT_LAST, "last", "i2 c i r e p", "p e r i c i2"},
        {SORT_COST, "cost", "r p c e i i2", "c e i i2 p r"},
    };
    struct store store;
    fill(&store);
    struct roster roster = {0};
    for (size_t i = 0; i < SORT_COUNT; i++) {
        assert_string_equal(roster_sort_name(cases[i].sort), cases[i].name);
        roster.sort = cases[i].sort;
        roster.reverse = false;
        roster_touch(&roster);
        expect(&roster, &store, cases[i].ids);
        roster.reverse = true;
        roster_touch(&roster);
        expect(&roster, &store, cases[i].reversed);
    }
    roster_done(&roster);
    store_done(&store);
}

static void test_updates(void **state)
{
    (void)state;
    struct store store;
    fill(&store);
    struct roster roster = {0};
    assert_true(roster_update(&roster, &store, &ears));
    assert_false(roster_update(&roster, &store, &ears));
    assert_int_equal(roster_find(&roster, "e"), 0);
    assert_int_equal(roster_find(&roster, "nobody"), -1);
    assert_int_equal(roster_find(&roster, NULL), -1);
    apply(&store, world_link(LINK_OK, NULL));
    assert_false(roster_update(&roster, &store, &ears));
    apply(&store, world_gone("e"));
    assert_true(roster_update(&roster, &store, &ears));
    assert_int_equal(roster_find(&roster, "e"), 5);
    roster_done(&roster);
    store_done(&store);
}

static void test_filter_and_deleted(void **state)
{
    (void)state;
    struct store store;
    fill(&store);
    struct roster roster = {0};
    roster_set_filter(&roster, filter_new("ice", NULL));
    expect(&roster, &store, "r i i2");
    assert_int_equal(roster.total, 6);
    roster_set_filter(&roster, filter_new("nothing has this", NULL));
    expect(&roster, &store, "");
    roster_set_filter(&roster, NULL);
    struct box deleted[] = {world_box("x", "xenon", BOX_STATUS_DELETED),
                            world_box("a", "argon", BOX_STATUS_DELETED)};
    apply(&store, world_deleted(deleted, 2));
    roster.deleted = true;
    roster_touch(&roster);
    expect(&roster, &store, "a x");
    assert_null(roster.rows[0].entry);
    roster_done(&roster);
    store_done(&store);
}

/* What cannot be read is shown whatever the filter says, so that it is not overlooked. */
static void test_unreadable_rows(void **state)
{
    (void)state;
    struct store store;
    store_init(&store);
    struct box boxes[] = {world_box("a", NULL, BOX_STATUS_IDLE), world_unreadable("box 2: no id"),
                          world_unreadable("box 3: no id")};
    apply(&store, world_list(boxes, 3));
    struct roster roster = {0};
    roster_set_filter(&roster, filter_new("zzz", NULL));
    assert_true(roster_update(&roster, &store, &ears));
    assert_int_equal(roster.count, 2);
    assert_true(roster.rows[0].box->unreadable && roster.rows[1].box->unreadable);
    roster_done(&roster);
    store_done(&store);
}

struct mood_case {
    enum box_status box;
    bool has_run;
    enum run_status run;
    int64_t run_age;  /* ms */
    int64_t line_age; /* ms, -1 for no log; the line announces a call */
    enum run_mood mood;
    int rank;
};

static const struct mood_case moods[] = {
    {BOX_STATUS_IDLE, false, 0, 0, -1, MOOD_NONE, 5},
    {BOX_STATUS_PAUSED, false, 0, 0, -1, MOOD_NONE, 6},
    {BOX_STATUS_CREATING, false, 0, 0, -1, MOOD_NONE, 4},
    {BOX_STATUS_UNKNOWN, false, 0, 0, -1, MOOD_NONE, 7},
    {BOX_STATUS_DELETED, false, 0, 0, -1, MOOD_NONE, 8},
    {BOX_STATUS_ERROR, false, 0, 0, -1, MOOD_NONE, 0},
    {BOX_STATUS_RUNNING, false, 0, 0, -1, MOOD_RUNNING, ROSTER_CALM},
    {BOX_STATUS_RUNNING, true, RUN_STATUS_RUNNING, HOUR, -1, MOOD_RUNNING, ROSTER_CALM},
    {BOX_STATUS_RUNNING, true, RUN_STATUS_RUNNING, HOUR, 5 * MINUTE - 1000, MOOD_RUNNING, ROSTER_CALM},
    {BOX_STATUS_RUNNING, true, RUN_STATUS_RUNNING, HOUR, 5 * MINUTE, MOOD_QUIET, 2},
    {BOX_STATUS_IDLE, true, RUN_STATUS_FAILED, 30 * MINUTE, -1, MOOD_FAILED, 1},
    {BOX_STATUS_IDLE, true, RUN_STATUS_FAILED, 2 * HOUR, -1, MOOD_FAILED, 5},
    {BOX_STATUS_ERROR, true, RUN_STATUS_FAILED, 2 * HOUR, -1, MOOD_FAILED, 0},
    {BOX_STATUS_IDLE, true, RUN_STATUS_CANCELLED, MINUTE, -1, MOOD_CANCELLED, 5},
    {BOX_STATUS_IDLE, true, RUN_STATUS_COMPLETED, MINUTE, -1, MOOD_DONE, 5},
    {BOX_STATUS_IDLE, true, RUN_STATUS_SKIPPED, MINUTE, -1, MOOD_DONE, 5},
    {BOX_STATUS_IDLE, true, RUN_STATUS_UNKNOWN, MINUTE, -1, MOOD_NONE, 5},
};

static void test_moods(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof moods / sizeof moods[0]; i++) {
        const struct mood_case *c = &moods[i];
        struct store store;
        store_init(&store);
        struct box box = world_box("b", NULL, c->box);
        apply(&store, world_list(&box, 1));
        if (c->has_run) {
            struct run run = world_run("r", c->run, "go", c->run_age);
            apply(&store, world_runs("b", &run, 1));
        }
        if (c->line_age >= 0) {
            struct log_line line = world_line("Bash: make", LOG_LEVEL_INFO, c->line_age);
            apply(&store, world_logs("b", LOG_JOIN_RESET, &line, 1));
        }
        int64_t since;
        enum run_mood mood = roster_mood(store_find(&store, "b"), &ears, &since);
        int rank = roster_rank(store_find(&store, "b"), &ears);
        if (mood != c->mood || rank != c->rank)
            fail_msg("case %zu: mood %d, rank %d", i, (int)mood, rank);
        if (mood == MOOD_QUIET)
            assert_int_equal(since, WORLD_WALL - c->line_age);
        store_done(&store);
    }
    int64_t since;
    assert_int_equal(roster_mood(NULL, &ears, &since), MOOD_NONE);
    assert_true(roster_rank(NULL, &ears) > ROSTER_CALM);
}

/* A log that is no longer followed says nothing about silence; a run that was running when it was asked for,
 * in a box that is idle now, has ended. */
static void test_moods_of_old_knowledge(void **state)
{
    (void)state;
    struct store store;
    store_init(&store);
    struct box box = world_box("b", NULL, BOX_STATUS_RUNNING);
    apply(&store, world_list(&box, 1));
    struct run run = world_run("r", RUN_STATUS_RUNNING, "go", HOUR);
    apply(&store, world_runs("b", &run, 1));
    struct log_line line = world_line("Bash: make", LOG_LEVEL_INFO, 30 * MINUTE);
    apply(&store, world_logs("b", LOG_JOIN_RESET, &line, 1));
    struct store_box *entry = store_find(&store, "b");
    int64_t since;
    assert_int_equal(roster_mood(entry, &ears, &since), MOOD_QUIET);
    entry->seen_ms = entry->logs_ms + 2 * MINUTE;
    assert_int_equal(roster_mood(entry, &ears, &since), MOOD_RUNNING);
    entry->box.status = BOX_STATUS_IDLE;
    assert_int_equal(roster_mood(entry, &ears, &since), MOOD_NONE);
    store_done(&store);
}

/* The list tells of the run that goes on, also when a newer one is over; of those that go on, of the quiet
 * one; and what cannot be read tells nothing. */
static void test_which_run_is_told_of(void **state)
{
    (void)state;
    struct store store;
    int64_t since;
    store_init(&store);
    struct box box = world_box("b", NULL, BOX_STATUS_RUNNING);
    apply(&store, world_list(&box, 1));
    struct run runs[] = {world_run("", RUN_STATUS_FAILED, "unreadable", 0),
                         world_run("r3", RUN_STATUS_FAILED, "go", MINUTE),
                         world_run("r2", RUN_STATUS_RUNNING, "go", 2 * MINUTE),
                         world_run("r1", RUN_STATUS_RUNNING, "go", 2 * HOUR)};
    runs[0].unreadable = true;
    apply(&store, world_runs("b", runs, 4));
    const struct store_box *entry = store_find(&store, "b");
    assert_int_equal(roster_mood(entry, &ears, &since), MOOD_RUNNING);
    assert_int_equal(since, WORLD_WALL - 2 * MINUTE);
    struct log_line line = world_line("Bash: make", LOG_LEVEL_INFO, HOUR);
    apply(&store, world_logs("b", LOG_JOIN_RESET, &line, 1)); /* before r2 began: it is r1 that waits */
    assert_int_equal(roster_mood(entry, &ears, &since), MOOD_QUIET);
    assert_int_equal(since, WORLD_WALL - HOUR);
    store_done(&store);
}

/* An agent that thinks says nothing for long, and is not quiet: no call is open. */
static void test_thinking_is_not_quiet(void **state)
{
    (void)state;
    struct store store;
    int64_t since;
    store_init(&store);
    struct box box = world_box("b", NULL, BOX_STATUS_RUNNING);
    apply(&store, world_list(&box, 1));
    struct run run = world_run("r", RUN_STATUS_RUNNING, "go", HOUR);
    apply(&store, world_runs("b", &run, 1));
    struct log_line line = world_line("Let me see", LOG_LEVEL_INFO, 30 * MINUTE);
    apply(&store, world_logs("b", LOG_JOIN_RESET, &line, 1));
    assert_int_equal(roster_mood(store_find(&store, "b"), &ears, &since), MOOD_RUNNING);
    store_done(&store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_orders),
        cmocka_unit_test(test_updates),
        cmocka_unit_test(test_filter_and_deleted),
        cmocka_unit_test(test_unreadable_rows),
        cmocka_unit_test(test_moods),
        cmocka_unit_test(test_moods_of_old_knowledge),
        cmocka_unit_test(test_which_run_is_told_of),
        cmocka_unit_test(test_thinking_is_not_quiet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
