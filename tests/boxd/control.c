/*
 * The control endpoints below /_boxd/, for tests: faults at run time, counters, log lines and boxes that no
 * honest service would serve. They ask for the key like all others and never have faults themselves.
 */
#include "tests/boxd/routes.h"

#include <stdlib.h>
#include <string.h>

#include "client/base/clock.h"
#include "client/base/mem.h"
#include "tests/boxd/base64.h"
#include "tests/boxd/lifecycle.h"
#include "tests/boxd/ssh.h"

/* How SSH connections made from now on misbehave (ssh.h has the meanings); nothing for NULL. */
static void set_ssh_faults(struct boxd *boxd, json_t *ssh)
{
    struct ssh_faults faults = {
        .silent = json_is_true(json_object_get(ssh, "silent")),
        .endless_banner = json_is_true(json_object_get(ssh, "endless_banner")),
        .version_line = json_string_value(json_object_get(ssh, "version_line")),
        .greeting = json_string_value(json_object_get(ssh, "greeting")),
        .auth_banner = json_string_value(json_object_get(ssh, "auth_banner")),
        .close_after = (size_t)json_integer_value(json_object_get(ssh, "close_after")),
        .publickey_only = json_is_true(json_object_get(ssh, "publickey_only")),
        .interactive_only = json_is_true(json_object_get(ssh, "interactive_only")),
        .refuse_logins = json_is_true(json_object_get(ssh, "refuse_logins")),
    };
    ssh_server_set_faults(boxd->ssh, &faults);
}

/* {"faults":["SPEC",...],"ssh"?:{...}} replaces all faults. */
void control_faults(struct request *rq)
{
    const json_t *body = request_json(rq);
    if (body == NULL) {
        return;
    }
    const json_t *specs = json_object_get(body, "faults");
    size_t count = json_array_size(specs);
    struct fault *list = mem_zalloc(count + 1, sizeof *list);
    for (size_t i = 0; i < count; i++) {
        const char *spec = json_string_value(json_array_get(specs, i));
        struct err err;
        if (spec == NULL || !fault_parse(&list[i], spec, &err)) {
            reply_error(rq, 400, "%s", spec == NULL ? "a fault is a string" : err.text);
            free(list);
            return;
        }
    }
    faults_set(&rq->boxd->faults, list, count);
    set_ssh_faults(rq->boxd, json_object_get(body, "ssh"));
    free(list);
    reply_empty(rq);
}

static void write_ssh_counters(struct jsonw *w, const struct boxd *boxd)
{
    struct ssh_counters ssh;
    ssh_server_counters(boxd->ssh, &ssh);
    jsonw_key(w, "ssh");
    jsonw_open(w, '{');
    jsonw_int_field(w, "connections", (int64_t)ssh.connections);
    jsonw_int_field(w, "auth_requests", (int64_t)ssh.auth_requests);
    jsonw_int_field(w, "passwords", (int64_t)ssh.passwords);
    jsonw_int_field(w, "logins", (int64_t)ssh.logins);
    jsonw_int_field(w, "refused", (int64_t)ssh.refused);
    jsonw_int_field(w, "shells", (int64_t)ssh.shells);
    jsonw_int_field(w, "forwards", (int64_t)ssh.forwards);
    jsonw_int_field(w, "open_shells", (int64_t)ssh.open_shells);
    jsonw_close(w, '}');
}

/* {"requests":{"GET /v2/box":N,...},"unknown":N,"posts":N,"runs":N,"ssh":{...}} */
void control_counters(struct request *rq)
{
    const struct counters *counters = &rq->boxd->counters;
    size_t count;
    const struct route *table = routes_table(&count);
    struct wire wire;
    reply_begin(rq, &wire);
    jsonw_open(&wire.w, '{');
    jsonw_key(&wire.w, "requests");
    jsonw_open(&wire.w, '{');
    for (size_t i = 0; i < count; i++) {
        if (counters->requests[i] > 0) {
            char *name = mem_format("%s %s", table[i].method, table[i].pattern);
            jsonw_int_field(&wire.w, name, (int64_t)counters->requests[i]);
            free(name);
        }
    }
    jsonw_close(&wire.w, '}');
    jsonw_int_field(&wire.w, "unknown", (int64_t)counters->unknown);
    jsonw_int_field(&wire.w, "posts", (int64_t)counters->posts);
    jsonw_int_field(&wire.w, "runs", (int64_t)counters->runs);
    write_ssh_counters(&wire.w, rq->boxd);
    jsonw_close(&wire.w, '}');
    reply_end(rq, &wire, 200);
}

