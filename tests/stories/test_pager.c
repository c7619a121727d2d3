/* A log in the operator's pager: the pager has the terminal, and nothing else stands still meanwhile. However
 * the pager ends, the console has its terminal back. */
#include "tests/support/story.h"

#include "client/base/mem.h"

#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LOGS_ROUTE "GET /v2/box/{}/logs"

static int set_up(void **state)
{
    *state = story_new_calm();
    return 0;
}

static int tear_down(void **state)
{
    story_free(*state);
    return 0;
}

/* Starts boxtop with this shell script as the pager, opens the log of a box, and the pager on it. */
static void page(struct story *story, const char *script, bool from_shell)
{
    story_write(story, "bin/pager", script, 0755);
    char *path = story_path(story, "bin/pager");
    char *pager = mem_format("PAGER=%s", path), *folder = story_path(story, "paged");
    char *runtime = mem_format("XDG_RUNTIME_DIR=%s", folder);
    story_write(story, "paged/.keep", "", 0600);
    const char *env[] = {pager, runtime, NULL};
    story_logs(story, "calm-crane-10001", "the first line");
    story_start(story, &(struct story_start){.env = env, .from_shell = from_shell});
    story_selects(story, "calm");
    story_type(story, "l");
    story_sees(story, "the first line");
    story_type(story, "|");
    story_sees(story, "PAGER READS");
    free(path);
    free(pager);
    free(folder);
    free(runtime);
}

/* The file with the lines goes with the pager. */
static void leaves_nothing(struct story *story)
{
    char *folder = story_path(story, "paged");
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        if (strstr(entry->d_name, ".log") != NULL)
            fail_msg("%s is left", entry->d_name);
    closedir(dir);
    free(folder);
}

static const char reads_a_line[] = "#!/bin/sh\n"
                                   "grep -c 'first line' \"$1\" | sed 's/^/PAGER READS /'\n"
                                   "env | grep -c UPSTASH_BOX_API_KEY | sed 's/^/KEYS IN SIGHT: /'\n"
                                   "read line\n"
                                   "echo \"PAGER GOT $line\"\n";

static void the_console_goes_on_behind(void **state)
{
    struct story *story = *state;
    page(story, reads_a_line, false);
    story_sees(story, "PAGER READS 1");
    story_sees(story, "KEYS IN SIGHT: 0");
    story_logs(story, "calm-crane-10001", "the line of meanwhile");
    story_waits_for(story, LOGS_ROUTE, story_count(story, LOGS_ROUTE) + 3);
    story_sees(story, "KEYS IN SIGHT: 0"); /* nothing was drawn */
    story_type(story, "QQ??\r");           /* keys are the pager's */
    story_sees(story, "the line of meanwhile");
    leaves_nothing(story);
    story_quit(story);
}

static void a_pager_that_dies(void **state)
{
    struct story *story = *state;
    page(story, "#!/bin/sh\nstty raw -echo\necho PAGER READS\nread x\nkill -9 $$\n", false);
    story_type(story, "x\n");
    story_sees(story, "The pager was ended by a signal: Killed");
    story_sees(story, "the first line");
    leaves_nothing(story);
    story_quit(story);
}

static void a_pager_that_is_not_there(void **state)
{
    struct story *story = *state;
    page(story, "#!/bin/sh\necho PAGER READS\nread x\nexit 127\n", false);
    story_type(story, "x\n");
    story_sees(story, "$PAGER was not run");
    story_quit(story);
}

/* Nobody could set a pager going again that stopped by itself. */
static void a_pager_that_stops_alone(void **state)
{
    struct story *story = *state;
    page(story, "#!/bin/sh\necho PAGER READS\nkill -STOP $$\necho PAGER GOES ON\nread x\n", false);
    story_sees(story, "PAGER GOES ON");
    story_type(story, "x\n");
    story_sees(story, "FOLLOW");
    story_quit(story);
}

/* Ctrl-z stops the job, which is both; fg brings both back. */
static void suspended_in_the_pager(void **state)
{
    struct story *story = *state;
    page(story, reads_a_line, true);
    story_sees(story, "KEYS IN SIGHT: 0");
    story_type(story, "\x1a");
    story_sees(story, "Stopped");
    story_type(story, "echo typed=$((6*7))\r");
    story_sees(story, "typed=42");
    story_type(story, "fg\r");
    story_type(story, "again\n"); /* a newline also for a terminal that is not cooked yet */
    story_sees(story, "the first line");
    story_sees(story, "FOLLOW");
    story_type(story, "Q");
    story_sees(story, "calling>");
    story_type(story, "echo left=$?\rexit\r");
    pty_wait_exit(story->pty, NULL, STORY_LIMIT_MS);
    assert_true(pty_shows(story->pty, "left=0"));
}

/* Ended from outside: the pager goes too. */
static void ended_in_the_pager(void **state)
{
    struct story *story = *state;
    page(story, "#!/bin/sh\ntrap '' TERM\necho PAGER READS\nwhile :; do read x; done\n", false);
    kill(pty_pid(story->pty), SIGTERM);
    story_exit(story, 0);
    leaves_nothing(story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_console_goes_on_behind, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_pager_that_dies, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_pager_that_is_not_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_pager_that_stops_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(suspended_in_the_pager, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ended_in_the_pager, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
