/*
 * Breaking text into rows of a given width.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* One row of a broken text. */
struct wrap_row {
    size_t start; /* first byte */
    size_t len;   /* bytes, without the blank or newline it broke at */
};

/* The next row of `bytes` from *at on, at most `columns` (1 at least) wide: breaks at newlines, then at
 * blanks, then between characters. Advances *at past it. False at the end; a newline at the
 * very end makes no row of its own. */
bool wrap_words(const char *bytes, size_t len, size_t columns, size_t *at, struct wrap_row *row);

/* The rows that wrap_words makes of a text; 1 for an empty one. */
size_t wrap_count(const char *bytes, size_t len, size_t columns);
