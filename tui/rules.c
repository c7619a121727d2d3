#include "tui/rules.h"

#include "client/base/mem.h"
#include "client/base/utf8.h"
#include "tui/format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t MINUTE_MS = 60 * 1000, DAY_MS = 24 * 60 * 60 * 1000;
enum { RUNS_LOOKED_AT = 50, LOG_FRESH_MS = 60 * 1000, ERROR_LINES_BACK = 200 };

void rules_limits_init(struct rules_limits *limits)
{
    *limits = (struct rules_limits){
        .box_usd = -1,
        .day_usd = -1,
        .quiet_ms = 5 * MINUTE_MS,
        .failed_ms = DAY_MS,
        .idle_ms = 3 * DAY_MS,
        .paused_ms = 14 * DAY_MS,
    };
}

bool rules_limits_set(struct rules_limits *limits, const char *name, const char *value, struct err *err)
{
    const struct {
        const char *name;
        double *usd;
        int64_t *ms, unit;
    } settings[] = {
        {"box_limit_usd", &limits->box_usd, NULL, 0},          {"day_limit_usd", &limits->day_usd, NULL, 0},
        {"quiet_minutes", NULL, &limits->quiet_ms, MINUTE_MS}, {"idle_days", NULL, &limits->idle_ms, DAY_MS},
        {"paused_days", NULL, &limits->paused_ms, DAY_MS},
    };
    size_t at = 0, count = sizeof settings / sizeof settings[0];
    while (at < count && strcmp(settings[at].name, name) != 0)
        at++;
    if (at == count)
        return err_set(
            err, ERR_USAGE, 1,
            "\"%.40s\" is not a setting of [attention]: box_limit_usd, day_limit_usd, quiet_minutes, "
            "idle_days, paused_days, bell, notify",
            name);
    char *end;
    double number = strtod(value, &end);
    bool off = strcmp(value, "off") == 0;
    if (!off && (end == value || *end != '\0' || !(number >= 0 && number <= 1e6)))
        return err_set(err, ERR_USAGE, 0, "%s is a number from 0 to 1000000, or off", name);
    if (settings[at].usd != NULL)
        *settings[at].usd = off ? -1 : number;
    else
        *settings[at].ms = off ? -1 : (int64_t)(number * (double)settings[at].unit);
    return true;
}

const char *rules_name(enum rule rule)
{
    static const char *const names[RULE_COUNT] = {
        [RULE_KEY_REFUSED] = "key-refused", [RULE_DAY_LIMIT] = "day-limit", [RULE_BOX_ERROR] = "box-error",
        [RULE_RUN_FAILED] = "run-failed",   [RULE_RUN_QUIET] = "run-quiet", [RULE_BOX_LIMIT] = "box-limit",
        [RULE_UNREADABLE] = "unreadable",   [RULE_IDLE] = "idle",           [RULE_PAUSED] = "paused",
    };
    return names[rule];
}

/* ---- quiet runs ---- */

bool rules_run_goes_on(const struct store_box *entry, const struct run *run)
{
    return run->status == RUN_STATUS_RUNNING &&
           (entry->box.status == BOX_STATUS_RUNNING || entry->seen_ms <= entry->runs_ms);
}

/* When a run was heard of last: by its stream, else by the box's log when that is followed. 0 when not known.
 */
static int64_t heard_at(const struct rules_ears *ears, const struct store_box *entry, const struct job *job)
{
    if (job != NULL && job->state == JOB_RUNNING)
        return ears->wall_ms - (ears->now_ms - job->heard_ms);
    bool fresh = entry->logs_ms != 0 && entry->seen_ms - entry->logs_ms < LOG_FRESH_MS;
    return fresh && entry->log.count > 0 ? logbook_at(&entry->log, logbook_end(&entry->log) - 1)->line.time
                                         : 0;
}

/* What is known of a run that has been quiet for long. A run that thinks may be quiet; one that waits for a
 * tool that says nothing may wait for ever. */
struct silence {
    int64_t since;
    struct timeline inferred; /* when it is no run of ours */
    const struct step *tool;  /* the open call, NULL for none */
    bool exact;
};

