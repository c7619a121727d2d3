#include "tui/forwards.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 64, ACCEPTS_A_STEP = 16 };

/* Only this machine's own programs may connect: never more than 127.0.0.1. */
static int listen_on(uint16_t port, uint16_t *bound)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0)
        return -1;
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&address, len) != 0 || listen(fd, BACKLOG) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &len) != 0) {
        int why = errno;
        close(fd);
        errno = why;
        return -1;
    }
    *bound = ntohs(address.sin_port);
    return fd;
}

bool forwards_open(struct forwards *forwards, uint16_t local, uint16_t remote, struct err *err)
{
    if (forwards->count == FORWARDS_MAX)
        return err_set(err, ERR_USAGE, 0, "A shell has %d forwards at most: close one first", FORWARDS_MAX);
    struct forward_port port = {.remote = remote};
    port.fd = listen_on(local, &port.local);
    if (port.fd < 0)
        return err_set(err, ERR_LOCAL, errno, "Port %u of 127.0.0.1 cannot be listened on: %s", local,
                       strerror(errno));
    forwards->ports[forwards->count++] = port;
    return true;
}

void forwards_close(struct forwards *forwards, size_t index)
{
    close(forwards->ports[index].fd);
    forwards->count--;
    memmove(forwards->ports + index, forwards->ports + index + 1,
            (forwards->count - index) * sizeof forwards->ports[0]);
}

void forwards_done(struct forwards *forwards)
{
    while (forwards->count > 0)
        forwards_close(forwards, forwards->count - 1);
}

static bool takes(const struct shell *shell)
{
    return shell != NULL && shell_phase(shell) == SHELL_OPEN && shell_forwards(shell) < SHELL_FORWARDS_MAX;
}

bool forwards_step(struct forwards *forwards, struct shell *shell)
{
    bool any = false;
    int on = 1;
    for (size_t i = 0; i < forwards->count; i++)
        for (int n = 0; n < ACCEPTS_A_STEP && takes(shell); n++) {
            int fd = accept(forwards->ports[i].fd, NULL, NULL);
            if (fd < 0)
                break;
            fcntl(fd, F_SETFD, FD_CLOEXEC);
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            forwards->ports[i].taken +=
                shell_forward(shell, fd, forwards->ports[i].remote, forwards->ports[i].local);
            any = true;
        }
    return any;
}

size_t forwards_poll(const struct forwards *forwards, const struct shell *shell, struct pollfd *out)
{
    if (!takes(shell))
        return 0;
    for (size_t i = 0; i < forwards->count; i++)
        out[i] = (struct pollfd){.fd = forwards->ports[i].fd, .events = POLLIN};
    return forwards->count;
}
