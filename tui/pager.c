#include "tui/pager.h"

#include "client/base/clock.h"
#include "client/base/mem.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { END_MS = 1000, NOT_FOUND = 127, NOT_RUN = 126 };

struct pager {
    struct term *term;
    char *path;
    pid_t child;
    int fd;
    bool over;
    int status;                       /* as waitpid has it, when it is over */
    struct sigaction interrupt, quit; /* as they were */
};

static const char shell_text[] = "exec ${PAGER:-less} \"$1\"";

/* In the child: signals as a fresh program expects them. Only async-signal-safe calls, for there are threads.
 */
static void become_pager(const char *path)
{
    static const int signals[] = {SIGINT,  SIGQUIT, SIGTSTP,  SIGTTIN, SIGTTOU, SIGPIPE,
                                  SIGTERM, SIGHUP,  SIGWINCH, SIGCONT, SIGCHLD};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        signal(signals[i], SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execl("/bin/sh", "sh", "-c", shell_text, "sh", path, (char *)NULL);
    _exit(NOT_FOUND);
}

struct pager *pager_start(struct term *term, const char *path, struct err *err)
{
    struct pager *pager = mem_zalloc(1, sizeof *pager);
    pager->term = term;
    pager->path = mem_dup(path);
    pager->fd = -1;
    term_leave(term);
    /* Ctrl-c and Ctrl-\ in the pager are the pager's. */
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGINT, &ignore, &pager->interrupt);
    sigaction(SIGQUIT, &ignore, &pager->quit);
    pager->child = fork();
    if (pager->child == 0)
        become_pager(path);
    if (pager->child < 0) {
        err_set(err, ERR_LOCAL, errno, "The pager was not started: %s", strerror(errno));
        pager->over = true;
        pager_end(pager, &(struct err){0});
        return NULL;
    }
    pager->fd = pidfd_open(pager->child, 0);
    return pager;
}

int pager_fd(const struct pager *pager)
{
    return pager->fd;
}

/* What happened to the pager: true when it has ended, *stopped: the signal that stopped it, or 0. */
static bool look(struct pager *pager, int *stopped)
{
    int status;
    pid_t got = waitpid(pager->child, &status, WNOHANG | WUNTRACED);
    *stopped = got > 0 && WIFSTOPPED(status) ? WSTOPSIG(status) : 0;
    if (got == 0 || *stopped != 0 || (got < 0 && errno == EINTR))
        return false;
    pager->over = true;
    pager->status = got > 0 ? status : -1;
    return true;
}

bool pager_is_over(struct pager *pager)
{
    int stopped;
    if (pager->over || look(pager, &stopped))
        return true;
    /* Of Ctrl-z the console must stop by force: its own handler is for when it has the terminal. */
    if (stopped == SIGTSTP)
        kill(getpid(), SIGSTOP);
    if (stopped != 0)
        kill(pager->child, SIGCONT);
    return false;
}

/* Politely, then by force; a stopped one hears nothing. */
static void stop(struct pager *pager)
{
    int stopped;
    kill(pager->child, SIGTERM);
    kill(pager->child, SIGCONT);
    for (int64_t until = clock_ms() + END_MS; !look(pager, &stopped) && clock_ms() < until;)
        poll(&(struct pollfd){.fd = pager->fd, .events = POLLIN}, 1, 10);
    if (pager->over)
        return;
    kill(pager->child, SIGKILL);
    while (waitpid(pager->child, &pager->status, 0) < 0 && errno == EINTR)
        ;
    pager->over = true;
}

static bool judge(int status, struct err *err)
{
    if (WIFSIGNALED(status))
        return err_set(err, ERR_LOCAL, 0, "The pager was ended by a signal: %s", strsignal(WTERMSIG(status)));
    if (!WIFEXITED(status) || WEXITSTATUS(status) == NOT_FOUND || WEXITSTATUS(status) == NOT_RUN)
        return err_set(err, ERR_LOCAL, 0, "$PAGER was not run: set PAGER to a program that reads a file");
    return true;
}

bool pager_end(struct pager *pager, struct err *err)
{
    if (pager == NULL)
        return true;
    if (!pager->over)
        stop(pager);
    sigaction(SIGINT, &pager->interrupt, NULL);
    sigaction(SIGQUIT, &pager->quit, NULL);
    unlink(pager->path);
    term_enter(pager->term);
    bool good = judge(pager->status, err);
    if (pager->fd >= 0)
        close(pager->fd);
    free(pager->path);
    free(pager);
    return good;
}
