#include "tests/support/relay.h"

#include "client/base/clock.h"
#include "client/base/mem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CHUNK = 16384, QUEUE_MAX = 1024 * 1024, CONNECTIONS_MAX = 256 };

/* Bytes that wait for their time. */
struct chunk {
    struct chunk *next;
    int64_t due_ms;
    size_t len, sent;
    char bytes[];
};

/* One direction of one connection. */
struct hop {
    struct relay_way way;
    int from, to;
    uint32_t random;
    uint64_t passed; /* bytes written */
    uint64_t taken;  /* bytes read */
    size_t queued;   /* bytes in the queue */
    struct chunk *first, **last;
    int64_t next_write_ms; /* the gap ends then */
    bool stalled;
    bool ended;  /* `from` has said all */
    bool closed; /* and `to` was told */
};

struct link {
    struct link *next;
    struct hop up, down;
    bool reset;
};

struct relay {
    int listener, wake;
    uint16_t port, target;
    pthread_t thread;
    struct link *links;   /* the thread's own */
    pthread_mutex_t lock; /* for what follows */
    struct relay_plan plan;
    struct relay_counters counters;
    bool stop, cut, stall, resume; /* commands to the thread */
};

/* xorshift32 */
static uint32_t next_random(uint32_t *state)
{
    uint32_t x = *state;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *state = x;
}

/* --- one direction --- */

static void hop_init(struct hop *hop, const struct relay_way *way, int from, int to, uint32_t seed)
{
    *hop = (struct hop){.way = *way, .from = from, .to = to, .random = seed * 2654435761u | 1};
    hop->last = &hop->first;
}

static void hop_done(struct hop *hop)
{
    while (hop->first != NULL) {
        struct chunk *chunk = hop->first;
        hop->first = chunk->next;
        free(chunk);
    }
    hop->last = &hop->first;
}

static bool hop_can_read(const struct hop *hop)
{
    return !hop->ended && hop->queued < QUEUE_MAX;
}

/* Whether bytes wait, and may go at `now`. */
static bool hop_can_write(const struct hop *hop, int64_t now)
{
    return hop->first != NULL && !hop->stalled && hop->first->due_ms <= now && hop->next_write_ms <= now;
}

/* When hop_can_write changes by itself; -1 for never. */
static int64_t hop_wakes_at(const struct hop *hop)
{
    if (hop->first == NULL || hop->stalled)
        return -1;
    return hop->first->due_ms > hop->next_write_ms ? hop->first->due_ms : hop->next_write_ms;
}

static void flip(struct hop *hop, char *bytes, size_t len)
{
    for (size_t i = 0; hop->way.flip_every > 0 && i < len; i++) {
        uint32_t roll = next_random(&hop->random);
        if (hop->taken + i >= hop->way.flip_after && roll % hop->way.flip_every == 0)
            bytes[i] = (char)(bytes[i] ^ (1 << (next_random(&hop->random) & 7)));
    }
}

/* Reads once. False when the connection broke. */
static bool hop_read(struct hop *hop, int64_t now)
{
    char bytes[CHUNK];
    ssize_t got = recv(hop->from, bytes, sizeof bytes, MSG_DONTWAIT);
    if (got < 0)
        return errno == EAGAIN || errno == EINTR;
    if (got == 0) {
        hop->ended = true;
        return true;
    }
    size_t len = (size_t)got;
    flip(hop, bytes, len);
    struct chunk *chunk = mem_alloc(sizeof *chunk + len);
    *chunk = (struct chunk){.due_ms = now + hop->way.delay_ms, .len = len};
    memcpy(chunk->bytes, bytes, len);
    *hop->last = chunk;
    hop->last = &chunk->next;
    hop->taken += len;
    hop->queued += len;
    return true;
}

static size_t least(size_t a, uint64_t b)
{
    return b < a ? (size_t)b : a;
}

/* Writes once. False when the connection broke, or when the plan says that it does. */
static bool hop_write(struct hop *hop, int64_t now)
{
    struct chunk *chunk = hop->first;
    size_t len = chunk->len - chunk->sent;
    if (hop->way.fragment > 0)
        len = least(len, hop->way.fragment);
    if (hop->way.cut_after > 0)
        len = least(len, hop->way.cut_after - hop->passed);
    if (hop->way.stall_after > hop->passed)
        len = least(len, hop->way.stall_after - hop->passed);
    ssize_t sent = send(hop->to, chunk->bytes + chunk->sent, len, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0)
        return errno == EAGAIN || errno == EINTR;
    chunk->sent += (size_t)sent;
    hop->passed += (size_t)sent;
    hop->queued -= (size_t)sent;
    hop->next_write_ms = now + hop->way.gap_ms;
    if (chunk->sent == chunk->len) {
        hop->first = chunk->next;
        if (hop->first == NULL)
            hop->last = &hop->first;
        free(chunk);
    }
    if (hop->way.stall_after > 0 && hop->passed == hop->way.stall_after)
        hop->stalled = true;
    return hop->way.cut_after == 0 || hop->passed < hop->way.cut_after;
}

