/* What an operator does, key by key, and what the service is asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "client/base/mem.h"
#include "client/base/utf8.h"
#include "tests/screens/console.h"

static void expect_selected(const struct console *c, const char *id)
{
    assert_non_null(c->app.selected);
    assert_string_equal(c->app.selected, id);
}

static void test_filter(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill, 24, 80, "");
    console_keys(c, "/");
    console_type(c, "batch");
    console_shows(c, "/ batch"); /* it works while it is typed */
    expect_selected(c, "slow-cow-10009");
    console_keys(c, "Enter j");
    expect_selected(c, "slow-cow-10010");
    console_shows(c, "3/3 of 12");
    /* Escape takes the filter away and keeps the box. */
    console_keys(c, "Escape");
    console_shows(c, "/12");
    expect_selected(c, "slow-cow-10010");
    /* A prompt that is left brings the filter of before back. */
    console_keys(c, "/");
    console_type(c, "s:idle");
    console_keys(c, "Enter /");
    console_type(c, " nonsense");
    console_shows(c, "/1 of 12");
    console_keys(c, "Escape");
    console_shows(c, "of 12");
    console_shows(c, "web-staging");
    /* A regular expression is complained about when it is finished, not while it grows. */
    console_keys(c, "/ Ctrl-u");
    console_type(c, "~(");
    console_hides(c, "is wrong at");
    console_keys(c, "Enter");
    console_shows(c, "The regular expression \"(\" is wrong at");
    console_free(c);
}

static void test_sort(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill, 24, 80, "");
    console_keys(c, "j");
    expect_selected(c, "deep-fox-10002");
    static const char *const orders[] = {"sort: name", "sort: status", "sort: age",
                                         "sort: last", "sort: cost",   "sort: attention"};
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        console_keys(c, "o");
        console_shows(c, orders[i]);
        expect_selected(c, "deep-fox-10002"); /* the cursor stays on its box */
    }
    console_keys(c, "O");
    console_shows(c, "sort: attention reversed");
    console_free(c);
}

static void test_marks_and_pause(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill, 24, 80, "");
    console_keys(c, "j Space Space");
    console_shows(c, "2 marked");
    console_keys(c, "P");
    console_shows(c, "deep-fox-10002  nightly-tests");
    console_asked(c, "");
    console_keys(c, "y");
    console_asked(c, "pause deep-fox-10002"); /* the other one is kept alive and never pauses */
    console_shows(c, "pausing");
    console_keys(c, "Escape");
    console_hides(c, "marked");
    /* A box that changed while the question stood is left alone. */
    console_keys(c, "/");
    console_type(c, "docs");
    console_keys(c, "Enter P");
    console_shows(c, "Pause?");
    struct box changed = world_box("blue-jay-10011", "docs", BOX_STATUS_RUNNING);
    console_event(c, world_one(changed));
    console_keys(c, "y");
    console_asked(c, "");
    console_shows(c, "changed to running meanwhile: nothing was done");
    /* All that is shown. */
    console_keys(c, "Escape A");
    console_shows(c, "11 marked");
    console_keys(c, "A");
    console_hides(c, "marked");
    console_free(c);
}

static void test_mark_all_unmarks_with_an_unreadable_row(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill, 24, 80, "");
    for (int i = 0; i < 3; i++) {
        console_keys(c, "A");
        console_shows(c, "11 marked");
        console_keys(c, "A");
        console_hides(c, "marked");
    }
    console_free(c);
}

static void test_resume(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill, 24, 80, "");
    console_keys(c, "/");
    console_type(c, "batch");
    console_keys(c, "Enter P");
    console_shows(c, "A box that runs costs money.");
    console_keys(c, "Enter"); /* the harmless button is the one that Enter presses */
    console_asked(c, "");
    console_keys(c, "P y");
    console_asked(c, "resume slow-cow-10009");
    console_event(c, world_failed(console_newest(c), REQUEST_BOX_RESUME, "slow-cow-10009", ERR_CONFLICT,
                                  "The box is being deleted"));
    console_shows(c, "The box is being deleted");
    console_hides(c, "resuming");
    console_free(c);
}

