#include "tui/terms.h"

#include "client/base/mem.h"

#include <stdlib.h>
#include <string.h>

static bool parse_term(struct term *term, const char *word, size_t len, const char *fields, struct err *err)
{
    *term = (struct term){.negated = len > 1 && word[0] == '!'};
    word += term->negated;
    len -= term->negated;
    if (len > 1 && word[1] == ':' && strchr(fields, word[0]) != NULL) {
        term->field = word[0];
        term->prefix = mem_dup_bytes(word + 2, len - 2);
        return true;
    }
    char *typed = mem_dup_bytes(word, len);
    term->pattern = pattern_new(typed, err);
    free(typed);
    return term->pattern != NULL;
}

bool terms_init(struct terms *terms, const char *expression, const char *fields, struct err *err)
{
    *terms = (struct terms){0};
    for (const char *word = expression;;) {
        word += strspn(word, " ");
        size_t len = strcspn(word, " ");
        if (len == 0)
            return true;
        bool good = terms->count < TERMS_MAX
                        ? parse_term(&terms->items[terms->count++], word, len, fields, err)
                        : err_set(err, ERR_USAGE, 0, "A filter has %d terms at most", TERMS_MAX);
        if (!good) {
            terms_done(terms);
            return false;
        }
        word += len;
    }
}

void terms_done(struct terms *terms)
{
    for (size_t i = 0; i < terms->count; i++) {
        free(terms->items[i].prefix);
        pattern_free(terms->items[i].pattern);
    }
    *terms = (struct terms){0};
}

bool terms_match(const struct terms *terms, const void *thing, terms_contains *contains, terms_begins *begins)
{
    for (size_t i = 0; i < terms->count; i++) {
        const struct term *term = &terms->items[i];
        bool holds =
            term->field != 0 ? begins(thing, term->field, term->prefix) : contains(thing, term->pattern);
        if (holds == term->negated)
            return false;
    }
    return true;
}

bool terms_text_begins(const char *text, const char *prefix)
{
    return text != NULL && strncasecmp(text, prefix, strlen(prefix)) == 0;
}
