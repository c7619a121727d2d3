/*
 * What the operator started in the selected box from here: a command's output, an agent's work, live.
 */
#include "client/base/mem.h"
#include "tui/app.h"
#include "tui/format.h"
#include "tui/logpane.h"
#include "tui/run_acts.h"

#include <stdio.h>
#include <stdlib.h>

enum { SILENCE_MS = 60 * 1000 };

struct view_command {
    struct view view;
    struct logpane pane;
};

static struct job *job_of(const struct view *view)
{
    return jobs_of(&view->app->jobs, view->app->selected);
}

static struct logpane *pane_of(struct view *view)
{
    struct view_command *command = (struct view_command *)view;
    const struct job *job = job_of(view);
    logpane_set_book(&command->pane, job != NULL ? &job->lines : NULL, view->app->selected);
    command->pane.empty =
        job != NULL ? "No output yet" : "Nothing was started here: c runs a command, a asks the agent";
    return &command->pane;
}

static enum role state_role(const struct job *job)
{
    static const enum role roles[] = {[JOB_RUNNING] = ROLE_RUNNING,
                                      [JOB_DONE] = ROLE_OK,
                                      [JOB_FAILED] = ROLE_ERROR,
                                      [JOB_STOPPED] = ROLE_DIM,
                                      [JOB_UNKNOWN] = ROLE_WARN};
    return roles[job->state];
}

/* The command stands above its output, how it goes below it. */
static void command_draw(struct view *view, const struct paint *paint, bool focused)
{
    const struct job *job = job_of(view);
    struct logpane *pane = pane_of(view);
    if (job == NULL || paint->rows < 4) {
        logpane_draw(pane, paint, focused);
        return;
    }
    paint_text(paint, 0, 0, 2, ROLE_KEY, job->kind == REQUEST_EXEC ? "$" : ">");
    paint_text(paint, 0, 2, paint->cols - 2, ROLE_STRONG, job->text);
    struct paint lines = paint_within(paint, (struct rect){1, 0, paint->rows - 2, paint->cols});
    logpane_draw(pane, &lines, focused);
    char status[400];
    job_status(job, view->app->wall_ms, status, sizeof status);
    int used = paint_text(paint, paint->rows - 1, 0, paint->cols, state_role(job), status);
    if (job->state == JOB_RUNNING && view->app->now_ms - job->heard_ms > SILENCE_MS)
        paint_text(paint, paint->rows - 1, used + 2, paint->cols - used - 2, ROLE_WARN,
                   "nothing heard for a minute; it may be thinking");
}

static void command_title(struct view *view, struct view_title *title)
{
    const struct job *job = job_of(view);
    logpane_title(pane_of(view), title);
    if (job == NULL || title->bottom[0] != '\0')
        return;
    char in[16], out[16], cost[16];
    if (job->input_tokens >= 0 || job->cost_usd >= 0)
        snprintf(title->bottom, sizeof title->bottom, "%s in, %s out, %s",
                 format_count(in, sizeof in, job->input_tokens),
                 format_count(out, sizeof out, job->output_tokens),
                 format_usd(cost, sizeof cost, job->cost_usd));
}

static void stop(struct view *view)
{
    struct app *app = view->app;
    const struct job *job = job_of(view);
    if (job == NULL || job->state != JOB_RUNNING)
        app_note(app, "Nothing runs here");
    else if (job->run_id != NULL)
        run_acts_cancel(app, job->run_id);
    else
        client_cancel(app->options.client, job->request_id);
}

static bool command_act(struct view *view, enum action action)
{
    const struct job *job = job_of(view);
    if (action == ACTION_COMMAND_STOP) {
        stop(view);
        return true;
    }
    if (action == ACTION_COMMAND_AGAIN) {
        if (job != NULL && job->state != JOB_RUNNING)
            run_acts_again(view->app, job);
        else
            app_note(view->app, job != NULL ? "It still runs" : "Nothing was started here yet");
        return true;
    }
    return logpane_act(pane_of(view), action);
}

static bool command_mouse(struct view *view, const struct mouse *mouse)
{
    return logpane_mouse(pane_of(view), mouse);
}

static void command_watch(struct view *view, struct watch *watch)
{
    (void)view;
    watch->selected_runs = true;
}

static bool command_work(struct view *view)
{
    return logpane_work(pane_of(view));
}

static void command_free(struct view *view)
{
    logpane_done(&((struct view_command *)view)->pane);
    free(view);
}

static const struct view_class command_class = {
    .name = "Command",
    .where = WHERE_COMMAND,
    .draw = command_draw,
    .title = command_title,
    .act = command_act,
    .mouse = command_mouse,
    .watch = command_watch,
    .work = command_work,
    .free = command_free,
};

struct view *view_command_new(struct app *app)
{
    struct view_command *command = mem_zalloc(1, sizeof *command);
    command->view = (struct view){&command_class, app};
    logpane_init(&command->pane, &command->view, VIEWER_COMMAND, 0, pane_of);
    command->pane.view.time = LOGVIEW_NO_TIME;
    return &command->view;
}
