#include "tui/bulk.h"

#include "client/base/mem.h"
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
void bulk_pause_or_resume(struct app *app)
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

void bulk_delete(struct app *app)
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
