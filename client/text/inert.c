/*
 * One pass over the bytes. Runs of printable ASCII, which is nearly everything, are found eight bytes at a
 * time and copied whole; each other byte goes through a decision of its own. Nothing is written to the result
 * but through put(), so its cap holds by construction.
 */
#include "client/text/inert.h"

#include "client/base/buf.h"
#include "client/base/mem.h"
#include "client/base/utf8.h"
#include "client/text/escape.h"
#include "client/text/secret.h"
#include "client/text/sgr.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TAB_WIDTH = 8,
    MARKS_MAX = 4,  /* combining marks on one base */
    SPAN_MAX = 512, /* style changes kept in one line: hostile lines would have thousands */
    NOTE_ROOM = 40, /* for the note that says how much was cut */
    BLOCK_NOTE_ROOM = 40,
    ESC = 0x1B,
};

static const char mark_escape[] = "\xE2\x90\x9B";  /* U+241B */
static const char mark_newline[] = "\xE2\x90\xA4"; /* U+2424 */
static const char mark_ellipsis[] = "\xE2\x80\xA6";
static const char mark_no_base[] = "\xE2\x97\x8C"; /* U+25CC, the dotted circle that stands for a base */
static const struct style mark_style = {.attr = STYLE_DIM};

struct pass {
    struct buf out;
    bool label;   /* show everything unusual, know no styles */
    size_t limit; /* bytes out may reach, the note not counted */
    size_t at;    /* next byte of the input */

    struct text_span *spans;
    size_t span_count, span_room;
    struct style pen;    /* as the sequences say */
    struct style open;   /* of the text since open_at */
    size_t open_at;      /* offset in out */
    bool overwritten;    /* a CR came: the next text replaces what is there */
    size_t tab_from;     /* offset in out of a column that is a multiple of 8 */
    uint32_t base;       /* the character that marks would join, 0 for none */
    unsigned base_marks; /* marks it has */

    bool full;      /* the limit was reached */
    size_t full_at; /* offset in the input of the first byte that found no room */
    uint32_t dropped;
};

/* How many leading bytes are printable ASCII. The word test may only err after a byte that ends the run. */
static size_t plain_run(const char *bytes, size_t len)
{
    const uint64_t ones = 0x0101010101010101u, high = 0x80 * ones;
    size_t at = 0;
    for (; len - at >= sizeof(uint64_t); at += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, bytes + at, sizeof word);
        uint64_t odd = (word | (word - 0x20 * ones) | ((word ^ 0x7F * ones) - ones)) & high;
        if (odd != 0)
            break;
    }
    while (at < len && bytes[at] >= 0x20 && bytes[at] < 0x7F)
        at++;
    return at;
}

/* Letters of the most used scripts: they take part in no rule, and whole runs of them are copied. */
static bool is_ordinary(uint32_t cp)
{
    return (cp >= 0xA1 && cp < 0x300 && cp != 0xAD) || (cp >= 0x370 && cp < 0x483) ||
           (cp >= 0x2500 && cp < 0x2580) || (cp >= 0x3000 && cp < 0x3021) || (cp >= 0x3041 && cp < 0x3097) ||
           (cp >= 0x309B && cp < 0x3100) || (cp >= 0x4E00 && cp < 0xA000) || (cp >= 0xAC00 && cp < 0xD7A4);
}

/* How many leading bytes are ordinary characters past ASCII; *last is the last of them. */
static size_t ordinary_run(const char *bytes, size_t len, uint32_t *last)
{
    size_t at = 0;
    while (at < len && (unsigned char)bytes[at] >= 0x80) {
        uint32_t cp;
        size_t took = utf8_decode_final(bytes + at, len - at, &cp);
        if (!is_ordinary(cp))
            break;
        *last = cp;
        at += took;
    }
    return at;
}

static void close_span(struct pass *pass)
{
    struct style none = {0};
    if (style_equal(pass->open, none) || pass->out.len == pass->open_at)
        return;
    pass->spans = mem_grow(pass->spans, &pass->span_room, pass->span_count + 1, sizeof *pass->spans);
    pass->spans[pass->span_count++] = (struct text_span){
        .start = (uint32_t)pass->open_at,
        .len = (uint32_t)(pass->out.len - pass->open_at),
        .style = pass->open,
    };
}

