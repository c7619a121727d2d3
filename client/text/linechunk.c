#include "client/text/linechunk.h"

#include "client/base/mem.h"
#include "client/base/utf8.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A head: one byte of flags, the length of the text (of a gap: why), then what the flags announce. */
enum {
    HEAD_LEVEL = 3,       /* mask */
    HEAD_SOURCE = 3 << 2, /* mask */
    HEAD_CONTINUED = 1 << 4,
    HEAD_GAP = 1 << 5,
    HEAD_EXTRA = 1 << 6, /* a number of bytes, and so many bytes: what was dropped, cut, and the styles */
    HEAD_TIME = 1 << 7,  /* another time than the line before: see put_time */
};

enum { NUMBER_MAX = 10, TEXT_MAX = 16 << 20 };

/* Below this a difference of times is written as such. */
static const int64_t STEP_MAX = (int64_t)1 << 60;

/* The mark of a time that is written in full: no difference of times looks so. */
static const uint64_t TIME_WHOLE = 1;

void linechunk_init(struct linechunk *chunk, int64_t time)
{
    *chunk = (struct linechunk){.time = time, .file_at = -1};
}

void linechunk_done(struct linechunk *chunk)
{
    if (!chunk->sealed)
        free(chunk->heads);
    free(chunk->text);
    free(chunk->marks);
    *chunk = (struct linechunk){.file_at = -1};
}

/* ---- writing ---- */

/* Numbers in groups of seven bits, the lowest first. */
static void put_number(struct linechunk *chunk, uint64_t number)
{
    chunk->heads =
        mem_grow(chunk->heads, &chunk->head_room, (size_t)chunk->head_len + NUMBER_MAX, sizeof *chunk->heads);
    for (; number >= 0x80; number >>= 7)
        chunk->heads[chunk->head_len++] = (uint8_t)(number | 0x80);
    chunk->heads[chunk->head_len++] = (uint8_t)number;
}

/* The service's stamps are whole seconds: mostly one byte. */
static void put_time(struct linechunk *chunk, int64_t time)
{
    int64_t step;
    if (__builtin_sub_overflow(time, chunk->time, &step) || step >= STEP_MAX || step <= -STEP_MAX) {
        put_number(chunk, TIME_WHOLE);
        put_number(chunk, (uint64_t)time);
        return;
    }
    bool seconds = step % 1000 == 0;
    step = seconds ? step / 1000 : step;
    uint64_t folded = ((uint64_t)step << 1) ^ (uint64_t)(step < 0 ? -1 : 0);
    put_number(chunk, folded << 1 | !seconds);
}

/* A colour as a small number: the default, then the palette, then RGB. */
static uint64_t pack_color(color c)
{
    if (color_is_default(c))
        return 0;
    return color_is_index(c) ? 1 + (c & 0xFF) : 257 + (uint64_t)(c & 0xFFFFFF);
}

static void put_extra(struct linechunk *chunk, const struct text *text)
{
    struct linechunk extra = {0};
    put_number(&extra, text->dropped);
    put_number(&extra, text->cut);
    uint32_t end = 0;
    for (uint32_t i = 0; i < text->span_count; i++) {
        const struct text_span *span = &text->spans[i];
        put_number(&extra, span->start - end);
        put_number(&extra, span->len);
        put_number(&extra, span->style.attr);
        put_number(&extra, pack_color(span->style.fg));
        put_number(&extra, pack_color(span->style.bg));
        end = span->start + span->len;
    }
    put_number(chunk, extra.head_len);
    chunk->heads = mem_grow(chunk->heads, &chunk->head_room, (size_t)chunk->head_len + extra.head_len,
                            sizeof *chunk->heads);
    memcpy(chunk->heads + chunk->head_len, extra.heads, extra.head_len);
    chunk->head_len += extra.head_len;
    free(extra.heads);
}

