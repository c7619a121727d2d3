/*
 * How long a key takes to the screen while events pour in: a list of 10,000 boxes every two seconds and a log
 * that grows by 100,000 lines a second and is followed on screen. The console is the real one, loop and
 * terminal; behind client.h stands a thread that makes these events, as fast as no service would send them.
 * The keys are typed into the log's search prompt, and into the list's filter, which sifts the boxes at each
 * key. The peer is a bare tty that echoes: what the machine itself takes at that moment.
 *
 *   build/tests/bench/bench_keys
 */
#include "client/base/clock.h"
#include "client/base/mem.h"
#include "client/base/queue.h"
#include "client/client.h"
#include "client/text/inert.h"
#include "tests/support/bench.h"
#include "tests/support/world.h"
#include "tui/loop.h"
#include "widgets/theme.h"

#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    ROWS = 50,
    COLS = 160,
    BOXES = 10000,
    LIST_MS = 2000,
    BATCH = 1000, /* lines an event */
    BATCH_MS = 10,
    ROUNDS = 20,
    KEYS = 7, /* a round */
    COUNT = ROUNDS * KEYS,
    BETWEEN_KEYS_MS = 31, /* not in step with frames or seconds */
    SETTLE_MS = 2500,
    LINES_MS = 1000,
    FRAME_MS = 16,
};

static const char BUSY[] = "aaa-busy-00001", keys[] = "#@%&~^=";

/* ---- client.h: events out of nothing ---- */

struct client {
    struct queue *events;
    int pipe_fds[2];
    pthread_t thread;
    atomic_bool over;
};

static void push(struct client *client, struct event *event)
{
    event->at_ms = clock_ms();
    if (queue_push(client->events, event) && write(client->pipe_fds[1], "", 1) < 0)
        abort();
}

static struct event *make_list(void)
{
    struct box *boxes = mem_zalloc(BOXES, sizeof *boxes);
    for (int i = 0; i < BOXES; i++) {
        char id[32];
        snprintf(id, sizeof id, i == 0 ? BUSY : "steady-crane-%05d", i);
        boxes[i] = world_box(id, NULL, i % 3 == 0 ? BOX_STATUS_RUNNING : BOX_STATUS_IDLE);
        boxes[i].updated_at = clock_wall_ms();
    }
    struct event *event = world_list(boxes, BOXES);
    free(boxes);
    return event;
}

static struct event *make_lines(unsigned *number)
{
    struct log_line lines[BATCH];
    for (int i = 0; i < BATCH; i++, ++*number) {
        char text[128];
        int len = snprintf(text, sizeof text, "info request %07u GET /api/orders/%u answered 200 in %u ms",
                           *number, *number * 7919u % 100000, *number * 31 % 900);
        lines[i] = (struct log_line){
            .time = clock_wall_ms() / 1000 * 1000, .level = LOG_LEVEL_INFO, .digest = *number};
        inert_line(&lines[i].text, text, (size_t)len);
    }
    return world_logs(BUSY, LOG_JOIN_APPEND, lines, BATCH);
}

static void *make_events(void *user)
{
    struct client *client = user;
    unsigned number = 0;
    int64_t next_list = clock_ms(), next_lines = next_list + LINES_MS;
    push(client, world_link(LINK_OK, NULL));
    while (!client->over) {
        int64_t now = clock_ms();
        if (now >= next_list) {
            push(client, make_list());
            next_list += LIST_MS;
        }
        for (; now >= next_lines; next_lines += BATCH_MS)
            push(client, make_lines(&number));
        poll(NULL, 0, 1);
    }
    return NULL;
}

struct client *client_new(const struct client_options *options, struct err *err)
{
    (void)options, (void)err;
    struct client *client = mem_zalloc(1, sizeof *client);
    client->events = queue_new();
    if (pipe2(client->pipe_fds, O_NONBLOCK | O_CLOEXEC) != 0 ||
        pthread_create(&client->thread, NULL, make_events, client) != 0)
        abort();
    return client;
}

static void free_event(void *event)
{
    event_free(event);
}

void client_free(struct client *client)
{
    client->over = true;
    pthread_join(client->thread, NULL);
    queue_free(client->events, free_event);
    close(client->pipe_fds[0]);
    close(client->pipe_fds[1]);
    free(client);
}

int client_event_fd(const struct client *client)
{
    return client->pipe_fds[0];
}

struct event *client_next_event(struct client *client)
{
    char bytes[64];
    struct event *event = queue_pop(client->events);
    if (event == NULL && read(client->pipe_fds[0], bytes, sizeof bytes) > 0)
        event = queue_pop(client->events);
    return event;
}

uint64_t client_ask(struct client *client, struct request *request)
{
    (void)client;
    request_free(request);
    return 1;
}

bool client_set_key(struct client *client, const char *key, struct err *err)
{
    (void)client, (void)key, (void)err;
    return true;
}

