#include "client/api/job.h"
#include "client/api/parts.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/base/buf.h"
#include "client/base/mem.h"
#include "client/model.h"

enum { TRIES_MAX = 3 };

/* REQUEST_REFRESH has no job: the core answers it. */
static const struct job_ops *const request_ops[] = {
    [REQUEST_BOX_GET] = &boxes_get_ops,
    [REQUEST_BOX_CREATE] = &boxes_create_ops,
    [REQUEST_BOX_PAUSE] = &boxes_pause_ops,
    [REQUEST_BOX_RESUME] = &boxes_pause_ops,
    [REQUEST_BOX_DELETE] = &boxes_delete_ops,
    [REQUEST_RUNS] = &runs_list_ops,
    [REQUEST_RUN_CANCEL] = &runs_cancel_ops,
    [REQUEST_EXEC] = &exec_ops,
    [REQUEST_RUN] = &agent_ops,
    [REQUEST_LOGS_OLDER] = &logs_older_ops,
    [REQUEST_SNAPSHOT_CREATE] = &snapshots_create_ops,
    [REQUEST_SNAPSHOTS] = &snapshots_list_ops,
    [REQUEST_CONNECT] = &connect_ops,
};

static const struct job_ops *const ask_ops[] = {
    [POLL_LIST] = &boxes_list_ops,
    [POLL_DELETED] = &boxes_list_ops,
    [POLL_RUNS] = &runs_list_ops,
    [POLL_LOGS] = &logs_tail_ops,
};

static struct job *job_new(struct api *api, const struct job_ops *ops)
{
    struct job *job = mem_zalloc(1, sizeof *job);
    job->api = api;
    job->ops = ops;
    job->box_id = "";
    job->started_ms = api->now_ms;
    job->retry_after_ms = -1;
    job->latency_ms = -1;
    job->reply.fd = -1;
    job->next = api->jobs;
    api->jobs = job;
    return job;
}

/* Whether what goes into URLs is fit for it; the job has failed if not. */
static bool ids_fit(struct job *job)
{
    const struct request *request = job->request;
    bool needs_box = request->kind != REQUEST_BOX_CREATE && request->kind != REQUEST_CONNECT;
    struct err err;
    if (needs_box && !model_id_valid(job->box_id, strlen(job->box_id))) {
        err_set(&err, ERR_USAGE, 0, "this is not the id of a box");
        job_fail(job, &err);
        return false;
    }
    if (request->kind == REQUEST_RUN_CANCEL &&
        (request->run_id == NULL || !model_id_valid(request->run_id, strlen(request->run_id)))) {
        err_set(&err, ERR_USAGE, 0, "this is not the id of a run");
        job_fail(job, &err);
        return false;
    }
    return true;
}

struct job *api_start_request(struct api *api, struct request *request)
{
    assert(request->kind < sizeof request_ops / sizeof *request_ops && request_ops[request->kind] != NULL);
    struct job *job = job_new(api, request_ops[request->kind]);
    job->request = request;
    job->reply.kind = request->kind;
    job->reply.box_id = mem_dup(request->box_id);
    if (request->box_id != NULL)
        job->box_id = request->box_id;
    if (ids_fit(job))
        job->ops->start(job);
    return job;
}

struct job *api_start_ask(struct api *api, const struct poll_ask *ask)
{
    struct job *job = job_new(api, ask_ops[ask->kind]);
    job->ask = *ask;
    job->box_id = job->ask.box_id;
    job->ops->start(job);
    return job;
}

static void job_free(struct job *job)
{
    http_cancel(job->api->http, job->call);
    if (job->ops->done != NULL)
        job->ops->done(job);
    request_free(job->request);
    free(job->spec.path);
    free(job->reply.box_id);
    free(job->reply.run_id);
    if (job->reply.fd >= 0)
        close(job->reply.fd);
    free(job);
}

void api_done(struct api *api)
{
    while (api->jobs != NULL) {
        struct job *job = api->jobs;
        api->jobs = job->next;
        job_free(job);
    }
}

void api_cancel(struct api *api, uint64_t request_id)
{
    for (struct job *job = api->jobs; job != NULL; job = job->next) {
        if (job->request == NULL || job->request->id != request_id || job->over)
            continue;
        struct err err;
        bool sent = job->call != NULL && job->spec.method != HTTP_GET && http_was_sent(job->call);
        if (sent) {
            err_set(&err, ERR_UNKNOWN, 0, "%s: given up after it was sent: look again before repeating it",
                    job->spec.what);
            job_touch_box(job);
        } else {
            err_set(&err, ERR_CANCELLED, 0, "given up");
        }
        http_cancel(api->http, job->call);
        job->call = NULL;
        job_fail(job, &err);
    }
}

void api_drop_asks(struct api *api)
{
    struct err err;
    err_set(&err, ERR_CANCELLED, 0, "dropped");
    for (struct job *job = api->jobs; job != NULL; job = job->next) {
        if (job->request != NULL || job->over)
            continue;
        http_cancel(api->http, job->call);
        job->call = NULL;
        job_fail(job, &err);
    }
    api_step(api);
}

