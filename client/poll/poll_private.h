/* What poll.c and poll_choose.c share. */
#pragma once

#include "client/poll/poll.h"

/* When one thing is asked. */
struct slot {
    int64_t due_ms;
    bool under_way;
    bool again; /* became due while under way */
    unsigned failures;
};

/* Why a box is asked at all. */
enum look {
    LOOK_LIVE = 1, /* idle or running in the list */
    LOOK_RUNNING = 2,
    LOOK_VISIBLE = 4,
    LOOK_TAILED = 8,
    LOOK_RUNS = 16, /* selected, its runs are on screen */
    LOOK_LOGS = 32, /* selected, its log is on screen */
    LOOK_WATCHED = LOOK_VISIBLE | LOOK_TAILED | LOOK_RUNS | LOOK_LOGS,
};

struct target {
    char *id;
    uint64_t digest; /* of its item in the list */
    unsigned look;   /* enum look, or-ed */
    unsigned looked; /* `look` before the last poll_watch */
    bool listed;
    bool gone;    /* 404 since the list named it */
    bool changed; /* asked once more though nobody looks: its item changed */
    struct slot runs, logs;
};

struct poll {
    double rate;
    double tokens;
    int64_t filled_ms; /* when `tokens` was right */
    uint64_t random;
    bool started;
    bool refused;
    bool deleted_list;
    int64_t paused_until_ms; /* 0: not paused */
    bool asked_to_pause;     /* by the service: a refresh does not cut it short */
    unsigned failures;       /* of the list, in a row */
    size_t under_way;
    unsigned turn; /* of four asks, one goes to what nobody focuses */
    struct slot list, deleted;
    struct target *targets; /* sorted by id */
    size_t count;
};

/* How often a box's runs or logs want to be asked; 0: not at all. */
int64_t poll_interval(const struct target *target, enum poll_kind kind);
