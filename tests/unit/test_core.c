/* The client without its thread, against a scripted service. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/base/clock.h"
#include "client/base/mem.h"
#include "client/core.h"
#include "tests/support/httpd.h"

static const char KEY[] = "box_0123456789abcdef";
static const char BOXES[] = "[{\"id\":\"quiet-fox-1\",\"status\":\"running\",\"created_at\":1700000000},"
                            "{\"id\":\"calm-owl-2\",\"status\":\"paused\"},{\"id\":7}]";
static const char BOXES_CHANGED[] =
    "[{\"id\":\"quiet-fox-1\",\"status\":\"running\",\"created_at\":1700000000},"
    "{\"id\":\"calm-owl-2\",\"status\":\"idle\"},{\"id\":7}]";
static const char BOXES_FEWER[] = "[{\"id\":\"calm-owl-2\",\"status\":\"idle\"}]";
static const char RUNS[] = "{\"runs\":[{\"id\":\"run-1\",\"box_id\":\"quiet-fox-1\",\"type\":\"agent\","
                           "\"status\":\"running\",\"prompt\":\"fix it\",\"created_at\":1700000000}]}";
static const char LOGS[] =
    "{\"logs\":[{\"timestamp\":1700000000,\"level\":\"info\",\"source\":\"system\",\"message\":\"one\"},"
    "{\"timestamp\":1700000001,\"level\":\"warn\",\"source\":\"agent\",\"message\":\"two\"}]}";

enum { EVENTS_MAX = 4096 };

struct fixture {
    struct httpd *httpd;
    struct core *core;
    struct event *events[EVENTS_MAX];
    size_t count;
    int64_t shift_ms;  /* added to the clocks: time that passed in no time */
    int64_t asleep_ms; /* how long the machine slept so far */
    uint64_t next_id;
};

static void on_event(void *user, struct event *event)
{
    struct fixture *f = user;
    assert_true(f->count < EVENTS_MAX);
    f->events[f->count++] = event;
}

static int setup(void **state)
{
    struct fixture *f = mem_zalloc(1, sizeof *f);
    struct err err = {0};
    f->httpd = httpd_new();
    struct client_options options = {
        .base_url = httpd_url(f->httpd), .user_agent = "boxtop/test", .rate = 1000};
    f->core = core_new(&options, on_event, f, &err);
    if (f->core == NULL)
        fail_msg("%s", err.text);
    httpd_on(f->httpd, "GET /v2/box", (struct httpd_answer){.status = 200, .body = BOXES});
    httpd_on(f->httpd, "GET /v2/box/quiet-fox-1/runs", (struct httpd_answer){.status = 200, .body = RUNS});
    httpd_on(f->httpd, "GET /v2/box/quiet-fox-1/logs", (struct httpd_answer){.status = 200, .body = LOGS});
    *state = f;
    return 0;
}

static void forget(struct fixture *f)
{
    for (size_t i = 0; i < f->count; i++)
        event_free(f->events[i]);
    f->count = 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    core_free(f->core);
    httpd_free(f->httpd);
    forget(f);
    free(f);
    return 0;
}

static int step(struct fixture *f)
{
    struct core_time time = core_time_now();
    time.now_ms += f->shift_ms;
    time.wall_ms += f->shift_ms;
    time.asleep_ms = f->asleep_ms;
    return core_step(f->core, &time);
}

typedef bool match_fn(const struct event *event, const void *want);

/* Steps until an event from `from` on matches; the clock may jump to the next thing to do. Returns it. */
static const struct event *await(struct fixture *f, size_t from, match_fn *match, const void *want)
{
    int64_t deadline = clock_ms() + 15000;
    for (;;) {
        int wait_ms = step(f);
        for (; from < f->count; from++)
            if (match(f->events[from], want))
                return f->events[from];
        if (clock_ms() > deadline)
            fail_msg("the event did not come");
        core_wait(f->core, wait_ms < 0 || wait_ms > 20 ? 20 : wait_ms);
    }
}

static bool is_kind(const struct event *event, const void *want)
{
    return event->kind == *(const enum event_kind *)want;
}

static bool is_link(const struct event *event, const void *want)
{
    return event->kind == EVENT_LINK && event->link.state == *(const enum link_state *)want;
}

