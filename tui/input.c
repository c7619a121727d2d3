#include "tui/input.h"

#include <string.h>
#include <stdlib.h>

#include "client/base/buf.h"
#include "client/base/mem.h"
#include "client/base/utf8.h"
#include "tui/input_keys.h"

enum state {
    GROUND,
    ESCAPE,     /* ESC came */
    CSI,        /* ESC [ */
    LINUX_KEY,  /* ESC [ [: a function key of the Linux console */
    X10_MOUSE,  /* ESC [ M: three bytes follow */
    SS3,        /* ESC O */
    STRING,     /* OSC, DCS, APC, PM, SOS: a reply */
    STRING_END, /* ESC in one: perhaps its ST */
    PASTE,
};

enum {
    SEQUENCE_MAX = 64, /* longer ones are swallowed */
    NO_DEADLINE = -1,
    BYTE_ESC = 0x1B,
};

static const char paste_end[] = "\033[201~";

struct input {
    void (*emit)(void *ctx, const struct input_event *event);
    void *ctx;
    enum state state;
    char sequence[SEQUENCE_MAX]; /* bytes since the introducer */
    size_t len;                  /* of them, counted past SEQUENCE_MAX */
    char introducer;             /* the byte after ESC, for Alt with that character */
    bool alt;                    /* the character that is being collected came after ESC */
    char utf8[UTF8_MAX];
    size_t utf8_len;
    struct buf paste;
    size_t paste_cut;
    size_t paste_match; /* bytes of paste_end seen */
    int64_t deadline;
};

struct input *input_new(void (*emit)(void *ctx, const struct input_event *event), void *ctx)
{
    struct input *input = mem_zalloc(1, sizeof *input);
    input->emit = emit;
    input->ctx = ctx;
    input->deadline = NO_DEADLINE;
    buf_init(&input->paste, INPUT_PASTE_MAX);
    return input;
}

void input_free(struct input *input)
{
    if (input == NULL)
        return;
    buf_done(&input->paste);
    free(input);
}

static void emit_key(struct input *input, uint32_t code, unsigned mods)
{
    struct input_event event = {.kind = INPUT_KEY, .key = {.code = code, .mods = (uint8_t)mods}};
    input->emit(input->ctx, &event);
}

static void emit_plain(struct input *input, enum input_kind kind)
{
    struct input_event event = {.kind = kind};
    input->emit(input->ctx, &event);
}

static void emit_numbered(struct input *input, int number, int shifted, int base, unsigned mods)
{
    struct key key = input_numbered_key(number, shifted, base, mods);
    if (key.code != 0)
        emit_key(input, key.code, key.mods);
}

/* ---- characters ---- */

/* What a control byte is as a key. */
static struct key control_key(uint8_t byte)
{
    switch (byte) {
    case '\r':
        return (struct key){.code = KEY_NAME_ENTER};
    case '\t':
        return (struct key){.code = KEY_NAME_TAB};
    case BYTE_ESC:
        return (struct key){.code = KEY_NAME_ESCAPE};
    case 0x7F:
        return (struct key){.code = KEY_NAME_BACKSPACE};
    case 0:
        return (struct key){.code = ' ', .mods = KEY_CTRL};
    default:
        return (struct key){.code = byte <= 26 ? byte + 0x60u : byte + 0x40u, .mods = KEY_CTRL};
    }
}

/* A byte of a character; malformed ones and C1 controls are no keys. */
static void take_utf8(struct input *input, char byte)
{
    input->utf8[input->utf8_len++] = byte;
    uint32_t cp;
    size_t took = utf8_decode(input->utf8, input->utf8_len, &cp);
    if (took == 0)
        return;
    bool whole = took == input->utf8_len;
    bool alt = input->alt;
    input->utf8_len = 0;
    input->alt = false;
    if (!whole) {
        /* The last byte does not belong: it starts something of its own. */
        take_utf8(input, byte);
        return;
    }
    if (cp != UTF8_REPLACEMENT && utf8_width(cp) >= 0)
        emit_key(input, cp, alt ? KEY_ALT : 0);
}

