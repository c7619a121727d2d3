/*
 * Runs another program and collects what it says: for tests that ask a real client or tool (ssh, ssh-keygen).
 * The program leads its own session, so that a time-out ends all it started.
 */
#pragma once

#include "client/base/buf.h"

#include <stdbool.h>
#include <stddef.h>

struct program {
    const char *const *argv; /* argv[0] is looked up in PATH; NULL at the end */
    const char *const *env;  /* NAME=VALUE added to our environment, NULL at the end; NULL for none */
    const char *input;       /* its stdin, then EOF; NULL for none */
    size_t input_len;
    int timeout_ms;
};

struct run_result {
    int status;     /* exit status, 128 + signal, 127 when it could not be started, -1 when it was ended
                       because it took too long */
    struct buf out; /* at most 64 MiB each; more ends the program as a time-out would */
    struct buf err;
};

/* Runs it to its end. The result must be released by run_result_done, whatever the status. */
void run_program(const struct program *program, struct run_result *result);

/* Frees the output. A zeroed struct is fine. */
void run_result_done(struct run_result *result);
