/*
 * A scripted HTTP/1.1 server for tests: it answers what the test said it should, byte for byte, and counts
 * what came in. Faults that a proper server library cannot commit (half a body, a reset after the request was
 * read, endless headers) are the reason it speaks to the socket itself. Loopback only, one thread a
 * connection.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct httpd;

/* What happens to the connection after the answer. */
enum httpd_end {
    HTTPD_KEEP,  /* it stays open for the next request */
    HTTPD_CLOSE, /* closed as TCP wants it */
    HTTPD_RESET, /* RST */
    HTTPD_STALL, /* silent until httpd_release or httpd_free; then closed */
};

/* One answer. The strings must live as long as the server. */
struct httpd_answer {
    int status;          /* 0: no answer at all, only `end` */
    const char *headers; /* extra header lines, each with CRLF; NULL for none */
    const char *body;    /* NULL for none */
    size_t len;          /* bytes of body; 0: strlen(body) */
    size_t declared;     /* Content-Length to claim; 0: the true one */
    bool chunked;        /* no Content-Length: one chunk of `len` bytes */
    size_t times;        /* the body is sent that many times (0: once): for bodies too large to hold */
    enum httpd_end end;
};

struct httpd *httpd_new(void);

/* Ends all connections and threads. */
void httpd_free(struct httpd *httpd);

/* "http://127.0.0.1:PORT". */
const char *httpd_url(const struct httpd *httpd);
int httpd_port(const struct httpd *httpd);

/* The answer to `route` ("GET /v2/box", without the query) from now on. Routes without one get a 404. */
void httpd_on(struct httpd *httpd, const char *route, struct httpd_answer answer);

/* An answer that is used once, before the lasting one; several queue up. */
void httpd_once(struct httpd *httpd, const char *route, struct httpd_answer answer);

/* How often a route was asked; NULL: all requests. */
size_t httpd_count(struct httpd *httpd, const char *route);

/* How many connections were accepted so far. */
size_t httpd_connections(struct httpd *httpd);

/* The head and the body of the last request to a route, as they came: a string the caller frees, NULL when
 * there was none. */
char *httpd_last(struct httpd *httpd, const char *route);

/* Lets connections that stall go on to their end. */
void httpd_release(struct httpd *httpd);

/* Stops listening (new connections are refused) and closes those that are open; httpd_up listens on the same
 * port again. */
void httpd_down(struct httpd *httpd);
void httpd_up(struct httpd *httpd);
