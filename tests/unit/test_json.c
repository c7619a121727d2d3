/* JSON from a service that may be wrong: what loads, what is repaired, what is refused, how lists are cut. */
#include "client/base/mem.h"
#include "client/json.h"
#include "client/json_split.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* RFC 8259, the texts it allows. */
static const char *const well_formed[] = {
    "[]",
    "{}",
    " [ ] ",
    "\t\r\n[\t\r\n]\t\r\n",
    "null",
    "true",
    "false",
    "0",
    "-0",
    "\"\"",
    "\"a\"",
    "[null,true,false]",
    "[0,-1,12,1.5,-0.25,1e3,1E3,1e+3,1e-3,0e0,0.0e-0]",
    "[123456789012345678,9223372036854775807,-9223372036854775808]",
    "[1e-400]",
    "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]",
    "[\"\\u0041\\u00e9\\u20AC\"]",
    "[\"\\uD83D\\uDE80\"]",
    "[\"\\ud83d\\ude80\"]",
    "[\"\\u0000\"]",
    "[\"a\\u0000b\"]",
    "[\"\\uFFFF\\uFDD0\"]",
    "[\"\x7F\"]",
    "[\"\xC2\xA0\xE2\x82\xAC\xF0\x9F\x9A\x80\"]",
    "[\"\\u2028\xE2\x80\xA8\"]",
    "{\"\":0}",
    "{\"a\":1,\"a\":2}",
    "{\"a\":{\"b\":[{\"c\":null}]}}",
    "{\"a\" : 1 , \"b\" : [ 2 , 3 ] }",
    "[[[[[[[[[[]]]]]]]]]]",
    "[\"// no comment\", \"[not a list]\", \"{\\\"a\\\":1}\"]",
};

/* Well-formed or nearly so, and refused by jansson as it stands. */
static const struct {
    const char *text;
    const char *want; /* what it becomes, as compact JSON with ASCII escapes */
} repaired[] = {
    {"[1e400]", "[\"1e400\"]"},
    {"[-1E+999]", "[\"-1E+999\"]"},
    {"[18446744073709551616]", "[\"18446744073709551616\"]"},
    {"[-9223372036854775809]", "[\"-9223372036854775809\"]"},
    {"[100000000000000000000000000000000000000]", "[\"100000000000000000000000000000000000000\"]"},
    {"{\"n\":1e400,\"m\":2}", "{\"n\":\"1e400\",\"m\":2}"},
    {"[\"\\uD800\"]", "[\"\\uFFFD\"]"},
    {"[\"\\uDC00\"]", "[\"\\uFFFD\"]"},
    {"[\"\\uD800\\uD800\"]", "[\"\\uFFFD\\uFFFD\"]"},
    {"[\"\\uD800\\u0041\"]", "[\"\\uFFFDA\"]"},
    {"[\"\\uD800\\uD83D\\uDE80\"]", "[\"\\uFFFD\\uD83D\\uDE80\"]"},
    {"[\"\\uD83Dx\"]", "[\"\\uFFFDx\"]"},
    {"[\"\\uD83D\\n\"]", "[\"\\uFFFD\\n\"]"},
    {"[\"\\uDE80\\uD83D\"]", "[\"\\uFFFD\\uFFFD\"]"},
    {"[\"\xFF\"]", "[\"\\uFFFD\"]"},
    {"[\"a\xC3(b\"]", "[\"a\\uFFFD(b\"]"},
    {"[\"\xC0\xAF\"]", "[\"\\uFFFD\\uFFFD\"]"},
    {"[\"\xED\xA0\x80\"]", "[\"\\uFFFD\\uFFFD\\uFFFD\"]"},
    {"[\"\xF4\x90\x80\x80\"]", "[\"\\uFFFD\\uFFFD\\uFFFD\\uFFFD\"]"},
    {"[\"\xE2\x82\"]", "[\"\\uFFFD\"]"},
    {"{\"a\\u0000b\":1}", "{\"a\\u2400b\":1}"},
    {"{\"a\\u0000\" : \"\\u0000\"}", "{\"a\\u2400\":\"\\u0000\"}"},
    {"{\"\xFF\":1}", "{\"\\uFFFD\":1}"},
};

