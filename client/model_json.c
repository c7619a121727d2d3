#include "client/model_json.h"

#include "client/base/buf.h"
#include "client/base/mem.h"
#include "client/json.h"
#include "client/text/inert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 256, OUTPUT_MAX = 1024 * 1024, EXIT_CODE_MAX = 255 };

struct word {
    const char *text;
    int value;
};

static int find_word(const struct word *words, size_t count, const char *text, int missing)
{
    for (size_t i = 0; text != NULL && i < count; i++)
        if (strcmp(words[i].text, text) == 0)
            return words[i].value;
    return missing;
}

enum box_status model_box_status(const char *word)
{
    /* `ready` and `failed` are seen in third-party clients only (box-api.md 4.1). */
    static const struct word words[] = {
        {"creating", BOX_STATUS_CREATING}, {"idle", BOX_STATUS_IDLE},       {"ready", BOX_STATUS_IDLE},
        {"running", BOX_STATUS_RUNNING},   {"paused", BOX_STATUS_PAUSED},   {"error", BOX_STATUS_ERROR},
        {"failed", BOX_STATUS_ERROR},      {"deleted", BOX_STATUS_DELETED},
    };
    return (enum box_status)find_word(words, sizeof words / sizeof words[0], word, BOX_STATUS_UNKNOWN);
}

enum run_status model_run_status(const char *word)
{
    static const struct word words[] = {
        {"running", RUN_STATUS_RUNNING}, {"completed", RUN_STATUS_COMPLETED},
        {"failed", RUN_STATUS_FAILED},   {"cancelled", RUN_STATUS_CANCELLED},
        {"skipped", RUN_STATUS_SKIPPED},
    };
    return (enum run_status)find_word(words, sizeof words / sizeof words[0], word, RUN_STATUS_UNKNOWN);
}

/* A string field as a label; NULL when it is missing or empty. */
static char *label_of(const json_t *object, const char *key)
{
    size_t len;
    const char *text = json_text(object, key, &len);
    return text != NULL && len > 0 ? inert_label(text, len) : NULL;
}

/* A string field that may have many lines. */
static char *block_of(const json_t *object, const char *key)
{
    size_t len;
    const char *text = json_text(object, key, &len);
    return text != NULL && len > 0 ? inert_block(text, len, OUTPUT_MAX) : NULL;
}

/* A string field as it came; a NUL in it ends it. NULL when it is missing or empty. */
static char *raw_of(const json_t *object, const char *key)
{
    size_t len;
    const char *text = json_text(object, key, &len);
    return text != NULL && len > 0 ? mem_dup_bytes(text, len) : NULL;
}

/* An id that is used in requests; NULL when it is missing or cannot be used. */
static char *id_of(const json_t *object, const char *key)
{
    size_t len;
    const char *text = json_text(object, key, &len);
    return text != NULL && model_id_valid(text, len) ? mem_dup_bytes(text, len) : NULL;
}

static double money_of(const json_t *object, const char *key)
{
    double value = json_number(object, key, -1);
    return value < 0 ? -1 : value;
}

static int64_t count_of(const json_t *object, const char *key)
{
    int64_t value = json_int64(object, key, -1);
    return value < 0 ? -1 : value;
}

static char **words_of(const json_t *object, const char *key, size_t *count)
{
    *count = 0;
    const json_t *array = json_object_get(object, key);
    size_t size = json_array_size(array) < WORDS_MAX ? json_array_size(array) : WORDS_MAX;
    if (size == 0)
        return NULL;
    char **words = mem_zalloc(size, sizeof *words);
    for (size_t i = 0; i < size; i++) {
        const json_t *item = json_array_get(array, i);
        if (json_is_string(item))
            words[(*count)++] = inert_label(json_string_value(item), json_string_length(item));
    }
    return words;
}

struct json_element json_element_whole(const char *bytes, size_t len)
{
    return (struct json_element){.bytes = bytes, .len = len};
}

/* The element as an object with a usable id, or NULL with the reason in *err. `id_key` is NULL for things
 * without ids. */
