#include "tests/support/world.h"

#include "client/base/mem.h"
#include "client/text/inert.h"

#include <stdlib.h>
#include <string.h>

enum { MINUTE = 60 * 1000 };

struct box world_box(const char *id, const char *name, enum box_status status)
{
    return (struct box){
        .id = mem_dup(id),
        .name = mem_dup(name),
        .status = status,
        .status_word = mem_dup(box_status_word(status)),
        .runtime = mem_dup("node"),
        .input_tokens = -1,
        .output_tokens = -1,
        .prompts = -1,
        .cpu_ns = -1,
        .compute_cost_usd = -1,
        .token_cost_usd = -1,
        .created_at = WORLD_WALL - 120 * MINUTE,
        .updated_at = WORLD_WALL - MINUTE,
        .last_activity_at = WORLD_WALL - MINUTE,
    };
}

struct box world_unreadable(const char *why)
{
    struct box box = world_box("", why, BOX_STATUS_UNKNOWN);
    box.unreadable = true;
    return box;
}

struct run world_run(const char *id, enum run_status status, const char *prompt, int64_t age_ms)
{
    return (struct run){
        .id = mem_dup(id),
        .type = RUN_TYPE_AGENT,
        .status = status,
        .prompt = mem_dup(prompt),
        .input_tokens = -1,
        .output_tokens = -1,
        .cached_input_tokens = -1,
        .cost_usd = -1,
        .compute_cost_usd = -1,
        .duration_ms = status == RUN_STATUS_RUNNING ? -1 : 10000,
        .cpu_ns = -1,
        .memory_peak_bytes = -1,
        .created_at = WORLD_WALL - age_ms,
        .completed_at = status == RUN_STATUS_RUNNING ? 0 : WORLD_WALL - age_ms + 10000,
    };
}

struct log_line world_line(const char *text, enum log_level level, int64_t age_ms)
{
    struct log_line line = {.time = WORLD_WALL - age_ms, .level = level, .source = LOG_SOURCE_AGENT};
    inert_line(&line.text, text, strlen(text));
    return line;
}

static struct event *made(enum event_kind kind, const char *box_id)
{
    struct event *event = event_new(kind);
    event->box_id = mem_dup(box_id);
    event->at_ms = WORLD_NOW;
    return event;
}

static void *moved(const void *items, size_t count, size_t size)
{
    return count > 0 ? mem_dup_bytes(items, count * size) : NULL;
}

struct event *world_list(struct box *boxes, size_t count)
{
    struct event *event = made(EVENT_BOXES, NULL);
    event->boxes.items = moved(boxes, count, sizeof *boxes);
    event->boxes.count = count;
    return event;
}

struct event *world_deleted(struct box *boxes, size_t count)
{
    struct event *event = world_list(boxes, count);
    event->boxes.deleted = true;
    return event;
}

struct event *world_gone(const char *box_id)
{
    struct event *event = made(EVENT_BOX, box_id);
    event->boxes.gone = true;
    return event;
}

struct event *world_one(struct box box)
{
    struct event *event = made(EVENT_BOX, box.id);
    event->boxes.items = moved(&box, 1, sizeof box);
    event->boxes.count = 1;
    return event;
}

struct event *world_runs(const char *box_id, struct run *runs, size_t count)
{
    struct event *event = made(EVENT_RUNS, box_id);
    event->runs.items = moved(runs, count, sizeof *runs);
    event->runs.count = count;
    return event;
}

struct event *world_logs(const char *box_id, enum log_join join, struct log_line *lines, size_t count)
{
    struct event *event = made(EVENT_LOGS, box_id);
    event->logs.items = moved(lines, count, sizeof *lines);
    event->logs.count = count;
    event->logs.join = join;
    return event;
}

struct event *world_snapshot(const char *box_id, const char *id, const char *name)
{
    struct event *event = made(EVENT_SNAPSHOTS, box_id);
    struct snapshot *snapshot = mem_zalloc(1, sizeof *snapshot);
    *snapshot = (struct snapshot){.id = mem_dup(id),
                                  .name = mem_dup(name),
                                  .box_id = mem_dup(box_id),
                                  .status = mem_dup("ready"),
                                  .size_bytes = 52 << 20,
                                  .created_at = WORLD_WALL - 5 * MINUTE};
    event->snapshots.items = snapshot;
    event->snapshots.count = 1;
    return event;
}

struct event *world_link(enum link_state state, const char *why)
{
    struct event *event = made(EVENT_LINK, NULL);
    event->link = (struct link_status){.state = state, .latency_ms = 42};
    event->link.ok_at_ms = state == LINK_STARTING ? 0 : WORLD_NOW - 1500;
    if (why != NULL)
        err_set(&event->link.err, ERR_NETWORK, 0, "%s", why);
    return event;
}

struct event *world_progress(uint64_t request_id, const char *text)
{
    struct event *event = made(EVENT_PROGRESS, NULL);
    event->request_id = request_id;
    event->progress = mem_dup(text);
    return event;
}

struct event *world_reply(uint64_t request_id, enum request_kind kind, const char *box_id)
{
    struct event *event = made(EVENT_REPLY, box_id);
    event->request_id = request_id;
    event->reply.kind = kind;
    event->reply.box_id = mem_dup(box_id);
    return event;
}

struct event *world_failed(uint64_t request_id, enum request_kind kind, const char *box_id, enum err_kind err,
                           const char *why)
{
    struct event *event = world_reply(request_id, kind, box_id);
    err_set(&event->reply.err, err, 0, "%s", why);
    return event;
}

struct event *world_output(uint64_t request_id, const char *text)
{
    struct event *event = made(EVENT_EXEC, NULL);
    event->request_id = request_id;
    struct exec_piece *piece = &event->exec;
    size_t room = 0;
    for (const char *end; (end = strchr(text, '\n')) != NULL; text = end + 1) {
        piece->lines = mem_grow(piece->lines, &room, piece->line_count + 1, sizeof *piece->lines);
        inert_line(&piece->lines[piece->line_count++], text, (size_t)(end - text));
    }
    piece->has_partial = *text != '\0';
    if (piece->has_partial)
        inert_line(&piece->partial, text, strlen(text));
    return event;
}

struct event *world_item(uint64_t request_id, enum run_item_kind kind, const char *text)
{
    struct event *event = made(EVENT_RUN_STREAM, NULL);
    event->request_id = request_id;
    run_item_init(&event->run, kind);
    event->run.at = WORLD_WALL;
    event->run.text = mem_dup(text);
    return event;
}
