/*
 * Character sets (ISO 2022) as far as terminals still use them: ASCII, DEC line drawing and the British set,
 * designated to G0..G3 and invoked by SO, SI, the locking and the single shifts. Ours and not libvterm's,
 * which does not restore them with the cursor and ignores line drawing after a non-ASCII character.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct charset {
    uint8_t sets[4]; /* the final byte that designated G0..G3: 'B' ASCII, '0' line drawing, 'A' British */
    uint8_t left;    /* which of them GL is: 0..3 */
    uint8_t single;  /* SS2, SS3: which one the next character comes from; 0 none */
};

/* All ASCII. */
void charset_reset(struct charset *charset);

/* Designates a set to G0..G3 by its final byte; one that is not known is ASCII. */
void charset_designate(struct charset *charset, int slot, uint8_t final);

/* Whether ASCII characters go through as they are. */
static inline bool charset_plain(const struct charset *charset)
{
    return charset->single == 0 && charset->sets[charset->left] == 'B';
}

/* What an ASCII character stands for; ends a single shift. */
uint32_t charset_map(struct charset *charset, uint8_t ascii);
