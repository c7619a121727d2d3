/* From the key exchange to a shell: the steps of a login. Each returns whether it got anywhere, so that the
 * next may be tried at once. */
#include "client/shell/session_private.h"

#include "client/base/mem.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum {
    WINDOW = 256 << 10,      /* bytes the server may send ahead: in a flood a key waits behind them */
    GREETING_MAX = 64 << 10, /* bytes a server may send before its version line is whole */
    /* libssh2 adds its interval to the wall clock of the last question, and does not ask before that time.
     * Below zero it asks whenever it is told to: when is the affair of our own clock, which nobody sets back.
     */
    KEEPALIVE_AT_ONCE = -(1 << 30),
};

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
        return session_fail(session, ERR_PROTOCOL, 0,
                            "The SSH greeting failed: the server does not speak SSH");
    if (rc == LIBSSH2_ERROR_EAGAIN)
        return false;
    if (rc != 0)
        return session_fail_with(session, rc);
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
        return session_fail_with(session, LIBSSH2_ERROR_SOCKET_RECV);
    session->quiet = got > 0;
    return false;
}

static bool step_methods(struct session *session)
{
    const char *list = libssh2_userauth_list(session->ssh, session->user, (unsigned)strlen(session->user));
    if (list == NULL && libssh2_userauth_authenticated(session->ssh)) {
        session->state = STATE_CHANNEL; /* the server asks for nothing */
        session_forget_password(session);
        return true;
    }
    if (list == NULL) {
        int rc = libssh2_session_last_errno(session->ssh);
        return rc == LIBSSH2_ERROR_EAGAIN ? false : session_fail_with(session, rc);
    }
    if (!transport_list_has(list, "password")) {
        char sentence[sizeof session->err.text];
        snprintf(sentence, sizeof sentence,
                 "The server does not offer a password login (only %.60s): use ssh with your own key", list);
        return session_fail(session, ERR_AUTH, 0, sentence);
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
        return session_fail(session, ERR_AUTH, rc,
                            "The login was refused: the server does not accept this API key for this box");
    if (rc == LIBSSH2_ERROR_PASSWORD_EXPIRED)
        return session_fail(session, ERR_AUTH, rc,
                            "The login was refused: the server wants the password changed");
    if (rc != 0)
        return session_fail_with(session, rc);
    session_forget_password(session);
    session->state = STATE_CHANNEL;
    return true;
}

static bool step_channel(struct session *session)
{
    session->channel = libssh2_channel_open_ex(session->ssh, "session", 7, WINDOW, PACKET, NULL, 0);
    if (session->channel == NULL) {
        int rc = libssh2_session_last_errno(session->ssh);
        return rc == LIBSSH2_ERROR_EAGAIN ? false : session_fail_with(session, rc);
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
        return session_fail_with(session, rc);
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
            return session_fail_with(session, rc);
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
        return session_fail_with(session, rc);
    libssh2_keepalive_config(session->ssh, 1, (unsigned)KEEPALIVE_AT_ONCE);
    session->state = STATE_OPEN;
    session->transport.received_ms = session->asked_ms = session->transport.now_ms;
    session->deadline_ms = -1;
    return true;
}

bool session_step_login(struct session *session)
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
    case STATE_CLOSE:
    case STATE_ENDED:
    case STATE_FAILED:
        break;
    }
    return false;
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
