/*
 * The faults that an HTTP library would not let through: a broken chunk head, bodies without measure, a gzip
 * bomb, a flood of header lines. They are written to the socket by hand.
 */
#pragma once

#include "tests/boxd/request.h"

/* Sends the answer of such a fault on the connection's socket. False, with nothing sent, when the request has
 * none of them. */
bool bloat_send(const struct request *rq, int fd);
