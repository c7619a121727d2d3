/* Shells that go on without being looked at, and what happens when their link or their box goes away. */
#include "tests/support/relay.h"
#include "tests/support/run.h"
#include "tests/support/story.h"

#include "client/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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

/* boxtop with its shells behind a relay, and an open shell in calm. */
static struct relay *behind_a_relay(struct story *story)
{
    struct err err = {0};
    struct relay *relay = relay_new(story_port(story->service.ssh), NULL, &err);
    if (relay == NULL)
        fail_msg("%s", err.text);
    char *ssh = mem_format("127.0.0.1:%u", relay_port(relay));
    story_start(story, &(struct story_start){.ssh = ssh});
    free(ssh);
    story_sees(story, "1/2");
    story_selects(story, "calm");
    story_type(story, "s");
    story_answers(story, "New host key", "y");
    story_sees(story, "leaves");
    story_type(story, "echo in-$((40 + 2))\r");
    story_sees(story, "in-42");
    return relay;
}

/* What is typed to a dead link is shown, does nothing, and waits when the link is back: one key sends it, one
 * drops it. What was on the screen stays above a line that says so. */
static void a_lost_link_keeps_what_is_typed(void **state)
{
    struct story *story = *state;
    struct relay *relay = behind_a_relay(story);
    relay_cut(relay);
    story_sees(story, "Enter connects again");
    story_type(story, "touch qX");
    story_sees(story, "not sent: touch qX");
    story_type(story, "\x1b");
    story_sees_gone(story, "not sent");
    story_type(story, "touch secomd\x7f\x7fnd");
    story_sees(story, "not sent: touch second");
    story_type(story, "\r");
    story_sees(story, "Enter sends it  Esc drops it");
    story_sees(story, "not sent: touch second");
    story_sees(story, "in-42");
    story_sees(story, "connected again at");
    story_answers(story, "Enter sends it", "\r");
    story_sees(story, "touch second");
    story_type(story, "\rls second qX 2>&1 | grep -c cannot | sed s/^/missing-/\r");
    story_sees(story, "missing-1");
    relay_cut(relay);
    story_sees(story, "Enter connects again");
    story_type(story, "touch third\r");
    story_sees(story, "Enter sends it  Esc drops it");
    story_type(story, "\x1b");
    story_sees_gone(story, "Esc drops it");
    story_type(story, "ls third qX 2>&1 | grep -c cannot | sed s/^/missing-/\r");
    story_sees(story, "missing-2");
    story_type(story, "\x1c");
    story_quit(story);
    relay_free(relay);
}

/* What is typed where a password is asked for is kept, and not shown. */
static void a_kept_password_is_not_shown(void **state)
{
    struct story *story = *state;
    struct relay *relay = behind_a_relay(story);
    story_type(story, "read -s -p 'Pass''word for x: ' word; echo got-$word\r");
    story_sees(story, "Password for x:");
    relay_cut(relay);
    story_sees(story, "Enter connects again");
    story_type(story, "hunter2");
    story_sees(story, "not sent: *******");
    story_sees_gone(story, "hunter2");
    story_type(story, "\x1b");
    story_sees_gone(story, "not sent");
    story_type(story, "\x1c");
    story_quit(story);
    relay_free(relay);
}

/* A box that is there before its logins are: the shell waits for them, says so, and opens by itself. */
static void a_box_that_is_not_ready_is_waited_for(void **state)
{
    struct story *story = *state;
    struct relay *relay = behind_a_relay(story);
    story_type(story, "\x1c");
    story_sees(story, "types again");
    story_ssh_fault(story, "refuse_logins");
    story_selects(story, "paused");
    story_type(story, "s");
    story_answers(story, "Resume?", "y");
    story_sees(story, "the box is not ready yet: try 2 of 10 follows");
    story_sees(story, "does not accept this API key");
    story_waits_for_ssh(story, "refused", 4);
    story_ssh_fault(story, NULL);
    story_sees(story, "leaves");
    story_type(story, "echo there-$((40 + 2))\r");
    story_sees(story, "there-42");
    story_type(story, "\x1c");
    story_quit(story);
    relay_free(relay);
}

/* The same can be given up. */
static void waiting_for_a_box_can_be_given_up(void **state)
{
    struct story *story = *state;
    struct relay *relay = behind_a_relay(story);
    story_type(story, "\x1c");
    story_sees(story, "types again");
    story_ssh_fault(story, "refuse_logins");
    story_selects(story, "paused");
    story_type(story, "s");
    story_answers(story, "Resume?", "y");
    story_sees(story, "follows (Ctrl-c gives up)");
    story_type(story, "\x03");
    story_sees(story, "given up");
    story_sees_gone(story, "follows");
    story_quit(story);
    relay_free(relay);
}

/* A shell in a box that is being created opens when the box is there. */
static void a_box_that_is_created_is_waited_for(void **state)
{
    struct story *story = *state;
    story_start(story, &(struct story_start){0});
    story_sees(story, "1/2");
    story_makes_box(story, "new-newt-10003", "newest", "creating");
    story_sees(story, "newest");
    story_selects(story, "newest");
    story_type(story, "s");
    story_sees(story, "the box is being created");
    story_makes_box(story, "new-newt-10003", "newest", "idle");
    story_answers(story, "New host key", "y");
    story_sees(story, "leaves");
    story_type(story, "echo there-$((40 + 2))\r");
    story_sees(story, "there-42");
    story_type(story, "\x1c");
    story_quit(story);
}

