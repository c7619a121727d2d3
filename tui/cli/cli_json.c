#include "tui/cli/cli_json.h"

#include "client/base/buf.h"
#include "client/base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MESSAGE_MAX = 32 << 20, USD_DIGITS = 15 };

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
    set_text(object, "prompt", run->raw_prompt != NULL ? run->raw_prompt : run->prompt);
    set_text(object, "model", run->model);
    set_text(object, "output", run->raw_output != NULL ? run->raw_output : run->output);
    set_text(object, "error_message",
             run->raw_error_message != NULL ? run->raw_error_message : run->error_message);
    set_count(object, "input_tokens", run->input_tokens);
    set_count(object, "output_tokens", run->output_tokens);
    set_count(object, "cached_input_tokens", run->cached_input_tokens);
    set_money(object, "cost_usd", run->cost_usd);
    set_money(object, "compute_cost_usd", run->compute_cost_usd);
    set_count(object, "duration_ms", run->duration_ms);
    if (run->has_exit)
        json_object_set_new(object, "exit_code", json_integer(run->exit_code));
    set_count(object, "cpu_ns", run->cpu_ns);
    set_count(object, "memory_peak_bytes", run->memory_peak_bytes);
    set_time(object, "created_at", run->created_at);
    set_time(object, "completed_at", run->completed_at);
    return object;
}

const char *cli_level_word(enum log_level level)
{
    static const char *const words[] = {[LOG_LEVEL_INFO] = "info",
                                        [LOG_LEVEL_WARN] = "warn",
                                        [LOG_LEVEL_ERROR] = "error",
                                        [LOG_LEVEL_OTHER] = "other"};
    return words[level];
}

const char *cli_source_word(enum log_source source)
{
    static const char *const words[] = {[LOG_SOURCE_SYSTEM] = "system",
                                        [LOG_SOURCE_AGENT] = "agent",
                                        [LOG_SOURCE_USER] = "user",
                                        [LOG_SOURCE_OTHER] = "other"};
    return words[source];
}

/* All lines of a message as one text. */
static json_t *message_of(const struct log_line *line)
{
    if (line->raw != NULL)
        return json_stringn(line->raw, line->raw_len);
    struct buf text;
    buf_init(&text, MESSAGE_MAX);
    buf_add(&text, line->text.bytes, line->text.len);
    for (uint32_t i = 0; i < line->rest_count; i++) {
        buf_add_byte(&text, '\n');
        buf_add(&text, line->rest[i].bytes, line->rest[i].len);
    }
    json_t *message = json_stringn(buf_text(&text), text.len);
    buf_done(&text);
    return message;
}

json_t *cli_json_log_line(const char *box_id, const char *box_title, const struct log_line *line)
{
    json_t *object = json_object();
    set_text(object, "box_id", box_id);
    set_text(object, "box", box_title);
    set_time(object, "timestamp", line->time);
    if (line->time > 0)
        json_object_set_new(object, "time", cli_json_stamp(line->time));
    set_text(object, "level", cli_level_word(line->level));
    set_text(object, "source", cli_source_word(line->source));
    json_object_set_new(object, "message", message_of(line));
    return object;
}

json_t *cli_json_usd(double usd)
{
    return usd < 0 ? json_null() : json_real(usd);
}

const char *cli_stamp(char *out, size_t size, int64_t ms)
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm tm;
    if (ms <= 0 || gmtime_r(&seconds, &tm) == NULL || strftime(out, size, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        snprintf(out, size, "-");
    return out;
}

json_t *cli_json_stamp(int64_t ms)
{
    char text[32];
    return ms <= 0 ? json_null() : json_string(cli_stamp(text, sizeof text, ms));
}

void cli_json_print(json_t *object)
{
    size_t ascii = isatty(STDOUT_FILENO) ? JSON_ENSURE_ASCII : 0;
    char *text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(USD_DIGITS) | ascii);
    for (const char *at = text != NULL ? text : "{}"; *at != '\0';) {
        size_t len = ascii != 0 ? strcspn(at, "\177") : strlen(at);
        fwrite(at, 1, len, stdout);
        at += len;
        if (*at != '\0') {
            fputs("\\u007f", stdout); /* the one control byte that JSON lets through */
            at++;
        }
    }
    putchar('\n');
    free(text);
    json_decref(object);
}

void cli_put_cell(const char *text, size_t columns)
{
    size_t used, len = utf8_fit(text, strlen(text), columns, &used);
    fwrite(text, 1, len, stdout);
    printf("%*s", (int)(columns - used), "");
}
