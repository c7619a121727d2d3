/* Server-sent events and agent streams, each at every place where the bytes may be cut. */
#include "client/base/buf.h"
#include "client/stream/run_stream.h"
#include "client/stream/sse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static void note_event(void *user, const struct sse_event *event)
{
    buf_add_format(user, "%s=%s%s|", event->name, event->data, event->cut ? "(cut)" : "");
    assert_int_equal(event->len, strlen(event->data));
}

/* All events of the input, fed in two parts cut at `cut`, then byte by byte when cut is the length. */
static char *read_events(const char *input, size_t cut)
{
    struct buf seen;
    buf_init(&seen, 1 << 20);
    struct sse sse;
    sse_init(&sse, note_event, &seen);
    size_t len = strlen(input);
    if (cut == len) {
        for (size_t i = 0; i < len; i++)
            sse_feed(&sse, input + i, 1);
    } else {
        sse_feed(&sse, input, cut);
        sse_feed(&sse, input + cut, len - cut);
    }
    sse_end(&sse);
    sse_done(&sse);
    return buf_take(&seen, NULL);
}

static const struct {
    const char *input;
    const char *want;
} streams[] = {
    {"", ""},
    {"\n\n\n", ""},
    {"event: text\ndata: {\"a\":1}\n\n", "text={\"a\":1}|"},
    {"event:text\ndata:{\"a\":1}\n\n", "text={\"a\":1}|"},
    {"event:  text\ndata:  x\n\n", " text= x|"},
    {"data: x\n\n", "message=x|"},
    {"data: a\ndata: b\ndata\ndata:\ndata: c\n\n", "message=a\nb\n\n\nc|"},
    {"data\n\n", "message=|"},
    {"data:\n\n", "message=|"},
    {"event: lost\n\ndata: x\n\n", "message=x|"},
    {"event: a\nevent: b\ndata: x\n\n", "b=x|"},
    {"event: a\r\ndata: x\r\n\r\n", "a=x|"},
    {"event: a\rdata: x\r\r", "a=x|"},
    {"event: a\rdata: x\n\revent: b\r\ndata: y\n\n", "a=x|b=y|"},
    {"data: x\r\n\ndata: y\n\n", "message=x|message=y|"},
    {"\xEF\xBB\xBF"
     "data: x\n\n",
     "message=x|"},
    {"\xEF\xBB\xBF\xEF\xBB\xBF"
     "data: x\n\n",
     ""},
    {"data: x\n\n\xEF\xBB\xBF"
     "data: y\n\n",
     "message=x|"},
    {": comment\n:\ndata: x\n: another\n\n", "message=x|"},
    {"id: 7\nretry: 100\nother: y\nnonsense\ndata: x\n\n", "message=x|"},
    {"Data: x\nDATA: y\n\n", ""},
    {"data: a:b: c\n\n", "message=a:b: c|"},
    /* the end of the stream */
    {"event: a\ndata: x\n", "a=x|"},
    {"event: a\ndata: x", "a=x|"},
    {"event: a\ndata: x\n\nevent: b\n", "a=x|"},
    /* terminal sequences and the residue of spinners (box-api.md 3.1, steps 2 and 4) */
    {"\033[2K\033[1;31mevent: a\ndata: \033[0mx\n\n", "a=x|"},
    {"|/-\\ event: a\n - data: x\n\n", "a=x|"},
    {"data: x\n|\ndata: y\n  \n", "message=x|message=y|"},
    {"data: a\033[x\n\n", "message=a|"},
    {"data: a\033[1;2\n\n", "message=a\033[1;2|"},
    {"data: a\033]0;t\007\n\n", "message=a\033]0;t\007|"},
    {"data: -x-\n\n", "message=-x-|"},
};

static void streams_are_read_at_every_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(streams); i++)
        for (size_t cut = 0; cut <= strlen(streams[i].input); cut++) {
            char *got = read_events(streams[i].input, cut);
            assert_string_equal(got, streams[i].want);
            free(got);
        }
}

static void count_event(void *user, const struct sse_event *event)
{
    size_t *counts = user;
    counts[0]++;
    counts[1] += event->cut;
    counts[2] = event->len;
}

static void long_lines_and_events_are_cut(void **state)
{
    (void)state;
    size_t counts[3] = {0};
    struct sse sse;
    sse_init(&sse, count_event, counts);
    static char block[100000];
    memset(block, 'x', sizeof block);
    sse_feed(&sse, "data: ", 6);
    for (int i = 0; i < 5; i++)
        sse_feed(&sse, block, sizeof block);
    sse_feed(&sse, "\n\n", 2);
    assert_int_equal(counts[0], 1);
    assert_int_equal(counts[1], 1);
    assert_int_equal(counts[2], SSE_LINE_MAX - 6);
    for (int i = 0; i < 20; i++) {
        sse_feed(&sse, "data: ", 6);
        sse_feed(&sse, block, sizeof block);
        sse_feed(&sse, "\n", 1);
    }
    sse_feed(&sse, "\n", 1);
    assert_int_equal(counts[0], 2);
    assert_int_equal(counts[1], 2);
    assert_true(counts[2] <= SSE_EVENT_MAX);
    sse_feed(&sse, "data: small\n\n", 13);
    assert_int_equal(counts[0], 3);
    assert_int_equal(counts[1], 2);
    assert_int_equal(counts[2], 5);
    sse_done(&sse);
}

