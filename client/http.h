/*
 * One transfer at a time, many at once: HTTP calls to the service and TCP connections to its SSH gateway, on
 * one libcurl multi. Everything here belongs to one thread; only http_wake may be called from another.
 *
 * What no caller can forget, because it is done here (safety.md section 3): certificates are verified, the
 * key travels in its own header and only to the base URL's host, redirects are not followed, plain http goes
 * to loopback addresses only, decoded bytes and headers have caps, a change (anything but GET) leaves exactly
 * once, and every failure is a sentence that names the step.
 */
#pragma once

#include "client/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http;
struct http_call;
struct apikey;

enum {
    HTTP_BODY_CAP = 8 << 20,   /* decoded bytes of an ordinary answer */
    HTTP_LIST_CAP = 64 << 20,  /* of the list of boxes */
    HTTP_ERROR_CAP = 64 << 10, /* of an answer that is not 2xx; the rest is read and dropped */
    HTTP_HEADER_CAP = 64 << 10,
    HTTP_HEADER_LINES = 200,
};

enum http_method { HTTP_GET, HTTP_POST, HTTP_PUT, HTTP_DELETE };

struct http_options {
    const char *base_url;   /* see http_new */
    const char *user_agent; /* NULL for none */
    int connect_ms;         /* resolve, connect and TLS together; 0: 10 s */
    int total_ms;           /* of an ordinary call; 0: 30 s */
    int quiet_s;            /* an ordinary call that is silent for that long fails; 0: 20 s */
};

/* How a call ended. Lives while on_done runs. */
struct http_answer {
    struct err err;         /* ERR_NONE: a 2xx answer that arrived whole */
    int status;             /* 0 when no answer came */
    bool retry;             /* a GET that may go better later: 429, 5xx, network, timeout */
    int64_t retry_after_ms; /* what the service asked for, 1 to 300 s; -1 when it did not */
    int64_t date_ms;        /* the Date header, 0 when there was none */
    int latency_ms;         /* until the first byte of the answer; -1 when none came */
    const char *body;       /* NUL-terminated; the answer, unless on_body took it */
    size_t len;
    int fd; /* http_connect: a connected socket that on_done must own; else -1 */
};

struct http_request {
    enum http_method method;
    const char *path; /* below the base URL, escaped: "/v2/box/quiet-fox-1/runs" */
    const char *body; /* JSON text, NULL for none */
    const char *what; /* for sentences: "list of boxes" */
    size_t cap;  /* decoded bytes of a good answer; 0: HTTP_BODY_CAP. A stream's are counted by on_body */
    bool stream; /* no limit on time or silence: TCP keep-alive decides */

    /* Takes a piece of a 2xx body. False with *err set ends the call. Must not start or cancel calls. NULL:
     * the body is collected for the answer. */
    bool (*on_body)(void *user, const char *bytes, size_t len, struct err *err);

    /* The call is over; called from http_step, never from http_start. The call is gone when it returns. It
     * may start others. */
    void (*on_done)(void *user, const struct http_answer *answer);
    void *user;
};

/* Whether a base URL will do: https, or http to 127.x.x.x, [::1] or localhost; no user, query or fragment.
 * False with *err set (ERR_USAGE). */
bool http_url_check(const char *base_url, struct err *err);

/* NULL with *err set when the base URL will not do or libcurl cannot start. Certificates are checked against
 * the system's, or the file that SSL_CERT_FILE of the environment names. */
struct http *http_new(const struct http_options *options, struct err *err);

/* Cancels what is left without calling anyone back. Never waits for the network. NULL is fine. */
void http_free(struct http *http);

/* The key that calls carry from now on; NULL for none. Not owned: it must outlive its use here. */
void http_set_key(struct http *http, const struct apikey *key);

/* Host of the base URL, without brackets. Lives as long as http. */
const char *http_host(const struct http *http);

/* Starts a call; the strings of the request are copied. Never fails: what goes wrong comes to on_done. */
struct http_call *http_start(struct http *http, const struct http_request *request);

/* Starts a TCP connection (host names and both address families, proxies of the environment) whose socket
 * comes to on_done: non-blocking, no delay, keep-alive, dead after 30 s without an acknowledgement. */
struct http_call *http_connect(struct http *http, const char *host, int port,
                               void (*on_done)(void *user, const struct http_answer *answer), void *user);

/* Ends a call at once; on_done will not be called. NULL is fine. */
void http_cancel(struct http *http, struct http_call *call);

/* Whether some of the request may have reached the service, as far as is known now. */
bool http_was_sent(const struct http_call *call);

/* Whether the answer so far is a 2xx that began to arrive. */
bool http_is_answered(const struct http_call *call);

/* How many calls are under way. */
size_t http_active(const struct http *http);

/* Ends all calls with ERR_NETWORK and `why` as the sentence (on_done is called), and closes every connection:
 * for a machine that slept. */
void http_drop(struct http *http, const char *why);

/* Moves everything that can move, and calls back. Never waits. */
void http_step(struct http *http);

/* Waits until http_step has something to do, http_wake is called or the time is over (-1: no limit). */
void http_wait(struct http *http, int timeout_ms);

/* Ends http_wait, now or the next time. From any thread. */
void http_wake(struct http *http);

/* Appends "/SEGMENT" to a path with everything but unreserved characters escaped (RFC 3986, 2.3). The
 * caller has checked the segment with model_id_valid. */
struct buf;
void http_path_add(struct buf *path, const char *segment);

/* Reads a Retry-After value (RFC 9110, 10.2.3): seconds or a date, clamped to 1..300 s; -1 for anything
 * else. `now_wall_ms` is what a date is compared with. */
int64_t http_retry_after(const char *value, int64_t now_wall_ms);
