/*
 * Which lines of a log an operator wants to see: terms that must or must not occur, levels, one source, a
 * time from which on. All of it must agree.
 */
#pragma once

#include "client/base/err.h"
#include "tui/logfeed.h"
#include "tui/pattern.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LOGFILTER_TERMS = 8 };

enum logfilter_levels { LEVELS_ALL, LEVELS_BAD, LEVELS_ERRORS, LEVELS_COUNT };
enum logfilter_since { SINCE_ALL, SINCE_5_MIN, SINCE_1_H, SINCE_TODAY, SINCE_CUSTOM, SINCE_COUNT };

/* Zeroed: everything is shown. */
struct logfilter {
    struct logfilter_term {
        struct pattern *pattern;
        bool out; /* lines that match are left out */
    } terms[LOGFILTER_TERMS];
    size_t term_count;
    enum logfilter_levels levels;
    bool one_source; /* only lines of `source` */
    enum log_source source;
    enum logfilter_since since;
    char since_typed[24]; /* how SINCE_CUSTOM was put, for describing it */
    int64_t since_ms;     /* wall clock; lines before it are left out, 0 for none */
};

void logfilter_done(struct logfilter *filter);

/* Takes terms as typed: texts between " & ", each a pattern (pattern.h), `!` before one leaves its lines out.
 * Empty for none. False with *err set, and nothing changed, when one is malformed or there are too many. */
bool logfilter_set_terms(struct logfilter *filter, const char *typed, struct err *err);

/* The terms as they are typed. The caller frees it. */
char *logfilter_terms(const struct logfilter *filter);

/* The next preset, or SINCE_CUSTOM with since_ms as given. `utc`: which midnight today began at. */
void logfilter_set_since(struct logfilter *filter, enum logfilter_since since, int64_t wall_ms, bool utc);

/* A time as an operator types it: "90s", "5m", "2h", "3d" ago, "11:20" or "11:20:30" today, "today", or
 * "2026-02-23 11:20". False when it is none of them. */
bool logfilter_parse_time(const char *typed, int64_t wall_ms, bool utc, int64_t *out);

/* Whether anything is left out by it. */
bool logfilter_is_active(const struct logfilter *filter);

/* A term that every line that is shown matches, NULL when there is none. */
const struct pattern *logfilter_must(const struct logfilter *filter);

/* Whether a line is shown. Notes are; they go only with the box that is hidden. */
bool logfilter_passes(const struct logfilter *filter, const struct logfeed_item *item);

/* What is left out, short, for a frame: "& timeout & !debug  errors  agent  since 5m". "" when inactive. */
void logfilter_describe(const struct logfilter *filter, char *out, size_t size);
