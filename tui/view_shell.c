/*
 * The shell of the selected box. While it is live every key but one goes to the box; left, it is a picture.
 * Whoever scrolls back, searches or selects is in copy mode (copypane.h).
 */
#include "client/base/mem.h"
#include "tui/app.h"
#include "tui/copypane.h"
#include "tui/format.h"
#include "tui/forward_list.h"
#include "tui/shell_life.h"
#include "tui/shell_paste.h"
#include "tui/views.h"
#include "widgets/terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LEAVE_TWICE_MS = 500,
    TYPING_MS = 3000,  /* whoever typed ahead so lately is typing still */
    REFUSED_MS = 1000, /* after a shell was refused: what is typed then was meant for it */
};

struct view_shell {
    struct view view;
    bool live;                /* the operator types into it, when it is open */
    bool on_its_way;          /* it was, when this was last looked at */
    int64_t typed_ms;         /* clock_ms of the last key that was typed ahead */
    int64_t refused_until_ms; /* clock_ms; it did not come about under the operator's fingers */
    int rows, cols;           /* of the pane */
    struct copypane copy;
};

static struct view_shell *of(struct view *view)
{
    return (struct view_shell *)view;
}

static struct shell_entry *entry_of(const struct view *view)
{
    return shells_find(&view->app->shells, view->app->selected);
}

static struct shell *open_shell(const struct view *view)
{
    struct shell_entry *entry = entry_of(view);
    return entry != NULL && entry->shell != NULL && shell_entry_phase(entry) == SHELL_OPEN ? entry->shell
                                                                                           : NULL;
}

bool view_shell_is_live(const struct view *view)
{
    const struct view_shell *own = (const struct view_shell *)view;
    return own->live && open_shell(view) != NULL && !copypane_active(&own->copy);
}

bool view_shell_is_full(const struct view *view)
{
    const struct shell_entry *entry = entry_of(view);
    return ((const struct view_shell *)view)->live && entry != NULL &&
           (shell_entry_active(entry) || shell_life_hold(view->app, entry) != SHELL_HOLD_NONE);
}

void view_shell_enter(struct view *view)
{
    of(view)->live = true;
    copypane_end(&of(view)->copy);
}

bool view_shell_is_copying(const struct view *view)
{
    return copypane_active(&((const struct view_shell *)view)->copy);
}

/* Whoever types ahead does not see at once that there is no shell to type into. */
static void note_refusal(struct view_shell *own)
{
    const struct shell_entry *entry = entry_of(&own->view);
    bool on_its_way = own->live && entry != NULL && shell_entry_active(entry);
    int64_t now_ms = own->view.app->now_ms;
    if (own->on_its_way && own->live && entry != NULL && shell_entry_phase(entry) == SHELL_FAILED &&
        own->typed_ms != 0 && now_ms - own->typed_ms < TYPING_MS)
        own->refused_until_ms = now_ms + REFUSED_MS;
    own->on_its_way = on_its_way;
}

bool view_shell_tick(struct view *view)
{
    note_refusal(of(view));
    return copypane_tick(&of(view)->copy);
}

int64_t view_shell_deadline(const struct view *view)
{
    return copypane_deadline(&((const struct view_shell *)view)->copy);
}

bool view_shell_busy(const struct view *view)
{
    return copypane_busy(&((const struct view_shell *)view)->copy);
}

void view_shell_size(const struct view *view, int *rows, int *cols)
{
    const struct view_shell *own = (const struct view_shell *)view;
    *rows = own->rows > 0 ? own->rows : view->app->rows - 1;
    *cols = own->cols > 1 ? own->cols : view->app->cols;
}

/* ---- drawing ---- */

static const struct cell *row_of(void *context, int row)
{
    return shell_row(context, row);
}

static bool is_fresh(void *context, int row)
{
    return shell_row_is_fresh(context, row);
}

/* One that never opened has nothing to show but why. */
static bool has_picture(const struct shell_entry *entry)
{
    if (entry->shell == NULL || shell_screen(entry->shell)->rows == 0)
        return false;
    enum shell_phase phase = shell_phase(entry->shell);
    return entry->pictured || phase == SHELL_OPEN || phase == SHELL_CLOSED;
}

