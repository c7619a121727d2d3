/*
 * A shell in a box, as the console sees it: a helper process behind a socketpair (design.md section 1). The
 * console gives it a connected TCP socket and, once the host key is accepted, the API key; it gets back rows
 * of cells. Nothing here blocks. Every frame from the helper is checked; one that is wrong kills the helper
 * and ends the shell with a sentence.
 */
#pragma once

#include "client/base/err.h"
#include "client/base/key.h"
#include "client/base/cell.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct shell;
struct transcript; /* transcript.h */
struct recording;  /* recording.h */

enum shell_phase {
    SHELL_WAITING,   /* for a socket (shell_connected) */
    SHELL_HANDSHAKE, /* banner and key exchange */
    SHELL_HOST_KEY,  /* an unknown host key waits for shell_answer_host_key */
    SHELL_LOGIN,
    SHELL_OPEN,
    SHELL_CLOSED, /* the remote shell ended: exit code or signal known */
    SHELL_LOST,   /* the link is gone; shell_reconnect may follow */
    SHELL_FAILED, /* never opened, or the helper died: shell_error says why */
};

/* Limits in milliseconds; 0 takes the usual one. */
struct shell_limits {
    uint32_t banner_ms;    /* connected to the server's version line: 15 s */
    uint32_t login_ms;     /* version line to shell, without the operator's thinking: 20 s */
    uint32_t keepalive_ms; /* between questions to a silent server: 15 s */
    uint32_t dead_ms;      /* silence after which the link is lost: 45 s */
    uint32_t forward_ms;   /* for the box to connect to a forwarded port: 15 s */
    uint32_t answer_ms;    /* for the helper to answer a ping: 5 s */
};

/* Connections that one shell forwards at a time. */
enum { SHELL_FORWARDS_MAX = 32, SHELL_TAGS = 16 };

/* Keys without an answer that are remembered: a minute of fast typing. */
enum { SHELL_UNANSWERED = 1024 };

/* The longest paste that is sent. */
enum { SHELL_PASTE_MAX = 8 << 20 };

struct shell_options {
    const char *program; /* path of this very binary, executed as the helper */
    const char *box_id;  /* the SSH user */
    const char *host;    /* for known_hosts and messages */
    int port;
    int cols, rows;
    const char *own_known_hosts;          /* read and appended to; NULL remembers nothing */
    const char *const *other_known_hosts; /* read only */
    size_t other_count;
    struct shell_limits limits;
};

struct host_key_question {
    const char *host; /* as the operator knows it */
    int port;
    const char *type;        /* ssh-ed25519 ... */
    const char *fingerprint; /* SHA256:... */
};

/* Starts the helper. NULL with *err set when it cannot be started. */
struct shell *shell_new(const struct shell_options *options, struct err *err);

/* Kills the helper and frees all. NULL is fine. Never waits longer than 300 ms. */
void shell_free(struct shell *shell);

/* Hands over a connected socket (owned from now on, closed even on failure) and the key, which is kept until
 * the host key is accepted and then sent and wiped on this side. Also connects a LOST, CLOSED or FAILED shell
 * again: scrollback stays, unless the helper had died, for which a new one is started. False with *err set,
 * and nothing changed, when the shell is connected already, the key cannot be one, three logins in a row were
 * refused, or no helper can be started. */
bool shell_connected(struct shell *shell, int fd, const char *key, struct err *err);

/* The last login was refused because the box was not ready for one: it does not count among the three. */
void shell_excuse(struct shell *shell);

/* Says that there will be no connection, or gives up one on its way: the shell becomes FAILED (or stays what
 * it was, if it was over already) with this error. Nothing happens to one that is OPEN. */
void shell_refused(struct shell *shell, const struct err *err);

/* The descriptor to poll for reading (and for writing when shell_wants_write). -1 after the helper is gone.
 */
int shell_fd(const struct shell *shell);
bool shell_wants_write(const struct shell *shell);

/* Reads and writes what can be without waiting. True when something visible changed. */
bool shell_step(struct shell *shell, int64_t now_ms);

/* When shell_step wants to be called although nothing is readable: clock_ms, or -1. */
int64_t shell_deadline(const struct shell *shell);

enum shell_phase shell_phase(const struct shell *shell);
/* A sentence for every phase: what is under way, how it ended. In OPEN "Connected", or why the host key could
 * not be remembered. Inert, never NULL. */
const char *shell_status(const struct shell *shell);
const struct err *shell_error(const struct shell *shell);
/* Only in SHELL_HOST_KEY, else NULL. */
const struct host_key_question *shell_question(const struct shell *shell);
/* true logs in and remembers the key in own_known_hosts; false ends the session before anything secret was
 * sent. */
void shell_answer_host_key(struct shell *shell, bool accept);
/* In SHELL_CLOSED: the exit code, or -1 and the signal's name in *signal, which is "" when the server did not
 * say how the shell ended. */
