/* What needs a person, and money: the pictures of both pages, and what their keys do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "client/base/mem.h"
#include "tests/screens/console.h"
#include "tui/views.h"

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };

/* A picture of a large screen is a long string. */
#pragma GCC diagnostic ignored "-Woverlength-strings"

/* clang-format off */

static void test_the_queue(void **state)
{
    (void)state;
    console_filled_shows(console_fill_runs, 24, 80, "@",
        " boxtop  1 box: 1 run  box.example                                        ok 1s\n"
        "┌─ 1 Boxes  active  sort: attention ───────────────────────────────────── 1/1 ─┐\n"
        "│  S NAME               STATUS   RUN        RUNTIME   AGENT     AGE LAST   COST│\n"
        "│> R nightly-tests      running  run 4m     node      claude-…   2h  60s      -│\n"
        "│                                                                              │\n"
        "│                                                                              │\n"
        "│                                                                              │\n"
        "│                                                                              │\n"
        "└──────────────────────────────────────────────────────────────────────────────┘\n"
        "┏━ 2 Logs │ Runs │ Overview │ Command │ Terminal │ Fleet │ Attention ━━━━━━ 1 ━┓\n"
        "┃ ! nightly-tests      run failed: npm exited with 1                       49m ┃\n"
        "┃                                                                              ┃\n"
        "┃                                                                              ┃\n"
        "┃                                                                              ┃\n"
        "┃                                                                              ┃\n"
        "┃                                                                              ┃\n"
        "┃                                                                              ┃\n"
        "┃                                                                              ┃\n"
        "┃                                                                              ┃\n"
        "┃                                                                              ┃\n"
        "┃                                                                              ┃\n"
        "┃                                                                              ┃\n"
        "┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛\n"
        " Enter go there  Space seen  w wait 1 h  t all  q back               !1  ? help\n");
}

static void test_the_cost(void **state)
{
    (void)state;
    console_filled_shows(console_fill_runs, 24, 80, "M z",
        " boxtop  1 box: 1 run  box.example                                        ok 1s\n"
        "┏━ 2 Logs │ Runs │ Overview │ Command │ Terminal │ Fleet │ Cost ━━━━━━━━━━━━━━━┓\n"
        "┃ The runs of every box are known                                              ┃\n"
        "┃ Today      $0.42 + 2 unknown   compute $0.01 + 3 unknown                     ┃\n"
        "┃            4 runs, 1 running   48.2k tokens in (40.1k cached), 2.1k out + ?  ┃\n"
        "┃ Last hour  $0.0042 + 1 unknown   compute unknown                             ┃\n"
        "┃            2 runs, 1 running   tokens unknown                                ┃\n"
        "┃ All runs   $0.42 + 2 unknown   compute $0.01 + 3 unknown                     ┃\n"
        "┃            4 runs, 1 running   48.2k tokens in (40.1k cached), 2.1k out + ?  ┃\n"
        "┃ By hour     ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁█▁ 24 hours up to now, at most $0.42 in one┃\n"
        "┃ Boxes      compute unknown, tokens unknown: as the service counts, ever since┃\n"
        "┃                                                                              ┃\n"
        "┃ By box  ? is not known                                                       ┃\n"
        "┃                              TODAY      HOUR      RUNS    TOKENS   SERVICE   ┃\n"
        "┃ nightly-tests               0.42+?  0.0042+?    0.42+?     50.3k         -   ┃\n"
        "┃                                                                              ┃\n"
        "┃                                                                              ┃\n"
        "┃                                                                              ┃\n"
        "┃                                                                              ┃\n"
        "┃                                                                              ┃\n"
        "┃                                                                              ┃\n"
        "┃                                                                              ┃\n"
        "┗━ account  day: UTC ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛\n"
        " s shell  l logs  x actions  q back                                  !1  ? help\n");
}

/* clang-format on */

