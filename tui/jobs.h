/*
 * What the operator started from here and watches: a command in a box, a prompt for its agent. Each keeps its
 * output as lines, how it ended, and enough to start the same again. The newest one of a box is what the
 * Command tab shows.
 */
#pragma once

#include "client/event.h"
#include "tui/logbook.h"
#include "tui/timeline.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JOBS_MAX = 64, JOB_BYTES = 16 << 20 };

enum job_state {
    JOB_RUNNING,
    JOB_DONE,    /* ended well: exit 0, or the agent finished */
    JOB_FAILED,  /* ended badly: exit_code, or err */
    JOB_STOPPED, /* the operator's wish */
    JOB_UNKNOWN, /* sent, but how it ended is not known */
};

struct job {
    uint64_t request_id;    /* while it runs */
    enum request_kind kind; /* REQUEST_EXEC or REQUEST_RUN */
    enum job_state state;
    char *box_id;
    char *text;     /* the command or the prompt */
    char *run_id;   /* NULL until known */
    char *progress; /* what the client says about it, NULL for nothing */
    struct logbook lines;
    struct timeline timeline; /* of an agent run: its steps, exactly */
    bool stream_ended;        /* the stream came to its own end: nothing is missing */
    char *pending;            /* the unfinished line of an agent's text */
    size_t pending_len;
    enum run_item_kind pending_kind;
    int64_t started_at; /* wall ms */
    int64_t ended_at;   /* wall ms, 0 while it runs */
    int64_t heard_ms;   /* clock_ms of the last sign of life: of the stream, not of the client */
    int64_t broke_at;   /* wall ms when the stream broke, 0 when it did not */
    bool has_exit;
    int exit_code;
    struct err err;
    int64_t input_tokens, output_tokens; /* -1 unknown */
    double cost_usd;                     /* -1 unknown */
};

struct jobs {
    struct job *items[JOBS_MAX]; /* oldest first */
    size_t count;
    uint64_t version;
};

void jobs_done(struct jobs *jobs);

/* Notes a request that was asked. The oldest finished job goes when there are too many. */
struct job *jobs_add(struct jobs *jobs, uint64_t request_id, enum request_kind kind, const char *box_id,
                     const char *text, int64_t wall_ms, int64_t now_ms);

/* The newest job of a box, NULL when there is none. */
struct job *jobs_of(const struct jobs *jobs, const char *box_id);

/* The stream of a run that was started here, NULL when it was not. */
struct job *jobs_of_run(const struct jobs *jobs, const char *run_id);

/* How a run's command ended: what its record says, else what the stream of a command told that was started
 * here and is that run, as far as words and time tell. False when it is not known. */
bool jobs_exit_of(const struct jobs *jobs, const struct run *run, int *exit_code);

/* The same as a word, "-" for not known. Writes into out (16 bytes) and returns it. */
const char *jobs_exit_text(char *out, size_t size, const struct jobs *jobs, const struct run *run);

/* Takes the stream events, progress and replies of jobs; progress text moves out of the event. True when it
 * was theirs. */
bool jobs_event(struct jobs *jobs, struct event *event, int64_t wall_ms);

/* How many still run. */
size_t jobs_running(const struct jobs *jobs);

/* The state in words: "running 14s", "exit 0 after 3.1s", "outcome unknown: ...". Writes into out and returns
 * it. */
const char *job_status(const struct job *job, int64_t wall_ms, char *out, size_t size);
