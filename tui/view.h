/*
 * A view is what a pane shows of the selected box (or the list of boxes): a const table of functions plus a
 * struct that starts with struct view. Absent functions are NULL. view_overview.c is the smallest one: copy
 * it to make a new one, and add it to view_list.h.
 */
#pragma once

#include "client/base/key.h"
#include "client/client.h"
#include "tui/action.h"
#include "widgets/paint.h"

#include <stdbool.h>

struct app;
struct view;

/* What may stand in the four corners of a view's frame; "" for nothing. */
struct view_title {
    char title[96];
    char right[128];
    char bottom[128];
    char bottom_right[96];
};

struct view_class {
    const char *name;        /* the word in the tab bar */
    enum action_where where; /* whose keys it understands first */

    /* Draws into `paint`, which is the inside of the frame. */
    void (*draw)(struct view *view, const struct paint *paint, bool focused);
    /* Fills the corners of the frame. */
    void (*title)(struct view *view, struct view_title *title);
    /* Sees keys before they become actions, for views that take text. True when it was consumed. */
    bool (*key)(struct view *view, struct key key);
    /* Carries out an action. False: not mine, let it travel on. */
    bool (*act)(struct view *view, enum action action);
    /* A mouse report inside the pane, in its own coordinates. */
    bool (*mouse)(struct view *view, const struct mouse *mouse);
    /* Pasted text, when the view has the focus. */
    bool (*paste)(struct view *view, const char *text, size_t len);
    /* Adds what it must have fresh to the watch list. */
    void (*watch)(struct view *view, struct watch *watch);
    /* Goes on with work in the background, a few milliseconds' worth. True while there is more. */
    bool (*work)(struct view *view);
    /* The selected box changed. */
    void (*selected)(struct view *view);
    /* Something about the pane changed: size, or whether it has the focus. */
    void (*placed)(struct view *view, int rows, int cols, bool focused);
    void (*free)(struct view *view);
};

struct view {
    const struct view_class *class;
    struct app *app;
};

/* The views of the program, one of each. */
enum view_id {
    VIEW_BOXES,
    VIEW_ATTENTION,
    VIEW_OVERVIEW,
    VIEW_RUNS,
    VIEW_LOGS,
    VIEW_COMMAND,
    VIEW_SHELL,
    VIEW_TAIL,
    VIEW_COST,
    VIEW_COUNT
};

/* Their constructors. */
struct view *view_boxes_new(struct app *app);
struct view *view_attention_new(struct app *app);
struct view *view_overview_new(struct app *app);
struct view *view_runs_new(struct app *app);
struct view *view_logs_new(struct app *app);
struct view *view_command_new(struct app *app);
struct view *view_shell_new(struct app *app);
struct view *view_tail_new(struct app *app);
struct view *view_cost_new(struct app *app);

/* Calls through the table, doing nothing where the function is absent. */
static inline void view_free(struct view *view)
{
    if (view != NULL && view->class->free != NULL)
        view->class->free(view);
}

static inline void view_selected(struct view *view)
{
    if (view->class->selected != NULL)
        view->class->selected(view);
}

static inline bool view_work(struct view *view)
{
    return view->class->work != NULL && view->class->work(view);
}

static inline void view_watch(struct view *view, struct watch *watch)
{
    if (view->class->watch != NULL)
        view->class->watch(view, watch);
}
