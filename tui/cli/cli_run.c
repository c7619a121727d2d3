/*
 * boxtop run show, boxtop run diff: the console's pages of one run and of two side by side.
 */
#include "client/base/clock.h"
#include "client/base/mem.h"
#include "tui/cli/cli.h"
#include "tui/cli/cli_fetch.h"
#include "tui/cli/cli_json.h"
#include "tui/cli/cli_sheet.h"
#include "tui/run_page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STORY_MS = 20000, OLDER_PAGES_MAX = 30, SHOW_COLS = 4000, DIFF_COLS = 160 };

/* A run that was asked for. */
struct wanted {
    char *box_id; /* owned; NULL until it is found */
    const char *run_id;
    int pages; /* older pages of the log asked for on its behalf */
};

/* ---- finding it ---- */

/* "BOX/RUN", or RUN with its box beside it, or RUN in whichever box has it. */
static int find_box_of(struct cli *cli, struct wanted *wanted, const char *box_word, const char *word)
{
    const char *slash = strrchr(word, '/');
    wanted->run_id = slash != NULL ? slash + 1 : word;
    char *named = slash != NULL ? mem_dup_bytes(word, (size_t)(slash - word)) : mem_dup(box_word);
    if (named == NULL)
        return CLI_OK;
    const struct store_box *box = cli_find_box(cli, named);
    free(named);
    if (box == NULL)
        return CLI_NOT_FOUND;
    wanted->box_id = mem_dup(box->box.id);
    return CLI_OK;
}

static const struct run *run_of(const struct cli *cli, const struct wanted *wanted)
{
    const struct store_box *box = wanted->box_id != NULL ? store_find(&cli->store, wanted->box_id) : NULL;
    return box != NULL ? store_find_run(box, wanted->run_id) : NULL;
}

static int locate(struct cli *cli, struct wanted *wanted)
{
    for (size_t i = 0; wanted->box_id == NULL && i < cli->store.box_count; i++)
        if (store_find_run(cli->store.boxes[i], wanted->run_id) != NULL)
            wanted->box_id = mem_dup(cli->store.boxes[i]->box.id);
    if (run_of(cli, wanted) != NULL)
        return CLI_OK;
    if (wanted->box_id != NULL)
        fprintf(stderr, "boxtop: box %s has no run \"%.100s\"\n", wanted->box_id, wanted->run_id);
    else
        fprintf(stderr, "boxtop: no box has a run \"%.100s\"\n", wanted->run_id);
    return CLI_NOT_FOUND;
}

/* Fetches the runs of the boxes that are named, of all of them when one is not. */
static int find_runs(struct cli *cli, struct wanted *wanted, size_t count)
{
    struct cli_boxes boxes = {0};
    bool all = false;
    for (size_t i = 0; i < count; i++)
        all = all || wanted[i].box_id == NULL;
    int status = all ? cli_boxes_choose(cli, NULL, 0, &boxes) : CLI_OK;
    for (size_t i = 0; !all && i < count; i++)
        if (i == 0 || strcmp(wanted[i].box_id, wanted[0].box_id) != 0)
            cli_boxes_add(&boxes, wanted[i].box_id);
    if (status == CLI_OK)
        status = cli_fetch_runs(cli, &boxes);
    for (size_t i = 0; i < count && status == CLI_OK; i++)
        status = locate(cli, &wanted[i]);
    if (status == CLI_NOT_FOUND && boxes.failed > 0)
        status = CLI_ERROR; /* it may be in a box that did not answer */
    cli_boxes_done(&boxes);
    return status;
}

/* ---- its log ---- */

struct stories {
    struct wanted *wanted;
    size_t count;
    int64_t until_ms;
};

/* Whether the log reaches back to where the run began, as far as it can; asks for more of it if not. */
static bool is_told(struct cli *cli, struct wanted *wanted)
{
    struct jobs none = {0};
    struct run_story story = {0};
    const struct store_box *box = store_find(&cli->store, wanted->box_id);
    if (box == NULL || box->gone)
        return true;
    if (box->logs_ms == 0)
        return box->trouble != NULL;
    bool more = run_story_read(&story, &none, box, wanted->run_id) && run_story_wants_older(&story) &&
                wanted->pages < OLDER_PAGES_MAX;
    run_story_done(&story);
    if (more && store_request_of(&cli->store, REQUEST_LOGS_OLDER, wanted->box_id) == NULL) {
        wanted->pages++;
        uint64_t id = client_ask(cli->client, request_new(REQUEST_LOGS_OLDER, wanted->box_id));
        store_expect(&cli->store, id, REQUEST_LOGS_OLDER, wanted->box_id, clock_ms());
    }
    return !more;
}

static bool are_told(struct cli *cli)
{
    struct stories *stories = cli->state;
    bool told = true;
    for (size_t i = 0; i < stories->count; i++)
        told = is_told(cli, &stories->wanted[i]) && told;
    return told || clock_ms() > stories->until_ms;
}

static int fetch_stories(struct cli *cli, struct wanted *wanted, size_t count)
{
    struct stories stories = {wanted, count, clock_ms() + STORY_MS};
    const char *ids[2] = {wanted[0].box_id, wanted[count - 1].box_id};
    cli->state = &stories;
    client_watch(cli->client, &(struct watch){.tailed = ids, .tailed_count = count});
    int status = cli_wait(cli, are_told, 0);
    cli->state = NULL;
    return status;
}

/* ---- as JSON ---- */

