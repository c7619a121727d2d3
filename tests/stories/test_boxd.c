/*
 * boxd keeps the contract: what it answers, byte by byte where that matters, and the faults it can be told to
 * have.
 */
#include <curl/curl.h>
#include <dirent.h>
#include <jansson.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/base/clock.h"
#include "client/base/mem.h"
#include "tests/support/run.h"
#include "tests/support/service.h"

enum { DEADLINE_MS = 10000 };

static int start(void **state)
{
    static const char *const options[] = {
        "--api-key", "box_test", "--creating-ms", "150", "--pause-ms", "100", "--log-rate", "0", NULL};
    struct service *service = mem_zalloc(1, sizeof *service);
    *state = service;
    return service_start(service, options) ? 0 : -1;
}

static int stop(void **state)
{
    struct service *service = *state;
    int status = service_stop(service);
    free(service);
    return status;
}

/* Each test starts without faults. */
static int calm(void **state)
{
    service_do(*state, "POST", "/_boxd/faults", "{\"faults\":[]}");
    return 0;
}

static void set_fault(const struct service *service, const char *spec)
{
    char *body = mem_format("{\"faults\":[\"%s\"]}", spec);
    service_do(service, "POST", "/_boxd/faults", body);
    free(body);
}

/* Asks and parses the body; fails unless the status is right and the body is JSON. */
static json_t *ask_json(const struct service *service, const char *method, const char *path, const char *body,
                        int status)
{
    struct answer answer;
    service_ask(service, method, path, body, 0, &answer);
    if (answer.status != status) {
        fail_msg("%s %s: %d instead of %d: %s", method, path, answer.status, status, buf_text(&answer.body));
    }
    json_t *json = json_loadb(buf_text(&answer.body), answer.body.len, JSON_DECODE_ANY, NULL);
    if (json == NULL) {
        fail_msg("%s %s: not JSON: %s", method, path, buf_text(&answer.body));
    }
    answer_done(&answer);
    return json;
}

static const char *text(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));
    return value == NULL ? "(none)" : value;
}

static void expect_error(const struct service *service, const char *method, const char *path,
                         const char *body, int status, const char *message)
{
    json_t *json = ask_json(service, method, path, body, status);
    assert_string_equal(text(json, "error"), message);
    json_decref(json);
}

/* Makes a box through the control endpoint: at once, in the state that is wanted. */
static void make_box(const struct service *service, const char *id, const char *status)
{
    char *body = mem_format("{\"id\":\"%s\",\"status\":\"%s\"}", id, status);
    service_do(service, "POST", "/_boxd/box", body);
    free(body);
}

/* Waits until GET path has `value` at `key`. */
static void await_text(const struct service *service, const char *path, const char *key, const char *value)
{
    int64_t end = clock_ms() + DEADLINE_MS;
    for (;;) {
        json_t *json = ask_json(service, "GET", path, NULL, 200);
        bool right = strcmp(text(json, key), value) == 0;
        json_decref(json);
        if (right) {
            return;
        }
        if (clock_ms() > end) {
            fail_msg("%s: %s did not become %s", path, key, value);
        }
        poll(NULL, 0, 10);
    }
}

static void answers_errors_as_the_contract_says(void **state)
{
    const struct service *s = *state;
    struct service stranger = *s;
    stranger.api_key = (char[]){"box_wrong"};
    expect_error(&stranger, "GET", "/v2/box", NULL, 401, "unauthorized");
    expect_error(&stranger, "GET", "/_boxd/counters", NULL, 401, "unauthorized");
    expect_error(s, "GET", "/v2/box/nobody", NULL, 404, "box not found");
    expect_error(s, "GET", "/v2/nothing", NULL, 404, "not found");
    expect_error(s, "GET", "/v2/box/a%zz", NULL, 400, "bad request: the path has a malformed escape");
    json_t *json = ask_json(s, "POST", "/v2/box", "{\"name\":", 400);
    assert_non_null(strstr(text(json, "error"), "not a JSON object"));
    json_decref(json);
}

static void takes_fixed_segments_before_box_ids(void **state)
{
    static const char *const paths[] = {"/v2/box/snapshots", "/v2/box/logs", "/v2/box/settings/env",
                                        "/v2/box/apikeys"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        json_decref(ask_json(*state, "GET", paths[i], NULL, 200));
    }
}

