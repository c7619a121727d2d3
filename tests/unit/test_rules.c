/* What needs a person: each rule, on both sides of its limit, each event exactly once; what was seen stays
 * seen. */
#include "client/base/mem.h"
#include "tests/support/world.h"
#include "tui/acks.h"
#include "tui/rules.h"

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

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };
static const int64_t DAY = 24 * (int64_t)HOUR;

/* A world with one box, and what the rules find in it. */
struct scene {
    struct store store;
    struct jobs jobs;
    struct rules_limits limits;
    struct notices notices;
    int64_t later_ms; /* since WORLD_WALL */
};

static void apply(struct scene *scene, struct event *event)
{
    store_apply(&scene->store, event);
    event_free(event);
}

static void begin(struct scene *scene, struct box box)
{
    *scene = (struct scene){0};
    store_init(&scene->store);
    rules_limits_init(&scene->limits);
    apply(scene, world_list(&box, 1));
}

static void look(struct scene *scene)
{
    struct ledger ledger = {0};
    int64_t wall_ms = WORLD_WALL + scene->later_ms, now_ms = WORLD_NOW + scene->later_ms;
    ledger_make(&ledger, &scene->store, wall_ms, true);
    rules_find(&scene->notices, &scene->store, &scene->jobs, &ledger, &scene->limits, wall_ms, now_ms);
    ledger_done(&ledger);
}

static void end(struct scene *scene)
{
    notices_done(&scene->notices);
    jobs_done(&scene->jobs);
    store_done(&scene->store);
}

/* The keys of all notices, one a line. */
static void expect(struct scene *scene, const char *want)
{
    char have[1000] = "";
    look(scene);
    for (size_t i = 0; i < scene->notices.count; i++) {
        strcat(have, i > 0 ? "\n" : "");
        strcat(have, scene->notices.items[i].key);
    }
    assert_string_equal(have, want);
}

static void add_runs(struct scene *scene, struct run first, struct run second)
{
    struct run runs[] = {first, second};
    apply(scene, world_runs("a", runs, second.id != NULL ? 2 : 1));
}

static void add_line(struct scene *scene, const char *text, enum log_level level, int64_t age_ms)
{
    struct log_line line = world_line(text, level, age_ms);
    apply(scene, world_logs("a", LOG_JOIN_APPEND, &line, 1));
}

/* ---- a box ---- */

static void boxes_by_state_and_age(void **state)
{
    (void)state;
    const struct {
        enum box_status status;
        bool keep_alive;
        int64_t unused_ms;
        double cost, limit;
        const char *want;
    } cases[] = {
        {BOX_STATUS_IDLE, false, 100 * DAY, 0, -1, ""},
        {BOX_STATUS_IDLE, true, 3 * DAY - 1, 0, -1, ""},
        {BOX_STATUS_IDLE, true, 3 * DAY, 0, -1, "idle a"},
        {BOX_STATUS_RUNNING, true, 9 * DAY, 0, -1, ""},
        {BOX_STATUS_PAUSED, false, 14 * DAY - 1, 0, -1, ""},
        {BOX_STATUS_PAUSED, false, 14 * DAY, 0, -1, "paused a"},
        {BOX_STATUS_ERROR, false, MINUTE, 0, -1, "box-error a"},
        {BOX_STATUS_IDLE, false, MINUTE, 5, 5, ""},
        {BOX_STATUS_IDLE, false, MINUTE, 5.01, 5, "box-limit a 5.00"},
        {BOX_STATUS_IDLE, false, MINUTE, -1, 0, ""}, /* not known is not too much */
        {BOX_STATUS_ERROR, false, MINUTE, 9, 5, "box-error a\nbox-limit a 5.00"},
        {BOX_STATUS_UNKNOWN, true, 100 * DAY, 0, -1, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scene scene;
        struct box box = world_box("a", "alpha", cases[i].status);
        box.keep_alive = cases[i].keep_alive;
        box.last_activity_at = WORLD_WALL - cases[i].unused_ms;
        box.token_cost_usd = cases[i].cost;
        begin(&scene, box);
        scene.limits.box_usd = cases[i].limit;
        expect(&scene, cases[i].want);
        end(&scene);
    }
}

static void a_box_in_error_shows_its_last_error(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, world_box("a", "alpha", BOX_STATUS_ERROR));
    add_line(&scene, "no space left", LOG_LEVEL_ERROR, MINUTE);
    add_line(&scene, "giving up", LOG_LEVEL_INFO, MINUTE);
    look(&scene);
    assert_string_equal(scene.notices.items[0].evidence, "no space left");
    assert_true(scene.notices.items[0].has_line);
    assert_int_equal(scene.notices.items[0].line, 0);
    end(&scene);
}

