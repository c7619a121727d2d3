#include "widgets/form.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "client/base/mem.h"
#include "client/base/utf8.h"

enum { COLS_WANTED = 76, LABEL_MAX = 24, BUTTON_GAP = 2 };

void form_init(struct form *form, const char *title)
{
    *form = (struct form){.title = mem_dup(title)};
    form->fields = mem_zalloc(FORM_FIELDS, sizeof *form->fields);
}

void form_done(struct form *form)
{
    for (int i = 0; i < form->field_count; i++) {
        struct form_field *field = &form->fields[i];
        free(field->label);
        free(field->help);
        lineedit_done(&field->edit);
        for (int j = 0; j < field->choice_count; j++)
            free(field->choices[j]);
        free(field->choices);
    }
    for (int i = 0; i < form->button_count; i++)
        free(form->buttons[i]);
    free(form->fields);
    free(form->title);
    *form = (struct form){0};
}

/* ---- what it holds ---- */

static struct form_field *add_field(struct form *form, enum form_kind kind, const char *label,
                                    const char *help)
{
    assert(form->field_count < FORM_FIELDS);
    struct form_field *field = &form->fields[form->field_count++];
    *field = (struct form_field){.kind = kind, .label = mem_dup(label), .help = mem_dup(help), .valid = true};
    return field;
}

int form_text(struct form *form, const char *label, const char *value, size_t cap, const char *help)
{
    struct form_field *field = add_field(form, FORM_TEXT, label, help);
    lineedit_init(&field->edit, cap, false);
    if (value != NULL)
        lineedit_set(&field->edit, value);
    return form->field_count - 1;
}

int form_secret(struct form *form, const char *label, size_t cap, const char *help)
{
    struct form_field *field = add_field(form, FORM_SECRET, label, help);
    lineedit_init(&field->edit, cap, true);
    return form->field_count - 1;
}

int form_choice(struct form *form, const char *label, const char *const *choices, int count, int chosen,
                const char *help)
{
    assert(count > 0 && chosen >= 0 && chosen < count);
    struct form_field *field = add_field(form, FORM_CHOICE, label, help);
    field->choices = mem_zalloc((size_t)count, sizeof *field->choices);
    for (int i = 0; i < count; i++)
        field->choices[i] = mem_dup(choices[i]);
    field->choice_count = count;
    field->choice = chosen;
    return form->field_count - 1;
}

int form_switch(struct form *form, const char *label, bool on, const char *help)
{
    struct form_field *field = add_field(form, FORM_SWITCH, label, help);
    field->choice = on ? 1 : 0;
    return form->field_count - 1;
}

int form_button(struct form *form, const char *label)
{
    assert(form->button_count < FORM_BUTTONS);
    form->buttons[form->button_count] = mem_dup(label);
    return form->button_count++;
}

static const char *field_value(const struct form_field *field)
{
    switch (field->kind) {
    case FORM_CHOICE:
        return field->choices[field->choice];
    case FORM_SWITCH:
        return field->choice != 0 ? "on" : "off";
    default:
        return lineedit_text(&field->edit);
    }
}

const char *form_value(const struct form *form, int field)
{
    assert(field >= 0 && field < form->field_count);
    return field_value(&form->fields[field]);
}

bool form_is_on(const struct form *form, int field)
{
    assert(field >= 0 && field < form->field_count && form->fields[field].kind == FORM_SWITCH);
    return form->fields[field].choice != 0;
}

static void check(struct form_field *field)
{
    field->note[0] = '\0';
    field->valid = field->check == NULL || field->check(field->ctx, field_value(field), field->note);
}

void form_set_check(struct form *form, int field, form_check judge, void *ctx)
{
    assert(field >= 0 && field < form->field_count);
    form->fields[field].check = judge;
    form->fields[field].ctx = ctx;
    check(&form->fields[field]);
}

bool form_valid(const struct form *form)
{
    for (int i = 0; i < form->field_count; i++) {
        if (!form->fields[i].valid)
            return false;
    }
    return true;
}

/* ---- keys ---- */

static struct form_field *focused_field(const struct form *form)
{
    return form->focus < form->field_count ? &form->fields[form->focus] : NULL;
}

static unsigned walk(struct form *form, int step)
{
    int all = form->field_count + form->button_count;
    struct form_field *left = focused_field(form);
    if (left != NULL)
        left->touched = true;
    if (all > 0)
        form->focus = (form->focus + all + step) % all;
    return WIDGET_HANDLED | WIDGET_REDRAW;
}

