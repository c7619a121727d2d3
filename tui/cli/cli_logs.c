/*
 * boxtop logs [-f] BOX... | --all | --label L
 *
 * Nothing is kept of what was printed but digests: a follow of weeks takes no more memory than one of
 * minutes.
 */
#include "client/base/clock.h"
#include "client/base/mem.h"
#include "client/text/inert.h"
#include "tui/cli/cli.h"
#include "tui/cli/cli_json.h"
#include "tui/cli/cli_lines.h"
#include "tui/format.h"
#include "tui/pattern.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    STUCK_MS = 60000,     /* without any page: give up, unless following */
    TROUBLE_MS = 5000,    /* a box whose log cannot be had for so long */
    FIRST_HOLD_MS = 5000, /* following: how long the first lines wait for the slowest box */
    ASK_AGAIN_MS = 1000,  /* after an older page could not be had */
    OLDER_AT_ONCE = 8,    /* older pages under way */
    TITLE_COLS = 20,
};

/* One box whose log is printed. */
struct followed {
    char *id;
    char *title;
    struct cli_lines lines;
    int64_t oldest;     /* stamp of the oldest line that came, 0 none */
    bool at_start;      /* nothing older exists */
    bool reached;       /* its log goes back far enough: lines may be printed */
    bool left;          /* it was deleted, or has lost the label */
    int64_t failed_ms;  /* when an older page could not be had, 0 never */
    int64_t trouble_ms; /* since when its log cannot be had, 0 when it can */
    bool told;          /* that it cannot */
};

struct logs {
    struct followed *boxes;
    size_t count, room, hint;
    const char **ids; /* what is watched */
    struct pattern *grep;
    int64_t since;   /* wall ms; 0: what the first pages hold */
    uint64_t looked; /* store.list_version the boxes were chosen from */
    size_t reached;  /* how many boxes have */
    int64_t start_ms;
    int64_t page_ms;  /* of the last page that came */
    bool begun;       /* lines are printed as they come */
    bool some_failed; /* the log of a box could not be had */
    bool stuck;       /* nothing comes any more */
};

/* ---- which boxes ---- */

/* Boxes are looked for in the order in which they were added: the next one is mostly the one. */
static struct followed *find(struct logs *logs, const char *id)
{
    for (size_t i = 0; i < logs->count && id != NULL; i++) {
        size_t at = (logs->hint + i) % logs->count;
        if (strcmp(logs->boxes[at].id, id) != 0)
            continue;
        logs->hint = at + 1;
        return &logs->boxes[at];
    }
    return NULL;
}

/* What a person is told beside the lines, when following. */
static void tell(const struct cli *cli, const struct followed *followed, const char *what)
{
    const struct logs *logs = cli->state;
    if (cli->options->follow && logs->begun)
        fprintf(stderr, "boxtop: %s %s\n", followed->title, what);
}

static void follow_box(struct cli *cli, const struct box *box)
{
    struct logs *logs = cli->state;
    struct followed *followed = find(logs, box->id);
    if (followed != NULL && !followed->left)
        return;
    if (followed == NULL) {
        logs->boxes = mem_grow(logs->boxes, &logs->room, logs->count + 1, sizeof *logs->boxes);
        followed = &logs->boxes[logs->count++];
        *followed = (struct followed){.id = mem_dup(box->id), .title = mem_dup(box_title(box))};
    }
    followed->left = false;
    tell(cli, followed, "joins");
}

static bool is_wanted(const struct cli *cli, const struct box *box)
{
    const struct options *options = cli->options;
    if (box->unreadable)
        return false;
    for (int i = 0; i < options->word_count; i++) {
        const struct store_box *named = store_find_named(&cli->store, options->words[i]);
        if (named != NULL && strcmp(named->box.id, box->id) == 0)
            return true;
    }
    return (options->all || options->label != NULL) && cli_has_label(cli, box);
}

static void look_for_leavers(struct cli *cli)
{
    struct logs *logs = cli->state;
    bool by_list = cli->options->word_count == 0;
    for (size_t i = 0; i < logs->count; i++) {
        struct followed *followed = &logs->boxes[i];
        const struct store_box *box = store_find(&cli->store, followed->id);
        bool gone = box == NULL || box->gone;
        if (followed->left || !(gone || (by_list && !is_wanted(cli, &box->box))))
            continue;
        followed->left = true;
        tell(cli, followed, gone ? "was deleted" : "leaves: it has lost the label");
    }
}

