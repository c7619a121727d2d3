/*
 * boxtop attention: the queue of the console's `!`, by the same rules, without what was seen there.
 */
#include "client/base/clock.h"
#include "tui/acks.h"
#include "tui/cli/cli.h"
#include "tui/cli/cli_fetch.h"
#include "tui/cli/cli_json.h"
#include "tui/format.h"
#include "tui/ledger.h"
#include "tui/rules.h"

#include <stdio.h>

enum { HOUR_MS = 3600 * 1000, TITLE_COLS = 20, REASON_COLS = 21 };

struct queue {
    struct acks acks;
    struct ledger ledger;
    struct notices notices;
    int64_t wall_ms;
    size_t open;
};

/* A box where nothing happened lately has no run that is news. */
static bool may_have_news(const struct cli *cli, const struct box *box, int64_t wall_ms)
{
    int64_t at = box->last_activity_at > box->updated_at ? box->last_activity_at : box->updated_at;
    return at == 0 || box->status == BOX_STATUS_RUNNING ||
           wall_ms - at < cli->setup->limits.failed_ms + HOUR_MS;
}

/* What the rules look at: runs of boxes where something happened, logs of those that work or are broken. */
static int fetch(struct cli *cli, size_t *failed)
{
    struct cli_boxes boxes, active = {0}, logged = {0};
    int64_t wall_ms = clock_wall_ms();
    int status = cli_boxes_choose(cli, NULL, 0, &boxes);
    if (status != CLI_OK)
        return status;
    for (size_t i = 0; i < boxes.count; i++) {
        const struct box *box = &store_find(&cli->store, boxes.ids[i])->box;
        if (may_have_news(cli, box, wall_ms))
            cli_boxes_add(&active, boxes.ids[i]);
        if (box->status == BOX_STATUS_RUNNING || box->status == BOX_STATUS_ERROR)
            cli_boxes_add(&logged, boxes.ids[i]);
    }
    status = cli_fetch_runs(cli, &active);
    if (status == CLI_OK)
        status = cli_fetch_logs(cli, &logged);
    *failed = active.failed;
    cli_boxes_done(&boxes);
    cli_boxes_done(&active);
    cli_boxes_done(&logged);
    return status;
}

static void print_notice(const struct cli *cli, const struct queue *queue, const struct notice *notice,
                         enum ack_state state)
{
    static const char *const words[] = {[ACK_NONE] = "open", [ACK_SEEN] = "seen", [ACK_SNOOZED] = "snoozed"};
    static const char signs[] = {[ACK_NONE] = '!', [ACK_SEEN] = '.', [ACK_SNOOZED] = 'z'};
    if (cli->options->json) {
        json_t *object =
            json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "rule", rules_name(notice->rule),
                      "key", notice->key, "state", words[state], "box_id", notice->box_id, "run_id",
                      notice->run_id, "title", notice->title, "reason", notice->reason, "evidence",
                      notice->evidence, "since", cli_json_stamp(notice->since));
        if (notice->since > 0)
            json_object_set_new(object, "age_s", json_integer((queue->wall_ms - notice->since) / 1000));
        cli_json_print(object);
        return;
    }
    char age[16];
    printf("%c ", signs[state]);
    cli_put_cell(notice->title, TITLE_COLS);
    putchar(' ');
    cli_put_cell(notice->reason, REASON_COLS);
    printf(" %5s  %s\n", format_since(age, sizeof age, notice->since, queue->wall_ms), notice->evidence);
}

static void print_queue(struct cli *cli, struct queue *queue)
{
    struct jobs none = {0};
    queue->wall_ms = clock_wall_ms();
    if (cli->setup->acks_file != NULL)
        acks_load(&queue->acks, cli->setup->acks_file, queue->wall_ms);
    ledger_make(&queue->ledger, &cli->store, queue->wall_ms, cli->setup->utc);
    rules_find(&queue->notices, &cli->store, &none, &queue->ledger, &cli->setup->limits, queue->wall_ms,
               clock_ms());
    for (size_t i = 0; i < queue->notices.count; i++) {
        const struct notice *notice = &queue->notices.items[i];
        enum ack_state state = acks_state(&queue->acks, notice->key, queue->wall_ms);
        queue->open += state == ACK_NONE;
        if (state == ACK_NONE || cli->options->all)
            print_notice(cli, queue, notice, state);
    }
    if (queue->notices.dropped > 0)
        fprintf(stderr, "boxtop: %zu more are not shown\n", queue->notices.dropped);
}

/* A refused key is in the queue too; the exit status stays that of a refused key. */
int cli_attention(struct cli *cli)
{
    if (cli->options->word_count > 0)
        return cli_usage("attention takes no words");
    size_t failed = 0;
    struct queue queue = {0};
    int status = fetch(cli, &failed);
    if (status == CLI_OK || status == CLI_AUTH)
        print_queue(cli, &queue);
    if (status == CLI_OK)
        status = queue.open > 0 ? CLI_ATTENTION : failed > 0 ? CLI_ERROR : CLI_OK;
    ledger_done(&queue.ledger);
    notices_done(&queue.notices);
    acks_done(&queue.acks);
    return status;
}
