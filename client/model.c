#include "client/model.h"

#include "client/base/mem.h"

#include <stdlib.h>
#include <string.h>

static void words_free(char **words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(words[i]);
    free(words);
}

static char **words_copy(char *const *words, size_t count)
{
    if (count == 0)
        return NULL;
    char **copy = mem_zalloc(count, sizeof *copy);
    for (size_t i = 0; i < count; i++)
        copy[i] = mem_dup(words[i]);
    return copy;
}

/* The strings of a struct that are owned, as places in it: one list serves done and copy, so that neither can
 * forget a field. */
static char **string_at(void *object, size_t offset)
{
    return (char **)((char *)object + offset);
}

static void strings_free(void *object, const size_t *offsets, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(*string_at(object, offsets[i]));
}

/* After the struct was copied flat: gives the copy strings of its own. */
static void strings_copy(void *object, const size_t *offsets, size_t count)
{
    for (size_t i = 0; i < count; i++)
        *string_at(object, offsets[i]) = mem_dup(*string_at(object, offsets[i]));
}

static const size_t box_strings[] = {
    offsetof(struct box, id),
    offsetof(struct box, name),
    offsetof(struct box, status_word),
    offsetof(struct box, size),
    offsetof(struct box, runtime),
    offsetof(struct box, agent),
    offsetof(struct box, model),
    offsetof(struct box, network_mode),
    offsetof(struct box, network_detail),
    offsetof(struct box, clone_repo),
    offsetof(struct box, session_id),
    offsetof(struct box, agent_id),
    offsetof(struct box, customer_id),
};
enum { BOX_STRINGS = sizeof box_strings / sizeof box_strings[0] };

static const size_t run_strings[] = {
    offsetof(struct run, id),
    offsetof(struct run, box_id),
    offsetof(struct run, status_word),
    offsetof(struct run, prompt),
    offsetof(struct run, model),
    offsetof(struct run, output),
    offsetof(struct run, error_message),
    offsetof(struct run, session_id),
    offsetof(struct run, schedule_id),
    offsetof(struct run, raw_prompt),
    offsetof(struct run, raw_output),
    offsetof(struct run, raw_error_message),
};
enum { RUN_STRINGS = sizeof run_strings / sizeof run_strings[0] };

static const size_t snapshot_strings[] = {
    offsetof(struct snapshot, id),
    offsetof(struct snapshot, name),
    offsetof(struct snapshot, box_id),
    offsetof(struct snapshot, status),
};
enum { SNAPSHOT_STRINGS = sizeof snapshot_strings / sizeof snapshot_strings[0] };

void box_done(struct box *box)
{
    strings_free(box, box_strings, BOX_STRINGS);
    words_free(box->labels, box->label_count);
    words_free(box->skills, box->skill_count);
    *box = (struct box){0};
}

void box_copy(struct box *out, const struct box *from)
{
    *out = *from;
    strings_copy(out, box_strings, BOX_STRINGS);
    out->labels = words_copy(from->labels, from->label_count);
    out->skills = words_copy(from->skills, from->skill_count);
}

void run_done(struct run *run)
{
    strings_free(run, run_strings, RUN_STRINGS);
    *run = (struct run){0};
}

void run_copy(struct run *out, const struct run *from)
{
    *out = *from;
    strings_copy(out, run_strings, RUN_STRINGS);
}

void log_line_done(struct log_line *line)
{
    text_done(&line->text);
    for (uint32_t i = 0; i < line->rest_count; i++)
        text_done(&line->rest[i]);
    free(line->rest);
    free(line->raw);
    *line = (struct log_line){0};
}

void log_line_copy(struct log_line *out, const struct log_line *from)
{
    *out = *from;
    text_copy(&out->text, &from->text);
    out->rest = from->rest_count > 0 ? mem_zalloc(from->rest_count, sizeof *out->rest) : NULL;
    for (uint32_t i = 0; i < from->rest_count; i++)
        text_copy(&out->rest[i], &from->rest[i]);
    out->raw = from->raw != NULL ? mem_dup_bytes(from->raw, from->raw_len) : NULL;
}

