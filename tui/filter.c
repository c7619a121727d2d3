#define PCRE2_CODE_UNIT_WIDTH 8

#include "tui/filter.h"

#include "client/base/mem.h"

#include <ctype.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

enum { FILTER_TERMS = 16, MATCH_LIMIT = 100000 };

enum term_kind { TERM_TEXT, TERM_REGEX, TERM_LABEL, TERM_STATUS, TERM_RUNTIME, TERM_AGENT };

struct term {
    enum term_kind kind;
    bool negated;
    bool exact_case; /* the text holds a capital */
    char *text;
    pcre2_code *regex;
};

struct filter {
    struct term terms[FILTER_TERMS];
    size_t count;
    pcre2_match_data *match;
    pcre2_match_context *context; /* bounds the work a hostile name can cause */
};

static bool has_capital(const char *text)
{
    for (; *text != '\0'; text++)
        if (isupper((unsigned char)*text))
            return true;
    return false;
}

static bool compile_regex(struct term *term, struct err *err)
{
    int code;
    PCRE2_SIZE at;
    uint32_t options = PCRE2_UTF | (term->exact_case ? 0 : PCRE2_CASELESS);
    term->regex = pcre2_compile((PCRE2_SPTR)term->text, PCRE2_ZERO_TERMINATED, options, &code, &at, NULL);
    if (term->regex != NULL)
        return true;
    char reason[128];
    pcre2_get_error_message(code, (PCRE2_UCHAR *)reason, sizeof reason);
    return err_set(err, ERR_USAGE, code, "The regular expression \"%.40s\" is wrong at character %zu: %s", term->text, at + 1,
                   reason);
}

static bool parse_term(struct term *term, const char *word, size_t len, struct err *err)
{
    static const struct {
        const char *prefix;
        enum term_kind kind;
    } prefixes[] = {{"l:", TERM_LABEL}, {"s:", TERM_STATUS}, {"r:", TERM_RUNTIME}, {"a:", TERM_AGENT}, {"~", TERM_REGEX}};
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
    term->exact_case = has_capital(term->text);
    return term->kind != TERM_REGEX || compile_regex(term, err);
}

struct filter *filter_new(const char *expression, struct err *err)
{
    struct filter *filter = mem_zalloc(1, sizeof *filter);
    filter->match = pcre2_match_data_create(1, NULL);
    filter->context = pcre2_match_context_create(NULL);
    pcre2_set_match_limit(filter->context, MATCH_LIMIT);
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
        pcre2_code_free(filter->terms[i].regex);
    }
    pcre2_match_data_free(filter->match);
    pcre2_match_context_free(filter->context);
    free(filter);
}

static bool text_holds(const struct filter *filter, const struct term *term, const char *text)
{
    if (text == NULL)
        return false;
    if (term->kind == TERM_REGEX)
        return pcre2_match(term->regex, (PCRE2_SPTR)text, strlen(text), 0, 0, filter->match, filter->context) >= 0;
    return (term->exact_case ? strstr(text, term->text) : strcasestr(text, term->text)) != NULL;
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

static bool anything_holds(const struct filter *filter, const struct term *term, const struct box *box)
{
    if (text_holds(filter, term, box->name) || text_holds(filter, term, box->id))
        return true;
    for (size_t i = 0; i < box->label_count; i++)
        if (text_holds(filter, term, box->labels[i]))
            return true;
    return false;
}

static bool term_holds(const struct filter *filter, const struct term *term, const struct box *box)
{
    switch (term->kind) {
    case TERM_TEXT:
    case TERM_REGEX:
        return anything_holds(filter, term, box);
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
        if (term_holds(filter, &filter->terms[i], box) == filter->terms[i].negated)
            return false;
    return true;
}
