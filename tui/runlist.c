#include "tui/runlist.h"

#include "client/base/mem.h"
#include "tui/terms.h"

#include <stdlib.h>
#include <string.h>

/* ---- figures ---- */

int64_t run_took(const struct run *run, int64_t wall_ms)
{
    if (run->status != RUN_STATUS_RUNNING)
        return run->duration_ms;
    if (run->created_at <= 0)
        return -1;
    return wall_ms > run->created_at ? wall_ms - run->created_at : 0;
}

double run_usd(const struct run *run, double usd)
{
    return usd < 0 || (usd == 0 && run->status == RUN_STATUS_RUNNING) ? -1 : usd;
}

int64_t run_tokens(const struct run *run)
{
    int64_t in = run->input_tokens, out = run->output_tokens;
    if (run->status == RUN_STATUS_RUNNING && in <= 0 && out <= 0)
        return -1;
    return count_add(in, out);
}

const char *run_type_text(const struct run *run)
{
    return run->type == RUN_TYPE_AGENT ? "agent" : run->type == RUN_TYPE_SHELL ? "shell" : "?";
}

const char *run_status_text(const struct run *run)
{
    return run->status == RUN_STATUS_UNKNOWN && run->status_word != NULL ? run->status_word
                                                                         : run_status_word(run->status);
}

/* ---- filter ---- */

struct run_filter {
    struct terms terms;
};

struct run_filter *run_filter_new(const char *expression, struct err *err)
{
    struct run_filter *filter = mem_zalloc(1, sizeof *filter);
    if (terms_init(&filter->terms, expression, "smt", err))
        return filter;
    free(filter);
    return NULL;
}

void run_filter_free(struct run_filter *filter)
{
    if (filter == NULL)
        return;
    terms_done(&filter->terms);
    free(filter);
}

static bool run_begins(const void *thing, char field, const char *prefix)
{
    const struct run *run = thing;
    if (field == 's')
        return terms_text_begins(run_status_text(run), prefix);
    return terms_text_begins(field == 'm' ? run->model : run_type_text(run), prefix);
}

static bool run_contains(const void *thing, const struct pattern *pattern)
{
    const struct run *run = thing;
    return pattern_matches(pattern, run->prompt) || pattern_matches(pattern, run->error_message) ||
           pattern_matches(pattern, run->id);
}

bool run_filter_match(const struct run_filter *filter, const struct run *run)
{
    return filter == NULL || terms_match(&filter->terms, run, run_contains, run_begins);
}

/* ---- order ---- */

void runlist_done(struct runlist *list)
{
    free(list->rows);
    run_filter_free(list->filter);
    *list = (struct runlist){0};
}

const char *runlist_sort_name(enum runlist_sort sort)
{
    static const char *const names[RUNLIST_SORTS] = {
        [RUNLIST_BY_START] = "start", [RUNLIST_BY_STATUS] = "status", [RUNLIST_BY_TOOK] = "took",
        [RUNLIST_BY_COST] = "cost",   [RUNLIST_BY_TOKENS] = "tokens",
    };
    return names[sort];
}

struct order {
    const struct run *runs;
    enum runlist_sort sort;
    bool reverse;
    int64_t wall_ms;
};

/* What is compared, the largest first; negative for what is not known. */
static double weight(const struct run *run, const struct order *order)
{
    switch (order->sort) {
    case RUNLIST_BY_TOOK:
        return (double)run_took(run, order->wall_ms);
    case RUNLIST_BY_COST:
        return run_usd(run, run->cost_usd);
    case RUNLIST_BY_TOKENS:
        return (double)run_tokens(run);
    case RUNLIST_BY_STATUS: {
        static const double first[] = {
            [RUN_STATUS_RUNNING] = 5,   [RUN_STATUS_FAILED] = 4,  [RUN_STATUS_UNKNOWN] = 3,
            [RUN_STATUS_CANCELLED] = 2, [RUN_STATUS_SKIPPED] = 1, [RUN_STATUS_COMPLETED] = 0};
        return first[run->status];
    }
    case RUNLIST_BY_START:
    case RUNLIST_SORTS:
        break;
    }
    return 0;
}

static int compare_rows(const void *left, const void *right, void *context)
{
    const struct order *order = context;
    size_t a = *(const size_t *)left, b = *(const size_t *)right;
    if (order->sort == RUNLIST_BY_START)
        return order->reverse ? (a < b) - (a > b) : (a > b) - (a < b);
    double x = weight(&order->runs[a], order), y = weight(&order->runs[b], order);
    if ((x < 0) != (y < 0))
        return x < 0 ? 1 : -1;
    int result = (x < y) - (x > y);
    if (order->reverse)
        result = -result;
    return result != 0 ? result : (a > b) - (a < b);
}

void runlist_update(struct runlist *list, const struct run *runs, size_t count, int64_t wall_ms)
{
    list->count = 0;
    for (size_t i = 0; i < count; i++) {
        if (!runs[i].unreadable && !run_filter_match(list->filter, &runs[i]))
            continue;
        list->rows = mem_grow(list->rows, &list->room, list->count + 1, sizeof *list->rows);
        list->rows[list->count++] = i;
    }
    struct order order = {runs, list->sort, list->reverse, wall_ms};
    if (list->count > 1)
        qsort_r(list->rows, list->count, sizeof *list->rows, compare_rows, &order);
}
