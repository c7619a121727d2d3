/*
 * boxtop logs -f as a script uses it: through outages, while boxes come and go, into pipes that are closed,
 * onto terminals that must not be written to by a box.
 */
#include "client/base/clock.h"
#include "client/base/mem.h"
#include "tests/support/child.h"
#include "tests/support/pty.h"
#include "tests/support/relay.h"
#include "tests/support/service.h"

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

/* Longer than a verb that does not follow would wait. */
enum { OUTAGE_MS = 6500 };

struct scene {
    struct service service;
    struct relay *relay;
    struct child child;
    char *program, *key, *url;
};

static void write_line(struct scene *scene, const char *box, const char *text)
{
    char *body = mem_format("{\"box\":\"%s\",\"message\":\"%s\"}", box, text);
    service_do(&scene->service, "POST", "/_boxd/log", body);
    free(body);
}

static void make_box(struct scene *scene, const char *id, const char *label)
{
    char *body =
        mem_format("{\"id\":\"%s\",\"status\":\"idle\",\"fields\":{\"labels\":[\"%s\"]}}", id, label);
    service_do(&scene->service, "POST", "/_boxd/box", body);
    free(body);
}

static int set_up(void **state)
{
    struct scene *scene = mem_zalloc(1, sizeof *scene);
    struct err err;
    *state = scene;
    if (!service_start(&scene->service, NULL))
        return -1;
    scene->relay = relay_new((uint16_t)atoi(strrchr(scene->service.url, ':') + 1), NULL, &err);
    if (scene->relay == NULL)
        return -1;
    char *boxd = service_program();
    *strrchr(boxd, '/') = '\0';
    scene->program = mem_format("%s/boxtop", boxd);
    free(boxd);
    scene->key = mem_format("UPSTASH_BOX_API_KEY=%s", scene->service.api_key);
    scene->url = mem_format("UPSTASH_BOX_BASE_URL=http://127.0.0.1:%d", relay_port(scene->relay));
    make_box(scene, "first-finch-00001", "prod");
    make_box(scene, "other-otter-00002", "test");
    write_line(scene, "first-finch-00001", "the first line");
    write_line(scene, "other-otter-00002", "of another box");
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;
    child_done(&scene->child);
    relay_free(scene->relay);
    service_stop(&scene->service);
    free(scene->program);
    free(scene->key);
    free(scene->url);
    free(scene);
    return 0;
}

static void start(struct scene *scene, const char *const *words)
{
    const char *argv[16] = {scene->program};
    for (size_t i = 0; words[i] != NULL && i < 14; i++)
        argv[i + 1] = words[i];
    child_start(&scene->child, argv, (const char *[]){scene->key, scene->url, NULL});
}

/* A shell command in which $boxtop is the program. */
static void start_shell(struct scene *scene, const char *command)
{
    char *boxtop = mem_format("boxtop=%s", scene->program);
    child_start(&scene->child, (const char *[]){"/bin/bash", "-c", command, NULL},
                (const char *[]){scene->key, scene->url, boxtop, NULL});
    free(boxtop);
}

static void expect_once(struct scene *scene, const char *text)
{
    child_says(&scene->child, text);
    if (child_count(scene->child.out, text) != 1)
        fail_msg("\"%s\" was printed %zu times", text, child_count(scene->child.out, text));
}

/* ---- outages ---- */

static void stay_cut(struct scene *scene, int ms)
{
    relay_set_plan(scene->relay, &(struct relay_plan){.refuse = true, .reset = true});
    relay_cut(scene->relay);
    child_complains(&scene->child, "the link is lost, trying on");
    for (int64_t until = clock_ms() + ms; clock_ms() < until; poll(NULL, 0, 20))
        assert_true(child_runs(&scene->child));
}

