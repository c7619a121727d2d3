/*
 * Which runs of a box the list shows, and in which order. Rows are numbers into the box's runs and hold until
 * those change: make them anew then. What the operator types after `/`, terms separated by spaces, all of
 * which must hold:
 *
 *   text       the prompt, the error or the id contains it; case counts only when it holds a capital
 *   ~regex     the same, as a regular expression (PCRE2)
 *   s:status, m:model, t:type   begins with this
 *   !term      the term does not hold
 */
#pragma once

#include "client/base/err.h"
#include "client/model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum runlist_sort {
    RUNLIST_BY_START, /* newest first, as the service has them */
    RUNLIST_BY_STATUS,
    RUNLIST_BY_TOOK,
    RUNLIST_BY_COST,
    RUNLIST_BY_TOKENS,
    RUNLIST_SORTS
};

struct run_filter;

/* Compiles an expression. NULL with *err set when a regular expression is malformed or there are more than 16
 * terms; an empty one lets everything pass. */
struct run_filter *run_filter_new(const char *expression, struct err *err);
void run_filter_free(struct run_filter *filter);

/* Whether a run passes. A NULL filter lets everything pass. */
bool run_filter_match(const struct run_filter *filter, const struct run *run);

struct runlist {
    size_t *rows; /* indexes of runs */
    size_t count, room;
    enum runlist_sort sort;
    bool reverse;
    struct run_filter *filter; /* owned, NULL for none */
};

void runlist_done(struct runlist *list);

/* Makes the rows. Equal runs stand as the service has them; what is not known stands last. */
void runlist_update(struct runlist *list, const struct run *runs, size_t count, int64_t wall_ms);

/* The word for an order: "start". */
const char *runlist_sort_name(enum runlist_sort sort);

/* ---- figures of a run, for list and page ---- */

/* How long it took, or takes up to now; -1 unknown. */
int64_t run_took(const struct run *run, int64_t wall_ms);

/* One of its costs in dollars, -1 when it is not known: a run under way that says 0 has not been billed. */
double run_usd(const struct run *run, double usd);

/* In and out together; -1 when neither is known. A run under way that says 0 has not counted. */
int64_t run_tokens(const struct run *run);

/* "agent", "shell", "?". */
const char *run_type_text(const struct run *run);

/* The service's own word where it is one we do not know. */
const char *run_status_text(const struct run *run);
