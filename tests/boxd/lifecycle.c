#include "tests/boxd/lifecycle.h"

#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "client/base/clock.h"
#include "client/base/mem.h"
#include "tests/boxd/job.h"

enum { DEFAULT_TTL_S = 259200, SETTLE_MS = 30000 };

char *lifecycle_folder(const struct boxd *boxd, const struct box *box)
{
    return mem_format("%s/boxes/%s", boxd->root, box->id);
}

bool lifecycle_make_folders(const struct boxd *boxd, const struct box *box, struct err *err)
{
    static const char *const parts[] = {"", "/home", "/root", "/tmp"};
    char *folder = lifecycle_folder(boxd, box);
    bool ok = true;
    for (size_t i = 0; ok && i < sizeof parts / sizeof *parts; i++) {
        char *path = mem_format("%s%s", folder, parts[i]);
        if (mkdir(path, 0700) < 0 && errno != EEXIST) {
            ok = err_set(err, ERR_LOCAL, 500, "cannot make the folder %s: %s", path, strerror(errno));
        }
        free(path);
    }
    free(folder);
    return ok;
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
    (void)info;
    (void)type;
    (void)ftw;
    remove(path);
    return 0;
}

void lifecycle_remove_folder(const char *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* The size as a static word; NULL when it is none. */
static const char *size_word(const char *text)
{
    static const char *const words[] = {"small", "medium", "large"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i], text) == 0) {
            return words[i];
        }
    }
    return NULL;
}

static void take_text(char **field, const json_t *fields, const char *key)
{
    const char *text = json_string_value(json_object_get(fields, key));
    if (text != NULL) {
        store_set(field, text);
    }
}

static void take_value(json_t **field, const json_t *fields, const char *key)
{
    json_t *value = json_object_get(fields, key);
    if (value != NULL && !json_is_null(value)) {
        json_decref(*field);
        *field = json_deep_copy(value);
    }
}

static bool take_labels(struct box *box, const json_t *labels, struct err *err)
{
    size_t index;
    json_t *label;
    json_array_foreach(labels, index, label)
    {
        if (!json_is_string(label) || !box_add_label(box, json_string_value(label))) {
            return err_set(err, ERR_USAGE, 400,
                           "a label is at most 20 letters, digits and . _ - :, and a box has at most %d",
                           BOX_LABELS);
        }
    }
    return true;
}

static bool check_fields(const json_t *fields, struct err *err)
{
    const char *name = json_string_value(json_object_get(fields, "name"));
    const char *size = json_string_value(json_object_get(fields, "size"));
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
    if (name != NULL && (name[0] == '\0' || name[strspn(name, letters)] != '\0')) {
        return err_set(err, ERR_USAGE, 400, "a name is made of letters, digits and _ - .");
    }
    if (size != NULL && size_word(size) == NULL) {
        return err_set(err, ERR_USAGE, 400, "size is small, medium or large");
    }
    json_int_t ttl = json_integer_value(json_object_get(fields, "ttl"));
    if (ttl < 0 || ttl > DEFAULT_TTL_S) {
        return err_set(err, ERR_USAGE, 400, "ttl is at most %d seconds", DEFAULT_TTL_S);
    }
    return true;
}

static void take_settings(struct box *box, const json_t *fields, const json_t *account_env)
{
    const char *size = json_string_value(json_object_get(fields, "size"));
    box->size = size == NULL ? "small" : size_word(size);
    take_text(&box->name, fields, "name");
    take_text(&box->model, fields, "model");
    take_text(&box->agent, fields, "agent");
    store_set(&box->runtime, "node");
    take_text(&box->runtime, fields, "runtime");
    take_text(&box->clone_repo, fields, "clone_repo");
    take_text(&box->init_command, fields, "init_command");
    take_value(&box->network_policy, fields, "network_policy");
    take_value(&box->skills, fields, "skills");
    take_value(&box->custom_runner, fields, "custom_runner");
    box->env = json_deep_copy(account_env); /* as it is now: later changes are for later boxes */
    json_object_update(box->env, json_object_get(fields, "env_vars"));
    box->keep_alive = json_is_true(json_object_get(fields, "keep_alive"));
}

static void take_life(struct boxd *boxd, struct box *box, const json_t *fields)
{
    box->ephemeral = json_is_true(json_object_get(fields, "ephemeral"));
    if (box->ephemeral) {
        json_int_t ttl = json_integer_value(json_object_get(fields, "ttl"));
        box->expires_ms = box->created_ms + (ttl == 0 ? DEFAULT_TTL_S : ttl) * 1000;
        box->status = BOX_IDLE;
        return;
    }
    box->ready_at_ms = clock_ms() + boxd->options.creating_ms;
}

