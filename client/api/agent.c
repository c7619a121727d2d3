/*
 * An agent run, followed by its stream and, when the stream breaks or falls silent, by the run's record
 * (box-api.md 2.4, 3.1). The POST leaves once: what is lost is looked for by the run's id, never started
 * again.
 */
#include <stdlib.h>
#include <string.h>

#include "client/api/body.h"
#include "client/api/parts.h"
#include "client/api/run_list.h"
#include "client/base/mem.h"
#include "client/stream/run_stream.h"

enum {
    QUIET_MS = 60 * 1000,   /* of the stream, until the record is looked at */
    RECORD_POLL_MS = 2000,  /* the record, when the stream is gone */
    RECORD_MISSES_MAX = 15, /* lists without it, until it is given up */
    RECORD_SOON_MS = 60 * 1000,
    RECORD_SLOW_MS = 10 * 1000,     /* between two looks when the stream has been gone for longer than that */
    RECORD_LIMIT_MS = 86400 * 1000, /* how long a run without a stream is followed */
};

struct agent {
    struct run_stream stream;
    bool open;         /* the stream is */
    struct err why;    /* why it is not */
    int64_t broken_ms; /* since when */
    int64_t last_ms;   /* last byte of the stream */
    unsigned misses;
};

static void on_item(void *user, struct run_item *item)
{
    struct job *job = user;
    struct agent *agent = job->state;
    if (item->kind == RUN_ITEM_START && job->reply.run_id == NULL && agent->stream.run_id != NULL)
        job->reply.run_id = mem_dup(agent->stream.run_id);
    struct event *event = event_new(EVENT_RUN_STREAM);
    event->run = *item;
    *item = (struct run_item){0};
    job_emit(job, event);
}

static bool agent_body(struct job *job, const char *bytes, size_t len, struct err *err)
{
    struct agent *agent = job->state;
    (void)err;
    agent->last_ms = job->api->now_ms;
    run_stream_feed(&agent->stream, bytes, len, job->api->wall_ms);
    job_wake_in(job, QUIET_MS);
    return true;
}

static void fail(struct job *job, enum err_kind kind, const char *text)
{
    struct err err;
    err_set(&err, kind, 0, "agent run: %s", text);
    job_fail(job, &err);
}

/* Ends the job by what the record says; false while the run goes on. */
static bool settle_by_record(struct job *job, const struct run *run)
{
    switch (run->status) {
    case RUN_STATUS_RUNNING:
        return false;
    case RUN_STATUS_COMPLETED:
        job_succeed(job);
        return true;
    case RUN_STATUS_CANCELLED:
        fail(job, ERR_CANCELLED, "it was cancelled");
        return true;
    case RUN_STATUS_FAILED:
        fail(job, ERR_SERVICE, run->error_message == NULL ? "it failed" : run->error_message);
        return true;
    case RUN_STATUS_SKIPPED:
    case RUN_STATUS_UNKNOWN:
        break;
    }
    if (run->completed_at == 0)
        return false;
    fail(job, ERR_UNKNOWN, "it ended with a status boxtop does not know");
    return true;
}

static const struct run *find_run(const struct run_list *list, const char *id)
{
    for (size_t i = 0; i < list->count; i++)
        if (!list->runs[i].unreadable && list->runs[i].id != NULL && strcmp(list->runs[i].id, id) == 0)
            return &list->runs[i];
    return NULL;
}

static void give_up(struct job *job)
{
    struct agent *agent = job->state;
    struct err err;
    err_set(&err, ERR_UNKNOWN, 0, "%s; its record could not be followed: look at the box's runs",
            agent->why.text);
    job_fail(job, &err);
}

