/*
 * A filter as operators type it, for any kind of thing: terms separated by spaces, all of which must hold. A
 * term is text (or `~` and a regular expression) that the thing contains, or a letter, a colon and what the
 * field of that letter begins with; `!` in front turns it round. Which fields there are and what they hold is
 * the caller's.
 */
#pragma once

#include "client/base/err.h"
#include "tui/pattern.h"

#include <stdbool.h>
#include <stddef.h>

enum { TERMS_MAX = 16 };

struct term {
    char field; /* the letter, 0 for text */
    bool negated;
    char *prefix;            /* with a field: what it must begin with */
    struct pattern *pattern; /* without one */
};

struct terms {
    struct term items[TERMS_MAX];
    size_t count;
};

/* What a thing holds: whether it contains a pattern, whether a field of it begins with a prefix. */
typedef bool terms_contains(const void *thing, const struct pattern *pattern);
typedef bool terms_begins(const void *thing, char field, const char *prefix);

/* Compiles an expression; `fields` are the letters there are. False with *err set (and nothing to free) when
 * a regular expression is malformed or there are too many terms. An empty expression has no terms, and
 * everything passes. */
bool terms_init(struct terms *terms, const char *expression, const char *fields, struct err *err);
void terms_done(struct terms *terms);

/* Whether a thing passes. */
bool terms_match(const struct terms *terms, const void *thing, terms_contains *contains,
                 terms_begins *begins);

/* Whether a text, which may be NULL, begins with a prefix, whatever the case: for terms_begins. */
bool terms_text_begins(const char *text, const char *prefix);
