#include "tests/boxd/store.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/base/clock.h"
#include "client/base/mem.h"

enum { MAX_RUNS = 500, LABEL_MAX = 20 };

static const char *const adjectives[] = {
    "current", "precise", "moved", "daring", "sweet",  "related", "accurate", "quiet", "amber", "brisk",
    "calm",    "eager",   "fresh", "gentle", "humble", "lively",  "mellow",   "noble", "proud", "rapid",
    "solid",   "tidy",    "vivid", "witty",  "young",  "bold",    "clever",   "dapper"};
static const char *const animals[] = {"wasp",  "bug",   "kangaroo", "cicada", "shark",  "iguana", "shiner",
                                      "otter", "heron", "lynx",     "marten", "newt",   "osprey", "panda",
                                      "quail", "raven", "salmon",   "tapir",  "urchin", "vole",   "weasel",
                                      "yak",   "zebra", "badger",   "crane",  "dingo",  "eagle",  "ferret"};

void store_init(struct store *store)
{
    *store = (struct store){.random = 0x2545f4914f6cdd1du, .env = json_object()};
    pthread_mutex_init(&store->lock, NULL);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&store->changed, &attr);
    pthread_condattr_destroy(&attr);
}

static void run_free(struct run *run)
{
    free(run->prompt);
    free(run->model);
    free(run->output);
    free(run->error_message);
    free(run->session_id);
    free(run->schedule_id);
    free(run);
}

void schedule_free(struct schedule *schedule)
{
    if (schedule != NULL) {
        json_decref(schedule->fields);
        free(schedule);
    }
}

void snapshot_free(struct snapshot *snapshot)
{
    if (snapshot != NULL) {
        free(snapshot->name);
        json_decref(snapshot->settings);
        free(snapshot);
    }
}

static void box_free(struct box *box)
{
    for (size_t i = 0; i < box->run_count; i++) {
        run_free(box->runs[i]);
    }
    for (size_t i = 0; i < box->schedule_count; i++) {
        schedule_free(box->schedules[i]);
    }
    for (int i = 0; i < box->label_count; i++) {
        free(box->labels[i]);
    }
    boxlog_done(&box->log);
    json_decref(box->network_policy);
    json_decref(box->skills);
    json_decref(box->custom_runner);
    json_decref(box->env);
    json_decref(box->extra);
    free(box->runs);
    free(box->schedules);
    free(box->previews);
    free(box->name);
    free(box->model);
    free(box->agent);
    free(box->runtime);
    free(box->clone_repo);
    free(box->session_id);
    free(box->init_command);
    free(box->raw);
    free(box);
}

void store_done(struct store *store)
{
    for (size_t i = 0; i < store->count; i++) {
        box_free(store->boxes[i]);
    }
    for (size_t i = 0; i < store->snapshot_count; i++) {
        snapshot_free(store->snapshots[i]);
    }
    free(store->boxes);
    free(store->snapshots);
    json_decref(store->env);
    pthread_cond_destroy(&store->changed);
    pthread_mutex_destroy(&store->lock);
}

uint64_t store_random(struct store *store)
{
    uint64_t x = store->random;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    store->random = x;
    return (x * 0x2545f4914f6cdd1du) >> 16;
}

static void make_box_id(struct store *store, char out[ID_MAX])
{
    size_t words = sizeof adjectives / sizeof *adjectives;
    size_t beasts = sizeof animals / sizeof *animals;
    uint64_t random = store_random(store);

    /* The number counts the boxes up, so the id is new as long as there are fewer than 100,000. */
    snprintf(out, ID_MAX, "%s-%s-%05zu", adjectives[random % words], animals[(random >> 16) % beasts],
             (store->count * 7919 + 5510) % 100000);
}

struct box *store_add_box(struct store *store, const char *id)
{
    struct box *box = mem_zalloc(1, sizeof *box);
    if (id != NULL) {
        snprintf(box->id, sizeof box->id, "%s", id);
    } else {
        make_box_id(store, box->id);
    }
    box->status = BOX_CREATING;
    box->next_status = BOX_IDLE;
    box->created_ms = box->updated_ms = box->activity_ms = clock_wall_ms();
    store->boxes = mem_grow(store->boxes, &store->room, store->count + 1, sizeof(struct box *));
    store->boxes[store->count++] = box;
    return box;
}

struct box *store_find(struct store *store, const char *id_or_name, bool deleted)
{
    struct box *named = NULL;
    for (size_t i = store->count; i-- > 0;) {
        struct box *box = store->boxes[i];
        if (box->status == BOX_DELETED && !deleted) {
            continue;
        }
        if (strcmp(box->id, id_or_name) == 0) {
            return box;
        }
        if (named == NULL && box->name != NULL && strcmp(box->name, id_or_name) == 0) {
            named = box;
        }
    }
    return named;
}

struct box *store_find_id(struct store *store, const char *id)
{
    for (size_t i = store->count; i-- > 0;) {
        if (strcmp(store->boxes[i]->id, id) == 0) {
            return store->boxes[i];
        }
    }
    return NULL;
}

