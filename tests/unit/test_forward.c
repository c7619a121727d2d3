/* Forwards through a shell, against boxd's SSH server: the helper is this very program, the program in the
 * box a thread that sends back what it gets. */
#include "client/shell/shell.h"

#include "client/base/clock.h"
#include "client/base/mem.h"
#include "tests/support/gateway.h"
#include "tests/support/pane.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static const char KEY[] = "box_test_key_0123456789";

enum { MEGABYTE = 1 << 20, TURN_MS = 20, TAG = 8080 };

struct world {
    struct gateway *gateway;
    int listener;
    uint16_t echo_port;
    pthread_t accepter;
};

/* ---- the program in the box ---- */

/* Sends everything back, and after the end a last word. */
static void *echo(void *data)
{
    char bytes[16384];
    int fd = (int)(intptr_t)data;
    for (ssize_t got; (got = recv(fd, bytes, sizeof bytes, 0)) > 0;)
        for (ssize_t at = 0, sent; at < got; at += sent)
            if ((sent = send(fd, bytes + at, (size_t)(got - at), MSG_NOSIGNAL)) <= 0)
                break;
    send(fd, "bye", 3, MSG_NOSIGNAL);
    close(fd);
    return NULL;
}

static void *accept_all(void *data)
{
    struct world *world = data;
    for (int fd; (fd = accept(world->listener, NULL, NULL)) >= 0;) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, echo, (void *)(intptr_t)fd) == 0)
            pthread_detach(thread);
        else
            close(fd);
    }
    return NULL;
}

static void start_echo(struct world *world)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    world->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(world->listener, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(world->listener, 64), 0);
    assert_int_equal(getsockname(world->listener, (struct sockaddr *)&address, &len), 0);
    world->echo_port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(&world->accepter, NULL, accept_all, world), 0);
}

static int set_up(void **state)
{
    struct world *world = mem_zalloc(1, sizeof *world);
    world->gateway = gateway_new(KEY);
    start_echo(world);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    gateway_free(world->gateway);
    shutdown(world->listener, SHUT_RDWR);
    pthread_join(world->accepter, NULL);
    close(world->listener);
    free(world);
    return 0;
}

/* ---- the operator's program ---- */

/* One end of a connection that is forwarded to the port. */
static int forwarded(struct shell *shell, uint16_t port)
{
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
    assert_true(shell_forward(shell, pair[1], port, TAG));
    return pair[0];
}

static void turn(struct shell *shell, int fd, short events)
{
    struct pollfd polled[2] = {
        {.fd = shell_fd(shell), .events = (short)(POLLIN | (shell_wants_write(shell) ? POLLOUT : 0))},
        {.fd = fd, .events = events}};
    poll(polled, 2, TURN_MS);
    shell_step(shell, clock_ms());
}

/* Sends `len` bytes and then its end, and reads until the other end's. Returns what was read. */
static char *exchange(struct shell *shell, int fd, const char *bytes, size_t len, size_t *got)
{
    char *back = mem_alloc(len + 64);
    size_t sent = 0;
    bool ended = false;
    *got = 0;
    for (int64_t until = clock_ms() + PANE_LIMIT_MS; !ended;) {
        if (clock_ms() > until)
            fail_msg("%zu of %zu bytes went, %zu came", sent, len, *got);
        if (sent < len) {
            ssize_t rc = send(fd, bytes + sent, len - sent, MSG_NOSIGNAL);
            sent += rc > 0 ? (size_t)rc : 0;
            if (sent == len)
                shutdown(fd, SHUT_WR);
        }
        ssize_t rc = recv(fd, back + *got, len + 64 - *got, 0);
        *got += rc > 0 ? (size_t)rc : 0;
        ended = rc == 0;
        if (rc < 0)
            turn(shell, fd, (short)(POLLIN | (sent < len ? POLLOUT : 0)));
    }
    return back;
}

static bool has_forwards(const struct shell *shell, const void *count)
{
    return shell_forwards(shell) == *(const size_t *)count;
}

static const size_t none = 0;

static struct shell_forward_sum sum_of(const struct shell *shell)
{
    struct shell_forward_sum sum;
    shell_forward_sum(shell, TAG, &sum);
    return sum;
}

