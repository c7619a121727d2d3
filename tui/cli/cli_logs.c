/*
 * boxtop logs [-f] BOX... | --all | --label L
 */
#include "client/base/clock.h"
#include "client/base/mem.h"
#include "tui/cli/cli.h"
#include "tui/cli/cli_json.h"
#include "tui/format.h"
#include "tui/pattern.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOGS_LIMIT_MS = 60000, BOXES_MAX = 1000 };

/* One box whose log is printed. */
struct tailed {
    char *id;
    char *title;
    int64_t next; /* number of the first line not printed yet */
    bool reached; /* the log goes back far enough for --since */
    bool asked;   /* an older page is on its way */
};

struct logs_state {
    struct tailed boxes[BOXES_MAX];
    const char *ids[BOXES_MAX];
    size_t count;
    struct pattern *grep;
    int64_t since; /* wall ms; 0: what the first pages hold */
};

static void add_box(struct logs_state *state, const struct store_box *box)
{
    if (state->count == BOXES_MAX || box->box.unreadable)
        return;
    struct tailed *tailed = &state->boxes[state->count];
    *tailed = (struct tailed){.id = mem_dup(box->box.id), .title = mem_dup(box_title(&box->box))};
    state->ids[state->count++] = tailed->id;
}

static bool has_label(const struct box *box, const char *label)
{
    for (size_t i = 0; i < box->label_count; i++)
        if (strcmp(box->labels[i], label) == 0)
            return true;
    return false;
}

static bool choose(struct cli *cli, struct logs_state *state)
{
    const struct options *options = cli->options;
    for (size_t i = 0; (options->all || options->label != NULL) && i < cli->store.box_count; i++)
        if (options->label == NULL || has_label(&cli->store.boxes[i]->box, options->label))
            add_box(state, cli->store.boxes[i]);
    for (int i = 0; i < options->word_count; i++) {
        const struct store_box *box = cli_find_box(cli, options->words[i]);
        if (box == NULL)
            return false;
        add_box(state, box);
    }
    if (state->count == 0)
        fprintf(stderr, "boxtop: no box has the label \"%.60s\"\n",
                options->label != NULL ? options->label : "");
    return state->count > 0;
}

/* Goes back page by page until --since is reached. */
static void look_back(struct cli *cli, struct logs_state *state, struct tailed *tailed,
                      const struct store_box *box)
{
    if (tailed->reached || box->logs_ms == 0)
        return;
    const struct line_entry *oldest = logbook_at(&box->log, box->log.first_number);
    tailed->reached = state->since == 0 || box->log.at_start || box->log.trimmed || oldest == NULL ||
                      oldest->line.time < state->since;
    if (tailed->reached)
        tailed->next = box->log.first_number;
    else if (store_request_of(&cli->store, REQUEST_LOGS_OLDER, tailed->id) == NULL) {
        uint64_t id = client_ask(cli->client, request_new(REQUEST_LOGS_OLDER, tailed->id));
        store_expect(&cli->store, id, REQUEST_LOGS_OLDER, tailed->id, clock_ms());
    }
}

static bool ready(struct cli *cli)
{
    struct logs_state *state = cli->state;
    bool all = true;
    for (size_t i = 0; i < state->count; i++) {
        const struct store_box *box = store_find(&cli->store, state->ids[i]);
        if (box == NULL)
            continue;
        look_back(cli, state, &state->boxes[i], box);
        all = all && state->boxes[i].reached;
    }
    return all;
}

static void print_line(const struct cli *cli, const struct logs_state *state, const struct tailed *tailed,
                       const struct line_entry *entry)
{
    static const char letters[] = {
        [LOG_LEVEL_INFO] = 'I', [LOG_LEVEL_WARN] = 'W', [LOG_LEVEL_ERROR] = 'E', [LOG_LEVEL_OTHER] = '?'};
    static const char *const sources[] = {[LOG_SOURCE_SYSTEM] = "system",
                                          [LOG_SOURCE_AGENT] = "agent",
                                          [LOG_SOURCE_USER] = "user",
                                          [LOG_SOURCE_OTHER] = "other"};
    const struct log_line *line = &entry->line;
    if (entry->gap) {
        fprintf(stderr, "boxtop: lines of %s are missing here\n", tailed->title);
        return;
    }
    if (line->time < state->since || (state->grep != NULL && !pattern_matches(state->grep, line->text.bytes)))
        return;
    if (cli->options->json) {
        cli_json_print(cli_json_log_line(tailed->id, line));
        return;
    }
    char stamp[24];
    if (state->count > 1)
        printf("%-20.20s ", tailed->title);
    printf("%s %c %-6s %s\n", format_stamp(stamp, sizeof stamp, line->time, true), letters[line->level],
           sources[line->source], line->text.bytes);
}

/* The next line of all boxes by time; within a box the service's order stands. */
static bool print_next(struct cli *cli, struct logs_state *state)
{
    struct tailed *first = NULL;
    const struct line_entry *oldest = NULL;
    for (size_t i = 0; i < state->count; i++) {
        const struct store_box *box = store_find(&cli->store, state->ids[i]);
        struct tailed *tailed = &state->boxes[i];
        if (box == NULL)
            continue;
        if (tailed->next < box->log.first_number)
            tailed->next = box->log.first_number;
        const struct line_entry *line = logbook_at(&box->log, tailed->next);
        if (line != NULL && (oldest == NULL || line->line.time < oldest->line.time)) {
            oldest = line;
            first = tailed;
        }
    }
    if (first == NULL)
        return false;
    print_line(cli, state, first, oldest);
    first->next++;
    return true;
}

static bool print_new(struct cli *cli)
{
    struct logs_state *state = cli->state;
    while (print_next(cli, state))
        ;
    return false;
}

static int run(struct cli *cli, struct logs_state *state)
{
    int status = cli_wait_boxes(cli);
    if (status != CLI_OK)
        return status;
    if (!choose(cli, state))
        return CLI_NOT_FOUND;
    state->since = cli->options->since_ms >= 0 ? clock_wall_ms() - cli->options->since_ms : 0;
    cli->state = state;
    client_watch(cli->client, &(struct watch){.tailed = state->ids, .tailed_count = state->count});
    status = cli_wait(cli, ready, LOGS_LIMIT_MS);
    if (status != CLI_OK)
        return status;
    print_new(cli);
    return cli->options->follow ? cli_wait(cli, print_new, 0) : CLI_OK;
}

int cli_logs(struct cli *cli)
{
    const struct options *options = cli->options;
    if (options->word_count == 0 && !options->all && options->label == NULL)
        return cli_usage("logs takes boxes, --label L or --all");
    struct logs_state *state = mem_zalloc(1, sizeof *state);
    struct err err;
    int status = CLI_OK;
    if (options->grep != NULL && (state->grep = pattern_new(options->grep, &err)) == NULL)
        status = cli_fail(&err);
    if (status == CLI_OK)
        status = run(cli, state);
    for (size_t i = 0; i < state->count; i++) {
        free(state->boxes[i].id);
        free(state->boxes[i].title);
    }
    pattern_free(state->grep);
    free(state);
    return status;
}
