/* From the service's JSON to boxes, runs, log lines, snapshots and error sentences; and messages that own
 * them. */
#include "client/base/mem.h"
#include "client/event.h"
#include "client/model_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static struct json_element item(const char *bytes)
{
    struct json_element element = json_element_whole(bytes, strlen(bytes));
    element.index = 2;
    return element;
}

static void read_box(struct box *box, const char *bytes)
{
    struct json_element element = item(bytes);
    model_read_box(box, &element);
}

static void read_run(struct run *run, const char *bytes)
{
    struct json_element element = item(bytes);
    model_read_run(run, &element);
}

static void read_line(struct log_line *line, const char *bytes)
{
    struct json_element element = item(bytes);
    model_read_log_line(line, &element);
}

static void read_snapshot(struct snapshot *snapshot, const char *bytes)
{
    struct json_element element = item(bytes);
    model_read_snapshot(snapshot, &element);
}

static const char full_box[] =
    "{\"id\":\"quiet-otter-40412\",\"customer_id\":\"cus_1\",\"name\":\"payments\",\"labels\":[\"prod\","
    "\"eu\"],"
    "\"size\":\"large\",\"keep_alive\":true,\"model\":\"openai/gpt-5.5\",\"agent\":\"codex\","
    "\"enabled_skills\":[\"a/b/c\"],\"runtime\":\"golang\",\"status\":\"running\","
    "\"network_policy\":{\"mode\":\"custom\",\"allowed_domains\":[\"example.com\",\"*.example.org\"],"
    "\"allowed_cidrs\":[\"203.0.113.0/24\"],\"denied_cidrs\":[\"198.51.100.0/24\"]},"
    "\"clone_repo\":\"https://git.example/x\",\"total_input_tokens\":1200,\"total_output_tokens\":34,"
    "\"total_prompts\":5,\"session_id\":\"s-1\",\"agent_id\":\"agt\",\"total_cpu_ns\":9007199254740993,"
    "\"total_compute_cost_usd\":0.5,\"total_token_cost_usd\":0.25,\"use_managed_key\":true,"
    "\"last_activity_at\":1771849190,\"created_at\":\"2026-02-23T11:20:00Z\",\"updated_at\":1771845600000,"
    "\"ephemeral\":true,\"expires_at\":1771849200,\"new_field\":{\"x\":[]}}";

static void check_full_box(const struct box *box)
{
    assert_string_equal(box->id, "quiet-otter-40412");
    assert_string_equal(box->customer_id, "cus_1");
    assert_string_equal(box->name, "payments");
    assert_int_equal(box->label_count, 2);
    assert_string_equal(box->labels[1], "eu");
    assert_int_equal(box->status, BOX_STATUS_RUNNING);
    assert_string_equal(box->status_word, "running");
    assert_string_equal(box->size, "large");
    assert_string_equal(box->runtime, "golang");
    assert_string_equal(box->agent, "codex");
    assert_string_equal(box->model, "openai/gpt-5.5");
    assert_int_equal(box->skill_count, 1);
    assert_string_equal(box->skills[0], "a/b/c");
    assert_string_equal(box->network_mode, "custom");
    assert_string_equal(box->network_detail,
                        "allow example.com, *.example.org; allow 203.0.113.0/24; deny 198.51.100.0/24");
    assert_string_equal(box->clone_repo, "https://git.example/x");
    assert_string_equal(box->session_id, "s-1");
    assert_string_equal(box->agent_id, "agt");
    assert_int_equal(box->input_tokens, 1200);
    assert_int_equal(box->output_tokens, 34);
    assert_int_equal(box->prompts, 5);
    assert_int_equal(box->cpu_ns, 9007199254740993);
    assert_true(box_cost_usd(box) == 0.75);
    assert_int_equal(box->created_at, 1771845600000);
    assert_int_equal(box->updated_at, 1771845600000);
    assert_int_equal(box->last_activity_at, 1771849190000);
    assert_int_equal(box->expires_at, 1771849200000);
    assert_true(box->keep_alive && box->ephemeral && box->managed_key);
    assert_false(box->unreadable);
    assert_true(box_is_live(box));
    assert_string_equal(box_title(box), "payments");
}

