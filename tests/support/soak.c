#include "tests/support/soak.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { COUNT_MAX = 1000000000 };

long soak_count(const char *name, long otherwise)
{
    const char *text = getenv(name);
    if (text == NULL)
        return otherwise;
    char *end;
    errno = 0;
    long count = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || count < 1 || count > COUNT_MAX)
        fail_msg("%s=%s is not a number from 1 to %d", name, text, (int)COUNT_MAX);
    return count;
}