static void take_ground(struct input *input, char byte, bool alt)
{
    uint8_t value = (uint8_t)byte;
    if (value >= 0x80) {
        if (input->utf8_len == 0)
            input->alt = alt;
        take_utf8(input, byte);
        return;
    }
    input->utf8_len = 0;
    if (value == BYTE_ESC) {
        input->state = ESCAPE;
        return;
    }
    struct key key = {.code = value};
    if (value < 0x20 || value == 0x7F)
        key = control_key(value);
    emit_key(input, key.code, key.mods | (alt ? KEY_ALT : 0u));
}

/* ---- sequences ---- */

/* kitty's event types: 1 pressed, 2 repeated, 3 released. */
static bool is_release(const struct input_params *params)
{
    return params->sub[1][0] == 3;
}

static void start_paste(struct input *input)
{
    buf_clear(&input->paste);
    input->paste_cut = 0;
    input->paste_match = 0;
    input->state = PASTE;
}

static void take_tilde(struct input *input, const struct input_params *params)
{
    if (params->value[0] == 200) {
        start_paste(input);
        return;
    }
    if (params->value[0] == 27 && params->count >= 3) {
        /* xterm says what Shift made of the key. */
        emit_numbered(input, params->value[2], params->value[2], 0, input_mods(params->value[1]));
        return;
    }
    uint32_t code = input_tilde_key(params->value[0]);
    if (code != 0 && !is_release(params))
        emit_key(input, code, input_mods(params->value[1]));
}

static void take_letter(struct input *input, char final, const struct input_params *params)
{
    uint32_t code = input_letter_key(final);
    if (code == 0 || is_release(params))
        return;
    /* CSI row ; column R is also the answer to a question about the cursor. With F3 the first number is 1 and
     * the second a modifier. */
    if (final == 'R' && (params->value[0] != 1 || params->value[1] < 2 || params->value[1] > 16))
        return;
    emit_key(input, code, input_mods(params->value[1]));
}

/* ---- mouse ---- */

/* xterm's button code: 0..2 the button, 3 released (X10), 4 shift, 8 alt, 16 control, 32 motion, 64 wheel. */
static void take_mouse(struct input *input, int code, int col, int row, bool release)
{
    /* Wheels to the side, and buttons 8 to 11, have no name here. */
    if (row < 1 || col < 1 || code >= 128 || (code >= 64 && (code & 3) > 1))
        return;
    struct input_event event = {.kind = INPUT_MOUSE};
    struct mouse *mouse = &event.mouse;
    int button = (code & 3) + 1;
    mouse->row = row - 1;
    mouse->col = col - 1;
    mouse->mods = (uint8_t)(((code & 4) != 0 ? KEY_SHIFT : 0) | ((code & 8) != 0 ? KEY_ALT : 0) |
                            ((code & 16) != 0 ? KEY_CTRL : 0));
    if (code >= 64)
        mouse->kind = (code & 1) != 0 ? MOUSE_WHEEL_DOWN : MOUSE_WHEEL_UP;
    else if ((code & 32) != 0)
        mouse->kind = button == 4 ? MOUSE_MOVE : MOUSE_DRAG;
    else
        mouse->kind = release || button == 4 ? MOUSE_RELEASE : MOUSE_PRESS;
    mouse->button = (uint8_t)(code >= 64 || button == 4 ? 0 : button);
    input->emit(input->ctx, &event);
}

static void take_x10(struct input *input)
{
    const uint8_t *bytes = (const uint8_t *)input->sequence;
    take_mouse(input, bytes[0] - 32, bytes[1] - 32, bytes[2] - 32, false);
}

/* ---- replies ---- */

static void emit_reply(struct input *input, enum input_reply reply)
{
    struct input_event event = {.kind = INPUT_REPLY, .reply = reply};
    input->emit(input->ctx, &event);
}

