/*
 * What changes a box: commands, agent runs, cancel, pause, resume, delete. The service counts how often it
 * was asked: once for each wish, never for what was declined.
 */
#include "tests/support/story.h"

#include "client/base/clock.h"
#include "client/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char CALM[] = "calm-crane-10001";

static int set_up(void **state)
{
    struct story *story = story_new_calm();
    story_start(story, &(struct story_start){0});
    *state = story;
    return 0;
}

static int set_up_demo(void **state)
{
    struct story *story = story_new_demo();
    story_start(story, &(struct story_start){0});
    *state = story;
    return 0;
}

static int tear_down(void **state)
{
    story_free(*state);
    return 0;
}

/* Runs a command in the selected box. */
static void runs(struct story *story, const char *command)
{
    story_type(story, "c");
    story_sees(story, "Run in ");
    story_type(story, command);
    story_type(story, "\r");
    story_sees(story, "$ ");
}

static void a_command_streams_its_output(void **state)
{
    struct story *story = *state;
    story_selects(story, "calm");
    runs(story, "echo out=$((6*7)); echo err=$((6*8)) >&2; exit 5");
    story_sees(story, "out=42");
    story_sees(story, "err=48");
    story_sees(story, "exit 5");
    assert_int_equal(story_count(story, "POST /v2/box/{}/exec-stream"), 1);
    story_type(story, "R"); /* again */
    story_waits_for(story, "POST /v2/box/{}/exec-stream", 2);
    story_sees(story, "exit 5");
    story_quit(story);
    assert_int_equal(story_count(story, "POST /v2/box/{}/exec-stream"), 2);
}

static void a_command_is_stopped(void **state)
{
    struct story *story = *state;
    story_selects(story, "calm");
    runs(story, "echo begun=$((6*7)); sleep 600");
    story_sees(story, "begun=42");
    story_type(story, "C");
    story_sees_gone(story, "running");
    story_quit(story);
    assert_int_equal(story_count(story, "POST /v2/box/{}/exec-stream"), 1);
}

/* Escape in the prompt, and a prompt of blanks, run nothing. */
static void a_declined_prompt_runs_nothing(void **state)
{
    struct story *story = *state;
    story_selects(story, "calm");
    story_type(story, "c");
    story_sees(story, "Run in calm");
    story_type(story, "rm -rf /\x1b");
    story_sees_gone(story, "Run in calm");
    story_type(story, "c");
    story_sees(story, "Run in calm");
    story_type(story, "   \r");
    story_sees_gone(story, "Run in calm");
    story_quit(story);
    assert_int_equal(story_count(story, "POST /v2/box/{}/exec-stream"), 0);
    assert_int_equal(story_count(story, "POST /v2/box/{}/exec"), 0);
}

static void pause_and_resume_ask_and_happen_once(void **state)
{
    struct story *story = *state;
    story_selects(story, "calm");
    story_type(story, "P");
    story_answers(story, "Pause?", "n");
    story_type(story, "P");
    story_answers(story, "Pause?", "y");
    story_sees(story, "> P calm");
    story_sees(story, "paused");
    assert_int_equal(story_count(story, "POST /v2/box/{}/pause"), 1);
    story_type(story, "P");
    story_answers(story, "Resume?", "y");
    story_sees(story, "> i calm");
    assert_int_equal(story_count(story, "POST /v2/box/{}/resume"), 1);
    assert_int_equal(story_count(story, "POST /v2/box/{}/pause"), 1);
    story_quit(story);
}

/* A box is deleted by typing its id; nothing else will do. */
static void delete_takes_the_id(void **state)
{
    struct story *story = *state;
    story_selects(story, "calm");
    story_type(story, "D");
    story_answers(story, "Delete this box?", "\r"); /* the harmless button comes first */
    static const char *const wrong[] = {"", "y", "calm", "calm-crane-10002", "calm-crane-1000"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        story_type(story, "D");
        story_sees(story, "Delete this box?");
        story_sees(story, CALM);
        story_type(story, wrong[i]);
        story_type(story, "\t\r");
        assert_true(story_sees_soon(story, "Delete this box?", 0));
        story_answers(story, "Delete this box?", "\x1b");
    }
    assert_int_equal(story_count(story, "DELETE /v2/box/{}"), 0);
    story_type(story, "D");
    story_sees(story, "Delete this box?");
    story_type(story, CALM);
    story_type(story, "\r");
    story_sees_gone(story, "Delete this box?");
    story_sees(story, "1 box:");
    story_quit(story);
    assert_int_equal(story_count(story, "DELETE /v2/box/{}"), 1);
    assert_int_equal(story_count(story, "DELETE /v2/box"), 0);
}

