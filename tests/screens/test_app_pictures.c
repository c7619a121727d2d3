/* What the console shows of a world, at the sizes terminals have. */
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

/* A picture of a large screen is a long string. */
#pragma GCC diagnostic ignored "-Woverlength-strings"

/* clang-format off */

static void test_before_the_first_answer(void **state)
{
    (void)state;
    struct console *c = console_new(24, 80);
    console_expect(c,
        " boxtop  ? boxes  box.example                                        connecting\n"
        "┏━ 1 Boxes  active  sort: attention ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ -/0 ━┓\n"
        "┃  S NAME               STATUS   RUN        RUNTIME   AGENT     AGE LAST   COST┃\n"
        "┃  Asking the service                                                          ┃\n"
        "┃                                                                              ┃\n"
        "┃                                                                              ┃\n"
        "┃                                                                              ┃\n"
        "┃                                                                              ┃\n"
        "┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛\n"
        "┌─ 2 Logs │ Runs │ Overview │ Command │ Terminal │ Fleet ────── FOLLOW  t:rel ─┐\n"
        "│ No box is selected                                                           │\n"
        "│                                                                              │\n"
        "│                                                                              │\n"
        "│                                                                              │\n"
        "│                                                                              │\n"
        "│                                                                              │\n"
        "│                                                                              │\n"
        "│                                                                              │\n"
        "│                                                                              │\n"
        "│                                                                              │\n"
        "│                                                                              │\n"
        "│                                                                              │\n"
        "└──────────────────────────────────────────────────────────────────────────────┘\n"
        " s shell  Enter open  l logs  r runs  / filter  o sort  Space mark  N new? help\n");
    console_free(c);
}

static void test_a_dozen_boxes(void **state)
{
    (void)state;
    console_filled_shows(console_fill, 24, 80, "",
        " boxtop  12 boxes: 2 run 3 idle 1 new 3 paused 1 ERROR 2 unknown  $4.11   ok 1s\n"
        "┏━ 1 Boxes  active  sort: attention ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ 2/12 ━┓\n"
        "┃  S NAME               STATUS   RUN        RUNTIME   AGENT     AGE LAST   COST┃\n"
        "┃ !  box 12: its id is missing                                                 ┃\n"
        "┃>!E broken-image       error    -          node      -          2h  60s      -┃\n"
        "┃  R nightly-tests      running  run 4m     node      claude-…   2h  60s   4.11┃\n"
        "┃  R warm-elk-10003     running  run        node      -          2h  60s      -┃\n"
        "┃  C fresh              creating -          node      -          2h  60s      -┃\n"
        "┃  i docs               idle     -          node      -          2h  60s      -┃\n"
        "┃  i web-staging        idle     -          node      -          2h  60s      -┃\n"
        "┃  i 我的盒子 café      idle     -          node      -          2h  60s      -┃\n"
        "┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛\n"
        "┌─ 2 Logs │ Runs │ Overview │ Command │ Terminal │ Fleet ────── FOLLOW  t:rel ─┐\n"
        "│ Asking for the log                                                           │\n"
        "│                                                                              │\n"
        "│                                                                              │\n"
        "│                                                                              │\n"
        "│                                                                              │\n"
        "│                                                                              │\n"
        "│                                                                              │\n"
        "│                                                                              │\n"
        "│                                                                              │\n"
        "└─ broken-image ───────────────────────────────────────────────────── 0 lines ─┘\n"
        " s shell  Enter open  l logs  r runs  / filter  o sort  Space mark   !3  ? help\n");
}

