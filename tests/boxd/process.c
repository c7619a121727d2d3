#include "tests/boxd/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/base/buf.h"
#include "client/base/mem.h"
#include "tests/boxd/paths.h"

enum { ENV_MAX = 512 };

/* What the child needs; all of it made before the fork, because after it only system calls are safe. */
struct launch {
    char *const *argv;
    char *const *env;
    const char *program;
    const char *folder;
    int in, out, err, report;
};

/* In the child: never returns. */
static void become(const struct launch *l)
{
    sigset_t none;
    sigemptyset(&none);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setsid();
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    dup2(l->in, 0);
    dup2(l->out, 1);
    dup2(l->err, 2);
    close_range(3, ~0u, CLOSE_RANGE_CLOEXEC);
    if (chdir(l->folder) == 0) {
        execve(l->program, l->argv, l->env);
    }
    int code = errno;
    ssize_t ignored = write(l->report, &code, sizeof code);
    _exit(ignored > 0 ? 127 : 126);
}

/* The program a name stands for, looked up in the PATH that the child will have. NULL when there is none. The
 * caller frees it. */
static char *find_program(const char *name, char *const *env)
{
    if (strchr(name, '/') != NULL) {
        return mem_dup(name);
    }
    const char *path = "";
    for (; *env != NULL; env++) {
        path = strncmp(*env, "PATH=", 5) == 0 ? *env + 5 : path;
    }
    while (*path != '\0') {
        size_t len = strcspn(path, ":");
        char *candidate = mem_format("%.*s/%s", (int)len, path, name);
        if (access(candidate, X_OK) == 0) {
            return candidate;
        }
        free(candidate);
        path += len;
        path += *path == ':' ? 1 : 0;
    }
    return NULL;
}

static void close_all(int *fds, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (fds[i] >= 0) {
            close(fds[i]);
        }
    }
}

/* Forks and waits for the word from the child: 0 when the program runs, else the errno. */
static int launch(struct process *process, struct launch *l, int report)
{
    int code = 0;
    process->pid = fork();
    if (process->pid < 0) {
        return errno;
    }
    if (process->pid == 0) {
        become(l);
    }
    close(l->report);
    l->report = -1;
    ssize_t got;
    do {
        got = read(report, &code, sizeof code);
    } while (got < 0 && errno == EINTR);
    if (got > 0) {
        waitpid(process->pid, NULL, 0);
        return code;
    }
    process->pidfd = (int)syscall(SYS_pidfd_open, process->pid, 0);
    if (process->pidfd < 0) {
        code = errno;
        kill(process->pid, SIGKILL);
        waitpid(process->pid, NULL, 0);
        return code;
    }
    return 0;
}

