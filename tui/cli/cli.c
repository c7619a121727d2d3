#include "tui/cli/cli.h"

#include "client/base/clock.h"
#include "tui/format.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    LIST_LIMIT_MS = 60000,
    OFFLINE_LIMIT_MS = 5000,
    BLIP_MS = 1000, /* one failed request is no outage */
    LOOK_MS = 500   /* between two looks at what no event tells */
};

static const struct {
    const char *name;
    int (*run)(struct cli *cli);
} verbs[] = {{"list", cli_list}, {"attention", cli_attention}, {"cost", cli_cost}, {"logs", cli_logs},
             {"runs", cli_runs}, {"run", cli_run_one},         {"exec", cli_exec}};

enum { VERBS = sizeof verbs / sizeof verbs[0] };

bool cli_is_verb(const char *word)
{
    for (size_t i = 0; i < VERBS; i++)
        if (strcmp(verbs[i].name, word) == 0)
            return true;
    return false;
}

bool cli_wants_raw(const struct options *options)
{
    if (options->verb == NULL)
        return false;
    bool bytes = strcmp(options->verb, "logs") == 0 || strcmp(options->verb, "exec") == 0;
    return options->json || (bytes && (options->raw || isatty(STDOUT_FILENO) == 0));
}

int cli_run(const struct cli_setup *setup)
{
    struct cli cli = {.setup = setup, .options = setup->options, .client = setup->client};
    int status = CLI_USAGE;
    store_init(&cli.store);
    for (size_t i = 0; i < VERBS; i++)
        if (strcmp(verbs[i].name, cli.options->verb) == 0)
            status = verbs[i].run(&cli);
    store_done(&cli.store);
    if (fflush(stdout) != 0 && status == CLI_OK)
        status = CLI_ERROR;
    return status;
}

static enum cli_exit code_of(const struct err *err)
{
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

int cli_fail(const struct err *err)
{
    fprintf(stderr, "boxtop: %s\n", err->text);
    return code_of(err);
}

int cli_usage(const char *sentence)
{
    fprintf(stderr, "boxtop: %s\nTry \"boxtop --help\".\n", sentence);
    return CLI_USAGE;
}

/* ---- waiting ---- */

/* A wait and what it knows of the link. */
struct wait {
    struct cli *cli;
    cli_test *done;
    int64_t start_ms, limit_ms;
    bool patient;         /* outages are told and waited for */
    int64_t down_ms;      /* since when the link is down, 0 when it is not */
    bool told;            /* that it is down */
    struct pollfd fds[2]; /* the client's events; stdout, whose reader may go away */
};

static bool is_down(const struct cli *cli)
{
    enum link_state state = cli->store.link.state;
    return state == LINK_OFFLINE || state == LINK_FAILING || state == LINK_LIMITED;
}

/* Once when it is lost, once when it is back. */
static void tell_outage(struct wait *wait, int64_t now_ms)
{
    char took[16];
    const struct link_status *link = &wait->cli->store.link;
    if (!wait->told && is_down(wait->cli) && now_ms - wait->down_ms >= BLIP_MS) {
        wait->told = true;
        fprintf(stderr, "boxtop: the link is lost, trying on: %s\n", link->err.text);
    } else if (wait->told && link->state == LINK_OK) {
        wait->told = false;
        fprintf(stderr, "boxtop: the link is back after %s\n",
                format_duration(took, sizeof took, now_ms - wait->down_ms));
    }
}

/* CLI_OK, or why the wait must end. A script must not hang on a dead network, but one that follows waits. */
static int look_at_link(struct wait *wait, int64_t now_ms)
{
    const struct link_status *link = &wait->cli->store.link;
    if (link->state == LINK_REFUSED)
        return cli_fail(&link->err);
    if (is_down(wait->cli) && wait->down_ms == 0)
        wait->down_ms = now_ms;
    if (wait->patient)
        tell_outage(wait, now_ms);
    else if (is_down(wait->cli) && now_ms - wait->down_ms > OFFLINE_LIMIT_MS)
        return cli_fail(&link->err);
    if (link->state == LINK_OK)
        wait->down_ms = 0;
    if (wait->limit_ms > 0 && now_ms - wait->start_ms > wait->limit_ms) {
        fprintf(stderr, "boxtop: no answer within %d s\n", (int)(wait->limit_ms / 1000));
        return CLI_TIMEOUT;
    }
    return CLI_OK;
}

static void take_events(struct cli *cli)
{
    for (struct event *event; (event = client_next_event(cli->client)) != NULL; event_free(event)) {
        if (cli->on_event != NULL)
            cli->on_event(cli, event);
        store_apply(&cli->store, event);
    }
}

/* Ends as a write would: by the signal, without a word, unless the caller has chosen to ignore that. */
static int nobody_reads(void)
{
    raise(SIGPIPE);
    return CLI_ERROR;
}

static int wait_on(struct wait *wait)
{
    wait->start_ms = clock_ms();
    wait->fds[0] = (struct pollfd){.fd = client_event_fd(wait->cli->client), .events = POLLIN};
    wait->fds[1] = (struct pollfd){.fd = STDOUT_FILENO};
    while (!wait->done(wait->cli)) {
        int trouble = look_at_link(wait, clock_ms());
        if (trouble != CLI_OK)
            return trouble;
        if (fflush(stdout) != 0) /* before the wait: a pipe gets each line when it is there */
            return CLI_ERROR;
        poll(wait->fds, 2, LOOK_MS);
        if ((wait->fds[1].revents & POLLERR) != 0)
            return nobody_reads();
        take_events(wait->cli);
    }
    return CLI_OK;
}

int cli_wait(struct cli *cli, cli_test *done, int limit_ms)
{
    return wait_on(&(struct wait){.cli = cli, .done = done, .limit_ms = limit_ms});
}

int cli_follow(struct cli *cli, cli_test *done)
{
    return wait_on(&(struct wait){.cli = cli, .done = done, .patient = true});
}

static bool have_boxes(struct cli *cli)
{
    return cli->store.list_ms != 0;
}

int cli_wait_boxes(struct cli *cli)
{
    return cli_wait(cli, have_boxes, LIST_LIMIT_MS);
}

int cli_follow_boxes(struct cli *cli)
{
    return cli_follow(cli, have_boxes);
}

/* ---- words ---- */

struct store_box *cli_find_box(const struct cli *cli, const char *word)
{
    struct store_box *box = store_find_named(&cli->store, word);
    if (box == NULL)
        fprintf(stderr, "boxtop: there is no box \"%.100s\", or more than one of that name\n", word);
    return box;
}

bool cli_has_label(const struct cli *cli, const struct box *box)
{
    const char *label = cli->options->label;
    for (size_t i = 0; label != NULL && i < box->label_count; i++)
        if (strcmp(box->labels[i], label) == 0)
            return true;
    return label == NULL;
}