/* Without -f a box that has told enough is not asked again, and so does not keep the others waiting. */
static void watch(struct cli *cli)
{
    struct logs *logs = cli->state;
    size_t count = 0;
    logs->ids = mem_resize(logs->ids, logs->count + 1, sizeof *logs->ids);
    for (size_t i = 0; i < logs->count; i++)
        if (!logs->boxes[i].left && (cli->options->follow || !logs->boxes[i].reached))
            logs->ids[count++] = logs->boxes[i].id;
    client_watch(cli->client, &(struct watch){.tailed = logs->ids, .tailed_count = count});
}

/* Boxes join and leave by themselves. */
static void choose(struct cli *cli)
{
    struct logs *logs = cli->state;
    if (logs->looked == cli->store.list_version)
        return;
    logs->looked = cli->store.list_version;
    for (size_t i = 0; i < cli->store.box_count; i++) {
        const struct store_box *box = cli->store.boxes[i];
        if (!box->gone && is_wanted(cli, &box->box))
            follow_box(cli, &box->box);
    }
    look_for_leavers(cli);
    watch(cli);
}

static int choose_first(struct cli *cli)
{
    const struct options *options = cli->options;
    for (int i = 0; i < options->word_count; i++)
        if (cli_find_box(cli, options->words[i]) == NULL)
            return CLI_NOT_FOUND;
    choose(cli);
    const struct logs *logs = cli->state;
    if (logs->count > 0 || options->label == NULL)
        return CLI_OK;
    fprintf(stderr, "boxtop: no box has the label \"%.60s\"%s\n", options->label,
            options->follow ? " yet" : "");
    return options->follow ? CLI_OK : CLI_NOT_FOUND;
}

/* ---- what comes ---- */

static bool passes(const struct logs *logs, const struct log_line *line)
{
    if (line->time > 0 && line->time < logs->since)
        return false;
    if (logs->grep == NULL || pattern_matches(logs->grep, line->text.bytes))
        return true;
    for (uint32_t i = 0; i < line->rest_count; i++)
        if (pattern_matches(logs->grep, line->rest[i].bytes))
            return true;
    return false;
}

static void take_lines(struct logs *logs, struct followed *followed, struct event *event)
{
    struct log_line *items = event->logs.items;
    int64_t oldest = cli_lines_oldest(items, event->logs.count);
    if (oldest > 0 && (followed->oldest == 0 || oldest < followed->oldest))
        followed->oldest = oldest;
    followed->at_start = followed->at_start || event->logs.at_start;
    size_t kept = 0;
    for (size_t i = 0; i < event->logs.count; i++) {
        if (passes(logs, &items[i]))
            items[kept++] = items[i];
        else
            log_line_done(&items[i]);
    }
    cli_lines_take(&followed->lines, items, kept, event->logs.join, event->logs.gap_ms);
    event->logs.count = kept;
}

/* The lines leave the event before the store sees it. The first ones of a box may come right behind the list
 * that names it. */
static void on_event(struct cli *cli, struct event *event)
{
    struct logs *logs = cli->state;
    if (event->kind == EVENT_LOGS || event->kind == EVENT_SAME)
        logs->page_ms = clock_ms();
    if (event->kind == EVENT_REPLY && event->reply.err.kind != ERR_NONE) {
        struct followed *failed = find(logs, event->reply.box_id);
        if (failed != NULL)
            failed->failed_ms = clock_ms();
    }
    if (event->kind != EVENT_LOGS)
        return;
    choose(cli);
    struct followed *followed = find(logs, event->box_id);
    if (followed != NULL)
        take_lines(logs, followed, event);
    for (size_t i = 0; i < event->logs.count; i++)
        log_line_done(&event->logs.items[i]); /* of those that were taken nothing is left */
    event->logs.count = 0;
}

