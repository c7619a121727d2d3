#include "tests/boxd/routes.h"

#include "tests/boxd/history.h"
#include "tests/boxd/job.h"

void runs_list(struct request *rq)
{
    struct box *box = routes_box(rq);
    if (box == NULL) {
        return;
    }
    history_fill(rq->boxd, box);
    struct wire wire;
    reply_begin(rq, &wire);
    jsonw_open(&wire.w, '{');
    jsonw_key(&wire.w, "runs");
    if (wire_open_list(&wire)) {
        for (size_t i = 0; i < box->run_count; i++) {
            wire_run(&wire, box, box->runs[box->run_count - 1 - i], i, box->run_count);
        }
        jsonw_close(&wire.w, ']');
    }
    jsonw_close(&wire.w, '}');
    reply_end(rq, &wire, 200);
}

/* The run of argument 1; NULL after replying 404. */
static struct run *find_run(struct request *rq, struct box **box)
{
    *box = routes_box(rq);
    if (*box == NULL) {
        return NULL;
    }
    history_fill(rq->boxd, *box);
    struct run *run = store_find_run(*box, rq->args[1]);
    if (run == NULL) {
        reply_error(rq, 404, "run not found");
    }
    return run;
}

void runs_get(struct request *rq)
{
    struct box *box;
    const struct run *run = find_run(rq, &box);
    if (run == NULL) {
        return;
    }
    struct wire wire;
    reply_begin(rq, &wire);
    wire_run(&wire, box, run, 0, 0);
    reply_end(rq, &wire, 200);
}

void runs_cancel(struct request *rq)
{
    struct box *box;
    struct run *run = find_run(rq, &box);
    if (run != NULL) {
        job_cancel(run);
        reply_empty(rq);
    }
}
