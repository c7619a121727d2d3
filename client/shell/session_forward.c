/* Connections carried beside the shell, each a channel of its own (direct-tcpip, RFC 4254 7.2). Each
 * direction has one piece under way and takes the next when that one is gone: a slow reader slows its writer.
 */
#include "client/shell/session_private.h"

#include "client/base/mem.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FORWARD_WINDOW = 256 << 10, ROUNDS = 16, MESSAGE_MAX = 64 };

/* The calls of libssh2 that may stop half-way. */
enum forward_call { CALL_OPEN, CALL_WRITE, CALL_EOF, CALL_READ, CALL_FREE };

/* Bytes on their way. */
struct piece {
    char bytes[PACKET];
    size_t at, len;
};

struct forward {
    uint32_t id;
    int fd; /* -1 when it is closed */
    LIBSSH2_CHANNEL *channel;
    char message[MESSAGE_MAX]; /* the request: libssh2 must see the same bytes again after EAGAIN */
    size_t message_len;
    enum forward_call call; /* the unfinished one, when it is this forward's */
    struct piece up, down;  /* to the server, to the socket */
    bool up_end, up_ended;  /* the socket's end was read; and passed on */
    bool down_end, down_ended;
    bool broken; /* one side is gone: no more than a close */
    int64_t asked_ms;
    enum wire_forward_state state;
    bool told; /* that it is over */
    uint64_t up_bytes, down_bytes;
    uint64_t told_bytes; /* both together, when last told */
};

static bool is_over(const struct forward *forward)
{
    return forward->state != WIRE_FORWARD_OPEN;
}

static void put_number(struct forward *forward, uint32_t number)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        forward->message[forward->message_len++] = (char)(number >> shift);
}

static void put_text(struct forward *forward, const char *text)
{
    size_t len = strlen(text);
    put_number(forward, (uint32_t)len);
    assert(forward->message_len + len <= sizeof forward->message);
    memcpy(forward->message + forward->message_len, text, len);
    forward->message_len += len;
}

bool session_forward(struct session *session, int fd, uint32_t id, uint16_t port)
{
    if (session->state != STATE_OPEN || session->forward_count == SESSION_FORWARDS) {
        close(fd);
        return false;
    }
    struct forward *forward = mem_zalloc(1, sizeof *forward);
    forward->id = id;
    forward->fd = fd;
    forward->asked_ms = session->transport.now_ms;
    put_text(forward, "127.0.0.1");
    put_number(forward, port);
    put_text(forward, "127.0.0.1"); /* who asks: the operator's machine keeps its ports to itself */
    put_number(forward, 0);
    session->forwards[session->forward_count++] = forward;
    return true;
}

/* Whether this call may be made: nothing is half sent, or it is this call that is. */
static bool may(const struct session *session, const struct forward *forward, enum forward_call call)
{
    return session_may_call(session, UNFINISHED_FORWARD) &&
           (session->unfinished == UNFINISHED_NONE || (session->stuck == forward && forward->call == call));
}

static void note(struct session *session, struct forward *forward, enum forward_call call, ssize_t rc)
{
    session_note_unfinished(session, rc, UNFINISHED_FORWARD);
    session->stuck = forward;
    forward->call = call;
}

/* Over for the console; what libssh2 still holds of it is let go of later. */
static void end(struct forward *forward, enum wire_forward_state state)
{
    if (forward->fd >= 0)
        close(forward->fd);
    forward->fd = -1;
    forward->state = state;
}

static bool open_channel(struct session *session, struct forward *forward)
{
    bool free = session->opening == NULL || session->opening == forward;
    if (!free || !may(session, forward, CALL_OPEN))
        return false;
    session->opening = forward;
    forward->channel = libssh2_channel_open_ex(session->ssh, "direct-tcpip", 12, FORWARD_WINDOW, PACKET,
                                               forward->message, (unsigned)forward->message_len);
    int rc = forward->channel != NULL ? 0 : libssh2_session_last_errno(session->ssh);
    note(session, forward, CALL_OPEN, rc);
    if (rc == LIBSSH2_ERROR_EAGAIN)
        return false;
    session->opening = NULL;
    if (rc != 0 && !is_over(forward))
        end(forward, WIRE_FORWARD_REFUSED);
    return true;
}

