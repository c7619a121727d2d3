#include "tui/pager.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char shell_text[] = "exec ${PAGER:-less} \"$1\"";

/* In the child: signals as a fresh program expects them, and no key. */
static void become_pager(const char *path)
{
    static const int signals[] = {SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU, SIGPIPE, SIGWINCH, SIGCHLD};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        signal(signals[i], SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    unsetenv("UPSTASH_BOX_API_KEY");
    execl("/bin/sh", "sh", "-c", shell_text, "sh", path, (char *)NULL);
    _exit(127);
}

/* Nobody could bring a stopped pager back to the front: it goes on at once. */
static int wait_for(pid_t child)
{
    int status = 0;
    for (;;) {
        pid_t got = waitpid(child, &status, WUNTRACED);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (!WIFSTOPPED(status))
            return status;
        kill(child, SIGCONT);
    }
}

bool pager_run(struct term *term, const char *path, struct err *err)
{
    /* Ctrl-c and Ctrl-\ in the pager are the pager's. */
    struct sigaction ignore = {.sa_handler = SIG_IGN}, interrupt, quit, stop;
    term_leave(term);
    sigaction(SIGINT, &ignore, &interrupt);
    sigaction(SIGQUIT, &ignore, &quit);
    sigaction(SIGTSTP, &ignore, &stop);
    pid_t child = fork();
    if (child == 0)
        become_pager(path);
    int failed = errno;
    int status = child > 0 ? wait_for(child) : -1;
    sigaction(SIGINT, &interrupt, NULL);
    sigaction(SIGQUIT, &quit, NULL);
    sigaction(SIGTSTP, &stop, NULL);
    term_enter(term);
    if (child < 0)
        return err_set(err, ERR_LOCAL, failed, "The pager was not started: %s", strerror(failed));
    if (status == -1 || !WIFEXITED(status) || WEXITSTATUS(status) == 127 || WEXITSTATUS(status) == 126)
        return err_set(err, ERR_LOCAL, 0,
                       "$PAGER was not run or failed: set PAGER to a program that reads a file");
    return true;
}
