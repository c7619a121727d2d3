#include "client/shell/session_private.h"

#include "client/base/mem.h"

#include <assert.h>
#include <errno.h>
#include <libssh2.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    WINDOW = 512 << 10,      /* bytes the server may send ahead */
    TURN_BYTES = 128 << 10,  /* read from the socket in one turn, then keys get a chance */
    GREETING_MAX = 64 << 10, /* bytes a server may send before its version line is whole */
    OUTGOING_MAX = 16 << 20,
    OUTGOING_DROP = 1 << 20, /* bytes sent before the rest moves to the front */
    /* libssh2 adds its interval to the wall clock of the last question, and does not ask before that time.
     * Below zero it asks whenever it is told to: when is the affair of our own clock, which nobody sets back.
     */
    KEEPALIVE_AT_ONCE = -(1 << 30),
    CLOSE_MS = 2000, /* for the exit status, once the shell is over */
};

bool session_library_init(struct err *err)
{
    return transport_library_init() || err_set(err, ERR_LOCAL, 0, "The SSH library could not be started");
}

struct session *session_new(int fd, const struct session_options *options, int64_t now_ms)
{
    struct session *session = mem_zalloc(1, sizeof *session);
    session->transport.fd = fd;
    session->user = mem_dup(options->user);
    session->lang = mem_dup(options->lang);
    session->limits = options->limits;
    session->cols = options->cols;
    session->rows = options->rows;
    session->transport.received_ms = session->asked_ms = session->transport.now_ms = now_ms;
    session->deadline_ms = now_ms + options->limits.banner_ms;
    buf_init(&session->outgoing, OUTGOING_MAX);
    session->ssh = transport_session(&session->transport, options->host_key_types);
    return session;
}

static void forget_password(struct session *session)
{
    if (session->password != NULL)
        explicit_bzero(session->password, session->password_len);
    free(session->password);
    session->password = NULL;
}

void session_free(struct session *session)
{
    if (session == NULL)
        return;
    session_forwards_drop(session);
    forget_password(session);
    if (session->state < STATE_FAILED && session->unfinished == UNFINISHED_NONE && session->greeted)
        libssh2_session_disconnect(session->ssh, "closed by the operator");
    transport_end(&session->transport, session->ssh);
    close(session->transport.fd);
    buf_done(&session->outgoing);
    free(session->user);
    free(session->lang);
    free(session);
}

enum session_phase session_phase(const struct session *session)
{
    static const enum session_phase phases[] = {
        [STATE_HANDSHAKE] = SESSION_HANDSHAKE, [STATE_VERIFY] = SESSION_VERIFY,
        [STATE_METHODS] = SESSION_LOGIN,       [STATE_PASSWORD] = SESSION_LOGIN,
        [STATE_CHANNEL] = SESSION_LOGIN,       [STATE_PTY] = SESSION_LOGIN,
        [STATE_COLOR] = SESSION_LOGIN,         [STATE_LANG] = SESSION_LOGIN,
        [STATE_SHELL] = SESSION_LOGIN,         [STATE_OPEN] = SESSION_OPEN,
        [STATE_CLOSE] = SESSION_OPEN,          [STATE_ENDED] = SESSION_ENDED,
        [STATE_FAILED] = SESSION_FAILED,
    };
    return phases[session->state];
}

static bool fail(struct session *session, enum err_kind kind, int code, const char *sentence)
{
    forget_password(session);
    session->state = STATE_FAILED;
    session->deadline_ms = -1;
    return err_set(&session->err, kind, code, "%s", sentence);
}

/* The step that was under way, as the middle of a sentence. */
static const char *step_name(enum state state)
{
    static const char *const names[] = {
        [STATE_HANDSHAKE] = "the SSH key exchange",
        [STATE_VERIFY] = "the host key check",
        [STATE_METHODS] = "the login",
        [STATE_PASSWORD] = "the login",
        [STATE_CHANNEL] = "the opening of a shell",
        [STATE_PTY] = "the request for a terminal",
        [STATE_COLOR] = "the request for a shell",
        [STATE_LANG] = "the request for a shell",
        [STATE_SHELL] = "the request for a shell",
        [STATE_OPEN] = "the session",
        [STATE_CLOSE] = "the session",
    };
    return names[state];
}

