/*
 * The command line. Every option of design.md section 3, and what remains: a box, or a verb with its words.
 */
#pragma once

#include "client/base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct options {
    const char *base_url;     /* NULL: environment, profile, default */
    const char *ssh;          /* HOST[:PORT], NULL: profile, the base URL's host */
    const char *api_key_file; /* NULL: see client/key.h */
    const char *profile;      /* NULL: none */
    const char *config;       /* NULL: the usual place */
    const char *log;          /* NULL: no log */
    double rate;              /* 0: the default */
    bool read_only;
    bool help, version;
    bool shell;       /* -s: open the box in its shell */
    const char *verb; /* a verb for stdout (tui/cli/cli.h), NULL for the console */
    const char *box;  /* BOX of the console, NULL: the list */
    char **words;     /* what follows the verb */
    int word_count;
    /* Of verbs; NULL and 0 for what was not given. */
    bool json, follow, all, raw, reverse, utc;
    const char *label, *grep, *filter, *sort, *by;
    int64_t since; /* wall ms */
    int limit;
};

/* A time as it is typed after --since: "90", "90s", "10m", "2h", "3d", "1w" ago, or a moment as RFC 3339 has
 * it
 * ("2026-02-23T11:20:00Z", "2026-02-23 11:20:00+01:00"; without a zone local time, without a time of day
 * midnight). False with *err set when it is neither. */
bool options_parse_since(const char *word, int64_t wall_ms, int64_t *since, struct err *err);

/* Reads the words (they stay the caller's and must outlive *options). False with *err set on anything that is
 * not understood. */
bool options_parse(struct options *options, int argc, char **argv, struct err *err);

/* The text of --help. */
const char *options_help(void);
