/* Sums of money and tokens: to the cent, by day and hour, by box and label, and what is not known. */
#include "client/base/mem.h"
#include "tests/support/world.h"
#include "tui/ledger.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { MINUTE = 60 * 1000, HOUR = 60 * MINUTE };

static void apply(struct store *store, struct event *event)
{
    store_apply(store, event);
    event_free(event);
}

/* A run that ended `age_ms` ago, or runs. */
static struct run paid(const char *id, int64_t age_ms, double cost, double compute, int64_t tokens)
{
    struct run run = world_run(id, age_ms < 0 ? RUN_STATUS_RUNNING : RUN_STATUS_COMPLETED, "work",
                               age_ms < 0 ? MINUTE : age_ms);
    run.completed_at = age_ms < 0 ? 0 : WORLD_WALL - age_ms;
    run.cost_usd = cost;
    run.compute_cost_usd = compute;
    run.input_tokens = tokens;
    run.output_tokens = tokens < 0 ? -1 : 1;
    run.cached_input_tokens = -1;
    return run;
}

static char **labels_of(const char *first, const char *second)
{
    char **labels = mem_zalloc(2, sizeof *labels);
    labels[0] = mem_dup(first);
    labels[1] = mem_dup(second);
    return labels;
}

/* a: two labels, runs known; b: one label, runs known; c: never asked. */
static void fill(struct store *store)
{
    struct box boxes[] = {world_box("a", "alpha", BOX_STATUS_IDLE), world_box("b", "beta", BOX_STATUS_IDLE),
                          world_box("c", "gamma", BOX_STATUS_IDLE)};
    boxes[0].labels = labels_of("prod", "web");
    boxes[0].label_count = 2;
    boxes[0].compute_cost_usd = 1;
    boxes[0].token_cost_usd = 2;
    boxes[1].labels = labels_of("prod", NULL);
    boxes[1].label_count = 1;
    store_init(store);
    apply(store, world_list(boxes, 3));
    struct run of_a[] = {paid("a1", 10 * MINUTE, 0.10, 0.01, 100), paid("a2", 3 * HOUR, 0.20, -1, 200),
                         paid("a3", 30 * HOUR, 5.00, 0.50, 300)};
    struct run of_b[] = {paid("b1", -1, 0, 0, -1), paid("b2", 20 * MINUTE, 0.30, 0.03, 400)};
    apply(store, world_runs("a", of_a, 3));
    apply(store, world_runs("b", of_b, 2));
}

static void money(double have, const char *want)
{
    char text[32];
    snprintf(text, sizeof text, "%.9f", have);
    assert_string_equal(text, want);
}

static void sums_by_day_and_hour(void **state)
{
    (void)state;
    struct store store;
    struct ledger ledger = {0};
    fill(&store);
    ledger_make(&ledger, &store, WORLD_WALL, true); /* 11:20 UTC */
    assert_string_equal(ledger.day, "2026-02-23");
    money(ledger_cost(&ledger.today), "0.600000000");
    money(ledger_cost(&ledger.hour), "0.400000000");
    money(ledger_cost(&ledger.all), "5.600000000");
    money(ledger_compute(&ledger.today), "0.040000000");
    assert_int_equal(ledger.today.runs, 4);
    assert_int_equal(ledger.today.running, 1);
    assert_int_equal(ledger.today.cost_unknown, 1); /* the one that runs says 0: not billed yet */
    assert_int_equal(ledger.today.compute_unknown, 2);
    assert_int_equal(ledger.today.tokens_unknown, 1);
    assert_int_equal(ledger_tokens(&ledger.today), 100 + 1 + 200 + 1 + 400 + 1);
    assert_int_equal(ledger.boxes, 3);
    assert_int_equal(ledger.boxes_known, 2);
    money(ledger.service_compute_usd, "1.000000000");
    money(ledger.service_token_usd, "2.000000000");
    money(ledger.hours[LEDGER_HOURS - 1], "0.400000000");
    money(ledger.hours[LEDGER_HOURS - 4], "0.200000000");
    money(ledger.hours[0], "0.000000000");
    ledger_done(&ledger);
    store_done(&store);
}

