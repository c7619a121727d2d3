/*
 * What the files of boxd's SSH side share: the connection, its channels, and the processes behind them. One
 * connection belongs to one thread, and so does everything below it; the server is shared and locked.
 */
#pragma once

#include "client/base/buf.h"
#include "tests/boxd/ssh.h"

#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <libssh/server.h>

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

enum { SSH_CHANNELS_MAX = 40, SSH_POLL_MAX = 2 + 4 * SSH_CHANNELS_MAX, SSH_CHUNK = 32 * 1024 };

/* A process that leads its own session, and our ends of what it reads and writes (-1 when closed). */
struct ssh_child {
    pid_t pid; /* 0 when there is none */
    int pidfd; /* readable once it has ended */
    int in;    /* we write: its stdin; on a pty the same number as out */
    int out;   /* we read: its stdout */
    int err;   /* we read: its stderr; -1 on a pty */
    bool pty;
};

/* What to start. Strings are borrowed. */
struct ssh_start {
    const char *command; /* NULL for a login shell */
    const char *folder;
    char **env; /* complete, NULL at the end */
    bool pty;
    int rows, cols;
};

/* One channel: a shell, a command or a forward. */
struct ssh_link {
    struct ssh_connection *owner;
    ssh_channel channel; /* NULL when the slot is free */
    struct ssh_channel_callbacks_struct callbacks;
    struct ssh_child child; /* of a forward: only in and out, the same socket */
    bool forward;
    bool ended;            /* the child was seen to have ended */
    bool closing;          /* the client closed it, or it is done */
    bool client_eof;       /* the client will send no more, and in was told */
    bool out_end, err_end; /* out, err were read to their end */
    bool eof_sent;         /* a forward: we will send no more */
    struct buf to_child;   /* taken from the channel, not yet written */
    struct buf to_client;  /* read from out, not yet sent */
    struct buf err_client; /* read from err, not yet sent */
    bool want_pty;
    int rows, cols;
    struct buf term; /* TERM of the pty request */
    char **env;      /* accepted from the client, owned */
    size_t env_count;
    size_t env_room;
};

/* One connection, for the life of its thread. */
struct ssh_connection {
    struct ssh_connection *next; /* in the server's list */
    struct ssh_server *server;
    pthread_t thread;
    atomic_bool finished;     /* the thread is about to return: join it */
    int fd;                   /* the TCP socket */
    int wake;                 /* readable: the server stops */
    struct ssh_faults faults; /* own copies of the strings */
    ssh_session session;
    ssh_event event;
    struct ssh_server_callbacks_struct callbacks;
    bool authenticated;
    bool banner_sent;
    int failures;       /* logins refused */
    bool give_up;       /* too many of them */
    char *user;         /* who answers a keyboard-interactive prompt, then who is logged in; owned */
    struct ssh_box box; /* once authenticated */
    struct ssh_link links[SSH_CHANNELS_MAX];
    int relay_fd; /* our end of the cutting relay's socket pair, -1 without that fault */
};

/* --- ssh.c: what connections may touch of the server --- */

enum ssh_count {
    SSH_COUNT_CONNECTIONS,
    SSH_COUNT_AUTH_REQUESTS,
    SSH_COUNT_PASSWORDS,
    SSH_COUNT_LOGINS,
    SSH_COUNT_REFUSED,
    SSH_COUNT_SHELLS,
    SSH_COUNT_FORWARDS,
    SSH_COUNT_ENDED,
    SSH_COUNT_LAST,
};

/* One more of it. */
void ssh_server_count(struct ssh_server *server, enum ssh_count what);

/* Whether the password is the API key and the box can be entered: fills *box. Else false, with the sentence
 * for the client in *err (empty for a wrong key). */
bool ssh_server_admit(struct ssh_server *server, const char *user, const char *password, struct ssh_box *box,
                      struct err *err);

/* Tells on_session. */
void ssh_server_tell(struct ssh_server *server, const char *user, bool open);

/* Takes an ended session leader that left processes in its session: not reaped, so its number stays taken
 * and the processes can be found and ended with the server. */
void ssh_server_keep_stray(struct ssh_server *server, pid_t leader);

/* Makes a server session with the host keys of a descriptor, which it takes over. */
bool ssh_server_attach(struct ssh_server *server, ssh_session session, int fd);

/* --- ssh_login.c --- */

/* Puts the callbacks for service requests, logins and channel opens on a session. */
void ssh_login_attach(struct ssh_connection *connection);

/* --- ssh_connection.c --- */

/* Thread function: serves a struct ssh_connection to its end. */
void *ssh_connection_run(void *connection);

/* --- ssh_link.c --- */

/* Opens a session channel (no message yet) or a forward; NULL refuses it. */
ssh_channel ssh_link_open_session(struct ssh_connection *connection);
bool ssh_link_open_forward(struct ssh_connection *connection, ssh_message message);

/* Adds what the link waits for to fds[*count]. */
void ssh_link_poll(const struct ssh_link *link, struct pollfd *fds, nfds_t *count);

/* Moves what can be moved without waiting; frees the slot when all is done. True when it stopped only to give
 * others a turn. */
bool ssh_link_step(struct ssh_link *link);

/* Ends the link now: its process too. */
void ssh_link_close(struct ssh_link *link);

/* --- ssh_child.c --- */

/* Starts a shell or command. False with *err set. */
bool ssh_child_start(struct ssh_child *child, const struct ssh_start *start, struct err *err);

/* Whether it has ended; then *status is as waitpid gives it. It is not reaped yet. */
bool ssh_child_ended(const struct ssh_child *child, int *status);

/* Sends a signal to the process group that has the terminal, or to the child's own. */
void ssh_child_signal(const struct ssh_child *child, int signal);

/* Hangs up, ends it by force after a short grace, closes the descriptors. Reaps it, or hands it to the server
 * when its session still has members. */
void ssh_child_end(struct ssh_child *child, struct ssh_server *server);

/* Ends every member of the session a leader (ended, not reaped) has left behind, and reaps the leader. */
void ssh_child_end_stray(pid_t leader);

/* --- ssh_fault.c --- */

/* Deep copy, and its end. */
void ssh_faults_copy(struct ssh_faults *out, const struct ssh_faults *from);
void ssh_faults_done(struct ssh_faults *faults);

/* Whether the faults replace the SSH session; if so, plays them on the socket until the client leaves or the
 * server stops. */
bool ssh_fault_play(struct ssh_connection *connection);

/* Puts a relay that cuts after faults.close_after bytes between the client and the descriptor it returns
 * (for libssh, which will close it). -1 when that fails. The relay's thread ends with either side. */
int ssh_fault_relay(struct ssh_connection *connection, pthread_t *thread);
