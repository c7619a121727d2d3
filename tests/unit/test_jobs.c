/* Commands and agent runs started from here: output in pieces, deltas split anywhere, how they end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "client/base/buf.h"
#include "client/base/mem.h"
#include "client/base/utf8.h"
#include "tests/support/world.h"
#include "tui/jobs.h"

static struct job *start(struct jobs *jobs, uint64_t id, enum request_kind kind, const char *box)
{
    return jobs_add(jobs, id, kind, box, "make test", WORLD_WALL, WORLD_NOW);
}

static bool give(struct jobs *jobs, struct event *event)
{
    bool theirs = jobs_event(jobs, event, WORLD_WALL + 3100);
    event_free(event);
    return theirs;
}

/* All lines, one a row; the caller frees it. */
static char *lines_of(const struct job *job)
{
    struct buf all;
    buf_init(&all, 1 << 24);
    for (int64_t n = job->lines.first_number; n < logbook_end(&job->lines); n++) {
        buf_add_text(&all, logbook_at(&job->lines, n)->line.text.bytes);
        buf_add_byte(&all, '\n');
    }
    char *text = mem_dup(buf_text(&all));
    buf_done(&all);
    return text;
}

static void expect_lines(const struct job *job, const char *want)
{
    char *have = lines_of(job);
    assert_string_equal(have, want);
    free(have);
}

static void expect_status(const struct job *job, const char *want)
{
    char status[400];
    assert_string_equal(job_status(job, WORLD_WALL + 14000, status, sizeof status), want);
}

static void test_output(void **state)
{
    (void)state;
    struct jobs jobs = {0};
    struct job *job = start(&jobs, 1, REQUEST_EXEC, "box");
    expect_status(job, "running 14s");
    assert_true(give(&jobs, world_output(1, "one\ntw")));
    expect_lines(job, "one\ntw\n");
    give(&jobs, world_output(1, "two 50%"));
    give(&jobs, world_output(1, "two 100%"));
    expect_lines(job, "one\ntwo 100%\n");
    give(&jobs, world_output(1, "two done\n"));
    expect_lines(job, "one\ntwo done\n");
    /* A progress line that was wiped leaves nothing behind. */
    give(&jobs, world_output(1, "wiped"));
    give(&jobs, world_output(1, ""));
    expect_lines(job, "one\ntwo done\n");
    give(&jobs, world_progress(1, "receiving"));
    expect_status(job, "running 14s: receiving");
    /* What is not theirs stays the others'. */
    assert_false(give(&jobs, world_output(2, "foreign\n")));
    assert_false(give(&jobs, world_reply(7, REQUEST_EXEC, "box")));
    struct event *reply = world_reply(1, REQUEST_EXEC, "box");
    reply->reply.has_exit = true;
    reply->reply.exit_code = 3;
    assert_int_equal(jobs_running(&jobs), 1);
    assert_true(give(&jobs, reply));
    assert_int_equal(jobs_running(&jobs), 0);
    assert_int_equal(job->state, JOB_FAILED);
    expect_status(job, "exit 3 after 3.1s");
    /* Over is over. */
    assert_false(give(&jobs, world_output(1, "late\n")));
    expect_lines(job, "one\ntwo done\n");
    jobs_done(&jobs);
    jobs_done(&jobs);
}