static void sums_by_box_and_label(void **state)
{
    (void)state;
    struct store store;
    struct ledger ledger = {0};
    fill(&store);
    ledger_make(&ledger, &store, WORLD_WALL, true);
    assert_int_equal(ledger.row_count, 3);
    assert_string_equal(ledger.rows[0].name, "alpha"); /* both 0.30 today: all runs decide */
    assert_string_equal(ledger.rows[1].name, "beta");
    money(ledger_cost(&ledger.rows[0].today), "0.300000000");
    money(ledger.rows[0].service_usd, "3.000000000");
    assert_true(ledger.rows[0].known);
    assert_false(ledger.rows[2].known);
    assert_true(ledger.rows[2].service_usd < 0);
    assert_int_equal(ledger.label_count, 2);
    assert_string_equal(ledger.labels[0].name, "prod");
    money(ledger_cost(&ledger.labels[0].today), "0.600000000");
    assert_string_equal(ledger.labels[1].name, "web");
    money(ledger_cost(&ledger.labels[1].today), "0.300000000");
    ledger_done(&ledger);
    store_done(&store);
}

/* A tenth of a cent a thousand times is a dollar, not 0.9999999999999. */
static void sums_are_exact(void **state)
{
    (void)state;
    enum { RUNS = 1000 };
    struct store store;
    struct ledger ledger = {0};
    struct box box = world_box("a", NULL, BOX_STATUS_IDLE);
    store_init(&store);
    apply(&store, world_list(&box, 1));
    struct run *runs = mem_zalloc(RUNS, sizeof *runs);
    for (int i = 0; i < RUNS; i++)
        runs[i] = paid("r", MINUTE, 0.001, -1, 1);
    apply(&store, world_runs("a", runs, RUNS));
    free(runs);
    ledger_make(&ledger, &store, WORLD_WALL, true);
    assert_int_equal(ledger.all.cost_nano, 1000000000);
    assert_true(ledger_cost(&ledger.all) == 1.0);
    assert_true(ledger_compute(&ledger.all) < 0); /* nobody told: unknown, not nothing */
    ledger_done(&ledger);
    store_done(&store);
}

static void nothing_costs_nothing(void **state)
{
    (void)state;
    struct store store;
    struct ledger ledger = {0};
    store_init(&store);
    ledger_make(&ledger, &store, WORLD_WALL, false);
    money(ledger_cost(&ledger.today), "0.000000000");
    assert_int_equal(ledger_tokens(&ledger.today), 0);
    assert_true(ledger.service_compute_usd < 0);
    ledger_done(&ledger);
    store_done(&store);
}

static void the_day_begins_at_midnight(void **state)
{
    (void)state;
    assert_int_equal(ledger_midnight(WORLD_WALL, true), WORLD_WALL - 11 * HOUR - 20 * MINUTE);
    setenv("TZ", "TST-13", 1); /* 13 hours ahead: it is 00:20 of the next day there */
    tzset();
    assert_int_equal(ledger_midnight(WORLD_WALL, false), WORLD_WALL - 20 * MINUTE);
    /* Days of 23 and of 25 hours. */
    setenv("TZ", "EST5EDT,M3.2.0,M11.1.0", 1);
    tzset();
    assert_int_equal(ledger_midnight(1772985600000, false), 1772946000000); /* 2026-03-08 12:00 EDT */
    assert_int_equal(ledger_midnight(1793552400000, false), 1793505600000); /* 2026-11-01 12:00 EST */
    /* A zone whose clocks go from 23:59 to 01:00: the day begins at 01:00. */
    setenv("TZ", "CST5CDT,M3.2.0/0,M11.1.0/1", 1);
    tzset();
    assert_int_equal(ledger_midnight(1772985600000, false), 1772946000000);
    assert_int_equal(ledger_midnight(1772946000000, false), 1772946000000);
    assert_int_equal(ledger_midnight(1772945999000, false), 1772859600000); /* a second before */
    unsetenv("TZ");
    tzset();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_by_day_and_hour),
        cmocka_unit_test(sums_by_box_and_label),
        cmocka_unit_test(sums_are_exact),
        cmocka_unit_test(nothing_costs_nothing),
        cmocka_unit_test(the_day_begins_at_midnight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
