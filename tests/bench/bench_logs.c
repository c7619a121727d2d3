/*
 * A log of one million lines, and of five, in the whole console on a screen of 50x200: opened at its end,
 * jumped through, searched and filtered, each until the result is on the screen; next to less and lnav on the
 * same text, in ptys of the same size, and to rg, which only counts. Then what a line costs in memory, all of
 * it in memory and with the configured share of it on the disk, and following 100,000 lines a second.
 *
 *   build/tests/bench/bench_logs [MILLIONS]...
 *
 * What is not installed is left out, and said.
 */
#include "client/base/clock.h"
#include "client/base/mem.h"
#include "client/text/inert.h"
#include "tests/screens/console.h"
#include "tests/support/bench.h"
#include "tests/support/run.h"
#include "tui/logroom.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    ROWS = 50,
    COLS = 200,
    BATCH = 1000,
    TURNS = 5,
    FRAME_MS = 16,
    PEER_MS = 60000,
    FOLLOW_BATCHES = 200, /* of BATCH lines: two seconds at 100,000 lines a second */
    FOLLOW_RATE = 100000,
};

static const char BOX_ID[] = "deep-fox-10002";

/* About 100 bytes, one in a thousand an error. The needle is in the middle. */
static int line_text(char *out, size_t size, int number, int lines)
{
    return snprintf(out, size, "%s request %07d GET /api/orders/%d answered %d in %d ms by worker-%d%s",
                    number % 1000 == 999 ? "error:" : "info", number, (int)(number * 7919LL % 100000),
                    number % 1000 == 999 ? 500 : 200, (int)(number * 31LL % 900), number % 16,
                    number == lines / 2 ? " needle-in-the-hay" : " of the usual pool");
}

/* Where all of it happens. */
struct bench {
    int lines;
    char label[24];
    char path[64]; /* the same text in a file */
    char last[32]; /* what the last line shows */
    struct console *console;
    bool has_less, has_lnav, has_rg;
};

/* ---- ours ---- */

static size_t add_lines(struct console *console, int from, int count, int of)
{
    struct log_line lines[BATCH];
    size_t bytes = 0;
    for (int i = 0; i < count; i++) {
        char text[256];
        int len = line_text(text, sizeof text, from + i, of);
        lines[i] = (struct log_line){.time = WORLD_WALL - 60000 + (from + i) / 100000 * 1000,
                                     .level = (from + i) % 1000 == 999 ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO,
                                     .digest = (uint64_t)from};
        inert_line(&lines[i].text, text, (size_t)len);
        bytes += (size_t)len + 1;
    }
    console_event(console,
                  world_logs(BOX_ID, from == 0 ? LOG_JOIN_RESET : LOG_JOIN_APPEND, lines, (size_t)count));
    return bytes;
}

/* A console that shows a box's log; what its lines may take is the usual, or all memory there is. */
static struct console *open_console(bool spill)
{
    struct console *console = console_bare(ROWS, COLS);
    struct linepool_options room = {.memory = SIZE_MAX / 2};
    if (spill) {
        logroom_init(&room);
        free((char *)room.folder);
        room.folder = mem_dup("/tmp");
    }
    store_limit_logs(&console->app.store, &room);
    if (spill)
        logroom_done(&room);
    struct box box[] = {world_box(BOX_ID, "bench", BOX_STATUS_RUNNING)};
    console_event(console, world_list(box, 1));
    return console;
}

static bool shows(struct console *console, const char *text)
{
    console_draw(console);
    char *picture = screen_picture(console->screen);
    bool found = strstr(picture, text) != NULL;
    free(picture);
    return found;
}

static double cpu_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* As the loop would: work, and a frame now and then, until the text is there. ms since `since`; *longest,
 * unless NULL, gets those of CPU in the longest turn, in which no key is looked at. */
