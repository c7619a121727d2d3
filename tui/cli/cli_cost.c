/*
 * boxtop cost: what the runs cost, by the console's own sums.
 */
#include "client/base/clock.h"
#include "client/base/mem.h"
#include "tui/cli/cli.h"
#include "tui/cli/cli_fetch.h"
#include "tui/cli/cli_json.h"
#include "tui/format.h"
#include "tui/ledger.h"
#include "tui/runlist.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_COLS = 24 };

/* Which tables are wanted. */
enum { BY_ACCOUNT = 1, BY_LABEL = 2, BY_BOX = 4, BY_RUN = 8 };

static bool read_by(const char *word, unsigned *by)
{
    static const struct {
        const char *word;
        unsigned by;
    } words[] = {{"account", BY_ACCOUNT}, {"label", BY_LABEL}, {"box", BY_BOX}, {"run", BY_RUN}};
    *by = BY_ACCOUNT | BY_LABEL | BY_BOX;
    for (size_t i = 0; word != NULL && i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i].word, word) == 0) {
            *by = words[i].by;
            return true;
        }
    return word == NULL;
}

/* ---- JSON ---- */

static json_t *json_count(int64_t count)
{
    return count < 0 ? json_null() : json_integer(count);
}

static json_t *json_sum(const struct ledger_sum *sum, bool known)
{
    if (!known)
        return json_null();
    bool told = sum->runs == 0 || sum->tokens_unknown < sum->runs;
    return json_pack(
        "{s:I, s:I, s:o, s:I, s:o, s:I, s:o, s:o, s:o, s:I}", "runs", (json_int_t)sum->runs, "running",
        (json_int_t)sum->running, "usd", cli_json_usd(ledger_cost(sum)), "usd_unknown",
        (json_int_t)sum->cost_unknown, "compute_usd", cli_json_usd(ledger_compute(sum)), "compute_unknown",
        (json_int_t)sum->compute_unknown, "input_tokens", json_count(told ? sum->input_tokens : -1),
        "cached_input_tokens", json_count(told ? sum->cached_tokens : -1), "output_tokens",
        json_count(told ? sum->output_tokens : -1), "tokens_unknown", (json_int_t)sum->tokens_unknown);
}

static void print_account_json(const struct cli *cli, const struct ledger *ledger)
{
    json_t *hours = json_array();
    for (size_t i = 0; i < LEDGER_HOURS; i++)
        json_array_append_new(hours, cli_json_usd(ledger->hours[i]));
    cli_json_print(json_pack("{s:s, s:s, s:s, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "scope", "account",
                             "day", ledger->day, "zone", cli->setup->utc ? "UTC" : "local", "boxes",
                             (json_int_t)ledger->boxes, "boxes_known", (json_int_t)ledger->boxes_known,
                             "today", json_sum(&ledger->today, true), "hour", json_sum(&ledger->hour, true),
                             "all", json_sum(&ledger->all, true), "hours_usd", hours, "service_compute_usd",
                             cli_json_usd(ledger->service_compute_usd), "service_token_usd",
                             cli_json_usd(ledger->service_token_usd)));
}

static void print_row_json(const char *scope, const struct ledger_row *row)
{
    json_t *object =
        json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "scope", scope, "name", row->name, "today",
                  json_sum(&row->today, row->known), "hour", json_sum(&row->hour, row->known), "all",
                  json_sum(&row->all, row->known), "service_usd", cli_json_usd(row->service_usd));
    if (row->box_id != NULL)
        json_object_set_new(object, "box_id", json_string(row->box_id));
    cli_json_print(object);
}

/* ---- for people ---- */

static const char *money(char *out, size_t size, const struct ledger_sum *sum, bool known)
{
    char figure[24];
    double usd = known ? ledger_cost(sum) : -1;
    if (usd < 0)
        snprintf(out, size, "?");
    else
        snprintf(out, size, "%s%s", format_money(figure, sizeof figure, usd),
                 sum->cost_unknown > 0 ? "+?" : "");
    return out;
}

static void print_heading(const char *heading)
{
    printf("%-*s %10s %10s %10s %9s %10s\n", NAME_COLS, heading, "TODAY", "HOUR", "RUNS", "TOKENS",
           "SERVICE");
}

static void print_row(const struct ledger_row *row)
{
    char today[32], hour[32], all[32], tokens[16], service[24];
    cli_put_cell(row->name, NAME_COLS);
    printf(" %10s %10s %10s %9s %10s\n", money(today, sizeof today, &row->today, row->known),
           money(hour, sizeof hour, &row->hour, row->known), money(all, sizeof all, &row->all, row->known),
           format_count(tokens, sizeof tokens, row->known ? ledger_tokens(&row->today) : -1),
           format_money(service, sizeof service, row->service_usd));
}

static void print_account(const struct cli *cli, const struct ledger *ledger)
{
    double service = ledger->service_compute_usd < 0 && ledger->service_token_usd < 0
                         ? -1
                         : (ledger->service_compute_usd > 0 ? ledger->service_compute_usd : 0) +
                               (ledger->service_token_usd > 0 ? ledger->service_token_usd : 0);
    struct ledger_row row = {.name = "all boxes",
                             .known = ledger->boxes_known > 0,
                             .today = ledger->today,
                             .hour = ledger->hour,
                             .all = ledger->all,
                             .service_usd = service};
    print_heading("ACCOUNT");
    print_row(&row);
    printf("%s is %s %s; %zu run%s today, %zu in all; ? is not known\n", "today", ledger->day,
           cli->setup->utc ? "UTC" : "local time", ledger->today.runs, ledger->today.runs == 1 ? "" : "s",
           ledger->all.runs);
    if (ledger->boxes_known < ledger->boxes)
        printf("runs of %zu of %zu boxes are known\n", ledger->boxes_known, ledger->boxes);
}

