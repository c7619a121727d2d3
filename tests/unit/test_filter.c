/* What the operator searches for: patterns (literal, regular expression) and the box list's filter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "client/base/mem.h"
#include "tests/support/world.h"
#include "tui/filter.h"
#include "tui/pattern.h"

static bool matches(const char *typed, const char *text)
{
    struct err err = {0};
    struct pattern *pattern = pattern_new(typed, &err);
    assert_non_null(pattern);
    assert_string_equal(pattern_text(pattern), typed);
    bool result = pattern_matches(pattern, text);
    pattern_free(pattern);
    return result;
}

static void test_patterns(void **state)
{
    (void)state;
    const struct {
        const char *typed, *text;
        bool want;
    } cases[] = {
        {"warn", "a WARNING", true},
        {"Warn", "a WARNING", false},
        {"Warn", "a Warning", true},
        {"a.c", "abc", false},
        {"a.c", "a.c", true},
        {"(", "f(x)", true},
        {"~a.c", "abc", true},
        {"~^abc$", "xabc", false},
        {"~A", "a", false},
        {"~\\d+", "no digits", false},
        {"~\\d+", "x42", true},
        {"\xC3\xA9", "caf\xC3\xA9", true},
        {"\xC3\xA9", "CAF\xC3\x89", true},
        {"", "anything", false},
        {"~", "anything", false},
        {"~x*", "no such", false},
        {"~", "", false},
        {"\\Q", "\\Q", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (matches(cases[i].typed, cases[i].text) != cases[i].want)
            fail_msg("\"%s\" on \"%s\"", cases[i].typed, cases[i].text);
    assert_false(matches("x", NULL));
    pattern_free(NULL);
}

static void test_patterns_that_are_wrong(void **state)
{
    (void)state;
    static const char *const wrong[] = {"~(",   "~[a",       "~*",   "~a{2,1}", "~\\", "~(?<n>a)(?<n>b)",
                                        "~\\C", "~(?<=a+)b", "\xFF", "~\xC3"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct err err = {0};
        struct pattern *pattern = pattern_new(wrong[i], &err);
        if (pattern != NULL)
            fail_msg("\"%s\" was taken", wrong[i]);
        assert_int_equal(err.kind, ERR_USAGE);
        assert_true(err.text[0] != '\0');
    }
    struct err err;
    assert_null(pattern_new("~ab(c", &err));
    assert_non_null(strstr(err.text, "ab(c"));
}

/* The matches in a line: in order, never empty, always between characters. */
static void test_all_matches(void **state)
{
    (void)state;
    const char *text = "\xC3\xA9"
                       "a\xC3\xA9 b\xF0\x9F\x90\xB3\xC3\xA9";
    static const char *const typed[] = {"\xC3\xA9", "~.", "~\\w*", "~.*?", "~(?=.)", "~\\b", "~[^a]"};
    for (size_t i = 0; i < sizeof typed / sizeof typed[0]; i++) {
        struct pattern *pattern = pattern_new(typed[i], NULL);
        assert_non_null(pattern);
        size_t len = strlen(text), from = 0, start, end, count = 0;
        while (pattern_find(pattern, text, len, from, &start, &end)) {
            assert_true(start >= from && end > start && end <= len);
            assert_true(((unsigned char)text[start] & 0xC0) != 0x80);
            assert_true(end == len || ((unsigned char)text[end] & 0xC0) != 0x80);
            from = end;
            assert_true(++count <= len);
        }
        assert_false(pattern_find(pattern, text, len, len + 1, &start, &end));
        pattern_free(pattern);
    }
}

