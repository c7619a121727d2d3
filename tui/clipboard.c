#include "tui/clipboard.h"

#include <stdint.h>
#include <string.h>

enum { SCREEN_PIECE = 512 };

enum clipboard_wrap clipboard_wrap_for(const char *tmux, const char *term)
{
    if (tmux != NULL && tmux[0] != '\0')
        return CLIPBOARD_TMUX;
    if (term != NULL && strncmp(term, "screen", 6) == 0)
        return CLIPBOARD_SCREEN;
    return CLIPBOARD_PLAIN;
}

static bool add_base64(struct buf *out, const uint8_t *bytes, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t at = 0; at < len; at += 3) {
        size_t left = len - at;
        uint32_t group = (uint32_t)bytes[at] << 16 | (left > 1 ? (uint32_t)bytes[at + 1] << 8 : 0) |
                         (left > 2 ? bytes[at + 2] : 0);
        char four[4] = {digits[group >> 18], digits[group >> 12 & 63],
                        left > 1 ? digits[group >> 6 & 63] : '=', left > 2 ? digits[group & 63] : '='};
        if (!buf_add(out, four, sizeof four))
            return false;
    }
    return true;
}

/* screen passes what is between DCS and ST on, string by string. */
static bool add_for_screen(struct buf *out, const struct buf *sequence)
{
    for (size_t at = 0; at < sequence->len; at += SCREEN_PIECE) {
        size_t left = sequence->len - at;
        if (!buf_add_text(out, "\033P") ||
            !buf_add(out, sequence->data + at, left < SCREEN_PIECE ? left : SCREEN_PIECE) ||
            !buf_add_text(out, "\033\\"))
            return false;
    }
    return true;
}

static bool add_wrapped(struct buf *out, const struct buf *sequence, enum clipboard_wrap wrap)
{
    if (wrap == CLIPBOARD_SCREEN)
        return add_for_screen(out, sequence);
    if (wrap == CLIPBOARD_PLAIN)
        return buf_add(out, sequence->data, sequence->len);
    /* Inside tmux's wrapping each ESC is doubled; the sequence has one, its first byte. */
    return buf_add_text(out, "\033Ptmux;\033") && buf_add(out, sequence->data, sequence->len) &&
           buf_add_text(out, "\033\\");
}

bool clipboard_encode(struct buf *out, const char *text, size_t len, enum clipboard_wrap wrap)
{
    struct buf sequence;
    buf_init(&sequence, len / 3 * 4 + 64);
    size_t before = out->len;
    bool fits = buf_add_text(&sequence, "\033]52;c;") && add_base64(&sequence, (const uint8_t *)text, len) &&
                buf_add_byte(&sequence, '\a') && add_wrapped(out, &sequence, wrap);
    if (!fits && out->data != NULL) {
        out->len = before;
        out->data[before] = '\0';
    }
    buf_done(&sequence);
    return fits;
}
