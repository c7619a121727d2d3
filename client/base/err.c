#include "client/base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool err_set(struct err *err, enum err_kind kind, int code, const char *format, ...)
{
    if (err == NULL)
        return false;
    err->kind = kind;
    err->code = code;
    va_list args;
    va_start(args, format);
    int len = vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    if (len >= (int)sizeof err->text) {
        size_t end = sizeof err->text - 1;
        while (end > 0 && ((unsigned char)err->text[end - 1] & 0xC0) == 0x80)
            end--;
        if (end > 0 && (unsigned char)err->text[end - 1] >= 0xC0)
            end--;
        err->text[end] = '\0';
    }
    return false;
}

void err_clear(struct err *err)
{
    if (err != NULL)
        *err = (struct err){0};
}