static void test_a_small_terminal_shows_one_pane(void **state)
{
    (void)state;
    console_filled_shows(console_fill, 15, 50, "",
        " boxtop  12 boxes: 1 ERROR 2 run 3 idle     ok 1s\n"
        "┏━ 1 Boxes  active  sort: attention ━━━━━━ 2/12 ━┓\n"
        "┃  S NAME                     STATUS   RUN       ┃\n"
        "┃ !  box 12: its id is missing                   ┃\n"
        "┃>!E broken-image             error    -         ┃\n"
        "┃  R nightly-tests            running  run 4m    ┃\n"
        "┃  R warm-elk-10003           running  run       ┃\n"
        "┃  C fresh                    creating -         ┃\n"
        "┃  i docs                     idle     -         ┃\n"
        "┃  i web-staging              idle     -         ┃\n"
        "┃  i 我的盒子 café            idle     -         ┃\n"
        "┃  P a-name-that-…be-anywhere paused   -         ┃\n"
        "┃  P batch-1                  paused   -         ┃\n"
        "┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛\n"
        " s shell  Enter open  l logs  r runs   !3  ? help\n");
    console_filled_shows(console_fill, 15, 50, "j l",
        " boxtop  12 boxes: 1 ERROR 2 run 3 idle     ok 1s\n"
        "┏━ 2 Logs │ Runs │ Overview› ━━━━ FOLLOW  t:rel ━┓\n"
        "┃┈┈┈┈┈ run run-3 begins, by its time: Fix the … ┈┃\n"
        "┃  -4m00 agent   I starting the agent            ┃\n"
        "┃  -3m20 agent   I reading src/parser.c          ┃\n"
        "┃  -1m40 agent   W the test wants a file that is ┃\n"
        "┃  -1m00 agent   E make: *** [test] Error 2      ┃\n"
        "┃   -30s agent   I trying again with a longer lin┃\n"
        "┃    -1s agent   I 测试 passed                   ┃\n"
        "┃                                                ┃\n"
        "┃                                                ┃\n"
        "┃                                                ┃\n"
        "┃                                                ┃\n"
        "┗━ nightly-tests ━━━━━━━━━━━━━ 6 lines  1 error ━┛\n"
        " f follow  / search  & filter  w wrap  !2  ? help\n");
    console_filled_shows(console_fill, 15, 50, "j i",
        " boxtop  12 boxes: 1 ERROR 2 run 3 idle     ok 1s\n"
        "┏━ 2 Logs │ Runs │ Overview │ Command› ━━━━━━━━━━┓\n"
        "┃ Id             deep-fox-10002                  ┃\n"
        "┃ Name           nightly-tests                   ┃\n"
        "┃ Status         running                         ┃\n"
        "┃ SSH            ssh deep-fox-10002@box.example  ┃\n"
        "┃                the password is your Box API ke…┃\n"
        "┃ Labels         -                               ┃\n"
        "┃ Runtime        node                            ┃\n"
        "┃ Size           small                           ┃\n"
        "┃ Agent          claude-code                     ┃\n"
        "┃ Model          anthropic/claude-sonnet-5       ┃\n"
        "┃ Model key      -                               ┃\n"
        "┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ 1-11 of 27 ━┛\n"
        " s shell  l logs  x actions  q back    !2  ? help\n");
}

static void test_tiny_terminals_show_one_line(void **state)
{
    (void)state;
    console_filled_shows(console_fill, 4, 19, "",
        "12 boxes  ok 1s  b…\n");
    console_filled_shows(console_fill, 4, 80, "j",
        "12 boxes  ok 1s  nightly-tests\n");
    console_filled_shows(console_fill, 1, 1, "",
        "…\n");
}

static void test_side_by_side(void **state)
{
    (void)state;
    console_filled_shows(console_fill, 30, 100, "j l",
        " boxtop  12 boxes: 2 run 3 idle 1 new 3 paused 1 ERROR 2 unknown  $4.11  57.3k tok     ok 1s  42 ms\n"
        "┌─ 1 Boxes  active  attention ── 3/12 ─┐┏━ 2 Logs │ Runs │ Overview │ Command› ━━━━ FOLLOW  t:rel ━┓\n"
        "│  S NAME                      STATUS  │┃┈┈┈┈┈ run run-3 begins, by its time: Fix the flaky test… ┈┃\n"
        "│ !  box 12: its id is missing         │┃  -4m00 agent   I starting the agent                      ┃\n"
        "│ !E broken-image              error   │┃  -3m20 agent   I reading src/parser.c                    ┃\n"
        "│> R nightly-tests             running │┃  -1m40 agent   W the test wants a file that is not there ┃\n"
        "│  R warm-elk-10003            running │┃  -1m00 agent   E make: *** [test] Error 2                ┃\n"
        "│  C fresh                     creating│┃   -30s agent   I trying again with a longer line that goe┃\n"
        "│  i docs                      idle    │┃    -1s agent   I 测试 passed                             ┃\n"
        "│  i web-staging               idle    │┃                                                          ┃\n"
        "│  i 我的盒子 café             idle    │┃                                                          ┃\n"
        "│  P a-name-that-…-be-anywhere paused  │┃                                                          ┃\n"
        "│  P batch-1                   paused  │┃                                                          ┃\n"
        "│  P batch-2                   paused  │┃                                                          ┃\n"
        "│  ? odd                       migrati…│┃                                                          ┃\n"
        "│                                      │┃                                                          ┃\n"
        "│                                      │┃                                                          ┃\n"
        "│                                      │┃                                                          ┃\n"
        "│                                      │┃                                                          ┃\n"
        "│                                      │┃                                                          ┃\n"
        "│                                      │┃                                                          ┃\n"
        "│                                      │┃                                                          ┃\n"
        "│                                      │┃                                                          ┃\n"
        "│                                      │┃                                                          ┃\n"
        "│                                      │┃                                                          ┃\n"
        "│                                      │┃                                                          ┃\n"
        "│                                      │┃                                                          ┃\n"
        "│                                      │┃                                                          ┃\n"
        "└──────────────────────────────────────┘┗━ nightly-tests ━━━━━━━━━━━━━━━━━━━━━━━ 6 lines  1 error ━┛\n"
        " f follow  / search  & filter  w wrap  t times  e errors  s shell  q back                !2  ? help\n");
}

