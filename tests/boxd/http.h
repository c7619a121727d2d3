/*
 * The HTTP server: libmicrohttpd with a thread per connection, which keeps handlers that wait simple. Reads
 * the body, checks the key, finds the route, calls the handler, and sends the answer with the faults of the
 * request worked in.
 */
#pragma once

#include "client/base/err.h"
#include "tests/boxd/boxd.h"

/* Starts to listen. False with *err set when that fails. */
bool http_start(struct boxd *boxd, struct err *err);

/* Ends all connections; boxd->stopping must be set, and jobs told, so that none waits for ever. */
void http_stop(struct boxd *boxd);

/* The address as a URL, e.g. http://127.0.0.1:40001. The caller frees it. */
char *http_url(const struct boxd *boxd);
