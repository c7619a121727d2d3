#include "client/cache.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "client/base/buf.h"
#include "client/base/log.h"
#include "client/base/mem.h"
#include "client/file.h"
#include "client/json.h"
#include "client/model_json.h"

enum { FILE_CAP = 64 << 20, VERSION = 1 };

char *cache_path(const char *profile, const char *base_url)
{
    char *file = mem_format("%s-%016llx.jsonl", profile == NULL ? "default" : profile,
                            (unsigned long long)json_digest(base_url, strlen(base_url)));
    char *path = file_user_path("XDG_CACHE_HOME", ".cache", file);
    free(file);
    return path;
}

/* --- saving: a box in the service's own words (box-api.md 2.1) ----------------------------------------- */

static void put_text(json_t *object, const char *key, const char *text)
{
    if (text != NULL)
        json_object_set_new(object, key, json_string(text));
}

static void put_list(json_t *object, const char *key, char *const *texts, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_string(texts[i]));
    json_object_set_new(object, key, list);
}

static void put_int(json_t *object, const char *key, int64_t value, int64_t unknown)
{
    if (value != unknown)
        json_object_set_new(object, key, json_integer(value));
}

static void put_money(json_t *object, const char *key, double value)
{
    if (value >= 0)
        json_object_set_new(object, key, json_real(value));
}

static json_t *to_json(const struct box *box)
{
    json_t *object = json_object();
    put_text(object, "id", box->id);
    put_text(object, "name", box->name);
    put_list(object, "labels", box->labels, box->label_count);
    put_text(object, "status", box->status_word);
    put_text(object, "size", box->size);
    put_text(object, "runtime", box->runtime);
    put_text(object, "agent", box->agent);
    put_text(object, "model", box->model);
    put_list(object, "enabled_skills", box->skills, box->skill_count);
    json_object_set_new(object, "network_policy", json_pack("{s:s*}", "mode", box->network_mode));
    put_text(object, "clone_repo", box->clone_repo);
    put_text(object, "session_id", box->session_id);
    put_text(object, "agent_id", box->agent_id);
    put_text(object, "customer_id", box->customer_id);
    put_int(object, "total_input_tokens", box->input_tokens, -1);
    put_int(object, "total_output_tokens", box->output_tokens, -1);
    put_int(object, "total_prompts", box->prompts, -1);
    put_int(object, "total_cpu_ns", box->cpu_ns, -1);
    put_money(object, "total_compute_cost_usd", box->compute_cost_usd);
    put_money(object, "total_token_cost_usd", box->token_cost_usd);
    put_int(object, "created_at", box->created_at, 0);
    put_int(object, "updated_at", box->updated_at, 0);
    put_int(object, "last_activity_at", box->last_activity_at, 0);
    put_int(object, "expires_at", box->expires_at, 0);
    json_object_set_new(object, "keep_alive", json_boolean(box->keep_alive));
    json_object_set_new(object, "ephemeral", json_boolean(box->ephemeral));
    json_object_set_new(object, "use_managed_key", json_boolean(box->managed_key));
    return object;
}

static int add_bytes(const char *bytes, size_t len, void *user)
{
    return buf_add(user, bytes, len) ? 0 : -1;
}

/* Appends a value as one line, or nothing when it does not fit. */
static bool add_line(struct buf *out, json_t *value)
{
    size_t before = out->len;
    bool ok = value != NULL && json_dump_callback(value, add_bytes, out, JSON_COMPACT) == 0 &&
              buf_add_byte(out, '\n');
    json_decref(value);
    if (!ok)
        out->len = before;
    return ok;
}

bool cache_save(const char *path, const struct box *boxes, size_t count, int64_t now_wall_ms, struct err *err)
{
    struct buf out;
    struct err why = {0};
    buf_init(&out, FILE_CAP);
    bool ok =
        add_line(&out, json_pack("{s:i, s:I}", "boxtop_cache", VERSION, "saved_at", (json_int_t)now_wall_ms));
    for (size_t i = 0; i < count && ok; i++)
        if (!boxes[i].unreadable)
            ok = add_line(&out, to_json(&boxes[i]));
    if (!ok)
        err_set(&why, ERR_LOCAL, 0, "the list of boxes is too large for the cache");
    ok = ok && file_write_private(path, out.data, out.len, FILE_QUICK, &why);
    buf_done(&out);
    if (ok)
        return true;
    log_line("cache", "%s", why.text);
    if (err != NULL)
        *err = why;
    return false;
}

/* --- loading ------------------------------------------------------------------------------------------- */

/* Reads the first line. False when it is not one of ours. */
static bool read_header(const char *line, size_t len, int64_t *saved_at_ms)
{
    json_t *header = json_load_tolerant(line, len, NULL);
    bool ok = json_is_object(header) && json_int64(header, "boxtop_cache", 0) == VERSION;
    if (ok)
        *saved_at_ms = json_int64(header, "saved_at", 0);
    json_decref(header);
    return ok;
}

static void read_boxes(const char *at, const char *end, struct box **boxes, size_t *count)
{
    size_t room = 0;
    *boxes = NULL;
    *count = 0;
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        if (newline == NULL) /* cut off */
            break;
        struct json_element element = json_element_whole(at, (size_t)(newline - at));
        struct box box;
        model_read_box(&box, &element);
        at = newline + 1;
        if (box.unreadable) {
            box_done(&box);
            continue;
        }
        *boxes = mem_grow(*boxes, &room, *count + 1, sizeof **boxes);
        (*boxes)[(*count)++] = box;
    }
}

bool cache_load(const char *path, struct box **boxes, size_t *count, int64_t *saved_at_ms, struct err *err)
{
    size_t len = 0;
    struct err why = {0};
    char *bytes = file_read(path, FILE_CAP, &len, &why);
    const char *newline = bytes == NULL ? NULL : memchr(bytes, '\n', len);
    bool ok = newline != NULL && read_header(bytes, (size_t)(newline - bytes), saved_at_ms);
    if (ok)
        read_boxes(newline + 1, bytes + len, boxes, count);
    else if (bytes != NULL)
        err_set(&why, ERR_LOCAL, 0, "%s is not a cache of boxtop", path);
    free(bytes);
    if (ok)
        return true;
    if (why.code != ENOENT)
        log_line("cache", "%s", why.text);
    if (err != NULL)
        *err = why;
    return false;
}
