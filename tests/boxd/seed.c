#include "tests/boxd/seed.h"

#include <stdlib.h>
#include <string.h>

#include "client/base/clock.h"
#include "client/base/mem.h"
#include "tests/boxd/demo.h"
#include "tests/boxd/history.h"
#include "tests/boxd/lifecycle.h"

struct demo_box {
    const char *id, *name, *labels[3], *size, *runtime, *agent, *model;
    enum box_status status;
    bool keep_alive, ephemeral;
    int64_t age_s;
    int64_t runs;  /* ended runs in its past */
    int lines;     /* log lines in its past */
    int64_t cpu_s; /* CPU seconds used so far */
};

/* Oldest first. The one in error says why in its log, see add_past. */
static const struct demo_box boxes[] = {
    {"moved-kangaroo-13620",
     "nightly-import",
     {"nightly", "data"},
     "large",
     "python",
     "claude-code",
     "anthropic/claude-sonnet-4-5",
     BOX_PAUSED,
     .age_s = 41 * 86400,
     .runs = 9,
     .lines = 420,
     .cpu_s = 96210},
    {"proud-heron-40275",
     "docs-site",
     {"web"},
     "small",
     "node",
     "opencode",
     "opencode/big-pickle",
     BOX_IDLE,
     .age_s = 19 * 86400,
     .runs = 6,
     .lines = 180,
     .cpu_s = 2140},
    {"precise-badger-88930",
     "orders-api",
     {"prod", "team:core"},
     "medium",
     "node",
     NULL,
     NULL,
     BOX_RUNNING,
     .keep_alive = true,
     .age_s = 12 * 86400,
     .runs = 0,
     .lines = 600,
     .cpu_s = 31870},
    {"quiet-lynx-07731",
     "price-model",
     {"ml", "staging"},
     "large",
     "python",
     "codex",
     "openai/gpt-5.3-codex",
     BOX_IDLE,
     .age_s = 6 * 86400,
     .runs = 7,
     .lines = 260,
     .cpu_s = 18422},
    {"amber-otter-61204",
     "parser-rewrite",
     {"team:core"},
     "medium",
     "rust-alpine",
     "claude-code",
     "anthropic/claude-opus-4-8",
     BOX_RUNNING,
     .age_s = 3 * 86400,
     .runs = 8,
     .lines = 320,
     .cpu_s = 7805},
    {"daring-cicada-56058",
     "billing-export",
     {"prod"},
     "small",
     "golang",
     "codex",
     "openai/gpt-5.4-mini",
     BOX_ERROR,
     .age_s = 2 * 86400,
     .runs = 3,
     .lines = 140,
     .cpu_s = 310},
    {"brisk-raven-33818",
     "release-build",
     {"ci"},
     "medium",
     "golang",
     NULL,
     NULL,
     BOX_RUNNING,
     .age_s = 26 * 3600,
     .runs = 0,
     .lines = 240,
     .cpu_s = 5120},
    {"current-wasp-05510",
     "stack-fix",
     {"beta", "team:core"},
     "small",
     "node",
     "claude-code",
     "anthropic/claude-sonnet-5",
     BOX_RUNNING,
     .age_s = 5 * 3600,
     .runs = 7,
     .lines = 380,
     .cpu_s = 940},
    {"vivid-marten-22096",
     NULL,
     {NULL},
     "small",
     "ruby",
     "custom",
     "custom/house-agent",
     BOX_IDLE,
     .age_s = 3 * 3600,
     .runs = 2,
     .lines = 90,
     .cpu_s = 88},
    {"lively-quail-91467",
     "flaky-login",
     {"beta", "e2e"},
     "medium",
     "node",
     "claude-code",
     "anthropic/claude-sonnet-5",
     BOX_RUNNING,
     .age_s = 70 * 60,
     .runs = 3,
     .lines = 160,
     .cpu_s = 402},
    {"sweet-shark-26021",
     NULL,
     {"scratch"},
     "small",
     "node",
     NULL,
     NULL,
     BOX_IDLE,
     .ephemeral = true,
     .age_s = 25 * 60,
     .runs = 0,
     .lines = 30,
     .cpu_s = 12},
    {"fresh-tapir-74113",
     "api-refactor",
     {"beta"},
     "large",
     "node",
     "claude-code",
     "anthropic/claude-opus-4-8",
     BOX_CREATING,
     .age_s = 3,
     .runs = 0,
     .lines = 0,
     .cpu_s = 0},
    {"humble-vole-18842",
     "old-spike",
     {"scratch"},
     "small",
     "python",
     NULL,
     NULL,
     BOX_DELETED,
     .age_s = 60 * 86400,
     .runs = 1,
     .lines = 40,
     .cpu_s = 71},
};

