#include "client/shell/copied.h"

#include "client/base/utf8.h"

#include <stdint.h>
#include <string.h>

static int digit_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* RFC 4648 section 4; the padding may be missing, as some programs leave it out. */
static bool decode(struct buf *out, const char *text, size_t len)
{
    uint32_t bits = 0;
    int have = 0;
    for (size_t pads = 0; pads < 2 && len > 0 && text[len - 1] == '='; pads++)
        len--;
    for (size_t i = 0; i < len; i++) {
        int digit = digit_of(text[i]);
        if (digit < 0)
            return false;
        bits = bits << 6 | (uint32_t)digit;
        have += 6;
        if (have >= 8) {
            have -= 8;
            if (!buf_add_byte(out, (char)(bits >> have)))
                return false;
        }
    }
    return len % 4 != 1;
}

static bool is_plain(uint32_t cp)
{
    return cp == '\n' || cp == '\t' || (cp >= 0x20 && !(cp >= 0x7F && cp < 0xA0));
}

/* A CR with its LF, or alone, is a newline. */
static bool add_plain(struct buf *out, const char *bytes, size_t len)
{
    for (size_t at = 0; at < len;) {
        char encoded[UTF8_MAX];
        uint32_t cp;
        size_t took = utf8_decode_final(bytes + at, len - at, &cp);
        if (cp == '\r') {
            took += at + 1 < len && bytes[at + 1] == '\n';
            cp = '\n';
        }
        if (!buf_add(out, encoded, utf8_encode(is_plain(cp) ? cp : ' ', encoded)))
            return false;
        at += took;
    }
    return true;
}

bool copied_read(struct buf *out, const char *string, size_t len)
{
    const char *data = len > 3 && memcmp(string, "52;", 3) == 0 ? memchr(string + 3, ';', len - 3) : NULL;
    if (data == NULL)
        return false;
    data++;
    struct buf bytes, text;
    buf_init(&bytes, COPIED_MAX);
    buf_init(&text, COPIED_MAX);
    bool good = decode(&bytes, data, len - (size_t)(data - string)) && bytes.len > 0 &&
                add_plain(&text, bytes.data, bytes.len) && buf_add(out, text.data, text.len);
    buf_done(&bytes);
    buf_done(&text);
    return good;
}

bool copied_is_plain(const char *text, size_t len)
{
    if (len == 0 || len > COPIED_MAX || !utf8_valid(text, len))
        return false;
    for (size_t at = 0; at < len;) {
        uint32_t cp;
        at += utf8_decode_final(text + at, len - at, &cp);
        if (!is_plain(cp))
            return false;
    }
    return true;
}