static void test_delete(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill, 24, 80, "");
    console_keys(c, "j D");
    console_shows(c, "Type deep-fox-10002 to go on:");
    /* The wrong word, or none, deletes nothing, whatever is pressed. */
    console_keys(c, "Enter");
    console_asked(c, "");
    console_keys(c, "Escape D");
    console_type(c, "deep-fox-10001");
    console_keys(c, "Tab Enter");
    console_asked(c, "");
    console_keys(c, "Escape");
    assert_null(c->app.overlays);
    console_keys(c, "D");
    console_type(c, "deep-fox-10002");
    console_keys(c, "Enter");
    console_asked(c, "delete deep-fox-10002");
    console_shows(c, "deleting");
    console_event(c, world_reply(console_newest(c), REQUEST_BOX_DELETE, "deep-fox-10002"));
    console_event(c, world_gone("deep-fox-10002"));
    console_shows(c, "gone");
    /* Several at once want a sentence. */
    console_keys(c, "A D");
    console_shows(c, "Type delete 10 boxes to go on:");
    console_type(c, "delete 10 boxes");
    console_keys(c, "Escape");
    console_asked(c, "");
    console_free(c);
}

/* A question about a box that goes meanwhile asks nothing. */
static void test_the_box_goes_while_the_question_stands(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill, 24, 80, "");
    console_keys(c, "j D");
    console_type(c, "deep-fox-10002");
    console_event(c, world_gone("deep-fox-10002"));
    console_keys(c, "Enter");
    console_asked(c, "");
    console_shows(c, "Box deep-fox-10002 is not there any more");
    console_keys(c, "j c");
    console_type(c, "ls");
    console_event(c, world_list(NULL, 0));
    console_keys(c, "Enter Escape");
    console_asked(c, "");
    console_shows(c, "is not there any more");
    console_free(c);
}

static void test_snapshot(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill, 24, 80, "");
    console_keys(c, "j S");
    console_type(c, "before");
    console_keys(c, "Enter");
    console_asked(c, "snapshot deep-fox-10002: before");
    console_keys(c, "S Escape");
    console_asked(c, "");
    console_keys(c, "S Enter");
    console_asked(c, "snapshot deep-fox-10002");
    console_free(c);
}

static void test_ask_the_agent(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill, 24, 80, "");
    console_keys(c, "a");
    console_shows(c, "has no agent to ask");
    console_keys(c, "j a");
    console_type(c, "  ");
    console_keys(c, "Enter"); /* nothing was said */
    console_asked(c, "");
    console_keys(c, "a");
    console_type(c, "say hi");
    console_keys(c, "Enter");
    console_asked(c, "run deep-fox-10002: say hi");
    uint64_t id = console_newest(c);
    console_event(c, world_item(id, RUN_ITEM_TEXT, "Hello"));
    console_event(c, world_item(id, RUN_ITEM_TEXT, ", operator."));
    console_shows(c, "Hello, operator.");
    /* Without the run's id only watching can be stopped; with it the run is cancelled, after a question. */
    console_keys(c, "C");
    assert_int_equal(console_cancelled(c), id);
    struct event *start = world_item(id, RUN_ITEM_START, NULL);
    start->run.run_id = mem_dup("run-9");
    console_event(c, start);
    console_keys(c, "C");
    console_shows(c, "Cancel this run?");
    console_keys(c, "y");
    console_asked(c, "cancel-run deep-fox-10002 run-9");
    console_free(c);
}

static void test_cancel_a_run(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill, 24, 80, "");
    console_keys(c, "j r j C");
    console_shows(c, "This run does not run");
    console_keys(c, "k C y");
    console_asked(c, "cancel-run deep-fox-10002 run-3");
    /* It may end while the question stands. */
    console_keys(c, "C");
    struct run over = world_run("run-3", RUN_STATUS_COMPLETED, "Fix", 1000);
    console_event(c, world_runs("deep-fox-10002", &over, 1));
    console_keys(c, "y");
    console_asked(c, "");
    console_shows(c, "Run run-3 has ended meanwhile: completed");
    console_free(c);
}

