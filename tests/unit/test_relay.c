/* The relay that spoils connections must itself be exact: tests count on its bytes. */
#include "tests/support/relay.h"

#include "client/base/clock.h"
#include "client/base/mem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { LIMIT_MS = 10000, SIZE = 300000 };

/* A server that sends SIZE known bytes to each client, then reads until the client's end and answers with the
 * number of bytes it read, four of them. */
struct server {
    int listener;
    uint16_t port;
    pthread_t thread;
};

struct world {
    struct server server;
    struct relay *relay;
    char *bytes; /* what the server sends */
};

static char *known_bytes(void)
{
    char *bytes = mem_alloc(SIZE);
    uint32_t x = 1;
    for (size_t i = 0; i < SIZE; i++) {
        x = x * 1664525 + 1013904223;
        bytes[i] = (char)(x >> 24);
    }
    return bytes;
}

static void serve_one(int fd, const char *bytes)
{
    char got[4096];
    uint32_t total = 0;
    size_t sent = 0;
    while (sent < SIZE) {
        ssize_t n = send(fd, bytes + sent, SIZE - sent, MSG_NOSIGNAL);
        if (n < 0)
            return;
        sent += (size_t)n;
    }
    for (ssize_t n; (n = recv(fd, got, sizeof got, 0)) > 0;)
        total += (uint32_t)n;
    send(fd, &total, sizeof total, MSG_NOSIGNAL);
}

static void *serve(void *argument)
{
    struct server *server = argument;
    char *bytes = known_bytes();
    for (int fd; (fd = accept(server->listener, NULL, NULL)) >= 0;) {
        struct timeval limit = {.tv_sec = LIMIT_MS / 1000};
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        serve_one(fd, bytes);
        close(fd);
    }
    free(bytes);
    return NULL;
}

static int set_up(void **state)
{
    struct world *world = mem_zalloc(1, sizeof *world);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    world->server.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(world->server.listener, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(world->server.listener, 16), 0);
    assert_int_equal(getsockname(world->server.listener, (struct sockaddr *)&address, &len), 0);
    world->server.port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(&world->server.thread, NULL, serve, &world->server), 0);
    world->bytes = known_bytes();
    world->relay = relay_new(world->server.port, NULL, NULL);
    assert_non_null(world->relay);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    relay_free(world->relay);
    shutdown(world->server.listener, SHUT_RDWR);
    pthread_join(world->server.thread, NULL);
    close(world->server.listener);
    free(world->bytes);
    free(world);
    return 0;
}

static int client(const struct world *world)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                  .sin_port = htons(relay_port(world->relay))};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

/* Reads until `len` bytes, the end or an error, or until nothing came for `quiet_ms`. */
static size_t read_up_to(int fd, char *bytes, size_t len, int quiet_ms, int *error)
{
    size_t got = 0;
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    *error = 0;
    while (got < len) {
        if (poll(&wait, 1, quiet_ms) != 1) {
            *error = ETIMEDOUT;
            break;
        }
        ssize_t n = recv(fd, bytes + got, len - got, 0);
        if (n < 0)
            *error = errno;
        if (n <= 0)
            break;
        got += (size_t)n;
    }
    return got;
}

static void bytes_and_ends_pass_unharmed(void **state)
{
    struct world *world = *state;
    char *bytes = mem_alloc(SIZE);
    uint32_t answer = 0;
    int fd = client(world), error;
    assert_int_equal(read_up_to(fd, bytes, SIZE, LIMIT_MS, &error), SIZE);
    assert_memory_equal(bytes, world->bytes, SIZE);
    assert_int_equal(send(fd, "0123456789", 10, MSG_NOSIGNAL), 10);
    shutdown(fd, SHUT_WR);
    assert_int_equal(read_up_to(fd, (char *)&answer, sizeof answer, LIMIT_MS, &error), sizeof answer);
    assert_int_equal(answer, 10);
    /* The relay counts what it has sent, so the bytes may be here before the count is. */
    struct relay_counters counters;
    int64_t deadline = clock_ms() + LIMIT_MS;
    do {
        relay_counters(world->relay, &counters);
    } while (counters.to_client < SIZE + 4 && clock_ms() < deadline);
    assert_int_equal(counters.connections, 1);
    assert_int_equal(counters.to_server, 10);
    assert_int_equal(counters.to_client, SIZE + 4);
    close(fd);
    free(bytes);
}

static void a_cut_falls_on_the_byte(void **state)
{
    struct world *world = *state;
    char *bytes = mem_alloc(SIZE);
    const size_t cuts[] = {1, 2, 3, 1000, 16384, 16385, 100000, SIZE - 1};
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        int error;
        relay_set_plan(world->relay, &(struct relay_plan){.to_client.cut_after = cuts[i]});
        int fd = client(world);
        assert_int_equal(read_up_to(fd, bytes, SIZE, LIMIT_MS, &error), cuts[i]);
        assert_int_equal(error, 0);
        assert_memory_equal(bytes, world->bytes, cuts[i]);
        close(fd);
    }
    free(bytes);
}

