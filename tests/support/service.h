/*
 * boxd as a process of its own, for stories: started from the build tree that the test came from, spoken to
 * over HTTP as any client would. Functions fail the test when boxd does not do what it is asked.
 */
#pragma once

#include "client/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

/* The key of every service here; also the canary that must be found nowhere. */
#define SERVICE_KEY "box_canary0123456789abcdef"

struct service;

/* A program of the build tree ("boxtop", "boxd"): an absolute path, which the caller frees. */
char *service_program(const char *name);

/* Starts boxd on free ports with these further arguments (NULL at the end; NULL for none) and waits until it
 * is ready. Fails the test when it is not within 20 s. It ends with the test, whatever happens. */
struct service *service_start(const char *const *args);

/* Ends boxd and all that runs in its boxes. NULL is fine. */
void service_stop(struct service *service);

const char *service_url(const struct service *service); /* "http://127.0.0.1:PORT" */
const char *service_ssh(const struct service *service); /* "127.0.0.1:PORT" */
uint16_t service_http_port(const struct service *service);
uint16_t service_ssh_port(const struct service *service);

/* One call. `body` may be NULL. Returns the HTTP status and, unless `answer` is NULL, the document (NULL when
 * the body is none), which the caller releases with json_decref. */
int service_call(struct service *service, const char *method, const char *path, const char *body,
                 json_t **answer);

/* POST with a body made by json_pack, which is released; fails the test unless the answer is 2xx. */
void service_post(struct service *service, const char *path, json_t *body);

/* Replaces boxd's faults (tests/boxd/faults.h): one specification, NULL for none. */
void service_fault(struct service *service, const char *spec);

/* Appends a line to the log of a box. */
void service_log(struct service *service, const char *box_id, const char *text);

/* How often a route was asked: "DELETE /v2/box/{}". */
int64_t service_count(struct service *service, const char *route);

/* A counter of the SSH side, by its name in tests/boxd/ssh.h: "passwords". */
int64_t service_ssh_count(struct service *service, const char *name);
