#include "client/apikey.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/base/clock.h"
#include "client/base/log.h"
#include "client/base/mem.h"
#include "client/file.h"

enum { OUTPUT_MAX = 4096, COMMAND_MS = 30000 };

static const char variable[] = "UPSTASH_BOX_API_KEY";

/* Fills the start of a page of its own, so that locking and hiding it touch nothing else. */
struct apikey {
    char text[APIKEY_MAX + 1];
};

static size_t page_size(void)
{
    long size = sysconf(_SC_PAGESIZE);
    return size > 0 ? (size_t)size : 4096;
}

bool apikey_valid(const char *key, size_t len)
{
    if (len < APIKEY_MIN || len > APIKEY_MAX)
        return false;
    for (size_t i = 0; i < len; i++)
        if (key[i] < '!' || key[i] > '~')
            return false;
    return true;
}

struct apikey *apikey_new(const char *key, size_t len, struct err *err)
{
    if (!apikey_valid(key, len)) {
        err_set(err, ERR_USAGE, 0, "this is not an API key: one has %d to %d visible ASCII characters",
                APIKEY_MIN, APIKEY_MAX);
        return NULL;
    }
    void *page = mmap(NULL, page_size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) {
        err_set(err, ERR_LOCAL, errno, "no memory for the API key");
        return NULL;
    }
    mlock(page, page_size()); /* fails where the limit is low: then only the dump rules protect it */
#ifdef MADV_DONTDUMP
    madvise(page, page_size(), MADV_DONTDUMP);
#endif
    struct apikey *holder = page;
    memcpy(holder->text, key, len);
    holder->text[len] = '\0';
    log_hide_secret(holder->text);
    return holder;
}

void apikey_free(struct apikey *key)
{
    if (key == NULL)
        return;
    explicit_bzero(key, sizeof *key);
    munmap(key, page_size());
}

const char *apikey_text(const struct apikey *key)
{
    return key->text;
}

void apikey_harden_process(void)
{
#ifdef PR_SET_DUMPABLE
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
}

struct apikey *apikey_take_environment(struct err *err)
{
    char *value = getenv(variable);
    if (value == NULL)
        return NULL;
    size_t len = strlen(value);
    struct apikey *key = len == 0 ? NULL : apikey_new(value, len, err);
    if (key == NULL && len > 0)
        err_set(err, ERR_USAGE, 0, "%s does not hold an API key: one has %d to %d visible ASCII characters",
                variable, APIKEY_MIN, APIKEY_MAX);
    explicit_bzero(value, len); /* /proc/PID/environ shows this very memory */
    unsetenv(variable);
    return key;
}

/* The first line of what a file or a command said, as a key. Wipes the bytes. */
static struct apikey *first_line(char *bytes, size_t len, const char *source, struct err *err)
{
    size_t start = 0;
    while (start < len && (bytes[start] == ' ' || bytes[start] == '\t'))
        start++;
    size_t end = start;
    while (end < len && bytes[end] != '\n')
        end++;
    while (end > start && strchr(" \t\r", bytes[end - 1]) != NULL)
        end--;
    struct apikey *key = apikey_new(bytes + start, end - start, err);
    if (key == NULL)
        err_set(err, ERR_USAGE, 0, "the first line of %s is not an API key", source);
    explicit_bzero(bytes, len);
    return key;
}

