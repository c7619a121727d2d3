#include "widgets/lineedit.h"

#include <stdlib.h>
#include <string.h>

#include "client/base/mem.h"
#include "client/base/utf8.h"

void lineedit_init(struct lineedit *edit, size_t cap, bool hidden)
{
    *edit = (struct lineedit){.cap = cap, .hidden = hidden};
    edit->text = mem_zalloc(cap + 1, 1);
}

static void wipe(char *bytes, size_t len)
{
    if (bytes != NULL)
        explicit_bzero(bytes, len);
}

void lineedit_done(struct lineedit *edit)
{
    wipe(edit->text, edit->cap);
    free(edit->text);
    for (size_t i = 0; i < edit->history_count; i++)
        free(edit->history[i]);
    free(edit->history);
    free(edit->draft);
    *edit = (struct lineedit){0};
}

const char *lineedit_text(const struct lineedit *edit)
{
    return edit->text != NULL ? edit->text : "";
}

/* ---- places in the text ---- */

/* The start of the character before `at`, its marks included. */
static size_t before(const struct lineedit *edit, size_t at)
{
    while (at > 0) {
        do {
            at--;
        } while (at > 0 && ((unsigned char)edit->text[at] & 0xC0) == 0x80);
        uint32_t cp;
        utf8_decode_final(edit->text + at, edit->len - at, &cp);
        if (utf8_width(cp) != 0)
            break;
    }
    return at;
}

/* The end of the character at `at`, its marks included. */
static size_t after(const struct lineedit *edit, size_t at)
{
    bool first = true;
    while (at < edit->len) {
        uint32_t cp;
        size_t took = utf8_decode_final(edit->text + at, edit->len - at, &cp);
        if (!first && utf8_width(cp) != 0)
            break;
        first = false;
        at += took;
    }
    return at;
}

static size_t word_before(const struct lineedit *edit, size_t at)
{
    while (at > 0 && edit->text[at - 1] == ' ')
        at--;
    while (at > 0 && edit->text[at - 1] != ' ')
        at--;
    return at;
}

static size_t word_after(const struct lineedit *edit, size_t at)
{
    while (at < edit->len && edit->text[at] == ' ')
        at++;
    while (at < edit->len && edit->text[at] != ' ')
        at++;
    return at;
}

/* ---- changes ---- */

static void cut(struct lineedit *edit, size_t from, size_t to)
{
    memmove(edit->text + from, edit->text + to, edit->len - to);
    size_t len = edit->len - (to - from);
    /* What lies behind the new end may be part of a secret. */
    wipe(edit->text + len, edit->len - len);
    edit->len = len;
    edit->cursor = from;
}

/* Inserts at the cursor; false when there is no room. */
static bool insert(struct lineedit *edit, const char *bytes, size_t len)
{
    if (len > edit->cap - edit->len)
        return false;
    memmove(edit->text + edit->cursor + len, edit->text + edit->cursor, edit->len - edit->cursor);
    memcpy(edit->text + edit->cursor, bytes, len);
    edit->len += len;
    edit->cursor += len;
    edit->text[edit->len] = '\0';
    return true;
}

static bool insert_char(struct lineedit *edit, uint32_t cp)
{
    char bytes[UTF8_MAX];
    return insert(edit, bytes, utf8_encode(cp, bytes));
}

/* Whether a character may stand in the text: printable and not one of the invisible ones. */
static bool is_welcome(uint32_t cp)
{
    int width = utf8_width(cp);
    bool invisible = (cp >= 0x200B && cp <= 0x200F) || (cp >= 0x202A && cp <= 0x202E) ||
                     (cp >= 0x2060 && cp <= 0x206F) || cp == 0x61C || cp == 0xFEFF || cp == 0xAD ||
                     cp >= 0xE0000;
    return width >= 0 && !invisible;
}

void lineedit_set(struct lineedit *edit, const char *text)
{
    wipe(edit->text, edit->len);
    edit->len = edit->cursor = edit->scroll = 0;
    edit->history_at = edit->history_count;
    lineedit_paste(edit, text, strlen(text));
}

unsigned lineedit_paste(struct lineedit *edit, const char *bytes, size_t len)
{
    for (size_t at = 0; at < len;) {
        uint32_t cp;
        at += utf8_decode_final(bytes + at, len - at, &cp);
        if (cp == '\n' || cp == '\t')
            cp = ' ';
        if (is_welcome(cp) && !insert_char(edit, cp))
            break;
    }
    return WIDGET_HANDLED | WIDGET_REDRAW;
}