struct past {
    const char *prompt, *output;
    enum run_status status;
};

static const struct past pasts[] = {
    {"Fix the failing test in the token parser",
     "The expiry check compared seconds with milliseconds. 12 tests pass.", RUN_COMPLETED},
    {"Add a --dry-run switch to the importer",
     "Added the switch with tests; nothing is written when it is on.", RUN_COMPLETED},
    {"Explain why the build takes 9 minutes and make it faster",
     "Three packages were built twice. Sharing the cache brings it to 3 min 40 s.", RUN_COMPLETED},
    {"Bump all dependencies and run the full test suite", "the agent ended with status 1: 4 tests fail",
     RUN_FAILED},
    {"Write a README section about local development", "Added 40 lines with commands that were tried out.",
     RUN_COMPLETED},
    {"Port the cron jobs to schedules", NULL, RUN_CANCELLED},
    {"Review the open pull request and list risks",
     "Two risks: a missing index, and a retry without a limit.", RUN_COMPLETED},
    {"Replace the hand-written date code", "Replaced by the standard library; 8 edge cases got tests.",
     RUN_COMPLETED},
    {"Find the memory leak in the worker",
     "A listener was added per job and never removed. Memory is flat now.", RUN_COMPLETED},
};

static void add_past(struct boxd *boxd, struct box *box, const struct demo_box *from, uint32_t number)
{
    size_t kinds = sizeof pasts / sizeof *pasts;
    for (int64_t i = 0; i < from->runs; i++) {
        const struct past *past = &pasts[(number + (uint32_t)i) % kinds];
        const struct run *run =
            history_add_run(boxd, box, from->age_s * (from->runs - i) / (from->runs + 1),
                            31 + 17 * (number + i) % 240, past->prompt, past->output, past->status);
        box->input_tokens += run->input_tokens;
        box->output_tokens += run->output_tokens;
        box->token_cost_usd += run->cost_usd;
        box->prompts++;
    }
    static const char created[] = "box created";
    boxlog_append(&box->log, box->created_ms, LEVEL_INFO, SOURCE_SYSTEM, created, sizeof created - 1);
    history_add_lines(box, number * 4096, from->lines, from->age_s < 7200 ? from->age_s : 7200);
    if (from->status == BOX_ERROR) {
        store_log(box, LEVEL_WARN, SOURCE_SYSTEM, "disk: 4.9 of 5.0 GB used");
        store_log(box, LEVEL_ERROR, SOURCE_SYSTEM, "the box could not be started: no space left on its disk");
    }
}

static void add_box(struct boxd *boxd, const struct demo_box *from, uint32_t number)
{
    struct box *box = store_add_box(&boxd->store, from->id);
    struct err err;
    box->name = mem_dup(from->name);
    box->size = from->size;
    box->runtime = mem_dup(from->runtime);
    box->agent = mem_dup(from->agent);
    box->model = mem_dup(from->model);
    for (size_t i = 0; i < sizeof from->labels / sizeof *from->labels && from->labels[i] != NULL; i++) {
        box_add_label(box, from->labels[i]);
    }
    box->keep_alive = from->keep_alive;
    box->ephemeral = from->ephemeral;
    box->status =
        from->status == BOX_RUNNING ? BOX_IDLE : from->status; /* running is what its jobs make it */
    box->demo = demo_find(from->name);
    box->ready_at_ms = from->status == BOX_CREATING ? clock_ms() + demo_creation_ms(box->demo) : 0;
    box->created_ms -= from->age_s * 1000;
    box->activity_ms = box->updated_ms = box->created_ms + from->age_s * (int64_t)(600 + number * 17 % 390);
    box->expires_ms = from->ephemeral ? clock_wall_ms() + 6 * 3600 * 1000 : 0;
    box->cpu_ns = from->cpu_s * 1000000000;
    box->compute_cost_usd = store_cpu_cost(box, box->cpu_ns);
    box->session_id =
        from->agent == NULL ? NULL : mem_format("5f0f7a52-9a3e-4c1d-8e0b-0c9f5d2b%04x", number * 977);
    if (from->status != BOX_DELETED && !lifecycle_make_folders(boxd, box, &err)) {
        box->status = BOX_ERROR;
    }
    add_past(boxd, box, from, number);
}

void seed_demo(struct boxd *boxd)
{
    for (size_t i = 0; i < sizeof boxes / sizeof *boxes; i++) {
        add_box(boxd, &boxes[i], (uint32_t)i + 1);
    }
}
