/*
 * What to ask the service next, and when. Pure decisions: time comes in as an argument, nothing is sent here.
 *
 * The list is one request and comes first, regularly; then what the operator looks at; then what is visible,
 * followed, running or has just changed in the list. A token bucket bounds the requests a second; when there
 * is more to ask than tokens, everything ages in proportion to how often it wants to be asked. Failures slow
 * things down: a refused key stops everything, a rate limit or a dead network stops everything for a while, a
 * failing box only that box.
 *
 * The caller asks poll_next until it says no, carries each ask out, and reports every one with poll_done.
 */
#pragma once

#include "client/client.h"
#include "client/model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    POLL_LIST_MS = 1800,     /* the list of boxes: with the time of an answer it is fresh to 2 s */
    POLL_DELETED_MS = 10000, /* the list of deleted ones, when on screen */
    POLL_FOCUS_MS = 1000,    /* runs and logs of the selected box on screen, logs that are followed */
    POLL_VISIBLE_MS = 1800,  /* runs and logs of boxes on screen that are up */
    POLL_REST_MS = 10000,    /* of running boxes off screen, and of watched boxes that are not up */
    POLL_SLOW_MS = 30000,    /* after many failures */
    POLL_UNDER_WAY_MAX = 8,  /* asks that wait for their answer at one time */
};

enum poll_kind { POLL_LIST, POLL_DELETED, POLL_RUNS, POLL_LOGS };

/* One thing to ask. */
struct poll_ask {
    enum poll_kind kind;
    char box_id[MODEL_ID_MAX + 1]; /* "" for the lists */
};

/* How an ask went. */
enum poll_outcome {
    POLL_GOOD,
    POLL_GONE,    /* 404: the box is not asked again until the list names it anew */
    POLL_REFUSED, /* 401: everything stops until poll_start */
    POLL_LIMITED, /* 429, or 503 with Retry-After: everything waits */
    POLL_DEAD,    /* below HTTP: nobody was reached */
    POLL_FAILED,  /* any other answer that is of no use */
    POLL_DROPPED, /* not carried out: ask again */
};

struct poll;

/* `rate` is asks a second (0: 4); `seed` starts the jitter. Nothing is due before poll_start. */
struct poll *poll_new(double rate, uint64_t seed);
void poll_free(struct poll *poll);

/* There is a key (or a new one): everything is due now, failures are forgotten. */
void poll_start(struct poll *poll, int64_t now_ms);

/* The key was refused: nothing is due until poll_start. */
void poll_stop(struct poll *poll);

/* What the operator looks at. Boxes that come into view are due at once. */
void poll_watch(struct poll *poll, const struct watch *watch, int64_t now_ms);

/* The newest list. A box that is new or whose item changed is due at once if anybody may look at it. */
void poll_boxes(struct poll *poll, const struct box *boxes, size_t count, int64_t now_ms);

/* One box of the list as it is now, by itself: as poll_boxes for that box. */
void poll_box(struct poll *poll, const struct box *box, int64_t now_ms);

/* Everything that is watched is due now, and a wait after a failure is cut short (not one the service asked
 * for). */
void poll_refresh(struct poll *poll, int64_t now_ms);

/* One box's runs and logs are due now: something was done to it. */
void poll_touch(struct poll *poll, const char *box_id, int64_t now_ms);

/* The list is due now. */
void poll_touch_list(struct poll *poll, int64_t now_ms);

/* The next ask, if one is due and allowed now. Each true must be answered by poll_done. */
bool poll_next(struct poll *poll, int64_t now_ms, struct poll_ask *ask);

/* How an ask ended. `retry_after_ms` is the service's wish, -1 for none. */
void poll_done(struct poll *poll, const struct poll_ask *ask, enum poll_outcome outcome,
               int64_t retry_after_ms, int64_t now_ms);

/* When poll_next may say yes next; INT64_MAX when only a poll_done or a call from outside can change that. */
int64_t poll_wake_ms(const struct poll *poll, int64_t now_ms);

/* When everything waits after a failure: until when; 0 when it does not wait. */
int64_t poll_paused_until_ms(const struct poll *poll);

/* Full jitter (safety.md section 3): a random wait of at most min(30 s, 0.5 s * 2^failures), and of 100 ms at
 * least; 30 s after more than six failures. */
int64_t poll_backoff_ms(unsigned failures, uint64_t random);