/* A sequence with a leader: a report of the mouse, or a reply. */
static void take_private(struct input *input, char leader, char final, const struct input_params *params)
{
    if (leader == '<' && (final == 'M' || final == 'm') && params->count == 3)
        take_mouse(input, params->value[0], params->value[1], params->value[2], final == 'm');
    else if (leader == '?' && final == 'u')
        emit_reply(input, INPUT_REPLY_KITTY);
    else if (leader == '>' && final == 'm' && params->value[0] == 4)
        emit_reply(input, INPUT_REPLY_OTHER_KEYS);
    else if (leader == '?' && final == 'c')
        emit_reply(input, INPUT_REPLY_ATTRIBUTES);
}

/* ---- the ends of sequences ---- */

static void take_csi(struct input *input, char final)
{
    const char *text = input->sequence;
    size_t len = input->len;
    input->state = GROUND;
    if (len > SEQUENCE_MAX)
        return;
    if (final == '[' && len == 0) {
        input->state = LINUX_KEY;
        return;
    }
    if (final == 'M' && len == 0) {
        input->state = X10_MOUSE;
        return;
    }
    bool private = len > 0 && text[0] >= '<' && text[0] <= '?';
    struct input_params params = input_params_read(text, len);
    for (size_t i = 0; i < len; i++) {
        /* An intermediate byte: a reply (DECRPM, DECRQSS), never a key. */
        if (text[i] < '0')
            return;
    }
    if (private)
        take_private(input, text[0], final, &params);
    else if (final == '~')
        take_tilde(input, &params);
    else if (final == 'u' && !is_release(&params))
        emit_numbered(input, params.value[0], params.sub[0][0], params.sub[0][1],
                      input_mods(params.value[1]));
    else if (final == 'M' && params.count == 3)
        take_mouse(input, params.value[0] - 32, params.value[1], params.value[2], false);
    else if (final == 'Z')
        emit_key(input, KEY_NAME_TAB, input_mods(params.value[1]) | KEY_SHIFT);
    else if (final == 'I' && len == 0)
        emit_plain(input, INPUT_FOCUS_IN);
    else if (final == 'O' && len == 0)
        emit_plain(input, INPUT_FOCUS_OUT);
    else
        take_letter(input, final, &params);
}

static void take_ss3(struct input *input, char final)
{
    struct input_params params =
        input_params_read(input->sequence, input->len < SEQUENCE_MAX ? input->len : SEQUENCE_MAX);
    uint32_t code = input_letter_key(final);
    if (code == 0)
        code = input_keypad_key(final);
    /* Old xterm: ESC O 5 A, or ESC O 1 ; 5 A. */
    int mods = params.count > 1 ? params.value[1] : params.value[0];
    input->state = GROUND;
    if (code != 0)
        emit_key(input, code, input_mods(mods));
}

static void end_paste(struct input *input)
{
    struct input_event event = {
        .kind = INPUT_PASTE,
        .paste = buf_text(&input->paste),
        .paste_len = input->paste.len,
        .paste_cut = input->paste_cut,
    };
    input->state = GROUND;
    input->emit(input->ctx, &event);
    buf_done(&input->paste);
}

/* ---- one byte in each state ---- */

static void take_byte(struct input *input, char byte);

/* A byte that cannot be part of the sequence: the sequence is dropped, the byte stands for itself. */
static void abandon(struct input *input, char byte)
{
    input->state = GROUND;
    take_byte(input, byte);
}

static void take_escape(struct input *input, char byte)
{
    input->introducer = byte;
    input->len = 0;
    input->state = GROUND;
    switch (byte) {
    case '[':
        input->state = CSI;
        break;
    case 'O':
        input->state = SS3;
        break;
    case ']':
    case 'P':
    case '_':
    case '^':
    case 'X':
        input->state = STRING;
        break;
    case BYTE_ESC:
        emit_key(input, KEY_NAME_ESCAPE, 0);
        input->state = ESCAPE;
        break;
    default:
        take_ground(input, byte, true);
    }
}

