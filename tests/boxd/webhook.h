/*
 * The note a caller gets when a run with a webhook ends (box-api.md 2.16). Only http:// to loopback is
 * called, like everything boxd does.
 */
#pragma once

#include "tests/boxd/store.h"

/* The body of the note. The caller frees it. Store lock held. */
char *webhook_body(const struct box *box, const struct run *run);

/* POSTs it, once, within five seconds; the outcome is nobody's business. */
void webhook_post(const char *url, const char *body);
