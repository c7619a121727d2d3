/*
 * How long a key takes to the screen while the console is busy: 10,000 boxes are listed anew every two
 * seconds, a hundred others are asked each second, and one box's log grows by 100,000 lines a second and is
 * followed on screen. The keys are typed into the log's search prompt and into the list's filter, whose every
 * key sifts the boxes.
 *
 *   build/tests/bench/bench_keys
 */
#include "client/base/clock.h"
#include "client/base/mem.h"
#include "tests/support/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROWS = 50,
    COLS = 160,
    BOXES = 10000,
    ROUNDS = 25,
    KEYS = 7,             /* a round */
    BETWEEN_KEYS_MS = 37, /* not in step with frames or seconds */
    SETTLE_MS = 4000,
    FRAME_MS = 16,
};

static const char BUSY[] = "aaa-busy-00001", keys[] = "#@%&~^=";

/* Bytes that a process has read so far, from files and sockets. */
static double read_so_far(pid_t pid)
{
    char path[64], line[128];
    double bytes = 0;
    snprintf(path, sizeof path, "/proc/%d/io", (int)pid);
    FILE *file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "rchar:", 6) == 0)
            bytes = strtod(line + 6, NULL);
    if (file != NULL)
        fclose(file);
    return bytes;
}

/* Opens a prompt with a key, types into it, and leaves it; milliseconds for each key that was typed. */
static bool type_round(struct pty *pty, const char *open, double *ms)
{
    pty_type(pty, open);
    bench_serve(pty, BETWEEN_KEYS_MS);
    for (int i = 0; i < KEYS; i++) {
        ms[i] = bench_echo(pty, keys[i]);
        if (ms[i] < 0)
            return false;
        bench_serve(pty, BETWEEN_KEYS_MS);
    }
    pty_type(pty, "\x1b");
    bench_serve(pty, 4 * BETWEEN_KEYS_MS);
    return true;
}

static bool measure(struct pty *pty, const char *what, const char *open)
{
    static double ms[ROUNDS * KEYS];
    char name[80];
    struct bench_usage before, after;
    double bytes = read_so_far(pty_pid(pty));
    bench_usage(pty_pid(pty), &before);
    int64_t start = clock_us();
    for (int i = 0; i < ROUNDS; i++)
        if (!type_round(pty, open, ms + (ptrdiff_t)i * KEYS))
            return false;
    double seconds = (double)(clock_us() - start) / 1e6;
    bench_usage(pty_pid(pty), &after);
    snprintf(name, sizeof name, "key to screen, %s: p50", what);
    bench_at_most(name, "ms", bench_quantile(ms, ROUNDS * KEYS, 0.5), FRAME_MS);
    snprintf(name, sizeof name, "key to screen, %s: p99", what);
    bench_at_most(name, "ms", bench_quantile(ms, ROUNDS * KEYS, 0.99), FRAME_MS);
    snprintf(name, sizeof name, "meanwhile, %s: read", what);
    bench_value(name, "MB/s", (read_so_far(pty_pid(pty)) - bytes) / seconds / 1e6);
    snprintf(name, sizeof name, "meanwhile, %s: CPU", what);
    bench_value(name, "%", (after.cpu_s - before.cpu_s) / seconds * 100);
    return true;
}

int main(void)
{
    struct bench_console console;
    char boxes[16], shown[32];
    const char *options[] = {"--boxes", boxes, "--log-rate", "100000", NULL},
               *args[] = {BUSY, "--rate", "300", NULL};
    snprintf(boxes, sizeof boxes, "%d", BOXES);
    snprintf(shown, sizeof shown, "%d boxes:", BOXES + 1);
    if (!bench_console_init(&console, options))
        return 1;
    char *body = mem_format("{\"id\":\"%s\",\"status\":\"running\"}", BUSY);
    service_do(&console.service, "POST", "/_boxd/box", body);
    free(body);
    bool good = bench_console_start(&console, args, ROWS, COLS) &&
                bench_wait_text(console.pty, shown, clock_us()) >= 0;
    if (good) {
        bench_serve(console.pty, SETTLE_MS);
        good = measure(console.pty, "10,000 boxes and a log", "/");
    }
    if (good) {
        pty_type(console.pty, "1"); /* the list */
        bench_serve(console.pty, SETTLE_MS / 4);
        good = measure(console.pty, "filter of 10,000 boxes", "/");
    }
    bench_console_done(&console);
    return good ? 0 : 1;
}
