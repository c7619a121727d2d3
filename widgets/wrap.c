#include "widgets/wrap.h"

#include <string.h>

#include "client/base/utf8.h"

/* The last blank of a row at which it may break, or len when there is none. */
static size_t last_blank(const char *bytes, size_t len)
{
    for (size_t i = len; i > 0; i--) {
        if (bytes[i - 1] == ' ')
            return i - 1;
    }
    return len;
}

bool wrap_words(const char *bytes, size_t len, size_t columns, size_t *at, struct wrap_row *row)
{
    if (*at >= len)
        return false;
    const char *from = bytes + *at;
    size_t left = len - *at;
    const char *newline = memchr(from, '\n', left);
    size_t line = newline != NULL ? (size_t)(newline - from) : left;
    size_t fits = utf8_fit(from, line, columns, NULL);
    row->start = *at;
    row->len = fits;
    if (fits == line) {
        *at += line + (newline != NULL ? 1 : 0);
        return true;
    }
    if (from[fits] == ' ') {
        *at += fits + 1;
        return true;
    }
    size_t blank = last_blank(from, fits);
    if (blank > 0 && blank < fits) {
        row->len = blank;
        *at += blank + 1;
        return true;
    }
    if (fits == 0) {
        /* A wide character in one column: it takes a row of its own. */
        uint32_t cp;
        row->len = utf8_decode_final(from, line, &cp);
        fits = row->len;
    }
    *at += fits;
    return true;
}

size_t wrap_count(const char *bytes, size_t len, size_t columns)
{
    struct wrap_row row;
    size_t at = 0, count = 0;
    while (wrap_words(bytes, len, columns, &at, &row))
        count++;
    return count > 0 ? count : 1;
}
