/* The terminal is handed back clean on every way out: signals, crashes, hang-up, suspend, a network that
 * hangs. */
#include "tests/support/relay.h"
#include "tests/support/story.h"

#include "client/base/clock.h"
#include "client/base/mem.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* What safety.md allows; sanitizers slow everything down. */
#ifdef __SANITIZE_ADDRESS__
enum { END_MS = 5000 };
#else
enum { END_MS = 500 };
#endif

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

/* The places in which a signal may meet boxtop. */
enum place { IN_LIST, IN_HELP, IN_SHELL, IN_PROMPT, PLACES };

static void go_to(struct story *story, enum place place)
{
    story_sees(story, "2 boxes:");
    switch (place) {
    case IN_HELP:
        story_type(story, "?");
        story_sees(story, "Esc closes");
        break;
    case IN_SHELL:
        story_selects(story, "calm");
        story_type(story, "s");
        if (!story_sees_soon(story, "Ctrl-\\ leaves", 1000))
            story_answers(story, "New host key", "y");
        story_sees(story, "Ctrl-\\ leaves");
        story_type(story, "printf '\\033[?1000h\\033[?2004h\\033[?25l\\033[5 q'; echo set=$((6*7))\r");
        story_sees(story, "set=42");
        break;
    case IN_PROMPT:
        story_type(story, "/zq");
        story_sees(story, "zq");
        break;
    case IN_LIST:
    case PLACES:
        break;
    }
}

/* Waits for the end, and says how long it took. */
static int ends(struct story *story, int status)
{
    int64_t before = clock_ms();
    story_exit(story, status);
    return (int)(clock_ms() - before);
}

static void signals_that_end(void **state)
{
    struct story *story = *state;
    static const struct {
        int number, status;
    } signals[] = {{SIGTERM, 0}, {SIGINT, 0}, {SIGQUIT, 0}, {SIGHUP, 1}};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        for (enum place place = IN_LIST; place < PLACES; place++) {
            story_start(story, &(struct story_start){0});
            go_to(story, place);
            kill(pty_pid(story->pty), signals[i].number);
            int took = ends(story, signals[i].status);
            if (took > END_MS)
                fail_msg("signal %d in place %d: %d ms", signals[i].number, (int)place, took);
        }
}

/* A crash is still a crash, with its status, but the terminal is whole. */
static void crashes(void **state)
{
    struct story *story = *state;
    static const int signals[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        story_start(story, &(struct story_start){0});
        go_to(story, i % 2 == 0 ? IN_SHELL : IN_HELP);
        kill(pty_pid(story->pty), signals[i]);
        story->check.may_be_cut = true; /* the frame it was in the middle of */
        int took = ends(story, 128 + signals[i]);
        assert_true(took <= END_MS);
    }
}

/* Ctrl-z in a shell's job: the calling shell has its terminal, fg brings everything back. */
static void suspend_and_back(void **state)
{
    struct story *story = *state;
    story_start(story, &(struct story_start){.from_shell = true});
    story_sees(story, "2 boxes:");
    for (int i = 0; i < 2; i++) {
        story_type(story, "\x1a");
        story_sees(story, "Stopped");
        story_sees(story, "calling>");
        struct screen_state screen;
        emulator_state(pty_emulator(story->pty), &screen);
        assert_false(screen.alternate);
        assert_true(screen.cursor_visible);
        assert_int_equal(screen.mouse, MOUSE_MODE_OFF);
        assert_false(screen.focus_events);
        story_type(story, "echo typed=$((6*7)); stty size\r");
        story_sees(story, "typed=42");
        pty_resize(story->pty, 30 + i, 90 + i); /* while nobody looks */
        story_type(story, "fg\r");
        story_sees(story, "2 boxes:");
        story_sees(story, "l logs");
        emulator_state(pty_emulator(story->pty), &screen);
        assert_true(screen.alternate);
    }
    story_type(story, "Q");
    story_sees(story, "calling>");
    story_type(story, "echo left=$?\rexit\r");
    pty_wait_exit(story->pty, NULL, STORY_LIMIT_MS);
    assert_true(pty_shows(story->pty, "left=0"));
}