static bool is_reply(const struct event *event, const void *want)
{
    return event->kind == EVENT_REPLY && event->request_id == *(const uint64_t *)want;
}

static const struct event *await_kind(struct fixture *f, size_t from, enum event_kind kind)
{
    return await(f, from, is_kind, &kind);
}

static const struct event *await_link(struct fixture *f, size_t from, enum link_state link)
{
    return await(f, from, is_link, &link);
}

static uint64_t ask(struct fixture *f, enum request_kind kind, const char *box_id, const char *text)
{
    struct request *request = request_new(kind, box_id);
    request->id = ++f->next_id;
    request->text = mem_dup(text);
    if (kind == REQUEST_BOX_CREATE) {
        request->body = request->text;
        request->text = NULL;
    }
    if (kind == REQUEST_RUN_CANCEL) {
        request->run_id = request->text;
        request->text = NULL;
    }
    core_ask(f->core, request);
    return f->next_id;
}

static const struct reply *await_reply(struct fixture *f, uint64_t id)
{
    return &await(f, 0, is_reply, &id)->reply;
}

static void set_key(struct fixture *f, const char *key)
{
    assert_true(core_set_key(f->core, key, NULL));
}

static void watch_fox(struct fixture *f)
{
    static const char *const visible[] = {"quiet-fox-1", "calm-owl-2"};
    core_watch(f->core, &(struct watch){.selected = "quiet-fox-1",
                                        .selected_runs = true,
                                        .selected_logs = true,
                                        .visible = visible,
                                        .visible_count = 2});
}

static size_t count_kind(const struct fixture *f, enum event_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < f->count; i++)
        count += f->events[i]->kind == kind;
    return count;
}

/* --- polling -------------------------------------------------------------------------------------------- */

static void test_list_runs_and_logs_arrive(void **state)
{
    struct fixture *f = *state;
    watch_fox(f);
    step(f);
    assert_int_equal(httpd_count(f->httpd, NULL), 0); /* nothing before there is a key */
    set_key(f, KEY);
    const struct event *event = await_kind(f, 0, EVENT_BOXES);
    assert_int_equal(event->boxes.count, 3);
    assert_string_equal(event->boxes.items[0].id, "quiet-fox-1");
    assert_int_equal(event->boxes.items[0].status, BOX_STATUS_RUNNING);
    assert_true(event->boxes.items[2].unreadable);
    assert_false(event->boxes.deleted);
    event = await_kind(f, 0, EVENT_RUNS);
    assert_string_equal(event->box_id, "quiet-fox-1");
    assert_int_equal(event->runs.count, 1);
    assert_string_equal(event->runs.items[0].prompt, "fix it");
    event = await_kind(f, 0, EVENT_LOGS);
    assert_string_equal(event->box_id, "quiet-fox-1");
    assert_int_equal(event->logs.count, 2);
    assert_string_equal(event->logs.items[0].text.bytes, "one");
    assert_int_equal(event->logs.join, LOG_JOIN_RESET);
    event = await_link(f, 0, LINK_OK);
    assert_true(event->link.ok_at_ms > 0 && event->link.latency_ms >= 0);
}

static void await_requests(struct fixture *f, const char *route, size_t count)
{
    int64_t deadline = clock_ms() + 15000;
    while (httpd_count(f->httpd, route) < count) {
        assert_true(clock_ms() < deadline);
        f->shift_ms += 200;
        step(f);
        core_wait(f->core, 5);
    }
}

static void test_unchanged_answers_make_no_events(void **state)
{
    struct fixture *f = *state;
    watch_fox(f);
    set_key(f, KEY);
    await_requests(f, "GET /v2/box", 4);
    await_requests(f, "GET /v2/box/quiet-fox-1/runs", 4);
    await_requests(f, "GET /v2/box/quiet-fox-1/logs", 4);
    assert_int_equal(count_kind(f, EVENT_BOXES), 1);
    assert_int_equal(count_kind(f, EVENT_BOX), 0);
    assert_int_equal(count_kind(f, EVENT_RUNS), 1);
    assert_int_equal(count_kind(f, EVENT_LOGS), 1);
    assert_true(count_kind(f, EVENT_LINK) >= 3); /* the age of the list is told */
}

