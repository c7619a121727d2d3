#include "tui/jobs.h"

#include "client/base/mem.h"
#include "client/base/utf8.h"
#include "client/text/inert.h"
#include "client/text/secret.h"
#include "tui/format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PENDING_MAX = 8192, RESULT_LINES = 12, SAME_START_MS = 5000 };

static void job_free(struct job *job)
{
    free(job->box_id);
    free(job->text);
    free(job->run_id);
    free(job->progress);
    free(job->pending);
    logbook_done(&job->lines);
    timeline_done(&job->timeline);
    free(job);
}

void jobs_done(struct jobs *jobs)
{
    for (size_t i = 0; i < jobs->count; i++)
        job_free(jobs->items[i]);
    *jobs = (struct jobs){0};
}

static void remove_at(struct jobs *jobs, size_t at)
{
    job_free(jobs->items[at]);
    jobs->count--;
    memmove(jobs->items + at, jobs->items + at + 1, (jobs->count - at) * sizeof(struct job *));
}

static void make_room(struct jobs *jobs)
{
    if (jobs->count < JOBS_MAX)
        return;
    for (size_t i = 0; i < jobs->count; i++)
        if (jobs->items[i]->state != JOB_RUNNING) {
            remove_at(jobs, i);
            return;
        }
    remove_at(jobs, 0);
}

struct job *jobs_add(struct jobs *jobs, uint64_t request_id, enum request_kind kind, const char *box_id,
                     const char *text, int64_t wall_ms, int64_t now_ms)
{
    make_room(jobs);
    struct job *job = mem_zalloc(1, sizeof *job);
    *job = (struct job){
        .request_id = request_id,
        .kind = kind,
        .box_id = mem_dup(box_id),
        .text = mem_dup(text),
        .started_at = wall_ms,
        .heard_ms = now_ms,
        .input_tokens = -1,
        .output_tokens = -1,
        .cost_usd = -1,
    };
    logbook_init(&job->lines, JOB_BYTES);
    jobs->items[jobs->count++] = job;
    jobs->version++;
    return job;
}

struct job *jobs_of(const struct jobs *jobs, const char *box_id)
{
    for (size_t i = jobs->count; box_id != NULL && i-- > 0;)
        if (strcmp(jobs->items[i]->box_id, box_id) == 0)
            return jobs->items[i];
    return NULL;
}

struct job *jobs_of_run(const struct jobs *jobs, const char *run_id)
{
    for (size_t i = jobs->count; run_id != NULL && i-- > 0;) {
        struct job *job = jobs->items[i];
        if (job->kind == REQUEST_RUN && job->run_id != NULL && strcmp(job->run_id, run_id) == 0)
            return job;
    }
    return NULL;
}

/* A command's answer carries no run id (box-api.md 2.3), its run is the one with its words that began when it
 * did. */
static bool is_command_of(const struct job *job, const struct run *run)
{
    static const char shell[] = "sh -c ";
    int64_t apart = job->started_at - run->created_at;
    if (job->kind != REQUEST_EXEC || !job->has_exit || run->created_at == 0 || apart > SAME_START_MS ||
        apart < -SAME_START_MS || (run->box_id != NULL && strcmp(run->box_id, job->box_id) != 0) ||
        strncmp(run->prompt, shell, sizeof shell - 1) != 0)
        return false;
    char *words = inert_label(job->text, strlen(job->text));
    bool same = strcmp(words, run->prompt + sizeof shell - 1) == 0;
    free(words);
    return same;
}

bool jobs_exit_of(const struct jobs *jobs, const struct run *run, int *exit_code)
{
    const struct job *nearest = NULL;
    int64_t least = INT64_MAX;
    *exit_code = run->exit_code;
    if (run->has_exit || run->prompt == NULL || run->type == RUN_TYPE_AGENT)
        return run->has_exit;
    for (size_t i = 0; i < jobs->count; i++) {
        int64_t apart = llabs(jobs->items[i]->started_at - run->created_at);
        if (apart >= least || !is_command_of(jobs->items[i], run))
            continue;
        nearest = jobs->items[i];
        least = apart;
    }
    if (nearest != NULL)
        *exit_code = nearest->exit_code;
    return nearest != NULL;
}

const char *jobs_exit_text(char *out, size_t size, const struct jobs *jobs, const struct run *run)
{
    int exit_code;
    if (jobs_exit_of(jobs, run, &exit_code))
        snprintf(out, size, "%d", exit_code);
    else
        snprintf(out, size, "-");
    return out;
}

size_t jobs_running(const struct jobs *jobs)
{
    size_t running = 0;
    for (size_t i = 0; i < jobs->count; i++)
        running += jobs->items[i]->state == JOB_RUNNING;
    return running;
}

