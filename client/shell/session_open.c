/* An open shell: its input, its output, the questions to a silent server, its end. */
#include "client/shell/session_private.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

enum {
    OUTGOING_DROP = 1 << 20, /* bytes sent before the rest moves to the front */
    CLOSE_MS = 2000,         /* for the exit status, once the shell is over */
};

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
    return rc == 0 || session_fail_with(session, rc);
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
        return session_fail_with(session, (int)rc);
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

/* Asks the server for a sign of life. Never while a packet is half sent: libssh2 would mix the two up. And
 * not often: libssh2 keeps each answer to the end of the session, and looks past all of them in each read. */
void session_ask(struct session *session)
{
    if (session->state != STATE_OPEN || session->unfinished != UNFINISHED_NONE ||
        session->transport.now_ms - session->asked_ms < session->limits.keepalive_ms)
        return;
    struct pollfd room = {.fd = session->transport.fd, .events = POLLOUT};
    int next;
    session->asked_ms = session->transport.now_ms;
    if (poll(&room, 1, 0) != 1 || (room.revents & POLLOUT) == 0 ||
        libssh2_keepalive_send(session->ssh, &next) != 0 || session->waits_for_word)
        return;
    session->waits_for_word = true;
    session->received_then = session->transport.received;
    session->word_asked_ms = session->transport.now_ms;
}

static void ask_when_silent(struct session *session)
{
    int64_t since = session->transport.received_ms > session->asked_ms ? session->transport.received_ms
                                                                       : session->asked_ms;
    if (session->transport.now_ms - since >= session->limits.keepalive_ms)
        session_ask(session);
}

bool session_heard(struct session *session, int64_t *asked_ms)
{
    if (!session->waits_for_word || session->transport.received == session->received_then)
        return false;
    session->waits_for_word = false;
    *asked_ms = session->word_asked_ms;
    return true;
}

bool session_step_open(struct session *session)
{
    if (session->transport.now_ms - session->transport.received_ms >= session->limits.dead_ms) {
        char sentence[sizeof session->err.text];
        snprintf(sentence, sizeof sentence, "The connection was lost: nothing came from the server for %u s",
                 session->limits.dead_ms / 1000);
        return session_fail(session, ERR_NETWORK, 0, sentence);
    }
    ask_when_silent(session);
    bool resized = send_resize(session);
    bool sent = send_input(session);
    return session->state == STATE_OPEN && (resized || sent);
}

/* The exit status comes before the server's close. libssh2_channel_close stops waiting for that at any
 * packet, and says 0 when there was no status. */
bool session_step_close(struct session *session)
{
    int rc = libssh2_channel_close(session->channel);
    if (rc != LIBSSH2_ERROR_EAGAIN)
        rc = libssh2_channel_wait_closed(session->channel);
    if (rc == LIBSSH2_ERROR_EAGAIN && session->transport.now_ms < session->deadline_ms)
        return false;
    int status = libssh2_channel_get_exit_status(session->channel);
    bool known = rc == 0 || status != 0;
    if (!known && (session->transport.closed || session->transport.farewell[0] != '\0'))
        return session_fail(session, ERR_NETWORK, 0,
                            "The connection was lost as the shell ended: its exit code is not known");
    char *signal = NULL;
    libssh2_channel_get_exit_signal(session->channel, &signal, NULL, NULL, NULL, NULL, NULL);
    session->exit_code = known ? status : -1;
    if (signal != NULL) {
        session->exit_code = -1;
        snprintf(session->signal, sizeof session->signal, "%.31s", signal);
        libssh2_free(session->ssh, signal);
    }
    session->state = STATE_ENDED;
    session->deadline_ms = -1;
    return false;
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
            session_fail_with(session, (int)rc);
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
        session_step_close(session);
    }
    return len;
}

void session_resize(struct session *session, int cols, int rows)
{
    if (cols == session->cols && rows == session->rows)
        return;
    session->cols = cols;
    session->rows = rows;
    session->resized = true;
}