static void creates_a_box_that_becomes_ready(void **state)
{
    const struct service *s = *state;
    json_t *box =
        ask_json(s, "POST", "/v2/box",
                 "{\"name\":\"first\",\"labels\":[\"a\",\"b:c\"],\"agent\":\"codex\",\"model\":\"m\"}", 200);
    assert_string_equal(text(box, "status"), "creating");
    assert_string_equal(text(box, "agent"), "codex");
    assert_string_equal(text(box, "model"), "m");
    json_decref(box);
    expect_error(s, "POST", "/v2/box/first/exec", "{\"command\":[\"true\"]}", 409, "box is not ready");
    await_text(s, "/v2/box/first/status", "status", "idle");
    box = ask_json(s, "GET", "/v2/box/first", NULL, 200);
    assert_true(json_integer_value(json_object_get(box, "created_at")) < 100000000000);
    json_decref(box);
}

static void filters_the_list(void **state)
{
    const struct service *s = *state;
    make_box(s, "gone-yak-00001", "deleted");
    make_box(s, "late-yak-00002", "idle");
    json_t *all = ask_json(s, "GET", "/v2/box", NULL, 200);
    assert_string_equal(text(json_array_get(all, 0), "id"), "late-yak-00002"); /* newest first */
    json_decref(all);
    json_t *labelled = ask_json(s, "GET", "/v2/box?label=b%3Ac", NULL, 200);
    assert_int_equal(json_array_size(labelled), 1);
    json_decref(labelled);
    json_t *deleted = ask_json(s, "GET", "/v2/box?status=deleted", NULL, 200);
    assert_string_equal(text(json_array_get(deleted, 0), "id"), "gone-yak-00001");
    json_decref(deleted);
    expect_error(s, "GET", "/v2/box/gone-yak-00001", NULL, 404, "box not found");
}

static void refuses_what_a_state_forbids(void **state)
{
    const struct service *s = *state;
    make_box(s, "bad-yak-00003", "error");
    expect_error(s, "POST", "/v2/box/bad-yak-00003/exec", "{\"command\":[\"true\"]}", 409,
                 "box is not ready");
    expect_error(s, "POST", "/v2/box/bad-yak-00003/pause", NULL, 409, "box is not ready");
    expect_error(s, "POST", "/v2/box/bad-yak-00003/resume", NULL, 409, "box is not ready");
    json_decref(ask_json(s, "GET", "/v2/box/bad-yak-00003/logs", NULL, 200));
    make_box(s, "good-yak-00004", "idle");
    expect_error(s, "POST", "/v2/box/good-yak-00004/run", "{\"prompt\":\"hi\"}", 400,
                 "no agent is configured for this box");
    json_decref(ask_json(s, "POST", "/v2/box", "{\"name\":\"kept\",\"keep_alive\":true}", 200));
    await_text(s, "/v2/box/kept/status", "status", "idle");
    expect_error(s, "POST", "/v2/box/kept/pause", NULL, 400, "keep-alive boxes cannot be paused");
    service_do(s, "DELETE", "/v2/box/kept", NULL);
    expect_error(s, "DELETE", "/v2/box/kept", NULL, 404, "box not found");
}

static void pauses_and_resumes_later(void **state)
{
    const struct service *s = *state;
    make_box(s, "nap-yak-00005", "idle");
    service_do(s, "POST", "/v2/box/nap-yak-00005/pause", NULL);
    await_text(s, "/v2/box/nap-yak-00005/status", "status", "paused");
    service_do(s, "POST", "/v2/box/nap-yak-00005/resume", NULL);
    await_text(s, "/v2/box/nap-yak-00005/status", "status", "idle");
}

