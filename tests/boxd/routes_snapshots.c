/*
 * Snapshots (box-api.md 2.8): a copy of the box's folder and its agent settings, which outlives the box.
 */
#include "tests/boxd/routes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "client/base/clock.h"
#include "client/base/mem.h"
#include "tests/boxd/files.h"
#include "tests/boxd/lifecycle.h"
#include "tests/boxd/work.h"

static char *folder_of(const struct boxd *boxd, const char *id)
{
    return mem_format("%s/snapshots/%s", boxd->root, id);
}

static struct snapshot *find(const struct store *store, const char *id)
{
    for (size_t i = 0; id != NULL && i < store->snapshot_count; i++) {
        if (strcmp(store->snapshots[i]->id, id) == 0) {
            return store->snapshots[i];
        }
    }
    return NULL;
}

static void copy_text(json_t *to, const char *key, const char *value)
{
    if (value != NULL) {
        json_object_set_new(to, key, json_string(value));
    }
}

/* What a box made from the snapshot begins with. */
static json_t *settings_of(const struct box *box)
{
    json_t *settings = json_object();
    copy_text(settings, "model", box->model);
    copy_text(settings, "agent", box->agent);
    copy_text(settings, "runtime", box->runtime);
    copy_text(settings, "size", box->size);
    if (box->custom_runner != NULL) {
        json_object_set(settings, "custom_runner", box->custom_runner);
    }
    if (box->skills != NULL) {
        json_object_set(settings, "skills", box->skills);
    }
    json_t *copy = json_deep_copy(settings); /* shares nothing with the box */
    json_decref(settings);
    return copy;
}

/* Copies a box's folder to `to`, or back. False after replying. */
static bool copy_folder(struct request *rq, struct box *box, const char *from, const char *to)
{
    char *source = mem_format("%s/.", from);
    const char *const argv[] = {"cp", "-a", source, to, NULL};
    struct buf output;
    int code = work_quietly(rq, box, rq->boxd->root, argv, &output);
    if (code > 0) {
        reply_error(rq, 500, "the copy failed: %.200s", buf_text(&output));
    }
    buf_done(&output);
    free(source);
    return code == 0;
}

static bool make_folder(struct request *rq, const char *path)
{
    char *parent = mem_format("%s/snapshots", rq->boxd->root);
    bool ok = (mkdir(parent, 0700) == 0 || errno == EEXIST) && mkdir(path, 0700) == 0;
    if (!ok) {
        reply_error(rq, 500, "cannot make a folder: %s", strerror(errno));
    }
    free(parent);
    return ok;
}

static void add(struct request *rq, struct box *box, const char *id, const char *folder)
{
    struct store *store = &rq->boxd->store;
    struct snapshot *snapshot = mem_zalloc(1, sizeof *snapshot);
    const char *name = request_text(rq, "name");
    memcpy(snapshot->id, id, sizeof snapshot->id);
    memcpy(snapshot->box_id, box->id, sizeof snapshot->box_id);
    snapshot->name = mem_format("%s", name == NULL || name[0] == '\0' ? id : name);
    snapshot->size_bytes = files_size(folder);
    snapshot->created_ms = clock_wall_ms();
    snapshot->ready_at_ms = clock_ms() + rq->boxd->options.creating_ms;
    snapshot->settings = settings_of(box);
    store->snapshots = mem_grow(store->snapshots, &store->snapshot_room, store->snapshot_count + 1,
                                sizeof *store->snapshots);
    store->snapshots[store->snapshot_count++] = snapshot;
    store_log(box, LEVEL_INFO, SOURCE_SYSTEM, "snapshot %s taken", snapshot->name);
    pthread_cond_broadcast(&store->changed);
    struct wire wire;
    reply_begin(rq, &wire);
    wire_snapshot(&wire, snapshot);
    reply_end(rq, &wire, 200);
}

void snapshots_create(struct request *rq)
{
    struct box *box = routes_box(rq);
    if (box == NULL || request_json(rq) == NULL) {
        return;
    }
    if (box->status == BOX_CREATING || box->status == BOX_ERROR) {
        reply_error(rq, 409, "box is not ready");
        return;
    }
    char id[24];
    store_make_id(&rq->boxd->store, "snap_", id);
    char *from = lifecycle_folder(rq->boxd, box);
    char *to = folder_of(rq->boxd, id);
    if (make_folder(rq, to) && copy_folder(rq, box, from, to)) {
        add(rq, box, id, to);
    }
    free(to);
    free(from);
}

