#include "client/shell/encode.h"

#include "client/base/utf8.h"

#include <assert.h>
#include <string.h>

/* Keys that are `CSI number ~` (xterm ctlseqs, "PC-Style Function Keys"). */
static const struct {
    uint32_t code;
    uint8_t number;
} tilde_keys[] = {
    {KEY_NAME_INSERT, 2},  {KEY_NAME_DELETE, 3},  {KEY_NAME_PAGE_UP, 5},  {KEY_NAME_PAGE_DOWN, 6},
    {KEY_NAME_F1 + 4, 15}, {KEY_NAME_F1 + 5, 17}, {KEY_NAME_F1 + 6, 18},  {KEY_NAME_F1 + 7, 19},
    {KEY_NAME_F1 + 8, 20}, {KEY_NAME_F1 + 9, 21}, {KEY_NAME_F1 + 10, 23}, {KEY_NAME_F1 + 11, 24},
};

/* Keys that are `CSI letter`, or `SS3 letter`: the cursor keys in application mode, F1 to F4 always. */
static const struct {
    uint32_t code;
    char letter;
    bool cursor;
} letter_keys[] = {
    {KEY_NAME_UP, 'A', true},      {KEY_NAME_DOWN, 'B', true},    {KEY_NAME_RIGHT, 'C', true},
    {KEY_NAME_LEFT, 'D', true},    {KEY_NAME_HOME, 'H', true},    {KEY_NAME_END, 'F', true},
    {KEY_NAME_F1, 'P', false},     {KEY_NAME_F1 + 1, 'Q', false}, {KEY_NAME_F1 + 2, 'R', false},
    {KEY_NAME_F1 + 3, 'S', false},
};

/* The keypad: what it is without and with DECKPAM. */
static const struct {
    uint32_t code;
    char plain, application;
} keypad_keys[] = {
    {KEY_NAME_KP_ENTER, '\r', 'M'}, {KEY_NAME_KP_PLUS, '+', 'k'},  {KEY_NAME_KP_MINUS, '-', 'm'},
    {KEY_NAME_KP_STAR, '*', 'j'},   {KEY_NAME_KP_SLASH, '/', 'o'}, {KEY_NAME_KP_DOT, '.', 'n'},
};

/* xterm's number for modifiers: 2 Shift, 3 Alt, 5 Ctrl, and sums. */
static int modifier(uint8_t mods)
{
    return 1 + mods;
}

/* What Ctrl makes of a character (xterm's, that is the VT220's, table). */
static uint32_t control_of(uint32_t cp)
{
    static const char from[] = " @[\\]^_/?2345678",
                      to[] = "\0\0\x1b\x1c\x1d\x1e\x1f\x1f\x7f\0\x1b\x1c\x1d\x1e\x1f\x7f";
    if ((cp >= 'a' && cp <= 'z') || (cp >= 'A' && cp <= 'Z'))
        return cp & 0x1F;
    const char *found = cp > 0 && cp < 0x80 ? strchr(from, (int)cp) : NULL;
    return found != NULL ? (uint32_t)to[found - from] : cp;
}

static void escaped(struct buf *out, uint8_t mods, const char *bytes, size_t len)
{
    if ((mods & KEY_ALT) != 0)
        buf_add_byte(out, 0x1B);
    buf_add(out, bytes, len);
}

/* There is no byte for Super and its like. */
static void encode_character(struct buf *out, struct key key)
{
    if ((key.mods & (KEY_SUPER | KEY_HYPER | KEY_META)) != 0)
        return;
    char bytes[UTF8_MAX];
    uint32_t cp = (key.mods & KEY_CTRL) != 0 ? control_of(key.code) : key.code;
    escaped(out, key.mods, bytes, utf8_encode(cp, bytes));
}

/* Enter, Tab, Backspace, Escape. */
static bool encode_named_control(struct buf *out, const struct modes *modes, struct key key)
{
    switch (key.code) {
    case KEY_NAME_ENTER:
        escaped(out, key.mods, "\r\n", modes->newline ? 2 : 1);
        return true;
    case KEY_NAME_TAB:
        if ((key.mods & KEY_SHIFT) != 0)
            escaped(out, key.mods, "\x1b[Z", 3);
        else
            escaped(out, key.mods, "\t", 1);
        return true;
    case KEY_NAME_BACKSPACE:
        escaped(out, key.mods, (key.mods & KEY_CTRL) != 0 ? "\b" : "\x7f", 1);
        return true;
    case KEY_NAME_ESCAPE:
        escaped(out, key.mods, "\x1b", 1);
        return true;
    default:
        return false;
    }
}

