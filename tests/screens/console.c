#include "tests/screens/console.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/base/buf.h"
#include "client/base/mem.h"
#include "tests/support/picture.h"
#include "tests/support/ttycheck.h"
#include "tui/keyname.h"

enum { ASKED_MAX = 64 * 1024, SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };

/* ---- the client: client.h, without a thread ---- */

struct client {
    struct buf asked; /* as console_asked has it */
    uint64_t newest, cancelled;
    struct watch watch;
};

struct client *client_new(const struct client_options *options, struct err *err)
{
    (void)options;
    (void)err;
    struct client *client = mem_zalloc(1, sizeof *client);
    buf_init(&client->asked, ASKED_MAX);
    return client;
}

void client_free(struct client *client)
{
    if (client == NULL)
        return;
    buf_done(&client->asked);
    free(client);
}

bool client_set_key(struct client *client, const char *key, struct err *err)
{
    (void)client;
    (void)key;
    (void)err;
    return true;
}

static const char *kind_word(enum request_kind kind)
{
    static const char *const words[] = {
        [REQUEST_REFRESH] = "refresh",     [REQUEST_BOX_GET] = "get",
        [REQUEST_BOX_CREATE] = "create",   [REQUEST_BOX_PAUSE] = "pause",
        [REQUEST_BOX_RESUME] = "resume",   [REQUEST_BOX_DELETE] = "delete",
        [REQUEST_RUNS] = "runs",           [REQUEST_RUN_CANCEL] = "cancel-run",
        [REQUEST_EXEC] = "exec",           [REQUEST_RUN] = "run",
        [REQUEST_LOGS_OLDER] = "older",    [REQUEST_SNAPSHOT_CREATE] = "snapshot",
        [REQUEST_SNAPSHOTS] = "snapshots", [REQUEST_CONNECT] = "connect",
    };
    return words[kind];
}

uint64_t client_ask(struct client *client, struct request *request)
{
    struct buf *asked = &client->asked;
    assert_true(buf_add_format(asked, "%s%s", asked->len > 0 ? "; " : "", kind_word(request->kind)));
    if (request->box_id != NULL)
        buf_add_format(asked, " %s", request->box_id);
    if (request->run_id != NULL)
        buf_add_format(asked, " %s", request->run_id);
    if (request->text != NULL || request->body != NULL)
        buf_add_format(asked, ": %s", request->text != NULL ? request->text : request->body);
    request_free(request);
    return ++client->newest;
}

void client_cancel(struct client *client, uint64_t request_id)
{
    client->cancelled = request_id;
}

void client_watch(struct client *client, const struct watch *watch)
{
    client->watch = *watch;
}

int client_event_fd(const struct client *client)
{
    (void)client;
    return -1;
}

