/*
 * Lines that take more room in the viewer, or less: JSON laid out in its place, tool calls and long messages
 * folded under their first line. A filter shows lines that match wherever they are: while there is one, every
 * fold is open.
 */
#include "tui/app.h"
#include "tui/format.h"
#include "tui/logpane_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- JSON ---- */

static struct logpane_laid *laid_at(struct logpane *pane, uint64_t id)
{
    for (size_t i = 0; i < pane->laid_count; i++)
        if (pane->laid[i].id == id)
            return &pane->laid[i];
    return NULL;
}

static void fold_back(struct logpane *pane, struct logpane_laid *laid)
{
    logjson_done(&laid->json);
    pane->laid_count--;
    memmove(laid, laid + 1, (size_t)(pane->laid + pane->laid_count - laid) * sizeof *laid);
}

void logpane_fold_drop(struct logpane *pane)
{
    while (pane->laid_count > 0)
        fold_back(pane, &pane->laid[0]);
    logfold_set_all(&pane->fold, pane->fold.all);
}

/* The oldest one is given up for a new one. */
static bool lay_out(struct logpane *pane, uint64_t id)
{
    struct logfeed_item item;
    struct logjson json;
    pane->feed.item(pane->feed.ctx, pane->feed.find(pane->feed.ctx, id), &item);
    if (item.line == NULL || item.line->text.bytes == NULL || !logjson_lay_out(&json, item.line->text.bytes))
        return false;
    if (pane->laid_count == LOGPANE_LAID)
        fold_back(pane, &pane->laid[0]);
    pane->laid[pane->laid_count++] = (struct logpane_laid){id, json};
    return true;
}

/* ---- what is drawn ---- */

static void describe(const struct logfold_group *group, char *out, size_t size)
{
    char took[16], errors[32] = "";
    int64_t ms = group->to_ms - group->from_ms;
    if (group->errors > 0)
        snprintf(errors, sizeof errors, "  %u error%s", group->errors, group->errors == 1 ? "" : "s");
    snprintf(out, size, "+%u line%s%s%s%s", group->further, group->further == 1 ? "" : "s",
             ms >= 1000 ? "  " : "", ms >= 1000 ? format_age(took, sizeof took, ms) : "", errors);
}

void logpane_fold_dress(struct logpane *pane, uint64_t id, struct logview_line *out)
{
    const struct logpane_laid *laid = pane->laid_count > 0 ? laid_at(pane, id) : NULL;
    if (laid != NULL) {
        out->rows = laid->json.rows;
        out->row_count = laid->json.count;
        out->sign = '-';
    }
    const struct logfold_group *group = logpane_folds(pane) ? logfold_of(&pane->fold, id) : NULL;
    if (group == NULL || group->head != id)
        return;
    describe(group, pane->fold_note, sizeof pane->fold_note);
    out->note = pane->fold_note;
    out->note_role = group->errors > 0 ? ROLE_ERROR : ROLE_KEY;
    out->sign = '+';
}

bool logpane_folds(const struct logpane *pane)
{
    return !logpane_is_filtered(pane) && logfold_is_active(&pane->fold);
}

void logpane_unhide(struct logpane *pane, uint64_t id)
{
    const struct logfold_group *group = logfold_of(&pane->fold, id);
    if (group != NULL && group->head != id)
        logfold_open(&pane->fold, id);
}

/* ---- actions ---- */

/* What is under the cursor, in turn: JSON laid out and back; then the call or message folded and back. */
static void toggle(struct logpane *pane)
{
    uint64_t id, head;
    if (!logpane_cursor(pane, &id))
        return;
    struct logpane_laid *laid = laid_at(pane, id);
    bool folded = logpane_folds(pane) && logfold_open(&pane->fold, id);
    if (laid != NULL)
        fold_back(pane, laid);
    if (folded || (laid == NULL && lay_out(pane, id))) {
        logpane_go(pane, id);
        return;
    }
    if (logpane_is_filtered(pane)) {
        if (laid == NULL)
            app_note(pane->app, "Nothing is folded while a filter is on");
        return;
    }
    if (logfold_close(&pane->fold, &pane->feed, id, &head))
        logpane_go(pane, head);
    else if (laid == NULL)
        app_note(pane->app, "This line is all there is: no JSON, no further lines, no tool call");
}

static void toggle_all(struct logpane *pane)
{
    uint64_t id;
    bool any = logpane_cursor(pane, &id), following = pane->view.follow;
    logfold_set_all(&pane->fold, !pane->fold.all);
    if (any && !following)
        logpane_keep(pane, id);
}

bool logpane_fold_act(struct logpane *pane, enum action action)
{
    switch (action) {
    case ACTION_FOLD_LINE:
        toggle(pane);
        return true;
    case ACTION_FOLD:
        toggle_all(pane);
        return true;
    default:
        return false;
    }
}