static const char *const kind_names[] = {
    [RUN_ITEM_START] = "start", [RUN_ITEM_TEXT] = "text",          [RUN_ITEM_THINKING] = "thinking",
    [RUN_ITEM_TOOL] = "tool",   [RUN_ITEM_TOOL_RESULT] = "result", [RUN_ITEM_DONE] = "done",
    [RUN_ITEM_STATS] = "stats", [RUN_ITEM_ERROR] = "error",        [RUN_ITEM_BREAK] = "break",
    [RUN_ITEM_OTHER] = "other"};

static void add_field(struct buf *out, const char *name, const char *value)
{
    if (value != NULL)
        buf_add_format(out, " %s=%s", name, value);
}

static void add_count(struct buf *out, const char *name, int64_t value)
{
    if (value >= 0)
        buf_add_format(out, " %s=%lld", name, (long long)value);
}

static void note_item(void *user, struct run_item *item)
{
    struct buf *out = user;
    buf_add_text(out, kind_names[item->kind]);
    add_field(out, "run", item->run_id);
    add_field(out, "name", item->name);
    add_field(out, "id", item->tool_id);
    add_field(out, "summary", item->summary);
    add_field(out, "text", item->text);
    add_count(out, "in", item->input_tokens);
    add_count(out, "out", item->output_tokens);
    add_count(out, "cached", item->cached_input_tokens);
    add_count(out, "cpu", item->cpu_ns);
    add_count(out, "memory", item->memory_peak_bytes);
    if (item->cost_usd >= 0)
        buf_add_format(out, " cost=%.4f", item->cost_usd);
    buf_add_text(out, "\n");
    assert_int_equal(item->at, 1000);
    run_item_done(item);
}

static char *read_run(const char *input, size_t cut, enum run_stream_state *state, char **run_id)
{
    struct buf seen;
    buf_init(&seen, 1 << 20);
    struct run_stream stream;
    run_stream_init(&stream, note_item, &seen);
    run_stream_feed(&stream, input, cut, 1000);
    run_stream_feed(&stream, input + cut, strlen(input) - cut, 1000);
    run_stream_end(&stream, 1000);
    *state = stream.state;
    *run_id = stream.run_id;
    stream.run_id = NULL;
    run_stream_done(&stream);
    return buf_take(&seen, NULL);
}

static void a_whole_run_is_read_at_every_cut(void **state)
{
    (void)state;
    static const char input[] =
        "event: run_start\ndata: {\"run_id\":\"run_42\"}\n\n"
        "event: thinking\ndata: {\"text\":\"Hm.\\nWell.\"}\n\n"
        "event: tool\ndata: "
        "{\"tool_use_id\":\"t1\",\"name\":\"Bash\",\"input\":{\"command\":\"make\\ntest\"}}\n\n"
        "event: tool_result\ndata: {\"tool_use_id\":\"t1\",\"output\":\"\\u001b[31m2 failed\\u001b[0m\"}\n\n"
        "event: text\ndata: {\"text\":\"\"}\n\n"
        "event: text\ndata: {\"text\":\"Gr\xC3\xBC\xC3\x9F"
        "e\"}\n\n"
        "event: done\ndata: "
        "{\"output\":\"ok\",\"input_tokens\":10,\"output_tokens\":2,\"cached_input_tokens\":1,"
        "\"total_cost_usd\":0.0412,\"session_id\":\"s\"}\n\n"
        "event: stats\ndata: {\"cpu_ns\":5,\"memory_peak_bytes\":6}\n\n";
    static const char want[] =
        "start run=run_42\n"
        "thinking text=Hm.\nWell.\n"
        "tool name=Bash id=t1 summary=make\u2424test text={\"command\":\"make\\ntest\"}\n"
        "result id=t1 text=2 failed\n"
        "text text=Grüße\n"
        "done text=ok in=10 out=2 cached=1 cost=0.0412\n"
        "stats cpu=5 memory=6\n";
    for (size_t cut = 0; cut < sizeof input; cut++) {
        enum run_stream_state end;
        char *run_id;
        char *got = read_run(input, cut, &end, &run_id);
        assert_string_equal(got, want);
        assert_int_equal(end, RUN_STREAM_DONE);
        assert_string_equal(run_id, "run_42");
        free(run_id);
        free(got);
    }
}

