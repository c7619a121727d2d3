#include "tui/box_acts.h"

#include "client/base/mem.h"
#include "tui/create.h"
#include "tui/format.h"
#include "tui/views.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MARKED_MAX = 1000 };

/* ---- which boxes an action is about ---- */

/* The boxes a question was asked about, as they were then. One block, since an overlay frees its context. */
struct target {
    char ids[MARKED_MAX][MODEL_ID_MAX + 1];
    enum box_status status[MARKED_MAX];
    size_t count;
    enum request_kind kind;
};

static void target_add(struct target *target, const struct store_box *box)
{
    if (box == NULL || box->gone || box->box.unreadable || target->count == MARKED_MAX)
        return;
    snprintf(target->ids[target->count], sizeof target->ids[0], "%s", box->box.id);
    target->status[target->count++] = box->box.status;
}

/* The marked boxes, else the selected one. NULL, having said so, when there is none. */
static struct target *target_new(struct app *app)
{
    struct target *target = mem_zalloc(1, sizeof *target);
    const char **marked = mem_zalloc(MARKED_MAX, sizeof *marked);
    size_t count = view_boxes_marked(app->views[VIEW_BOXES], marked, MARKED_MAX);
    for (size_t i = 0; i < count; i++)
        target_add(target, store_find(&app->store, marked[i]));
    if (count == 0)
        target_add(target, app_box(app));
    free(marked);
    if (target->count > 0)
        return target;
    app_complain(app, "No box is selected");
    free(target);
    return NULL;
}

/* A question's list of boxes, one a line, name and id. */
static char *target_list(const struct app *app, const struct target *target)
{
    char *list = mem_dup("");
    for (size_t i = 0; i < target->count; i++) {
        const struct store_box *box = store_find(&app->store, target->ids[i]);
        const char *name = box != NULL && box->box.name != NULL ? box->box.name : "";
        char *longer = i < 12 ? mem_format("%s  %s  %.*s\n", list, target->ids[i], format_cut(name, 40), name)
                              : mem_format("%s  and %zu more\n", list, target->count - i);
        free(list);
        list = longer;
        if (i == 12)
            break;
    }
    return list;
}

/* Sends the request for every box that is still as it was when the question was asked. */
static void target_send(struct app *app, void *context)
{
    struct target *target = context;
    for (size_t i = 0; i < target->count; i++) {
        const struct store_box *box = store_find(&app->store, target->ids[i]);
        if (box == NULL || box->gone)
            app_complain(app, "Box %s is not there any more", target->ids[i]);
        else if (box->box.status != target->status[i])
            app_complain(app, "Box %s changed to %s meanwhile: nothing was done", target->ids[i],
                         box_status_word(box->box.status));
        else
            app_ask(app, request_new(target->kind, target->ids[i]));
    }
}

/* ---- pause, resume, delete ---- */

/* Boxes that are kept alive or ephemeral never pause (box-api.md 4.1). */
static bool can_turn(const struct box *box, bool resume)
{
    return resume ? box->status == BOX_STATUS_PAUSED
                  : box_is_live(box) && !box->keep_alive && !box->ephemeral;
}

static void keep_only(const struct app *app, struct target *target, bool resume)
{
    size_t kept = 0;
    for (size_t i = 0; i < target->count; i++) {
        const struct store_box *box = store_find(&app->store, target->ids[i]);
        if (box == NULL || !can_turn(&box->box, resume))
            continue;
        memmove(target->ids[kept], target->ids[i], sizeof target->ids[0]);
        target->status[kept++] = target->status[i];
    }
    target->count = kept;
}

/* One key both ways: a paused box under the cursor means resume; boxes that cannot be turned are left alone.
 */
static void pause_or_resume(struct app *app)
{
    struct target *target = target_new(app);
    if (target == NULL)
        return;
    const struct store_box *selected = app_box(app);
    enum box_status first = selected != NULL && target->count > 1 ? selected->box.status : target->status[0];
    bool resume = first == BOX_STATUS_PAUSED;
    keep_only(app, target, resume);
    if (target->count == 0) {
        app_complain(app, resume ? "None of these boxes is paused"
                                 : "Only boxes that are idle or running, and not kept alive, can be paused");
        free(target);
        return;
    }
    target->kind = resume ? REQUEST_BOX_RESUME : REQUEST_BOX_PAUSE;
    char *list = target_list(app, target);
    char *text = mem_format("%s\n%s", list,
                            resume ? "A box that runs costs money."
                                   : "Work that runs in it stops until it is resumed.");
    overlay_ask(app, resume ? "Resume?" : "Pause?", text, resume ? "Resume" : "Pause", false, target_send,
                NULL, target);
    free(text);
    free(list);
}