/* --- calls -------------------------------------------------------------------------------------------- */

static void send_spec(struct job *job);

/* Whether a failed GET of the console is tried again, and arranges it. */
static bool try_again(struct job *job, const struct http_answer *answer)
{
    if (!job->spec.patient || !answer->retry || job->tries >= TRIES_MAX)
        return false;
    job->api->random = job->api->random * 6364136223846793005u + 1442695040888963407u;
    int64_t wait = answer->retry_after_ms >= 0 ? answer->retry_after_ms
                                               : poll_backoff_ms(job->tries, job->api->random >> 32);
    job->repeat = true;
    job_wake_in(job, wait);
    job_progress(job, "%s; trying again in %d s", answer->err.text, (int)((wait + 999) / 1000));
    return true;
}

static void on_done(void *user, const struct http_answer *answer)
{
    struct job *job = user;
    job->call = NULL;
    if (job->over) {
        if (answer->fd >= 0)
            close(answer->fd);
        return;
    }
    job->retry_after_ms = answer->retry_after_ms;
    job->date_ms = answer->date_ms;
    job->latency_ms = answer->latency_ms;
    job->reply.http_status = answer->status;
    if (!try_again(job, answer))
        job->spec.on_answer(job, answer);
    else if (answer->fd >= 0)
        close(answer->fd);
}

static bool on_body(void *user, const char *bytes, size_t len, struct err *err)
{
    struct job *job = user;
    return !job->over && job->spec.on_body(job, bytes, len, err);
}

static void send_spec(struct job *job)
{
    const struct job_call *spec = &job->spec;
    struct http_request request = {.method = spec->method,
                                   .path = spec->path,
                                   .body = spec->body,
                                   .what = spec->what,
                                   .cap = spec->cap,
                                   .stream = spec->stream,
                                   .on_body = spec->on_body != NULL ? on_body : NULL,
                                   .on_done = on_done,
                                   .user = job};
    job->tries++;
    job->call = http_start(job->api->http, &request);
}

void job_call(struct job *job, struct job_call call)
{
    assert(job->call == NULL && !job->over && (!call.patient || call.body == NULL));
    free(job->spec.path);
    job->spec = call;
    job->tries = 0;
    send_spec(job);
    job->spec.body = NULL;
}

char *job_box_path(const struct job *job, const char *tail)
{
    struct buf path;
    buf_init(&path, 4096);
    buf_add_text(&path, "/v2/box");
    http_path_add(&path, job->box_id);
    buf_add_text(&path, tail);
    return buf_take(&path, NULL);
}

/* --- the life of a job -------------------------------------------------------------------------------- */

void job_succeed(struct job *job)
{
    job->over = true;
}

void job_fail(struct job *job, const struct err *err)
{
    if (job->over)
        return;
    job->over = true;
    job->reply.err = *err;
}

void job_fail_protocol(struct job *job, const char *what, const char *why)
{
    struct err err;
    err_set(&err, ERR_PROTOCOL, 0, "%s: the answer cannot be understood: %s", what, why);
    job_fail(job, &err);
}

void job_emit(struct job *job, struct event *event)
{
    event->request_id = job->request == NULL ? 0 : job->request->id;
    if (event->box_id == NULL && job->box_id[0] != '\0')
        event->box_id = mem_dup(job->box_id);
    event->at_ms = job->api->now_ms;
    job->api->emit(job->api->user, event);
}

void job_progress(struct job *job, const char *format, ...)
{
    if (job->request == NULL)
        return;
    struct event *event = event_new(EVENT_PROGRESS);
    char text[400];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    event->progress = mem_dup(text);
    job_emit(job, event);
}

void job_wake_in(struct job *job, int64_t ms)
{
    job->wake_ms = job->api->now_ms + ms;
}

void job_touch_box(struct job *job)
{
    poll_touch(job->api->poll, job->box_id, job->api->now_ms);
    poll_touch_list(job->api->poll, job->api->now_ms);
}

int64_t api_wake_ms(const struct api *api)
{
    int64_t first = INT64_MAX;
    for (const struct job *job = api->jobs; job != NULL; job = job->next) {
        if (job->over)
            return api->now_ms;
        if (job->wake_ms != 0 && job->wake_ms < first)
            first = job->wake_ms;
    }
    return first;
}

static void wake(struct job *job)
{
    job->wake_ms = 0;
    if (!job->repeat) {
        job->ops->wake(job);
        return;
    }
    job->repeat = false;
    send_spec(job);
}

void api_step(struct api *api)
{
    for (struct job *job = api->jobs; job != NULL; job = job->next)
        if (!job->over && job->wake_ms != 0 && job->wake_ms <= api->now_ms)
            wake(job);
    for (struct job **link = &api->jobs; *link != NULL;) {
        struct job *job = *link;
        if (!job->over) {
            link = &job->next;
            continue;
        }
        *link = job->next;
        api->over(api->over_user, job);
        job_free(job);
    }
}
