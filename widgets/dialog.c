#include "widgets/dialog.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "client/base/mem.h"
#include "client/base/utf8.h"
#include "widgets/wrap.h"

enum { COLS_WANTED = 64, BUTTON_PAD = 2, BUTTON_GAP = 2, WORD_CAP = 256, BODY_ROWS_MAX = 40 };

void dialog_init(struct dialog *dialog, const char *title, const char *body)
{
    *dialog = (struct dialog){.title = mem_dup(title), .body = mem_dup(body)};
}

void dialog_done(struct dialog *dialog)
{
    for (int i = 0; i < dialog->button_count; i++)
        free(dialog->buttons[i].label);
    free(dialog->title);
    free(dialog->body);
    free(dialog->word);
    lineedit_done(&dialog->edit);
    *dialog = (struct dialog){0};
}

int dialog_button(struct dialog *dialog, const char *label, uint32_t key, bool danger)
{
    assert(dialog->button_count < DIALOG_BUTTONS);
    dialog->buttons[dialog->button_count] =
        (struct dialog_button){.label = mem_dup(label), .key = key, .danger = danger};
    return dialog->button_count++;
}

void dialog_require(struct dialog *dialog, const char *word)
{
    assert(dialog->word == NULL);
    dialog->word = mem_dup(word);
    lineedit_init(&dialog->edit, WORD_CAP, false);
}

bool dialog_confirmed(const struct dialog *dialog)
{
    return dialog->word == NULL || strcmp(lineedit_text(&dialog->edit), dialog->word) == 0;
}

/* ---- keys ---- */

/* Presses a button, unless it needs the word first. */
static unsigned press(struct dialog *dialog, int button)
{
    if (button < 0 || button >= dialog->button_count)
        return WIDGET_HANDLED | WIDGET_CANCELLED;
    dialog->focus = button;
    if (dialog->buttons[button].danger && !dialog_confirmed(dialog))
        return WIDGET_HANDLED | WIDGET_REDRAW;
    return WIDGET_HANDLED | WIDGET_REDRAW | WIDGET_DONE;
}

static unsigned walk(struct dialog *dialog, int step)
{
    if (dialog->button_count > 0)
        dialog->focus = (dialog->focus + dialog->button_count + step) % dialog->button_count;
    return WIDGET_HANDLED | WIDGET_REDRAW;
}

static unsigned scroll(struct dialog *dialog, enum widget_move move)
{
    size_t last = dialog->lines > dialog->visible ? dialog->lines - dialog->visible : 0;
    dialog->scroll = widget_move_by(move, dialog->scroll, last + 1, dialog->visible);
    return WIDGET_HANDLED | WIDGET_REDRAW;
}

/* A letter of a button, where letters are not being typed. */
static int button_of(const struct dialog *dialog, struct key key)
{
    for (int i = 0; dialog->word == NULL && key.mods == 0 && i < dialog->button_count; i++) {
        if (dialog->buttons[i].key != 0 && dialog->buttons[i].key == key.code)
            return i;
    }
    return -1;
}

/* The word decides which button Enter presses: the first that needs it as soon as it is right. */
static void follow_word(struct dialog *dialog)
{
    dialog->focus = 0;
    for (int i = 0; dialog_confirmed(dialog) && i < dialog->button_count; i++) {
        if (dialog->buttons[i].danger) {
            dialog->focus = i;
            break;
        }
    }
}

unsigned dialog_key(struct dialog *dialog, struct key key)
{
    if (key.code == KEY_NAME_ESCAPE || key_equal(key, (struct key){'c', KEY_CTRL}))
        return WIDGET_HANDLED | WIDGET_CANCELLED;
    if (key.code == KEY_NAME_ENTER || key.code == KEY_NAME_KP_ENTER)
        return press(dialog, dialog->focus);
    if (key.code == KEY_NAME_TAB)
        return walk(dialog, (key.mods & KEY_SHIFT) != 0 ? -1 : 1);
    int button = button_of(dialog, key);
    if (button >= 0)
        return press(dialog, button);
    if (key.code >= KEY_NAME_BASE && dialog->word == NULL &&
        (key.code == KEY_NAME_LEFT || key.code == KEY_NAME_RIGHT))
        return walk(dialog, key.code == KEY_NAME_LEFT ? -1 : 1);
    bool vertical = key.code == KEY_NAME_UP || key.code == KEY_NAME_DOWN || key.code == KEY_NAME_PAGE_UP ||
                    key.code == KEY_NAME_PAGE_DOWN;
    enum widget_move move = dialog->word == NULL || vertical ? widget_move_of(key) : MOVE_NONE;
    if (move != MOVE_NONE)
        return scroll(dialog, move);
    if (dialog->word == NULL)
        return WIDGET_HANDLED;
    unsigned result = lineedit_key(&dialog->edit, key);
    follow_word(dialog);
    return result | WIDGET_HANDLED;
}

