#include "tui/overlay.h"

#include "client/base/mem.h"
#include "tui/app.h"
#include "widgets/dialog.h"
#include "widgets/lineedit.h"
#include "widgets/palette.h"
#include "widgets/wrap.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { PROMPT_MAX = 4096, READ_COLUMNS = 96, HOLD_MS = 400, READ_INDENT = 18 };

/* ---- the stack ---- */

void overlay_push(struct app *app, struct overlay *overlay)
{
    overlay->app = app;
    overlay->below = app->overlays;
    app->overlays = overlay;
    app->dirty = true;
}

void overlay_hold(struct app *app)
{
    app->overlays->held_until_ms = app->now_ms + HOLD_MS;
}

static void overlay_remove(struct app *app, struct overlay *overlay)
{
    for (struct overlay **at = &app->overlays; *at != NULL; at = &(*at)->below)
        if (*at == overlay) {
            *at = overlay->below;
            overlay->class->free(overlay);
            break;
        }
    app->dirty = true;
}

void overlay_pop(struct app *app)
{
    if (app->overlays != NULL)
        overlay_remove(app, app->overlays);
}

/* The answer may put another overlay on top: the one that is over is removed wherever it stands. */
bool overlay_key(struct app *app, struct key key)
{
    struct overlay *top = app->overlays;
    if (top == NULL)
        return false;
    /* Where nothing of it can be seen, nothing is answered but by leaving. */
    if (app->layout.kind == LAYOUT_TINY && key.code != KEY_NAME_ESCAPE)
        return true;
    if (app->now_ms >= top->held_until_ms && top->class->key(top, key))
        overlay_remove(app, top);
    return true;
}

bool overlay_paste(struct app *app, const char *text, size_t len)
{
    struct overlay *top = app->overlays;
    if (top == NULL)
        return false;
    if (app->layout.kind != LAYOUT_TINY && top->class->paste != NULL && top->class->paste(top, text, len))
        overlay_remove(app, top);
    return true;
}

static void draw_from(struct overlay *overlay, const struct paint *screen, struct rect body)
{
    if (overlay == NULL)
        return;
    draw_from(overlay->below, screen, body);
    overlay->class->draw(overlay, screen, body);
}

void overlay_draw(struct app *app, const struct paint *screen, struct rect body)
{
    draw_from(app->overlays, screen, body);
}

void overlay_free_all(struct app *app)
{
    while (app->overlays != NULL)
        overlay_pop(app);
}

/* ---- questions ---- */

struct question {
    struct overlay overlay;
    struct dialog dialog;
    overlay_answer *yes;
    overlay_answer *no;
    void *context; /* owned */
};

static void question_draw(struct overlay *overlay, const struct paint *screen, struct rect body)
{
    struct question *question = (struct question *)overlay;
    struct paint inside = paint_within(screen, body);
    dialog_draw(&question->dialog, &inside);
}

static bool question_end(struct question *question, unsigned result)
{
    if ((result & (WIDGET_DONE | WIDGET_CANCELLED)) == 0)
        return false;
    bool yes = (result & WIDGET_DONE) != 0 && question->dialog.focus > 0;
    overlay_answer *answer = yes ? question->yes : question->no;
    if (answer != NULL)
        answer(question->overlay.app, question->context);
    return true;
}

static bool question_key(struct overlay *overlay, struct key key)
{
    struct question *question = (struct question *)overlay;
    return question_end(question, dialog_key(&question->dialog, key));
}

static bool question_paste(struct overlay *overlay, const char *text, size_t len)
{
    struct question *question = (struct question *)overlay;
    return question_end(question, dialog_paste(&question->dialog, text, len));
}

static void question_free(struct overlay *overlay)
{
    struct question *question = (struct question *)overlay;
    dialog_done(&question->dialog);
    free(question->context);
    free(question);
}

static const struct overlay_class question_class = {question_draw, question_key, question_paste,
                                                    question_free};

static struct question *question_new(const char *title, const char *text, overlay_answer *yes,
                                     overlay_answer *no, void *context)
{
    struct question *question = mem_zalloc(1, sizeof *question);
    question->overlay.class = &question_class;
    question->yes = yes;
    question->no = no;
    question->context = context;
    dialog_init(&question->dialog, title, text);
    return question;
}

void overlay_ask(struct app *app, const char *title, const char *text, const char *button, bool danger,
                 overlay_answer *yes, overlay_answer *no, void *context)
{
    struct question *question = question_new(title, text, yes, no, context);
    dialog_button(&question->dialog, "Cancel", 'n', false);
    dialog_button(&question->dialog, button, danger ? 0 : 'y', danger);
    overlay_push(app, &question->overlay);
}

void overlay_ask_typed(struct app *app, const char *title, const char *text, const char *word,
                       const char *button, overlay_answer *yes, overlay_answer *no, void *context)
{
    struct question *question = question_new(title, text, yes, no, context);
    dialog_button(&question->dialog, "Cancel", 0, false);
    dialog_button(&question->dialog, button, 0, true);
    dialog_require(&question->dialog, word);
    overlay_push(app, &question->overlay);
}

