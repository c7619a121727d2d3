#include "tests/boxd/ssh_internal.h"

#include "client/base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* As sshd's LoginGraceTime, shorter. */
enum { LOGIN_MS = 60 * 1000 };

static bool alive(const struct ssh_connection *connection)
{
    return (ssh_get_status(connection->session) & (SSH_CLOSED | SSH_CLOSED_ERROR)) == 0;
}

/* Waits for the socket, the children and the server's end; or for `timeout_ms` (-1: no limit). False when the
 * server stops. */
static bool wait_for_work(struct ssh_connection *connection, int timeout_ms)
{
    struct pollfd fds[SSH_POLL_MAX];
    nfds_t count = 0;
    int pending = ssh_get_poll_flags(connection->session) & SSH_WRITE_PENDING;
    fds[count++] = (struct pollfd){.fd = connection->wake, .events = POLLIN};
    fds[count++] = (struct pollfd){.fd = ssh_get_fd(connection->session),
                                   .events = (short)(POLLIN | (pending != 0 ? POLLOUT : 0))};
    for (size_t i = 0; i < SSH_CHANNELS_MAX; i++)
        if (connection->links[i].channel != NULL)
            ssh_link_poll(&connection->links[i], fds, &count);
    if (poll(fds, count, timeout_ms) < 0 && errno != EINTR)
        return false;
    return fds[0].revents == 0;
}

/* The conversation, from the version line to the end. libssh is never asked to wait: poll does. */
static void serve(struct ssh_connection *connection)
{
    ssh_set_blocking(connection->session, 0);
    ssh_login_attach(connection);
    if (ssh_handle_key_exchange(connection->session) == SSH_ERROR ||
        ssh_event_add_session(connection->event, connection->session) != SSH_OK)
        return;
    int64_t login_until = clock_ms() + LOGIN_MS;
    bool more = false;
    while (alive(connection) && !connection->give_up) {
        int64_t left = connection->authenticated ? -1 : login_until - clock_ms();
        if (!connection->authenticated && left <= 0)
            return;
        if (!wait_for_work(connection, more ? 0 : (int)left))
            return;
        if (ssh_event_dopoll(connection->event, 0) == SSH_ERROR)
            return;
        more = false;
        for (size_t i = 0; i < SSH_CHANNELS_MAX && alive(connection); i++)
            if (connection->links[i].channel != NULL)
                more |= ssh_link_step(&connection->links[i]);
    }
}

/* A session on the client's socket, or on the relay that will cut it. */
static bool open_session(struct ssh_connection *connection, pthread_t *relay)
{
    int fd = connection->faults.close_after > 0 ? ssh_fault_relay(connection, relay)
                                                : fcntl(connection->fd, F_DUPFD_CLOEXEC, 0);
    connection->session = ssh_new();
    connection->event = ssh_event_new();
    if (fd >= 0 && connection->session != NULL && connection->event != NULL &&
        ssh_server_attach(connection->server, connection->session, fd))
        return true;
    if (fd >= 0)
        close(fd);
    return false;
}

void *ssh_connection_run(void *argument)
{
    struct ssh_connection *connection = argument;
    pthread_t relay;
    if (!ssh_fault_play(connection) && open_session(connection, &relay))
        serve(connection);
    for (size_t i = 0; i < SSH_CHANNELS_MAX; i++)
        ssh_link_close(&connection->links[i]);
    if (connection->session != NULL) {
        ssh_disconnect(connection->session);
        if (connection->event != NULL)
            ssh_event_remove_session(connection->event, connection->session);
    }
    ssh_free(connection->session);
    if (connection->event != NULL)
        ssh_event_free(connection->event);
    shutdown(connection->fd, SHUT_RDWR);
    if (connection->relay_fd >= 0) {
        pthread_join(relay, NULL);
        close(connection->relay_fd);
    }
    ssh_box_done(&connection->box);
    free(connection->user);
    atomic_store(&connection->finished, true);
    return NULL;
}
