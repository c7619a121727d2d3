/*
 * Schedules (box-api.md 2.9).
 */
#include "tests/boxd/routes.h"

#include <stdlib.h>
#include <string.h>

#include "client/base/clock.h"
#include "client/base/mem.h"
#include "tests/boxd/cron.h"

/* What a client may say of a schedule. */
static const char *const keys[] = {"type",  "cron",    "command",       "prompt",      "folder",
                                   "model", "timeout", "agent_options", "webhook_url", "webhook_headers"};

/* Whether a value clears a field: "", [], {} or null. */
static bool clears(const json_t *value)
{
    return json_is_null(value) || (json_is_string(value) && json_string_length(value) == 0) ||
           (json_is_array(value) && json_array_size(value) == 0) ||
           (json_is_object(value) && json_object_size(value) == 0);
}

/* Merges the known keys of the body. The type of a schedule stays what it is. */
static void merge(json_t *fields, const json_t *body)
{
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        json_t *value = json_object_get(body, keys[i]);
        if (value == NULL || (strcmp(keys[i], "type") == 0 && json_object_get(fields, "type") != NULL)) {
            continue;
        }
        if (clears(value)) {
            json_object_del(fields, keys[i]);
        } else {
            json_object_set_new(fields, keys[i], json_deep_copy(value));
        }
    }
}

/* What is wrong with the fields; NULL when nothing is. */
static const char *complaint(const struct box *box, const json_t *fields)
{
    const char *type = json_string_value(json_object_get(fields, "type"));
    const char *expression = json_string_value(json_object_get(fields, "cron"));
    struct cron cron;
    if (type == NULL || (strcmp(type, "exec") != 0 && strcmp(type, "prompt") != 0)) {
        return "type is exec or prompt";
    }
    if (expression == NULL || !cron_parse(&cron, expression)) {
        return "cron is not a cron expression";
    }
    if (strcmp(type, "exec") == 0 && json_array_size(json_object_get(fields, "command")) == 0) {
        return "command is missing";
    }
    if (strcmp(type, "prompt") == 0 && !json_is_string(json_object_get(fields, "prompt"))) {
        return "prompt is missing";
    }
    return strcmp(type, "prompt") == 0 && box->agent == NULL ? "no agent is configured for this box" : NULL;
}

static void reply_schedule(struct request *rq, const struct box *box, const struct schedule *schedule)
{
    struct wire wire;
    reply_begin(rq, &wire);
    wire_schedule(&wire, box, schedule);
    reply_end(rq, &wire, 200);
}

void schedules_create(struct request *rq)
{
    struct box *box = routes_box(rq);
    const json_t *body = box == NULL ? NULL : request_json(rq);
    if (body == NULL) {
        return;
    }
    json_t *fields = json_object();
    merge(fields, body);
    const char *wrong = complaint(box, fields);
    if (wrong != NULL) {
        reply_error(rq, 400, "bad request: %s", wrong);
        json_decref(fields);
        return;
    }
    struct schedule *schedule = mem_zalloc(1, sizeof *schedule);
    store_make_id(&rq->boxd->store, "sched_", schedule->id);
    schedule->fields = fields;
    schedule->created_ms = schedule->updated_ms = clock_wall_ms();
    box->schedules =
        mem_grow(box->schedules, &box->schedule_room, box->schedule_count + 1, sizeof *box->schedules);
    box->schedules[box->schedule_count++] = schedule;
    pthread_cond_broadcast(&rq->boxd->store.changed);
    reply_schedule(rq, box, schedule);
}

void schedules_list(struct request *rq)
{
    const struct box *box = routes_box(rq);
    if (box == NULL) {
        return;
    }
    struct wire wire;
    reply_begin(rq, &wire);
    if (wire_open_list(&wire)) {
        for (size_t i = 0; i < box->schedule_count; i++) {
            wire_schedule(&wire, box, box->schedules[i]);
        }
        jsonw_close(&wire.w, ']');
    }
    reply_end(rq, &wire, 200);
}

/* The schedule of argument 1 and its place; NULL after replying 404. */
static struct schedule *find(struct request *rq, struct box **box, size_t *index)
{
    *box = routes_box(rq);
    for (size_t i = 0; *box != NULL && i < (*box)->schedule_count; i++) {
        if (strcmp((*box)->schedules[i]->id, rq->args[1]) == 0) {
            *index = i;
            return (*box)->schedules[i];
        }
    }
    if (*box != NULL) {
        reply_error(rq, 404, "schedule not found");
    }
    return NULL;
}

void schedules_get(struct request *rq)
{
    struct box *box;
    size_t index;
    const struct schedule *schedule = find(rq, &box, &index);
    if (schedule != NULL) {
        reply_schedule(rq, box, schedule);
    }
}

void schedules_update(struct request *rq)
{
    struct box *box;
    size_t index;
    struct schedule *schedule = find(rq, &box, &index);
    const json_t *body = schedule == NULL ? NULL : request_json(rq);
    if (body == NULL) {
        return;
    }
    json_t *fields = json_deep_copy(schedule->fields);
    merge(fields, body);
    const char *wrong = complaint(box, fields);
    if (wrong != NULL) {
        reply_error(rq, 400, "bad request: %s", wrong);
        json_decref(fields);
        return;
    }
    json_decref(schedule->fields);
    schedule->fields = fields;
    schedule->updated_ms = clock_wall_ms();
    reply_schedule(rq, box, schedule);
}

static void set_paused(struct request *rq, bool paused)
{
    struct box *box;
    size_t index;
    struct schedule *schedule = find(rq, &box, &index);
    if (schedule == NULL) {
        return;
    }
    schedule->paused = paused;
    schedule->updated_ms = clock_wall_ms();
    struct wire wire;
    reply_begin(rq, &wire);
    jsonw_open(&wire.w, '{');
    jsonw_text_field(&wire.w, "message", paused ? "Schedule paused" : "Schedule resumed");
    jsonw_close(&wire.w, '}');
    reply_end(rq, &wire, 200);
}

void schedules_pause(struct request *rq)
{
    set_paused(rq, true);
}

void schedules_resume(struct request *rq)
{
    set_paused(rq, false);
}

void schedules_delete(struct request *rq)
{
    struct box *box;
    size_t index;
    struct schedule *schedule = find(rq, &box, &index);
    if (schedule == NULL) {
        return;
    }
    schedule_free(schedule);
    memmove(&box->schedules[index], &box->schedules[index + 1],
            (box->schedule_count - index - 1) * sizeof *box->schedules);
    box->schedule_count--;
    reply_empty(rq);
}
