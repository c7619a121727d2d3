#include "tests/boxd/schedules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/base/clock.h"
#include "client/base/mem.h"
#include "tests/boxd/agent_argv.h"
#include "tests/boxd/cron.h"
#include "tests/boxd/job.h"
#include "tests/boxd/paths.h"
#include "tests/boxd/work.h"

static const char *text_of(const struct schedule *schedule, const char *key)
{
    return json_string_value(json_object_get(schedule->fields, key));
}

/* The command of an exec schedule as owned words, and joined in *shown. */
static char **command_of(const struct boxd *boxd, const struct box *box, const struct schedule *schedule,
                         struct buf *shown)
{
    const json_t *command = json_object_get(schedule->fields, "command");
    size_t count = json_array_size(command);
    char **argv = mem_zalloc(count + 1, sizeof *argv);
    for (size_t i = 0; i < count; i++) {
        const char *word = json_string_value(json_array_get(command, i));
        argv[i] = paths_translate(boxd, box, word == NULL ? "" : word);
        buf_add_text(shown, i == 0 ? "" : " ");
        buf_add_text(shown, word == NULL ? "" : word);
    }
    return argv;
}

static bool busy(const struct box *box, const struct schedule *schedule)
{
    const struct run *last = store_find_run(box, schedule->last_run_id);
    return last != NULL && last->status == RUN_RUNNING;
}

static void start(struct boxd *boxd, struct box *box, struct schedule *schedule)
{
    const char *prompt = text_of(schedule, "prompt");
    const char *model = text_of(schedule, "model");
    struct buf shown;
    buf_init(&shown, 1 << 20);
    model = model == NULL ? box->model : model;
    char *folder = paths_host(boxd, box, text_of(schedule, "folder"));
    char **argv =
        prompt != NULL ? agent_argv(boxd, box, prompt, model) : command_of(boxd, box, schedule, &shown);
    struct job_request request = {
        .agent = prompt != NULL,
        .prompt = prompt != NULL ? prompt : buf_text(&shown),
        .argv = argv,
        .folder = folder,
        .timeout_ms = (int64_t)json_number_value(json_object_get(schedule->fields, "timeout")),
        .model = model,
        .schedule = schedule->id,
        .webhook = text_of(schedule, "webhook_url"),
    };
    struct err err;
    struct job *job = job_start(boxd, box, &request, NULL, &err);
    if (job != NULL) {
        snprintf(schedule->last_run_id, sizeof schedule->last_run_id, "%s", job->run->id);
        schedule->last_run_status = RUN_RUNNING;
        job_release(job);
    }
    work_free_words(argv);
    free(folder);
    buf_done(&shown);
}

void schedules_tick(struct boxd *boxd, struct box *box, int64_t wall_s)
{
    time_t now = (time_t)wall_s;
    struct tm utc;
    gmtime_r(&now, &utc);
    for (size_t i = 0; i < box->schedule_count; i++) {
        struct schedule *schedule = box->schedules[i];
        const char *expression = text_of(schedule, "cron");
        struct cron cron;
        if (schedule->paused || expression == NULL || !cron_parse(&cron, expression) ||
            !cron_matches(&cron, &utc)) {
            continue;
        }
        schedule->last_run_ms = clock_wall_ms();
        schedule->total_runs++;
        if ((box->status != BOX_IDLE && box->status != BOX_RUNNING) || busy(box, schedule)) {
            schedule->last_run_status = RUN_SKIPPED;
            store_log(box, LEVEL_WARN, SOURCE_SYSTEM, "schedule %s skipped", schedule->id);
        } else {
            start(boxd, box, schedule);
        }
    }
}
