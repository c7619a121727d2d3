#include "client/shell/guard.h"

#include "client/base/utf8.h"

#include <string.h>

enum { CAN = 0x18, SUB = 0x1A, ESC = 0x1B, DEL = 0x7F, BEL = 0x07 };

void guard_init(struct guard *guard)
{
    *guard = (struct guard){0};
    buf_init(&guard->string, GUARD_COPY_MAX);
}

void guard_done(struct guard *guard)
{
    buf_done(&guard->string);
}

/* How many printable ASCII bytes the input starts with, eight at a time. */
static size_t ascii_run(const char *bytes, size_t len)
{
    static const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
    size_t at = 0;
    for (; at + 8 <= len; at += 8) {
        uint64_t word;
        memcpy(&word, bytes + at, 8);
        uint64_t low = (word - ones * 0x20) & ~word; /* top bit set in a byte below 0x20 */
        uint64_t del = word ^ ones * DEL;
        del = (del - ones) & ~del; /* top bit set in a byte that was DEL */
        if (((word | low | del) & tops) != 0)
            break;
    }
    while (at < len && (uint8_t)bytes[at] >= 0x20 && (uint8_t)bytes[at] < DEL)
        at++;
    return at;
}

static bool is_noncharacter(uint32_t cp)
{
    return (cp & 0xFFFE) == 0xFFFE || (cp >= 0xFDD0 && cp <= 0xFDEF);
}

/* A decoded character becomes a token, unless it is a C1 control. */
static bool char_token(uint32_t cp, struct guard_token *token)
{
    if (cp >= 0x80 && cp < 0xA0)
        return false;
    token->kind = GUARD_CHAR;
    token->cp = is_noncharacter(cp) ? UTF8_REPLACEMENT : cp;
    return true;
}

/* Goes on with a character that the last input was cut in. Returns how many bytes of this input it took;
 * guard->cut_len stays set when there are still too few. */
static size_t finish_cut(struct guard *guard, const char *bytes, size_t len, uint32_t *cp)
{
    char whole[UTF8_MAX];
    size_t have = guard->cut_len;
    size_t more = len < UTF8_MAX - have ? len : UTF8_MAX - have;
    memcpy(whole, guard->cut, have);
    memcpy(whole + have, bytes, more);
    size_t took = utf8_decode(whole, have + more, cp);
    if (took == 0) {
        memcpy(guard->cut, whole, have + more);
        guard->cut_len = (uint8_t)(have + more);
        return more;
    }
    guard->cut_len = 0;
    return took - have; /* what was cut was a proper start, so it is part of what was taken */
}

/* Text and controls outside of sequences. Returns true with a token. */
static bool ground(struct guard *guard, const char **bytes, size_t *len, struct guard_token *token)
{
    uint8_t first = (uint8_t) * *bytes;
    size_t took = 1;
    bool found = false;
    if (guard->cut_len > 0) {
        uint32_t cp;
        took = finish_cut(guard, *bytes, *len, &cp);
        found = guard->cut_len == 0 && char_token(cp, token);
    } else if (first >= 0x80) {
        uint32_t cp;
        took = utf8_decode(*bytes, *len, &cp);
        if (took > 0) {
            found = char_token(cp, token);
        } else {
            memcpy(guard->cut, *bytes, *len);
            guard->cut_len = (uint8_t)*len;
            took = *len;
        }
    } else if (first >= 0x20 && first != DEL) {
        took = ascii_run(*bytes, *len);
        token->kind = GUARD_ASCII;
        token->text = *bytes;
        token->len = took;
        found = true;
    } else if (first == ESC) {
        guard->state = GUARD_IN_ESCAPE;
        guard->intermed = 0;
        guard->wrong = false;
    } else if (first != DEL) {
        token->kind = GUARD_CONTROL;
        token->final = first;
        found = true;
    }
    *bytes += took;
    *len -= took;
    return found;
}

static void start_csi(struct guard *guard)
{
    guard->state = GUARD_IN_CSI;
    guard->leader = 0;
    guard->intermed = 0;
    guard->wrong = false;
    guard->fresh = true;
    guard->param_count = 1;
    guard->params[0] = (struct guard_param){0};
}

static void start_string(struct guard *guard, uint8_t opener)
{
    guard->state = GUARD_IN_STRING;
    guard->opener = opener;
    guard->too_long = false;
    buf_clear(&guard->string);
}

static void add_intermediate(struct guard *guard, uint8_t byte)
{
    if (guard->intermed != 0)
        guard->wrong = true;
    guard->intermed = byte;
}

/* One byte after ESC. */
static bool escape_byte(struct guard *guard, uint8_t byte, struct guard_token *token)
{
    if (byte < 0x30) {
        add_intermediate(guard, byte);
        return false;
    }
    guard->state = GUARD_GROUND;
    if (guard->intermed == 0 && byte == '[') {
        start_csi(guard);
        return false;
    }
    if (guard->intermed == 0 && byte != 0 && strchr("]PX^_", byte) != NULL) {
        start_string(guard, byte);
        return false;
    }
    token->kind = GUARD_ESCAPE;
    token->intermed = guard->intermed;
    token->final = byte;
    return !guard->wrong;
}