static json_t *load_object(const struct json_element *element, const char *id_key, struct err *err)
{
    err_clear(err);
    if (element->broken != NULL) {
        err_set(err, ERR_PROTOCOL, 0, "%s", element->broken);
        return NULL;
    }
    json_t *object = json_load_tolerant(element->bytes, element->len, err);
    if (object == NULL)
        return NULL;
    size_t len = 0;
    const char *id = id_key != NULL ? json_text(object, id_key, &len) : NULL;
    if (!json_is_object(object))
        err_set(err, ERR_PROTOCOL, 0, "it is not an object");
    else if (id_key != NULL && id == NULL)
        err_set(err, ERR_PROTOCOL, 0, "it has no id");
    else if (id_key != NULL && !model_id_valid(id, len))
        err_set(err, ERR_PROTOCOL, 0, "its id has characters that an id cannot have, or is too long");
    if (err->kind == ERR_NONE)
        return object;
    json_decref(object);
    return NULL;
}

/* "Unreadable box #3: it has no id" */
static char *unreadable_sentence(const char *thing, const struct json_element *element, const struct err *err)
{
    return mem_format("Unreadable %s #%zu: %s", thing, element->index + 1, err->text);
}

static void add_words(struct buf *out, const json_t *policy, const char *key, const char *title)
{
    size_t count;
    char **words = words_of(policy, key, &count);
    for (size_t i = 0; i < count; i++) {
        buf_add_format(out, "%s%s", i > 0 ? ", " : out->len > 0 ? "; " : "", i > 0 ? "" : title);
        buf_add_text(out, words[i]);
        free(words[i]);
    }
    free(words);
}

static void read_network_policy(struct box *out, const json_t *object)
{
    const json_t *policy = json_object_get(object, "network_policy");
    out->network_mode = label_of(policy, "mode");
    if (out->network_mode == NULL)
        out->network_mode = mem_dup("allow-all");
    struct buf detail;
    buf_init(&detail, INERT_LABEL_MAX);
    add_words(&detail, policy, "allowed_domains", "allow ");
    add_words(&detail, policy, "allowed_cidrs", "allow ");
    add_words(&detail, policy, "denied_cidrs", "deny ");
    if (detail.len > 0)
        out->network_detail = buf_take(&detail, NULL);
    buf_done(&detail);
}

static void read_box_numbers(struct box *out, const json_t *object)
{
    out->input_tokens = count_of(object, "total_input_tokens");
    out->output_tokens = count_of(object, "total_output_tokens");
    out->prompts = count_of(object, "total_prompts");
    out->cpu_ns = count_of(object, "total_cpu_ns");
    out->compute_cost_usd = money_of(object, "total_compute_cost_usd");
    out->token_cost_usd = money_of(object, "total_token_cost_usd");
    out->created_at = json_time(object, "created_at");
    out->updated_at = json_time(object, "updated_at");
    out->last_activity_at = json_time(object, "last_activity_at");
    out->expires_at = json_time(object, "expires_at");
    out->keep_alive = json_flag(object, "keep_alive", false);
    out->ephemeral = json_flag(object, "ephemeral", false);
    out->managed_key = json_flag(object, "use_managed_key", false);
}

void model_read_box(struct box *out, const struct json_element *element)
{
    struct err err;
    json_t *object = load_object(element, "id", &err);
    *out = (struct box){.digest = json_digest(element->bytes, element->len)};
    out->unreadable = object == NULL;
    /* Of an unreadable item all is unknown, which is what the readers make of no object. */
    read_box_numbers(out, object);
    read_network_policy(out, object);
    if (out->unreadable) {
        out->id = mem_dup("");
        out->name = unreadable_sentence("box", element, &err);
        return;
    }
    out->id = id_of(object, "id");
    out->name = label_of(object, "name");
    out->labels = words_of(object, "labels", &out->label_count);
    out->status = model_box_status(json_text(object, "status", NULL));
    out->status_word = label_of(object, "status");
    out->size = label_of(object, "size");
    out->runtime = label_of(object, "runtime");
    out->agent = label_of(object, "agent");
    out->model = label_of(object, "model");
    out->skills = words_of(object, "enabled_skills", &out->skill_count);
    out->clone_repo = label_of(object, "clone_repo");
    out->session_id = label_of(object, "session_id");
    out->agent_id = label_of(object, "agent_id");
    out->customer_id = label_of(object, "customer_id");
    json_decref(object);
}