static void test_a_wide_terminal_shows_everything(void **state)
{
    (void)state;
    console_filled_shows(console_fill, 50, 160, "j",
        " boxtop  12 boxes: 2 run 3 idle 1 new 3 paused 1 ERROR 2 unknown  $4.11  57.3k tok  cpu 3m20  box.example                                          ok 1s  42 ms\n"
        "┏━ 1 Boxes  active  sort: attention ━━━━━━━━━━━━ 3/12 ━┓┌─ 3 Overview │ Runs │ Command │ Fleet ────────────────────────────────────────────────────────────────┐\n"
        "┃  S NAME                STATUS   RUN        RUNTIME   ┃│ Id             deep-fox-10002                                                                        │\n"
        "┃ !  box 12: its id is missing                         ┃│ Name           nightly-tests                                                                         │\n"
        "┃ !E broken-image        error    -          node      ┃│ Status         running                                                                               │\n"
        "┃> R nightly-tests       running  run 4m     node      ┃│ SSH            ssh deep-fox-10002@box.example                                                        │\n"
        "┃  R warm-elk-10003      running  run        node      ┃│                the password is your Box API key; Y copies the command, s opens a shell here          │\n"
        "┃  C fresh               creating -          node      ┃│ Labels         -                                                                                     │\n"
        "┃  i docs                idle     -          node      ┃│ Runtime        node                                                                                  │\n"
        "┃  i web-staging         idle     -          node      ┃│ Size           small                                                                                 │\n"
        "┃  i 我的盒子 café       idle     -          node      ┃│ Agent          claude-code                                                                           │\n"
        "┃  P a-name-th…-anywhere paused   -          node      ┃│ Model          anthropic/claude-sonnet-5                                                             │\n"
        "┃  P batch-1             paused   -          node      ┃│ Model key      -                                                                                     │\n"
        "┃  P batch-2             paused   -          node      ┃│ Skills         -                                                                                     │\n"
        "┃  ? odd                 migrati… -          node      ┃│ Network        allow-all                                                                             │\n"
        "┃                                                      ┃│ Repository     -                                                                                     │\n"
        "┃                                                      ┃│ Keep alive     no                                                                                    │\n"
        "┃                                                      ┃│ Cost           $4.11  (compute $0.31, tokens $3.80)                                                  │\n"
        "┃                                                      ┃│ Tokens         48.2k in, 9.1k out                                                                    │\n"
        "┃                                                      ┃│ Prompts        -                                                                                     │\n"
        "┃                                                      ┃│ CPU time       3m20                                                                                  │\n"
        "┃                                                      ┃│ Created        2026-02-23 09:20:00 UTC  2h ago                                                       │\n"
        "┃                                                      ┃│ Updated        2026-02-23 11:19:00 UTC  60s ago                                                      │\n"
        "┃                                                      ┃│ Last activity  2026-02-23 11:19:00 UTC  60s ago                                                      │\n"
        "┃                                                      ┃└───────────────────────────────────────────────────────────────────────────────────────── 1-22 of 27 ─┘\n"
        "┃                                                      ┃┌─ 4 Logs ───────────────────────────────────────────────────────────────────────────── FOLLOW  t:rel ─┐\n"
        "┃                                                      ┃│┈┈┈┈┈ run run-3 begins, by its time: Fix the flaky test in the parser ┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈│\n"
        "┃                                                      ┃│  -4m00 agent   I starting the agent                                                                  │\n"
        "┃                                                      ┃│  -3m20 agent   I reading src/parser.c                                                                │\n"
        "┃                                                      ┃│  -1m40 agent   W the test wants a file that is not there                                             │\n"
        "┃                                                      ┃│  -1m00 agent   E make: *** [test] Error 2                                                            │\n"
        "┃                                                      ┃│   -30s agent   I trying again with a longer line that goes past the right edge of every narrow termin│\n"
        "┃                                                      ┃│    -1s agent   I 测试 passed                                                                         │\n"
        "┃                                                      ┃│                                                                                                      │\n"
        "┃                                                      ┃│                                                                                                      │\n"
        "┃                                                      ┃│                                                                                                      │\n"
        "┃                                                      ┃│                                                                                                      │\n"
        "┃                                                      ┃│                                                                                                      │\n"
        "┃                                                      ┃│                                                                                                      │\n"
        "┃                                                      ┃│                                                                                                      │\n"
        "┃                                                      ┃│                                                                                                      │\n"
        "┃                                                      ┃│                                                                                                      │\n"
        "┃                                                      ┃│                                                                                                      │\n"
        "┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛│                                                                                                      │\n"
        "┌─ 2 Attention ──────────────────────────────────── 3 ─┐│                                                                                                      │\n"
        "│ ! broken-image       box in error                60s ││                                                                                                      │\n"
        "│ ! nightly-tests      run failed: npm exited wi…  49m ││                                                                                                      │\n"
        "│ ! list of boxes      cannot be read: box 12: i…    - ││                                                                                                      │\n"
        "└──────────────────────────────────────────────────────┘└─ nightly-tests ─────────────────────────────────────────────────────────────────── 6 lines  1 error ─┘\n"
        " s shell  Enter open  l logs  r runs  / filter  o sort  Space mark  x actions  L fleet  c command  N new  P pause  : find                            !3  ? help\n");
}

