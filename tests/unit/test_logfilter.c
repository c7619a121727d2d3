/* What an operator's filter lets through, and how times are typed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tui/logfilter.h"

static const int64_t WALL = 1771845600000; /* 2026-02-23 11:20:00 UTC */

static bool passes(const struct logfilter *filter, const char *text, enum log_level level)
{
    struct log_line line = {.time = WALL, .level = level, .source = LOG_SOURCE_AGENT};
    line.text = (struct text){.bytes = (char *)text, .len = (uint32_t)strlen(text)};
    return logfilter_passes(filter, &(struct logfeed_item){.line = &line});
}

static void expect_terms(const struct logfilter *filter, const char *want)
{
    char *terms = logfilter_terms(filter);
    assert_string_equal(terms, want);
    free(terms);
}

static void terms_stack(void **state)
{
    (void)state;
    struct logfilter filter = {0};
    struct err err;
    assert_false(logfilter_is_active(&filter));
    assert_true(passes(&filter, "", LOG_LEVEL_INFO));
    assert_true(logfilter_set_terms(&filter, "  get & !/health & ~ 5\\d\\d$ &  & !", &err));
    expect_terms(&filter, "get & !/health & ~ 5\\d\\d$");
    assert_true(passes(&filter, "GET /orders 500", LOG_LEVEL_INFO));
    assert_false(passes(&filter, "GET /health 500", LOG_LEVEL_INFO));
    assert_false(passes(&filter, "GET /orders 200", LOG_LEVEL_INFO));
    assert_false(passes(&filter, "POST /orders 500", LOG_LEVEL_INFO));
    /* What is malformed changes nothing. */
    assert_false(logfilter_set_terms(&filter, "a & ~(", &err));
    assert_false(logfilter_set_terms(
        &filter, "1 & 2 & 3 & 4 & 5 & 6 & 7 & 8 & 9 & a & b & c & d & e & f & g & h", &err));
    expect_terms(&filter, "get & !/health & ~ 5\\d\\d$");
    assert_true(logfilter_set_terms(&filter, "a&b", &err)); /* only " & " stands between terms */
    expect_terms(&filter, "a&b");
    assert_true(logfilter_set_terms(&filter, "", &err));
    assert_false(logfilter_is_active(&filter));
    logfilter_done(&filter);
}

static void terms_are_switched_off_and_on(void **state)
{
    (void)state;
    struct logfilter filter = {0};
    struct err err;
    assert_true(logfilter_set_terms(&filter, "get & !/health", &err));
    filter.terms[1].off = true;
    expect_terms(&filter, "get");
    assert_true(passes(&filter, "GET /health", LOG_LEVEL_INFO));
    assert_true(logfilter_term_matches(&filter, 1,
                                       &(struct log_line){.text = {.bytes = (char *)"a /health", .len = 9}}));
    /* What is typed takes the place of what is on; typed again, it is on again. */
    assert_true(logfilter_set_terms(&filter, "post", &err));
    assert_int_equal(filter.term_count, 2);
    expect_terms(&filter, "post");
    assert_true(logfilter_set_terms(&filter, "!/health & post", &err));
    assert_int_equal(filter.term_count, 2);
    expect_terms(&filter, "!/health & post");
    /* One by one. */
    assert_true(logfilter_replace(&filter, 0, "~ea", &err));
    expect_terms(&filter, "~ea & post");
    assert_false(logfilter_replace(&filter, 0, "~(", &err));
    assert_true(logfilter_add(&filter, "post & put", &err));
    logfilter_swap(&filter, 0, 2);
    expect_terms(&filter, "put & post & ~ea");
    logfilter_remove(&filter, 1);
    assert_true(logfilter_replace(&filter, 1, "put", &err)); /* as the other one */
    expect_terms(&filter, "put");
    assert_true(logfilter_replace(&filter, 0, "", &err));
    assert_int_equal(filter.term_count, 0);
    /* Cleared, they are still there. */
    assert_true(logfilter_set_terms(&filter, "a & b", &err));
    filter.levels = LEVELS_ERRORS;
    logfilter_clear(&filter);
    assert_false(logfilter_is_active(&filter));
    assert_int_equal(filter.term_count, 2);
    /* Where there is no room, those that are off make some. */
    assert_true(
        logfilter_set_terms(&filter, "1 & 2 & 3 & 4 & 5 & 6 & 7 & 8 & 9 & c & d & e & f & g & h & i", &err));
    assert_int_equal(filter.term_count, LOGFILTER_TERMS);
    assert_false(logfilter_add(&filter, "j", &err));
    filter.terms[3].off = true;
    assert_true(logfilter_add(&filter, "j", &err));
    logfilter_done(&filter);
}

static void levels_and_notes(void **state)
{
    (void)state;
    struct logfilter filter = {.levels = LEVELS_BAD};
    assert_false(passes(&filter, "x", LOG_LEVEL_INFO));
    assert_true(passes(&filter, "x", LOG_LEVEL_WARN));
    assert_true(passes(&filter, "x", LOG_LEVEL_ERROR));
    filter.levels = LEVELS_ERRORS;
    assert_false(passes(&filter, "x", LOG_LEVEL_WARN));
    assert_true(passes(&filter, "x", LOG_LEVEL_ERROR));
    /* Missing lines are never filtered away, a hidden box's are. */
    assert_true(logfilter_passes(&filter, &(struct logfeed_item){.note = "lines are missing"}));
    assert_false(logfilter_passes(&filter, &(struct logfeed_item){.note = "lines", .hidden = true}));
    filter = (struct logfilter){.one_source = true, .source = LOG_SOURCE_USER};
    assert_false(passes(&filter, "x", LOG_LEVEL_INFO));
    filter = (struct logfilter){.since_ms = WALL};
    assert_true(passes(&filter, "x", LOG_LEVEL_INFO));
    filter.since_ms = WALL + 1;
    assert_false(passes(&filter, "x", LOG_LEVEL_INFO));
}

static void times_as_typed(void **state)
{
    (void)state;
    static const int64_t MINUTE = 60 * 1000, DAY = 24 * 60 * MINUTE;
    static const int64_t MIDNIGHT = 1771845600000 - 680 * MINUTE;
    const struct {
        const char *typed;
        int64_t want; /* -1: refused */
    } cases[] = {
        {"5m", WALL - 5 * MINUTE},
        {" 90s", WALL - 90 * 1000},
        {"2h", WALL - 120 * MINUTE},
        {"3d", WALL - 3 * DAY},
        {"today", MIDNIGHT},
        {"11:19", WALL - MINUTE},
        {"11:19:30", WALL - MINUTE / 2},
        {"2026-02-22", MIDNIGHT - DAY},
        {"2026-02-22 11:20", WALL - DAY},
        {"2026-02-22T11:20:00", WALL - DAY},
        {"", -1},
        {"5", -1},
        {"m", -1},
        {"5mm", -1},
        {"-5m", -1},
        {"11", -1},
        {"25:00", -1},
        {"2026-02-22 x", -1},
        {"2026-99-22", -1},
        {"tomorrow", -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t got = -1;
        bool good = logfilter_parse_time(cases[i].typed, WALL, true, &got);
        if (good != (cases[i].want >= 0) || (good && got != cases[i].want))
            fail_msg("\"%s\": %lld", cases[i].typed, (long long)got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(terms_stack),
        cmocka_unit_test(terms_are_switched_off_and_on),
        cmocka_unit_test(levels_and_notes),
        cmocka_unit_test(times_as_typed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
