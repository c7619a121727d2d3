/*
 * A packed row is text and style changes. Text is UTF-8; the tail of a wide character is not stored, its
 * width says that it is there; marks follow their character (after a ZWJ comes one that has a width). No C0
 * byte is ever text, so three of them have a meaning: NUL is a cell that was never written, 1 introduces a
 * style, 2 a style and the protected flag.
 */
#include "client/shell/history.h"

#include "client/base/mem.h"
#include "client/base/utf8.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLANK_CELL = 0,
    STYLE_CHANGE = 1,
    STYLE_CHANGE_PROTECTED = 2,
    /* Of one cell at most: a style change of 11 bytes, a character, its marks. */
    CELL_BYTES_MAX = 11 + UTF8_MAX * (1 + CELL_MARKS),
    MALLOC_OVERHEAD = 8 + sizeof(void *), /* of the block and of its place in the ring */
};

struct history_line {
    uint32_t len;  /* bytes in use */
    uint32_t room; /* bytes allocated */
    color fill;
    uint16_t used; /* cells */
    bool continued;
    bool filler;
    char bytes[];
};

void history_init(struct history *history, size_t lines_max)
{
    *history = (struct history){.lines_max = lines_max};
}

static size_t cost_of(const struct history_line *line)
{
    return sizeof *line + line->room + MALLOC_OVERHEAD;
}

static struct history_line **slot_of(const struct history *history, size_t index)
{
    assert(index < history->count);
    return &history->ring[(history->first + index) & (history->room - 1)];
}

/* Takes the oldest row out of the ring. */
static struct history_line *take_first(struct history *history)
{
    struct history_line *line = *slot_of(history, 0);
    history->first = (history->first + 1) & (history->room - 1);
    history->count--;
    history->lines -= !line->continued;
    history->bytes -= cost_of(line);
    return line;
}

void history_clear(struct history *history)
{
    history->dropped += history->count;
    while (history->count > 0)
        free(take_first(history));
}

void history_done(struct history *history)
{
    history_clear(history);
    free(history->ring);
    free(history->scratch);
    *history = (struct history){0};
}

static char *pack_color(char *out, color value)
{
    memcpy(out, &value, sizeof value);
    return out + sizeof value;
}

static char *pack_style(char *out, const struct grid_look *look)
{
    *out++ = (look->flags & GRID_PROTECTED) != 0 ? STYLE_CHANGE_PROTECTED : STYLE_CHANGE;
    *out++ = (char)(look->attr & 0xFF);
    *out++ = (char)(look->attr >> 8);
    return pack_color(pack_color(out, look->fg), look->bg);
}

static const char *unpack_style(const char *in, struct grid_look *look)
{
    *look = (struct grid_look){.flags = *in == STYLE_CHANGE_PROTECTED ? GRID_PROTECTED : 0};
    look->attr = (uint16_t)((uint8_t)in[1] | (uint8_t)in[2] << 8);
    memcpy(&look->fg, in + 3, sizeof look->fg);
    memcpy(&look->bg, in + 7, sizeof look->bg);
    return in + 11;
}

static bool same_style(const struct grid_look *a, const struct grid_look *b)
{
    return a->fg == b->fg && a->bg == b->bg && a->attr == b->attr &&
           ((a->flags ^ b->flags) & GRID_PROTECTED) == 0;
}

static char *pack_marks(char *out, const uint32_t *marks)
{
    for (int i = 0; i < CELL_MARKS && marks[i] != 0; i++)
        out += utf8_encode(marks[i], out);
    return out;
}

/* Packs into the scratch memory. Returns the length. */
static size_t pack(struct history *history, const struct grid_row *row)
{
    history->scratch =
        mem_grow(history->scratch, &history->scratch_room, (size_t)row->used * CELL_BYTES_MAX, 1);
    char *out = history->scratch;
    struct grid_look look = {0};
    for (int i = 0; i < row->used; i++) {
        const struct grid_cell *cell = &row->cells[i];
        if (cell->ch == CELL_WIDE_TAIL)
            continue;
        if (!same_style(&cell->look, &look))
            out = pack_style(out, &cell->look);
        look = cell->look;
        if (cell->ch < 0x80)
            *out++ = (char)cell->ch;
        else
            out += utf8_encode(cell->ch, out);
        if ((cell->look.flags & GRID_MARKED) != 0)
            out = pack_marks(out, grid_row_marks(row, i));
    }
    return (size_t)(out - history->scratch);
}

