#include "client/core.h"

#include <stdlib.h>
#include <string.h>

#include "client/api/job.h"
#include "client/api/memory.h"
#include "client/apikey.h"
#include "client/base/clock.h"
#include "client/base/log.h"
#include "client/base/mem.h"
#include "client/http.h"
#include "client/poll/poll.h"

enum {
    SLOW_MS = 5000,    /* an answer overdue by that much is told */
    SUSPEND_MS = 5000, /* a sleep of the machine that ends all connections (safety.md section 3) */
    SSH_PORT = 22,
};

/* A REQUEST_REFRESH that waits for a list. */
struct refresh {
    struct refresh *next;
    struct request *request;
    bool armed; /* the list under way started after it was asked */
};

struct core {
    struct api api;
    struct apikey *key;
    char *ssh_host;
    struct refresh *refreshes;
    struct link_status link;
    bool list_failed;  /* boxes' failures are told only while the list goes well */
    int64_t asleep_ms; /* at the last step; -1 before the first */
};

struct core_time core_time_now(void)
{
    return (struct core_time){
        .now_ms = clock_ms(), .wall_ms = clock_wall_ms(), .asleep_ms = clock_asleep_ms()};
}

void core_set_time(struct core *core, const struct core_time *time)
{
    core->api.now_ms = time->now_ms;
    core->api.wall_ms = time->wall_ms;
}

/* --- the link ----------------------------------------------------------------------------------------- */

static void emit_link(struct core *core)
{
    struct event *event = event_new(EVENT_LINK);
    event->at_ms = core->api.now_ms;
    event->link = core->link;
    core->api.emit(core->api.user, event);
}

static void set_link(struct core *core, enum link_state state, const struct err *err)
{
    if (core->link.state != state)
        log_line("core", "link state %d -> %d: %s", core->link.state, state, err == NULL ? "" : err->text);
    core->link.state = state;
    core->link.err = err == NULL ? (struct err){0} : *err;
    core->link.next_try_ms = state == LINK_OK ? 0 : poll_paused_until_ms(core->api.poll);
    emit_link(core);
}

static void refuse(struct core *core, const struct err *err)
{
    poll_stop(core->api.poll);
    set_link(core, LINK_REFUSED, err);
}

/* --- refreshes ---------------------------------------------------------------------------------------- */

static void reply_refresh(struct core *core, struct request *request, const struct err *err, int status)
{
    struct event *event = event_new(EVENT_REPLY);
    event->request_id = request->id;
    event->at_ms = core->api.now_ms;
    event->reply.kind = request->kind;
    event->reply.err = *err;
    event->reply.http_status = status;
    event->reply.fd = -1;
    core->api.emit(core->api.user, event);
    request_free(request);
}

/* Answers the refreshes that waited for the list that just ended; all of them when `all`. */
static void settle_refreshes(struct core *core, const struct err *err, int status, bool all)
{
    for (struct refresh **link = &core->refreshes; *link != NULL;) {
        struct refresh *refresh = *link;
        if (!refresh->armed && !all) {
            link = &refresh->next;
            continue;
        }
        *link = refresh->next;
        reply_refresh(core, refresh->request, err, status);
        free(refresh);
    }
}

static void ask_refresh(struct core *core, struct request *request)
{
    if (core->key == NULL || core->link.state == LINK_REFUSED) {
        struct err err = core->link.err;
        if (err.kind == ERR_NONE)
            err_set(&err, ERR_AUTH, 0, "refresh: there is no API key yet");
        reply_refresh(core, request, &err, 0);
        return;
    }
    struct refresh *refresh = mem_zalloc(1, sizeof *refresh);
    refresh->request = request;
    refresh->next = core->refreshes;
    core->refreshes = refresh;
    poll_refresh(core->api.poll, core->api.now_ms);
}

/* --- ends of jobs -------------------------------------------------------------------------------------- */

static enum poll_outcome outcome_of(const struct job *job)
{
    const struct reply *reply = &job->reply;
    if (reply->err.kind == ERR_NONE)
        return POLL_GOOD;
    if (reply->err.kind == ERR_CANCELLED)
        return POLL_DROPPED;
    if (reply->http_status == 404)
        return POLL_GONE;
    if (reply->http_status == 401)
        return POLL_REFUSED;
    if (reply->http_status == 429 || (reply->http_status == 503 && job->retry_after_ms >= 0))
        return POLL_LIMITED;
    if (reply->err.kind == ERR_NETWORK || reply->err.kind == ERR_TIMEOUT)
        return POLL_DEAD;
    return POLL_FAILED;
}

