#include "client/cache_tails.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/base/log.h"
#include "client/base/mem.h"
#include "client/file.h"
#include "client/json.h"
#include "client/model_json.h"

enum { VERSION = 1, BOXES_MAX = 64, LINES_MAX = 1000 };

char *cache_tails_path(const char *cache_path)
{
    return mem_format("%s.tails", cache_path);
}

/* ---- writing ---- */

void cache_tails_begin(struct buf *out, int64_t now_wall_ms)
{
    buf_add_format(out, "{\"boxtop_tails\":%d,\"saved_at\":%" PRId64 "}\n", VERSION, now_wall_ms);
}

void cache_tails_add_box(struct buf *out, const char *box_id, int64_t read_at_ms,
                         const struct log_place *place, bool at_start, size_t lines)
{
    json_t *box =
        json_pack("{s:s, s:I, s:b, s:b, s:I, s:b, s:I}", "box", box_id, "read_at", (json_int_t)read_at_ms,
                  "known", place->known, "newest_first", place->newest_first, "end",
                  (json_int_t)(place->end & INT64_MAX), "at_start", at_start, "lines", (json_int_t)lines);
    char *text = box != NULL ? json_dumps(box, JSON_COMPACT) : NULL;
    buf_add_text(out, text != NULL ? text : "{}");
    buf_add_text(out, "\n");
    free(text);
    json_decref(box);
}

/* Inert text holds no control byte: only these two need a backslash. */
static void add_escaped(struct buf *out, const char *bytes, size_t len)
{
    for (size_t at = 0; at < len;) {
        size_t plain = 0;
        while (at + plain < len && bytes[at + plain] != '"' && bytes[at + plain] != '\\')
            plain++;
        buf_add(out, bytes + at, plain);
        at += plain;
        if (at < len) {
            buf_add_byte(out, '\\');
            buf_add_byte(out, bytes[at++]);
        }
    }
}

static void add_color(struct buf *out, color c, int base)
{
    if (color_is_index(c))
        buf_add_format(out, ";%d;5;%u", base, (unsigned)(c & 0xFF));
    else if (color_is_rgb(c))
        buf_add_format(out, ";%d;2;%u;%u;%u", base, (unsigned)(c >> 16 & 0xFF), (unsigned)(c >> 8 & 0xFF),
                       (unsigned)(c & 0xFF));
}

/* Styles as the SGR sequences they came from. */
static void add_style(struct buf *out, const struct style *style)
{
    static const struct {
        uint16_t attr;
        const char *code;
    } attrs[] = {{STYLE_BOLD, ";1"},
                 {STYLE_ITALIC, ";3"},
                 {STYLE_UNDERLINE, ";4"},
                 {STYLE_REVERSE, ";7"},
                 {STYLE_STRIKE, ";9"}};
    buf_add_text(out, "\\u001b[0");
    for (size_t i = 0; i < sizeof attrs / sizeof attrs[0]; i++)
        if (style->attr & attrs[i].attr)
            buf_add_text(out, attrs[i].code);
    add_color(out, style->fg, 38);
    add_color(out, style->bg, 48);
    buf_add_byte(out, 'm');
}

static void add_text(struct buf *out, const struct text *text)
{
    size_t at = 0;
    for (uint32_t i = 0; i < text->span_count; i++) {
        const struct text_span *span = &text->spans[i];
        add_escaped(out, text->bytes + at, span->start - at);
        add_style(out, &span->style);
        add_escaped(out, text->bytes + span->start, span->len);
        buf_add_text(out, "\\u001b[0m");
        at = span->start + span->len;
    }
    if (text->bytes != NULL)
        add_escaped(out, text->bytes + at, text->len - at);
}

void cache_tails_add_line(struct buf *out, const struct log_line *line, uint64_t digest)
{
    static const char *const levels[] = {[LOG_LEVEL_INFO] = "info",
                                         [LOG_LEVEL_WARN] = "warn",
                                         [LOG_LEVEL_ERROR] = "error",
                                         [LOG_LEVEL_OTHER] = "other"};
    static const char *const sources[] = {[LOG_SOURCE_SYSTEM] = "system",
                                          [LOG_SOURCE_AGENT] = "agent",
                                          [LOG_SOURCE_USER] = "user",
                                          [LOG_SOURCE_OTHER] = "other"};
    buf_add_format(out,
                   "{\"digest\":\"%016" PRIx64 "\",\"timestamp\":%" PRId64
                   ",\"level\":\"%s\",\"source\":\"%s\",\"message\":\"",
                   digest, line->time / 1000, levels[line->level], sources[line->source]);
    add_text(out, &line->text);
}

void cache_tails_add_rest(struct buf *out, const struct text *text)
{
    buf_add_text(out, "\\n");
    add_text(out, text);
}

void cache_tails_end_line(struct buf *out)
{
    buf_add_text(out, "\"}\n");
}

/* ---- reading ---- */

