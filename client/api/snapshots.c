/* The snapshots of a box (box-api.md 2.8). */
#include <stdlib.h>
#include <string.h>

#include "client/api/body.h"
#include "client/api/parts.h"
#include "client/base/mem.h"
#include "client/json_split.h"
#include "client/model_json.h"

enum { SNAPSHOTS_MAX = 10000, POLL_MS = 2000, LIMIT_MS = 300 * 1000 };

struct snapshot_list {
    struct snapshot *items;
    size_t count, room;
};

static void on_item(void *user, const struct json_element *element)
{
    struct snapshot_list *list = user;
    if (list->count == SNAPSHOTS_MAX)
        return;
    list->items = mem_grow(list->items, &list->room, list->count + 1, sizeof *list->items);
    model_read_snapshot(&list->items[list->count++], element);
}

/* Reads and hands over a list; `word` gets the status of the snapshot `id`, NULL when it is not there. False,
 * and the job has failed, when it is no list. */
static bool take_list(struct job *job, const struct http_answer *answer, const char *id, char **word)
{
    struct snapshot_list list = {0};
    struct json_split split;
    struct err err;
    json_split_init(&split, "snapshots", on_item, &list); /* the key may be missing: empty */
    bool ok = json_split_feed(&split, answer->body, answer->len, &err) && json_split_end(&split, &err);
    json_split_done(&split);
    if (!ok) {
        snapshots_free(list.items, list.count);
        job_fail_protocol(job, "snapshots", err.text);
        return false;
    }
    for (size_t i = 0; i < list.count && id != NULL; i++)
        if (list.items[i].id != NULL && strcmp(list.items[i].id, id) == 0) {
            free(*word);
            *word = mem_dup(list.items[i].status == NULL ? "unknown" : list.items[i].status);
        }
    struct event *event = event_new(EVENT_SNAPSHOTS);
    event->snapshots.items = list.items;
    event->snapshots.count = list.count;
    job_emit(job, event);
    return true;
}

static void list_answer(struct job *job, const struct http_answer *answer)
{
    if (answer->err.kind != ERR_NONE)
        job_fail(job, &answer->err);
    else if (take_list(job, answer, NULL, NULL))
        job_succeed(job);
}

static void list_start(struct job *job)
{
    job_call(job, (struct job_call){.method = HTTP_GET,
                                    .path = job_box_path(job, "/snapshots"),
                                    .what = "snapshots",
                                    .patient = true,
                                    .on_answer = list_answer});
}

const struct job_ops snapshots_list_ops = {.start = list_start};

/* --- making one --------------------------------------------------------------------------------------- */

struct making {
    char *id;
    char *word; /* its status seen last */
};

/* Ends the job if the snapshot is ready or broken; waits on if not. */
static void look(struct job *job)
{
    struct making *making = job->state;
    struct err err;
    int seconds = (int)((job->api->now_ms - job->started_ms) / 1000);
    if (strcmp(making->word, "ready") == 0) {
        job_succeed(job);
    } else if (strcmp(making->word, "error") == 0 || strcmp(making->word, "deleted") == 0) {
        err_set(&err, ERR_SERVICE, 0, "snapshot: it went to status %s", making->word);
        job_fail(job, &err);
    } else if (job->api->now_ms - job->started_ms >= LIMIT_MS) {
        err_set(&err, ERR_TIMEOUT, 0, "snapshot: it is still %s after %d s", making->word, seconds);
        job_fail(job, &err);
    } else {
        job_progress(job, "%s for %d s", making->word, seconds);
        job_wake_in(job, POLL_MS);
    }
}

static void look_answer(struct job *job, const struct http_answer *answer)
{
    struct making *making = job->state;
    if (answer->status == 401 || answer->status == 404)
        job_fail(job, &answer->err);
    else if (answer->err.kind != ERR_NONE || take_list(job, answer, making->id, &making->word))
        look(job);
}

static void create_wake(struct job *job)
{
    job_call(job, (struct job_call){.method = HTTP_GET,
                                    .path = job_box_path(job, "/snapshots"),
                                    .what = "snapshots",
                                    .on_answer = look_answer});
}

static void create_answer(struct job *job, const struct http_answer *answer)
{
    struct making *making = job->state;
    if (answer->err.kind != ERR_NONE) {
        job_fail(job, &answer->err);
        return;
    }
    struct snapshot snapshot;
    struct json_element element = json_element_whole(answer->body, answer->len);
    model_read_snapshot(&snapshot, &element);
    if (snapshot.unreadable) {
        job_fail_protocol(job, "snapshot", "it is not a snapshot");
    } else {
        making->id = mem_dup(snapshot.id);
        making->word = mem_dup(snapshot.status == NULL ? "creating" : snapshot.status);
        create_wake(job); /* so that the list on screen has it */
    }
    snapshot_done(&snapshot);
}

static void create_start(struct job *job)
{
    job->state = mem_zalloc(1, sizeof(struct making));
    char *body = body_object("name", job->request->text, (char *)NULL);
    job_call(job, (struct job_call){.method = HTTP_POST,
                                    .path = job_box_path(job, "/snapshots"),
                                    .body = body,
                                    .what = "snapshot",
                                    .on_answer = create_answer});
    free(body);
}

static void create_done(struct job *job)
{
    struct making *making = job->state;
    if (making == NULL)
        return;
    free(making->id);
    free(making->word);
    free(making);
}

const struct job_ops snapshots_create_ops = {.start = create_start, .wake = create_wake, .done = create_done};
