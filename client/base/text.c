#include "client/base/text.h"

#include "client/base/mem.h"

#include <stdlib.h>
#include <string.h>

void text_done(struct text *text)
{
    free(text->bytes);
    free(text->spans);
    *text = (struct text){0};
}

void text_copy(struct text *out, const struct text *from)
{
    *out = *from;
    out->bytes = mem_dup_bytes(from->bytes, from->len);
    out->spans = NULL;
    if (from->span_count > 0) {
        out->spans = mem_zalloc(from->span_count, sizeof *out->spans);
        memcpy(out->spans, from->spans, from->span_count * sizeof *out->spans);
    }
}
