/*
 * The way of an answer to the wire, with the faults that concern bytes: cut short, reset, silent,
 * mislabelled, bloated.
 */
#pragma once

#include "tests/boxd/request.h"

#include <microhttpd.h>

/* Waits until `ms` have passed, the client has gone, or boxd stops. -1 means without end. */
void send_wait(const struct request *rq, int64_t ms);

/* Whether a fault answers in place of the handler; if so the reply is filled. */
bool send_refusal(struct request *rq);

/* Sends rq->reply. What it returns is what the access handler of libmicrohttpd returns. */
enum MHD_Result send_reply(struct request *rq);