static void shell_draw(struct view *view, const struct paint *paint, bool focused)
{
    struct shell_entry *entry = entry_of(view);
    if (entry == NULL) {
        char keys[32];
        keymap_label(&view->app->keymap, ACTION_SHELL, keys, sizeof keys);
        paint_format(paint, 0, 1, paint->cols - 1, ROLE_DIM, "No shell is open in this box: %s opens one",
                     keys);
        return;
    }
    if (!has_picture(entry)) {
        shell_life_draw_status(view->app, entry, paint);
        return;
    }
    if (copypane_shown(&of(view)->copy)) {
        copypane_draw(&of(view)->copy, paint, focused && view->app->overlays == NULL);
        shell_entry_seen(entry);
        return;
    }
    int banner = shell_life_banner_rows(view->app, entry, paint->rows);
    struct terminal_source source = {
        .ctx = entry->shell, .state = shell_screen(entry->shell), .row = row_of, .fresh = is_fresh};
    struct paint picture = paint_within(paint, (struct rect){0, 0, paint->rows - banner, paint->cols});
    struct paint lines =
        paint_over(paint, (struct rect){paint->rows - banner, 0, banner, paint->cols}, ROLE_BANNER);
    terminal_draw(&picture, &source, focused && of(view)->live && banner == 0 && view->app->overlays == NULL);
    if (banner > 0)
        shell_life_draw_banner(view->app, entry, of(view)->live, &lines);
    shell_entry_seen(entry);
}

static void shell_title(struct view *view, struct view_title *title)
{
    const struct shell_entry *entry = entry_of(view);
    if (entry == NULL)
        return;
    char keys[24], up[16] = "", marks[40];
    const struct screen_state *state = entry->shell != NULL ? shell_screen(entry->shell) : NULL;
    if (entry->opened_ms > 0)
        format_age(up, sizeof up, view->app->now_ms - entry->opened_ms);
    shell_life_marks(entry, marks, sizeof marks);
    /* The id stands beside the name: names repeat, and two of them may look alike. */
    const struct store_box *box = store_find(&view->app->store, entry->box_id);
    const char *called = box != NULL && box->box.name != NULL ? box->box.name : "";
    const char *says = state != NULL ? state->title : "";
    snprintf(title->bottom, sizeof title->bottom, "%.*s%s%.40s%s%.*s", format_cut(called, 30), called,
             called[0] != '\0' ? "  " : "", entry->box_id, says[0] != '\0' ? ": " : "", format_cut(says, 40),
             says);
    bool live = of(view)->live;
    keymap_label(&view->app->keymap, live ? ACTION_SHELL_LEAVE : ACTION_SHELL_ENTER, keys, sizeof keys);
    if (copypane_active(&of(view)->copy))
        copypane_title(&of(view)->copy, title->right, sizeof title->right);
    else if (shell_entry_phase(entry) == SHELL_OPEN)
        snprintf(title->right, sizeof title->right, "%sup %s  %s %s", marks, up, keys,
                 live ? "leaves" : "types again");
}

/* ---- input ---- */

static bool leave(struct view_shell *own, struct shell *shell, struct key key)
{
    struct app *app = own->view.app;
    bool twice = app->leave_key_ms != 0 && app->now_ms - app->leave_key_ms < LEAVE_TWICE_MS;
    app->leave_key_ms = twice ? 0 : app->now_ms;
    if (own->live) {
        own->live = false;
        return true;
    }
    if (!twice)
        return false;
    shell_key(shell, key);
    own->live = true;
    return true;
}

/* Keys on the way into a shell are meant for it, never for boxtop: they wait, but for the one that leaves and
 * Ctrl-c, which gives up. */
static bool type_ahead(struct view_shell *own, struct key key)
{
    struct shell_entry *entry = entry_of(&own->view);
    struct app *app = own->view.app;
    bool full = view_shell_is_full(&own->view);
    if (!own->live || (!full && app->now_ms >= own->refused_until_ms))
        return false;
    if (keymap_find(&app->keymap, WHERE_SHELL, key) == ACTION_SHELL_LEAVE) {
        own->live = false;
        return true;
    }
    own->typed_ms = app->now_ms;
    if (!full)
        return true;
    if (key.code == 'c' && key.mods == KEY_CTRL) {
        own->live = entry->pictured;
        shells_give_up(&app->shells, entry);
        app_note(app, "The connection was given up");
        return true;
    }
    if (entry->returning)
        shell_life_key(app, entry, key);
    else if (!shell_entry_type_ahead(entry, key))
        app_complain(app, "Too much was typed before the shell was open: the rest is dropped");
    return true;
}

/* Keys meant for a box that cannot be reached must do nothing else. */
static bool on_hold(struct view_shell *own, struct key key)
{
    struct app *app = own->view.app;
    if (keymap_find(&app->keymap, WHERE_SHELL, key) == ACTION_SHELL_LEAVE)
        own->live = false;
    else
        shell_life_key(app, entry_of(&own->view), key);
    return true;
}