/* What libssh2 answered other than "later" becomes the end of the session. */
static bool fail_with(struct session *session, int code)
{
    const char *step = session->state == STATE_HANDSHAKE && !session->greeted ? "the SSH greeting"
                                                                              : step_name(session->state);
    char sentence[sizeof session->err.text];
    char *words = NULL;
    libssh2_session_last_error(session->ssh, &words, NULL, 0);
    bool link = session->transport.closed || code == LIBSSH2_ERROR_SOCKET_RECV ||
                code == LIBSSH2_ERROR_SOCKET_SEND || code == LIBSSH2_ERROR_SOCKET_DISCONNECT;
    bool no_common = session->state == STATE_HANDSHAKE &&
                     (code == LIBSSH2_ERROR_KEX_FAILURE || code == LIBSSH2_ERROR_METHOD_NONE);
    if (session->transport.farewell[0] != '\0')
        snprintf(sentence, sizeof sentence, "The server ended the connection during %s: %s", step,
                 session->transport.farewell);
    else if (link)
        snprintf(sentence, sizeof sentence, "The connection was closed during %s", step);
    else if (no_common)
        snprintf(sentence, sizeof sentence,
                 "%c%s failed: boxtop and the server have no safe algorithm in common; use ssh", 'T',
                 step + 1);
    else
        snprintf(sentence, sizeof sentence, "%c%s failed: %s", 'T', step + 1,
                 words != NULL ? words : "unknown");
    return fail(session, link ? ERR_NETWORK : ERR_PROTOCOL, code, sentence);
}

/* The states. Each returns whether it got anywhere, so that the next may be tried at once. */

static bool is_version(const char *banner)
{
    return banner != NULL && strncmp(banner, "SSH-", 4) == 0;
}

static bool step_handshake(struct session *session)
{
    int rc = libssh2_session_handshake(session->ssh, session->transport.fd);
    if (!session->greeted && is_version(libssh2_session_banner_get(session->ssh))) {
        session->greeted = true;
        session->deadline_ms = session->transport.now_ms + session->limits.login_ms;
    }
    if (rc == LIBSSH2_ERROR_EAGAIN && !session->greeted && session->transport.received > GREETING_MAX)
        return fail(session, ERR_PROTOCOL, 0, "The SSH greeting failed: the server does not speak SSH");
    if (rc == LIBSSH2_ERROR_EAGAIN)
        return false;
    if (rc != 0)
        return fail_with(session, rc);
    session->state = STATE_VERIFY;
    session->left_ms = session->deadline_ms - session->transport.now_ms;
    session->deadline_ms = -1;
    return true;
}

/* Nothing is sent and nothing understood while the operator decides; only the server's leaving is noticed. */
static bool step_verify(struct session *session)
{
    char byte;
    ssize_t got = recv(session->transport.fd, &byte, 1, MSG_PEEK);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
        return fail_with(session, LIBSSH2_ERROR_SOCKET_RECV);
    session->quiet = got > 0;
    return false;
}

static bool step_methods(struct session *session)
{
    const char *list = libssh2_userauth_list(session->ssh, session->user, (unsigned)strlen(session->user));
    if (list == NULL && libssh2_userauth_authenticated(session->ssh)) {
        session->state = STATE_CHANNEL; /* the server asks for nothing */
        forget_password(session);
        return true;
    }
    if (list == NULL) {
        int rc = libssh2_session_last_errno(session->ssh);
        return rc == LIBSSH2_ERROR_EAGAIN ? false : fail_with(session, rc);
    }
    if (!transport_list_has(list, "password")) {
        char sentence[sizeof session->err.text];
        snprintf(sentence, sizeof sentence,
                 "The server does not offer a password login (only %.60s): use ssh with your own key", list);
        return fail(session, ERR_AUTH, 0, sentence);
    }
    session->state = STATE_PASSWORD;
    return true;
}

