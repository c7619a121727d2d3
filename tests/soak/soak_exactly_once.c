/*
 * Every line once, for longer: 50 boxes and 200 cuts (SOAK_BOXES, SOAK_CUTS, SOAK_RATE), trouble from the
 * first answer on. The story of the same name says what is shown.
 */
#include "tests/support/exactly.h"
#include "tests/support/soak.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { BOXES = 50, RATE = 100, CUTS = 200, LIMIT_MS = 120000 };

static void follow(bool newest_first, uint32_t seed)
{
    struct exactly_figures figures;
    const struct exactly plan = {.boxes = (int)soak_count("SOAK_BOXES", BOXES),
                                 .rate = (int)soak_count("SOAK_RATE", RATE),
                                 .cuts = (int)soak_count("SOAK_CUTS", CUTS),
                                 .newest_first = newest_first,
                                 .trouble_at_start = true,
                                 .seed = seed,
                                 .limit_ms = LIMIT_MS};
    exactly_once(&plan, &figures);
    exactly_print(&plan, &figures);
}

static void oldest_first(void **state)
{
    (void)state;
    follow(false, (uint32_t)soak_count("SOAK_SEED", 20261));
}

static void newest_first(void **state)
{
    (void)state;
    follow(true, (uint32_t)soak_count("SOAK_SEED", 20262));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(oldest_first),
        cmocka_unit_test(newest_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
