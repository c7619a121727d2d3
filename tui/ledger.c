#include "tui/ledger.h"

#include "client/base/mem.h"
#include "tui/format.h"
#include "tui/runlist.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { HOUR_MS = 60 * 60 * 1000 };

static const double NANO = 1e9, MOST_USD = 1e6;

int64_t ledger_midnight(int64_t wall_ms, bool utc)
{
    time_t now = (time_t)(wall_ms / 1000);
    struct tm day;
    if (utc ? gmtime_r(&now, &day) == NULL : localtime_r(&now, &day) == NULL)
        return 0;
    day.tm_hour = day.tm_min = day.tm_sec = 0;
    day.tm_isdst = -1;
    return (int64_t)(utc ? timegm(&day) : mktime(&day)) * 1000;
}

double ledger_cost(const struct ledger_sum *sum)
{
    return sum->runs > 0 && sum->cost_unknown == sum->runs ? -1 : (double)sum->cost_nano / NANO;
}

double ledger_compute(const struct ledger_sum *sum)
{
    return sum->runs > 0 && sum->compute_unknown == sum->runs ? -1 : (double)sum->compute_nano / NANO;
}

int64_t ledger_tokens(const struct ledger_sum *sum)
{
    return sum->runs > 0 && sum->tokens_unknown == sum->runs
               ? -1
               : count_add(sum->input_tokens, sum->output_tokens);
}

/* A figure that no run can have is cut, and sums stay at the largest number there is. */
static void add_money(int64_t *sum, size_t *unknown, const struct run *run, double usd)
{
    if (run_usd(run, usd) < 0)
        (*unknown)++;
    else
        *sum = count_add(*sum, llround(fmin(usd, MOST_USD) * NANO));
}

static void add(struct ledger_sum *sum, const struct run *run)
{
    sum->runs++;
    sum->running += run->status == RUN_STATUS_RUNNING;
    add_money(&sum->cost_nano, &sum->cost_unknown, run, run->cost_usd);
    add_money(&sum->compute_nano, &sum->compute_unknown, run, run->compute_cost_usd);
    sum->tokens_unknown += run_tokens(run) < 0;
    sum->input_tokens = count_add(sum->input_tokens, run->input_tokens);
    sum->output_tokens = count_add(sum->output_tokens, run->output_tokens);
    sum->cached_tokens = count_add(sum->cached_tokens, run->cached_input_tokens);
}

static void merge(struct ledger_sum *sum, const struct ledger_sum *more)
{
    sum->runs += more->runs;
    sum->running += more->running;
    sum->cost_nano = count_add(sum->cost_nano, more->cost_nano);
    sum->cost_unknown += more->cost_unknown;
    sum->compute_nano = count_add(sum->compute_nano, more->compute_nano);
    sum->compute_unknown += more->compute_unknown;
    sum->input_tokens = count_add(sum->input_tokens, more->input_tokens);
    sum->output_tokens = count_add(sum->output_tokens, more->output_tokens);
    sum->cached_tokens = count_add(sum->cached_tokens, more->cached_tokens);
    sum->tokens_unknown += more->tokens_unknown;
}

int64_t ledger_counts_at(const struct run *run, int64_t wall_ms)
{
    if (run->status == RUN_STATUS_RUNNING)
        return wall_ms;
    return run->completed_at > 0 ? run->completed_at : run->created_at;
}

static void add_run(struct ledger *ledger, struct ledger_row *row, const struct run *run)
{
    int64_t at = ledger_counts_at(run, ledger->wall_ms);
    add(&row->all, run);
    if (at >= ledger->midnight)
        add(&row->today, run);
    if (at > ledger->wall_ms - HOUR_MS)
        add(&row->hour, run);
    int64_t ago = ledger->wall_ms - at;
    if (ago < 0)
        ago = 0; /* their clock is ahead of ours */
    size_t unknown = 0;
    if (at > 0 && ago < (int64_t)LEDGER_HOURS * HOUR_MS)
        add_money(&ledger->hours_nano[LEDGER_HOURS - 1 - ago / HOUR_MS], &unknown, run, run->cost_usd);
}

/* Rounded to what sums hold, so that nothing drifts. */
static double service_sum(double sum, double more)
{
    if (more < 0)
        return sum;
    return round(((sum > 0 ? sum : 0) + fmin(more, MOST_USD)) * NANO) / NANO;
}