static const struct {
    const char *event;
    const char *data;
    const char *want;
} items[] = {
    {"tool", "{\"id\":\"a\",\"name\":\"Read\",\"input\":{\"file_path\":\"/x\"}}",
     "tool name=Read id=a summary=/x text={\"file_path\":\"/x\"}\n"},
    {"tool",
     "{\"toolCallId\":\"b\",\"id\":\"a\",\"name\":\"Grep\",\"input\":{\"pattern\":\"x.y\",\"path\":\"z\"}}",
     "tool name=Grep id=b summary=x.y text={\"pattern\":\"x.y\",\"path\":\"z\"}\n"},
    {"tool", "{\"tool_call_id\":7,\"id\":\"a\",\"name\":\"Glob\",\"input\":{\"pattern\":\"*.c\"}}",
     "tool name=Glob id=a summary=*.c text={\"pattern\":\"*.c\"}\n"},
    {"tool", "{\"name\":\"Edit\",\"input\":{\"file_path\":5}}",
     "tool name=Edit summary={\"file_path\":5} text={\"file_path\":5}\n"},
    {"tool", "{\"name\":\"Custom\",\"input\":{\"a\":[1,2]}}",
     "tool name=Custom summary={\"a\":[1,2]} text={\"a\":[1,2]}\n"},
    {"tool", "{\"name\":\"EnterPlanMode\",\"input\":{}}", "tool name=EnterPlanMode text={}\n"},
    {"tool", "{\"name\":\"Say\",\"input\":\"hello\"}", "tool name=Say summary=hello text=hello\n"},
    {"tool", "{}", "tool\n"},
    {"tool", "{\"name\":\"TodoWrite\",\"input\":{\"todos\":[]}}",
     "tool name=TodoWrite summary=0 todos, 0 done text={\"todos\":[]}\n"},
    {"tool",
     "{\"name\":\"TodoWrite\",\"input\":{\"todos\":[{\"content\":\"a\",\"status\":\"completed\"},{"
     "\"content\":\"b\","
     "\"status\":\"in_progress\",\"activeForm\":\"doing b\"}]}}",
     "tool name=TodoWrite summary=2 todos, 1 done: doing b text={\"todos\":[{\"content\":\"a\",\"status\":"
     "\"completed\"},{\"content\":\"b\",\"status\":\"in_progress\",\"activeForm\":\"doing b\"}]}\n"},
    {"tool",
     "{\"name\":\"TodoWrite\",\"input\":{\"todos\":[{\"content\":\"b\",\"status\":\"in_progress\"}]}}",
     "tool name=TodoWrite summary=1 todo, 0 done: b "
     "text={\"todos\":[{\"content\":\"b\",\"status\":\"in_progress\"}]}\n"},
    {"tool_result", "{\"output\":{\"ok\":true}}", "result text={\"ok\":true}\n"},
    {"tool_result", "{\"output\":null}", "result\n"},
    {"error", "{\"error\":\"agent crashed\",\"input_tokens\":10}", "error text=agent crashed in=10\n"},
    {"error", "{}", "error text=The run failed and gave no reason\n"},
    {"plan", "{\"steps\":3}", "other name=plan text={\"steps\":3}\n"},
    {"text", "not json", "other name=text text=not json\n"},
    {"text", "{\"text\":\"\\ud800\"}", "text text=\uFFFD\n"},
    {"done", "{}", "done\n"},
    {"done", "{\"input_tokens\":\"many\",\"total_cost_usd\":null}", "done\n"},
};

static void each_kind_of_item_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(items); i++) {
        char input[1024];
        snprintf(input, sizeof input, "event: %s\ndata: %s\n\n", items[i].event, items[i].data);
        enum run_stream_state end;
        char *run_id;
        char *got = read_run(input, 0, &end, &run_id);
        assert_string_equal(got, items[i].want);
        assert_null(run_id);
        free(got);
    }
}

static void the_state_says_how_far_a_run_came(void **state)
{
    (void)state;
    enum run_stream_state end;
    char *run_id;
    free(read_run("event: run_start\ndata: {\"run_id\":\"a b\"}\n\n", 0, &end, &run_id));
    assert_int_equal(end, RUN_STREAM_OPEN);
    assert_null(run_id); /* no id can hold a space */
    free(read_run("event: error\ndata: {\"error\":\"x\"}\n\n", 0, &end, &run_id));
    assert_int_equal(end, RUN_STREAM_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_are_read_at_every_cut),     cmocka_unit_test(long_lines_and_events_are_cut),
        cmocka_unit_test(a_whole_run_is_read_at_every_cut),  cmocka_unit_test(each_kind_of_item_is_read),
        cmocka_unit_test(the_state_says_how_far_a_run_came),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