static void a_cut_can_be_a_reset(void **state)
{
    struct world *world = *state;
    char bytes[1000];
    int error;
    relay_set_plan(world->relay, &(struct relay_plan){.to_client.cut_after = 500, .reset = true});
    int fd = client(world);
    read_up_to(fd, bytes, sizeof bytes, LIMIT_MS, &error);
    assert_int_equal(error, ECONNRESET);
    close(fd);
}

static void refused_connections_are_reset(void **state)
{
    struct world *world = *state;
    char byte;
    int error;
    relay_set_plan(world->relay, &(struct relay_plan){.refuse = true});
    int fd = client(world);
    assert_int_equal(read_up_to(fd, &byte, 1, LIMIT_MS, &error), 0);
    assert_int_equal(error, ECONNRESET);
    close(fd);
}

static void a_delay_delays(void **state)
{
    struct world *world = *state;
    char byte;
    int error;
    relay_set_plan(world->relay, &(struct relay_plan){.to_client.delay_ms = 120});
    int64_t begin = clock_ms();
    int fd = client(world);
    assert_int_equal(read_up_to(fd, &byte, 1, LIMIT_MS, &error), 1);
    assert_true(clock_ms() - begin >= 119);
    close(fd);
}

static void fragments_come_one_by_one(void **state)
{
    struct world *world = *state;
    char bytes[60];
    int error;
    relay_set_plan(world->relay, &(struct relay_plan){.to_client = {.fragment = 3, .gap_ms = 5}});
    int64_t begin = clock_ms();
    int fd = client(world);
    assert_int_equal(read_up_to(fd, bytes, sizeof bytes, LIMIT_MS, &error), sizeof bytes);
    assert_memory_equal(bytes, world->bytes, sizeof bytes);
    assert_true(clock_ms() - begin >= 19 * 5 - 1);
    close(fd);
}

static void flips_are_rare_late_and_repeatable(void **state)
{
    struct world *world = *state;
    char *first = mem_alloc(SIZE), *second = mem_alloc(SIZE);
    struct relay_plan plan = {.to_client = {.flip_every = 1000, .flip_after = 5000}, .seed = 7};
    int error;
    relay_set_plan(world->relay, &plan);
    int fd = client(world);
    assert_int_equal(read_up_to(fd, first, SIZE, LIMIT_MS, &error), SIZE);
    close(fd);
    size_t flipped = 0;
    for (size_t i = 0; i < SIZE; i++) {
        unsigned difference = (unsigned char)(first[i] ^ world->bytes[i]);
        assert_true((difference & (difference - 1)) == 0); /* one bit at most */
        assert_true(difference == 0 || i >= 5000);
        flipped += difference != 0;
    }
    assert_in_range(flipped, 200, 400);
    struct relay *again = relay_new(world->server.port, &plan, NULL);
    struct relay *kept = world->relay;
    world->relay = again;
    fd = client(world);
    assert_int_equal(read_up_to(fd, second, SIZE, LIMIT_MS, &error), SIZE);
    assert_memory_equal(first, second, SIZE);
    close(fd);
    relay_free(again);
    world->relay = kept;
    free(first);
    free(second);
}

static void a_stall_lasts_until_it_is_ended(void **state)
{
    struct world *world = *state;
    char *bytes = mem_alloc(SIZE);
    int error;
    relay_set_plan(world->relay, &(struct relay_plan){.to_client.stall_after = 777});
    int fd = client(world);
    assert_int_equal(read_up_to(fd, bytes, SIZE, 150, &error), 777);
    assert_int_equal(error, ETIMEDOUT);
    relay_resume(world->relay);
    assert_int_equal(read_up_to(fd, bytes + 777, SIZE - 777, LIMIT_MS, &error), SIZE - 777);
    assert_memory_equal(bytes, world->bytes, SIZE);
    close(fd);
    free(bytes);
}

static void open_connections_can_be_cut(void **state)
{
    struct world *world = *state;
    char *bytes = mem_alloc(SIZE + 1);
    int error;
    int fd = client(world);
    assert_int_equal(read_up_to(fd, bytes, SIZE, LIMIT_MS, &error), SIZE);
    relay_cut(world->relay);
    assert_int_equal(read_up_to(fd, bytes, 1, LIMIT_MS, &error), 0);
    assert_int_equal(error, 0);
    close(fd);
    free(bytes);
}

int main(void)
{
#define WITH_RELAY(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_RELAY(bytes_and_ends_pass_unharmed),
        WITH_RELAY(a_cut_falls_on_the_byte),
        WITH_RELAY(a_cut_can_be_a_reset),
        WITH_RELAY(refused_connections_are_reset),
        WITH_RELAY(a_delay_delays),
        WITH_RELAY(fragments_come_one_by_one),
        WITH_RELAY(flips_are_rare_late_and_repeatable),
        WITH_RELAY(a_stall_lasts_until_it_is_ended),
        WITH_RELAY(open_connections_can_be_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
