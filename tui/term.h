/*
 * The operator's terminal: taken over at the start, handed back clean on every way out. ncurses draws into a
 * file in memory; its bytes go to the terminal as fast as that takes them, so a slow terminal never blocks
 * the loop: as long as term_busy, the loop paints nothing and polls for POLLOUT, and the next frame shows the
 * newest state.
 *
 * There is one terminal, and handlers of crashes must find it: the file keeps one static pointer for them.
 *
 * The loop: poll term_tty_fd (POLLIN, POLLOUT while term_busy) and term_signal_fd (POLLIN);
 *   signal fd readable -> term_signals; tty readable -> term_read; tty writable -> term_flush;
 *   before sleeping, when something changed and not term_busy: draw, canvas_flush, term_flush.
 */
#pragma once

#include "client/base/cell.h"
#include "client/base/err.h"
#include "tui/input.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { TERM_COPY_MAX = 100 * 1024 };

/* What happened, or-ed. */
enum term_event {
    TERM_RESIZED = 1,   /* the size changed: term_size, canvas_resize */
    TERM_QUIT = 2,      /* SIGTERM, SIGINT: end in good order */
    TERM_GONE = 4,      /* SIGHUP or the terminal is not there any more: end, write nothing */
    TERM_SUSPEND = 8,   /* SIGTSTP: call term_suspend */
    TERM_CONTINUED = 16 /* SIGCONT without a suspend of ours: redraw all */
};

enum term_mouse { TERM_MOUSE_OFF, TERM_MOUSE_WHEEL, TERM_MOUSE_FULL };

struct term;

/* Takes the terminal over: stdin and stdout must be one. NULL with *err set when that cannot be: ERR_USAGE
 * (not a terminal, TERM unset or dumb or unknown: exit 2) or ERR_LOCAL. Call setlocale before and canvas_new
 * after. Catches signals and crashes from then on and ignores SIGPIPE. */
struct term *term_new(struct err *err);

/* Hands the terminal back: flushes for at most a second, restores, ends ncurses. NULL is fine. */
void term_free(struct term *term);

/* Whether only ASCII may be drawn: the locale is not UTF-8. */
bool term_is_ascii(const struct term *term);

/* The styles that the terminal shows beyond the common ones (enum style_attr), for canvas_set_styles. */
uint16_t term_styles(const struct term *term);

int term_tty_fd(const struct term *term);
int term_signal_fd(const struct term *term);

/* Takes the signals that came; enum term_event. */
unsigned term_signals(struct term *term);

/* Reads what the operator's terminal sent: > 0 bytes, 0 nothing now, -1 it is gone. */
ssize_t term_read(struct term *term, char *out, size_t room);

/* Sends what there is as far as the terminal takes it. False when it is gone. */
bool term_flush(struct term *term);

/* How many bytes ncurses wrote for the frame that the last term_flush took over. */
size_t term_frame_bytes(const struct term *term);

/* Whether bytes of an earlier frame wait. */
bool term_busy(const struct term *term);

/* The size, asked from the terminal; 24x80 when it does not know. */
void term_size(const struct term *term, int *rows, int *cols);

/* Which mouse reports are asked for. WHEEL: wheel and clicks; FULL: drags too. */
void term_set_mouse(struct term *term, enum term_mouse mouse);

/* The cursor takes this shape (DECSCUSR, where the terminal has it), and on every way out its own again. */
void term_set_cursor(struct term *term, enum cursor_shape shape);

/* The terminal answered one of the questions about its keyboard that term_enter asked (enum input_reply). It
 * is then asked to tell keys apart that have the same bytes otherwise: by kitty's protocol, else by
 * modifyOtherKeys, and told to stop on every way out. */
void term_take_reply(struct term *term, enum input_reply reply);

/* Puts text on the operator's clipboard by OSC 52 (wrapped for tmux and screen). False with *err set when it
 * is too long for that (more than TERM_COPY_MAX bytes); whether the terminal obeys cannot be known. */
bool term_copy(struct term *term, const char *text, size_t len, struct err *err);

/* Calls the operator: the bell, a notification (OSC 9, wrapped for tmux and screen), or both. The words are
 * fixed; nothing of a stranger's is sent. */
void term_alert(struct term *term, bool bell, bool notify);

/* Stops the program as Ctrl-z does: hands the terminal back, stops, takes it over again when continued. The
 * size may have changed: resize the canvas and draw all. */
void term_suspend(struct term *term);

/* Hands the terminal to another program (leave) and takes it back (enter; draw all afterwards). */
void term_leave(struct term *term);
void term_enter(struct term *term);
