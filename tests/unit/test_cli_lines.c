/* Lines on their way to stdout: each once, whatever the service hands over again. */
#include "client/base/mem.h"
#include "tui/cli/cli_lines.h"
#include "tui/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MODEL_MAX = 4000, ROUNDS = 300, STEPS = 60, PAGE = 100 };

static struct log_line line(uint64_t digest)
{
    struct log_line made = {.digest = digest, .time = (int64_t)digest * 1000};
    made.text.bytes = mem_format("line %llu", (unsigned long long)digest);
    made.text.len = (uint32_t)strlen(made.text.bytes);
    return made;
}

static void take(struct cli_lines *lines, enum log_join join, const uint64_t *digests, size_t count)
{
    struct log_line *items = mem_zalloc(count + 1, sizeof *items);
    for (size_t i = 0; i < count; i++)
        items[i] = line(digests[i]);
    cli_lines_take(lines, items, count, join, 0);
    log_lines_free(items, count);
}

static void expect(const struct cli_lines *lines, const char *text)
{
    char have[512] = "";
    for (size_t i = 0; i < lines->count; i++) {
        size_t used = strlen(have);
        if (lines->items[i].gap)
            snprintf(have + used, sizeof have - used, " gap");
        else
            snprintf(have + used, sizeof have - used, " %llu",
                     (unsigned long long)lines->items[i].line.digest);
    }
    assert_string_equal(have, text);
}

static void test_joins(void **state)
{
    (void)state;
    struct cli_lines lines = {0};
    take(&lines, LOG_JOIN_RESET, (const uint64_t[]){5, 6, 7}, 3);
    take(&lines, LOG_JOIN_APPEND, (const uint64_t[]){8}, 1);
    take(&lines, LOG_JOIN_PREPEND, (const uint64_t[]){3, 4}, 2);
    expect(&lines, " 3 4 5 6 7 8");
    take(&lines, LOG_JOIN_GAP, (const uint64_t[]){20}, 1);
    expect(&lines, " 3 4 5 6 7 8 gap 20");
    cli_lines_printed(&lines);
    expect(&lines, "");
    take(&lines, LOG_JOIN_PREPEND, (const uint64_t[]){1, 2}, 2); /* too late */
    expect(&lines, "");
    cli_lines_done(&lines);
}

/* The log is looked for from its start again: what was printed is not, what is held stands once. */
static void test_the_log_anew(void **state)
{
    (void)state;
    struct cli_lines lines = {0};
    take(&lines, LOG_JOIN_RESET, (const uint64_t[]){1, 2, 2, 3}, 4);
    cli_lines_printed(&lines);
    take(&lines, LOG_JOIN_APPEND, (const uint64_t[]){4, 5}, 2);
    take(&lines, LOG_JOIN_RESET, (const uint64_t[]){2, 2, 2, 3, 4, 6}, 6);
    expect(&lines, " 5 2 4 6"); /* 5 is gone from the service, a third 2 was never printed */
    cli_lines_done(&lines);
}

/* Stamps that jump back do not move a line before the one above it. */
static void test_order_within_a_box(void **state)
{
    (void)state;
    struct cli_lines lines = {0};
    take(&lines, LOG_JOIN_RESET, (const uint64_t[]){9, 4, 10}, 3);
    assert_int_equal(lines.items[1].key, 9000);
    assert_int_equal(lines.items[2].key, 10000);
    cli_lines_printed(&lines);
    take(&lines, LOG_JOIN_APPEND, (const uint64_t[]){7}, 1);
    assert_int_equal(lines.items[0].key, 10000);
    cli_lines_done(&lines);
}

/* Against a naive model: a log that grows, handed over in batches, anew at random, printed at random. */
static void test_each_line_once(void **state)
{
    (void)state;
    uint32_t random = 20261122;
    for (int round = 0; round < ROUNDS; round++) {
        struct cli_lines lines = {0};
        uint64_t log[MODEL_MAX], printed[MODEL_MAX];
        size_t written = 0, handed = 0, out = 0;
        for (int step = 0; step < STEPS; step++) {
            random = random * 1664525u + 1013904223u;
            unsigned what = random >> 28, more = random >> 8 & 31;
            for (unsigned i = 0; i < more; i++, written++)
                log[written] = written + 1;
            if (what < 10) {
                take(&lines, LOG_JOIN_APPEND, log + handed, written - handed);
                handed = written;
            } else if (what < 13) {
                size_t from = written > PAGE ? written - PAGE : 0;
                from = from < handed ? from : handed; /* a reset that loses nothing */
                take(&lines, LOG_JOIN_RESET, log + from, written - from);
                handed = written;
            } else {
                for (size_t i = 0; i < lines.count; i++)
                    printed[out++] = lines.items[i].line.digest;
                cli_lines_printed(&lines);
            }
        }
        for (size_t i = 0; i < lines.count; i++)
            printed[out++] = lines.items[i].line.digest;
        assert_int_equal(out, handed);
        for (size_t i = 0; i < out; i++)
            assert_int_equal(printed[i], i + 1);
        cli_lines_done(&lines);
    }
}

static void test_since(void **state)
{
    (void)state;
    static const int64_t NOW = 1770000000000, DAY_MS = 86400000;
    const struct {
        const char *word;
        int64_t since; /* 0: refused */
    } cases[] = {
        {"90", NOW - 90000},
        {"90s", NOW - 90000},
        {"10m", NOW - 600000},
        {"2h", NOW - 7200000},
        {"3d", NOW - 3 * DAY_MS},
        {"1w", NOW - 7 * DAY_MS},
        {"2026-02-23T11:20:00Z", 1771845600000},
        {"2026-02-23t11:20:00z", 1771845600000},
        {"2026-02-23 11:20:00.25Z", 1771845600000},
        {"2026-02-23T12:20:00+01:00", 1771845600000},
        {"2026-02-23T06:50:00-04:30", 1771845600000},
        {"2026-02-23T11:20:00", 1771845600000 - 3600000}, /* local time of the test */
        {"2026-02-23", 1771804800000 - 3600000},
        {"soon", 0},
        {"10x", 0},
        {"-5m", 0},
        {"2026-02-23T11:20:00+1", 0},
        {"2026-02-23T11:20:00Zulu", 0},
        {"2026-13-01", 0},
        {"", 0},
    };
    setenv("TZ", "CET-1", 1);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t since = 0;
        struct err err = {0};
        bool fine = options_parse_since(cases[i].word, NOW, &since, &err);
        if (fine != (cases[i].since != 0) || (fine && since != cases[i].since))
            fail_msg("\"%s\" gives %lld, not %lld: %s", cases[i].word, (long long)since,
                     (long long)cases[i].since, err.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_joins),
        cmocka_unit_test(test_the_log_anew),
        cmocka_unit_test(test_order_within_a_box),
        cmocka_unit_test(test_each_line_once),
        cmocka_unit_test(test_since),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