static void boxes_that_are_gone_or_unreadable(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, world_box("a", "alpha", BOX_STATUS_ERROR));
    apply(&scene, world_gone("a"));
    expect(&scene, "");
    struct box unreadable = world_unreadable("item 3: no id");
    apply(&scene, world_list(&unreadable, 1));
    look(&scene);
    assert_int_equal(scene.notices.count, 1);
    assert_int_equal(scene.notices.items[0].rule, RULE_UNREADABLE);
    assert_string_equal(scene.notices.items[0].box_id, "");
    end(&scene);
}

/* ---- runs ---- */

static void failed_runs_are_news_for_a_day(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, world_box("a", "alpha", BOX_STATUS_IDLE));
    struct run new = world_run("r2", RUN_STATUS_FAILED, "Fix it", HOUR);
    new.error_message = mem_dup("out of credit\nand more");
    add_runs(&scene, new, world_run("r1", RUN_STATUS_FAILED, "Fix it", 23 * HOUR));
    expect(&scene, "run-failed a r2\nrun-failed a r1");
    assert_string_equal(scene.notices.items[0].evidence, "out of credit");
    assert_string_equal(scene.notices.items[1].evidence, "Fix it");
    assert_string_equal(scene.notices.items[0].run_id, "r2");
    /* Asked again, with the same answer, nothing is told twice. */
    add_runs(&scene, world_run("r2", RUN_STATUS_FAILED, "Fix it", HOUR),
             world_run("r1", RUN_STATUS_FAILED, "Fix it", 23 * HOUR));
    expect(&scene, "run-failed a r2\nrun-failed a r1");
    scene.later_ms = 2 * HOUR;
    expect(&scene, "run-failed a r2");
    add_runs(&scene, world_run("r2", RUN_STATUS_CANCELLED, "Fix it", HOUR), (struct run){0});
    expect(&scene, "");
    end(&scene);
}

static void quiet_means_an_open_tool_call(void **state)
{
    (void)state;
    static const struct {
        const char *last;
        int64_t age_ms;
        bool found;
    } cases[] = {
        {"Bash: npm test", 5 * MINUTE - SECOND, false},
        {"Bash: npm test", 5 * MINUTE, true},
        {"Let me think about that", 9 * MINUTE, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scene scene;
        begin(&scene, world_box("a", "alpha", BOX_STATUS_RUNNING));
        add_runs(&scene, world_run("r1", RUN_STATUS_RUNNING, "Fix it", 20 * MINUTE), (struct run){0});
        expect(&scene, ""); /* its log is not known */
        add_line(&scene, cases[i].last, LOG_LEVEL_INFO, cases[i].age_ms);
        look(&scene);
        assert_int_equal(scene.notices.count, cases[i].found);
        if (cases[i].found) {
            assert_int_equal(scene.notices.items[0].rule, RULE_RUN_QUIET);
            assert_string_equal(scene.notices.items[0].evidence, "by its log: Bash npm test, open for 5m00");
            assert_int_equal(scene.notices.items[0].line, 0);
        }
        end(&scene);
    }
}

/* Heard again and quiet again is another event; what is told of the first one says nothing of it. */
static void quiet_again_is_another_event(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, world_box("a", "alpha", BOX_STATUS_RUNNING));
    add_runs(&scene, world_run("r1", RUN_STATUS_RUNNING, "Fix it", 30 * MINUTE), (struct run){0});
    add_line(&scene, "Bash: npm test", LOG_LEVEL_INFO, 10 * MINUTE);
    look(&scene);
    char *first = mem_dup(scene.notices.items[0].key);
    scene.later_ms = 30 * SECOND;
    expect(&scene, first);
    scene.later_ms = 0;
    add_line(&scene, "ok 1", LOG_LEVEL_INFO, 6 * MINUTE);
    look(&scene);
    assert_int_equal(scene.notices.count, 1);
    assert_string_not_equal(scene.notices.items[0].key, first);
    add_line(&scene, "ok 2", LOG_LEVEL_INFO, 0);
    expect(&scene, "");
    free(first);
    end(&scene);
}

