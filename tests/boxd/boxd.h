/*
 * boxd's one struct: everything the program holds. main makes it and takes it down; handlers, jobs and the
 * timer reach it by pointer.
 */
#pragma once

#include "tests/boxd/faults.h"
#include "tests/boxd/options.h"
#include "tests/boxd/store.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct MHD_Daemon;
struct ssh_server;

enum { ROUTES_MAX = 128 };

/* What GET /_boxd/counters tells; under the store's lock. */
struct counters {
    uint64_t requests[ROUTES_MAX]; /* by place in the route table */
    uint64_t unknown;              /* no route, or no right */
    uint64_t posts;                /* POST, PUT, PATCH and DELETE seen, faulty or not */
    uint64_t runs;                 /* runs started */
};

struct boxd {
    struct options options;
    struct store store;
    struct faults faults;
    struct counters counters;
    char *root;             /* owned; the folder of the boxes, absolute */
    bool root_is_temporary; /* remove it at the end */
    char *assets;           /* owned; the folder of the demo's scripts, NULL when it was not found */
    char instance[48];      /* marks our children's environment, see process.h */
    struct MHD_Daemon *http;
    struct ssh_server *ssh;
    int64_t started_ms; /* wall clock */
    pthread_t timer;
    bool timer_runs;
    int64_t minute; /* the last one whose schedules were looked at, since 1970 */
    atomic_bool stopping;
    atomic_int jobs; /* threads with a process */
};
