#include "tests/boxd/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/base/clock.h"
#include "client/base/mem.h"

enum { PLAIN_RUNS = 8, PLAIN_LINES = 160, NOISE_AT_ONCE = 20000 };

static const char *const prompts[] = {
    "Add pagination to the orders endpoint",
    "Why does the nightly import take four hours? Profile it and fix the worst part",
    "Upgrade the lint rules and fix what they find",
    "Write tests for the retry logic in src/queue",
    "Rename AccountId to TenantId everywhere, docs too",
    "Find out why the health check flaps after a deploy",
};

static const char *const outputs[] = {
    "Added limit and cursor parameters with tests; 31 tests pass.",
    "The import issued one query per row. It now works in batches of 500: 4 h 10 min became 6 min.",
    "Updated 14 files; the rules pass without exceptions.",
    "Added 9 tests. One found a real bug: the last attempt was counted twice.",
    "Renamed in 42 files. The public API keeps the old name as an alias.",
    "The probe raced with the migration lock. It now waits until the migration has ended.",
};

struct pattern {
    enum log_level level;
    enum log_source source;
    const char *format; /* takes one unsigned number */
};

static const struct pattern patterns[] = {
    {LEVEL_INFO, SOURCE_USER, "GET /api/orders?page=%u 200 12ms"},
    {LEVEL_INFO, SOURCE_USER, "POST /api/orders/%u/items 201 31ms"},
    {LEVEL_INFO, SOURCE_AGENT, "Read src/queue/worker_%u.ts"},
    {LEVEL_INFO, SOURCE_USER, "worker %u: 64 jobs done, 0 failed"},
    {LEVEL_WARN, SOURCE_USER, "slow query: 418ms for order %u"},
    {LEVEL_INFO, SOURCE_AGENT, "Bash: npm test -- --shard=%u"},
    {LEVEL_INFO, SOURCE_USER, "cache: hit rate 93.%u%%"},
    {LEVEL_ERROR, SOURCE_USER, "GET /api/customers/%u 500 upstream closed the connection"},
    {LEVEL_INFO, SOURCE_SYSTEM, "checkpoint %u written"},
    {LEVEL_INFO, SOURCE_USER, "job %u: fetched 200 rows in 38ms"},
};

/* A well-mixed number for a seed (splitmix32). */
static uint32_t mix(uint32_t x)
{
    x += 0x9e3779b9u;
    x = (x ^ (x >> 16)) * 0x21f0aaadu;
    x = (x ^ (x >> 15)) * 0x735a2d97u;
    return x ^ (x >> 15);
}

static void add_line(struct box *box, int64_t at_ms, uint32_t number)
{
    char text[160];
    uint32_t random = mix(number);
    const struct pattern *p = &patterns[random % (sizeof patterns / sizeof *patterns)];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the formats are the constants above */
    int len = snprintf(text, sizeof text, p->format, (unsigned)(random >> 8) % 1000);
#pragma GCC diagnostic pop
    boxlog_append(&box->log, at_ms, p->level, p->source, text, (size_t)len);
}

void history_add_lines(struct box *box, uint32_t seed, int count, int64_t age_s)
{
    int64_t now_ms = clock_wall_ms();
    for (int i = 0; i < count; i++) {
        add_line(box, now_ms - age_s * 1000 * (count - i) / count, seed + (uint32_t)i);
    }
}

struct run *history_add_run(struct boxd *boxd, struct box *box, int64_t age_s, int64_t seconds,
                            const char *prompt, const char *output, enum run_status status)
{
    struct run *run = store_add_run(&boxd->store, box, true, prompt);
    uint32_t random = mix((uint32_t)age_s + (uint32_t)strlen(prompt));
    run->created_ms = clock_wall_ms() - age_s * 1000;
    run->status = status;
    run->model = mem_dup(box->model);
    run->session_id = mem_dup(box->session_id);
    run->input_tokens = 4000 + random % 40000;
    run->output_tokens = 300 + (random >> 8) % 4000;
    run->cached_input_tokens = run->input_tokens * 3 / 4;
    run->cost_usd = (double)run->input_tokens * 1.1e-6 + (double)run->output_tokens * 15e-6;
    run->cpu_ns = seconds * (int64_t)(50000000 + random % 200000000);
    run->compute_cost_usd = store_cpu_cost(box, run->cpu_ns);
    run->memory_peak_bytes = (int64_t)(120 + random % 400) << 20;
    run->completed_ms = run->created_ms + seconds * 1000 + random % 1000;
    if (status == RUN_FAILED) {
        store_set(&run->error_message, output);
    } else {
        store_set(&run->output, output);
    }
    return run;
}