static struct log_line line_make(int64_t at, enum log_source source, enum log_level level, const char *bytes,
                                 size_t len, uint16_t attr)
{
    struct log_line line = {.time = at, .source = source, .level = level};
    line.text.bytes = mem_dup_bytes(bytes, len);
    len = secret_hide(line.text.bytes, len, NULL, NULL, false); /* it may have come in two deltas */
    line.text.len = (uint32_t)len;
    if (attr != 0 && len > 0) {
        line.text.spans = mem_zalloc(1, sizeof *line.text.spans);
        line.text.spans[0] = (struct text_span){0, (uint32_t)len, {.attr = attr}};
        line.text.span_count = 1;
    }
    return line;
}

static void say(struct job *job, int64_t at, enum log_source source, enum log_level level, const char *prefix,
                const char *text, uint16_t attr)
{
    char *joined = mem_format("%s%s", prefix, text);
    struct log_line line = line_make(at, source, level, joined, strlen(joined), attr);
    logbook_append(&job->lines, &line);
    free(joined);
}

static uint16_t pending_attr(const struct job *job)
{
    return job->pending_kind == RUN_ITEM_THINKING ? STYLE_DIM | STYLE_ITALIC : 0;
}

/* The unfinished line becomes a finished one. */
static void end_pending(struct job *job, int64_t at)
{
    if (job->pending_len > 0) {
        struct log_line line = line_make(at, LOG_SOURCE_AGENT, LOG_LEVEL_INFO, job->pending, job->pending_len,
                                         pending_attr(job));
        logbook_append(&job->lines, &line);
    }
    job->pending_len = 0;
}

/* Text comes in deltas that end anywhere: whole lines are kept, the rest waits as the tail. */
static void add_delta(struct job *job, const struct run_item *item)
{
    if (job->pending_kind != item->kind)
        end_pending(job, item->at);
    job->pending_kind = item->kind;
    if (job->pending == NULL)
        job->pending = mem_alloc(PENDING_MAX);
    for (const char *at = item->text != NULL ? item->text : ""; *at != '\0';) {
        size_t len = strcspn(at, "\n");
        size_t used = utf8_cut(at, len, PENDING_MAX - job->pending_len);
        memcpy(job->pending + job->pending_len, at, used);
        job->pending_len += used;
        at += used;
        if (used < len) {
            end_pending(job, item->at);
        } else if (*at == '\n') {
            if (job->pending_len == 0)
                say(job, item->at, LOG_SOURCE_AGENT, LOG_LEVEL_INFO, "", "", 0);
            end_pending(job, item->at);
            at++;
        }
    }
    if (job->pending_len > 0) {
        size_t sure = job->pending_len - secret_tail(job->pending, job->pending_len);
        struct log_line tail =
            line_make(item->at, LOG_SOURCE_AGENT, LOG_LEVEL_INFO, job->pending, sure, pending_attr(job));
        logbook_set_tail(&job->lines, &tail);
    }
}

static void add_result(struct job *job, const struct run_item *item)
{
    const char *at = item->text != NULL ? item->text : "";
    for (int lines = 0; *at != '\0'; lines++) {
        size_t len = strcspn(at, "\n");
        if (lines == RESULT_LINES) {
            say(job, item->at, LOG_SOURCE_AGENT, LOG_LEVEL_INFO, "  | ", "(more)", STYLE_DIM);
            return;
        }
        char *line = mem_dup_bytes(at, len);
        say(job, item->at, LOG_SOURCE_AGENT, LOG_LEVEL_INFO, "  | ", line, STYLE_DIM);
        free(line);
        at += len + (at[len] == '\n');
    }
}

static void add_figures(struct job *job, const struct run_item *item)
{
    if (item->input_tokens >= 0)
        job->input_tokens = item->input_tokens;
    if (item->output_tokens >= 0)
        job->output_tokens = item->output_tokens;
    if (item->cost_usd >= 0)
        job->cost_usd = item->cost_usd;
}

static void add_tool(struct job *job, const struct run_item *item)
{
    char *title = mem_format("%s  %s", item->name != NULL ? item->name : "tool",
                             item->summary != NULL ? item->summary : "");
    say(job, item->at, LOG_SOURCE_AGENT, LOG_LEVEL_INFO, "> ", title, STYLE_BOLD);
    free(title);
}

