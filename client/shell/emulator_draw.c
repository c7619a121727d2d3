#include "client/shell/emulator_private.h"

#include "client/base/utf8.h"

#include <stdio.h>
#include <string.h>

/* Stand for real characters of one and two columns, which both versions of libvterm measure as we do. */
static const char narrow_placeholder[] = "x", wide_placeholder[] = "\xE4\xB8\x80";

void emulator_forget_last(struct emulator *emulator)
{
    emulator->last_char = 0;
    emulator->last_row = -1;
}

/* Scrolls whole rows; those that leave the main screen at its top become history. */
static void scroll_rows(struct emulator *emulator, int top, int bottom, int count)
{
    bool into_history = count > 0 && top == 0 && emulator->grid == &emulator->main && !emulator->deleting;
    if (into_history) {
        int pushed = count < bottom ? count : bottom;
        for (int i = 0; i < pushed; i++)
            history_push(&emulator->flow.history, grid_at(emulator->grid, i));
        reflow_forget(&emulator->flow, false);
    }
    grid_scroll(emulator->grid, top, bottom, count, emulator->pen.bg, into_history);
    emulator->scrolled = true;
    emulator->last_row = -1;
}

static void on_scroll(void *user, struct vt_rect rect, int down, int right)
{
    struct emulator *emulator = user;
    if (down != 0)
        scroll_rows(emulator, rect.top, rect.bottom, down);
    if (right == 0)
        return;
    for (int row = rect.top; row < rect.bottom; row++)
        grid_shift(emulator->grid, row, rect.left, rect.right, right, emulator->pen.bg);
    emulator->last_row = -1;
}

static void on_erase(void *user, struct vt_rect rect, bool selective)
{
    struct emulator *emulator = user;
    for (int row = rect.top; row < rect.bottom; row++)
        grid_erase(emulator->grid, row, rect.left, rect.right, emulator->pen.bg, selective);
    emulator->last_row = -1;
}

/* Draws a character and remembers it. */
static void paint(struct emulator *emulator, int row, int col, uint32_t cp, int width)
{
    if (emulator->modes.insert)
        grid_shift(emulator->grid, row, col, emulator->cols, -width, emulator->pen.bg);
    grid_put(emulator->grid, row, col, cp, width, &emulator->pen);
    if (col == 0)
        grid_at(emulator->grid, row)->continued = false;
    emulator->last_char = cp;
    emulator->last_row = row;
    emulator->last_col = col;
}

static void on_glyph(void *user, int row, int col, int width)
{
    struct emulator *emulator = user;
    emulator->glyph_row = row;
    emulator->glyph_col = col;
    paint(emulator, row, col, emulator->glyph, width);
}

const struct vt_events emulator_events = {.glyph = on_glyph, .scroll = on_scroll, .erase = on_erase};

void emulator_settle(struct emulator *emulator)
{
    if (!emulator->behind)
        return;
    emulator->behind = false;
    int first = emulator->modes.origin ? emulator->top : 0;
    char bytes[VT_SEND_MAX];
    int len = snprintf(bytes, sizeof bytes, "\x1b[%d;%dH", emulator->row - first + 1, emulator->col + 1);
    vt_mute(emulator->vt, true);
    vt_send(emulator->vt, bytes, (size_t)len);
    if (emulator->pending)
        vt_send(emulator->vt, narrow_placeholder, sizeof narrow_placeholder - 1);
    vt_mute(emulator->vt, false);
}

void emulator_send(struct emulator *emulator, const char *bytes, size_t len)
{
    emulator_settle(emulator);
    vt_send(emulator->vt, bytes, len);
    int row = emulator->row, col = emulator->col;
    vt_position(emulator->vt, &emulator->row, &emulator->col);
    if (row != emulator->row || col != emulator->col)
        emulator->pending = false;
}

