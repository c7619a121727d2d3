#include "tui/forward_list.h"

#include "client/base/mem.h"
#include "tui/app.h"
#include "tui/format.h"
#include "widgets/form.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIST_COLS = 92, FRAME = 2, SUMMARY = 1, PORT_DIGITS = 5, PORT_MOST = 65535 };

/* ---- the form ---- */

enum field { FIELD_REMOTE, FIELD_LOCAL };

struct forward_form {
    struct overlay overlay;
    struct form form;
    char *box_id;
};

/* A port number, 0 for "" and what is none. */
static int port_of(const char *text)
{
    char *end;
    long port = strtol(text, &end, 10);
    return *text != '\0' && *end == '\0' && port > 0 && port <= PORT_MOST ? (int)port : 0;
}

static bool check_remote(void *context, const char *value, char *note)
{
    (void)context;
    if (port_of(value) > 0)
        return true;
    snprintf(note, FORM_NOTE, "a port, 1 to %d", PORT_MOST);
    return false;
}

static bool check_local(void *context, const char *value, char *note)
{
    return value[0] == '\0' || check_remote(context, value, note);
}

static bool open_forward(struct forward_form *own)
{
    struct app *app = own->overlay.app;
    struct shell_entry *entry = shells_find(&app->shells, own->box_id);
    struct err err;
    int remote = port_of(form_value(&own->form, FIELD_REMOTE));
    int local = port_of(form_value(&own->form, FIELD_LOCAL));
    if (entry == NULL) {
        app_complain(app, "The shell in %s was ended: nothing is forwarded", own->box_id);
        return true;
    }
    if (!forwards_open(&entry->forwards, (uint16_t)local, (uint16_t)remote, &err)) {
        app_complain(app, "%s", err.text);
        return false; /* the numbers stay, to be changed */
    }
    app_note(app, "127.0.0.1:%u goes to port %d of %s",
             entry->forwards.ports[entry->forwards.count - 1].local, remote, own->box_id);
    return true;
}

static bool form_end(struct forward_form *own, unsigned result)
{
    own->overlay.app->dirty = true;
    if ((result & WIDGET_CANCELLED) != 0)
        return true;
    if ((result & WIDGET_DONE) == 0)
        return false;
    return own->form.pressed == 0 || open_forward(own);
}

static void form_overlay_draw(struct overlay *overlay, const struct paint *screen, struct rect body)
{
    struct paint inside = paint_within(screen, body);
    form_draw(&((struct forward_form *)overlay)->form, &inside);
}

static bool form_overlay_key(struct overlay *overlay, struct key key)
{
    struct forward_form *own = (struct forward_form *)overlay;
    return form_end(own, form_key(&own->form, key));
}

static bool form_overlay_paste(struct overlay *overlay, const char *text, size_t len)
{
    struct forward_form *own = (struct forward_form *)overlay;
    return form_end(own, form_paste(&own->form, text, len));
}

static void form_overlay_free(struct overlay *overlay)
{
    struct forward_form *own = (struct forward_form *)overlay;
    form_done(&own->form);
    free(own->box_id);
    free(own);
}

static const struct overlay_class form_class = {form_overlay_draw, form_overlay_key, form_overlay_paste,
                                                form_overlay_free};

static void ask_ports(struct app *app, const char *box_id)
{
    struct forward_form *own = mem_zalloc(1, sizeof *own);
    own->overlay.class = &form_class;
    own->box_id = mem_dup(box_id);
    form_init(&own->form, "Forward a port");
    form_text(&own->form, "Port in the box", "", PORT_DIGITS, "of the box's 127.0.0.1");
    form_text(&own->form, "Port here", "", PORT_DIGITS, "of this machine's 127.0.0.1; empty: any free one");
    form_set_check(&own->form, FIELD_REMOTE, check_remote, NULL);
    form_set_check(&own->form, FIELD_LOCAL, check_local, NULL);
    form_button(&own->form, "Cancel");
    form_button(&own->form, "Forward");
    overlay_push(app, &own->overlay);
}

/* ---- the list ---- */

struct forward_list {
    struct overlay overlay;
    char *box_id;
    size_t selected;
};

static struct forwards *forwards_of(const struct forward_list *list)
{
    struct shell_entry *entry = shells_find(&list->overlay.app->shells, list->box_id);
    return entry != NULL ? &entry->forwards : NULL;
}

