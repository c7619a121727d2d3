/*
 * The door to the service. Behind it one thread runs a libcurl multi loop: it polls what the console watches,
 * carries out what it asks, and hands back events. No function here blocks, and none but client_free waits
 * for the thread.
 *
 * Everything is called from one thread, the console's.
 */
#pragma once

#include "client/base/err.h"
#include "client/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct client;

struct client_options {
    const char *base_url;   /* https, or http to a loopback address; checked by client_new */
    const char *ssh_host;   /* NULL: the base URL's host */
    int ssh_port;           /* 0: 22 */
    double rate;            /* background GETs a second; 0: 4 */
    const char *user_agent; /* e.g. "boxtop/0.1" */
    bool raw_text;          /* log lines and runs carry the service's own bytes too (model.h) */
};

/* What the operator looks at: the client asks for it first and keeps it fresh. Copied by client_watch. */
struct watch {
    const char *selected;       /* box under the cursor, NULL for none */
    bool selected_runs;         /* its runs are on screen */
    bool selected_logs;         /* its log is on screen */
    bool deleted_list;          /* the list of deleted boxes is on screen */
    const char *const *visible; /* boxes on screen */
    size_t visible_count;
    const char *const *tailed; /* boxes whose logs are followed though not selected */
    size_t tailed_count;
};

/* Starts the thread. NULL with *err set when an option is wrong or the thread cannot start. Nothing is sent
 * before client_set_key. */
struct client *client_new(const struct client_options *options, struct err *err);

/* Ends the thread (within 300 ms, whatever the network does) and frees everything. NULL is fine. */
void client_free(struct client *client);

/* Gives the API key, or a new one after LINK_REFUSED: polling starts. The string is copied and wiped when
 * replaced. False with *err set when it is not 8..256 characters of ! to ~. */
bool client_set_key(struct client *client, const char *key, struct err *err);

/* Hands a request over (ownership moves) and returns its id, never 0. */
uint64_t client_ask(struct client *client, struct request *request);

/* Gives up on a request: its reply comes with ERR_CANCELLED, or ERR_UNKNOWN when it was a change that may
 * have been carried out. Unknown ids are ignored. */
void client_cancel(struct client *client, uint64_t request_id);

/* Replaces what is watched. Cheap; call it whenever the screen changes. */
void client_watch(struct client *client, const struct watch *watch);

/* The console holds these lines of a box's log from an earlier run: new ones join them, unless the log was
 * asked for already. *resume and its digests stay the caller's. */
void client_resume_logs(struct client *client, const char *box_id, const struct log_resume *resume);

/* Readable when client_next_event has news. Stays readable until all of it was taken. What only confirms what
 * is known (EVENT_SAME, a link that is still well) does not make it readable: look each second too. */
int client_event_fd(const struct client *client);

/* The oldest event, owned by the caller; NULL when there is none. */
struct event *client_next_event(struct client *client);

/* The host and port of the SSH gateway. The pointers live as long as the client. */
const char *client_ssh_host(const struct client *client);
int client_ssh_port(const struct client *client);