/* ---- history ---- */

void lineedit_remember(struct lineedit *edit, const char *text)
{
    size_t count = edit->history_count;
    bool again = count > 0 && strcmp(edit->history[count - 1], text) == 0;
    if (!edit->hidden && !again && text[0] != '\0') {
        if (edit->history == NULL)
            edit->history = mem_zalloc(LINEEDIT_HISTORY, sizeof *edit->history);
        if (count == LINEEDIT_HISTORY) {
            free(edit->history[0]);
            memmove(edit->history, edit->history + 1, (count - 1) * sizeof *edit->history);
            count--;
        }
        edit->history[count++] = mem_dup(text);
        edit->history_count = count;
    }
    edit->history_at = edit->history_count;
}

static unsigned walk_history(struct lineedit *edit, int step)
{
    size_t at = edit->history_at;
    if ((step < 0 && at == 0) || (step > 0 && at == edit->history_count))
        return WIDGET_HANDLED;
    if (at == edit->history_count) {
        free(edit->draft);
        edit->draft = mem_dup(edit->text);
    }
    at += step < 0 ? (size_t)-1 : 1;
    bool newest = at == edit->history_count;
    lineedit_set(edit, newest ? (edit->draft != NULL ? edit->draft : "") : edit->history[at]);
    edit->history_at = at;
    return WIDGET_HANDLED | WIDGET_REDRAW;
}

/* ---- keys ---- */

enum edit_do {
    EDIT_LEFT,
    EDIT_RIGHT,
    EDIT_WORD_LEFT,
    EDIT_WORD_RIGHT,
    EDIT_HOME,
    EDIT_END,
    EDIT_ERASE,
    EDIT_DELETE,
    EDIT_ERASE_WORD,
    EDIT_DELETE_WORD,
    EDIT_ERASE_ALL_BEFORE,
    EDIT_DELETE_ALL_AFTER,
    EDIT_OLDER,
    EDIT_NEWER,
    EDIT_ENTER,
    EDIT_CANCEL,
};

static const struct {
    struct key key;
    enum edit_do what;
} bindings[] = {
    {{KEY_NAME_LEFT, 0}, EDIT_LEFT},
    {{'b', KEY_CTRL}, EDIT_LEFT},
    {{KEY_NAME_RIGHT, 0}, EDIT_RIGHT},
    {{'f', KEY_CTRL}, EDIT_RIGHT},
    {{KEY_NAME_LEFT, KEY_CTRL}, EDIT_WORD_LEFT},
    {{KEY_NAME_LEFT, KEY_ALT}, EDIT_WORD_LEFT},
    {{'b', KEY_ALT}, EDIT_WORD_LEFT},
    {{KEY_NAME_RIGHT, KEY_CTRL}, EDIT_WORD_RIGHT},
    {{KEY_NAME_RIGHT, KEY_ALT}, EDIT_WORD_RIGHT},
    {{'f', KEY_ALT}, EDIT_WORD_RIGHT},
    {{KEY_NAME_HOME, 0}, EDIT_HOME},
    {{'a', KEY_CTRL}, EDIT_HOME},
    {{KEY_NAME_END, 0}, EDIT_END},
    {{'e', KEY_CTRL}, EDIT_END},
    {{KEY_NAME_BACKSPACE, 0}, EDIT_ERASE},
    {{KEY_NAME_BACKSPACE, KEY_SHIFT}, EDIT_ERASE},
    {{'h', KEY_CTRL}, EDIT_ERASE},
    {{KEY_NAME_DELETE, 0}, EDIT_DELETE},
    {{'d', KEY_CTRL}, EDIT_DELETE},
    {{'w', KEY_CTRL}, EDIT_ERASE_WORD},
    {{KEY_NAME_BACKSPACE, KEY_ALT}, EDIT_ERASE_WORD},
    {{KEY_NAME_BACKSPACE, KEY_CTRL}, EDIT_ERASE_WORD},
    {{'d', KEY_ALT}, EDIT_DELETE_WORD},
    {{'u', KEY_CTRL}, EDIT_ERASE_ALL_BEFORE},
    {{'k', KEY_CTRL}, EDIT_DELETE_ALL_AFTER},
    {{KEY_NAME_UP, 0}, EDIT_OLDER},
    {{'p', KEY_CTRL}, EDIT_OLDER},
    {{KEY_NAME_DOWN, 0}, EDIT_NEWER},
    {{'n', KEY_CTRL}, EDIT_NEWER},
    {{KEY_NAME_ENTER, 0}, EDIT_ENTER},
    {{KEY_NAME_KP_ENTER, 0}, EDIT_ENTER},
    {{'j', KEY_CTRL}, EDIT_ENTER},
    {{KEY_NAME_ESCAPE, 0}, EDIT_CANCEL},
    {{'c', KEY_CTRL}, EDIT_CANCEL},
    {{'g', KEY_CTRL}, EDIT_CANCEL},
};

