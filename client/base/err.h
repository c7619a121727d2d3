/*
 * What went wrong, in three parts: a kind that code branches on, a number from the layer that failed, and a
 * sentence that an operator reads as it stands. The sentence names the step that failed and, where there is
 * something to do, what. Sentences are inert text (no control bytes): whoever builds one from a stranger's
 * bytes passes them through inert_label first.
 */
#pragma once

#include <stdbool.h>

enum err_kind {
    ERR_NONE,      /* no error */
    ERR_LOCAL,     /* this machine: a file, a descriptor, the configuration */
    ERR_USAGE,     /* the operator's words are off */
    ERR_NETWORK,   /* resolve, connect, TLS, reset, timeout below HTTP */
    ERR_AUTH,      /* 401, or a login refused */
    ERR_FORBIDDEN, /* 402, 403 */
    ERR_NOT_FOUND, /* 404 */
    ERR_CONFLICT,  /* 409: the box is in the wrong state */
    ERR_RATE,      /* 429 */
    ERR_SERVICE,   /* other answers that are not 2xx */
    ERR_PROTOCOL,  /* an answer that cannot be understood */
    ERR_TIMEOUT,   /* our own limit ran out */
    ERR_UNKNOWN,   /* the outcome of a change is not known: look again before repeating it */
    ERR_CANCELLED, /* the operator's wish */
    ERR_HOST_KEY,  /* host key refused, changed or revoked */
};

struct err {
    enum err_kind kind;
    int code;       /* HTTP status, errno, CURLcode or libssh2 code: for the log, not for branching */
    char text[320]; /* the sentence, UTF-8, without a final full stop or newline */
};

/* Fills *err (which may be NULL) and returns false, so that a function can `return err_set(...)`. The
 * sentence is cut at a character boundary when it is too long. */
bool err_set(struct err *err, enum err_kind kind, int code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* No error. */
void err_clear(struct err *err);