static void a_stream_of_ours_tells_exactly(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, world_box("a", "alpha", BOX_STATUS_RUNNING));
    add_runs(&scene, world_run("r1", RUN_STATUS_RUNNING, "Fix it", MINUTE), (struct run){0});
    jobs_add(&scene.jobs, 7, REQUEST_RUN, "a", "Fix it", WORLD_WALL, WORLD_NOW);
    struct event *start = world_item(7, RUN_ITEM_START, NULL);
    free(start->run.run_id);
    start->run.run_id = mem_dup("r1");
    struct event *tool = world_item(7, RUN_ITEM_TOOL, NULL);
    free(tool->run.name);
    tool->run.name = mem_dup("Bash");
    tool->run.at = WORLD_WALL;
    jobs_event(&scene.jobs, start, WORLD_WALL);
    jobs_event(&scene.jobs, tool, WORLD_WALL);
    event_free(start);
    event_free(tool);
    scene.later_ms = 5 * MINUTE - 1;
    expect(&scene, "");
    scene.later_ms = 5 * MINUTE;
    look(&scene);
    assert_int_equal(scene.notices.count, 1);
    assert_false(scene.notices.items[0].has_line);
    char *key = mem_dup(scene.notices.items[0].key);
    scene.later_ms = 8 * MINUTE;
    expect(&scene, key);
    free(key);
    end(&scene);
}

/* ---- the account ---- */

static void a_refused_key_and_a_dear_day(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, world_box("a", "alpha", BOX_STATUS_IDLE));
    struct run run = world_run("r1", RUN_STATUS_COMPLETED, "Fix it", HOUR);
    run.cost_usd = 2.50;
    add_runs(&scene, run, (struct run){0});
    scene.limits.day_usd = 2.50;
    expect(&scene, "");
    scene.limits.day_usd = 2.49;
    expect(&scene, "day-limit 2026-02-23 2.49");
    apply(&scene, world_link(LINK_REFUSED, "401: unknown key"));
    expect(&scene, "key-refused\nday-limit 2026-02-23 2.49");
    assert_string_equal(scene.notices.items[0].evidence, "401: unknown key");
    apply(&scene, world_link(LINK_OFFLINE, "no route"));
    expect(&scene, "day-limit 2026-02-23 2.49");
    end(&scene);
}

enum { ANY_BOXES = 4, ANY_RUNS = 4, ANY_NOTICES = ANY_BOXES * (ANY_RUNS + 3) };

static uint32_t next(uint32_t *random)
{
    return *random = *random * 1664525u + 1013904223u;
}

static const char *any_id(size_t box)
{
    static const char *const ids[ANY_BOXES] = {"a", "b", "c", "d"};
    return ids[box];
}

/* A random world; `backwards` lists its boxes in the other order. */
static void fill_at_random(struct scene *scene, uint32_t random, bool backwards)
{
    static const enum run_status statuses[] = {RUN_STATUS_RUNNING, RUN_STATUS_FAILED, RUN_STATUS_COMPLETED,
                                               RUN_STATUS_CANCELLED};
    struct box boxes[ANY_BOXES];
    for (size_t i = 0; i < ANY_BOXES; i++) {
        uint32_t any = next(&random);
        struct box *box = &boxes[backwards ? ANY_BOXES - 1 - i : i];
        *box = world_box(any_id(i), NULL, (enum box_status)((any >> 29) % BOX_STATUS_DELETED));
        box->last_activity_at = WORLD_WALL - (int64_t)(any >> 16 & 31) * DAY;
        box->token_cost_usd = (any >> 12 & 3) * 0.5;
        box->keep_alive = (any >> 10 & 1) != 0;
    }
    apply(scene, world_list(boxes, ANY_BOXES));
    for (size_t i = 0; i < ANY_BOXES; i++) {
        struct run runs[ANY_RUNS];
        for (size_t k = 0; k < ANY_RUNS; k++) {
            char run_id[8];
            uint32_t any = next(&random);
            snprintf(run_id, sizeof run_id, "r%s%zu", any_id(i), k);
            runs[k] = world_run(run_id, statuses[any >> 30], "go", (int64_t)(any >> 16 & 63) * HOUR);
        }
        apply(scene, world_runs(any_id(i), runs, ANY_RUNS));
        struct log_line line =
            world_line("Bash: make", LOG_LEVEL_INFO, (int64_t)(next(&random) >> 24) * MINUTE / 8);
        apply(scene, world_logs(any_id(i), LOG_JOIN_RESET, &line, 1));
    }
}