int shell_exit_code(const struct shell *shell, const char **signal);

/* Input, as the operator gave it; encoded by the helper. Ignored unless OPEN. */
void shell_key(struct shell *shell, struct key key);
void shell_mouse(struct shell *shell, const struct mouse *mouse);
/* False, with nothing sent, when it is longer than SHELL_PASTE_MAX, too much waits already, or not OPEN. */
bool shell_paste(struct shell *shell, const char *text, size_t len);
void shell_focus(struct shell *shell, bool focused);

/* The keys of which it is not certain that the box has them: nothing came after them, or so soon that it may
 * have been an answer to earlier ones. On a link that is lost they may not have arrived. Writes up to `room`
 * of them, oldest first, and returns how many; kept until shell_connected, at most SHELL_UNANSWERED. */
size_t shell_unanswered(const struct shell *shell, struct key *keys, size_t room);
void shell_resize(struct shell *shell, int cols, int rows);

/* Whether anybody looks at the shell (it starts so): otherwise pictures come only a few times a second, for
 * the bell and the title. */
void shell_show(struct shell *shell, bool visible);

/* The picture, as last received; blank at first, and it stays when the helper dies. shell_screen()->rows and
 * cols are its size, which follows shell_resize by a moment. Cells are valid until the next shell_step.
 * version grows with every change.
 */
const struct cell *shell_row(const struct shell *shell, int row);
const struct screen_state *shell_screen(const struct shell *shell);
uint64_t shell_version(const struct shell *shell);

/* Whether a row came since shell_seen; all rows after a change of the size. */
bool shell_row_is_fresh(const struct shell *shell, int row);
void shell_seen(struct shell *shell);

/* The picture is on its way to the operator: the helper may make the next one, if it is time. (shell_step
 * sees to that too, a turn later: the helper is not to have the processor while the picture is drawn.) */
void shell_drawn(struct shell *shell);

/* How many of these changes were rows and the cursor alone: neither size nor title nor a bell. */
uint64_t shell_rows_version(const struct shell *shell);

/* How many ms an open shell's helper has not answered, 0 while it does: after some seconds it hangs, and can
 * only be ended. It is asked now and then, and soon after input. */
int64_t shell_silence(const struct shell *shell);

/* Starts a recording into a new file (recording.h), beginning with what is on the screen. It goes on across
 * reconnects, and ends by itself at `most` bytes (0: RECORDING_MAX). False with *err set. */
bool shell_record(struct shell *shell, const char *path, uint64_t most, struct err *err);
/* Ends it. False with *err set when the file is not complete. Fine when there is none. */
bool shell_record_end(struct shell *shell, struct err *err);
/* NULL when there is none. */
const struct recording *shell_recording(const struct shell *shell);
/* Whether one ended by itself since this was last asked; *err says why. */
bool shell_record_trouble(struct shell *shell, struct err *err);

/* Takes what a program in an open shell put on the clipboard (OSC 52) since this was last asked: plain text
 * of COPIED_MAX bytes at most (copied.h), the caller's to free; NULL when there is nothing. It is a
 * stranger's: ask before it goes anywhere. */
char *shell_take_copied(struct shell *shell);

/* Forwards a connected socket (owned from now on, closed even on failure) to a port of the box's own
 * loopback, 127.0.0.1. `tag` is the caller's number for connections that are counted together; SHELL_TAGS at
 * most are told apart. False when the shell is not OPEN or forwards SHELL_FORWARDS_MAX already. */
bool shell_forward(struct shell *shell, int fd, uint16_t port, uint16_t tag);

/* What became of the connections of a tag since the start, over all reconnects. */
struct shell_forward_sum {
    size_t open;        /* now */
    uint64_t refused;   /* by the box: nobody listens there */
    uint64_t timed_out; /* the box did not answer */
    uint64_t up, down;  /* bytes: to the box, from it */
};
void shell_forward_sum(const struct shell *shell, uint16_t tag, struct shell_forward_sum *out);

/* Connections forwarded now, of all tags. */
size_t shell_forwards(const struct shell *shell);

/* Starts a transcript: all lines the shell has now, screen and scrollback, fetched newest first in the steps
 * that follow; version grows with each piece. One at a time: an earlier one is forgotten. A shell whose
 * helper is gone gives what its picture shows. */
void shell_transcribe(struct shell *shell);
/* NULL when there is none. Valid until shell_transcribe or shell_forget_transcript; it grows in shell_step.
 */
const struct transcript *shell_transcript(const struct shell *shell);
void shell_forget_transcript(struct shell *shell);

const char *shell_box_id(const struct shell *shell);

/* The hidden argument with which this binary is a helper. */
static const char SHELL_HELPER_ARGUMENT[] = "--shell-helper";

/* Whether main() was started as a helper: then it calls shell_helper_main before anything else is set up. */
bool shell_is_helper(int argc, char **argv);

/* The helper's main. Does not return. */
int shell_helper_main(void) __attribute__((noreturn));