static void read_run_numbers(struct run *out, const json_t *object)
{
    out->input_tokens = count_of(object, "input_tokens");
    out->output_tokens = count_of(object, "output_tokens");
    out->cached_input_tokens = count_of(object, "cached_input_tokens");
    out->cost_usd = money_of(object, "cost_usd");
    out->compute_cost_usd = money_of(object, "compute_cost_usd");
    out->duration_ms = count_of(object, "duration_ms");
    out->cpu_ns = count_of(object, "cpu_ns");
    out->memory_peak_bytes = count_of(object, "memory_peak_bytes");
    out->created_at = json_time(object, "created_at");
    out->completed_at = json_time(object, "completed_at");
    int64_t exit_code = count_of(object, "exit_code");
    out->has_exit = exit_code >= 0 && exit_code <= EXIT_CODE_MAX;
    out->exit_code = out->has_exit ? (int)exit_code : 0;
}

static void read_run(struct run *out, const struct json_element *element, bool raw)
{
    static const struct word types[] = {{"agent", RUN_TYPE_AGENT}, {"shell", RUN_TYPE_SHELL}};
    struct err err;
    json_t *object = load_object(element, "id", &err);
    *out = (struct run){.unreadable = object == NULL};
    read_run_numbers(out, object);
    if (out->unreadable) {
        out->id = mem_dup("");
        out->prompt = unreadable_sentence("run", element, &err);
        return;
    }
    out->id = id_of(object, "id");
    out->box_id = id_of(object, "box_id");
    out->type = (enum run_type)find_word(types, 2, json_text(object, "type", NULL), RUN_TYPE_UNKNOWN);
    out->status = model_run_status(json_text(object, "status", NULL));
    out->status_word = label_of(object, "status");
    out->prompt = label_of(object, "prompt");
    out->model = label_of(object, "model");
    out->output = block_of(object, "output");
    out->error_message = label_of(object, "error_message");
    out->session_id = label_of(object, "session_id");
    out->schedule_id = label_of(object, "schedule_id");
    out->raw_prompt = raw_of(object, "prompt");
    if (!raw && out->prompt != NULL && strcmp(out->raw_prompt, out->prompt) == 0) {
        free(out->raw_prompt);
        out->raw_prompt = NULL;
    }
    if (raw) {
        out->raw_output = raw_of(object, "output");
        out->raw_error_message = raw_of(object, "error_message");
    }
    json_decref(object);
}

void model_read_run(struct run *out, const struct json_element *element)
{
    read_run(out, element, false);
}

void model_read_raw_run(struct run *out, const struct json_element *element)
{
    read_run(out, element, true);
}

/* The lines of a message after the first. */
static void read_rest(struct log_line *out, const char *bytes, size_t len)
{
    size_t room = 0;
    while (len > 0 && out->rest_count + 1 < LOG_REST_MAX) {
        const char *end = memchr(bytes, '\n', len);
        size_t size = end != NULL ? (size_t)(end - bytes) : len;
        out->rest = mem_grow(out->rest, &room, out->rest_count + 1, sizeof *out->rest);
        inert_line(&out->rest[out->rest_count++], bytes, size);
        size_t took = size + (end != NULL);
        bytes += took;
        len -= took;
    }
    if (len == 0)
        return;
    char note[64];
    int size = snprintf(note, sizeof note, "\xE2\x80\xA6 +%zu bytes of more lines", len);
    out->rest = mem_grow(out->rest, &room, out->rest_count + 1, sizeof *out->rest);
    inert_line(&out->rest[out->rest_count++], note, (size_t)size);
}