static void every_field_of_a_box_is_read(void **state)
{
    (void)state;
    struct box box, copy;
    read_box(&box, full_box);
    check_full_box(&box);
    box_copy(&copy, &box);
    box_done(&box);
    check_full_box(&copy);
    box_done(&copy);
    box_done(&copy);
}

static void what_a_box_does_not_say_is_unknown(void **state)
{
    (void)state;
    static const char *const inputs[] = {
        "{\"id\":\"b\"}",
        "{\"id\":\"b\",\"name\":null,\"labels\":null,\"status\":null,\"network_policy\":null,\"created_at\":"
        "null}",
        "{\"id\":\"b\",\"name\":7,\"labels\":\"x\",\"status\":[],\"network_policy\":\"open\",\"created_at\":{"
        "},"
        "\"total_cpu_ns\":\"much\",\"total_compute_cost_usd\":\"free\",\"keep_alive\":\"yes\",\"size\":false,"
        "\"total_input_tokens\":-5,\"total_token_cost_usd\":-1.5,\"updated_at\":-1,\"enabled_skills\":[1,"
        "null]}",
    };
    for (size_t i = 0; i < COUNT(inputs); i++) {
        struct box box;
        read_box(&box, inputs[i]);
        assert_false(box.unreadable);
        assert_string_equal(box.id, "b");
        assert_null(box.name);
        assert_string_equal(box_title(&box), "b");
        assert_int_equal(box.label_count, 0);
        assert_int_equal(box.skill_count, 0);
        assert_int_equal(box.status, BOX_STATUS_UNKNOWN);
        assert_null(box.status_word);
        assert_null(box.size);
        assert_string_equal(box.network_mode, "allow-all");
        assert_null(box.network_detail);
        assert_int_equal(box.input_tokens, -1);
        assert_int_equal(box.cpu_ns, -1);
        assert_true(box_cost_usd(&box) == -1);
        assert_int_equal(box.created_at, 0);
        assert_int_equal(box.updated_at, 0);
        assert_false(box.keep_alive);
        box_done(&box);
    }
}

static void an_unreadable_item_says_which_and_why(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        const char *why;
    } cases[] = {
        {"{\"name\":\"x\"}", "Unreadable box #3: it has no id"},
        {"{\"id\":17}", "Unreadable box #3: it has no id"},
        {"{\"id\":\"\"}", "Unreadable box #3: its id has characters that an id cannot have, or is too long"},
        {"{\"id\":\"a b\"}",
         "Unreadable box #3: its id has characters that an id cannot have, or is too long"},
        {"{\"id\":\"..\"}",
         "Unreadable box #3: its id has characters that an id cannot have, or is too long"},
        {"{\"id\":\"a\\u0000\"}",
         "Unreadable box #3: its id has characters that an id cannot have, or is too long"},
        {"[]", "Unreadable box #3: it is not an object"},
        {"\"text\"", "Unreadable box #3: it is not an object"},
        {"null", "Unreadable box #3: it is not an object"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct box box;
        read_box(&box, cases[i].bytes);
        assert_true(box.unreadable);
        assert_string_equal(box.id, "");
        assert_string_equal(box_title(&box), cases[i].why);
        assert_int_equal(box.cpu_ns, -1);
        box_done(&box);
    }
    struct box box;
    read_box(&box, "{\"id\":\"a\",");
    assert_true(box.unreadable);
    assert_non_null(strstr(box.name, "Unreadable box #3: The JSON is malformed: "));
    box_done(&box);
    struct json_element broken = {.bytes = "{", .len = 1, .index = 0, .broken = "longer than 1 MiB"};
    model_read_box(&box, &broken);
    assert_string_equal(box.name, "Unreadable box #1: longer than 1 MiB");
    box_done(&box);
    struct run run;
    read_run(&run, "{}");
    assert_true(run.unreadable);
    assert_string_equal(run.prompt, "Unreadable run #3: it has no id");
    run_done(&run);
    struct snapshot snapshot;
    read_snapshot(&snapshot, "5");
    assert_true(snapshot.unreadable);
    assert_string_equal(snapshot.name, "Unreadable snapshot #3: it is not an object");
    snapshot_done(&snapshot);
}

