/*
 * Child processes of boxd. Each leads a session and a process group of its own, reads from nowhere, and
 * writes into pipes. Its environment is a box's: HOME, PATH, the variables of the account and of the box, and
 * a mark by which boxd finds everything it ever started when it ends, even what has left its group.
 *
 * When the leader ends, its group is killed: background processes die with the command that started them (the
 * service does the same unless they were detached; here `setsid` detaches).
 */
#pragma once

#include "client/base/err.h"
#include "tests/boxd/boxd.h"

#include <sys/resource.h>
#include <sys/types.h>

struct process {
    pid_t pid;
    int out;   /* its stdout, and stderr if merged; -1 once closed */
    int err;   /* its stderr, -1 if merged or closed */
    int pidfd; /* readable when it has ended */
};

/* Starts argv in `folder`. The child dies when the calling thread does, so that thread must wait for it.
 * False with *err set when the program cannot be started. */
bool process_start(struct process *process, char *const *argv, const char *folder, char *const *env,
                   bool merged, struct err *err);

/* Waits for the end (the process must have ended or be about to) and closes the descriptors. Returns the exit
 * code: 0..255, or 128 and the signal. */
int process_finish(struct process *process, struct rusage *usage);

/* The environment of a process in a box, a NULL-ended list. process_env_free frees it. Store lock held. */
char **process_env(const struct boxd *boxd, const struct box *box);
void process_env_free(char **env);

/* Kills every process that carries our mark. For the end of boxd. */
void process_kill_marked(const struct boxd *boxd);
