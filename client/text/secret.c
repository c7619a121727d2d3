#include "client/text/secret.h"

#include "client/base/log.h"

#include <string.h>

enum { STARS = 3 };

size_t secret_tail(const char *bytes, size_t len)
{
    size_t tail = log_secret_tail(bytes, len);
    return tail >= SECRET_PART ? tail : 0;
}

bool secret_is_in(const char *bytes, size_t len)
{
    size_t hidden;
    return log_find_secret(bytes, len, 0, &hidden) < len;
}

/* Where a byte stands when `hidden` bytes at `at` have become three stars. */
static uint32_t moved(uint32_t place, size_t at, size_t hidden)
{
    if (place <= at)
        return place;
    return (uint32_t)(place >= at + hidden ? place - hidden + STARS : at + STARS);
}

static void move_spans(struct text_span *spans, size_t *span_count, size_t at, size_t hidden)
{
    size_t kept = 0;
    for (size_t i = 0; i < *span_count; i++) {
        struct text_span span = spans[i];
        uint32_t end = moved(span.start + span.len, at, hidden);
        span.start = moved(span.start, at, hidden);
        span.len = end - span.start;
        if (span.len > 0)
            spans[kept++] = span;
    }
    *span_count = kept;
}

/* Puts the stars; returns the new length. */
static size_t put_stars(char *bytes, size_t len, struct text_span *spans, size_t *span_count, size_t at,
                        size_t hidden)
{
    memmove(bytes + at + STARS, bytes + at + hidden, len - at - hidden);
    memset(bytes + at, '*', STARS);
    bytes[len - hidden + STARS] = '\0';
    if (spans != NULL)
        move_spans(spans, span_count, at, hidden);
    return len - hidden + STARS;
}

size_t secret_hide(char *bytes, size_t len, struct text_span *spans, size_t *span_count, bool cut)
{
    size_t hidden, from = 0, at;
    while ((at = log_find_secret(bytes, len, from, &hidden)) < len) {
        len = put_stars(bytes, len, spans, span_count, at, hidden);
        from = at + STARS;
    }
    size_t tail = cut ? secret_tail(bytes, len) : 0;
    return tail > 0 ? put_stars(bytes, len, spans, span_count, len - tail, tail) : len;
}