/* The next whole line from *at on; false at the end, and where the file was cut off. */
static bool next_line(const char *bytes, size_t len, size_t *at, struct json_element *line)
{
    const char *newline = *at < len ? memchr(bytes + *at, '\n', len - *at) : NULL;
    if (newline == NULL)
        return false;
    *line = json_element_whole(bytes + *at, (size_t)(newline - bytes) - *at);
    *at = (size_t)(newline - bytes) + 1;
    return true;
}

static bool read_header(const struct json_element *line)
{
    json_t *header = json_load_tolerant(line->bytes, line->len, NULL);
    bool ok = json_is_object(header) && json_int64(header, "boxtop_tails", 0) == VERSION;
    json_decref(header);
    return ok;
}

/* A box, and over its lines. False when nothing more can be made of the file. */
static bool read_box(struct cache_tails *tails, size_t len, size_t *at)
{
    struct json_element line;
    if (!next_line(tails->bytes, len, at, &line))
        return false;
    json_t *object = json_load_tolerant(line.bytes, line.len, NULL);
    size_t id_len = 0;
    const char *id = json_is_object(object) ? json_text(object, "box", &id_len) : NULL;
    int64_t lines = json_is_object(object) ? json_int64(object, "lines", 0) : 0;
    bool ok = id != NULL && model_id_valid(id, id_len) && lines > 0 && lines <= LINES_MAX;
    if (ok) {
        tails->boxes = mem_grow(tails->boxes, &tails->room, tails->count + 1, sizeof *tails->boxes);
        struct cache_tails_place *place = &tails->boxes[tails->count];
        *place = (struct cache_tails_place){
            .at = *at,
            .lines = (size_t)lines,
            .read_at = json_int64(object, "read_at", 0),
            .place = {.known = json_is_true(json_object_get(object, "known")),
                      .newest_first = json_is_true(json_object_get(object, "newest_first")),
                      .end = (uint64_t)json_int64(object, "end", 0) & INT64_MAX},
            .at_start = json_is_true(json_object_get(object, "at_start")),
        };
        memcpy(place->box_id, id, id_len);
        for (int64_t i = 0; i < lines && ok; i++)
            ok = next_line(tails->bytes, len, at, &line);
        place->end = *at;
        tails->count += ok;
    }
    json_decref(object);
    return ok;
}

bool cache_tails_load(struct cache_tails *tails, const char *path, struct err *err)
{
    *tails = (struct cache_tails){0};
    struct err why = {0};
    size_t len = 0, at = 0;
    struct json_element line;
    tails->bytes = file_read(path, CACHE_TAILS_MAX, &len, &why);
    bool ok = tails->bytes != NULL && next_line(tails->bytes, len, &at, &line) && read_header(&line);
    if (ok) {
        while (tails->count < BOXES_MAX && read_box(tails, len, &at))
            ;
        if (at < len)
            log_line("cache", "%s is damaged after byte %zu: what follows is left out", path, at);
        return true;
    }
    if (tails->bytes != NULL)
        err_set(&why, ERR_LOCAL, 0, "%s is not a cache of boxtop", path);
    if (why.code != ENOENT)
        log_line("cache", "%s", why.text);
    cache_tails_done(tails);
    if (err != NULL)
        *err = why;
    return false;
}

void cache_tails_done(struct cache_tails *tails)
{
    free(tails->bytes);
    free(tails->boxes);
    *tails = (struct cache_tails){0};
}

/* The digest that the line had at the service: without it nothing can join the lines. */
static bool read_line(struct log_line *out, const struct json_element *line)
{
    static const char key[] = "{\"digest\":\"";
    char digits[17] = "", *end = NULL;
    bool has = line->len > sizeof key + 16 && memcmp(line->bytes, key, sizeof key - 1) == 0;
    if (has)
        memcpy(digits, line->bytes + sizeof key - 1, 16);
    uint64_t digest = strtoull(digits, &end, 16);
    if (!has || end != digits + 16 || strspn(digits, "0123456789abcdef") != 16)
        return false;
    model_read_log_line(out, line);
    out->digest = digest;
    return true;
}

bool cache_tails_take(const struct cache_tails *tails, size_t index, struct cache_tail *out)
{
    const struct cache_tails_place *place = &tails->boxes[index];
    *out = (struct cache_tail){.read_at = place->read_at};
    out->lines = mem_zalloc(place->lines, sizeof *out->lines);
    out->resume.digests = mem_zalloc(place->lines, sizeof *out->resume.digests);
    out->resume.place = place->place;
    out->resume.at_start = place->at_start;
    struct json_element line;
    for (size_t at = place->at; at < place->end && next_line(tails->bytes, place->end, &at, &line);) {
        struct log_line *fresh = &out->lines[out->count];
        if (!read_line(fresh, &line))
            break;
        out->resume.digests[out->count++] = fresh->digest;
        if (fresh->time > 0)
            out->resume.newest_time = fresh->time;
    }
    out->resume.count = out->count;
    if (out->count == place->lines)
        return true;
    log_line("cache", "the cached log of %s is damaged: it is left out", place->box_id);
    log_lines_free(out->lines, out->count);
    free(out->resume.digests);
    *out = (struct cache_tail){0};
    return false;
}
