/*
 * A helper as a process: born by executing this very binary, never as a bare copy of a process that has
 * threads.
 */
#pragma once

#include "client/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct process {
    pid_t pid; /* 0 when there is none */
    int fd;    /* our end of its socket pair, non-blocking; -1 when there is none */
};

/* Starts `program` with the hidden argument and nothing but /dev/null and a socket; its environment is empty.
 */
bool process_start(struct process *process, const char *program, struct err *err);

/* Closes the socket, which tells the helper to leave, and kills it when it does not within grace_ms; waits
 * 300 ms in all at the most. Says into `how` (inert, "" when that is not known) how it ended: "was killed by
 * signal 31 (bad system call)". */
void process_stop(struct process *process, int grace_ms, char *how, size_t size);