static bool find_silence(struct silence *silence, const struct rules_ears *ears,
                         const struct store_box *entry, const struct run *run)
{
    *silence = (struct silence){0};
    if (run->unreadable || run->id == NULL || run->created_at == 0 || ears->quiet_ms < 0 ||
        !rules_run_goes_on(entry, run))
        return false;
    const struct job *job = jobs_of_run(ears->jobs, run->id);
    if (job != NULL && job->broke_at != 0)
        job = NULL; /* its stream tells nothing any more */
    silence->since = heard_at(ears, entry, job);
    silence->exact = job != NULL;
    if (silence->since == 0 || ears->wall_ms - silence->since < ears->quiet_ms)
        return false;
    if (job == NULL)
        timeline_infer_last(&silence->inferred, &entry->log, run->created_at);
    silence->tool = timeline_open_tool(job != NULL ? &job->timeline : &silence->inferred);
    return silence->tool != NULL;
}

static void silence_done(struct silence *silence)
{
    timeline_done(&silence->inferred);
}

int64_t rules_quiet_since(const struct rules_ears *ears, const struct store_box *entry, const struct run *run)
{
    struct silence silence;
    bool quiet = find_silence(&silence, ears, entry, run);
    silence_done(&silence);
    return quiet ? silence.since : 0;
}

/* ---- notices ---- */

/* All that the rules look at. */
struct scene {
    const struct store *store;
    const struct jobs *jobs;
    const struct ledger *ledger;
    const struct rules_limits *limits;
    int64_t wall_ms, now_ms;
    struct notices *out;
};

static void set_text(char *out, size_t size, const char *text)
{
    size_t len = text != NULL ? strcspn(text, "\n") : 0;
    len = utf8_cut(text != NULL ? text : "", len, size - 1);
    memcpy(out, text != NULL ? text : "", len);
    out[len] = '\0';
}

/* A notice about a box (NULL: about none). `which` tells events of one rule and box apart. NULL when there
 * are too many. */
static struct notice *note(const struct scene *scene, enum rule rule, const struct box *box,
                           const char *which, int64_t since)
{
    struct notices *notices = scene->out;
    if (notices->count == NOTICES_MAX) {
        notices->dropped++;
        return NULL;
    }
    notices->items = mem_grow(notices->items, &notices->room, notices->count + 1, sizeof *notices->items);
    struct notice *notice = &notices->items[notices->count++];
    *notice = (struct notice){.rule = rule, .since = since};
    bool known = box != NULL && !box->unreadable;
    snprintf(notice->key, sizeof notice->key, "%s%s%s%s%s", rules_name(rule), known ? " " : "",
             known ? box->id : "", which != NULL ? " " : "", which != NULL ? which : "");
    if (known)
        snprintf(notice->box_id, sizeof notice->box_id, "%s", box->id);
    set_text(notice->title, sizeof notice->title, box != NULL ? box_title(box) : "account");
    return notice;
}

/* ---- one box ---- */

/* The last line of level error near the end of the log is what a box in error has to say. */
static void add_error_line(struct notice *notice, const struct logbook *book)
{
    int64_t end = logbook_end(book);
    for (int64_t at = end; at-- > book->first_number && at >= end - ERROR_LINES_BACK;) {
        const struct log_line *line = &logbook_at(book, at)->line;
        if (line->level != LOG_LEVEL_ERROR)
            continue;
        set_text(notice->evidence, sizeof notice->evidence, line->text.bytes);
        notice->has_line = true;
        notice->line = at;
        return;
    }
}

static void box_in_error(const struct scene *scene, const struct store_box *entry)
{
    const struct box *box = &entry->box;
    if (box->status != BOX_STATUS_ERROR)
        return;
    struct notice *notice = note(scene, RULE_BOX_ERROR, box, NULL, box->updated_at);
    if (notice == NULL)
        return;
    set_text(notice->reason, sizeof notice->reason, "box in error");
    add_error_line(notice, &entry->log);
}

