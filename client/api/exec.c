/* One command in a box, its output as it comes (box-api.md 2.3 and 3.2). */
#include <stdlib.h>

#include "client/api/body.h"
#include "client/api/parts.h"
#include "client/base/mem.h"
#include "client/stream/exec_stream.h"

enum { QUIET_MS = 60 * 1000 };

static void flush(struct job *job)
{
    struct exec_stream *stream = job->state;
    struct exec_piece piece;
    if (!exec_stream_take(stream, &piece))
        return;
    struct event *event = event_new(EVENT_EXEC);
    event->exec = piece;
    job_emit(job, event);
}

static bool exec_body_arrived(struct job *job, const char *bytes, size_t len, struct err *err)
{
    (void)err;
    exec_stream_feed(job->state, bytes, len);
    flush(job);
    job_wake_in(job, QUIET_MS);
    return true;
}

static void set_outcome(struct job *job, const struct http_answer *answer)
{
    struct exec_stream *stream = job->state;
    struct err err;
    switch (stream->outcome) {
    case EXEC_EXITED:
        job->reply.has_exit = stream->has_exit;
        job->reply.exit_code = stream->exit_code;
        job_succeed(job);
        return;
    case EXEC_FAILED:
        err_set(&err, ERR_SERVICE, 0, "run a command: %s",
                stream->error == NULL ? "the service gave up" : stream->error);
        break;
    case EXEC_OPEN:
    case EXEC_UNKNOWN:
        err_set(
            &err, ERR_UNKNOWN, answer->err.code,
            "run a command: the output ended without an exit code%s%s; the command may still run: look at "
            "the box's runs",
            answer->err.kind == ERR_NONE ? "" : ": ", answer->err.text);
        break;
    }
    job_fail(job, &err);
}

static void exec_answer(struct job *job, const struct http_answer *answer)
{
    job_touch_box(job);
    if (answer->status / 100 != 2) {
        job_fail(job, &answer->err);
        return;
    }
    exec_stream_end(job->state, answer->err.kind == ERR_NONE);
    flush(job);
    set_outcome(job, answer);
}

static void exec_start(struct job *job)
{
    job->state = mem_zalloc(1, sizeof(struct exec_stream));
    struct exec_stream *stream = job->state;
    exec_stream_init(stream);
    stream->raw = job->api->raw_text;
    const struct request *request = job->request;
    char *body = body_exec(request->text == NULL ? "" : request->text, request->folder);
    job_call(job, (struct job_call){.method = HTTP_POST,
                                    .path = job_box_path(job, "/exec-stream"),
                                    .body = body,
                                    .what = "run a command",
                                    .stream = true,
                                    .on_body = exec_body_arrived,
                                    .on_answer = exec_answer});
    free(body);
    poll_touch(job->api->poll, job->box_id, job->api->now_ms);
    job_wake_in(job, QUIET_MS);
}

/* Silence is no failure: commands may think. */
static void exec_wake(struct job *job)
{
    job_progress(job, "no output for a minute; the connection is open");
    poll_touch(job->api->poll, job->box_id, job->api->now_ms);
    job_wake_in(job, QUIET_MS);
}

static void exec_done(struct job *job)
{
    if (job->state != NULL)
        exec_stream_done(job->state);
    free(job->state);
}

const struct job_ops exec_ops = {.start = exec_start, .wake = exec_wake, .done = exec_done};