static void add_mark(struct linechunk *chunk)
{
    size_t count = chunk->count / LINECHUNK_STRIDE;
    chunk->marks = mem_grow(chunk->marks, &chunk->mark_room, count + 1, sizeof *chunk->marks);
    chunk->marks[count] = (struct linechunk_mark){chunk->text_len, chunk->head_len, chunk->time};
}

static void add_text(struct linechunk *chunk, const char *bytes, size_t len)
{
    chunk->text = mem_grow(chunk->text, &chunk->text_room, chunk->text_len + len + 1, 1);
    if (len > 0)
        memcpy(chunk->text + chunk->text_len, bytes, len);
    chunk->text_len += (uint32_t)len;
    chunk->text[chunk->text_len++] = '\0';
}

void linechunk_add(struct linechunk *chunk, const struct line_entry *entry)
{
    assert(!chunk->sealed);
    if (chunk->count % LINECHUNK_STRIDE == 0)
        add_mark(chunk);
    const struct text *text = &entry->line.text;
    size_t len = text->len > TEXT_MAX ? utf8_cut(text->bytes, text->len, TEXT_MAX) : text->len;
    int64_t time = entry->gap ? chunk->time : entry->line.time;
    bool extra = !entry->gap && (text->span_count > 0 || text->dropped > 0 || text->cut > 0);
    put_number(chunk, 0);
    uint8_t *flags = &chunk->heads[chunk->head_len - 1];
    *flags = (uint8_t)((unsigned)entry->line.level | (unsigned)entry->line.source << 2 |
                       (entry->continued ? HEAD_CONTINUED : 0) | (entry->gap ? HEAD_GAP : 0) |
                       (extra ? HEAD_EXTRA : 0) | (time != chunk->time ? HEAD_TIME : 0));
    put_number(chunk, entry->gap ? (uint64_t)entry->why : len);
    if (time != chunk->time)
        put_time(chunk, time);
    if (entry->gap)
        put_number(chunk, entry->gap_ms > 0 ? (uint64_t)entry->gap_ms : 0);
    if (extra)
        put_extra(chunk, text);
    add_text(chunk, text->bytes, entry->gap ? 0 : len);
    chunk->time = time;
    chunk->count++;
    chunk->errors += !entry->gap && entry->line.level == LOG_LEVEL_ERROR;
    chunk->gaps += entry->gap;
}

void linechunk_seal(struct linechunk *chunk)
{
    if (chunk->sealed)
        return;
    char *both = mem_alloc(linechunk_size(chunk));
    if (chunk->count > 0) {
        memcpy(both, chunk->text, chunk->text_len);
        memcpy(both + chunk->text_len, chunk->heads, chunk->head_len);
    }
    free(chunk->text);
    free(chunk->heads);
    size_t marks = (chunk->count + LINECHUNK_STRIDE - 1) / LINECHUNK_STRIDE;
    chunk->marks = mem_resize(chunk->marks, marks, sizeof *chunk->marks);
    chunk->mark_room = marks;
    chunk->text = both;
    chunk->heads = (uint8_t *)both + chunk->text_len;
    chunk->text_room = chunk->text_len;
    chunk->head_room = chunk->head_len;
    chunk->sealed = true;
}

size_t linechunk_size(const struct linechunk *chunk)
{
    return (size_t)chunk->text_len + chunk->head_len;
}

size_t linechunk_memory(const struct linechunk *chunk)
{
    size_t bytes = chunk->text != NULL ? chunk->text_room + chunk->head_room : 0;
    return sizeof *chunk + bytes + chunk->mark_room * sizeof *chunk->marks;
}

/* ---- reading ---- */

struct linechunk_bytes linechunk_bytes(const struct linechunk *chunk)
{
    return (struct linechunk_bytes){.text = chunk->text, .heads = chunk->heads};
}

struct linechunk_bytes linechunk_bytes_of(const struct linechunk *chunk, const char *copy)
{
    return (struct linechunk_bytes){.text = copy, .heads = (const uint8_t *)copy + chunk->text_len};
}

/* Reads never pass `end`: what a disk gave back may be anything. */
struct head_reader {
    const uint8_t *at, *end;
};