/* Malformed beyond repair. */
static const char *const malformed[] = {
    "",
    " ",
    "[",
    "]",
    "{",
    "}",
    "[1",
    "[1,",
    "[1,]",
    "[,1]",
    "[1,,2]",
    "[1 2]",
    "[1}",
    "{\"a\":1]",
    "{\"a\":1",
    "{\"a\":1,}",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\" 1}",
    "{a:1}",
    "{'a':1}",
    "{1:1}",
    "{\"a\":1,,\"b\":2}",
    "{\"a\"::1}",
    "[\"a]",
    "[a\"]",
    "['a']",
    "[\"\\x41\"]",
    "[\"\\u00\"]",
    "[\"\\u00GG\"]",
    "[\"\\uD800\\u\"]",
    "[\"\\uD800\\u1x\"]",
    "[\"\\\"]",
    "[\"\n\"]",
    "[\"\t\"]",
    "[\"\x01\"]",
    "[\"\x1F\"]",
    "[tru]",
    "[nul]",
    "[True]",
    "[NaN]",
    "[Infinity]",
    "[-Infinity]",
    "[-]",
    "[+1]",
    "[01]",
    "[-01]",
    "[012345678901234567890123]",
    "[.5]",
    "[1.]",
    "[1.e3]",
    "[1e]",
    "[1e+]",
    "[1e999x]",
    "[--1e999]",
    "[1e999.5]",
    "[0x10]",
    "[1_000]",
    "[1e4e999]",
    "[1]x",
    "[1][2]",
    "{}{}",
    "[] // comment",
    "[/* comment */]",
    "# []",
    "\xFF[]",
    "[\xFF]",
    "[\xC2\xA0]",
    "<html><body>502 Bad Gateway</body></html>",
    "Internal Server Error",
};

static void well_formed_json_is_accepted(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(well_formed); i++) {
        struct err err;
        json_t *value = json_load_tolerant(well_formed[i], strlen(well_formed[i]), &err);
        assert_string_equal(value != NULL ? "" : well_formed[i], "");
        assert_int_equal(err.kind, ERR_NONE);
        json_decref(value);
    }
}

static void odd_json_is_repaired(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(repaired); i++) {
        struct err err;
        json_t *value = json_load_tolerant(repaired[i].text, strlen(repaired[i].text), &err);
        assert_string_equal(value != NULL ? "" : repaired[i].text, "");
        char *dump = json_dumps(value, JSON_COMPACT | JSON_ENSURE_ASCII);
        assert_string_equal(dump, repaired[i].want);
        free(dump);
        json_decref(value);
    }
}

static void malformed_json_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(malformed); i++) {
        struct err err;
        json_t *value = json_load_tolerant(malformed[i], strlen(malformed[i]), &err);
        assert_string_equal(value == NULL ? "" : malformed[i], "");
        assert_int_equal(err.kind, ERR_PROTOCOL);
        assert_non_null(strstr(err.text, "The JSON is malformed: "));
    }
    assert_null(json_load_tolerant("123\0", 4, NULL));
    assert_null(json_load_tolerant("[\"a\0b\"]", 7, NULL));
}

static void a_refusal_is_inert(void **state)
{
    (void)state;
    struct err err;
    static const char bytes[] = "[\"a\" \033[31mx]";
    assert_null(json_load_tolerant(bytes, sizeof bytes - 1, &err));
    assert_null(strchr(err.text, '\033'));
}

static void depth_ends_at_2048(void **state)
{
    (void)state;
    char bytes[6000];
    memset(bytes, '[', 3000);
    memset(bytes + 3000, ']', 3000);
    assert_null(json_load_tolerant(bytes, sizeof bytes, NULL));
    json_t *value = json_load_tolerant(bytes + 1000, 4000, NULL);
    assert_non_null(value);
    json_decref(value);
}

static json_t *load(const char *text)
{
    json_t *value = json_load_tolerant(text, strlen(text), NULL);
    assert_non_null(value);
    return value;
}

static void getters_check_the_type(void **state)
{
    (void)state;
    json_t *o = load(
        "{\"s\":\"text\",\"n\":\"a\\u0000b\",\"i\":42,\"r\":2.6,\"big\":1e300,\"over\":18446744073709551616,"
        "\"huge\":1e400,\"digits\":\"-17\",\"t\":true,\"f\":false,\"one\":1,\"null\":null,\"a\":[1]}");
    size_t len;
    assert_string_equal(json_text(o, "s", &len), "text");
    assert_int_equal(len, 4);
    json_text(o, "n", &len);
    assert_int_equal(len, 3);
    assert_null(json_text(o, "i", NULL));
    assert_null(json_text(o, "missing", &len));
    assert_int_equal(len, 0);

    assert_int_equal(json_int64(o, "i", -1), 42);
    assert_int_equal(json_int64(o, "r", -1), 3);
    assert_int_equal(json_int64(o, "digits", -1), -17);
    static const char *const not_integers[] = {"s", "big", "over", "huge", "t", "null", "a", "missing"};
    for (size_t i = 0; i < COUNT(not_integers); i++)
        assert_int_equal(json_int64(o, not_integers[i], -1), -1);

    assert_true(json_number(o, "i", -1) == 42);
    assert_true(json_number(o, "r", -1) == 2.6);
    assert_true(json_number(o, "big", -1) == 1e300);
    assert_true(json_number(o, "over", -1) == 18446744073709551616.0);
    static const char *const not_numbers[] = {"s", "huge", "t", "null", "a", "missing"};
    for (size_t i = 0; i < COUNT(not_numbers); i++)
        assert_true(json_number(o, not_numbers[i], -1) == -1);

    assert_true(json_flag(o, "t", false));
    assert_false(json_flag(o, "f", true));
    assert_true(json_flag(o, "one", false));
    assert_true(json_flag(o, "i", true));
    assert_false(json_flag(o, "s", false));
    json_decref(o);

    assert_null(json_text(NULL, "x", NULL));
    assert_int_equal(json_int64(NULL, "x", 7), 7);
}