static void csi_parameter(struct guard *guard, uint8_t byte)
{
    if (byte == ';' || byte == ':') {
        if (guard->param_count < GUARD_PARAM_MAX)
            guard->params[guard->param_count] = (struct guard_param){.sub = byte == ':'};
        /* One past the last: numbers that follow are not kept. */
        if (guard->param_count <= GUARD_PARAM_MAX)
            guard->param_count++;
        return;
    }
    if (guard->param_count > GUARD_PARAM_MAX)
        return;
    struct guard_param *param = &guard->params[guard->param_count - 1];
    unsigned value = param->value * 10u + (byte - '0');
    param->value = value > GUARD_NUMBER_MAX ? GUARD_NUMBER_MAX : (uint16_t)value;
    param->given = true;
}

/* One byte after CSI. */
static bool csi_byte(struct guard *guard, uint8_t byte, struct guard_token *token)
{
    bool fresh = guard->fresh;
    guard->fresh = false;
    if (byte >= 0x40) {
        guard->state = GUARD_GROUND;
        token->kind = GUARD_CSI;
        token->leader = guard->leader;
        token->intermed = guard->intermed;
        token->final = byte;
        token->params = guard->params;
        token->param_count = guard->param_count < GUARD_PARAM_MAX ? guard->param_count : GUARD_PARAM_MAX;
        return !guard->wrong;
    }
    if (byte < 0x30)
        add_intermediate(guard, byte);
    else if (guard->intermed != 0 || (byte >= 0x3C && !fresh))
        guard->wrong = true;
    else if (byte >= 0x3C)
        guard->leader = byte;
    else
        csi_parameter(guard, byte);
    return false;
}

/* One byte of an escape or control sequence. *used is false when the byte is none of it and must be read
 * again. */
static bool sequence_byte(struct guard *guard, uint8_t byte, struct guard_token *token, bool *used)
{
    *used = true;
    if (byte >= 0x80) { /* no sequence contains it; it is text */
        guard->state = GUARD_GROUND;
        *used = false;
        return false;
    }
    if (byte == CAN || byte == SUB) {
        guard->state = GUARD_GROUND;
        return false;
    }
    if (byte == ESC) {
        guard->state = GUARD_IN_ESCAPE;
        guard->intermed = 0;
        guard->wrong = false;
        return false;
    }
    if (byte == DEL)
        return false;
    if (byte < 0x20) { /* a control inside a sequence acts at once */
        token->kind = GUARD_CONTROL;
        token->final = byte;
        return true;
    }
    return guard->state == GUARD_IN_CSI ? csi_byte(guard, byte, token) : escape_byte(guard, byte, token);
}

static bool end_string(struct guard *guard, bool bell, struct guard_token *token)
{
    guard->state = GUARD_GROUND;
    token->kind = GUARD_STRING;
    token->final = guard->opener;
    token->bell = bell;
    token->text = buf_text(&guard->string);
    token->len = guard->string.len;
    return !guard->too_long;
}

/* Keeps a byte of the string, as long as it is not too long for what it is. */
static void keep_byte(struct guard *guard, uint8_t byte)
{
    struct buf *string = &guard->string;
    bool copy = guard->opener == ']' && string->len > 3 && memcmp(string->data, "52;", 3) == 0;
    guard->too_long = guard->too_long || string->len >= (copy ? GUARD_COPY_MAX : GUARD_STRING_MAX) ||
                      !buf_add_byte(string, (char)byte);
}

/* One byte inside a string. ST ends it, BEL an OSC; CAN, SUB and another sequence abandon it. */
static bool string_byte(struct guard *guard, uint8_t byte, struct guard_token *token, bool *used)
{
    *used = true;
    if (guard->state == GUARD_STRING_ESCAPE) {
        if (byte == '\\')
            return end_string(guard, false, token);
        guard->state = GUARD_IN_ESCAPE;
        guard->intermed = 0;
        guard->wrong = false;
        *used = false;
        return false;
    }
    if (byte == BEL && guard->opener == ']')
        return end_string(guard, true, token);
    if (byte == ESC)
        guard->state = GUARD_STRING_ESCAPE;
    else if (byte == CAN || byte == SUB)
        guard->state = GUARD_GROUND;
    else if (byte >= 0x20 && byte != DEL)
        keep_byte(guard, byte);
    return false;
}

bool guard_next(struct guard *guard, const char **bytes, size_t *len, struct guard_token *token)
{
    while (*len > 0) {
        bool found, used = true;
        if (guard->state == GUARD_GROUND) {
            found = ground(guard, bytes, len, token);
        } else {
            uint8_t byte = (uint8_t) * *bytes;
            if (guard->state == GUARD_IN_STRING || guard->state == GUARD_STRING_ESCAPE)
                found = string_byte(guard, byte, token, &used);
            else
                found = sequence_byte(guard, byte, token, &used);
            *bytes += used;
            *len -= used;
        }
        if (found)
            return true;
    }
    return false;
}