static void test_outcomes(void **state)
{
    (void)state;
    const struct {
        enum err_kind err;
        bool has_exit;
        int exit_code;
        enum job_state want;
        const char *status;
    } cases[] = {
        {ERR_NONE, true, 0, JOB_DONE, "exit 0 after 3.1s"},
        {ERR_NONE, true, 137, JOB_FAILED, "exit 137 after 3.1s"},
        {ERR_NONE, false, 0, JOB_DONE, "done after 3.1s"},
        {ERR_CANCELLED, false, 0, JOB_STOPPED, "stopped after 3.1s"},
        {ERR_UNKNOWN, false, 0, JOB_UNKNOWN, "outcome unknown after 3.1s: why"},
        {ERR_NETWORK, false, 0, JOB_FAILED, "failed after 3.1s: why"},
        {ERR_AUTH, false, 0, JOB_FAILED, "failed after 3.1s: why"},
        {ERR_TIMEOUT, false, 0, JOB_FAILED, "failed after 3.1s: why"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct jobs jobs = {0};
        struct job *job = start(&jobs, 9, REQUEST_EXEC, "box");
        struct event *reply = world_reply(9, REQUEST_EXEC, "box");
        if (cases[i].err != ERR_NONE)
            err_set(&reply->reply.err, cases[i].err, 0, "why");
        reply->reply.has_exit = cases[i].has_exit;
        reply->reply.exit_code = cases[i].exit_code;
        assert_true(give(&jobs, reply));
        assert_int_equal(job->state, cases[i].want);
        expect_status(job, cases[i].status);
        jobs_done(&jobs);
    }
}

static const char story[] = "First, \xE6\x88\x91 look.\n\n  indented \xF0\x9F\x90\xB3\nlast word";

/* Wherever a delta ends, the same lines come out, and while it grows nothing shown is taken back. */
static void test_deltas_split_anywhere(void **state)
{
    (void)state;
    for (size_t first = 0; first <= sizeof story - 1; first++) {
        for (size_t step = 1; step < 9; step++) {
            struct jobs jobs = {0};
            struct job *job = start(&jobs, 1, REQUEST_RUN, "box");
            for (size_t at = 0, len; story[at] != '\0'; at += len) {
                len = at == 0 && first > 0 ? first : step;
                len = at + len < sizeof story ? len : sizeof story - 1 - at;
                while (((unsigned char)story[at + len] & 0xC0) == 0x80)
                    len++; /* deltas are decoded text: they end between characters */
                char *part = mem_dup_bytes(story + at, len);
                give(&jobs, world_item(1, RUN_ITEM_TEXT, part));
                free(part);
            }
            expect_lines(job, "First, \xE6\x88\x91 look.\n\n  indented \xF0\x9F\x90\xB3\nlast word\n");
            give(&jobs, world_reply(1, REQUEST_RUN, "box"));
            expect_lines(job, "First, \xE6\x88\x91 look.\n\n  indented \xF0\x9F\x90\xB3\nlast word\n");
            assert_false(job->lines.has_tail);
            jobs_done(&jobs);
        }
    }
}

/* A megabyte without a newline becomes lines of bounded length, with no character torn apart. */
static void test_a_very_long_line(void **state)
{
    (void)state;
    enum { COUNT = 350000, LONGEST = 8192 };
    struct jobs jobs = {0};
    struct job *job = start(&jobs, 1, REQUEST_RUN, "box");
    char *text = mem_alloc(COUNT * 3 + 1);
    for (size_t i = 0; i < COUNT; i++)
        memcpy(text + i * 3, "\xE6\x88\x91", 3);
    text[COUNT * 3] = '\0';
    give(&jobs, world_item(1, RUN_ITEM_TEXT, text));
    give(&jobs, world_item(1, RUN_ITEM_TEXT, ""));
    give(&jobs, world_item(1, RUN_ITEM_TEXT, NULL));
    give(&jobs, world_item(1, RUN_ITEM_TEXT, "\xF0\x9F\x90\xB3\n"));
    size_t bytes = 0;
    for (int64_t n = job->lines.first_number; n < logbook_end(&job->lines); n++) {
        const struct text *line = &logbook_at(&job->lines, n)->line.text;
        assert_true(line->len <= LONGEST);
        assert_true(utf8_valid(line->bytes, line->len));
        bytes += line->len;
    }
    assert_int_equal(bytes, COUNT * 3 + 4);
    free(text);
    jobs_done(&jobs);
}

static void test_a_run(void **state)
{
    (void)state;
    struct jobs jobs = {0};
    struct job *job = start(&jobs, 4, REQUEST_RUN, "box");
    struct event *event = world_item(4, RUN_ITEM_START, NULL);
    event->run.run_id = mem_dup("run_1");
    give(&jobs, event);
    assert_string_equal(job->run_id, "run_1");
    give(&jobs, world_item(4, RUN_ITEM_THINKING, "hm"));
    give(&jobs, world_item(4, RUN_ITEM_TEXT, "I look"));
    event = world_item(4, RUN_ITEM_TOOL, "{}");
    event->run.name = mem_dup("Bash");
    event->run.summary = mem_dup("ls -l");
    give(&jobs, event);
    give(&jobs, world_item(4, RUN_ITEM_TOOL_RESULT, "a\nb\n\nc"));
    give(&jobs, world_item(4, RUN_ITEM_TOOL_RESULT, "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14"));
    give(&jobs, world_item(4, RUN_ITEM_TOOL_RESULT, NULL));
    event = world_item(4, RUN_ITEM_OTHER, NULL);
    event->run.name = mem_dup("novelty");
    give(&jobs, event);
    give(&jobs, world_item(4, RUN_ITEM_OTHER, NULL));
    give(&jobs, world_item(4, RUN_ITEM_TOOL, NULL));
    give(&jobs, world_item(4, RUN_ITEM_ERROR, NULL));
    event = world_item(4, RUN_ITEM_DONE, "I look");
    event->run.input_tokens = 10;
    event->run.output_tokens = 2;
    event->run.cost_usd = 0.5;
    give(&jobs, event);
    give(&jobs, world_item(4, RUN_ITEM_STATS, NULL)); /* tells nothing: what was known stays */
    assert_int_equal(job->input_tokens, 10);
    assert_int_equal(job->output_tokens, 2);
    assert_true(job->cost_usd > 0.49 && job->cost_usd < 0.51);
    expect_lines(
        job,
        "hm\nI look\n> Bash  ls -l\n  | a\n  | b\n  | \n  | c\n  | 1\n  | 2\n  | 3\n  | 4\n  | 5\n  | 6\n"
        "  | 7\n  | 8\n  | 9\n  | 10\n  | 11\n  | 12\n  | (more)\nunknown event: novelty\n"
        "unknown event: \n> tool  \nthe run failed\n");
    assert_int_equal(job->lines.errors, 1);
    give(&jobs, world_reply(4, REQUEST_RUN, "box"));
    assert_int_equal(job->state, JOB_DONE);
    jobs_done(&jobs);
}

/* At most 64 are kept; the oldest finished one makes room, one that runs only when all do. */
static void test_how_many_are_kept(void **state)
{
    (void)state;
    struct jobs jobs = {0};
    for (uint64_t id = 1; id <= JOBS_MAX; id++)
        start(&jobs, id, REQUEST_EXEC, id % 2 ? "odd" : "even");
    assert_int_equal(jobs_of(&jobs, "odd")->request_id, 63);
    assert_int_equal(jobs_of(&jobs, "even")->request_id, 64);
    assert_null(jobs_of(&jobs, "other"));
    assert_null(jobs_of(&jobs, NULL));
    give(&jobs, world_reply(10, REQUEST_EXEC, "even"));
    start(&jobs, 65, REQUEST_EXEC, "new");
    assert_int_equal(jobs.count, JOBS_MAX);
    assert_false(give(&jobs, world_output(10, "x\n")));
    assert_true(give(&jobs, world_output(1, "x\n")));
    start(&jobs, 66, REQUEST_EXEC, "new");
    assert_int_equal(jobs.count, JOBS_MAX);
    assert_false(give(&jobs, world_output(1, "x\n")));
    assert_int_equal(jobs_of(&jobs, "new")->request_id, 66);
    jobs_done(&jobs);
}

/* A command's answer names no run: its words and its start do. */
static void test_exit_of_a_run(void **state)
{
    (void)state;
    struct jobs jobs = {0};
    char out[16];
    for (int i = 0; i < 2; i++) {
        struct job *job = jobs_add(&jobs, (uint64_t)i + 1, REQUEST_EXEC, "b", "make\ntest",
                                   WORLD_WALL + i * 3000, WORLD_NOW);
        job->has_exit = true;
        job->exit_code = 3 + i;
    }
    struct run run = world_run("r", RUN_STATUS_FAILED, "sh -c make\xE2\x90\xA4test", 0);
    run.type = RUN_TYPE_SHELL;
    assert_string_equal(jobs_exit_text(out, sizeof out, &jobs, &run), "3");
    run.created_at = WORLD_WALL + 2000; /* nearer to the second one */
    assert_string_equal(jobs_exit_text(out, sizeof out, &jobs, &run), "4");
    run.created_at = WORLD_WALL + 60000;
    assert_string_equal(jobs_exit_text(out, sizeof out, &jobs, &run), "-");
    run.has_exit = true; /* its record says it */
    run.exit_code = 9;
    assert_string_equal(jobs_exit_text(out, sizeof out, &jobs, &run), "9");
    run_done(&run);
    run = world_run("r", RUN_STATUS_FAILED, "sh -c make", 0);
    assert_string_equal(jobs_exit_text(out, sizeof out, &jobs, &run), "-");
    run_done(&run);
    jobs_done(&jobs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exit_of_a_run),     cmocka_unit_test(test_output),
        cmocka_unit_test(test_outcomes),          cmocka_unit_test(test_deltas_split_anywhere),
        cmocka_unit_test(test_a_very_long_line),  cmocka_unit_test(test_a_run),
        cmocka_unit_test(test_how_many_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