static size_t find_keys(uint32_t seed, bool backwards, char keys[ANY_NOTICES][NOTICE_KEY])
{
    struct scene scene = {0};
    store_init(&scene.store);
    rules_limits_init(&scene.limits);
    scene.limits.box_usd = 1;
    fill_at_random(&scene, seed, backwards);
    look(&scene);
    look(&scene);
    size_t count = scene.notices.count;
    assert_true(count <= ANY_NOTICES);
    for (size_t i = 0; i < count; i++)
        memcpy(keys[i], scene.notices.items[i].key, NOTICE_KEY);
    end(&scene);
    return count;
}

/* Random worlds, told twice in another order of boxes: each event has one notice, with the same identity. */
static void each_event_is_one_notice(void **state)
{
    (void)state;
    enum { ROUNDS = 300 };
    size_t notices = 0;
    for (uint32_t seed = 1; seed <= ROUNDS; seed++) {
        char first[ANY_NOTICES][NOTICE_KEY], again[ANY_NOTICES][NOTICE_KEY];
        size_t count = find_keys(seed * 7919, false, first);
        assert_int_equal(find_keys(seed * 7919, true, again), count);
        notices += count;
        for (size_t i = 0; i < count; i++) {
            size_t same = 0, there = 0;
            for (size_t k = 0; k < count; k++) {
                same += strcmp(first[i], first[k]) == 0;
                there += strcmp(first[i], again[k]) == 0;
            }
            if (same != 1 || there != 1)
                fail_msg("world %u: \"%s\" is told %zu times, then %zu", seed, first[i], same, there);
        }
    }
    assert_true(notices > ROUNDS);
}

static void settings(void **state)
{
    (void)state;
    struct rules_limits limits;
    struct err err = {0};
    rules_limits_init(&limits);
    assert_true(rules_limits_set(&limits, "box_limit_usd", "2.5", &err) && limits.box_usd == 2.5);
    assert_true(rules_limits_set(&limits, "day_limit_usd", "0", &err) && limits.day_usd == 0);
    assert_true(rules_limits_set(&limits, "day_limit_usd", "off", &err) && limits.day_usd < 0);
    assert_true(rules_limits_set(&limits, "quiet_minutes", "0.5", &err) && limits.quiet_ms == 30 * SECOND);
    assert_true(rules_limits_set(&limits, "paused_days", "30", &err) && limits.paused_ms == 30 * DAY);
    assert_true(rules_limits_set(&limits, "idle_days", "off", &err) && limits.idle_ms < 0);
    static const char *const bad[] = {"", "x", "-1", "1x", "nan", "inf", "1e9"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(rules_limits_set(&limits, "day_limit_usd", bad[i], &err));
    assert_false(rules_limits_set(&limits, "box_limit", "1", &err));
    assert_non_null(strstr(err.text, "box_limit_usd"));
}

static void an_event_that_can_come_again_is_forgotten_when_it_is_over(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, world_box("a", "alpha", BOX_STATUS_ERROR));
    look(&scene);
    assert_false(rules_is_over(&scene.notices, &scene.store, "box-error a"));
    assert_true(rules_is_over(&scene.notices, &scene.store, "paused a"));
    assert_true(rules_is_over(&scene.notices, &scene.store, "key-refused"));
    assert_false(rules_is_over(&scene.notices, &scene.store, "run-failed a r1")); /* it comes once */
    apply(&scene, world_one(world_box("a", "alpha", BOX_STATUS_IDLE)));
    look(&scene);
    assert_true(rules_is_over(&scene.notices, &scene.store, "box-error a"));
    end(&scene);
    struct store empty; /* before the first list nothing is known to be over */
    store_init(&empty);
    assert_false(rules_is_over(&scene.notices, &empty, "box-error a"));
    store_done(&empty);
}