static void delete_boxes(struct app *app)
{
    struct target *target = target_new(app);
    if (target == NULL)
        return;
    target->kind = REQUEST_BOX_DELETE;
    char *list = target_list(app, target);
    char *text =
        mem_format("%s\nThis cannot be undone. Its files and its history go; its snapshots stay.", list);
    char *word = target->count == 1 ? mem_dup(target->ids[0]) : mem_format("delete %zu boxes", target->count);
    overlay_ask_typed(app, target->count == 1 ? "Delete this box?" : "Delete these boxes?", text, word,
                      "Delete", target_send, NULL, target);
    free(word);
    free(text);
    free(list);
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
    struct target *target = context;
    open_shell(app, target->ids[0], true);
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
    struct target *target = mem_zalloc(1, sizeof *target);
    target_add(target, box);
    const char *name = box->box.name != NULL ? box->box.name : "";
    char *text =
        mem_format("  %s  %.*s\n\nThe box is paused. Resume it for a shell? A box that runs costs money.",
                   box->box.id, format_cut(name, 40), name);
    overlay_ask(app, "Resume?", text, "Resume", false, resume_and_open, NULL, target);
    free(text);
}

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

static void ask_words(struct app *app, enum request_kind kind)
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

void box_acts_again(struct app *app, const struct job *job)
{
    char *box_id = mem_dup(job->box_id), *text = mem_dup(job->text);
    start_job(app, job->kind, box_id, text);
    free(box_id);
    free(text);
}

static void snapshot_named(struct app *app, void *context, const char *text)
{
    const struct wish *wish = context;
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
    overlay_prompt(app, label, "", false, NULL, snapshot_named,
                   wish_new(REQUEST_SNAPSHOT_CREATE, box->box.id));
    free(label);
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

void box_acts_cancel_run(struct app *app, const char *run_id)
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

void box_acts_run_again(struct app *app, const struct run *run)
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
    size_t len = strlen(run->prompt);
    struct again_wish *wish = mem_zalloc(1, sizeof *wish + len + 1);
    snprintf(wish->box_id, sizeof wish->box_id, "%s", box->box.id);
    memcpy(wish->prompt, run->prompt, len + 1);
    const char *name = box->box.name != NULL ? box->box.name : "";
    char *text = mem_format("  %.*s%s\n  in %s  %.*s\n\nThis starts a new run%s. Runs cost money.",
                            format_cut(run->prompt, 60), run->prompt, len > 60 ? "..." : "", box->box.id,
                            format_cut(name, 40), name,
                            box->box.status == BOX_STATUS_PAUSED ? " and resumes the box" : "");
    overlay_ask(app, "Run again?", text, "Run", false, run_again, NULL, wish);
    free(text);
}

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

/* ---- key ---- */

struct key_wish {
    char key[260];
};

static void keep_key(struct app *app, void *context)
{
    struct key_wish *wish = context;
    struct err err = {0};
    if (app->options.set_key(app->options.user, wish->key, true, &err))
        app_note(app, "The API key was kept");
    else
        app_complain(app, "%s", err.text);
    explicit_bzero(wish, sizeof *wish);
}

static void forget_key(struct app *app, void *context)
{
    (void)app;
    explicit_bzero(context, sizeof(struct key_wish));
}

static void key_typed(struct app *app, void *context, const char *text)
{
    (void)context;
    struct err err = {0};
    if (text == NULL || text[0] == '\0')
        return;
    if (!app->options.set_key(app->options.user, text, false, &err)) {
        app_complain(app, "%s", err.text);
        return;
    }
    struct key_wish *wish = mem_zalloc(1, sizeof *wish);
    snprintf(wish->key, sizeof wish->key, "%s", text);
    overlay_ask(
        app, "Keep the API key?",
        "It can be kept in a file that only you can read (mode 0600), so that boxtop does not ask again.",
        "Keep", false, keep_key, forget_key, wish);
}

void box_acts_ask_key(struct app *app, const char *why)
{
    if (app->options.set_key == NULL)
        return;
    if (why != NULL)
        app_note(app, "%s", why);
    overlay_prompt(app, "Box API key (hidden):", "", true, NULL, key_typed, NULL);
}

static void authenticate(struct app *app)
{
    struct err err = {0};
    if (app->options.reread_key != NULL && app->options.reread_key(app->options.user, &err))
        app_note(app, "The API key was read again");
    else
        box_acts_ask_key(app, err.text[0] != '\0' ? err.text : NULL);
}

/* ---- the rest ---- */

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
        ask_words(app, REQUEST_EXEC);
        break;
    case ACTION_ASK:
        ask_words(app, REQUEST_RUN);
        break;
    case ACTION_PAUSE:
        pause_or_resume(app);
        break;
    case ACTION_DELETE:
        delete_boxes(app);
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
        authenticate(app);
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

static char *help_section(const struct app *app, enum action_where where, char *text)
{
    char *longer = mem_format("%s#%s\n", text, action_where_title(where));
    free(text);
    for (enum action action = ACTION_NONE + 1; action < ACTION_COUNT; action++) {
        const struct action_info *info = action_info(action);
        if (info->where != where)
            continue;
        char keys[96];
        keymap_labels(&app->keymap, action, keys, sizeof keys);
        text = longer;
        longer = mem_format("%s%s\t%s (%s)\n", text, keys, info->help, info->name);
        free(text);
    }
    text = longer;
    longer = mem_format("%s\n", text);
    free(text);
    return longer;
}

void box_acts_help(struct app *app)
{
    char *text = mem_dup("");
    for (enum action_where where = 0; where < WHERE_COUNT; where++)
        text = help_section(app, where, text);
    overlay_read(app, "Keys", text);
    free(text);
}
