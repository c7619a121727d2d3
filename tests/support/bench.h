/*
 * What benches share: results as lines of JSON (tests/tools/bench.sh shows them as a table), what a process
 * uses, and boxtop in a pty on a boxd of the bench's own.
 *
 * Machines are shared and noisy, so a bench measures ours and the peer in turns; the ratio is the median of
 * the turns' ratios, the spread half the distance between its quartiles. Absolute figures are medians.
 */
#pragma once

#include "tests/support/pty.h"
#include "tests/support/service.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BENCH_LIMIT_MS = 30000 };

/* --- results, on stdout --- */

/* One figure without a peer. */
void bench_value(const char *name, const char *unit, double value);

/* As bench_value, with the figure it must reach: at most, or at least. The ratio is above 1 when it does. */
void bench_at_most(const char *name, const char *unit, double value, double limit);
void bench_at_least(const char *name, const char *unit, double value, double limit);

/* One figure of ours and of the peer's, the smaller the better. */
void bench_compare(const char *name, const char *unit, double ours, const char *peer, double theirs);

/* Seconds (or any time) of `count` turns of ours and of the peer's; ratio > 1: ours is sooner. `amount` is
 * what one turn handled: the figures shown are amount / time; 0: the times themselves. Sorts the arrays. */
void bench_turns(const char *name, const char *unit, double amount, double *ours, const char *peer,
                 double *theirs, size_t count);

/* The quantile (0..1) of the values, which get sorted. NAN for none. */
double bench_quantile(double *values, size_t count, double quantile);

/* --- processes --- */

struct bench_usage {
    double cpu_s;    /* CPU seconds so far */
    double rss_mib;  /* now */
    int64_t wakeups; /* how often its threads slept and were woken so far */
};

/* What a process uses; zeroes when it is not there. */
void bench_usage(pid_t pid, struct bench_usage *usage);

/* What a process and its children use. */
void bench_usage_all(pid_t pid, struct bench_usage *usage);

/* The children of a process, at most `room`. */
size_t bench_children(pid_t pid, pid_t *out, size_t room);

/* --- boxtop --- */

struct bench_console {
    struct service service;
    char *folder; /* HOME of boxtop: config, cache */
    struct pty *pty;
};

/* Starts boxd with these options (NULL at the end), and makes the folder. False, said on stderr, when it does
 * not come up. */
bool bench_console_init(struct bench_console *console, const char *const *options);
void bench_console_done(struct bench_console *console);

/* Starts boxtop with these further arguments (NULL at the end; NULL for none). */
bool bench_console_start(struct bench_console *console, const char *const *args, int rows, int cols);

/* Ends it in good order, so that it leaves its cache. */
void bench_console_stop(struct bench_console *console);

/* Serves the pty for this long. */
void bench_serve(struct pty *pty, int for_ms);

/* Types a key and waits until the program writes that character: milliseconds, -1 when it does not. The key
 * must be one that nothing else on the screen changes to. */
double bench_echo(struct pty *pty, char key);

/* Waits until a row shows the text and returns the seconds that took, counted from `since_us` (clock_us); a
 * negative number, said on stderr, when it does not come. */
double bench_wait_text(struct pty *pty, const char *text, int64_t since_us);

/* A program of the build tree that this one came from ("boxtop"); the caller frees it. */
char *bench_program(const char *name);
