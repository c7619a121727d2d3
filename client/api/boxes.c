/* The list of boxes, one box, and what can be done to it (box-api.md 2.2). */
#include <stdlib.h>
#include <string.h>

#include "client/api/memory.h"
#include "client/api/parts.h"
#include "client/base/mem.h"
#include "client/json.h"
#include "client/json_split.h"
#include "client/model_json.h"

enum {
    CREATE_POLL_MS = 2000,
    CREATE_LIMIT_MS = 300 * 1000,
    STATUS_POLL_MS = 1500,
    STATUS_LIMIT_MS = 120 * 1000,
    LIST_COUNT_MAX = 100 * 1000,
};

/* --- the list ----------------------------------------------------------------------------------------- */

/*
 * A list under way. Items arrive one by one. Those whose bytes are the ones seen last time at the same place
 * are not decoded: then a list that is as before costs a hash, and one changed box costs one decode and one
 * EVENT_BOX. When boxes came or went the list is fetched again and decoded whole.
 */
struct list_fetch {
    struct list_memory *last;
    struct json_split split;
    bool whole; /* decode everything */
    bool moved; /* other boxes than last time, or in other places */
    size_t bytes;
    struct box *boxes;  /* decoded ones */
    uint64_t *digests;  /* of all items, when whole */
    size_t *places;     /* of the decoded ones in the list */
    size_t count, room; /* of boxes and places */
    size_t places_room, digests_room;
};

static void fetch_clear(struct list_fetch *fetch)
{
    json_split_done(&fetch->split);
    boxes_free(fetch->boxes, fetch->count);
    free(fetch->places);
    free(fetch->digests);
    *fetch = (struct list_fetch){.last = fetch->last, .whole = fetch->whole};
}

static void on_item(void *user, const struct json_element *element)
{
    struct list_fetch *fetch = user;
    if (fetch->moved || element->index >= LIST_COUNT_MAX)
        return;
    uint64_t digest = json_digest(element->bytes, element->len);
    const struct list_memory *last = fetch->last;
    bool has_place = element->index < last->count;
    if (!fetch->whole && has_place && last->digests[element->index] == digest)
        return;
    fetch->boxes = mem_grow(fetch->boxes, &fetch->room, fetch->count + 1, sizeof *fetch->boxes);
    fetch->places = mem_grow(fetch->places, &fetch->places_room, fetch->count + 1, sizeof *fetch->places);
    fetch->digests = mem_grow(fetch->digests, &fetch->digests_room, fetch->count + 1, sizeof *fetch->digests);
    struct box *box = &fetch->boxes[fetch->count];
    model_read_box(box, element);
    fetch->places[fetch->count] = element->index;
    fetch->digests[fetch->count++] = digest;
    if (!fetch->whole && (!has_place || strcmp(last->ids[element->index], box->id) != 0))
        fetch->moved = true;
}

static bool list_body(struct job *job, const char *bytes, size_t len, struct err *err)
{
    struct list_fetch *fetch = job->state;
    fetch->bytes += len;
    if (fetch->bytes > HTTP_LIST_CAP)
        return err_set(err, ERR_PROTOCOL, 0, "list of boxes: larger than %d MiB, the most boxtop takes",
                       HTTP_LIST_CAP >> 20);
    return json_split_feed(&fetch->split, bytes, len, err);
}

static void list_answer(struct job *job, const struct http_answer *answer);

static void list_send(struct job *job)
{
    struct list_fetch *fetch = job->state;
    fetch_clear(fetch);
    json_split_init(&fetch->split, "boxes", on_item, fetch);
    job_call(job, (struct job_call){
                      .method = HTTP_GET,
                      .path = mem_dup(job->ask.kind == POLL_DELETED ? "/v2/box?status=deleted" : "/v2/box"),
                      .what = "list of boxes",
                      .on_body = list_body,
                      .on_answer = list_answer});
}

static void list_start(struct job *job)
{
    struct list_fetch *fetch = mem_zalloc(1, sizeof *fetch);
    fetch->last = &job->api->memory->lists[job->ask.kind == POLL_DELETED];
    fetch->whole = !fetch->last->known;
    job->state = fetch;
    list_send(job);
}

/* Hands over a list that was decoded whole. */
static void list_replace(struct job *job)
{
    struct list_fetch *fetch = job->state;
    struct list_memory *last = fetch->last;
    memory_clear_list(last);
    last->known = true;
    last->count = fetch->count;
    last->digests = fetch->digests;
    fetch->digests = NULL;
    last->ids = mem_zalloc(fetch->count, sizeof *last->ids);
    for (size_t i = 0; i < fetch->count; i++)
        last->ids[i] = mem_dup(fetch->boxes[i].id == NULL ? "" : fetch->boxes[i].id);
    if (job->ask.kind == POLL_LIST)
        poll_boxes(job->api->poll, fetch->boxes, fetch->count, job->api->now_ms);
    struct event *event = event_new(EVENT_BOXES);
    event->boxes.items = fetch->boxes;
    event->boxes.count = fetch->count;
    event->boxes.deleted = job->ask.kind == POLL_DELETED;
    fetch->boxes = NULL;
    fetch->count = 0;
    job_emit(job, event);
    memory_prune(job->api->memory, job->api->now_ms);
}

