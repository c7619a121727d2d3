#include "widgets/palette.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "client/base/mem.h"
#include "client/base/utf8.h"

enum { TYPED_MAX = 256, COLS_WANTED = 72, ROWS_WANTED = 20, WORD_MAX = 64 };

void palette_init(struct palette *palette, const char *title, bool menu)
{
    *palette = (struct palette){.title = mem_dup(title), .menu = menu};
    lineedit_init(&palette->edit, TYPED_MAX, false);
}

void palette_done(struct palette *palette)
{
    for (size_t i = 0; i < palette->count; i++) {
        free(palette->items[i].label);
        free(palette->items[i].key);
        free(palette->items[i].help);
    }
    free(palette->items);
    free(palette->shown);
    free(palette->title);
    lineedit_done(&palette->edit);
    *palette = (struct palette){0};
}

/* ---- what fits ---- */

static bool is_word_start(const char *label, size_t at)
{
    return at == 0 || label[at - 1] == ' ' || label[at - 1] == '-' || label[at - 1] == '/';
}

enum {
    SCORE_EXACT = 200,
    SCORE_START = 100, /* the label starts with it */
    SCORE_WORD = 60,   /* a word of the label does */
    SCORE_INSIDE = 30, /* it stands somewhere in the label */
    SCORE_STARTS = 10, /* its letters are the starts of words: "shle" for "shell-leave" */
    INSIDE_MIN = 3,    /* letters below which standing somewhere says nothing */
};

/* Whether the letters of `word` go on at `label + at`: each the next one, or the start of a later word. */
static bool starts_words(const char *word, const char *label, size_t at)
{
    if (word[0] == '\0')
        return true;
    if (tolower((unsigned char)label[at]) == tolower((unsigned char)word[0]) &&
        starts_words(word + 1, label, at + 1))
        return true;
    for (size_t next = at + 1; label[at] != '\0' && label[next] != '\0'; next++)
        if (is_word_start(label, next) &&
            tolower((unsigned char)label[next]) == tolower((unsigned char)word[0]))
            return starts_words(word + 1, label, next + 1);
    return false;
}

/* The score of one word of what was typed. */
static int score_word(const char *word, const char *label)
{
    size_t len = strlen(word);
    if (strcasecmp(word, label) == 0)
        return SCORE_EXACT;
    int best = 0;
    for (size_t at = 0; label[at] != '\0'; at++) {
        if (strncasecmp(label + at, word, len) != 0)
            continue;
        int score = at == 0 ? SCORE_START : is_word_start(label, at) ? SCORE_WORD : SCORE_INSIDE;
        if (score > SCORE_INSIDE || len >= INSIDE_MIN)
            best = score > best ? score : best;
    }
    if (best > 0)
        return best;
    return starts_words(word, label, 0) ? SCORE_STARTS : 0;
}

int palette_score(const char *typed, const char *label)
{
    int sum = 1;
    while (*typed != '\0') {
        typed += strspn(typed, " ");
        size_t len = strcspn(typed, " ");
        if (len == 0)
            break;
        char word[WORD_MAX];
        size_t used = len < sizeof word - 1 ? len : sizeof word - 1;
        memcpy(word, typed, used);
        word[used] = '\0';
        int score = score_word(word, label);
        if (score == 0)
            return 0;
        sum += score;
        typed += len;
    }
    return sum;
}

/* The label's score, else a quarter of what the help scores by whole words' starts. What destroys something
 * is found by the start of its name alone: never by what happens to be left over. */
static int score_item(const struct palette *palette, const struct palette_item *item)
{
    const char *typed = lineedit_text(&palette->edit);
    int label = palette_score(typed, item->label);
    if (item->danger)
        return typed[strspn(typed, " ")] == '\0' || label > SCORE_START ? label : 0;
    int help = item->help != NULL ? palette_score(typed, item->help) : 0;
    return label > 0 ? label : help > SCORE_INSIDE ? help / 4 : 0;
}

/* Lists the items that match, best first, and else in their own order. */
static void match(struct palette *palette)
{
    palette->shown_count = 0;
    palette->selected = palette->top = 0;
    int *scores = mem_zalloc(palette->count, sizeof *scores);
    for (size_t i = 0; i < palette->count; i++) {
        scores[i] = score_item(palette, &palette->items[i]);
        if (scores[i] == 0)
            continue;
        size_t at = palette->shown_count++;
        while (at > 0 && scores[palette->shown[at - 1]] < scores[i]) {
            palette->shown[at] = palette->shown[at - 1];
            at--;
        }
        palette->shown[at] = i;
    }
    free(scores);
}

void palette_add(struct palette *palette, int id, const char *label, const char *key, const char *help,
                 uint32_t letter, bool danger)
{
    palette->items = mem_grow(palette->items, &palette->room, palette->count + 1, sizeof *palette->items);
    palette->shown = mem_resize(palette->shown, palette->room, sizeof *palette->shown);
    palette->items[palette->count++] = (struct palette_item){
        .id = id,
        .label = mem_dup(label),
        .key = mem_dup(key),
        .help = mem_dup(help),
        .letter = letter,
        .danger = danger,
    };
    palette->shown[palette->shown_count++] = palette->count - 1;
}

int palette_selected(const struct palette *palette)
{
    return palette->selected < palette->shown_count ? palette->items[palette->shown[palette->selected]].id
                                                    : -1;
}

const char *palette_typed(const struct palette *palette)
{
    return lineedit_text(&palette->edit);
}

/* ---- keys ---- */