/* CPU, since the machine of a test has other things to do, too. */
static int64_t cpu_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Expressions that take exponential time elsewhere end here, on the longest line there is. */
static void test_work_is_bounded(void **state)
{
    (void)state;
    static const char *const typed[] = {"~(a+)+$",   "~(a|aa)+$",       "~(a*)*b",  "~(.*)*x",
                                        "~(x+x+)+y", "~(.{0,400}){2}z", "~.*.*.*q", "~((a+)*)*c"};
    enum { LINE = 16384, LIMIT_MS = 400 };
    char *line = mem_alloc(LINE + 1);
    memset(line, 'a', LINE);
    line[LINE - 1] = '!';
    line[LINE] = '\0';
    for (size_t i = 0; i < sizeof typed / sizeof typed[0]; i++) {
        struct pattern *pattern = pattern_new(typed[i], NULL);
        assert_non_null(pattern);
        int64_t began = cpu_ms();
        assert_false(pattern_matches(pattern, line));
        int took = (int)(cpu_ms() - began);
        if (took > LIMIT_MS)
            fail_msg("%s took %d ms", typed[i], took);
        pattern_free(pattern);
    }
    free(line);
}

static bool passes(const char *expression)
{
    struct box box = world_box("smart-fox-12345", "Build runner", BOX_STATUS_IDLE);
    box.labels = mem_zalloc(2, sizeof *box.labels);
    box.labels[0] = mem_dup("ci");
    box.labels[1] = mem_dup("team-red");
    box.label_count = 2;
    box.agent = mem_dup("claude-code");
    struct err err = {0};
    struct filter *filter = filter_new(expression, &err);
    assert_non_null(filter);
    bool result = filter_match(filter, &box);
    filter_free(filter);
    box_done(&box);
    return result;
}

static void test_filters(void **state)
{
    (void)state;
    const struct {
        const char *expression;
        bool want;
    } cases[] = {
        {"", true},          {"   ", true},       {"build", true},
        {"Build", true},     {"BUILD", false},    {"12345", true},
        {"team", true},      {"build fox", true}, {"build nope", false},
        {"!build", false},   {"!nope", true},     {"  build   !nope ", true},
        {"~^b.*r$", true},   {"~^B.*R$", false},  {"!~^b", false},
        {"l:team", true},    {"l:red", false},    {"L:team", false},
        {"!l:ci", false},    {"s:idle", true},    {"s:id", true},
        {"s:run", false},    {"!s:paused", true}, {"r:node", true},
        {"r:python", false}, {"a:claude", true},  {"a:codex", false},
        {"s:", true},        {"!", false},        {"l:ci l:team s:idle r:n a:c build", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (passes(cases[i].expression) != cases[i].want)
            fail_msg("\"%s\"", cases[i].expression);
}

/* A box of which nothing is said but its id. */
static void test_filter_of_a_bare_box(void **state)
{
    (void)state;
    struct box box = {.id = mem_dup("bare")};
    static const char *const fails[] = {"l:x", "r:n", "a:c", "x"};
    for (size_t i = 0; i < sizeof fails / sizeof fails[0]; i++) {
        struct filter *filter = filter_new(fails[i], NULL);
        assert_non_null(filter);
        assert_false(filter_match(filter, &box));
        filter_free(filter);
    }
    struct filter *filter = filter_new("bar s:unknown", NULL);
    assert_true(filter_match(filter, &box));
    assert_true(filter_match(NULL, &box));
    filter_free(filter);
    filter_free(NULL);
    box_done(&box);
}

static void test_filters_that_are_wrong(void **state)
{
    (void)state;
    struct err err = {0};
    assert_null(filter_new("good ~(", &err));
    assert_int_equal(err.kind, ERR_USAGE);
    struct filter *full = filter_new("1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6", &err);
    assert_non_null(full);
    filter_free(full);
    assert_null(filter_new("1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7", &err));
    assert_non_null(strstr(err.text, "16"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_patterns_that_are_wrong),
        cmocka_unit_test(test_all_matches),
        cmocka_unit_test(test_work_is_bounded),
        cmocka_unit_test(test_filters),
        cmocka_unit_test(test_filter_of_a_bare_box),
        cmocka_unit_test(test_filters_that_are_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
