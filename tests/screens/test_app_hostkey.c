/* The question about an unknown host key comes up by itself, while the operator types. What is typed in its
 * first moments was meant for something else and must not accept a key. This program plays the helper that
 * asks. */
#include "client/base/clock.h"
#include "client/shell/helper.h"
#include "client/shell/shell.h"
#include "client/shell/wire.h"
#include "tests/screens/console.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { LIMIT_MS = 20000, HOLD_MS = 400 };

static const char BOX[] = "blue-jay-10011";

/* ---- the helper ---- */

/* A key that nobody knows, as RFC 8709 writes it. */
static const char host_key[] = "\0\0\0\x0bssh-ed25519\0\0\0\x20"
                               "0123456789abcdef0123456789abcdef";

/* Asks about the key once it is connected, and then waits for its console to go. */
static _Noreturn void ask(void)
{
    struct buf in, out;
    struct wire_fds fds = {0};
    buf_init(&in, 1 << 20);
    buf_init(&out, 1 << 20);
    fcntl(HELPER_SOCKET, F_SETFL, O_NONBLOCK);
    wire_put_empty(&out, WIRE_HELLO);
    wire_send(HELPER_SOCKET, &out, NULL);
    for (;;) {
        struct wire_frame frame;
        size_t at = 0;
        poll(&(struct pollfd){.fd = HELPER_SOCKET, .events = POLLIN}, 1, -1);
        if (wire_receive(HELPER_SOCKET, &in, 65536, &fds) == WIRE_IO_CLOSED)
            _exit(0);
        while (wire_take(&in, &at, &frame) == WIRE_TAKEN_FRAME)
            if (frame.type == WIRE_CONNECT)
                wire_put_host_key(&out, 1, host_key, sizeof host_key - 1);
        buf_drop(&in, at);
        wire_send(HELPER_SOCKET, &out, NULL);
    }
}

/* ---- the console ---- */

static const char *api_key(void *user)
{
    (void)user;
    return "box_test_key_0123456789";
}

static struct shell *shell_of(struct console *c)
{
    return shells_find(&c->app.shells, BOX)->shell;
}

/* A console whose shell has just met the key. */
static struct console *asked(void)
{
    int pair[2];
    struct console *c = console_new(24, 80);
    console_fill(c);
    c->app.now_ms = clock_ms(); /* the shell's own limits are told by the clock */
    c->app.shells.program = "/proc/self/exe";
    c->app.shells.api_key = api_key;
    app_select(&c->app, BOX);
    console_keys(c, "s");
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    struct event *reply = world_reply(console_newest(c), REQUEST_CONNECT, BOX);
    reply->reply.fd = pair[0];
    console_event(c, reply);
    close(pair[1]);
    int64_t until = clock_ms() + LIMIT_MS;
    while (shell_question(shell_of(c)) == NULL && clock_ms() < until) {
        poll(&(struct pollfd){.fd = shell_fd(shell_of(c)), .events = POLLIN}, 1, 100);
        console_wait(c, 0);
    }
    if (shell_question(shell_of(c)) == NULL)
        fail_msg("%s", shell_status(shell_of(c)));
    console_shows(c, "New host key");
    console_shows(c, "ssh-ed25519");
    return c;
}

static void test_a_key_typed_at_once_accepts_nothing(void **state)
{
    (void)state;
    struct console *c = asked();
    console_keys(c, "y Enter");
    console_shows(c, "New host key");
    console_wait(c, HOLD_MS - 1);
    console_keys(c, "y");
    console_shows(c, "New host key");
    assert_int_equal(shell_phase(shell_of(c)), SHELL_HOST_KEY);
    console_wait(c, 1);
    console_keys(c, "y");
    console_hides(c, "New host key");
    assert_int_equal(shell_phase(shell_of(c)), SHELL_LOGIN);
    console_free(c);
}

/* Enter alone chooses the harmless answer, and nothing secret leaves. */
static void test_enter_refuses(void **state)
{
    (void)state;
    struct console *c = asked();
    console_wait(c, HOLD_MS);
    console_keys(c, "Enter");
    console_hides(c, "New host key");
    assert_int_equal(shell_phase(shell_of(c)), SHELL_FAILED);
    console_shows(c, "The host key was not accepted: nothing was sent to box.example");
    console_free(c);
}

int main(int argc, char **argv)
{
    if (shell_is_helper(argc, argv))
        ask();
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_key_typed_at_once_accepts_nothing),
        cmocka_unit_test(test_enter_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