void client_cancel(struct client *client, uint64_t request_id)
{
    (void)client, (void)request_id;
}

void client_watch(struct client *client, const struct watch *watch)
{
    (void)client, (void)watch;
}

void client_resume_logs(struct client *client, const char *box_id, const struct log_resume *resume)
{
    (void)client, (void)box_id, (void)resume;
}

const char *client_ssh_host(const struct client *client)
{
    (void)client;
    return "box.example";
}

int client_ssh_port(const struct client *client)
{
    (void)client;
    return 22;
}

/* ---- the console on it ---- */

static const char *no_key(void *user)
{
    (void)user;
    return NULL;
}

static int console_main(void)
{
    struct err err = {0};
    struct app app;
    struct loop loop = {.app = &app, .term = term_new(&err)};
    int rows, cols;
    if (loop.term == NULL)
        return 1;
    loop.client = client_new(NULL, NULL);
    loop.canvas = canvas_new(theme_by_name("default"), false, false);
    struct app_options options = {
        .client = loop.client, .program = "/nonexistent", .service = "bench", .api_key = no_key};
    term_size(loop.term, &rows, &cols);
    app_init(&app, &options, rows, cols);
    app.wanted_box = mem_dup(BUSY);
    app.wanted_named = true;
    loop_open(&loop);
    int status = loop_run(&loop);
    app_done(&app);
    canvas_free(loop.canvas);
    term_free(loop.term);
    client_free(loop.client);
    return status;
}

/* ---- keys ---- */

struct world {
    struct pty *console, *bare;
};

/* A prompt is opened with a key, typed into, and left; each key is typed into the bare tty too. Milliseconds.
 */
static bool type_round(const struct world *world, const char *open, double *ours, double *theirs)
{
    pty_type(world->console, open);
    for (int i = 0; i < KEYS; i++) {
        bench_serve(world->console, BETWEEN_KEYS_MS);
        ours[i] = bench_echo(world->console, keys[i]);
        theirs[i] = bench_echo(world->bare, keys[i]);
        if (ours[i] < 0 || theirs[i] < 0)
            return false;
    }
    pty_type(world->console, "\x1b");
    bench_serve(world->console, 4 * BETWEEN_KEYS_MS);
    return true;
}

static bool measure(const struct world *world, const char *what, const char *open)
{
    static double ours[COUNT], theirs[COUNT];
    char name[80];
    struct bench_usage before, after;
    bench_usage(pty_pid(world->console), &before);
    int64_t start = clock_us();
    for (int i = 0; i < ROUNDS; i++)
        if (!type_round(world, open, ours + (ptrdiff_t)i * KEYS, theirs + (ptrdiff_t)i * KEYS))
            return false;
    double seconds = (double)(clock_us() - start) / 1e6;
    bench_usage(pty_pid(world->console), &after);
    snprintf(name, sizeof name, "key to screen, %s: p50", what);
    bench_compare(name, "ms", bench_quantile(ours, COUNT, 0.5), "a bare tty",
                  bench_quantile(theirs, COUNT, 0.5));
    snprintf(name, sizeof name, "key to screen, %s: p99", what);
    bench_compare(name, "ms", bench_quantile(ours, COUNT, 0.99), "a bare tty",
                  bench_quantile(theirs, COUNT, 0.99));
    bench_at_most(name, "ms", bench_quantile(ours, COUNT, 0.99), FRAME_MS);
    snprintf(name, sizeof name, "meanwhile: CPU of console and events");
    bench_value(name, "%", (after.cpu_s - before.cpu_s) / seconds * 100);
    return true;
}

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "C.UTF-8");
    if (argc == 2 && strcmp(argv[1], "--console") == 0)
        return console_main();
    char *self = realpath("/proc/self/exe", NULL);
    const char *console[] = {self, "--console", NULL};
    const char *bare[] = {"sh", "-c", "stty raw echo; echo rea''dy; exec cat >/dev/null", NULL};
    struct err err = {0};
    struct world world = {
        .console = pty_start(&(struct pty_options){.argv = console, .rows = ROWS, .cols = COLS}, &err),
        .bare = pty_start(&(struct pty_options){.argv = bare, .rows = ROWS, .cols = COLS}, &err),
    };
    bool good = world.console != NULL && world.bare != NULL &&
                pty_wait_text(world.bare, "ready", BENCH_LIMIT_MS) &&
                pty_wait_text(world.console, "10000 boxes:", BENCH_LIMIT_MS);
    if (good) {
        bench_serve(world.console, SETTLE_MS);
        good = measure(&world, "10,000 boxes, 100,000 lines/s", "/");
    }
    if (good) {
        pty_type(world.console, "1"); /* the list */
        bench_serve(world.console, SETTLE_MS / 4);
        good = measure(&world, "the same, in the filter", "/");
    }
    pty_stop(world.console);
    pty_stop(world.bare);
    free(self);
    return good ? 0 : 1;
}
