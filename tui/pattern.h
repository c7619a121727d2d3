/*
 * A text to look for, as operators type it: literal, or `~` and a regular expression (PCRE2, with JIT where
 * it exists). Case counts only when the text holds a capital. Work on one subject is bounded, so that no line
 * and no name can make a search hang.
 */
#pragma once

#include "client/base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct pattern;

/* Compiles what was typed. NULL with *err set when a regular expression is malformed. */
struct pattern *pattern_new(const char *typed, struct err *err);
void pattern_free(struct pattern *pattern);

/* The first match at or after `from` in `len` bytes of UTF-8: true with its bounds. An empty match does not
 * count. */
bool pattern_find(const struct pattern *pattern, const char *bytes, size_t len, size_t from, size_t *start,
                  size_t *end);

/* Whether there is a match at all. */
bool pattern_matches(const struct pattern *pattern, const char *text);

/* What was typed. */
const char *pattern_text(const struct pattern *pattern);
