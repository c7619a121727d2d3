/* The answer to GET .../runs, for those who look for a run in it. */
#pragma once

#include "client/base/err.h"
#include "client/event.h"
#include "client/model.h"

#include <stdbool.h>
#include <stddef.h>

struct run_list {
    struct run *runs; /* newest first, as the service sends them; 5000 at most */
    size_t count, room;
    bool raw;
};

/* With `raw` the runs carry the service's own bytes too. False with *err set when it is not such an answer;
 * *list is then empty. */
bool run_list_read(struct run_list *list, bool raw, const char *body, size_t len, struct err *err);
void run_list_done(struct run_list *list);

/* The list as an EVENT_RUNS, which takes the runs over. */
struct event *run_list_event(struct run_list *list);