static json_t *json_step(const struct step *step, int64_t wall_ms)
{
    static const char *const kinds[] = {
        [STEP_THINKING] = "thinking", [STEP_TEXT] = "text", [STEP_TOOL] = "tool", [STEP_ERROR] = "error"};
    json_t *object = json_pack("{s:s, s:s*, s:s*, s:o, s:I, s:b, s:I}", "kind", kinds[step->kind], "name",
                               step->name, "summary", step->summary, "start", cli_json_stamp(step->start),
                               "took_ms", (json_int_t)timeline_took(step, wall_ms), "open", step->end == 0,
                               "errors", (json_int_t)step->errors);
    return object != NULL ? object : json_object();
}

static json_t *json_story(const struct run_story *story, const struct page_clock *clock)
{
    json_t *object = cli_json_run(story->run), *steps = json_array();
    for (size_t i = 0; i < story->timeline->count; i++)
        json_array_append_new(steps, json_step(&story->timeline->steps[i], clock->wall_ms));
    json_object_set_new(object, "box", json_string(box_title(&story->box->box)));
    json_object_set_new(object, "timeline", json_string(run_story_note(story)));
    json_object_set_new(object, "steps", steps);
    return object;
}

static bool same_text(const char *a, const char *b)
{
    return strcmp(a != NULL ? a : "", b != NULL ? b : "") == 0;
}

static json_t *json_call(const struct timeline *timeline, int at, int64_t wall_ms)
{
    return at < 0 ? json_null() : json_step(&timeline->steps[at], wall_ms);
}

static void print_diff_json(const struct run_story *left, const struct run_story *right,
                            const struct page_clock *clock)
{
    struct timeline_pair *pairs;
    size_t count = timeline_align(left->timeline, right->timeline, &pairs);
    json_t *tools = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(
            tools, json_pack("{s:o, s:o}", "left", json_call(left->timeline, pairs[i].left, clock->wall_ms),
                             "right", json_call(right->timeline, pairs[i].right, clock->wall_ms)));
    free(pairs);
    const struct run *a = left->run, *b = right->run;
    json_t *same = json_pack("{s:b, s:b, s:b, s:b}", "prompt", same_text(a->prompt, b->prompt), "model",
                             same_text(a->model, b->model), "output", same_text(a->output, b->output),
                             "error_message", same_text(a->error_message, b->error_message));
    cli_json_print(json_pack("{s:o, s:o, s:o, s:o}", "left", json_story(left, clock), "right",
                             json_story(right, clock), "same", same, "tools", tools));
}

/* ---- the verbs ---- */

static int print_show(struct cli *cli, const struct wanted *wanted, const struct page_clock *clock)
{
    struct jobs none = {0};
    struct run_story story = {0};
    run_story_read(&story, &none, store_find(&cli->store, wanted->box_id), wanted->run_id);
    if (cli->options->json) {
        cli_json_print(json_story(&story, clock));
    } else {
        struct sheet sheet = {0};
        run_page_fill(&sheet, &story, clock, cli_sheet_columns(SHOW_COLS));
        cli_sheet_print(&sheet);
        sheet_done(&sheet);
    }
    enum run_status ended = story.run->status;
    run_story_done(&story);
    return ended == RUN_STATUS_FAILED || ended == RUN_STATUS_CANCELLED ? CLI_FAILED : CLI_OK;
}

static int print_diff(struct cli *cli, const struct wanted *wanted, const struct page_clock *clock)
{
    struct jobs none = {0};
    struct run_story left = {0}, right = {0};
    run_story_read(&left, &none, store_find(&cli->store, wanted[0].box_id), wanted[0].run_id);
    run_story_read(&right, &none, store_find(&cli->store, wanted[1].box_id), wanted[1].run_id);
    if (cli->options->json) {
        print_diff_json(&left, &right, clock);
    } else {
        struct sheet sheet = {0};
        run_page_compare(&sheet, &left, &right, clock, cli_sheet_columns(DIFF_COLS));
        cli_sheet_print(&sheet);
        sheet_done(&sheet);
    }
    run_story_done(&left);
    run_story_done(&right);
    return CLI_OK;
}

/* Words after "show" or "diff": as many runs as there must be, and perhaps a box before them. */
static int carry_out(struct cli *cli, char **words, int word_count, size_t runs)
{
    struct wanted wanted[2] = {{0}};
    const char *box = word_count > (int)runs ? words[0] : NULL;
    int status = cli_wait_boxes(cli);
    for (size_t i = 0; i < runs && status == CLI_OK; i++)
        status = find_box_of(cli, &wanted[i], box, words[(box != NULL) + i]);
    if (status == CLI_OK)
        status = find_runs(cli, wanted, runs);
    if (status == CLI_OK)
        status = fetch_stories(cli, wanted, runs);
    if (status == CLI_OK) {
        struct page_clock clock = {clock_wall_ms(), cli->setup->utc};
        bool known = run_of(cli, &wanted[0]) != NULL && run_of(cli, &wanted[runs - 1]) != NULL;
        status = !known      ? CLI_NOT_FOUND
                 : runs == 1 ? print_show(cli, wanted, &clock)
                             : print_diff(cli, wanted, &clock);
    }
    free(wanted[0].box_id);
    free(wanted[1].box_id);
    return status;
}

/* A run that failed makes show fail: `boxtop run show RUN && deploy` means what it says. */
int cli_run_one(struct cli *cli)
{
    char **words = cli->options->words;
    int count = cli->options->word_count;
    bool diff = count > 0 && strcmp(words[0], "diff") == 0;
    bool show = count > 0 && strcmp(words[0], "show") == 0;
    size_t runs = diff ? 2 : 1;
    if (diff || show) {
        words++;
        count--;
    }
    if (count < (int)runs || count > (int)runs + 1 || !(diff || show || count == 2))
        return cli_usage("run takes show [BOX] RUN, or diff [BOX] RUN RUN");
    return carry_out(cli, words, count, runs);
}
