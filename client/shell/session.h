/*
 * One SSH session with one shell, over a socket that is already connected: libssh2 in non-blocking mode as a
 * state machine that is stepped. Runs in the helper. Knows nothing of terminals or of the console.
 *
 * There is no way from "the host key is not verified" to a login but session_login, which the helper calls
 * only when the console has sent the key. Password logins only, restricted algorithms, limits of our own
 * (safety.md section 2; what libssh2 1.10 needs around it: stack.md section 3).
 */
#pragma once

#include "client/base/buf.h"
#include "client/base/err.h"
#include "client/shell/wire.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct session;

enum { SESSION_FORWARDS = 32 };

enum session_phase {
    SESSION_HANDSHAKE,
    SESSION_VERIFY, /* the host key is there (session_host_key); session_login goes on */
    SESSION_LOGIN,
    SESSION_OPEN,
    SESSION_ENDED,  /* the shell is over: session_exit */
    SESSION_FAILED, /* before it was open, or after: session_error */
};

struct session_options {
    const char *user;
    const char *lang;           /* LANG to offer, "" for none */
    const char *host_key_types; /* to ask for first, with commas; unknown and weak ones are left out */
    int cols, rows;
    struct wire_limits limits;
};

/* Initialises libssh2 and libcrypto, which read files and the environment: before the sandbox. */
bool session_library_init(struct err *err);

/* Starts a session over fd (owned from now on, non-blocking). The options are copied. */
struct session *session_new(int fd, const struct session_options *options, int64_t now_ms);

/* Says goodbye if that takes no waiting, closes the socket, frees all. NULL is fine. */
void session_free(struct session *session);

/* Does what can be done without waiting. Call it once a turn, then session_read until it returns 0. */
enum session_phase session_step(struct session *session, int64_t now_ms);

enum session_phase session_phase(const struct session *session);

/* The server's host key, from SESSION_VERIFY on. Owned by the session. */
const void *session_host_key(struct session *session, size_t *len);

/* The host key is accepted: log in. Only in SESSION_VERIFY. The password is copied and wiped after the login.
 */
void session_login(struct session *session, const char *password, size_t len, int64_t now_ms);

/* Output of the shell, both streams as they come: up to `room` bytes, 0 when there is nothing now. */
size_t session_read(struct session *session, char *bytes, size_t room, int64_t now_ms);

/* Asks the server for a sign of life now, unless it was asked within keepalive_ms; otherwise it is asked only
 * when it is silent for so long. */
void session_ask(struct session *session);

/* Whether the server gave a sign of life since it was asked for one, at *asked_ms: what was sent before has
 * reached it. Told once. */
bool session_heard(struct session *session, int64_t *asked_ms);

/* What waits to be sent to the shell: append to it, session_step takes it. */
struct buf *session_outgoing(struct session *session);

/* The pane's new size; sent with the next step. */
void session_resize(struct session *session, int cols, int rows);

/* Connects a socket (owned from now on, non-blocking) with a port of the server's own loopback (direct-tcpip,
 * RFC 4254 7.2). False, with the socket closed, when the session is not open or carries SESSION_FORWARDS. */
bool session_forward(struct session *session, int fd, uint32_t id, uint16_t port);

/* Carries bytes both ways, after session_read. True when it got somewhere: there may be more, for the shell
 * too. */
bool session_forwards_step(struct session *session, int64_t now_ms);

/* The next forward of which there is news: it is over (told once, then it is forgotten), or, if `moved` is
 * asked for too, it carried bytes since it was last told. The connection's number is not filled in. False
 * when there is none. */
bool session_forwards_news(struct session *session, bool moved, struct wire_forwarded *out);

/* Whether one carried bytes that were not told yet. */
bool session_forwards_moved(const struct session *session);

/* What they wait for; returns the count, SESSION_FORWARDS at most. */
size_t session_forwards_poll(const struct session *session, struct pollfd *out);

/* For poll: descriptor, events, and when to step although nothing happens (clock_ms; -1 never). */
int session_fd(const struct session *session);
short session_events(const struct session *session);
int64_t session_deadline(const struct session *session);

/* In SESSION_FAILED; the text may hold the server's own words and is not inert yet. */
const struct err *session_error(const struct session *session);
/* In SESSION_ENDED: the exit code, or -1 and a signal's name; -1 and "" when the server did not say. */
int session_exit(const struct session *session, const char **signal);