static bool has_carried(const struct shell *shell, const void *bytes)
{
    return sum_of(shell).up == *(const uint64_t *)bytes;
}

/* A megabyte goes there and back intact, while the shell goes on. */
static void carries_a_megabyte_both_ways(void **state)
{
    const struct world *world = *state;
    struct shell *shell = gateway_shell(world->gateway);
    char *bytes = mem_alloc(MEGABYTE);
    uint32_t seed = 1;
    for (size_t i = 0; i < MEGABYTE; i++)
        bytes[i] = (char)((seed = seed * 1664525 + 1013904223) >> 24);
    int fd = forwarded(shell, world->echo_port);
    size_t got;
    char *back = exchange(shell, fd, bytes, MEGABYTE, &got);
    assert_int_equal(got, MEGABYTE + 3);
    assert_memory_equal(back, bytes, MEGABYTE);
    assert_memory_equal(back + MEGABYTE, "bye", 3); /* after our end */
    close(fd);
    assert_true(pane_wait(shell, has_forwards, &none, PANE_LIMIT_MS));
    pane_type(shell, "echo in-$((40 + 2))\n");
    pane_wait_text(shell, "in-42");
    struct ssh_counters counters;
    ssh_server_counters(world->gateway->server, &counters);
    assert_int_equal(counters.forwards, 1);
    struct shell_forward_sum sum = sum_of(shell);
    assert_true(sum.up == MEGABYTE && sum.down == MEGABYTE + 3);
    assert_int_equal(sum.open, 0);
    free(back);
    free(bytes);
    shell_free(shell);
}

/* As many as there may be, all at the same time; one more is refused here, and all are over in the end. */
static void carries_many(void **state)
{
    const struct world *world = *state;
    struct shell *shell = gateway_shell(world->gateway);
    int fds[SHELL_FORWARDS_MAX], pair[2];
    for (int i = 0; i < SHELL_FORWARDS_MAX; i++)
        fds[i] = forwarded(shell, world->echo_port);
    assert_int_equal(shell_forwards(shell), SHELL_FORWARDS_MAX);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    assert_false(shell_forward(shell, pair[1], world->echo_port, TAG));
    close(pair[0]);
    for (int i = SHELL_FORWARDS_MAX - 1; i >= 0; i--) {
        char word[32];
        size_t got;
        int len = snprintf(word, sizeof word, "connection %d", i);
        char *back = exchange(shell, fds[i], word, (size_t)len, &got);
        assert_int_equal(got, len + 3);
        assert_memory_equal(back, word, (size_t)len);
        free(back);
        close(fds[i]);
    }
    assert_true(pane_wait(shell, has_forwards, &none, PANE_LIMIT_MS));
    assert_int_equal(sum_of(shell).refused, 0);
    shell_free(shell);
}

/* The bytes of a connection that stays open are told too. */
static void counts_what_is_carried_meanwhile(void **state)
{
    const struct world *world = *state;
    const uint64_t five = 5;
    struct shell *shell = gateway_shell(world->gateway);
    int fd = forwarded(shell, world->echo_port);
    assert_int_equal(send(fd, "hello", 5, MSG_NOSIGNAL), 5);
    assert_true(pane_wait(shell, has_carried, &five, PANE_LIMIT_MS));
    assert_int_equal(sum_of(shell).open, 1);
    close(fd);
    assert_true(pane_wait(shell, has_forwards, &none, PANE_LIMIT_MS));
    shell_free(shell);
}

/* A port whose queue is full: who connects there gets no answer, until somebody takes those who wait. */
static int full_listener(uint16_t *port, int fillers[2])
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(listener, 0), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &len), 0);
    *port = ntohs(address.sin_port);
    for (int i = 0; i < 2; i++) {
        fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        connect(fillers[i], (struct sockaddr *)&address, len);
    }
    return listener;
}

/* A box that does not answer costs a connection its own time and no more: it and the one behind it end, the
 * shell stays, and when the answer comes late the next one goes through. */