/* Goes back page by page until --since is reached. */
static void look_back(struct cli *cli, struct followed *followed, const struct store_box *box)
{
    const struct logs *logs = cli->state;
    if (followed->reached || box->logs_ms == 0)
        return;
    followed->reached = logs->since == 0 || followed->at_start || followed->oldest == 0 ||
                        followed->oldest < logs->since || followed->lines.full;
    if (followed->lines.full)
        fprintf(stderr, "boxtop: %s has too many lines since then: the oldest are left out\n",
                followed->title);
    int64_t now = clock_ms();
    if (followed->reached || cli->store.request_count >= OLDER_AT_ONCE ||
        (followed->failed_ms != 0 && now - followed->failed_ms < ASK_AGAIN_MS) ||
        store_request_of(&cli->store, REQUEST_LOGS_OLDER, followed->id) != NULL)
        return;
    uint64_t id = client_ask(cli->client, request_new(REQUEST_LOGS_OLDER, followed->id));
    store_expect(&cli->store, id, REQUEST_LOGS_OLDER, followed->id, now);
}

/* One box whose log cannot be had is told once, and does not hold up the others. */
static void look_at_trouble(struct cli *cli, struct followed *followed, const struct store_box *box)
{
    struct logs *logs = cli->state;
    int64_t now = clock_ms();
    if (box->trouble == NULL) {
        if (followed->told)
            fprintf(stderr, "boxtop: the log of %s can be had again\n", followed->title);
        followed->told = false;
        followed->trouble_ms = 0;
        return;
    }
    if (followed->trouble_ms == 0)
        followed->trouble_ms = now;
    if (followed->told || now - followed->trouble_ms < TROUBLE_MS)
        return;
    followed->told = true;
    fprintf(stderr, "boxtop: the log of %s cannot be had: %s\n", followed->title, box->trouble);
    if (!cli->options->follow)
        followed->reached = logs->some_failed = true;
}

/* Brings everything up to date. Whether each box has told enough to begin. */
static bool step(struct cli *cli)
{
    struct logs *logs = cli->state;
    size_t reached = 0;
    choose(cli);
    for (size_t i = 0; i < logs->count; i++) {
        struct followed *followed = &logs->boxes[i];
        const struct store_box *box = store_find(&cli->store, followed->id);
        if (box == NULL || followed->left) {
            followed->reached = true;
        } else {
            look_at_trouble(cli, followed, box);
            look_back(cli, followed, box);
        }
        reached += followed->reached;
    }
    if (reached != logs->reached && !cli->options->follow)
        watch(cli);
    logs->reached = reached;
    return reached == logs->count;
}

/* ---- printing ---- */

static void print_text(const char *title, const char *stamp, const struct log_line *line, const char *bytes,
                       size_t len)
{
    if (title != NULL) {
        cli_put_cell(title, TITLE_COLS);
        putchar(' ');
    }
    const char *level = cli_level_word(line->level);
    printf("%-20s %c %-6s ", stamp, line->level == LOG_LEVEL_OTHER ? '?' : toupper((unsigned char)*level),
           cli_source_word(line->source));
    fwrite(bytes, 1, len, stdout);
    putchar('\n');
}

static void print_line(const struct cli *cli, const struct followed *followed, const struct cli_line *entry)
{
    const struct log_line *line = &entry->line;
    char stamp[32], length[16];
    if (entry->gap) {
        fprintf(stderr, "boxtop: lines of %s are missing here (%s)\n", followed->title,
                entry->gap_ms > 0 ? format_duration(length, sizeof length, entry->gap_ms)
                                  : "how many is not known");
        return;
    }
    if (cli->options->json) {
        cli_json_print(cli_json_log_line(followed->id, followed->title, line));
        return;
    }
    bool many = cli->options->all || cli->options->label != NULL || cli->options->word_count > 1;
    const char *title = many ? followed->title : NULL;
    cli_stamp(stamp, sizeof stamp, line->time);
    if (line->raw != NULL) {
        print_text(title, stamp, line, line->raw, line->raw_len);
        return;
    }
    print_text(title, stamp, line, line->text.bytes, line->text.len);
    for (uint32_t i = 0; i < line->rest_count; i++)
        print_text(title, stamp, line, line->rest[i].bytes, line->rest[i].len);
}

/* A line that is about to be printed. */
struct turn {
    const struct cli_line *entry;
    size_t box, number;
};

