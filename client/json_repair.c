#include "client/json.h"

#include "client/base/utf8.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char hex_replacement[] = "\\ufffd";
static const char hex_nul_symbol[] = "\\u2400";

/* The value of `\uXXXX` at `bytes`, -1 when it is not one. */
static int escape_unit(const char *bytes, size_t len)
{
    if (len < 6 || bytes[0] != '\\' || bytes[1] != 'u')
        return -1;
    int value = 0;
    for (size_t i = 2; i < 6; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (!isxdigit(c))
            return -1;
        value = value * 16 + (isdigit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return value;
}

/* The length of the string that starts at `bytes` with a quote, both quotes counted; all of it when it is not
 * closed. */
static size_t string_length(const char *bytes, size_t len)
{
    for (size_t at = 1; at < len; at++) {
        if (bytes[at] == '"')
            return at + 1;
        if (bytes[at] == '\\')
            at++;
    }
    return len;
}

static bool is_key(const char *after, size_t len)
{
    size_t at = 0;
    while (at < len && strchr(" \t\r\n", after[at]) != NULL && after[at] != '\0')
        at++;
    return at < len && after[at] == ':';
}

/* Copies the escape at `bytes`, repaired; returns how many bytes of the input it took. */
static size_t repair_escape(struct buf *out, const char *bytes, size_t len, bool key)
{
    int unit = escape_unit(bytes, len);
    if (unit < 0) {
        size_t took = len < 2 ? len : 2;
        buf_add(out, bytes, took);
        return took;
    }
    bool high = unit >= 0xD800 && unit <= 0xDBFF;
    int next = high ? escape_unit(bytes + 6, len - 6) : -1;
    if (high && next >= 0xDC00 && next <= 0xDFFF) {
        buf_add(out, bytes, 12);
        return 12;
    }
    if (unit >= 0xD800 && unit <= 0xDFFF)
        buf_add_text(out, hex_replacement);
    else if (unit == 0 && key)
        buf_add_text(out, hex_nul_symbol);
    else
        buf_add(out, bytes, 6);
    return 6;
}

static void repair_string(struct buf *out, const char *bytes, size_t len, bool key)
{
    for (size_t at = 0; at < len;) {
        if (bytes[at] == '\\') {
            at += repair_escape(out, bytes + at, len - at, key);
            continue;
        }
        if ((unsigned char)bytes[at] < 0x80) {
            buf_add_byte(out, bytes[at++]);
            continue;
        }
        uint32_t cp;
        char encoded[UTF8_MAX];
        at += utf8_decode_final(bytes + at, len - at, &cp);
        buf_add(out, encoded, utf8_encode(cp, encoded));
    }
}

static size_t count_digits(const char *bytes, size_t len, size_t at)
{
    size_t count = 0;
    while (at + count < len && isdigit((unsigned char)bytes[at + count]))
        count++;
    return count;
}

/* Whether the token is a number by RFC 8259; *integer tells whether it has neither fraction nor exponent. */
static bool is_number(const char *bytes, size_t len, bool *integer)
{
    size_t at = len > 0 && bytes[0] == '-';
    size_t digits = count_digits(bytes, len, at);
    if (digits == 0 || (digits > 1 && bytes[at] == '0'))
        return false;
    at += digits;
    *integer = at == len;
    if (at < len && bytes[at] == '.') {
        digits = count_digits(bytes, len, ++at);
        if (digits == 0)
            return false;
        at += digits;
    }
    if (at < len && (bytes[at] == 'e' || bytes[at] == 'E')) {
        at++;
        at += at < len && (bytes[at] == '+' || bytes[at] == '-');
        digits = count_digits(bytes, len, at);
        if (digits == 0)
            return false;
        at += digits;
    }
    return at == len;
}

/* Whether jansson would refuse a well-formed number for its size. */
static bool is_too_big(const char *bytes, size_t len, bool integer)
{
    struct buf copy;
    buf_init(&copy, len + 1);
    buf_add(&copy, bytes, len);
    errno = 0;
    bool result;
    if (integer) {
        strtoll(copy.data, NULL, 10);
        result = errno == ERANGE;
    } else {
        result = isinf(strtod(copy.data, NULL));
    }
    buf_done(&copy);
    return result;
}

/* Copies the number at `bytes`; returns its length. */
static size_t repair_number(struct buf *out, const char *bytes, size_t len)
{
    size_t size = 0;
    while (size < len && (isalnum((unsigned char)bytes[size]) || strchr("+-.", bytes[size]) != NULL) &&
           bytes[size] != '\0')
        size++;
    bool integer = false;
    /* Whatever has no more than 18 digits and no exponent fits. */
    bool quote = size > 4 && is_number(bytes, size, &integer) && is_too_big(bytes, size, integer);
    if (quote)
        buf_add_byte(out, '"');
    buf_add(out, bytes, size);
    if (quote)
        buf_add_byte(out, '"');
    return size;
}

bool json_repair(struct buf *out, const char *bytes, size_t len)
{
    if (len > (out->cap - out->len) / 6)
        return false;
    for (size_t at = 0; at < len;) {
        if (bytes[at] == '"') {
            size_t size = string_length(bytes + at, len - at);
            repair_string(out, bytes + at, size, is_key(bytes + at + size, len - at - size));
            at += size;
        } else if (bytes[at] == '-' || isdigit((unsigned char)bytes[at])) {
            at += repair_number(out, bytes + at, len - at);
        } else {
            buf_add_byte(out, bytes[at++]);
        }
    }
    return true;
}