/* The static form of a word, so that log lines need not own theirs; a word nobody knows is "odd". */
static const char *known_word(const char *word, const char *otherwise)
{
    static const char *const words[] = {"info", "warn", "error", "system", "agent", "user", "debug", ""};
    if (word == NULL) {
        return otherwise;
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i], word) == 0) {
            return words[i];
        }
    }
    return "odd";
}

/* {"box":ID,"message":TEXT or "base64":BYTES,"level"?,"source"?,"timestamp"?:SECONDS,"count"?:N} appends N
 * lines (default 1); the bytes of base64 go out as they are. */
void control_log(struct request *rq)
{
    const json_t *body = request_json(rq);
    if (body == NULL) {
        return;
    }
    const char *id = request_text(rq, "box");
    struct box *box = id == NULL ? NULL : store_find(&rq->boxd->store, id, true);
    if (box == NULL) {
        reply_error(rq, 404, "box not found");
        return;
    }
    json_t *at = json_object_get(body, "timestamp");
    json_t *repeat = json_object_get(body, "count");
    json_t *message = json_object_get(body, "message");
    int64_t at_ms = at == NULL ? clock_wall_ms() : (int64_t)(json_number_value(at) * 1000);
    struct buf bytes;
    buf_init(&bytes, REQUEST_BODY_MAX);
    const char *encoded = request_text(rq, "base64");
    if (encoded != NULL && !base64_decode(encoded, strlen(encoded), &bytes)) {
        reply_error(rq, 400, "base64 does not decode");
        buf_done(&bytes);
        return;
    }
    if (encoded == NULL && message != NULL) {
        buf_add(&bytes, json_string_value(message), json_string_length(message));
    }
    for (json_int_t i = repeat == NULL ? 1 : json_integer_value(repeat); i > 0; i--) {
        boxlog_append_verbatim(&box->log, at_ms, known_word(request_text(rq, "level"), "info"),
                               known_word(request_text(rq, "source"), "user"), buf_text(&bytes), bytes.len);
    }
    buf_done(&bytes);
    reply_empty(rq);
}

/* Removes what was overridden, then takes the new: `fields` are merged over the object's own, and `raw`
 * (base64) stands in its place. */
static bool take_override(struct box *box, json_t *fields, const char *raw)
{
    if (json_is_object(fields)) {
        json_decref(box->extra);
        box->extra = json_deep_copy(fields);
    }
    if (raw == NULL) {
        return true;
    }
    struct buf bytes;
    buf_init(&bytes, REQUEST_BODY_MAX);
    bool ok = base64_decode(raw, strlen(raw), &bytes);
    free(box->raw);
    box->raw = NULL;
    if (ok && bytes.len > 0) {
        box->raw = buf_take(&bytes, &box->raw_len);
    }
    buf_done(&bytes);
    return ok;
}

static bool take_status(struct box *box, const char *word)
{
    for (enum box_status status = BOX_CREATING; status <= BOX_DELETED; status++) {
        if (strcmp(box_status_word(status), word) == 0) {
            box->status = status;
            box->ready_at_ms = 0;
            return true;
        }
    }
    return false;
}

/* {"id":ID,"status"?,"name"?,"fields"?:{...},"raw"?:BASE64} makes or changes a box: `status` and `name`
 * really, `fields` in what is served, whatever their types. */
void control_box(struct request *rq)
{
    const json_t *body = request_json(rq);
    if (body == NULL) {
        return;
    }
    const char *id = request_text(rq, "id");
    const char *status = request_text(rq, "status");
    if (id == NULL || id[0] == '\0' || strchr(id, '/') != NULL || strlen(id) >= ID_MAX) {
        reply_error(rq, 400, "id is missing, too long, or has a slash");
        return;
    }
    struct box *box = store_find(&rq->boxd->store, id, true);
    if (box == NULL) {
        box = store_add_box(&rq->boxd->store, id);
        box->status = BOX_IDLE;
        store_set(&box->runtime, "node");
        struct err err;
        if (!lifecycle_make_folders(rq->boxd, box, &err)) {
            box->status = BOX_ERROR;
        }
    }
    if (request_text(rq, "name") != NULL) {
        store_set(&box->name, request_text(rq, "name"));
    }
    if ((status != NULL && !take_status(box, status)) ||
        !take_override(box, json_object_get(body, "fields"), request_text(rq, "raw"))) {
        reply_error(rq, 400, "status is not a status, or raw is not base64");
        return;
    }
    reply_empty(rq);
}
