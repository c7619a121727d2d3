/*
 * The client without a thread: everything client.h promises, moved on by core_step. Time comes in as an
 * argument, so that a test can choose it. client.c puts this on a thread.
 */
#pragma once

#include "client/base/err.h"
#include "client/client.h"
#include "client/event.h"

#include <stdbool.h>
#include <stdint.h>

struct core;

/* The clocks at one moment. */
struct core_time {
    int64_t now_ms;    /* clock_ms */
    int64_t wall_ms;   /* clock_wall_ms */
    int64_t asleep_ms; /* clock_asleep_ms */
};

/* What the clocks say now. */
struct core_time core_time_now(void);

/* Events go to `emit`, from within core_step and the functions below; it takes them over. NULL with *err set
 * when an option is wrong. */
struct core *core_new(const struct client_options *options, void (*emit)(void *user, struct event *event),
                      void *user, struct err *err);

/* Frees everything; requests under way get no reply. NULL is fine. Never waits for the network. */
void core_free(struct core *core);

/* What time it is for the functions below, which may be called long after the last step. */
void core_set_time(struct core *core, const struct core_time *time);

/* As client_set_key, client_ask (with the id set), client_cancel and client_watch. */
bool core_set_key(struct core *core, const char *key, struct err *err);
void core_ask(struct core *core, struct request *request);
void core_cancel(struct core *core, uint64_t request_id);
void core_watch(struct core *core, const struct watch *watch);

/* As client_resume_logs. */
void core_resume_logs(struct core *core, const char *box_id, const struct log_resume *resume);

/* Does all that can be done now. Returns in how many milliseconds it wants to be called again at the latest;
 * -1 when only the network or a call from outside has something for it. */
int core_step(struct core *core, const struct core_time *time);

/* Waits for the network, core_wake or the timeout (-1: none). */
void core_wait(struct core *core, int timeout_ms);

/* Ends core_wait. From any thread. */
void core_wake(struct core *core);

const char *core_ssh_host(const struct core *core);
int core_ssh_port(const struct core *core);
