#include "client/base/utf8.h"

/* The legal range of the second byte depends on the first (Unicode 15, table 3-7); the others are 80..BF. */
static size_t sequence_length(uint8_t first, uint8_t *low, uint8_t *high)
{
    *low = 0x80;
    *high = 0xBF;
    if (first < 0xC2)
        return 0;
    if (first < 0xE0)
        return 2;
    if (first < 0xF0) {
        if (first == 0xE0)
            *low = 0xA0;
        if (first == 0xED)
            *high = 0x9F;
        return 3;
    }
    if (first > 0xF4)
        return 0;
    if (first == 0xF0)
        *low = 0x90;
    if (first == 0xF4)
        *high = 0x8F;
    return 4;
}

size_t utf8_decode(const char *bytes, size_t len, uint32_t *cp)
{
    uint8_t first = (uint8_t)bytes[0];
    if (first < 0x80) {
        *cp = first;
        return 1;
    }
    *cp = UTF8_REPLACEMENT;
    uint8_t low, high;
    size_t want = sequence_length(first, &low, &high);
    if (want == 0)
        return 1;
    uint32_t value = first & (0x7Fu >> want);
    for (size_t i = 1; i < want; i++) {
        if (i >= len)
            return 0;
        uint8_t next = (uint8_t)bytes[i];
        if (next < low || next > high)
            return i;
        low = 0x80;
        high = 0xBF;
        value = value << 6 | (next & 0x3F);
    }
    *cp = value;
    return want;
}

size_t utf8_decode_final(const char *bytes, size_t len, uint32_t *cp)
{
    size_t took = utf8_decode(bytes, len, cp);
    return took > 0 ? took : len;
}

size_t utf8_encode(uint32_t cp, char out[UTF8_MAX])
{
    if (cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF))
        cp = UTF8_REPLACEMENT;
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        out[0] = (char)(0xC0 | cp >> 6);
        out[1] = (char)(0x80 | (cp & 0x3F));
        return 2;
    }
    if (cp < 0x10000) {
        out[0] = (char)(0xE0 | cp >> 12);
        out[1] = (char)(0x80 | (cp >> 6 & 0x3F));
        out[2] = (char)(0x80 | (cp & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | cp >> 18);
    out[1] = (char)(0x80 | (cp >> 12 & 0x3F));
    out[2] = (char)(0x80 | (cp >> 6 & 0x3F));
    out[3] = (char)(0x80 | (cp & 0x3F));
    return 4;
}

bool utf8_valid(const char *bytes, size_t len)
{
    for (size_t at = 0; at < len;) {
        uint32_t cp;
        size_t took = utf8_decode(bytes + at, len - at, &cp);
        if (took == 0 || (cp == UTF8_REPLACEMENT && (uint8_t)bytes[at] != 0xEF))
            return false;
        if (cp == UTF8_REPLACEMENT && took < 3)
            return false;
        at += took;
    }
    return true;
}

size_t utf8_columns(const char *bytes, size_t len)
{
    size_t columns = 0;
    for (size_t at = 0; at < len;) {
        uint32_t cp;
        at += utf8_decode_final(bytes + at, len - at, &cp);
        int width = utf8_width(cp);
        columns += width < 0 ? 1 : (size_t)width;
    }
    return columns;
}

size_t utf8_fit(const char *bytes, size_t len, size_t columns, size_t *used)
{
    size_t at = 0, filled = 0;
    while (at < len) {
        uint32_t cp;
        size_t took = utf8_decode_final(bytes + at, len - at, &cp);
        int width = utf8_width(cp);
        size_t step = width < 0 ? 1 : (size_t)width;
        if (filled + step > columns)
            break;
        filled += step;
        at += took;
    }
    if (used != NULL)
        *used = filled;
    return at;
}

size_t utf8_cut(const char *bytes, size_t len, size_t max)
{
    if (len <= max)
        return len;
    while (max > 0 && ((uint8_t)bytes[max] & 0xC0) == 0x80)
        max--;
    return max;
}
