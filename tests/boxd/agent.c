#include "tests/boxd/agent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/base/mem.h"
#include "tests/boxd/jsonw.h"

enum { LINE_MAX_BYTES = 4 << 20, TEXT_MAX = 4 << 20, RESULT_LINES = 20 };

void agent_init(struct agent *agent)
{
    *agent = (struct agent){.done = false};
    buf_init(&agent->line, LINE_MAX_BYTES);
    buf_init(&agent->data, LINE_MAX_BYTES);
    buf_init(&agent->text, TEXT_MAX);
}

void agent_done(struct agent *agent)
{
    buf_done(&agent->line);
    buf_done(&agent->data);
    buf_done(&agent->text);
    free(agent->error);
    free(agent->output);
    free(agent->session);
}

char *agent_event(const char *name, json_t *data)
{
    struct jsonw w;
    jsonw_init(&w);
    jsonw_value(&w, data);
    char *event = mem_format("event: %s\ndata: %s\n\n", name, buf_text(&w.buf));
    jsonw_done(&w);
    return event;
}

/* Whether a line of a tool's output tells of trouble. */
static bool sounds_bad(const char *text, size_t len)
{
    static const char *const words[] = {"FAIL", "failed", "error", "Error", "not ok"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (memmem(text, len, words[i], strlen(words[i])) != NULL) {
            return true;
        }
    }
    return false;
}

/* Logs the lines of a text, at most `most`. */
static void log_lines(struct agent *agent, const char *text, size_t len, int most)
{
    while (len > 0 && most-- > 0) {
        const char *end = memchr(text, '\n', len);
        size_t line = end == NULL ? len : (size_t)(end - text);
        if (line > 0) {
            agent->log(agent->context, text, line, sounds_bad(text, line));
        }
        line += end == NULL ? 0 : 1;
        text += line;
        len -= line;
    }
}

/* Logs the visible output that is complete: lines, or all of it when something else follows. */
static void log_text(struct agent *agent, bool all)
{
    size_t end = agent->text.len;
    while (!all && end > agent->logged && agent->text.data[end - 1] != '\n') {
        end--;
    }
    if (end > agent->logged) {
        log_lines(agent, agent->text.data + agent->logged, end - agent->logged, RESULT_LINES);
        agent->logged = end;
    }
}

static const char *text_of(json_t *data, const char *key)
{
    return json_string_value(json_object_get(data, key));
}

static void on_text(struct agent *agent, json_t *data)
{
    json_t *text = json_object_get(data, "text");
    buf_add(&agent->text, json_is_string(text) ? json_string_value(text) : "", json_string_length(text));
    log_text(agent, false);
}

/* One line that says what a tool does: its most telling argument, else all of them. */
static void on_tool(struct agent *agent, json_t *data)
{
    static const char *const telling[] = {"command", "file_path", "pattern", "url"};
    json_t *input = json_object_get(data, "input");
    const char *argument = NULL;
    char *dumped = NULL;
    for (size_t i = 0; argument == NULL && i < sizeof telling / sizeof *telling; i++) {
        argument = text_of(input, telling[i]);
    }
    if (argument == NULL && input != NULL) {
        argument = dumped = json_dumps(input, JSON_COMPACT | JSON_ENCODE_ANY);
    }
    const char *name = text_of(data, "name");
    log_text(agent, true);
    char *line = mem_format("%s: %.400s", name == NULL ? "tool" : name, argument == NULL ? "" : argument);
    agent->log(agent->context, line, strlen(line), false);
    free(line);
    free(dumped);
}

static void on_tool_result(struct agent *agent, json_t *data)
{
    json_t *output = json_object_get(data, "output");
    if (json_is_string(output)) {
        log_lines(agent, json_string_value(output), json_string_length(output), RESULT_LINES);
    }
}

static void take_text(char **field, json_t *data, const char *key)
{
    const char *text = text_of(data, key);
    if (text != NULL && text[0] != '\0') {
        free(*field);
        *field = mem_dup(text);
    }
}

