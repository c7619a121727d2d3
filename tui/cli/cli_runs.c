/*
 * boxtop runs BOX, boxtop run BOX RUN
 */
#include "client/base/clock.h"
#include "tui/cli/cli.h"
#include "tui/cli/cli_json.h"
#include "tui/format.h"

#include <stdio.h>

enum { RUNS_LIMIT_MS = 30000 };

static bool have_runs(struct cli *cli)
{
    const struct store_box *box = store_find(&cli->store, cli->state);
    return box == NULL || box->runs_ms != 0;
}

/* The box of the first word with its runs; NULL with *status set. */
static struct store_box *fetch(struct cli *cli, int *status)
{
    *status = cli_wait_boxes(cli);
    if (*status != CLI_OK)
        return NULL;
    struct store_box *box = cli_find_box(cli, cli->options->words[0]);
    *status = CLI_NOT_FOUND;
    if (box == NULL)
        return NULL;
    cli->state = box->box.id;
    client_watch(cli->client, &(struct watch){.selected = box->box.id, .selected_runs = true});
    *status = cli_wait(cli, have_runs, RUNS_LIMIT_MS);
    return *status == CLI_OK ? store_find(&cli->store, cli->state) : NULL;
}

static void print_run(const struct run *run, int64_t wall_ms)
{
    char age[16], took[16], cost[16];
    printf("%-16s %-10s %5s %7s %8s  %.100s\n", run->id != NULL ? run->id : "-", run_status_word(run->status),
           format_since(age, sizeof age, run->created_at, wall_ms),
           format_duration(took, sizeof took, run->duration_ms),
           format_money(cost, sizeof cost, run->cost_usd), run->prompt != NULL ? run->prompt : "-");
}

int cli_runs(struct cli *cli)
{
    if (cli->options->word_count != 1)
        return cli_usage("runs takes one box");
    int status;
    const struct store_box *box = fetch(cli, &status);
    if (box == NULL)
        return status;
    if (!cli->options->json)
        printf("%-16s %-10s %5s %7s %8s  %s\n", "ID", "STATUS", "AGO", "TOOK", "COST", "PROMPT");
    for (size_t i = 0; i < box->run_count; i++)
        if (cli->options->json)
            cli_json_print(cli_json_run(&box->runs[i]));
        else
            print_run(&box->runs[i], clock_wall_ms());
    return CLI_OK;
}

static void print_details(const struct run *run)
{
    char a[32], b[32];
    printf("run        %s\nstatus     %s\n", run->id, run_status_word(run->status));
    printf("model      %s\n", run->model != NULL ? run->model : "-");
    printf("started    %s UTC\n", format_stamp(a, sizeof a, run->created_at, true));
    printf("took       %s\n", format_duration(a, sizeof a, run->duration_ms));
    printf("tokens     %s in, %s out\n", format_count(a, sizeof a, run->input_tokens),
           format_count(b, sizeof b, run->output_tokens));
    printf("cost       $%s\n", format_money(a, sizeof a, run->cost_usd));
    printf("\nprompt\n%s\n", run->prompt != NULL ? run->prompt : "-");
    if (run->error_message != NULL)
        printf("\nerror\n%s\n", run->error_message);
    if (run->output != NULL)
        printf("\noutput\n%s\n", run->output);
}

/* A run that failed makes the verb fail: `boxtop run BOX RUN && deploy` means what it says. */
int cli_run_show(struct cli *cli)
{
    if (cli->options->word_count != 2)
        return cli_usage("run takes a box and a run");
    int status;
    const struct store_box *box = fetch(cli, &status);
    if (box == NULL)
        return status;
    const struct run *run = store_find_run(box, cli->options->words[1]);
    if (run == NULL) {
        fprintf(stderr, "boxtop: box %s has no run \"%.100s\"\n", box->box.id, cli->options->words[1]);
        return CLI_NOT_FOUND;
    }
    if (cli->options->json)
        cli_json_print(cli_json_run(run));
    else
        print_details(run);
    return run->status == RUN_STATUS_FAILED || run->status == RUN_STATUS_CANCELLED ? CLI_FAILED : CLI_OK;
}
