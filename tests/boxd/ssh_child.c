#include "tests/boxd/ssh_internal.h"

#include "client/base/clock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { GRACE_MS = 300 };

/* The two ends of each stream, while a child is being started. */
struct ends {
    int near[3]; /* ours: in, out, err */
    int far[3];  /* the child's stdin, stdout, stderr */
};

static void close_all(const int *fds, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool seen = fds[i] < 0;
        for (size_t k = 0; k < i; k++)
            seen = seen || fds[k] == fds[i];
        if (!seen)
            close(fds[i]);
    }
}

static bool set_nonblocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0;
}

static bool open_pipes(struct ends *ends)
{
    for (int i = 0; i < 3; i++) {
        int fds[2];
        if (pipe2(fds, O_CLOEXEC) < 0)
            return false;
        ends->near[i] = fds[i == 0 ? 1 : 0];
        ends->far[i] = fds[i == 0 ? 0 : 1];
        if (!set_nonblocking(ends->near[i]))
            return false;
    }
    return true;
}

static bool open_pty(struct ends *ends, int rows, int cols)
{
    char name[64];
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    ends->near[0] = ends->near[1] = master;
    if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0 ||
        ptsname_r(master, name, sizeof name) != 0)
        return false;
    int slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    ends->far[0] = ends->far[1] = ends->far[2] = slave;
    if (slave < 0)
        return false;
    struct termios modes;
    if (tcgetattr(slave, &modes) == 0) {
        modes.c_iflag |= IUTF8;
        tcsetattr(slave, TCSANOW, &modes);
    }
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};
    return ioctl(slave, TIOCSWINSZ, &size) == 0;
}

/* The child's side: only calls that are safe after the fork of a threaded process. */
static _Noreturn void become(const struct ssh_start *start, const int *far, const char *shell, char **argv)
{
    sigset_t none;
    sigemptyset(&none);
    for (int signal_number = 1; signal_number < NSIG; signal_number++)
        signal(signal_number, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setsid();
    if (start->pty)
        ioctl(far[0], TIOCSCTTY, 0);
    static const char no_folder[] = "The box's folder cannot be entered\r\n";
    for (int i = 0; i < 3; i++)
        if (dup2(far[i], i) < 0)
            _exit(126);
    close_range(3, ~0U, 0);
    if (chdir(start->folder) < 0) {
        ssize_t written = write(2, no_folder, sizeof no_folder - 1);
        _exit(written < 0 ? 125 : 126);
    }
    execve(shell, argv, start->env);
    _exit(127);
}

bool ssh_child_start(struct ssh_child *child, const struct ssh_start *start, struct err *err)
{
    struct ends ends = {{-1, -1, -1}, {-1, -1, -1}};
    *child = (struct ssh_child){.pidfd = -1, .in = -1, .out = -1, .err = -1, .pty = start->pty};
    bool opened = start->pty ? open_pty(&ends, start->rows, start->cols) : open_pipes(&ends);
    if (!opened) {
        int code = errno;
        close_all(ends.near, 3);
        close_all(ends.far, 3);
        return err_set(err, ERR_LOCAL, code, "No %s for the shell: %s", start->pty ? "pty" : "pipe",
                       strerror(code));
    }
    bool bash = access("/bin/bash", X_OK) == 0;
    const char *shell = bash ? "/bin/bash" : "/bin/sh";
    char name[8], login[] = "-l", run[] = "-c";
    snprintf(name, sizeof name, "%s", bash ? "bash" : "sh");
    char *argv[] = {name, start->command != NULL ? run : login, (char *)start->command, NULL};
    pid_t pid = fork();
    if (pid == 0)
        become(start, ends.far, shell, argv);
    int code = errno;
    close_all(ends.far, 3);
    int pidfd = pid > 0 ? pidfd_open(pid, 0) : -1;
    if (pid < 0 || pidfd < 0) {
        code = pid > 0 ? errno : code;
        close_all(ends.near, 3);
        if (pid > 0) {
            kill(pid, SIGKILL);
            waitpid(pid, NULL, 0);
        }
        return err_set(err, ERR_LOCAL, code, "The shell could not be started: %s", strerror(code));
    }
    *child = (struct ssh_child){.pid = pid,
                                .pidfd = pidfd,
                                .in = ends.near[0],
                                .out = ends.near[1],
                                .err = ends.near[2],
                                .pty = start->pty};
    return true;
}

bool ssh_child_ended(const struct ssh_child *child, int *status)
{
    siginfo_t info = {0};
    if (waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0)
        return false;
    if (status != NULL)
        *status =
            info.si_code == CLD_EXITED ? W_EXITCODE(info.si_status & 0xFF, 0) : W_EXITCODE(0, info.si_status);
    return true;
}

void ssh_child_signal(const struct ssh_child *child, int signal)
{
    if (child->pid <= 0)
        return;
    pid_t foreground = child->pty && child->in >= 0 ? tcgetpgrp(child->in) : -1;
    if (foreground > 0 && foreground != child->pid)
        kill(-foreground, signal);
    else
        kill(-child->pid, signal);
}

/* The session id of a process by /proc (field 6 of stat, counted after the last parenthesis of the name); 0
 * when it is gone. */
static pid_t session_of(const char *pid)
{
    char path[64], line[512];
    snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return 0;
    size_t len = fread(line, 1, sizeof line - 1, file);
    fclose(file);
    line[len] = '\0';
    const char *rest = strrchr(line, ')');
    int session = 0;
    if (rest == NULL || sscanf(rest + 1, " %*c %*d %*d %d", &session) != 1)
        return 0;
    return session;
}

/* Sends a signal to every member of a session but its leader; returns how many there are. Signal 0 counts. */
static int signal_members(pid_t leader, int signal)
{
    int members = 0;
    DIR *proc = opendir("/proc");
    if (proc == NULL)
        return 0;
    for (struct dirent *entry; (entry = readdir(proc)) != NULL;) {
        pid_t pid = atoi(entry->d_name);
        if (pid <= 0 || pid == leader || session_of(entry->d_name) != leader)
            continue;
        members++;
        kill(pid, signal);
    }
    closedir(proc);
    return members;
}

void ssh_child_end(struct ssh_child *child, struct ssh_server *server)
{
    if (child->pid > 0 && !ssh_child_ended(child, NULL)) {
        ssh_child_signal(child, SIGHUP);
        kill(-child->pid, SIGHUP);
        kill(-child->pid, SIGCONT);
    }
    close_all((int[]){child->in, child->out, child->err}, 3);
    if (child->pid > 0) {
        struct pollfd wait = {.fd = child->pidfd, .events = POLLIN};
        if (poll(&wait, 1, GRACE_MS) <= 0)
            kill(-child->pid, SIGKILL);
        siginfo_t info;
        waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOWAIT);
        close(child->pidfd);
        if (signal_members(child->pid, 0) > 0)
            ssh_server_keep_stray(server, child->pid);
        else
            waitpid(child->pid, NULL, 0);
    }
    *child = (struct ssh_child){.pidfd = -1, .in = -1, .out = -1, .err = -1};
}

void ssh_child_end_stray(pid_t leader)
{
    signal_members(leader, SIGTERM);
    for (int64_t until = clock_ms() + GRACE_MS; clock_ms() < until && signal_members(leader, 0) > 0;)
        poll(NULL, 0, 10);
    /* A member may fork while the others are counted: look again until none is left. */
    for (int i = 0; i < 100 && signal_members(leader, SIGKILL) > 0; i++)
        poll(NULL, 0, 5);
    waitpid(leader, NULL, 0);
}
