/* The fleet tail in the whole console: who takes part, what is late, one box of many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "tests/screens/console.h"

static void two_logs(struct console *c)
{
    struct log_line first[] = {world_line("one", LOG_LEVEL_INFO, 30 * 1000),
                               world_line("three", LOG_LEVEL_WARN, 10 * 1000)};
    struct log_line second[] = {world_line("two", LOG_LEVEL_INFO, 20 * 1000),
                                world_line("four", LOG_LEVEL_ERROR, 5 * 1000)};
    console_event(c, world_logs("deep-fox-10002", LOG_JOIN_RESET, first, 2));
    console_event(c, world_logs("warm-elk-10003", LOG_JOIN_RESET, second, 2));
}

static void test_the_fleet(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill, 24, 80, "");
    console_keys(c, "L");
    const struct watch *watch = console_watch(c);
    assert_int_equal(watch->tailed_count, 2);
    assert_string_equal(watch->tailed[0], "deep-fox-10002");
    assert_string_equal(watch->tailed[1], "warm-elk-10003");
    two_logs(c);
    console_keys(c, "z");
    console_expect(c, " boxtop  12 boxes: 2 run 3 idle 1 new 3 paused 1 ERROR 2 unknown  $4.11   ok 1s\n"
                      "┏━ 2 Logs │ Runs │ Overview │ Command │ Terminal │ Fleet ━━━━━━ FOLLOW  t:rel ━┓\n"
                      "┃   -30s A nightly-tests  I one                                                ┃\n"
                      "┃   -20s B warm-elk-10003 I two                                                ┃\n"
                      "┃   -10s A nightly-tests  W three                                              ┃\n"
                      "┃    -5s B warm-elk-10003 E four                                               ┃\n"
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
                      "┃                                                                              ┃\n"
                      "┃                                                                              ┃\n"
                      "┃                                                                              ┃\n"
                      "┃                                                                              ┃\n"
                      "┃                                                                              ┃\n"
                      "┗━ 2 running ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ 0.0/s  lag 0s ━┛\n"
                      " Enter open  o only  h hide  H all  f follow  / search  & filter     !3  ? help\n");
    /* Where there is no room for names the letters stay. */
    console_resize(c, 8, 50);
    console_expect(c, " boxtop  12 boxes: 1 ERROR 2 run 3 idle     ok 1s\n"
                      "┏━ 2 ‹Command │ Terminal │ Fleet  FOLLOW  t:rel ━┓\n"
                      "┃ A  I one                                       ┃\n"
                      "┃ B  I two                                       ┃\n"
                      "┃ A  W three                                     ┃\n"
                      "┃ B  E four                                      ┃\n"
                      "┗━ 2 running ━━━━━━━━━━━━━━━━━━━━ 0.0/s  lag 0s ━┛\n"
                      " Enter open  o only  h hide  H all     !3  ? help\n");
    console_free(c);
}

static void test_a_late_line_is_marked(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill, 24, 80, "");
    console_keys(c, "L z");
    two_logs(c);
    console_draw(c);
    /* For 20 seconds nothing comes, though somebody looks. */
    for (int i = 0; i < 10; i++)
        console_wait(c, 2000);
    struct log_line now[] = {world_line("five", LOG_LEVEL_INFO, -20 * 1000)};
    console_event(c, world_logs("warm-elk-10003", LOG_JOIN_APPEND, now, 1));
    console_draw(c);
    struct log_line late[] = {world_line("six", LOG_LEVEL_INFO, -9 * 1000),
                              world_line("seven", LOG_LEVEL_INFO, -20 * 1000)};
    console_event(c, world_logs("deep-fox-10002", LOG_JOIN_APPEND, late, 2));
    console_shows(c, "  -11s A~nightly-tests  I six");
    console_shows(c, "   -0s A nightly-tests  I seven");
    console_keys(c, "k k");
    console_shows(c, ">   -0s B warm-elk-10003 I five");
    /* Somewhat older than the newest line: in its place, and the cursor stays on its line. */
    struct log_line older[] = {world_line("eight", LOG_LEVEL_INFO, -12 * 1000)};
    console_event(c, world_one(world_box("web-1", "web-1", BOX_STATUS_RUNNING)));
    console_event(c, world_logs("web-1", LOG_JOIN_RESET, older, 1));
    console_shows(c, "   -8s C web-1          I eight");
    console_shows(c, ">   -0s B warm-elk-10003 I five");
    console_free(c);
}

