#include "tests/support/pty.h"

#include "client/base/clock.h"
#include "client/base/mem.h"
#include "tests/support/picture.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { GRACE_MS = 1000, SCROLLBACK = 2000, INPUT_MAX = 8 * 1024 * 1024, ENV_ROOM = 64 };

struct pty {
    pid_t pid;
    int pidfd;
    int master; /* -1 once it hung up */
    int slave;  /* kept open, so that modes and last words outlive the program */
    bool held;
    bool blind;
    bool ended;
    int status; /* once ended */
    struct emulator *emulator;
    struct buf bytes; /* all that was read */
    struct buf input; /* typed, not yet taken by the tty */
    struct termios before;
    const char *const *deaf;
};

/* --- starting --- */

/* Sets or unsets one variable in a list with room for ENV_ROOM. */
static void env_apply(char **env, const char *change)
{
    const char *equals = strchr(change, '=');
    size_t name = equals != NULL ? (size_t)(equals - change) : strlen(change), at = 0, count = 0;
    while (env[count] != NULL)
        count++;
    while (at < count && !(strncmp(env[at], change, name) == 0 && env[at][name] == '='))
        at++;
    if (at < count)
        free(env[at]);
    if (equals != NULL && at < ENV_ROOM - 1) {
        env[at] = mem_dup(change);
    } else if (at < count) {
        env[at] = env[count - 1];
        env[count - 1] = NULL;
    }
}

static char **make_env(const char *const *changes)
{
    static const char *const kept[] = {"PATH",         "HOME",          "TMPDIR",      "XDG_RUNTIME_DIR",
                                       "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"};
    char **env = mem_zalloc(ENV_ROOM, sizeof *env);
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        const char *value = getenv(kept[i]);
        char *assignment = value != NULL ? mem_format("%s=%s", kept[i], value) : NULL;
        if (assignment != NULL)
            env_apply(env, assignment);
        free(assignment);
    }
    env_apply(env, "LANG=C.UTF-8");
    env_apply(env, "TERM=xterm-256color");
    for (size_t i = 0; changes != NULL && changes[i] != NULL; i++)
        env_apply(env, changes[i]);
    return env;
}

static bool open_tty(struct pty *pty, int rows, int cols)
{
    char name[64];
    pty->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (pty->master < 0 || grantpt(pty->master) < 0 || unlockpt(pty->master) < 0 ||
        ptsname_r(pty->master, name, sizeof name) != 0)
        return false;
    pty->slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};
    return pty->slave >= 0 && ioctl(pty->slave, TIOCSWINSZ, &size) == 0 &&
           tcgetattr(pty->slave, &pty->before) == 0;
}

/* The child's side; nothing here may allocate, for the test may have threads. */
static _Noreturn void become(const struct pty *pty, const struct pty_options *options, char **env, pid_t test)
{
    sigset_t none;
    sigemptyset(&none);
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setsid();
    if (getppid() != test || ioctl(pty->slave, TIOCSCTTY, 0) < 0)
        _exit(126);
    for (int fd = 0; fd < 3; fd++)
        dup2(pty->slave, fd);
    close_range(3, ~0U, 0);
    if (options->folder != NULL && chdir(options->folder) < 0)
        _exit(126);
    execvpe(options->argv[0], (char *const *)options->argv, env);
    _exit(127);
}

struct pty *pty_start(const struct pty_options *options, struct err *err)
{
    struct pty *pty = mem_zalloc(1, sizeof *pty);
    int rows = options->rows > 0 ? options->rows : 24, cols = options->cols > 0 ? options->cols : 80;
    pty->pidfd = pty->master = pty->slave = -1;
    buf_init(&pty->bytes, PTY_BYTES_MAX);
    buf_init(&pty->input, INPUT_MAX);
    pty->emulator = emulator_new(cols, rows, SCROLLBACK);
    pty->deaf = options->deaf;
    if (open_tty(pty, rows, cols)) {
        char **env = make_env(options->env);
        pid_t test = getpid();
        pty->pid = fork();
        if (pty->pid == 0)
            become(pty, options, env, test);
        for (size_t i = 0; env[i] != NULL; i++)
            free(env[i]);
        free(env);
        pty->pidfd = pty->pid > 0 ? pidfd_open(pty->pid, 0) : -1;
    }
    if (pty->pidfd >= 0)
        return pty;
    err_set(err, ERR_LOCAL, errno, "%s could not be started in a pty: %s", options->argv[0], strerror(errno));
    pty_stop(pty);
    return NULL;
}

/* --- serving --- */

static void write_input(struct pty *pty)
{
    while (pty->master >= 0 && pty->input.len > 0) {
        ssize_t wrote = write(pty->master, pty->input.data, pty->input.len);
        if (wrote <= 0)
            return;
        buf_drop(&pty->input, (size_t)wrote);
    }
}

