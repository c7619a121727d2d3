/*
 * The question about a host key that is not known yet: nothing secret is sent before the operator accepts it.
 */
#pragma once

struct app;

/* Puts up the question when a shell waits for the answer, one at a time. */
void shell_hostkey_ask(struct app *app);