static void test_overview(void **state)
{
    (void)state;
    console_filled_shows(console_fill, 24, 80, "j i z",
        " boxtop  12 boxes: 2 run 3 idle 1 new 3 paused 1 ERROR 2 unknown  $4.11   ok 1s\n"
        "┏━ 2 Logs │ Runs │ Overview │ Command │ Terminal │ Fleet ━━━━━━━━━━━━━━━━━━━━━━┓\n"
        "┃ Id             deep-fox-10002                                                ┃\n"
        "┃ Name           nightly-tests                                                 ┃\n"
        "┃ Status         running                                                       ┃\n"
        "┃ SSH            ssh deep-fox-10002@box.example                                ┃\n"
        "┃                the password is your Box API key; Y copies the command, s ope…┃\n"
        "┃ Labels         -                                                             ┃\n"
        "┃ Runtime        node                                                          ┃\n"
        "┃ Size           small                                                         ┃\n"
        "┃ Agent          claude-code                                                   ┃\n"
        "┃ Model          anthropic/claude-sonnet-5                                     ┃\n"
        "┃ Model key      -                                                             ┃\n"
        "┃ Skills         -                                                             ┃\n"
        "┃ Network        allow-all                                                     ┃\n"
        "┃ Repository     -                                                             ┃\n"
        "┃ Keep alive     no                                                            ┃\n"
        "┃ Cost           $4.11  (compute $0.31, tokens $3.80)                          ┃\n"
        "┃ Tokens         48.2k in, 9.1k out                                            ┃\n"
        "┃ Prompts        -                                                             ┃\n"
        "┃ CPU time       3m20                                                          ┃\n"
        "┃ Created        2026-02-23 09:20:00 UTC  2h ago                               ┃\n"
        "┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ 1-20 of 27 ━┛\n"
        " s shell  l logs  x actions  q back                                  !2  ? help\n");
    console_filled_shows(console_fill, 24, 80, "j i z G",
        " boxtop  12 boxes: 2 run 3 idle 1 new 3 paused 1 ERROR 2 unknown  $4.11   ok 1s\n"
        "┏━ 2 Logs │ Runs │ Overview │ Command │ Terminal │ Fleet ━━━━━━━━━━━━━━━━━━━━━━┓\n"
        "┃ Size           small                                                         ┃\n"
        "┃ Agent          claude-code                                                   ┃\n"
        "┃ Model          anthropic/claude-sonnet-5                                     ┃\n"
        "┃ Model key      -                                                             ┃\n"
        "┃ Skills         -                                                             ┃\n"
        "┃ Network        allow-all                                                     ┃\n"
        "┃ Repository     -                                                             ┃\n"
        "┃ Keep alive     no                                                            ┃\n"
        "┃ Cost           $4.11  (compute $0.31, tokens $3.80)                          ┃\n"
        "┃ Tokens         48.2k in, 9.1k out                                            ┃\n"
        "┃ Prompts        -                                                             ┃\n"
        "┃ CPU time       3m20                                                          ┃\n"
        "┃ Created        2026-02-23 09:20:00 UTC  2h ago                               ┃\n"
        "┃ Updated        2026-02-23 11:19:00 UTC  60s ago                              ┃\n"
        "┃ Last activity  2026-02-23 11:19:00 UTC  60s ago                              ┃\n"
        "┃ Session        -                                                             ┃\n"
        "┃ Agent id       -                                                             ┃\n"
        "┃ Customer       -                                                             ┃\n"
        "┃ Snapshots      before-upgrade  ready  52.0 MiB  5m ago                       ┃\n"
        "┃ As of          now                                                           ┃\n"
        "┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ 8-27 of 27 ━┛\n"
        " s shell  l logs  x actions  q back                                  !2  ? help\n");
}

static void test_runs(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill, 24, 80, "j r");
    console_shows(c, "> running   Fix the flaky test in the parser   4m   4m00       -       - agent");
    console_shows(c, " !failed    Update all dependencies           50m    10s       -       - agent");
    console_shows(c, "  completed Write a README                     5h    10s    0.42    1.5k agent");
    console_keys(c, "j Enter z");
    console_shows(c, "npm exited with 1");
    console_keys(c, "q q j Enter z G");
    console_shows(c, "The README is in place.");
    console_free(c);
}

