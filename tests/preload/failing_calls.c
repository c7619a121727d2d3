/*
 * A library to preload (LD_PRELOAD) that lets the k-th call of a kind fail, for the torture of the whole
 * program: what the program and its libraries call goes through here.
 *
 *   FAIL_CALLS=read:12:1:5    of the reads, from the 12th on 1 fails with errno 5; 0 calls: all from there on
 *   FAIL_COUNTS=FILE          FAIL_KINDS + 1 numbers: calls made of each kind, and how many failed
 *   FAIL_TRACE=FILE           gets who made the first call that failed
 *   FAIL_IN=helper            in the shell's helper instead of the program itself
 *
 * Kinds: read write connect open poll socket spawn thread. The calls themselves go straight to the
 * kernel.
 */
#include "tests/preload/failing_calls.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { TRACE_FRAMES = 30 };

static const char *const kind_names[FAIL_KINDS] = FAIL_KIND_NAMES;

static struct {
    bool on;
    int kind, first, calls, error;
    int trace;          /* descriptor, or -1 */
    atomic_int *counts; /* FAIL_KINDS of them, then how many failed */
    char **environment; /* for the helper */
} plan;

/* Counts a call. Whether it is to fail; errno is set then. */
static bool fails(enum fail_kind kind)
{
    if (!plan.on)
        return false;
    int number = plan.counts != NULL ? atomic_fetch_add(&plan.counts[kind], 1) + 1 : 0;
    if ((int)kind != plan.kind || number < plan.first ||
        (plan.calls > 0 && number >= plan.first + plan.calls))
        return false;
    if (atomic_fetch_add(&plan.counts[FAIL_KINDS], 1) == 0 && plan.trace >= 0) {
        void *frames[TRACE_FRAMES];
        backtrace_symbols_fd(frames, backtrace(frames, TRACE_FRAMES), plan.trace);
    }
    errno = plan.error;
    return true;
}

/* The function that would have been called without us. `out` points to a pointer to a function. */
static void find_next(void *out, const char *name)
{
    void *next = dlsym(RTLD_NEXT, name);
    memcpy(out, &next, sizeof next);
}