static void test_a_changed_box_comes_alone_and_a_changed_list_whole(void **state)
{
    struct fixture *f = *state;
    set_key(f, KEY);
    await_kind(f, 0, EVENT_BOXES);
    httpd_on(f->httpd, "GET /v2/box", (struct httpd_answer){.status = 200, .body = BOXES_CHANGED});
    f->shift_ms += 3000;
    size_t from = f->count;
    const struct event *event = await_kind(f, from, EVENT_BOX);
    assert_string_equal(event->box_id, "calm-owl-2");
    assert_int_equal(event->boxes.items[0].status, BOX_STATUS_IDLE);
    httpd_on(f->httpd, "GET /v2/box", (struct httpd_answer){.status = 200, .body = BOXES_FEWER});
    f->shift_ms += 3000;
    event = await_kind(f, f->count, EVENT_BOXES);
    assert_int_equal(event->boxes.count, 1);
}

static void test_a_refused_key_stops_polling_until_a_new_one(void **state)
{
    struct fixture *f = *state;
    httpd_once(f->httpd, "GET /v2/box",
               (struct httpd_answer){.status = 401, .body = "{\"error\":\"unauthorized\"}"});
    set_key(f, KEY);
    const struct event *event = await_link(f, 0, LINK_REFUSED);
    assert_int_equal(event->link.err.kind, ERR_AUTH);
    f->shift_ms += 600000;
    assert_int_equal(step(f), -1);
    assert_int_equal(httpd_count(f->httpd, NULL), 1);
    uint64_t id = ask(f, REQUEST_REFRESH, NULL, NULL);
    assert_int_equal(await_reply(f, id)->err.kind, ERR_AUTH);
    set_key(f, "box_another_key_1234");
    await_link(f, 0, LINK_OK);
    char *head = httpd_last(f->httpd, "GET /v2/box");
    assert_non_null(strstr(head, "box_another_key_1234"));
    free(head);
}

static void test_offline_and_back(void **state)
{
    struct fixture *f = *state;
    set_key(f, KEY);
    await_link(f, 0, LINK_OK);
    httpd_down(f->httpd);
    f->shift_ms += 3000;
    const struct event *event = await_link(f, f->count, LINK_OFFLINE);
    assert_int_equal(event->link.err.kind, ERR_NETWORK);
    assert_true(event->link.next_try_ms > 0);
    httpd_up(f->httpd);
    f->shift_ms += 31000;
    await_link(f, f->count, LINK_OK);
}

static void test_a_rate_limit_is_waited_for(void **state)
{
    struct fixture *f = *state;
    set_key(f, KEY);
    await_link(f, 0, LINK_OK);
    httpd_once(f->httpd, "GET /v2/box",
               (struct httpd_answer){
                   .status = 429, .headers = "Retry-After: 100\r\n", .body = "{\"error\":\"slow down\"}"});
    f->shift_ms += 3000;
    const struct event *event = await_link(f, f->count, LINK_LIMITED);
    int64_t left = event->link.next_try_ms - (clock_ms() + f->shift_ms);
    assert_true(left > 95000 && left <= 100000);
    size_t before = httpd_count(f->httpd, NULL);
    f->shift_ms += 90000;
    assert_true(step(f) > 5000);
    assert_int_equal(httpd_count(f->httpd, NULL), before);
    f->shift_ms += 11000;
    await_link(f, f->count, LINK_OK);
}

static void test_answers_that_make_no_sense(void **state)
{
    struct fixture *f = *state;
    static const char *const bodies[] = {
        "<html>hello</html>", "", "{}", "[{\"id\":\"a\"},", "[1,2,3", "null", "7"};
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
        httpd_once(f->httpd, "GET /v2/box", (struct httpd_answer){.status = 200, .body = bodies[i]});
    set_key(f, KEY);
    for (size_t i = 0; i < 3; i++) {
        const struct event *event = await_link(f, f->count, LINK_FAILING);
        assert_int_equal(event->link.err.kind, ERR_PROTOCOL);
        f->shift_ms += 31000;
    }
    int64_t deadline = clock_ms() + 10000;
    while (count_kind(f, EVENT_BOXES) == 0) {
        assert_true(clock_ms() < deadline);
        f->shift_ms += 31000;
        step(f);
        core_wait(f->core, 5);
    }
    await_link(f, 0, LINK_OK);
}

