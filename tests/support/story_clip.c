#include "tests/support/story_clip.h"

#include "client/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int digit_of(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c != '\0' ? strchr(digits, c) : NULL;
    return at != NULL ? (int)(at - digits) : -1;
}

/* The text of the last OSC 52 sequence that boxtop wrote, NULL when there is none. */
static char *last_copied(struct pty *pty)
{
    static const char head[] = "\033]52;c;";
    size_t len;
    const char *bytes = pty_bytes(pty, &len);
    const char *last = NULL;
    for (const char *at = bytes; (at = memmem(at, len - (size_t)(at - bytes), head, 7)) != NULL; at += 7)
        last = at + 7;
    const char *end = last != NULL ? memchr(last, '\a', len - (size_t)(last - bytes)) : NULL;
    if (end == NULL)
        return NULL;
    char *text = mem_zalloc((size_t)(end - last) + 1, 1);
    size_t count = 0;
    unsigned bits = 0, have = 0;
    for (; last < end && digit_of(*last) >= 0; last++) {
        bits = bits << 6 | (unsigned)digit_of(*last);
        have += 6;
        if (have >= 8) {
            have -= 8;
            text[count++] = (char)(bits >> have);
        }
    }
    return text;
}

static bool was_copied(struct pty *pty, void *data)
{
    char *text = last_copied(pty);
    bool same = text != NULL && strcmp(text, data) == 0;
    free(text);
    return same;
}

void story_copied(struct story *story, const char *text)
{
    char *wanted = mem_dup(text);
    if (!pty_wait(story->pty, was_copied, wanted, STORY_LIMIT_MS)) {
        char *got = last_copied(story->pty);
        fail_msg("copied was \"%s\", not \"%s\"", got != NULL ? got : "(nothing)", text);
    }
    free(wanted);
}

bool story_copied_any(struct story *story)
{
    char *text = last_copied(story->pty);
    bool any = text != NULL;
    free(text);
    return any;
}