static void use_style(struct pass *pass, struct style style)
{
    if (pass->label || style_equal(style, pass->open) || pass->span_count >= SPAN_MAX)
        return;
    close_span(pass);
    pass->open = style;
    pass->open_at = pass->out.len;
}

/* Forgets what stands before a lone CR and says that something did. */
static void restart(struct pass *pass)
{
    pass->overwritten = false;
    if (pass->out.len == 0)
        return;
    buf_clear(&pass->out);
    pass->span_count = 0;
    pass->open = mark_style;
    pass->open_at = 0;
    pass->full = false;
    buf_add_text(&pass->out, mark_ellipsis);
    pass->tab_from = pass->out.len;
    pass->base = 0;
}

/* The only writer of text. All of it or nothing, so that no character is cut. */
static bool put(struct pass *pass, const char *bytes, size_t len, struct style style)
{
    if (pass->overwritten)
        restart(pass);
    if (pass->full)
        return false;
    if (len > pass->limit - pass->out.len) {
        pass->full = true;
        pass->full_at = pass->at;
        return false;
    }
    use_style(pass, style);
    buf_add(&pass->out, bytes, len);
    return true;
}

static void put_mark(struct pass *pass, const char *mark)
{
    put(pass, mark, strlen(mark), mark_style);
    pass->base = 0;
}

/* ⟨202E⟩: a character that must not act, as its number. */
static void put_number(struct pass *pass, uint32_t cp)
{
    char text[24];
    snprintf(text, sizeof text, "\xE2\x9F\xA8%04X\xE2\x9F\xA9", (unsigned)cp);
    put_mark(pass, text);
}

/* A run of characters that need no thought, `last` the last of them; a part of it may fit. */
static void put_run(struct pass *pass, const char *bytes, size_t len, uint32_t last)
{
    if (pass->overwritten)
        restart(pass);
    size_t room = pass->limit - pass->out.len;
    size_t fits = pass->full ? 0 : len < room ? len : room;
    while (fits > 0 && fits < len && ((unsigned char)bytes[fits] & 0xC0) == 0x80)
        fits--;
    if (fits > 0)
        put(pass, bytes, fits, sgr_visible(pass->pen));
    if (fits < len && !pass->full) {
        pass->full = true;
        pass->full_at = pass->at + fits;
    }
    pass->base = last;
    pass->base_marks = 0;
}

static void put_tab(struct pass *pass)
{
    static const char spaces[] = "        ";
    size_t count = 1;
    if (!pass->label) {
        if (pass->overwritten)
            restart(pass);
        size_t from = pass->tab_from < pass->out.len ? pass->tab_from : pass->out.len;
        size_t columns = pass->out.len == 0 ? 0 : utf8_columns(pass->out.data + from, pass->out.len - from);
        count = TAB_WIDTH - columns % TAB_WIDTH;
    }
    put(pass, spaces, count, sgr_visible(pass->pen));
    pass->tab_from = pass->out.len;
    pass->base = ' ';
    pass->base_marks = 0;
}

static bool is_bidi_control(uint32_t cp)
{
    return cp == 0x061C || cp == 0x200E || cp == 0x200F || (cp >= 0x202A && cp <= 0x202E) ||
           (cp >= 0x2066 && cp <= 0x2069);
}

/* Characters that draw nothing and change how others are read: those of safety.md section 1 and the other
 * invisible format characters (Unicode 15, category Cf). */
static bool is_invisible(uint32_t cp)
{
    return cp == 0x00AD || cp == 0x034F || cp == 0x180E || (cp >= 0x200B && cp <= 0x200D) ||
           (cp >= 0x2060 && cp <= 0x2065) || (cp >= 0x206A && cp <= 0x206F) || cp == 0xFEFF ||
           (cp >= 0xFFF9 && cp <= 0xFFFB) || (cp >= 0x1BCA0 && cp <= 0x1BCA3) ||
           (cp >= 0x1D173 && cp <= 0x1D17A) || (cp >= 0xE0000 && cp <= 0xE007F);
}

