/*
 * The command line. Every option of design.md section 3, and what remains: a box, or a verb with its words.
 */
#pragma once

#include "client/base/err.h"

#include <stdbool.h>

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
    bool shell;      /* -s: open the box in its shell */
    const char *box; /* BOX, NULL: the list */
};

/* Reads the words (they stay the caller's and must outlive *options). False with *err set on anything that is
 * not understood. */
bool options_parse(struct options *options, int argc, char **argv, struct err *err);

/* The text of --help. */
const char *options_help(void);