static void gives_up_what_is_not_answered(void **state)
{
    const struct world *world = *state;
    struct err err = {0};
    struct shell_options options = {.program = "/proc/self/exe",
                                    .box_id = GATEWAY_BOX,
                                    .host = "127.0.0.1",
                                    .port = world->gateway->port,
                                    .cols = 80,
                                    .rows = 24,
                                    .own_known_hosts = world->gateway->known_hosts,
                                    .limits = {.forward_ms = 200}};
    struct shell *shell = shell_new(&options, &err);
    assert_non_null(shell);
    pane_open(shell, world->gateway->port, KEY);
    uint16_t port;
    int fillers[2], listener = full_listener(&port, fillers);
    int first = forwarded(shell, port), second = forwarded(shell, world->echo_port);
    assert_true(pane_wait(shell, has_forwards, &none, PANE_LIMIT_MS));
    assert_int_equal(sum_of(shell).timed_out, 2);
    assert_int_equal(sum_of(shell).refused, 0);
    assert_int_equal(shell_phase(shell), SHELL_OPEN);
    close(listener); /* now the server is told that nobody is there, and answers */
    pane_type(shell, "echo in-$((40 + 2))\n");
    pane_wait_text(shell, "in-42");
    size_t got;
    int third = forwarded(shell, world->echo_port);
    char *back = exchange(shell, third, "hello", 5, &got);
    assert_int_equal(got, 8);
    free(back);
    const int ends[] = {first, second, third, fillers[0], fillers[1]};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        close(ends[i]);
    assert_true(pane_wait(shell, has_forwards, &none, PANE_LIMIT_MS));
    shell_free(shell);
}

/* A reader that stops holds up its own connection and nothing else. */
static void a_slow_reader_holds_up_only_itself(void **state)
{
    const struct world *world = *state;
    struct shell *shell = gateway_shell(world->gateway);
    int slow = forwarded(shell, world->echo_port), other = forwarded(shell, world->echo_port);
    char block[4096];
    memset(block, 'x', sizeof block);
    size_t sent = 0;
    int quiet = 0;
    while (quiet < 10) { /* until nobody takes any more */
        size_t before = sent;
        for (ssize_t rc; sent <= 64u * MEGABYTE && (rc = send(slow, block, sizeof block, MSG_NOSIGNAL)) > 0;)
            sent += (size_t)rc;
        quiet = sent > before ? 0 : quiet + 1;
        if (sent > 64u * MEGABYTE)
            fail_msg("nothing holds back a writer whose reader stopped");
        turn(shell, -1, 0);
    }
    size_t got;
    char *back = exchange(shell, other, "hello", 5, &got);
    assert_int_equal(got, 8);
    assert_memory_equal(back, "hellobye", 8);
    free(back);
    pane_type(shell, "echo in-$((40 + 2))\n");
    pane_wait_text(shell, "in-42");
    close(slow);
    close(other);
    assert_true(pane_wait(shell, has_forwards, &none, PANE_LIMIT_MS));
    shell_free(shell);
}

static void says_when_nobody_listens_in_the_box(void **state)
{
    const struct world *world = *state;
    struct shell *shell = gateway_shell(world->gateway);
    int fd = forwarded(shell, 1); /* tcpmux: nobody */
    assert_true(pane_wait(shell, has_forwards, &none, PANE_LIMIT_MS));
    assert_int_equal(sum_of(shell).refused, 1);
    char byte;
    assert_int_equal(recv(fd, &byte, 1, 0), 0);
    close(fd);
    pane_type(shell, "exit\n");
    pane_wait_phase(shell, SHELL_CLOSED);
    shell_free(shell);
}

int main(int argc, char **argv)
{
    pane_helper(argc, argv);
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(carries_a_megabyte_both_ways, set_up, tear_down),
        cmocka_unit_test_setup_teardown(carries_many, set_up, tear_down),
        cmocka_unit_test_setup_teardown(counts_what_is_carried_meanwhile, set_up, tear_down),
        cmocka_unit_test_setup_teardown(gives_up_what_is_not_answered, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_slow_reader_holds_up_only_itself, set_up, tear_down),
        cmocka_unit_test_setup_teardown(says_when_nobody_listens_in_the_box, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
