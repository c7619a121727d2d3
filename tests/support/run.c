#include "tests/support/run.h"

#include "client/base/clock.h"
#include "client/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OUTPUT_MAX = 64 * 1024 * 1024 };

extern char **environ;

/* Our environment and the additions; the caller frees the array only. */
static char **environment(const char *const *more)
{
    size_t count = 0, extra = 0;
    while (environ[count] != NULL)
        count++;
    while (more != NULL && more[extra] != NULL)
        extra++;
    char **all = mem_zalloc(count + extra + 1, sizeof *all);
    for (size_t i = 0; i < extra; i++)
        all[i] = (char *)more[i];
    memcpy(all + extra, environ, count * sizeof *all);
    return all;
}

/* Starts it with our ends of its three streams in near[]; 0 or an error number. */
static int start(const struct program *program, pid_t *pid, int near[3])
{
    int far[3] = {-1, -1, -1};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, usual;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    int rc = 0;
    for (int i = 0; i < 3 && rc == 0; i++) {
        int fds[2];
        if (pipe2(fds, O_CLOEXEC) < 0) {
            rc = errno;
            break;
        }
        near[i] = fds[i == 0 ? 1 : 0];
        far[i] = fds[i == 0 ? 0 : 1];
        fcntl(near[i], F_SETFL, O_NONBLOCK);
        rc = posix_spawn_file_actions_adddup2(&actions, far[i], i);
    }
    char **env = environment(program->env);
    if (rc == 0)
        rc = posix_spawnp(pid, program->argv[0], &actions, &attributes, (char *const *)program->argv, env);
    free(env);
    for (int i = 0; i < 3; i++)
        if (far[i] >= 0)
            close(far[i]);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return rc;
}

static void shut(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* Reads once; false when the buffer is full. */
static bool drain(int *fd, struct buf *into)
{
    char bytes[65536];
    ssize_t got = *fd >= 0 ? read(*fd, bytes, sizeof bytes) : 0;
    if (got > 0)
        return buf_add(into, bytes, (size_t)got);
    if (got == 0 || (errno != EAGAIN && errno != EINTR))
        shut(fd);
    return true;
}

static void feed(const struct program *program, int *fd, size_t *sent)
{
    if (*fd >= 0 && *sent < program->input_len) {
        ssize_t wrote = write(*fd, program->input + *sent, program->input_len - *sent);
        if (wrote > 0)
            *sent += (size_t)wrote;
        else if (wrote < 0 && errno != EAGAIN && errno != EINTR)
            *sent = program->input_len;
    }
    if (*sent >= program->input_len)
        shut(fd);
}

/* Until both outputs have ended; false when time or room ran out first. */
static bool converse(const struct program *program, int near[3], struct run_result *result)
{
    int64_t until = clock_ms() + program->timeout_ms;
    size_t sent = 0;
    for (bool room = true; room && (near[1] >= 0 || near[2] >= 0);) {
        feed(program, &near[0], &sent);
        struct pollfd fds[] = {{.fd = near[0], .events = POLLOUT},
                               {.fd = near[1], .events = POLLIN},
                               {.fd = near[2], .events = POLLIN}};
        int64_t left = until - clock_ms();
        if (left <= 0 || (poll(fds, 3, (int)left) < 0 && errno != EINTR))
            return false;
        room = drain(&near[1], &result->out) && drain(&near[2], &result->err);
        if (!room)
            return false;
    }
    return true;
}

void run_program(const struct program *program, struct run_result *result)
{
    int near[3] = {-1, -1, -1}, status = 0;
    pid_t pid = 0;
    *result = (struct run_result){.status = 127};
    buf_init(&result->out, OUTPUT_MAX);
    buf_init(&result->err, OUTPUT_MAX);
    void (*old)(int) = signal(SIGPIPE, SIG_IGN);
    if (start(program, &pid, near) == 0) {
        bool ended = converse(program, near, result);
        if (!ended)
            kill(-pid, SIGKILL);
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            continue;
        result->status = !ended ? -1 : WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }
    signal(SIGPIPE, old);
    for (int i = 0; i < 3; i++)
        shut(&near[i]);
}

void run_result_done(struct run_result *result)
{
    buf_done(&result->out);
    buf_done(&result->err);
}
