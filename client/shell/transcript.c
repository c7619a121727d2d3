#include "client/shell/transcript.h"

#include "client/base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Line numbers begin here, so that there is room below for more rows than the shell counted. */
static const uint64_t STOP = 1ULL << 40;

/* A line, or as much of one as fits: the cells from..to-1 of a packed one. */
struct part {
    uint32_t at; /* where the packed line begins */
    uint16_t from, to;
    bool continued;
};

/* The lines of one answer, newest first as they came. */
struct page {
    uint64_t end; /* one more than the number of its first line */
    int cols;     /* of its packed lines */
    uint8_t *bytes;
    size_t len;
    struct part *parts;
    size_t count, room;
};

struct transcript {
    struct page *pages; /* newest first */
    size_t count, room;
    uint64_t wants; /* as the shell numbers lines */
    uint64_t first, stop;
    size_t bytes;
    int cols, last_cols; /* of the first and of the last answer */
    bool alternate;
    bool complete;
    struct cell *cells; /* a packed line that is wider than ours */
    size_t cells_room;
};

struct transcript *transcript_new(void)
{
    return mem_zalloc(1, sizeof(struct transcript));
}

void transcript_free(struct transcript *transcript)
{
    if (transcript == NULL)
        return;
    for (size_t i = 0; i < transcript->count; i++) {
        free(transcript->pages[i].bytes);
        free(transcript->pages[i].parts);
    }
    free(transcript->cells);
    free(transcript->pages);
    free(transcript);
}

uint64_t transcript_wants(const struct transcript *transcript)
{
    return transcript->stop > 0 ? transcript->wants : UINT64_MAX;
}

/* Cuts a line into parts of our width, and adds them newest first, as all is. */
static void add_parts(struct page *page, uint32_t at, const struct cell *cells, int used, bool continued,
                      int cols)
{
    size_t first = page->count;
    int from = 0;
    do {
        int to = used - from <= cols ? used : from + cols;
        if (to < used && cells[to].ch == CELL_WIDE_TAIL)
            to--;
        page->parts = mem_grow(page->parts, &page->room, page->count + 1, sizeof *page->parts);
        page->parts[page->count++] = (struct part){
            .at = at, .from = (uint16_t)from, .to = (uint16_t)to, .continued = from > 0 || continued};
        from = to;
    } while (from < used);
    for (size_t low = first, high = page->count - 1; low < high; low++, high--) {
        struct part part = page->parts[low];
        page->parts[low] = page->parts[high];
        page->parts[high] = part;
    }
}

/* Keeps a copy of the lines and where each begins. */
static void add_page(struct transcript *transcript, const struct wire_lines *lines)
{
    struct page page = {.end = transcript->first, .cols = lines->cols, .len = lines->len};
    transcript->cells =
        mem_grow(transcript->cells, &transcript->cells_room, (size_t)lines->cols, sizeof *transcript->cells);
    page.bytes = mem_alloc(lines->len);
    memcpy(page.bytes, lines->rows, lines->len);
    size_t at = 0;
    for (uint32_t i = 0; i < lines->count; i++) {
        int used;
        bool continued;
        size_t took =
            wire_line_read(page.bytes + at, page.len - at, transcript->cells, lines->cols, &used, &continued);
        assert(took > 0);
        add_parts(&page, (uint32_t)at, transcript->cells, used, continued, transcript->cols);
        at += took;
    }
    transcript->pages =
        mem_grow(transcript->pages, &transcript->room, transcript->count + 1, sizeof *transcript->pages);
    transcript->pages[transcript->count++] = page;
    transcript->bytes += page.len + page.count * sizeof *page.parts;
    transcript->first -= page.count;
}

/* Whether the answer is about other lines than those that are wanted. */
static bool has_changed(const struct transcript *transcript, const struct wire_lines *lines)
{
    return lines->alternate != transcript->alternate ||
           (lines->alternate && lines->cols != transcript->last_cols);
}

bool transcript_add(struct transcript *transcript, const struct wire_lines *lines)
{
    if (transcript->complete)
        return false;
    if (transcript->stop == 0) {
        transcript->cols = lines->cols;
        transcript->alternate = lines->alternate;
        transcript->stop = transcript->first = STOP;
    } else if (has_changed(transcript, lines)) {
        transcript->complete = true;
        return true;
    } else if (lines->count > 0 && lines->cols == transcript->last_cols && lines->end != transcript->wants) {
        return false;
    }
    if (lines->count > 0)
        add_page(transcript, lines);
    transcript->last_cols = lines->cols;
    transcript->wants = lines->end - lines->count;
    transcript->complete = transcript->wants == lines->oldest || transcript->bytes >= TRANSCRIPT_BYTES_MAX;
    return true;
}

void transcript_end(struct transcript *transcript)
{
    transcript->complete = true;
}

bool transcript_complete(const struct transcript *transcript)
{
    return transcript->complete;
}

uint64_t transcript_first(const struct transcript *transcript)
{
    return transcript->first;
}

uint64_t transcript_stop(const struct transcript *transcript)
{
    return transcript->stop;
}

int transcript_cols(const struct transcript *transcript)
{
    return transcript->cols;
}

bool transcript_alternate(const struct transcript *transcript)
{
    return transcript->alternate;
}

/* The page that holds a line: each ends where the one before it begins. */
static const struct page *page_of(const struct transcript *transcript, uint64_t line)
{
    size_t low = 0, high = transcript->count;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (transcript->pages[middle].end > line)
            low = middle;
        else
            high = middle;
    }
    return &transcript->pages[low];
}

int transcript_read(const struct transcript *transcript, uint64_t line, struct cell *cells, bool *continued)
{
    assert(line >= transcript->first && line < transcript->stop);
    const struct page *page = page_of(transcript, line);
    const struct part *part = &page->parts[page->end - 1 - line];
    bool fits = page->cols <= transcript->cols, unused;
    struct cell *whole = fits ? cells : transcript->cells;
    int used = 0, count = part->to - part->from;
    size_t took = wire_line_read(page->bytes + part->at, page->len - part->at, whole,
                                 fits ? transcript->cols : page->cols, &used, &unused);
    assert(took > 0);
    (void)took;
    if (!fits) {
        memcpy(cells, whole + part->from, (size_t)count * sizeof *cells);
        for (int col = count; col < transcript->cols; col++)
            cells[col] = (struct cell){0};
    }
    if (continued != NULL)
        *continued = part->continued;
    return count;
}