/* Passes the end on, once the bytes before it are through. */
static void hop_end(struct hop *hop)
{
    if (!hop->ended || hop->closed || hop->first != NULL || hop->stalled)
        return;
    shutdown(hop->to, SHUT_WR);
    hop->closed = true;
}

/* --- connections --- */

static struct link *link_open(struct relay *relay, int client, const struct relay_plan *plan, uint32_t number)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(relay->target)};
    int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server < 0 || connect(server, (struct sockaddr *)&address, sizeof address) < 0) {
        if (server >= 0)
            close(server);
        return NULL;
    }
    setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    struct link *link = mem_zalloc(1, sizeof *link);
    link->reset = plan->reset;
    hop_init(&link->up, &plan->to_server, client, server, plan->seed + 2 * number);
    hop_init(&link->down, &plan->to_client, server, client, plan->seed + 2 * number + 1);
    return link;
}

static void close_by_reset(int fd)
{
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){.l_onoff = 1}, sizeof(struct linger));
    close(fd);
}

static void link_free(struct link *link, bool reset)
{
    hop_done(&link->up);
    hop_done(&link->down);
    if (reset) {
        close_by_reset(link->up.from);
        close_by_reset(link->up.to);
    } else {
        close(link->up.from);
        close(link->up.to);
    }
    free(link);
}

/* Moves what can be moved. False when the connection is over; *cut says that it was broken off. */
static bool link_step(struct link *link, int64_t now, bool *cut)
{
    struct hop *hops[] = {&link->up, &link->down};
    for (int i = 0; i < 2; i++) {
        *cut = (hop_can_read(hops[i]) && !hop_read(hops[i], now)) ||
               (hop_can_write(hops[i], now) && !hop_write(hops[i], now));
        if (*cut)
            return false;
        hop_end(hops[i]);
    }
    return !(link->up.closed && link->down.closed);
}

static void accept_one(struct relay *relay)
{
    int client = accept4(relay->listener, NULL, NULL, SOCK_CLOEXEC);
    if (client < 0)
        return;
    pthread_mutex_lock(&relay->lock);
    struct relay_plan plan = relay->plan;
    uint32_t number = (uint32_t)relay->counters.connections++;
    bool full = relay->counters.open >= CONNECTIONS_MAX;
    pthread_mutex_unlock(&relay->lock);
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    struct link *link = plan.refuse || full ? NULL : link_open(relay, client, &plan, number);
    if (link == NULL) {
        close_by_reset(client);
        return;
    }
    link->next = relay->links;
    relay->links = link;
    pthread_mutex_lock(&relay->lock);
    relay->counters.open++;
    pthread_mutex_unlock(&relay->lock);
}

/* --- the thread --- */

static void poll_hop(const struct hop *hop, struct pollfd *from, struct pollfd *to, int64_t now,
                     int64_t *wake_at)
{
    int64_t at = hop_wakes_at(hop);
    if (hop_can_read(hop))
        from->events |= POLLIN;
    if (hop_can_write(hop, now))
        to->events |= POLLOUT;
    else if (at >= 0 && (*wake_at < 0 || at < *wake_at))
        *wake_at = at;
}

/* Sleeps until there is something to do. */
static void wait_for_work(struct relay *relay, struct pollfd *fds)
{
    nfds_t count = 2;
    int64_t now = clock_ms(), wake_at = -1;
    fds[0] = (struct pollfd){.fd = relay->wake, .events = POLLIN};
    fds[1] = (struct pollfd){.fd = relay->listener, .events = POLLIN};
    for (struct link *link = relay->links; link != NULL; link = link->next) {
        struct pollfd *client = &fds[count++], *server = &fds[count++];
        *client = (struct pollfd){.fd = link->up.from};
        *server = (struct pollfd){.fd = link->up.to};
        poll_hop(&link->up, client, server, now, &wake_at);
        poll_hop(&link->down, server, client, now, &wake_at);
        /* A hang-up is reported even when nothing is asked for, and would spin while a stall lasts. */
        if (client->events == 0)
            client->fd = -1;
        if (server->events == 0)
            server->fd = -1;
    }
    int timeout = wake_at < 0 ? -1 : wake_at <= now ? 0 : (int)(wake_at - now);
    poll(fds, count, timeout);
}

