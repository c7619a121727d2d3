/* JSON in a log line, laid out in rows. */
#include "tui/logjson.h"

#include "client/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void expect_rows(const char *text, const char *want)
{
    struct logjson json;
    assert_true(logjson_lay_out(&json, text));
    struct buf got;
    buf_init(&got, 1 << 20);
    for (size_t i = 0; i < json.count; i++) {
        const struct logview_row *row = &json.rows[i];
        assert_int_equal(strlen(row->text.bytes), row->text.len);
        for (int k = 0; k < 2; k++)
            assert_true(row->pieces[k].start + row->pieces[k].len <= row->text.len);
        buf_add_text(&got, row->text.bytes);
        buf_add_text(&got, "\n");
    }
    assert_string_equal(buf_text(&got), want);
    buf_done(&got);
    logjson_done(&json);
}

static void values_have_rows(void **state)
{
    (void)state;
    expect_rows("{\"a\":1,\"b\":[true,null],\"c\":{},\"d\":[]}", "{\n"
                                                                 "  \"a\": 1,\n"
                                                                 "  \"b\": [\n"
                                                                 "    true,\n"
                                                                 "    null\n"
                                                                 "  ],\n"
                                                                 "  \"c\": {},\n"
                                                                 "  \"d\": []\n"
                                                                 "}\n");
    expect_rows("Todo [x] {\"k\":\"v\"} done", "Todo [x] {\n  \"k\": \"v\"\n} done\n");
    expect_rows("[1,2]", "[\n  1,\n  2\n]\n");
}

static void what_is_no_json_stays_a_line(void **state)
{
    (void)state;
    static const char *const texts[] = {"",        "{", "[1", "plain", "{}", "[7]", "f(x) { return [0]; }",
                                        "[[[[[[[["};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct logjson json;
        assert_false(logjson_lay_out(&json, texts[i]));
        assert_false(logjson_is_in(texts[i]));
        logjson_done(&json);
    }
}

static void parts_have_roles(void **state)
{
    (void)state;
    struct logjson json;
    assert_true(logjson_lay_out(&json, "{\"key\":\"value\",\"n\":-1.5}"));
    const struct logview_piece *pieces = json.rows[1].pieces;
    assert_int_equal(pieces[0].role, ROLE_JSON_KEY);
    assert_int_equal(pieces[0].start, 2);
    assert_int_equal(pieces[0].len, 5);
    assert_int_equal(pieces[1].role, ROLE_JSON_STRING);
    assert_int_equal(pieces[1].start, 9);
    assert_int_equal(json.rows[2].pieces[1].role, ROLE_JSON_NUMBER);
    logjson_done(&json);
}

/* What JSON had escaped would be obeyed by a terminal. */
static void values_are_inert(void **state)
{
    (void)state;
    struct logjson json;
    assert_true(logjson_lay_out(&json, "{\"\\u009b2J\":\"\\u001b[2J\\u202e\\u0085\"}"));
    for (size_t i = 0; i < json.count; i++)
        for (uint32_t k = 0; k < json.rows[i].text.len; k++) {
            unsigned char byte = (unsigned char)json.rows[i].text.bytes[k];
            bool c1 = byte == 0xC2 && ((unsigned char)json.rows[i].text.bytes[k + 1] & 0xE0) == 0x80;
            assert_true(byte >= 0x20 && byte != 0x7F && !c1);
        }
    assert_null(strstr(json.rows[1].text.bytes, "\xE2\x80\xAE"));
    logjson_done(&json);
}

static void there_is_an_end_to_it(void **state)
{
    (void)state;
    struct buf text;
    buf_init(&text, 1 << 20);
    buf_add_text(&text, "[0");
    for (int i = 1; i < 4 * LOGJSON_ROWS; i++)
        buf_add_text(&text, ",0");
    buf_add_text(&text, "]");
    struct logjson json;
    assert_true(logjson_lay_out(&json, buf_text(&text)));
    assert_int_equal(json.count, LOGJSON_ROWS);
    assert_string_equal(json.rows[LOGJSON_ROWS - 1].text.bytes, "(the rest is not laid out)");
    logjson_done(&json);
    buf_clear(&text);
    for (int i = 0; i < 1500; i++)
        buf_add_text(&text, "[1,");
    buf_add_text(&text, "1");
    for (int i = 0; i < 1500; i++)
        buf_add_text(&text, "]");
    assert_true(logjson_lay_out(&json, buf_text(&text)));
    assert_true(json.count <= LOGJSON_ROWS);
    for (size_t i = 0; i < json.count; i++)
        assert_true(json.rows[i].text.len < 100);
    logjson_done(&json);
    buf_done(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_have_rows),      cmocka_unit_test(what_is_no_json_stays_a_line),
        cmocka_unit_test(parts_have_roles),      cmocka_unit_test(values_are_inert),
        cmocka_unit_test(there_is_an_end_to_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
