/*
 * What the files of a session share: session.c (its life), session_login.c (up to a shell), session_open.c
 * (the open shell) and session_forward.c (connections beside it).
 */
#pragma once

#include "client/shell/session.h"
#include "client/shell/transport.h"

#include <libssh2.h>

enum { PACKET = 32 << 10 /* RFC 4253 6.1 */ };

/* What is done next; the order is the order of a session. */
enum state {
    STATE_HANDSHAKE,
    STATE_VERIFY,
    STATE_METHODS,
    STATE_PASSWORD,
    STATE_CHANNEL,
    STATE_PTY,
    STATE_COLOR,
    STATE_LANG,
    STATE_SHELL,
    STATE_OPEN,
    STATE_CLOSE,
    STATE_ENDED,
    STATE_FAILED,
};

/* A call whose packet is sent in part: nothing else may be sent until it is repeated to its end. */
enum unfinished { UNFINISHED_NONE, UNFINISHED_WRITE, UNFINISHED_READ, UNFINISHED_RESIZE, UNFINISHED_FORWARD };

struct session {
    enum state state;
    struct transport transport;
    LIBSSH2_SESSION *ssh;
    LIBSSH2_CHANNEL *channel;
    char *user;
    char *lang;
    struct wire_limits limits;
    char *password; /* until the login, then wiped */
    size_t password_len;

    bool greeted;        /* the version line is there */
    bool quiet;          /* while verifying: the server has spoken, polling for it would spin */
    int64_t deadline_ms; /* of the state; -1 for none */
    int64_t left_ms;     /* of the login's time, while the operator thinks */
    int64_t asked_ms;    /* when the last keepalive went out */
    bool waits_for_word; /* nothing came since one went out, at word_asked_ms, after so many bytes */
    int64_t word_asked_ms;
    uint64_t received_then;

    enum unfinished unfinished;
    int stream; /* to read next: 0 output, 1 errors */
    int cols, rows;
    bool resized;
    struct buf outgoing;
    size_t outgoing_at; /* what of it is in the chunk already */
    uint64_t tried;     /* bytes received when input was last offered to the server */
    char chunk[PACKET]; /* being written: libssh2 must see the same bytes again after EAGAIN */
    size_t chunk_at, chunk_len;

    struct forward *forwards[SESSION_FORWARDS]; /* connections carried for programs of the operator's */
    size_t forward_count;
    struct forward *opening; /* libssh2 opens one channel at a time */
    struct forward *stuck;   /* whose call is the unfinished one */

    struct err err;
    int exit_code;
    char signal[32];
};

/* The steps of the states up to STATE_SHELL, of STATE_OPEN and of STATE_CLOSE. Each returns whether it got
 * anywhere: then there may be more to do at once. */
bool session_step_login(struct session *session);
bool session_step_open(struct session *session);
bool session_step_close(struct session *session);

/* Ends the session with a sentence; false. */
bool session_fail(struct session *session, enum err_kind kind, int code, const char *sentence);
/* The same with what libssh2 answered (other than "later") and the step that was under way. */
bool session_fail_with(struct session *session, int code);

/* Wipes the password. */
void session_forget_password(struct session *session);

/* Whether the last call must be repeated before any other may send. */
void session_note_unfinished(struct session *session, ssize_t rc, enum unfinished call);
bool session_may_call(const struct session *session, enum unfinished call);

/* When the first forward that waits for the box runs out of time; -1 when none waits. */
int64_t session_forwards_deadline(const struct session *session);

/* Closes the sockets of all forwards; their channels go with the session. */
void session_forwards_drop(struct session *session);