/* A run that failed in the night, in a box nobody has looked at: it is asked for, slowly, and then told. */
static void test_runs_that_nobody_looked_at(void **state)
{
    (void)state;
    struct console *c = console_new(24, 80);
    struct box boxes[] = {world_box("long-ago", NULL, BOX_STATUS_IDLE),
                          world_box("night", NULL, BOX_STATUS_IDLE), world_box("now", NULL, BOX_STATUS_IDLE)};
    boxes[0].last_activity_at = WORLD_WALL - 48 * HOUR;
    boxes[0].updated_at = 0;
    boxes[1].last_activity_at = WORLD_WALL - 8 * HOUR;
    boxes[1].updated_at = 0;
    boxes[2].last_activity_at = WORLD_WALL;
    console_event(c, world_link(LINK_OK, NULL));
    console_event(c, world_list(boxes, 3));
    c->app.options.fill_ms = SECOND;
    console_keys(c, "@");
    console_wait(c, 0);
    console_asked(c, "");
    console_wait(c, SECOND);
    console_asked(c, "runs now"); /* where something happened last */
    uint64_t id = console_newest(c);
    console_wait(c, 10 * SECOND);
    console_asked(c, ""); /* one at a time */
    console_event(c, world_failed(id, REQUEST_RUNS, "now", ERR_SERVICE, "500"));
    console_hides(c, "500");
    console_wait(c, SECOND);
    console_asked(c, "runs night");
    struct run run = world_run("r1", RUN_STATUS_FAILED, "Do it", 8 * HOUR);
    console_event(c, world_runs("night", &run, 1));
    console_event(c, world_reply(console_newest(c), REQUEST_RUNS, "night"));
    console_shows(c, "! night              run failed: Do it");
    console_wait(c, 10 * SECOND);
    console_asked(c, ""); /* nothing has happened in the third for days */
    console_keys(c, "M");
    console_wait(c, SECOND);
    console_asked(c, "runs long-ago"); /* but it has cost money */
    console_free(c);
}

/* Seen is seen; an hour is an hour; what comes again is told again. */
static void test_what_was_seen_leaves_the_queue(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill_runs, 24, 80, "@");
    console_shows(c, "run failed: npm exited with 1");
    console_shows(c, "!1");
    console_keys(c, "Space");
    console_shows(c, "Nothing needs attention");
    console_shows(c, "1 seen");
    console_keys(c, "t");
    console_shows(c, ". nightly-tests      run failed");
    console_keys(c, "Space w");
    console_shows(c, "1 waiting");
    console_keys(c, "t");
    console_shows(c, "Nothing needs attention");
    console_wait(c, HOUR);
    console_shows(c, "run failed: npm exited with 1");
    console_keys(c, "Enter");
    console_shows(c, "run run-3");
    console_free(c);
}

/* What happens in the pane one works in needs no bell and no queue. */
static void test_nothing_for_the_pane_in_focus(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill_runs, 24, 80, "");
    console_shows(c, "!1");
    console_keys(c, "l");
    console_hides(c, "!1");
    console_keys(c, "1");
    console_shows(c, "!1");
    console_free(c);
}

static void rang(void *user, bool bell, bool notify)
{
    int *rings = user;
    *rings += bell && notify;
}

/* The bell is for what is new: once an event, not for what was there before boxtop, not for what one looks
 * at, and not at all unless it is wished. */
static void test_the_bell(void **state)
{
    (void)state;
    int rings = 0;
    struct rules_limits limits;
    struct console *c = console_filled(console_fill_runs, 24, 80, "1");
    rules_limits_init(&limits);
    c->app.options.alert = rang;
    c->app.options.user = &rings;
    console_wait(c, SECOND);
    struct run failed = world_run("run-5", RUN_STATUS_FAILED, "Fix it", -2 * SECOND);
    console_event(c, world_runs("deep-fox-10002", &failed, 1));
    console_wait(c, 10 * SECOND);
    assert_int_equal(rings, 0); /* it was not wished */
    view_attention_setup(c->app.views[VIEW_ATTENTION], &limits, NULL, true, true);
    failed = world_run("run-6", RUN_STATUS_FAILED, "Fix it", -5 * SECOND);
    console_event(c, world_runs("deep-fox-10002", &failed, 1));
    console_wait(c, SECOND);
    assert_int_equal(rings, 1);
    console_wait(c, MINUTE);
    assert_int_equal(rings, 1);
    console_keys(c, "l");
    failed = world_run("run-7", RUN_STATUS_FAILED, "Fix it", -MINUTE);
    console_event(c, world_runs("deep-fox-10002", &failed, 1));
    console_wait(c, SECOND);
    assert_int_equal(rings, 1);
    console_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_queue),
        cmocka_unit_test(test_the_cost),
        cmocka_unit_test(test_runs_that_nobody_looked_at),
        cmocka_unit_test(test_what_was_seen_leaves_the_queue),
        cmocka_unit_test(test_nothing_for_the_pane_in_focus),
        cmocka_unit_test(test_the_bell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