static double until_shown(struct console *console, const char *text, int64_t since, double *longest)
{
    int64_t painted = 0;
    for (;;) {
        int64_t turn = clock_us();
        double cpu = cpu_ms();
        app_tick(&console->app);
        bool due = turn - painted >= FRAME_MS * 1000 || !console->app.working;
        bool found = due && shows(console, text);
        painted = due ? turn : painted;
        double took = cpu_ms() - cpu;
        if (longest != NULL && took > *longest)
            *longest = took;
        if (found)
            return (double)(clock_us() - since) / 1e3;
        if (due && !console->app.working) {
            char *picture = screen_picture(console->screen);
            fprintf(stderr, "\"%s\" is not on the screen:\n%s", text, picture);
            free(picture);
            exit(1);
        }
    }
}

static double ours(struct console *console, const char *keys, const char *typed, const char *want,
                   double *longest)
{
    console_keys(console, keys);
    console_type(console, typed);
    int64_t since = clock_us();
    if (typed[0] != '\0')
        console_keys(console, "Enter");
    return until_shown(console, want, since, longest);
}

/* ---- peers ---- */

static struct pty *start_peer(const char *const *argv)
{
    struct err err = {0};
    struct pty *pty = pty_start(&(struct pty_options){.argv = argv, .rows = ROWS, .cols = COLS}, &err);
    if (pty == NULL)
        fprintf(stderr, "%s: %s\n", argv[0], err.text);
    return pty;
}

/* ms from these keys until the text is there, or (gone) no more; -1 when that does not happen. */
static double peer(struct pty *pty, const char *keys, const char *want, bool gone)
{
    int64_t since = clock_us();
    pty_type(pty, keys);
    bool good = gone ? pty_wait_gone(pty, want, PEER_MS) : pty_wait_text(pty, want, PEER_MS);
    return good ? (double)(clock_us() - since) / 1e3 : -1;
}

static double count_with_rg(const struct bench *bench, const char *option, const char *text, size_t *found)
{
    const char *const argv[] = {"rg", "-c", option, "-F", text, bench->path, NULL};
    struct run_result result;
    int64_t since = clock_us();
    run_program(&(struct program){.argv = argv, .timeout_ms = BENCH_LIMIT_MS}, &result);
    double took = (double)(clock_us() - since) / 1e3;
    *found = (size_t)strtoul(buf_text(&result.out), NULL, 10);
    run_result_done(&result);
    return took;
}

static void compare(const struct bench *bench, const char *what, double mine, const char *name, double theirs)
{
    char text[96];
    snprintf(text, sizeof text, "log of %s lines: %s", bench->label, what);
    if (theirs > 0)
        bench_compare(text, "ms", mine, name, theirs);
    else
        bench_value(text, "ms", mine);
}

/* ---- what is measured ---- */

/* less and lnav on the file: the same steps, each once. */
struct steps {
    double open, jump, back, search, filter;
    double rss_mib;
};

static struct steps steps_of_less(const struct bench *bench)
{
    const char *const argv[] = {"less", "-n", "+G", bench->path, NULL};
    struct steps steps;
    struct bench_usage usage;
    int64_t since = clock_us();
    struct pty *pty = start_peer(argv);
    if (pty == NULL)
        return (struct steps){0};
    steps.open = pty_wait_text(pty, bench->last, PEER_MS) ? (double)(clock_us() - since) / 1e3 : -1;
    steps.jump = peer(pty, "g", "request 0000000", false);
    steps.back = peer(pty, "G", bench->last, false);
    peer(pty, "g", "request 0000000", false);
    steps.search = peer(pty, "/needle-in\r", "needle-in-the-hay", false);
    peer(pty, "g", "request 0000000", false);
    steps.filter = peer(pty, "&answered 500\r", "request 0000000", true);
    bench_usage(pty_pid(pty), &usage);
    steps.rss_mib = usage.rss_mib;
    pty_stop(pty);
    return steps;
}