void snapshot_done(struct snapshot *snapshot)
{
    strings_free(snapshot, snapshot_strings, SNAPSHOT_STRINGS);
    *snapshot = (struct snapshot){0};
}

void snapshot_copy(struct snapshot *out, const struct snapshot *from)
{
    *out = *from;
    strings_copy(out, snapshot_strings, SNAPSHOT_STRINGS);
}

void boxes_free(struct box *boxes, size_t count)
{
    for (size_t i = 0; boxes != NULL && i < count; i++)
        box_done(&boxes[i]);
    free(boxes);
}

void runs_free(struct run *runs, size_t count)
{
    for (size_t i = 0; runs != NULL && i < count; i++)
        run_done(&runs[i]);
    free(runs);
}

void log_lines_free(struct log_line *lines, size_t count)
{
    for (size_t i = 0; lines != NULL && i < count; i++)
        log_line_done(&lines[i]);
    free(lines);
}

void snapshots_free(struct snapshot *snapshots, size_t count)
{
    for (size_t i = 0; snapshots != NULL && i < count; i++)
        snapshot_done(&snapshots[i]);
    free(snapshots);
}

const char *box_status_word(enum box_status status)
{
    static const char *const words[] = {
        [BOX_STATUS_UNKNOWN] = "unknown", [BOX_STATUS_CREATING] = "creating", [BOX_STATUS_IDLE] = "idle",
        [BOX_STATUS_RUNNING] = "running", [BOX_STATUS_PAUSED] = "paused",     [BOX_STATUS_ERROR] = "error",
        [BOX_STATUS_DELETED] = "deleted",
    };
    return words[status];
}

char box_status_letter(enum box_status status)
{
    static const char letters[] = {
        [BOX_STATUS_UNKNOWN] = '?', [BOX_STATUS_CREATING] = 'C', [BOX_STATUS_IDLE] = 'i',
        [BOX_STATUS_RUNNING] = 'R', [BOX_STATUS_PAUSED] = 'P',   [BOX_STATUS_ERROR] = 'E',
        [BOX_STATUS_DELETED] = 'D',
    };
    return letters[status];
}

const char *run_status_word(enum run_status status)
{
    static const char *const words[] = {
        [RUN_STATUS_UNKNOWN] = "unknown",     [RUN_STATUS_RUNNING] = "running",
        [RUN_STATUS_COMPLETED] = "completed", [RUN_STATUS_FAILED] = "failed",
        [RUN_STATUS_CANCELLED] = "cancelled", [RUN_STATUS_SKIPPED] = "skipped",
    };
    return words[status];
}

bool box_is_live(const struct box *box)
{
    return box->status == BOX_STATUS_IDLE || box->status == BOX_STATUS_RUNNING;
}

const char *box_title(const struct box *box)
{
    if (box->name != NULL && box->name[0] != '\0')
        return box->name;
    return box->id != NULL ? box->id : "";
}

double box_cost_usd(const struct box *box)
{
    if (box->compute_cost_usd < 0 && box->token_cost_usd < 0)
        return -1;
    return (box->compute_cost_usd > 0 ? box->compute_cost_usd : 0) +
           (box->token_cost_usd > 0 ? box->token_cost_usd : 0);
}

int64_t count_add(int64_t a, int64_t b)
{
    int64_t sum;
    if (a < 0 || b < 0)
        return a < 0 && b < 0 ? -1 : a < 0 ? b : a;
    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

bool model_id_valid(const char *id, size_t len)
{
    if (len == 0 || len > MODEL_ID_MAX)
        return false;
    for (size_t i = 0; i < len; i++)
        if (id[i] < '!' || id[i] > '~')
            return false;
    return !(id[0] == '.' && (len == 1 || (len == 2 && id[1] == '.')));
}