struct box *lifecycle_create(struct boxd *boxd, const json_t *fields, struct err *err)
{
    if (!check_fields(fields, err)) {
        return NULL;
    }
    struct box probe = {.label_count = 0};
    const json_t *labels = json_object_get(fields, "labels");
    bool labels_fine = take_labels(&probe, labels, err);
    struct box *box = labels_fine ? store_add_box(&boxd->store, NULL) : NULL;
    for (int i = 0; i < probe.label_count; i++) {
        if (box != NULL) {
            box->labels[i] = probe.labels[i];
            box->label_count = i + 1;
        } else {
            free(probe.labels[i]);
        }
    }
    if (box == NULL) {
        return NULL;
    }
    take_settings(box, fields, boxd->store.env);
    take_life(boxd, box, fields);
    if (!lifecycle_make_folders(boxd, box, err)) {
        box->status = BOX_ERROR;
        box->ready_at_ms = 0;
    }
    store_log(box, LEVEL_INFO, SOURCE_SYSTEM, "box created (%s, %s)", box->runtime, box->size);
    pthread_cond_broadcast(&boxd->store.changed);
    return box;
}

void lifecycle_delete(struct boxd *boxd, struct box *box)
{
    box->status = BOX_DELETED;
    box->ready_at_ms = 0;
    box->demo = NULL;
    box->updated_ms = clock_wall_ms();
    store_log(box, LEVEL_INFO, SOURCE_SYSTEM, "box deleted");
    job_signal_all(boxd, box, SIGKILL);
    char *folder = lifecycle_folder(boxd, box);
    lifecycle_remove_folder(folder);
    free(folder);
    pthread_cond_broadcast(&boxd->store.changed);
}

/* Starts a change of status that takes a while. */
static void start_change(struct boxd *boxd, struct box *box, enum box_status next)
{
    box->next_status = next;
    box->ready_at_ms = clock_ms() + boxd->options.pause_ms;
    pthread_cond_broadcast(&boxd->store.changed);
}

bool lifecycle_pause(struct boxd *boxd, struct box *box, struct err *err)
{
    if (box->keep_alive || box->ephemeral) {
        return err_set(err, ERR_USAGE, 400, "%s boxes cannot be paused",
                       box->keep_alive ? "keep-alive" : "ephemeral");
    }
    if (box->status == BOX_CREATING || box->status == BOX_ERROR) {
        return err_set(err, ERR_CONFLICT, 409, "box is not ready");
    }
    if (box->status != BOX_PAUSED && box->next_status != BOX_PAUSED) {
        store_log(box, LEVEL_INFO, SOURCE_SYSTEM, "pause requested");
    }
    if (box->status != BOX_PAUSED || box->ready_at_ms != 0) {
        start_change(boxd, box, BOX_PAUSED);
    }
    return true;
}

bool lifecycle_resume(struct boxd *boxd, struct box *box, struct err *err)
{
    if (box->status == BOX_CREATING || box->status == BOX_ERROR) {
        return err_set(err, ERR_CONFLICT, 409, "box is not ready");
    }
    bool pausing = box->ready_at_ms != 0 && box->next_status == BOX_PAUSED;
    bool resuming = box->ready_at_ms != 0 && !pausing;
    if ((box->status == BOX_PAUSED && !resuming) || pausing) {
        store_log(box, LEVEL_INFO, SOURCE_SYSTEM, "resume requested");
        start_change(boxd, box, BOX_IDLE);
    }
    return true;
}

void lifecycle_settle(struct boxd *boxd, struct box *box, int64_t now_ms)
{
    if (box->ready_at_ms == 0 || now_ms < box->ready_at_ms) {
        return;
    }
    enum box_status before = box->status;
    box->ready_at_ms = 0;
    box->status = box->next_status;
    if (box->status == BOX_IDLE && box->active > 0) {
        box->status = BOX_RUNNING;
    }
    box->updated_ms = clock_wall_ms();
    if (box->status == BOX_PAUSED) {
        box->preview_count = 0;
    }
    job_signal_all(boxd, box, box->status == BOX_PAUSED ? SIGSTOP : SIGCONT);
    store_log(box, LEVEL_INFO, SOURCE_SYSTEM, "box is %s%s", box_status_word(box->status),
              before == BOX_CREATING ? ", ready for work" : "");
    pthread_cond_broadcast(&boxd->store.changed);
}

/* Whether the box works as it is. */
static bool awake(const struct box *box)
{
    return box->status == BOX_IDLE || box->status == BOX_RUNNING;
}

bool lifecycle_wake(struct boxd *boxd, struct box *box, struct err *err)
{
    int64_t give_up = clock_ms() + SETTLE_MS;
    while (!awake(box) && !atomic_load(&boxd->stopping) && clock_ms() < give_up) {
        if (box->status == BOX_DELETED) {
            return err_set(err, ERR_NOT_FOUND, 404, "box not found");
        }
        if (!lifecycle_resume(boxd, box, err)) {
            return false;
        }
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += 1;
        pthread_cond_timedwait(&boxd->store.changed, &boxd->store.lock, &until);
    }
    return awake(box) || err_set(err, ERR_CONFLICT, 409, "box is not ready");
}