static void an_agent_works_on_a_prompt(void **state)
{
    struct story *story = *state;
    story_selects(story, "docs-site");
    story_type(story, "a");
    story_sees(story, "Ask the agent in docs-site");
    story_type(story, "List the files nobody includes\r");
    story_sees(story, "> List the files nobody includes");
    story_sees(story, " in, ");
    story_sees(story, "done");
    story_quit(story);
    assert_int_equal(story_count(story, "POST /v2/box/{}/run/stream"), 1);
}

/* C on a run of the list stops it, after a question. */
static void a_run_is_cancelled(void **state)
{
    struct story *story = *state;
    story_selects(story, "docs-site");
    story_type(story, "a");
    story_sees(story, "Ask the agent in docs-site");
    story_type(story, "Fix the failing test in ledger/\r");
    story_sees(story, "> Fix the failing test");
    story_type(story, "r");
    story_sees(story, "> running");
    story_type(story, "C");
    story_answers(story, "Cancel this run?", "n");
    assert_int_equal(story_count(story, "POST /v2/box/{}/runs/{}/cancel"), 0);
    story_type(story, "C");
    story_answers(story, "Cancel this run?", "y");
    story_sees(story, "> cancelled");
    assert_int_equal(story_count(story, "POST /v2/box/{}/runs/{}/cancel"), 1);
    story_quit(story);
}

/* The answer to a POST is lost: it is not sent again, and nobody claims that it worked. */
static void a_lost_answer_is_unknown_and_never_repeated(void **state)
{
    struct story *story = *state;
    story_selects(story, "calm");
    story_fault(story, "reset@*/exec-stream");
    runs(story, "echo lost=$((6*7))");
    story_sees(story, "unknown");
    story_fault(story, NULL);
    story_sees(story, "> i calm");
    story_type(story, "1D");
    story_sees(story, "Delete this box?");
    story_fault(story, "reset@/v2/box/calm-crane-10001");
    story_type(story, CALM);
    story_type(story, "\r");
    story_waits_for(story, "DELETE /v2/box/{}", 1);
    story_sees(story, "1 box:"); /* it worked, as the list says */
    story_fault(story, NULL);
    story_quit(story);
    assert_int_equal(story_count(story, "POST /v2/box/{}/exec-stream"), 1);
    assert_int_equal(story_count(story, "DELETE /v2/box/{}"), 1);
}

/* What another client starts is in the run list, and its output in the log, within two seconds. */
static void a_run_of_another_client_appears(void **state)
{
    struct story *story = *state;
    story_selects(story, "calm");
    story_type(story, "r");
    story_sees(story, "0 runs");
    int64_t before = clock_ms();
    json_decref(story_asks(story, "POST", "/v2/box/calm-crane-10001/exec",
                           json_pack("{s[sss]}", "command", "sh", "-c", "echo from elsewhere")));
    story_sees(story, "echo from elsewhere");
    int64_t listed = clock_ms() - before;
    story_type(story, "l");
    story_sees(story, "f follow");
    before = clock_ms();
    story_logs(story, CALM, "what the run had to say");
    story_sees(story, "what the run had to say");
    int64_t logged = clock_ms() - before;
    print_message("listed after %d ms, logged after %d ms\n", (int)listed, (int)logged);
    assert_true(listed < 2000 && logged < 2000);
    story_quit(story);
}

/* Nothing that changes a box is possible with --read-only. */
static void read_only_changes_nothing(void **state)
{
    struct story *story = *state;
    story_selects(story, "calm");
    story_quit(story);
    const char *args[] = {"--read-only", NULL};
    story_start(story, &(struct story_start){.args = args});
    story_sees(story, "read-only");
    story_selects(story, "calm");
    static const char *const keys[] = {"s", "c", "a", "P", "D", "S", "N"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        story_type(story, keys[i]);
        story_sees(story, "--read-only");
    }
    story_quit(story);
    assert_int_equal(story_ssh_count(story, "connections"), 0);
    assert_int_equal(story_count(story, "POST /v2/box/{}/pause"), 0);
    assert_int_equal(story_count(story, "DELETE /v2/box/{}"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_command_streams_its_output, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_command_is_stopped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_declined_prompt_runs_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(pause_and_resume_ask_and_happen_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(delete_takes_the_id, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_agent_works_on_a_prompt, set_up_demo, tear_down),
        cmocka_unit_test_setup_teardown(a_run_is_cancelled, set_up_demo, tear_down),
        cmocka_unit_test_setup_teardown(a_lost_answer_is_unknown_and_never_repeated, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_run_of_another_client_appears, set_up, tear_down),
        cmocka_unit_test_setup_teardown(read_only_changes_nothing, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("acts", tests, NULL, NULL);
}
