#include "tui/cli/cli.h"

#include "client/base/clock.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

enum { LIST_LIMIT_MS = 60000, OFFLINE_LIMIT_MS = 5000 };

static const struct {
    const char *name;
    int (*run)(struct cli *cli);
} verbs[] = {{"list", cli_list}, {"cost", cli_cost},    {"logs", cli_logs},
             {"runs", cli_runs}, {"run", cli_run_show}, {"exec", cli_exec}};

enum { VERBS = sizeof verbs / sizeof verbs[0] };

bool cli_is_verb(const char *word)
{
    for (size_t i = 0; i < VERBS; i++)
        if (strcmp(verbs[i].name, word) == 0)
            return true;
    return false;
}

int cli_run(const struct options *options, struct client *client)
{
    struct cli cli = {.options = options, .client = client};
    int status = CLI_USAGE;
    store_init(&cli.store);
    for (size_t i = 0; i < VERBS; i++)
        if (strcmp(verbs[i].name, options->verb) == 0)
            status = verbs[i].run(&cli);
    store_done(&cli.store);
    if (fflush(stdout) != 0 && status == CLI_OK)
        status = CLI_ERROR;
    return status;
}

int cli_fail(const struct err *err)
{
    fprintf(stderr, "boxtop: %s\n", err->text);
    switch (err->kind) {
    case ERR_USAGE:
        return CLI_USAGE;
    case ERR_NOT_FOUND:
        return CLI_NOT_FOUND;
    case ERR_AUTH:
    case ERR_FORBIDDEN:
        return CLI_AUTH;
    case ERR_NETWORK:
        return CLI_NETWORK;
    case ERR_RATE:
        return CLI_RATE;
    case ERR_TIMEOUT:
        return CLI_TIMEOUT;
    default:
        return CLI_ERROR;
    }
}

int cli_usage(const char *sentence)
{
    fprintf(stderr, "boxtop: %s\nTry \"boxtop --help\".\n", sentence);
    return CLI_USAGE;
}

/* A script must not hang on a dead network: the console waits for ever, a verb does not. */
static int link_trouble(const struct cli *cli, int64_t since_ms)
{
    const struct link_status *link = &cli->store.link;
    if (link->state == LINK_REFUSED)
        return cli_fail(&link->err);
    bool down = link->state == LINK_OFFLINE || link->state == LINK_FAILING || link->state == LINK_LIMITED;
    return down && clock_ms() - since_ms > OFFLINE_LIMIT_MS ? cli_fail(&link->err) : CLI_OK;
}

static void take_events(struct cli *cli)
{
    for (struct event *event; (event = client_next_event(cli->client)) != NULL; event_free(event)) {
        if (cli->on_event != NULL)
            cli->on_event(cli, event);
        store_apply(&cli->store, event);
    }
}

int cli_wait(struct cli *cli, cli_test *done, int limit_ms)
{
    int64_t start = clock_ms(), down_since = start;
    struct pollfd polled = {.fd = client_event_fd(cli->client), .events = POLLIN};
    while (!done(cli)) {
        int64_t now = clock_ms();
        if (limit_ms > 0 && now - start > limit_ms) {
            fprintf(stderr, "boxtop: no answer within %d s\n", limit_ms / 1000);
            return CLI_TIMEOUT;
        }
        if (cli->store.link.state == LINK_OK)
            down_since = now;
        int trouble = link_trouble(cli, down_since);
        if (trouble != CLI_OK)
            return trouble;
        if (fflush(stdout) != 0) /* before the wait: a pipe gets each line when it is there */
            return CLI_ERROR;    /* nobody reads any more */
        poll(&polled, 1, 500);
        take_events(cli);
    }
    return CLI_OK;
}

static bool have_boxes(struct cli *cli)
{
    return cli->store.list_ms != 0;
}

int cli_wait_boxes(struct cli *cli)
{
    return cli_wait(cli, have_boxes, LIST_LIMIT_MS);
}

struct store_box *cli_find_box(const struct cli *cli, const char *word)
{
    struct store_box *box = store_find_named(&cli->store, word);
    if (box == NULL)
        fprintf(stderr, "boxtop: there is no box \"%.100s\", or more than one of that name\n", word);
    return box;
}
