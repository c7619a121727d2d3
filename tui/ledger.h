/*
 * What the runs cost, in money and tokens: sums by box, by label and over the account; today, in the last
 * hour, and of all runs that are known. Pure: made from the store for a moment in time.
 *
 * Runs are known only of boxes whose runs were asked for, so every sum says how many boxes it covers. What a
 * run does not tell is counted as unknown and never as nothing. cost_usd and compute_cost_usd of a run are
 * never added: whether one holds the other is not stated (box-api.md section 9, #29).
 */
#pragma once

#include "tui/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LEDGER_HOURS = 24 };

/* Money is summed in whole billionths of a dollar: adding a thousand cents gives ten dollars. */
struct ledger_sum {
    size_t runs;
    size_t running; /* of them, still under way */
    int64_t cost_nano, compute_nano;
    size_t cost_unknown, compute_unknown; /* runs that do not tell */
    int64_t input_tokens, output_tokens, cached_tokens;
    size_t tokens_unknown;
};

/* A box or a label. */
struct ledger_row {
    const char *name;   /* lives in the store */
    const char *box_id; /* NULL for a label */
    bool known;         /* its runs (or those of one of its boxes) were asked for */
    struct ledger_sum today, hour, all;
    double service_usd; /* what the service counts for the box since it was made; -1 unknown */
};

struct ledger {
    struct ledger_sum today, hour, all;
    double hours[LEDGER_HOURS]; /* dollars an hour's length, the last one up to now */
    int64_t hours_nano[LEDGER_HOURS];
    size_t boxes, boxes_known;
    int64_t wall_ms, midnight;                     /* the moment it is made for, and where its day began */
    char day[16];                                  /* today, "2026-02-23" */
    double service_compute_usd, service_token_usd; /* the service's own totals; -1 unknown */
    struct ledger_row *rows;                       /* boxes: those that cost most today first */
    size_t row_count, row_room;
    struct ledger_row *labels;
    size_t label_count, label_room;
};

/* Makes the sums. A run counts when it ended; one that is under way counts now. The day begins at midnight,
 * UTC or local. */
void ledger_make(struct ledger *ledger, const struct store *store, int64_t wall_ms, bool utc);

/* The same of some boxes only: begin, add each, end. What it held before is forgotten. */
void ledger_begin(struct ledger *ledger, int64_t wall_ms, bool utc);
void ledger_add(struct ledger *ledger, const struct store_box *entry);
void ledger_end(struct ledger *ledger);
void ledger_done(struct ledger *ledger);

/* When a run counts (wall ms); 0 when its times are not known. */
int64_t ledger_counts_at(const struct run *run, int64_t wall_ms);

/* The beginning of the day (ms since 1970). */
int64_t ledger_midnight(int64_t wall_ms, bool utc);

/* Dollars of the runs that tell; -1 when there are runs and none tells. */
double ledger_cost(const struct ledger_sum *sum);
double ledger_compute(const struct ledger_sum *sum);

/* Tokens in and out together; -1 when there are runs and none tells. */
int64_t ledger_tokens(const struct ledger_sum *sum);
