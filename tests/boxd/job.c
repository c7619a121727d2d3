#include "tests/boxd/job.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client/base/clock.h"
#include "client/base/mem.h"
#include "tests/boxd/agent.h"
#include "tests/boxd/lines.h"
#include "tests/boxd/webhook.h"

enum {
    KEEP = 16 << 20, /* bytes of output an answer holds */
    DRAIN_MS = 200,  /* how long pipes may stay silent once the process has ended */
    TERM_MS = 2000,  /* between SIGTERM and SIGKILL */
    STACK = 512 << 10,
};

/* What the thread of a job works with. */
struct worker {
    struct job *job;
    struct process process;
    struct lines out, err;
    struct agent agent;
    char last;       /* the last byte of the output */
    int64_t end_ms;  /* monotonic moment of the timeout, 0: none */
    int64_t kill_ms; /* monotonic moment SIGTERM becomes SIGKILL, 0: none */
};

static void agent_emit(void *context, const char *bytes, size_t len)
{
    struct worker *w = context;
    if (w->job->hub != NULL) {
        hub_write(w->job->hub, bytes, len);
    }
}

static void agent_log(void *context, const char *text, size_t len, bool bad)
{
    struct worker *w = context;
    w->out.level = bad ? LEVEL_WARN : LEVEL_INFO;
    lines_feed(&w->out, text, len);
    lines_feed(&w->out, "\n", 1);
}

static void keep(struct buf *buf, const char *bytes, size_t len)
{
    size_t room = KEEP - buf->len;
    buf_add(buf, bytes, len < room ? len : room);
}

static void on_output(struct worker *w, bool is_err, const char *bytes, size_t len)
{
    if (w->job->agent && !is_err) {
        agent_feed(&w->agent, bytes, len);
        return;
    }
    lines_feed(is_err ? &w->err : &w->out, bytes, len);
    if (!w->job->agent && w->job->hub != NULL) {
        w->last = bytes[len - 1];
        hub_write(w->job->hub, bytes, len);
    } else {
        keep(is_err ? &w->job->err : &w->job->out, bytes, len);
    }
}

/* Reads once from a pipe; closes it at its end. True when there was something. */
static bool take(struct worker *w, int *fd, bool is_err)
{
    char block[32 << 10];
    ssize_t got = read(*fd, block, sizeof block);
    if (got > 0) {
        on_output(w, is_err, block, (size_t)got);
        return true;
    }
    if (got == 0 || (errno != EINTR && errno != EAGAIN)) {
        close(*fd);
        *fd = -1;
    }
    return false;
}

/* Looks after timeout and cancellation. Returns how long poll may wait. */
static int watch(struct worker *w)
{
    struct job *job = w->job;
    int64_t now_ms = clock_ms();
    pthread_mutex_lock(&job->boxd->store.lock);
    if (w->end_ms != 0 && now_ms >= w->end_ms) {
        job->timed_out = true;
        w->end_ms = 0;
        kill(-job->pid, SIGTERM);
        w->kill_ms = now_ms + TERM_MS;
    }
    if (job->cancelled && w->kill_ms == 0) {
        w->kill_ms = now_ms + TERM_MS;
    }
    if ((w->kill_ms != 0 && now_ms >= w->kill_ms) || atomic_load(&job->boxd->stopping)) {
        kill(-job->pid, SIGKILL);
    }
    pthread_mutex_unlock(&job->boxd->store.lock);
    int64_t wait_ms = w->kill_ms != 0 ? 100 : 1000;
    if (w->end_ms != 0 && w->end_ms - now_ms < wait_ms) {
        wait_ms = w->end_ms - now_ms + 1;
    }
    return (int)wait_ms;
}

/* Reads until the process has ended and its pipes are empty. */
static void pump(struct worker *w)
{
    struct process *p = &w->process;
    bool ended = false;
    for (;;) {
        struct pollfd fds[] = {{.fd = p->out, .events = POLLIN},
                               {.fd = p->err, .events = POLLIN},
                               {.fd = ended ? -1 : p->pidfd, .events = POLLIN}};
        int ready = poll(fds, 3, ended ? DRAIN_MS : watch(w));
        bool more = fds[0].revents != 0 && take(w, &p->out, false);
        more |= fds[1].revents != 0 && take(w, &p->err, true);
        if (!ended && fds[2].revents != 0) {
            ended = true;
            kill(-p->pid, SIGKILL);
        } else if (ended && !more && (ready == 0 || (p->out < 0 && p->err < 0))) {
            return;
        }
        if (ended && p->out < 0 && p->err < 0) {
            return;
        }
    }
}

