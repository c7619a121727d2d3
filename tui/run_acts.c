#include "tui/run_acts.h"

#include "client/base/mem.h"
#include "tui/format.h"
#include "tui/views.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- commands and prompts ---- */

static void start_job(struct app *app, enum request_kind kind, const char *box_id, const char *text)
{
    struct request *request = request_new(kind, box_id);
    request->text = mem_dup(text);
    uint64_t id = app_ask(app, request);
    jobs_add(&app->jobs, id, kind, box_id, text, app->wall_ms, app->now_ms);
    app_show(app, VIEW_COMMAND);
}

struct wish {
    enum request_kind kind;
    char box_id[MODEL_ID_MAX + 1];
};

static void wish_said(struct app *app, void *context, const char *text)
{
    const struct wish *wish = context;
    if (text == NULL || text[strspn(text, " ")] == '\0')
        return;
    const struct store_box *box = store_find(&app->store, wish->box_id);
    if (box == NULL || box->gone)
        app_complain(app, "Box %s is not there any more", wish->box_id);
    else
        start_job(app, wish->kind, wish->box_id, text);
}

static struct wish *wish_new(enum request_kind kind, const char *box_id)
{
    struct wish *wish = mem_zalloc(1, sizeof *wish);
    wish->kind = kind;
    snprintf(wish->box_id, sizeof wish->box_id, "%s", box_id);
    return wish;
}

void run_acts_ask(struct app *app, enum request_kind kind)
{
    const struct store_box *box = app_box(app);
    if (box == NULL || box->gone) {
        app_complain(app, "No box is selected");
        return;
    }
    if (kind == REQUEST_RUN && box->box.agent == NULL) {
        app_complain(app, "Box %s has no agent to ask", box->box.id);
        return;
    }
    const char *wakes = box->box.status == BOX_STATUS_PAUSED ? " (resumes it, costs money)" : "";
    const char *title = box_title(&box->box);
    char *label = mem_format("%s in %.*s%s:", kind == REQUEST_EXEC ? "Run" : "Ask the agent",
                             format_cut(title, 30), title, wakes);
    overlay_prompt(app, label, "", false, NULL, wish_said, wish_new(kind, box->box.id));
    free(label);
}

void run_acts_again(struct app *app, const struct job *job)
{
    char *box_id = mem_dup(job->box_id), *text = mem_dup(job->text);
    start_job(app, job->kind, box_id, text);
    free(box_id);
    free(text);
}

/* ---- runs ---- */

struct run_wish {
    char box_id[MODEL_ID_MAX + 1];
    char run_id[MODEL_ID_MAX + 1];
};

static void cancel_run(struct app *app, void *context)
{
    const struct run_wish *wish = context;
    const struct store_box *box = store_find(&app->store, wish->box_id);
    const struct run *run = box != NULL ? store_find_run(box, wish->run_id) : NULL;
    if (run != NULL && run->status != RUN_STATUS_RUNNING) {
        app_complain(app, "Run %s has ended meanwhile: %s", wish->run_id, run_status_word(run->status));
        return;
    }
    struct request *request = request_new(REQUEST_RUN_CANCEL, wish->box_id);
    request->run_id = mem_dup(wish->run_id);
    app_ask(app, request);
}

void run_acts_cancel(struct app *app, const char *run_id)
{
    struct run_wish *wish = mem_zalloc(1, sizeof *wish);
    snprintf(wish->box_id, sizeof wish->box_id, "%s", app->selected);
    snprintf(wish->run_id, sizeof wish->run_id, "%s", run_id);
    const struct store_box *box = app_box(app);
    const struct run *run = box != NULL ? store_find_run(box, run_id) : NULL;
    const char *prompt = run != NULL && run->prompt != NULL ? run->prompt : "";
    char *text = mem_format("  %s in %s\n  %.*s\n\nWhat it has done so far stays.", run_id, app->selected,
                            format_cut(prompt, 60), prompt);
    overlay_ask(app, "Cancel this run?", text, "Stop it", false, cancel_run, NULL, wish);
    free(text);
}

struct again_wish {
    char box_id[MODEL_ID_MAX + 1];
    char prompt[];
};

static void run_again(struct app *app, void *context)
{
    const struct again_wish *wish = context;
    const struct store_box *box = store_find(&app->store, wish->box_id);
    if (box == NULL || box->gone)
        app_complain(app, "Box %s is not there any more", wish->box_id);
    else
        start_job(app, REQUEST_RUN, wish->box_id, wish->prompt);
}

void run_acts_repeat(struct app *app, const struct run *run)
{
    const struct store_box *box = app_box(app);
    if (box == NULL || box->gone || run->unreadable || run->prompt == NULL || run->prompt[0] == '\0') {
        app_complain(app, "There is nothing to run again");
        return;
    }
    if (run->type != RUN_TYPE_AGENT) {
        overlay_prompt(app, "Run again (its quotes are not recorded):", run->prompt, false, NULL, wish_said,
                       wish_new(REQUEST_EXEC, box->box.id));
        return;
    }
    if (box->box.agent == NULL) {
        app_complain(app, "Box %s has no agent to ask", box->box.id);
        return;
    }
    const char *prompt =
        run->raw_prompt != NULL ? run->raw_prompt : run->prompt; /* what was asked, all of it */
    size_t len = strlen(prompt);
    struct again_wish *wish = mem_zalloc(1, sizeof *wish + len + 1);
    snprintf(wish->box_id, sizeof wish->box_id, "%s", box->box.id);
    memcpy(wish->prompt, prompt, len + 1);
    const char *name = box->box.name != NULL ? box->box.name : "";
    char *text = mem_format("  %.*s%s\n  in %s  %.*s\n\nThis starts a new run%s. Runs cost money.",
                            format_cut(run->prompt, 60), run->prompt, strlen(run->prompt) > 60 ? "..." : "",
                            box->box.id, format_cut(name, 40), name,
                            box->box.status == BOX_STATUS_PAUSED ? " and resumes the box" : "");
    overlay_ask(app, "Run again?", text, "Run", false, run_again, NULL, wish);
    free(text);
}
