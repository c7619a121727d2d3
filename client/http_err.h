/*
 * What went wrong with a transfer, as a struct err: libcurl's codes and HTTP statuses become sentences that
 * name the step and, where there is something to do, what. Used by http.c only.
 */
#pragma once

#include "client/base/err.h"

#include <curl/curl.h>
#include <stddef.h>

/* What is known of a failed transfer. */
struct http_failure {
    CURLcode code;
    CURL *easy;         /* for times and numbers */
    const char *detail; /* libcurl's error buffer */
    const char *what;   /* "list of boxes" */
    const char *host;   /* whom we talked to */
    int port;
};

/* The sentence for a transfer that failed below HTTP or on the way (ERR_NETWORK, ERR_TIMEOUT,
 * ERR_PROTOCOL). */
void http_err_transfer(struct err *err, const struct http_failure *failure);

/* The sentence for a status that is not 2xx; body is what came with it, redirect where a 3xx points (NULL for
 * nowhere). */
void http_err_status(struct err *err, int status, const char *what, const char *body, size_t len,
                     const char *redirect);
