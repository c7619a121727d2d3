/*
 * What boxd knows: boxes with their runs, logs, snapshots, schedules and settings, all in memory behind one
 * lock. The request dispatcher takes the lock around every handler, so handlers read and write freely; code
 * that waits for a process lets go of it first. Boxes and runs keep their address for as long as boxd lives
 * (a run: until 500 newer ones came after it ended), so a thread may hold on to a pointer while it does not
 * hold the lock.
 *
 * Shapes are those of box-api.md 2.1 (box), 2.5 (run), 2.8 (snapshot), 2.9 (schedule), 2.12 (public URL).
 */
#pragma once

#include "tests/boxd/boxlog.h"

#include <jansson.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum box_status { BOX_CREATING, BOX_IDLE, BOX_RUNNING, BOX_PAUSED, BOX_ERROR, BOX_DELETED };
enum run_status { RUN_RUNNING, RUN_COMPLETED, RUN_FAILED, RUN_CANCELLED, RUN_SKIPPED };

enum { BOX_LABELS = 5, ID_MAX = 96 };

struct job; /* the work behind a run, see job.h */

struct run {
    char id[24];
    char *prompt;        /* owned, as is every char * here; NULL when unknown */
    char *model;         /* agent runs */
    char *output;        /* agent runs, when ended */
    char *error_message; /* failed runs */
    char *session_id;
    char *schedule_id; /* scheduled runs */
    bool agent;        /* type agent, else shell */
    enum run_status status;
    int64_t input_tokens, output_tokens, cached_input_tokens;
    double cost_usd, compute_cost_usd;
    int64_t cpu_ns, memory_peak_bytes;
    int64_t created_ms, completed_ms; /* completed 0 while running */
    struct job *job;                  /* while the process lives, else NULL */
};

struct snapshot {
    char id[24];
    char *name;
    char box_id[ID_MAX];
    int64_t size_bytes;
    int64_t created_ms;
    int64_t ready_at_ms; /* monotonic moment it turns ready; 0: it is */
    bool failed;
    json_t *settings; /* agent settings of the box it was taken of */
};

struct preview {
    char id[24];
    int port;
    bool basic_auth, bearer_token, wake_on_request;
    int64_t created_ms;
};

struct schedule {
    char id[24];
    json_t *fields; /* type, cron, command, prompt, folder, model, ...: as they were sent */
    bool paused;
    int64_t last_run_ms; /* 0: never */
    enum run_status last_run_status;
    char last_run_id[24];
    int64_t total_runs, total_failures;
    int64_t created_ms, updated_ms;
};

struct box {
    char id[ID_MAX];
    char *name;
    char *labels[BOX_LABELS];
    int label_count;
    const char *size; /* a static word, NULL: not said */
    char *model, *agent, *runtime, *clone_repo, *session_id;
    char *init_command;
    json_t *network_policy, *skills, *custom_runner, *env; /* NULL: none */
    bool keep_alive, ephemeral;
    enum box_status status;
    enum box_status next_status; /* what it turns into at ready_at_ms */
    int64_t ready_at_ms;         /* monotonic; 0: no change under way */
    int64_t created_ms, updated_ms, activity_ms, expires_ms;
    int64_t input_tokens, output_tokens, prompts, cpu_ns;
    double compute_cost_usd, token_cost_usd;
    int active; /* runs with a live process */

    struct run **runs; /* oldest first, owned */
    size_t run_count, run_room;
    struct boxlog log;
    struct preview *previews;
    size_t preview_count, preview_room;
    struct schedule **schedules;
    size_t schedule_count, schedule_room;

    uint32_t plain_seed;   /* a box of --boxes: its history is made up when first asked for; 0: it is there */
    int64_t noise_from_ms; /* wall clock up to which --log-rate lines were written; 0: none are */
    int64_t noise_lines;   /* how many were */
    json_t *extra;         /* fields a test has overridden, whatever their type; NULL: none */
    char *raw;             /* what a test wants to see in place of the object; NULL: the object */
    size_t raw_len;
    const struct demo_job *demo; /* its part in the demo, see seed.h; NULL: none */
    int64_t demo_at_ms;          /* monotonic moment of the next demo job */
    int demo_step;
};

struct store {
    pthread_mutex_t lock;
    pthread_cond_t changed; /* a timer has been set, a job has ended, or boxd stops; monotonic clock */
    struct box **boxes;     /* oldest first, owned */
    size_t count, room;
    struct snapshot **snapshots; /* oldest first, owned */
    size_t snapshot_count, snapshot_room;
    json_t *env;      /* account variables */
    uint64_t next_id; /* for run, snapshot, schedule and URL ids */
    uint64_t random;
    int64_t log_rate; /* lines a second in each running box */
};

void store_init(struct store *store);
void store_done(struct store *store);

/* A new box, with a fresh id if `id` is NULL, appended; status creating, created now. */
struct box *store_add_box(struct store *store, const char *id);

/* A box by id, else by name; deleted ones only if `deleted` says so. NULL when there is none. */
struct box *store_find(struct store *store, const char *id_or_name, bool deleted);

/* A box by its id alone, deleted or not. NULL when there is none. */
struct box *store_find_id(struct store *store, const char *id);

/* A new run of the box, status running, created now; old ones beyond the cap go. */
struct run *store_add_run(struct store *store, struct box *box, bool agent, const char *prompt);

/* A run by id; NULL when there is none. */
struct run *store_find_run(const struct box *box, const char *id);

/* Ends a run: status, times, costs, and the totals of its box. The job is over. */
void store_end_run(struct store *store, struct box *box, struct run *run, enum run_status status);

/* Writes "PREFIX" and a number nobody had before. */
void store_make_id(struct store *store, const char *prefix, char out[24]);

/* A number from the store's generator. */
uint64_t store_random(struct store *store);

/* Appends a formatted line to the log of a box, stamped now. */
void store_log(struct box *box, enum log_level level, enum log_source source, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Dollars for CPU time in a box of this size. */
double store_cpu_cost(const struct box *box, int64_t cpu_ns);

/* Replaces an owned string by a copy of `value` (NULL is fine). */
void store_set(char **field, const char *value);

/* False when the label is against the rules or there are five already; adding one twice is fine. */
bool box_add_label(struct box *box, const char *label);
bool box_has_label(const struct box *box, const char *label);
void box_remove_label(struct box *box, const char *label);

const char *box_status_word(enum box_status status);
const char *run_status_word(enum run_status status);

/* Frees a schedule or a snapshot that is no longer in the store. */
void schedule_free(struct schedule *schedule);
void snapshot_free(struct snapshot *snapshot);
