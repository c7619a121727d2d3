/*
 * What a process prints on its way to the log of its box: cut into lines, and at most 1000 of them a second,
 * so that a flood costs little; how many are missing is logged too.
 */
#pragma once

#include "client/base/buf.h"
#include "tests/boxd/boxlog.h"

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

struct lines {
    struct boxlog *log;    /* NULL: nothing is logged */
    pthread_mutex_t *lock; /* what guards the log */
    enum log_level level;  /* of the lines to come */
    enum log_source source;
    struct buf part; /* an unfinished line */
    int64_t second;  /* the one being counted */
    int count;       /* lines in it */
    int64_t skipped; /* lines not logged because there were too many */
};

void lines_init(struct lines *lines, struct boxlog *log, pthread_mutex_t *lock, enum log_level level,
                enum log_source source);

/* More bytes. Takes the lock for as long as it needs. */
void lines_feed(struct lines *lines, const char *bytes, size_t len);

/* Logs what is left, and frees it. */
void lines_finish(struct lines *lines);