static void an_outage_is_told_and_no_line_is_lost(void **state)
{
    struct scene *scene = *state;
    start(scene, (const char *[]){"logs", "-f", "first-finch-00001", "--rate", "50", NULL});
    expect_once(scene, "the first line");
    stay_cut(scene, OUTAGE_MS);
    write_line(scene, "first-finch-00001", "written while nobody could read");
    write_line(scene, "first-finch-00001", "and another one");
    relay_set_plan(scene->relay, &(struct relay_plan){0});
    child_complains(&scene->child, "the link is back after");
    write_line(scene, "first-finch-00001", "the last line");
    child_says(&scene->child, "the last line");
    expect_once(scene, "the first line");
    expect_once(scene, "written while nobody could read");
    expect_once(scene, "and another one");
    assert_int_equal(child_count(scene->child.err, "the link is lost"), 1);
    assert_int_equal(child_count(scene->child.err, "the link is back"), 1);
    assert_int_equal(child_count(scene->child.err, "missing"), 0);
    kill(scene->child.pid, SIGTERM);
    child_wait(&scene->child);
}

/* Started while nobody answers, it waits as well. */
static void it_waits_for_a_service_that_is_not_there_yet(void **state)
{
    struct scene *scene = *state;
    relay_set_plan(scene->relay, &(struct relay_plan){.refuse = true, .reset = true});
    start(scene, (const char *[]){"logs", "-f", "--all", "--rate", "50", NULL});
    child_complains(&scene->child, "the link is lost, trying on");
    relay_set_plan(scene->relay, &(struct relay_plan){0});
    expect_once(scene, "the first line");
    expect_once(scene, "of another box");
}

static void a_refused_key_ends_it(void **state)
{
    struct scene *scene = *state;
    start(scene, (const char *[]){"logs", "-f", "--all", NULL});
    expect_once(scene, "the first line");
    service_do(&scene->service, "POST", "/_boxd/faults", "{\"faults\":[\"401@/v2/*\"]}");
    assert_int_equal(child_wait(&scene->child), 4);
}

/* ---- boxes come and go ---- */

static void boxes_join_and_leave_by_themselves(void **state)
{
    struct scene *scene = *state;
    start(scene, (const char *[]){"logs", "-f", "--label", "prod", "--rate", "50", NULL});
    expect_once(scene, "first-finch-00001    ");
    make_box(scene, "second-swan-00003", "prod");
    write_line(scene, "second-swan-00003", "newly here");
    child_complains(&scene->child, "second-swan-00003 joins");
    expect_once(scene, "newly here");
    service_do(&scene->service, "DELETE", "/v2/box/second-swan-00003", NULL);
    child_complains(&scene->child, "second-swan-00003 was deleted");
    make_box(scene, "first-finch-00001", "none");
    child_complains(&scene->child, "first-finch-00001 leaves");
    write_line(scene, "first-finch-00001", "unseen");
    make_box(scene, "third-toad-00004", "prod");
    write_line(scene, "third-toad-00004", "the third");
    child_says(&scene->child, "the third");
    assert_int_equal(child_count(scene->child.out, "unseen"), 0);
    assert_int_equal(child_count(scene->child.out, "of another box"), 0);
    assert_true(child_runs(&scene->child));
}

static void it_ends_when_each_box_that_was_named_is_gone(void **state)
{
    struct scene *scene = *state;
    start(scene, (const char *[]){"logs", "-f", "first-finch-00001", "--rate", "50", NULL});
    expect_once(scene, "the first line");
    service_do(&scene->service, "DELETE", "/v2/box/first-finch-00001", NULL);
    assert_int_equal(child_wait(&scene->child), 3);
    assert_int_equal(child_count(scene->child.err, "nothing is left to follow"), 1);
}

/* ---- what is written where ---- */

/* Nobody has to write another line for it to notice. */
static void a_reader_that_goes_away_ends_it_without_a_word(void **state)
{
    struct scene *scene = *state;
    start_shell(scene, "\"$boxtop\" logs -f --all | head -n 1; echo ${PIPESTATUS[0]} >&2");
    assert_int_equal(child_wait(&scene->child), 0);
    char *out = child_out(&scene->child), *err = child_err(&scene->child);
    assert_int_equal(strchr(out, '\n') - out + 1, strlen(out));
    assert_string_equal(err, "141\n");
    free(out);
    free(err);
}