static void note_good(struct core *core, const struct job *job)
{
    if (job->latency_ms >= 0)
        core->link.latency_ms = job->latency_ms;
    if (job->date_ms > 0) /* the stamp has whole seconds: half of one is the best guess */
        core->link.skew_ms = job->date_ms + 500 - core->api.wall_ms;
    if (job->ask.kind != POLL_LIST)
        return;
    core->list_failed = false;
    core->link.ok_at_ms = core->api.now_ms;
    set_link(core, LINK_OK, NULL);
}

/* What a failed ask means for the link. One box's trouble is told about that box. */
static void note_failure(struct core *core, struct job *job, enum poll_outcome outcome)
{
    const struct err *err = &job->reply.err;
    if (outcome == POLL_LIMITED) {
        set_link(core, LINK_LIMITED, err);
    } else if (job->ask.kind == POLL_LIST && outcome != POLL_DROPPED) {
        core->list_failed = true;
        set_link(core, outcome == POLL_DEAD ? LINK_OFFLINE : LINK_FAILING, err);
    } else if (outcome == POLL_FAILED && !core->list_failed && job->box_id[0] != '\0') {
        struct event *event = event_new(EVENT_PROGRESS);
        event->progress = mem_dup(err->text);
        job_emit(job, event);
    }
}

static void ask_over(struct core *core, struct job *job)
{
    enum poll_outcome outcome = outcome_of(job);
    if (outcome == POLL_REFUSED && core->link.state == LINK_REFUSED)
        outcome = POLL_DROPPED; /* told already */
    poll_done(core->api.poll, &job->ask, outcome, job->retry_after_ms, core->api.now_ms);
    if (outcome == POLL_GOOD)
        note_good(core, job);
    else if (outcome == POLL_REFUSED)
        refuse(core, &job->reply.err);
    else
        note_failure(core, job, outcome);
    if (outcome == POLL_REFUSED)
        settle_refreshes(core, &job->reply.err, job->reply.http_status, true);
    else if (job->ask.kind == POLL_LIST && outcome != POLL_DROPPED)
        settle_refreshes(core, &job->reply.err, job->reply.http_status, false);
}

/* A job is over: the poller or the console learns. */
static void on_over(void *user, struct job *job)
{
    struct core *core = user;
    if (job->request == NULL) {
        ask_over(core, job);
        return;
    }
    if (job->reply.http_status == 401 && core->link.state != LINK_REFUSED) {
        refuse(core, &job->reply.err);
        settle_refreshes(core, &job->reply.err, 401, true);
    }
    struct event *event = event_new(EVENT_REPLY);
    event->reply = job->reply;
    job->reply = (struct reply){.fd = -1};
    if (event->reply.box_id != NULL)
        event->box_id = mem_dup(event->reply.box_id);
    job_emit(job, event);
}

/* --- the door ------------------------------------------------------------------------------------------ */

struct core *core_new(const struct client_options *options, void (*emit)(void *user, struct event *event),
                      void *user, struct err *err)
{
    struct http_options http_options = {.base_url = options->base_url, .user_agent = options->user_agent};
    struct http *http = http_new(&http_options, err);
    if (http == NULL)
        return NULL;
    struct core *core = mem_zalloc(1, sizeof *core);
    struct core_time time = core_time_now();
    core->ssh_host = mem_dup(options->ssh_host != NULL ? options->ssh_host : http_host(http));
    core->asleep_ms = -1;
    core->link.latency_ms = -1;
    core->api = (struct api){.http = http,
                             .poll = poll_new(options->rate, (uint64_t)clock_us()),
                             .memory = memory_new(),
                             .ssh_host = core->ssh_host,
                             .ssh_port = options->ssh_port > 0 ? options->ssh_port : SSH_PORT,
                             .raw_text = options->raw_text,
                             .random = (uint64_t)clock_us(),
                             .emit = emit,
                             .user = user,
                             .over = on_over,
                             .over_user = core};
    core_set_time(core, &time);
    return core;
}

void core_free(struct core *core)
{
    if (core == NULL)
        return;
    api_done(&core->api);
    for (struct refresh *refresh = core->refreshes, *next; refresh != NULL; refresh = next) {
        next = refresh->next;
        request_free(refresh->request);
        free(refresh);
    }
    http_free(core->api.http);
    poll_free(core->api.poll);
    memory_free(core->api.memory);
    apikey_free(core->key);
    free(core->ssh_host);
    free(core);
}