/* One odd thing in an item that is otherwise whole must not cost the item. */
static void odd_values_cost_their_field_only(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        const char *name;
    } cases[] = {
        {"{\"id\":\"b\",\"name\":\"a\\ud800b\"}", "a\uFFFDb"},
        {"{\"id\":\"b\",\"name\":\"a\xFF"
         "b\"}",
         "a\uFFFDb"},
        {"{\"id\":\"b\",\"name\":\"n\",\"total_cpu_ns\":1e400}", "n"},
        {"{\"id\":\"b\",\"name\":\"n\",\"total_cpu_ns\":18446744073709551616}", "n"},
        {"{\"id\":\"b\",\"name\":\"a\\u0000b\"}", "a^@b"},
        {"{\"id\":\"b\",\"name\":\"n\",\"x\\u0000\":1}", "n"},
        {"{\"id\":\"b\",\"name\":\"m\",\"name\":\"n\"}", "n"},
        {"{\"id\":\"b\",\"name\":\"\\u001b]0;x\\u0007evil\\u202e\"}", "\u241Bevil\u27E8202E\u27E9"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct box box;
        read_box(&box, cases[i].bytes);
        assert_false(box.unreadable);
        assert_string_equal(box.name, cases[i].name);
        assert_int_equal(box.cpu_ns, -1);
        box_done(&box);
    }
}

static void status_words_are_known_or_shown(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        enum box_status status;
        char letter;
    } cases[] = {
        {"creating", BOX_STATUS_CREATING, 'C'}, {"idle", BOX_STATUS_IDLE, 'i'},
        {"ready", BOX_STATUS_IDLE, 'i'},        {"running", BOX_STATUS_RUNNING, 'R'},
        {"paused", BOX_STATUS_PAUSED, 'P'},     {"error", BOX_STATUS_ERROR, 'E'},
        {"failed", BOX_STATUS_ERROR, 'E'},      {"deleted", BOX_STATUS_DELETED, 'D'},
        {"IDLE", BOX_STATUS_UNKNOWN, '?'},      {"rebooting", BOX_STATUS_UNKNOWN, '?'},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char bytes[64];
        int len = snprintf(bytes, sizeof bytes, "{\"id\":\"b\",\"status\":\"%s\"}", cases[i].word);
        struct box box;
        read_box(&box, bytes);
        assert_int_equal(box.status, cases[i].status);
        assert_string_equal(box.status_word, cases[i].word);
        assert_int_equal(box_status_letter(box.status), cases[i].letter);
        assert_int_equal(model_read_status(bytes, (size_t)len), cases[i].status);
        box_done(&box);
    }
    assert_int_equal(model_box_status(NULL), BOX_STATUS_UNKNOWN);
    assert_int_equal(model_run_status("cancelled"), RUN_STATUS_CANCELLED);
    assert_int_equal(model_run_status("detached"), RUN_STATUS_UNKNOWN);
    assert_int_equal(model_read_status("not json", 8), BOX_STATUS_UNKNOWN);
    assert_string_equal(box_status_word(BOX_STATUS_PAUSED), "paused");
    assert_string_equal(run_status_word(RUN_STATUS_SKIPPED), "skipped");
}

