/* The pages about runs: their pictures, and what their keys do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "client/base/mem.h"
#include "tests/screens/console.h"
#include "tui/views.h"

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };

/* A picture of a large screen is a long string. */
#pragma GCC diagnostic ignored "-Woverlength-strings"

/* clang-format off */

static void test_the_list_of_runs(void **state)
{
    (void)state;
    console_filled_shows(console_fill_runs, 24, 80, "r",
        " boxtop  1 box: 1 run  box.example                                        ok 1s\n"
        "┌─ 1 Boxes  active  sort: attention ───────────────────────────────────── 1/1 ─┐\n"
        "│  S NAME               STATUS   RUN        RUNTIME   AGENT     AGE LAST   COST│\n"
        "│> R nightly-tests      running  run 4m     node      claude-…   2h  60s      -│\n"
        "│                                                                              │\n"
        "│                                                                              │\n"
        "│                                                                              │\n"
        "│                                                                              │\n"
        "└──────────────────────────────────────────────────────────────────────────────┘\n"
        "┏━ 2 Logs │ Runs │ Overview │ Command │ Terminal │ Fleet ━━━━━━━━━━━━━━━━━━━━━━┓\n"
        "┃  STATUS    PROMPT                           AGO▾   TOOK    COST  TOKENS TYPE ┃\n"
        "┃> running   Fix the flaky test in the parser   4m   4m00       -       - agent┃\n"
        "┃ !failed    Update all dependencies           50m    10s  0.0042       - agent┃\n"
        "┃  completed Update all dependencies            2h    10s    0.42   50.3k agent┃\n"
        "┃  completed make -j4 test                      3h   1m01       -       - shell┃\n"
        "┃                                                                              ┃\n"
        "┃                                                                              ┃\n"
        "┃                                                                              ┃\n"
        "┃                                                                              ┃\n"
        "┃                                                                              ┃\n"
        "┃                                                                              ┃\n"
        "┃                                                                              ┃\n"
        "┗━ nightly-tests ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ 4 runs by start ━┛\n"
        " Enter open  R again  C cancel  / filter  o sort  Space mark  = compare  ? help\n");
}

static void test_a_run_at_work(void **state)
{
    (void)state;
    console_filled_shows(console_fill_runs, 24, 80, "r Enter z",
        " boxtop  1 box: 1 run  box.example                                        ok 1s\n"
        "┏━ 2 Logs │ Runs │ Overview │ Command │ Terminal │ Fleet ━━━━━━━━━━━━━━━━━━━━━━┓\n"
        "┃ running    for 4m00  agent                                                   ┃\n"
        "┃ Time     since 2026-02-23 11:16:00 UTC  (4m ago)                             ┃\n"
        "┃ Tokens   not told before it ends                                             ┃\n"
        "┃ Cost     -   compute -                                                       ┃\n"
        "┃                                                                              ┃\n"
        "┃ Prompt                                                                       ┃\n"
        "┃ Fix the flaky test in the parser                                             ┃\n"
        "┃                                                                              ┃\n"
        "┃ Timeline  inferred from the log, in whole seconds                            ┃\n"
        "┃ 1m00     Grep       parse_                                              1m00 ┃\n"
        "┃ 2m00     Bash       ctest -R parser --repeat until-fail:100        open 2m00 ┃\n"
        "┃                                                                              ┃\n"
        "┃ More  run-4                                                                  ┃\n"
        "┃ Used     CPU -   memory - at most                                            ┃\n"
        "┃                                                                              ┃\n"
        "┃ Log  2 lines, inferred: those between its start and its end                  ┃\n"
        "┃ 11:17:00 Grep: parse_                                                        ┃\n"
        "┃ 11:18:00 Bash: ctest -R parser --repeat until-fail:100                       ┃\n"
        "┃                                                                              ┃\n"
        "┃                                                                              ┃\n"
        "┗━ run run-4 ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛\n"
        " Enter open  R again  C cancel  / filter  o sort  Space mark  = compare  ? help\n");
}