static void runs_commands_in_the_box(void **state)
{
    const struct service *s = *state;
    make_box(s, "exec-yak-00006", "idle");
    json_t *result = ask_json(s, "POST", "/v2/box/exec-yak-00006/exec",
                              "{\"command\":[\"sh\",\"-c\",\"echo out; echo err >&2; exit 3\"]}", 200);
    assert_int_equal(json_integer_value(json_object_get(result, "exit_code")), 3);
    assert_string_equal(text(result, "output"), "out\n");
    assert_string_equal(text(result, "error"), "err\n");
    json_decref(result);
    result = ask_json(s, "POST", "/v2/box/exec-yak-00006/exec", "{\"command\":[\"nosuchprogram\"]}", 200);
    assert_int_equal(json_integer_value(json_object_get(result, "exit_code")), 127);
    json_decref(result);
    json_t *runs = ask_json(s, "GET", "/v2/box/exec-yak-00006/runs", NULL, 200);
    const json_t *list = json_object_get(runs, "runs");
    assert_int_equal(json_array_size(list), 2);
    const json_t *first = json_array_get(list, 1); /* newest first */
    assert_string_equal(text(first, "prompt"), "sh -c echo out; echo err >&2; exit 3");
    assert_string_equal(text(first, "type"), "shell");
    assert_string_equal(text(first, "status"), "failed");
    json_decref(runs);
    expect_error(s, "POST", "/v2/box/exec-yak-00006/exec", "{\"command\":[]}", 400,
                 "bad request: command must be a list of words");
}

static void expect_stream(const struct service *s, const char *body, const char *output, const char *trailer)
{
    struct answer answer;
    service_ask(s, "POST", "/v2/box/exec-yak-00006/exec-stream", body, 0, &answer);
    assert_int_equal(answer.status, 200);
    const char *event = strstr(buf_text(&answer.body), "event: ");
    assert_non_null(event);
    assert_int_equal(event - buf_text(&answer.body), strlen(output));
    assert_memory_equal(buf_text(&answer.body), output, strlen(output));
    assert_memory_equal(event, trailer, strlen(trailer));
    assert_string_equal(buf_text(&answer.body) + answer.body.len - 3, "}\n\n");
    answer_done(&answer);
}

static void ends_streams_with_the_exact_trailer(void **state)
{
    const struct service *s = *state;
    expect_stream(s, "{\"command\":[\"sh\",\"-c\",\"echo a; echo b >&2\"]}", "a\nb\n",
                  "event: exit\ndata: {\"exit_code\":0,\"cpu_ns\":");
    /* A newline that the program did not print comes before the trailer. */
    expect_stream(s, "{\"command\":[\"printf\",\"abc\"]}", "abc\n",
                  "event: exit\ndata: {\"exit_code\":0,\"cpu_ns\":");
    expect_stream(s, "{\"command\":[\"sh\",\"-c\",\"kill -9 $$\"]}", "",
                  "event: exit\ndata: {\"exit_code\":137,\"cpu_ns\":");
    expect_stream(s, "{\"command\":[\"nosuchprogram\"]}", "",
                  "event: error\ndata: {\"error\":\"nosuchprogram: ");
    set_fault(s, "split-trailer");
    expect_stream(s, "{\"command\":[\"true\"]}", "", "event: exit\ndata: {\"exit_code\":0,\"cpu_ns\":");
}

static void a_run_goes_on_without_its_audience_until_it_is_cancelled(void **state)
{
    const struct service *s = *state;
    struct answer answer;
    make_box(s, "left-yak-00007", "idle");
    service_ask(s, "POST", "/v2/box/left-yak-00007/exec-stream",
                "{\"command\":[\"sh\",\"-c\",\"while :; do echo tick; sleep 0.05; done\"]}", 300, &answer);
    assert_int_equal(answer.curl_code, CURLE_OPERATION_TIMEDOUT);
    answer_done(&answer);
    json_t *runs = ask_json(s, "GET", "/v2/box/left-yak-00007/runs", NULL, 200);
    char *id = mem_dup(text(json_array_get(json_object_get(runs, "runs"), 0), "id"));
    json_decref(runs);
    char *path = mem_format("/v2/box/left-yak-00007/runs/%s", id);
    char *cancel = mem_format("%s/cancel", path);
    await_text(s, path, "status", "running");
    await_text(s, "/v2/box/left-yak-00007/status", "status", "running");
    service_do(s, "POST", cancel, NULL);
    await_text(s, path, "status", "cancelled");
    await_text(s, "/v2/box/left-yak-00007/status", "status", "idle");
    free(cancel);
    free(path);
    free(id);
}