static void take_run_item(struct job *job, struct run_item *item)
{
    timeline_add(&job->timeline, item);
    job->stream_ended = job->stream_ended || item->kind == RUN_ITEM_DONE || item->kind == RUN_ITEM_ERROR;
    if (item->kind == RUN_ITEM_TEXT || item->kind == RUN_ITEM_THINKING) {
        add_delta(job, item);
        return;
    }
    end_pending(job, item->at);
    switch (item->kind) {
    case RUN_ITEM_START:
        free(job->run_id);
        job->run_id = item->run_id;
        item->run_id = NULL;
        break;
    case RUN_ITEM_TOOL:
        add_tool(job, item);
        break;
    case RUN_ITEM_TOOL_RESULT:
        add_result(job, item);
        break;
    case RUN_ITEM_DONE:
    case RUN_ITEM_STATS:
        add_figures(job, item);
        break;
    case RUN_ITEM_ERROR:
        add_figures(job, item);
        say(job, item->at, LOG_SOURCE_AGENT, LOG_LEVEL_ERROR, "",
            item->text != NULL ? item->text : "the run failed", 0);
        break;
    case RUN_ITEM_BREAK:
        job->broke_at = item->at;
        say(job, item->at, LOG_SOURCE_SYSTEM, LOG_LEVEL_WARN, "", "the stream broke here", STYLE_DIM);
        break;
    case RUN_ITEM_OTHER:
        say(job, item->at, LOG_SOURCE_SYSTEM, LOG_LEVEL_INFO,
            "unknown event: ", item->name != NULL ? item->name : "", STYLE_DIM);
        break;
    case RUN_ITEM_TEXT:
    case RUN_ITEM_THINKING:
        break;
    }
}

static struct log_line line_of(struct text *text, int64_t at)
{
    struct log_line line = {.time = at, .source = LOG_SOURCE_USER, .level = LOG_LEVEL_INFO, .text = *text};
    *text = (struct text){0};
    return line;
}

static void take_output(struct job *job, struct exec_piece *piece, int64_t wall_ms)
{
    for (size_t i = 0; i < piece->line_count; i++) {
        struct log_line line = line_of(&piece->lines[i], wall_ms);
        logbook_append(&job->lines, &line);
    }
    if (piece->has_partial) {
        struct log_line line = line_of(&piece->partial, wall_ms);
        logbook_set_tail(&job->lines, &line);
    } else {
        logbook_drop_tail(&job->lines);
    }
}

static enum job_state final_state(const struct reply *reply)
{
    switch (reply->err.kind) {
    case ERR_NONE:
        return reply->has_exit && reply->exit_code != 0 ? JOB_FAILED : JOB_DONE;
    case ERR_CANCELLED:
        return JOB_STOPPED;
    case ERR_UNKNOWN:
        return JOB_UNKNOWN;
    default:
        return JOB_FAILED;
    }
}

static void take_reply(struct job *job, struct reply *reply, int64_t wall_ms)
{
    end_pending(job, wall_ms);
    if (job->broke_at == 0) /* else what was open went on unseen */
        timeline_close(&job->timeline, wall_ms);
    job->state = final_state(reply);
    job->ended_at = wall_ms;
    job->has_exit = reply->has_exit;
    job->exit_code = reply->exit_code;
    job->err = reply->err;
    if (reply->run_id != NULL && job->run_id == NULL) {
        job->run_id = reply->run_id;
        reply->run_id = NULL;
    }
}

bool jobs_event(struct jobs *jobs, struct event *event, int64_t wall_ms)
{
    struct job *job = NULL;
    for (size_t i = 0; i < jobs->count; i++)
        if (jobs->items[i]->request_id == event->request_id && event->request_id != 0)
            job = jobs->items[i];
    if (job == NULL || job->state != JOB_RUNNING)
        return false;
    if (event->kind != EVENT_PROGRESS)
        job->heard_ms = event->at_ms;
    switch (event->kind) {
    case EVENT_EXEC:
        take_output(job, &event->exec, wall_ms);
        break;
    case EVENT_RUN_STREAM:
        take_run_item(job, &event->run);
        break;
    case EVENT_PROGRESS:
        free(job->progress);
        job->progress = mem_dup(event->progress);
        break;
    case EVENT_REPLY:
        take_reply(job, &event->reply, wall_ms);
        break;
    default:
        return false;
    }
    jobs->version++;
    return true;
}

const char *job_status(const struct job *job, int64_t wall_ms, char *out, size_t size)
{
    char took[16];
    format_duration(took, sizeof took, (job->ended_at != 0 ? job->ended_at : wall_ms) - job->started_at);
    switch (job->state) {
    case JOB_RUNNING:
        snprintf(out, size, "running %s%s%s", took, job->progress != NULL ? ": " : "",
                 job->progress != NULL ? job->progress : "");
        break;
    case JOB_DONE:
        snprintf(out, size, job->has_exit ? "exit 0 after %s" : "done after %s", took);
        break;
    case JOB_FAILED:
        if (job->has_exit)
            snprintf(out, size, "exit %d after %s", job->exit_code, took);
        else
            snprintf(out, size, "failed after %s: %s", took, job->err.text);
        break;
    case JOB_STOPPED:
        snprintf(out, size, "stopped after %s", took);
        break;
    case JOB_UNKNOWN:
        snprintf(out, size, "outcome unknown after %s: %s", took, job->err.text);
        break;
    }
    return out;
}