static bool step_password(struct session *session)
{
    int rc = libssh2_userauth_password_ex(session->ssh, session->user, (unsigned)strlen(session->user),
                                          session->password, (unsigned)session->password_len, NULL);
    if (rc == LIBSSH2_ERROR_EAGAIN)
        return false;
    if (rc == LIBSSH2_ERROR_AUTHENTICATION_FAILED)
        return fail(session, ERR_AUTH, rc,
                    "The login was refused: the server does not accept this API key for this box");
    if (rc == LIBSSH2_ERROR_PASSWORD_EXPIRED)
        return fail(session, ERR_AUTH, rc, "The login was refused: the server wants the password changed");
    if (rc != 0)
        return fail_with(session, rc);
    forget_password(session);
    session->state = STATE_CHANNEL;
    return true;
}

static bool step_channel(struct session *session)
{
    session->channel = libssh2_channel_open_ex(session->ssh, "session", 7, WINDOW, PACKET, NULL, 0);
    if (session->channel == NULL) {
        int rc = libssh2_session_last_errno(session->ssh);
        return rc == LIBSSH2_ERROR_EAGAIN ? false : fail_with(session, rc);
    }
    session->state = STATE_PTY;
    return true;
}

static bool step_pty(struct session *session)
{
    static const char term[] = "xterm-256color";
    static const char modes[] = {42, 0, 0, 0, 1, 0}; /* IUTF8 on (RFC 8160), end */
    int rc = libssh2_channel_request_pty_ex(session->channel, term, sizeof term - 1, modes, sizeof modes,
                                            session->cols, session->rows, 0, 0);
    if (rc == LIBSSH2_ERROR_EAGAIN)
        return false;
    if (rc != 0)
        return fail_with(session, rc);
    session->resized = false;
    session->state = STATE_COLOR;
    return true;
}

/* A variable the server does not take is no loss. */
static bool step_env(struct session *session, const char *name, const char *value, enum state next)
{
    if (value[0] != '\0') {
        int rc = libssh2_channel_setenv_ex(session->channel, name, (unsigned)strlen(name), value,
                                           (unsigned)strlen(value));
        if (rc == LIBSSH2_ERROR_EAGAIN)
            return false;
        if (rc != 0 && rc != LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED)
            return fail_with(session, rc);
    }
    session->state = next;
    return true;
}

static bool step_shell(struct session *session)
{
    int rc = libssh2_channel_process_startup(session->channel, "shell", 5, NULL, 0);
    if (rc == LIBSSH2_ERROR_EAGAIN)
        return false;
    if (rc != 0)
        return fail_with(session, rc);
    libssh2_keepalive_config(session->ssh, 1, (unsigned)KEEPALIVE_AT_ONCE);
    session->state = STATE_OPEN;
    session->transport.received_ms = session->asked_ms = session->transport.now_ms;
    session->deadline_ms = -1;
    return true;
}

void session_note_unfinished(struct session *session, ssize_t rc, enum unfinished call)
{
    bool blocked = rc == LIBSSH2_ERROR_EAGAIN &&
                   (libssh2_session_block_directions(session->ssh) & LIBSSH2_SESSION_BLOCK_OUTBOUND) != 0;
    session->unfinished = blocked ? call : UNFINISHED_NONE;
}

bool session_may_call(const struct session *session, enum unfinished call)
{
    return session->state == STATE_OPEN &&
           (session->unfinished == UNFINISHED_NONE || session->unfinished == call);
}

static bool send_resize(struct session *session)
{
    if (!session->resized || !session_may_call(session, UNFINISHED_RESIZE))
        return false;
    int rc = libssh2_channel_request_pty_size_ex(session->channel, session->cols, session->rows, 0, 0);
    session_note_unfinished(session, rc, UNFINISHED_RESIZE);
    if (rc == LIBSSH2_ERROR_EAGAIN)
        return false;
    session->resized = false;
    return rc == 0 || fail_with(session, rc);
}

/* The next bytes to write, in a place where they stay until all are written. */
static bool fill_chunk(struct session *session)
{
    if (session->chunk_len > 0)
        return true;
    size_t left = session->outgoing.len - session->outgoing_at;
    session->chunk_at = 0;
    session->chunk_len = left < sizeof session->chunk ? left : sizeof session->chunk;
    if (session->chunk_len == 0)
        return false;
    memcpy(session->chunk, session->outgoing.data + session->outgoing_at, session->chunk_len);
    session->outgoing_at += session->chunk_len;
    if (session->outgoing_at == session->outgoing.len || session->outgoing_at >= OUTGOING_DROP) {
        buf_drop(&session->outgoing, session->outgoing_at);
        session->outgoing_at = 0;
    }
    return true;
}