static void add_plain_history(struct boxd *boxd, struct box *box)
{
    uint32_t seed = box->plain_seed;
    int64_t age_s = (clock_wall_ms() - box->created_ms) / 1000;
    size_t kinds = sizeof prompts / sizeof *prompts;
    for (int i = 0; i < PLAIN_RUNS; i++) {
        size_t what = (seed + (uint32_t)i) % kinds;
        bool failed = mix(seed + (uint32_t)i) % 9 == 0;
        history_add_run(boxd, box, age_s * (PLAIN_RUNS - i) / (PLAIN_RUNS + 1), 20 + mix(seed) % 300,
                        prompts[what], failed ? "the agent ended with status 1" : outputs[what],
                        failed ? RUN_FAILED : RUN_COMPLETED);
    }
    history_add_lines(box, seed * 1000, PLAIN_LINES, age_s);
    box->plain_seed = 0;
}

/* The lines of --log-rate since the last look. No more than a log holds are made. */
static void add_noise(struct boxd *boxd, struct box *box)
{
    int64_t rate = boxd->store.log_rate;
    int64_t now_ms = clock_wall_ms();
    if (rate == 0 || box->status != BOX_RUNNING || box->demo != NULL) {
        box->noise_from_ms = 0;
        return;
    }
    if (box->noise_from_ms == 0) {
        box->noise_from_ms = now_ms;
        box->noise_lines = 0;
        return;
    }
    int64_t due = (now_ms - box->noise_from_ms) * rate / 1000;
    if (due - box->noise_lines > NOISE_AT_ONCE) {
        box->noise_lines = due - NOISE_AT_ONCE;
    }
    while (box->noise_lines < due) {
        add_line(box, box->noise_from_ms + box->noise_lines * 1000 / rate, (uint32_t)box->noise_lines);
        box->noise_lines++;
    }
}

void history_fill(struct boxd *boxd, struct box *box)
{
    if (box->plain_seed != 0) {
        add_plain_history(boxd, box);
    }
    add_noise(boxd, box);
}

static const enum box_status plain_statuses[] = {BOX_RUNNING, BOX_IDLE,   BOX_IDLE,    BOX_PAUSED,
                                                 BOX_IDLE,    BOX_PAUSED, BOX_RUNNING, BOX_ERROR};

static void add_plain_box(struct boxd *boxd, long number, long count)
{
    static const char *const sizes[] = {"small", "small", "medium", "large"};
    static const char *const runtimes[] = {"node", "python", "golang", "rust-alpine", "ruby"};
    static const char *const agents[] = {"claude-code", "codex", "opencode", NULL};
    static const char *const models[] = {"anthropic/claude-sonnet-5", "openai/gpt-5.3-codex",
                                         "opencode/big-pickle", NULL};
    static const char *const labels[] = {"prod", "staging", "team:core", "nightly"};
    uint32_t random = mix((uint32_t)number + 1);
    struct box *box = store_add_box(&boxd->store, NULL);
    int64_t age_s = (count - number) * 600 + random % 600;
    box->name = mem_format("worker-%05ld", number);
    box->status = plain_statuses[random % (sizeof plain_statuses / sizeof *plain_statuses)];
    box->size = sizes[(random >> 4) % 4];
    box->runtime = mem_dup(runtimes[(random >> 6) % 5]);
    box->agent = mem_dup(agents[(random >> 9) % 4]);
    box->model = mem_dup(models[(random >> 9) % 4]);
    box_add_label(box, labels[(random >> 11) % 4]);
    box->created_ms -= age_s * 1000;
    box->activity_ms = box->updated_ms = box->created_ms + age_s * (int64_t)(random % 1000);
    box->input_tokens = random % 900000;
    box->output_tokens = random % 90000;
    box->prompts = PLAIN_RUNS;
    box->cpu_ns = (int64_t)random * 1000;
    box->compute_cost_usd = store_cpu_cost(box, box->cpu_ns);
    box->token_cost_usd = (double)box->input_tokens * 3e-6;
    box->plain_seed = random | 1;
    box->noise_from_ms = clock_wall_ms();
}

void history_add_boxes(struct boxd *boxd, long count)
{
    for (long i = 0; i < count; i++) {
        add_plain_box(boxd, i, count);
    }
}