/* What went wrong with connections of a port; "" when nothing did. */
static void say_errors(const struct shell_forward_sum *sum, char *out, size_t size)
{
    size_t len = 0;
    out[0] = '\0';
    if (sum->refused > 0)
        len = (size_t)snprintf(out, size, "  %llu refused", (unsigned long long)sum->refused);
    if (sum->timed_out > 0)
        snprintf(out + len, size - len, "  %llu not answered", (unsigned long long)sum->timed_out);
}

static void draw_port(const struct paint *inside, size_t index, bool selected,
                      const struct forward_port *port, const struct shell *shell)
{
    char up[16], down[16], errors[64];
    struct rect line = {(int)index, 0, 1, inside->cols};
    struct paint row = selected ? paint_over(inside, line, ROLE_SELECTION) : paint_within(inside, line);
    struct shell_forward_sum sum = {0};
    if (shell != NULL)
        shell_forward_sum(shell, port->local, &sum);
    say_errors(&sum, errors, sizeof errors);
    format_bytes(up, sizeof up, (int64_t)sum.up);
    format_bytes(down, sizeof down, (int64_t)sum.down);
    int used = paint_format(&row, 0, 1, row.cols - 1, ROLE_TEXT,
                            "127.0.0.1:%-5u to %-5u  %zu open, %llu so far  sent %s  got %s", port->local,
                            port->remote, sum.open, (unsigned long long)port->taken, up, down);
    paint_text(&row, 0, 1 + used, row.cols - 1 - used, ROLE_WARN, errors);
}

/* Whether connections are taken now. */
static const char *say_state(const struct shell_entry *entry)
{
    if (entry->shell == NULL || shell_entry_phase(entry) != SHELL_OPEN)
        return "The shell is not open: connections wait";
    if (shell_forwards(entry->shell) == SHELL_FORWARDS_MAX)
        return "As many connections as go through one shell: more of them wait";
    return "Connections are taken";
}

static void list_draw(struct overlay *overlay, const struct paint *screen, struct rect body)
{
    struct forward_list *list = (struct forward_list *)overlay;
    const struct shell_entry *entry = shells_find(&overlay->app->shells, list->box_id);
    size_t count = entry != NULL ? entry->forwards.count : 0;
    struct rect place = rect_center(body, (int)count + SUMMARY + FRAME, LIST_COLS);
    paint_fill(screen, place, ROLE_TEXT);
    struct frame frame = {.title = "Forwards",
                          .right = list->box_id,
                          .bottom = "n opens another  X closes  Esc leaves",
                          .focused = true};
    struct paint inside = paint_frame(screen, place, &frame);
    for (size_t i = 0; i < count; i++)
        draw_port(&inside, i, i == list->selected, &entry->forwards.ports[i], entry->shell);
    if (entry != NULL)
        paint_text(&inside, (int)count, 1, inside.cols - 1, ROLE_DIM, say_state(entry));
}

static bool list_key(struct overlay *overlay, struct key key)
{
    struct forward_list *list = (struct forward_list *)overlay;
    struct forwards *forwards = forwards_of(list);
    if (forwards == NULL || key.code == KEY_NAME_ESCAPE || key.code == 'q')
        return true;
    if (key.code == 'n' || key.code == 'a')
        ask_ports(overlay->app, list->box_id);
    if (key.code == 'X' && list->selected < forwards->count)
        forwards_close(forwards, list->selected);
    enum widget_move move = widget_move_of(key);
    if (move != MOVE_NONE)
        list->selected = widget_move_by(move, list->selected, forwards->count, FORWARDS_MAX);
    if (list->selected >= forwards->count)
        list->selected = forwards->count > 0 ? forwards->count - 1 : 0;
    return forwards->count == 0;
}

static void list_free(struct overlay *overlay)
{
    struct forward_list *list = (struct forward_list *)overlay;
    free(list->box_id);
    free(list);
}

static const struct overlay_class list_class = {list_draw, list_key, NULL, list_free};

void forward_list_open(struct app *app)
{
    const struct shell_entry *entry = shells_find(&app->shells, app->selected);
    char keys[32];
    keymap_label(&app->keymap, ACTION_SHELL, keys, sizeof keys);
    if (entry == NULL || shell_entry_phase(entry) != SHELL_OPEN) {
        app_complain(app, "A forward goes through a shell of the box, and none is open: %s opens one", keys);
        return;
    }
    if (entry->forwards.count == 0) {
        ask_ports(app, entry->box_id);
        return;
    }
    struct forward_list *list = mem_zalloc(1, sizeof *list);
    list->overlay.class = &list_class;
    list->box_id = mem_dup(entry->box_id);
    overlay_push(app, &list->overlay);
}