static bool is_noncharacter(uint32_t cp)
{
    return (cp >= 0xFDD0 && cp <= 0xFDEF) || (cp & 0xFFFE) == 0xFFFE;
}

/* Something of zero width joins its base, in the base's style, and only so many do. */
static void put_combining(struct pass *pass, const char *bytes, size_t len)
{
    if (pass->overwritten)
        restart(pass);
    if (pass->base == 0) {
        put(pass, mark_no_base, strlen(mark_no_base), sgr_visible(pass->pen));
        pass->base = 0x25CC;
        pass->base_marks = 0;
    }
    if (pass->base_marks >= MARKS_MAX) {
        pass->dropped++;
        return;
    }
    pass->base_marks++;
    put(pass, bytes, len, pass->open);
}

static void put_invisible(struct pass *pass, uint32_t cp, const char *bytes, size_t len, size_t left)
{
    if (pass->label) {
        put_number(pass, cp);
        return;
    }
    uint32_t next = 0;
    if (cp == UTF8_ZWJ && left > len)
        utf8_decode_final(bytes + len, left - len, &next);
    if (cp == UTF8_ZWJ && utf8_is_emoji(pass->base) && utf8_is_emoji(next))
        put_combining(pass, bytes, len);
    else
        pass->dropped++;
}

/* One character past ASCII, or a run of ordinary ones; returns how many bytes it took. */
static size_t put_beyond_ascii(struct pass *pass, const char *bytes, size_t left)
{
    uint32_t cp;
    size_t run = ordinary_run(bytes, left, &cp);
    if (run > 0) {
        put_run(pass, bytes, run, cp);
        return run;
    }
    size_t len = utf8_decode_final(bytes, left, &cp);
    if (cp == 0x85 || cp == 0x2028 || cp == 0x2029 || is_bidi_control(cp)) {
        put_number(pass, cp);
        return len;
    }
    if (is_invisible(cp)) {
        put_invisible(pass, cp, bytes, len, left);
        return len;
    }
    if (cp < 0xA0 || is_noncharacter(cp))
        cp = UTF8_REPLACEMENT;
    char encoded[UTF8_MAX];
    size_t size = utf8_encode(cp, encoded);
    if (utf8_width(cp) == 0) {
        put_combining(pass, encoded, size);
        return len;
    }
    put(pass, encoded, size, sgr_visible(pass->pen));
    pass->base = cp;
    pass->base_marks = 0;
    return len;
}

static size_t put_escape(struct pass *pass, const char *bytes, size_t left)
{
    enum escape_kind kind;
    size_t len = escape_measure(bytes, left, &kind);
    if (pass->label || kind == ESCAPE_OTHER)
        put_mark(pass, mark_escape);
    else if (kind == ESCAPE_SGR)
        sgr_apply(&pass->pen, bytes + 2, len - 3);
    else
        pass->dropped++;
    return len;
}

/* A control character other than ESC. Returns how many bytes it took. */
static size_t put_control(struct pass *pass, const char *bytes, size_t left)
{
    bool crlf = bytes[0] == '\r' && left > 1 && bytes[1] == '\n';
    if (bytes[0] == '\t') {
        put_tab(pass);
    } else if (bytes[0] == '\n' || crlf) {
        put_mark(pass, mark_newline);
    } else if (pass->label) {
        char caret[2] = {'^', (char)(bytes[0] ^ 0x40)};
        put(pass, caret, sizeof caret, mark_style);
        pass->base = 0;
    } else if (bytes[0] == '\r') {
        pass->overwritten = true;
    } else {
        pass->dropped++;
    }
    return crlf ? 2 : 1;
}

static void run_pass(struct pass *pass, const char *bytes, size_t len)
{
    while (pass->at < len) {
        const char *next = bytes + pass->at;
        size_t left = len - pass->at;
        size_t took = plain_run(next, left);
        if (took > 0)
            put_run(pass, next, took, (uint32_t)next[took - 1]);
        else if (*next == ESC)
            took = put_escape(pass, next, left);
        else if ((unsigned char)*next < 0x80)
            took = put_control(pass, next, left);
        else
            took = put_beyond_ascii(pass, next, left);
        pass->at += took;
    }
    close_span(pass);
    if (pass->out.len > 0)
        pass->out.len =
            secret_hide(pass->out.data, pass->out.len, pass->spans, &pass->span_count, pass->full);
}

