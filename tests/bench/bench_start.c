/*
 * The real boxtop in a pty on boxd: how soon the first frame and the list are there, against the SDK's
 * Box.list in node; what it uses while nothing happens; what polling costs and how fresh it keeps the screen.
 *
 *   build/tests/bench/bench_start [NUMBER_OF_BOXES | polling]...
 *
 * The SDK is looked for where tests/interop/run.sh leaves it; without it or without node there is no peer.
 */
#include "tests/support/bench.h"

#include "client/base/clock.h"
#include "client/base/mem.h"
#include "tests/support/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    ROWS = 50,
    COLS = 160,
    FRAMES = 9,       /* starts for the first frame */
    STARTS = 5,       /* starts for a list */
    SETTLE_MS = 3000, /* until everything on screen was asked once, with --rate 300 */
    ROUND_MS = 12000, /* the same at the usual rate */
    IDLE_MS = 10000,
    POLL_MS = 4000,
    CHANGES = 8,
    CHANGES_OFF_SCREEN = 3,
};

/* --- start --- */

/* Seconds from exec to a text on the screen; -1 when it did not come. */
static double start_until(struct bench_console *console, const char *text)
{
    bench_console_stop(console);
    int64_t start = clock_us();
    if (!bench_console_start(console, NULL, ROWS, COLS))
        return -1;
    return bench_wait_text(console->pty, text, start);
}

static bool first_frame(struct bench_console *console, const char *name)
{
    double seconds[FRAMES], cpu[FRAMES];
    char of_cpu[64];
    for (int i = 0; i < FRAMES; i++) {
        struct bench_usage usage;
        seconds[i] = start_until(console, "boxtop") * 1e3;
        if (seconds[i] < 0)
            return false;
        bench_usage(pty_pid(console->pty), &usage);
        cpu[i] = usage.cpu_s * 1e3;
    }
    bench_at_most(name, "ms", bench_quantile(seconds, FRAMES, 0.5), 15);
    snprintf(of_cpu, sizeof of_cpu, "%s: CPU", name);
    bench_value(of_cpu, "ms", bench_quantile(cpu, FRAMES, 0.5));
    return true;
}

/* The seconds that node takes to list the boxes with the SDK; *rss in MiB. 0 when it cannot. */
static double sdk_list(const struct bench_console *console, double *rss)
{
    char *script = bench_program("interop/list.mjs"),
         *url = mem_format("UPSTASH_BOX_BASE_URL=%s", console->service.url),
         *key = mem_format("UPSTASH_BOX_API_KEY=%s", console->service.api_key);
    const char *argv[] = {"node", script, NULL}, *env[] = {url, key, "UPSTASH_DISABLE_TELEMETRY=1", NULL};
    struct run_result result;
    double seconds = 0;
    int64_t start = clock_us();
    if (access(script, R_OK) == 0) {
        run_program(&(struct program){.argv = argv, .env = env, .timeout_ms = BENCH_LIMIT_MS}, &result);
        const char *said = strchr(buf_text(&result.out), ' ');
        if (result.status == 0 && said != NULL) {
            seconds = (double)(clock_us() - start) / 1e6;
            *rss = strtod(said, NULL);
        }
        run_result_done(&result);
    }
    free(script);
    free(url);
    free(key);
    return seconds;
}

static bool list_of(struct bench_console *console, int boxes, double rss_limit)
{
    double ours[STARTS], theirs[STARTS], memory = 0, rss = 0;
    char name[64], text[32];
    bool peer = true;
    snprintf(text, sizeof text, "%d boxes:", boxes);
    for (int i = 0; i < STARTS; i++) {
        char *cache = mem_format("%s/.cache", console->folder);
        const char *argv[] = {"rm", "-rf", cache, NULL};
        struct run_result result;
        bench_console_stop(console);
        run_program(&(struct program){.argv = argv, .timeout_ms = BENCH_LIMIT_MS}, &result);
        run_result_done(&result);
        free(cache);
        ours[i] = start_until(console, text) * 1e3;
        if (ours[i] < 0)
            return false;
        struct bench_usage usage;
        bench_usage(pty_pid(console->pty), &usage);
        memory = usage.rss_mib;
        bench_console_stop(console);
        theirs[i] = sdk_list(console, &rss) * 1e3;
        peer = peer && theirs[i] > 0;
    }
    snprintf(name, sizeof name, "start to %d boxes on screen", boxes);
    if (peer)
        bench_turns(name, "ms", 0, ours, "node Box.list", theirs, STARTS);
    else
        bench_value(name, "ms", bench_quantile(ours, STARTS, 0.5));
    snprintf(name, sizeof name, "RSS with %d boxes", boxes);
    bench_at_most(name, "MiB", memory, rss_limit);
    return true;
}

/* --- idle --- */

static bool idle(struct bench_console *console)
{
    struct bench_usage before, after;
    size_t from, to;
    if (start_until(console, "100 boxes:") < 0)
        return false;
    bench_serve(console->pty, ROUND_MS);
    pty_bytes(console->pty, &from);
    bench_usage(pty_pid(console->pty), &before);
    int64_t start = clock_us();
    bench_serve(console->pty, IDLE_MS);
    bench_usage(pty_pid(console->pty), &after);
    double seconds = (double)(clock_us() - start) / 1e6;
    pty_bytes(console->pty, &to);
    bench_at_most("idle CPU, 100 boxes polled", "%", (after.cpu_s - before.cpu_s) / seconds * 100, 0.1);
    bench_value("idle wake-ups, 100 boxes polled", "a second",
                (double)(after.wakeups - before.wakeups) / seconds);
    bench_value("idle bytes drawn, 100 boxes polled", "a second", (double)(to - from) / seconds);
    bench_at_most("idle RSS, 100 boxes polled", "MiB", after.rss_mib, 16);
    return true;
}

