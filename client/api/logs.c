/* A box's log, page by page through its stitcher (box-api.md 2.6, client/poll/stitch.h). */
#include <stdio.h>
#include <stdlib.h>

#include "client/api/memory.h"
#include "client/api/parts.h"
#include "client/base/mem.h"
#include "client/json.h"
#include "client/json_split.h"
#include "client/model_json.h"

enum { LINES_MAX = 4 * STITCH_LIMIT_MAX, BUSY_MS = 20 };

/* An operation of the stitcher under way. */
struct reading {
    struct stitch_ask ask;
    bool busy; /* the stitcher is ours */
    bool news; /* a batch was handed over */
};

struct line_list {
    struct log_line *lines;
    size_t count, room;
    void (*read)(struct log_line *out, const struct json_element *element);
};

static void on_line(void *user, const struct json_element *element)
{
    struct line_list *list = user;
    if (list->count == LINES_MAX)
        return;
    list->lines = mem_grow(list->lines, &list->room, list->count + 1, sizeof *list->lines);
    list->read(&list->lines[list->count++], element);
}

static struct box_memory *seen_of(struct job *job)
{
    return memory_box(job->api->memory, job->box_id, job->api->now_ms);
}

/* Gives the stitcher back. */
static void release(struct job *job)
{
    struct reading *reading = job->state;
    if (!reading->busy)
        return;
    struct box_memory *seen = seen_of(job);
    seen->reading = false;
    stitch_abort(&seen->stitch);
    reading->busy = false;
}

static void fail(struct job *job, const struct err *err)
{
    release(job);
    job_fail(job, err);
}

static void page_answer(struct job *job, const struct http_answer *answer);

static void ask_page(struct job *job)
{
    const struct reading *reading = job->state;
    char tail[96];
    int len = snprintf(tail, sizeof tail, "/logs?limit=%zu", reading->ask.limit);
    if (reading->ask.offset > 0) /* 0 is never sent (box-api.md 2.6) */
        snprintf(tail + len, sizeof tail - (size_t)len, "&offset=%zu", reading->ask.offset);
    job_call(job, (struct job_call){.method = HTTP_GET,
                                    .path = job_box_path(job, tail),
                                    .what = "log",
                                    .patient = job->request != NULL,
                                    .on_answer = page_answer});
}

static void emit_batch(struct job *job, struct stitch_batch *batch, bool at_start)
{
    struct reading *reading = job->state;
    if (batch->count == 0)
        return;
    struct event *event = event_new(EVENT_LOGS);
    event->logs.items = batch->items;
    event->logs.count = batch->count;
    event->logs.join = batch->join;
    event->logs.gap_ms = batch->gap_ms;
    event->logs.at_start = at_start;
    event->logs.place = stitch_place(&seen_of(job)->stitch);
    reading->news = true;
    job_emit(job, event);
}

/* A digest of a page and of what it answers. */
static uint64_t page_digest(const struct reading *reading, const struct http_answer *answer)
{
    return json_digest(answer->body, answer->len) + reading->ask.offset * 1000003u + reading->ask.limit;
}

static bool read_page(struct job *job, const struct http_answer *answer, struct line_list *list)
{
    struct json_split split;
    struct err err;
    json_split_init(&split, "logs", on_line, list);
    bool ok = json_split_feed(&split, answer->body, answer->len, &err) && json_split_end(&split, &err);
    if (ok && !split.found)
        ok = err_set(&err, ERR_PROTOCOL, 0, "it holds no list of log lines");
    json_split_done(&split);
    if (ok)
        return true;
    log_lines_free(list->lines, list->count);
    release(job);
    job_fail_protocol(job, "log", err.text);
    return false;
}

static void page_answer(struct job *job, const struct http_answer *answer)
{
    struct reading *reading = job->state;
    struct box_memory *seen = seen_of(job);
    if (answer->err.kind != ERR_NONE) {
        fail(job, &answer->err);
        return;
    }
    uint64_t digest = page_digest(reading, answer);
    if (job->request == NULL && seen->logs_known && seen->logs_digest == digest) {
        job_emit(job, event_new(EVENT_SAME));
        release(job);
        job_succeed(job);
        return;
    }
    struct line_list list = {.read = job->api->raw_text ? model_read_raw_log_line : model_read_log_line};
    if (!read_page(job, answer, &list))
        return;
    struct stitch_batch batch = {0};
    enum stitch_step step = stitch_page(&seen->stitch, list.lines, list.count, &batch, &reading->ask);
    emit_batch(job, &batch, seen->stitch.at_start);
    if (step == STITCH_ASK) {
        seen->logs_known = false;
        ask_page(job);
        return;
    }
    if (job->request == NULL && !reading->news)
        job_emit(job, event_new(EVENT_SAME));
    if (job->request == NULL) { /* the same page again brings nothing: known by its digest from now on */
        seen->logs_known = !reading->news;
        seen->logs_digest = digest;
    }
    release(job);
    job_succeed(job);
}

static void reading_done(struct job *job)
{
    if (job->state != NULL)
        release(job);
    free(job->state);
}

static struct reading *begin(struct job *job)
{
    struct reading *reading = job->state;
    struct box_memory *seen = seen_of(job);
    if (seen->reading)
        return NULL;
    seen->reading = true;
    reading->busy = true;
    return reading;
}

static void tail_start(struct job *job)
{
    job->state = mem_zalloc(1, sizeof(struct reading));
    struct reading *reading = begin(job);
    if (reading == NULL) { /* older lines are being read: the next turn will do */
        job_succeed(job);
        return;
    }
    stitch_start_tail(&seen_of(job)->stitch, &reading->ask);
    ask_page(job);
}

const struct job_ops logs_tail_ops = {.start = tail_start, .done = reading_done};

/* Says that there is nothing older, in case the console does not know. */
static void emit_at_start(struct job *job)
{
    struct event *event = event_new(EVENT_LOGS);
    event->logs.join = LOG_JOIN_PREPEND;
    event->logs.at_start = true;
    job_emit(job, event);
}

static void older_wake(struct job *job)
{
    struct reading *reading = begin(job);
    if (reading == NULL) {
        job_wake_in(job, BUSY_MS);
        return;
    }
    struct stitch *stitch = &seen_of(job)->stitch;
    if (stitch_start_older(stitch, &reading->ask)) {
        ask_page(job);
        return;
    }
    if (stitch->at_start)
        emit_at_start(job);
    release(job);
    job_succeed(job);
}

static void older_start(struct job *job)
{
    job->state = mem_zalloc(1, sizeof(struct reading));
    older_wake(job);
}

const struct job_ops logs_older_ops = {.start = older_start, .wake = older_wake, .done = reading_done};