/* Takes the commands; false when the thread must end. */
static bool obey(struct relay *relay, bool *cut, bool *stall, bool *resume)
{
    eventfd_t ignored;
    eventfd_read(relay->wake, &ignored);
    pthread_mutex_lock(&relay->lock);
    bool go_on = !relay->stop;
    *cut = relay->cut;
    *stall = relay->stall;
    *resume = relay->resume;
    relay->cut = relay->stall = relay->resume = false;
    pthread_mutex_unlock(&relay->lock);
    return go_on;
}

static void step_all(struct relay *relay, bool cut_all, bool stall, bool resume)
{
    int64_t now = clock_ms();
    for (struct link **at = &relay->links; *at != NULL;) {
        struct link *link = *at;
        uint64_t up = link->up.passed, down = link->down.passed;
        bool cut = cut_all;
        if (stall || resume)
            link->up.stalled = link->down.stalled = stall;
        bool lives = !cut_all && link_step(link, now, &cut);
        pthread_mutex_lock(&relay->lock);
        relay->counters.to_server += link->up.passed - up;
        relay->counters.to_client += link->down.passed - down;
        relay->counters.open -= lives ? 0 : 1;
        pthread_mutex_unlock(&relay->lock);
        if (lives) {
            at = &link->next;
            continue;
        }
        *at = link->next;
        link_free(link, cut && link->reset);
    }
}

static void *relay_run(void *argument)
{
    struct relay *relay = argument;
    struct pollfd *fds = mem_zalloc(2 + 2 * CONNECTIONS_MAX, sizeof *fds);
    for (;;) {
        bool cut, stall, resume;
        wait_for_work(relay, fds);
        if (!obey(relay, &cut, &stall, &resume))
            break;
        step_all(relay, cut, stall, resume);
        accept_one(relay);
    }
    step_all(relay, true, false, false);
    free(fds);
    return NULL;
}

/* --- life --- */

static bool start_listening(struct relay *relay)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    relay->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    relay->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (relay->listener < 0 || relay->wake < 0 ||
        bind(relay->listener, (struct sockaddr *)&address, len) < 0 || listen(relay->listener, 64) < 0 ||
        getsockname(relay->listener, (struct sockaddr *)&address, &len) < 0)
        return false;
    relay->port = ntohs(address.sin_port);
    return true;
}

static void release(struct relay *relay)
{
    if (relay->listener >= 0)
        close(relay->listener);
    if (relay->wake >= 0)
        close(relay->wake);
    pthread_mutex_destroy(&relay->lock);
    free(relay);
}

struct relay *relay_new(uint16_t port, const struct relay_plan *plan, struct err *err)
{
    struct relay *relay = mem_zalloc(1, sizeof *relay);
    pthread_mutex_init(&relay->lock, NULL);
    relay->target = port;
    if (plan != NULL)
        relay->plan = *plan;
    if (!start_listening(relay) || pthread_create(&relay->thread, NULL, relay_run, relay) != 0) {
        err_set(err, ERR_LOCAL, errno, "The relay could not start: %s", strerror(errno));
        release(relay);
        return NULL;
    }
    return relay;
}

/* Raises a command and wakes the thread. */
static void command(struct relay *relay, bool *flag)
{
    pthread_mutex_lock(&relay->lock);
    *flag = true;
    pthread_mutex_unlock(&relay->lock);
    eventfd_write(relay->wake, 1);
}

void relay_free(struct relay *relay)
{
    if (relay == NULL)
        return;
    command(relay, &relay->stop);
    pthread_join(relay->thread, NULL);
    release(relay);
}

uint16_t relay_port(const struct relay *relay)
{
    return relay->port;
}

void relay_set_plan(struct relay *relay, const struct relay_plan *plan)
{
    pthread_mutex_lock(&relay->lock);
    relay->plan = *plan;
    pthread_mutex_unlock(&relay->lock);
}

void relay_cut(struct relay *relay)
{
    command(relay, &relay->cut);
}

void relay_stall(struct relay *relay)
{
    command(relay, &relay->stall);
}

void relay_resume(struct relay *relay)
{
    command(relay, &relay->resume);
}

void relay_counters(struct relay *relay, struct relay_counters *out)
{
    pthread_mutex_lock(&relay->lock);
    *out = relay->counters;
    pthread_mutex_unlock(&relay->lock);
}
