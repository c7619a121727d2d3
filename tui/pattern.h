/*
 * A text to look for, as operators type it: literal, or `~` and a regular expression (PCRE2, with JIT where
 * it exists). Case counts only when the text holds a capital. Work on one subject is bounded, so that no line
 * and no name can make a search hang: what takes longer is given up, and counted.
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
 * count. Takes about a millisecond at most; see pattern_given_up. */
bool pattern_find(const struct pattern *pattern, const char *bytes, size_t len, size_t from, size_t *start,
                  size_t *end);

/* Whether there is a match at all. */
bool pattern_matches(const struct pattern *pattern, const char *text);

/* Whether it is a literal text: then pattern_sweep can be used. */
bool pattern_is_literal(const struct pattern *pattern);

/* A linestore_finder (client/text/linestore.h): the first match in many texts that NULs separate; `len` for
 * none. `pattern` is a literal one. */
size_t pattern_sweep(const void *pattern, const char *texts, size_t len);

/* In how many subjects so far the search was given up, because it took too long: they count as no match. */
size_t pattern_given_up(const struct pattern *pattern);

/* What was typed. */
const char *pattern_text(const struct pattern *pattern);
