#include "tui/filter.h"

#include "client/base/mem.h"
#include "tui/terms.h"

#include <stdlib.h>

struct filter {
    struct terms terms;
};

struct filter *filter_new(const char *expression, struct err *err)
{
    struct filter *filter = mem_zalloc(1, sizeof *filter);
    if (terms_init(&filter->terms, expression, "lsra", err))
        return filter;
    free(filter);
    return NULL;
}

void filter_free(struct filter *filter)
{
    if (filter == NULL)
        return;
    terms_done(&filter->terms);
    free(filter);
}

static bool label_begins(const struct box *box, const char *prefix)
{
    for (size_t i = 0; i < box->label_count; i++)
        if (terms_text_begins(box->labels[i], prefix))
            return true;
    return false;
}

static bool box_begins(const void *thing, char field, const char *prefix)
{
    const struct box *box = thing;
    switch (field) {
    case 'l':
        return label_begins(box, prefix);
    case 's':
        return terms_text_begins(box_status_word(box->status), prefix) ||
               terms_text_begins(box->status_word, prefix);
    case 'r':
        return terms_text_begins(box->runtime, prefix);
    default:
        return terms_text_begins(box->agent, prefix);
    }
}

static bool box_contains(const void *thing, const struct pattern *pattern)
{
    const struct box *box = thing;
    if (pattern_matches(pattern, box->name) || pattern_matches(pattern, box->id))
        return true;
    for (size_t i = 0; i < box->label_count; i++)
        if (pattern_matches(pattern, box->labels[i]))
            return true;
    return false;
}

bool filter_match(const struct filter *filter, const struct box *box)
{
    return filter == NULL || terms_match(&filter->terms, box, box_contains, box_begins);
}