bool core_set_key(struct core *core, const char *key, struct err *err)
{
    struct apikey *fresh = apikey_new(key, strlen(key), err);
    if (fresh == NULL)
        return false;
    http_set_key(core->api.http, fresh);
    apikey_free(core->key);
    core->key = fresh;
    api_drop_asks(&core->api); /* they carry the old key */
    memory_clear(core->api.memory);
    core->list_failed = false;
    poll_start(core->api.poll, core->api.now_ms);
    if (core->link.state == LINK_REFUSED)
        set_link(core, LINK_STARTING, NULL);
    return true;
}

void core_ask(struct core *core, struct request *request)
{
    if (request->kind == REQUEST_REFRESH)
        ask_refresh(core, request);
    else
        api_start_request(&core->api, request);
}

void core_cancel(struct core *core, uint64_t request_id)
{
    api_cancel(&core->api, request_id);
    for (struct refresh **link = &core->refreshes; *link != NULL; link = &(*link)->next) {
        struct refresh *refresh = *link;
        if (refresh->request->id != request_id)
            continue;
        struct err err;
        err_set(&err, ERR_CANCELLED, 0, "given up");
        *link = refresh->next;
        reply_refresh(core, refresh->request, &err, 0);
        free(refresh);
        return;
    }
}

void core_watch(struct core *core, const struct watch *watch)
{
    poll_watch(core->api.poll, watch, core->api.now_ms);
}

void core_resume_logs(struct core *core, const char *box_id, const struct log_resume *resume)
{
    struct box_memory *seen = memory_box(core->api.memory, box_id, core->api.now_ms);
    if (!seen->reading)
        stitch_resume(&seen->stitch, resume);
}

/* --- stepping ------------------------------------------------------------------------------------------ */

/* After a sleep of the machine connections may be dead without a sign: new ones, and everything again. */
static void check_suspend(struct core *core, int64_t asleep_ms)
{
    bool slept = core->asleep_ms >= 0 && asleep_ms - core->asleep_ms > SUSPEND_MS;
    int64_t seconds = (asleep_ms - core->asleep_ms) / 1000;
    core->asleep_ms = asleep_ms;
    if (!slept)
        return;
    log_line("core", "the machine slept for %lld s", (long long)seconds);
    http_drop(core->api.http, "this machine slept");
    api_step(&core->api);
    if (core->key != NULL && core->link.state != LINK_REFUSED)
        poll_refresh(core->api.poll, core->api.now_ms);
}

static void start_asks(struct core *core)
{
    struct poll_ask ask;
    while (poll_next(core->api.poll, core->api.now_ms, &ask)) {
        if (ask.kind == POLL_LIST)
            for (struct refresh *refresh = core->refreshes; refresh != NULL; refresh = refresh->next)
                refresh->armed = true;
        api_start_ask(&core->api, &ask);
    }
}

/* Tells an overdue answer; returns when the next one will be overdue. */
static int64_t check_slow(struct core *core)
{
    int64_t next = INT64_MAX;
    if (core->link.state != LINK_OK && core->link.state != LINK_STARTING)
        return next;
    for (const struct job *job = core->api.jobs; job != NULL; job = job->next) {
        if (job->request != NULL || job->over)
            continue;
        int64_t overdue = job->started_ms + SLOW_MS;
        if (overdue > core->api.now_ms) {
            next = overdue < next ? overdue : next;
            continue;
        }
        struct err err;
        err_set(&err, ERR_TIMEOUT, 0, "%s: no answer for %d s so far", job->spec.what,
                (int)((core->api.now_ms - job->started_ms) / 1000));
        set_link(core, LINK_SLOW, &err);
        return INT64_MAX;
    }
    return next;
}

int core_step(struct core *core, const struct core_time *time)
{
    core_set_time(core, time);
    check_suspend(core, time->asleep_ms);
    http_step(core->api.http);
    api_step(&core->api);
    start_asks(core);
    int64_t next = check_slow(core);
    int64_t job = api_wake_ms(&core->api);
    int64_t ask = poll_wake_ms(core->api.poll, core->api.now_ms);
    next = job < next ? job : next;
    next = ask < next ? ask : next;
    if (next == INT64_MAX)
        return -1;
    int64_t wait = next - core->api.now_ms;
    return wait < 0 ? 0 : wait > 3600 * 1000 ? 3600 * 1000 : (int)wait;
}

void core_wait(struct core *core, int timeout_ms)
{
    http_wait(core->api.http, timeout_ms);
}

void core_wake(struct core *core)
{
    http_wake(core->api.http);
}

const char *core_ssh_host(const struct core *core)
{
    return core->ssh_host;
}

int core_ssh_port(const struct core *core)
{
    return core->api.ssh_port;
}