static void test_wrapped_log_with_absolute_times(void **state)
{
    (void)state;
    console_filled_shows(console_fill, 15, 50, "j l w t",
        " boxtop  12 boxes: 1 ERROR 2 run 3 idle     ok 1s\n"
        "┏━ 2 Logs │ Runs› ━━━━━━━━━ FOLLOW  wrap  t:abs ━┓\n"
        "┃┈┈┈┈┈ run run-3 begins, by its time: Fix the … ┈┃\n"
        "┃ 11:16:00 agent   I starting the agent          ┃\n"
        "┃ 11:16:40 agent   I reading src/parser.c        ┃\n"
        "┃ 11:18:20 agent   W the test wants a file that i┃\n"
        "┃                    s not there                 ┃\n"
        "┃ 11:19:00 agent   E make: *** [test] Error 2    ┃\n"
        "┃ 11:19:30 agent   I trying again with a longer l┃\n"
        "┃                    ine that goes past the right┃\n"
        "┃                     edge of every narrow termin┃\n"
        "┃                    al there is                 ┃\n"
        "┃ 11:19:59 agent   I 测试 passed                 ┃\n"
        "┗━ nightly-tests ━━━━━━━━━━━━━ 6 lines  1 error ━┛\n"
        " f follow  / search  & filter  w wrap  !2  ? help\n");
}

/* Every action there is, on one of the pages. */
static void test_help(void **state)
{
    (void)state;
    enum { PAGES = 40 };
    struct console *c = console_filled(console_fill, 24, 80, "?");
    bool seen[ACTION_COUNT] = {true};
    for (int page = 0; page < PAGES; page++) {
        char *picture = screen_picture(c->screen);
        for (enum action a = ACTION_NONE + 1; a < ACTION_COUNT; a++) {
            char name[64];
            snprintf(name, sizeof name, "(%s)", action_info(a)->name);
            seen[a] = seen[a] || strstr(picture, name) != NULL;
        }
        free(picture);
        console_keys(c, "PageDown");
    }
    for (enum action a = ACTION_NONE + 1; a < ACTION_COUNT; a++)
        if (!seen[a])
            fail_msg("the help does not show %s", action_info(a)->name);
    console_keys(c, "Home");
    console_shows(c, "Anywhere");
    console_keys(c, "Escape");
    console_hides(c, "Anywhere");
    console_free(c);
}

static void test_palette(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill, 24, 80, ":");
    console_type(c, "snap");
    console_expect(c,
        " boxtop  12 boxes: 2 run 3 idle 1 new 3 paused 1 ERROR 2 unknown  $4.11   ok 1s\n"
        "┏━ 1 Boxes  active  sort: attention ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ 2/12 ━┓\n"
        "┃  S NAME               STATUS   RUN        RUNTIME   AGENT     AGE LAST   COST┃\n"
        "┃ !  box 12: its id is missing                                                 ┃\n"
        "┃>!E broken-image       error    -          node      -          2h  60s      -┃\n"
        "┃  R nightly-tests      running  run 4m     node      claude-…   2h  60s   4.11┃\n"
        "┃  R warm-elk-10003     running  run        node      -          2h  60s      -┃\n"
        "┃  C fresh              creating -          node      -          2h  60s      -┃\n"
        "┃  i docs               idle     -          node      -          2h  60s      -┃\n"
        "┃  i web-staging        idle     -          node      -          2h  60s      -┃\n"
        "┃  i┏━ Actions ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓  -┃\n"
        "┗━━━┃:snap                                                                 ┃━━━┛\n"
        "┌─ 2┃> snapshot       take a snapshot of the box                         S ┃l ─┐\n"
        "│ As┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛   │\n"
        "│                                                                              │\n"
        "│                                                                              │\n"
        "│                                                                              │\n"
        "│                                                                              │\n"
        "│                                                                              │\n"
        "│                                                                              │\n"
        "│                                                                              │\n"
        "│                                                                              │\n"
        "└─ broken-image ───────────────────────────────────────────────────── 0 lines ─┘\n"
        " s shell  Enter open  l logs  r runs  / filter  o sort  Space mark   !3  ? help\n");
    console_free(c);
}