/* --- polling --- */

/* Changes a box in the service, and waits until the screen shows a text. The seconds; -1 when it does not. */
static double change_until(struct bench_console *console, const char *body, const char *text)
{
    struct answer answer;
    service_ask(&console->service, "POST", "/_boxd/box", body, 0, &answer);
    int status = answer.status;
    answer_done(&answer);
    if (status / 100 != 2)
        fprintf(stderr, "boxd does not take %s: %d\n", body, status);
    return status / 100 == 2 ? bench_wait_text(console->pty, text, clock_us()) : -1;
}

/* A box off screen is made anew, in turns; the header counts those. */
static bool freshness_of_rest(struct bench_console *console, double *seconds)
{
    for (int i = 0; i < CHANGES_OFF_SCREEN; i++) {
        struct answer answer;
        seconds[i] = change_until(console, "{\"id\":\"zzz-last-00001\",\"status\":\"creating\"}", " 1 new");
        if (seconds[i] < 0)
            return false;
        service_ask(&console->service, "POST", "/_boxd/box",
                    "{\"id\":\"zzz-last-00001\",\"status\":\"idle\"}", 0, &answer);
        answer_done(&answer);
        bench_serve(console->pty, SETTLE_MS + 330 * i); /* gone again, and at another point of the period */
    }
    return true;
}

/* Changes a box's name, in turns, and waits for the console to show it. The first box of the list. */
static bool freshness(struct bench_console *console, const char *box_id, double *seconds)
{
    for (int i = 0; i < CHANGES; i++) {
        char name[32], *body;
        snprintf(name, sizeof name, "fresh-%d-%d", (int)getpid(), i);
        body = mem_format("{\"id\":\"%s\",\"name\":\"%s\"}", box_id, name);
        seconds[i] = change_until(console, body, name);
        free(body);
        if (seconds[i] < 0)
            return false;
        bench_serve(console->pty, 70 * i); /* at another point of the period each time */
    }
    return true;
}

static bool polling(int boxes)
{
    struct bench_console console;
    char count[16], name[64], shown[32];
    const char *options[] = {"--boxes", count, NULL}, *args[] = {"--rate", "300", NULL};
    double seconds[CHANGES];
    struct bench_usage before, after;
    snprintf(count, sizeof count, "%d", boxes);
    snprintf(shown, sizeof shown, "%d boxes:", boxes + 2);
    if (!bench_console_init(&console, options))
        return false;
    service_do(&console.service, "POST", "/_boxd/box", "{\"id\":\"aaa-first-00001\",\"status\":\"error\"}");
    service_do(&console.service, "POST", "/_boxd/box", "{\"id\":\"zzz-last-00001\",\"status\":\"idle\"}");
    bool good = bench_console_start(&console, args, ROWS, COLS) &&
                bench_wait_text(console.pty, shown, clock_us()) >= 0;
    if (good) {
        bench_serve(console.pty, SETTLE_MS);
        bench_usage(pty_pid(console.pty), &before);
        int64_t start = clock_us();
        bench_serve(console.pty, POLL_MS);
        bench_usage(pty_pid(console.pty), &after);
        double passed = (double)(clock_us() - start) / 1e6;
        snprintf(name, sizeof name, "polling %d boxes, --rate 300: CPU", boxes);
        bench_at_most(name, "%", (after.cpu_s - before.cpu_s) / passed * 100, 3);
        snprintf(name, sizeof name, "polling %d boxes, --rate 300: RSS", boxes);
        bench_at_most(name, "MiB", after.rss_mib, 30);
        good = freshness(&console, "aaa-first-00001", seconds);
    }
    if (good) {
        snprintf(name, sizeof name, "polling %d boxes: visible change, p99", boxes);
        bench_at_most(name, "s", bench_quantile(seconds, CHANGES, 0.99), 2);
        good = freshness_of_rest(&console, seconds);
    }
    if (good) {
        snprintf(name, sizeof name, "polling %d boxes: change off screen, p99", boxes);
        bench_at_most(name, "s", bench_quantile(seconds, CHANGES_OFF_SCREEN, 0.99), 10);
    }
    bench_console_done(&console);
    return good;
}

/* --- all --- */

static bool starts(int boxes, double rss_limit)
{
    struct bench_console console;
    char count[16];
    const char *options[] = {"--boxes", count, NULL};
    snprintf(count, sizeof count, "%d", boxes);
    if (!bench_console_init(&console, options))
        return false;
    bool good =
        boxes > 0 ? list_of(&console, boxes, rss_limit) : first_frame(&console, "first frame, no box");
    if (good && boxes == 100) {
        good = first_frame(&console, "first frame, cache of 100 boxes") && idle(&console);
    }
    bench_console_done(&console);
    return good;
}

/* All, or the sizes that are named: `bench_start 100`; for polling `bench_start polling`. */
static bool wanted(int argc, char **argv, const char *what)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], what) == 0)
            return true;
    return argc == 1;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *boxes;
        double rss_mib;
    } sizes[] = {{"0", 16}, {"12", 16}, {"100", 16}, {"1000", 30}, {"10000", 32}};
    bool good = true;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        if (wanted(argc, argv, sizes[i].boxes))
            good = starts(atoi(sizes[i].boxes), sizes[i].rss_mib) && good;
    for (int boxes = 1; boxes <= 1000 && wanted(argc, argv, "polling"); boxes *= 10)
        good = polling(boxes) && good;
    return good ? 0 : 1;
}
