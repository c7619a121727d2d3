/*
 * Fifty boxes that write 100 lines a second each, followed by `boxtop logs -f --all` through a link that is
 * cut at random, on a service whose clock is two seconds off and that refuses, fails and breaks off answers:
 * every line is printed once and in its place. `make soak` does the same with 200 cuts.
 *
 * The rate is what the machine of a test can serve twice within 40 seconds while it does other things, too.
 */
#include "tests/support/exactly.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { BOXES = 50, RATE = 200, CUTS = 20, LIMIT_MS = 30000 };

static void follow(bool newest_first, uint32_t seed)
{
    struct exactly_figures figures;
    const struct exactly plan = {.boxes = BOXES,
                                 .rate = RATE,
                                 .cuts = CUTS,
                                 .newest_first = newest_first,
                                 .seed = seed,
                                 .limit_ms = LIMIT_MS};
    exactly_once(&plan, &figures);
    exactly_print(&plan, &figures);
}

static void oldest_first(void **state)
{
    (void)state;
    follow(false, 20261);
}

static void newest_first(void **state)
{
    (void)state;
    follow(true, 20262);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(oldest_first),
        cmocka_unit_test(newest_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
