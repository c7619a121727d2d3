/*
 * The bytes of the operator's terminal become keys, mouse reports and pastes. Bytes may come in any split.
 * Replies of the terminal (to questions that anybody asked it) are swallowed whole: none becomes a key. Those
 * about the keyboard are told, to whoever asked (term.h).
 * Memory is bounded whatever comes.
 *
 * Sources: ECMA-48; xterm's ctlseqs (modifiers, SS3, SGR and X10 mouse, bracketed paste, focus,
 * modifyOtherKeys); fixterms/kitty CSI u.
 */
#pragma once

#include "client/base/key.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    INPUT_ESCAPE_MS = 25,      /* a lone ESC byte is the Escape key after this */
    INPUT_SEQUENCE_MS = 500,   /* a sequence or reply that does not end is dropped after this */
    INPUT_PASTE_MS = 2000,     /* a paste that does not end is taken as it is after this */
    INPUT_PASTE_MAX = 1 << 20, /* bytes of a paste; the rest is dropped and counted */
};

enum input_kind { INPUT_KEY, INPUT_MOUSE, INPUT_PASTE, INPUT_FOCUS_IN, INPUT_FOCUS_OUT, INPUT_REPLY };

enum input_reply {
    INPUT_REPLY_KITTY,      /* CSI ? flags u: the terminal speaks kitty's keyboard protocol */
    INPUT_REPLY_OTHER_KEYS, /* CSI > 4 ; level m: it has xterm's modifyOtherKeys (XTQMODKEYS) */
    INPUT_REPLY_ATTRIBUTES, /* CSI ? ... c: DA1, which every terminal answers */
};

struct input_event {
    enum input_kind kind;
    struct key key;     /* INPUT_KEY */
    struct mouse mouse; /* INPUT_MOUSE */
    const char *paste; /* INPUT_PASTE: as it came, NUL-terminated, valid in the callback only; it may hold any
                          byte but NUL */
    size_t paste_len;
    enum input_reply reply; /* INPUT_REPLY */
    size_t paste_cut;       /* bytes past INPUT_PASTE_MAX that were dropped */
};

struct input;

/* `emit` is called from within input_feed and input_tick, in the order of the bytes. It may not call back
 * into this input. */
struct input *input_new(void (*emit)(void *ctx, const struct input_event *event), void *ctx);

/* Frees it. NULL is fine. */
void input_free(struct input *input);

/* Takes bytes from the terminal. */
void input_feed(struct input *input, const char *bytes, size_t len, int64_t now_ms);

/* When input_tick must be called (monotonic ms), -1 for not at all. */
int64_t input_deadline(const struct input *input);

/* Settles what waited too long. Call it when there was nothing to read: bytes that are there already belong
 * to the sequence, however late the loop comes to them. */
void input_tick(struct input *input, int64_t now_ms);