static struct steps steps_of_lnav(const struct bench *bench)
{
    const char *const argv[] = {"lnav", bench->path, NULL};
    struct steps steps;
    struct bench_usage usage;
    int64_t since = clock_us();
    struct pty *pty = start_peer(argv);
    if (pty == NULL)
        return (struct steps){0};
    steps.open = pty_wait_text(pty, bench->last, PEER_MS) ? (double)(clock_us() - since) / 1e3 : -1;
    steps.jump = peer(pty, "g", "request 0000000", false);
    steps.back = peer(pty, "G", bench->last, false);
    peer(pty, "g", "request 0000000", false);
    steps.search = peer(pty, "/needle-in\r", "1 hits", false) + peer(pty, "n", "needle-in-the-hay", false);
    peer(pty, "g", "request 0000000", false);
    steps.filter = peer(pty, ":filter-in answered 500\r", "request 0000000", true);
    bench_usage(pty_pid(pty), &usage);
    steps.rss_mib = usage.rss_mib;
    pty_stop(pty);
    return steps;
}

/* The first call opens the view; the steps are those of the peers. */
static struct steps steps_of_ours(struct bench *bench, double *longest)
{
    struct console *c = bench->console;
    struct steps steps;
    int64_t since = clock_us();
    console_keys(c, "l");
    steps.open = until_shown(c, bench->last, since, longest);
    since = clock_us();
    console_keys(c, "g");
    steps.jump = until_shown(c, "request 0000000", since, longest);
    since = clock_us();
    console_keys(c, "G");
    steps.back = until_shown(c, bench->last, since, longest);
    steps.search = ours(c, "g /", "needle-in", "needle-in-the-hay", longest);
    console_keys(c, "Escape");
    steps.filter = ours(c, "g & Ctrl-u", "answered 500", "request 0000999", longest);
    console_keys(c, "Escape G 1");
    return steps;
}

static void against(const struct bench *bench, const struct steps *mine, const char *name,
                    const struct steps *theirs)
{
    compare(bench, "opened, the last line on screen", mine->open, name, theirs->open);
    compare(bench, "jump to the first line", mine->jump, name, theirs->jump);
    compare(bench, "jump to the last line", mine->back, name, theirs->back);
    compare(bench, "search, half way", mine->search, name, theirs->search);
    compare(bench, "filter, the first lines on screen", mine->filter, name, theirs->filter);
}

/* The whole count of a search on the screen, and rg's, in turns. */
static void count_against_rg(struct bench *bench, const char *what, const char *option, const char *text)
{
    double mine[TURNS], theirs[TURNS];
    char name[96], want[32];
    for (int i = 0; i < TURNS; i++) {
        size_t found;
        theirs[i] = count_with_rg(bench, option, text, &found);
        if (found >= 1000)
            snprintf(want, sizeof want, "%zu,%03zu", found / 1000, found % 1000);
        else
            snprintf(want, sizeof want, "%zu", found);
        char shown[48];
        snprintf(shown, sizeof shown, "/%s ", want);
        mine[i] = ours(bench->console, "l G /", text, shown, NULL);
        console_keys(bench->console, "Escape");
    }
    snprintf(name, sizeof name, "log of %s lines: all counted, %s", bench->label, what);
    bench_turns(name, "ms", 0, mine, "rg -c", theirs, TURNS);
}

static void memory(struct bench *bench)
{
    struct bench_usage before, after;
    char name[96];
    size_t bytes = 0;
    struct console *all = open_console(false);
    malloc_trim(0);
    bench_usage(getpid(), &before);
    int64_t start = clock_us();
    for (int at = 0; at < bench->lines; at += BATCH)
        bytes += add_lines(all, at, BATCH, bench->lines);
    double seconds = (double)(clock_us() - start) / 1e6;
    bench_usage(getpid(), &after);
    snprintf(name, sizeof name, "log of %s lines: made inert and kept", bench->label);
    bench_value(name, "1000/s", bench->lines / seconds / 1e3);
    snprintf(name, sizeof name, "log of %s lines: memory to bytes of text", bench->label);
    bench_at_most(name, "x", (after.rss_mib - before.rss_mib) * (1 << 20) / (double)bytes, 1.2);
    snprintf(name, sizeof name, "log of %s lines: bytes beyond text, a line", bench->label);
    bench_value(name, "B", ((after.rss_mib - before.rss_mib) * (1 << 20) - (double)bytes) / bench->lines);
    console_free(all);
    malloc_trim(0);
}

