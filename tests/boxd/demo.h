/*
 * The work that goes on in the demo's boxes: each has a list of jobs that it does one after the other, for
 * ever, with a pause in between. They are ordinary runs.
 */
#pragma once

#include "tests/boxd/boxd.h"

struct demo_job {
    const char *prompts[4]; /* agent runs, in turn; NULL: it is a command */
    const char *script;     /* the script of assets/demo that the command runs */
    int64_t creation_ms;    /* not 0: no jobs; the box is long in creation, is ready for pause_ms, and is then
                               replaced by a new one of the same name */
    int64_t first_ms;       /* when the first begins, after boxd */
    int64_t pause_ms;       /* between the end of one and the begin of the next */
};

/* The jobs of a box of the demo, by its name; NULL when it has none. */
const struct demo_job *demo_find(const char *name);

/* How long the creation of a box with this part lasts; 0 for NULL and for those that are not created for
 * show. */
int64_t demo_creation_ms(const struct demo_job *demo);

/* Starts what is due in the box and brings *next_ms (monotonic) forward to what is due next. Store lock held.
 */
void demo_tick(struct boxd *boxd, struct box *box, int64_t now_ms, int64_t *next_ms);