/* Presses a button. The last one needs every field valid; when one is not, the focus goes there. */
static unsigned press(struct form *form, int button)
{
    if (button == form->button_count - 1) {
        for (int i = 0; i < form->field_count; i++) {
            form->fields[i].touched = true;
            if (!form->fields[i].valid) {
                form->focus = i;
                return WIDGET_HANDLED | WIDGET_REDRAW;
            }
        }
    }
    form->pressed = button;
    return WIDGET_HANDLED | WIDGET_REDRAW | WIDGET_DONE;
}

static unsigned change_choice(struct form_field *field, int step)
{
    int count = field->kind == FORM_SWITCH ? 2 : field->choice_count;
    field->choice = (field->choice + count + step) % count;
    field->touched = true;
    check(field);
    return WIDGET_HANDLED | WIDGET_REDRAW;
}

static unsigned field_key(struct form_field *field, struct key key)
{
    if (field->kind == FORM_TEXT || field->kind == FORM_SECRET) {
        unsigned result = lineedit_key(&field->edit, key);
        if ((result & WIDGET_REDRAW) != 0)
            check(field);
        return result & ~(unsigned)(WIDGET_DONE | WIDGET_CANCELLED);
    }
    if (key.mods == 0 && (key.code == KEY_NAME_LEFT || key.code == 'h'))
        return change_choice(field, -1);
    if (key.mods == 0 && (key.code == KEY_NAME_RIGHT || key.code == 'l' || key.code == ' '))
        return change_choice(field, 1);
    return 0;
}

unsigned form_key(struct form *form, struct key key)
{
    bool shift = (key.mods & KEY_SHIFT) != 0;
    struct form_field *field = focused_field(form);
    int button = form->focus - form->field_count;
    if (key.code == KEY_NAME_ESCAPE || key_equal(key, (struct key){'c', KEY_CTRL}))
        return WIDGET_HANDLED | WIDGET_CANCELLED;
    switch (key.code) {
    case KEY_NAME_TAB:
        return walk(form, shift ? -1 : 1);
    case KEY_NAME_UP:
        return walk(form, -1);
    case KEY_NAME_DOWN:
        return walk(form, 1);
    case KEY_NAME_ENTER:
    case KEY_NAME_KP_ENTER:
        return field != NULL ? walk(form, 1) : press(form, button);
    default:
        break;
    }
    if (field != NULL)
        return field_key(field, key) | WIDGET_HANDLED;
    if (key.code == KEY_NAME_LEFT || key.code == KEY_NAME_RIGHT)
        return walk(form, key.code == KEY_NAME_LEFT ? -1 : 1);
    return key.code == ' ' ? press(form, button) : WIDGET_HANDLED;
}

unsigned form_paste(struct form *form, const char *bytes, size_t len)
{
    struct form_field *field = focused_field(form);
    if (field == NULL || (field->kind != FORM_TEXT && field->kind != FORM_SECRET))
        return WIDGET_HANDLED;
    unsigned result = lineedit_paste(&field->edit, bytes, len);
    check(field);
    return result;
}

/* ---- drawing ---- */

static int columns(const char *text)
{
    return (int)utf8_columns(text, strlen(text));
}

static int label_cols(const struct form *form, int room)
{
    int most = 0;
    for (int i = 0; i < form->field_count; i++) {
        int width = columns(form->fields[i].label);
        most = width > most ? width : most;
    }
    most = most > LABEL_MAX ? LABEL_MAX : most;
    return most > room / 2 ? room / 2 : most;
}

static void draw_value(struct form_field *field, const struct paint *p, bool focused)
{
    if (field->kind == FORM_TEXT || field->kind == FORM_SECRET) {
        lineedit_draw(&field->edit, p, focused);
        return;
    }
    enum role role = focused ? ROLE_FIELD_FOCUSED : ROLE_TEXT;
    struct paint value = focused ? paint_over(p, (struct rect){0, 0, 1, p->cols}, role) : *p;
    if (field->kind == FORM_SWITCH) {
        paint_text(&value, 0, 0, p->cols, role, field->choice != 0 ? "[x] on" : "[ ] off");
        return;
    }
    paint_text(&value, 0, 0, 1, focused ? ROLE_KEY : ROLE_DIM, "<");
    int used = paint_text(&value, 0, 2, p->cols - 4, role, field_value(field));
    paint_text(&value, 0, 3 + used, 1, focused ? ROLE_KEY : ROLE_DIM, ">");
    paint_format(&value, 0, 6 + used, p->cols - used - 6, ROLE_DIM, "%d/%d", field->choice + 1,
                 field->choice_count);
}

