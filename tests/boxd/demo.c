#include "tests/boxd/demo.h"

#include <stdlib.h>
#include <string.h>

#include "client/base/mem.h"
#include "tests/boxd/agent_argv.h"
#include "tests/boxd/job.h"
#include "tests/boxd/lifecycle.h"
#include "tests/boxd/paths.h"
#include "tests/boxd/work.h"

static const struct {
    const char *box;
    struct demo_job job;
} jobs[] = {
    {"stack-fix",
     {.prompts = {"Fix the failing test in ledger/", "CI is red again: make the ledger tests pass",
                  "A test of ledger/ fails since the last commit. Find out why and fix it"},
      .first_ms = 500,
      .pause_ms = 9000}},
    {"parser-rewrite",
     {.prompts = {"Survey the parser and write down what is left to port", "List the files nobody includes"},
      .first_ms = 4000,
      .pause_ms = 25000}},
    {"flaky-login",
     {.prompts = {"Run the login tests against staging until one of them crashes",
                  "The login test is flaky. Fix it"},
      .first_ms = 2000,
      .pause_ms = 14000}},
    {"release-build", {.script = "build.sh", .first_ms = 1000, .pause_ms = 12000}},
    {"api-refactor", {.creation_ms = 240000, .pause_ms = 45000}},
    {"orders-api", {.script = "serve.sh", .first_ms = 0, .pause_ms = 3000}},
};

const struct demo_job *demo_find(const char *name)
{
    for (size_t i = 0; name != NULL && i < sizeof jobs / sizeof *jobs; i++) {
        if (strcmp(jobs[i].box, name) == 0) {
            return &jobs[i].job;
        }
    }
    return NULL;
}

int64_t demo_creation_ms(const struct demo_job *demo)
{
    return demo == NULL ? 0 : demo->creation_ms;
}

/* Puts a new box in the place of one that has been ready long enough. */
static void replace(struct boxd *boxd, struct box *box, int64_t now_ms)
{
    json_t *labels = json_array();
    for (int i = 0; i < box->label_count; i++) {
        json_array_append_new(labels, json_string(box->labels[i]));
    }
    json_t *fields =
        json_pack("{s:s?, s:s?, s:s?, s:s?, s:s?, s:o}", "name", box->name, "size", box->size, "runtime",
                  box->runtime, "agent", box->agent, "model", box->model, "labels", labels);
    struct err err;
    struct box *next = lifecycle_create(boxd, fields, &err);
    if (next != NULL) {
        next->demo = box->demo;
        next->ready_at_ms = now_ms + box->demo->creation_ms;
        lifecycle_delete(boxd, box);
    }
    json_decref(fields);
}

static const char *next_prompt(struct box *box)
{
    const struct demo_job *demo = box->demo;
    int count = 0;
    while (count < 4 && demo->prompts[count] != NULL) {
        count++;
    }
    return count == 0 ? NULL : demo->prompts[box->demo_step % count];
}

static void start(struct boxd *boxd, struct box *box)
{
    const char *prompt = next_prompt(box);
    char *folder = paths_host(boxd, box, NULL);
    char **argv;
    char *shown = NULL;
    if (prompt != NULL) {
        argv = agent_argv(boxd, box, prompt, box->model);
    } else {
        argv = mem_zalloc(3, sizeof *argv);
        argv[0] = mem_dup("sh");
        argv[1] = mem_format("%s/demo/%s", boxd->assets, box->demo->script);
        shown = mem_format("sh %s", box->demo->script);
    }
    struct job_request request = {.agent = prompt != NULL,
                                  .prompt = prompt != NULL ? prompt : shown,
                                  .argv = argv,
                                  .folder = folder,
                                  .model = box->model};
    struct err err;
    struct job *job = job_start(boxd, box, &request, NULL, &err);
    if (job != NULL) {
        job_release(job);
    }
    box->demo_step++;
    free(shown);
    free(folder);
    work_free_words(argv);
}

void demo_tick(struct boxd *boxd, struct box *box, int64_t now_ms, int64_t *next_ms)
{
    bool awake = box->status == BOX_IDLE || box->status == BOX_RUNNING;
    if (box->demo == NULL || !awake || boxd->assets == NULL) {
        return;
    }
    if (box->active > 0) {
        box->demo_at_ms = 0; /* the end of a run wakes the timer */
        return;
    }
    if (box->demo_at_ms == 0) {
        bool first = box->demo_step == 0 && box->demo->creation_ms == 0;
        box->demo_at_ms = now_ms + (first ? box->demo->first_ms : box->demo->pause_ms);
    }
    if (now_ms >= box->demo_at_ms) {
        box->demo_at_ms = 0;
        if (box->demo->creation_ms != 0) {
            replace(boxd, box, now_ms);
        } else {
            start(boxd, box);
        }
    } else if (box->demo_at_ms < *next_ms) {
        *next_ms = box->demo_at_ms;
    }
}