/* Sends what the terminal has to say. */
static void take_output(struct pty *pty)
{
    emulator_take_output(pty->emulator, &pty->input, clock_ms());
    write_input(pty);
}

/* Takes out what the terminal does not know; returns what is left. Good for sequences that are written at
 * once. */
static size_t leave_out(const struct pty *pty, char *bytes, size_t len)
{
    for (const char *const *word = pty->deaf; word != NULL && *word != NULL; word++) {
        size_t size = strlen(*word);
        for (char *at; (at = memmem(bytes, len, *word, size)) != NULL; len -= size)
            memmove(at, at + size, len - (size_t)(at - bytes) - size);
    }
    return len;
}

/* Reads what is there; true when anything was. */
static bool read_output(struct pty *pty)
{
    char bytes[65536];
    bool any = false;
    while (pty->master >= 0 && !pty->held) {
        ssize_t got = read(pty->master, bytes, sizeof bytes);
        if (got <= 0)
            break;
        any = true;
        if (pty->blind)
            continue;
        buf_add(&pty->bytes, bytes, (size_t)got);
        emulator_write(pty->emulator, bytes, leave_out(pty, bytes, (size_t)got));
        take_output(pty);
    }
    return any;
}

static void notice_end(struct pty *pty)
{
    int status;
    if (pty->ended || pty->pid <= 0 || waitpid(pty->pid, &status, WNOHANG) != pty->pid)
        return;
    pty->ended = true;
    pty->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Waits for output, room for input, or the end, and handles them. The end is noticed before the last read,
 * so that nothing is missed after it. */
static void serve(struct pty *pty, int64_t timeout_ms)
{
    struct pollfd fds[] = {{.fd = pty->held && pty->input.len == 0 ? -1 : pty->master,
                            .events = (short)((pty->held ? 0 : POLLIN) | (pty->input.len > 0 ? POLLOUT : 0))},
                           {.fd = pty->ended ? -1 : pty->pidfd, .events = POLLIN}};
    poll(fds, 2, (int)timeout_ms);
    notice_end(pty);
    write_input(pty);
    read_output(pty);
}

/* Serves until the condition holds, the time is over, or nothing more can come. */
static bool serve_until(struct pty *pty, bool (*done)(struct pty *pty, void *data), void *data, int limit_ms)
{
    int64_t until = clock_ms() + limit_ms;
    notice_end(pty);
    read_output(pty);
    for (;;) {
        if (done(pty, data))
            return true;
        int64_t left = until - clock_ms();
        if (left <= 0 || pty->ended)
            return false;
        serve(pty, left);
    }
}

static void complain(struct pty *pty, const char *about, const char *text, int limit_ms)
{
    char *screen = pty_screen(pty);
    fprintf(stderr, "after %d ms%s, %s%s. The screen:\n%s\n", limit_ms,
            pty->ended ? " (the program has ended)" : "", about, text, screen);
    free(screen);
}

/* --- input --- */

void pty_type_bytes(struct pty *pty, const char *bytes, size_t len)
{
    buf_add(&pty->input, bytes, len);
    write_input(pty);
}

void pty_type(struct pty *pty, const char *text)
{
    pty_type_bytes(pty, text, strlen(text));
}

void pty_key(struct pty *pty, struct key key)
{
    read_output(pty); /* the modes of this moment decide what a key sends */
    emulator_key(pty->emulator, key);
    take_output(pty);
}

void pty_mouse(struct pty *pty, const struct mouse *mouse)
{
    read_output(pty);
    emulator_mouse(pty->emulator, mouse);
    take_output(pty);
}

void pty_paste(struct pty *pty, const char *text)
{
    read_output(pty);
    emulator_paste(pty->emulator, text, strlen(text));
    take_output(pty);
}

void pty_focus(struct pty *pty, bool focused)
{
    read_output(pty);
    emulator_focus(pty->emulator, focused);
    take_output(pty);
}

void pty_resize(struct pty *pty, int rows, int cols)
{
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};
    read_output(pty); /* what was written for the old size */
    emulator_resize(pty->emulator, cols, rows);
    ioctl(pty->master, TIOCSWINSZ, &size);
}

void pty_hold(struct pty *pty, bool hold)
{
    pty->held = hold;
}

void pty_blind(struct pty *pty, bool blind)
{
    pty->blind = blind;
}

void pty_hang_up(struct pty *pty)
{
    read_output(pty);
    if (pty->slave >= 0)
        close(pty->slave);
    if (pty->master >= 0)
        close(pty->master);
    pty->master = pty->slave = -1;
}

/* --- waiting --- */