void emulator_send_number(struct emulator *emulator, char leader, int value, char final)
{
    char bytes[VT_SEND_MAX];
    char prefix[2] = {leader, 0};
    int len = snprintf(bytes, sizeof bytes, "\x1b[%s%d%c", prefix, value, final);
    emulator_send(emulator, bytes, (size_t)len);
}

void emulator_move(struct emulator *emulator, int row, int col)
{
    emulator->row = row;
    emulator->col = col;
    emulator->pending = false;
    emulator->behind = true;
}

/* A character at the end of a line: libvterm wraps, scrolls and says where it goes. */
static void put_by_libvterm(struct emulator *emulator, uint32_t cp, int width)
{
    bool fits = emulator->col + width <= emulator->cols;
    if (!fits && !emulator->pending && !emulator->modes.autowrap)
        return; /* a wide character with one column left and no wrapping */
    bool wraps = emulator->pending || !fits;
    if (wraps && !emulator->pending) {
        struct grid_row *row = grid_at(emulator->grid, emulator->row);
        grid_erase(emulator->grid, emulator->row, emulator->col, emulator->cols, COLOR_DEFAULT_VALUE, false);
        row->filler = true;
    }
    emulator_settle(emulator);
    int old_row = emulator->row;
    emulator->scrolled = false;
    emulator->glyph = cp;
    if (width == 2)
        vt_send(emulator->vt, wide_placeholder, sizeof wide_placeholder - 1);
    else
        vt_send(emulator->vt, narrow_placeholder, sizeof narrow_placeholder - 1);
    vt_position(emulator->vt, &emulator->row, &emulator->col);
    if (wraps && (emulator->scrolled || emulator->glyph_row == old_row + 1))
        grid_at(emulator->grid, emulator->glyph_row)->continued = true;
    bool at_end = emulator->glyph_col + width >= emulator->cols;
    emulator->pending = at_end && emulator->modes.autowrap;
    /* libvterm waits on the first column of a wide character, terminals on the second. */
    if (at_end && emulator->col != emulator->cols - 1) {
        emulator->col = emulator->cols - 1;
        emulator->behind = true;
    }
}

static void put_glyph(struct emulator *emulator, uint32_t cp, int width)
{
    if (emulator->quick && !emulator->pending && emulator->col + width < emulator->cols) {
        paint(emulator, emulator->row, emulator->col, cp, width);
        emulator->col += width;
        emulator->behind = true;
    } else {
        put_by_libvterm(emulator, cp, width);
    }
}

/* Invisible characters that say nothing and could hide something: format and bidirectional controls, line
 * separators, tags. A joiner is dropped too, unless there are emoji to join. */
static bool is_dropped(uint32_t cp)
{
    return cp == 0xAD || cp == 0x34F || cp == 0x61C || (cp >= 0x180B && cp <= 0x180F) ||
           (cp >= 0x200B && cp <= 0x200F) || (cp >= 0x2028 && cp <= 0x202E) ||
           (cp >= 0x2060 && cp <= 0x206F) || cp == 0xFEFF || (cp >= 0xFFF9 && cp <= 0xFFFB) ||
           (cp >= 0xE0000 && cp <= 0xE0FFF);
}

/* Marks join the last character, unless something came between. */
static void add_marks(struct emulator *emulator, const uint32_t *marks, int count)
{
    if (emulator->last_row >= 0)
        grid_row_add_marks(grid_at(emulator->grid, emulator->last_row), emulator->last_col, marks, count);
}

/* Whether the character takes no place of its own because a joiner stands between it and the last one. Never
 * a joiner alone: a row could not be packed and unpacked. */
static bool is_joined(struct emulator *emulator, uint32_t cp)
{
    bool joining = emulator->joining;
    emulator->joining = cp == UTF8_ZWJ;
    if (!joining || emulator->last_row < 0 || !utf8_is_emoji(cp) || !utf8_is_emoji(emulator->last_char))
        return false;
    add_marks(emulator, (const uint32_t[]){UTF8_ZWJ, cp}, 2);
    return true;
}

