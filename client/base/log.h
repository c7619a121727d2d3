/*
 * The debug log: one line per fact, with time and module, in a 0600 file that only `--log FILE` opens.
 * Without it nothing is written and the arguments cost a branch. Never writes to the terminal. Secrets that
 * were registered are replaced by
 * `***` in every form they may take (as they are, URL-encoded, base64, hex, JSON-escaped). Control bytes are
 * written as \xNN. Safe to call from any thread.
 */
#pragma once

#include "client/base/err.h"

#include <stdbool.h>
#include <stddef.h>

/* Opens the log for appending (O_NOFOLLOW, 0600). False with *err set when that fails. */
bool log_open(const char *path, struct err *err);

/* Closes the log and forgets the secrets. */
void log_close(void);

/* Whether lines are written: for callers whose arguments are costly to make. */
bool log_on(void);

/* Registers a secret (8 bytes or more; shorter ones are ignored) that must never appear. At most 8 are kept;
 * the oldest goes. */
void log_hide_secret(const char *secret);

/* One line. `module` is the file's own name for itself, e.g. "http". */
void log_line(const char *module, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Replaces every form of every registered secret in `text` by `***`: a new string that the caller frees. Also
 * used by recordings and screen dumps. */
char *log_redact(const char *text, size_t len);

/* Where, at `from` or after it, the first form of a secret begins in `text`, and *hidden, how long it is;
 * `len` when there is none. Looks at few of the bytes. */
size_t log_find_secret(const char *text, size_t len, size_t from, size_t *hidden);

/* How many bytes at the end of `text` may be the beginning of a form of a secret: a stream that is redacted
 * piece by piece holds them back until more has come. */
size_t log_secret_tail(const char *text, size_t len);
