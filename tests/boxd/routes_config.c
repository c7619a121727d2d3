/*
 * Settings of a box and of the account (box-api.md 2.11, 2.14).
 */
#include "tests/boxd/routes.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "client/base/clock.h"
#include "client/base/mem.h"

/* Box and body of a request that changes settings; NULL after replying. */
static struct box *begin(struct request *rq)
{
    struct box *box = routes_box(rq);
    if (box == NULL || request_json(rq) == NULL) {
        return NULL;
    }
    box->updated_ms = clock_wall_ms();
    return box;
}

void config_model(struct request *rq)
{
    struct box *box = begin(rq);
    const char *model = box == NULL ? NULL : request_text(rq, "model");
    if (box == NULL) {
        return;
    }
    if (model == NULL || model[0] == '\0') {
        reply_error(rq, 400, "bad request: model is missing");
        return;
    }
    store_set(&box->model, model);
    reply_empty(rq);
}

void config_custom_runner(struct request *rq)
{
    struct box *box = begin(rq);
    if (box == NULL) {
        return;
    }
    const json_t *runner = json_object_get(rq->json, "custom_runner");
    if (!json_is_string(json_object_get(runner, "command"))) {
        reply_error(rq, 400, "bad request: custom_runner.command is missing");
        return;
    }
    json_decref(box->custom_runner);
    box->custom_runner = json_deep_copy(runner);
    store_set(&box->agent, "custom");
    reply_empty(rq);
}

void config_network_policy(struct request *rq)
{
    static const char *const modes[] = {"allow-all", "deny-all", "custom"};
    struct box *box = begin(rq);
    if (box == NULL) {
        return;
    }
    const char *mode = request_text(rq, "mode");
    bool known = false;
    for (size_t i = 0; mode != NULL && i < sizeof modes / sizeof *modes; i++) {
        known |= strcmp(mode, modes[i]) == 0;
    }
    if (!known) {
        reply_error(rq, 400, "mode is allow-all, deny-all or custom");
        return;
    }
    json_decref(box->network_policy);
    box->network_policy = json_deep_copy(rq->json);
    reply_empty(rq);
}

static size_t find_skill(const json_t *skills, const char *id)
{
    size_t i = 0;
    while (i < json_array_size(skills) && strcmp(json_string_value(json_array_get(skills, i)), id) != 0) {
        i++;
    }
    return i;
}

void config_add_skill(struct request *rq)
{
    struct box *box = begin(rq);
    if (box == NULL) {
        return;
    }
    const char *id = request_text(rq, "skill_id");
    size_t slashes = 0;
    for (const char *at = id; at != NULL && *at != '\0'; at++) {
        slashes += *at == '/' ? 1 : 0;
    }
    if (slashes != 2) {
        reply_error(rq, 400, "skill_id is owner/repo/skill");
        return;
    }
    if (box->skills == NULL) {
        box->skills = json_array();
    }
    if (find_skill(box->skills, id) == json_array_size(box->skills)) {
        json_array_append_new(box->skills, json_string(id));
    }
    reply_empty(rq);
}

void config_remove_skill(struct request *rq)
{
    struct box *box = begin(rq);
    if (box == NULL) {
        return;
    }
    char *id = mem_format("%s/%s/%s", rq->args[1], rq->args[2], rq->args[3]);
    size_t at = find_skill(box->skills, id);
    free(id);
    if (at == json_array_size(box->skills)) {
        reply_error(rq, 404, "skill not found");
        return;
    }
    json_array_remove(box->skills, at);
    reply_empty(rq);
}

static void reply_labels(struct request *rq, const struct box *box)
{
    struct wire wire;
    reply_begin(rq, &wire);
    jsonw_open(&wire.w, '{');
    jsonw_key(&wire.w, "labels");
    if (wire_open_list(&wire)) {
        for (int i = 0; i < box->label_count; i++) {
            jsonw_text(&wire.w, box->labels[i]);
        }
        jsonw_close(&wire.w, ']');
    }
    jsonw_close(&wire.w, '}');
    reply_end(rq, &wire, 200);
}

void config_add_label(struct request *rq)
{
    struct box *box = begin(rq);
    if (box == NULL) {
        return;
    }
    const char *label = request_text(rq, "label");
    if (label == NULL || !box_add_label(box, label)) {
        reply_error(rq, 400, "a label is at most 20 letters, digits and . _ - :, and a box has at most %d",
                    BOX_LABELS);
        return;
    }
    reply_labels(rq, box);
}