static void test_delete_question(void **state)
{
    (void)state;
    console_filled_shows(console_fill, 24, 80, "j D",
        " boxtop  12 boxes: 2 run 3 idle 1 new 3 paused 1 ERROR 2 unknown  $4.11   ok 1s\n"
        "┏━ 1 Boxes  active  sort: attention ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ 3/12 ━┓\n"
        "┃  S NAME               STATUS   RUN        RUNTIME   AGENT     AGE LAST   COST┃\n"
        "┃ !  box 12: its id is missing                                                 ┃\n"
        "┃ !E broken-image       error    -          node      -          2h  60s      -┃\n"
        "┃> R nightly-tests      running  run 4m     node      claude-…   2h  60s   4.11┃\n"
        "┃  R war┏━ Delete this box? ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓      -┃\n"
        "┃  C fre┃   deep-fox-10002  nightly-tests                              ┃      -┃\n"
        "┃  i doc┃                                                              ┃      -┃\n"
        "┃  i web┃ This cannot be undone. Its files and its history go; its     ┃      -┃\n"
        "┃  i 我 ┃ snapshots stay.                                              ┃      -┃\n"
        "┗━━━━━━━┃                                                              ┃━━━━━━━┛\n"
        "┌─ 2 Log┃ Type deep-fox-10002 to go on:                                ┃t:rel ─┐\n"
        "│┈┈┈┈┈ r┃                                                              ┃┈┈┈┈┈┈┈│\n"
        "│  -4m00┃                                                              ┃       │\n"
        "│  -3m20┃                                       [ Cancel ]    Delete   ┃       │\n"
        "│  -1m40┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛       │\n"
        "│  -1m00 agent   E make: *** [test] Error 2                                    │\n"
        "│   -30s agent   I trying again with a longer line that goes past the right edg│\n"
        "│    -1s agent   I 测试 passed                                                 │\n"
        "│                                                                              │\n"
        "│                                                                              │\n"
        "└─ nightly-tests ─────────────────────────────────────────── 6 lines  1 error ─┘\n"
        " s shell  Enter open  l logs  r runs  / filter  o sort  Space mark   !3  ? help\n");
}

static void test_create_form(void **state)
{
    (void)state;
    console_filled_shows(console_fill, 24, 80, "N",
        " boxtop  12 boxes: 2 run 3 idle 1 new 3 paused 1 ERROR 2 unknown  $4.11   ok 1s\n"
        "┏━ 1 Boxes  active  sort: attention ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ 2/12 ━┓\n"
        "┃  S NAME               STATUS   RUN        RUNTIME   AGENT     AGE LAST   COST┃\n"
        "┃ !  box 12: its id is missing                                                 ┃\n"
        "┃>!E broken-image       error    -          node      -          2h  60s      -┃\n"
        "┃  R nightly-tests      running  run 4m     node      claude-…   2h  60s   4.11┃\n"
        "┃ ┏━ New box, step 1 of 3: the box ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓-┃\n"
        "┃ ┃ > Name                                                                   ┃-┃\n"
        "┃ ┃   Runtime      < node >  1/10                                            ┃-┃\n"
        "┃ ┃   Size         < small >  1/3                                            ┃-┃\n"
        "┃ ┃   Keep alive   [ ] off                                                   ┃-┃\n"
        "┗━┃   Labels                                                                 ┃━┛\n"
        "┌─┃                                                                          ┃─┐\n"
        "│ ┃ may stay empty: the service then makes one up                            ┃ │\n"
        "│ ┃                                                                          ┃ │\n"
        "│ ┃                                                       Cancel      Next   ┃ │\n"
        "│ ┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛ │\n"
        "│                                                                              │\n"
        "│                                                                              │\n"
        "│                                                                              │\n"
        "│                                                                              │\n"
        "│                                                                              │\n"
        "└─ broken-image ───────────────────────────────────────────────────── 0 lines ─┘\n"
        " s shell  Enter open  l logs  r runs  / filter  o sort  Space mark   !3  ? help\n");
    console_filled_shows(console_fill, 15, 50, "N",
        " boxtop  12 boxes: 1 ERROR 2 run 3 idle     ok 1s\n"
        "┏━ 1 Boxes  active  sort: attention ━━━━━━ 2/12 ━┓\n"
        "┏━ New box, step 1 of 3: the box ━━━━━━━━━━━━━━━━┓\n"
        "┃ > Name                                         ┃\n"
        "┃   Runtime      < node >  1/10                  ┃\n"
        "┃   Size         < small >  1/3                  ┃\n"
        "┃   Keep alive   [ ] off                         ┃\n"
        "┃   Labels                                       ┃\n"
        "┃                                                ┃\n"
        "┃ may stay empty: the service then makes one up  ┃\n"
        "┃                                                ┃\n"
        "┃                             Cancel      Next   ┃\n"
        "┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛\n"
        "┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛\n"
        " s shell  Enter open  l logs  r runs   !3  ? help\n");
}

static void test_a_shell_on_its_way(void **state)
{
    (void)state;
    console_filled_shows(console_fill, 10, 60, "j s",
        " connecting\n"
        "\n"
        "\n"
        "\n"
        "\n"
        "\n"
        "\n"
        "\n"
        "\n"
        " nightly-tests  deep-fox-10002   ! 2\n");
}

/* clang-format on */

