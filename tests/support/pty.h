/*
 * A program in a pty as an operator sees it: what it writes goes into our emulator, which also answers its
 * queries and encodes keys as a terminal would. Tests type, and wait until a text or a condition appears;
 * nothing sleeps. The exact bytes and the state of the tty are kept for ttycheck and for "handed back clean".
 *
 * Every wait has a deadline, serves the program meanwhile, and prints the screen to stderr when it fails.
 */
#pragma once

#include "client/base/err.h"
#include "client/base/key.h"
#include "client/shell/emulator.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <termios.h>

enum { PTY_LIMIT_MS = 20000, PTY_BYTES_MAX = 64 * 1024 * 1024 };

struct pty;

struct pty_options {
    const char *const *argv; /* argv[0] is looked up in PATH; NULL at the end */
    const char *const *env;  /* "NAME=VALUE" sets, "NAME" unsets; NULL at the end; NULL for none. The program
                                gets PATH, HOME, TMPDIR, LANG, the sanitizers' options and TERM
                                (xterm-256color), and nothing else of ours */
    const char *folder;      /* working folder; NULL for ours */
    int rows, cols;          /* 0 for 24 x 80 */
    const char *const *deaf; /* sequences that this terminal does not know; NULL at the end; NULL for none */
};

/* Starts it as the leader of a session on a fresh tty. NULL with *err set. A program that cannot be executed
 * exits with 127. */
struct pty *pty_start(const struct pty_options *options, struct err *err);

/* Ends the program if it still runs (hang-up, a second of grace, then by force, its process group too), and
 * forgets all. Returns its status as pty_wait_exit does. NULL is fine: -1. */
int pty_stop(struct pty *pty);

/* --- input --- */

/* Types bytes as they stand. */
void pty_type(struct pty *pty, const char *text);
void pty_type_bytes(struct pty *pty, const char *bytes, size_t len);

/* What a terminal sends for a key, a mouse event, a paste, a change of focus, by the modes that the program
 * has set. */
void pty_key(struct pty *pty, struct key key);
void pty_mouse(struct pty *pty, const struct mouse *mouse);
void pty_paste(struct pty *pty, const char *text);
void pty_focus(struct pty *pty, bool focused);

/* Changes the size of the tty (the program gets SIGWINCH) and of the screen. */
void pty_resize(struct pty *pty, int rows, int cols);

/* Stops reading what the program writes (a slow terminal), and goes on. */
void pty_hold(struct pty *pty, bool hold);

/* Drops what the program writes instead of showing and keeping it, for benches: nothing can be seen or waited
 * for meanwhile, and the screen is not what it should be afterwards. */
void pty_blind(struct pty *pty, bool blind);

/* Takes the terminal away: the tty hangs up. Only pty_wait_exit, pty_bytes and pty_stop make sense after. */
void pty_hang_up(struct pty *pty);

/* --- waiting --- */

/* Until a row of the screen holds the text. */
bool pty_wait_text(struct pty *pty, const char *text, int limit_ms);

/* Until no row does. */
bool pty_wait_gone(struct pty *pty, const char *text, int limit_ms);

/* Until the condition holds. It is asked once at first and then after each read. */
bool pty_wait(struct pty *pty, bool (*done)(struct pty *pty, void *data), void *data, int limit_ms);

/* As pty_wait, but says nothing when the condition does not hold in time. */
bool pty_try(struct pty *pty, bool (*done)(struct pty *pty, void *data), void *data, int limit_ms);

/* Until the program has ended and all it wrote was read. *status, unless NULL, gets its exit status, or 128 +
 * signal. */
bool pty_wait_exit(struct pty *pty, int *status, int limit_ms);

/* The same, but says nothing when it has not. */
bool pty_has_ended(struct pty *pty, int *status, int limit_ms);

/* --- looking --- */

/* Whether a row of the screen holds the text, now. */
bool pty_shows(struct pty *pty, const char *text);

/* The screen as picture_text gives it: lines without trailing blanks, each with its newline. The caller frees
 * it. */
char *pty_screen(const struct pty *pty);

/* The terminal: for cells, styles, cursor and modes. Valid until pty_stop. */
const struct emulator *pty_emulator(const struct pty *pty);

/* All bytes the program wrote so far, at most PTY_BYTES_MAX. Valid until the next wait. */
const char *pty_bytes(const struct pty *pty, size_t *len);

/* The tty's modes when the program started, and now. */
void pty_modes_before(const struct pty *pty, struct termios *modes);
void pty_modes_now(const struct pty *pty, struct termios *modes);

/* Whether the program handed the terminal back: modes as before, main screen, cursor shown, mouse, focus and
 * bracketed paste off, keys in their usual form. If not, *what (may be NULL) names the first difference. */
bool pty_is_clean(const struct pty *pty, const char **what);

pid_t pty_pid(const struct pty *pty);