/* ---- what was seen ---- */

static void seen_and_put_off(void **state)
{
    (void)state;
    struct acks acks = {0};
    acks_set(&acks, "run-failed a r1", 0, WORLD_WALL);
    acks_set(&acks, "box-error b", WORLD_WALL + HOUR, WORLD_WALL);
    assert_int_equal(acks_state(&acks, "run-failed a r1", WORLD_WALL + 9 * DAY), ACK_SEEN);
    assert_int_equal(acks_state(&acks, "box-error b", WORLD_WALL + HOUR - 1), ACK_SNOOZED);
    assert_int_equal(acks_state(&acks, "box-error b", WORLD_WALL + HOUR), ACK_NONE);
    assert_int_equal(acks_state(&acks, "run-failed a", WORLD_WALL), ACK_NONE);
    acks_set(&acks, "box-error b", 0, WORLD_WALL);
    assert_int_equal(acks.count, 2);
    acks_remove(&acks, "box-error b");
    assert_int_equal(acks_state(&acks, "box-error b", WORLD_WALL), ACK_NONE);
    for (int i = 0; i <= ACKS_MAX; i++) {
        char key[32];
        snprintf(key, sizeof key, "run-failed a %d", i);
        acks_set(&acks, key, 0, WORLD_WALL);
    }
    assert_int_equal(acks.count, ACKS_MAX);
    assert_int_equal(acks_state(&acks, "run-failed a r1", WORLD_WALL), ACK_NONE); /* the oldest went */
    acks_done(&acks);
}

static void what_was_seen_survives_a_restart(void **state)
{
    (void)state;
    char folder[] = "/tmp/boxtop-acks.XXXXXX";
    assert_non_null(mkdtemp(folder));
    char *path = mem_format("%s/state/attention.json", folder);
    struct acks acks = {0};
    struct err err;
    acks_load(&acks, path, WORLD_WALL);
    assert_int_equal(acks.count, 0);
    acks_set(&acks, "run-failed a r1", 0, WORLD_WALL);
    acks_set(&acks, "box-error \"b\"", WORLD_WALL + HOUR, WORLD_WALL);
    acks_set(&acks, "old", 0, WORLD_WALL - 61 * DAY);
    assert_true(acks.changed && acks_save(&acks, path, &err) && !acks.changed);
    struct stat about;
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    acks_load(&acks, path, WORLD_WALL);
    assert_int_equal(acks.count, 2);
    assert_int_equal(acks_state(&acks, "run-failed a r1", WORLD_WALL), ACK_SEEN);
    assert_int_equal(acks_state(&acks, "box-error \"b\"", WORLD_WALL), ACK_SNOOZED);
    assert_int_equal(truncate(path, 20), 0);
    acks_load(&acks, path, WORLD_WALL);
    assert_int_equal(acks.count, 0);
    acks_done(&acks);
    unlink(path);
    free(path);
    path = mem_format("%s/state", folder);
    rmdir(path);
    free(path);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boxes_by_state_and_age),
        cmocka_unit_test(a_box_in_error_shows_its_last_error),
        cmocka_unit_test(boxes_that_are_gone_or_unreadable),
        cmocka_unit_test(failed_runs_are_news_for_a_day),
        cmocka_unit_test(quiet_means_an_open_tool_call),
        cmocka_unit_test(quiet_again_is_another_event),
        cmocka_unit_test(a_stream_of_ours_tells_exactly),
        cmocka_unit_test(a_refused_key_and_a_dear_day),
        cmocka_unit_test(each_event_is_one_notice),
        cmocka_unit_test(settings),
        cmocka_unit_test(an_event_that_can_come_again_is_forgotten_when_it_is_over),
        cmocka_unit_test(seen_and_put_off),
        cmocka_unit_test(what_was_seen_survives_a_restart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
