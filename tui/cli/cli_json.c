#include "tui/cli/cli_json.h"

#include <stdio.h>
#include <stdlib.h>

static void set_text(json_t *object, const char *key, const char *value)
{
    if (value != NULL)
        json_object_set_new(object, key, json_string(value));
}

static void set_count(json_t *object, const char *key, int64_t value)
{
    if (value >= 0)
        json_object_set_new(object, key, json_integer(value));
}

/* Times go out as the service gives them: whole seconds. */
static void set_time(json_t *object, const char *key, int64_t ms)
{
    if (ms > 0)
        json_object_set_new(object, key, json_integer(ms / 1000));
}

static void set_money(json_t *object, const char *key, double usd)
{
    if (usd >= 0)
        json_object_set_new(object, key, json_real(usd));
}

json_t *cli_json_box(const struct box *box)
{
    json_t *object = json_object(), *labels = json_array();
    set_text(object, "id", box->id);
    set_text(object, "name", box->name);
    set_text(object, "status", box->status_word != NULL ? box->status_word : box_status_word(box->status));
    for (size_t i = 0; i < box->label_count; i++)
        json_array_append_new(labels, json_string(box->labels[i]));
    json_object_set_new(object, "labels", labels);
    set_text(object, "size", box->size);
    set_text(object, "runtime", box->runtime);
    set_text(object, "agent", box->agent);
    set_text(object, "model", box->model);
    set_count(object, "total_input_tokens", box->input_tokens);
    set_count(object, "total_output_tokens", box->output_tokens);
    set_count(object, "total_cpu_ns", box->cpu_ns);
    set_money(object, "total_compute_cost_usd", box->compute_cost_usd);
    set_money(object, "total_token_cost_usd", box->token_cost_usd);
    set_time(object, "created_at", box->created_at);
    set_time(object, "updated_at", box->updated_at);
    set_time(object, "last_activity_at", box->last_activity_at);
    set_time(object, "expires_at", box->expires_at);
    json_object_set_new(object, "keep_alive", json_boolean(box->keep_alive));
    return object;
}

json_t *cli_json_run(const struct run *run)
{
    json_t *object = json_object();
    set_text(object, "id", run->id);
    set_text(object, "box_id", run->box_id);
    set_text(object, "type",
             run->type == RUN_TYPE_AGENT   ? "agent"
             : run->type == RUN_TYPE_SHELL ? "shell"
                                           : NULL);
    set_text(object, "status", run->status_word != NULL ? run->status_word : run_status_word(run->status));
    set_text(object, "prompt", run->prompt);
    set_text(object, "model", run->model);
    set_text(object, "output", run->output);
    set_text(object, "error_message", run->error_message);
    set_count(object, "input_tokens", run->input_tokens);
    set_count(object, "output_tokens", run->output_tokens);
    set_count(object, "cached_input_tokens", run->cached_input_tokens);
    set_money(object, "cost_usd", run->cost_usd);
    set_money(object, "compute_cost_usd", run->compute_cost_usd);
    set_count(object, "duration_ms", run->duration_ms);
    set_count(object, "cpu_ns", run->cpu_ns);
    set_count(object, "memory_peak_bytes", run->memory_peak_bytes);
    set_time(object, "created_at", run->created_at);
    set_time(object, "completed_at", run->completed_at);
    return object;
}

json_t *cli_json_log_line(const char *box_id, const struct log_line *line)
{
    static const char *const levels[] = {[LOG_LEVEL_INFO] = "info",
                                         [LOG_LEVEL_WARN] = "warn",
                                         [LOG_LEVEL_ERROR] = "error",
                                         [LOG_LEVEL_OTHER] = "other"};
    static const char *const sources[] = {[LOG_SOURCE_SYSTEM] = "system",
                                          [LOG_SOURCE_AGENT] = "agent",
                                          [LOG_SOURCE_USER] = "user",
                                          [LOG_SOURCE_OTHER] = "other"};
    json_t *object = json_object();
    set_text(object, "box_id", box_id);
    set_time(object, "timestamp", line->time);
    set_text(object, "level", levels[line->level]);
    set_text(object, "source", sources[line->source]);
    set_text(object, "message", line->text.bytes);
    return object;
}

void cli_json_print(json_t *object)
{
    char *text = json_dumps(object, JSON_COMPACT);
    puts(text != NULL ? text : "{}");
    free(text);
    json_decref(object);
}
