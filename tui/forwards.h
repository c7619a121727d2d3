/*
 * Local port forwards, as `ssh -L` has them: listening sockets of the console on 127.0.0.1, whose connections
 * a box's shell carries to a port of the box's own loopback. They stay when the link is lost; connections
 * wait in the listener until there is a shell to carry them.
 */
#pragma once

#include "client/base/err.h"
#include "client/shell/shell.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FORWARDS_MAX = 8 };

struct forwards {
    struct forward_port {
        int fd;
        uint16_t local, remote;
        uint64_t taken; /* connections since the start */
    } ports[FORWARDS_MAX];
    size_t count;
};

/* Listens. `local` 0 takes any free port. False with *err set: the port is taken, too many. */
bool forwards_open(struct forwards *forwards, uint16_t local, uint16_t remote, struct err *err);
void forwards_close(struct forwards *forwards, size_t index);
void forwards_done(struct forwards *forwards);

/* Hands waiting connections to the shell as long as it takes them. True when there was one. */
bool forwards_step(struct forwards *forwards, struct shell *shell);

/* What must be polled for forwards_step to be called in time: nothing while the shell takes none. Returns the
 * count, FORWARDS_MAX at most. */
size_t forwards_poll(const struct forwards *forwards, const struct shell *shell, struct pollfd *out);
