/*
 * One HTTP request and its answer, as handlers see them. A handler is called once, with the whole body read,
 * the key checked and the store's lock held; it fills the reply and returns. The shapes of errors and empty
 * answers are those of box-api.md 1.4.
 */
#pragma once

#include "client/base/buf.h"
#include "tests/boxd/boxd.h"
#include "tests/boxd/wire.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct MHD_Connection;

enum { REQUEST_ARGS = 6, REQUEST_BODY_MAX = 64 << 20 };

/* A body that is made while it is sent. */
struct body_source {
    /* Puts up to `room` bytes into `out` and returns how many; waits for the first. 0: the body has ended.
     * Called without the store's lock. */
    size_t (*read)(void *context, char *out, size_t room);
    /* The reader has gone, or has read all. */
    void (*close)(void *context);
    void *context;
};

struct reply {
    int status;
    const char *content_type;
    struct buf body;           /* the body, unless there is a source */
    struct body_source source; /* read NULL: none */
};

struct request {
    struct boxd *boxd;
    struct MHD_Connection *connection;
    const char *method;
    char *path;               /* owned; as it came, without the query, still percent-encoded */
    char *args[REQUEST_ARGS]; /* owned; the decoded {} segments of the route */
    int arg_count;
    struct buf body;
    bool body_too_large;
    json_t *json; /* the body, once request_json has parsed it */
    struct fault_hits hits;
    struct reply reply;
};

/* The decoded value of a query parameter, NULL when it is missing. Owned by the connection. */
const char *request_query(const struct request *rq, const char *name);

/* As request_query for a number of 0 or more; `otherwise` when it is missing or no number. */
long request_query_number(const struct request *rq, const char *name, long otherwise);

/* The body as a JSON object; an empty body is an empty object. NULL after replying 400. Owned by the request.
 */
const json_t *request_json(struct request *rq);

/* The text field of the body; NULL when it is missing or no text. */
const char *request_text(struct request *rq, const char *name);

/* Answers {"error":...}. */
void reply_error(struct request *rq, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Answers {}. */
void reply_empty(struct request *rq);

/* Opens an answer written as JSON; reply_end sends it with this status. */
void reply_begin(struct request *rq, struct wire *wire);
void reply_end(struct request *rq, struct wire *wire, int status);

/* Answers with a body that is made while it is sent. */
void reply_stream(struct request *rq, const char *content_type, struct body_source source);
