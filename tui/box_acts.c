#include "tui/box_acts.h"

#include "client/base/mem.h"
#include "tui/auth.h"
#include "tui/bulk.h"
#include "tui/create.h"
#include "tui/format.h"
#include "tui/run_acts.h"
#include "tui/views.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The box a question was asked about. */
struct box_wish {
    char box_id[MODEL_ID_MAX + 1];
};

static struct box_wish *wish_new(const char *box_id)
{
    struct box_wish *wish = mem_zalloc(1, sizeof *wish);
    snprintf(wish->box_id, sizeof wish->box_id, "%s", box_id);
    return wish;
}

/* ---- shell ---- */

static void open_shell(struct app *app, const char *box_id, bool resume)
{
    int rows, cols;
    view_shell_size(app->views[VIEW_SHELL], &rows, &cols);
    shells_open(&app->shells, box_id, cols, rows, resume, app->now_ms);
    app_show(app, VIEW_SHELL);
    view_shell_enter(app->views[VIEW_SHELL]);
}

static void resume_and_open(struct app *app, void *context)
{
    const struct box_wish *wish = context;
    open_shell(app, wish->box_id, true);
}

static void shell(struct app *app)
{
    const struct store_box *box = app_box(app);
    if (box == NULL) {
        app_complain(app, "No box is selected");
        return;
    }
    struct shell_entry *entry = shells_find(&app->shells, box->box.id);
    if (entry != NULL && shell_entry_active(entry)) {
        app_show(app, VIEW_SHELL);
        view_shell_enter(app->views[VIEW_SHELL]);
        return;
    }
    if (box->gone || box->box.status == BOX_STATUS_DELETED) {
        app_complain(app, "Box %s was deleted: there is no shell to open", box->box.id);
        return;
    }
    if (box->box.status != BOX_STATUS_PAUSED) {
        open_shell(app, box->box.id, false);
        return;
    }
    const char *name = box->box.name != NULL ? box->box.name : "";
    char *text =
        mem_format("  %s  %.*s\n\nThe box is paused. Resume it for a shell? A box that runs costs money.",
                   box->box.id, format_cut(name, 40), name);
    overlay_ask(app, "Resume?", text, "Resume", false, resume_and_open, NULL, wish_new(box->box.id));
    free(text);
}

/* ---- snapshot ---- */

static void snapshot_named(struct app *app, void *context, const char *text)
{
    const struct box_wish *wish = context;
    if (text == NULL)
        return;
    struct request *request = request_new(REQUEST_SNAPSHOT_CREATE, wish->box_id);
    request->text = text[0] != '\0' ? mem_dup(text) : NULL;
    app_ask(app, request);
}

static void snapshot(struct app *app)
{
    const struct store_box *box = app_box(app);
    if (box == NULL || box->gone) {
        app_complain(app, "No box is selected");
        return;
    }
    const char *title = box_title(&box->box);
    char *label =
        mem_format("Snapshot of %.*s, name (empty: the service chooses):", format_cut(title, 30), title);
    overlay_prompt(app, label, "", false, NULL, snapshot_named, wish_new(box->box.id));
    free(label);
}

/* ---- the rest ---- */

bool box_acts_cancel(struct app *app)
{
    uint64_t id = 0;
    const struct job *job = jobs_of(&app->jobs, app->selected);
    if (job != NULL && job->state == JOB_RUNNING)
        id = job->request_id;
    else if (app->store.request_count > 0)
        id = app->store.requests[app->store.request_count - 1].id;
    if (id == 0 || app->options.client == NULL)
        return false;
    client_cancel(app->options.client, id);
    return true;
}

static void copy_of_box(struct app *app, enum action action)
{
    const struct store_box *box = app_box(app);
    if (box == NULL) {
        app_complain(app, "No box is selected");
        return;
    }
    if (action == ACTION_COPY) {
        app_copy(app, box->box.id, "the box's id");
        return;
    }
    char *text = action == ACTION_COPY_SSH
                     ? app_ssh_command(app, box->box.id)
                     : mem_format("https://console.upstash.com/box/resolve/%s", box->box.id);
    app_copy(app, text,
             action == ACTION_COPY_SSH ? "the ssh command; its password is the Box API key"
                                       : "the Console's address");
    free(text);
}

static void switch_mouse(struct app *app)
{
    app->mouse_off = !app->mouse_off;
    app_note(app,
             app->mouse_off ? "The mouse is off: the terminal's own selection works" : "The mouse is on");
}

void box_acts_run(struct app *app, enum action action)
{
    switch (action) {
    case ACTION_SHELL:
        shell(app);
        break;
    case ACTION_COMMAND:
        run_acts_ask(app, REQUEST_EXEC);
        break;
    case ACTION_ASK:
        run_acts_ask(app, REQUEST_RUN);
        break;
    case ACTION_PAUSE:
        bulk_pause_or_resume(app);
        break;
    case ACTION_DELETE:
        bulk_delete(app);
        break;
    case ACTION_SNAPSHOT:
        snapshot(app);
        break;
    case ACTION_NEW_BOX:
        create_open(app);
        break;
    case ACTION_COPY:
    case ACTION_COPY_SSH:
    case ACTION_COPY_CONSOLE:
        copy_of_box(app, action);
        break;
    case ACTION_REFRESH:
        app_ask(app, request_new(REQUEST_REFRESH, app->selected));
        break;
    case ACTION_AUTH:
        auth_again(app);
        break;
    case ACTION_MOUSE:
        switch_mouse(app);
        break;
    case ACTION_ATTENTION:
        view_attention_go(app->views[VIEW_ATTENTION]);
        break;
    default:
        break;
    }
}

static const char *deed(enum request_kind kind)
{
    switch (kind) {
    case REQUEST_BOX_CREATE:
        return "created";
    case REQUEST_BOX_PAUSE:
        return "paused";
    case REQUEST_BOX_RESUME:
        return "resumed";
    case REQUEST_BOX_DELETE:
        return "deleted";
    case REQUEST_SNAPSHOT_CREATE:
        return "saved as a snapshot";
    case REQUEST_RUN_CANCEL:
        return "told to stop its run";
    default:
        return NULL;
    }
}

void box_acts_reply(struct app *app, const struct event *event)
{
    const struct reply *reply = &event->reply;
    const char *what = deed(reply->kind);
    const char *box = reply->box_id != NULL ? reply->box_id : "";
    if (what == NULL) {
        if (reply->err.kind != ERR_NONE && reply->err.kind != ERR_CANCELLED && reply->kind != REQUEST_REFRESH)
            app_complain(app, "%s", reply->err.text);
    } else if (reply->err.kind == ERR_NONE) {
        app_note(app, "Box %s was %s", box, what);
    } else if (reply->err.kind == ERR_UNKNOWN) {
        app_complain(app, "Box %s: whether it was %s is not known: %s", box, what, reply->err.text);
    } else {
        app_complain(app, "Box %s was not %s: %s", box, what, reply->err.text);
    }
}