__attribute__((constructor)) static void begin(int argc, char **argv, char **envp)
{
    const char *spec = getenv("FAIL_CALLS"), *counts = getenv("FAIL_COUNTS"), *in = getenv("FAIL_IN");
    bool helper = argc == 2 && strcmp(argv[1], "--shell-helper") == 0;
    plan.environment = envp;
    if (spec == NULL || counts == NULL || helper != (in != NULL && strcmp(in, "helper") == 0))
        return;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, counts, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return;
    void *map = mmap(NULL, sizeof(int) * (FAIL_KINDS + 1), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (map == MAP_FAILED)
        return;
    plan.counts = map;
    const char *trace = getenv("FAIL_TRACE");
    void *frame; /* the first time it may allocate */
    plan.trace =
        trace == NULL || backtrace(&frame, 1) < 0
            ? -1
            : (int)syscall(SYS_openat, AT_FDCWD, trace, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    char name[16] = "";
    plan.kind = -1;
    if (sscanf(spec, "%15[a-z]:%d:%d:%d", name, &plan.first, &plan.calls, &plan.error) == 4)
        for (int kind = 0; kind < FAIL_KINDS; kind++)
            if (strcmp(kind_names[kind], name) == 0)
                plan.kind = kind;
    plan.on = true;
}

/* ---- reading ---- */

ssize_t read(int fd, void *out, size_t size)
{
    return fails(FAIL_READ) ? -1 : syscall(SYS_read, fd, out, size);
}

ssize_t __read_chk(int fd, void *out, size_t size, size_t room);
ssize_t __read_chk(int fd, void *out, size_t size, size_t room)
{
    return size > room ? (abort(), -1) : read(fd, out, size);
}

ssize_t pread64(int fd, void *out, size_t size, off_t at)
{
    return fails(FAIL_READ) ? -1 : syscall(SYS_pread64, fd, out, size, at);
}

ssize_t pread(int fd, void *out, size_t size, off_t at)
{
    return pread64(fd, out, size, at);
}

ssize_t __pread64_chk(int fd, void *out, size_t size, off_t at, size_t room);
ssize_t __pread64_chk(int fd, void *out, size_t size, off_t at, size_t room)
{
    return size > room ? (abort(), -1) : pread64(fd, out, size, at);
}

ssize_t __pread_chk(int fd, void *out, size_t size, off_t at, size_t room);
ssize_t __pread_chk(int fd, void *out, size_t size, off_t at, size_t room)
{
    return __pread64_chk(fd, out, size, at, room);
}

ssize_t readv(int fd, const struct iovec *parts, int count)
{
    return fails(FAIL_READ) ? -1 : syscall(SYS_readv, fd, parts, count);
}

ssize_t recvfrom(int fd, void *out, size_t size, int flags, __SOCKADDR_ARG from, socklen_t *len)
{
    return fails(FAIL_READ) ? -1 : syscall(SYS_recvfrom, fd, out, size, flags, from.__sockaddr__, len);
}

ssize_t recv(int fd, void *out, size_t size, int flags)
{
    return recvfrom(fd, out, size, flags, NULL, NULL);
}

ssize_t __recv_chk(int fd, void *out, size_t size, size_t room, int flags);
ssize_t __recv_chk(int fd, void *out, size_t size, size_t room, int flags)
{
    return size > room ? (abort(), -1) : recv(fd, out, size, flags);
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    return fails(FAIL_READ) ? -1 : syscall(SYS_recvmsg, fd, message, flags);
}

/* ---- writing ---- */

ssize_t write(int fd, const void *bytes, size_t size)
{
    return fails(FAIL_WRITE) ? -1 : syscall(SYS_write, fd, bytes, size);
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off_t at)
{
    return fails(FAIL_WRITE) ? -1 : syscall(SYS_pwrite64, fd, bytes, size, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at)
{
    return pwrite64(fd, bytes, size, at);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    return fails(FAIL_WRITE) ? -1 : syscall(SYS_writev, fd, parts, count);
}

ssize_t sendto(int fd, const void *bytes, size_t size, int flags, __CONST_SOCKADDR_ARG to, socklen_t len)
{
    return fails(FAIL_WRITE) ? -1 : syscall(SYS_sendto, fd, bytes, size, flags, to.__sockaddr__, len);
}

ssize_t send(int fd, const void *bytes, size_t size, int flags)
{
    return sendto(fd, bytes, size, flags, NULL, 0);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    return fails(FAIL_WRITE) ? -1 : syscall(SYS_sendmsg, fd, message, flags);
}

/* ---- opening ---- */

static int open_at(int folder, const char *path, int flags, va_list rest)
{
    int mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, int) : 0;
    return fails(FAIL_OPEN) ? -1 : (int)syscall(SYS_openat, folder, path, flags, mode);
}

int openat(int folder, const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    int fd = open_at(folder, path, flags, rest);
    va_end(rest);
    return fd;
}

int openat64(int folder, const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    int fd = open_at(folder, path, flags, rest);
    va_end(rest);
    return fd;
}

int open(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    int fd = open_at(AT_FDCWD, path, flags, rest);
    va_end(rest);
    return fd;
}

int open64(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    int fd = open_at(AT_FDCWD, path, flags, rest);
    va_end(rest);
    return fd;
}

int __open_2(const char *path, int flags);
int __open_2(const char *path, int flags)
{
    return open(path, flags);
}

int __open64_2(const char *path, int flags);
int __open64_2(const char *path, int flags)
{
    return open(path, flags);
}

FILE *fopen(const char *path, const char *mode)
{
    FILE *(*next)(const char *, const char *);
    find_next(&next, "fopen");
    return fails(FAIL_OPEN) ? NULL : next(path, mode);
}

FILE *fopen64(const char *path, const char *mode)
{
    return fopen(path, mode);
}

/* ---- waiting ---- */

int poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
    return fails(FAIL_POLL) ? -1 : (int)syscall(SYS_poll, fds, count, timeout_ms);
}

int __poll_chk(struct pollfd *fds, nfds_t count, int timeout_ms, size_t room);
int __poll_chk(struct pollfd *fds, nfds_t count, int timeout_ms, size_t room)
{
    return room / sizeof *fds < count ? (abort(), -1) : poll(fds, count, timeout_ms);
}

int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
    struct timespec left =
        timeout != NULL ? *timeout : (struct timespec){0}; /* the kernel writes what is left */
    return fails(FAIL_POLL)
               ? -1
               : (int)syscall(SYS_ppoll, fds, count, timeout != NULL ? &left : NULL, mask, _NSIG / 8);
}

/* ---- sockets, pipes, processes, threads ---- */

int connect(int fd, __CONST_SOCKADDR_ARG to, socklen_t len)
{
    return fails(FAIL_CONNECT) ? -1 : (int)syscall(SYS_connect, fd, to.__sockaddr__, len);
}

int socket(int domain, int type, int protocol)
{
    return fails(FAIL_SOCKET) ? -1 : (int)syscall(SYS_socket, domain, type, protocol);
}

int socketpair(int domain, int type, int protocol, int pair[2])
{
    return fails(FAIL_SOCKET) ? -1 : (int)syscall(SYS_socketpair, domain, type, protocol, pair);
}

int pipe2(int pair[2], int flags)
{
    return fails(FAIL_SOCKET) ? -1 : (int)syscall(SYS_pipe2, pair, flags);
}

int pipe(int pair[2])
{
    return pipe2(pair, 0);
}

int eventfd(unsigned value, int flags)
{
    return fails(FAIL_SOCKET) ? -1 : (int)syscall(SYS_eventfd2, value, flags);
}

/* boxtop gives its helper no environment: ours goes along, so that calls can fail there. */
int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                const posix_spawnattr_t *attributes, char *const *argv, char *const *envp)
{
    int (*next)(pid_t *, const char *, const posix_spawn_file_actions_t *, const posix_spawnattr_t *,
                char *const *, char *const *);
    find_next(&next, "posix_spawn");
    if (fails(FAIL_SPAWN))
        return plan.error;
    return next(pid, path, actions, attributes, argv,
                envp != NULL && envp[0] == NULL ? plan.environment : envp);
}

pid_t fork(void)
{
    pid_t (*next)(void);
    find_next(&next, "fork");
    return fails(FAIL_SPAWN) ? -1 : next();
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *data)
{
    int (*next)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    find_next(&next, "pthread_create");
    return fails(FAIL_THREAD) ? plan.error : next(thread, attributes, run, data);
}
