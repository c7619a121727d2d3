#include "client/shell/sandbox.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANDBOX_SHADOWED 1 /* the sanitizers' shadow memory is terabytes of address space */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANDBOX_SHADOWED 1
#endif
#endif

static bool set_limit(int which, rlim_t most)
{
    struct rlimit limit = {.rlim_cur = most, .rlim_max = most};
    struct rlimit now;
    if (getrlimit(which, &now) == 0 && now.rlim_max < most)
        return true; /* the operator's own limit is lower */
    return setrlimit(which, &limit) == 0;
}

static bool set_limits(void)
{
    bool ok = set_limit(RLIMIT_CORE, 0);
#ifndef SANDBOX_SHADOWED
    ok = ok && set_limit(RLIMIT_AS, SANDBOX_MEMORY);
#endif
    return ok && set_limit(RLIMIT_NOFILE, 64);
}

#ifdef __linux__

#include <fcntl.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>

void sandbox_close_from(int first)
{
    close_range((unsigned)first, ~0U, 0);
}

/* Calls allowed whatever their arguments are: input and output on descriptors that are there, memory, time,
 * random numbers, signals to itself, the end. sigaltstack, sched_yield and madvise are the sanitizers'. */
static const int allowed[] = {
    SCMP_SYS(read),         SCMP_SYS(write),
    SCMP_SYS(readv),        SCMP_SYS(writev),
    SCMP_SYS(recvfrom),     SCMP_SYS(recvmsg),
    SCMP_SYS(sendto),       SCMP_SYS(poll),
    SCMP_SYS(ppoll),        SCMP_SYS(close),
    SCMP_SYS(shutdown),     SCMP_SYS(brk),
    SCMP_SYS(munmap),       SCMP_SYS(mremap),
    SCMP_SYS(madvise),      SCMP_SYS(futex),
    SCMP_SYS(getrandom),    SCMP_SYS(getpid),
    SCMP_SYS(gettid),       SCMP_SYS(clock_gettime),
    SCMP_SYS(gettimeofday), SCMP_SYS(time),
    SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn), SCMP_SYS(restart_syscall),
    SCMP_SYS(sigaltstack),  SCMP_SYS(sched_yield),
    SCMP_SYS(exit),         SCMP_SYS(exit_group),
};

static int allow_if(scmp_filter_ctx filter, int call, struct scmp_arg_cmp condition)
{
    return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1, &condition);
}

static int add_rules(scmp_filter_ctx filter)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < sizeof allowed / sizeof allowed[0]; i++)
        rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
    /* Memory that can be executed is how code becomes new code. */
    if (rc == 0)
        rc = allow_if(filter, SCMP_SYS(mmap), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    if (rc == 0)
        rc = allow_if(filter, SCMP_SYS(mprotect), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    /* libssh2 asks whether its socket is non-blocking. */
    if (rc == 0)
        rc = allow_if(filter, SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, F_GETFL, 0));
    if (rc == 0)
        rc = allow_if(filter, SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, F_SETFL, 0));
    /* abort() */
    if (rc == 0)
        rc = allow_if(filter, SCMP_SYS(tgkill), SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0));
    return rc;
}

static bool load_filter(struct err *err)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    int rc = filter != NULL ? add_rules(filter) : -ENOMEM;
    if (rc == 0)
        rc = seccomp_load(filter);
    seccomp_release(filter);
    return rc == 0 ||
           err_set(err, ERR_LOCAL, -rc, "The shell's sandbox could not be taken: %s", strerror(-rc));
}

bool sandbox_enter(struct err *err)
{
    bool ok = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 &&
              set_limits();
    if (!ok)
        return err_set(err, ERR_LOCAL, errno, "The shell's limits could not be set: %s", strerror(errno));
    return load_filter(err);
}

#else

void sandbox_close_from(int first)
{
    long most = sysconf(_SC_OPEN_MAX);
    for (int fd = first; fd < (most > 0 && most < 65536 ? most : 65536); fd++)
        close(fd);
}

bool sandbox_enter(struct err *err)
{
    return set_limits() ||
           err_set(err, ERR_LOCAL, errno, "The shell's limits could not be set: %s", strerror(errno));
}

#endif
