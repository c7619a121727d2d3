/*
 * The service's things as plain structs (box-api.md sections 2.1, 2.5, 2.6, 4 and 5). Decoders are in
 * model_json.h.
 *
 * Strings that are shown are inert text (inert.h), made so by the decoder; NULL means the service did not
 * say. Ids are the service's bytes, restricted to printable ASCII: an item whose id is anything else is an
 * unreadable item. Times are milliseconds since 1970, 0 for unknown. Money is -1 for unknown, counts are -1
 * for unknown.
 */
#pragma once

#include "client/base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MODEL_ID_MAX = 128 };

enum box_status {
    BOX_STATUS_UNKNOWN, /* a word we do not know; see box.status_word */
    BOX_STATUS_CREATING,
    BOX_STATUS_IDLE,
    BOX_STATUS_RUNNING,
    BOX_STATUS_PAUSED,
    BOX_STATUS_ERROR,
    BOX_STATUS_DELETED,
};

struct box {
    char *id;
    char *name; /* NULL when the box has none: show the id */
    char **labels;
    size_t label_count;
    enum box_status status;
    char *status_word; /* the service's own word, as a label */
    char *size;        /* small, medium, large; NULL means small */
    char *runtime;
    char *agent; /* the harness */
    char *model;
    char **skills;
    size_t skill_count;
    char *network_mode;   /* allow-all when the service says nothing */
    char *network_detail; /* domains and ranges on one line; NULL when there are none */
    char *clone_repo;
    char *session_id;
    char *agent_id;
    char *customer_id;
    int64_t input_tokens;
    int64_t output_tokens;
    int64_t prompts;
    int64_t cpu_ns;
    double compute_cost_usd;
    double token_cost_usd;
    int64_t created_at;
    int64_t updated_at;
    int64_t last_activity_at;
    int64_t expires_at; /* ephemeral boxes only */
    bool keep_alive;
    bool ephemeral;
    bool managed_key;
    bool unreadable; /* the item could not be decoded: `id` is "" and `name` says which one it was and why */
    uint64_t digest; /* of the item's bytes: equal digests need no comparison */
};

enum run_status {
    RUN_STATUS_UNKNOWN,
    RUN_STATUS_RUNNING,
    RUN_STATUS_COMPLETED,
    RUN_STATUS_FAILED,
    RUN_STATUS_CANCELLED,
    RUN_STATUS_SKIPPED,
};

enum run_type { RUN_TYPE_UNKNOWN, RUN_TYPE_AGENT, RUN_TYPE_SHELL };

struct run {
    char *id;
    char *box_id;
    enum run_type type;
    enum run_status status;
    char *status_word;
    char *prompt;
    char *model;
    char *output; /* many lines: newlines kept, each line inert */
    char *error_message;
    char *session_id;
    char *schedule_id;
    int64_t input_tokens;
    int64_t output_tokens;
    int64_t cached_input_tokens;
    double cost_usd;
    double compute_cost_usd;
    int64_t duration_ms;
    int64_t cpu_ns;
    int64_t memory_peak_bytes;
    int64_t created_at;
    int64_t completed_at; /* 0 while it runs */
    bool has_exit;        /* exit_code is known: not every service tells (box-api.md 4.2) */
    int exit_code;
    bool unreadable;  /* as for a box; `prompt` says which one it was and why */
    char *raw_prompt; /* the service's own bytes, NOT inert; NULL when the prompt has the same */
    char *raw_output; /* so is this, but only from a client that was asked for it */
    char *raw_error_message;
};

enum log_level { LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR, LOG_LEVEL_OTHER };
enum log_source { LOG_SOURCE_SYSTEM, LOG_SOURCE_AGENT, LOG_SOURCE_USER, LOG_SOURCE_OTHER };

enum { LOG_REST_MAX = 1000 };

/* One log line. A message with newlines in it stays one line; `text` then holds the first of them and `rest`
 * the others, at most LOG_REST_MAX, the last of which says how many more there were. An entry that cannot be
 * read is a line that says so. */
struct log_line {
    int64_t time; /* whole seconds, as milliseconds; 0 unknown */
    enum log_level level;
    enum log_source source;
    struct text text;
    struct text *rest;
    uint32_t rest_count;
    uint64_t digest; /* of the raw entry: equal entries have equal digests; what pages are stitched by */
    char *raw;       /* the message's own bytes, NOT inert: only from a client that was asked for them */
    size_t raw_len;
};

/* Snapshots (2.8). */
struct snapshot {
    char *id;
    char *name;
    char *box_id;
    char *status; /* creating, ready, error, deleted, or what the service said */
    int64_t size_bytes;
    int64_t created_at;
    bool unreadable; /* as for a box */
};

/* How a page of logs joins what came before it. */
enum log_join {
    LOG_JOIN_APPEND,  /* newer lines, contiguous */
    LOG_JOIN_PREPEND, /* older lines, contiguous with the oldest one held */
    LOG_JOIN_GAP,     /* newer lines after a hole that could not be closed */
    LOG_JOIN_RESET,   /* the first lines, or lines that replace all that is held */
};

/* Where the service's log was read to, for reading on from there: see client/poll/stitch.h. */
struct log_place {
    bool known; /* the order is known: there is something to go on from */
    bool newest_first;
    uint64_t end; /* oldest first: how many lines there were */
};

/* A stretch of lines that was read by an earlier boxtop: the newest ones it knew, without a gap. */
struct log_resume {
    struct log_place place;
    uint64_t *digests; /* of the lines, oldest first */
    size_t count;
    int64_t newest_time; /* of the last line, 0 unknown */
    bool at_start;       /* nothing older exists at the service */
};

/* x_done frees what a struct owns and leaves it zeroed; a zeroed struct is fine. x_copy makes a deep copy. */
void box_done(struct box *box);
void box_copy(struct box *out, const struct box *from);
void run_done(struct run *run);
void run_copy(struct run *out, const struct run *from);
void log_line_done(struct log_line *line);
void log_line_copy(struct log_line *out, const struct log_line *from);
void snapshot_done(struct snapshot *snapshot);
void snapshot_copy(struct snapshot *out, const struct snapshot *from);

/* Frees arrays of the above, elements included. NULL is fine. */
void boxes_free(struct box *boxes, size_t count);
void runs_free(struct run *runs, size_t count);
void log_lines_free(struct log_line *lines, size_t count);
void snapshots_free(struct snapshot *snapshots, size_t count);

/* The word shown for a status ("idle"), and its letter (R running, i idle, C creating, P paused, E error, D
 * deleted, ? unknown). */
const char *box_status_word(enum box_status status);
char box_status_letter(enum box_status status);
const char *run_status_word(enum run_status status);

/* A box that is up: idle or running (box-api.md 4.1). */
bool box_is_live(const struct box *box);

/* What a box is called on screen: its name, else its id. */
const char *box_title(const struct box *box);

/* Compute and token cost together; -1 when neither is known. */
double box_cost_usd(const struct box *box);

/* Two counts together: one that is unknown (negative) counts for nothing, -1 when both are. The service may
 * say any number: a sum past the largest is the largest. */
int64_t count_add(int64_t a, int64_t b);

/* Whether an id can be put into a URL and a user name: 1..MODEL_ID_MAX bytes of ! to ~, not "." or "..". */
bool model_id_valid(const char *id, size_t len);
