/*
 * What the fuzzers share: the function that libFuzzer and replay.c call, a judgement that ends the program,
 * and inputs that choose their own splits.
 */
#pragma once

#include "client/base/text.h"
#include "client/base/utf8.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* A property that must hold for every input. */
static inline void fuzz_require(bool truth)
{
    if (!truth)
        abort();
}

/* How long the next piece of the input is: `pace` (the input's first byte) 0 gives all of it at once, others
 * give pieces of 1 to `pace` bytes that vary. */
static inline size_t fuzz_piece(uint8_t pace, size_t at, size_t len)
{
    if (pace == 0)
        return len - at;
    size_t piece = 1 + (at * 7 + 3) % pace;
    return piece < len - at ? piece : len - at;
}

/* Inert text holds well-formed UTF-8 and no character that a terminal would act upon; newlines only where
 * they may be. */
static inline void fuzz_require_inert(const char *bytes, size_t len, bool newlines)
{
    fuzz_require(utf8_valid(bytes, len));
    for (size_t at = 0; at < len;) {
        uint32_t cp;
        at += utf8_decode_final(bytes + at, len - at, &cp);
        fuzz_require((newlines && cp == '\n') || utf8_width(cp) >= 0);
        fuzz_require(!(cp >= 0x202a && cp <= 0x202e) && !(cp >= 0x2066 && cp <= 0x2069));
    }
}

/* A whole text: its bytes are inert, its spans in order, apart and inside. */
static inline void fuzz_require_text(const struct text *text)
{
    fuzz_require_inert(text->bytes, text->len, false);
    uint64_t end = 0;
    for (uint32_t i = 0; i < text->span_count; i++) {
        fuzz_require(text->spans[i].start >= end);
        end = (uint64_t)text->spans[i].start + text->spans[i].len;
        fuzz_require(end <= text->len);
    }
}