static void every_field_of_a_run_is_read(void **state)
{
    (void)state;
    struct run first, run;
    read_run(
        &first,
        "{\"id\":\"run_1\",\"box_id\":\"b\",\"customer_id\":\"c\",\"type\":\"agent\",\"status\":\"failed\","
        "\"prompt\":\"fix\\nit\",\"model\":\"m\",\"output\":\"one\\ntwo\",\"error_message\":\"exit 1\","
        "\"session_id\":\"s\",\"schedule_id\":\"sch\",\"input_tokens\":1,\"output_tokens\":2,"
        "\"cached_input_tokens\":3,\"cost_usd\":2e-07,\"compute_cost_usd\":0.1,\"duration_ms\":4,"
        "\"cpu_ns\":5,\"memory_peak_bytes\":6,\"created_at\":1771847300,\"completed_at\":1771847301}");
    run_copy(&run, &first);
    run_done(&first);
    assert_string_equal(run.id, "run_1");
    assert_string_equal(run.box_id, "b");
    assert_int_equal(run.type, RUN_TYPE_AGENT);
    assert_int_equal(run.status, RUN_STATUS_FAILED);
    assert_string_equal(run.status_word, "failed");
    assert_string_equal(run.prompt, "fix\u2424it");
    assert_string_equal(run.model, "m");
    assert_string_equal(run.output, "one\ntwo");
    assert_string_equal(run.error_message, "exit 1");
    assert_string_equal(run.session_id, "s");
    assert_string_equal(run.schedule_id, "sch");
    assert_int_equal(run.input_tokens, 1);
    assert_int_equal(run.output_tokens, 2);
    assert_int_equal(run.cached_input_tokens, 3);
    assert_true(run.cost_usd == 2e-07);
    assert_true(run.compute_cost_usd == 0.1);
    assert_int_equal(run.duration_ms, 4);
    assert_int_equal(run.cpu_ns, 5);
    assert_int_equal(run.memory_peak_bytes, 6);
    assert_int_equal(run.created_at, 1771847300000);
    assert_int_equal(run.completed_at, 1771847301000);
    run_done(&run);

    read_run(&run, "{\"id\":\"run_2\",\"type\":\"shell\",\"status\":\"running\"}");
    assert_int_equal(run.type, RUN_TYPE_SHELL);
    assert_int_equal(run.completed_at, 0);
    assert_int_equal(run.cached_input_tokens, -1);
    assert_true(run.cost_usd == -1);
    run_done(&run);
}

static void log_lines_are_read(void **state)
{
    (void)state;
    struct log_line line;
    read_line(
        &line,
        "{\"timestamp\":1771847420,\"level\":\"warn\",\"source\":\"agent\",\"message\":\"\\u001b[33mslow"
        "\\u001b[0m\"}");
    assert_int_equal(line.time, 1771847420000);
    assert_int_equal(line.level, LOG_LEVEL_WARN);
    assert_int_equal(line.source, LOG_SOURCE_AGENT);
    assert_string_equal(line.text.bytes, "slow");
    assert_int_equal(line.text.span_count, 1);
    assert_int_equal(line.rest_count, 0);
    log_line_done(&line);

    read_line(
        &line,
        "{\"timestamp\":0,\"level\":\"debug\",\"source\":\"kernel\",\"message\":\"a\\nb\\r\\n\\nc\\n\"}");
    struct log_line copy;
    log_line_copy(&copy, &line);
    log_line_done(&line);
    assert_int_equal(copy.time, 0);
    assert_int_equal(copy.level, LOG_LEVEL_OTHER);
    assert_int_equal(copy.source, LOG_SOURCE_OTHER);
    assert_string_equal(copy.text.bytes, "a");
    assert_int_equal(copy.rest_count, 3);
    assert_string_equal(copy.rest[0].bytes, "b");
    assert_string_equal(copy.rest[1].bytes, "");
    assert_string_equal(copy.rest[2].bytes, "c");
    log_line_done(&copy);

    read_line(&line, "{\"message\":{\"code\":7}}");
    assert_string_equal(line.text.bytes, "{\"code\":7}");
    log_line_done(&line);
    read_line(&line, "{}");
    assert_string_equal(line.text.bytes, "");
    log_line_done(&line);
    read_line(&line, "7");
    assert_string_equal(line.text.bytes, "Unreadable log line #3: it is not an object");
    log_line_done(&line);
}

static void equal_entries_have_equal_digests(void **state)
{
    (void)state;
    struct log_line a, b, c;
    read_line(&a, "{\"message\":\"x\"}");
    read_line(&b, "{\"message\":\"x\"}");
    read_line(&c, "{\"message\":\"y\"}");
    assert_true(a.digest == b.digest);
    assert_true(a.digest != c.digest);
    log_line_done(&a);
    log_line_done(&b);
    log_line_done(&c);
}

static void a_message_of_very_many_lines_is_bounded(void **state)
{
    (void)state;
    char *bytes = mem_alloc(20100);
    size_t len = (size_t)sprintf(bytes, "{\"message\":\"first");
    for (int i = 0; i < 5000; i++)
        len += (size_t)sprintf(bytes + len, "\\nx");
    sprintf(bytes + len, "\"}");
    struct log_line line;
    read_line(&line, bytes);
    assert_int_equal(line.rest_count, LOG_REST_MAX);
    assert_string_equal(line.rest[LOG_REST_MAX - 2].bytes, "x");
    assert_string_equal(line.rest[LOG_REST_MAX - 1].bytes, "\u2026 +8001 bytes of more lines");
    log_line_done(&line);
    free(bytes);
}

