/*
 * The command line of boxd.
 */
#pragma once

#include "client/base/err.h"
#include "tests/boxd/faults.h"

#include <netinet/in.h>
#include <stdbool.h>

struct options {
    struct sockaddr_storage http; /* where to listen; always loopback */
    struct sockaddr_storage ssh;
    char *api_key; /* owned; generated when none was given */
    char *root;    /* owned; NULL: a fresh temporary folder */
    char *assets;  /* owned; the folder with demo/, NULL: look beside the program */
    bool seed_demo;
    bool die_with_parent;
    bool help;
    long boxes;           /* plain boxes to make */
    long log_rate;        /* lines a second in each running box */
    long creating_ms;     /* how long a box is in creation */
    long pause_ms;        /* how long pause and resume take */
    struct fault *faults; /* owned */
    size_t fault_count;
};

/* Reads the words of main. False with *err set, a sentence for stderr. */
bool options_read(struct options *options, int argc, char **argv, struct err *err);
void options_done(struct options *options);

/* What --help prints. */
extern const char options_help[];
