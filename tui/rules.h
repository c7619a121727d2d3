/*
 * What needs a person, as rules over the store: pure, with the time as an argument. Each event is one notice
 * with an identity that stays the same as long as the event is the same, so that it can be told once,
 * acknowledged once, and told again when it happens again.
 */
#pragma once

#include "tui/jobs.h"
#include "tui/ledger.h"
#include "tui/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NOTICES_MAX = 1000, NOTICE_KEY = 2 * MODEL_ID_MAX + 64 };

/* From the worst to the mildest: the queue stands in this order. */
enum rule {
    RULE_KEY_REFUSED, /* 401 */
    RULE_DAY_LIMIT,   /* the runs of today cost more than the limit */
    RULE_BOX_ERROR,
    RULE_RUN_FAILED,
    RULE_RUN_QUIET, /* a tool call is open and nothing was heard for long */
    RULE_BOX_LIMIT, /* the box has cost more than the limit */
    RULE_UNREADABLE,
    RULE_IDLE,   /* kept alive and unused for days */
    RULE_PAUSED, /* paused for weeks */
    RULE_COUNT
};

/* What is long, and what is much. */
struct rules_limits {
    double box_usd, day_usd; /* negative: no limit */
    int64_t quiet_ms;        /* without a sign of a run; negative here and below: never */
    int64_t failed_ms;       /* how long a failed run is news */
    int64_t idle_ms, paused_ms;
};

struct notice {
    enum rule rule;
    char key[NOTICE_KEY];          /* the event's identity */
    char box_id[MODEL_ID_MAX + 1]; /* "" for none */
    char run_id[MODEL_ID_MAX + 1]; /* "" for none */
    char title[64];                /* what it is about: the box's name */
    char reason[64];               /* "run failed" */
    char evidence[200];            /* the service's or the box's own words, or figures */
    int64_t since;                 /* wall ms, 0 unknown */
    bool has_line;                 /* there is a log line to land on */
    int64_t line;                  /* its number in the box's log */
};

struct notices {
    struct notice *items; /* worst first, of one kind the newest first */
    size_t count, room;
    size_t dropped; /* past NOTICES_MAX */
};

/* The limits of a console that nobody configured. */
void rules_limits_init(struct rules_limits *limits);

/* Takes a setting of the configuration: box_limit_usd, day_limit_usd, quiet_minutes, idle_days, paused_days;
 * "off" for no such limit. False with *err set (ERR_USAGE) when there is none of that name (err->code 1), or
 * its value is no such number. */
bool rules_limits_set(struct rules_limits *limits, const char *name, const char *value, struct err *err);

/* Makes the notices anew. now_ms: clock_ms at wall_ms. */
void rules_find(struct notices *notices, const struct store *store, const struct jobs *jobs,
                const struct ledger *ledger, const struct rules_limits *limits, int64_t wall_ms,
                int64_t now_ms);
void notices_done(struct notices *notices);

/* Whether the notice with this key is one that can come again (a box in error, a refused key) and is known to
 * be over now: what was acknowledged about it must be forgotten. */
bool rules_is_over(const struct notices *notices, const struct store *store, const char *key);

/* What is needed to say whether a run is quiet. */
struct rules_ears {
    const struct jobs *jobs; /* streams of runs that were started here */
    int64_t quiet_ms;        /* see rules_limits */
    int64_t wall_ms, now_ms; /* one moment on both clocks */
};

/* Whether a run goes on, as far as is known: a box that has come to rest since its runs were asked for has
 * none that does. */
bool rules_run_goes_on(const struct store_box *entry, const struct run *run);

/* Since when (wall ms) a run that goes on has given no sign, when that is for long and a tool call of it is
 * open; 0 otherwise. The one meaning of "quiet", for the queue and for the list. */
int64_t rules_quiet_since(const struct rules_ears *ears, const struct store_box *entry,
                          const struct run *run);

/* The word of a rule, as it stands in keys: "run-failed". */
const char *rules_name(enum rule rule);
