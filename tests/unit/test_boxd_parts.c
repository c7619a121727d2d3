/*
 * The parts of boxd that need no server: fault specifications, cron, paths, base64, JSON text, log rings, and
 * the reader of agents.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/base/mem.h"
#include "tests/boxd/agent.h"
#include "tests/boxd/base64.h"
#include "tests/boxd/boxlog.h"
#include "tests/boxd/cron.h"
#include "tests/boxd/faults.h"
#include "tests/boxd/jsonw.h"
#include "tests/boxd/paths.h"

static void fault_specifications_are_read(void **state)
{
    (void)state;
    struct fault f;
    struct err err;
    assert_true(fault_parse(&f, "latency=50ms", &err));
    assert_int_equal(f.kind, FAULT_LATENCY);
    assert_int_equal(f.number, 50);
    assert_true(f.probability == 1);
    assert_true(fault_parse(&f, "reset=7@*/logs:0.25", &err));
    assert_int_equal(f.kind, FAULT_RESET);
    assert_int_equal(f.number, 7);
    assert_string_equal(f.glob, "*/logs");
    assert_true(f.probability == 0.25);
    assert_true(fault_parse(&f, "429=date", &err));
    assert_int_equal(f.status, 429);
    assert_string_equal(f.text, "date");
    assert_true(fault_parse(&f, "skew=-2s", &err));
    assert_int_equal(f.number, -2000);
    assert_true(fault_parse(&f, "redirect=http://127.0.0.1:99/x", &err));
    assert_string_equal(f.text, "http://127.0.0.1:99/x");
}

static void bad_fault_specifications_are_refused(void **state)
{
    (void)state;
    static const char *const specs[] = {
        "", "nothing", "200", "600", "latency", "skew", "latency=soon", "logs-retention", "html:2", "html:x"};
    for (size_t i = 0; i < sizeof specs / sizeof *specs; i++) {
        struct fault f;
        struct err err = {0};
        if (fault_parse(&f, specs[i], &err)) {
            fail_msg("`%s` was taken", specs[i]);
        }
        assert_true(err.text[0] != '\0');
    }
}

static void faults_are_drawn_by_path_and_probability(void **state)
{
    (void)state;
    struct faults faults;
    struct fault list[2];
    struct fault_hits hits;
    struct err err;
    int drawn = 0;
    assert_true(fault_parse(&list[0], "500@*/runs", &err));
    assert_true(fault_parse(&list[1], "empty:0.5", &err));
    faults_init(&faults);
    faults_set(&faults, list, 2);
    for (int i = 0; i < 1000; i++) {
        faults_draw(&faults, "/v2/box/a/logs", &hits);
        assert_false(hits.on[FAULT_STATUS]);
        drawn += hits.on[FAULT_EMPTY] ? 1 : 0;
    }
    assert_in_range(drawn, 400, 600);
    faults_draw(&faults, "/v2/box/a/runs", &hits);
    assert_true(hits.on[FAULT_STATUS]);
    faults_done(&faults);
}

