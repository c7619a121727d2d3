#include "client/shell/recording_mask.h"

#include "client/base/buf.h"
#include "client/base/log.h"
#include "client/base/mem.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

enum { HELD_MAX = 16 << 10 };

/* The letters of an output and where each stands in it. */
struct letters {
    char *text;
    uint32_t *at;
    size_t len;
    size_t
        cut; /* where an escape sequence begins that is not whole; the output's length when there is none */
};

static bool is_between(char c, char least, char most)
{
    return (unsigned char)c >= (unsigned char)least && (unsigned char)c <= (unsigned char)most;
}

/* Past a string that BEL or ST ends (ECMA-48 5.6); 0 when its end is not there. */
static size_t skip_string(const char *text, size_t len, size_t at)
{
    for (; at < len; at++) {
        if (text[at] == '\a')
            return at + 1;
        if (text[at] == '\x1b')
            return at + 1 < len ? at + 2 : 0;
    }
    return 0;
}

/* Past the escape sequence at `at` (ECMA-48 5.3 to 5.5); 0 when it is not whole. */
static size_t skip_escape(const char *text, size_t len, size_t at)
{
    size_t next = at + 1;
    if (next == len)
        return 0;
    if (text[next] == ']' || text[next] == 'P' || text[next] == '_' || text[next] == '^' || text[next] == 'X')
        return skip_string(text, len, next + 1);
    bool control = text[next] == '[';
    next += control;
    while (next < len && is_between(text[next], ' ', control ? '?' : '/'))
        next++;
    return next < len ? next + 1 : 0;
}

static struct letters letters_of(const char *text, size_t len)
{
    struct letters letters = {
        .text = mem_alloc(len + 1), .at = mem_zalloc(len + 1, sizeof(uint32_t)), .cut = len};
    for (size_t at = 0; at < len;) {
        if (text[at] == '\x1b') {
            size_t next = skip_escape(text, len, at);
            if (next == 0) {
                letters.cut = at;
                break;
            }
            at = next;
            continue;
        }
        if ((unsigned char)text[at] >= ' ') {
            letters.at[letters.len] = (uint32_t)at;
            letters.text[letters.len++] = text[at];
        }
        at++;
    }
    letters.text[letters.len] = '\0';
    return letters;
}

static void letters_done(struct letters *letters)
{
    free(letters->text);
    free(letters->at);
}

char *recording_mask(const char *text, size_t len)
{
    struct letters letters = letters_of(text, len);
    struct buf out;
    size_t written = 0, from = 0, found, hidden;
    buf_init(&out, len * 3 + 16);
    while ((found = log_find_secret(letters.text, letters.len, from, &hidden)) < letters.len) {
        buf_add(&out, text + written, letters.at[found] - written);
        buf_add_text(&out, "***");
        for (from = found; from < found + hidden; from++) {
            written = letters.at[from] + 1;
            if (from + 1 < found + hidden)
                buf_add(&out, text + written, letters.at[from + 1] - written);
        }
    }
    buf_add(&out, text + written, len - written);
    letters_done(&letters);
    return buf_take(&out, NULL);
}

size_t recording_mask_tail(const char *text, size_t len, size_t *letter_count)
{
    struct letters letters = letters_of(text, len);
    size_t count = log_secret_tail(letters.text, letters.len), start = letters.cut;
    if (count > 0 && letters.at[letters.len - count] < start)
        start = letters.at[letters.len - count];
    letters_done(&letters);
    *letter_count = count;
    /* What waits too long is shown: no program of good will does that. */
    if (len - start <= HELD_MAX)
        return len - start;
    *letter_count = 0;
    return 0;
}
