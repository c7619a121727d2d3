#include "tests/support/child.h"

#include "client/base/buf.h"
#include "client/base/clock.h"
#include "client/base/mem.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { LIMIT_MS = 30000, LOOK_MS = 10, OUTPUT_MAX = 64 << 20 };

static char *make_file(int *fd)
{
    const char *folder = getenv("TMPDIR");
    char *name = mem_format("%s/child.XXXXXX", folder != NULL ? folder : "/tmp");
    *fd = mkostemp(name, O_CLOEXEC);
    assert_true(*fd >= 0);
    return name;
}

void child_start(struct child *child, const char *const *argv, const char *const *env)
{
    int out, err;
    child->out = make_file(&out);
    child->err = make_file(&err);
    child->pid = fork();
    assert_true(child->pid >= 0);
    if (child->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        signal(SIGPIPE, SIG_DFL);
        dup2(out, STDOUT_FILENO);
        dup2(err, STDERR_FILENO);
        for (size_t i = 0; env != NULL && env[i] != NULL; i++)
            putenv((char *)env[i]);
        execv(argv[0], (char *const *)argv);
        _exit(127);
    }
    close(out);
    close(err);
}

void child_done(struct child *child)
{
    if (child->pid > 0) {
        kill(child->pid, SIGKILL);
        waitpid(child->pid, NULL, 0);
    }
    for (int i = 0; i < 2; i++) {
        char *name = i == 0 ? child->out : child->err;
        if (name != NULL)
            unlink(name);
        free(name);
    }
    *child = (struct child){0};
}

static char *read_file(const char *name)
{
    struct buf text;
    char bytes[65536];
    buf_init(&text, OUTPUT_MAX);
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    for (ssize_t got; fd >= 0 && (got = read(fd, bytes, sizeof bytes)) > 0;)
        buf_add(&text, bytes, (size_t)got);
    if (fd >= 0)
        close(fd);
    return buf_take(&text, NULL);
}

char *child_out(const struct child *child)
{
    return read_file(child->out);
}

char *child_err(const struct child *child)
{
    return read_file(child->err);
}

size_t child_count(const char *file, const char *text)
{
    char *all = read_file(file);
    size_t count = 0;
    for (const char *at = all; at != NULL && (at = strstr(at, text)) != NULL; at += strlen(text))
        count++;
    free(all);
    return count;
}

static void wait_for(const struct child *child, const char *file, const char *text)
{
    for (int64_t until = clock_ms() + LIMIT_MS; child_count(file, text) == 0; poll(NULL, 0, LOOK_MS)) {
        if (clock_ms() < until && child_runs(child))
            continue;
        if (child_count(file, text) > 0)
            return;
        char *out = child_out(child), *err = child_err(child);
        print_message("stdout: %s\nstderr: %s\n", out, err);
        free(out);
        free(err);
        fail_msg("\"%s\" was not written%s", text, child_runs(child) ? "" : " before it ended");
    }
}

void child_says(const struct child *child, const char *text)
{
    wait_for(child, child->out, text);
}

void child_complains(const struct child *child, const char *text)
{
    wait_for(child, child->err, text);
}

bool child_runs(const struct child *child)
{
    siginfo_t info = {0};
    return child->pid > 0 && waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == 0;
}

int child_wait(struct child *child)
{
    int64_t until = clock_ms() + LIMIT_MS;
    while (child_runs(child) && clock_ms() < until)
        poll(NULL, 0, LOOK_MS);
    if (child_runs(child)) {
        char *err = child_err(child);
        fail_msg("it did not end; stderr: %s", err);
    }
    int status = 0;
    waitpid(child->pid, &status, 0);
    child->pid = 0;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
