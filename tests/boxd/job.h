/*
 * The work behind a run: a thread that starts a process, reads what it prints, passes it to whoever listens,
 * writes it into the box's log, and ends the run. Commands print text; agents print the events of box-sse-v1
 * (box-api.md 3.1), which are passed on one by one.
 */
#pragma once

#include "client/base/buf.h"
#include "tests/boxd/boxd.h"
#include "tests/boxd/hub.h"
#include "tests/boxd/process.h"

/* What to do. Strings are copied. */
struct job_request {
    bool agent;           /* an agent run, else a command */
    const char *prompt;   /* what the run record shows; the agent's prompt */
    char **argv;          /* NULL-ended */
    const char *folder;   /* on this machine */
    bool merged;          /* stderr goes into stdout */
    bool streamed;        /* a hub is wanted */
    bool split_trailer;   /* the fault of that name */
    bool quiet;           /* neither a run nor log lines: for boxd's own commands, such as git */
    int64_t timeout_ms;   /* 0: none */
    const char *model;    /* agent runs */
    const char *schedule; /* id of the schedule that fell due */
    const char *webhook;  /* where to POST the outcome */
};

struct job {
    struct boxd *boxd;
    struct box *box;
    struct run *run; /* NULL for a quiet job */
    char **argv, **env;
    char *folder, *webhook;
    bool agent, merged, split_trailer, quiet;
    int64_t timeout_ms;

    /* Under the store's lock. */
    struct hub *hub; /* our end; NULL: nobody listens */
    pid_t pid;       /* the group, 0 when it has ended */
    bool cancelled;  /* somebody asked for the end */
    bool timed_out;
    bool recorded; /* the run has ended */
    bool done;     /* the results below are final */
    int refs;

    /* Final when `done`. */
    int exit_code;
    struct buf out, err; /* what a command printed, up to 16 MiB each; `out` is all of it when merged */
    char *failure;       /* why it could not be started; NULL: it was */
};

/* Starts a job and its run; the caller lets go of it with job_release. With `hub` not NULL, *hub is the
 * reader's end of its output. NULL with *err set when no thread can be made. Store lock held, as for all
 * functions here. */
struct job *job_start(struct boxd *boxd, struct box *box, const struct job_request *request, struct hub **hub,
                      struct err *err);

/* Waits until the job is done; the lock is released meanwhile. */
void job_wait(struct job *job);
void job_release(struct job *job);

/* Asks the run's process group to end, then makes it; waits until it has. */
void job_cancel(struct run *run);

/* Sends a signal to all jobs of a box, or of all boxes when `box` is NULL. */
void job_signal_all(struct boxd *boxd, const struct box *box, int signal);
