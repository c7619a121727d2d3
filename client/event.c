#include "client/event.h"

#include "client/base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct event *event_new(enum event_kind kind)
{
    struct event *event = mem_zalloc(1, sizeof *event);
    event->kind = kind;
    if (kind == EVENT_REPLY)
        event->reply.fd = -1;
    if (kind == EVENT_LINK)
        event->link.latency_ms = -1;
    if (kind == EVENT_RUN_STREAM)
        run_item_init(&event->run, RUN_ITEM_OTHER);
    return event;
}

struct request *request_new(enum request_kind kind, const char *box_id)
{
    struct request *request = mem_zalloc(1, sizeof *request);
    request->kind = kind;
    request->box_id = mem_dup(box_id);
    return request;
}

void exec_piece_done(struct exec_piece *piece)
{
    for (size_t i = 0; i < piece->line_count; i++)
        text_done(&piece->lines[i]);
    free(piece->lines);
    text_done(&piece->partial);
    free(piece->raw);
    *piece = (struct exec_piece){0};
}

void run_item_init(struct run_item *item, enum run_item_kind kind)
{
    *item = (struct run_item){
        .kind = kind,
        .input_tokens = -1,
        .output_tokens = -1,
        .cached_input_tokens = -1,
        .cpu_ns = -1,
        .memory_peak_bytes = -1,
        .cost_usd = -1,
    };
}

void run_item_done(struct run_item *item)
{
    free(item->run_id);
    free(item->name);
    free(item->tool_id);
    free(item->summary);
    free(item->text);
    run_item_init(item, RUN_ITEM_OTHER);
}

static void reply_done(struct reply *reply)
{
    free(reply->box_id);
    free(reply->run_id);
    if (reply->fd >= 0)
        close(reply->fd);
}

void event_free(struct event *event)
{
    if (event == NULL)
        return;
    switch (event->kind) {
    case EVENT_LINK:
    case EVENT_SAME:
        break;
    case EVENT_BOXES:
    case EVENT_BOX:
        boxes_free(event->boxes.items, event->boxes.count);
        break;
    case EVENT_RUNS:
        runs_free(event->runs.items, event->runs.count);
        break;
    case EVENT_LOGS:
        log_lines_free(event->logs.items, event->logs.count);
        break;
    case EVENT_SNAPSHOTS:
        snapshots_free(event->snapshots.items, event->snapshots.count);
        break;
    case EVENT_EXEC:
        exec_piece_done(&event->exec);
        break;
    case EVENT_RUN_STREAM:
        run_item_done(&event->run);
        break;
    case EVENT_PROGRESS:
        free(event->progress);
        break;
    case EVENT_REPLY:
        reply_done(&event->reply);
        break;
    }
    free(event->box_id);
    free(event);
}

void request_free(struct request *request)
{
    if (request == NULL)
        return;
    free(request->box_id);
    free(request->run_id);
    free(request->text);
    free(request->folder);
    free(request->body);
    free(request);
}
