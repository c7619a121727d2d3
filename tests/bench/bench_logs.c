/*
 * A log of a million lines in the whole console (no service): taking them in, the end and the start on
 * screen, a literal search and a filter over all of them against rg and grep on the same text in turns, the
 * bytes a line takes, and following at 100,000 lines a second.
 */
#include "client/base/clock.h"
#include "client/text/inert.h"
#include "tests/support/bench.h"
#include "tests/support/run.h"
#include "tests/support/world.h"
#include "tui/logbook.h"
#include "tui/pattern.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    LINES = 1000000,
    BATCH = 1000,
    TURNS = 5,
    CAP = 1 << 30,
    FOLLOW_BATCHES = 200, /* of BATCH lines: two seconds at 100,000 lines a second */
    FOLLOW_RATE = 100000,
};

/* About 100 bytes, one in a thousand an error; the needle is in the first line only. */
static int line_text(char *out, size_t size, int number)
{
    return snprintf(out, size, "%s request %07d GET /api/orders/%d answered %d in %d ms by worker-%d%s",
                    number % 1000 == 999 ? "error:" : "info", number, number * 7919 % 100000,
                    number % 1000 == 999 ? 500 : 200, number * 31 % 900, number % 16,
                    number == 0 ? " needle-in-the-hay" : " of the usual pool");
}

static size_t add_lines(struct logbook *book, int from, int count)
{
    struct log_line lines[BATCH];
    size_t bytes = 0;
    for (int i = 0; i < count; i++) {
        char text[256];
        int len = line_text(text, sizeof text, from + i);
        lines[i] = (struct log_line){.time = WORLD_WALL, .level = LOG_LEVEL_INFO, .digest = (uint64_t)from};
        inert_line(&lines[i].text, text, (size_t)len);
        bytes += (size_t)len + 1;
    }
    logbook_join(book, lines, (size_t)count, LOG_JOIN_APPEND, 0);
    return bytes;
}

static bool write_text(const char *path)
{
    FILE *file = fopen(path, "we");
    char text[256];
    for (int i = 0; file != NULL && i < LINES; i++) {
        line_text(text, sizeof text, i);
        fprintf(file, "%s\n", text);
    }
    return file != NULL && fclose(file) == 0;
}

/* How many lines match: what a filter looks at. */
static size_t count_matches(const struct logbook *book, const char *typed)
{
    struct err err = {0};
    struct pattern *pattern = pattern_new(typed, &err);
    size_t found = 0;
    if (pattern == NULL)
        return 0;
    for (int64_t number = book->first_number; number < logbook_end(book); number++) {
        const struct text *text = &logbook_at(book, number)->line.text;
        size_t at, end;
        found += pattern_find(pattern, text->bytes, text->len, 0, &at, &end);
    }
    pattern_free(pattern);
    return found;
}

static double peer_count(const char *const *argv, size_t *found)
{
    struct run_result result;
    int64_t start = clock_us();
    run_program(&(struct program){.argv = argv, .timeout_ms = BENCH_LIMIT_MS}, &result);
    double took = (double)(clock_us() - start) / 1e3;
    *found = (size_t)strtoul(buf_text(&result.out), NULL, 10);
    run_result_done(&result);
    return took;
}

/* The same count by us and by a peer, in turns. */
static bool search_against(const struct logbook *book, const char *peer, const char *const *argv,
                           const char *what, const char *typed)
{
    double ours[TURNS], theirs[TURNS];
    char name[64];
    size_t other = 0;
    for (int i = 0; i < TURNS; i++) {
        int64_t start = clock_us();
        size_t found = count_matches(book, typed);
        ours[i] = (double)(clock_us() - start) / 1e3;
        theirs[i] = peer_count(argv, &other);
        if (found != other) {
            fprintf(stderr, "%s: %zu lines here, %zu for %s\n", typed, found, other, peer);
            return false;
        }
    }
    snprintf(name, sizeof name, "log of 1 M lines: %s", what);
    bench_turns(name, "ms", 0, ours, peer, theirs, TURNS);
    return true;
}

static bool searches(const struct logbook *book)
{
    char path[] = "/tmp/bench_logs_XXXXXX";
    int fd = mkstemp(path);
    if (fd < 0 || close(fd) != 0 || !write_text(path))
        return false;
    const char *rg_rare[] = {"rg", "-c", "-i", "-F", "needle-in", path, NULL};
    const char *grep_rare[] = {"grep", "-c", "-i", "-F", "needle-in", path, NULL};
    const char *rg_case[] = {"rg", "-c", "-F", "GET /api/orders/77777", path, NULL};
    const char *grep_case[] = {"grep", "-c", "-F", "GET /api/orders/77777", path, NULL};
    bool has_rg = access("/usr/bin/rg", X_OK) == 0;
    bool good = search_against(book, "grep -c -i", grep_rare, "search, any case", "needle-in") &&
                search_against(book, "grep -c", grep_case, "search, exact", "GET /api/orders/77777");
    if (good && has_rg)
        good = search_against(book, "rg -c -i", rg_rare, "search, any case", "needle-in") &&
               search_against(book, "rg -c", rg_case, "search, exact", "GET /api/orders/77777");
    unlink(path);
    return good;
}

static bool follow(struct logbook *book)
{
    double longest[FOLLOW_BATCHES];
    struct bench_usage before, after;
    bench_usage(getpid(), &before);
    for (int i = 0; i < FOLLOW_BATCHES; i++) {
        int64_t start = clock_us();
        add_lines(book, LINES + i * BATCH, BATCH);
        longest[i] = (double)(clock_us() - start) / 1e3;
    }
    bench_usage(getpid(), &after);
    double lines = (double)FOLLOW_BATCHES * BATCH, cpu = after.cpu_s - before.cpu_s;
    bench_at_most("log follow at 100,000 lines a second: CPU", "%", cpu / (lines / FOLLOW_RATE) * 100, 25);
    bench_at_most("log follow: 1000 lines taken in, p99", "ms", bench_quantile(longest, FOLLOW_BATCHES, 0.99),
                  16);
    return true;
}

int main(void)
{
    struct logbook book;
    struct bench_usage before, after;
    size_t bytes = 0;
    logbook_init(&book, CAP);
    bench_usage(getpid(), &before);
    int64_t start = clock_us();
    for (int at = 0; at < LINES; at += BATCH)
        bytes += add_lines(&book, at, BATCH);
    double seconds = (double)(clock_us() - start) / 1e6;
    bench_usage(getpid(), &after);
    bench_value("log: lines made inert and kept", "1000/s", LINES / seconds / 1e3);
    bench_at_most("log of 1 M lines: memory to bytes of text", "x",
                  (after.rss_mib - before.rss_mib) * (1 << 20) / (double)bytes, 1.2);
    bench_value("log of 1 M lines: bytes beyond text, a line", "B",
                ((after.rss_mib - before.rss_mib) * (1 << 20) - (double)bytes) / LINES);
    bool good = searches(&book) && follow(&book);
    logbook_done(&book);
    return good ? 0 : 1;
}
