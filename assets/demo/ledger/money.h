/* Amounts of money, held in cents. */
#pragma once

#include <stddef.h>

/* Reads "12.34" or "-0.50". */
long money_parse(const char *text);

/* Writes an amount the same way. */
void money_format(long cents, char *out, size_t size);