static uint64_t get_number(struct head_reader *in)
{
    uint64_t number = 0;
    for (unsigned shift = 0; in->at < in->end && shift < 64; shift += 7) {
        uint8_t byte = *in->at++;
        number |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80)
            break;
    }
    return number;
}

static int64_t get_time(struct head_reader *in, int64_t before)
{
    uint64_t packed = get_number(in);
    if (packed == TIME_WHOLE)
        return (int64_t)get_number(in);
    uint64_t folded = packed >> 1;
    uint64_t step = (folded >> 1) ^ (folded & 1 ? UINT64_MAX : 0);
    return (int64_t)((uint64_t)before + step * (packed & 1 ? 1 : 1000));
}

static color unpack_color(uint64_t packed)
{
    if (packed == 0)
        return COLOR_DEFAULT_VALUE;
    return packed <= 256 ? color_index((uint8_t)(packed - 1))
                         : COLOR_RGB_TAG | (color)((packed - 257) & 0xFFFFFF);
}

/* One line's head, without its styles. */
struct head {
    uint8_t flags;
    uint64_t len; /* of the text; of a gap: why */
    int64_t time;
    uint64_t gap_ms;
    struct head_reader extra;
};

/* Moves *in behind the head. */
static struct head get_head(struct head_reader *in, int64_t before)
{
    struct head head = {.flags = in->at < in->end ? *in->at++ : 0, .time = before};
    head.len = get_number(in);
    if (head.flags & HEAD_TIME)
        head.time = get_time(in, before);
    if (head.flags & HEAD_GAP)
        head.gap_ms = get_number(in);
    if (head.flags & HEAD_EXTRA) {
        uint64_t bytes = get_number(in);
        if (bytes > (uint64_t)(in->end - in->at))
            bytes = (uint64_t)(in->end - in->at);
        head.extra = (struct head_reader){in->at, in->at + bytes};
        in->at += bytes;
    }
    return head;
}

static struct head_reader heads_from(const struct linechunk *chunk, const struct linechunk_bytes *bytes,
                                     uint32_t head_at)
{
    uint32_t at = head_at < chunk->head_len ? head_at : chunk->head_len;
    return (struct head_reader){bytes->heads + at, bytes->heads + chunk->head_len};
}

/* Over one line. */
static void step_over(const struct linechunk *chunk, const struct linechunk_bytes *bytes,
                      struct linechunk_mark *at)
{
    struct head_reader in = heads_from(chunk, bytes, at->head_at);
    struct head head = get_head(&in, at->time);
    uint64_t len = (head.flags & HEAD_GAP ? 0 : head.len) + 1;
    uint32_t left = chunk->text_len - at->text_at;
    at->head_at = (uint32_t)(in.at - bytes->heads);
    at->text_at += len < left ? (uint32_t)len : left;
    at->time = head.time;
}

struct linechunk_mark linechunk_find(const struct linechunk *chunk, const struct linechunk_bytes *bytes,
                                     uint32_t index)
{
    if (index >= chunk->count)
        return (struct linechunk_mark){chunk->text_len, chunk->head_len, chunk->time};
    struct linechunk_mark at = chunk->marks[index / LINECHUNK_STRIDE];
    for (uint32_t i = index % LINECHUNK_STRIDE; i > 0; i--)
        step_over(chunk, bytes, &at);
    return at;
}

static void read_extra(struct linechunk_reader *reader, struct head_reader in)
{
    struct text *text = &reader->entry.line.text;
    text->dropped = (uint32_t)get_number(&in);
    text->cut = (uint32_t)get_number(&in);
    uint32_t end = 0, count = 0;
    while (in.at < in.end) {
        struct text_span span;
        span.start = end + (uint32_t)get_number(&in);
        span.len = (uint32_t)get_number(&in);
        span.style.attr = (uint16_t)get_number(&in);
        span.style.fg = unpack_color(get_number(&in));
        span.style.bg = unpack_color(get_number(&in));
        if (span.start < end || span.start > text->len || span.len > text->len - span.start)
            break;
        reader->spans = mem_grow(reader->spans, &reader->span_room, count + 1, sizeof *reader->spans);
        reader->spans[count++] = span;
        end = span.start + span.len;
    }
    text->spans = count > 0 ? reader->spans : NULL;
    text->span_count = count;
}