/* ---- a line of input in the last row ---- */

struct prompt {
    struct overlay overlay;
    char *label;
    struct lineedit edit;
    overlay_text_answer *changed;
    overlay_text_answer *done;
    void *context; /* owned */
};

static void prompt_draw(struct overlay *overlay, const struct paint *screen, struct rect body)
{
    struct prompt *prompt = (struct prompt *)overlay;
    (void)body;
    struct rect line = {screen->rows - 1, 0, 1, screen->cols};
    paint_fill(screen, line, ROLE_FIELD_FOCUSED);
    int used = paint_text(screen, line.row, 0, screen->cols, ROLE_KEY, prompt->label);
    struct rect rest = {line.row, used + 1, 1, screen->cols - used - 1};
    struct paint field = paint_over(screen, rest, ROLE_FIELD_FOCUSED);
    lineedit_draw(&prompt->edit, &field, true);
}

static bool prompt_end(struct prompt *prompt, unsigned result)
{
    struct app *app = prompt->overlay.app;
    const char *text = lineedit_text(&prompt->edit);
    if ((result & WIDGET_DONE) != 0) {
        prompt->done(app, prompt->context, text);
        return true;
    }
    if ((result & WIDGET_CANCELLED) != 0) {
        prompt->done(app, prompt->context, NULL);
        return true;
    }
    if ((result & WIDGET_REDRAW) != 0 && prompt->changed != NULL)
        prompt->changed(app, prompt->context, text);
    return false;
}

static bool prompt_key(struct overlay *overlay, struct key key)
{
    struct prompt *prompt = (struct prompt *)overlay;
    return prompt_end(prompt, lineedit_key(&prompt->edit, key));
}

static bool prompt_paste(struct overlay *overlay, const char *text, size_t len)
{
    struct prompt *prompt = (struct prompt *)overlay;
    return prompt_end(prompt, lineedit_paste(&prompt->edit, text, len));
}

static void prompt_free(struct overlay *overlay)
{
    struct prompt *prompt = (struct prompt *)overlay;
    lineedit_done(&prompt->edit);
    free(prompt->label);
    free(prompt->context);
    free(prompt);
}

static const struct overlay_class prompt_class = {prompt_draw, prompt_key, prompt_paste, prompt_free};

void overlay_prompt(struct app *app, const char *label, const char *initial, bool hidden,
                    overlay_text_answer *changed, overlay_text_answer *done, void *context)
{
    struct prompt *prompt = mem_zalloc(1, sizeof *prompt);
    prompt->overlay.class = &prompt_class;
    prompt->label = mem_dup(label);
    prompt->changed = changed;
    prompt->done = done;
    prompt->context = context;
    lineedit_init(&prompt->edit, PROMPT_MAX, hidden);
    lineedit_set(&prompt->edit, initial != NULL ? initial : "");
    overlay_push(app, &prompt->overlay);
}

void overlay_prompt_history(struct app *app, char *const *lines, size_t count)
{
    assert(app->overlays != NULL && app->overlays->class == &prompt_class);
    struct prompt *prompt = (struct prompt *)app->overlays;
    for (size_t i = 0; i < count; i++)
        lineedit_remember(&prompt->edit, lines[i]);
}

/* ---- text to read ---- */

struct reader {
    struct overlay overlay;
    char *title;
    char *text;
    size_t top;     /* first row shown */
    size_t rows;    /* of the text, as last drawn */
    size_t visible; /* of them, as last drawn */
};

/* Draws one line from row `row` of the text on, and returns how many rows it takes. A TAB stands for the
 * column where what follows it starts, so that what is wrapped stays below its own. */
static size_t draw_line(const struct paint *inside, const char *line, size_t len, size_t row, size_t top)
{
    bool heading = len > 0 && line[0] == '#';
    const char *tab = memchr(line, '\t', len);
    size_t lead = tab != NULL ? (size_t)(tab - line) : 0, skip = tab != NULL ? lead + 1 : heading ? 1 : 0;
    int indent = tab != NULL ? READ_INDENT : 0;
    struct style style = theme_style(inside->theme, heading ? ROLE_TITLE : ROLE_TEXT);
    if (tab != NULL && row >= top && row < top + (size_t)inside->rows)
        paint_styled(inside, (int)(row - top), 1, indent - 2, theme_style(inside->theme, ROLE_KEY), line,
                     lead);
    struct wrap_row part;
    size_t columns = inside->cols > indent ? (size_t)(inside->cols - indent) : 1, drawn = 0;
    for (size_t at = 0; wrap_words(line + skip, len - skip, columns, &at, &part); drawn++)
        if (row + drawn >= top && row + drawn < top + (size_t)inside->rows)
            paint_styled(inside, (int)(row + drawn - top), indent, inside->cols - indent, style,
                         line + skip + part.start, part.len);
    return drawn > 0 ? drawn : 1;
}