static void test_states_of_the_link(void **state)
{
    (void)state;
    const struct {
        enum link_state link;
        const char *why, *header, *banner;
    } cases[] = {
        {LINK_STARTING, NULL, "connecting", NULL},
        {LINK_OK, NULL, "ok 1s", NULL},
        {LINK_SLOW, NULL, "SLOW 1s", NULL},
        {LINK_OFFLINE, "Cannot resolve box.example", "OFFLINE 1s",
         "Cannot resolve box.example  (next try in 3.9s)"},
        {LINK_REFUSED, "401", "KEY REFUSED", "The service refused the API key: :auth"},
        {LINK_LIMITED, "Too many requests", "RATE LIMITED 1s", "Too many requests  (next try in 3.9s)"},
        {LINK_FAILING, "The service answered 502", "FAILING 1s", "The service answered 502  (next try in"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct console *c = console_filled(console_fill, 24, 80, "");
        struct event *event = world_link(cases[i].link, cases[i].why);
        event->link.next_try_ms = WORLD_NOW + 3000;
        console_event(c, event);
        console_shows(c, cases[i].header);
        if (cases[i].banner != NULL)
            console_shows(c, cases[i].banner);
        else
            console_hides(c, "next try");
        /* What is known stays on screen whatever the link says. */
        console_shows(c, "nightly-tests");
        console_free(c);
    }
}

/* An empty list says why it is empty. */
static void test_nothing_to_show(void **state)
{
    (void)state;
    const struct {
        enum link_state link;
        const char *why, *text;
    } cases[] = {
        {LINK_STARTING, NULL, "Asking the service"},
        {LINK_OFFLINE, "Cannot resolve box.example", "Cannot resolve box.example"},
        {LINK_REFUSED, "401", "The service refused the API key (:auth gives another)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct console *c = console_new(24, 80);
        console_event(c, world_link(cases[i].link, cases[i].why));
        console_shows(c, cases[i].text);
        console_free(c);
    }
    struct console *c = console_new(24, 80);
    console_event(c, world_list(NULL, 0));
    console_shows(c, "No boxes yet: N makes one");
    console_keys(c, "t");
    console_shows(c, "Asking for the deleted boxes");
    console_event(c, world_deleted(NULL, 0));
    console_shows(c, "No deleted boxes");
    console_free(c);
}

static void test_cached_world(void **state)
{
    (void)state;
    struct console *c = console_new(24, 100);
    struct box boxes[] = {world_box("a", "from the cache", BOX_STATUS_IDLE)};
    store_load(&c->app.store, boxes, 1, WORLD_WALL - 14 * 60 * 1000);
    console_shows(c, "cached 14m ago");
    console_shows(c, "from the cache");
    struct box fresh[] = {world_box("a", "from the service", BOX_STATUS_IDLE)};
    console_event(c, world_list(fresh, 1));
    console_hides(c, "cached");
    console_shows(c, "from the service");
    console_free(c);
}

static void test_a_thousand_boxes(void **state)
{
    (void)state;
    enum { COUNT = 1000 };
    struct console *c = console_new(24, 80);
    struct box *boxes = mem_zalloc(COUNT, sizeof *boxes);
    for (int i = 0; i < COUNT; i++) {
        char id[32];
        snprintf(id, sizeof id, "box-%04d", i);
        boxes[i] = world_box(id, NULL, BOX_STATUS_IDLE);
    }
    console_event(c, world_list(boxes, COUNT));
    free(boxes);
    console_shows(c, "1000 boxes: 1000 idle");
    console_shows(c, "1/1000");
    console_keys(c, "G");
    console_shows(c, "box-0999");
    console_shows(c, "1000/1000");
    console_hides(c, "box-0001");
    console_keys(c, "PageUp");
    console_hides(c, "1000/1000");
    console_keys(c, "g");
    console_shows(c, "box-0000");
    console_free(c);
}

static void test_a_gone_box(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill, 24, 80, "j");
    console_event(c, world_gone("deep-fox-10002"));
    console_shows(c, "gone");
    console_keys(c, "l");
    console_shows(c, "nightly-tests  gone");
    console_shows(c, "make: *** [test] Error 2");
    console_keys(c, "i");
    console_shows(c, "deleted elsewhere: this is what was known last");
    console_keys(c, "s");
    console_shows(c, "was deleted: there is no shell to open");
    console_keys(c, "c");
    console_shows(c, "No box is selected");
    console_asked(c, "");
    console_free(c);
}

static void test_attention(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill, 50, 160, "");
    struct run failed = world_run("r", RUN_STATUS_FAILED, "Deploy", 600000);
    failed.error_message = mem_dup("no space left");
    console_event(c, world_runs("calm-owl-10001", &failed, 1));
    struct log_line old = world_line("Bash: npm test", LOG_LEVEL_INFO, 6 * 60 * 1000);
    struct run busy = world_run("r", RUN_STATUS_RUNNING, "Deploy", 600000);
    console_event(c, world_runs("warm-elk-10003", &busy, 1));
    console_event(c, world_logs("warm-elk-10003", LOG_JOIN_RESET, &old, 1));
    console_shows(c, "! broken-image       box in error");
    console_shows(c, "! web-staging        run failed: no space left");
    console_shows(c, "? warm-elk-10003     run is quiet: by its log");
    console_shows(c, "2 Attention ");
    console_shows(c, "── 5 ─┐");
    console_keys(c, "!");
    assert_string_equal(c->app.selected, "cold-ant-10004");
    console_keys(c, "1 2 j Enter");
    assert_string_equal(c->app.selected, "calm-owl-10001");
    console_shows(c, "Deploy");
    console_free(c);

    c = console_new(24, 80);
    console_event(c, world_list(NULL, 0));
    console_keys(c, "!");
    console_shows(c, "Nothing needs attention");
    console_free(c);
}