static void test_a_run_that_failed(void **state)
{
    (void)state;
    console_filled_shows(console_fill_runs, 50, 160, "r j Enter",
        " boxtop  1 box: 1 run  box.example                                                                                                                 ok 1s  42 ms\n"
        "┌─ 1 Boxes  active  sort: attention ───────────── 1/1 ─┐┏━ 3 Overview │ Runs │ Command │ Fleet ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓\n"
        "│  S NAME                STATUS   RUN        RUNTIME   │┃ failed     took 10s  agent  anthropic/claude-sonnet-5                                                ┃\n"
        "│> R nightly-tests       running  run 4m     node      │┃ Time     2026-02-23 10:30:00 to 10:30:10 UTC  (50m ago)                                              ┃\n"
        "│                                                      │┃ Tokens   -                                                                                           ┃\n"
        "│                                                      │┃ Cost     $0.0042   compute -                                                                         ┃\n"
        "│                                                      │┃                                                                                                      ┃\n"
        "│                                                      │┃ Prompt                                                                                               ┃\n"
        "│                                                      │┃ Update all dependencies                                                                              ┃\n"
        "│                                                      │┃                                                                                                      ┃\n"
        "│                                                      │┃ Error                                                                                                ┃\n"
        "│                                                      │┃ npm exited with 1                                                                                    ┃\n"
        "│                                                      │┃                                                                                                      ┃\n"
        "│                                                      │┃ Timeline  inferred from the log, in whole seconds                                                    ┃\n"
        "│                                                      │┃ 0.0s     text       I will update them                                                          1.0s ┃\n"
        "│                                                      │┃ 1.0s     Bash       npm update                                                                  2.0s ┃\n"
        "│                                                      │┃ 3.0s     Read       package-lock.json                                                           1.0s ┃\n"
        "│                                                      │┃ 4.0s     Bash       npm test                                                                  ! 6.0s ┃\n"
        "│                                                      │┃                                                                                                      ┃\n"
        "│                                                      │┃ More  run-3                                                                                          ┃\n"
        "│                                                      │┃ Used     CPU -   memory - at most                                                                    ┃\n"
        "│                                                      │┃                                                                                                      ┃\n"
        "│                                                      │┃ Log  5 lines, inferred: those between its start and its end                                          ┃\n"
        "│                                                      │┃ 10:30:00 I will update them                                                                          ┃\n"
        "│                                                      │┗━ run run-3 ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ 1-22 of 26 ━┛\n"
        "│                                                      │┌─ 4 Logs ───────────────────────────────────────────────────────────────────────────── FOLLOW  t:rel ─┐\n"
        "│                                                      ││  -5h00 agent   I before all of it                                                                    │\n"
        "│                                                      ││┈┈┈┈┈ run run-1 begins, by its time: make -j4 test; run run-1 completed, by its time, after 10s; ru… ┈│\n"
        "│                                                      ││  -2h00 agent   I Bash: npm update                                                                    │\n"
        "│                                                      ││  -1h59 agent   I changed 12 packages                                                                 │\n"
        "│                                                      ││  -1h59 agent   I Edit: package.json                                                                  │\n"
        "│                                                      ││  -1h59 agent   I Bash: npm test                                                                      │\n"
        "│                                                      ││┈┈┈┈┈ run run-2 completed, by its time, after 10s; run run-3 begins, by its time: Update all depend… ┈│\n"
        "│                                                      ││ -50m00 agent   I I will update them                                                                  │\n"
        "│                                                      ││ -49m59 agent   I Bash: npm update                                                                    │\n"
        "│                                                      ││ -49m57 agent   I Read: package-lock.json                                                             │\n"
        "│                                                      ││ -49m56 agent   I Bash: npm test                                                                      │\n"
        "│                                                      ││ -49m51 agent   E npm ERR! test failed                                                                │\n"
        "│                                                      ││┈┈┈┈┈ run run-3 failed, by its time, after 10s; run run-4 begins, by its time: Fix the flaky test i… ┈│\n"
        "│                                                      ││  -3m00 agent   I Grep: parse_                                                                        │\n"
        "│                                                      ││  -2m00 agent   I Bash: ctest -R parser --repeat until-fail:100                                       │\n"
        "│                                                      ││                                                                                                      │\n"
        "│                                                      ││                                                                                                      │\n"
        "└──────────────────────────────────────────────────────┘│                                                                                                      │\n"
        "┌─ 2 Attention ──────────────────────────────────── 0 ─┐│                                                                                                      │\n"
        "│ Nothing needs attention                              ││                                                                                                      │\n"
        "│                                                      ││                                                                                                      │\n"
        "│                                                      ││                                                                                                      │\n"
        "└──────────────────────────────────────────────────────┘└─ nightly-tests ────────────────────────────────────────────────────────────────── 12 lines  1 error ─┘\n"
        " Enter open  R again  C cancel  / filter  o sort  Space mark  = compare  q back                                                                          ? help\n");
}

