/*
 * Reads what an agent prints (box-sse-v1, box-api.md 3.1): events of two lines and a blank one. Each is
 * passed on in the canonical form, turned into log lines, and the last ones into the figures of the run.
 * Whatever is no event is logged as it stands.
 */
#pragma once

#include "client/base/buf.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct agent {
    /* Passes an event on, in canonical form. */
    void (*emit)(void *context, const char *bytes, size_t len);
    /* Logs a line. `bad` asks for the level warn. */
    void (*log)(void *context, const char *text, size_t len, bool bad);
    void *context;

    struct buf line; /* an unfinished line */
    char name[32];   /* of the event being read */
    struct buf data; /* its data */
    struct buf text; /* visible output so far */
    size_t logged;   /* bytes of it that were logged */

    bool done;     /* a done event came */
    char *error;   /* owned; of the error event, NULL: none */
    char *output;  /* owned; of the done event */
    char *session; /* owned */
    int64_t input_tokens, output_tokens, cached_input_tokens;
    double cost_usd;
};

void agent_init(struct agent *agent);
void agent_done(struct agent *agent);

/* More of what the agent printed. */
void agent_feed(struct agent *agent, const char *bytes, size_t len);

/* The agent has ended: what is pending is let out. */
void agent_finish(struct agent *agent);

/* Makes the canonical form of an event. The caller frees it. */
char *agent_event(const char *name, json_t *data);