static void read_message(struct log_line *out, const char *bytes, size_t len)
{
    if (len > 0 && bytes[len - 1] == '\n')
        len--;
    const char *end = len > 0 ? memchr(bytes, '\n', len) : NULL;
    size_t first = end != NULL ? (size_t)(end - bytes) : len;
    inert_line(&out->text, bytes, first);
    if (end != NULL)
        read_rest(out, end + 1, len - first - 1);
}

static void read_log_line(struct log_line *out, const struct json_element *element, bool raw)
{
    static const struct word levels[] = {
        {"info", LOG_LEVEL_INFO},   {"warn", LOG_LEVEL_WARN},   {"warning", LOG_LEVEL_WARN},
        {"error", LOG_LEVEL_ERROR}, {"fatal", LOG_LEVEL_ERROR},
    };
    static const struct word sources[] = {
        {"system", LOG_SOURCE_SYSTEM}, {"agent", LOG_SOURCE_AGENT}, {"user", LOG_SOURCE_USER}};
    struct err err;
    json_t *object = load_object(element, NULL, &err);
    *out = (struct log_line){.digest = json_digest(element->bytes, element->len),
                             .level = LOG_LEVEL_OTHER,
                             .source = LOG_SOURCE_OTHER};
    if (object == NULL) {
        char *sentence = unreadable_sentence("log line", element, &err);
        inert_line(&out->text, sentence, strlen(sentence));
        free(sentence);
        return;
    }
    out->time = json_time(object, "timestamp");
    out->level = (enum log_level)find_word(levels, sizeof levels / sizeof levels[0],
                                           json_text(object, "level", NULL), LOG_LEVEL_OTHER);
    out->source = (enum log_source)find_word(sources, sizeof sources / sizeof sources[0],
                                             json_text(object, "source", NULL), LOG_SOURCE_OTHER);
    size_t len = 0;
    const char *message = json_text(object, "message", &len);
    const json_t *other = json_object_get(object, "message");
    char *dumped =
        message == NULL && !json_is_null(other) ? json_dumps(other, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    if (dumped != NULL) {
        message = dumped;
        len = strlen(dumped);
    }
    read_message(out, message != NULL ? message : "", len);
    if (raw) {
        out->raw = mem_dup_bytes(message != NULL ? message : "", len);
        out->raw_len = len;
    }
    free(dumped);
    json_decref(object);
}

void model_read_log_line(struct log_line *out, const struct json_element *element)
{
    read_log_line(out, element, false);
}

void model_read_raw_log_line(struct log_line *out, const struct json_element *element)
{
    read_log_line(out, element, true);
}

void model_read_snapshot(struct snapshot *out, const struct json_element *element)
{
    struct err err;
    json_t *object = load_object(element, "id", &err);
    *out = (struct snapshot){.unreadable = object == NULL};
    out->size_bytes = count_of(object, "size_bytes");
    out->created_at = json_time(object, "created_at");
    if (out->unreadable) {
        out->id = mem_dup("");
        out->name = unreadable_sentence("snapshot", element, &err);
        return;
    }
    out->id = id_of(object, "id");
    out->name = label_of(object, "name");
    out->box_id = id_of(object, "box_id");
    out->status = label_of(object, "status");
    json_decref(object);
}

enum box_status model_read_status(const char *bytes, size_t len)
{
    json_t *object = json_load_tolerant(bytes, len, NULL);
    enum box_status status = model_box_status(json_text(object, "status", NULL));
    json_decref(object);
    return status;
}

char *model_read_error(const char *bytes, size_t len, int http_status)
{
    json_t *object = json_load_tolerant(bytes, len, NULL);
    size_t size = 0;
    const char *text = json_text(object, "error", &size);
    if (text == NULL)
        text = json_text(json_object_get(object, "error"), "message", &size);
    while (size > 0 && strchr(" \t\r\n", text[size - 1]) != NULL)
        size--;
    char *sentence =
        size > 0 ? inert_label(text, size) : mem_format("Request failed with status %d", http_status);
    json_decref(object);
    return sentence;
}