static unsigned menu_key(struct palette *palette, struct key key)
{
    for (size_t i = 0; i < palette->shown_count; i++) {
        uint32_t letter = palette->items[palette->shown[i]].letter;
        if (key.mods == 0 && letter != 0 && letter == key.code) {
            palette->selected = i;
            return WIDGET_HANDLED | WIDGET_REDRAW | WIDGET_DONE;
        }
    }
    if (key_equal(key, (struct key){'q', 0}) || key_equal(key, (struct key){'c', KEY_CTRL}))
        return WIDGET_HANDLED | WIDGET_CANCELLED;
    return 0;
}

unsigned palette_key(struct palette *palette, struct key key)
{
    if (key.code == KEY_NAME_ESCAPE)
        return WIDGET_HANDLED | WIDGET_CANCELLED;
    if (key.code == KEY_NAME_ENTER || key.code == KEY_NAME_KP_ENTER)
        return WIDGET_HANDLED | WIDGET_DONE;
    if (palette->menu) {
        unsigned result = menu_key(palette, key);
        if (result != 0)
            return result;
    }
    bool typing = !palette->menu && key.mods == 0 && key.code < KEY_NAME_BASE;
    bool editing = !palette->menu &&
                   (key.code == KEY_NAME_HOME || key.code == KEY_NAME_END || key.mods == KEY_CTRL) &&
                   key.code != 'n' && key.code != 'p';
    enum widget_move move = typing || editing ? MOVE_NONE : widget_move_of(key);
    if (move != MOVE_NONE) {
        palette->selected = widget_move_by(move, palette->selected, palette->shown_count, palette->visible);
        return WIDGET_HANDLED | WIDGET_REDRAW;
    }
    if (palette->menu)
        return 0;
    unsigned result = lineedit_key(&palette->edit, key);
    if ((result & WIDGET_REDRAW) != 0)
        match(palette);
    return result;
}

unsigned palette_paste(struct palette *palette, const char *bytes, size_t len)
{
    if (palette->menu)
        return WIDGET_HANDLED;
    unsigned result = lineedit_paste(&palette->edit, bytes, len);
    match(palette);
    return result;
}

/* ---- drawing ---- */

/* Columns of the longest label, so that what they do stands in a column. */
static int label_cols(const struct palette *palette)
{
    size_t most = 0;
    for (size_t i = 0; i < palette->count; i++) {
        size_t width = utf8_columns(palette->items[i].label, strlen(palette->items[i].label));
        most = width > most ? width : most;
    }
    return (int)most;
}

static void draw_item(const struct palette *palette, const struct paint *p, int at, size_t shown, int labels)
{
    const struct palette_item *item = &palette->items[palette->shown[shown]];
    struct rect where = {at, 0, 1, p->cols};
    bool selected = shown == palette->selected;
    struct paint line = selected ? paint_over(p, where, ROLE_SELECTION) : paint_within(p, where);
    if (selected)
        paint_text(&line, 0, 0, 1, ROLE_ACCENT, ">");
    int col = 2;
    if (palette->menu && item->letter != 0) {
        paint_repeat(&line, 0, col, 1, ROLE_KEY, item->letter);
        col += 3;
    }
    int key = item->key != NULL ? (int)utf8_columns(item->key, strlen(item->key)) : 0;
    int room = p->cols - col - (key > 0 ? key + 2 : 1);
    paint_text(&line, 0, col, room, item->danger ? ROLE_DANGER : ROLE_STRONG, item->label);
    col += labels + 2;
    paint_text(&line, 0, col, p->cols - col - (key > 0 ? key + 2 : 1), ROLE_DIM, item->help);
    if (key > 0)
        paint_right(&line, 0, p->cols - key - 1, key, ROLE_KEY, item->key);
}

void palette_draw(struct palette *palette, const struct paint *p)
{
    int prompt = palette->menu ? 0 : 1;
    int wanted = (int)palette->shown_count < ROWS_WANTED ? (int)palette->shown_count : ROWS_WANTED;
    if (wanted == 0)
        wanted = 1;
    struct rect where = rect_center((struct rect){0, 0, p->rows, p->cols}, wanted + prompt + 2, COLS_WANTED);
    struct paint box = paint_over(p, where, ROLE_TEXT);
    struct frame frame = {.title = palette->title, .focused = true};
    struct paint in = paint_frame(&box, (struct rect){0, 0, box.rows, box.cols}, &frame);
    if (!palette->menu) {
        paint_text(&in, 0, 0, 1, ROLE_KEY, ":");
        struct paint field = paint_within(&in, (struct rect){0, 1, 1, in.cols - 1});
        lineedit_draw(&palette->edit, &field, true);
    }
    struct paint list = paint_within(&in, (struct rect){prompt, 0, in.rows - prompt, in.cols});
    palette->visible = (size_t)list.rows;
    if (palette->selected < palette->top)
        palette->top = palette->selected;
    if (palette->visible > 0 && palette->selected >= palette->top + palette->visible)
        palette->top = palette->selected - palette->visible + 1;
    if (palette->shown_count == 0)
        paint_text(&list, 0, 2, list.cols - 2, ROLE_DIM, "nothing matches");
    int labels = label_cols(palette);
    for (int i = 0; i < list.rows && palette->top + (size_t)i < palette->shown_count; i++)
        draw_item(palette, &list, i, palette->top + (size_t)i, labels);
    paint_scroll(&box, (struct rect){0, 0, box.rows, box.cols}, true, palette->top, palette->visible,
                 palette->shown_count);
}
