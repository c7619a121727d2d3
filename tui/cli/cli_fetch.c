#include "tui/cli/cli_fetch.h"

#include "client/base/clock.h"
#include "client/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AT_ONCE = 4, LOGS_MS = 10000 };

void cli_boxes_done(struct cli_boxes *boxes)
{
    for (size_t i = 0; i < boxes->count; i++)
        free(boxes->ids[i]);
    free(boxes->ids);
    *boxes = (struct cli_boxes){0};
}

void cli_boxes_add(struct cli_boxes *boxes, const char *id)
{
    boxes->ids = mem_grow(boxes->ids, &boxes->room, boxes->count + 1, sizeof *boxes->ids);
    boxes->ids[boxes->count++] = mem_dup(id);
}

static bool is_among(const struct cli_boxes *boxes, size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(boxes->ids[i], id) == 0)
            return true;
    return false;
}

int cli_boxes_choose(struct cli *cli, char **words, int word_count, struct cli_boxes *boxes)
{
    *boxes = (struct cli_boxes){0};
    int status = cli_wait_boxes(cli);
    if (status != CLI_OK)
        return status;
    bool by_label = cli->options->label != NULL || word_count == 0;
    for (int i = 0; i < word_count; i++) {
        const struct store_box *box = cli_find_box(cli, words[i]);
        if (box == NULL)
            return CLI_NOT_FOUND;
        if (!is_among(boxes, boxes->count, box->box.id))
            cli_boxes_add(boxes, box->box.id);
    }
    size_t named = boxes->count;
    for (size_t i = 0; by_label && i < cli->store.box_count; i++) {
        const struct box *box = &cli->store.boxes[i]->box;
        if (!box->unreadable && cli_has_label(cli, box) && !is_among(boxes, named, box->id))
            cli_boxes_add(boxes, box->id);
    }
    return CLI_OK;
}

/* ---- runs ---- */

struct fetch {
    struct cli_boxes *boxes;
    size_t next, under_way;
    struct {
        uint64_t id; /* of the request, 0 for none */
        size_t box;
    } asked[AT_ONCE];
};

static void ask_next(struct cli *cli, struct fetch *fetch)
{
    for (size_t i = 0; i < AT_ONCE && fetch->next < fetch->boxes->count; i++) {
        if (fetch->asked[i].id != 0)
            continue;
        fetch->asked[i].box = fetch->next;
        fetch->asked[i].id =
            client_ask(cli->client, request_new(REQUEST_RUNS, fetch->boxes->ids[fetch->next++]));
        fetch->under_way++;
    }
}

static void on_reply(struct cli *cli, struct event *event)
{
    struct fetch *fetch = cli->state;
    for (size_t i = 0; event->kind == EVENT_REPLY && i < AT_ONCE; i++) {
        if (fetch->asked[i].id == 0 || fetch->asked[i].id != event->request_id)
            continue;
        fetch->asked[i].id = 0;
        fetch->under_way--;
        enum err_kind kind = event->reply.err.kind;
        if (kind == ERR_NONE || kind == ERR_NOT_FOUND)
            continue;
        fetch->boxes->failed++;
        fprintf(stderr, "boxtop: %s: %s\n", fetch->boxes->ids[fetch->asked[i].box], event->reply.err.text);
    }
}

static bool have_runs(struct cli *cli)
{
    struct fetch *fetch = cli->state;
    ask_next(cli, fetch);
    return fetch->under_way == 0;
}

int cli_fetch_runs(struct cli *cli, struct cli_boxes *boxes)
{
    struct fetch fetch = {.boxes = boxes};
    cli->state = &fetch;
    cli->on_event = on_reply;
    int status = cli_wait(cli, have_runs, 0);
    cli->on_event = NULL;
    cli->state = NULL;
    return status;
}

/* ---- logs ---- */

struct logs_fetch {
    const struct cli_boxes *boxes;
    const char **missing; /* ids of those that were not had yet */
    size_t count;
    int64_t until_ms;
};

static bool is_had(const struct store_box *box)
{
    return box == NULL || box->gone || box->logs_ms != 0 || box->trouble != NULL;
}

/* Only what is missing is watched: what is there is not asked for again meanwhile. */
static bool have_logs(struct cli *cli)
{
    struct logs_fetch *fetch = cli->state;
    size_t count = 0;
    for (size_t i = 0; i < fetch->boxes->count; i++)
        if (!is_had(store_find(&cli->store, fetch->boxes->ids[i])))
            fetch->missing[count++] = fetch->boxes->ids[i];
    if (count != fetch->count) {
        fetch->count = count;
        fetch->until_ms = clock_ms() + LOGS_MS;
        client_watch(cli->client, &(struct watch){.tailed = fetch->missing, .tailed_count = count});
    }
    return count == 0 || clock_ms() > fetch->until_ms;
}

int cli_fetch_logs(struct cli *cli, const struct cli_boxes *boxes)
{
    struct logs_fetch fetch = {.boxes = boxes, .count = SIZE_MAX};
    fetch.missing = mem_zalloc(boxes->count + 1, sizeof *fetch.missing);
    cli->state = &fetch;
    int status = cli_wait(cli, have_logs, 0);
    cli->state = NULL;
    if (status == CLI_OK && fetch.count > 0)
        fprintf(stderr, "boxtop: the logs of %zu boxes could not be had\n", fetch.count);
    free(fetch.missing);
    return status;
}