static void test_tabs_and_panes(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill, 24, 80, "");
    console_keys(c, "j");
    static const char *const shown[] = {"STATUS    PROMPT", "Id             deep-fox-10002",
                                        "Nothing was started here", "No shell is open in this box",
                                        "make: *** [test] Error 2"};
    for (size_t i = 0; i < 5; i++) {
        console_keys(c, "]");
        console_shows(c, shown[i]);
    }
    for (size_t i = 4; i-- > 0;) {
        console_keys(c, "[");
        console_shows(c, shown[i]);
    }
    /* Tabs turn while the list keeps the cursor. */
    console_keys(c, "j");
    expect_selected(c, "warm-elk-10003");
    console_keys(c, "Tab");
    assert_int_equal(c->app.focus, PANE_MAIN);
    console_keys(c, "Shift-Tab");
    assert_int_equal(c->app.focus, PANE_LIST);
    console_keys(c, "2 i -");
    assert_int_equal(c->app.tab, VIEW_RUNS);
    console_keys(c, "1");
    assert_int_equal(c->app.focus, PANE_LIST);
    /* Zoom gives a pane everything, and back takes it away first. */
    console_keys(c, "i z");
    console_hides(c, "1 Boxes");
    console_keys(c, "q");
    console_shows(c, "1 Boxes");
    assert_int_equal(c->app.focus, PANE_MAIN);
    console_free(c);
}

/* The focus is on a view, and stays there whatever the terminal's size makes of the panes. */
static void test_the_focus_survives_every_layout(void **state)
{
    (void)state;
    static const int sizes[][2] = {{24, 80}, {50, 160}, {30, 120}, {12, 40}, {3, 10}, {50, 160}, {24, 80}};
    static const struct {
        const char *keys;
        enum view_id view;
    } cases[] = {{"1", VIEW_BOXES},  {"j l", VIEW_LOGS},  {"j i", VIEW_OVERVIEW},
                 {"j r", VIEW_RUNS}, {"L", VIEW_TAIL},    {"@", VIEW_ATTENTION},
                 {"M", VIEW_COST},   {"j s", VIEW_SHELL}, {"j l 1", VIEW_BOXES}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct console *c = console_filled(console_fill, 24, 80, cases[i].keys);
        for (size_t to = 0; to < sizeof sizes / sizeof sizes[0]; to++) {
            console_resize(c, sizes[to][0], sizes[to][1]);
            console_draw(c);
            if (app_pane_view_id(&c->app, c->app.focus) != cases[i].view)
                fail_msg("after \"%s\" at %dx%d the focus is on view %d", cases[i].keys, sizes[to][1],
                         sizes[to][0], (int)app_pane_view_id(&c->app, c->app.focus));
        }
        console_free(c);
    }
}

/* What has a pane of its own in the wide layout is not shown twice there. */
static void test_attention_is_shown_once(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill, 24, 80, "@");
    console_resize(c, 50, 160);
    console_draw(c);
    assert_int_equal(app_pane_view_id(&c->app, PANE_ATTENTION), VIEW_ATTENTION);
    assert_int_not_equal(app_pane_view_id(&c->app, PANE_MAIN), VIEW_ATTENTION);
    console_free(c);
}

static void test_escape_never_quits(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill, 24, 80, "");
    console_keys(c, "j l z Escape Escape Escape Escape Escape Escape");
    assert_false(c->app.leaving);
    assert_int_equal(c->app.focus, PANE_LIST);
    console_keys(c, "l q");
    assert_false(c->app.leaving);
    console_keys(c, "q");
    assert_true(c->app.leaving);
    console_free(c);
}

static void test_quitting_asks_when_something_runs(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill, 24, 80, "");
    console_keys(c, "j c");
    console_type(c, "sleep 100");
    console_keys(c, "Enter Q");
    console_shows(c, "sleep 100 in deep-fox-10002");
    assert_false(c->app.leaving);
    console_keys(c, "Escape");
    assert_null(c->app.overlays);
    console_event(c, world_reply(console_newest(c), REQUEST_EXEC, "deep-fox-10002"));
    console_keys(c, "s");
    console_keys(c, "Ctrl-\\ Q");
    console_shows(c, "shell in deep-fox-10002");
    console_keys(c, "y");
    assert_true(c->app.leaving);
    console_free(c);
}

