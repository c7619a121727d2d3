#include "client/poll/overlap.h"

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

bool overlap_tail_at(const uint64_t *known, size_t known_count, const struct log_line *page, size_t count)
{
    size_t both = smaller(known_count, count);
    for (size_t i = 1; i <= both; i++)
        if (known[known_count - i] != page[count - i].digest)
            return false;
    return both > 0;
}

size_t overlap_tail(const uint64_t *known, size_t known_count, const struct log_line *page, size_t page_count)
{
    size_t count = page_count;
    while (count > 0 && !overlap_tail_at(known, known_count, page, count))
        count--;
    return count;
}

bool overlap_head_at(const uint64_t *known, size_t known_count, const struct log_line *page,
                     size_t page_count, size_t at)
{
    if (at >= page_count || known_count == 0)
        return false;
    size_t both = smaller(known_count, page_count - at);
    for (size_t i = 0; i < both; i++)
        if (known[i] != page[at + i].digest)
            return false;
    return true;
}

size_t overlap_head(const uint64_t *known, size_t known_count, const struct log_line *page, size_t page_count)
{
    for (size_t at = 0; at < page_count; at++)
        if (overlap_head_at(known, known_count, page, page_count, at))
            return at;
    return OVERLAP_NONE;
}

static bool joins(const struct log_line *older, size_t older_count, const struct log_line *newer,
                  size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (older[older_count - count + i].digest != newer[i].digest)
            return false;
    return count > 0;
}

size_t overlap_join(const struct log_line *older, size_t older_count, const struct log_line *newer,
                    size_t newer_count, size_t expected)
{
    size_t count = smaller(older_count, newer_count);
    if (expected <= count && joins(older, older_count, newer, expected))
        return expected;
    while (count > 0 && !joins(older, older_count, newer, count))
        count--;
    return count;
}