struct event *client_next_event(struct client *client)
{
    (void)client;
    return NULL;
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

/* ---- the rest of the outside ---- */

static const char *api_key(void *user)
{
    (void)user;
    return NULL;
}

static bool set_key(void *user, const char *key, bool keep, struct err *err)
{
    struct console *console = user;
    if (strlen(key) < 8)
        return err_set(err, ERR_USAGE, 0, "That is no API key");
    snprintf(console->key, sizeof console->key, "%s", key);
    console->key_kept = keep;
    return true;
}

static bool copy(void *user, const char *text, char *where, size_t size)
{
    struct console *console = user;
    snprintf(console->copied, sizeof console->copied, "%s", text);
    snprintf(where, size, "to the clipboard");
    return true;
}

static struct console *make(int rows, int cols, struct client *client)
{
    struct console *console = mem_zalloc(1, sizeof *console);
    console->client = client;
    console->screen = screen_new(&(struct screen_setup){.rows = rows, .cols = cols});
    struct app_options options = {
        .client = client,
        .program = "/nonexistent",
        .service = "box.example",
        .api_key = api_key,
        .set_key = set_key,
        .copy = copy,
        .user = console,
    };
    app_init(&console->app, &options, rows, cols);
    console->app.utc = true;
    console->app.now_ms = WORLD_NOW;
    console->app.wall_ms = WORLD_WALL;
    return console;
}

struct console *console_new(int rows, int cols)
{
    return make(rows, cols, client_new(NULL, NULL));
}

struct console *console_bare(int rows, int cols)
{
    return make(rows, cols, NULL);
}

void console_free(struct console *console)
{
    if (console == NULL)
        return;
    app_done(&console->app);
    screen_free(console->screen);
    client_free(console->client);
    free(console);
}

/* ---- driving ---- */

void console_event(struct console *console, struct event *event)
{
    app_event(&console->app, event);
}

void console_resize(struct console *console, int rows, int cols)
{
    screen_resize(console->screen, rows, cols);
    app_resize(&console->app, rows, cols);
}

void console_wait(struct console *console, int64_t ms)
{
    console->app.now_ms += ms;
    console->app.wall_ms += ms;
    app_tick(&console->app);
}

void console_keys(struct console *console, const char *names)
{
    while (*(names += strspn(names, " ")) != '\0') {
        char name[KEYNAME_MAX];
        size_t len = strcspn(names, " ");
        snprintf(name, sizeof name, "%.*s", (int)len, names);
        names += len;
        struct key key;
        if (!key_parse(name, &key))
            fail_msg("\"%s\" is no key", name);
        app_key(&console->app, key);
        console_draw(console);
    }
}

void console_type(struct console *console, const char *text)
{
    for (; *text != '\0'; text++)
        app_key(&console->app, (struct key){.code = (uint8_t)*text});
}

void console_draw(struct console *console)
{
    struct paint paint = screen_begin(console->screen);
    app_draw(&console->app, &paint);
    screen_end(console->screen);
    size_t len;
    const char *sent = screen_sent(console->screen, &len);
    struct ttycheck_finding finding;
    if (!ttycheck_bytes(&(struct ttycheck){0}, sent, len, &finding))
        fail_msg("%dx%d: %s", console->app.rows, console->app.cols, finding.text);
    if (console->client != NULL)
        app_watch(&console->app);
}

void console_expect(struct console *console, const char *picture)
{
    console_draw(console);
    screen_expect(console->screen, picture);
}

static bool holds(struct console *console, const char *text)
{
    console_draw(console);
    char *picture = screen_picture(console->screen);
    bool found = strstr(picture, text) != NULL;
    free(picture);
    return found;
}

void console_shows(struct console *console, const char *text)
{
    if (holds(console, text))
        return;
    char *picture = screen_picture(console->screen);
    fputs(picture, stderr);
    free(picture);
    fail_msg("the screen does not show \"%s\"", text);
}

void console_hides(struct console *console, const char *text)
{
    if (!holds(console, text))
        return;
    char *picture = screen_picture(console->screen);
    fputs(picture, stderr);
    free(picture);
    fail_msg("the screen shows \"%s\"", text);
}

void console_asked(struct console *console, const char *requests)
{
    assert_string_equal(buf_text(&console->client->asked), requests);
    buf_clear(&console->client->asked);
}

uint64_t console_newest(const struct console *console)
{
    return console->client->newest;
}

uint64_t console_cancelled(const struct console *console)
{
    return console->client->cancelled;
}

const struct watch *console_watch(struct console *console)
{
    app_watch(&console->app);
    return &console->client->watch;
}

/* ---- a world ---- */

static char **words(const char *one, const char *two, size_t *count)
{
    char **list = mem_zalloc(2, sizeof *list);
    list[0] = mem_dup(one);
    list[1] = mem_dup(two);
    *count = two != NULL ? 2 : 1;
    return list;
}

static void fill_boxes(struct console *console)
{
    struct box boxes[] = {
        world_box("calm-owl-10001", "web-staging", BOX_STATUS_IDLE),
        world_box("deep-fox-10002", "nightly-tests", BOX_STATUS_RUNNING),
        world_box("warm-elk-10003", NULL, BOX_STATUS_RUNNING),
        world_box("cold-ant-10004", "broken-image", BOX_STATUS_ERROR),
        world_box("long-cat-10005", "a-name-that-is-much-longer-than-its-column-can-be-anywhere",
                  BOX_STATUS_PAUSED),
        world_box("tiny-bee-10006", "\xE6\x88\x91\xE7\x9A\x84\xE7\x9B\x92\xE5\xAD\x90 caf\xC3\xA9",
                  BOX_STATUS_IDLE),
        world_box("fast-hen-10007", "fresh", BOX_STATUS_CREATING),
        world_box("wise-yak-10008", "odd", BOX_STATUS_UNKNOWN),
        world_box("slow-cow-10009", "batch-1", BOX_STATUS_PAUSED),
        world_box("slow-cow-10010", "batch-2", BOX_STATUS_PAUSED),
        world_box("blue-jay-10011", "docs", BOX_STATUS_IDLE),
        world_unreadable("box 12: its id is missing"),
    };
    free(boxes[7].status_word);
    boxes[7].status_word = mem_dup("migrating");
    boxes[0].labels = words("ci", "team-red", &boxes[0].label_count);
    boxes[1].agent = mem_dup("claude-code");
    boxes[1].model = mem_dup("anthropic/claude-sonnet-5");
    boxes[1].input_tokens = 48200;
    boxes[1].output_tokens = 9100;
    boxes[1].compute_cost_usd = 0.31;
    boxes[1].token_cost_usd = 3.8;
    boxes[1].cpu_ns = 200000000000;
    boxes[2].keep_alive = true;
    console_event(console, world_list(boxes, sizeof boxes / sizeof boxes[0]));
}

void console_fill(struct console *console)
{
    console_event(console, world_link(LINK_OK, NULL));
    fill_boxes(console);
    struct run runs[] = {
        world_run("run-3", RUN_STATUS_RUNNING, "Fix the flaky test in the parser", 4 * MINUTE),
        world_run("run-2", RUN_STATUS_FAILED, "Update all dependencies", 50 * MINUTE),
        world_run("run-1", RUN_STATUS_COMPLETED, "Write a README", 300 * MINUTE),
    };
    runs[1].error_message = mem_dup("npm exited with 1");
    runs[2].output = mem_dup("Done.\nThe README is in place.");
    runs[2].cost_usd = 0.42;
    runs[2].input_tokens = 1200;
    runs[2].output_tokens = 300;
    console_event(console, world_runs("deep-fox-10002", runs, 3));
    struct log_line lines[] = {
        world_line("starting the agent", LOG_LEVEL_INFO, 240000),
        world_line("reading src/parser.c", LOG_LEVEL_INFO, 200000),
        world_line("the test wants a file that is not there", LOG_LEVEL_WARN, 100000),
        world_line("make: *** [test] Error 2", LOG_LEVEL_ERROR, 60000),
        world_line(
            "trying again with a longer line that goes past the right edge of every narrow terminal there is",
            LOG_LEVEL_INFO, 30000),
        world_line("\xE6\xB5\x8B\xE8\xAF\x95 passed", LOG_LEVEL_INFO, 1000),
    };
    console_event(console, world_logs("deep-fox-10002", LOG_JOIN_RESET, lines, 6));
    console_event(console, world_snapshot("deep-fox-10002", "snap-1", "before-upgrade"));
}

struct console *console_filled(void (*fill)(struct console *), int rows, int cols, const char *keys)
{
    struct console *console = console_new(rows, cols);
    fill(console);
    console_keys(console, keys);
    console_draw(console);
    return console;
}

void console_filled_shows(void (*fill)(struct console *), int rows, int cols, const char *keys,
                          const char *picture)
{
    struct console *console = console_filled(fill, rows, cols, keys);
    console_expect(console, picture);
    console_free(console);
}

void console_fill_runs(struct console *c)
{
    struct box box = world_box("deep-fox-10002", "nightly-tests", BOX_STATUS_RUNNING);
    box.agent = mem_dup("claude-code");
    console_event(c, world_link(LINK_OK, NULL));
    console_event(c, world_list(&box, 1));
    struct run runs[] = {
        world_run("run-4", RUN_STATUS_RUNNING, "Fix the flaky test in the parser", 4 * MINUTE),
        world_run("run-3", RUN_STATUS_FAILED, "Update all dependencies", 50 * MINUTE),
        world_run("run-2", RUN_STATUS_COMPLETED, "Update all dependencies", 2 * HOUR),
        world_run("run-1", RUN_STATUS_COMPLETED, "make -j4 test", 3 * HOUR),
    };
    runs[1].error_message = mem_dup("npm exited with 1");
    runs[1].cost_usd = 0.0042;
    runs[1].model = mem_dup("anthropic/claude-sonnet-5");
    runs[2].output = mem_dup("Done.\nAll 12 dependencies are new, and every test of the parser, the printer "
                             "and the checker passes.");
    runs[2].cost_usd = 0.42;
    runs[2].compute_cost_usd = 0.013;
    runs[2].input_tokens = 48200;
    runs[2].cached_input_tokens = 40100;
    runs[2].output_tokens = 2100;
    runs[2].model = mem_dup("anthropic/claude-sonnet-5");
    runs[3].type = RUN_TYPE_SHELL;
    runs[3].duration_ms = 61 * SECOND;
    console_event(c, world_runs("deep-fox-10002", runs, 4));
    struct log_line lines[] = {
        world_line("before all of it", LOG_LEVEL_INFO, 5 * HOUR),
        world_line("Bash: npm update", LOG_LEVEL_INFO, 2 * HOUR),
        world_line("changed 12 packages", LOG_LEVEL_INFO, 2 * HOUR - 2 * SECOND),
        world_line("Edit: package.json", LOG_LEVEL_INFO, 2 * HOUR - 4 * SECOND),
        world_line("Bash: npm test", LOG_LEVEL_INFO, 2 * HOUR - 5 * SECOND),
        world_line("I will update them", LOG_LEVEL_INFO, 50 * MINUTE),
        world_line("Bash: npm update", LOG_LEVEL_INFO, 50 * MINUTE - SECOND),
        world_line("Read: package-lock.json", LOG_LEVEL_INFO, 50 * MINUTE - 3 * SECOND),
        world_line("Bash: npm test", LOG_LEVEL_INFO, 50 * MINUTE - 4 * SECOND),
        world_line("npm ERR! test failed", LOG_LEVEL_ERROR, 50 * MINUTE - 9 * SECOND),
        world_line("Grep: parse_", LOG_LEVEL_INFO, 3 * MINUTE),
        world_line("Bash: ctest -R parser --repeat until-fail:100", LOG_LEVEL_INFO, 2 * MINUTE),
    };
    console_event(c, world_logs("deep-fox-10002", LOG_JOIN_RESET, lines, sizeof lines / sizeof lines[0]));
}
