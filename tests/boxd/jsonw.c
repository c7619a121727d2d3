#include "tests/boxd/jsonw.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "client/base/utf8.h"

enum { CAP = 1 << 30 };

void jsonw_init(struct jsonw *w)
{
    buf_init(&w->buf, CAP);
    w->comma = false;
}

void jsonw_done(struct jsonw *w)
{
    buf_done(&w->buf);
}

static void before_value(struct jsonw *w)
{
    if (w->comma) {
        buf_add_byte(&w->buf, ',');
    }
    w->comma = true;
}

void jsonw_open(struct jsonw *w, char bracket)
{
    before_value(w);
    buf_add_byte(&w->buf, bracket);
    w->comma = false;
}

void jsonw_close(struct jsonw *w, char bracket)
{
    buf_add_byte(&w->buf, bracket);
    w->comma = true;
}

static void add_escaped(struct jsonw *w, unsigned char byte)
{
    switch (byte) {
    case '"':
        buf_add(&w->buf, "\\\"", 2);
        break;
    case '\\':
        buf_add(&w->buf, "\\\\", 2);
        break;
    case '\n':
        buf_add(&w->buf, "\\n", 2);
        break;
    case '\t':
        buf_add(&w->buf, "\\t", 2);
        break;
    default:
        buf_add_format(&w->buf, "\\u%04x", byte);
    }
}

/* How many bytes from `at` on may be written as they are. */
static size_t plain_run(const char *bytes, size_t len, size_t at)
{
    size_t end = at;
    while (end < len) {
        unsigned char byte = (unsigned char)bytes[end];
        if (byte < 0x20 || byte >= 0x7f || byte == '"' || byte == '\\') {
            break;
        }
        end++;
    }
    return end - at;
}

static void add_string(struct jsonw *w, const char *bytes, size_t len, bool verbatim)
{
    before_value(w);
    buf_add_byte(&w->buf, '"');
    for (size_t at = 0; at < len;) {
        size_t plain = plain_run(bytes, len, at);
        if (plain > 0) {
            buf_add(&w->buf, bytes + at, plain);
            at += plain;
            continue;
        }
        unsigned char byte = (unsigned char)bytes[at];
        if (byte < 0x80) {
            add_escaped(w, byte);
            at++;
        } else if (verbatim) {
            buf_add_byte(&w->buf, bytes[at++]);
        } else {
            uint32_t cp;
            char out[UTF8_MAX];
            at += utf8_decode_final(bytes + at, len - at, &cp);
            buf_add(&w->buf, out, utf8_encode(cp, out));
        }
    }
    buf_add_byte(&w->buf, '"');
}

void jsonw_key(struct jsonw *w, const char *key)
{
    add_string(w, key, strlen(key), false);
    buf_add_byte(&w->buf, ':');
    w->comma = false;
}

void jsonw_text(struct jsonw *w, const char *text)
{
    if (text == NULL) {
        jsonw_null(w);
    } else {
        add_string(w, text, strlen(text), false);
    }
}

void jsonw_bytes(struct jsonw *w, const char *bytes, size_t len)
{
    add_string(w, bytes, len, false);
}

void jsonw_verbatim(struct jsonw *w, const char *bytes, size_t len)
{
    add_string(w, bytes, len, true);
}

void jsonw_int(struct jsonw *w, int64_t value)
{
    before_value(w);
    buf_add_format(&w->buf, "%lld", (long long)value);
}

void jsonw_real(struct jsonw *w, double value)
{
    before_value(w);
    if (isfinite(value)) {
        buf_add_format(&w->buf, "%.10g", value);
    } else {
        buf_add_text(&w->buf, "0");
    }
}

void jsonw_bool(struct jsonw *w, bool value)
{
    before_value(w);
    buf_add_text(&w->buf, value ? "true" : "false");
}

void jsonw_null(struct jsonw *w)
{
    before_value(w);
    buf_add_text(&w->buf, "null");
}

void jsonw_raw(struct jsonw *w, const char *bytes, size_t len)
{
    before_value(w);
    buf_add(&w->buf, bytes, len);
}

void jsonw_value(struct jsonw *w, const json_t *value)
{
    char *text = value == NULL ? NULL : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    if (text == NULL) {
        jsonw_null(w);
    } else {
        jsonw_raw(w, text, strlen(text));
    }
    free(text);
}

void jsonw_text_field(struct jsonw *w, const char *key, const char *value)
{
    jsonw_key(w, key);
    jsonw_text(w, value);
}

void jsonw_int_field(struct jsonw *w, const char *key, int64_t value)
{
    jsonw_key(w, key);
    jsonw_int(w, value);
}

void jsonw_real_field(struct jsonw *w, const char *key, double value)
{
    jsonw_key(w, key);
    jsonw_real(w, value);
}

void jsonw_bool_field(struct jsonw *w, const char *key, bool value)
{
    jsonw_key(w, key);
    jsonw_bool(w, value);
}
