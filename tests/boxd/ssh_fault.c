#include "tests/boxd/ssh_internal.h"

#include "client/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void ssh_faults_copy(struct ssh_faults *out, const struct ssh_faults *from)
{
    *out = *from;
    out->version_line = mem_dup(from->version_line);
    out->greeting = mem_dup(from->greeting);
    out->auth_banner = mem_dup(from->auth_banner);
}

void ssh_faults_done(struct ssh_faults *faults)
{
    free((char *)faults->version_line);
    free((char *)faults->greeting);
    free((char *)faults->auth_banner);
    *faults = (struct ssh_faults){0};
}

/* Waits until the socket can take or give bytes; false when the server stops. */
static bool wait_for(struct ssh_connection *connection, short events)
{
    struct pollfd fds[] = {{.fd = connection->fd, .events = events},
                           {.fd = connection->wake, .events = POLLIN}};
    while (poll(fds, 2, -1) < 0)
        if (errno != EINTR)
            return false;
    return fds[1].revents == 0;
}

/* Reads and forgets what the client says, until it leaves. */
static void listen_in_silence(struct ssh_connection *connection)
{
    char bytes[4096];
    while (wait_for(connection, POLLIN)) {
        ssize_t got = recv(connection->fd, bytes, sizeof bytes, MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
            return;
    }
}

static void talk_without_end(struct ssh_connection *connection)
{
    static const char line[] = "Welcome. The version line comes in a moment, please hold the line.\r\n";
    while (wait_for(connection, POLLOUT)) {
        ssize_t sent = send(connection->fd, line, sizeof line - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN && errno != EINTR)
            return;
    }
}

bool ssh_fault_play(struct ssh_connection *connection)
{
    const struct ssh_faults *faults = &connection->faults;
    if (faults->greeting != NULL)
        send(connection->fd, faults->greeting, strlen(faults->greeting), MSG_NOSIGNAL);
    if (faults->endless_banner) {
        talk_without_end(connection);
    } else if (faults->version_line != NULL) {
        send(connection->fd, faults->version_line, strlen(faults->version_line), MSG_NOSIGNAL);
        send(connection->fd, "\r\n", 2, MSG_NOSIGNAL);
        listen_in_silence(connection);
    } else if (faults->silent) {
        listen_in_silence(connection);
    } else {
        return false;
    }
    return true;
}

/* Bytes on their way through the relay. */
struct hop {
    int from, to;
    size_t allowance; /* bytes that may still pass */
    size_t len, sent;
    char bytes[SSH_CHUNK];
};

/* One read or one write that does not wait. False when this direction has ended. */
static bool hop_step(struct hop *hop)
{
    if (hop->sent == hop->len) {
        ssize_t got = recv(hop->from, hop->bytes, sizeof hop->bytes, MSG_DONTWAIT);
        if (got < 0)
            return errno == EAGAIN || errno == EINTR;
        hop->sent = 0;
        hop->len = (size_t)got < hop->allowance ? (size_t)got : hop->allowance;
        hop->allowance -= hop->len;
        if (hop->len == 0)
            return false;
    }
    ssize_t sent = send(hop->to, hop->bytes + hop->sent, hop->len - hop->sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0)
        return errno == EAGAIN || errno == EINTR;
    hop->sent += (size_t)sent;
    return hop->sent < hop->len || hop->allowance > 0;
}

static void *relay_run(void *argument)
{
    struct ssh_connection *connection = argument;
    struct hop *up = mem_zalloc(2, sizeof *up), *down = up + 1;
    up->from = down->to = connection->fd;
    up->to = down->from = connection->relay_fd;
    up->allowance = (size_t)-1;
    down->allowance = connection->faults.close_after;
    for (bool on = true; on;) {
        struct pollfd fds[] = {
            {.fd = connection->fd,
             .events = (short)((up->sent == up->len ? POLLIN : 0) | (down->sent < down->len ? POLLOUT : 0))},
            {.fd = connection->relay_fd,
             .events = (short)((down->sent == down->len ? POLLIN : 0) | (up->sent < up->len ? POLLOUT : 0))},
            {.fd = connection->wake, .events = POLLIN}};
        if (poll(fds, 3, -1) < 0 && errno != EINTR)
            break;
        on = fds[2].revents == 0 && hop_step(up) && hop_step(down);
    }
    shutdown(connection->fd, SHUT_RDWR);
    shutdown(connection->relay_fd, SHUT_RDWR);
    free(up);
    return NULL;
}

int ssh_fault_relay(struct ssh_connection *connection, pthread_t *thread)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return -1;
    connection->relay_fd = pair[0];
    if (pthread_create(thread, NULL, relay_run, connection) != 0) {
        close(pair[0]);
        close(pair[1]);
        connection->relay_fd = -1;
        return -1;
    }
    return pair[1];
}
