#include "client/base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void (*failure_hook)(void);

void mem_set_failure_hook(void (*hook)(void))
{
    failure_hook = hook;
}

_Noreturn void mem_give_up(const char *sentence)
{
    if (failure_hook != NULL)
        failure_hook();
    ssize_t ignored = write(STDERR_FILENO, sentence, strlen(sentence));
    (void)ignored;
    _exit(1);
}

static _Noreturn void mem_fail(void)
{
    mem_give_up("boxtop: out of memory\n");
}

void *mem_check(void *made)
{
    if (made == NULL)
        mem_fail();
    return made;
}

void *mem_alloc(size_t size)
{
    void *result = malloc(size > 0 ? size : 1);
    if (result == NULL)
        mem_fail();
    return result;
}

void *mem_zalloc(size_t count, size_t size)
{
    void *result = calloc(count > 0 ? count : 1, size > 0 ? size : 1);
    if (result == NULL)
        mem_fail();
    return result;
}

void *mem_resize(void *old, size_t count, size_t size)
{
    void *result = reallocarray(old, count > 0 ? count : 1, size > 0 ? size : 1);
    if (result == NULL)
        mem_fail();
    return result;
}

void *mem_grow(void *old, size_t *room, size_t need, size_t size)
{
    if (need <= *room && old != NULL)
        return old;
    size_t wanted = *room + *room / 2;
    if (wanted < need)
        wanted = need;
    if (wanted < 8)
        wanted = 8;
    void *result = mem_resize(old, wanted, size);
    *room = wanted;
    return result;
}

char *mem_dup(const char *text)
{
    return text == NULL ? NULL : mem_dup_bytes(text, strlen(text));
}

char *mem_dup_bytes(const void *bytes, size_t len)
{
    char *result = mem_alloc(len + 1);
    if (len > 0)
        memcpy(result, bytes, len);
    result[len] = '\0';
    return result;
}

char *mem_format(const char *format, ...)
{
    char *result = NULL;
    va_list args;
    va_start(args, format);
    int len = vasprintf(&result, format, args);
    va_end(args);
    if (len < 0)
        mem_fail();
    return result;
}