bool process_start(struct process *process, char *const *argv, const char *folder, char *const *env,
                   bool merged, struct err *err)
{
    /* in, out (read, write), err (read, write), report (read, write) */
    int fds[7] = {-1, -1, -1, -1, -1, -1, -1};
    *process = (struct process){.out = -1, .err = -1, .pidfd = -1};
    char *program = find_program(argv[0], env);
    if (program == NULL) {
        return err_set(err, ERR_NOT_FOUND, 127, "%.80s: not found", argv[0]);
    }
    fds[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int code = fds[0] < 0 || pipe2(fds + 1, O_CLOEXEC) < 0 || pipe2(fds + 5, O_CLOEXEC) < 0 ||
                       (!merged && pipe2(fds + 3, O_CLOEXEC) < 0)
                   ? errno
                   : 0;
    if (code == 0) {
        struct launch l = {.argv = argv,
                           .env = env,
                           .program = program,
                           .folder = folder,
                           .in = fds[0],
                           .out = fds[2],
                           .err = merged ? fds[2] : fds[4],
                           .report = fds[6]};
        code = launch(process, &l, fds[5]);
        fds[6] = l.report;
    }
    if (code == 0) {
        process->out = fds[1];
        process->err = fds[3];
        fds[1] = fds[3] = -1;
    }
    close_all(fds, sizeof fds / sizeof *fds);
    free(program);
    return code == 0 ||
           err_set(err, ERR_LOCAL, code == ENOENT ? 127 : 126, "%.80s: %s", argv[0], strerror(code));
}

int process_finish(struct process *process, struct rusage *usage)
{
    int status = 0;
    while (wait4(process->pid, &status, 0, usage) < 0 && errno == EINTR) {
    }
    int fds[] = {process->out, process->err, process->pidfd};
    close_all(fds, sizeof fds / sizeof *fds);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void add(char **env, size_t *count, char *entry)
{
    if (*count + 1 < ENV_MAX) {
        env[(*count)++] = entry;
    } else {
        free(entry);
    }
}

/* box-api.md 2.2: these are dropped from what users set. */
static bool forbidden(const char *name)
{
    static const char *const names[] = {"PATH", "HOME", "LD_PRELOAD", "LD_LIBRARY_PATH", "NODE_OPTIONS"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return name[0] == '\0' || strchr(name, '=') != NULL;
}

static void add_variables(char **env, size_t *count, json_t *variables)
{
    const char *name;
    json_t *value;
    json_object_foreach(variables, name, value)
    {
        if (json_is_string(value) && !forbidden(name)) {
            add(env, count, mem_format("%s=%s", name, json_string_value(value)));
        }
    }
}

char **process_env(const struct boxd *boxd, const struct box *box)
{
    char **env = mem_zalloc(ENV_MAX, sizeof *env);
    const char *path = getenv("PATH");
    size_t count = 0;
    char *home = paths_host(boxd, box, NULL);
    add(env, &count, mem_format("PATH=%s", path == NULL ? "/usr/local/bin:/usr/bin:/bin" : path));
    add(env, &count, mem_format("HOME=%s", home));
    add(env, &count, mem_format("TMPDIR=%s/../tmp", home));
    add(env, &count, mem_format("BOX_ID=%s", box->id));
    add(env, &count, mem_format("BOX_ASSETS=%s", boxd->assets == NULL ? "" : boxd->assets));
    add(env, &count, mem_dup("USER=boxuser"));
    add(env, &count, mem_dup("LOGNAME=boxuser"));
    add(env, &count, mem_dup("SHELL=/bin/sh"));
    add(env, &count, mem_dup("LANG=C.UTF-8"));
    add(env, &count, mem_format("GIT_CONFIG_SYSTEM=%s/gitconfig", boxd->root));
    add(env, &count, mem_format("GIT_CEILING_DIRECTORIES=%s/boxes", boxd->root));
    add(env, &count, mem_dup("GIT_TERMINAL_PROMPT=0"));
    add_variables(env, &count, box->env);
    add(env, &count, mem_dup(boxd->instance));
    free(home);
    return env;
}

void process_env_free(char **env)
{
    for (size_t i = 0; env != NULL && env[i] != NULL; i++) {
        free(env[i]);
    }
    free(env);
}

/* Whether the environment of a process holds our mark. */
static bool marked(long pid, const char *mark)
{
    char path[64];
    struct buf env;
    char block[4096];
    snprintf(path, sizeof path, "/proc/%ld/environ", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    buf_init(&env, 1 << 20);
    for (ssize_t got; (got = read(fd, block, sizeof block)) > 0;) {
        buf_add(&env, block, (size_t)got);
    }
    close(fd);
    bool found = false;
    for (size_t at = 0; !found && at < env.len; at += strlen(env.data + at) + 1) {
        found = strcmp(env.data + at, mark) == 0;
    }
    buf_done(&env);
    return found;
}

void process_kill_marked(const struct boxd *boxd)
{
    DIR *proc = opendir("/proc");
    if (proc == NULL) {
        return;
    }
    for (struct dirent *entry; (entry = readdir(proc)) != NULL;) {
        long pid = strtol(entry->d_name, NULL, 10);
        if (pid > 1 && pid != getpid() && marked(pid, boxd->instance)) {
            kill((pid_t)pid, SIGKILL);
        }
    }
    closedir(proc);
}
