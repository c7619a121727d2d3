/*
 * The faults boxd can be told to have: NAME[=VALUE][@PATH-GLOB][:PROBABILITY], one per --fault, or all at
 * once through POST /_boxd/faults. A request draws its faults once, when it arrives: struct fault_hits says
 * which it got. The random numbers start from a fixed seed, so that a run can be repeated.
 *
 *   latency=50ms          waits before it works
 *   429[=AFTER]           rate limited; AFTER is the Retry-After header as it stands (default 1), `date` an
 *                         HTTP date two seconds ahead, `none` no header
 *   CODE                  any other status from 400 to 599, with {"error":...}
 *   reset[=N]             does the work, then resets the connection after N bytes of the body (default:
 * before the head) truncate[=N]          ends the connection after N bytes of the body (default: half of it)
 *   stall[=N]             falls silent after N bytes of the body (default: before the head)
 *   html[=CODE]           an HTML page (default 502)
 *   empty                 200 without a body
 *   wrong-length          a Content-Length that is larger than the body
 *   chunk-garbage         a chunked body with a broken chunk head
 *   huge-body[=MB]        a body that is MB megabytes of JSON white space longer (default 1024)
 *   gzip-bomb[=MB]        a gzip body that unpacks to MB megabytes (default 1024)
 *   many-headers[=N]      N header lines (default 100000)
 *   redirect=URL          302 to URL
 *   split-trailer         the exec trailer byte by byte
 *   logs-newest-first     log pages start with the newest line
 *   logs-retention=N      only the newest N lines of a log are served
 *   millis                stamps in milliseconds
 *   broken-item[=KIND]    one item of each list is broken: surrogate (default), utf8, real, int, nul, types,
 *                         twice, depth
 *   unknown-status[=WORD] boxes and runs have a status nobody knows (default hibernating)
 *   null-lists            null where a list belongs
 *   skew=2s               the Date header and all stamps are off by so much
 */
#pragma once

#include "client/base/err.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fault_kind {
    FAULT_LATENCY,
    FAULT_STATUS,
    FAULT_RESET,
    FAULT_TRUNCATE,
    FAULT_STALL,
    FAULT_HTML,
    FAULT_EMPTY,
    FAULT_WRONG_LENGTH,
    FAULT_CHUNK_GARBAGE,
    FAULT_HUGE_BODY,
    FAULT_GZIP_BOMB,
    FAULT_MANY_HEADERS,
    FAULT_REDIRECT,
    FAULT_SPLIT_TRAILER,
    FAULT_LOGS_NEWEST_FIRST,
    FAULT_LOGS_RETENTION,
    FAULT_MILLIS,
    FAULT_BROKEN_ITEM,
    FAULT_UNKNOWN_STATUS,
    FAULT_NULL_LISTS,
    FAULT_SKEW,
    FAULT_KINDS
};

enum { FAULT_TEXT = 128 };

struct fault {
    enum fault_kind kind;
    int status;            /* FAULT_STATUS: the code */
    int64_t number;        /* the value as a number (milliseconds for times), -1 when there is none */
    char text[FAULT_TEXT]; /* the value as it was written, "" when there is none */
    char glob[FAULT_TEXT]; /* which paths, "" for all (fnmatch(3), `*` matches slashes) */
    double probability;    /* 0..1 */
};

struct faults {
    pthread_mutex_t lock;
    struct fault *list; /* owned */
    size_t count;
    uint64_t random; /* state of the generator */
};

/* What one request got. */
struct fault_hits {
    bool on[FAULT_KINDS];
    struct fault what[FAULT_KINDS];
};

/* Reads one specification. False with *err set when it cannot be read. */
bool fault_parse(struct fault *out, const char *spec, struct err *err);

void faults_init(struct faults *faults);
void faults_done(struct faults *faults);

/* Replaces the list; the entries are copied. */
void faults_set(struct faults *faults, const struct fault *list, size_t count);

/* Draws the faults of a request for `path`. */
void faults_draw(struct faults *faults, const char *path, struct fault_hits *hits);