static void test_two_runs_side_by_side(void **state)
{
    (void)state;
    console_filled_shows(console_fill_runs, 50, 160, "r j Space Space = z",
        " boxtop  1 box: 1 run  box.example                                                                                                                 ok 1s  42 ms\n"
        "┏━ 2 Overview │ Runs │ Command │ Fleet ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓\n"
        "┃ Run      run-3                                                                run-2                                                                          ┃\n"
        "┃ Status   failed                                                               completed                                                                      ┃\n"
        "┃ Model    anthropic/claude-sonnet-5                                            anthropic/claude-sonnet-5                                                      ┃\n"
        "┃ Started  2026-02-23 10:30:00                                                  2026-02-23 09:20:00                                                            ┃\n"
        "┃ Took     10s                                                                  10s                                                                            ┃\n"
        "┃ Tokens   -                                                                    48.2k in, 2.1k out                                                             ┃\n"
        "┃ Cached   -                                                                    40.1k                                                                          ┃\n"
        "┃ Cost     $0.0042                                                              $0.42                                                                          ┃\n"
        "┃ Compute  -                                                                    $0.01                                                                          ┃\n"
        "┃                                                                                                                                                              ┃\n"
        "┃ Prompt  the same in both                                                                                                                                     ┃\n"
        "┃ Update all dependencies                                                                                                                                      ┃\n"
        "┃                                                                                                                                                              ┃\n"
        "┃ Error                                                                                                                                                        ┃\n"
        "┃ npm exited with 1                                                                                                                                            ┃\n"
        "┃                                                                                                                                                              ┃\n"
        "┃ Tool calls  inferred from the log                                                                                                                            ┃\n"
        "┃     2.0s  Bash  npm update                                                      4.0s  Bash  npm update                                                       ┃\n"
        "┃ -   1.0s  Read  package-lock.json                                                                                                                            ┃\n"
        "┃ +                                                                               1.0s  Edit  package.json                                                     ┃\n"
        "┃     6.0s  Bash  npm test                                                        5.0s  Bash  npm test                                                         ┃\n"
        "┃                                                                                                                                                              ┃\n"
        "┃ Output                                                                                                                                                       ┃\n"
        "┃                                                                               Done.                                                                          ┃\n"
        "┃                                                                               All 12 dependencies are new, and every test of the parser, the printer and the ┃\n"
        "┃                                                                               checker passes.                                                                ┃\n"
        "┃                                                                                                                                                              ┃\n"
        "┃                                                                                                                                                              ┃\n"
        "┃                                                                                                                                                              ┃\n"
        "┃                                                                                                                                                              ┃\n"
        "┃                                                                                                                                                              ┃\n"
        "┃                                                                                                                                                              ┃\n"
        "┃                                                                                                                                                              ┃\n"
        "┃                                                                                                                                                              ┃\n"
        "┃                                                                                                                                                              ┃\n"
        "┃                                                                                                                                                              ┃\n"
        "┃                                                                                                                                                              ┃\n"
        "┃                                                                                                                                                              ┃\n"
        "┃                                                                                                                                                              ┃\n"
        "┃                                                                                                                                                              ┃\n"
        "┃                                                                                                                                                              ┃\n"
        "┃                                                                                                                                                              ┃\n"
        "┃                                                                                                                                                              ┃\n"
        "┃                                                                                                                                                              ┃\n"
        "┃                                                                                                                                                              ┃\n"
        "┃                                                                                                                                                              ┃\n"
        "┗━ run-3 and run-2 ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛\n"
        " Enter open  R again  C cancel  / filter  o sort  Space mark  = compare  q back                                                                          ? help\n");
}