/* A box that does not answer. The request stands, since libssh2 cannot take it back: until it is answered no
 * other can be made, and those that wait run out of time too. */
static bool run_out(struct session *session, struct forward *forward)
{
    if (forward->channel != NULL ||
        session->transport.now_ms - forward->asked_ms < session->limits.forward_ms)
        return false;
    end(forward, WIRE_FORWARD_TIMED_OUT);
    return true;
}

static bool is_later(ssize_t got)
{
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
}

static bool read_socket(struct forward *forward)
{
    if (forward->up.len > 0 || forward->up_end || forward->broken)
        return false;
    ssize_t got = recv(forward->fd, forward->up.bytes, sizeof forward->up.bytes, 0);
    if (is_later(got))
        return false;
    forward->up.at = 0;
    forward->up.len = got > 0 ? (size_t)got : 0;
    forward->up_end = got == 0;
    forward->broken = got < 0;
    return true;
}

static bool write_channel(struct session *session, struct forward *forward)
{
    struct piece *up = &forward->up;
    if (up->len == 0 || !may(session, forward, CALL_WRITE))
        return false;
    ssize_t rc = libssh2_channel_write_ex(forward->channel, 0, up->bytes + up->at, up->len);
    note(session, forward, CALL_WRITE, rc);
    if (rc == LIBSSH2_ERROR_EAGAIN)
        return false;
    forward->broken = forward->broken || rc < 0;
    size_t taken = rc > 0 ? (size_t)rc : 0;
    up->at += taken;
    up->len -= taken;
    forward->up_bytes += taken;
    return rc != 0;
}

static bool end_channel(struct session *session, struct forward *forward)
{
    if (!forward->up_end || forward->up_ended || forward->up.len > 0 || !may(session, forward, CALL_EOF))
        return false;
    int rc = libssh2_channel_send_eof(forward->channel);
    note(session, forward, CALL_EOF, rc);
    if (rc == LIBSSH2_ERROR_EAGAIN)
        return false;
    forward->up_ended = true;
    return true;
}

static bool read_channel(struct session *session, struct forward *forward)
{
    struct piece *down = &forward->down;
    bool begun = session->unfinished == UNFINISHED_FORWARD && session->stuck == forward &&
                 forward->call == CALL_READ; /* its packet must get out, whatever became of the socket */
    bool wanted = down->len == 0 && !forward->down_end && !forward->broken;
    if ((!wanted && !begun) || !may(session, forward, CALL_READ))
        return false;
    ssize_t rc = libssh2_channel_read_ex(forward->channel, 0, down->bytes, sizeof down->bytes);
    note(session, forward, CALL_READ, rc);
    down->at = 0;
    down->len = rc > 0 ? (size_t)rc : 0;
    if (rc > 0)
        return true;
    forward->broken = forward->broken || (rc < 0 && rc != LIBSSH2_ERROR_EAGAIN);
    forward->down_end = session->unfinished == UNFINISHED_NONE && libssh2_channel_eof(forward->channel) == 1;
    return forward->broken || forward->down_end;
}

static bool write_socket(struct forward *forward)
{
    struct piece *down = &forward->down;
    if (forward->broken)
        return false;
    if (down->len == 0) {
        if (!forward->down_end || forward->down_ended)
            return false;
        shutdown(forward->fd, SHUT_WR);
        forward->down_ended = true;
        return true;
    }
    ssize_t sent = send(forward->fd, down->bytes + down->at, down->len, MSG_NOSIGNAL);
    if (is_later(sent))
        return false;
    forward->broken = sent < 0;
    size_t taken = sent > 0 ? (size_t)sent : 0;
    down->at += taken;
    down->len -= taken;
    forward->down_bytes += taken;
    return true;
}

static bool close_channel(struct session *session, struct forward *forward)
{
    bool both = forward->up_ended && forward->down_ended;
    if ((!both && !forward->broken) || !may(session, forward, CALL_FREE))
        return false;
    int rc = libssh2_channel_free(forward->channel);
    note(session, forward, CALL_FREE, rc);
    if (rc == LIBSSH2_ERROR_EAGAIN)
        return false;
    forward->channel = NULL;
    if (!is_over(forward))
        end(forward, WIRE_FORWARD_ENDED);
    return true;
}