static void print_rows(const struct cli *cli, const char *scope, const char *heading,
                       const struct ledger_row *rows, size_t count, bool spaced)
{
    if (!cli->options->json && count > 0) {
        printf("%s", spaced ? "\n" : "");
        print_heading(heading);
    }
    for (size_t i = 0; i < count; i++) {
        if (cli->options->json)
            print_row_json(scope, &rows[i]);
        else
            print_row(&rows[i]);
    }
}

/* ---- by run ---- */

struct spent {
    const struct store_box *box;
    const struct run *run;
    double usd;
};

static int compare_spent(const void *left, const void *right)
{
    const struct spent *a = left, *b = right;
    if (a->usd != b->usd)
        return a->usd > b->usd ? -1 : 1;
    return (a->run->created_at < b->run->created_at) - (a->run->created_at > b->run->created_at);
}

static void print_spent(const struct cli *cli, const struct spent *spent, int64_t midnight)
{
    char cost[24], compute[24], tokens[16];
    const struct run *run = spent->run;
    int64_t at = ledger_counts_at(run, clock_wall_ms());
    if (cli->options->json) {
        json_t *object = cli_json_run(run);
        json_object_set_new(object, "scope", json_string("run"));
        json_object_set_new(object, "box", json_string(box_title(&spent->box->box)));
        json_object_set_new(object, "today", json_boolean(at >= midnight));
        json_object_set_new(object, "usd", cli_json_usd(spent->usd));
        cli_json_print(object);
        return;
    }
    cli_put_cell(box_title(&spent->box->box), NAME_COLS);
    printf(" %c %10s %10s %9s  %-16s ", at >= midnight ? 't' : ' ',
           spent->usd < 0 ? "?" : format_money(cost, sizeof cost, spent->usd),
           format_money(compute, sizeof compute, run_usd(run, run->compute_cost_usd)),
           format_count(tokens, sizeof tokens, run_tokens(run)), run->id != NULL ? run->id : "-");
    cli_put_cell(run->prompt != NULL ? run->prompt : "-", 40);
    putchar('\n');
}

static void print_runs(const struct cli *cli, const struct cli_boxes *boxes)
{
    struct spent *spent = NULL;
    size_t count = 0, room = 0;
    for (size_t i = 0; i < boxes->count; i++) {
        const struct store_box *box = store_find(&cli->store, boxes->ids[i]);
        for (size_t k = 0; box != NULL && k < box->run_count; k++) {
            const struct run *run = &box->runs[k];
            if (run->unreadable)
                continue;
            spent = mem_grow(spent, &room, count + 1, sizeof *spent);
            spent[count++] = (struct spent){box, run, run_usd(run, run->cost_usd)};
        }
    }
    if (count > 1)
        qsort(spent, count, sizeof *spent, compare_spent);
    if (!cli->options->json)
        printf("%-*s T %10s %10s %9s  %-16s %s\n", NAME_COLS, "BOX", "COST", "COMPUTE", "TOKENS", "RUN",
               "PROMPT");
    int64_t midnight = ledger_midnight(clock_wall_ms(), cli->setup->utc);
    for (size_t i = 0; i < count && (cli->options->limit == 0 || i < (size_t)cli->options->limit); i++)
        print_spent(cli, &spent[i], midnight);
    free(spent);
}

/* ---- the verb ---- */

static void print_tables(const struct cli *cli, const struct cli_boxes *boxes, unsigned by)
{
    struct ledger ledger = {0};
    ledger_begin(&ledger, clock_wall_ms(), cli->setup->utc);
    for (size_t i = 0; i < boxes->count; i++) {
        const struct store_box *box = store_find(&cli->store, boxes->ids[i]);
        if (box != NULL)
            ledger_add(&ledger, box);
    }
    ledger_end(&ledger);
    if ((by & BY_ACCOUNT) != 0 && cli->options->json)
        print_account_json(cli, &ledger);
    else if ((by & BY_ACCOUNT) != 0)
        print_account(cli, &ledger);
    bool spaced = by != BY_LABEL && by != BY_BOX;
    if ((by & BY_LABEL) != 0)
        print_rows(cli, "label", "LABEL", ledger.labels, ledger.label_count, spaced);
    if ((by & BY_BOX) != 0)
        print_rows(cli, "box", "BOX", ledger.rows, ledger.row_count, spaced);
    ledger_done(&ledger);
}

int cli_cost(struct cli *cli)
{
    const struct options *options = cli->options;
    unsigned by;
    if (!read_by(options->by, &by))
        return cli_usage("--by takes account, label, box or run");
    struct cli_boxes boxes;
    int status = cli_boxes_choose(cli, options->words, options->word_count, &boxes);
    if (status == CLI_OK)
        status = cli_fetch_runs(cli, &boxes);
    if (status == CLI_OK) {
        if (by == BY_RUN)
            print_runs(cli, &boxes);
        else
            print_tables(cli, &boxes, by);
        status = boxes.failed > 0 ? CLI_ERROR : CLI_OK;
    }
    cli_boxes_done(&boxes);
    return status;
}
