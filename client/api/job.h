/*
 * A job is one thing the client is doing: a request of the console or something the poller asked for. It
 * makes one or more HTTP calls, turns answers into events, and ends exactly once. The parts of the API
 * (boxes.c, runs.c, ...) are tables of functions over it.
 *
 * All of it runs on the client's thread. Ended jobs are swept by api_step, so a job may end itself anywhere.
 */
#pragma once

#include "client/base/err.h"
#include "client/event.h"
#include "client/http.h"
#include "client/poll/poll.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct job;

/* What jobs share. */
struct api {
    struct http *http;
    struct poll *poll;
    struct memory *memory; /* what was seen last, per box */
    const char *ssh_host;
    int ssh_port;
    bool raw_text;   /* see client_options */
    int64_t now_ms;  /* clock_ms of this step */
    int64_t wall_ms; /* clock_wall_ms of this step */
    uint64_t random; /* for jitter */
    struct job *jobs;
    void (*emit)(void *user, struct event *event); /* takes the event over */
    void *user;
    void (*over)(void *over_user, struct job *job); /* before a job is freed; the reply is still in it */
    void *over_user;
};

struct job_ops {
    void (*start)(struct job *job);
    void (*wake)(struct job *job); /* job->wake_ms has come; NULL for jobs that never set it */
    void (*done)(struct job *job); /* frees job->state; NULL when there is none */
};

typedef void job_answer_fn(struct job *job, const struct http_answer *answer);
typedef bool job_body_fn(struct job *job, const char *bytes, size_t len, struct err *err);

/* One HTTP call of a job. */
struct job_call {
    enum http_method method;
    char *path;       /* the job frees it */
    const char *body; /* JSON text or NULL; copied */
    const char *what; /* for sentences; outlives the call, e.g. a literal */
    size_t cap;       /* as in struct http_request */
    bool stream;
    bool patient; /* a GET of the console: tried again up to three times when that may help */
    job_body_fn *on_body;
    job_answer_fn *on_answer;
};

struct job {
    struct api *api;
    struct job *next;
    const struct job_ops *ops;
    struct request *request; /* NULL for what the poller asked for */
    struct poll_ask ask;     /* what it asked for */
    const char *box_id;      /* of either; "" for none */
    struct job_call spec;    /* the call under way, or to be repeated at wake_ms */
    struct http_call *call;  /* NULL between calls */
    bool repeat;             /* wake_ms is for `spec` once more */
    unsigned tries;
    int64_t started_ms;
    int64_t wake_ms; /* when to run ops->wake; 0 for never */
    bool over;
    struct reply reply; /* how it ended; parts fill it as they learn */
    int64_t retry_after_ms;
    int64_t date_ms;
    int latency_ms;
    void *state; /* the part's own */
};

/* Starts a job; ownership of `request` moves. */
struct job *api_start_request(struct api *api, struct request *request);
struct job *api_start_ask(struct api *api, const struct poll_ask *ask);

/* Ends a request at the operator's wish: ERR_CANCELLED, or ERR_UNKNOWN for a change that may have left.
 * Unknown ids are ignored. */
void api_cancel(struct api *api, uint64_t request_id);

/* Ends what the poller asked for with ERR_CANCELLED. */
void api_drop_asks(struct api *api);

/* Wakes the jobs whose time has come and sweeps those that ended. */
void api_step(struct api *api);

/* When api_step has something to do next; INT64_MAX for never. */
int64_t api_wake_ms(const struct api *api);

/* Frees all jobs without a word. */
void api_done(struct api *api);

/* --- for the parts ---------------------------------------------------------------------------------- */

/* Makes a call; the job must not have one under way. */
void job_call(struct job *job, struct job_call call);

/* The job is over as asked, or with an error. The first word counts. */
void job_succeed(struct job *job);
void job_fail(struct job *job, const struct err *err);

/* Says what the job is doing (EVENT_PROGRESS). Nothing for the poller's jobs. */
void job_progress(struct job *job, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Sends an event about the job's box and request; takes it over. */
void job_emit(struct job *job, struct event *event);

/* "/v2/box/ID" and then `tail`, e.g. "/runs"; the caller frees it. */
char *job_box_path(const struct job *job, const char *tail);

/* Wakes the job in so many milliseconds. */
void job_wake_in(struct job *job, int64_t ms);

/* An answer that is not what it should be: ERR_PROTOCOL with the reason. */
void job_fail_protocol(struct job *job, const char *what, const char *why);

/* A change was carried out or may have been: the list and the box are asked for soon. */
void job_touch_box(struct job *job);