static void times_tell_their_unit(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t want;
    } cases[] = {
        {"1771845600", 1771845600000},
        {"1771845600.25", 1771845600250},
        {"1771845600123", 1771845600123},
        {"1771845600123456", 1771845600123},
        {"1771845600123456789", 1771845600123},
        {"99999999999", 99999999999000},
        {"\"1771845600\"", 1771845600000},
        {"\"2026-02-23T11:20:00Z\"", 1771845600000},
        {"\"2026-02-23T11:20:00.25Z\"", 1771845600250},
        {"\"2026-02-23T11:20:00.123456789Z\"", 1771845600123},
        {"\"2026-02-23T13:20:00+02:00\"", 1771845600000},
        {"\"2026-02-23T05:50:00-0530\"", 1771845600000},
        {"\"2026-02-23 11:20\"", 1771845600000},
        {"\"2026-02-23\"", 1771804800000},
        {"\"2000-02-29T00:00:00Z\"", 951782400000},
        {"\"1970-01-01T00:00:01Z\"", 1000},
        {"\"2026-02-23T11:20:00Zx\"", 0},
        {"\"2026-02-23T11:20:00+\"", 0},
        {"\"2026-13-23T11:20:00Z\"", 0},
        {"\"2026-02-23T\"", 0},
        {"\"1969-12-31T23:59:59Z\"", 0},
        {"\"yesterday\"", 0},
        {"\"\"", 0},
        {"\"inf\"", 0},
        {"\"0x10\"", 1000 * 16}, /* strtod reads hex; no harm */
        {"0", 0},
        {"-5", 0},
        {"1e30", 0},
        {"1e400", 0},
        {"null", 0},
        {"true", 0},
        {"[1771845600]", 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        json_t *value = load(cases[i].text);
        assert_int_equal(json_time_value(value), cases[i].want);
        json_decref(value);
    }
}

static void digests_tell_bytes_apart(void **state)
{
    (void)state;
    assert_true(json_digest("", 0) == json_digest("", 0));
    char bytes[40] = {0};
    uint64_t seen[40 * 8 + 41];
    size_t count = 0;
    for (size_t bit = 0; bit < 40 * 8; bit++) {
        bytes[bit / 8] = (char)(1 << bit % 8);
        seen[count++] = json_digest(bytes, sizeof bytes);
        bytes[bit / 8] = 0;
    }
    for (size_t len = 0; len <= 40; len++)
        seen[count++] = json_digest(bytes, len);
    for (size_t i = 0; i < count; i++)
        for (size_t k = i + 1; k < count; k++)
            assert_true(seen[i] != seen[k]);
}

/* What the scanner delivered, on one line: elements between bars, broken ones as <why>. */
struct seen {
    struct buf text;
    size_t next;
};

static void note_element(void *user, const struct json_element *element)
{
    struct seen *seen = user;
    assert_int_equal(element->index, seen->next);
    seen->next++;
    if (element->broken != NULL)
        buf_add_format(&seen->text, "<%s>|", element->broken);
    else
        buf_add_format(&seen->text, "%.*s|", (int)element->len, element->bytes);
}

/* Feeds `input` in pieces cut at `first` and then every `step` bytes; "!" at the end means that it was
 * refused. */
static char *split_at(const char *input, size_t len, size_t first, size_t step, bool *found)
{
    struct seen seen = {0};
    buf_init(&seen.text, 1 << 20);
    struct json_split split;
    json_split_init(&split, "runs", note_element, &seen);
    bool good = true;
    for (size_t at = 0; at < len && good;) {
        size_t size = at == 0 && first > 0 ? first : step;
        if (size > len - at)
            size = len - at;
        good = json_split_feed(&split, input + at, size, NULL);
        at += size;
    }
    struct err err = {0};
    if (!json_split_end(&split, &err)) {
        assert_int_equal(err.kind, ERR_PROTOCOL);
        buf_add_text(&seen.text, "!");
    } else {
        assert_true(good);
    }
    *found = split.found;
    json_split_done(&split);
    return buf_take(&seen.text, NULL);
}