static bool encode_letter_key(struct buf *out, const struct modes *modes, struct key key)
{
    for (size_t i = 0; i < sizeof letter_keys / sizeof letter_keys[0]; i++) {
        if (letter_keys[i].code != key.code)
            continue;
        bool ss3 = !letter_keys[i].cursor || modes->app_cursor;
        if (key.mods != 0)
            buf_add_format(out, "\x1b[1;%d%c", modifier(key.mods), letter_keys[i].letter);
        else
            buf_add_format(out, "\x1b%c%c", ss3 ? 'O' : '[', letter_keys[i].letter);
        return true;
    }
    return false;
}

static bool encode_tilde_key(struct buf *out, struct key key)
{
    for (size_t i = 0; i < sizeof tilde_keys / sizeof tilde_keys[0]; i++) {
        if (tilde_keys[i].code != key.code)
            continue;
        if (key.mods != 0)
            buf_add_format(out, "\x1b[%d;%d~", tilde_keys[i].number, modifier(key.mods));
        else
            buf_add_format(out, "\x1b[%d~", tilde_keys[i].number);
        return true;
    }
    return false;
}

static bool encode_keypad(struct buf *out, const struct modes *modes, struct key key)
{
    char plain = 0, application = 0;
    if (key.code >= KEY_NAME_KP_0 && key.code <= KEY_NAME_KP_9) {
        plain = (char)('0' + (key.code - KEY_NAME_KP_0));
        application = (char)('p' + (key.code - KEY_NAME_KP_0));
    }
    for (size_t i = 0; i < sizeof keypad_keys / sizeof keypad_keys[0]; i++) {
        if (keypad_keys[i].code == key.code) {
            plain = keypad_keys[i].plain;
            application = keypad_keys[i].application;
        }
    }
    if (plain == 0)
        return false;
    if (modes->app_keypad)
        buf_add_format(out, "\x1bO%c", application);
    else
        escaped(out, key.mods, &plain, 1);
    return true;
}

/* What xterm sends unless it was asked for something else. */
static void encode_plain(struct buf *out, const struct modes *modes, struct key key)
{
    if (key.code < KEY_NAME_BASE) {
        encode_character(out, key);
        return;
    }
    /* xterm-256color has no keys of their own for F13 to F20: they are Shift-F1 to Shift-F8 (kf13...). */
    if (key.code >= KEY_NAME_F1 + 12 && key.code <= KEY_NAME_F20) {
        key.code -= 12;
        key.mods |= KEY_SHIFT;
    }
    if (encode_named_control(out, modes, key) || encode_letter_key(out, modes, key) ||
        encode_tilde_key(out, key))
        return;
    encode_keypad(out, modes, key);
}

static bool is_capital(uint32_t code)
{
    return code >= 'A' && code <= 'Z';
}

/* ---- kitty's protocol, flag 1 ---- */

/* "Functional key definitions" of the protocol. */
static const struct {
    uint32_t code;
    uint16_t number;
    char final;
    char text; /* what it types without modifiers, 0 for none */
} kitty_keys[] = {
    {KEY_NAME_ENTER, 13, 'u', '\r'},
    {KEY_NAME_TAB, 9, 'u', '\t'},
    {KEY_NAME_BACKSPACE, 127, 'u', 0x7F},
    {KEY_NAME_ESCAPE, 27, 'u', 0},
    {KEY_NAME_UP, 1, 'A', 0},
    {KEY_NAME_DOWN, 1, 'B', 0},
    {KEY_NAME_RIGHT, 1, 'C', 0},
    {KEY_NAME_LEFT, 1, 'D', 0},
    {KEY_NAME_HOME, 1, 'H', 0},
    {KEY_NAME_END, 1, 'F', 0},
    {KEY_NAME_INSERT, 2, '~', 0},
    {KEY_NAME_DELETE, 3, '~', 0},
    {KEY_NAME_PAGE_UP, 5, '~', 0},
    {KEY_NAME_PAGE_DOWN, 6, '~', 0},
    {KEY_NAME_F1, 1, 'P', 0},
    {KEY_NAME_F1 + 1, 1, 'Q', 0},
    {KEY_NAME_F1 + 2, 13, '~', 0},
    {KEY_NAME_F1 + 3, 1, 'S', 0},
    {KEY_NAME_F1 + 4, 15, '~', 0},
    {KEY_NAME_F1 + 5, 17, '~', 0},
    {KEY_NAME_F1 + 6, 18, '~', 0},
    {KEY_NAME_F1 + 7, 19, '~', 0},
    {KEY_NAME_F1 + 8, 20, '~', 0},
    {KEY_NAME_F1 + 9, 21, '~', 0},
    {KEY_NAME_F1 + 10, 23, '~', 0},
    {KEY_NAME_F1 + 11, 24, '~', 0},
    {KEY_NAME_KP_ENTER, 57414, 'u', 0},
    {KEY_NAME_KP_PLUS, 57413, 'u', '+'},
    {KEY_NAME_KP_MINUS, 57412, 'u', '-'},
    {KEY_NAME_KP_STAR, 57411, 'u', '*'},
    {KEY_NAME_KP_SLASH, 57410, 'u', '/'},
    {KEY_NAME_KP_DOT, 57409, 'u', '.'},
};