static bool send_input(struct session *session)
{
    if (!session_may_call(session, UNFINISHED_WRITE) || !fill_chunk(session))
        return false;
    session->tried = session->transport.received;
    ssize_t rc =
        libssh2_channel_write_ex(session->channel, 0, session->chunk + session->chunk_at, session->chunk_len);
    session_note_unfinished(session, rc, UNFINISHED_WRITE);
    if (rc == LIBSSH2_ERROR_EAGAIN)
        return false;
    if (rc < 0)
        return fail_with(session, (int)rc);
    session->chunk_at += (size_t)rc;
    session->chunk_len -= (size_t)rc;
    return rc > 0;
}

/* Input that found the server's window closed may go on once something came: what was read since may have
 * opened it, and the socket will not say so a second time. */
static bool send_more(struct session *session)
{
    bool waits = session->chunk_len > 0 || session->outgoing.len > 0;
    if (!waits || session->tried == session->transport.received ||
        !session_may_call(session, UNFINISHED_WRITE))
        return false;
    while (send_input(session))
        continue;
    return session->state == STATE_OPEN;
}

/* Asks a silent server for a sign of life. Never while a packet is half sent: libssh2 would mix the two up.
 */
static void send_keepalive(struct session *session)
{
    int64_t since = session->transport.received_ms > session->asked_ms ? session->transport.received_ms
                                                                       : session->asked_ms;
    if (session->transport.now_ms - since < session->limits.keepalive_ms ||
        session->unfinished != UNFINISHED_NONE)
        return;
    struct pollfd room = {.fd = session->transport.fd, .events = POLLOUT};
    int next;
    if (poll(&room, 1, 0) == 1 && (room.revents & POLLOUT) != 0)
        libssh2_keepalive_send(session->ssh, &next);
    session->asked_ms = session->transport.now_ms;
}

static bool step_open(struct session *session)
{
    if (session->transport.now_ms - session->transport.received_ms >= session->limits.dead_ms) {
        char sentence[sizeof session->err.text];
        snprintf(sentence, sizeof sentence, "The connection was lost: nothing came from the server for %u s",
                 session->limits.dead_ms / 1000);
        return fail(session, ERR_NETWORK, 0, sentence);
    }
    send_keepalive(session);
    bool resized = send_resize(session);
    bool sent = send_input(session);
    return session->state == STATE_OPEN && (resized || sent);
}

/* The exit status comes with or before the server's close; without one, after a while, it stays unknown. */
static bool step_close(struct session *session)
{
    int rc = libssh2_channel_close(session->channel);
    if (rc == LIBSSH2_ERROR_EAGAIN && session->transport.now_ms < session->deadline_ms)
        return false;
    char *signal = NULL;
    libssh2_channel_get_exit_signal(session->channel, &signal, NULL, NULL, NULL, NULL, NULL);
    session->exit_code = libssh2_channel_get_exit_status(session->channel);
    if (signal != NULL) {
        session->exit_code = -1;
        snprintf(session->signal, sizeof session->signal, "%.31s", signal);
        libssh2_free(session->ssh, signal);
    }
    session->state = STATE_ENDED;
    session->deadline_ms = -1;
    return false;
}

static bool step_once(struct session *session)
{
    switch (session->state) {
    case STATE_HANDSHAKE:
        return step_handshake(session);
    case STATE_VERIFY:
        return step_verify(session);
    case STATE_METHODS:
        return step_methods(session);
    case STATE_PASSWORD:
        return step_password(session);
    case STATE_CHANNEL:
        return step_channel(session);
    case STATE_PTY:
        return step_pty(session);
    case STATE_COLOR:
        return step_env(session, "COLORTERM", "truecolor", STATE_LANG);
    case STATE_LANG:
        return step_env(session, "LANG", session->lang, STATE_SHELL);
    case STATE_SHELL:
        return step_shell(session);
    case STATE_OPEN:
        return step_open(session);
    case STATE_CLOSE:
        return step_close(session);
    case STATE_ENDED:
    case STATE_FAILED:
        break;
    }
    return false;
}

