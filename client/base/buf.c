#include "client/base/buf.h"

#include "client/base/mem.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_init(struct buf *buf, size_t cap)
{
    *buf = (struct buf){.cap = cap};
}

void buf_done(struct buf *buf)
{
    free(buf->data);
    buf->data = NULL;
    buf->len = buf->room = 0;
}

bool buf_add(struct buf *buf, const void *bytes, size_t len)
{
    if (len > buf->cap - buf->len)
        return false;
    buf->data = mem_grow(buf->data, &buf->room, buf->len + len + 1, 1);
    if (len > 0)
        memcpy(buf->data + buf->len, bytes, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
    return true;
}

bool buf_add_text(struct buf *buf, const char *text)
{
    return buf_add(buf, text, strlen(text));
}

bool buf_add_byte(struct buf *buf, char byte)
{
    return buf_add(buf, &byte, 1);
}

bool buf_add_format(struct buf *buf, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    bool fits = len >= 0 && (size_t)len <= buf->cap - buf->len;
    if (fits) {
        buf->data = mem_grow(buf->data, &buf->room, buf->len + (size_t)len + 1, 1);
        vsnprintf(buf->data + buf->len, (size_t)len + 1, format, again);
        buf->len += (size_t)len;
    }
    va_end(again);
    return fits;
}

void buf_drop(struct buf *buf, size_t len)
{
    if (len >= buf->len) {
        buf_clear(buf);
        return;
    }
    memmove(buf->data, buf->data + len, buf->len - len + 1);
    buf->len -= len;
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    if (buf->data != NULL)
        buf->data[0] = '\0';
}

char *buf_take(struct buf *buf, size_t *len)
{
    char *result = buf->data != NULL ? buf->data : mem_dup_bytes("", 0);
    if (len != NULL)
        *len = buf->len;
    buf->data = NULL;
    buf->len = buf->room = 0;
    return result;
}

const char *buf_text(const struct buf *buf)
{
    return buf->data != NULL ? buf->data : "";
}