/* The record arrived, or did not, while the stream is gone. */
static void record_answer(struct job *job, const struct http_answer *answer)
{
    struct agent *agent = job->state;
    struct run_list list = {0};
    const struct run *run = NULL;
    bool over = false;
    if (answer->err.kind == ERR_NONE &&
        run_list_read(&list, job->api->raw_text, answer->body, answer->len, NULL))
        run = find_run(&list, job->reply.run_id);
    if (run != NULL) {
        agent->misses = 0;
        over = settle_by_record(job, run);
        if (!over)
            job_progress(job, "the stream broke; following the run's record: %s for %d s",
                         run_status_word(run->status), (int)((job->api->now_ms - job->started_ms) / 1000));
    } else if (answer->status == 401 || answer->status == 404 ||
               (answer->err.kind == ERR_NONE && ++agent->misses > RECORD_MISSES_MAX)) {
        give_up(job);
        over = true;
    }
    if (list.runs != NULL)
        job_emit(job, run_list_event(&list));
    if (over)
        return;
    if (job->api->now_ms - agent->broken_ms > RECORD_LIMIT_MS)
        give_up(job);
    else
        job_wake_in(job,
                    job->api->now_ms - agent->broken_ms < RECORD_SOON_MS ? RECORD_POLL_MS : RECORD_SLOW_MS);
}

/* The stream is over: by the run's own word, or not. */
static void agent_answer(struct job *job, const struct http_answer *answer)
{
    struct agent *agent = job->state;
    job_touch_box(job);
    agent->open = false;
    if (answer->status / 100 != 2) {
        job_fail(job, &answer->err);
        return;
    }
    run_stream_end(&agent->stream, job->api->wall_ms);
    if (agent->stream.state == RUN_STREAM_DONE) {
        job_succeed(job);
        return;
    }
    if (agent->stream.state == RUN_STREAM_FAILED) {
        fail(job, ERR_SERVICE, "it reported an error");
        return;
    }
    agent->why = answer->err;
    if (answer->err.kind == ERR_NONE)
        err_set(&agent->why, ERR_UNKNOWN, 0, "agent run: the stream ended without a result");
    agent->broken_ms = job->api->now_ms;
    struct run_item item;
    run_item_init(&item, RUN_ITEM_BREAK);
    item.at = job->api->wall_ms;
    on_item(job, &item);
    if (job->reply.run_id == NULL) {
        give_up(job);
        return;
    }
    job_progress(job, "the stream broke; following the run's record");
    job_wake_in(job, 1);
}

static void agent_wake(struct job *job)
{
    struct agent *agent = job->state;
    if (agent->open) {
        job_progress(job, "quiet for %d s; the connection is open",
                     (int)((job->api->now_ms - agent->last_ms) / 1000));
        job_touch_box(job); /* the poller brings the record */
        job_wake_in(job, QUIET_MS);
        return;
    }
    job_call(job, (struct job_call){.method = HTTP_GET,
                                    .path = job_box_path(job, "/runs"),
                                    .what = "record of the run",
                                    .on_answer = record_answer});
}

static void agent_start(struct job *job)
{
    struct agent *agent = mem_zalloc(1, sizeof *agent);
    job->state = agent;
    agent->open = true;
    agent->last_ms = job->api->now_ms;
    run_stream_init(&agent->stream, on_item, job);
    const struct request *request = job->request;
    char *body = body_object("prompt", request->text == NULL ? "" : request->text, "folder", request->folder,
                             (char *)NULL);
    job_call(job, (struct job_call){.method = HTTP_POST,
                                    .path = job_box_path(job, "/run/stream"),
                                    .body = body,
                                    .what = "agent run",
                                    .stream = true,
                                    .on_body = agent_body,
                                    .on_answer = agent_answer});
    free(body);
    poll_touch(job->api->poll, job->box_id, job->api->now_ms);
    job_wake_in(job, QUIET_MS);
}

static void agent_done(struct job *job)
{
    struct agent *agent = job->state;
    if (agent != NULL)
        run_stream_done(&agent->stream);
    free(agent);
}

const struct job_ops agent_ops = {.start = agent_start, .wake = agent_wake, .done = agent_done};