static void reader_draw(struct overlay *overlay, const struct paint *screen, struct rect body)
{
    struct reader *reader = (struct reader *)overlay;
    struct rect place = rect_center(body, body.rows, READ_COLUMNS);
    struct paint back = paint_over(screen, place, ROLE_TEXT);
    (void)back;
    struct frame frame = {.title = reader->title, .bottom = "Esc closes", .focused = true};
    struct paint inside = paint_frame(screen, place, &frame);
    size_t row = 0;
    for (const char *at = reader->text; *at != '\0';) {
        size_t len = strcspn(at, "\n");
        row += draw_line(&inside, at, len, row, reader->top);
        at += len + (at[len] == '\n');
    }
    reader->rows = row;
    reader->visible = inside.rows > 0 ? (size_t)inside.rows : 1;
    paint_scroll(screen, place, true, reader->top, reader->visible, reader->rows);
}

static bool reader_key(struct overlay *overlay, struct key key)
{
    struct reader *reader = (struct reader *)overlay;
    if (key.code == KEY_NAME_ESCAPE || key.code == 'q' || key.code == '?' || key.code == KEY_NAME_ENTER)
        return true;
    size_t last = reader->rows > reader->visible ? reader->rows - reader->visible : 0;
    enum widget_move move = widget_move_of(key);
    if (move == MOVE_LAST)
        reader->top = last;
    else if (move != MOVE_NONE)
        reader->top = widget_move_by(move, reader->top, last + 1, reader->visible);
    reader->overlay.app->dirty = true;
    return false;
}

static void reader_free(struct overlay *overlay)
{
    struct reader *reader = (struct reader *)overlay;
    free(reader->title);
    free(reader->text);
    free(reader);
}

static const struct overlay_class reader_class = {reader_draw, reader_key, NULL, reader_free};

void overlay_read(struct app *app, const char *title, const char *text)
{
    struct reader *reader = mem_zalloc(1, sizeof *reader);
    reader->overlay.class = &reader_class;
    reader->title = mem_dup(title);
    reader->text = mem_dup(text);
    overlay_push(app, &reader->overlay);
}

/* ---- the menu of actions ---- */

struct menu {
    struct overlay overlay;
    struct palette palette;
    char *box_id; /* the box it was opened on, NULL for none */
};

static void menu_draw(struct overlay *overlay, const struct paint *screen, struct rect body)
{
    struct menu *menu = (struct menu *)overlay;
    struct paint inside = paint_within(screen, body);
    palette_draw(&menu->palette, &inside);
}

/* The box under the cursor may have changed since the menu was opened: the action is for the one it was
 * opened on. */
static void menu_pick(struct menu *menu, int action)
{
    struct app *app = menu->overlay.app;
    if (menu->box_id != NULL && store_find(&app->store, menu->box_id) == NULL) {
        app_complain(app, "Box %s is not there any more", menu->box_id);
        return;
    }
    if (menu->box_id != NULL)
        app_select(app, menu->box_id);
    app_act(app, (enum action)action);
}

/* The action runs after the menu is off the stack, so that what it puts up stays on top. */
static bool menu_end(struct menu *menu, unsigned result)
{
    struct app *app = menu->overlay.app;
    app->dirty = true;
    if ((result & WIDGET_DONE) != 0) {
        int action = palette_selected(&menu->palette);
        if (action < 0) {
            app_complain(app, "There is no action \"%s\"", palette_typed(&menu->palette));
            return true;
        }
        menu_pick(menu, action);
        return true;
    }
    return (result & WIDGET_CANCELLED) != 0;
}

static bool menu_key(struct overlay *overlay, struct key key)
{
    struct menu *menu = (struct menu *)overlay;
    return menu_end(menu, palette_key(&menu->palette, key));
}

static bool menu_paste(struct overlay *overlay, const char *text, size_t len)
{
    struct menu *menu = (struct menu *)overlay;
    return menu_end(menu, palette_paste(&menu->palette, text, len));
}

static void menu_free(struct overlay *overlay)
{
    struct menu *menu = (struct menu *)overlay;
    palette_done(&menu->palette);
    free(menu->box_id);
    free(menu);
}

static const struct overlay_class menu_class = {menu_draw, menu_key, menu_paste, menu_free};

/* What moves a cursor is no use in a menu. */
static bool is_movement(enum action action)
{
    return (action >= ACTION_DOWN && action <= ACTION_ENTER) || action == ACTION_PALETTE ||
           action == ACTION_MENU || action == ACTION_CANCEL ||
           (action >= ACTION_PANE_1 && action <= ACTION_PANE_5);
}

void overlay_menu(struct app *app, const char *title, bool only_box)
{
    struct menu *menu = mem_zalloc(1, sizeof *menu);
    menu->overlay.class = &menu_class;
    menu->box_id = mem_dup(app->selected);
    palette_init(&menu->palette, title, false);
    for (enum action action = ACTION_NONE + 1; action < ACTION_COUNT; action++) {
        const struct action_info *info = action_info(action);
        if (is_movement(action) || !app_can(app, action) || (only_box && !app_is_about_box(action)))
            continue;
        char *keys = keymap_labels(&app->keymap, action);
        palette_add(&menu->palette, (int)action, info->name, keys, info->help, 0, info->risk == RISK_LOSS);
        free(keys);
    }
    overlay_push(app, &menu->overlay);
}