static void test_interrupt(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill, 24, 80, "");
    console_keys(c, "j c");
    console_type(c, "sleep 100");
    console_keys(c, "Enter Ctrl-c");
    assert_int_equal(console_cancelled(c), console_newest(c));
    assert_false(c->app.leaving);
    console_event(
        c, world_failed(console_newest(c), REQUEST_EXEC, "deep-fox-10002", ERR_CANCELLED, "Cancelled"));
    console_shows(c, "stopped after");
    console_wait(c, 2000);
    console_keys(c, "Ctrl-c");
    console_shows(c, "Ctrl-c again quits");
    console_wait(c, 1000);
    console_keys(c, "Ctrl-c");
    assert_false(c->app.leaving);
    console_keys(c, "Ctrl-c");
    assert_true(c->app.leaving);
    console_free(c);
}

/* Keys on the way into a shell belong to the shell, but for the way out. */
static void test_keys_on_the_way_into_a_shell(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill, 24, 80, "");
    console_keys(c, "j s");
    console_asked(c, "connect deep-fox-10002");
    console_type(c, "Dq:");
    console_keys(c, "Escape Enter Q");
    assert_null(c->app.overlays);
    assert_false(c->app.leaving);
    console_asked(c, "");
    for (int i = 0; i < 300; i++)
        console_type(c, "x");
    console_shows(c, "Too much was typed before the shell was open");
    console_keys(c, "Ctrl-c");
    console_shows(c, "The connection was given up");
    console_hides(c, "connecting");
    console_free(c);
}

static void test_log_search_and_filter(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill, 24, 80, "");
    console_keys(c, "j l z /");
    console_type(c, "test");
    console_keys(c, "Enter");
    console_shows(c, "> -1m00 agent   E make: *** [test] Error 2");
    console_keys(c, "n");
    console_shows(c, "> -1m40 agent   W the test wants");
    console_shows(c, "Past the end, on from the top");
    console_keys(c, "N");
    console_shows(c, "> -1m00 agent   E make");
    console_keys(c, "Escape n");
    console_shows(c, "No search: / starts one");
    console_keys(c, "e");
    console_shows(c, "> -1m40 agent   W the test wants");
    console_keys(c, "E");
    console_shows(c, "> -1m00 agent   E make");
    console_keys(c, "&");
    console_type(c, "~^[rs]");
    console_keys(c, "Enter");
    console_shows(c, "& ~^[rs]: 2");
    console_hides(c, "make:");
    /* New lines are filtered as they come. */
    struct log_line more[] = {world_line("still here", LOG_LEVEL_INFO, 0),
                              world_line("not this", LOG_LEVEL_INFO, 0)};
    console_event(c, world_logs("deep-fox-10002", LOG_JOIN_APPEND, more, 2));
    console_shows(c, "& ~^[rs]: 3");
    console_hides(c, "not this");
    console_keys(c, "& Ctrl-u");
    console_type(c, "!e");
    console_keys(c, "Enter");
    console_shows(c, "& !e: 1");
    console_keys(c, "& Ctrl-u");
    console_type(c, "nothing has this");
    console_keys(c, "Enter");
    console_shows(c, "No line matches the filter (& changes it)");
    console_keys(c, "Escape");
    console_shows(c, "make:");
    console_wait(c, 10000);
    console_shows(c, "8 lines");
    console_free(c);
}

static void test_older_lines_are_asked_for(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill, 24, 80, "");
    console_keys(c, "j l");
    console_asked(c, "");
    console_keys(c, "g");
    console_asked(c, "older deep-fox-10002");
    console_keys(c, "k k");
    console_asked(c, ""); /* once */
    console_shows(c, "asking for older lines");
    struct log_line older = world_line("the very first line", LOG_LEVEL_INFO, 400000);
    struct event *event = world_logs("deep-fox-10002", LOG_JOIN_PREPEND, &older, 1);
    event->logs.at_start = true;
    console_event(c, event);
    console_event(c, world_reply(console_newest(c), REQUEST_LOGS_OLDER, "deep-fox-10002"));
    console_shows(c, "starting the agent"); /* what was read stays in place */
    console_keys(c, "g");
    console_shows(c, "the very first line");
    console_asked(c, ""); /* there is nothing older */
    console_free(c);
}

