/* A checked base URL in its parts. Used by http.c only. */
#pragma once

#include "client/base/err.h"

#include <stdbool.h>

struct http_base {
    char *url;  /* without a trailing slash */
    char *host; /* without brackets */
    int port;
    bool secure;   /* https */
    bool loopback; /* this machine, by address or as localhost */
};

/* False with *err set when http_url_check would say no; *base is then empty. */
bool http_base_init(struct http_base *base, const char *text, struct err *err);
void http_base_done(struct http_base *base);
