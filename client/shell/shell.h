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

struct shell_options {
    const char *program; /* path of this very binary, executed as the helper */
    const char *box_id;  /* the SSH user */
    const char *host;    /* for known_hosts and messages */
    int port;
    int cols, rows;
    const char *own_known_hosts;          /* read and appended to */
    const char *const *other_known_hosts; /* read only */
    size_t other_count;
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

/* Hands over a connected non-blocking socket (owned from now on) and the key, which is kept until the host
 * key is accepted and then sent and wiped on this side. Also reconnects a LOST or CLOSED shell: scrollback
 * stays. */
bool shell_connected(struct shell *shell, int fd, const char *key, struct err *err);

/* Says that there will be no connection: the shell becomes FAILED (or stays LOST) with this error. */
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
/* The sentence for HANDSHAKE.."connecting", CLOSED, LOST, FAILED: inert, never NULL. */
const char *shell_status(const struct shell *shell);
const struct err *shell_error(const struct shell *shell);
/* Only in SHELL_HOST_KEY. */
const struct host_key_question *shell_question(const struct shell *shell);
void shell_answer_host_key(struct shell *shell, bool accept);
/* In SHELL_CLOSED: the exit code, or -1 and the signal's name in *signal. */
int shell_exit_code(const struct shell *shell, const char **signal);

/* Input, as the operator gave it; encoded by the helper. Ignored unless OPEN. */
void shell_key(struct shell *shell, struct key key);
void shell_mouse(struct shell *shell, const struct mouse *mouse);
void shell_paste(struct shell *shell, const char *text, size_t len);
void shell_focus(struct shell *shell, bool focused);
void shell_resize(struct shell *shell, int cols, int rows);
void shell_scroll(struct shell *shell, uint64_t offset);

/* The picture, as last received. Cells are valid until the next shell_step. version grows with every change.
 */
const struct cell *shell_row(const struct shell *shell, int row);
const struct screen_state *shell_screen(const struct shell *shell);
uint64_t shell_version(const struct shell *shell);
const char *shell_box_id(const struct shell *shell);

/* The helper's main, called by main() for the hidden argument before anything else is set up. Returns the
 * exit status. */
int shell_helper_main(void);
