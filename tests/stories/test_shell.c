/* A shell in a box, against boxd and against OpenSSH's own sshd: from the host key question to the exit code.
 */
#include "tests/support/sshd.h"
#include "tests/support/story.h"

#include "client/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char BOX[] = "calm-crane-10001";

/* A valid key that no server here has. */
static const char OTHER_KEY[] =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJQEA/SW03l/F7VsufTqJdYq1EFNLCywx+W4lamBg+0K";

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

/* Opens the shell of the calm box; the host key is asked for once in a story. */
static void open_shell(struct story *story)
{
    story_selects(story, "calm");
    story_type(story, "s");
    story_answers(story, "New host key", "y");
    story_sees(story, "Ctrl-\\ leaves");
}

/* Types a command whose output, unlike what is typed, holds `answer`. */
static void asks_shell(struct story *story, const char *command, const char *answer)
{
    story_type(story, command);
    story_type(story, "\r");
    story_sees(story, answer);
}

static void leave_and_quit(struct story *story)
{
    story_type(story, "\x1c");
    story_sees(story, "i types again");
    story_quit(story);
}

/* The whole way with one server, which is boxd or sshd. */
static void use_shell(struct story *story)
{
    open_shell(story);
    asks_shell(story, "echo answer=$((6*7))", "answer=42");
    asks_shell(story, "echo size=$(stty size)", "size=23 80"); /* all rows but one */
    pty_resize(story->pty, 40, 100);
    asks_shell(story, "until stty size | grep -q '39 100'; do sleep 0.05; done; echo now=$(stty size)",
               "now=39 100");
    /* Out, and the shell goes on. */
    asks_shell(story, "kept=still; (sleep 0.3; echo back$((40+2))ground) &", "back42ground");
    story_type(story, "\x1c");
    story_sees(story, "i types again");
    story_sees(story, "1 Boxes");
    story_type(story, "s");
    story_sees(story, "Ctrl-\\ leaves");
    asks_shell(story, "echo kept=$kept", "kept=still");
    /* Its end has a code, and Enter connects again, without a question. */
    asks_shell(story, "exit 3", "code 3");
    story_type(story, "\r");
    story_sees(story, "Ctrl-\\ leaves");
    asks_shell(story, "echo again=$((6*7))", "again=42");
    leave_and_quit(story);
}

static void a_shell_on_boxd(void **state)
{
    struct story *story = *state;
    story_start(story, &(struct story_start){0});
    use_shell(story);
    assert_int_equal(story_ssh_count(story, "passwords"), 2);
    assert_int_equal(story_ssh_count(story, "shells"), 2);
}

static void a_shell_on_openssh(void **state)
{
    struct story *story = *state;
    struct err err = {0};
    struct sshd *sshd = sshd_start(&(struct sshd_options){.box_id = BOX, .api_key = STORY_KEY}, &err);
    if (sshd == NULL && err.kind == ERR_NOT_FOUND) {
        print_message("skipped: %s\n", err.text);
        skip();
    }
    if (sshd == NULL)
        fail_msg("%s", err.text);
    char *address = mem_format("127.0.0.1:%u", sshd_port(sshd));
    story_start(story, &(struct story_start){.ssh = address});
    use_shell(story);
    sshd_stop(sshd);
    free(address);
}

/* Everything but yes means no, and nothing was sent. */
static void a_host_key_that_is_declined_gets_nothing(void **state)
{
    struct story *story = *state;
    story_start(story, &(struct story_start){0});
    static const char *const noes[] = {"n", "\r", "\x1b"};
    for (size_t i = 0; i < sizeof noes / sizeof *noes; i++) {
        story_selects(story, "calm");
        story_type(story, "s");
        story_answers(story, "New host key", noes[i]);
        story_sees(story, "The host key was not accepted");
        story_type(story, "1");
    }
    assert_int_equal(story_ssh_count(story, "connections"), 3);
    assert_int_equal(story_ssh_count(story, "auth_requests"), 0);
    assert_int_equal(story_ssh_count(story, "passwords"), 0);
    story_quit(story);
}

/* A changed key is refused with its place; there is nothing to say yes to. */
static void a_changed_host_key_is_refused(void **state)
{
    struct story *story = *state;
    char *line = mem_format("# ours\n[127.0.0.1]:%u %s\n", story_port(story->service.ssh), OTHER_KEY);
    story_write(story, ".config/boxtop/known_hosts", line, 0600);
    story_start(story, &(struct story_start){.rows = 36, .cols = 120});
    story_selects(story, "calm");
    story_type(story, "s");
    story_sees(story, "known_hosts:2");
    story->check.may_copy = true; /* y copies here, as everywhere */
    story_type(story, "yi");
    story_waits_for_ssh(story, "connections", 2);
    story_sees(story, "changed");
    story_sees(story, "i connects again");
    assert_false(pty_shows(story->pty, "New host key"));
    assert_int_equal(story_ssh_count(story, "auth_requests"), 0);
    story_type(story, "\x1c");
    story_quit(story);
    char *path = story_path(story, ".config/boxtop/known_hosts"), *now = story_read(path, NULL);
    assert_string_equal(now, line);
    free(now);
    free(path);
    free(line);
}

static void a_paused_box_is_resumed_after_asking(void **state)
{
    struct story *story = *state;
    story_start(story, &(struct story_start){0});
    story_selects(story, "panda");
    story_type(story, "s");
    story_answers(story, "Resume?", "n");
    assert_int_equal(story_count(story, "POST /v2/box/{}/resume"), 0);
    story_type(story, "s");
    story_answers(story, "Resume?", "y");
    story_answers(story, "New host key", "y");
    story_sees(story, "Ctrl-\\ leaves");
    asks_shell(story, "echo answer=$((6*7))", "answer=42");
    assert_int_equal(story_count(story, "POST /v2/box/{}/resume"), 1);
    leave_and_quit(story);
}

static void quitting_with_an_open_shell_asks(void **state)
{
    struct story *story = *state;
    story_start(story, &(struct story_start){0});
    open_shell(story);
    story_type(story, "\x1c");
    story_sees(story, "i types again");
    story_type(story, "Q");
    story_sees(story, "shell in calm-crane-10001");
    story_answers(story, "Quit?", "n");
    asks_shell(story, "iecho answer=$((6*7))", "answer=42");
    leave_and_quit(story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_shell_on_boxd, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_shell_on_openssh, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_host_key_that_is_declined_gets_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_changed_host_key_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_paused_box_is_resumed_after_asking, set_up, tear_down),
        cmocka_unit_test_setup_teardown(quitting_with_an_open_shell_asks, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("shell", tests, NULL, NULL);
}
