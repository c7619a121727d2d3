/*
 * boxtop runs: the runs of one box or of many, filtered and sorted as in the console.
 */
#include "client/base/clock.h"
#include "client/base/mem.h"
#include "tui/cli/cli.h"
#include "tui/cli/cli_fetch.h"
#include "tui/cli/cli_json.h"
#include "tui/format.h"
#include "tui/jobs.h"
#include "tui/runlist.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TITLE_COLS = 20, STATUS_COLS = 10, PROMPT_COLS = 100 };

/* Runs of many boxes in one array, as runlist wants them. The runs are borrowed from the store. */
struct gathered {
    struct run *runs;
    const struct store_box **boxes; /* of each run */
    size_t count, room, boxes_room;
};

static void gather(struct gathered *all, const struct store_box *box, int64_t since)
{
    for (size_t i = 0; i < box->run_count; i++) {
        const struct run *run = &box->runs[i];
        if (since > 0 && run->created_at > 0 && run->created_at < since)
            continue;
        all->runs = mem_grow(all->runs, &all->room, all->count + 1, sizeof *all->runs);
        all->boxes = mem_grow(all->boxes, &all->boxes_room, all->count + 1, sizeof *all->boxes);
        all->runs[all->count] = *run;
        all->boxes[all->count++] = box;
    }
}

static int compare_starts(const void *left, const void *right, void *context)
{
    const struct gathered *all = context;
    size_t a = *(const size_t *)left, b = *(const size_t *)right;
    int64_t x = all->runs[a].created_at, y = all->runs[b].created_at;
    return x != y ? (x < y) - (x > y) : (a > b) - (a < b);
}

/* Boxes keep the service's order each; runs of several stand by their start. */
static void sort_by_start(struct gathered *all)
{
    size_t *order = mem_zalloc(all->count + 1, sizeof *order);
    struct gathered sorted = {.runs = mem_zalloc(all->count + 1, sizeof *sorted.runs),
                              .boxes = mem_zalloc(all->count + 1, sizeof *sorted.boxes),
                              .count = all->count};
    for (size_t i = 0; i < all->count; i++)
        order[i] = i;
    qsort_r(order, all->count, sizeof *order, compare_starts, all);
    for (size_t i = 0; i < all->count; i++) {
        sorted.runs[i] = all->runs[order[i]];
        sorted.boxes[i] = all->boxes[order[i]];
    }
    free(order);
    free(all->runs);
    free(all->boxes);
    *all = sorted;
}

static bool read_sort(const char *word, enum runlist_sort *sort)
{
    *sort = RUNLIST_BY_START;
    for (enum runlist_sort i = 0; word != NULL && i < RUNLIST_SORTS; i++)
        if (strcmp(runlist_sort_name(i), word) == 0) {
            *sort = i;
            return true;
        }
    return word == NULL;
}

static void print_heading(bool many)
{
    if (many)
        printf("%-*s ", TITLE_COLS, "BOX");
    printf("%-16s %-*s %4s %5s %7s %8s %8s  %s\n", "ID", STATUS_COLS, "STATUS", "EXIT", "AGO", "TOOK", "COST",
           "TOKENS", "PROMPT");
}

static void print_run(const struct store_box *box, const struct run *run, bool many, int64_t wall_ms)
{
    char exit_code[16], age[16], took[16], cost[24], tokens[16];
    struct jobs none = {0};
    if (many) {
        cli_put_cell(box_title(&box->box), TITLE_COLS);
        putchar(' ');
    }
    printf("%-16s ", run->id != NULL && run->id[0] != '\0' ? run->id : "-");
    cli_put_cell(run->unreadable ? "unreadable" : run_status_text(run), STATUS_COLS);
    printf(" %4s %5s %7s %8s %8s  ", jobs_exit_text(exit_code, sizeof exit_code, &none, run),
           format_since(age, sizeof age, run->created_at, wall_ms),
           format_duration(took, sizeof took, run_took(run, wall_ms)),
           format_money(cost, sizeof cost, run_usd(run, run->cost_usd)),
           format_count(tokens, sizeof tokens, run_tokens(run)));
    const char *prompt = run->prompt != NULL ? run->prompt : "-";
    printf("%.*s\n", format_cut(prompt, PROMPT_COLS), prompt);
}

static void print_all(const struct cli *cli, struct gathered *all, struct runlist *list, bool many)
{
    int64_t wall_ms = clock_wall_ms();
    sort_by_start(all);
    runlist_update(list, all->runs, all->count, wall_ms);
    if (!cli->options->json)
        print_heading(many);
    size_t most = cli->options->limit > 0 ? (size_t)cli->options->limit : list->count;
    for (size_t i = 0; i < list->count && i < most; i++) {
        const struct run *run = &all->runs[list->rows[i]];
        const struct store_box *box = all->boxes[list->rows[i]];
        if (!cli->options->json) {
            print_run(box, run, many, wall_ms);
            continue;
        }
        json_t *object = cli_json_run(run);
        json_object_set_new(object, "box", json_string(box_title(&box->box)));
        cli_json_print(object);
    }
}

static int run(struct cli *cli, struct runlist *list)
{
    const struct options *options = cli->options;
    struct cli_boxes boxes;
    int status = cli_boxes_choose(cli, options->words, options->word_count, &boxes);
    if (status == CLI_OK)
        status = cli_fetch_runs(cli, &boxes);
    if (status == CLI_OK) {
        struct gathered all = {0};
        for (size_t i = 0; i < boxes.count; i++) {
            const struct store_box *box = store_find(&cli->store, boxes.ids[i]);
            if (box != NULL)
                gather(&all, box, options->since);
        }
        print_all(cli, &all, list, options->word_count != 1 || options->label != NULL);
        free(all.runs);
        free(all.boxes);
        status = boxes.failed > 0 ? CLI_ERROR : CLI_OK;
    }
    cli_boxes_done(&boxes);
    return status;
}

int cli_runs(struct cli *cli)
{
    const struct options *options = cli->options;
    struct runlist list = {.reverse = options->reverse};
    struct err err;
    if (options->word_count == 0 && !options->all && options->label == NULL)
        return cli_usage("runs takes boxes, --label L or --all");
    if (!read_sort(options->sort, &list.sort))
        return cli_usage("--sort takes start, status, took, cost or tokens");
    list.filter = run_filter_new(options->filter != NULL ? options->filter : "", &err);
    if (list.filter == NULL)
        return cli_fail(&err);
    int status = run(cli, &list);
    runlist_done(&list);
    return status;
}
