/* What http.c and http_start.c share. */
#pragma once

#include "client/http.h"

#include <curl/curl.h>
#include <pthread.h>

#include "client/base/buf.h"
#include "client/http_url.h"

enum { HTTP_SPARE_MAX = 8 /* idle handles kept: a handle with its buffers is some 30 KB */ };

struct http {
    CURLM *multi;              /* NULL until something is to be transferred */
    pthread_mutex_t wake_lock; /* the waker's view of `multi`, which http_drop replaces, and of `woken` */
    pthread_cond_t wake;       /* in place of `multi` while there is none */
    bool woken;                /* the same */
    struct http_base base;
    char *user_agent;
    char *ca_file; /* certificates to trust instead of the system's; NULL for those */
    const struct apikey *key;
    struct http_call *calls; /* those under way */
    size_t active;
    CURL *spare[HTTP_SPARE_MAX];
    size_t spare_count;
    bool distrust_names; /* the last failure was below HTTP: look names up again */
    int connect_ms;
    int total_ms;
    int quiet_s;
};

struct http_call {
    struct http *http;
    struct http_call *next, **link; /* in http->calls */
    CURL *easy;
    struct curl_slist *headers;
    struct http_request request; /* its strings are not kept but for `what` */
    char *what;
    char *host; /* whom it talks to */
    int port;
    bool connect;    /* http_connect */
    bool dropped;    /* http_drop's mark */
    struct buf body; /* collected answer, or an error's body */
    size_t header_bytes;
    size_t header_lines;
    int64_t retry_after_ms;
    int64_t date_ms;
    int64_t last_byte_ms; /* clock_ms; of the start until something arrived */
    struct err err;       /* set by our callbacks, which then end the transfer */
    char detail[CURL_ERROR_SIZE];
};

/* The multi, made (and libcurl with it) when there is none. */
CURLM *http_multi(struct http *http);

/* The HTTP status so far, 0 for none. */
long http_status(const struct http_call *call);
