/* The runs of a box, for the poller and at the operator's wish, and cancelling one (box-api.md 2.5). */
#include <stdlib.h>
#include <string.h>

#include "client/api/memory.h"
#include "client/api/parts.h"
#include "client/api/run_list.h"
#include "client/base/buf.h"
#include "client/base/mem.h"
#include "client/json.h"
#include "client/json_split.h"
#include "client/model_json.h"

enum { RUNS_MAX = 5000 };

static void on_run(void *user, const struct json_element *element)
{
    struct run_list *list = user;
    if (list->count == RUNS_MAX)
        return;
    list->runs = mem_grow(list->runs, &list->room, list->count + 1, sizeof *list->runs);
    struct run *run = &list->runs[list->count++];
    if (list->raw)
        model_read_raw_run(run, element);
    else
        model_read_run(run, element);
}

bool run_list_read(struct run_list *list, bool raw, const char *body, size_t len, struct err *err)
{
    struct json_split split;
    *list = (struct run_list){.raw = raw};
    json_split_init(&split, "runs", on_run, list);
    bool ok = json_split_feed(&split, body, len, err) && json_split_end(&split, err);
    if (ok && !split.found)
        ok = err_set(err, ERR_PROTOCOL, 0, "it holds no list of runs");
    json_split_done(&split);
    if (!ok)
        run_list_done(list);
    return ok;
}

void run_list_done(struct run_list *list)
{
    runs_free(list->runs, list->count);
    *list = (struct run_list){0};
}

struct event *run_list_event(struct run_list *list)
{
    struct event *event = event_new(EVENT_RUNS);
    event->runs.items = list->runs;
    event->runs.count = list->count;
    *list = (struct run_list){0};
    return event;
}

static void list_answer(struct job *job, const struct http_answer *answer)
{
    if (answer->err.kind != ERR_NONE) {
        job_fail(job, &answer->err);
        return;
    }
    struct box_memory *seen = memory_box(job->api->memory, job->box_id, job->api->now_ms);
    uint64_t digest = json_digest(answer->body, answer->len);
    if (seen->runs_known && seen->runs_digest == digest) {
        struct event *same = event_new(EVENT_SAME);
        same->same.runs = true;
        job_emit(job, same);
        job_succeed(job);
        return;
    }
    struct run_list list;
    struct err err;
    if (!run_list_read(&list, job->api->raw_text, answer->body, answer->len, &err)) {
        job_fail_protocol(job, "runs", err.text);
        return;
    }
    seen->runs_known = true;
    seen->runs_digest = digest;
    job_emit(job, run_list_event(&list));
    job_succeed(job);
}

static void list_start(struct job *job)
{
    job_call(job, (struct job_call){.method = HTTP_GET,
                                    .path = job_box_path(job, "/runs"),
                                    .what = "runs",
                                    .patient = job->request != NULL,
                                    .on_answer = list_answer});
}

const struct job_ops runs_list_ops = {.start = list_start};

static void cancel_answer(struct job *job, const struct http_answer *answer)
{
    job_touch_box(job);
    if (answer->err.kind != ERR_NONE)
        job_fail(job, &answer->err);
    else
        job_succeed(job);
}

static void cancel_start(struct job *job)
{
    struct buf tail;
    buf_init(&tail, 1024);
    buf_add_text(&tail, "/runs");
    http_path_add(&tail, job->request->run_id);
    buf_add_text(&tail, "/cancel");
    job->reply.run_id = mem_dup(job->request->run_id);
    job_call(job, (struct job_call){.method = HTTP_POST,
                                    .path = job_box_path(job, buf_text(&tail)),
                                    .what = "cancel the run",
                                    .on_answer = cancel_answer});
    buf_done(&tail);
}

const struct job_ops runs_cancel_ops = {.start = cancel_start};