/* Runs the process. What goes wrong before it runs is the job's failure. */
static void work(struct worker *w, struct rusage *usage)
{
    struct job *job = w->job;
    pthread_mutex_t *lock = &job->boxd->store.lock;
    struct err err;
    if (!process_start(&w->process, job->argv, job->folder, job->env, job->merged, &err)) {
        job->failure = mem_dup(err.text);
        job->exit_code = err.code;
        return;
    }
    pthread_mutex_lock(lock);
    job->pid = w->process.pid;
    if (job->cancelled) {
        kill(-job->pid, SIGKILL);
    }
    pthread_mutex_unlock(lock);
    w->end_ms = job->timeout_ms == 0 ? 0 : clock_ms() + job->timeout_ms;
    pump(w);
    pthread_mutex_lock(lock);
    job->pid = 0;
    pthread_mutex_unlock(lock);
    job->exit_code = process_finish(&w->process, usage);
}

static void write_event(struct job *job, const char *name, json_t *data)
{
    char *event = agent_event(name, data);
    if (job->hub != NULL) {
        hub_write_apart(job->hub, event, strlen(event));
    }
    free(event);
    json_decref(data);
}

static int64_t cpu_ns(const struct rusage *usage)
{
    return ((int64_t)usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000000000 +
           ((int64_t)usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) * 1000;
}

/* The end of an exec stream (box-api.md 3.2): a newline the program did not print, and the trailer in one
 * write. */
static void finish_stream(struct worker *w, const struct rusage *usage)
{
    struct job *job = w->job;
    if (job->hub == NULL) {
        return;
    }
    if (w->last != '\0' && w->last != '\n') {
        hub_write(job->hub, "\n", 1);
    }
    json_t *data = job->failure != NULL ? json_pack("{s:s%}", "error", job->failure, strlen(job->failure))
                                        : json_pack("{s:i, s:I}", "exit_code", job->exit_code, "cpu_ns",
                                                    (json_int_t)cpu_ns(usage));
    if (!job->split_trailer) {
        write_event(job, job->failure != NULL ? "error" : "exit", data);
        return;
    }
    char *event = agent_event(job->failure != NULL ? "error" : "exit", data);
    for (size_t i = 0; event[i] != '\0'; i++) {
        hub_write_apart(job->hub, event + i, 1);
    }
    free(event);
    json_decref(data);
}

/* The end of an agent run: an error event if it did not come to one itself, then the stats. */
static void finish_agent(struct worker *w, const struct rusage *usage)
{
    struct job *job = w->job;
    struct agent *agent = &w->agent;
    agent_finish(agent);
    bool stopped = job->cancelled || job->timed_out;
    if (agent->error == NULL && (job->failure != NULL || stopped || (job->exit_code != 0 && !agent->done))) {
        agent->error = job->failure != NULL ? mem_dup(job->failure)
                       : job->cancelled     ? mem_dup("cancelled")
                       : job->timed_out     ? mem_dup("timed out")
                                            : mem_format("the agent ended with status %d", job->exit_code);
        write_event(job, "error", json_pack("{s:s}", "error", agent->error));
    }
    write_event(job, "stats",
                json_pack("{s:I, s:I}", "cpu_ns", (json_int_t)cpu_ns(usage), "memory_peak_bytes",
                          (json_int_t)usage->ru_maxrss * 1024));
}

/* Puts the figures of the agent into the run. With the lock held. */
static void record_agent(struct run *run, const struct agent *agent)
{
    run->input_tokens = agent->input_tokens;
    run->output_tokens = agent->output_tokens;
    run->cached_input_tokens = agent->cached_input_tokens;
    run->cost_usd = agent->cost_usd;
    if (agent->session != NULL) {
        store_set(&run->session_id, agent->session);
    }
    if (agent->output != NULL || agent->text.len > 0) {
        store_set(&run->output, agent->output != NULL ? agent->output : buf_text(&agent->text));
    }
    store_set(&run->error_message, agent->error);
}

static enum run_status outcome(const struct worker *w)
{
    const struct job *job = w->job;
    if (job->cancelled) {
        return RUN_CANCELLED;
    }
    bool failed = job->agent ? w->agent.error != NULL : job->exit_code != 0 || job->failure != NULL;
    return failed || job->timed_out ? RUN_FAILED : RUN_COMPLETED;
}

/* With the lock held: the run's record, its log line, and the box's state. */
static void record(struct worker *w, const struct rusage *usage)
{
    struct job *job = w->job;
    struct box *box = job->box;
    struct run *run = job->run;
    if (run == NULL) {
        return;
    }
    run->cpu_ns = cpu_ns(usage);
    run->memory_peak_bytes = (int64_t)usage->ru_maxrss * 1024;
    if (job->agent) {
        record_agent(run, &w->agent);
    } else if (job->failure != NULL) {
        store_set(&run->error_message, job->failure);
    }
    run->job = NULL;
    enum run_status status = outcome(w);
    store_end_run(&job->boxd->store, box, run, status);
    enum log_level level = status == RUN_FAILED      ? LEVEL_ERROR
                           : status == RUN_CANCELLED ? LEVEL_WARN
                                                     : LEVEL_INFO;
    if (job->agent) {
        store_log(box, level, SOURCE_AGENT, "run %s %s%s%s", run->id, run_status_word(status),
                  run->error_message == NULL ? "" : ": ",
                  run->error_message == NULL ? "" : run->error_message);
    } else if (status != RUN_COMPLETED) {
        store_log(box, level, SOURCE_SYSTEM, "exit status %d%s", job->exit_code,
                  status == RUN_CANCELLED ? " (cancelled)"
                  : job->timed_out        ? " (timed out)"
                                          : "");
    }
    if (--box->active == 0 && box->status == BOX_RUNNING) {
        box->status = BOX_IDLE;
    }
}

static void *job_thread(void *context)
{
    struct job *job = context;
    struct rusage usage = {0};
    struct worker w = {.job = job};
    enum log_source source = job->agent ? SOURCE_AGENT : SOURCE_USER;
    lines_init(&w.out, job->quiet ? NULL : &job->box->log, &job->boxd->store.lock, LEVEL_INFO, source);
    lines_init(&w.err, job->quiet ? NULL : &job->box->log, &job->boxd->store.lock, LEVEL_WARN, source);
    agent_init(&w.agent);
    w.agent.emit = agent_emit;
    w.agent.log = agent_log;
    w.agent.context = &w;
    if (job->agent) {
        write_event(job, "run_start", json_pack("{s:s}", "run_id", job->run->id));
    }
    work(&w, &usage);
    if (job->agent) {
        finish_agent(&w, &usage);
    }
    lines_finish(&w.out);
    lines_finish(&w.err);
    pthread_mutex_lock(&job->boxd->store.lock);
    record(&w, &usage);
    job->recorded = true;
    char *note = job->webhook == NULL ? NULL : webhook_body(job->box, job->run);
    pthread_mutex_unlock(&job->boxd->store.lock);
    if (!job->agent) {
        finish_stream(&w, &usage);
    }
    agent_done(&w.agent);
    if (note != NULL) {
        webhook_post(job->webhook, note);
    }
    free(note);
    pthread_mutex_lock(&job->boxd->store.lock);
    if (job->hub != NULL) {
        hub_end(job->hub);
        job->hub = NULL;
    }
    job->done = true;
    pthread_cond_broadcast(&job->boxd->store.changed);
    atomic_fetch_sub(&job->boxd->jobs, 1);
    pthread_mutex_t *lock = &job->boxd->store.lock;
    job_release(job);
    pthread_mutex_unlock(lock);
    return NULL;
}

static char **copy_words(char *const *words)
{
    size_t count = 0;
    while (words[count] != NULL) {
        count++;
    }
    char **copy = mem_zalloc(count + 1, sizeof *copy);
    for (size_t i = 0; i < count; i++) {
        copy[i] = mem_dup(words[i]);
    }
    return copy;
}

static struct job *job_new(struct boxd *boxd, struct box *box, const struct job_request *request)
{
    struct job *job = mem_zalloc(1, sizeof *job);
    job->boxd = boxd;
    job->box = box;
    job->argv = copy_words(request->argv);
    job->env = process_env(boxd, box);
    job->folder = mem_dup(request->folder);
    job->webhook = mem_dup(request->webhook);
    job->agent = request->agent;
    job->merged = request->merged;
    job->split_trailer = request->split_trailer;
    job->quiet = request->quiet;
    job->timeout_ms = request->timeout_ms;
    job->refs = 1;
    buf_init(&job->out, KEEP);
    buf_init(&job->err, KEEP);
    return job;
}

/* The run's record, and the box's state. */
static void open_run(struct job *job, const struct job_request *request)
{
    struct box *box = job->box;
    struct run *run = store_add_run(&job->boxd->store, box, request->agent, request->prompt);
    run->model = request->agent ? mem_dup(request->model) : NULL;
    run->schedule_id = mem_dup(request->schedule);
    run->job = job;
    job->run = run;
    box->active++;
    box->activity_ms = run->created_ms;
    if (box->status == BOX_IDLE) {
        box->status = BOX_RUNNING;
    }
    job->boxd->counters.runs++;
    if (request->agent) {
        store_log(box, LEVEL_INFO, SOURCE_AGENT, "run %s started: %s", run->id, request->prompt);
    } else {
        store_log(box, LEVEL_INFO, SOURCE_USER, "exec: %s", request->prompt);
    }
}

/* Undoes what job_start did for a job whose thread could not be made. */
static void close_run(struct job *job)
{
    if (job->run != NULL) {
        job->run->job = NULL;
        job->box->active--;
        store_end_run(&job->boxd->store, job->box, job->run, RUN_FAILED);
    }
}

struct job *job_start(struct boxd *boxd, struct box *box, const struct job_request *request, struct hub **hub,
                      struct err *err)
{
    struct job *job = job_new(boxd, box, request);
    pthread_attr_t attr;
    pthread_t thread;
    if (!request->quiet) {
        open_run(job, request);
    }
    if (hub != NULL) {
        job->hub = *hub = hub_new();
    }
    atomic_fetch_add(&boxd->jobs, 1);
    job->refs++;
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attr, STACK);
    int code = pthread_create(&thread, &attr, job_thread, job);
    pthread_attr_destroy(&attr);
    if (code == 0) {
        return job;
    }
    err_set(err, ERR_LOCAL, 500, "cannot start a thread: %s", strerror(code));
    atomic_fetch_sub(&boxd->jobs, 1);
    close_run(job);
    if (hub != NULL) {
        hub_end(job->hub);
        hub_leave(*hub);
    }
    job->refs--;
    job_release(job);
    return NULL;
}

