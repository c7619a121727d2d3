#include "client/stream/run_stream.h"

#include "client/base/mem.h"
#include "client/json.h"
#include "client/text/inert.h"

#include <stdlib.h>
#include <string.h>

enum { DUMP_FLAGS = JSON_COMPACT | JSON_ENCODE_ANY };

static const struct {
    const char *event;
    enum run_item_kind kind;
} kinds[] = {
    {"run_start", RUN_ITEM_START},
    {"text", RUN_ITEM_TEXT},
    {"thinking", RUN_ITEM_THINKING},
    {"tool", RUN_ITEM_TOOL},
    {"tool_result", RUN_ITEM_TOOL_RESULT},
    {"done", RUN_ITEM_DONE},
    {"stats", RUN_ITEM_STATS},
    {"error", RUN_ITEM_ERROR},
};

/* Which field of its input says best what a tool does (box-api.md 3.1). */
static const struct {
    const char *tool;
    const char *field;
} summaries[] = {
    {"Bash", "command"},        {"Read", "file_path"},   {"Edit", "file_path"},
    {"MultiEdit", "file_path"}, {"Write", "file_path"},  {"NotebookEdit", "notebook_path"},
    {"Grep", "pattern"},        {"Glob", "pattern"},     {"WebFetch", "url"},
    {"WebSearch", "query"},     {"Task", "description"},
};

static enum run_item_kind kind_of(const char *event)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].event, event) == 0)
            return kinds[i].kind;
    return RUN_ITEM_OTHER;
}

static char *block_of_text(const char *text, size_t len)
{
    return inert_block(text, len, RUN_TEXT_MAX);
}

/* A value of any type as inert text: a string as it is, anything else as JSON. NULL for no value. */
static char *block_of(const json_t *value)
{
    if (value == NULL || json_is_null(value))
        return NULL;
    if (json_is_string(value))
        return block_of_text(json_string_value(value), json_string_length(value));
    char *dump = json_dumps(value, DUMP_FLAGS);
    char *result = dump != NULL ? block_of_text(dump, strlen(dump)) : NULL;
    free(dump);
    return result;
}

static char *label_of(const json_t *object, const char *key)
{
    size_t len;
    const char *text = json_text(object, key, &len);
    return text != NULL && len > 0 ? inert_label(text, len) : NULL;
}