static void test_saving_a_log(void **state)
{
    (void)state;
    char folder[] = "/tmp/test_app.XXXXXX", path[64], have[1024] = "";
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/out.log", folder);
    struct console *c = console_filled(console_fill, 24, 80, "");
    console_keys(c, "j l Ctrl-s s Ctrl-u");
    console_type(c, path);
    console_keys(c, "Enter");
    console_shows(c, "6 lines were saved to");
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_true(fread(have, 1, sizeof have - 1, file) > 0);
    fclose(file);
    assert_non_null(strstr(have, "2026-02-23 11:16:00 I agent  starting the agent\n"));
    assert_non_null(strstr(have, "E agent  make: *** [test] Error 2\n"));
    /* Over a file that is there only when the operator says so. */
    console_keys(c, "W W Ctrl-s s Ctrl-u");
    console_type(c, path);
    console_keys(c, "Enter");
    console_shows(c, "exists already.");
    console_keys(c, "Enter"); /* the harmless button */
    console_hides(c, "1 line was saved");
    console_keys(c, "Ctrl-s s Ctrl-u");
    console_type(c, path);
    console_keys(c, "Enter Tab Enter");
    console_shows(c, "1 line was saved");
    console_free(c);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

/* A prompt of a log that goes away while it is typed, with no frame in between, as on a slow terminal. */
static void test_the_log_goes_while_a_prompt_stands(void **state)
{
    (void)state;
    static const char *const prompts[] = {"/", "&", "Ctrl-s", "* a", "\""};
    for (size_t i = 0; i < sizeof prompts / sizeof *prompts; i++) {
        struct console *c = console_new(24, 80);
        struct box box = world_box("a", NULL, BOX_STATUS_IDLE);
        console_event(c, world_list(&box, 1));
        console_draw(c);
        console_keys(c, "l");
        console_keys(c, prompts[i]);
        console_type(c, "/nonexistent/x");
        console_event(c, world_list(NULL, 0));
        app_key(&c->app, (struct key){.code = KEY_NAME_ENTER});
        console_draw(c);
        console_free(c);
    }
}

static void test_create(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill, 24, 80, "");
    console_keys(c, "N");
    console_type(c, "my-box");
    console_keys(c, "Tab Right Tab Right Tab Tab");
    console_type(c, "ci, team:red");
    console_shows(c, "python");
    console_keys(c, "Tab Tab Enter");
    console_shows(c, "step 2 of 3");
    /* An agent wants a model. */
    console_keys(c, "Right");
    console_shows(c, "claude-code");
    console_keys(c, "Tab Tab Tab Tab Tab Enter");
    console_shows(c, "an agent needs a model");
    console_shows(c, "step 2 of 3");
    console_asked(c, "");
    console_keys(c, "Escape");
    assert_null(c->app.overlays);
    console_asked(c, "");
    console_free(c);
}

static void test_create_sends_what_was_filled_in(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill, 24, 80, "");
    console_keys(c, "N");
    console_type(c, "my-box");
    console_keys(c, "Tab Tab Tab Tab Tab Tab Enter");
    console_shows(c, "step 2 of 3");
    console_keys(c, "Tab Tab Tab Tab Tab Enter");
    console_shows(c, "step 3 of 3");
    console_type(c, "git@example");
    console_keys(c, "Tab Tab Tab Tab Tab Enter");
    console_shows(c, "an address that starts with https://");
    console_asked(c, "");
    console_keys(c, "Ctrl-u");
    console_type(c, "https://example.com/x.git");
    console_keys(c, "Tab Tab Tab Tab Tab Enter");
    console_asked(c, "create: {\"name\":\"my-box\",\"runtime\":\"node\",\"size\":\"small\","
                     "\"clone_repo\":\"https://example.com/x.git\"}");
    assert_null(c->app.overlays);
    console_shows(c, "The box is being created");
    console_free(c);
}

