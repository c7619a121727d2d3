/*
 * The console's copy of the world: boxes, their runs and logs, requests under way, the state of the link. One
 * function applies an event; everything else reads. Views keep ids and never pointers, and look at version
 * numbers to know whether they must draw.
 */
#pragma once

#include "client/event.h"
#include "client/model.h"
#include "tui/logbook.h"
#include "tui/logtail.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the logs of all boxes may take together, in memory, where nobody says otherwise. */
enum { STORE_LOG_BYTES = 512 << 20 };

/* A box and what is known around it. */
struct store_box {
    struct box box;
    int64_t seen_ms;  /* clock_ms when the service last confirmed it; 0: only the cache knows it */
    uint64_t listed;  /* the number of the list that held it last, see store.lists */
    bool gone;        /* the service says it does not exist any more */
    struct run *runs; /* newest first */
    size_t run_count;
    int64_t runs_ms; /* clock_ms of the last list of runs, 0 never */
    bool runs_asked; /* they were asked for though nobody looks (tui/backfill.h) */
    struct logbook log;
    int64_t logs_ms;        /* clock_ms of the last page of logs, 0 never */
    int64_t logs_cached_at; /* wall ms when the cached lines that are shown were read, 0 when they are not
                               cached */
    int64_t watched_ms;     /* clock_ms when the operator last looked at its log, 0 never */
    struct logtail tail;    /* of the log's newest lines: to go on from after a restart */
    char *trouble;          /* why its runs or its log cannot be had now, NULL when they can */
    struct snapshot *snapshots;
    size_t snapshot_count;
    int64_t snapshots_ms;
};

/* A request that was asked and not yet answered. */
struct store_request {
    uint64_t id;
    enum request_kind kind;
    char *box_id;
    int64_t since_ms;
    char *progress; /* what it does now, NULL when nothing was said */
};

struct store {
    struct linepool *lines;   /* what the logs of all boxes share */
    struct store_box **boxes; /* in the service's order */
    size_t box_count, box_room;
    struct store_box **table; /* hash table of the same, by id */
    size_t table_size;
    struct box *deleted; /* the list of deleted boxes */
    size_t deleted_count;
    int64_t deleted_ms; /* clock_ms of that list, 0 never */
    uint64_t lists;     /* how many lists of boxes were applied */
    int64_t list_ms;    /* clock_ms of the last list of boxes, 0 never */
    int64_t cached_at;  /* wall ms of the cached world that is shown, 0 when it has been replaced */
    struct link_status link;
    struct store_request *requests;
    size_t request_count, request_room;
    uint64_t version;      /* grows with every change of anything */
    uint64_t logs_version; /* grows when log lines come */
    uint64_t list_version; /* grows when a box appears, goes or changes */
};

/* Sums over the boxes, for the header. */
struct store_totals {
    size_t count, by_status[BOX_STATUS_DELETED + 1];
    int64_t tokens, cpu_ns; /* -1 when no box told */
    double cost_usd;        /* -1 when no box told */
};

void store_init(struct store *store);
void store_done(struct store *store);

/* How much the logs of all boxes may take. Only while there are no boxes. */
void store_limit_logs(struct store *store, const struct linepool_options *room);

/* Fills an empty store from the cache; the boxes' contents move. cached_at is in wall ms. */
void store_load(struct store *store, struct box *boxes, size_t count, int64_t cached_at);

/* Lines of a box's log from the cache, read at wall ms `cached_at`: they are shown until the service answers,
 * and go on from there. The contents of the lines go. False, and nothing taken, when the box is not known or
 * its log is there already. */
bool store_load_log(struct store *store, const char *box_id, struct log_line *lines, size_t count,
                    const struct log_resume *resume, int64_t cached_at);

/* Applies an event; what the store keeps is moved out of it, the rest stays the caller's to free. */
void store_apply(struct store *store, struct event *event);

/* Whether an event, not applied yet, only says that what is known is still so: nothing but ages will change,
 * and those are drawn anew each second anyway. */
bool store_only_confirms(const struct store *store, const struct event *event);

/* Notes a request that was asked. */
void store_expect(struct store *store, uint64_t id, enum request_kind kind, const char *box_id,
                  int64_t now_ms);

/* The box with this id, NULL when it is not known. The pointer lives until the next store_apply. */
struct store_box *store_find(const struct store *store, const char *id);

/* The box with this id, else the only one with this name; NULL when there is none. */
struct store_box *store_find_named(const struct store *store, const char *id_or_name);

/* The request with this id; or of this kind for this box. NULL when there is none. */
const struct store_request *store_request(const struct store *store, uint64_t id);
const struct store_request *store_request_of(const struct store *store, enum request_kind kind,
                                             const char *box_id);

/* The run with this id, NULL when it is not known. */
const struct run *store_find_run(const struct store_box *box, const char *run_id);

void store_totals(const struct store *store, struct store_totals *totals);