static void test_an_overdue_answer_is_told(void **state)
{
    struct fixture *f = *state;
    set_key(f, KEY);
    await_link(f, 0, LINK_OK);
    httpd_once(f->httpd, "GET /v2/box", (struct httpd_answer){.end = HTTPD_STALL});
    await_requests(f, "GET /v2/box", 2);
    f->shift_ms += 5000;
    await_link(f, 0, LINK_SLOW);
    httpd_release(f->httpd);
    await_link(f, f->count, LINK_OK);
}

static void test_a_sleep_of_the_machine_renews_everything(void **state)
{
    struct fixture *f = *state;
    set_key(f, KEY);
    await_link(f, 0, LINK_OK);
    size_t before = httpd_connections(f->httpd);
    size_t from = f->count;
    f->asleep_ms += 3600000;
    await_link(f, from, LINK_OK);
    assert_int_equal(httpd_connections(f->httpd), before + 1); /* not the old connection */
}

static void test_a_failing_box_does_not_stop_the_list(void **state)
{
    struct fixture *f = *state;
    httpd_on(f->httpd, "GET /v2/box/quiet-fox-1/logs",
             (struct httpd_answer){.status = 500, .body = "{\"error\":\"boom\"}"});
    watch_fox(f);
    set_key(f, KEY);
    const struct event *event = await_kind(f, 0, EVENT_PROGRESS);
    assert_string_equal(event->box_id, "quiet-fox-1");
    assert_non_null(strstr(event->progress, "boom"));
    await_requests(f, "GET /v2/box", 3);
    await_link(f, f->count, LINK_OK);
}

static void test_refresh_is_answered_by_the_next_list(void **state)
{
    struct fixture *f = *state;
    set_key(f, KEY);
    await_link(f, 0, LINK_OK);
    size_t before = httpd_count(f->httpd, "GET /v2/box");
    uint64_t id = ask(f, REQUEST_REFRESH, NULL, NULL);
    const struct reply *reply = await_reply(f, id);
    assert_int_equal(reply->err.kind, ERR_NONE);
    assert_int_equal(httpd_count(f->httpd, "GET /v2/box"), before + 1);
}

/* --- requests ------------------------------------------------------------------------------------------- */

static void test_get_by_name_and_a_box_that_is_gone(void **state)
{
    struct fixture *f = *state;
    httpd_on(f->httpd, "GET /v2/box/my%20box",
             (struct httpd_answer){.status = 200, .body = "{\"id\":\"quiet-fox-1\",\"name\":\"my box\"}"});
    set_key(f, KEY);
    uint64_t id = ask(f, REQUEST_BOX_GET, "my.box", NULL);
    const struct reply *reply = await_reply(f, id);
    assert_int_equal(reply->err.kind, ERR_NOT_FOUND);
    const struct event *event = await_kind(f, 0, EVENT_BOX);
    assert_true(event->boxes.gone);
    httpd_on(f->httpd, "GET /v2/box/my.box",
             (struct httpd_answer){.status = 200, .body = "{\"id\":\"quiet-fox-1\",\"name\":\"my.box\"}"});
    size_t from = f->count;
    id = ask(f, REQUEST_BOX_GET, "my.box", NULL);
    reply = await_reply(f, id);
    assert_int_equal(reply->err.kind, ERR_NONE);
    assert_string_equal(reply->box_id, "quiet-fox-1");
    assert_string_equal(await_kind(f, from, EVENT_BOX)->boxes.items[0].name, "my.box");
}

static void test_ids_that_are_none_are_refused_here(void **state)
{
    struct fixture *f = *state;
    static const char *const ids[] = {"", ".", "..", "a b", "a\nb", NULL};
    set_key(f, KEY);
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        uint64_t id = ask(f, REQUEST_BOX_DELETE, ids[i], NULL);
        assert_int_equal(await_reply(f, id)->err.kind, ERR_USAGE);
    }
}

