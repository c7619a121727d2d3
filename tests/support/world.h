/*
 * The service's world for tests of the console: boxes, runs, log lines and the events that bring them,
 * without a service. Times are the test's: WORLD_WALL is "now" in ms since 1970, WORLD_NOW the same instant
 * by clock_ms.
 */
#pragma once

#include "client/event.h"
#include "client/model.h"

#include <stddef.h>
#include <stdint.h>

enum { WORLD_NOW = 5000000 };
static const int64_t WORLD_WALL = 1771845600000; /* 2026-02-23 11:20:00 UTC */

/* A box as the service would list it: node, small, created two hours ago, active a minute ago, no money or
 * tokens known. name may be NULL. */
struct box world_box(const char *id, const char *name, enum box_status status);

/* An item of the list that could not be read. */
struct box world_unreadable(const char *why);

/* A run that began `age_ms` ago and, unless it runs, took ten seconds. */
struct run world_run(const char *id, enum run_status status, const char *prompt, int64_t age_ms);

/* A line of the agent, `age_ms` old; the text goes through inert_line. */
struct log_line world_line(const char *text, enum log_level level, int64_t age_ms);

/* Events. The arrays stay the caller's, their contents move; at_ms is WORLD_NOW. */
struct event *world_list(struct box *boxes, size_t count);
struct event *world_deleted(struct box *boxes, size_t count);
struct event *world_gone(const char *box_id);
struct event *world_one(struct box box);
struct event *world_runs(const char *box_id, struct run *runs, size_t count);
struct event *world_logs(const char *box_id, enum log_join join, struct log_line *lines, size_t count);
struct event *world_snapshot(const char *box_id, const char *id, const char *name);
struct event *world_link(enum link_state state, const char *why);
struct event *world_progress(uint64_t request_id, const char *text);
struct event *world_reply(uint64_t request_id, enum request_kind kind, const char *box_id);
struct event *world_failed(uint64_t request_id, enum request_kind kind, const char *box_id, enum err_kind err,
                           const char *why);

/* Output of a command: whole lines, split at newlines; what follows the last one is the unfinished line. */
struct event *world_output(uint64_t request_id, const char *text);

/* One happening of an agent run. */
struct event *world_item(uint64_t request_id, enum run_item_kind kind, const char *text);