enum { KITTY_F13 = 57376, KITTY_KP_0 = 57399 };

/* "CSI number ; modifiers final": what is 1 is left out. */
static void kitty_sequence(struct buf *out, unsigned number, uint8_t mods, char final)
{
    if (mods != 0)
        buf_add_format(out, "\x1b[%u;%d%c", number, modifier(mods), final);
    else if (number != 1)
        buf_add_format(out, "\x1b[%u%c", number, final);
    else
        buf_add_format(out, "\x1b[%c", final);
}

static void kitty_named(struct buf *out, struct key key)
{
    for (size_t i = 0; i < sizeof kitty_keys / sizeof kitty_keys[0]; i++) {
        if (kitty_keys[i].code != key.code)
            continue;
        if (key.mods == 0 && kitty_keys[i].text != 0)
            buf_add_byte(out, kitty_keys[i].text);
        else
            kitty_sequence(out, kitty_keys[i].number, key.mods, kitty_keys[i].final);
        return;
    }
    if (key.code >= KEY_NAME_F1 + 12 && key.code <= KEY_NAME_F20)
        kitty_sequence(out, KITTY_F13 + (key.code - (KEY_NAME_F1 + 12)), key.mods, 'u');
    else if (key.code >= KEY_NAME_KP_0 && key.code <= KEY_NAME_KP_9 && key.mods == 0)
        buf_add_byte(out, (char)('0' + (key.code - KEY_NAME_KP_0)));
    else if (key.code >= KEY_NAME_KP_0 && key.code <= KEY_NAME_KP_9)
        kitty_sequence(out, KITTY_KP_0 + (key.code - KEY_NAME_KP_0), key.mods, 'u');
}

/* "Disambiguate escape codes": what is not text is a sequence; but Enter, Tab and Backspace alone stay, so
 * that a shell is of use after a program died without turning the protocol off. A key is named by its
 * unshifted character. */
static void encode_kitty(struct buf *out, struct key key)
{
    if (key.code >= KEY_NAME_BASE) {
        kitty_named(out, key);
    } else if (key.mods == 0) {
        encode_character(out, key);
    } else {
        if (is_capital(key.code)) {
            key.code += 'a' - 'A';
            key.mods |= KEY_SHIFT;
        }
        kitty_sequence(out, key.code, key.mods, 'u');
    }
}

/* ---- modifyOtherKeys ---- */

static unsigned other_number(uint32_t code)
{
    switch (code) {
    case KEY_NAME_ENTER:
        return 13;
    case KEY_NAME_TAB:
        return 9;
    case KEY_NAME_ESCAPE:
        return 27;
    case KEY_NAME_BACKSPACE:
        return 127;
    default:
        return code < KEY_NAME_BASE ? code : 0;
    }
}

/* Whether xterm has a byte for the key at level 1, as measured with xterm 379: Alt is an ESC in front, and
 * Ctrl counts where it makes a control character. */
static bool has_byte(struct key key)
{
    uint8_t rest = key.mods & (uint8_t)~KEY_ALT;
    switch (key.code) {
    case KEY_NAME_ENTER:
        return rest == 0;
    case KEY_NAME_TAB:
        return (rest & KEY_CTRL) == 0 || (rest & KEY_SHIFT) != 0;
    case KEY_NAME_ESCAPE:
    case KEY_NAME_BACKSPACE:
        return true;
    default:
        return (rest & KEY_CTRL) == 0 || control_of(key.code) != key.code;
    }
}

/* At level 2 every modifier is told, but that of Shift-Tab and of Ctrl-Backspace, which have bytes of their
 * own (xterm 379). */
static bool is_kept(struct key key)
{
    return (key.code == KEY_NAME_TAB && key.mods == KEY_SHIFT) ||
           (key.code == KEY_NAME_BACKSPACE && key.mods == KEY_CTRL);
}