static void test_palette_and_menu(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill, 24, 80, "");
    console_keys(c, "j :");
    console_type(c, "overview");
    console_keys(c, "Enter");
    console_shows(c, "Id             deep-fox-10002");
    console_keys(c, ":");
    console_type(c, "zzzz");
    console_keys(c, "Enter");
    console_shows(c, "There is no action \"zzzz\"");
    /* What only shares letters with an action does not run it; the whole name runs it and not a longer one.
     */
    int64_t interrupted = c->app.interrupt_ms;
    console_keys(c, ":");
    console_type(c, "no such action");
    console_shows(c, "nothing matches");
    console_keys(c, "Enter");
    console_shows(c, "There is no action \"no such action\"");
    assert_int_equal(c->app.interrupt_ms, interrupted);
    console_keys(c, ":");
    console_type(c, "delete");
    console_keys(c, "Enter");
    console_shows(c, "Type deep-fox-10002 to go on:");
    console_keys(c, "Escape :");
    console_type(c, "good"); /* the help of "delete" has it */
    console_keys(c, "Enter");
    console_shows(c, "There is no action \"good\"");
    console_keys(c, ":");
    console_type(c, "clt");
    console_hides(c, "delete the box for good");
    console_keys(c, "Escape");
    /* The menu is for the box it was opened on. */
    console_keys(c, "x");
    console_shows(c, "deep-fox-10002");
    app_select(&c->app, "calm-owl-10001");
    console_type(c, "delete");
    console_keys(c, "Enter");
    console_shows(c, "Type deep-fox-10002 to go on:");
    console_keys(c, "Escape x");
    console_event(c, world_list(NULL, 0));
    console_type(c, "copy");
    console_keys(c, "Enter");
    console_keys(c, "Escape");
    console_free(c);
}

static void test_copies(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill, 24, 80, "");
    console_keys(c, "j y");
    assert_string_equal(c->copied, "deep-fox-10002");
    console_shows(c, "Copied the box's id to the clipboard");
    console_keys(c, "Y");
    assert_string_equal(c->copied, "ssh deep-fox-10002@box.example");
    console_keys(c, "U");
    assert_string_equal(c->copied, "https://console.upstash.com/box/resolve/deep-fox-10002");
    console_keys(c, "r j y");
    assert_string_equal(c->copied, "run-2");
    console_keys(c, "l e y");
    assert_string_equal(c->copied, "the test wants a file that is not there");
    console_free(c);
}

static void test_the_key(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill, 24, 80, "");
    console_keys(c, ":");
    console_type(c, "auth");
    console_keys(c, "Enter");
    console_shows(c, "Box API key (hidden):");
    console_type(c, "short");
    console_hides(c, "short");
    console_keys(c, "Enter");
    console_shows(c, "That is no API key");
    console_keys(c, ":");
    console_type(c, "auth");
    console_keys(c, "Enter");
    console_type(c, "box_0123456789");
    console_keys(c, "Enter");
    assert_string_equal(c->key, "box_0123456789");
    assert_false(c->key_kept);
    console_shows(c, "Keep the API key?");
    console_keys(c, "y");
    assert_true(c->key_kept);
    console_free(c);
}

static void test_read_only(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill, 24, 80, "");
    c->app.options.read_only = true;
    static const char *const keys[] = {"j", "s", "c", "a", "P", "D", "N", "S", "r C", "c R"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        console_keys(c, keys[i]);
    assert_null(c->app.overlays);
    console_asked(c, "");
    console_shows(c, "boxtop was started with --read-only");
    console_shows(c, "read-only");
    /* What changes anything is not offered: not in the footer, the menu, the palette, the help. */
    console_keys(c, "1");
    console_hides(c, "s shell");
    console_shows(c, "Enter open");
    console_keys(c, ":");
    console_type(c, "delete");
    console_hides(c, "delete the box for good");
    console_keys(c, "Escape x");
    console_type(c, "pause");
    console_shows(c, "nothing matches");
    console_keys(c, "Escape");
    console_resize(c, 200, 100);
    console_keys(c, "?");
    console_shows(c, "mark or unmark the box (mark)");
    console_hides(c, "(snapshot)");
    console_keys(c, "Escape");
    console_free(c);
}

