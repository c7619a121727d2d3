#include "client/shell/emulator_private.h"

#include "client/base/utf8.h"
#include "client/text/inert.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { TITLE_COLUMNS = 128 };

void emulator_reply(struct emulator *emulator, const char *format, ...)
{
    char bytes[64];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(bytes, sizeof bytes, format, args);
    va_end(args);
    if (emulator->replies.len + (size_t)len + 1 <= emulator->replies.cap) {
        buf_add_byte(&emulator->replies, (char)len);
        buf_add(&emulator->replies, bytes, (size_t)len);
    }
}

/* OSC 0 and 2: the title, inert and short. */
static void set_title(struct emulator *emulator, const char *text, size_t len)
{
    size_t kept = inert_label_into(emulator->title, sizeof emulator->title, text, len);
    size_t fit = utf8_fit(emulator->title, kept, TITLE_COLUMNS, NULL);
    emulator->title[fit] = '\0';
}

void emulator_push_title(struct emulator *emulator)
{
    if (emulator->title_count == TITLES_MAX)
        memmove(emulator->titles, emulator->titles + 1, sizeof emulator->titles[0] * --emulator->title_count);
    memcpy(emulator->titles[emulator->title_count++], emulator->title, sizeof emulator->title);
}

void emulator_pop_title(struct emulator *emulator)
{
    if (emulator->title_count > 0)
        memcpy(emulator->title, emulator->titles[--emulator->title_count], sizeof emulator->title);
}

/* OSC 10 and 11 ask for the colours; the answer is ours, whatever the operator's terminal has, so that
 * programs know that the ground is dark. */
static void report_colour(struct emulator *emulator, int which, bool bell)
{
    emulator_reply(emulator, "\x1b]%d;rgb:%s%s", which, which == 10 ? "d0d0/d0d0/d0d0" : "1010/1414/1818",
                   bell ? "\a" : "\x1b\\");
}

static bool starts_with(const struct guard_token *token, const char *text)
{
    size_t len = strlen(text);
    return token->len >= len && memcmp(token->text, text, len) == 0;
}

/* OSC 52: kept until somebody wants to know of it. There is no answer to a question. */
static void take_copied(struct emulator *emulator, const struct guard_token *token)
{
    struct buf text;
    buf_init(&text, COPIED_MAX);
    if (copied_read(&text, token->text, token->len)) {
        buf_done(&emulator->copied);
        emulator->copied = text;
    } else {
        buf_done(&text);
    }
}

static void osc(struct emulator *emulator, const struct guard_token *token)
{
    if (starts_with(token, "0;") || starts_with(token, "2;"))
        set_title(emulator, token->text + 2, token->len - 2);
    else if (token->len == 4 && starts_with(token, "10;?"))
        report_colour(emulator, 10, token->bell);
    else if (token->len == 4 && starts_with(token, "11;?"))
        report_colour(emulator, 11, token->bell);
    else if (starts_with(token, "52;"))
        take_copied(emulator, token);
    /* Everything else is ignored: 8 keeps its text, which comes outside of it. */
}

void emulator_string(struct emulator *emulator, const struct guard_token *token)
{
    emulator_forget_last(emulator);
    if (token->final == ']')
        osc(emulator, token);
    else if (token->final == 'P' && starts_with(token, "$q")) /* DECRQSS: always "invalid" */
        emulator_reply(emulator, "\x1bP0$r\x1b\\");
}

/* Moves the answers that the budget allows to `out`; the others are dropped. */
static void take_replies(struct emulator *emulator, struct buf *out, int64_t now_ms)
{
    if (now_ms - emulator->window_ms >= 1000 || now_ms < emulator->window_ms) {
        emulator->window_ms = now_ms;
        emulator->window_count = 0;
        emulator->window_bytes = 0;
    }
    const char *at = buf_text(&emulator->replies);
    const char *end = at + emulator->replies.len;
    while (at < end) {
        size_t len = (uint8_t)*at++;
        bool allowed =
            emulator->window_count < REPLY_COUNT_MAX && emulator->window_bytes + len <= REPLY_BYTES_MAX;
        if (allowed && buf_add(out, at, len)) {
            emulator->window_count++;
            emulator->window_bytes += len;
        }
        at += len;
    }
    buf_clear(&emulator->replies);
}

void emulator_take_output(struct emulator *emulator, struct buf *out, int64_t now_ms)
{
    if (emulator->replies.len > 0)
        take_replies(emulator, out, now_ms);
    size_t room = out->cap - out->len;
    size_t len = emulator->input.len < room ? emulator->input.len : room;
    if (len > 0 && buf_add(out, emulator->input.data, len))
        buf_drop(&emulator->input, len);
}

bool emulator_has_copied(const struct emulator *emulator)
{
    return emulator->copied.len > 0;
}

void emulator_take_copied(struct emulator *emulator, struct buf *out)
{
    buf_add(out, emulator->copied.data, emulator->copied.len);
    buf_clear(&emulator->copied);
}