static void test_two_runs_one_above_the_other(void **state)
{
    (void)state;
    console_filled_shows(console_fill_runs, 30, 60, "r j Space Space = z",
        " boxtop  1 box: 1 run  box.example                    ok 1s\n"
        "┏━ 2 Logs │ Runs │ Overview │ Command │ Terminal │ Fleet ━━┓\n"
        "┃ Run      run-3                                           ┃\n"
        "┃          run-2                                           ┃\n"
        "┃ Status   failed                                          ┃\n"
        "┃          completed                                       ┃\n"
        "┃ Model    anthropic/claude-sonnet-5                       ┃\n"
        "┃ Started  2026-02-23 10:30:00                             ┃\n"
        "┃          2026-02-23 09:20:00                             ┃\n"
        "┃ Took     10s                                             ┃\n"
        "┃ Tokens   -                                               ┃\n"
        "┃          48.2k in, 2.1k out                              ┃\n"
        "┃ Cached   -                                               ┃\n"
        "┃          40.1k                                           ┃\n"
        "┃ Cost     $0.0042                                         ┃\n"
        "┃          $0.42                                           ┃\n"
        "┃ Compute  -                                               ┃\n"
        "┃          $0.01                                           ┃\n"
        "┃                                                          ┃\n"
        "┃ Prompt  the same in both                                 ┃\n"
        "┃ Update all dependencies                                  ┃\n"
        "┃                                                          ┃\n"
        "┃ Error                                                    ┃\n"
        "┃ First                                                    ┃\n"
        "┃ npm exited with 1                                        ┃\n"
        "┃ Second                                                   ┃\n"
        "┃ -                                                        ┃\n"
        "┃                                                          ┃\n"
        "┗━ run-3 and run-2 ━━━━━━━━━━━━━━━━━━━━━━━━━━━ 1-26 of 39 ━┛\n"
        " Enter open  R again  C cancel  / filter  o sort     ? help\n");
}

/* clang-format on */

static void test_filter_and_order(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill_runs, 24, 80, "r /");
    console_type(c, "t:shell");
    console_shows(c, "make -j4 test");
    console_hides(c, "Fix the flaky");
    console_keys(c, "Enter");
    console_shows(c, "1 of 4 runs by start");
    console_keys(c, "Escape");
    console_shows(c, "4 runs by start");
    console_keys(c, "o o o");
    console_shows(c, "4 runs by cost");
    console_keys(c, "g y");
    console_shows(c, "Copied");
    console_keys(c, "Enter");
    console_shows(c, "run run-2");
    console_keys(c, "Escape");
    console_shows(c, "COST▾");
    console_free(c);
}

/* What costs money asks first; a command is shown before it is sent, since its quotes are not recorded. */
static void test_again(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill_runs, 24, 80, "r j R");
    console_shows(c, "This starts a new run");
    console_keys(c, "Enter");
    console_asked(c, "");
    console_keys(c, "R Tab Enter");
    console_asked(c, "run deep-fox-10002: Update all dependencies");
    console_keys(c, "r G R");
    console_shows(c, "its quotes are not recorded");
    console_keys(c, "Enter");
    console_asked(c, "exec deep-fox-10002: make -j4 test");
    console_free(c);
}

/* From 70 columns on two runs stand side by side, whatever the width. */
static void test_two_runs_at_other_widths(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill_runs, 40, 80, "r j Space Space = z");
    console_shows(c, "┃     2.0s  Bash  npm update              4.0s  Bash  npm update");
    console_shows(c, "┃ -   1.0s  Read  package-lock.json                                            ┃");
    console_shows(c, "┃ +                                       1.0s  Edit  package.json             ┃");
    console_shows(c, "┃                                       All 12 dependencies are new, and every ┃");
    console_free(c);
    c = console_filled(console_fill_runs, 40, 100, "r j Space Space = z");
    console_shows(c, "┃     2.0s  Bash  npm update                        4.0s  Bash  npm update");
    console_shows(c, "┃ +                                                 1.0s  Edit  package.json");
    console_free(c);
}

/* Enter on the page of a failed run goes to its last error in the log. */
static void test_from_a_failed_run_to_its_error(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill_runs, 24, 80, "r j Enter Enter");
    console_shows(c, "npm ERR! test failed");
    console_keys(c, "Escape");
    console_free(c);
}

/* A prompt of many lines is asked again as it was. */
static void test_again_with_all_of_the_prompt(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill_runs, 24, 80, "");
    struct run run = world_run("run-5", RUN_STATUS_COMPLETED, "First this␤then that", HOUR);
    run.raw_prompt = mem_dup("First this\nthen that");
    console_event(c, world_runs("deep-fox-10002", &run, 1));
    console_keys(c, "r R");
    console_shows(c, "Run again?");
    console_keys(c, "Tab Enter");
    console_asked(c, "run deep-fox-10002: First this\nthen that");
    console_keys(c, "Enter Enter");
    console_asked(c, ""); /* once */
    console_free(c);
}

