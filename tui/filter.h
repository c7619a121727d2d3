/*
 * What the operator types after `/` in the box list, as a test on boxes. Terms are separated by spaces and
 * all must hold:
 *
 *   text       the name, the id or a label contains it; case counts only when it holds a capital
 *   ~regex     the same, as a regular expression (PCRE2)
 *   l:label    has a label that starts with this; s:status, r:runtime, a:agent likewise
 *   !term      the term does not hold
 */
#pragma once

#include "client/base/err.h"
#include "client/model.h"

#include <stdbool.h>

struct filter;

/* Compiles `expression`. NULL with *err set when a regular expression is malformed or there are more than 16
 * terms; an empty expression gives a filter that everything passes. */
struct filter *filter_new(const char *expression, struct err *err);
void filter_free(struct filter *filter);

/* Whether a box passes. A NULL filter lets everything pass. */
bool filter_match(const struct filter *filter, const struct box *box);
