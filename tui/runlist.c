#include "tui/runlist.h"

#include "client/base/mem.h"
#include "tui/pattern.h"

#include <stdlib.h>
#include <string.h>

enum { TERMS = 16 };

/* ---- figures ---- */

int64_t run_took(const struct run *run, int64_t wall_ms)
{
    if (run->status != RUN_STATUS_RUNNING)
        return run->duration_ms;
    if (run->created_at <= 0)
        return -1;
    return wall_ms > run->created_at ? wall_ms - run->created_at : 0;
}

int64_t run_tokens(const struct run *run)
{
    return count_add(run->input_tokens, run->output_tokens);
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

enum term_kind { TERM_TEXT, TERM_STATUS, TERM_MODEL, TERM_TYPE };

struct term {
    enum term_kind kind;
    bool negated;
    char *text;              /* all but TERM_TEXT: what the field must start with */
    struct pattern *pattern; /* TERM_TEXT */
};

struct run_filter {
    struct term terms[TERMS];
    size_t count;
};

static bool parse_term(struct term *term, const char *word, size_t len, struct err *err)
{
    *term = (struct term){.negated = len > 1 && word[0] == '!'};
    word += term->negated;
    len -= term->negated;
    const char *kinds = "smt", *kind = len > 1 && word[1] == ':' ? strchr(kinds, word[0]) : NULL;
    if (kind != NULL) {
        term->kind = TERM_STATUS + (enum term_kind)(kind - kinds);
        word += 2;
        len -= 2;
    }
    term->text = mem_dup_bytes(word, len);
    if (term->kind == TERM_TEXT)
        term->pattern = pattern_new(term->text, err);
    return term->kind != TERM_TEXT || term->pattern != NULL;
}

struct run_filter *run_filter_new(const char *expression, struct err *err)
{
    struct run_filter *filter = mem_zalloc(1, sizeof *filter);
    for (const char *word = expression;;) {
        word += strspn(word, " ");
        size_t len = strcspn(word, " ");
        if (len == 0)
            return filter;
        bool good = filter->count < TERMS
                        ? parse_term(&filter->terms[filter->count++], word, len, err)
                        : err_set(err, ERR_USAGE, 0, "A filter has %d terms at most", TERMS);
        if (!good) {
            run_filter_free(filter);
            return NULL;
        }
        word += len;
    }
}

void run_filter_free(struct run_filter *filter)
{
    if (filter == NULL)
        return;
    for (size_t i = 0; i < filter->count; i++) {
        free(filter->terms[i].text);
        pattern_free(filter->terms[i].pattern);
    }
    free(filter);
}

static bool starts(const char *text, const char *prefix)
{
    return text != NULL && strncasecmp(text, prefix, strlen(prefix)) == 0;
}

static bool contains(const struct pattern *pattern, const char *text)
{
    return text != NULL && pattern_matches(pattern, text);
}

static bool term_holds(const struct term *term, const struct run *run)
{
    switch (term->kind) {
    case TERM_TEXT:
        return contains(term->pattern, run->prompt) || contains(term->pattern, run->error_message) ||
               contains(term->pattern, run->id);
    case TERM_STATUS:
        return starts(run_status_text(run), term->text);
    case TERM_MODEL:
        return starts(run->model, term->text);
    case TERM_TYPE:
        return starts(run_type_text(run), term->text);
    }
    return false;
}

bool run_filter_match(const struct run_filter *filter, const struct run *run)
{
    for (size_t i = 0; filter != NULL && i < filter->count; i++)
        if (term_holds(&filter->terms[i], run) == filter->terms[i].negated)
            return false;
    return true;
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
        return run->cost_usd;
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