/* A copy mode begun from a live shell stays in its place. False: there is nothing to copy from. */
static bool begin_copy(struct view_shell *own, enum action first, bool passing)
{
    struct shell_entry *entry = entry_of(&own->view);
    if (entry == NULL || !has_picture(entry))
        return false;
    copypane_begin(&own->copy, entry, first, passing);
    return true;
}

/* A full-screen program, or one that has the mouse, scrolls by itself. */
static bool scrolls_back(const struct view_shell *own, const struct shell *shell, struct key key)
{
    const struct screen_state *state = shell_screen(shell);
    return keymap_find(&own->view.app->keymap, WHERE_SHELL, key) == ACTION_SHELL_SCROLL &&
           !state->alternate && state->mouse == MOUSE_MODE_OFF;
}

/* What copy mode has no use for is dropped, but for what moves about in boxtop: a letter typed too much must
 * not do something else. */
static bool copy_key(struct view_shell *own, struct key key)
{
    static const enum action passing[] = {
        ACTION_NEXT_PANE, ACTION_PREVIOUS_PANE, ACTION_ZOOM,  ACTION_PALETTE,
        ACTION_REDRAW,    ACTION_SUSPEND,       ACTION_MOUSE, ACTION_CLOCK,
    };
    const struct keymap *keymap = &own->view.app->keymap;
    enum action shell = keymap_find(keymap, WHERE_SHELL, key), action = keymap_find(keymap, WHERE_COPY, key);
    if (shell == ACTION_SHELL_LEAVE) {
        copypane_cancel(&own->copy);
        own->live = false;
        return true;
    }
    if (copypane_hold(&own->copy, key) || copypane_key(&own->copy, key))
        return true;
    if (shell == ACTION_SHELL_SCROLL)
        action = ACTION_PAGE_UP;
    if (copypane_act(&own->copy, action))
        return true;
    if (shell == ACTION_SHELL_ENTER) {
        view_shell_enter(&own->view);
        return true;
    }
    for (size_t i = 0; i < sizeof passing / sizeof passing[0]; i++)
        if (passing[i] == action)
            return false;
    return true;
}

bool view_shell_types(struct view *view, struct key key)
{
    struct view_shell *own = of(view);
    struct shell *shell = open_shell(view);
    if (!own->live || shell == NULL || copypane_active(&own->copy) || scrolls_back(own, shell, key) ||
        shell_life_hold(view->app, entry_of(view)) != SHELL_HOLD_NONE ||
        keymap_find(&view->app->keymap, WHERE_SHELL, key) == ACTION_SHELL_LEAVE)
        return false;
    shell_key(shell, key);
    return true;
}

static bool shell_view_key(struct view *view, struct key key)
{
    struct view_shell *own = of(view);
    struct shell *shell = open_shell(view);
    if (copypane_active(&own->copy))
        return copy_key(own, key);
    if (own->live && shell_life_hold(view->app, entry_of(view)) != SHELL_HOLD_NONE)
        return on_hold(own, key);
    if (shell == NULL)
        return type_ahead(own, key);
    if (keymap_find(&view->app->keymap, WHERE_SHELL, key) == ACTION_SHELL_LEAVE)
        return leave(own, shell, key);
    if (!own->live)
        return false;
    if (scrolls_back(own, shell, key))
        begin_copy(own, ACTION_PAGE_UP, true);
    else
        shell_key(shell, key);
    return true;
}

/* Goes back into the shell; one that ended or is on hold is connected or resumed first. */
static void enter(struct view *view)
{
    struct app *app = view->app;
    struct shell_entry *entry = entry_of(view);
    if (shell_life_hold(app, entry) != SHELL_HOLD_NONE)
        shell_life_go_on(app, entry);
    else if (entry == NULL || !shell_entry_active(entry))
        app_act(app, ACTION_SHELL);
    view_shell_enter(view);
}

/* In a shell that was left, whatever goes up begins copy mode; down there is nothing. */
static bool act_move(struct view *view, enum action action)
{
    struct view_shell *own = of(view);
    switch (action) {
    case ACTION_UP:
    case ACTION_PAGE_UP:
    case ACTION_HALF_UP:
    case ACTION_TOP:
        return begin_copy(own, action, true);
    default:
        return view_move_of(action) != MOVE_NONE;
    }
}

