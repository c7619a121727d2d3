/*
 * What travels between the console and the client thread: requests down, events up. Ownership moves with the
 * message: who pushes forgets it, who pops frees it. Nothing in a message points into either side.
 */
#pragma once

#include "client/base/err.h"
#include "client/model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the console may ask for. Every request is answered by exactly one EVENT_REPLY, also when it was
 * cancelled; the streaming ones send their own events before it. */
enum request_kind {
    REQUEST_REFRESH,    /* the list and whatever is watched, at once */
    REQUEST_BOX_GET,    /* one box, by id or name: its EVENT_BOX comes first */
    REQUEST_BOX_CREATE, /* `body`: the JSON object of box-api.md 2.2, polled until it is ready */
    REQUEST_BOX_PAUSE,  /* polled until paused, 120 s at most */
    REQUEST_BOX_RESUME, /* polled until live, 120 s at most */
    REQUEST_BOX_DELETE,
    REQUEST_RUNS,            /* the box's list, once: EVENT_RUNS, or EVENT_SAME */
    REQUEST_RUN_CANCEL,      /* run_id */
    REQUEST_EXEC,            /* `text` through sh -c in `folder`, streamed: EVENT_EXEC */
    REQUEST_RUN,             /* `text` as the prompt, streamed: EVENT_RUN_STREAM */
    REQUEST_LOGS_OLDER,      /* one page before the oldest line held: EVENT_LOGS with LOG_JOIN_PREPEND */
    REQUEST_SNAPSHOT_CREATE, /* `text`: the name, polled until ready */
    REQUEST_SNAPSHOTS,       /* the box's list: EVENT_SNAPSHOTS */
    REQUEST_CONNECT,         /* a TCP connection to the SSH gateway: the reply carries the descriptor */
};

struct request {
    uint64_t id; /* set by client_ask */
    enum request_kind kind;
    char *box_id;
    char *run_id;
    char *text;
    char *folder; /* NULL for the workspace */
    char *body;
};

/* How the service looks from here. */
enum link_state {
    LINK_STARTING, /* nothing answered yet */
    LINK_OK,
    LINK_SLOW,    /* an answer is overdue by more than 5 s */
    LINK_OFFLINE, /* the last try failed below HTTP; the next one is at `next_try_ms` */
    LINK_REFUSED, /* 401: polling has stopped until client_set_key */
    LINK_LIMITED, /* 429: waiting as told */
    LINK_FAILING, /* 5xx or answers that cannot be understood */
};

struct link_status {
    enum link_state state;
    int latency_ms;      /* of the last ordinary answer, -1 unknown */
    int64_t ok_at_ms;    /* clock_ms of the last good list, 0 never */
    int64_t next_try_ms; /* clock_ms of the next try, when waiting */
    int64_t skew_ms;     /* the service's clock less ours */
    struct err err;      /* why, unless OK */
};

enum event_kind {
    EVENT_LINK,  /* link */
    EVENT_BOXES, /* the whole list: boxes, deleted says which of the two lists */
    EVENT_BOX,   /* one box, fresh: boxes[0]; gone is set when the service says 404 (boxes is empty then) */
    EVENT_RUNS,  /* the runs of box_id, newest first */
    EVENT_LOGS,  /* log lines of box_id, oldest first, joined as `join` says */
    EVENT_SAME,  /* the runs (same.runs) or the log of box_id were asked for again: nothing new */
    EVENT_SNAPSHOTS,  /* the snapshots of box_id */
    EVENT_EXEC,       /* output of request_id */
    EVENT_RUN_STREAM, /* one happening of the agent run of request_id */
    EVENT_PROGRESS,   /* request_id: what it is doing now, in `text` */
    EVENT_REPLY,      /* request_id is over */
};

/* One piece of a command's output. Complete lines come once; an unfinished last line may come again, longer.
 */
struct exec_piece {
    struct text *lines; /* complete lines */
    size_t line_count;
    bool has_partial;    /* there is an unfinished line now; if not, none is to be shown any more */
    struct text partial; /* it replaces the one shown so far */
    char *raw; /* the output's own bytes since the last piece, NOT inert: only from a client that was
                  asked for them (client_options.raw_text); NULL for none */
    size_t raw_len;
};

enum run_item_kind {
    RUN_ITEM_START,
    RUN_ITEM_TEXT,
    RUN_ITEM_THINKING,
    RUN_ITEM_TOOL,
    RUN_ITEM_TOOL_RESULT,
    RUN_ITEM_DONE,
    RUN_ITEM_STATS,
    RUN_ITEM_ERROR,
    RUN_ITEM_BREAK, /* the stream broke: what comes after is known from the record and the log only */
    RUN_ITEM_OTHER,
};

/* One event of an agent stream (box-api.md 3.1). */
struct run_item {
    enum run_item_kind kind;
    int64_t at;    /* wall clock when it arrived, ms */
    char *run_id;  /* START */
    char *name;    /* TOOL: the tool; OTHER: the event's name */
    char *tool_id; /* TOOL, TOOL_RESULT */
    char *summary; /* TOOL: one line for people, e.g. the command or the file */
    char *text; /* TEXT, THINKING deltas; TOOL input; TOOL_RESULT, DONE output; ERROR sentence. Newlines kept,
                   else inert */
    int64_t input_tokens, output_tokens, cached_input_tokens, cpu_ns, memory_peak_bytes; /* -1 unknown */
    double cost_usd;                                                                     /* -1 unknown */
};

/* How a request ended. */
struct reply {
    enum request_kind kind; /* of the request */
    struct err err;         /* ERR_NONE: as asked. ERR_UNKNOWN: sent, but the outcome is not known */
    int http_status;        /* 0 when no answer came */
    char *box_id;           /* of the request, or of the box it made */
    char *run_id;           /* REQUEST_RUN: the run's id as soon as the stream named it */
    bool has_exit;          /* REQUEST_EXEC: exit_code is known */
    int exit_code;
    int fd; /* REQUEST_CONNECT: a connected non-blocking socket the receiver owns; else -1 */
};

struct event {
    enum event_kind kind;
    uint64_t request_id; /* 0 for what the client does on its own */
    char *box_id;
    int64_t at_ms; /* clock_ms when the answer came */
    union {
        struct link_status link;
        struct {
            struct box *items;
            size_t count;
            bool deleted;
            bool gone;
        } boxes;
        struct {
            struct run *items;
            size_t count;
        } runs;
        struct {
            struct log_line *items;
            size_t count;
            enum log_join join;
            int64_t gap_ms;
            bool at_start;
            struct log_place place;
        } logs;
        struct {
            struct snapshot *items;
            size_t count;
        } snapshots;
        struct {
            bool runs;
        } same;
        struct exec_piece exec;
        struct run_item run;
        char *progress;
        struct reply reply;
    };
};

/* A message on the heap, all zero but for what is unknown: a reply's fd is -1, a latency -1, a run item's
 * numbers -1. */
struct event *event_new(enum event_kind kind);
struct request *request_new(enum request_kind kind, const char *box_id);

/* Frees a message and all it owns (a descriptor in a reply is closed). NULL is fine. */
void event_free(struct event *event);
void request_free(struct request *request);

/* Frees what a piece of output owns; it is empty afterwards. A zeroed struct is fine. */
void exec_piece_done(struct exec_piece *piece);

/* An item of which nothing is known, and its end. */
void run_item_init(struct run_item *item, enum run_item_kind kind);
void run_item_done(struct run_item *item);