static bool only_plain(const char *bytes, size_t len, size_t limit)
{
    return len <= limit && plain_run(bytes, len) == len && !secret_is_in(bytes, len);
}

static struct pass pass_start(bool label, size_t max)
{
    struct pass pass = {.label = label, .limit = max - NOTE_ROOM};
    buf_init(&pass.out, max);
    return pass;
}

void inert_line(struct text *out, const char *bytes, size_t len)
{
    *out = (struct text){0};
    if (only_plain(bytes, len, INERT_LINE_MAX - NOTE_ROOM)) {
        out->bytes = mem_dup_bytes(bytes, len);
        out->len = (uint32_t)len;
        return;
    }
    struct pass pass = pass_start(false, INERT_LINE_MAX);
    run_pass(&pass, bytes, len);
    if (pass.full) {
        out->cut = (uint32_t)(len - pass.full_at < UINT32_MAX ? len - pass.full_at : UINT32_MAX);
        pass.open = (struct style){0};
        use_style(&pass, mark_style);
        buf_add_format(&pass.out, "%s +%u bytes", mark_ellipsis, out->cut);
        close_span(&pass);
    }
    out->dropped = pass.dropped;
    out->span_count = (uint32_t)pass.span_count;
    out->spans = pass.span_count > 0 ? mem_resize(pass.spans, pass.span_count, sizeof *pass.spans) : NULL;
    if (pass.span_count == 0)
        free(pass.spans);
    size_t size;
    char *taken = buf_take(&pass.out, &size);
    out->len = (uint32_t)size;
    out->bytes = mem_resize(taken, size + 1, 1);
}

static void label_pass(struct pass *pass, const char *bytes, size_t len, size_t max)
{
    *pass = pass_start(true, max);
    run_pass(pass, bytes, len);
    if (pass->full)
        buf_add_text(&pass->out, mark_ellipsis);
}

char *inert_label(const char *bytes, size_t len)
{
    if (only_plain(bytes, len, INERT_LABEL_MAX - NOTE_ROOM))
        return mem_dup_bytes(bytes, len);
    struct pass pass;
    label_pass(&pass, bytes, len, INERT_LABEL_MAX);
    return buf_take(&pass.out, NULL);
}

size_t inert_label_into(char *out, size_t size, const char *bytes, size_t len)
{
    if (size == 0)
        return 0;
    struct pass pass;
    label_pass(&pass, bytes, len, INERT_LABEL_MAX);
    size_t fits = pass.out.len < size ? pass.out.len : size - 1;
    while (fits > 0 && fits < pass.out.len && ((unsigned char)pass.out.data[fits] & 0xC0) == 0x80)
        fits--;
    if (fits > 0)
        memcpy(out, pass.out.data, fits);
    out[fits] = '\0';
    buf_done(&pass.out);
    return fits;
}

char *inert_block(const char *bytes, size_t len, size_t cap)
{
    struct buf out;
    buf_init(&out, cap);
    size_t room = cap > BLOCK_NOTE_ROOM ? cap - BLOCK_NOTE_ROOM : 0;
    size_t at = 0;
    while (at < len) {
        const char *end = memchr(bytes + at, '\n', len - at);
        size_t size = end != NULL ? (size_t)(end - bytes) - at : len - at;
        struct text line;
        inert_line(&line, bytes + at, size);
        bool fits = line.len + 1 <= room - out.len;
        if (fits) {
            buf_add(&out, line.bytes, line.len);
            if (end != NULL)
                buf_add_byte(&out, '\n');
        }
        text_done(&line);
        if (!fits)
            break;
        at += size + (end != NULL);
    }
    if (at < len)
        buf_add_format(&out, "%s +%zu bytes", mark_ellipsis, len - at);
    return buf_take(&out, NULL);
}