static void an_agent_speaks_events(void **state)
{
    const struct service *s = *state;
    struct answer answer;
    service_do(s, "PUT", "/v2/box/settings/env", "{\"env_vars\":{\"BOX_PACE\":\"0\"}}");
    json_decref(
        ask_json(s, "POST", "/v2/box", "{\"name\":\"worker\",\"agent\":\"codex\",\"model\":\"m\"}", 200));
    await_text(s, "/v2/box/worker/status", "status", "idle");
    service_ask(s, "POST", "/v2/box/worker/run/stream", "{\"prompt\":\"Fix the failing test\"}", 60000,
                &answer);
    const char *body = buf_text(&answer.body);
    assert_memory_equal(body, "event: run_start\ndata: {\"run_id\":\"run_", 37);
    assert_non_null(strstr(body, "event: tool\ndata: {\"tool_call_id\":"));
    assert_non_null(strstr(body, "10 passed, 0 failed"));
    const char *done = strstr(body, "event: done\n");
    assert_non_null(done);
    assert_non_null(strstr(done, "event: stats\ndata: {\"cpu_ns\":"));
    answer_done(&answer);
    json_t *box = ask_json(s, "GET", "/v2/box/worker", NULL, 200);
    assert_int_equal(json_integer_value(json_object_get(box, "total_prompts")), 1);
    assert_true(json_integer_value(json_object_get(box, "total_output_tokens")) > 0);
    json_decref(box);
}

