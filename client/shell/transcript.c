#include "client/shell/transcript.h"

#include "client/base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* The lines of one answer, newest first as they came. */
struct page {
    uint64_t end; /* one more than the number of its first line */
    uint8_t *bytes;
    uint32_t *at; /* where each line begins, and where the last one ends */
};

struct transcript {
    struct page *pages; /* newest first */
    size_t count, room;
    uint64_t first, stop;
    size_t bytes;
    int cols;
    bool alternate;
    bool complete;
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
        free(transcript->pages[i].at);
    }
    free(transcript->pages);
    free(transcript);
}

uint64_t transcript_wants(const struct transcript *transcript)
{
    return transcript->count > 0 ? transcript->first : UINT64_MAX;
}

/* Keeps a copy of the lines and where each begins. */
static void add_page(struct transcript *transcript, const struct wire_lines *lines)
{
    struct page page = {.end = lines->end};
    struct cell *cells = mem_zalloc((size_t)lines->cols, sizeof *cells);
    page.bytes = mem_alloc(lines->len);
    memcpy(page.bytes, lines->rows, lines->len);
    page.at = mem_zalloc((size_t)lines->count + 1, sizeof *page.at);
    for (uint32_t i = 0; i < lines->count; i++) {
        int used;
        bool continued;
        size_t took = wire_line_read(page.bytes + page.at[i], lines->len - page.at[i], cells, lines->cols,
                                     &used, &continued);
        assert(took > 0);
        page.at[i + 1] = page.at[i] + (uint32_t)took;
    }
    free(cells);
    transcript->pages =
        mem_grow(transcript->pages, &transcript->room, transcript->count + 1, sizeof *transcript->pages);
    transcript->pages[transcript->count++] = page;
    transcript->bytes += lines->len + lines->count * sizeof *page.at;
}

bool transcript_add(struct transcript *transcript, const struct wire_lines *lines)
{
    if (transcript->complete)
        return false;
    if (transcript->count == 0) {
        transcript->cols = lines->cols;
        transcript->alternate = lines->alternate;
        transcript->stop = transcript->first = lines->end;
    } else if (lines->cols != transcript->cols || lines->alternate != transcript->alternate) {
        transcript->complete = true;
        return true;
    }
    if (lines->count > 0) {
        if (lines->end != transcript->first)
            return false;
        add_page(transcript, lines);
        transcript->first -= lines->count;
    }
    transcript->complete =
        lines->end - lines->count == lines->oldest || transcript->bytes >= TRANSCRIPT_BYTES_MAX;
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
    uint64_t index = page->end - 1 - line;
    bool unused;
    int used = 0;
    size_t took = wire_line_read(page->bytes + page->at[index], page->at[index + 1] - page->at[index], cells,
                                 transcript->cols, &used, continued != NULL ? continued : &unused);
    assert(took > 0);
    (void)took;
    return used;
}