static void take_figures(struct agent *agent, json_t *data)
{
    agent->input_tokens = (int64_t)json_number_value(json_object_get(data, "input_tokens"));
    agent->output_tokens = (int64_t)json_number_value(json_object_get(data, "output_tokens"));
    agent->cached_input_tokens = (int64_t)json_number_value(json_object_get(data, "cached_input_tokens"));
    agent->cost_usd = json_number_value(json_object_get(data, "total_cost_usd"));
    take_text(&agent->session, data, "session_id");
}

static void on_done(struct agent *agent, json_t *data)
{
    log_text(agent, true);
    agent->done = true;
    take_figures(agent, data);
    take_text(&agent->output, data, "output");
}

static void on_error(struct agent *agent, json_t *data)
{
    log_text(agent, true);
    take_figures(agent, data);
    take_text(&agent->error, data, "error");
    if (agent->error == NULL) {
        agent->error = mem_dup("the agent reported an error");
    }
}

static void dispatch(struct agent *agent)
{
    static const struct {
        const char *name;
        void (*handle)(struct agent *agent, json_t *data);
    } events[] = {
        {"text", on_text}, {"tool", on_tool},   {"tool_result", on_tool_result},
        {"done", on_done}, {"error", on_error},
    };
    json_t *data = json_loadb(buf_text(&agent->data), agent->data.len, JSON_DECODE_ANY, NULL);
    /* An agent cannot know the run's id nor its figures: these two are boxd's. */
    bool ours = strcmp(agent->name, "run_start") == 0 || strcmp(agent->name, "stats") == 0;
    if (data != NULL && !ours) {
        for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
            if (strcmp(events[i].name, agent->name) == 0) {
                events[i].handle(agent, data);
            }
        }
        char *event = agent_event(agent->name, data);
        agent->emit(agent->context, event, strlen(event));
        free(event);
    }
    json_decref(data);
}

/* What follows "NAME:" and an optional blank; NULL when the line is none of that. */
static const char *field_value(const char *line, const char *name)
{
    size_t len = strlen(name);
    if (strncmp(line, name, len) != 0 || line[len] != ':') {
        return NULL;
    }
    return line + len + (line[len + 1] == ' ' ? 2 : 1);
}

static void on_line(struct agent *agent, char *line, size_t len)
{
    if (len > 0 && line[len - 1] == '\r') {
        line[--len] = '\0';
    }
    const char *value;
    if (len == 0) {
        if (agent->name[0] != '\0' && agent->data.len > 0) {
            dispatch(agent);
        }
        agent->name[0] = '\0';
        buf_clear(&agent->data);
    } else if ((value = field_value(line, "event")) != NULL) {
        snprintf(agent->name, sizeof agent->name, "%s", value);
    } else if ((value = field_value(line, "data")) != NULL) {
        buf_clear(&agent->data);
        buf_add_text(&agent->data, value);
    } else if (line[0] != ':') {
        agent->log(agent->context, line, len, sounds_bad(line, len));
    }
}

void agent_feed(struct agent *agent, const char *bytes, size_t len)
{
    while (len > 0) {
        const char *end = memchr(bytes, '\n', len);
        size_t part = end == NULL ? len : (size_t)(end - bytes);
        if (!buf_add(&agent->line, bytes, part)) {
            buf_clear(&agent->line);
        }
        if (end != NULL) {
            on_line(agent, agent->line.data == NULL ? (char[]){""} : agent->line.data, agent->line.len);
            buf_clear(&agent->line);
            part++;
        }
        bytes += part;
        len -= part;
    }
}

void agent_finish(struct agent *agent)
{
    if (agent->line.len > 0) {
        on_line(agent, agent->line.data, agent->line.len);
        buf_clear(&agent->line);
    }
    on_line(agent, (char[]){""}, 0);
    log_text(agent, true);
}
