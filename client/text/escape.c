#include "client/text/escape.h"

#include <stdbool.h>
#include <string.h>

enum { ESC = 0x1B, BEL = 0x07, CAN = 0x18, SUB = 0x1A };

static bool in_range(char c, int low, int high)
{
    return (unsigned char)c >= low && (unsigned char)c <= high;
}

static size_t skip_range(const char *bytes, size_t len, size_t at, int low, int high)
{
    while (at < len && in_range(bytes[at], low, high))
        at++;
    return at;
}

/* ESC [ parameters (0x30-0x3F) intermediates (0x20-0x2F) final (0x40-0x7E). SGR has digits and separators
 * only: `ESC [ > 4 m` is a key mode of xterm's. */
static size_t measure_csi(const char *bytes, size_t len, enum escape_kind *kind)
{
    size_t params = skip_range(bytes, len, 2, '0', ';');
    size_t at = skip_range(bytes, len, params, 0x30, 0x3F);
    at = skip_range(bytes, len, at, 0x20, 0x2F);
    if (at == len || !in_range(bytes[at], 0x40, 0x7E))
        return at;
    if (at == params && bytes[at] == 'm')
        *kind = ESCAPE_SGR;
    if (bytes[at] == 'K' && at == params && (at == 2 || (at == 3 && bytes[2] == '0')))
        *kind = ESCAPE_IDLE;
    return at + 1;
}

/* A control string ends with ST, BEL, CAN or SUB. Another ESC ends it too, and starts something of its own.
 */
static size_t measure_string(const char *bytes, size_t len, enum escape_kind *kind)
{
    size_t most = len < ESCAPE_STRING_MAX ? len : ESCAPE_STRING_MAX;
    size_t at = 2;
    while (at < most && bytes[at] != ESC && bytes[at] != BEL && bytes[at] != CAN && bytes[at] != SUB)
        at++;
    if (at == most || bytes[at] == CAN || bytes[at] == SUB)
        return at < most ? at + 1 : at;
    size_t end = at + 1;
    if (bytes[at] == ESC) {
        if (at + 1 >= len || bytes[at + 1] != '\\')
            return at;
        end = at + 2;
    }
    if (bytes[1] == ']' && at >= 4 && memcmp(bytes + 2, "8;", 2) == 0)
        *kind = ESCAPE_LINK;
    return end;
}

size_t escape_measure(const char *bytes, size_t len, enum escape_kind *kind)
{
    *kind = ESCAPE_OTHER;
    if (len < 2)
        return 1;
    switch (bytes[1]) {
    case '[':
        return measure_csi(bytes, len, kind);
    case ']':
    case 'P':
    case 'X':
    case '^':
    case '_':
        return measure_string(bytes, len, kind);
    default:
        break;
    }
    size_t at = skip_range(bytes, len, 1, 0x20, 0x2F);
    if (at == len || !in_range(bytes[at], 0x30, 0x7E))
        return at;
    if (at == 2 && bytes[1] == '(' && bytes[2] == 'B')
        *kind = ESCAPE_IDLE;
    return at + 1;
}