/* The states of a command, above and below its output. */
static void test_command_pane(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill, 24, 80, "j c");
    console_type(c, "make test");
    console_keys(c, "Enter");
    console_asked(c, "exec deep-fox-10002: make test");
    uint64_t id = console_newest(c);
    console_shows(c, "$ make test");
    console_shows(c, "running 0.0s");
    console_event(c, world_output(id, "one\n\033[31mred\033[0m\n 50%"));
    console_wait(c, 65000);
    console_shows(c, " 50%");
    console_shows(c, "running 1m05  nothing heard for a minute; it may be thinking");
    console_event(c, world_output(id, "100%\n"));
    console_shows(c, "100%");
    console_hides(c, " 50%");
    struct event *reply = world_reply(id, REQUEST_EXEC, "deep-fox-10002");
    reply->reply.has_exit = true;
    reply->reply.exit_code = 2;
    console_event(c, reply);
    console_shows(c, "exit 2 after 1m05");
    console_keys(c, "R");
    console_asked(c, "exec deep-fox-10002: make test");
    console_event(c, world_failed(console_newest(c), REQUEST_EXEC, "deep-fox-10002", ERR_UNKNOWN,
                                  "The connection was lost after the command was sent"));
    console_shows(c, "outcome unknown after 0.0s: The connection was lost");
    console_free(c);
}

static void test_shell_pane(void **state)
{
    (void)state;
    /* A paused box is resumed first, when the operator agrees. */
    struct console *c = console_filled(console_fill, 24, 80, "/");
    console_type(c, "batch-1");
    console_keys(c, "Enter s");
    console_shows(c, "Resume it for a shell?");
    console_keys(c, "y");
    console_asked(c, "resume slow-cow-10009");
    console_shows(c, "resuming the box");
    console_event(c, world_progress(console_newest(c), "waiting for the gateway"));
    console_shows(c, "resuming the box: waiting for the gateway");
    console_event(c, world_reply(console_newest(c), REQUEST_BOX_RESUME, "slow-cow-10009"));
    console_asked(c, "connect slow-cow-10009");
    console_shows(c, "connecting");
    /* The gateway may need a moment: it is tried again, and in the end it is said why not. */
    for (int tries = 1; tries < 10; tries++) {
        char said[80];
        snprintf(said, sizeof said, "the box is not ready yet: try %d of 10 follows (Ctrl-c gives up)",
                 tries + 1);
        console_event(c, world_failed(console_newest(c), REQUEST_CONNECT, "slow-cow-10009", ERR_NETWORK,
                                      "Connection refused by box.example:22"));
        console_shows(c, said);
        int wait = tries < 6 ? 1000 << (tries - 1) : 20000;
        console_wait(c, wait - 1);
        console_asked(c, "");
        console_wait(c, 1);
        console_asked(c, "connect slow-cow-10009");
    }
    console_event(c, world_failed(console_newest(c), REQUEST_CONNECT, "slow-cow-10009", ERR_NETWORK,
                                  "Connection refused by box.example:22"));
    console_shows(c, "Connection refused by box.example:22");
    console_shows(c, "i connects again");
    console_wait(c, 10000);
    console_asked(c, "");
    console_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_before_the_first_answer),
        cmocka_unit_test(test_a_dozen_boxes),
        cmocka_unit_test(test_a_small_terminal_shows_one_pane),
        cmocka_unit_test(test_tiny_terminals_show_one_line),
        cmocka_unit_test(test_side_by_side),
        cmocka_unit_test(test_a_wide_terminal_shows_everything),
        cmocka_unit_test(test_overview),
        cmocka_unit_test(test_runs),
        cmocka_unit_test(test_wrapped_log_with_absolute_times),
        cmocka_unit_test(test_help),
        cmocka_unit_test(test_palette),
        cmocka_unit_test(test_delete_question),
        cmocka_unit_test(test_create_form),
        cmocka_unit_test(test_a_shell_on_its_way),
        cmocka_unit_test(test_states_of_the_link),
        cmocka_unit_test(test_nothing_to_show),
        cmocka_unit_test(test_cached_world),
        cmocka_unit_test(test_a_thousand_boxes),
        cmocka_unit_test(test_a_gone_box),
        cmocka_unit_test(test_attention),
        cmocka_unit_test(test_command_pane),
        cmocka_unit_test(test_shell_pane),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