/* Whether libssh2 still holds something of one that is over. */
static bool is_held(const struct session *session, const struct forward *forward)
{
    return forward->channel != NULL || session->opening == forward;
}

/* An answer that came too late: the channel is closed at once. */
static bool let_go(struct session *session, struct forward *forward)
{
    if (!is_held(session, forward))
        return false;
    if (forward->channel == NULL)
        return open_channel(session, forward);
    forward->broken = true;
    return close_channel(session, forward);
}

static bool step(struct session *session, struct forward *forward)
{
    if (session->state != STATE_OPEN)
        return false;
    if (is_over(forward))
        return let_go(session, forward);
    if (forward->channel == NULL)
        return open_channel(session, forward) || run_out(session, forward);
    bool moved = read_socket(forward);
    moved |= write_channel(session, forward);
    moved |= end_channel(session, forward);
    moved |= read_channel(session, forward);
    moved |= write_socket(forward);
    return close_channel(session, forward) || moved;
}

bool session_forwards_step(struct session *session, int64_t now_ms)
{
    session->transport.now_ms = now_ms;
    bool moved = session->forward_count > 0;
    /* What one reads may hold the word another one waits for. */
    for (int round = 0; moved && round < ROUNDS; round++) {
        uint64_t before = session->transport.received;
        moved = false;
        for (size_t i = 0; i < session->forward_count; i++)
            moved |= step(session, session->forwards[i]);
        moved |= session->transport.received != before;
    }
    return moved;
}

static bool has_moved(const struct forward *forward)
{
    return forward->up_bytes + forward->down_bytes != forward->told_bytes;
}

bool session_forwards_moved(const struct session *session)
{
    for (size_t i = 0; i < session->forward_count; i++)
        if (has_moved(session->forwards[i]))
            return true;
    return false;
}

/* Frees those that are over, told, and let go of. */
static void sweep(struct session *session)
{
    size_t kept = 0;
    for (size_t i = 0; i < session->forward_count; i++) {
        struct forward *forward = session->forwards[i];
        if (is_over(forward) && forward->told && !is_held(session, forward))
            free(forward);
        else
            session->forwards[kept++] = forward;
    }
    session->forward_count = kept;
}

bool session_forwards_news(struct session *session, bool moved, struct wire_forwarded *out)
{
    for (size_t i = 0; i < session->forward_count; i++) {
        struct forward *forward = session->forwards[i];
        bool over = is_over(forward) && !forward->told;
        if (!over && !(moved && has_moved(forward)))
            continue;
        forward->told = over;
        forward->told_bytes = forward->up_bytes + forward->down_bytes;
        *out = (struct wire_forwarded){
            .id = forward->id, .state = forward->state, .up = forward->up_bytes, .down = forward->down_bytes};
        return true;
    }
    sweep(session);
    return false;
}

int64_t session_forwards_deadline(const struct session *session)
{
    int64_t deadline = -1;
    for (size_t i = 0; i < session->forward_count; i++) {
        const struct forward *forward = session->forwards[i];
        int64_t own = forward->asked_ms + session->limits.forward_ms;
        if (forward->channel == NULL && !is_over(forward) && (deadline < 0 || own < deadline))
            deadline = own;
    }
    return deadline;
}

size_t session_forwards_poll(const struct session *session, struct pollfd *out)
{
    for (size_t i = 0; i < session->forward_count; i++) {
        const struct forward *forward = session->forwards[i];
        bool live = forward->channel != NULL && !forward->broken;
        int events = (live && forward->up.len == 0 && !forward->up_end ? POLLIN : 0) |
                     (live && forward->down.len > 0 ? POLLOUT : 0);
        /* A socket nothing is wanted of must not wake us by its end. */
        out[i] = (struct pollfd){.fd = events != 0 ? forward->fd : -1, .events = (short)events};
    }
    return session->forward_count;
}

void session_forwards_drop(struct session *session)
{
    for (size_t i = 0; i < session->forward_count; i++) {
        if (session->forwards[i]->fd >= 0)
            close(session->forwards[i]->fd);
        free(session->forwards[i]);
    }
    session->forward_count = 0;
}