static void test_a_get_is_tried_again(void **state)
{
    struct fixture *f = *state;
    httpd_once(f->httpd, "GET /v2/box/b/snapshots", (struct httpd_answer){.status = 503});
    httpd_once(f->httpd, "GET /v2/box/b/snapshots", (struct httpd_answer){.end = HTTPD_RESET});
    httpd_once(f->httpd, "GET /v2/box/b/snapshots",
               (struct httpd_answer){.status = 200,
                                     .body = "{\"snapshots\":[{\"id\":\"s1\",\"status\":\"ready\"}]}"});
    set_key(f, KEY);
    uint64_t id = ask(f, REQUEST_SNAPSHOTS, "b", NULL);
    assert_int_equal(await_reply(f, id)->err.kind, ERR_NONE);
    assert_int_equal(await_kind(f, 0, EVENT_SNAPSHOTS)->snapshots.count, 1);
    assert_int_equal(httpd_count(f->httpd, "GET /v2/box/b/snapshots"), 3);
}

static void test_create_waits_until_the_box_is_there(void **state)
{
    struct fixture *f = *state;
    httpd_on(f->httpd, "POST /v2/box",
             (struct httpd_answer){.status = 200, .body = "{\"id\":\"new-elk-3\",\"status\":\"creating\"}"});
    httpd_once(f->httpd, "GET /v2/box/new-elk-3", (struct httpd_answer){.status = 500});
    httpd_once(
        f->httpd, "GET /v2/box/new-elk-3",
        (struct httpd_answer){.status = 200, .body = "{\"id\":\"new-elk-3\",\"status\":\"creating\"}"});
    httpd_on(f->httpd, "GET /v2/box/new-elk-3",
             (struct httpd_answer){.status = 200, .body = "{\"id\":\"new-elk-3\",\"status\":\"idle\"}"});
    set_key(f, KEY);
    uint64_t id = ask(f, REQUEST_BOX_CREATE, NULL, "{\"size\":\"small\"}");
    for (int i = 0; i < 3; i++) {
        await_requests(f, "GET /v2/box/new-elk-3", (size_t)i + 1);
    }
    const struct reply *reply = await_reply(f, id);
    assert_int_equal(reply->err.kind, ERR_NONE);
    assert_string_equal(reply->box_id, "new-elk-3");
    assert_int_equal(httpd_count(f->httpd, "POST /v2/box"), 1);
    assert_true(count_kind(f, EVENT_PROGRESS) >= 2);
}

static void test_pause_waits_for_paused_and_gives_up(void **state)
{
    struct fixture *f = *state;
    httpd_on(f->httpd, "POST /v2/box/b/pause", (struct httpd_answer){.status = 204});
    httpd_once(f->httpd, "GET /v2/box/b",
               (struct httpd_answer){.status = 200, .body = "{\"id\":\"b\",\"status\":\"running\"}"});
    httpd_once(f->httpd, "GET /v2/box/b",
               (struct httpd_answer){.status = 200, .body = "{\"id\":\"b\",\"status\":\"paused\"}"});
    set_key(f, KEY);
    uint64_t id = ask(f, REQUEST_BOX_PAUSE, "b", NULL);
    await_requests(f, "GET /v2/box/b", 2);
    assert_int_equal(await_reply(f, id)->err.kind, ERR_NONE);
    httpd_on(f->httpd, "POST /v2/box/b/resume", (struct httpd_answer){.status = 200, .body = "{}"});
    httpd_on(f->httpd, "GET /v2/box/b",
             (struct httpd_answer){.status = 200, .body = "{\"id\":\"b\",\"status\":\"paused\"}"});
    id = ask(f, REQUEST_BOX_RESUME, "b", NULL);
    await_requests(f, "GET /v2/box/b", 4);
    f->shift_ms += 120000;
    const struct reply *reply = await_reply(f, id);
    assert_int_equal(reply->err.kind, ERR_TIMEOUT);
    assert_non_null(strstr(reply->err.text, "still paused"));
}

static void test_delete_of_a_box_that_is_gone_is_done(void **state)
{
    struct fixture *f = *state;
    set_key(f, KEY);
    uint64_t id = ask(f, REQUEST_BOX_DELETE, "b", NULL);
    assert_int_equal(await_reply(f, id)->err.kind, ERR_NONE);
    assert_int_equal(httpd_count(f->httpd, "DELETE /v2/box/b"), 1);
}