static struct ledger_row *label_row(struct ledger *ledger, const char *label)
{
    for (size_t i = 0; i < ledger->label_count; i++)
        if (strcmp(ledger->labels[i].name, label) == 0)
            return &ledger->labels[i];
    ledger->labels =
        mem_grow(ledger->labels, &ledger->label_room, ledger->label_count + 1, sizeof *ledger->labels);
    struct ledger_row *row = &ledger->labels[ledger->label_count++];
    *row = (struct ledger_row){.name = label, .service_usd = -1};
    return row;
}

static void add_to_labels(struct ledger *ledger, const struct box *box, const struct ledger_row *row)
{
    for (size_t i = 0; i < box->label_count; i++) {
        struct ledger_row *label = label_row(ledger, box->labels[i]);
        label->known = label->known || row->known;
        merge(&label->today, &row->today);
        merge(&label->hour, &row->hour);
        merge(&label->all, &row->all);
        label->service_usd = service_sum(label->service_usd, row->service_usd);
    }
}

void ledger_begin(struct ledger *ledger, int64_t wall_ms, bool utc)
{
    ledger_done(ledger);
    ledger->service_compute_usd = ledger->service_token_usd = -1;
    ledger->wall_ms = wall_ms;
    ledger->midnight = ledger_midnight(wall_ms, utc);
    char stamp[32];
    snprintf(ledger->day, sizeof ledger->day, "%.10s",
             format_stamp(stamp, sizeof stamp, ledger->midnight, utc));
}

void ledger_add(struct ledger *ledger, const struct store_box *entry)
{
    const struct box *box = &entry->box;
    if (box->unreadable)
        return;
    ledger->rows = mem_grow(ledger->rows, &ledger->row_room, ledger->row_count + 1, sizeof *ledger->rows);
    struct ledger_row *row = &ledger->rows[ledger->row_count++];
    *row = (struct ledger_row){.name = box_title(box),
                               .box_id = box->id,
                               .known = entry->runs_ms != 0,
                               .service_usd = box_cost_usd(box)};
    for (size_t i = 0; i < entry->run_count; i++)
        if (!entry->runs[i].unreadable)
            add_run(ledger, row, &entry->runs[i]);
    merge(&ledger->today, &row->today);
    merge(&ledger->hour, &row->hour);
    merge(&ledger->all, &row->all);
    ledger->boxes++;
    ledger->boxes_known += row->known;
    ledger->service_compute_usd = service_sum(ledger->service_compute_usd, box->compute_cost_usd);
    ledger->service_token_usd = service_sum(ledger->service_token_usd, box->token_cost_usd);
    add_to_labels(ledger, box, row);
}

static int compare_money(int64_t a, int64_t b)
{
    return (a < b) - (a > b);
}

static int compare_rows(const void *left, const void *right)
{
    const struct ledger_row *a = left, *b = right;
    int result = compare_money(a->today.cost_nano, b->today.cost_nano);
    if (result == 0)
        result = compare_money(a->all.cost_nano, b->all.cost_nano);
    if (result == 0)
        result = (a->service_usd < b->service_usd) - (a->service_usd > b->service_usd);
    return result != 0 ? result : strcmp(a->name, b->name);
}

void ledger_end(struct ledger *ledger)
{
    for (size_t i = 0; i < LEDGER_HOURS; i++)
        ledger->hours[i] = (double)ledger->hours_nano[i] / NANO;
    if (ledger->row_count > 1)
        qsort(ledger->rows, ledger->row_count, sizeof *ledger->rows, compare_rows);
    if (ledger->label_count > 1)
        qsort(ledger->labels, ledger->label_count, sizeof *ledger->labels, compare_rows);
}

void ledger_make(struct ledger *ledger, const struct store *store, int64_t wall_ms, bool utc)
{
    ledger_begin(ledger, wall_ms, utc);
    for (size_t i = 0; i < store->box_count; i++)
        ledger_add(ledger, store->boxes[i]);
    ledger_end(ledger);
}

void ledger_done(struct ledger *ledger)
{
    free(ledger->rows);
    free(ledger->labels);
    *ledger = (struct ledger){0};
}