static void unpack(const struct history_line *line, struct grid_row *row, int cols)
{
    grid_row_clear(row, line->fill);
    row->continued = line->continued;
    row->filler = line->filler;
    struct grid_look look = {0};
    const char *at = line->bytes, *end = line->bytes + line->len;
    while (at < end) {
        uint32_t ch = (uint8_t)*at;
        if (ch == STYLE_CHANGE || ch == STYLE_CHANGE_PROTECTED) {
            at = unpack_style(at, &look);
            continue;
        }
        int width = 1;
        if (ch < 0x80) {
            at++;
        } else {
            at += utf8_decode_final(at, (size_t)(end - at), &ch);
            width = utf8_width(ch);
        }
        if (width == 0) {
            uint32_t marks[] = {ch, 0};
            bool joins = ch == UTF8_ZWJ && at < end;
            if (joins)
                at += utf8_decode_final(at, (size_t)(end - at), &marks[1]);
            if (row->used > 0)
                grid_row_add_marks(row, row->used - 1 - (row->cells[row->used - 1].ch == CELL_WIDE_TAIL),
                                   marks, 1 + joins);
            continue;
        }
        if (row->used + width > cols)
            return;
        row->cells[row->used++] = (struct grid_cell){.ch = ch, .look = look};
        if (width == 2)
            row->cells[row->used++] = (struct grid_cell){.ch = CELL_WIDE_TAIL, .look = look};
    }
}

/* Makes the ring twice as large, oldest first. */
static void grow_ring(struct history *history)
{
    size_t room = history->room > 0 ? history->room * 2 : 64;
    struct history_line **ring = mem_zalloc(room, sizeof *ring);
    for (size_t i = 0; i < history->count; i++)
        ring[i] = *slot_of(history, i);
    free(history->ring);
    history->ring = ring;
    history->room = room;
    history->first = 0;
}

static void append(struct history *history, struct history_line *line)
{
    if (history->count == history->room)
        grow_ring(history);
    history->count++;
    *slot_of(history, history->count - 1) = line;
    history->lines += !line->continued;
    history->bytes += cost_of(line);
}

static bool over_limit(const struct history *history)
{
    return history->lines > history->lines_max || history->bytes > HISTORY_BYTES_MAX ||
           (history->lines_max == 0 && history->count > 0);
}

/* Takes the oldest row off for good; `spare` is the one taken before. */
static struct history_line *drop_first(struct history *history, struct history_line *spare)
{
    free(spare);
    history->dropped++;
    return take_first(history);
}

/* Drops rows from the top until the limits are kept; when there are too many lines, a whole line. Returns a
 * block that may be used again, or NULL. */
static struct history_line *trim(struct history *history)
{
    struct history_line *spare = NULL;
    while (history->count > 0 && over_limit(history)) {
        bool whole = history->lines > history->lines_max;
        spare = drop_first(history, spare);
        while (whole && history->lines > 0 && (*slot_of(history, 0))->continued)
            spare = drop_first(history, spare);
    }
    return spare;
}

void history_push(struct history *history, const struct grid_row *row)
{
    if (history->lines_max == 0)
        return;
    size_t len = pack(history, row);
    /* A full history gives its oldest block to its newest line when the size is about right. */
    struct history_line *line = NULL;
    if (history->lines >= history->lines_max && !row->continued) {
        history->lines_max--;
        line = trim(history);
        history->lines_max++;
    }
    if (line != NULL && (line->room < len || line->room > 2 * len + 32)) {
        free(line);
        line = NULL;
    }
    if (line == NULL) {
        line = mem_alloc(sizeof *line + len);
        line->room = (uint32_t)len;
    }
    line->len = (uint32_t)len;
    line->fill = row->fill;
    line->used = (uint16_t)row->used;
    line->continued = row->continued;
    line->filler = row->filler;
    memcpy(line->bytes, history->scratch, len);
    append(history, line);
    if (over_limit(history))
        free(trim(history));
}

void history_read(const struct history *history, size_t index, struct grid_row *row, int cols)
{
    unpack(*slot_of(history, index), row, cols);
}

void history_pop(struct history *history, struct grid_row *row, int cols)
{
    struct history_line *line = *slot_of(history, history->count - 1);
    unpack(line, row, cols);
    history->count--;
    history->lines -= !line->continued;
    history->bytes -= cost_of(line);
    free(line);
}

void history_drop_first(struct history *history)
{
    free(take_first(history));
}

int history_used(const struct history *history, size_t index)
{
    return (*slot_of(history, index))->used;
}

bool history_continued(const struct history *history, size_t index)
{
    return (*slot_of(history, index))->continued;
}

void history_move(struct history *to, struct history *from)
{
    append(to, take_first(from));
    if (over_limit(to))
        free(trim(to));
}

void history_limit(struct history *history, size_t lines_max)
{
    history->lines_max = lines_max;
    free(trim(history));
}