static void test_a_lost_delete_is_unknown_and_looked_at(void **state)
{
    struct fixture *f = *state;
    httpd_on(f->httpd, "DELETE /v2/box/b", (struct httpd_answer){.end = HTTPD_RESET});
    set_key(f, KEY);
    await_link(f, 0, LINK_OK);
    size_t lists = httpd_count(f->httpd, "GET /v2/box");
    uint64_t id = ask(f, REQUEST_BOX_DELETE, "b", NULL);
    assert_int_equal(await_reply(f, id)->err.kind, ERR_UNKNOWN);
    assert_int_equal(httpd_count(f->httpd, "DELETE /v2/box/b"), 1);
    int64_t deadline = clock_ms() + 5000;
    while (httpd_count(f->httpd, "GET /v2/box") == lists) {
        assert_true(clock_ms() < deadline);
        core_wait(f->core, step(f));
    }
}

static void test_exec_with_and_without_trailer(void **state)
{
    struct fixture *f = *state;
    httpd_once(f->httpd, "POST /v2/box/b/exec-stream",
               (struct httpd_answer){.status = 200,
                                     .body = "hello\nevent: exit\ndata: {\"exit_code\":3,\"cpu_ns\":1}\n\n",
                                     .chunked = true});
    httpd_once(f->httpd, "POST /v2/box/b/exec-stream",
               (struct httpd_answer){.status = 200, .body = "hello\n", .chunked = true});
    httpd_once(f->httpd, "POST /v2/box/b/exec-stream",
               (struct httpd_answer){.status = 200, .body = "hel", .chunked = true, .end = HTTPD_RESET});
    httpd_once(f->httpd, "POST /v2/box/b/exec-stream",
               (struct httpd_answer){.status = 409, .body = "{\"error\":\"box is not ready\"}"});
    set_key(f, KEY);
    uint64_t id = ask(f, REQUEST_EXEC, "b", "echo \"hello\"");
    const struct reply *reply = await_reply(f, id);
    assert_int_equal(reply->err.kind, ERR_NONE);
    assert_true(reply->has_exit);
    assert_int_equal(reply->exit_code, 3);
    const struct event *event = await_kind(f, 0, EVENT_EXEC);
    assert_int_equal(event->request_id, id);
    assert_string_equal(event->exec.lines[0].bytes, "hello");
    char *request = httpd_last(f->httpd, "POST /v2/box/b/exec-stream");
    assert_non_null(strstr(request, "{\"command\":[\"sh\",\"-c\",\"echo \\\"hello\\\"\"]}"));
    free(request);
    for (int i = 0; i < 2; i++) {
        reply = await_reply(f, ask(f, REQUEST_EXEC, "b", "x"));
        assert_int_equal(reply->err.kind, ERR_UNKNOWN);
        assert_false(reply->has_exit);
    }
    reply = await_reply(f, ask(f, REQUEST_EXEC, "b", "x"));
    assert_int_equal(reply->err.kind, ERR_CONFLICT);
    assert_int_equal(httpd_count(f->httpd, "POST /v2/box/b/exec-stream"), 4);
}

static void test_cancelled_exec_is_unknown(void **state)
{
    struct fixture *f = *state;
    httpd_on(f->httpd, "POST /v2/box/b/exec-stream",
             (struct httpd_answer){.status = 200, .body = "working\n", .chunked = true, .end = HTTPD_STALL});
    set_key(f, KEY);
    uint64_t id = ask(f, REQUEST_EXEC, "b", "sleep 9");
    await_kind(f, 0, EVENT_EXEC);
    core_cancel(f->core, id);
    assert_int_equal(await_reply(f, id)->err.kind, ERR_UNKNOWN);
    core_cancel(f->core, id); /* gone: ignored */
    core_cancel(f->core, 4711);
}

static void test_cancelled_get_is_cancelled(void **state)
{
    struct fixture *f = *state;
    httpd_on(f->httpd, "GET /v2/box/b", (struct httpd_answer){.end = HTTPD_STALL});
    set_key(f, KEY);
    uint64_t id = ask(f, REQUEST_BOX_GET, "b", NULL);
    await_requests(f, "GET /v2/box/b", 1);
    core_cancel(f->core, id);
    assert_int_equal(await_reply(f, id)->err.kind, ERR_CANCELLED);
}

static const char STREAM_START[] = "event: run_start\ndata: {\"run_id\":\"run-9\"}\n\n"
                                   "event: text\ndata: {\"text\":\"hi\"}\n\n";
static const char STREAM_WHOLE[] = "event: run_start\ndata: {\"run_id\":\"run-9\"}\n\n"
                                   "event: done\ndata: {\"output\":\"bye\",\"input_tokens\":3}\n\n";