/* Hands over one box that takes the items over. */
static void emit_box(struct job *job, struct box *box)
{
    struct event *event = event_new(EVENT_BOX);
    event->box_id = mem_dup(box->id);
    event->boxes.items = mem_zalloc(1, sizeof *box);
    event->boxes.items[0] = *box;
    event->boxes.count = 1;
    *box = (struct box){0};
    job_emit(job, event);
}

/* Hands over the boxes of a list that changed in place. */
static void list_update(struct job *job)
{
    struct list_fetch *fetch = job->state;
    for (size_t i = 0; i < fetch->count; i++) {
        fetch->last->digests[fetch->places[i]] = fetch->digests[i];
        if (job->ask.kind == POLL_LIST)
            poll_box(job->api->poll, &fetch->boxes[i], job->api->now_ms);
        emit_box(job, &fetch->boxes[i]);
    }
}

static void list_answer(struct job *job, const struct http_answer *answer)
{
    struct list_fetch *fetch = job->state;
    struct err err = answer->err;
    if (err.kind == ERR_NONE && json_split_end(&fetch->split, &err) && !fetch->split.found)
        err_set(&err, ERR_PROTOCOL, 0, "it holds no list");
    if (err.kind != ERR_NONE) {
        if (answer->err.kind == ERR_NONE)
            job_fail_protocol(job, "list of boxes", err.text);
        else
            job_fail(job, &err);
        return;
    }
    size_t total = fetch->split.count < LIST_COUNT_MAX ? fetch->split.count : LIST_COUNT_MAX;
    if (!fetch->whole && (fetch->moved || total != fetch->last->count)) {
        fetch->whole = true;
        list_send(job);
        return;
    }
    if (fetch->whole)
        list_replace(job);
    else
        list_update(job);
    job_succeed(job);
}

static void list_done(struct job *job)
{
    fetch_clear(job->state);
    free(job->state);
}

const struct job_ops boxes_list_ops = {.start = list_start, .done = list_done};

/* --- one box ------------------------------------------------------------------------------------------ */

/* Reads an answer that is one box. False, and the job has failed, when it is none. */
static bool read_box(struct job *job, const struct http_answer *answer, struct box *box)
{
    struct json_element element = json_element_whole(answer->body, answer->len);
    model_read_box(box, &element);
    if (!box->unreadable)
        return true;
    job_fail_protocol(job, job->spec.what, "it is not a box");
    box_done(box);
    return false;
}

static void emit_gone(struct job *job)
{
    struct event *event = event_new(EVENT_BOX);
    event->boxes.gone = true;
    job_emit(job, event);
}

static void get_answer(struct job *job, const struct http_answer *answer)
{
    struct box box;
    if (answer->status == 404)
        emit_gone(job);
    if (answer->err.kind != ERR_NONE) {
        job_fail(job, &answer->err);
    } else if (read_box(job, answer, &box)) {
        free(job->reply.box_id);
        job->reply.box_id = mem_dup(box.id); /* it may have been asked for by name */
        emit_box(job, &box);
        job_succeed(job);
    }
}

static void get_start(struct job *job)
{
    job_call(job, (struct job_call){.method = HTTP_GET,
                                    .path = job_box_path(job, ""),
                                    .what = "box",
                                    .patient = true,
                                    .on_answer = get_answer});
}

const struct job_ops boxes_get_ops = {.start = get_start};

/* --- waiting for a status ------------------------------------------------------------------------------ */

/* What a change waits for: the wanted status, or time is up. */
struct wait {
    enum request_kind kind;
    int64_t limit_ms; /* when to give up */
    int64_t every_ms;
    char *path;
    char *word; /* of the status seen last */
};

static void wait_done(struct job *job)
{
    struct wait *wait = job->state;
    if (wait == NULL)
        return;
    free(wait->path);
    free(wait->word);
    free(wait);
}

static bool is_reached(enum request_kind kind, const struct box *box)
{
    switch (kind) {
    case REQUEST_BOX_PAUSE:
        return box->status == BOX_STATUS_PAUSED;
    case REQUEST_BOX_RESUME:
        return box_is_live(box);
    default: /* create: anything but creating is an end (box-api.md 2.2) */
        return box->status != BOX_STATUS_CREATING;
    }
}

