/* A stranger's text: whatever the bytes, a line, a label and a block are well-formed, hold no control
 * character and nothing invisible but what belongs to an emoji, and spans lie within the text. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "client/base/utf8.h"
#include "client/text/inert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int truth)
{
    if (!truth)
        abort();
}

static void require_inert(const char *bytes, size_t len, bool newlines)
{
    require(utf8_valid(bytes, len));
    unsigned marks = 0;
    for (size_t at = 0; at < len;) {
        uint32_t cp;
        at += utf8_decode_final(bytes + at, len - at, &cp);
        require((cp == '\n' && newlines) || utf8_width(cp) >= 0);
        require(cp != 0x2028 && cp != 0x2029 && cp != 0x200B && cp != 0xFEFF);
        require(!(cp >= 0x202A && cp <= 0x202E) && !(cp >= 0x2066 && cp <= 0x2069));
        marks = utf8_width(cp) == 0 ? marks + 1 : 0;
        require(marks <= 4);
    }
}

static void require_spans(const struct text *text)
{
    size_t end = 0;
    for (uint32_t i = 0; i < text->span_count; i++) {
        const struct text_span *span = &text->spans[i];
        require(span->len > 0 && span->start >= end);
        end = (size_t)span->start + span->len;
        require(end <= text->len);
        require(utf8_valid(text->bytes + span->start, span->len));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    struct text text;
    inert_line(&text, bytes, size);
    require(text.len <= INERT_LINE_MAX && strlen(text.bytes) == text.len);
    require_inert(text.bytes, text.len, false);
    require_spans(&text);
    text_done(&text);

    char *label = inert_label(bytes, size);
    require(strlen(label) <= INERT_LABEL_MAX);
    require_inert(label, strlen(label), false);
    char small[16];
    size_t len = inert_label_into(small, sizeof small, bytes, size);
    require(len < sizeof small && strncmp(small, label, len) == 0);
    require_inert(small, len, false);
    free(label);

    char *block = inert_block(bytes, size, 500);
    require(strlen(block) <= 500);
    require_inert(block, strlen(block), true);
    free(block);
    return 0;
}
