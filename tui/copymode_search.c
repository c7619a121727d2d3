/* Searching in copy mode: rows that a soft wrap joins are one text. */
#include "tui/copymode_private.h"

#include "client/base/buf.h"
#include "client/base/mem.h"
#include "client/base/utf8.h"

#include <stdlib.h>

/* A longer line is searched in parts: work on one subject is bounded. */
enum { JOINED_ROWS_MAX = 256 };

/* A line as text, and the cell each of its bytes comes from. */
struct joined {
    uint64_t first;
    int rows;
    struct buf text;
    uint32_t *cells; /* row * columns + column, for each byte */
    size_t room;
};

static void add(struct joined *joined, uint32_t ch, uint32_t cell)
{
    char bytes[UTF8_MAX];
    size_t len = utf8_encode(ch, bytes);
    joined->cells = mem_grow(joined->cells, &joined->room, joined->text.len + len, sizeof *joined->cells);
    for (size_t i = 0; i < len; i++)
        joined->cells[joined->text.len + i] = cell;
    buf_add(&joined->text, bytes, len);
}

static void add_cell(struct joined *joined, const struct cell *cell, uint32_t index)
{
    if (cell->ch == CELL_WIDE_TAIL)
        return;
    add(joined, cell->ch == 0 ? ' ' : cell->ch, index);
    for (int i = 0; i < CELL_MARKS && cell->marks[i] != 0; i++)
        add(joined, cell->marks[i], index);
}

/* The line that a row belongs to. */
static void join(struct copymode *copy, uint64_t row, struct joined *joined)
{
    const struct copy_source *source = &copy->source;
    struct cell *cells = mem_zalloc((size_t)source->cols, sizeof *cells);
    bool continued;
    *joined = (struct joined){.first = row};
    buf_init(&joined->text, (size_t)JOINED_ROWS_MAX * (size_t)source->cols * UTF8_MAX * (1 + CELL_MARKS));
    source->read(source->ctx, row, cells, &continued);
    while (continued && joined->first > source->first && row - joined->first < JOINED_ROWS_MAX / 2) {
        joined->first--;
        source->read(source->ctx, joined->first, cells, &continued);
    }
    for (uint64_t at = joined->first; at < source->stop && joined->rows < JOINED_ROWS_MAX; at++) {
        int used = source->read(source->ctx, at, cells, &continued);
        if (at > row && !continued)
            break;
        for (int col = 0; col < used; col++)
            add_cell(joined, &cells[col], (uint32_t)(joined->rows * source->cols + col));
        joined->rows++;
    }
    free(cells);
}

static void joined_done(struct joined *joined)
{
    buf_done(&joined->text);
    free(joined->cells);
}

static struct copy_place place_of(const struct copymode *copy, const struct joined *joined, size_t byte)
{
    uint32_t cell = joined->cells[byte];
    uint32_t cols = (uint32_t)copy->source.cols;
    return (struct copy_place){joined->first + cell / cols, (int)(cell % cols)};
}

void copymode_search(struct copymode *copy, const struct pattern *pattern, bool back)
{
    copy->search = (struct copy_search){
        .pattern = pattern,
        .back = back,
        .bounded = true,
        .origin = copy->cursor,
        .next = copy->cursor.line,
        /* once around; the line of the cursor is looked at twice */
        .left = copy->source.stop - copy->source.first + JOINED_ROWS_MAX,
    };
}

/* The first match in the line that counts (the last one, searching back). */
static bool find_in(const struct copymode *copy, const struct joined *joined, struct copy_place *found)
{
    const struct copy_search *search = &copy->search;
    size_t start, end;
    bool any = false;
    for (size_t from = 0;
         pattern_find(search->pattern, buf_text(&joined->text), joined->text.len, from, &start, &end);
         from = end) {
        struct copy_place place = place_of(copy, joined, start);
        bool counts = !search->bounded || (search->back ? copy_place_before(place, search->origin)
                                                        : copy_place_before(search->origin, place));
        if (!counts)
            continue;
        any = true;
        *found = place;
        if (!search->back)
            break;
    }
    return any;
}

/* On to the next line, around the end. */
static void advance(struct copymode *copy, const struct joined *joined)
{
    struct copy_search *search = &copy->search;
    const struct copy_source *source = &copy->source;
    search->bounded = false;
    if (search->back) {
        search->wrapped = search->wrapped || joined->first == source->first;
        search->next = joined->first > source->first ? joined->first - 1 : source->stop - 1;
    } else {
        uint64_t next = joined->first + (uint64_t)joined->rows;
        search->wrapped = search->wrapped || next >= source->stop;
        search->next = next < source->stop ? next : source->first;
    }
    uint64_t rows = (uint64_t)joined->rows;
    search->left = search->left > rows ? search->left - rows : 0;
}

enum copy_found copymode_search_step(struct copymode *copy, size_t rows)
{
    struct copy_search *search = &copy->search;
    size_t done = 0;
    while (search->pattern != NULL && search->left > 0 && done < rows) {
        struct joined joined;
        struct copy_place found;
        join(copy, search->next, &joined);
        bool hit = find_in(copy, &joined, &found);
        if (!hit)
            advance(copy, &joined);
        done += (size_t)joined.rows;
        joined_done(&joined);
        if (hit) {
            search->pattern = NULL;
            copymode_go(copy, found);
            return COPY_FOUND;
        }
    }
    if (search->pattern != NULL && search->left > 0)
        return COPY_SEARCHING;
    search->pattern = NULL;
    return COPY_NOT_FOUND;
}

size_t copymode_hits(struct copymode *copy, const struct pattern *pattern, uint64_t line,
                     struct copy_hit *out, size_t room)
{
    struct joined joined;
    size_t count = 0, start, end;
    join(copy, line, &joined);
    uint32_t cols = (uint32_t)copy->source.cols;
    uint32_t low = (uint32_t)(line - joined.first) * cols, high = low + cols;
    for (size_t from = 0;
         count < room && pattern_find(pattern, buf_text(&joined.text), joined.text.len, from, &start, &end);
         from = end) {
        uint32_t first = joined.cells[start], last = joined.cells[end - 1];
        if (first >= high)
            break;
        if (last < low)
            continue;
        out[count++] = (struct copy_hit){(int)((first > low ? first : low) - low),
                                         last < high ? (int)(last - low) + 1 : (int)cols};
    }
    joined_done(&joined);
    return count;
}
