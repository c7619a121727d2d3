/*
 * boxd: the Box service on one machine. See options.c for the command line, routes.c for what it answers,
 * faults.h for what can go wrong on purpose.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/base/clock.h"
#include "client/base/mem.h"
#include "tests/boxd/boxd.h"
#include "tests/boxd/files.h"
#include "tests/boxd/history.h"
#include "tests/boxd/http.h"
#include "tests/boxd/job.h"
#include "tests/boxd/jsonw.h"
#include "tests/boxd/lifecycle.h"
#include "tests/boxd/login.h"
#include "tests/boxd/seed.h"
#include "tests/boxd/timer.h"

/* Makes the folder of the boxes, a temporary one if none was named. */
static bool make_root(struct boxd *boxd, struct err *err)
{
    const char *tmp = getenv("TMPDIR");
    if (boxd->options.root == NULL) {
        boxd->root = mem_format("%s/boxd-XXXXXX", tmp == NULL || tmp[0] == '\0' ? "/tmp" : tmp);
        if (mkdtemp(boxd->root) == NULL) {
            return err_set(err, ERR_LOCAL, errno, "cannot make a folder like %s: %s", boxd->root,
                           strerror(errno));
        }
        boxd->root_is_temporary = true;
    } else {
        if (mkdir(boxd->options.root, 0700) < 0 && errno != EEXIST) {
            return err_set(err, ERR_LOCAL, errno, "cannot make the folder %s: %s", boxd->options.root,
                           strerror(errno));
        }
        boxd->root = realpath(boxd->options.root, NULL);
        if (boxd->root == NULL) {
            return err_set(err, ERR_LOCAL, errno, "cannot use the folder %s: %s", boxd->options.root,
                           strerror(errno));
        }
    }
    char *boxes = mem_format("%s/boxes", boxd->root);
    char *gitconfig = mem_format("%s/gitconfig", boxd->root);
    static const char identity[] = "[user]\n\tname = Upstash Box\n\temail = box@upstash.com\n"
                                   "[init]\n\tdefaultBranch = main\n";
    bool ok = mkdir(boxes, 0700) == 0 || errno == EEXIST ||
              err_set(err, ERR_LOCAL, errno, "cannot make the folder %s: %s", boxes, strerror(errno));
    ok = ok && files_write(gitconfig, identity, sizeof identity - 1, err);
    free(gitconfig);
    free(boxes);
    return ok;
}

/* The folder `assets` above the program, wherever the build put it. NULL when there is none. */
static char *find_assets(const struct options *options)
{
    if (options->assets != NULL) {
        return realpath(options->assets, NULL);
    }
    char *at = realpath("/proc/self/exe", NULL);
    for (char *slash = at == NULL ? NULL : strrchr(at, '/'); slash != NULL; slash = strrchr(at, '/')) {
        *slash = '\0';
        char *assets = mem_format("%s/assets", at);
        char *demo = mem_format("%s/demo", assets);
        bool there = access(demo, R_OK | X_OK) == 0;
        free(demo);
        if (there) {
            free(at);
            return assets;
        }
        free(assets);
    }
    free(at);
    return NULL;
}

static bool boxd_init(struct boxd *boxd, struct err *err)
{
    store_init(&boxd->store);
    faults_init(&boxd->faults);
    faults_set(&boxd->faults, boxd->options.faults, boxd->options.fault_count);
    boxd->store.log_rate = boxd->options.log_rate;
    boxd->started_ms = clock_wall_ms();
    boxd->minute = boxd->started_ms / 60000;
    boxd->assets = find_assets(&boxd->options);
    snprintf(boxd->instance, sizeof boxd->instance, "BOXD_INSTANCE=%ld", (long)getpid());
    if (!make_root(boxd, err)) {
        return false;
    }
    history_add_boxes(boxd, boxd->options.boxes);
    if (boxd->options.seed_demo) {
        seed_demo(boxd);
    }
    return timer_start(boxd, err) && login_start(boxd, err) && http_start(boxd, err);
}

/* The threads of the jobs whose processes were just killed. */
static void wait_for_jobs(struct boxd *boxd)
{
    pthread_mutex_lock(&boxd->store.lock);
    while (atomic_load(&boxd->jobs) > 0) {
        pthread_cond_wait(&boxd->store.changed, &boxd->store.lock);
    }
    pthread_mutex_unlock(&boxd->store.lock);
}

static void boxd_done(struct boxd *boxd)
{
    pthread_mutex_lock(&boxd->store.lock);
    atomic_store(&boxd->stopping, true);
    job_signal_all(boxd, NULL, SIGKILL);
    pthread_cond_broadcast(&boxd->store.changed);
    pthread_mutex_unlock(&boxd->store.lock);
    http_stop(boxd);
    login_stop(boxd);
    timer_stop(boxd);
    wait_for_jobs(boxd);
    process_kill_marked(boxd);
    if (boxd->root_is_temporary) {
        lifecycle_remove_folder(boxd->root);
    }
    faults_done(&boxd->faults);
    store_done(&boxd->store);
    free(boxd->root);
    free(boxd->assets);
}

/* The one line that says where boxd is. */
static void print_ready(const struct boxd *boxd)
{
    struct jsonw w;
    char *url = http_url(boxd);
    char *ssh = login_address(boxd);
    jsonw_init(&w);
    jsonw_open(&w, '{');
    jsonw_text_field(&w, "http", url);
    jsonw_text_field(&w, "ssh", ssh);
    jsonw_text_field(&w, "api_key", boxd->options.api_key);
    jsonw_close(&w, '}');
    printf("%s\n", buf_text(&w.buf));
    fflush(stdout);
    jsonw_done(&w);
    free(ssh);
    free(url);
}

/* The signals that end boxd are blocked in all threads and waited for here. */
static void block_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static void wait_for_signal(const sigset_t *set)
{
    int number;
    while (sigwait(set, &number) != 0) {
    }
}

static int fail(const struct err *err, int status)
{
    fprintf(stderr, "boxd: %s.\n", err->text);
    return status;
}

int main(int argc, char **argv)
{
    struct err err = {0};
    struct boxd *boxd = mem_zalloc(1, sizeof *boxd);
    sigset_t signals;
    int status = 0;
    if (!options_read(&boxd->options, argc, argv, &err)) {
        status = fail(&err, 2);
        goto out;
    }
    if (boxd->options.help) {
        fputs(options_help, stdout);
        goto out;
    }
    pid_t parent = getppid();
    if (boxd->options.die_with_parent) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
    }
    block_signals(&signals);
    if (!boxd_init(boxd, &err)) {
        status = fail(&err, 1);
    } else {
        print_ready(boxd);
        if (!boxd->options.die_with_parent || getppid() == parent) {
            wait_for_signal(&signals);
        }
    }
    boxd_done(boxd);
out:
    options_done(&boxd->options);
    free(boxd);
    return status;
}
