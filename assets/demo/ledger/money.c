#include "money.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

long money_parse(const char *text)
{
    bool negative = *text == '-';
    char *end;
    long cents = strtol(text + negative, &end, 10) * 100;
    if (*end == '.') {
        cents += strtol(end + 1, NULL, 10);
    }
    return negative ? -cents : cents;
}

void money_format(long cents, char *out, size_t size)
{
    long rest = labs(cents);
    snprintf(out, size, "%s%ld.%02ld", cents < 0 ? "-" : "", rest / 100, rest % 100);
}
