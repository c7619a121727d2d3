#include "client/api/body.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "client/base/buf.h"
#include "client/base/mem.h"
#include "client/base/utf8.h"

/* jansson makes no string of bytes that are not UTF-8. */
static json_t *to_json(const char *text)
{
    size_t len = strlen(text);
    if (utf8_valid(text, len))
        return json_stringn(text, len);
    struct buf clean;
    buf_init(&clean, len * 3 + 1);
    for (size_t at = 0; at < len;) {
        uint32_t cp;
        char bytes[UTF8_MAX];
        at += utf8_decode_final(text + at, len - at, &cp);
        buf_add(&clean, bytes, utf8_encode(cp, bytes));
    }
    json_t *value = json_stringn(buf_text(&clean), clean.len);
    buf_done(&clean);
    return value;
}

/* The text of a value, which is released. */
static char *dump(json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT);
    char *copy = mem_dup(text == NULL ? "{}" : text);
    free(text);
    json_decref(value);
    return copy;
}

char *body_object(const char *name, const char *text, ...)
{
    json_t *object = json_object();
    va_list args;
    va_start(args, text);
    while (name != NULL) {
        if (text != NULL)
            json_object_set_new(object, name, to_json(text));
        name = va_arg(args, const char *);
        text = name == NULL ? NULL : va_arg(args, const char *);
    }
    va_end(args);
    return dump(object);
}

char *body_exec(const char *text, const char *folder)
{
    json_t *object = json_object();
    json_t *command = json_array();
    json_array_append_new(command, json_string("sh"));
    json_array_append_new(command, json_string("-c"));
    json_array_append_new(command, to_json(text));
    json_object_set_new(object, "command", command);
    if (folder != NULL)
        json_object_set_new(object, "folder", to_json(folder));
    return dump(object);
}