/* The line below the fields: what is wrong with the focused one, or what it is for. */
static void draw_note(const struct form *form, const struct paint *p)
{
    const struct form_field *field = focused_field(form);
    if (field == NULL)
        return;
    bool fault = !field->valid && field->touched;
    if (fault || (field->note[0] != '\0' && field->valid))
        paint_text(p, 0, 0, p->cols, fault ? ROLE_ERROR : ROLE_INFO, field->note);
    else
        paint_text(p, 0, 0, p->cols, ROLE_DIM, field->help);
}

static void draw_buttons(const struct form *form, const struct paint *p)
{
    int need = 0;
    for (int i = 0; i < form->button_count; i++)
        need += columns(form->buttons[i]) + 4 + (i > 0 ? BUTTON_GAP : 0);
    int col = p->cols > need ? p->cols - need : 0;
    for (int i = 0; i < form->button_count; i++) {
        bool focused = form->focus == form->field_count + i;
        enum role role = focused ? ROLE_BUTTON_FOCUSED : ROLE_BUTTON;
        int width = columns(form->buttons[i]) + 4;
        struct paint face = paint_over(p, (struct rect){0, col, 1, width}, role);
        bool usable = i < form->button_count - 1 || form_valid(form);
        paint_text(&face, 0, 2, width - 2, usable ? role : ROLE_DIM, form->buttons[i]);
        if (focused) {
            paint_text(&face, 0, 0, 1, role, "[");
            paint_text(&face, 0, width - 1, 1, role, "]");
        }
        col += width + BUTTON_GAP;
    }
}

static void draw_field(struct form *form, const struct paint *line, int index, int labels)
{
    struct form_field *field = &form->fields[index];
    bool focused = form->focus == index;
    bool fault = !field->valid && field->touched;
    if (focused)
        paint_text(line, 0, 0, 1, ROLE_ACCENT, ">");
    paint_text(line, 0, 2, labels, focused ? ROLE_STRONG : ROLE_TEXT, field->label);
    if (fault)
        paint_text(line, 0, labels + 3, 1, ROLE_ERROR, "!");
    struct paint value = paint_within(line, (struct rect){0, labels + 5, 1, line->cols - labels - 5});
    draw_value(field, &value, focused);
}

void form_draw(struct form *form, const struct paint *p)
{
    struct rect where =
        rect_center((struct rect){0, 0, p->rows, p->cols}, form->field_count + 6, COLS_WANTED);
    struct paint box = paint_over(p, where, ROLE_TEXT);
    struct frame frame = {.title = form->title, .focused = true};
    struct paint in = paint_frame(&box, (struct rect){0, 0, box.rows, box.cols}, &frame);
    in = paint_within(&in, (struct rect){0, 1, in.rows, in.cols - 2});
    /* Note and buttons keep their rows; blank lines go first when there is little room, then fields scroll.
     */
    int spare = in.rows > form->field_count + 3 ? 1 : 0;
    int room = in.rows - 2 - 2 * spare;
    if (form->focus < form->field_count) {
        if (form->focus < form->scroll)
            form->scroll = form->focus;
        if (room > 0 && form->focus >= form->scroll + room)
            form->scroll = form->focus - room + 1;
    }
    if (form->scroll > form->field_count - room)
        form->scroll = form->field_count > room ? form->field_count - room : 0;
    int labels = label_cols(form, in.cols);
    for (int i = 0; i < room && form->scroll + i < form->field_count; i++) {
        struct paint line = paint_within(&in, (struct rect){i, 0, 1, in.cols});
        draw_field(form, &line, form->scroll + i, labels);
    }
    paint_scroll(&box, (struct rect){0, 0, box.rows, box.cols}, true, (size_t)form->scroll,
                 room > 0 ? (size_t)room : 0, (size_t)form->field_count);
    struct paint note = paint_within(&in, (struct rect){in.rows - 2 - spare, 0, 1, in.cols});
    draw_note(form, &note);
    struct paint buttons = paint_within(&in, (struct rect){in.rows - 1, 0, 1, in.cols});
    draw_buttons(form, &buttons);
}