unsigned dialog_paste(struct dialog *dialog, const char *bytes, size_t len)
{
    if (dialog->word == NULL)
        return WIDGET_HANDLED;
    unsigned result = lineedit_paste(&dialog->edit, bytes, len);
    follow_word(dialog);
    return result;
}

/* ---- drawing ---- */

static int button_cols(const struct dialog *dialog, int i, int pad)
{
    return (int)utf8_columns(dialog->buttons[i].label, strlen(dialog->buttons[i].label)) + 2 * pad;
}

static int buttons_cols(const struct dialog *dialog, int pad, int gap)
{
    int sum = 0;
    for (int i = 0; i < dialog->button_count; i++)
        sum += button_cols(dialog, i, pad) + (i > 0 ? gap : 0);
    return sum;
}

static void draw_buttons(const struct dialog *dialog, const struct paint *p)
{
    int pad = BUTTON_PAD, gap = BUTTON_GAP;
    int need = buttons_cols(dialog, pad, gap);
    if (need > p->cols) {
        pad = gap = 1;
        need = buttons_cols(dialog, pad, gap);
    }
    int col = p->cols > need ? p->cols - need : 0;
    for (int i = 0; i < dialog->button_count; i++) {
        const struct dialog_button *button = &dialog->buttons[i];
        bool usable = !button->danger || dialog_confirmed(dialog);
        bool focused = i == dialog->focus && usable;
        enum role role = focused ? ROLE_BUTTON_FOCUSED : ROLE_BUTTON;
        int width = button_cols(dialog, i, pad);
        struct paint face = paint_over(p, (struct rect){0, col, 1, width}, role);
        enum role text = !usable ? ROLE_DIM : button->danger && !focused ? ROLE_DANGER : role;
        /* Brackets show the focus where colours do not. */
        paint_text(&face, 0, pad, width - pad, text, button->label);
        if (focused) {
            paint_text(&face, 0, 0, 1, role, "[");
            paint_text(&face, 0, width - 1, 1, role, "]");
        }
        col += width + gap;
    }
}

static void draw_body(struct dialog *dialog, const struct paint *p)
{
    size_t len = strlen(dialog->body), at = 0;
    dialog->lines = wrap_count(dialog->body, len, (size_t)(p->cols > 0 ? p->cols : 1));
    dialog->visible = (size_t)p->rows;
    size_t last = dialog->lines > dialog->visible ? dialog->lines - dialog->visible : 0;
    if (dialog->scroll > last)
        dialog->scroll = last;
    struct wrap_row row;
    struct style style = theme_style(p->theme, ROLE_TEXT);
    for (size_t i = 0; p->cols > 0 && wrap_words(dialog->body, len, (size_t)p->cols, &at, &row); i++) {
        if (i >= dialog->scroll && i < dialog->scroll + dialog->visible)
            paint_styled(p, (int)(i - dialog->scroll), 0, p->cols, style, dialog->body + row.start, row.len);
    }
}

void dialog_draw(struct dialog *dialog, const struct paint *p)
{
    int inner = (p->cols < COLS_WANTED ? p->cols : COLS_WANTED) - 4;
    int word_rows = dialog->word == NULL ? 0 : p->rows > 8 ? 3 : 2;
    size_t lines = wrap_count(dialog->body, strlen(dialog->body), (size_t)(inner > 0 ? inner : 1));
    int body = lines > BODY_ROWS_MAX ? BODY_ROWS_MAX : (int)lines;
    struct rect where = rect_center((struct rect){0, 0, p->rows, p->cols}, body + word_rows + 4, COLS_WANTED);
    struct paint box = paint_over(p, where, ROLE_TEXT);
    struct frame frame = {.title = dialog->title, .focused = true};
    struct paint in = paint_frame(&box, (struct rect){0, 0, box.rows, box.cols}, &frame);
    in = paint_within(&in, (struct rect){0, 1, in.rows, in.cols - 2});
    /* With little room the buttons stay, then the field, then the text. */
    int buttons_at = in.rows - 1, word_at = buttons_at - word_rows;
    int spare = in.rows > body + word_rows + 1 ? 1 : 0;
    int room = (word_rows > 0 ? word_at : buttons_at) - (word_rows > 0 ? 0 : spare);
    struct paint text = paint_within(&in, (struct rect){0, 0, room, in.cols});
    draw_body(dialog, &text);
    paint_scroll(&box, (struct rect){0, 0, box.rows, box.cols}, true, dialog->scroll, dialog->visible,
                 dialog->lines);
    if (dialog->word != NULL) {
        int used = paint_text(&in, word_at, 0, in.cols, ROLE_DIM, "Type ");
        used += paint_name(&in, word_at, used, in.cols - used - 4, ROLE_STRONG, dialog->word);
        paint_text(&in, word_at, used, in.cols - used, ROLE_DIM, " to go on:");
        struct paint field = paint_within(&in, (struct rect){word_at + 1, 0, 1, in.cols});
        lineedit_draw(&dialog->edit, &field, true);
    }
    struct paint buttons = paint_within(&in, (struct rect){buttons_at, 0, 1, in.cols});
    draw_buttons(dialog, &buttons);
}