static bool was_drawn_again(struct pty *pty, void *before)
{
    size_t len;
    pty_bytes(pty, &len);
    return len > *(size_t *)before + 1000;
}

/* Stopped from outside, with the calling shell writing over the screen: SIGCONT draws all of it again. */
static void stop_and_continue_from_outside(void **state)
{
    struct story *story = *state;
    size_t before;
    story_start(story, &(struct story_start){0});
    story_sees(story, "2 boxes:");
    kill(pty_pid(story->pty), SIGSTOP);
    pty_bytes(story->pty, &before);
    kill(pty_pid(story->pty), SIGCONT);
    assert_true(pty_wait(story->pty, was_drawn_again, &before, STORY_LIMIT_MS));
    story_sees(story, "> i calm");
    story_type(story, "?"); /* and it listens */
    story_sees(story, "Esc closes");
    story_type(story, "q");
    story_sees_gone(story, "Esc closes");
    story_quit(story);
}

/* The window is closed: boxtop is gone at once, with its shell's helper. */
static void a_hang_up(void **state)
{
    struct story *story = *state;
    for (enum place place = IN_LIST; place < PLACES; place++) {
        int status = -1;
        story_start(story, &(struct story_start){0});
        go_to(story, place);
        int64_t before = clock_ms();
        pty_hang_up(story->pty);
        assert_true(pty_wait_exit(story->pty, &status, STORY_LIMIT_MS));
        assert_true(clock_ms() - before <= END_MS);
        assert_int_equal(status, 1);
    }
    /* Its sessions are closed: nobody holds a shell open. */
    for (int64_t until = clock_ms() + STORY_LIMIT_MS; story_ssh_count(story, "open_shells") > 0;)
        assert_true(clock_ms() < until);
}

/* A port that accepts nothing: connecting to it hangs. */
static int make_deaf_port(uint16_t *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(fd, 0), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static void quit_takes_no_time(struct story *story)
{
    int64_t before = clock_ms();
    story_quit(story);
    int took = (int)(clock_ms() - before);
    if (took > END_MS)
        fail_msg("quitting took %d ms", took);
}

static void quitting_while_the_network_hangs(void **state)
{
    struct story *story = *state;
    uint16_t port;
    int deaf = make_deaf_port(&port);
    /* It connects, and nothing comes. */
    char *url = mem_format("http://127.0.0.1:%u", port);
    story_start(story, &(struct story_start){.url = url});
    story_sees(story, "connecting");
    quit_takes_no_time(story);
    free(url);
    /* A name server that does not answer. */
    story_start(story, &(struct story_start){.url = "https://box.invalid"});
    story_sees(story, "boxtop");
    quit_takes_no_time(story);
    /* An address that swallows everything. */
    story_start(story, &(struct story_start){.url = "https://192.0.2.1"});
    story_sees(story, "boxtop");
    quit_takes_no_time(story);
    /* A gateway that says nothing, with the shell on its way. */
    char *ssh = mem_format("127.0.0.1:%u", port);
    story_start(story, &(struct story_start){.ssh = ssh});
    story_selects(story, "calm");
    story_type(story, "s");
    story_sees(story, "calm-crane-10001");
    story_sees_gone(story, "1 Boxes");
    story_type(story, "\x1c");
    quit_takes_no_time(story);
    free(ssh);
    close(deaf);
}

static void ctrl_c_twice_quits(void **state)
{
    struct story *story = *state;
    story_start(story, &(struct story_start){0});
    story_sees(story, "2 boxes:");
    story_type(story, "\x03");
    story_sees(story, "Ctrl-c again quits");
    story_type(story, "\x03");
    story_exit(story, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(signals_that_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(crashes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(suspend_and_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(stop_and_continue_from_outside, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_hang_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(quitting_while_the_network_hangs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ctrl_c_twice_quits, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("exit", tests, NULL, NULL);
}
