#include "tui/term.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include "client/base/buf.h"
#include "client/base/clock.h"
#include "client/base/mem.h"
#include "tui/clipboard.h"
#include "tui/term_keys.h"
#include "tui/term_start.h"

enum {
    OUTPUT_MAX = 64 << 20, /* a full frame of 1000x1000 cells, each with a style of its own */
    KEPT_MAX = 256 << 10,  /* bytes that the file in memory keeps between frames */
    DRAIN_MS = 1000,       /* what a slow terminal gets at the end */
    HAND_BACK_TRIES = 3,
    CRASH_STACK = 64 * 1024,
    RESTORE_MAX = 128,
};

struct term {
    SCREEN *screen;
    FILE *memory;       /* what ncurses writes to */
    const char *drawn;  /* the same, OUTPUT_MAX bytes mapped, of which those written exist */
    struct buf output;  /* what the terminal has yet to take */
    size_t frame_bytes; /* what ncurses wrote before the last flush */
    uint16_t styles;    /* beyond ncurses' own: terminfo.h */
    int tty;
    int signals[2];
    bool entered;
    bool gone;
    enum term_mouse mouse;
    struct term_keys keys;
    const struct term_keys_form *keys_on; /* what the terminal was asked for, NULL for nothing */
    bool has_shapes;                      /* of the cursor */
    enum cursor_shape shape;              /* that the terminal was told */
    bool up;                              /* ncurses has drawn since the terminal is ours: its screen is up */
};

/* ---- what handlers need: nothing but async-signal-safe calls on these ---- */

static struct {
    volatile sig_atomic_t over;    /* handed back in an emergency: another thread must draw on it no more */
    volatile sig_atomic_t untold;  /* a signal that did not go into the pipe */
    volatile sig_atomic_t armed;   /* the terminal is ours and has to be handed back */
    const char *volatile keys_off; /* how to undo what was asked of its keyboard, "" for nothing */
    volatile sig_atomic_t shaped;  /* the cursor has a shape that is not its own */
    struct termios saved;
    int flags[2];     /* file flags of stdin and stdout as they were */
    int signal_write; /* end of the self-pipe */
} handler = {.signal_write = -1, .keys_off = ""};

/* Mouse, focus, paste, margins (which move the cursor: it is saved around them), cursor. A terminal that does
 * not know one of them ignores it. */
#define MODES_OFF "\033[?1002l\033[?1000l\033[?1006l\033[?1004l\033[?2004l\0337\033[r\0338\033[?25h"

/* DECSCUSR: steady shapes, since nothing blinks; 0 is what the operator chose for the terminal. (terminfo's
 * Se is no way back: for xterm it says "steady block".) */
static const char *const shape_bytes[] = {
    [CURSOR_DEFAULT] = "\033[0 q",
    [CURSOR_BLOCK] = "\033[2 q",
    [CURSOR_UNDERLINE] = "\033[4 q",
    [CURSOR_BAR] = "\033[6 q",
};

/* What a crash leaves to ncurses otherwise: keypad, wrap, alternate screen, SGR. */
static const char crash_bytes[] = MODES_OFF "\033[?1l\033>\033[?7h\033[?1049l\033[m\r";

/* Only async-signal-safe calls. */
static void restore_modes(void)
{
    handler.armed = 0;
    tcsetattr(STDIN_FILENO, TCSANOW, &handler.saved);
    fcntl(STDIN_FILENO, F_SETFL, handler.flags[STDIN_FILENO]);
    fcntl(STDOUT_FILENO, F_SETFL, handler.flags[STDOUT_FILENO]);
}

/* The descriptor is still non-blocking: a terminal that takes nothing cannot hold a crash up. */
static void say(const char *bytes)
{
    size_t len = strlen(bytes);
    for (int tries = 0; len > 0 && tries < HAND_BACK_TRIES; tries++)
        if (write(STDOUT_FILENO, bytes, len) > 0)
            break;
}

static void hand_back(void)
{
    if (!handler.armed)
        return;
    handler.over = 1;
    say(handler.keys_off);
    if (handler.shaped)
        say(shape_bytes[CURSOR_DEFAULT]);
    say(crash_bytes);
    restore_modes();
}

static void on_crash(int number)
{
    hand_back();
    /* SA_RESETHAND: the default action follows, with its core. */
    raise(number);
}

static void on_signal(int number)
{
    int saved_errno = errno;
    char byte = (char)number;
    if (write(handler.signal_write, &byte, 1) != 1)
        handler.untold = number; /* the signal interrupts poll all the same */
    errno = saved_errno;
}

