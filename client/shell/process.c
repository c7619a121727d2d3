#include "client/shell/process.h"

#include "client/shell/helper.h"
#include "client/shell/shell.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STOP_MS = 300 };

static bool spawn(pid_t *pid, const char *program, int socket)
{
    char *argv[] = {(char *)program, (char *)SHELL_HELPER_ARGUMENT, NULL};
    char *envp[] = {NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attr);
    /* The socket first: it might itself be one of the first three. */
    posix_spawn_file_actions_adddup2(&actions, socket, HELPER_SOCKET);
    for (int fd = 0; fd < HELPER_SOCKET; fd++)
        posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setsigdefault(&attr, &all);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    int rc = posix_spawn(pid, program, &actions, &attr, argv, envp);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&actions);
    errno = rc;
    return rc == 0;
}

bool process_start(struct process *process, const char *program, struct err *err)
{
    int pair[2] = {-1, -1};
    bool ok = socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0;
    for (int i = 0; ok && i < 2; i++)
        ok = fcntl(pair[i], F_SETFD, FD_CLOEXEC) == 0;
    ok = ok && fcntl(pair[0], F_SETFL, O_NONBLOCK) == 0 && spawn(&process->pid, program, pair[1]);
    if (!ok) {
        err_set(err, ERR_LOCAL, errno, "The shell helper could not be started: %s", strerror(errno));
        if (pair[0] >= 0)
            close(pair[0]);
        *process = (struct process){.fd = -1};
    } else {
        process->fd = pair[0];
    }
    if (pair[1] >= 0)
        close(pair[1]);
    return ok;
}

static void describe(int status, char *how, size_t size)
{
    static const struct {
        int number;
        const char *meaning;
    } signals[] = {
        {SIGSYS, "bad system call"},  {SIGSEGV, "memory fault"}, {SIGBUS, "bus error"},
        {SIGABRT, "aborted"},         {SIGKILL, "killed"},       {SIGILL, "illegal instruction"},
        {SIGFPE, "arithmetic fault"}, {SIGTERM, "terminated"},   {SIGXCPU, "time limit"},
    };
    if (!WIFSIGNALED(status)) {
        snprintf(how, size, "ended by itself with status %d", WEXITSTATUS(status));
        return;
    }
    const char *meaning = "unexpected";
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        if (signals[i].number == WTERMSIG(status))
            meaning = signals[i].meaning;
    snprintf(how, size, "was killed by signal %d (%s)", WTERMSIG(status), meaning);
}

/* Waits in steps of a millisecond: a wait with a limit is not in POSIX. */
static bool reap(pid_t pid, int limit_ms, int *status)
{
    for (int waited = 0;; waited++) {
        pid_t got = waitpid(pid, status, WNOHANG);
        if (got == pid)
            return true;
        if ((got < 0 && errno != EINTR) || waited >= limit_ms)
            return false;
        poll(NULL, 0, 1);
    }
}

void process_stop(struct process *process, int grace_ms, char *how, size_t size)
{
    int status = 0;
    if (size > 0)
        how[0] = '\0';
    if (process->fd >= 0)
        close(process->fd);
    if (process->pid > 0) {
        bool reaped = grace_ms > 0 && reap(process->pid, grace_ms, &status);
        if (!reaped) {
            kill(process->pid, SIGKILL);
            reaped = reap(process->pid, STOP_MS - grace_ms, &status);
        }
        if (reaped && size > 0)
            describe(status, how, size);
    }
    *process = (struct process){.fd = -1};
}
