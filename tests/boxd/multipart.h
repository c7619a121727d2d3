/*
 * multipart/form-data bodies, as the SDK sends them for uploads and for runs with local files
 * (box-api.md 2.4, 2.7).
 */
#pragma once

#include "tests/boxd/request.h"

struct part {
    char *name;     /* of the form field */
    char *filename; /* NULL: a plain field */
    struct buf data;
};

struct multipart {
    struct part *parts; /* in the order they came */
    size_t count, room;
};

/* Whether the request's body is of this kind. */
bool multipart_is(const struct request *rq);

/* Reads the body. False when it is malformed. */
bool multipart_read(struct request *rq, struct multipart *out);
void multipart_done(struct multipart *multipart);