static bool unreadable(struct linechunk_reader *reader, struct linechunk_mark *at)
{
    reader->entry = (struct line_entry){.line = {.time = at->time}, .gap = true, .why = LINE_GAP_UNREADABLE};
    return false;
}

bool linechunk_read(const struct linechunk *chunk, const struct linechunk_bytes *bytes,
                    struct linechunk_mark *at, struct linechunk_reader *reader)
{
    struct head_reader in = heads_from(chunk, bytes, at->head_at);
    struct head head = get_head(&in, at->time);
    at->time = head.time;
    at->head_at = (uint32_t)(in.at - bytes->heads);
    reader->entry = (struct line_entry){
        .line = {.time = head.time,
                 .level = (enum log_level)(head.flags & HEAD_LEVEL),
                 .source = (enum log_source)((head.flags & HEAD_SOURCE) >> 2)},
        .continued = (head.flags & HEAD_CONTINUED) != 0,
        .gap = (head.flags & HEAD_GAP) != 0,
    };
    uint64_t len = reader->entry.gap ? 0 : head.len;
    if (at->text_at >= chunk->text_len || len >= chunk->text_len - at->text_at ||
        bytes->text[at->text_at + len] != '\0')
        return unreadable(reader, at);
    if (reader->entry.gap) {
        reader->entry.why = (enum line_gap)(head.len & 3);
        reader->entry.gap_ms = (int64_t)(head.gap_ms & INT64_MAX);
    } else {
        reader->entry.line.text.bytes = (char *)bytes->text + at->text_at;
        reader->entry.line.text.len = (uint32_t)len;
    }
    at->text_at += (uint32_t)len + 1;
    if (head.flags & HEAD_EXTRA)
        read_extra(reader, head.extra);
    return true;
}

void linechunk_reader_done(struct linechunk_reader *reader)
{
    free(reader->spans);
    *reader = (struct linechunk_reader){0};
}

uint32_t linechunk_line_at(const struct linechunk *chunk, const struct linechunk_bytes *bytes,
                           uint32_t text_at, uint32_t *start)
{
    uint32_t low = 0, high = (chunk->count + LINECHUNK_STRIDE - 1) / LINECHUNK_STRIDE;
    while (high - low > 1) { /* the last mark at or before the byte */
        uint32_t middle = low + (high - low) / 2;
        if (chunk->marks[middle].text_at <= text_at)
            low = middle;
        else
            high = middle;
    }
    struct linechunk_mark at = chunk->marks[low];
    uint32_t index = low * LINECHUNK_STRIDE;
    for (;; index++) {
        struct linechunk_mark next = at;
        step_over(chunk, bytes, &next);
        if (next.text_at > text_at || index + 1 >= chunk->count)
            break;
        at = next;
    }
    *start = at.text_at;
    return index;
}

uint32_t linechunk_find_time(const struct linechunk *chunk, const struct linechunk_bytes *bytes, int64_t time)
{
    uint32_t marks = (chunk->count + LINECHUNK_STRIDE - 1) / LINECHUNK_STRIDE, low = 0, high = marks;
    while (low < high) { /* the first mark after a line of that time or later */
        uint32_t middle = low + (high - low) / 2;
        if (chunk->marks[middle].time < time)
            low = middle + 1;
        else
            high = middle;
    }
    uint32_t index = low > 0 ? (low - 1) * LINECHUNK_STRIDE : 0;
    struct linechunk_mark at = linechunk_find(chunk, bytes, index);
    for (; index < chunk->count; index++) {
        step_over(chunk, bytes, &at);
        if (at.time >= time)
            return index;
    }
    return chunk->count;
}
