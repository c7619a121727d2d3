/*
 * The verbs: the same data on stdout, for scripts and pipes. They ask through the same client, keep the same
 * store, use the same rules, sums and pages as the console, and end with the exit codes of the manual.
 *
 * What a box wrote is inert where a terminal reads it. Logs and output that go into a pipe or a file, and all
 * that is written as JSON (which has its own way of writing control bytes), are the service's own bytes.
 */
#pragma once

#include "client/base/err.h"
#include "client/client.h"
#include "tui/options.h"
#include "tui/rules.h"
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
    CLI_ATTENTION = 9, /* something needs a person */
    CLI_OURS = 125,    /* exec: boxtop itself failed */
};

/* What a verb is given. */
struct cli_setup {
    const struct options *options;
    struct client *client; /* has its key */
    struct rules_limits limits;
    const char *acks_file; /* NULL: none */
    bool utc;              /* days and times of pages: UTC instead of local */
};

/* What a verb works with. */
struct cli {
    const struct cli_setup *setup;
    const struct options *options; /* of the setup */
    struct client *client;         /* of the setup */
    struct store store;
    void (*on_event)(struct cli *cli, struct event *event); /* sees each event before the store takes it, and
                                                               may move its lines out; NULL for none */
    void *state;                                            /* the verb's own */
};

/* Whether a word is a verb. */
bool cli_is_verb(const char *word);

/* Whether the verb's output is to hold the service's own bytes: what client_options.raw_text must be. */
bool cli_wants_raw(const struct options *options);

/* Carries out the verb. Returns the exit code; errors went to stderr. */
int cli_run(const struct cli_setup *setup);

/* ---- for the verbs: waiting ---- */

typedef bool cli_test(struct cli *cli);

/* Takes events until `done` says so. CLI_OK, or the code of what stands in the way: a refused key, no network
 * for 5 s, limit_ms (0: no limit) gone by, nobody who reads stdout. */
int cli_wait(struct cli *cli, cli_test *done, int limit_ms);

/* The same through every outage, for as long as it takes: says on stderr when the link is lost and when it is
 * back. Ends when `done` says so, with CLI_AUTH when the key is refused, or when nobody reads stdout. */
int cli_follow(struct cli *cli, cli_test *done);

/* Waits for the list of boxes; in the second form through every outage. */
int cli_wait_boxes(struct cli *cli);
int cli_follow_boxes(struct cli *cli);

/* ---- for the verbs: words ---- */

/* The box with this id or name; NULL, having said so, when there is none. */
struct store_box *cli_find_box(const struct cli *cli, const char *word);

/* Whether --label, when it was given, is one of the box's. */
bool cli_has_label(const struct cli *cli, const struct box *box);

/* Says why on stderr and gives the code for it. */
int cli_fail(const struct err *err);
int cli_usage(const char *sentence);

/* Each verb. */
int cli_list(struct cli *cli);
int cli_cost(struct cli *cli);
int cli_attention(struct cli *cli);
int cli_logs(struct cli *cli);
int cli_runs(struct cli *cli);
int cli_run_one(struct cli *cli);
int cli_exec(struct cli *cli);