/* Looks at a box that is waited for, and hands it over. True when that ended the job. */
static bool wait_look(struct job *job, struct box *box)
{
    struct wait *wait = job->state;
    bool reached = is_reached(wait->kind, box);
    bool broken = box->status == BOX_STATUS_ERROR || box->status == BOX_STATUS_DELETED;
    free(wait->word);
    wait->word = mem_dup(box->status_word == NULL ? "unknown" : box->status_word);
    emit_box(job, box);
    if (broken) {
        struct err err;
        err_set(&err, ERR_SERVICE, 0, "%s: the box went to status %s", job->spec.what, wait->word);
        job_fail(job, &err);
    } else if (reached) {
        job_succeed(job);
    }
    return broken || reached;
}

/* The next look, or the end of patience. */
static void wait_on(struct job *job)
{
    struct wait *wait = job->state;
    int64_t now = job->api->now_ms;
    if (now >= wait->limit_ms) {
        struct err err;
        err_set(&err, ERR_TIMEOUT, 0, "%s: the box is still %s after %d s", job->spec.what,
                wait->word == NULL ? "unknown" : wait->word, (int)((now - job->started_ms) / 1000));
        job_fail(job, &err);
        return;
    }
    job_progress(job, "%s for %d s", wait->word == NULL ? "waiting" : wait->word,
                 (int)((now - job->started_ms) / 1000));
    job_wake_in(job, wait->every_ms);
}

static void wait_answer(struct job *job, const struct http_answer *answer)
{
    struct box box;
    if (answer->status == 404) {
        emit_gone(job);
        job_fail(job, &answer->err);
    } else if (answer->status == 401) {
        job_fail(job, &answer->err);
    } else if (answer->err.kind != ERR_NONE) {
        wait_on(job); /* the next look may go better: the change itself was accepted */
    } else if (read_box(job, answer, &box) && !wait_look(job, &box)) {
        wait_on(job);
    }
}

static void wait_wake(struct job *job)
{
    struct wait *wait = job->state;
    job_call(job, (struct job_call){.method = HTTP_GET,
                                    .path = mem_dup(wait->path),
                                    .what = job->spec.what,
                                    .on_answer = wait_answer});
}

static struct wait *wait_new(struct job *job, int64_t limit_ms, int64_t every_ms)
{
    struct wait *wait = mem_zalloc(1, sizeof *wait);
    wait->kind = job->request->kind;
    wait->limit_ms = job->started_ms + limit_ms;
    wait->every_ms = every_ms;
    job->state = wait;
    return wait;
}

/* --- create, pause, resume, delete ---------------------------------------------------------------------- */

static void create_answer(struct job *job, const struct http_answer *answer)
{
    struct box box;
    job_touch_box(job);
    if (answer->err.kind != ERR_NONE) {
        job_fail(job, &answer->err);
        return;
    }
    if (!read_box(job, answer, &box))
        return;
    free(job->reply.box_id);
    job->reply.box_id = mem_dup(box.id);
    job->box_id = job->reply.box_id;
    struct wait *wait = job->state;
    wait->path = job_box_path(job, "");
    if (!wait_look(job, &box))
        wait_on(job);
}

static void create_start(struct job *job)
{
    wait_new(job, CREATE_LIMIT_MS, CREATE_POLL_MS);
    job_call(job, (struct job_call){.method = HTTP_POST,
                                    .path = mem_dup("/v2/box"),
                                    .body = job->request->body == NULL ? "{}" : job->request->body,
                                    .what = "create a box",
                                    .on_answer = create_answer});
}

const struct job_ops boxes_create_ops = {.start = create_start, .wake = wait_wake, .done = wait_done};

static void pause_answer(struct job *job, const struct http_answer *answer)
{
    job_touch_box(job);
    if (answer->err.kind != ERR_NONE)
        job_fail(job, &answer->err);
    else
        wait_wake(job);
}

static void pause_start(struct job *job)
{
    bool pause = job->request->kind == REQUEST_BOX_PAUSE;
    struct wait *wait = wait_new(job, STATUS_LIMIT_MS, STATUS_POLL_MS);
    wait->path = job_box_path(job, "");
    job_call(job, (struct job_call){.method = HTTP_POST,
                                    .path = job_box_path(job, pause ? "/pause" : "/resume"),
                                    .what = pause ? "pause" : "resume",
                                    .on_answer = pause_answer});
}

const struct job_ops boxes_pause_ops = {.start = pause_start, .wake = wait_wake, .done = wait_done};

static void delete_answer(struct job *job, const struct http_answer *answer)
{
    job_touch_box(job);
    bool done = answer->err.kind == ERR_NONE || answer->status == 404; /* gone is what was wanted */
    if (done) {
        emit_gone(job);
        job_succeed(job);
    } else {
        job_fail(job, &answer->err);
    }
}

static void delete_start(struct job *job)
{
    job_call(job, (struct job_call){.method = HTTP_DELETE,
                                    .path = job_box_path(job, ""),
                                    .what = "delete",
                                    .on_answer = delete_answer});
}

const struct job_ops boxes_delete_ops = {.start = delete_start};
