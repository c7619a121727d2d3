/*
 * The verbs: the same data on stdout, for scripts and pipes. They ask through the same client, keep the same
 * store and end with the exit codes of the manual: 0 ok, 1 error, 2 usage, 3 not found, 4 auth, 5 network, 6
 * rate limited, 7 the run or command failed, 8 timed out.
 *
 * What a box wrote is inert here too, also in --json: no control byte, no escape sequence.
 */
#pragma once

#include "client/base/err.h"
#include "client/client.h"
#include "tui/options.h"
#include "tui/store.h"

#include <stdbool.h>

enum cli_exit {
    CLI_OK = 0,
    CLI_ERROR = 1,
    CLI_USAGE = 2,
    CLI_NOT_FOUND = 3,
    CLI_AUTH = 4,
    CLI_NETWORK = 5,
    CLI_RATE = 6,
    CLI_FAILED = 7,
    CLI_TIMEOUT = 8,
    CLI_OURS = 125, /* exec: boxtop itself failed */
};

/* What a verb works with. */
struct cli {
    const struct options *options;
    struct client *client;
    struct store store;
    void (*on_event)(
        struct cli *cli,
        const struct event *event); /* sees each event before the store takes it; NULL for none */
    void *state;                    /* the verb's own */
};

/* Whether a word is a verb. */
bool cli_is_verb(const char *word);

/* Carries out options->verb with a client that has a key. Returns the exit code; errors went to stderr. */
int cli_run(const struct options *options, struct client *client);

/* ---- for the verbs ---- */

typedef bool cli_test(struct cli *cli);

/* Takes events until `done` says so. CLI_OK, or the code of what stands in the way: a refused key, no
 * network, 60 s (limit_ms, 0: no limit) gone by. */
int cli_wait(struct cli *cli, cli_test *done, int limit_ms);

/* Waits for the list of boxes. */
int cli_wait_boxes(struct cli *cli);

/* The box with this id or name; NULL, having said so, when there is none. */
struct store_box *cli_find_box(const struct cli *cli, const char *word);

/* Says why on stderr and gives the code for it. */
int cli_fail(const struct err *err);
int cli_usage(const char *sentence);

/* Each verb. */
int cli_list(struct cli *cli);
int cli_cost(struct cli *cli);
int cli_logs(struct cli *cli);
int cli_runs(struct cli *cli);
int cli_run_show(struct cli *cli);
int cli_exec(struct cli *cli);