/* The id of a tool call is the first string among these. */
static char *tool_id_of(const json_t *object)
{
    static const char *const keys[] = {"tool_call_id", "tool_use_id", "toolCallId", "id"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (json_text(object, keys[i], NULL) != NULL)
            return label_of(object, keys[i]);
    return NULL;
}

/* "3 todos, 1 done: Fixing the expiry check" */
static char *summarize_todos(const json_t *todos)
{
    size_t count = json_array_size(todos), done = 0;
    char *current = NULL;
    for (size_t i = 0; i < count; i++) {
        const json_t *todo = json_array_get(todos, i);
        const char *status = json_text(todo, "status", NULL);
        if (status != NULL && strcmp(status, "completed") == 0)
            done++;
        if (status == NULL || strcmp(status, "in_progress") != 0 || current != NULL)
            continue;
        current = label_of(todo, "activeForm");
        if (current == NULL)
            current = label_of(todo, "content");
    }
    char *summary = mem_format("%zu %s, %zu done%s%s", count, count == 1 ? "todo" : "todos", done,
                               current != NULL ? ": " : "", current != NULL ? current : "");
    free(current);
    return summary;
}

static char *summarize_tool(const char *tool, const json_t *input)
{
    const json_t *todos = json_object_get(input, "todos");
    if (tool != NULL && strcmp(tool, "TodoWrite") == 0 && json_is_array(todos))
        return summarize_todos(todos);
    for (size_t i = 0; tool != NULL && i < sizeof summaries / sizeof summaries[0]; i++) {
        char *summary = strcmp(summaries[i].tool, tool) == 0 ? label_of(input, summaries[i].field) : NULL;
        if (summary != NULL)
            return summary;
    }
    if (json_is_string(input))
        return inert_label(json_string_value(input), json_string_length(input));
    bool nothing = input == NULL || (json_is_object(input) && json_object_size(input) == 0);
    char *dump = nothing ? NULL : json_dumps(input, DUMP_FLAGS);
    char *summary = dump != NULL ? inert_label(dump, strlen(dump)) : NULL;
    free(dump);
    return summary;
}

static void read_numbers(struct run_item *item, const json_t *object)
{
    item->input_tokens = json_int64(object, "input_tokens", -1);
    item->output_tokens = json_int64(object, "output_tokens", -1);
    item->cached_input_tokens = json_int64(object, "cached_input_tokens", -1);
    item->cpu_ns = json_int64(object, "cpu_ns", -1);
    item->memory_peak_bytes = json_int64(object, "memory_peak_bytes", -1);
    item->cost_usd = json_number(object, "total_cost_usd", -1);
}

static void read_item(struct run_item *item, const json_t *object)
{
    read_numbers(item, object);
    switch (item->kind) {
    case RUN_ITEM_START:
        item->run_id = label_of(object, "run_id");
        break;
    case RUN_ITEM_TEXT:
    case RUN_ITEM_THINKING:
        item->text = block_of(json_object_get(object, "text"));
        break;
    case RUN_ITEM_TOOL:
        item->name = label_of(object, "name");
        item->tool_id = tool_id_of(object);
        item->summary = summarize_tool(json_text(object, "name", NULL), json_object_get(object, "input"));
        item->text = block_of(json_object_get(object, "input"));
        break;
    case RUN_ITEM_TOOL_RESULT:
        item->tool_id = tool_id_of(object);
        item->text = block_of(json_object_get(object, "output"));
        break;
    case RUN_ITEM_DONE:
        item->text = block_of(json_object_get(object, "output"));
        break;
    case RUN_ITEM_ERROR:
        item->text = block_of(json_object_get(object, "error"));
        if (item->text == NULL)
            item->text = mem_dup("The run failed and gave no reason");
        break;
    case RUN_ITEM_STATS:
        break;
    case RUN_ITEM_BREAK:
    case RUN_ITEM_OTHER:
        item->text = block_of(object);
        break;
    }
}

static void note_state(struct run_stream *stream, const struct run_item *item)
{
    if (item->kind == RUN_ITEM_DONE)
        stream->state = RUN_STREAM_DONE;
    if (item->kind == RUN_ITEM_ERROR)
        stream->state = RUN_STREAM_FAILED;
    if (item->kind == RUN_ITEM_START && item->run_id != NULL && stream->run_id == NULL &&
        model_id_valid(item->run_id, strlen(item->run_id)))
        stream->run_id = mem_dup(item->run_id);
}

static void take_event(void *user, const struct sse_event *event)
{
    struct run_stream *stream = user;
    struct run_item item;
    run_item_init(&item, kind_of(event->name));
    json_t *object = event->cut ? NULL : json_load_tolerant(event->data, event->len, NULL);
    if (object == NULL) {
        /* It is shown rather than dropped: what an operator does not see, nobody repairs. */
        run_item_init(&item, RUN_ITEM_OTHER);
        item.text = block_of_text(event->data, event->len);
    } else {
        read_item(&item, object);
    }
    json_decref(object);
    if (item.kind == RUN_ITEM_OTHER)
        item.name = inert_label(event->name, strlen(event->name));
    item.at = stream->now_ms;
    bool empty = (item.kind == RUN_ITEM_TEXT || item.kind == RUN_ITEM_THINKING) &&
                 (item.text == NULL || item.text[0] == '\0');
    note_state(stream, &item);
    if (empty)
        run_item_done(&item);
    else
        stream->deliver(stream->user, &item);
}

void run_stream_init(struct run_stream *stream, run_stream_fn *deliver, void *user)
{
    *stream = (struct run_stream){.deliver = deliver, .user = user};
    sse_init(&stream->sse, take_event, stream);
}

void run_stream_done(struct run_stream *stream)
{
    sse_done(&stream->sse);
    free(stream->run_id);
    stream->run_id = NULL;
}

void run_stream_feed(struct run_stream *stream, const char *bytes, size_t len, int64_t now_ms)
{
    stream->now_ms = now_ms;
    sse_feed(&stream->sse, bytes, len);
}

void run_stream_end(struct run_stream *stream, int64_t now_ms)
{
    stream->now_ms = now_ms;
    sse_end(&stream->sse);
}
