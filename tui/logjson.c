#include "tui/logjson.h"

#include "client/base/buf.h"
#include "client/base/mem.h"
#include "client/text/inert.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { INDENT = 2, INDENT_MAX = 40, TRIES_MAX = 32, DEPTH_MAX = 256, VALUE_MAX = 1 << 20 };

void logjson_done(struct logjson *json)
{
    for (size_t i = 0; i < json->count; i++)
        text_done(&json->rows[i].text);
    free(json->rows);
    *json = (struct logjson){0};
}

/* ---- where it is ---- */

/* The object or list that begins at `text`, NULL when none does. *used: how many bytes it takes. */
static json_t *json_at(const char *text, size_t *used)
{
    json_error_t error;
    json_t *value = json_loads(text, JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL, &error);
    *used = value != NULL ? (size_t)error.position : 0;
    return value;
}

/* The first JSON in a line that is worth laying out. A line full of brackets is not tried at each of them. */
static json_t *find_json(const char *text, size_t *start, size_t *used)
{
    const char *at = text + strcspn(text, "{[");
    for (int tries = 0; *at != '\0' && tries < TRIES_MAX; tries++) {
        json_t *value = json_at(at, used);
        if (value != NULL && (json_object_size(value) > 0 || json_array_size(value) > 1)) {
            *start = (size_t)(at - text);
            return value;
        }
        json_decref(value);
        at += 1 + strcspn(at + 1, "{[");
    }
    return NULL;
}

bool logjson_is_in(const char *text)
{
    size_t start, used;
    json_t *value = find_json(text, &start, &used);
    json_decref(value);
    return value != NULL;
}

/* ---- rows ---- */

/* A row under way. */
struct maker {
    struct logjson *out;
    struct buf bytes;
    struct logview_row row;
    int pieces;
};

static void add_bytes(struct maker *maker, const char *bytes, size_t len, enum role role)
{
    struct text inert = {0};
    inert_line(&inert, bytes, len);
    if (role != ROLE_TEXT && inert.len > 0 && maker->pieces < 2)
        maker->row.pieces[maker->pieces++] =
            (struct logview_piece){(uint32_t)maker->bytes.len, inert.len, role};
    buf_add(&maker->bytes, inert.bytes, inert.len);
    text_done(&inert);
}

static void add_text(struct maker *maker, const char *text, enum role role)
{
    add_bytes(maker, text, strlen(text), role);
}

static void indent(struct maker *maker, int depth)
{
    int columns = depth * INDENT < INDENT_MAX ? depth * INDENT : INDENT_MAX;
    for (int i = 0; i < columns; i++)
        buf_add_byte(&maker->bytes, ' ');
}

/* False when there are enough rows. */
static bool end_row(struct maker *maker)
{
    struct logjson *out = maker->out;
    bool last = out->count + 1 == LOGJSON_ROWS;
    if (out->count == LOGJSON_ROWS)
        return false;
    if (last) {
        buf_clear(&maker->bytes);
        buf_add_text(&maker->bytes, "(the rest is not laid out)");
        memset(maker->row.pieces, 0, sizeof maker->row.pieces);
    }
    maker->row.text = (struct text){.bytes = mem_dup_bytes(buf_text(&maker->bytes), maker->bytes.len),
                                    .len = (uint32_t)maker->bytes.len};
    out->rows = mem_grow(out->rows, &out->room, out->count + 1, sizeof *out->rows);
    out->rows[out->count++] = maker->row;
    buf_clear(&maker->bytes);
    maker->row = (struct logview_row){0};
    maker->pieces = 0;
    return !last;
}

static void add_scalar(struct maker *maker, const json_t *value)
{
    enum role role = json_is_string(value)   ? ROLE_JSON_STRING
                     : json_is_number(value) ? ROLE_JSON_NUMBER
                                             : ROLE_JSON_WORD;
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    add_text(maker, text != NULL ? text : "null", role);
    free(text);
}

static void add_key(struct maker *maker, const char *key)
{
    json_t *string = json_string(key);
    char *text = json_dumps(string, JSON_ENCODE_ANY);
    add_text(maker, text != NULL ? text : "\"\"", ROLE_JSON_KEY);
    buf_add_text(&maker->bytes, ": ");
    free(text);
    json_decref(string);
}

static bool add_value(struct maker *maker, const json_t *value, int depth);

static bool add_member(struct maker *maker, const char *key, const json_t *value, int depth, bool last)
{
    indent(maker, depth);
    if (key != NULL)
        add_key(maker, key);
    if (!add_value(maker, value, depth))
        return false;
    buf_add_text(&maker->bytes, last ? "" : ",");
    return end_row(maker);
}

/* From where the row stands: opens, gives each member a row, and closes in a row that stays open. Depth is
 * bounded by what fits into a line, and by DEPTH_MAX. */
static bool add_members(struct maker *maker, const json_t *value, int depth)
{
    bool object = json_is_object(value);
    size_t count = object ? json_object_size(value) : json_array_size(value), at = 0;
    buf_add_text(&maker->bytes, object ? "{" : "[");
    if (!end_row(maker))
        return false;
    if (object) {
        const char *key;
        json_t *member;
        json_object_foreach((json_t *)value, key, member)
        {
            if (!add_member(maker, key, member, depth + 1, ++at == count))
                return false;
        }
    }
    for (; !object && at < count; at++)
        if (!add_member(maker, NULL, json_array_get(value, at), depth + 1, at + 1 == count))
            return false;
    indent(maker, depth);
    buf_add_text(&maker->bytes, object ? "}" : "]");
    return true;
}

static bool add_value(struct maker *maker, const json_t *value, int depth)
{
    bool empty = json_object_size(value) == 0 && json_array_size(value) == 0;
    if (json_is_object(value) || json_is_array(value)) {
        if (!empty && depth < DEPTH_MAX)
            return add_members(maker, value, depth);
        buf_add_text(&maker->bytes,
                     json_is_object(value) ? (empty ? "{}" : "{...}") : (empty ? "[]" : "[...]"));
        return true;
    }
    add_scalar(maker, value);
    return true;
}

bool logjson_lay_out(struct logjson *out, const char *text)
{
    size_t start, used;
    json_t *value = find_json(text, &start, &used);
    *out = (struct logjson){0};
    if (value == NULL)
        return false;
    struct maker maker = {.out = out};
    buf_init(&maker.bytes, VALUE_MAX);
    add_bytes(&maker, text, start, ROLE_TEXT);
    if (add_members(&maker, value, 0)) {
        add_text(&maker, text + start + used, ROLE_TEXT);
        end_row(&maker);
    }
    buf_done(&maker.bytes);
    json_decref(value);
    return true;
}
