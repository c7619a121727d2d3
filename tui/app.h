/*
 * The application's one struct and what holds it together: which box is selected, which pane has the focus,
 * what lies on top, what happened. Views and overlays get it by pointer; main owns it.
 */
#pragma once

#include "client/client.h"
#include "tui/action.h"
#include "tui/jobs.h"
#include "tui/logmemory.h"
#include "tui/overlay.h"
#include "tui/rules.h"
#include "tui/shells.h"
#include "tui/store.h"
#include "tui/view.h"
#include "widgets/layout.h"
#include "widgets/paint.h"
#include "widgets/toast.h"

#include <stdbool.h>
#include <stdint.h>

/* What the app needs from the outside, so that tests can build one without a terminal or a network. */
struct app_options {
    struct client *client;        /* NULL in tests of views: nothing is asked then */
    const char *program;          /* for shell helpers */
    const char *own_known_hosts;  /* host keys are remembered there; NULL: nowhere */
    const char *user_known_hosts; /* read too: ~/.ssh/known_hosts; NULL: none */
    const char *service;          /* what the header calls the service */
    bool read_only;
    bool ascii;
    const char *(*api_key)(void *user); /* the key for logins, NULL when there is none */
    bool (*set_key)(void *user, const char *key, bool keep, struct err *err); /* a key the operator typed */
    bool (*reread_key)(void *user, struct err *err); /* the sources of the key again */
    bool (*copy)(void *user, const char *text, char *where,
                 size_t size); /* to the clipboard; `where` says where it went */
    void (*suspend)(void *user);
    void (*page)(void *user, const char *path);        /* shows a file in the pager, then removes it */
    void (*alert)(void *user, bool bell, bool notify); /* something new needs a person */
    bool (*tick)(void *user); /* in each turn of the loop, or NULL; true while there is more to do at once */
    void *user;
    int64_t fill_ms; /* between two requests for runs nobody has looked at; 0: none are made */
};

/* What tui/backfill.h is at. */
struct backfill {
    int64_t next_ms; /* clock_ms of the next request, 0 before the first */
    uint64_t asked;  /* the request under way, 0 for none */
};

struct app {
    struct app_options options;
    struct keymap keymap;
    struct store store;
    struct jobs jobs;
    struct logmemory memory;
    struct rules_limits limits; /* what is long, and what is much */
    struct shells shells;
    struct backfill backfill;

    struct view *views[VIEW_COUNT];
    enum view_id tab, last_tab; /* what the main pane shows, and showed before */
    struct layout layout;
    enum layout_pane focus;
    enum layout_pane held_pane; /* where a mouse button went down: drags belong to it; PANE_COUNT for none */
    bool zoom;
    struct overlay *overlays; /* the top one */
    struct toast_queue toasts;

    char *selected;    /* id of the selected box, NULL for none */
    char *wanted_box;  /* BOX of the command line until it is known */
    bool wanted_named; /* the operator named it: open it, and say when it is not there */
    bool wanted_shell;
    bool leaving; /* the loop ends */
    bool utc, mouse_off;
    bool clipboard_asks; /* programs in a shell may set the clipboard if the operator says so each time */
    int rows, cols;

    int64_t now_ms, wall_ms;    /* taken once a turn of the loop */
    int64_t interrupt_ms;       /* of the last Ctrl-c */
    int64_t leave_key_ms;       /* of the last Ctrl-\ out of a shell */
    struct store_totals totals; /* what the header counts */
    uint64_t totals_of;         /* store.list_version + 1 when it counted; 0: never */
    bool working;               /* a view has background work to go on with: do not sleep */
    bool dirty;                 /* something changed since the last paint */
    bool rows_dirty; /* rows of the shell in the focus did: with nothing else dirty, only those are drawn */
    bool touched;    /* the next paint must send everything */
};

/* What the rules need to say whether a run is quiet, now. */
static inline struct rules_ears app_ears(const struct app *app)
{
    return (struct rules_ears){&app->jobs, app->limits.quiet_ms, app->wall_ms, app->now_ms};
}

void app_init(struct app *app, const struct app_options *options, int rows, int cols);
void app_done(struct app *app);

/* ---- what came from outside ---- */
void app_resize(struct app *app, int rows, int cols);
void app_event(struct app *app, struct event *event); /* takes ownership */
void app_key(struct app *app, struct key key);
void app_mouse(struct app *app, const struct mouse *mouse);
void app_paste(struct app *app, const char *text, size_t len);
void app_focus(struct app *app, bool focused);

/* Whether the picture differs from what was drawn last. */
bool app_needs_paint(const struct app *app);

/* Draws everything, on a blank screen. */
void app_draw(struct app *app, const struct paint *screen);

/* Whether rows of the focused shell are all that changed, and app_draw_rows is enough. */
bool app_needs_rows_only(const struct app *app);

/* Draws these rows over what was drawn last (paint_again). */
void app_draw_rows(struct app *app, const struct paint *screen);

/* When ages on screen will read differently: clock_ms. */
int64_t app_deadline(const struct app *app);

/* Time passed: toasts go, shells retry, views go on with what they do in the background. */
void app_tick(struct app *app);

/* Tells the client what is on screen now. */
void app_watch(struct app *app);

/* ---- for views and overlays ---- */

/* The selected box, NULL when there is none. */
struct store_box *app_box(const struct app *app);

/* Selects a box by id. */
void app_select(struct app *app, const char *id);

/* Carries out an action: overlay, focused pane, app. */
void app_act(struct app *app, enum action action);

/* Whether an action makes sense now (for menus and footer). */
bool app_can(const struct app *app, enum action action);

/* Something changed: panes are laid out anew, the next turn paints. */
void app_changed(struct app *app);

/* Shows a view in its pane and gives it the focus. */
void app_show(struct app *app, enum view_id view);

/* The view in a pane, NULL when the pane shows none. */
struct view *app_pane_view(const struct app *app, enum layout_pane pane);
enum view_id app_pane_view_id(const struct app *app, enum layout_pane pane);

/* Asks the client, noting the request. */
uint64_t app_ask(struct app *app, struct request *request);

/* Short notes at the bottom. */
void app_note(struct app *app, const char *format, ...) __attribute__((format(printf, 2, 3)));
void app_complain(struct app *app, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Copies text out and says where it went. */
void app_copy(struct app *app, const char *text, const char *what);

/* Whether the focused pane is a shell that takes the keys. */
bool app_shell_live(const struct app *app);

/* The shape the cursor should have: what the program in a live shell wants, else the operator's own. */
enum cursor_shape app_cursor_shape(const struct app *app);

/* Whether an action is about the selected box (and belongs in its menu). */
bool app_is_about_box(enum action action);

/* The ssh command that opens a box from any terminal. The caller frees it. */
char *app_ssh_command(const struct app *app, const char *box_id);