/* A question that cannot be seen cannot be answered. */
static void test_no_blind_answers(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill, 24, 80, "");
    console_keys(c, "j P");
    console_resize(c, 4, 19);
    console_shows(c, "Enlarge, or Esc");
    console_keys(c, "y Enter Tab Enter");
    console_asked(c, "");
    console_resize(c, 24, 80);
    console_shows(c, "Pause?");
    console_resize(c, 4, 19);
    console_keys(c, "Escape");
    console_shows(c, "12 boxes");
    console_resize(c, 24, 80);
    console_hides(c, "Pause?");
    console_asked(c, "");
    console_free(c);
}

static void test_mouse(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill, 24, 80, "");
    console_draw(c);
    struct mouse click = {.kind = MOUSE_PRESS, .button = 1, .row = 5, .col = 10};
    app_mouse(&c->app, &click);
    expect_selected(c, "deep-fox-10002");
    click.row = 3; /* the row that has no id */
    app_mouse(&c->app, &click);
    expect_selected(c, "deep-fox-10002");
    click.row = 15;
    app_mouse(&c->app, &click);
    assert_int_equal(c->app.focus, PANE_MAIN);
    struct mouse wheel = {.kind = MOUSE_WHEEL_DOWN, .row = 6, .col = 10};
    app_mouse(&c->app, &wheel);
    expect_selected(c, "warm-elk-10003");
    console_keys(c, "F2");
    app_mouse(&c->app, &wheel);
    expect_selected(c, "warm-elk-10003");
    for (int row = -2; row < 30; row++)
        for (int col = -2; col < 90; col += 7) {
            struct mouse any = {.kind = (enum mouse_kind)(row & 3), .button = 1, .row = row, .col = col};
            app_mouse(&c->app, &any);
        }
    console_draw(c);
    console_free(c);
}

/* Presses the left button on the first cell of a text on the screen. */
static void click_on(struct console *c, const char *text)
{
    console_draw(c);
    char *picture = screen_picture(c->screen);
    struct mouse click = {.kind = MOUSE_PRESS, .button = 1};
    char *at = strstr(picture, text);
    if (at == NULL)
        fail_msg("no \"%s\" on screen:\n%s", text, picture);
    *at = '\0';
    const char *line = strrchr(picture, '\n') != NULL ? strrchr(picture, '\n') + 1 : picture;
    click.col = (int)utf8_columns(line, strlen(line));
    for (const char *byte = picture; *byte != '\0'; byte++)
        click.row += *byte == '\n';
    free(picture);
    app_mouse(&c->app, &click);
    console_draw(c);
}

/* What looks as if it could be clicked can be: tabs, column titles, hints, what waits. */
static void test_clicks_on_the_borders(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill, 24, 80, "j");
    click_on(c, "Overview");
    console_shows(c, "Id             deep-fox-10002");
    click_on(c, "COST");
    console_shows(c, "sort: cost");
    click_on(c, "COST");
    console_shows(c, "sort: cost reversed");
    click_on(c, "logs"); /* the hint in the footer */
    assert_int_equal(app_pane_view_id(&c->app, c->app.focus), VIEW_LOGS);
    click_on(c, "? help");
    console_shows(c, "Anywhere");
    console_keys(c, "Escape");
    click_on(c, "!2");
    assert_null(c->app.overlays);
    console_keys(c, "1");
    click_on(c, "docs");
    expect_selected(c, "blue-jay-10011");
    assert_int_equal(c->app.focus, PANE_LIST);
    console_wait(c, 1000);
    click_on(c, "docs");
    assert_int_equal(c->app.focus, PANE_LIST);
    click_on(c, "docs"); /* at once again */
    assert_int_equal(c->app.focus, PANE_MAIN);
    console_free(c);
    /* Where not all tabs have room, the mark stands for the next one. */
    c = console_filled(console_fill, 15, 50, "j l");
    click_on(c, "\u203A");
    assert_int_not_equal(app_pane_view_id(&c->app, PANE_MAIN), VIEW_LOGS);
    console_free(c);
}