/* The snapshots of one box, or of all for NULL, newest first. */
static void reply_list(struct request *rq, const struct box *box)
{
    const struct store *store = &rq->boxd->store;
    struct wire wire;
    reply_begin(rq, &wire);
    jsonw_open(&wire.w, '{');
    jsonw_key(&wire.w, "snapshots");
    if (wire_open_list(&wire)) {
        for (size_t i = store->snapshot_count; i-- > 0;) {
            if (box == NULL || strcmp(store->snapshots[i]->box_id, box->id) == 0) {
                wire_snapshot(&wire, store->snapshots[i]);
            }
        }
        jsonw_close(&wire.w, ']');
    }
    jsonw_close(&wire.w, '}');
    reply_end(rq, &wire, 200);
}

void snapshots_of_box(struct request *rq)
{
    const struct box *box = routes_box(rq);
    if (box != NULL) {
        reply_list(rq, box);
    }
}

void snapshots_of_account(struct request *rq)
{
    reply_list(rq, NULL);
}

static void drop(struct boxd *boxd, size_t index)
{
    struct store *store = &boxd->store;
    char *folder = folder_of(boxd, store->snapshots[index]->id);
    lifecycle_remove_folder(folder);
    free(folder);
    snapshot_free(store->snapshots[index]);
    memmove(&store->snapshots[index], &store->snapshots[index + 1],
            (store->snapshot_count - index - 1) * sizeof *store->snapshots);
    store->snapshot_count--;
}

/* Deletes the snapshots that `ids` names, or all when it is NULL. Returns how many. */
static int64_t drop_many(struct boxd *boxd, const json_t *ids)
{
    int64_t dropped = 0;
    for (size_t i = boxd->store.snapshot_count; i-- > 0;) {
        bool named = ids == NULL;
        for (size_t k = 0; !named && k < json_array_size(ids); k++) {
            const char *id = json_string_value(json_array_get(ids, k));
            named = id != NULL && strcmp(id, boxd->store.snapshots[i]->id) == 0;
        }
        if (named) {
            drop(boxd, i);
            dropped++;
        }
    }
    return dropped;
}

void snapshots_delete(struct request *rq)
{
    const struct box *box = routes_box(rq);
    if (box == NULL) {
        return;
    }
    const struct snapshot *snapshot = find(&rq->boxd->store, rq->args[1]);
    if (snapshot == NULL || strcmp(snapshot->box_id, box->id) != 0) {
        reply_error(rq, 404, "snapshot not found");
        return;
    }
    json_t *ids = json_pack("[s]", rq->args[1]);
    drop_many(rq->boxd, ids);
    json_decref(ids);
    reply_empty(rq);
}

/* An empty object deletes all of them, as the service does. */
void snapshots_delete_many(struct request *rq)
{
    const json_t *body = request_json(rq);
    if (body == NULL) {
        return;
    }
    int64_t deleted = drop_many(rq->boxd, json_object_get(body, "ids"));
    struct wire wire;
    reply_begin(rq, &wire);
    jsonw_open(&wire.w, '{');
    jsonw_int_field(&wire.w, "deleted", deleted);
    jsonw_close(&wire.w, '}');
    reply_end(rq, &wire, 200);
}

void snapshots_restore(struct request *rq)
{
    const json_t *body = request_json(rq);
    if (body == NULL) {
        return;
    }
    const struct snapshot *snapshot = find(&rq->boxd->store, request_text(rq, "snapshot_id"));
    if (snapshot == NULL || snapshot->failed) {
        reply_error(rq, 404, "snapshot not found");
        return;
    }
    json_t *fields = json_deep_copy(snapshot->settings);
    char *from = folder_of(rq->boxd, snapshot->id);
    json_object_update(fields, (json_t *)body);
    struct err err;
    struct box *box = lifecycle_create(rq->boxd, fields, &err);
    if (box == NULL) {
        reply_error(rq, 400, "%s", err.text);
    } else {
        char *to = lifecycle_folder(rq->boxd, box);
        if (copy_folder(rq, box, from, to)) {
            struct wire wire;
            store_log(box, LEVEL_INFO, SOURCE_SYSTEM, "restored from a snapshot");
            reply_begin(rq, &wire);
            wire_box(&wire, box, 0, 0);
            reply_end(rq, &wire, 200);
        } else {
            lifecycle_delete(rq->boxd, box);
        }
        free(to);
    }
    free(from);
    json_decref(fields);
}