static void snapshots_are_read(void **state)
{
    (void)state;
    struct snapshot first, snapshot;
    read_snapshot(
        &first,
        "{\"id\":\"snap_1\",\"name\":\"n\",\"box_id\":\"b\",\"status\":\"ready\",\"size_bytes\":52428800,"
        "\"created_at\":1771846800,\"image_url\":\"x\"}");
    snapshot_copy(&snapshot, &first);
    snapshot_done(&first);
    assert_string_equal(snapshot.id, "snap_1");
    assert_string_equal(snapshot.name, "n");
    assert_string_equal(snapshot.box_id, "b");
    assert_string_equal(snapshot.status, "ready");
    assert_int_equal(snapshot.size_bytes, 52428800);
    assert_int_equal(snapshot.created_at, 1771846800000);
    snapshot_done(&snapshot);
}

static void error_answers_become_sentences(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        const char *want;
    } cases[] = {
        {"{\"error\":\"box not found\"}", "box not found"},
        {"{\"error\":\"box not found\\n\"}", "box not found"},
        {"{\"error\":\"bad \\u001b[2Jthing\"}", "bad \u241Bthing"},
        {"{\"error\":{\"message\":\"quota\"}}", "quota"},
        {"{\"error\":{\"code\":7}}", "Request failed with status 502"},
        {"{\"error\":\"\"}", "Request failed with status 502"},
        {"{\"error\":null}", "Request failed with status 502"},
        {"{\"message\":\"ignored\"}", "Request failed with status 502"},
        {"[]", "Request failed with status 502"},
        {"", "Request failed with status 502"},
        {"<html><h1>502 Bad Gateway</h1></html>", "Request failed with status 502"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *sentence = model_read_error(cases[i].body, strlen(cases[i].body), 502);
        assert_string_equal(sentence, cases[i].want);
        free(sentence);
    }
}

static void ids_are_printable_and_no_paths(void **state)
{
    (void)state;
    char longest[MODEL_ID_MAX + 1];
    memset(longest, 'x', sizeof longest);
    assert_true(model_id_valid("current-wasp-05510", 18));
    assert_true(model_id_valid("...", 3));
    assert_true(model_id_valid(longest, MODEL_ID_MAX));
    assert_false(model_id_valid(longest, MODEL_ID_MAX + 1));
    static const char *const bad[] = {"", ".", "..", "a b", "a\tb", "\xC3\xA9", "a\x7F", "\n"};
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(model_id_valid(bad[i], strlen(bad[i])));
}

/* Each kind of message with all it can own: the sanitizer build tells what is leaked or freed twice. */
static void messages_free_what_they_own(void **state)
{
    (void)state;
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    struct event *event = event_new(EVENT_REPLY);
    assert_int_equal(event->reply.fd, -1);
    event->box_id = mem_dup("b");
    event->reply.box_id = mem_dup("b");
    event->reply.run_id = mem_dup("r");
    event->reply.fd = fds[0];
    event_free(event);
    assert_int_equal(write(fds[1], "x", 0), 0);
    assert_int_equal(close(fds[0]), -1); /* it was closed with the reply */
    close(fds[1]);

    event = event_new(EVENT_BOXES);
    event->boxes.count = 2;
    event->boxes.items = mem_zalloc(2, sizeof(struct box));
    read_box(&event->boxes.items[0], full_box);
    event_free(event);
    event = event_new(EVENT_RUNS);
    event->runs.count = 1;
    event->runs.items = mem_zalloc(1, sizeof(struct run));
    read_run(&event->runs.items[0], "{\"id\":\"r\",\"output\":\"x\"}");
    event_free(event);
    event = event_new(EVENT_LOGS);
    event->logs.count = 1;
    event->logs.items = mem_zalloc(1, sizeof(struct log_line));
    read_line(&event->logs.items[0], "{\"message\":\"a\\nb\"}");
    event_free(event);
    event = event_new(EVENT_SNAPSHOTS);
    event->snapshots.count = 1;
    event->snapshots.items = mem_zalloc(1, sizeof(struct snapshot));
    read_snapshot(&event->snapshots.items[0], "{\"id\":\"s\"}");
    event_free(event);
    event = event_new(EVENT_PROGRESS);
    event->progress = mem_dup("waiting");
    event_free(event);
    event = event_new(EVENT_RUN_STREAM);
    assert_int_equal(event->run.input_tokens, -1);
    event->run.text = mem_dup("x");
    event->run.summary = mem_dup("y");
    event_free(event);
    event = event_new(EVENT_LINK);
    assert_int_equal(event->link.latency_ms, -1);
    event_free(event);
    event_free(NULL);

    struct request *request = request_new(REQUEST_EXEC, "b");
    assert_string_equal(request->box_id, "b");
    request->run_id = mem_dup("r");
    request->text = mem_dup("t");
    request->folder = mem_dup("f");
    request->body = mem_dup("{}");
    request_free(request);
    request_free(request_new(REQUEST_REFRESH, NULL));
    request_free(NULL);
}

