#include "tui/filter.h"

#include "client/base/mem.h"
#include "tui/pattern.h"

#include <stdlib.h>
#include <string.h>

enum { FILTER_TERMS = 16 };

enum term_kind { TERM_TEXT, TERM_LABEL, TERM_STATUS, TERM_RUNTIME, TERM_AGENT };

struct term {
    enum term_kind kind;
    bool negated;
    char *text;              /* all but TERM_TEXT: what the field must start with */
    struct pattern *pattern; /* TERM_TEXT */
};

struct filter {
    struct term terms[FILTER_TERMS];
    size_t count;
};

static bool parse_term(struct term *term, const char *word, size_t len, struct err *err)
{
    static const struct {
        const char *prefix;
        enum term_kind kind;
    } prefixes[] = {{"l:", TERM_LABEL}, {"s:", TERM_STATUS}, {"r:", TERM_RUNTIME}, {"a:", TERM_AGENT}};
    *term = (struct term){0};
    if (len > 1 && word[0] == '!') {
        term->negated = true;
        word++;
        len--;
    }
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        size_t prefix_len = strlen(prefixes[i].prefix);
        if (len >= prefix_len && memcmp(word, prefixes[i].prefix, prefix_len) == 0) {
            term->kind = prefixes[i].kind;
            word += prefix_len;
            len -= prefix_len;
            break;
        }
    }
    term->text = mem_dup_bytes(word, len);
    if (term->kind == TERM_TEXT)
        term->pattern = pattern_new(term->text, err);
    return term->kind != TERM_TEXT || term->pattern != NULL;
}

struct filter *filter_new(const char *expression, struct err *err)
{
    struct filter *filter = mem_zalloc(1, sizeof *filter);
    for (const char *word = expression;;) {
        word += strspn(word, " ");
        size_t len = strcspn(word, " ");
        if (len == 0)
            return filter;
        bool good = filter->count < FILTER_TERMS
                        ? parse_term(&filter->terms[filter->count++], word, len, err)
                        : err_set(err, ERR_USAGE, 0, "A filter has %d terms at most", FILTER_TERMS);
        if (!good) {
            filter_free(filter);
            return NULL;
        }
        word += len;
    }
}

void filter_free(struct filter *filter)
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

static bool label_starts(const struct box *box, const char *prefix)
{
    for (size_t i = 0; i < box->label_count; i++)
        if (starts(box->labels[i], prefix))
            return true;
    return false;
}

static bool anything_holds(const struct pattern *pattern, const struct box *box)
{
    if (pattern_matches(pattern, box->name) || pattern_matches(pattern, box->id))
        return true;
    for (size_t i = 0; i < box->label_count; i++)
        if (pattern_matches(pattern, box->labels[i]))
            return true;
    return false;
}

static bool term_holds(const struct term *term, const struct box *box)
{
    switch (term->kind) {
    case TERM_TEXT:
        return anything_holds(term->pattern, box);
    case TERM_LABEL:
        return label_starts(box, term->text);
    case TERM_STATUS:
        return starts(box_status_word(box->status), term->text) || starts(box->status_word, term->text);
    case TERM_RUNTIME:
        return starts(box->runtime, term->text);
    case TERM_AGENT:
        return starts(box->agent, term->text);
    }
    return false;
}

bool filter_match(const struct filter *filter, const struct box *box)
{
    for (size_t i = 0; filter != NULL && i < filter->count; i++)
        if (term_holds(&filter->terms[i], box) == filter->terms[i].negated)
            return false;
    return true;
}