static void move_or_cut(struct lineedit *edit, enum edit_do what)
{
    size_t at = edit->cursor;
    switch (what) {
    case EDIT_LEFT:
        edit->cursor = before(edit, at);
        break;
    case EDIT_RIGHT:
        edit->cursor = after(edit, at);
        break;
    case EDIT_WORD_LEFT:
        edit->cursor = edit->hidden ? 0 : word_before(edit, at);
        break;
    case EDIT_WORD_RIGHT:
        edit->cursor = edit->hidden ? edit->len : word_after(edit, at);
        break;
    case EDIT_HOME:
        edit->cursor = 0;
        break;
    case EDIT_END:
        edit->cursor = edit->len;
        break;
    case EDIT_ERASE:
        cut(edit, before(edit, at), at);
        break;
    case EDIT_DELETE:
        cut(edit, at, after(edit, at));
        break;
    case EDIT_ERASE_WORD:
        /* Where words begin in a secret is not shown, so all of it goes. */
        cut(edit, edit->hidden ? 0 : word_before(edit, at), at);
        break;
    case EDIT_DELETE_WORD:
        cut(edit, at, edit->hidden ? edit->len : word_after(edit, at));
        break;
    case EDIT_ERASE_ALL_BEFORE:
        cut(edit, 0, at);
        break;
    case EDIT_DELETE_ALL_AFTER:
        cut(edit, at, edit->len);
        break;
    default:
        break;
    }
}

unsigned lineedit_key(struct lineedit *edit, struct key key)
{
    for (size_t i = 0; i < sizeof bindings / sizeof bindings[0]; i++) {
        if (!key_equal(bindings[i].key, key))
            continue;
        switch (bindings[i].what) {
        case EDIT_ENTER:
            return WIDGET_HANDLED | WIDGET_DONE;
        case EDIT_CANCEL:
            return WIDGET_HANDLED | WIDGET_CANCELLED;
        case EDIT_OLDER:
            return walk_history(edit, -1);
        case EDIT_NEWER:
            return walk_history(edit, 1);
        default:
            move_or_cut(edit, bindings[i].what);
            return WIDGET_HANDLED | WIDGET_REDRAW;
        }
    }
    if (key.mods != 0 || key.code >= KEY_NAME_BASE)
        return 0;
    if (is_welcome(key.code))
        insert_char(edit, key.code);
    return WIDGET_HANDLED | WIDGET_REDRAW;
}

/* ---- drawing ---- */

/* Columns of the text up to a byte; a hidden text has one a character. */
static size_t columns_to(const struct lineedit *edit, size_t end)
{
    if (!edit->hidden)
        return utf8_columns(edit->text, end);
    size_t count = 0;
    for (size_t at = 0; at < end; at = after(edit, at))
        count++;
    return count;
}

void lineedit_draw(struct lineedit *edit, const struct paint *p, bool focused)
{
    if (p->cols == 0 || p->rows == 0 || edit->text == NULL)
        return;
    size_t cols = (size_t)p->cols;
    size_t cursor = columns_to(edit, edit->cursor), all = columns_to(edit, edit->len);
    /* The cursor, which may stand behind the last character, is always in sight. */
    if (cursor < edit->scroll)
        edit->scroll = cursor;
    if (cursor >= edit->scroll + cols)
        edit->scroll = cursor - cols + 1;
    if (all + 1 <= cols)
        edit->scroll = 0;
    enum role role = focused ? ROLE_FIELD_FOCUSED : ROLE_FIELD;
    paint_fill(p, (struct rect){0, 0, 1, p->cols}, role);
    if (edit->hidden) {
        int dots = (int)(all - edit->scroll);
        paint_repeat(p, 0, 0, dots, role, paint_ascii(p) ? '*' : 0x2022);
    } else {
        struct text text = {.bytes = edit->text, .len = (uint32_t)edit->len};
        paint_spans(p, 0, 0, p->cols, role, &text, edit->scroll);
    }
    if (focused)
        paint_cursor(p, 0, (int)(cursor - edit->scroll));
}