void store_make_id(struct store *store, const char *prefix, char out[24])
{
    snprintf(out, 24, "%.8s%llx%04llx", prefix, (unsigned long long)++store->next_id + 0x8e0,
             (unsigned long long)(store_random(store) & 0xffff));
}

/* Makes room for one more: the oldest ended run goes. */
static void drop_old_run(struct box *box)
{
    for (size_t i = 0; i < box->run_count; i++) {
        if (box->runs[i]->status != RUN_RUNNING) {
            run_free(box->runs[i]);
            memmove(&box->runs[i], &box->runs[i + 1], (box->run_count - i - 1) * sizeof *box->runs);
            box->run_count--;
            return;
        }
    }
}

struct run *store_add_run(struct store *store, struct box *box, bool agent, const char *prompt)
{
    if (box->run_count >= MAX_RUNS) {
        drop_old_run(box);
    }
    struct run *run = mem_zalloc(1, sizeof *run);
    store_make_id(store, "run_", run->id);
    run->agent = agent;
    run->prompt = mem_dup(prompt);
    run->created_ms = clock_wall_ms();
    box->runs = mem_grow(box->runs, &box->run_room, box->run_count + 1, sizeof *box->runs);
    box->runs[box->run_count++] = run;
    return run;
}

struct run *store_find_run(const struct box *box, const char *id)
{
    for (size_t i = box->run_count; i-- > 0;) {
        if (strcmp(box->runs[i]->id, id) == 0) {
            return box->runs[i];
        }
    }
    return NULL;
}

double store_cpu_cost(const struct box *box, int64_t cpu_ns)
{
    /* box-api.md 5: $0.10, 0.20, 0.40 a CPU-hour for small, medium and large. */
    double hour = 0.10;
    if (box->size != NULL && strcmp(box->size, "medium") == 0) {
        hour = 0.20;
    } else if (box->size != NULL && strcmp(box->size, "large") == 0) {
        hour = 0.40;
    }
    return (double)cpu_ns / 1e9 / 3600 * hour;
}

/* Notes the outcome with the schedule that started the run. */
static void end_scheduled(struct box *box, const struct run *run)
{
    for (size_t i = 0; run->schedule_id != NULL && i < box->schedule_count; i++) {
        struct schedule *schedule = box->schedules[i];
        if (strcmp(schedule->id, run->schedule_id) == 0) {
            schedule->last_run_status = run->status == RUN_COMPLETED ? RUN_COMPLETED : RUN_FAILED;
            schedule->total_failures += run->status == RUN_COMPLETED ? 0 : 1;
        }
    }
}

void store_end_run(struct store *store, struct box *box, struct run *run, enum run_status status)
{
    run->status = status;
    run->completed_ms = clock_wall_ms();
    run->compute_cost_usd = store_cpu_cost(box, run->cpu_ns);
    box->input_tokens += run->input_tokens;
    box->output_tokens += run->output_tokens;
    box->prompts += run->agent ? 1 : 0;
    box->cpu_ns += run->cpu_ns;
    box->compute_cost_usd += run->compute_cost_usd;
    box->token_cost_usd += run->cost_usd;
    box->activity_ms = box->updated_ms = run->completed_ms;
    if (run->session_id != NULL) {
        store_set(&box->session_id, run->session_id);
    }
    end_scheduled(box, run);
    pthread_cond_broadcast(&store->changed);
}

void store_log(struct box *box, enum log_level level, enum log_source source, const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int len = vasprintf(&text, format, args);
    va_end(args);
    if (len >= 0) {
        boxlog_append(&box->log, clock_wall_ms(), level, source, text, (size_t)len);
        free(text);
    }
}

void store_set(char **field, const char *value)
{
    char *copy = mem_dup(value);
    free(*field);
    *field = copy;
}

static bool label_valid(const char *label)
{
    size_t len = strlen(label);
    if (len == 0 || len > LABEL_MAX) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (!isalnum((unsigned char)label[i]) && strchr("._-:", label[i]) == NULL) {
            return false;
        }
    }
    return true;
}

bool box_has_label(const struct box *box, const char *label)
{
    for (int i = 0; i < box->label_count; i++) {
        if (strcmp(box->labels[i], label) == 0) {
            return true;
        }
    }
    return false;
}

bool box_add_label(struct box *box, const char *label)
{
    if (box_has_label(box, label)) {
        return true;
    }
    if (box->label_count == BOX_LABELS || !label_valid(label)) {
        return false;
    }
    box->labels[box->label_count++] = mem_dup(label);
    return true;
}

void box_remove_label(struct box *box, const char *label)
{
    for (int i = 0; i < box->label_count; i++) {
        if (strcmp(box->labels[i], label) == 0) {
            free(box->labels[i]);
            memmove(&box->labels[i], &box->labels[i + 1],
                    (size_t)(box->label_count - i - 1) * sizeof *box->labels);
            box->label_count--;
            return;
        }
    }
}

const char *box_status_word(enum box_status status)
{
    static const char *const words[] = {"creating", "idle", "running", "paused", "error", "deleted"};
    return words[status];
}

const char *run_status_word(enum run_status status)
{
    static const char *const words[] = {"running", "completed", "failed", "cancelled", "skipped"};
    return words[status];
}