static void follow(struct bench *bench)
{
    double took[FOLLOW_BATCHES];
    struct bench_usage before, after;
    bench_usage(getpid(), &before);
    for (int i = 0; i < FOLLOW_BATCHES; i++) {
        double cpu = cpu_ms();
        add_lines(bench->console, bench->lines + i * BATCH, BATCH, bench->lines);
        app_tick(&bench->console->app);
        if (i % 2 == 0) /* a frame for about each 16 ms of lines */
            console_draw(bench->console);
        took[i] = cpu_ms() - cpu;
    }
    bench_usage(getpid(), &after);
    char name[96];
    double seconds = (double)FOLLOW_BATCHES * BATCH / FOLLOW_RATE, cpu = after.cpu_s - before.cpu_s;
    snprintf(name, sizeof name, "log of %s lines, followed at 100,000 a second: CPU", bench->label);
    bench_at_most(name, "%", cpu / seconds * 100, 25);
    snprintf(name, sizeof name, "log of %s lines, followed: CPU of 1000 lines and a frame, p99",
             bench->label);
    bench_at_most(name, "ms", bench_quantile(took, FOLLOW_BATCHES, 0.99), FRAME_MS);
}

static bool write_text(struct bench *bench)
{
    FILE *file = fopen(bench->path, "we");
    char text[256];
    for (int i = 0; file != NULL && i < bench->lines; i++) {
        line_text(text, sizeof text, i, bench->lines);
        fprintf(file, "%s\n", text);
    }
    return file != NULL && fclose(file) == 0;
}

static void with_peers(struct bench *bench)
{
    double longest = 0;
    console_keys(bench->console, "l z 1");
    struct steps mine = steps_of_ours(bench, &longest);
    if (bench->has_less) {
        struct steps less = steps_of_less(bench);
        against(bench, &mine, "less", &less);
    }
    mine = steps_of_ours(bench, &longest);
    if (bench->has_lnav) {
        struct steps lnav = steps_of_lnav(bench);
        struct bench_usage usage;
        char name[96];
        against(bench, &mine, "lnav", &lnav);
        bench_usage(getpid(), &usage);
        snprintf(name, sizeof name, "log of %s lines: RSS, with the disk", bench->label);
        bench_compare(name, "MiB", usage.rss_mib, "lnav", lnav.rss_mib);
    }
    char name[96];
    snprintf(name, sizeof name, "log of %s lines: CPU of the longest turn", bench->label);
    bench_at_most(name, "ms", longest, FRAME_MS);
    if (bench->has_rg) {
        count_against_rg(bench, "any case", "-i", "needle-in");
        count_against_rg(bench, "exact", "-s", "GET /api/orders/77777");
        count_against_rg(bench, "one in a thousand", "-i", "answered 500");
    }
}

static bool has(const char *path, const char *name)
{
    if (access(path, X_OK) == 0)
        return true;
    fprintf(stderr, "%s is not installed: it is left out\n", name);
    return false;
}

static bool run(int millions)
{
    struct bench bench = {.lines = millions * 1000000,
                          .path = "/tmp/bench_logs_XXXXXX",
                          .has_less = has("/usr/bin/less", "less"),
                          .has_lnav = has("/usr/bin/lnav", "lnav"),
                          .has_rg = has("/usr/bin/rg", "rg")};
    snprintf(bench.label, sizeof bench.label, "%d M", millions);
    snprintf(bench.last, sizeof bench.last, "request %07d", bench.lines - 1);
    int fd = mkstemp(bench.path);
    if (fd < 0 || close(fd) != 0 || !write_text(&bench))
        return false;
    memory(&bench);
    bench.console = open_console(true);
    for (int at = 0; at < bench.lines; at += BATCH)
        add_lines(bench.console, at, BATCH, bench.lines);
    with_peers(&bench);
    follow(&bench);
    console_free(bench.console);
    unlink(bench.path);
    return true;
}

int main(int argc, char **argv)
{
    if (argc == 1)
        return run(1) && run(5) ? 0 : 1;
    for (int i = 1; i < argc; i++)
        if (!run(atoi(argv[i])))
            return 1;
    return 0;
}
