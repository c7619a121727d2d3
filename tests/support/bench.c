#include "tests/support/bench.h"

#include "client/base/clock.h"
#include "client/base/mem.h"
#include "tests/support/run.h"

#include <dirent.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WORDS_MAX = 32, STOP_MS = 5000, TURNS_MAX = 1024, CHILDREN_MAX = 16 };

/* --- results --- */

void bench_value(const char *name, const char *unit, double value)
{
    printf("{\"bench\": \"%s\", \"unit\": \"%s\", \"ours\": %.4g}\n", name, unit, value);
    fflush(stdout);
}

static void print_figure(const char *name, const char *unit, double value, const char *sign, double limit,
                         double ratio)
{
    printf("{\"bench\": \"%s\", \"unit\": \"%s\", \"ours\": %.4g, \"peer\": \"must be %s\", \"theirs\": %g, "
           "\"ratio\": %.2f}\n",
           name, unit, value, sign, limit, ratio);
    fflush(stdout);
}

void bench_at_most(const char *name, const char *unit, double value, double limit)
{
    print_figure(name, unit, value, "<=", limit, value > 0 ? limit / value : 1);
}

void bench_at_least(const char *name, const char *unit, double value, double limit)
{
    print_figure(name, unit, value, ">=", limit, value / limit);
}

void bench_compare(const char *name, const char *unit, double ours, const char *peer, double theirs)
{
    printf("{\"bench\": \"%s\", \"unit\": \"%s\", \"ours\": %.4g, \"peer\": \"%s\", \"theirs\": %.4g, "
           "\"ratio\": %.2f}\n",
           name, unit, ours, peer, theirs, ours > 0 ? theirs / ours : 1);
    fflush(stdout);
}

static int by_value(const void *a, const void *b)
{
    double difference = *(const double *)a - *(const double *)b;
    return (difference > 0) - (difference < 0);
}

double bench_quantile(double *values, size_t count, double quantile)
{
    if (count == 0)
        return NAN;
    qsort(values, count, sizeof *values, by_value);
    return values[(size_t)(quantile * (double)(count - 1) + 0.5)];
}

void bench_turns(const char *name, const char *unit, double amount, double *ours, const char *peer,
                 double *theirs, size_t count)
{
    double ratios[TURNS_MAX];
    count = count < TURNS_MAX ? count : TURNS_MAX;
    for (size_t i = 0; i < count; i++)
        ratios[i] = theirs[i] / ours[i];
    double spread = (bench_quantile(ratios, count, 0.75) - bench_quantile(ratios, count, 0.25)) / 2;
    double mine = bench_quantile(ours, count, 0.5), others = bench_quantile(theirs, count, 0.5);
    printf("{\"bench\": \"%s\", \"unit\": \"%s\", \"ours\": %.4g, \"peer\": \"%s\", \"theirs\": %.4g, "
           "\"ratio\": %.2f, \"spread\": %.2f}\n",
           name, unit, amount > 0 ? amount / mine : mine, peer, amount > 0 ? amount / others : others,
           bench_quantile(ratios, count, 0.5), spread);
    fflush(stdout);
}

/* --- processes --- */

/* The number after a word in a file of /proc; 0 when it is not there. */
static int64_t read_number(const char *path, const char *word)
{
    char line[256];
    long long number = 0;
    FILE *file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, word, strlen(word)) == 0) {
            number = strtoll(line + strlen(word), NULL, 10);
            break;
        }
    }
    if (file != NULL)
        fclose(file);
    return number;
}

void bench_usage(pid_t pid, struct bench_usage *usage)
{
    char path[300];
    struct timespec cpu = {0};
    clockid_t clock;
    *usage = (struct bench_usage){0};
    if (clock_getcpuclockid(pid, &clock) == 0 && clock_gettime(clock, &cpu) == 0)
        usage->cpu_s = (double)cpu.tv_sec + (double)cpu.tv_nsec / 1e9;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    usage->rss_mib = (double)read_number(path, "VmRSS:") / 1024;
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *tasks = opendir(path);
    for (struct dirent *task; tasks != NULL && (task = readdir(tasks)) != NULL;) {
        if (task->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "/proc/%d/task/%s/status", (int)pid, task->d_name);
        usage->wakeups += read_number(path, "voluntary_ctxt_switches:");
    }
    if (tasks != NULL)
        closedir(tasks);
}