void emulator_put_char(struct emulator *emulator, uint32_t cp)
{
    if (cp < 0x80) {
        put_glyph(emulator, charset_map(&emulator->charset, (uint8_t)cp), 1);
        return;
    }
    emulator->charset.single = 0;
    if (is_joined(emulator, cp) || is_dropped(cp))
        return;
    int width = utf8_width(cp);
    if (width == 0)
        add_marks(emulator, &cp, 1);
    else if (width > 0)
        put_glyph(emulator, cp, width);
}

void emulator_put_ascii(struct emulator *emulator, const char *text, size_t len)
{
    while (len > 0) {
        int room = emulator->cols - 1 - emulator->col;
        bool plain = charset_plain(&emulator->charset) && !emulator->modes.insert && !emulator->pending;
        if (!plain || !emulator->quick || room <= 0) {
            emulator_put_char(emulator, (uint8_t)*text++);
            len--;
            continue;
        }
        int run = len < (size_t)room ? (int)len : room;
        grid_put_ascii(emulator->grid, emulator->row, emulator->col, text, run, &emulator->pen);
        if (emulator->col == 0)
            grid_at(emulator->grid, emulator->row)->continued = false;
        emulator->last_char = (uint8_t)text[run - 1];
        emulator->last_row = emulator->row;
        emulator->last_col = emulator->col + run - 1;
        emulator->col += run;
        emulator->behind = true;
        text += run;
        len -= (size_t)run;
    }
}

void emulator_repeat(struct emulator *emulator, int count)
{
    uint32_t cp = emulator->last_char;
    if (cp == 0)
        return;
    int width = utf8_width(cp);
    for (int i = 0; i < count && i < emulator->cols; i++)
        put_glyph(emulator, cp, width);
}

void emulator_line_feed(struct emulator *emulator)
{
    if (emulator->row == emulator->bottom - 1)
        scroll_rows(emulator, emulator->top, emulator->bottom, 1);
    else if (emulator->row < emulator->rows - 1)
        emulator->row++;
    emulator->pending = false;
    emulator->behind = true;
}

/* LF, VT, FF, CR, BS through libvterm, for comparison. */
static void control_by_libvterm(struct emulator *emulator, uint8_t control)
{
    char byte = (char)control;
    emulator_send(emulator, &byte, 1);
    emulator_move(emulator, emulator->row, emulator->col);
}

static int next_tab(const struct emulator *emulator, int col)
{
    while (col < emulator->cols - 1 && emulator->tabs[++col] == 0)
        ;
    return col;
}

void emulator_tabs_reset(struct emulator *emulator, int from)
{
    for (int i = from; i < GRID_COLS_MAX; i++)
        emulator->tabs[i] = i % 8 == 0;
}

void emulator_control(struct emulator *emulator, uint8_t control)
{
    switch (control) {
    case '\a':
        emulator->bells++;
        return;
    case '\b':
        if (!emulator->quick)
            control_by_libvterm(emulator, control);
        else
            emulator_move(emulator, emulator->row, emulator->col > 0 ? emulator->col - 1 : 0);
        break;
    case '\t':
        if (emulator->col < emulator->cols - 1)
            emulator_move(emulator, emulator->row, next_tab(emulator, emulator->col));
        break;
    case '\n':
    case '\v':
    case '\f':
        if (!emulator->quick)
            control_by_libvterm(emulator, control);
        else
            emulator_line_feed(emulator);
        if (emulator->modes.newline)
            emulator_move(emulator, emulator->row, 0);
        break;
    case '\r':
        if (!emulator->quick)
            control_by_libvterm(emulator, control);
        else
            emulator_move(emulator, emulator->row, 0);
        break;
    case 0x0E: /* SO */
    case 0x0F: /* SI */
        emulator->charset.left = control == 0x0E;
        return;
    default:
        return;
    }
    emulator_forget_last(emulator);
}