static const int crash_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
static const int plain_signals[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGWINCH, SIGTSTP, SIGCONT};

static void catch_signals(void)
{
    static char crash_stack[CRASH_STACK];
    stack_t stack = {.ss_sp = crash_stack, .ss_size = sizeof crash_stack};
    sigaltstack(&stack, NULL);
    struct sigaction crash = {.sa_handler = on_crash,
                              .sa_flags = (int)(SA_ONSTACK | SA_RESETHAND | SA_NODEFER)};
    for (size_t i = 0; i < sizeof crash_signals / sizeof crash_signals[0]; i++)
        sigaction(crash_signals[i], &crash, NULL);
    struct sigaction plain = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    for (size_t i = 0; i < sizeof plain_signals / sizeof plain_signals[0]; i++)
        sigaction(plain_signals[i], &plain, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error of the write */
}

static void release_signals(void)
{
    for (size_t i = 0; i < sizeof crash_signals / sizeof crash_signals[0]; i++)
        signal(crash_signals[i], SIG_DFL);
    for (size_t i = 0; i < sizeof plain_signals / sizeof plain_signals[0]; i++)
        signal(plain_signals[i], SIG_DFL);
}

/* ---- bytes ---- */

/* Once ncurses' screen is up: a terminal that speaks kitty's protocol keeps a stack for each screen. */
static void ask_for_keys(struct term *term)
{
    const struct term_keys_form *form = term_keys_form(&term->keys);
    if (form == NULL || term->keys_on != NULL || !term->entered || !term->up)
        return;
    buf_add_text(&term->output, form->on);
    handler.keys_off = form->off;
    term->keys_on = form;
}

/* Moves what ncurses wrote from its file in memory to the output. */
static void collect(struct term *term)
{
    int fd = fileno(term->memory);
    off_t size = lseek(fd, 0, SEEK_CUR);
    term->frame_bytes = size > 0 ? (size_t)size : 0;
    if (size <= 0)
        return;
    buf_add(&term->output, term->drawn, size < OUTPUT_MAX ? (size_t)size : OUTPUT_MAX);
    term->up = true;
    ask_for_keys(term);
    lseek(fd, 0, SEEK_SET);
    /* Giving the pages back costs more than a small frame. */
    if (size > KEPT_MAX && ftruncate(fd, 0) != 0)
        term->gone = true;
}

bool term_flush(struct term *term)
{
    collect(term);
    while (term->output.len > 0 && !term->gone && !handler.over) {
        ssize_t put = write(STDOUT_FILENO, term->output.data, term->output.len);
        if (put > 0)
            buf_drop(&term->output, (size_t)put);
        else if (put < 0 && (errno == EAGAIN || errno == EINTR))
            break;
        else
            term->gone = true;
    }
    return !term->gone;
}

uint16_t term_styles(const struct term *term)
{
    return term->styles;
}

size_t term_frame_bytes(const struct term *term)
{
    return term->frame_bytes;
}

bool term_busy(const struct term *term)
{
    return term->output.len > 0 && !term->gone;
}

/* Flushes, waiting for a slow terminal within limits. */
static void drain(struct term *term)
{
    int64_t end = clock_ms() + DRAIN_MS;
    while (term_flush(term) && term_busy(term)) {
        int64_t left = end - clock_ms();
        if (left <= 0)
            return;
        struct pollfd poll_fd = {.fd = STDOUT_FILENO, .events = POLLOUT};
        poll(&poll_fd, 1, (int)left);
    }
}

ssize_t term_read(struct term *term, char *out, size_t room)
{
    ssize_t got = read(term->tty, out, room);
    if (got > 0)
        return got;
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    term->gone = true;
    return -1;
}

void term_set_cursor(struct term *term, enum cursor_shape shape)
{
    if (shape == term->shape || !term->has_shapes || !term->entered)
        return;
    buf_add_text(&term->output, shape_bytes[shape]);
    term->shape = shape;
    handler.shaped = shape != CURSOR_DEFAULT;
}

void term_take_reply(struct term *term, enum input_reply reply)
{
    term_keys_take(&term->keys, reply);
    ask_for_keys(term);
}

/* ---- modes ---- */

static const char *mouse_bytes(enum term_mouse mouse)
{
    switch (mouse) {
    case TERM_MOUSE_WHEEL:
        return "\033[?1002l\033[?1000h\033[?1006h";
    case TERM_MOUSE_FULL:
        return "\033[?1000h\033[?1002h\033[?1006h";
    default:
        return "\033[?1002l\033[?1000l\033[?1006l";
    }
}

void term_set_mouse(struct term *term, enum term_mouse mouse)
{
    if (term->mouse == mouse)
        return;
    term->mouse = mouse;
    if (term->entered)
        buf_add_text(&term->output, mouse_bytes(mouse));
}

static void set_raw(struct term *term)
{
    struct termios raw = handler.saved;
    cfmakeraw(&raw);
    /* Read gives what there is. */
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    tcsetattr(term->tty, TCSADRAIN, &raw);
    fcntl(STDIN_FILENO, F_SETFL, handler.flags[STDIN_FILENO] | O_NONBLOCK);
    fcntl(STDOUT_FILENO, F_SETFL, handler.flags[STDOUT_FILENO] | O_NONBLOCK);
}

void term_enter(struct term *term)
{
    if (term->entered || term->gone)
        return;
    set_raw(term);
    handler.over = 0;
    handler.armed = 1;
    term->entered = true;
    term->up = false;
    buf_add_text(&term->output, term_keys_ask(&term->keys, getenv("TERM"), getenv("TMUX"), clock_ms()));
    buf_add_text(&term->output, "\033[?2004h\033[?1004h");
    buf_add_text(&term->output, mouse_bytes(term->mouse));
    /* ncurses enters the alternate screen with its next refresh. */
    clearok(curscr, TRUE);
}

/* What ncurses writes can get lost on its way: a file in memory can be full, too. */
static bool leaves_screen(const struct term *term)
{
    const char *leave = tigetstr("rmcup");
    return leave == NULL || leave == (const char *)-1 ||
           memmem(buf_text(&term->output), term->output.len, leave, strlen(leave)) != NULL;
}

void term_leave(struct term *term)
{
    if (!term->entered)
        return;
    collect(term);
    bool was_up = term->up;
    /* While its own screen is still up. */
    if (term->keys_on != NULL)
        buf_add_text(&term->output, term->keys_on->off);
    term_set_cursor(term, CURSOR_DEFAULT);
    buf_add_text(&term->output, MODES_OFF);
    term->entered = false; /* what endwin writes is no screen to ask for keys on */
    endwin();
    collect(term);
    if (was_up && !leaves_screen(term))
        buf_add_text(&term->output, crash_bytes);
    drain(term);
    if (!term->gone)
        term_keys_await(&term->keys, term->tty);
    if (term->output.len > 0)
        hand_back(); /* it took no more, or seems to be gone: what can be said at once is said */
    else
        restore_modes();
    buf_clear(&term->output);
    term->keys_on = NULL;
    handler.keys_off = "";
}

void term_suspend(struct term *term)
{
    term_leave(term);
    /* The whole process group stops, as the shell expects of Ctrl-z. */
    signal(SIGTSTP, SIG_DFL);
    kill(0, SIGTSTP);
    struct sigaction plain = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigaction(SIGTSTP, &plain, NULL);
    tcgetattr(term->tty, &handler.saved);
    term_enter(term);
}

/* ---- start and end ---- */

static bool check_terminal(struct err *err)
{
    const char *name = getenv("TERM");
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return err_set(err, ERR_USAGE, 0,
                       "stdin and stdout must be a terminal for the console; see boxtop --help for what "
                       "works in a pipe");
    if (name == NULL || name[0] == '\0')
        return err_set(err, ERR_USAGE, 0, "TERM is not set: the console does not know this terminal");
    if (strcmp(name, "dumb") == 0 || strcmp(name, "unknown") == 0)
        return err_set(err, ERR_USAGE, 0, "TERM is %s: the console needs a terminal that can place text",
                       name);
    return true;
}

static bool open_pipe(int ends[2], struct err *err)
{
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return err_set(err, ERR_LOCAL, errno, "opening a pipe for signals failed: %s", strerror(errno));
    return true;
}

struct term *term_new(struct err *err)
{
    if (!check_terminal(err))
        return NULL;
    struct term *term = mem_zalloc(1, sizeof *term);
    term->signals[0] = term->signals[1] = -1;
    term->tty = STDIN_FILENO;
    term->mouse = TERM_MOUSE_FULL;
    buf_init(&term->output, OUTPUT_MAX);
    int fd = memfd_create("boxtop-screen", MFD_CLOEXEC);
    term->memory = fd < 0 ? NULL : fdopen(fd, "w+");
    void *mapped = term->memory != NULL ? mmap(NULL, OUTPUT_MAX, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
    term->drawn = mapped != MAP_FAILED ? mapped : NULL;
    if (term->drawn == NULL || tcgetattr(term->tty, &handler.saved) != 0) {
        err_set(err, ERR_LOCAL, errno, "preparing the terminal failed: %s", strerror(errno));
        goto failed;
    }
    handler.flags[STDIN_FILENO] = fcntl(STDIN_FILENO, F_GETFL);
    handler.flags[STDOUT_FILENO] = fcntl(STDOUT_FILENO, F_GETFL);
    if (!open_pipe(term->signals, err))
        goto failed;
    int rows, cols;
    term_size(term, &rows, &cols);
    term->screen = term_start_curses(term->memory, rows, cols, &term->styles);
    if (term->screen == NULL) {
        err_set(err, ERR_USAGE, 0, "terminfo has no usable entry for TERM=%.40s; try TERM=xterm-256color",
                getenv("TERM"));
        goto failed;
    }
    typeahead(-1);
    term->has_shapes = term_has_cursor_shapes(getenv("TERM"));
    handler.signal_write = term->signals[1];
    catch_signals();
    mem_set_failure_hook(hand_back);
    term_enter(term);
    return term;
failed:
    term_free(term);
    return NULL;
}

void term_free(struct term *term)
{
    if (term == NULL)
        return;
    if (term->screen != NULL) {
        term_leave(term);
        mem_set_failure_hook(NULL);
        release_signals();
        handler.signal_write = -1;
        delscreen(term->screen);
    }
    for (int i = 0; i < 2; i++) {
        if (term->signals[i] >= 0)
            close(term->signals[i]);
    }
    if (term->drawn != NULL)
        munmap((void *)term->drawn, OUTPUT_MAX);
    if (term->memory != NULL)
        fclose(term->memory);
    buf_done(&term->output);
    free(term);
}

/* ---- the rest ---- */

bool term_is_ascii(const struct term *term)
{
    (void)term;
    return strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
}

int term_tty_fd(const struct term *term)
{
    return term->tty;
}

int term_signal_fd(const struct term *term)
{
    return term->signals[0];
}

static unsigned event_of(int number)
{
    switch (number) {
    case SIGWINCH:
        return TERM_RESIZED;
    case SIGHUP:
        return TERM_GONE;
    case SIGTSTP:
        return TERM_SUSPEND;
    case SIGCONT:
        return TERM_CONTINUED | TERM_RESIZED;
    default:
        return TERM_QUIT;
    }
}

unsigned term_signals(struct term *term)
{
    unsigned events = handler.untold != 0 ? event_of(handler.untold) : 0;
    char bytes[64];
    handler.untold = 0;
    for (;;) {
        ssize_t got = read(term->signals[0], bytes, sizeof bytes);
        if (got < 0 && errno != EAGAIN && errno != EINTR)
            events |= TERM_QUIT; /* what cannot be told any more might be the wish that we end */
        if (got <= 0)
            break;
        for (ssize_t i = 0; i < got; i++)
            events |= event_of(bytes[i]);
    }
    if ((events & TERM_CONTINUED) != 0 && term->entered) {
        /* Somebody stopped us from outside: the shell has had the terminal since. */
        if (term->keys_on != NULL)
            buf_add_text(&term->output, term->keys_on->off);
        term->keys_on = NULL;
        term->entered = false;
        term_enter(term);
    }
    return events;
}

void term_size(const struct term *term, int *rows, int *cols)
{
    struct winsize size = {0};
    (void)term;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0)
        size = (struct winsize){.ws_row = 24, .ws_col = 80};
    *rows = size.ws_row;
    *cols = size.ws_col;
}

void term_alert(struct term *term, bool bell, bool notify)
{
    static const char *const notes[] = {
        [CLIPBOARD_PLAIN] = "\033]9;boxtop: something needs attention\a",
        [CLIPBOARD_TMUX] = "\033Ptmux;\033\033]9;boxtop: something needs attention\a\033\\",
        [CLIPBOARD_SCREEN] = "\033P\033]9;boxtop: something needs attention\a\033\\",
    };
    collect(term);
    if (notify)
        buf_add_text(&term->output, notes[clipboard_wrap_for(getenv("TMUX"), getenv("TERM"))]);
    if (bell)
        buf_add_byte(&term->output, '\a');
}

bool term_copy(struct term *term, const char *text, size_t len, struct err *err)
{
    if (len > TERM_COPY_MAX)
        return err_set(err, ERR_LOCAL, 0, "%zu KiB are too much for the terminal's clipboard (limit %d KiB)",
                       len / 1024, TERM_COPY_MAX / 1024);
    collect(term);
    bool fits =
        clipboard_encode(&term->output, text, len, clipboard_wrap_for(getenv("TMUX"), getenv("TERM")));
    return fits || err_set(err, ERR_LOCAL, 0, "the terminal is too slow for a copy now");
}