static void cron_matches_minutes(void **state)
{
    (void)state;
    /* Friday, 13 February 2026, 09:30. */
    const struct tm friday = {
        .tm_min = 30, .tm_hour = 9, .tm_mday = 13, .tm_mon = 1, .tm_year = 126, .tm_wday = 5};
    static const struct {
        const char *text;
        int verdict; /* -1 malformed, 0 no match, 1 match */
    } cases[] = {
        {"* * * * *", 1},
        {"*/15 * * * *", 1},
        {"*/20 * * * *", 0},
        {"30 9 * * 1-5", 1},
        {"0,30 8-10 * * *", 1},
        {"30 9 13 * *", 1},
        {"30 9 14 * *", 0},
        {"30 9 14 * 5", 1},
        {"30 9 * 2 *", 1},
        {"30 9 * 3 *", 0},
        {"5/5 * * * *", 1},
        {"@daily", 0},
        {"@hourly", 0},
        {"60 * * * *", -1},
        {"* * * *", -1},
        {"* * * * * *", -1},
        {"a * * * *", -1},
        {"*/0 * * * *", -1},
        {"", -1},
        {"9-3 * * * *", -1},
        {"* * 0 * *", -1},
        {"@never", -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cron cron;
        int verdict = !cron_parse(&cron, cases[i].text) ? -1 : cron_matches(&cron, &friday);
        if (verdict != cases[i].verdict) {
            fail_msg("`%s`: %d instead of %d", cases[i].text, verdict, cases[i].verdict);
        }
    }
    struct cron sunday;
    assert_true(cron_parse(&sunday, "* * * * 7"));
    assert_true((sunday.fields[4] & 1) != 0);
}

static void paths_stay_inside(void **state)
{
    (void)state;
    static const struct {
        const char *path, *inside;
    } cases[] = {
        {NULL, "/workspace/home"},
        {"", "/workspace/home"},
        {"a", "/workspace/home/a"},
        {"/workspace/home/.", "/workspace/home"},
        {"./a//b/../c/", "/workspace/home/a/c"},
        {"/opt/x", "/opt/x"},
        {"../../../..", "/"},
        {"/../../etc", "/etc"},
        {"/", "/"},
        {"..", "/workspace"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *inside = paths_inside(cases[i].path);
        assert_string_equal(inside, cases[i].inside);
        free(inside);
    }
    struct boxd boxd = {.root = (char[]){"/r"}};
    struct box box = {.id = "b"};
    char *home = paths_host(&boxd, &box, "/workspace/homes");
    assert_string_equal(home, "/r/boxes/b/root/workspace/homes");
    free(home);
    char *translated = paths_translate(&boxd, &box, "ls /workspace/home/a /workspace/home2 /workspace/home");
    assert_string_equal(translated, "ls /r/boxes/b/home/a /workspace/home2 /r/boxes/b/home");
    free(translated);
}

static void base64_goes_both_ways(void **state)
{
    (void)state;
    struct buf text;
    struct buf bytes;
    buf_init(&text, 1024);
    buf_init(&bytes, 1024);
    for (size_t len = 0; len < 32; len++) {
        char in[32];
        memset(in, (int)(0xf1 + len), sizeof in);
        buf_clear(&text);
        buf_clear(&bytes);
        assert_true(base64_encode(in, len, &text));
        assert_true(base64_decode(buf_text(&text), text.len, &bytes));
        assert_int_equal(bytes.len, len);
        assert_memory_equal(buf_text(&bytes), in, len);
    }
    assert_false(base64_decode("A===", 4, &bytes));
    assert_false(base64_decode("AAA", 3, &bytes));
    assert_false(base64_decode("A!AA", 4, &bytes));
    assert_false(base64_decode("AA=A", 4, &bytes));
    buf_done(&text);
    buf_done(&bytes);
}

static void json_text_is_escaped_or_left_alone(void **state)
{
    (void)state;
    struct jsonw w;
    jsonw_init(&w);
    jsonw_open(&w, '[');
    jsonw_bytes(&w, "a\"\\\n\x01\0\xc3\xa9\xff", 9);
    jsonw_verbatim(&w, "\xff", 1);
    jsonw_open(&w, '{');
    jsonw_int_field(&w, "n", INT64_MIN);
    jsonw_real_field(&w, "r", 0.5);
    jsonw_close(&w, '}');
    jsonw_text(&w, NULL);
    jsonw_close(&w, ']');
    assert_string_equal(
        buf_text(&w.buf),
        "[\"a\\\"\\\\\\n\\u0001\\u0000\xc3\xa9\xef\xbf\xbd\",\"\xff\",{\"n\":-9223372036854775808,"
        "\"r\":0.5},null]");
    jsonw_done(&w);
}

static void a_log_keeps_the_newest_lines(void **state)
{
    (void)state;
    struct boxlog log = {.room = 0};
    for (int i = 0; i < 25000; i++) {
        char *text = mem_format("%d", i);
        boxlog_append(&log, i, LEVEL_INFO, SOURCE_USER, text, strlen(text));
        free(text);
    }
    assert_int_equal(log.count, 20000);
    assert_string_equal(boxlog_at(&log, 0)->text, "5000");
    assert_string_equal(boxlog_at(&log, 19999)->text, "24999");
    char *large = mem_zalloc(1, 70000);
    memset(large, 'x', 70000);
    for (int i = 0; i < 100; i++) {
        boxlog_append(&log, i, LEVEL_INFO, SOURCE_USER, large, 70000);
    }
    free(large);
    assert_int_equal(boxlog_at(&log, log.count - 1)->len, 64 << 10);
    assert_true(log.bytes <= 4 << 20);
    boxlog_done(&log);
}

struct heard {
    struct buf events, lines;
};

static void on_event(void *context, const char *bytes, size_t len)
{
    struct heard *heard = context;
    buf_add(&heard->events, bytes, len);
}

static void on_line(void *context, const char *bytes, size_t len, bool bad)
{
    struct heard *heard = context;
    buf_add_text(&heard->lines, bad ? "!" : "");
    buf_add(&heard->lines, bytes, len);
    buf_add_byte(&heard->lines, '|');
}

/* The events of an agent are the same wherever the pipe cuts them. */
static void an_agent_is_understood_at_every_cut(void **state)
{
    (void)state;
    static const char input[] =
        "hello\nevent: text\ndata: {\"text\":\"one\\ntw\"}\n\n"
        "event: run_start\ndata: {\"run_id\":\"mine\"}\n\n"
        "event:tool\r\ndata:{\"name\":\"Bash\",\"input\":{\"command\":\"make\"}}\r\n\r\n"
        "event: tool_result\ndata: {\"output\":\"1 failed\"}\n\nevent: text\ndata: not json\n\n"
        "event: done\ndata: {\"input_tokens\":3,\"total_cost_usd\":0.5,\"session_id\":\"s\"}";
    static const char events[] = "event: text\ndata: {\"text\":\"one\\ntw\"}\n\n"
                                 "event: tool\ndata: {\"name\":\"Bash\",\"input\":{\"command\":\"make\"}}\n\n"
                                 "event: tool_result\ndata: {\"output\":\"1 failed\"}\n\n";
    for (size_t cut = 0; cut < sizeof input; cut++) {
        struct heard heard;
        struct agent agent;
        buf_init(&heard.events, 4096);
        buf_init(&heard.lines, 4096);
        agent_init(&agent);
        agent.emit = on_event;
        agent.log = on_line;
        agent.context = &heard;
        agent_feed(&agent, input, cut);
        agent_feed(&agent, input + cut, sizeof input - 1 - cut);
        agent_finish(&agent);
        assert_memory_equal(buf_text(&heard.events), events, sizeof events - 1);
        assert_string_equal(buf_text(&heard.lines), "hello|one|tw|Bash: make|!1 failed|");
        assert_true(agent.done);
        assert_int_equal(agent.input_tokens, 3);
        assert_string_equal(agent.session, "s");
        agent_done(&agent);
        buf_done(&heard.events);
        buf_done(&heard.lines);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fault_specifications_are_read),
        cmocka_unit_test(bad_fault_specifications_are_refused),
        cmocka_unit_test(faults_are_drawn_by_path_and_probability),
        cmocka_unit_test(cron_matches_minutes),
        cmocka_unit_test(paths_stay_inside),
        cmocka_unit_test(base64_goes_both_ways),
        cmocka_unit_test(json_text_is_escaped_or_left_alone),
        cmocka_unit_test(a_log_keeps_the_newest_lines),
        cmocka_unit_test(an_agent_is_understood_at_every_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