static void a_pipe_gets_the_bytes_and_a_terminal_text(void **state)
{
    struct scene *scene = *state;
    struct err err;
    write_line(scene, "first-finch-00001",
               "\\u001b[31mred\\u001b[0m \\u001b]0;title\\u0007\\u009b5n bell\\u0007\\u007f");
    start(scene, (const char *[]){"logs", "first-finch-00001", NULL});
    assert_int_equal(child_wait(&scene->child), 0);
    expect_once(scene, "\033[31mred\033[0m \033]0;title\007\302\2335n bell\007\177\n");
    for (int json = 0; json < 2; json++) {
        struct pty *pty = pty_start(
            &(struct pty_options){.argv = (const char *[]){scene->program, "logs", "first-finch-00001",
                                                           json ? "--json" : NULL, NULL},
                                  .env = (const char *[]){scene->key, scene->url, NULL}},
            &err);
        assert_non_null(pty);
        int status;
        assert_true(pty_wait_exit(pty, &status, PTY_LIMIT_MS));
        assert_int_equal(status, 0);
        size_t len;
        const char *bytes = pty_bytes(pty, &len);
        assert_non_null(memmem(bytes, len, "bell", 4));
        for (size_t i = 0; i < len; i++)
            if (((unsigned char)bytes[i] < 0x20 && bytes[i] != '\n' && bytes[i] != '\r') || bytes[i] == 0x7F)
                fail_msg("byte %#x reached the terminal", (unsigned char)bytes[i]);
        assert_null(memmem(bytes, len, "\302\233", 2));
        pty_stop(pty);
    }
}

static void a_moment_and_a_regular_expression_choose_lines(void **state)
{
    struct scene *scene = *state;
    char since[32];
    time_t now = time(NULL);
    service_do(&scene->service, "POST", "/_boxd/log",
               "{\"box\":\"first-finch-00001\",\"message\":\"Error 17 long ago\",\"timestamp\":1700000000}");
    write_line(scene, "first-finch-00001", "Error 18 of now");
    write_line(scene, "first-finch-00001", "error 19 of now");
    struct tm parts;
    time_t before = now - 3600;
    strftime(since, sizeof since, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&before, &parts));
    start(scene, (const char *[]){"logs", "--all", "--grep", "rror \\d+", "--since", since, NULL});
    assert_int_equal(child_wait(&scene->child), 0);
    assert_int_equal(child_count(scene->child.out, "\n"), 2);
    expect_once(scene, "Error 18 of now");
    child_done(&scene->child);
    start(scene, (const char *[]){"logs", "--all", "--grep", "^Error", NULL}); /* a capital: case counts */
    assert_int_equal(child_wait(&scene->child), 0);
    assert_int_equal(child_count(scene->child.out, "\n"), 2);
    expect_once(scene, "Error 17 long ago");
    expect_once(scene, "Error 18 of now");
}

/* A box that does not answer is told, and does not keep the others. */
static void one_box_that_fails_does_not_hold_up_the_others(void **state)
{
    struct scene *scene = *state;
    service_do(&scene->service, "POST", "/_boxd/faults", "{\"faults\":[\"500@*/other-otter-00002/logs*\"]}");
    start(scene, (const char *[]){"logs", "--all", NULL});
    assert_int_equal(child_wait(&scene->child), 1);
    expect_once(scene, "the first line");
    assert_int_equal(child_count(scene->child.err, "the log of other-otter-00002 cannot be had"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_outage_is_told_and_no_line_is_lost, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_waits_for_a_service_that_is_not_there_yet, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_refused_key_ends_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(boxes_join_and_leave_by_themselves, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_ends_when_each_box_that_was_named_is_gone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_reader_that_goes_away_ends_it_without_a_word, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_pipe_gets_the_bytes_and_a_terminal_text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_moment_and_a_regular_expression_choose_lines, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_box_that_fails_does_not_hold_up_the_others, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