static void test_counts_add_up(void **state)
{
    (void)state;
    assert_int_equal(count_add(-1, -1), -1);
    assert_int_equal(count_add(-1, 5), 5);
    assert_int_equal(count_add(5, -1), 5);
    assert_int_equal(count_add(0, -7), 0);
    assert_int_equal(count_add(2, 3), 5);
    assert_int_equal(count_add(INT64_MAX, 1), INT64_MAX);
    assert_int_equal(count_add(INT64_MAX, INT64_MAX), INT64_MAX);
}

/* The service's own bytes, for those who ask; and the prompt's always when it is not the same, so that it can
 * be asked again. */
static void raw_texts(void **state)
{
    (void)state;
    static const char bytes[] =
        "{\"id\":\"r1\",\"prompt\":\"two\\nlines\",\"output\":\"\\u001b[1mbold\",\"error_message\":\"x\"}";
    struct run run;
    read_run(&run, bytes);
    assert_string_equal(run.raw_prompt, "two\nlines");
    assert_null(run.raw_output);
    run_done(&run);
    struct json_element element = item(bytes);
    model_read_raw_run(&run, &element);
    assert_string_equal(run.raw_prompt, "two\nlines");
    assert_string_equal(run.raw_output, "\033[1mbold");
    assert_string_equal(run.raw_error_message, "x");
    assert_null(strchr(run.output, '\033'));
    run_done(&run);
    read_run(&run, "{\"id\":\"r1\",\"prompt\":\"plain\",\"exit_code\":3}");
    assert_null(run.raw_prompt);
    assert_true(run.has_exit && run.exit_code == 3);
    run_done(&run);
    struct log_line line;
    read_line(&line, "{\"message\":\"a\\u0007b\\nc\"}");
    assert_null(line.raw);
    log_line_done(&line);
    element = item("{\"message\":\"a\\u0007b\\nc\"}");
    model_read_raw_log_line(&line, &element);
    assert_int_equal(line.raw_len, 5);
    assert_memory_equal(line.raw, "a\007b\nc", 5);
    struct log_line copy;
    log_line_copy(&copy, &line);
    log_line_done(&line);
    assert_memory_equal(copy.raw, "a\007b\nc", 5);
    log_line_done(&copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(raw_texts),
        cmocka_unit_test(test_counts_add_up),
        cmocka_unit_test(every_field_of_a_box_is_read),
        cmocka_unit_test(what_a_box_does_not_say_is_unknown),
        cmocka_unit_test(an_unreadable_item_says_which_and_why),
        cmocka_unit_test(odd_values_cost_their_field_only),
        cmocka_unit_test(status_words_are_known_or_shown),
        cmocka_unit_test(every_field_of_a_run_is_read),
        cmocka_unit_test(log_lines_are_read),
        cmocka_unit_test(equal_entries_have_equal_digests),
        cmocka_unit_test(a_message_of_very_many_lines_is_bounded),
        cmocka_unit_test(snapshots_are_read),
        cmocka_unit_test(error_answers_become_sentences),
        cmocka_unit_test(ids_are_printable_and_no_paths),
        cmocka_unit_test(messages_free_what_they_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