static int compare_turns(const void *left, const void *right)
{
    const struct turn *a = left, *b = right;
    if (a->entry->key != b->entry->key)
        return a->entry->key < b->entry->key ? -1 : 1;
    if (a->box != b->box)
        return a->box < b->box ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

/* All that is held of boxes whose turn it is, by time; within a box the service's order stands. */
static void print_held(struct cli *cli)
{
    struct logs *logs = cli->state;
    size_t count = 0, room = 0;
    struct turn *turns = NULL;
    for (size_t i = 0; i < logs->count; i++) {
        const struct followed *followed = &logs->boxes[i];
        for (size_t k = 0; followed->reached && k < followed->lines.count; k++) {
            turns = mem_grow(turns, &room, count + 1, sizeof *turns);
            turns[count++] = (struct turn){&followed->lines.items[k], i, k};
        }
    }
    if (count > 1)
        qsort(turns, count, sizeof *turns, compare_turns);
    for (size_t i = 0; i < count; i++)
        print_line(cli, &logs->boxes[turns[i].box], turns[i].entry);
    free(turns);
    for (size_t i = 0; i < logs->count; i++)
        if (logs->boxes[i].reached)
            cli_lines_printed(&logs->boxes[i].lines);
}

/* ---- the verb ---- */

static bool have_all(struct cli *cli)
{
    struct logs *logs = cli->state;
    bool all = step(cli);
    logs->stuck = !all && clock_ms() - logs->page_ms > STUCK_MS;
    return all || logs->stuck;
}

/* Never done, but when every box that was named is gone. */
static bool all_left(struct cli *cli)
{
    struct logs *logs = cli->state;
    bool all = step(cli), left = cli->options->word_count > 0;
    logs->begun = logs->begun || all || clock_ms() - logs->start_ms > FIRST_HOLD_MS;
    if (logs->begun)
        print_held(cli);
    for (size_t i = 0; i < logs->count; i++)
        left = left && logs->boxes[i].left;
    return left && !cli->options->all && cli->options->label == NULL;
}

static int follow(struct cli *cli)
{
    int status = cli_follow(cli, all_left);
    if (status == CLI_OK)
        fprintf(stderr, "boxtop: nothing is left to follow\n");
    return status == CLI_OK ? CLI_NOT_FOUND : status;
}

static int print_once(struct cli *cli)
{
    const struct logs *logs = cli->state;
    int status = cli_wait(cli, have_all, 0);
    if (status != CLI_OK)
        return status;
    print_held(cli);
    if (logs->stuck)
        fprintf(stderr, "boxtop: no answer within %d s\n", STUCK_MS / 1000);
    return logs->stuck ? CLI_TIMEOUT : logs->some_failed ? CLI_ERROR : CLI_OK;
}

static int run(struct cli *cli)
{
    struct logs *logs = cli->state;
    int status = cli->options->follow ? cli_follow_boxes(cli) : cli_wait_boxes(cli);
    if (status != CLI_OK)
        return status;
    logs->start_ms = logs->page_ms = clock_ms();
    status = choose_first(cli);
    if (status != CLI_OK)
        return status;
    return cli->options->follow ? follow(cli) : print_once(cli);
}

/* A regular expression always, unlike in the console: the ~ that says so there may be there. */
static struct pattern *make_pattern(const char *typed, struct err *err)
{
    char *expression = mem_format("%s%s", typed[0] == '~' ? "" : "~", typed);
    struct pattern *pattern = pattern_new(expression, err);
    free(expression);
    return pattern;
}

int cli_logs(struct cli *cli)
{
    const struct options *options = cli->options;
    if (options->word_count == 0 && !options->all && options->label == NULL)
        return cli_usage("logs takes boxes, --label L or --all");
    struct logs logs = {.since = options->since};
    struct err err;
    if (options->grep != NULL && (logs.grep = make_pattern(options->grep, &err)) == NULL)
        return cli_fail(&err);
    cli->state = &logs;
    cli->on_event = on_event;
    int status = run(cli);
    for (size_t i = 0; i < logs.count; i++) {
        free(logs.boxes[i].id);
        free(logs.boxes[i].title);
        cli_lines_done(&logs.boxes[i].lines);
    }
    free(logs.boxes);
    free(logs.ids);
    pattern_free(logs.grep);
    return status;
}