static void run_failed(const struct scene *scene, const struct store_box *entry, const struct run *run)
{
    int64_t at = run->completed_at > 0 ? run->completed_at : run->created_at;
    if (run->status != RUN_STATUS_FAILED || at == 0 || scene->wall_ms - at >= scene->limits->failed_ms)
        return;
    struct notice *notice = note(scene, RULE_RUN_FAILED, &entry->box, run->id, at);
    if (notice == NULL)
        return;
    snprintf(notice->run_id, sizeof notice->run_id, "%s", run->id);
    set_text(notice->reason, sizeof notice->reason, "run failed");
    set_text(notice->evidence, sizeof notice->evidence,
             run->error_message != NULL && run->error_message[0] != '\0' ? run->error_message : run->prompt);
}

static void describe_quiet(struct notice *notice, const struct step *tool, bool exact, int64_t wall_ms)
{
    char took[16];
    set_text(notice->reason, sizeof notice->reason, "run is quiet");
    char *text = mem_format("%s%.*s %s, open for %s", exact ? "" : "by its log: ", format_cut(tool->name, 40),
                            tool->name, tool->summary != NULL ? tool->summary : "",
                            format_duration(took, sizeof took, timeline_took(tool, wall_ms)));
    set_text(notice->evidence, sizeof notice->evidence, text);
    free(text);
}

static void run_quiet(const struct scene *scene, const struct store_box *entry, const struct run *run)
{
    struct rules_ears ears = {scene->jobs, scene->limits->quiet_ms, scene->wall_ms, scene->now_ms};
    struct silence silence;
    if (find_silence(&silence, &ears, entry, run)) {
        char which[MODEL_ID_MAX + 32];
        /* Heard again and quiet again is another event; a stream's last sign is known to the ms and need not
         * be the same in each reckoning. */
        snprintf(which, sizeof which, "%s %lld", run->id,
                 (long long)(silence.exact ? silence.tool->start : silence.since));
        struct notice *notice = note(scene, RULE_RUN_QUIET, &entry->box, which, silence.since);
        if (notice != NULL) {
            snprintf(notice->run_id, sizeof notice->run_id, "%s", run->id);
            describe_quiet(notice, silence.tool, silence.exact, scene->wall_ms);
            notice->has_line = !silence.exact;
            notice->line = logbook_end(&entry->log) - 1;
        }
    }
    silence_done(&silence);
}

static void box_over_limit(const struct scene *scene, const struct store_box *entry)
{
    double cost = box_cost_usd(&entry->box), limit = scene->limits->box_usd;
    char have[16], most[16];
    if (limit < 0 || cost <= limit)
        return;
    format_money(most, sizeof most, limit);
    struct notice *notice = note(scene, RULE_BOX_LIMIT, &entry->box, most, entry->box.last_activity_at);
    if (notice == NULL)
        return;
    set_text(notice->reason, sizeof notice->reason, "over the box's limit");
    snprintf(notice->evidence, sizeof notice->evidence, "has cost $%s, the limit is $%s",
             format_money(have, sizeof have, cost), most);
}

static void box_forgotten(const struct scene *scene, const struct store_box *entry)
{
    const struct box *box = &entry->box;
    int64_t at = box->last_activity_at;
    bool idle = box->keep_alive && box->status == BOX_STATUS_IDLE && scene->limits->idle_ms >= 0;
    bool paused = box->status == BOX_STATUS_PAUSED && scene->limits->paused_ms >= 0;
    if (at == 0 || !(idle || paused) ||
        scene->wall_ms - at < (idle ? scene->limits->idle_ms : scene->limits->paused_ms))
        return;
    struct notice *notice = note(scene, idle ? RULE_IDLE : RULE_PAUSED, box, NULL, at);
    if (notice == NULL)
        return;
    char age[16], cost[16];
    format_age(age, sizeof age, scene->wall_ms - at);
    set_text(notice->reason, sizeof notice->reason, idle ? "idle and kept alive" : "paused for long");
    snprintf(notice->evidence, sizeof notice->evidence, "unused for %s, has cost $%s", age,
             format_money(cost, sizeof cost, box_cost_usd(box)));
}