static const struct {
    const char *input;
    const char *want;
    bool found;
} lists[] = {
    {"[]", "", true},
    {" [ ] ", "", true},
    {"\xEF\xBB\xBF[1]", "1|", true},
    {"[1]", "1|", true},
    {"[1, \"two\" ,{\"three\":3} , [4,[5]],null]", "1|\"two\"|{\"three\":3}|[4,[5]]|null|", true},
    {"[{\"a\":\"]},[{\"},{\"b\":\"\\\"]\"}]", "{\"a\":\"]},[{\"}|{\"b\":\"\\\"]\"}|", true},
    {"[\"\\\\\",\"\\\\\\\"\",1]", "\"\\\\\"|\"\\\\\\\"\"|1|", true},
    {"{\"runs\":[]}", "", true},
    {"{\"runs\":[1,2]}", "1|2|", true},
    {" { \"runs\" : [ 1 , 2 ] } ", "1|2|", true},
    {"{\"runs\":null}", "", true},
    {"{}", "", false},
    {"{\"other\":[1,{\"runs\":[7]}],\"runs\":[2],\"n\":{\"x\":\"}\"}}", "2|", true},
    {"{\"count\":1,\"more\":false,\"text\":\"a,b]\",\"runs\":[1]}", "1|", true},
    {"{\"runsx\":[1],\"run\":[2],\"\":[3],\"r\\\"uns\":[4]}", "", false},
    {"{\"error\":\"no\"}", "", false},
    /* one bad element costs one element */
    {"[1,,2]", "1|<there is nothing between two commas>|2|", true},
    {"[1,]", "1|<there is nothing between two commas>|", true},
    {"[{\"a\":[1},{\"b\":2}]", "<its brackets do not match>|{\"b\":2}|", true},
    {"[{\"a\":1]}]", "<its brackets do not match>|!", true},
    {"[[1}],2]", "<its brackets do not match>|2|", true},
    {"[1},2]", "<its brackets do not match>|2|", true},
    {"[bad json,2]", "bad json|2|", true},
    /* refused */
    {"", "!", false},
    {"  ", "!", false},
    {"null", "!", false},
    {"\"text\"", "!", false},
    {"<html>", "!", false},
    {"[1", "!", true},
    {"[1,2", "1|!", true},
    {"[1,\"2]", "1|!", true},
    {"[1]x", "1|!", true},
    {"[1][2]", "1|!", true},
    {"{\"runs\":[1]", "1|!", true},
    {"{\"runs\":[1]]", "1|!", true},
    {"{\"runs\":[1] 2}", "1|!", true},
    {"{\"runs\":{}}", "!", false},
    {"{\"runs\":5}", "!", false},
    {"{\"runs\" [1]}", "!", false},
    {"{runs:[1]}", "!", false},
    {"{\"runs\":[1],}", "1|!", true},
    {"{\"a\":1", "!", false},
    {"{\"a", "!", false},
};

static void lists_are_cut_at_every_split(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(lists); i++) {
        size_t len = strlen(lists[i].input);
        for (size_t first = 0; first <= len; first++)
            for (size_t step = 1; step <= (first == 0 ? 3 : 1); step++) {
                bool found;
                char *got = split_at(lists[i].input, len, first, first == 0 ? step : len + 1, &found);
                assert_string_equal(got, lists[i].want);
                assert_int_equal(found, lists[i].found);
                free(got);
            }
    }
}

static void an_element_has_a_cap_and_a_depth(void **state)
{
    (void)state;
    struct buf input;
    buf_init(&input, 4 << 20);
    buf_add_text(&input, "[1,\"");
    for (int i = 0; i < 1100; i++)
        for (int k = 0; k < 64; k++)
            buf_add_text(&input, "0123456789abcdef");
    buf_add_text(&input, "\",2,");
    for (int i = 0; i < 3000; i++)
        buf_add_byte(&input, '[');
    for (int i = 0; i < 3000; i++)
        buf_add_byte(&input, ']');
    buf_add_text(&input, ",3]");
    bool found;
    char *got = split_at(input.data, input.len, 0, 16384, &found);
    assert_string_equal(got, "1|<longer than 1 MiB>|2|<nested too deeply>|3|");
    free(got);
    buf_done(&input);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(well_formed_json_is_accepted), cmocka_unit_test(odd_json_is_repaired),
        cmocka_unit_test(malformed_json_is_refused),    cmocka_unit_test(a_refusal_is_inert),
        cmocka_unit_test(depth_ends_at_2048),           cmocka_unit_test(getters_check_the_type),
        cmocka_unit_test(times_tell_their_unit),        cmocka_unit_test(digests_tell_bytes_apart),
        cmocka_unit_test(lists_are_cut_at_every_split), cmocka_unit_test(an_element_has_a_cap_and_a_depth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