bool pty_wait(struct pty *pty, bool (*done)(struct pty *pty, void *data), void *data, int limit_ms)
{
    bool held = serve_until(pty, done, data, limit_ms);
    if (!held)
        complain(pty, "the condition does not hold", "", limit_ms);
    return held;
}

bool pty_try(struct pty *pty, bool (*done)(struct pty *pty, void *data), void *data, int limit_ms)
{
    return serve_until(pty, done, data, limit_ms);
}

static bool shows(struct pty *pty, void *data)
{
    return pty_shows(pty, data);
}

static bool shows_not(struct pty *pty, void *data)
{
    return !pty_shows(pty, data);
}

static bool has_ended(struct pty *pty, void *data)
{
    (void)data;
    return pty->ended;
}

bool pty_wait_text(struct pty *pty, const char *text, int limit_ms)
{
    bool found = serve_until(pty, shows, (void *)text, limit_ms);
    if (!found)
        complain(pty, "this text is not on the screen: ", text, limit_ms);
    return found;
}

bool pty_wait_gone(struct pty *pty, const char *text, int limit_ms)
{
    bool gone = serve_until(pty, shows_not, (void *)text, limit_ms);
    if (!gone)
        complain(pty, "this text is still on the screen: ", text, limit_ms);
    return gone;
}

bool pty_wait_exit(struct pty *pty, int *status, int limit_ms)
{
    bool ended = serve_until(pty, has_ended, NULL, limit_ms);
    if (!ended)
        complain(pty, "the program still runs", "", limit_ms);
    else if (status != NULL)
        *status = pty->status;
    return ended;
}

bool pty_has_ended(struct pty *pty, int *status, int limit_ms)
{
    bool ended = serve_until(pty, has_ended, NULL, limit_ms);
    if (ended && status != NULL)
        *status = pty->status;
    return ended;
}

/* --- looking --- */

bool pty_shows(struct pty *pty, const char *text)
{
    char *screen = pty_screen(pty);
    bool found = strstr(screen, text) != NULL;
    free(screen);
    return found;
}

char *pty_screen(const struct pty *pty)
{
    return picture_text(pty->emulator);
}

const struct emulator *pty_emulator(const struct pty *pty)
{
    return pty->emulator;
}

const char *pty_bytes(const struct pty *pty, size_t *len)
{
    *len = pty->bytes.len;
    return buf_text(&pty->bytes);
}

void pty_modes_before(const struct pty *pty, struct termios *modes)
{
    *modes = pty->before;
}

void pty_modes_now(const struct pty *pty, struct termios *modes)
{
    if (pty->slave < 0 || tcgetattr(pty->slave, modes) < 0)
        memset(modes, 0, sizeof *modes);
}

bool pty_is_clean(const struct pty *pty, const char **what)
{
    struct termios now, was = pty->before;
    struct screen_state screen;
    pty_modes_now(pty, &now);
    emulator_state(pty->emulator, &screen);
    const char *difference = NULL;
    if (now.c_iflag != was.c_iflag || now.c_oflag != was.c_oflag || now.c_cflag != was.c_cflag ||
        now.c_lflag != was.c_lflag)
        difference = "the tty's modes";
    else if (memcmp(now.c_cc, was.c_cc, sizeof now.c_cc) != 0)
        difference = "the tty's special characters";
    else if (screen.alternate)
        difference = "the alternate screen is shown";
    else if (!screen.cursor_visible)
        difference = "the cursor is hidden";
    else if (screen.mouse != MOUSE_MODE_OFF)
        difference = "the mouse is reported";
    else if (screen.bracketed_paste)
        difference = "pastes are bracketed";
    else if (screen.focus_events)
        difference = "the focus is reported";
    else if (screen.cursor_shape != CURSOR_DEFAULT)
        difference = "the cursor has another shape";
    else if (emulator_has_other_keys(pty->emulator))
        difference = "keys are told in another form";
    if (what != NULL)
        *what = difference;
    return difference == NULL;
}

pid_t pty_pid(const struct pty *pty)
{
    return pty->pid;
}

/* --- the end --- */

int pty_stop(struct pty *pty)
{
    if (pty == NULL)
        return -1;
    bool started = pty->pid > 0;
    pty_hang_up(pty); /* the kernel sends SIGHUP */
    if (started && !serve_until(pty, has_ended, NULL, GRACE_MS)) {
        int status;
        kill(-pty->pid, SIGKILL);
        kill(pty->pid, SIGKILL);
        if (waitpid(pty->pid, &status, 0) == pty->pid)
            pty->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }
    int status = started ? pty->status : -1;
    if (pty->pidfd >= 0)
        close(pty->pidfd);
    emulator_free(pty->emulator);
    buf_done(&pty->bytes);
    buf_done(&pty->input);
    free(pty);
    return status;
}