static void test_one_box_of_the_fleet(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill, 24, 80, "");
    console_keys(c, "L z");
    two_logs(c);
    console_keys(c, "k k o");
    console_shows(c, ">  -20s B warm-elk-10003 I two");
    console_shows(c, "2 running, 1 hidden");
    console_hides(c, "nightly-tests");
    console_keys(c, "o");
    console_shows(c, "nightly-tests");
    console_keys(c, "h");
    console_hides(c, "warm-elk-10003");
    console_shows(c, "I one");
    console_keys(c, "h");
    console_shows(c, "No line of the boxes that are shown (Escape shows all boxes)");
    console_keys(c, "Escape");
    console_shows(c, ">  -20s B warm-elk-10003 I two"); /* the place is where it was */
    console_keys(c, "h H");
    console_shows(c, ">  -20s B warm-elk-10003 I two");
    /* In, to the same line of the box's own log. */
    console_keys(c, "Enter");
    console_shows(c, ">  -20s agent   I two");
    assert_string_equal(c->app.selected, "warm-elk-10003");
    console_free(c);
}

static void test_who_takes_part(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill, 24, 80, "");
    console_keys(c, "L z");
    two_logs(c);
    console_draw(c);
    /* A box starts to work: it joins, and says so. */
    console_event(c, world_one(world_box("web-1", "web-1", BOX_STATUS_RUNNING)));
    console_shows(c, "C web-1 joined");
    assert_int_equal(console_watch(c)->tailed_count, 3);
    /* One stops: it is asked for its last lines for a while. */
    console_event(c, world_one(world_box("web-1", "web-1", BOX_STATUS_IDLE)));
    console_draw(c);
    assert_int_equal(console_watch(c)->tailed_count, 3);
    console_wait(c, 31 * 1000);
    console_shows(c, "C web-1 left: it does not run any more");
    assert_int_equal(console_watch(c)->tailed_count, 2);
    /* Marked boxes are what is meant, whatever they do. */
    console_keys(c, "z 1 Space L z");
    assert_int_equal(console_watch(c)->tailed_count, 1);
    console_shows(c, "1 marked");
    console_free(c);
}

/* A thousand boxes at work: as many are followed as is said, and nothing gets slow for the others. */
static void test_a_thousand_boxes(void **state)
{
    (void)state;
    enum { BOXES = 1000 };
    struct console *c = console_new(24, 80);
    static char ids[BOXES][16];
    struct box *boxes = calloc(BOXES, sizeof *boxes);
    for (size_t i = 0; i < BOXES; i++) {
        snprintf(ids[i], sizeof ids[i], "box-%04zu", i);
        boxes[i] = world_box(ids[i], NULL, BOX_STATUS_RUNNING);
    }
    console_event(c, world_link(LINK_OK, NULL));
    console_event(c, world_list(boxes, BOXES));
    free(boxes);
    console_keys(c, "L z");
    console_shows(c, "256 running of 1000");
    assert_int_equal(console_watch(c)->tailed_count, 256);
    for (int turn = 0; turn < 20; turn++) {
        for (size_t i = 0; i < 256; i++) {
            struct log_line line[] = {world_line("at work", LOG_LEVEL_INFO, 1000)};
            console_event(c, world_logs(ids[i], turn == 0 ? LOG_JOIN_RESET : LOG_JOIN_APPEND, line, 1));
        }
        console_wait(c, 100);
        console_draw(c);
    }
    console_keys(c, "k o");
    console_shows(c, "255 hidden");
    console_keys(c, "o 1 A L");
    console_shows(c, "256 marked of 1000");
    console_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_fleet),
        cmocka_unit_test(test_a_late_line_is_marked),
        cmocka_unit_test(test_one_box_of_the_fleet),
        cmocka_unit_test(test_who_takes_part),
        cmocka_unit_test(test_a_thousand_boxes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