static void check_deadline(struct session *session)
{
    if (session->deadline_ms < 0 || session->transport.now_ms < session->deadline_ms ||
        session->state > STATE_SHELL)
        return;
    char sentence[sizeof session->err.text];
    if (!session->greeted)
        snprintf(sentence, sizeof sentence, "The SSH greeting did not come within %u s",
                 session->limits.banner_ms / 1000);
    else
        snprintf(sentence, sizeof sentence, "The time for a login (%u s) ran out during %s",
                 session->limits.login_ms / 1000, step_name(session->state));
    fail(session, ERR_TIMEOUT, 0, sentence);
}

enum session_phase session_step(struct session *session, int64_t now_ms)
{
    session->transport.now_ms = now_ms;
    session->transport.turn_left = TURN_BYTES;
    while (step_once(session))
        continue;
    check_deadline(session);
    return session_phase(session);
}

const void *session_host_key(struct session *session, size_t *len)
{
    int type;
    return libssh2_session_hostkey(session->ssh, len, &type);
}

void session_login(struct session *session, const char *password, size_t len, int64_t now_ms)
{
    assert(session->state == STATE_VERIFY);
    session->password = mem_dup_bytes(password, len);
    session->password_len = len;
    session->quiet = false;
    session->transport.now_ms = now_ms;
    session->deadline_ms = now_ms + session->left_ms;
    session->state = STATE_METHODS;
}

/* Reads both streams in turn, as long as there is anything. Reading one may bring packets of the other, so
 * that is over only when two calls in a row brought nothing from the socket either. */
static size_t read_streams(struct session *session, char *bytes, size_t room)
{
    for (int fruitless = 0; fruitless < 2 && session_may_call(session, UNFINISHED_READ);) {
        uint64_t before = session->transport.received;
        ssize_t rc = libssh2_channel_read_ex(session->channel, session->stream, bytes, room);
        session_note_unfinished(session, rc, UNFINISHED_READ);
        if (rc > 0)
            return (size_t)rc;
        if (rc < 0 && rc != LIBSSH2_ERROR_EAGAIN) {
            fail_with(session, (int)rc);
            return 0;
        }
        if (session->unfinished == UNFINISHED_READ)
            return 0; /* the same stream again, once the socket takes bytes */
        fruitless = session->transport.received == before ? fruitless + 1 : 0;
        session->stream = 1 - session->stream;
    }
    return 0;
}

size_t session_read(struct session *session, char *bytes, size_t room, int64_t now_ms)
{
    size_t len;
    session->transport.now_ms = now_ms;
    do
        len = read_streams(session, bytes, room);
    while (len == 0 && send_more(session));
    bool quiet = len == 0 && session->state == STATE_OPEN && session->unfinished == UNFINISHED_NONE;
    if (quiet && libssh2_channel_eof(session->channel)) {
        session->state = STATE_CLOSE;
        session->deadline_ms = now_ms + CLOSE_MS;
        step_close(session);
    }
    return len;
}

struct buf *session_outgoing(struct session *session)
{
    return &session->outgoing;
}

void session_resize(struct session *session, int cols, int rows)
{
    if (cols == session->cols && rows == session->rows)
        return;
    session->cols = cols;
    session->rows = rows;
    session->resized = true;
}

int session_fd(const struct session *session)
{
    return session->transport.fd;
}

short session_events(const struct session *session)
{
    int directions = libssh2_session_block_directions(session->ssh);
    int events = session->quiet ? 0 : POLLIN;
    if ((directions & LIBSSH2_SESSION_BLOCK_OUTBOUND) != 0)
        events |= POLLOUT;
    return (short)events;
}

int64_t session_deadline(const struct session *session)
{
    if (session->state != STATE_OPEN)
        return session->deadline_ms;
    int64_t since = session->transport.received_ms > session->asked_ms ? session->transport.received_ms
                                                                       : session->asked_ms;
    int64_t ask = since + session->limits.keepalive_ms;
    int64_t dead = session->transport.received_ms + session->limits.dead_ms;
    return ask < dead ? ask : dead;
}

const struct err *session_error(const struct session *session)
{
    return &session->err;
}

int session_exit(const struct session *session, const char **signal)
{
    *signal = session->signal;
    return session->exit_code;
}
