#include "client/shell/session_private.h"

#include "client/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    TURN_BYTES = 128 << 10, /* read from the socket in one turn, then keys get a chance */
    OUTGOING_MAX = 16 << 20,
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

void session_forget_password(struct session *session)
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
    session_forget_password(session);
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

bool session_fail(struct session *session, enum err_kind kind, int code, const char *sentence)
{
    session_forget_password(session);
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

bool session_fail_with(struct session *session, int code)
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
    return session_fail(session, link ? ERR_NETWORK : ERR_PROTOCOL, code, sentence);
}

/* Whether it got anywhere. */
static bool step_once(struct session *session)
{
    if (session->state <= STATE_SHELL)
        return session_step_login(session);
    if (session->state == STATE_OPEN)
        return session_step_open(session);
    return session->state == STATE_CLOSE && session_step_close(session);
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
    session_fail(session, ERR_TIMEOUT, 0, sentence);
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

struct buf *session_outgoing(struct session *session)
{
    return &session->outgoing;
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
    int64_t own = ask < dead ? ask : dead;
    int64_t forwards = session_forwards_deadline(session);
    return forwards >= 0 && forwards < own ? forwards : own;
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