/* "CSI 27 ; modifiers ; number ~"; a key is named by what Shift made of it. False when the usual bytes do. */
static bool encode_other_key(struct buf *out, int level, struct key key)
{
    unsigned number = other_number(key.code);
    if (level == 0 || key.mods == 0 || number == 0 || (level == 1 ? has_byte(key) : is_kept(key)))
        return false;
    if ((key.mods & KEY_SHIFT) != 0 && number >= 'a' && number <= 'z')
        number -= 'a' - 'A';
    else if (number < 0x80 && is_capital(number))
        key.mods |= KEY_SHIFT;
    buf_add_format(out, "\x1b[27;%d;%u~", modifier(key.mods), number);
    return true;
}

void encode_key(struct buf *out, const struct modes *modes, struct key key)
{
    if (keyboard_flags(&modes->keyboard, modes->alternate) != 0)
        encode_kitty(out, key);
    else if (!encode_other_key(out, modes->keyboard.other_keys, key))
        encode_plain(out, modes, key);
}

/* The button byte (xterm ctlseqs, "Mouse Tracking"), or -1 when the program did not ask for this event. */
static int button_code(const struct modes *modes, const struct mouse *mouse)
{
    int code = mouse->button > 0 ? mouse->button - 1 : 3;
    switch (mouse->kind) {
    case MOUSE_PRESS:
    case MOUSE_RELEASE:
        break;
    case MOUSE_DRAG:
        if (modes->mouse < MOUSE_MODE_DRAG)
            return -1;
        code += 32;
        break;
    case MOUSE_MOVE:
        if (modes->mouse < MOUSE_MODE_MOVE)
            return -1;
        code = 3 + 32;
        break;
    case MOUSE_WHEEL_UP:
    case MOUSE_WHEEL_DOWN:
        code = mouse->kind == MOUSE_WHEEL_UP ? 64 : 65;
        break;
    }
    return code + ((mouse->mods & KEY_SHIFT) != 0 ? 4 : 0) + ((mouse->mods & KEY_ALT) != 0 ? 8 : 0) +
           ((mouse->mods & KEY_CTRL) != 0 ? 16 : 0);
}

void encode_mouse(struct buf *out, const struct modes *modes, const struct mouse *mouse)
{
    enum { X10_MAX = 222 }; /* 255 - 32, counted from 0 */
    if (modes->mouse == MOUSE_MODE_OFF)
        return;
    int code = button_code(modes, mouse);
    if (code < 0)
        return;
    bool release = mouse->kind == MOUSE_RELEASE;
    if (modes->mouse_sgr) {
        buf_add_format(out, "\x1b[<%d;%d;%d%c", code, mouse->col + 1, mouse->row + 1, release ? 'm' : 'M');
        return;
    }
    if (mouse->col > X10_MAX || mouse->row > X10_MAX)
        return;
    if (release)
        code |= 3; /* this form does not say which button */
    char bytes[] = {0x1B, '[', 'M', (char)(code + 32), (char)(mouse->col + 33), (char)(mouse->row + 33)};
    buf_add(out, bytes, sizeof bytes);
}

/* One character of pasted text. Returns how many bytes it had. */
static size_t paste_character(struct buf *out, const char *text, size_t len)
{
    uint32_t cp;
    size_t took = utf8_decode_final(text, len, &cp);
    if (cp == '\r' || cp == '\n') {
        buf_add_byte(out, '\r');
        return cp == '\r' && len > 1 && text[1] == '\n' ? 2 : 1;
    }
    char bytes[UTF8_MAX];
    if (cp != '\t' && (cp < 0x20 || (cp >= 0x7F && cp < 0xA0)))
        cp = ' ';
    buf_add(out, bytes, utf8_encode(cp, bytes));
    return took;
}

bool encode_paste(struct buf *out, const struct modes *modes, const char *text, size_t len)
{
    /* Malformed bytes become U+FFFD, 3 bytes each. */
    if (len > (out->cap - out->len) / 3 || out->cap - out->len - 3 * len < 12)
        return false;
    if (modes->bracketed_paste)
        buf_add_text(out, "\x1b[200~");
    for (size_t at = 0; at < len;)
        at += paste_character(out, text + at, len - at);
    if (modes->bracketed_paste)
        buf_add_text(out, "\x1b[201~");
    return true;
}

void encode_focus(struct buf *out, const struct modes *modes, bool focused)
{
    if (modes->focus)
        buf_add_text(out, focused ? "\x1b[I" : "\x1b[O");
}
