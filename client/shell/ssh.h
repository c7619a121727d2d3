/*
 * One SSH session with one shell, over a socket that is already connected: libssh2 in non-blocking mode as a
 * state machine that is stepped. Runs in the helper. Knows nothing of terminals or of the console.
 *
 * There is no way from "the host key is not verified" to a login but ssh_login, which the helper calls only
 * when the console has sent the key. Password logins only, restricted algorithms, limits of our own
 * (safety.md section 2; what libssh2 1.10 needs around it: stack.md section 3).
 */
#pragma once

#include "client/base/buf.h"
#include "client/base/err.h"
#include "client/shell/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ssh;

enum ssh_phase {
    SSH_HANDSHAKE,
    SSH_VERIFY, /* the host key is there (ssh_host_key); ssh_login goes on */
    SSH_LOGIN,
    SSH_OPEN,
    SSH_ENDED,  /* the shell is over: ssh_exit */
    SSH_FAILED, /* before it was open, or after: ssh_error */
};

struct ssh_options {
    const char *user;
    const char *lang;           /* LANG to offer, "" for none */
    const char *host_key_types; /* to ask for first, with commas; unknown and weak ones are left out */
    int cols, rows;
    struct wire_limits limits;
};

/* Initialises libssh2 and libcrypto, which read files and the environment: before the sandbox. */
bool ssh_library_init(struct err *err);

/* Starts a session over fd (owned from now on, non-blocking). The options are copied. */
struct ssh *ssh_new(int fd, const struct ssh_options *options, int64_t now_ms);

/* Says goodbye if that takes no waiting, closes the socket, frees all. NULL is fine. */
void ssh_free(struct ssh *ssh);

/* Does what can be done without waiting. Call it once a turn, then ssh_read until it returns 0. */
enum ssh_phase ssh_step(struct ssh *ssh, int64_t now_ms);

enum ssh_phase ssh_phase(const struct ssh *ssh);

/* The server's host key, from SSH_VERIFY on. Owned by the session. */
const void *ssh_host_key(struct ssh *ssh, size_t *len);

/* The host key is accepted: log in. Only in SSH_VERIFY. The password is copied and wiped after the login. */
void ssh_login(struct ssh *ssh, const char *password, size_t len, int64_t now_ms);

/* Output of the shell, both streams as they come: up to `room` bytes, 0 when there is nothing now. */
size_t ssh_read(struct ssh *ssh, char *bytes, size_t room, int64_t now_ms);

/* What waits to be sent to the shell: append to it, ssh_step takes it. */
struct buf *ssh_outgoing(struct ssh *ssh);

/* The pane's new size; sent with the next step. */
void ssh_resize(struct ssh *ssh, int cols, int rows);

/* For poll: descriptor, events, and when to step although nothing happens (clock_ms; -1 never). */
int ssh_fd(const struct ssh *ssh);
short ssh_events(const struct ssh *ssh);
int64_t ssh_deadline(const struct ssh *ssh);

/* In SSH_FAILED; the text may hold the server's own words and is not inert yet. */
const struct err *ssh_error(const struct ssh *ssh);
/* In SSH_ENDED: the exit code, or -1 and a signal's name. */
int ssh_exit(const struct ssh *ssh, const char **signal);
