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

enum { LOGFILTER_TERMS = 16 };

enum logfilter_levels { LEVELS_ALL, LEVELS_BAD, LEVELS_ERRORS, LEVELS_COUNT };
enum logfilter_since { SINCE_ALL, SINCE_5_MIN, SINCE_1_H, SINCE_TODAY, SINCE_CUSTOM, SINCE_COUNT };

/* Zeroed: everything is shown. */
struct logfilter {
    struct logfilter_term {
        struct pattern *pattern;
        bool out; /* lines that match are left out */
        bool off; /* kept for later: it does nothing */
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

/* Takes terms as typed, in place of those that are on: texts between " & ", each a pattern (pattern.h), `!`
 * before one leaves its lines out. Empty for none. False with *err set, and nothing changed, when one is
 * malformed or there are too many. */
bool logfilter_set_terms(struct logfilter *filter, const char *typed, struct err *err);

/* The terms that are on, as they are typed; one of all. The caller frees it. */
char *logfilter_terms(const struct logfilter *filter);
char *logfilter_term_text(const struct logfilter *filter, size_t at);

/* Adds terms; one that is there is switched on. Puts another one in the place of one (removes it when empty).
 * False with *err set when one is malformed or there are too many. */
bool logfilter_add(struct logfilter *filter, const char *typed, struct err *err);
bool logfilter_replace(struct logfilter *filter, size_t at, const char *typed, struct err *err);
void logfilter_remove(struct logfilter *filter, size_t at);
void logfilter_swap(struct logfilter *filter, size_t at, size_t with);

/* Shows every line: terms are switched off, all else is forgotten. */
void logfilter_clear(struct logfilter *filter);

/* Whether a term, on or off, matches a line. */
bool logfilter_term_matches(const struct logfilter *filter, size_t at, const struct log_line *line);

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