static bool shell_act(struct view *view, enum action action)
{
    struct shell_entry *entry = entry_of(view);
    if (copypane_act(&of(view)->copy, action))
        return true;
    switch (action) {
    case ACTION_COPY_MODE:
        if (!begin_copy(of(view), ACTION_NONE, false))
            app_note(view->app, "There is no shell to copy from");
        return true;
    case ACTION_SHELL_SCROLL:
        return act_move(view, ACTION_PAGE_UP);
    case ACTION_SHELL_ENTER:
    case ACTION_ENTER:
        enter(view);
        return true;
    case ACTION_SHELL_LEAVE:
        return true;
    case ACTION_FORWARD:
        forward_list_open(view->app);
        return true;
    case ACTION_RECORD:
        shell_life_record(view->app, entry);
        return true;
    case ACTION_SHELL_CLOSE:
        if (entry != NULL)
            shells_close(&view->app->shells, entry->box_id);
        of(view)->live = false;
        return true;
    default:
        return act_move(view, action);
    }
}

/* A program that asked for the mouse has it while the shell is live, but for a drag with Alt. The wheel moves
 * in a full-screen program that did not ask. */
static bool is_for_program(const struct view_shell *own, const struct shell *shell, const struct mouse *mouse)
{
    const struct screen_state *state = shell_screen(shell);
    bool wheel = mouse->kind == MOUSE_WHEEL_UP || mouse->kind == MOUSE_WHEEL_DOWN;
    if (!own->live || copypane_active(&own->copy) || (mouse->mods & KEY_ALT) != 0)
        return false;
    return state->mouse != MOUSE_MODE_OFF || (wheel && state->alternate);
}

static int clamp(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

/* A program sees a drag that leaves the pane at its edge, and always its end. */
static bool shell_view_mouse(struct view *view, const struct mouse *mouse)
{
    struct view_shell *own = of(view);
    struct shell_entry *entry = entry_of(view);
    struct shell *shell = open_shell(view);
    if (entry == NULL || !has_picture(entry))
        return false;
    if (shell != NULL && is_for_program(own, shell, mouse)) {
        shell_mouse(shell, &(struct mouse){.kind = mouse->kind,
                                           .button = mouse->button,
                                           .mods = mouse->mods,
                                           .row = clamp(mouse->row, 0, own->rows - 1),
                                           .col = clamp(mouse->col, 0, own->cols - 1)});
        return true;
    }
    if (copypane_mouse(&own->copy, entry, mouse))
        return true;
    if (shell == NULL || mouse->kind != MOUSE_PRESS || mouse->button != 1)
        return false;
    view_shell_enter(view);
    return true;
}

static bool shell_view_paste(struct view *view, const char *text, size_t len)
{
    struct shell *shell = open_shell(view);
    if (!of(view)->live)
        return false;
    if (shell == NULL || shell_life_hold(view->app, entry_of(view)) != SHELL_HOLD_NONE)
        app_complain(view->app, "Nothing was pasted: the shell is not open");
    else
        shell_paste_into(view->app, shell, text, len);
    return true;
}

/* ---- the pane ---- */

/* A shell keeps the size it was typed into while the operator looks at it in a smaller pane: a box that is
 * told a new size at every glance redraws for nothing. */
static void shell_placed(struct view *view, int rows, int cols, bool focused)
{
    struct view_shell *own = of(view);
    struct shell_entry *entry = entry_of(view);
    (void)focused;
    own->rows = rows;
    own->cols = cols;
    copypane_size(&own->copy, rows, cols);
    bool keep = copypane_active(&own->copy) ||
                (!own->live && view->app->layout.kind != LAYOUT_WIDE && open_shell(view) != NULL);
    if (entry == NULL || keep || (entry->rows == rows && entry->cols == cols))
        return;
    entry->rows = rows;
    entry->cols = cols;
    if (entry->shell != NULL)
        shell_resize(entry->shell, cols, rows);
}

static void shell_selected(struct view *view)
{
    of(view)->live = false;
    copypane_cancel(&of(view)->copy);
}

static void shell_view_free(struct view *view)
{
    copypane_done(&of(view)->copy);
    free(view);
}

static const struct view_class shell_class = {
    .name = "Terminal",
    .where = WHERE_SHELL,
    .draw = shell_draw,
    .title = shell_title,
    .key = shell_view_key,
    .act = shell_act,
    .mouse = shell_view_mouse,
    .paste = shell_view_paste,
    .selected = shell_selected,
    .placed = shell_placed,
    .free = shell_view_free,
};

struct view *view_shell_new(struct app *app)
{
    struct view_shell *own = mem_zalloc(1, sizeof *own);
    own->view = (struct view){&shell_class, app};
    copypane_init(&own->copy, app);
    return &own->view;
}