/* The cursor goes over runs that cannot be read like over others; nothing can be done with them. */
static void test_runs_that_cannot_be_read(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill_runs, 24, 80, "");
    struct run runs[] = {world_run("run-5", RUN_STATUS_COMPLETED, "Fifth", HOUR),
                         world_run("", RUN_STATUS_UNKNOWN, "unreadable run #2", 0),
                         world_run("", RUN_STATUS_UNKNOWN, "unreadable run #3", 0),
                         world_run("run-2", RUN_STATUS_FAILED, "Second", 2 * HOUR)};
    runs[1].unreadable = runs[2].unreadable = true;
    runs[3].type = RUN_TYPE_SHELL;
    runs[3].has_exit = true;
    runs[3].exit_code = 137;
    console_event(c, world_runs("deep-fox-10002", runs, 4));
    console_keys(c, "r j j");
    console_shows(c, "┃> ?         unreadable run #3");
    console_keys(c, "Enter");
    console_shows(c, "┃> ?         unreadable run #3");
    console_keys(c, "Space");
    console_shows(c, "cannot be read");
    console_shows(c, "┃>!exit 137  Second");
    console_keys(c, "Enter");
    console_shows(c, "shell  exit 137");
    console_free(c);
}

static void test_cancel_from_the_page(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill_runs, 24, 80, "r Enter C");
    console_shows(c, "Cancel this run?");
    console_keys(c, "Tab Enter");
    console_asked(c, "cancel-run deep-fox-10002 run-4");
    console_keys(c, "Escape j Enter C");
    console_shows(c, "This run does not run");
    console_asked(c, "");
    console_free(c);
}

/* A run that was started here: its timeline is the stream's; when that breaks the client follows the record
 * and the page says so. */
static void test_a_stream_of_ours(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill_runs, 24, 80, "a");
    console_type(c, "Fix it");
    console_keys(c, "Enter");
    console_asked(c, "run deep-fox-10002: Fix it");
    uint64_t id = console_newest(c);
    struct event *start = world_item(id, RUN_ITEM_START, NULL);
    start->run.run_id = mem_dup("run-4");
    console_event(c, start);
    console_event(c, world_item(id, RUN_ITEM_THINKING, "Let me see"));
    struct event *tool = world_item(id, RUN_ITEM_TOOL, NULL);
    tool->run.name = mem_dup("Bash");
    tool->run.summary = mem_dup("ctest");
    console_event(c, tool);
    console_keys(c, "r Enter z");
    console_shows(c, "exact: streamed here");
    console_shows(c, "thinking   Let me see");
    console_shows(c, "Bash       ctest");
    console_wait(c, 90 * SECOND);
    console_shows(c, "open 1m30");
    struct event *broke = world_item(id, RUN_ITEM_BREAK, NULL);
    broke->run.at = WORLD_WALL + 90 * SECOND;
    console_event(c, broke);
    console_event(c, world_progress(id, "the stream broke; following the run's record"));
    struct log_line later = world_line("Edit: src/parser.c", LOG_LEVEL_INFO, -120 * SECOND);
    console_event(c, world_logs("deep-fox-10002", LOG_JOIN_APPEND, &later, 1));
    console_shows(c, "the stream broke; following the run's record");
    console_event(c, world_reply(id, REQUEST_RUN, "deep-fox-10002"));
    console_shows(c, "exact until its stream broke, then inferred from the log");
    console_shows(c, "Bash       ctest                                               2m00");
    console_shows(c, "Edit       src/parser.c");
    console_asked(c, "");
    console_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_list_of_runs),
        cmocka_unit_test(test_a_run_at_work),
        cmocka_unit_test(test_a_run_that_failed),
        cmocka_unit_test(test_two_runs_side_by_side),
        cmocka_unit_test(test_two_runs_one_above_the_other),
        cmocka_unit_test(test_filter_and_order),
        cmocka_unit_test(test_again),
        cmocka_unit_test(test_two_runs_at_other_widths),
        cmocka_unit_test(test_from_a_failed_run_to_its_error),
        cmocka_unit_test(test_again_with_all_of_the_prompt),
        cmocka_unit_test(test_runs_that_cannot_be_read),
        cmocka_unit_test(test_cancel_from_the_page),
        cmocka_unit_test(test_a_stream_of_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