static void serves_logs_in_pages(void **state)
{
    const struct service *s = *state;
    make_box(s, "log-yak-00008", "idle");
    for (int i = 0; i < 5; i++) {
        char *body =
            mem_format("{\"box\":\"log-yak-00008\",\"message\":\"line %d\",\"timestamp\":%d}", i, 1000 + i);
        service_do(s, "POST", "/_boxd/log", body);
        free(body);
    }
    static const struct {
        const char *fault, *query, *expected;
    } cases[] = {
        {NULL, "", "01234"},
        {NULL, "?limit=2", "01"},
        {NULL, "?offset=3&limit=100", "34"},
        {NULL, "?offset=9", ""},
        {"logs-newest-first", "?limit=2", "43"},
        {"logs-retention=2", "", "34"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char got[16] = "";
        char *path = mem_format("/v2/box/log-yak-00008/logs%s", cases[i].query);
        set_fault(s, cases[i].fault == NULL ? "latency=0ms" : cases[i].fault);
        json_t *page = ask_json(s, "GET", path, NULL, 200);
        const json_t *lines = json_object_get(page, "logs");
        for (size_t k = 0; k < json_array_size(lines); k++) {
            strncat(got, text(json_array_get(lines, k), "message") + 5, 1);
        }
        assert_string_equal(got, cases[i].expected);
        json_decref(page);
        free(path);
    }
}

static void serves_hostile_bytes_when_told_to(void **state)
{
    const struct service *s = *state;
    struct answer answer;
    make_box(s, "evil-yak-00009", "idle");
    service_do(s, "POST", "/_boxd/log", "{\"box\":\"evil-yak-00009\",\"base64\":\"/v8KG10wO2g=\"}");
    service_ask(s, "GET", "/v2/box/evil-yak-00009/logs", NULL, 0, &answer);
    assert_non_null(strstr(buf_text(&answer.body), "\"message\":\"\xfe\xff\\n\\u001b]0;h\""));
    answer_done(&answer);
    service_do(s, "POST", "/_boxd/box",
               "{\"id\":\"evil-yak-00009\",\"fields\":{\"name\":\"\\u001b[2J\",\"labels\":7,\"created_at\":"
               "\"soon\"}}");
    json_t *box = ask_json(s, "GET", "/v2/box/evil-yak-00009", NULL, 200);
    assert_string_equal(text(box, "name"), "\x1b[2J");
    assert_int_equal(json_integer_value(json_object_get(box, "labels")), 7);
    json_decref(box);
    service_do(s, "POST", "/_boxd/box", "{\"id\":\"evil-yak-00009\",\"raw\":\"e25vdCBqc29u\"}");
    service_ask(s, "GET", "/v2/box/evil-yak-00009", NULL, 0, &answer);
    assert_string_equal(buf_text(&answer.body), "{not json");
    answer_done(&answer);
    service_do(s, "POST", "/_boxd/box", "{\"id\":\"evil-yak-00009\",\"raw\":\"\",\"status\":\"deleted\"}");
}

static void has_the_faults_it_is_told_to_have(void **state)
{
    static const struct {
        const char *fault;
        int curl_code, status;
        const char *head, *body; /* what must be in them, NULL: anything */
    } cases[] = {
        {"429", CURLE_OK, 429, "Retry-After: 1\r\n", "{\"error\":\"rate limited\"}"},
        {"429=7@*/box", CURLE_OK, 429, "Retry-After: 7\r\n", NULL},
        {"429@*/runs", CURLE_OK, 200, NULL, "["},
        {"429:0", CURLE_OK, 200, NULL, "["},
        {"503", CURLE_OK, 503, NULL, "{\"error\":\"server error\"}"},
        {"html", CURLE_OK, 502, "Content-Type: text/html", "<html>"},
        {"empty", CURLE_OK, 200, "Content-Length: 0\r\n", ""},
        {"truncate", CURLE_PARTIAL_FILE, 200, NULL, "["},
        {"truncate=3", CURLE_PARTIAL_FILE, 200, NULL, "[{\""},
        {"wrong-length", CURLE_PARTIAL_FILE, 200, NULL, "}]"},
        {"reset", CURLE_RECV_ERROR, 0, NULL, NULL},
        {"reset=5", CURLE_RECV_ERROR, 200, NULL, NULL},
        {"stall", CURLE_OPERATION_TIMEDOUT, 0, NULL, NULL},
        {"stall=4", CURLE_OPERATION_TIMEDOUT, 200, NULL, "[{\"i"},
        {"redirect=http://127.0.0.1:9/", CURLE_OK, 302, "Location: http://127.0.0.1:9/\r\n", NULL},
        {"chunk-garbage", CURLE_RECV_ERROR, 200, NULL, NULL},
        {"huge-body=2", CURLE_OK, 200, NULL, "]"},
        {"many-headers=50", CURLE_OK, 200, "X-Filler-49: 49\r\n", "[]"},
        {"unknown-status=odd", CURLE_OK, 200, NULL, "\"status\":\"odd\""},
        {"null-lists", CURLE_OK, 200, NULL, "null"},
        {"broken-item", CURLE_OK, 200, NULL, "\\ud83d lone"},
        {"broken-item=real", CURLE_OK, 200, NULL, "1e400"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct answer answer;
        set_fault(*state, cases[i].fault);
        service_ask(*state, "GET", "/v2/box", NULL, 500, &answer);
        bool right = answer.curl_code == cases[i].curl_code ||
                     (cases[i].curl_code == CURLE_RECV_ERROR &&
                      (answer.curl_code == CURLE_GOT_NOTHING || answer.curl_code == CURLE_PARTIAL_FILE));
        if (!right || answer.status != cases[i].status ||
            (cases[i].head != NULL && strstr(buf_text(&answer.head), cases[i].head) == NULL) ||
            (cases[i].body != NULL && strstr(buf_text(&answer.body), cases[i].body) == NULL)) {
            fail_msg("%s: curl code %d, status %d, %s%.300s", cases[i].fault, answer.curl_code, answer.status,
                     buf_text(&answer.head), buf_text(&answer.body));
        }
        answer_done(&answer);
    }
}

static void bends_time_when_told_to(void **state)
{
    const struct service *s = *state;
    set_fault(s, "millis");
    json_t *box = ask_json(s, "GET", "/v2/box/first", NULL, 200);
    int64_t millis = json_integer_value(json_object_get(box, "created_at"));
    assert_true(millis > 1000000000000);
    json_decref(box);
    set_fault(s, "skew=100s");
    box = ask_json(s, "GET", "/v2/box/first", NULL, 200);
    assert_int_equal(json_integer_value(json_object_get(box, "created_at")), millis / 1000 + 100);
    json_decref(box);
    set_fault(s, "latency=120ms");
    int64_t before = clock_ms();
    json_decref(ask_json(s, "GET", "/v2/box/first", NULL, 200));
    assert_true(clock_ms() - before >= 120);
    expect_error(s, "POST", "/_boxd/faults", "{\"faults\":[\"nonsense\"]}", 400,
                 "there is no fault `nonsense` (faults.h lists them)");
}

static int64_t counter(const struct service *s, const char *name)
{
    json_t *counters = ask_json(s, "GET", "/_boxd/counters", NULL, 200);
    int64_t value = json_integer_value(json_object_get(counters, name));
    json_decref(counters);
    return value;
}

static void does_the_work_even_when_the_answer_is_lost(void **state)
{
    const struct service *s = *state;
    struct answer answer;
    int64_t posts = counter(s, "posts");
    int64_t runs = counter(s, "runs");
    set_fault(s, "reset@*/exec");
    service_ask(s, "POST", "/v2/box/exec-yak-00006/exec", "{\"command\":[\"true\"]}", 0, &answer);
    assert_int_equal(answer.status, 0);
    answer_done(&answer);
    assert_int_equal(counter(s, "posts"), posts + 1);
    assert_int_equal(counter(s, "runs"), runs + 1);
}

static void has_ssh_faults_and_counts_logins(void **state)
{
    const struct service *s = *state;
    int64_t before = 0;
    for (int round = 0; round < 2; round++) {
        json_t *counters = ask_json(s, "GET", "/_boxd/counters", NULL, 200);
        const json_t *ssh = json_object_get(counters, "ssh");
        assert_true(json_is_integer(json_object_get(ssh, "connections")));
        if (round == 0) {
            before = json_integer_value(json_object_get(ssh, "connections"));
            service_do(s, "POST", "/_boxd/faults", "{\"ssh\":{\"version_line\":\"HTTP/1.1 400\"}}");
            char *url = mem_format("telnet://%s", s->ssh);
            const char *const argv[] = {"curl", "-s", "--max-time", "1", url, NULL};
            struct run_result result;
            run_program(&(struct program){.argv = argv, .timeout_ms = DEADLINE_MS}, &result);
            assert_memory_equal(buf_text(&result.out), "HTTP/1.1 400", 12);
            run_result_done(&result);
            free(url);
        } else {
            assert_true(json_integer_value(json_object_get(ssh, "connections")) > before);
        }
        json_decref(counters);
    }
}

static void deletes_all_snapshots_on_an_empty_object(void **state)
{
    const struct service *s = *state;
    make_box(s, "snap-yak-00010", "idle");
    service_do(s, "POST", "/v2/box/snap-yak-00010/files/write",
               "{\"path\":\"/workspace/home/f\",\"content\":\"x\"}");
    json_t *made = ask_json(s, "POST", "/v2/box/snap-yak-00010/snapshots", "{\"name\":\"one\"}", 200);
    assert_string_equal(text(made, "status"), "creating");
    json_decref(made);
    json_t *deleted = ask_json(s, "DELETE", "/v2/box/snapshots", "{}", 200);
    assert_int_equal(json_integer_value(json_object_get(deleted, "deleted")), 1);
    json_decref(deleted);
}

static void keeps_paths_inside_the_box(void **state)
{
    const struct service *s = *state;
    expect_error(s, "GET", "/v2/box/snap-yak-00010/files/read?path=/etc/passwd", NULL, 404, "file not found");
    expect_error(s, "GET", "/v2/box/snap-yak-00010/files/read?path=/workspace/home/../../../../etc/passwd",
                 NULL, 404, "file not found");
    json_t *file =
        ask_json(s, "GET", "/v2/box/snap-yak-00010/files/read?path=/workspace/home/./a/../f", NULL, 200);
    assert_string_equal(text(file, "content"), "x");
    json_decref(file);
}

static void refuses_to_listen_elsewhere(void **state)
{
    (void)state;
    char *program = service_program();
    static const char *const addresses[] = {"0.0.0.0:0", "192.0.2.1:80", "[::]:0"};
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        const char *const argv[] = {program, "--http", addresses[i], NULL};
        struct run_result result;
        run_program(&(struct program){.argv = argv, .timeout_ms = DEADLINE_MS}, &result);
        assert_int_equal(result.status, 2);
        assert_non_null(strstr(buf_text(&result.err), "loopback only"));
        run_result_done(&result);
    }
    free(program);
}

/* How many processes have this text in their environment. */
static int count_marked(const char *mark)
{
    int count = 0;
    DIR *proc = opendir("/proc");
    assert_non_null(proc);
    for (struct dirent *entry; (entry = readdir(proc)) != NULL;) {
        char path[300];
        char block[16384];
        snprintf(path, sizeof path, "/proc/%s/environ", entry->d_name);
        FILE *file = atoi(entry->d_name) > 0 ? fopen(path, "re") : NULL;
        size_t len = file == NULL ? 0 : fread(block, 1, sizeof block, file);
        count += len > 0 && memmem(block, len, mark, strlen(mark)) != NULL ? 1 : 0;
        if (file != NULL) {
            fclose(file);
        }
    }
    closedir(proc);
    return count;
}

static void ends_its_children_when_it_ends(void **state)
{
    (void)state;
    struct service s;
    struct answer answer;
    assert_true(service_start(&s, NULL));
    char *mark = mem_format("BOXD_INSTANCE=%ld", (long)s.pid);
    make_box(&s, "fork-yak-00011", "idle");
    service_ask(&s, "POST", "/v2/box/fork-yak-00011/exec",
                "{\"command\":[\"sh\",\"-c\",\"setsid sleep 300 & sleep 300\"]}", 300, &answer);
    answer_done(&answer);
    assert_true(count_marked(mark) >= 2);
    assert_int_equal(service_stop(&s), 0);
    int64_t end = clock_ms() + DEADLINE_MS;
    while (count_marked(mark) > 0 && clock_ms() < end) {
        poll(NULL, 0, 10);
    }
    assert_int_equal(count_marked(mark), 0);
    free(mark);
}

static void holds_ten_thousand_boxes(void **state)
{
    (void)state;
    static const char *const options[] = {"--boxes", "10000", "--log-rate", "10", NULL};
    struct service s;
    assert_true(service_start(&s, options));
    json_t *boxes = ask_json(&s, "GET", "/v2/box", NULL, 200);
    assert_int_equal(json_array_size(boxes), 10000);
    char *path = mem_format("/v2/box/%s/runs", text(json_array_get(boxes, 5000), "id"));
    json_t *runs = ask_json(&s, "GET", path, NULL, 200);
    assert_true(json_array_size(json_object_get(runs, "runs")) > 0);
    json_decref(runs);
    json_decref(boxes);
    free(path);
    assert_int_equal(service_stop(&s), 0);
}

static void the_demo_is_alive(void **state)
{
    (void)state;
    static const char *const options[] = {"--seed", "demo", NULL};
    static const char *const statuses[] = {"creating", "idle", "running", "paused", "error"};
    struct service s;
    assert_true(service_start(&s, options));
    json_t *boxes = ask_json(&s, "GET", "/v2/box", NULL, 200);
    assert_int_equal(json_array_size(boxes), 12);
    json_decref(boxes);
    await_text(&s, "/v2/box/stack-fix/status", "status", "running");
    await_text(&s, "/v2/box/orders-api/status", "status", "running");
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        char *path = mem_format("/v2/box?status=%s", statuses[i]);
        json_t *some = ask_json(&s, "GET", path, NULL, 200);
        assert_true(json_array_size(some) > 0);
        json_decref(some);
        free(path);
    }
    assert_int_equal(service_stop(&s), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(answers_errors_as_the_contract_says, calm),
        cmocka_unit_test_setup(takes_fixed_segments_before_box_ids, calm),
        cmocka_unit_test_setup(creates_a_box_that_becomes_ready, calm),
        cmocka_unit_test_setup(filters_the_list, calm),
        cmocka_unit_test_setup(refuses_what_a_state_forbids, calm),
        cmocka_unit_test_setup(pauses_and_resumes_later, calm),
        cmocka_unit_test_setup(runs_commands_in_the_box, calm),
        cmocka_unit_test_setup(ends_streams_with_the_exact_trailer, calm),
        cmocka_unit_test_setup(a_run_goes_on_without_its_audience_until_it_is_cancelled, calm),
        cmocka_unit_test_setup(an_agent_speaks_events, calm),
        cmocka_unit_test_setup(serves_logs_in_pages, calm),
        cmocka_unit_test_setup(serves_hostile_bytes_when_told_to, calm),
        cmocka_unit_test_setup(has_the_faults_it_is_told_to_have, calm),
        cmocka_unit_test_setup(bends_time_when_told_to, calm),
        cmocka_unit_test_setup(does_the_work_even_when_the_answer_is_lost, calm),
        cmocka_unit_test_setup(has_ssh_faults_and_counts_logins, calm),
        cmocka_unit_test_setup(deletes_all_snapshots_on_an_empty_object, calm),
        cmocka_unit_test_setup(keeps_paths_inside_the_box, calm),
        cmocka_unit_test(refuses_to_listen_elsewhere),
        cmocka_unit_test(ends_its_children_when_it_ends),
        cmocka_unit_test(holds_ten_thousand_boxes),
        cmocka_unit_test(the_demo_is_alive),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