struct apikey *apikey_read_file(const char *path, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat info;
    if (fd < 0 || fstat(fd, &info) != 0) {
        err_set(err, ERR_LOCAL, errno, "cannot read the API key from %s: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    struct apikey *key = NULL;
    if (!S_ISREG(info.st_mode)) {
        err_set(err, ERR_LOCAL, 0, "cannot read the API key from %s: not an ordinary file", path);
    } else if (info.st_uid != geteuid()) {
        err_set(err, ERR_LOCAL, 0, "the API key file %s belongs to somebody else", path);
    } else if ((info.st_mode & 077) != 0) {
        err_set(err, ERR_LOCAL, 0, "others can read the API key in %s: run  chmod 600 %s", path, path);
    } else {
        char bytes[OUTPUT_MAX];
        ssize_t len = read(fd, bytes, sizeof bytes);
        key = first_line(bytes, len > 0 ? (size_t)len : 0, path, err);
    }
    close(fd);
    return key;
}

/* --- a command --------------------------------------------------------------------------------------- */

/* Starts argv with its output in *out, in a process group of its own so that all of it can be ended. */
static pid_t spawn(const char *const *argv, int *out)
{
    extern char **environ;
    int pipe_fds[2];
    if (pipe2(pipe_fds, O_CLOEXEC) != 0)
        return -1;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, pipe_fds[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawnattr_init(&attr);
    posix_spawnattr_setpgroup(&attr, 0);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP);
    pid_t pid;
    int failed = posix_spawnp(&pid, argv[0], &actions, &attr, (char *const *)argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attr);
    close(pipe_fds[1]);
    if (failed != 0) {
        close(pipe_fds[0]);
        errno = failed;
        return -1;
    }
    *out = pipe_fds[0];
    return pid;
}

/* Reads until the end, the cap or the deadline. False when the time was over. */
static bool read_until(int fd, char *bytes, size_t *len, int64_t deadline_ms)
{
    while (*len < OUTPUT_MAX) {
        int64_t left = deadline_ms - clock_ms();
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int ready = left <= 0 ? 0 : poll(&p, 1, (int)left);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return false;
        ssize_t got = read(fd, bytes + *len, OUTPUT_MAX - *len);
        if (got <= 0)
            return got == 0 || errno != EINTR;
        *len += (size_t)got;
    }
    return true;
}

struct apikey *apikey_read_command_within(const char *const *argv, int limit_ms, struct err *err)
{
    int out = -1;
    pid_t pid = spawn(argv, &out);
    if (pid < 0) {
        err_set(err, ERR_LOCAL, errno, "cannot start the command for the API key, %s: %s", argv[0],
                strerror(errno));
        return NULL;
    }
    char bytes[OUTPUT_MAX];
    size_t len = 0;
    bool in_time = read_until(out, bytes, &len, clock_ms() + limit_ms);
    close(out);
    bool whole = in_time && len < OUTPUT_MAX;
    if (!whole)
        kill(-pid, SIGKILL); /* our own child: it may have children that hold on */
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    struct apikey *key = NULL;
    if (!in_time)
        err_set(err, ERR_TIMEOUT, 0, "the command for the API key, %s, took longer than %d s", argv[0],
                (limit_ms + 999) / 1000);
    else if (whole && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
        err_set(err, ERR_LOCAL, 0,
                "the command for the API key, %s, failed (%s %d): run it by hand to see why", argv[0],
                WIFEXITED(status) ? "exit status" : "signal",
                WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
    else
        key = first_line(bytes, len, argv[0], err);
    explicit_bzero(bytes, sizeof bytes);
    return key;
}

struct apikey *apikey_read_command(const char *const *argv, struct err *err)
{
    return apikey_read_command_within(argv, COMMAND_MS, err);
}

/* --- finding and keeping ------------------------------------------------------------------------------ */

struct apikey *apikey_find(const struct apikey_sources *sources, const char **source, struct err *err)
{
    const char *ignored;
    if (source == NULL)
        source = &ignored;
    if (sources->file != NULL) {
        *source = "--api-key-file";
        return apikey_read_file(sources->file, err);
    }
    if (sources->command != NULL && sources->command[0] != NULL) {
        *source = "api_key_cmd";
        return apikey_read_command(sources->command, err);
    }
    if (sources->environment != NULL) {
        *source = "the environment";
        const char *text = apikey_text(sources->environment);
        return apikey_new(text, strlen(text), err);
    }
    if (sources->config_file != NULL) {
        *source = "the key file of the configuration";
        return apikey_read_file(sources->config_file, err);
    }
    *source = "nowhere";
    err_set(err, ERR_AUTH, 0,
            "no API key: set %s, or api_key_cmd in the configuration, or use --api-key-file", variable);
    return NULL;
}

bool apikey_save(const char *path, const struct apikey *key, struct err *err)
{
    size_t len = strlen(key->text);
    char line[APIKEY_MAX + 2];
    memcpy(line, key->text, len);
    line[len] = '\n';
    bool ok = file_write_private(path, line, len + 1, FILE_SAFE, err);
    explicit_bzero(line, sizeof line);
    return ok;
}
