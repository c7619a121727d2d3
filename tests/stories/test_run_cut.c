/*
 * An agent run whose stream is cut at each event boundary, and one byte before and after it: the client finds
 * the run again by its id, follows it to its end, and never starts it twice, as boxd's own count tells. And a
 * command whose output is cut at each byte.
 */
#include "client/base/clock.h"
#include "client/base/mem.h"
#include "client/core.h"
#include "tests/support/service.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LIMIT_MS = 20000, JUMP_MS = 250, BOUNDARIES_MAX = 32 };

#define BOX "cut-heron-00001"

/* A harness that says one of each event (box-api.md 3.1); the service adds run_start and stats. */
static const char HARNESS[] =
    "printf 'event: %s\\ndata: %s\\n\\n' "
    "thinking '{\"text\":\"so\"}' "
    "text '{\"text\":\"looking\"}' "
    "tool '{\"tool_call_id\":\"t1\",\"name\":\"Bash\",\"input\":{\"command\":\"ls\"}}' "
    "tool_result '{\"tool_call_id\":\"t1\",\"output\":\"a b\"}' "
    "text '{\"text\":\"found\"}' "
    "done '{\"output\":\"two files\",\"input_tokens\":7,\"output_tokens\":3}'";

struct world {
    struct service service;
    struct core *core;
    int64_t shift_ms; /* of the clocks: the wait between two looks at a record passes in no time */
    bool broke;       /* the client said that the stream broke */
    size_t items;     /* events of the run that came */
    bool replied;
    struct err err;
    char *run_id;
    bool has_exit; /* of a command */
    int exit_code;
};

static void on_event(void *user, struct event *event)
{
    struct world *world = user;
    world->items += event->kind == EVENT_RUN_STREAM;
    world->broke =
        world->broke || (event->kind == EVENT_PROGRESS && strstr(event->progress, "broke") != NULL);
    if (event->kind == EVENT_REPLY) {
        world->replied = true;
        world->err = event->reply.err;
        world->has_exit = event->reply.has_exit;
        world->exit_code = event->reply.exit_code;
        free(world->run_id);
        world->run_id = event->reply.run_id == NULL ? NULL : mem_dup(event->reply.run_id);
    }
    event_free(event);
}

static int set_up(void **state)
{
    struct world *world = mem_zalloc(1, sizeof *world);
    *state = world;
    if (!service_start(&world->service, NULL))
        return -1;
    service_do(&world->service, "POST", "/_boxd/box", "{\"id\":\"" BOX "\",\"status\":\"idle\"}");
    json_t *runner = json_pack("{s:{s:s,s:[s,s],s:s}}", "custom_runner", "command", "sh", "args", "-c",
                               HARNESS, "protocol", "box-sse-v1");
    char *body = json_dumps(runner, 0);
    service_do(&world->service, "PUT", "/v2/box/" BOX "/config/custom-runner", body);
    free(body);
    json_decref(runner);
    struct client_options options = {
        .base_url = world->service.url, .user_agent = "boxtop/test", .rate = 1000};
    world->core = core_new(&options, on_event, world, NULL);
    assert_non_null(world->core);
    assert_true(core_set_key(world->core, world->service.api_key, NULL));
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    core_free(world->core);
    service_stop(&world->service);
    free(world->run_id);
    free(world);
    return 0;
}

static int64_t runs_started(struct world *world)
{
    struct answer answer;
    service_ask(&world->service, "GET", "/_boxd/counters", NULL, 0, &answer);
    json_t *counters = json_loads(buf_text(&answer.body), 0, NULL);
    int64_t runs = json_integer_value(json_object_get(counters, "runs"));
    json_decref(counters);
    answer_done(&answer);
    return runs;
}

static void set_fault(struct world *world, const char *name, size_t at)
{
    char *body = mem_format("{\"faults\":[\"%s=%zu@*/run/stream\"]}", name, at);
    service_do(&world->service, "POST", "/_boxd/faults", body);
    free(body);
}

/* Starts a run and follows it until the client says how it ended. */
static void follow_run(struct world *world, uint64_t id)
{
    struct request *request = request_new(REQUEST_RUN, BOX);
    request->id = id;
    request->text = mem_dup("look around");
    world->replied = world->broke = false;
    world->items = 0;
    core_ask(world->core, request);
    for (int64_t until = clock_ms() + LIMIT_MS; !world->replied;) {
        if (clock_ms() > until)
            fail_msg("the client did not say how the run ended");
        struct core_time time = core_time_now();
        world->shift_ms += world->broke ? JUMP_MS : 0;
        time.now_ms += world->shift_ms;
        time.wall_ms += world->shift_ms;
        int wait_ms = core_step(world->core, &time);
        if (!world->replied)
            core_wait(world->core, wait_ms < 0 || wait_ms > 20 ? 20 : wait_ms);
    }
}