size_t bench_children(pid_t pid, pid_t *out, size_t room)
{
    char path[64];
    size_t count = 0;
    int child;
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
    FILE *file = fopen(path, "re");
    while (file != NULL && count < room && fscanf(file, "%d", &child) == 1)
        out[count++] = child;
    if (file != NULL)
        fclose(file);
    return count;
}

void bench_usage_all(pid_t pid, struct bench_usage *usage)
{
    pid_t children[CHILDREN_MAX];
    bench_usage(pid, usage);
    size_t count = bench_children(pid, children, CHILDREN_MAX);
    for (size_t i = 0; i < count; i++) {
        struct bench_usage child;
        bench_usage(children[i], &child);
        usage->cpu_s += child.cpu_s;
        usage->rss_mib += child.rss_mib;
        usage->wakeups += child.wakeups;
    }
}

/* --- boxtop --- */

char *bench_program(const char *name)
{
    char *program = realpath("/proc/self/exe", NULL);
    for (int up = 0; program != NULL && up < 3; up++) /* OUT/tests/bench/PROGRAM */
        *strrchr(program, '/') = '\0';
    char *path = mem_format("%s/%s", program != NULL ? program : ".", name);
    free(program);
    return path;
}

static void remove_folder(const char *folder)
{
    const char *argv[] = {"rm", "-rf", folder, NULL};
    struct run_result result;
    run_program(&(struct program){.argv = argv, .timeout_ms = BENCH_LIMIT_MS}, &result);
    run_result_done(&result);
}

bool bench_console_init(struct bench_console *console, const char *const *options)
{
    const char *above = getenv("TMPDIR");
    *console =
        (struct bench_console){.folder = mem_format("%s/bench_XXXXXX", above != NULL ? above : "/tmp")};
    if (mkdtemp(console->folder) != NULL && service_start(&console->service, options))
        return true;
    fprintf(stderr, "boxd did not start\n");
    bench_console_done(console);
    return false;
}

void bench_console_done(struct bench_console *console)
{
    bench_console_stop(console);
    service_stop(&console->service);
    if (console->folder != NULL)
        remove_folder(console->folder);
    free(console->folder);
    *console = (struct bench_console){0};
}

bool bench_console_start(struct bench_console *console, const char *const *args, int rows, int cols)
{
    char *program = bench_program("boxtop"), *home = mem_format("HOME=%s", console->folder),
         *url = mem_format("UPSTASH_BOX_BASE_URL=%s", console->service.url),
         *key = mem_format("UPSTASH_BOX_API_KEY=%s", console->service.api_key);
    const char *argv[WORDS_MAX] = {program}, *env[] = {home, url, key, NULL};
    struct err err = {0};
    for (size_t i = 0; args != NULL && args[i] != NULL && i < WORDS_MAX - 2; i++)
        argv[i + 1] = args[i];
    bench_console_stop(console);
    console->pty =
        pty_start(&(struct pty_options){.argv = argv, .env = env, .rows = rows, .cols = cols}, &err);
    if (console->pty == NULL)
        fprintf(stderr, "%s\n", err.text);
    free(program);
    free(home);
    free(url);
    free(key);
    return console->pty != NULL;
}

void bench_console_stop(struct bench_console *console)
{
    if (console->pty == NULL)
        return;
    int status;
    kill(pty_pid(console->pty), SIGTERM);
    pty_wait_exit(console->pty, &status, STOP_MS);
    pty_stop(console->pty);
    console->pty = NULL;
}

static bool never(struct pty *pty, void *data)
{
    (void)pty;
    (void)data;
    return false;
}

void bench_serve(struct pty *pty, int for_ms)
{
    pty_try(pty, never, NULL, for_ms);
}

struct echo {
    size_t from; /* bytes before the key */
    char key;
};

static bool has_echo(struct pty *pty, void *data)
{
    const struct echo *echo = data;
    size_t len;
    const char *bytes = pty_bytes(pty, &len);
    return len > echo->from && memchr(bytes + echo->from, echo->key, len - echo->from) != NULL;
}

double bench_echo(struct pty *pty, char key)
{
    struct echo echo = {.key = key};
    pty_bytes(pty, &echo.from);
    int64_t start = clock_us();
    pty_type_bytes(pty, &key, 1);
    if (!pty_wait(pty, has_echo, &echo, BENCH_LIMIT_MS))
        return -1;
    return (double)(clock_us() - start) / 1e3;
}

double bench_wait_text(struct pty *pty, const char *text, int64_t since_us)
{
    if (!pty_wait_text(pty, text, BENCH_LIMIT_MS))
        return -1;
    return (double)(clock_us() - since_us) / 1e6;
}