void config_remove_label(struct request *rq)
{
    struct box *box = begin(rq);
    if (box != NULL) {
        box_remove_label(box, rq->args[1]);
        reply_labels(rq, box);
    }
}

void startup_get(struct request *rq)
{
    const struct box *box = routes_box(rq);
    if (box == NULL) {
        return;
    }
    struct wire wire;
    reply_begin(rq, &wire);
    jsonw_open(&wire.w, '{');
    if (box->init_command != NULL) {
        jsonw_text_field(&wire.w, "init_command", box->init_command);
    }
    jsonw_close(&wire.w, '}');
    reply_end(rq, &wire, 200);
}

void startup_set(struct request *rq)
{
    enum { INIT_MAX = 64 << 10 };
    struct box *box = begin(rq);
    if (box == NULL) {
        return;
    }
    const char *command = request_text(rq, "init_command");
    if (command == NULL || strlen(command) > INIT_MAX) {
        reply_error(rq, 400, "init_command is missing or larger than 64 KB");
        return;
    }
    store_set(&box->init_command, command);
    reply_empty(rq);
}

void startup_delete(struct request *rq)
{
    struct box *box = routes_box(rq);
    if (box != NULL) {
        store_set(&box->init_command, NULL);
        reply_empty(rq);
    }
}

static bool name_valid(const char *name)
{
    if (!isalpha((unsigned char)name[0]) && name[0] != '_') {
        return false;
    }
    for (; *name != '\0'; name++) {
        if (!isalnum((unsigned char)*name) && *name != '_') {
            return false;
        }
    }
    return true;
}

/* Values are never shown. */
void env_list(struct request *rq)
{
    const char *name;
    json_t *value;
    struct wire wire;
    reply_begin(rq, &wire);
    jsonw_open(&wire.w, '{');
    jsonw_key(&wire.w, "env_vars");
    jsonw_open(&wire.w, '{');
    json_object_foreach(rq->boxd->store.env, name, value)
    {
        jsonw_text_field(&wire.w, name, "****");
    }
    jsonw_close(&wire.w, '}');
    jsonw_close(&wire.w, '}');
    reply_end(rq, &wire, 200);
}

void env_replace(struct request *rq)
{
    if (request_json(rq) == NULL) {
        return;
    }
    json_t *variables = json_object_get(rq->json, "env_vars");
    const char *name;
    json_t *value;
    bool ok = json_is_object(variables);
    json_object_foreach(variables, name, value)
    {
        ok = ok && name_valid(name) && json_is_string(value);
    }
    if (!ok) {
        reply_error(rq, 400, "invalid key");
        return;
    }
    json_decref(rq->boxd->store.env);
    rq->boxd->store.env = json_deep_copy(variables);
    reply_empty(rq);
}

void env_set(struct request *rq)
{
    const char *value = request_text(rq, "value");
    if (request_json(rq) == NULL) {
        return;
    }
    if (value == NULL || !name_valid(rq->args[0])) {
        reply_error(rq, 400, "%s", value == NULL ? "bad request: value is missing" : "invalid key");
        return;
    }
    json_object_set_new(rq->boxd->store.env, rq->args[0], json_string(value));
    reply_empty(rq);
}

void env_delete(struct request *rq)
{
    if (json_object_del(rq->boxd->store.env, rq->args[0]) == 0) {
        reply_empty(rq);
    } else {
        reply_error(rq, 404, "key not found");
    }
}

/* The one key boxd knows, as its first eight characters. */
void apikeys_list(struct request *rq)
{
    struct wire wire;
    char prefix[9] = "";
    strncat(prefix, rq->boxd->options.api_key, sizeof prefix - 1);
    reply_begin(rq, &wire);
    jsonw_open(&wire.w, '{');
    jsonw_key(&wire.w, "keys");
    if (wire_open_list(&wire)) {
        jsonw_open(&wire.w, '{');
        jsonw_text_field(&wire.w, "id", "key-1");
        jsonw_text_field(&wire.w, "api_key_prefix", prefix);
        wire_stamp(&wire, "created_at", rq->boxd->started_ms);
        jsonw_close(&wire.w, '}');
        jsonw_close(&wire.w, ']');
    }
    jsonw_close(&wire.w, '}');
    reply_end(rq, &wire, 200);
}