void job_wait(struct job *job)
{
    while (!job->done) {
        pthread_cond_wait(&job->boxd->store.changed, &job->boxd->store.lock);
    }
}

void job_release(struct job *job)
{
    if (--job->refs > 0) {
        return;
    }
    for (size_t i = 0; job->argv[i] != NULL; i++) {
        free(job->argv[i]);
    }
    free(job->argv);
    process_env_free(job->env);
    free(job->folder);
    free(job->webhook);
    free(job->failure);
    buf_done(&job->out);
    buf_done(&job->err);
    free(job);
}

void job_cancel(struct run *run)
{
    struct job *job = run->job;
    if (job == NULL) {
        return;
    }
    job->refs++;
    job->cancelled = true;
    if (job->pid != 0) {
        kill(-job->pid, SIGTERM);
        kill(-job->pid, SIGCONT);
    }
    /* The record is final a moment before the job is: a reader that has stalled must not hold up the answer.
     */
    while (run->job == job) {
        pthread_cond_wait(&job->boxd->store.changed, &job->boxd->store.lock);
    }
    job_release(job);
}

void job_signal_all(struct boxd *boxd, const struct box *box, int signal)
{
    for (size_t i = 0; i < boxd->store.count; i++) {
        const struct box *each = boxd->store.boxes[i];
        for (size_t k = 0; (box == NULL || each == box) && k < each->run_count; k++) {
            struct job *job = each->runs[k]->job;
            if (job != NULL) {
                job->cancelled = job->cancelled || signal == SIGKILL;
                if (job->pid != 0) {
                    kill(-job->pid, signal);
                }
            }
        }
    }
}
