/* Numbers and times as shown: the edges of every unit, and nothing longer than the buffer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "tui/format.h"

enum { SIZE = 16 };

static const int64_t second = 1000, minute = 60000, hour = 3600000, day = 86400000;

struct number_case {
    int64_t value;
    const char *want;
};

static void check(const char *(*format)(char *, size_t, int64_t), const struct number_case *cases,
                  size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char out[SIZE];
        assert_string_equal(format(out, sizeof out, cases[i].value), cases[i].want);
    }
}

static void test_age(void **state)
{
    (void)state;
    const struct number_case cases[] = {
        {INT64_MIN, "now"}, {-1, "now"},
        {0, "now"},         {999, "now"},
        {second, "1s"},     {119 * second + 999, "119s"},
        {2 * minute, "2m"}, {2 * hour - 1, "119m"},
        {2 * hour, "2h"},   {2 * day - 1, "47h"},
        {2 * day, "2d"},    {56 * day - 1, "55d"},
        {56 * day, "8w"},   {INT64_MAX, "15250284452w"},
    };
    check(format_age, cases, sizeof cases / sizeof cases[0]);
}

static void test_since(void **state)
{
    (void)state;
    char out[SIZE];
    assert_string_equal(format_since(out, SIZE, 0, 5000), "-");
    assert_string_equal(format_since(out, SIZE, -7, 5000), "-");
    assert_string_equal(format_since(out, SIZE, 1, 5001), "5s");
    /* A stamp from the future is the other clock's fault: it just happened. */
    assert_string_equal(format_since(out, SIZE, 9000, 5000), "now");
    assert_string_equal(format_since(out, SIZE, INT64_MAX, 0), "now");
}

static void test_duration(void **state)
{
    (void)state;
    const struct number_case cases[] = {
        {INT64_MIN, "-"},     {-1, "-"},
        {0, "0.0s"},          {4200, "4.2s"},
        {10 * second, "10s"}, {minute - 1, "59s"},
        {minute, "1m00"},     {2 * minute + 5 * second, "2m05"},
        {hour - 1, "59m59"},  {hour + 12 * minute, "1h12"},
        {day - 1, "23h59"},   {3 * day + 4 * hour, "3d04h"},
    };
    check(format_duration, cases, sizeof cases / sizeof cases[0]);
}

/* Nine seconds and 960 ms are ten seconds, not "10.0s". */
static void test_duration_rounds_within_its_unit(void **state)
{
    (void)state;
    for (int64_t ms = 9900; ms < 10000; ms++) {
        char out[SIZE];
        format_duration(out, sizeof out, ms);
        assert_string_equal(out, "9.9s");
    }
}

static void test_money(void **state)
{
    (void)state;
    const struct {
        double usd;
        const char *want;
    } cases[] = {
        {-1, "-"},      {NAN, "-"},          {INFINITY, "-"},           {-INFINITY, "-"}, {1e13, "-"},
        {0, "0.00"},    {0.0042, "0.0042"},  {0.00001, "0.0000"},       {0.01, "0.01"},   {4.125, "4.12"},
        {4.12, "4.12"}, {1234.5, "1234.50"}, {1e12, "1000000000000.00"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[24];
        assert_string_equal(format_money(out, sizeof out, cases[i].usd), cases[i].want);
    }
}

static void test_count(void **state)
{
    (void)state;
    const struct number_case cases[] = {
        {INT64_MIN, "-"},  {-1, "-"},        {0, "0"},          {980, "980"},
        {999, "999"},      {1000, "1.0k"},   {48200, "48.2k"},  {480000, "480k"},
        {1300000, "1.3M"}, {999400, "999k"}, {1000000, "1.0M"}, {99949, "99.9k"},
        {99950, "100k"},   {999499, "999k"}, {999500, "1.0M"},  {INT64_MAX, "9223372T"},
    };
    check(format_count, cases, sizeof cases / sizeof cases[0]);
}

static void test_bytes(void **state)
{
    (void)state;
    const struct number_case cases[] = {
        {-1, "-"},
        {0, "0 B"},
        {512, "512 B"},
        {1023, "1023 B"},
        {4300, "4.2 KiB"},
        {54945382, "52.4 MiB"},
        {(int64_t)1 << 30, "1.0 GiB"},
        {INT64_MAX, "8388608 TiB"},
    };
    check(format_bytes, cases, sizeof cases / sizeof cases[0]);
}

static void test_cpu(void **state)
{
    (void)state;
    const struct number_case cases[] = {
        {-1, "-"},           {INT64_MIN, "-"},       {0, "0.0s"},
        {400000000, "0.4s"}, {200000000000, "3m20"}, {7440000000000, "2h04"},
    };
    check(format_cpu, cases, sizeof cases / sizeof cases[0]);
}

static void test_stamps(void **state)
{
    (void)state;
    char out[32];
    assert_string_equal(format_stamp(out, sizeof out, 1771845600000, true), "2026-02-23 11:20:00");
    assert_string_equal(format_clock(out, sizeof out, 1771845600999, true), "11:20:00");
    assert_string_equal(format_stamp(out, sizeof out, 1771845600000, false), "2026-02-23 06:20:00");
    assert_string_equal(format_clock(out, sizeof out, 1771845600000, false), "06:20:00");
    assert_string_equal(format_stamp(out, sizeof out, 0, true), "-");
    assert_string_equal(format_stamp(out, sizeof out, -5, true), "-");
    assert_string_equal(format_stamp(out, 8, 1771845600000, true), "-");
    format_stamp(out, sizeof out, INT64_MAX, true);
    assert_true(strlen(out) < sizeof out);
}

static void test_grouped(void **state)
{
    (void)state;
    const struct {
        uint64_t value;
        const char *want;
    } cases[] = {{0, "0"},        {999, "999"},           {1000, "1,000"},
                 {4812, "4,812"}, {1234567, "1,234,567"}, {UINT64_MAX, "18,446,744,073,709,551,615"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[32];
        assert_string_equal(format_grouped(out, sizeof out, cases[i].value), cases[i].want);
    }
    char small[6];
    assert_true(strlen(format_grouped(small, sizeof small, UINT64_MAX)) < sizeof small);
}

int main(void)
{
    setenv("TZ", "EST5", 1);
    tzset();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_age),      cmocka_unit_test(test_since),
        cmocka_unit_test(test_duration), cmocka_unit_test(test_duration_rounds_within_its_unit),
        cmocka_unit_test(test_money),    cmocka_unit_test(test_count),
        cmocka_unit_test(test_bytes),    cmocka_unit_test(test_cpu),
        cmocka_unit_test(test_stamps),   cmocka_unit_test(test_grouped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
