/*
 * boxd as a process of a test: started, asked over HTTP, stopped. The program is $BOXD, else the boxd of the
 * build tree the test program is in.
 */
#pragma once

#include "client/base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct service {
    pid_t pid;
    char *url;     /* http://127.0.0.1:PORT, owned */
    char *ssh;     /* HOST:PORT, owned */
    char *api_key; /* owned */
};

/* Starts boxd with the given options (NULL at the end), besides --die-with-parent, and waits until it is
 * ready, ten seconds at most. False when it does not come up; nothing is left behind then. */
bool service_start(struct service *service, const char *const *options);

/* Ends it with SIGTERM and waits. Returns its exit status (128 + signal), or -1 if it had to be killed after
 * five seconds. A zeroed struct is fine. */
int service_stop(struct service *service);

/* Where the program is. The caller frees it. */
char *service_program(void);

struct answer {
    int status;      /* HTTP status, 0 when none came */
    int curl_code;   /* CURLcode of the transfer */
    struct buf head; /* status line and headers as they came */
    struct buf body;
};

/* Asks once, with the key. `body` is sent as JSON, NULL for none. The answer must be released by answer_done.
 * `timeout_ms` 0 is ten seconds. */
void service_ask(const struct service *service, const char *method, const char *path, const char *body,
                 long timeout_ms, struct answer *answer);
void answer_done(struct answer *answer);

/* As service_ask, for setting the scene: fails the running test unless the status is 2xx. */
void service_do(const struct service *service, const char *method, const char *path, const char *body);
