/*
 * UTF-8 as the Unicode standard reads it (3.9, D93b): a malformed sequence becomes one U+FFFD per maximal
 * subpart, and nothing is skipped. And the one width function of the program: layout, drawing and the
 * emulator all ask it, so that they cannot disagree about where a character ends.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UTF8_REPLACEMENT = 0xFFFD, UTF8_MAX = 4 };

/*
 * Decodes the character at the start of `bytes` (len > 0). Sets *cp and returns how many bytes it took
 * (1..4). A malformed start gives U+FFFD and the length of the maximal subpart. When the bytes end inside a
 * sequence that could still become valid, returns 0: wait for more, or count them as malformed at the end of
 * the input.
 */
size_t utf8_decode(const char *bytes, size_t len, uint32_t *cp);

/* As utf8_decode for input that is complete: a cut sequence gives U+FFFD and its length; never 0 for len > 0.
 */
size_t utf8_decode_final(const char *bytes, size_t len, uint32_t *cp);

/* Writes cp as 1..4 bytes and returns the count; a surrogate or a value past U+10FFFF is written as U+FFFD.
 */
size_t utf8_encode(uint32_t cp, char out[UTF8_MAX]);

/* Whether all of it is well-formed. */
bool utf8_valid(const char *bytes, size_t len);

/* Columns of one character: 0 for combining and other zero-width ones, 2 for wide ones, else 1. Control
 * characters (C0, DEL, C1) give -1: they must not reach a screen. From the tables of glibc 2.36 (Unicode 15),
 * see width.c. */
int utf8_width(uint32_t cp);

/* Whether it is (or may be, with a variation selector) an emoji: what a zero width joiner joins. */
bool utf8_is_emoji(uint32_t cp);

enum { UTF8_ZWJ = 0x200D };

/* Whether something that joined a character may be sent to the operator's terminal with it: a combining mark.
 * A joiner and what it joined, and variation selectors, make some terminals draw the character wider and
 * others not, and whatever follows it would stand elsewhere. */
bool utf8_is_drawn_mark(uint32_t cp);

/* Columns of a well-formed inert text; a control character counts as one. */
size_t utf8_columns(const char *bytes, size_t len);

/* How many leading bytes of an inert text fit into `columns`, never splitting a character from its marks.
 * *used, unless NULL, gets the columns they take. */
size_t utf8_fit(const char *bytes, size_t len, size_t columns, size_t *used);

/* The longest prefix of at most `max` bytes that ends between two characters. */
size_t utf8_cut(const char *bytes, size_t len, size_t max);
