/*
 * boxtop list
 */
#include "client/base/clock.h"
#include "tui/cli/cli.h"
#include "tui/cli/cli_json.h"
#include "tui/format.h"

#include <stdio.h>

static void print_box(const struct box *box, int64_t wall_ms)
{
    char age[16], last[16], cost[16];
    printf("%-28s %-9s %-12s %5s %5s %9s  %s\n", box->id, box_status_word(box->status),
           box->agent != NULL ? box->agent : "-", format_since(age, sizeof age, box->created_at, wall_ms),
           format_since(last, sizeof last, box->last_activity_at, wall_ms),
           format_money(cost, sizeof cost, box_cost_usd(box)), box->name != NULL ? box->name : "-");
}

int cli_list(struct cli *cli)
{
    if (cli->options->word_count > 0)
        return cli_usage("list takes no words");
    int status = cli_wait_boxes(cli);
    if (status != CLI_OK)
        return status;
    if (!cli->options->json)
        printf("%-28s %-9s %-12s %5s %5s %9s  %s\n", "ID", "STATUS", "AGENT", "AGE", "LAST", "COST", "NAME");
    for (size_t i = 0; i < cli->store.box_count; i++) {
        const struct box *box = &cli->store.boxes[i]->box;
        if (box->unreadable) {
            fprintf(stderr, "boxtop: %s\n", box->name);
            continue;
        }
        if (!cli_has_label(cli, box))
            continue;
        if (cli->options->json)
            cli_json_print(cli_json_box(box));
        else
            print_box(box, clock_wall_ms());
    }
    return CLI_OK;
}
