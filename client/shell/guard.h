/*
 * The tokenizer in front of the emulator: cuts the bytes of a box into text, controls and sequences as
 * ECMA-48 and the state diagram of DEC's VT500 terminals describe them, and bounds everything on the way.
 * Nothing reaches libvterm but what the emulator makes of these tokens.
 *
 * What comes out is safe to count on: characters are decoded from whole, well-formed UTF-8 (a malformed
 * sequence is U+FFFD), C1 controls, DEL and noncharacters never appear, a number has at most 4 digits, a
 * string at most GUARD_STRING_MAX bytes, and every token is complete whatever the split of the input.
 */
#pragma once

#include "client/base/buf.h"
#include "client/shell/copied.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    GUARD_PARAM_MAX = 256,        /* parameters and sub-parameters kept; a real SGR has up to about 40 */
    GUARD_NUMBER_MAX = 9999,      /* a larger number counts as this one */
    GUARD_STRING_MAX = 64 * 1024, /* bytes of an OSC or DCS; longer ones are swallowed whole */
    GUARD_COPY_MAX = COPIED_STRING_MAX, /* the same for OSC 52 */
};

enum guard_kind {
    GUARD_ASCII,   /* a run of printable ASCII: text, len */
    GUARD_CHAR,    /* one character that is not ASCII: cp */
    GUARD_CONTROL, /* C0: final is the byte */
    GUARD_ESCAPE,  /* ESC, intermed, final */
    GUARD_CSI,     /* leader, params, intermed, final */
    GUARD_STRING,  /* OSC, DCS, ...: final is the byte that opened it (']', 'P', ...); text, len */
};

struct guard_param {
    uint16_t value; /* 0 when not given */
    bool given;
    bool sub; /* separated from the one before by a colon */
};

/* Valid until the next call of guard_next; text may point into its input. Only the fields that are named
 * beside the kind are set. */
struct guard_token {
    enum guard_kind kind;
    uint8_t final;
    uint8_t leader;   /* '<' '=' '>' '?' or 0 */
    uint8_t intermed; /* 0x20..0x2F or 0; sequences with two are dropped */
    bool bell;        /* an OSC that ended in BEL, so that an answer can end likewise */
    uint32_t cp;
    const char *text;
    size_t len;
    const struct guard_param *params;
    int param_count; /* at least 1 for GUARD_CSI: an absent parameter is one that is not given */
};

enum guard_state {
    GUARD_GROUND,
    GUARD_IN_ESCAPE,
    GUARD_IN_CSI,
    GUARD_IN_STRING,
    GUARD_STRING_ESCAPE, /* ESC seen inside a string */
};

struct guard {
    enum guard_state state;
    uint8_t leader;
    uint8_t intermed;
    uint8_t opener;  /* what opened the string */
    bool wrong;      /* the sequence under way is malformed and will be dropped */
    bool fresh;      /* nothing has followed CSI yet */
    bool too_long;   /* the string passed its cap */
    uint8_t cut_len; /* bytes of a character that the input was cut in */
    char cut[4];
    int param_count;
    struct guard_param params[GUARD_PARAM_MAX];
    struct buf string;
};

void guard_init(struct guard *guard);
void guard_done(struct guard *guard);

/* Takes the next token from the input and advances *bytes and *len over what was read. False when the input
 * is used up; what it was cut in is kept for the next call. */
bool guard_next(struct guard *guard, const char **bytes, size_t *len, struct guard_token *token);