static void look_at_box(const struct scene *scene, const struct store_box *entry)
{
    if (entry->box.unreadable) {
        struct notice *notice = note(scene, RULE_UNREADABLE, &entry->box, entry->box.name, 0);
        if (notice == NULL)
            return;
        set_text(notice->title, sizeof notice->title, "list of boxes");
        set_text(notice->reason, sizeof notice->reason, "cannot be read");
        set_text(notice->evidence, sizeof notice->evidence, entry->box.name);
        return;
    }
    if (entry->gone)
        return;
    box_in_error(scene, entry);
    for (size_t i = 0; i < entry->run_count && i < RUNS_LOOKED_AT; i++)
        if (!entry->runs[i].unreadable && entry->runs[i].id != NULL) {
            run_failed(scene, entry, &entry->runs[i]);
            run_quiet(scene, entry, &entry->runs[i]);
        }
    box_over_limit(scene, entry);
    box_forgotten(scene, entry);
}

/* ---- the account ---- */

static void key_refused(const struct scene *scene)
{
    const struct link_status *link = &scene->store->link;
    if (link->state != LINK_REFUSED)
        return;
    int64_t since = link->ok_at_ms > 0 ? scene->wall_ms - (scene->now_ms - link->ok_at_ms) : 0;
    struct notice *notice = note(scene, RULE_KEY_REFUSED, NULL, NULL, since);
    if (notice == NULL)
        return;
    set_text(notice->reason, sizeof notice->reason, "API key refused");
    set_text(notice->evidence, sizeof notice->evidence,
             link->err.text[0] != '\0' ? link->err.text : "the service answers 401");
}

static void day_over_limit(const struct scene *scene)
{
    double cost = ledger_cost(&scene->ledger->today), limit = scene->limits->day_usd;
    if (limit < 0 || cost <= limit)
        return;
    char which[48], have[16], most[16];
    snprintf(which, sizeof which, "%s %s", scene->ledger->day, format_money(most, sizeof most, limit));
    struct notice *notice = note(scene, RULE_DAY_LIMIT, NULL, which, scene->wall_ms);
    if (notice == NULL)
        return;
    set_text(notice->reason, sizeof notice->reason, "over the day's limit");
    snprintf(notice->evidence, sizeof notice->evidence,
             "runs of today cost $%s, the limit is $%s (runs of %zu of %zu boxes are known)",
             format_money(have, sizeof have, cost), most, scene->ledger->boxes_known, scene->ledger->boxes);
}

static int compare_notices(const void *left, const void *right)
{
    const struct notice *a = left, *b = right;
    if (a->rule != b->rule)
        return a->rule < b->rule ? -1 : 1;
    if (a->since != b->since)
        return a->since > b->since ? -1 : 1;
    return strcmp(a->key, b->key);
}

void rules_find(struct notices *notices, const struct store *store, const struct jobs *jobs,
                const struct ledger *ledger, const struct rules_limits *limits, int64_t wall_ms,
                int64_t now_ms)
{
    struct scene scene = {store, jobs, ledger, limits, wall_ms, now_ms, notices};
    notices->count = notices->dropped = 0;
    key_refused(&scene);
    day_over_limit(&scene);
    for (size_t i = 0; i < store->box_count; i++)
        look_at_box(&scene, store->boxes[i]);
    if (notices->count > 1)
        qsort(notices->items, notices->count, sizeof *notices->items, compare_notices);
}

void notices_done(struct notices *notices)
{
    free(notices->items);
    *notices = (struct notices){0};
}

bool rules_is_over(const struct notices *notices, const struct store *store, const char *key)
{
    static const enum rule lasting[] = {RULE_KEY_REFUSED, RULE_BOX_ERROR, RULE_IDLE, RULE_PAUSED};
    size_t len = strcspn(key, " ");
    bool may_come_again = false;
    for (size_t i = 0; i < sizeof lasting / sizeof lasting[0]; i++)
        may_come_again = may_come_again || (strncmp(rules_name(lasting[i]), key, len) == 0 &&
                                            rules_name(lasting[i])[len] == '\0');
    if (!may_come_again || store->list_ms == 0 || notices->dropped > 0)
        return false;
    for (size_t i = 0; i < notices->count; i++)
        if (strcmp(notices->items[i].key, key) == 0)
            return false;
    return true;
}