/* A box that is deleted under a shell: its pane says so, keeps its picture, and one key closes it. */
static void a_box_deleted_under_a_shell_is_said(void **state)
{
    struct story *story = *state;
    struct relay *relay = behind_a_relay(story);
    json_decref(story_asks(story, "DELETE", "/v2/box/calm-crane-10001", NULL));
    relay_cut(relay);
    story_sees(story, "The box was deleted");
    story_sees(story, "Enter closes it");
    story_sees(story, "in-42");
    story_type(story, "\r");
    story_sees_gone(story, "Enter closes it");
    story_quit(story);
    relay_free(relay);
}

/* A box that another client pauses under a shell is called paused, and one key offers to resume it. */
static void a_box_paused_under_a_shell_is_said(void **state)
{
    struct story *story = *state;
    struct relay *relay = behind_a_relay(story);
    json_decref(story_asks(story, "POST", "/v2/box/calm-crane-10001/pause", NULL));
    relay_cut(relay);
    story_sees(story, "The box is paused");
    story_sees(story, "Enter resumes the box and connects again");
    story_type(story, "ls");
    story_sees(story, "not sent: ls");
    story_type(story, "\r");
    story_answers(story, "Resume?", "y");
    story_sees(story, "Enter sends it  Esc drops it");
    story_type(story, "\x1b");
    story_sees_gone(story, "Esc drops it");
    story_type(story, "echo again-$((40 + 2))\r");
    story_sees(story, "again-42");
    story_type(story, "\x1c");
    story_quit(story);
    relay_free(relay);
}

/* A bell far away is a mark in the footer and in the list of shells, from which the shell is shown and ended.
 */
static void the_list_shows_and_ends_shells(void **state)
{
    struct story *story = *state;
    struct relay *relay = behind_a_relay(story);
    story_type(story, "until [ -e ring ]; do sleep 0.1; done; printf '\\a'; echo rung\r\x1c");
    story_sees(story, "scroll");
    story_type(story, "l");
    story_sees(story, "f follow");
    story_type(story, "Z");
    story_sees(story, "Enter shows  X ends");
    story_sees(story, "open");
    story_type(story, "\x1b");
    story_sees_gone(story, "X ends");
    json_t *body = json_pack("{s:[s,s,s]}", "command", "sh", "-c", "touch ring");
    json_decref(story_asks(story, "POST", "/v2/box/calm-crane-10001/exec", body));
    story_sees(story, "Z:1 bell");
    story_type(story, "Z");
    story_sees(story, "! calm");
    story_type(story, "\r");
    story_sees(story, "rung");
    story_sees(story, "leaves");
    story_type(story, "\x1c"
                      "Z");
    story_sees(story, "X ends");
    story_type(story, "X");
    story_answers(story, "End the shell?", "y");
    story_sees(story, "No shell is open");
    story_type(story, "q");
    story_quit(story);
    relay_free(relay);
}

/* R records what the shell shows, says so in the title, and says where it went; the key is not in it. */
static void a_recording_starts_and_stops(void **state)
{
    struct story *story = *state;
    struct relay *relay = behind_a_relay(story);
    story_type(story, "\x1c");
    story_sees(story, "scroll");
    story_type(story, "R");
    story_sees(story, "REC ");
    story_type(story, "i");
    story_sees(story, "leaves");
    story_type(story, "echo taped-$((40 + 2)) " STORY_KEY "\r");
    story_sees(story, "taped-42");
    story_type(story, "\x1c");
    story_sees(story, "scroll");
    story_type(story, "R");
    story_sees(story, "Recorded ");
    story_sees_gone(story, "REC ");
    char *folder = story_path(story, ".local/state/boxtop/recordings");
    const char *argv[] = {"sh", "-c", "cat \"$0\"/*.cast", folder, NULL};
    struct run_result result;
    run_program(&(struct program){.argv = argv, .timeout_ms = STORY_LIMIT_MS}, &result);
    assert_non_null(strstr(buf_text(&result.out), "taped-42"));
    assert_null(strstr(buf_text(&result.out), "canary"));
    run_result_done(&result);
    free(folder);
    story_quit(story);
    relay_free(relay);
}

/* A program of the operator reaches a port of the box through 127.0.0.1, until the forward is closed. */
static void a_forward_is_opened_used_and_closed(void **state)
{
    struct story *story = *state;
    struct relay *relay = behind_a_relay(story);
    char *ports = mem_format("%u", story_port(story->service.url));
    story_type(story, "\x1c");
    story_sees(story, "scroll");
    story_type(story, "B");
    story_sees(story, "Port in the box");
    story_type(story, ports);
    story_type(story, "\r\r\t\r");
    story_sees(story, "127.0.0.1:");
    story_sees(story, "FWD 1");
    char *screen = pty_screen(story->pty);
    const char *port = strstr(screen, "127.0.0.1:");
    struct service through = story->service;
    through.url = mem_format("http://127.0.0.1:%d", atoi(port + strlen("127.0.0.1:")));
    struct answer answer;
    service_ask(&through, "GET", "/v2/box", NULL, STORY_LIMIT_MS, &answer);
    assert_int_equal(answer.status, 200);
    answer_done(&answer);
    story_type(story, "B");
    story_sees(story, "0 open, 1 so far  sent ");
    story_sees(story, "Connections are taken");
    story_type(story, "X");
    story_sees_gone(story, "FWD 1");
    free(through.url);
    free(screen);
    free(ports);
    story_quit(story);
    relay_free(relay);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_lost_link_keeps_what_is_typed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_kept_password_is_not_shown, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_box_that_is_not_ready_is_waited_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(waiting_for_a_box_can_be_given_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_box_that_is_created_is_waited_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_box_deleted_under_a_shell_is_said, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_box_paused_under_a_shell_is_said, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_list_shows_and_ends_shells, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_recording_starts_and_stops, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_forward_is_opened_used_and_closed, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("shell life", tests, NULL, NULL);
}