static void test_agent_run_streams(void **state)
{
    struct fixture *f = *state;
    httpd_on(f->httpd, "POST /v2/box/b/run/stream",
             (struct httpd_answer){.status = 200, .body = STREAM_WHOLE, .chunked = true});
    set_key(f, KEY);
    uint64_t id = ask(f, REQUEST_RUN, "b", "do it");
    const struct reply *reply = await_reply(f, id);
    assert_int_equal(reply->err.kind, ERR_NONE);
    assert_string_equal(reply->run_id, "run-9");
    assert_int_equal(count_kind(f, EVENT_RUN_STREAM), 2);
}

/* The stream breaks: the run is followed by its record and never started again. */
static void test_broken_agent_stream_is_followed_by_its_record(void **state)
{
    struct fixture *f = *state;
    httpd_on(f->httpd, "POST /v2/box/b/run/stream",
             (struct httpd_answer){.status = 200, .body = STREAM_START, .chunked = true, .end = HTTPD_RESET});
    httpd_once(f->httpd, "GET /v2/box/b/runs",
               (struct httpd_answer){.status = 200,
                                     .body = "{\"runs\":[{\"id\":\"run-9\",\"status\":\"running\"}]}"});
    httpd_once(f->httpd, "GET /v2/box/b/runs", (struct httpd_answer){.status = 500});
    httpd_on(f->httpd, "GET /v2/box/b/runs",
             (struct httpd_answer){.status = 200,
                                   .body = "{\"runs\":[{\"id\":\"run-9\",\"status\":\"completed\"}]}"});
    set_key(f, KEY);
    uint64_t id = ask(f, REQUEST_RUN, "b", "do it");
    await_requests(f, "GET /v2/box/b/runs", 3);
    const struct reply *reply = await_reply(f, id);
    assert_int_equal(reply->err.kind, ERR_NONE);
    assert_string_equal(reply->run_id, "run-9");
    assert_int_equal(httpd_count(f->httpd, "POST /v2/box/b/run/stream"), 1);
    assert_non_null(strstr(await_kind(f, 0, EVENT_PROGRESS)->progress, "stream broke"));
}

static void test_connect_brings_a_socket(void **state)
{
    struct fixture *f = *state;
    struct client_options options = {
        .base_url = "https://box.example", .ssh_host = "127.0.0.1", .ssh_port = httpd_port(f->httpd)};
    core_free(f->core);
    f->core = core_new(&options, on_event, f, NULL);
    assert_string_equal(core_ssh_host(f->core), "127.0.0.1");
    uint64_t id = ask(f, REQUEST_CONNECT, "b", NULL);
    const struct reply *reply = await_reply(f, id);
    assert_int_equal(reply->err.kind, ERR_NONE);
    assert_true(reply->fd >= 0);
    assert_string_equal(reply->box_id, "b");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_list_runs_and_logs_arrive),
        T(test_unchanged_answers_make_no_events),
        T(test_a_changed_box_comes_alone_and_a_changed_list_whole),
        T(test_a_refused_key_stops_polling_until_a_new_one),
        T(test_offline_and_back),
        T(test_a_rate_limit_is_waited_for),
        T(test_answers_that_make_no_sense),
        T(test_an_overdue_answer_is_told),
        T(test_a_sleep_of_the_machine_renews_everything),
        T(test_a_failing_box_does_not_stop_the_list),
        T(test_refresh_is_answered_by_the_next_list),
        T(test_get_by_name_and_a_box_that_is_gone),
        T(test_ids_that_are_none_are_refused_here),
        T(test_a_get_is_tried_again),
        T(test_create_waits_until_the_box_is_there),
        T(test_pause_waits_for_paused_and_gives_up),
        T(test_delete_of_a_box_that_is_gone_is_done),
        T(test_a_lost_delete_is_unknown_and_looked_at),
        T(test_exec_with_and_without_trailer),
        T(test_cancelled_exec_is_unknown),
        T(test_cancelled_get_is_cancelled),
        T(test_agent_run_streams),
        T(test_broken_agent_stream_is_followed_by_its_record),
        T(test_connect_brings_a_socket),
    };
    return cmocka_run_group_tests_name("core", tests, NULL, NULL);
}