static void collect(struct input *input, char byte)
{
    if (input->len < SEQUENCE_MAX)
        input->sequence[input->len] = byte;
    input->len++;
}

static void take_in_csi(struct input *input, char byte)
{
    if (byte >= 0x40 && byte < 0x7F)
        take_csi(input, byte);
    else if (byte >= 0x20 && byte < 0x40)
        collect(input, byte);
    else
        abandon(input, byte);
}

static void take_in_ss3(struct input *input, char byte)
{
    if ((byte >= '0' && byte <= '9') || byte == ';')
        collect(input, byte);
    else if (byte >= 0x40 && byte < 0x7F)
        take_ss3(input, byte);
    else
        abandon(input, byte);
}

static void take_in_string(struct input *input, char byte)
{
    input->len++;
    if (byte == BYTE_ESC)
        input->state = STRING_END;
    else if (byte == '\a' || byte == 0x18 || byte == 0x1A)
        input->state = GROUND;
}

static void take_in_paste(struct input *input, char byte)
{
    if (byte == paste_end[input->paste_match]) {
        if (++input->paste_match == sizeof paste_end - 1)
            end_paste(input);
        return;
    }
    /* What looked like the end was not: it belongs to the paste. ESC starts the end and is in it only once.
     */
    size_t matched = input->paste_match;
    input->paste_match = byte == BYTE_ESC ? 1 : 0;
    if (matched > 0 && !buf_add(&input->paste, paste_end, matched))
        input->paste_cut += matched;
    if (byte != '\0' && byte != BYTE_ESC && !buf_add_byte(&input->paste, byte))
        input->paste_cut++;
}

static void take_byte(struct input *input, char byte)
{
    switch (input->state) {
    case GROUND:
        take_ground(input, byte, false);
        break;
    case ESCAPE:
        take_escape(input, byte);
        break;
    case CSI:
        take_in_csi(input, byte);
        break;
    case LINUX_KEY:
        input->state = GROUND;
        if (byte >= 'A' && byte <= 'E')
            emit_key(input, KEY_NAME_F1 + (uint32_t)(byte - 'A'), 0);
        break;
    case X10_MOUSE:
        collect(input, byte);
        if (input->len == 3) {
            input->state = GROUND;
            take_x10(input);
        }
        break;
    case SS3:
        take_in_ss3(input, byte);
        break;
    case STRING:
        take_in_string(input, byte);
        break;
    case STRING_END:
        /* Anything but the backslash of ST ends the string as well, and starts a sequence. */
        input->state = GROUND;
        if (byte != '\\')
            take_escape(input, byte);
        break;
    case PASTE:
        take_in_paste(input, byte);
        break;
    }
}

static int64_t patience(const struct input *input)
{
    switch (input->state) {
    case GROUND:
        return NO_DEADLINE;
    case ESCAPE:
        return INPUT_ESCAPE_MS;
    case PASTE:
        return INPUT_PASTE_MS;
    default:
        return INPUT_SEQUENCE_MS;
    }
}

void input_feed(struct input *input, const char *bytes, size_t len, int64_t now_ms)
{
    for (size_t i = 0; i < len; i++)
        take_byte(input, bytes[i]);
    int64_t wait = patience(input);
    input->deadline = wait == NO_DEADLINE ? NO_DEADLINE : now_ms + wait;
}

int64_t input_deadline(const struct input *input)
{
    return input->deadline;
}

void input_tick(struct input *input, int64_t now_ms)
{
    if (input->deadline == NO_DEADLINE || now_ms < input->deadline)
        return;
    enum state state = input->state;
    input->deadline = NO_DEADLINE;
    if (state == PASTE) {
        end_paste(input);
        return;
    }
    input->state = GROUND;
    if (state == ESCAPE)
        emit_key(input, KEY_NAME_ESCAPE, 0);
    else if ((state == CSI || state == SS3 || state == STRING) && input->len == 0)
        emit_key(input, (uint8_t)input->introducer, KEY_ALT);
}