/* The whole stream as it comes when nothing cuts it, and where its events end. */
static size_t find_boundaries(struct world *world, size_t *boundaries)
{
    struct answer answer;
    size_t count = 0;
    service_ask(&world->service, "POST", "/v2/box/" BOX "/run/stream", "{\"prompt\":\"look around\"}", 0,
                &answer);
    const char *body = buf_text(&answer.body);
    assert_int_equal(answer.status, 200);
    for (const char *at = body; (at = strstr(at, "\n\n")) != NULL && count < BOUNDARIES_MAX;) {
        at += 2;
        boundaries[count++] = (size_t)(at - body);
    }
    if (count < 8 || strstr(body, "event: run_start\n") != body || strstr(body, "event: done\n") == NULL)
        fail_msg("not a run of each event: %s", body);
    answer_done(&answer);
    return count;
}

static void one_cut(struct world *world, const char *fault, size_t at, size_t first, uint64_t id)
{
    int64_t before = runs_started(world);
    set_fault(world, fault, at);
    follow_run(world, id);
    if (runs_started(world) != before + 1)
        fail_msg("%s after %zu bytes: %lld runs were started", fault, at,
                 (long long)(runs_started(world) - before));
    if (at < first - 2) { /* the run's id is not complete */
        assert_int_equal(world->err.kind, ERR_UNKNOWN);
        return;
    }
    if (world->err.kind != ERR_NONE || world->run_id == NULL || world->items == 0)
        fail_msg("%s after %zu bytes: %zu events, run %s: %s", fault, at, world->items,
                 world->run_id == NULL ? "(none)" : world->run_id, world->err.text);
    char *path = mem_format("/v2/box/" BOX "/runs/%s", world->run_id);
    service_do(&world->service, "GET", path, NULL); /* it is a run of the service's */
    free(path);
}

static void cut_everywhere(struct world *world, const char *fault)
{
    size_t boundaries[BOUNDARIES_MAX], count = find_boundaries(world, boundaries);
    uint64_t id = 1;
    size_t broken = 0;
    one_cut(world, fault, 1, boundaries[0], id++);
    for (size_t i = 0; i + 1 < count; i++) /* the last event's length is not the same each time */
        for (size_t at = boundaries[i] - 1; at <= boundaries[i] + 1; at++) {
            one_cut(world, fault, at, boundaries[0], id++);
            broken += world->broke;
        }
    assert_true(broken >= 3 * (count - 3)); /* all but those after `done` */
    print_message("%s at %zu boundaries: %zu streams broke, each run found again, each started once\n", fault,
                  count - 1, broken);
}

static void a_reset_stream_is_found_again(void **state)
{
    cut_everywhere(*state, "reset");
}

static void a_stream_that_ends_early_is_found_again(void **state)
{
    cut_everywhere(*state, "truncate");
}

/* ---- commands ---- */

/* Starts a command and waits until the client says how it ended. */
static void follow_command(struct world *world, uint64_t id)
{
    struct request *request = request_new(REQUEST_EXEC, BOX);
    request->id = id;
    request->text = mem_dup("echo one; echo two; exit 3");
    world->replied = false;
    core_ask(world->core, request);
    for (int64_t until = clock_ms() + LIMIT_MS; !world->replied;) {
        if (clock_ms() > until)
            fail_msg("the client did not say how the command ended");
        struct core_time time = core_time_now();
        int wait_ms = core_step(world->core, &time);
        if (!world->replied)
            core_wait(world->core, wait_ms < 0 || wait_ms > 20 ? 20 : wait_ms);
    }
}

/* Cut after each byte of output and trailer: it was started once, and how it ended is known or it is not;
 * never that it went well, or in another way. */
static void a_command_that_is_cut_is_never_started_twice(void **state)
{
    struct world *world = *state;
    static const char *const faults[] = {"reset", "truncate"};
    struct answer answer;
    service_ask(&world->service, "POST", "/v2/box/" BOX "/exec-stream",
                "{\"command\":[\"sh\",\"-c\",\"echo one; echo two; exit 3\"]}", 0, &answer);
    size_t len = answer.body.len;
    const char *trailer = strstr(buf_text(&answer.body), "event: exit\n");
    assert_non_null(trailer);
    answer_done(&answer);
    size_t known = 0, unknown = 0;
    uint64_t id = 1000;
    for (size_t i = 0; i < 2; i++)
        for (size_t at = 1; at < len; at++) {
            int64_t before = runs_started(world);
            char *body = mem_format("{\"faults\":[\"%s=%zu@*/exec-stream\"]}", faults[i], at);
            service_do(&world->service, "POST", "/_boxd/faults", body);
            free(body);
            follow_command(world, id++);
            if (runs_started(world) != before + 1)
                fail_msg("%s after %zu bytes: %lld commands were started", faults[i], at,
                         (long long)(runs_started(world) - before));
            if (world->err.kind == ERR_NONE && world->has_exit && world->exit_code == 3)
                known++;
            else if (world->err.kind == ERR_UNKNOWN && !world->has_exit)
                unknown++;
            else
                fail_msg("%s after %zu of %zu bytes: error %d, exit %d", faults[i], at, len,
                         (int)world->err.kind, world->has_exit ? world->exit_code : -1);
        }
    assert_true(unknown > 2 * strlen("one\ntwo\n"));
    print_message("%zu cuts: %zu outcomes known, %zu unknown, each command started once\n", known + unknown,
                  known, unknown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_reset_stream_is_found_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_stream_that_ends_early_is_found_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_command_that_is_cut_is_never_started_twice, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
