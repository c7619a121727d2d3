/*
 * A program that goes on while the test does other things, its output in files: for verbs that follow. It
 * ends with the test. Functions fail the running test, with what the program said, when what is waited for
 * does not come.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct child {
    pid_t pid;
    char *out, *err; /* names of the files */
};

/* Starts argv[0] (a path; NULL at the end) with additions to our environment (NULL for none). */
void child_start(struct child *child, const char *const *argv, const char *const *env);

/* Ends it by force if it still runs, and removes the files. A zeroed struct is fine. */
void child_done(struct child *child);

/* What it wrote so far. The caller frees it. */
char *child_out(const struct child *child);
char *child_err(const struct child *child);

/* How often a text stands in what it wrote. */
size_t child_count(const char *file, const char *text);

/* Waits until a text stands in its output, or among its errors. */
void child_says(const struct child *child, const char *text);
void child_complains(const struct child *child, const char *text);

/* Whether it still runs; waits for its end. The exit status, or 128 + signal. */
bool child_runs(const struct child *child);
int child_wait(struct child *child);