static void test_what_is_watched(void **state)
{
    (void)state;
    struct console *c = console_filled(console_fill, 24, 80, "");
    console_keys(c, "j l");
    const struct watch *watch = console_watch(c);
    assert_string_equal(watch->selected, "deep-fox-10002");
    assert_true(watch->selected_logs && !watch->selected_runs && !watch->deleted_list);
    assert_int_equal(watch->visible_count, 7); /* eight rows, one of which has no id */
    console_keys(c, "r");
    watch = console_watch(c);
    assert_true(!watch->selected_logs && watch->selected_runs);
    console_keys(c, "1 t");
    watch = console_watch(c);
    assert_true(watch->deleted_list);
    console_free(c);
}

/* Only what cannot be read: there is nothing to select, and nothing breaks. */
static void test_only_unreadable_boxes(void **state)
{
    (void)state;
    struct console *c = console_new(24, 80);
    struct box boxes[] = {world_unreadable("box 1: no id"), world_unreadable("box 2: no id")};
    console_event(c, world_list(boxes, 2));
    console_draw(c);
    assert_null(c->app.selected);
    console_keys(c, "j k G g Space A i l r c s P D S a y x Escape Enter");
    assert_null(c->app.selected);
    console_asked(c, "");
    console_free(c);
}

/* The cursor of a box that goes lands on one that can be selected. */
static void test_the_cursor_after_a_loss(void **state)
{
    (void)state;
    struct console *c = console_new(24, 80);
    struct box boxes[] = {world_box("a", NULL, BOX_STATUS_IDLE), world_unreadable("z: no id"),
                          world_box("zz", NULL, BOX_STATUS_IDLE)};
    console_event(c, world_list(boxes, 3));
    console_keys(c, "o G");
    expect_selected(c, "zz");
    struct box left[] = {world_box("a", NULL, BOX_STATUS_IDLE), world_unreadable("z: no id")};
    console_event(c, world_list(left, 2));
    console_draw(c);
    expect_selected(c, "a");
    console_free(c);
}

static void test_box_of_the_command_line(void **state)
{
    (void)state;
    struct console *c = console_new(24, 80);
    c->app.wanted_box = mem_dup("docs");
    c->app.wanted_named = true;
    console_fill(c);
    console_draw(c);
    expect_selected(c, "blue-jay-10011");
    assert_int_equal(c->app.focus, PANE_MAIN);
    console_free(c);
    c = console_new(24, 80);
    c->app.wanted_box = mem_dup("nobody");
    c->app.wanted_named = true;
    console_fill(c);
    console_shows(c, "There is no box \"nobody\"");
    console_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_filter),
        cmocka_unit_test(test_sort),
        cmocka_unit_test(test_marks_and_pause),
        cmocka_unit_test(test_mark_all_unmarks_with_an_unreadable_row),
        cmocka_unit_test(test_resume),
        cmocka_unit_test(test_delete),
        cmocka_unit_test(test_the_box_goes_while_the_question_stands),
        cmocka_unit_test(test_snapshot),
        cmocka_unit_test(test_ask_the_agent),
        cmocka_unit_test(test_cancel_a_run),
        cmocka_unit_test(test_tabs_and_panes),
        cmocka_unit_test(test_the_focus_survives_every_layout),
        cmocka_unit_test(test_attention_is_shown_once),
        cmocka_unit_test(test_escape_never_quits),
        cmocka_unit_test(test_quitting_asks_when_something_runs),
        cmocka_unit_test(test_interrupt),
        cmocka_unit_test(test_keys_on_the_way_into_a_shell),
        cmocka_unit_test(test_log_search_and_filter),
        cmocka_unit_test(test_older_lines_are_asked_for),
        cmocka_unit_test(test_saving_a_log),
        cmocka_unit_test(test_the_log_goes_while_a_prompt_stands),
        cmocka_unit_test(test_create),
        cmocka_unit_test(test_create_sends_what_was_filled_in),
        cmocka_unit_test(test_palette_and_menu),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_the_key),
        cmocka_unit_test(test_read_only),
        cmocka_unit_test(test_no_blind_answers),
        cmocka_unit_test(test_mouse),
        cmocka_unit_test(test_clicks_on_the_borders),
        cmocka_unit_test(test_what_is_watched),
        cmocka_unit_test(test_only_unreadable_boxes),
        cmocka_unit_test(test_the_cursor_after_a_loss),
        cmocka_unit_test(test_box_of_the_command_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
