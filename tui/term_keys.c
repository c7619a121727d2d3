#include "tui/term_keys.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "client/base/clock.h"
#include "tui/term_start.h"

enum { ANSWER_MS = 300, ANSWERS_MAX = 4096 };

/* kitty's flags 1 (disambiguate) and 4 (alternate keys: what Shift makes of a key, and what is at its place
 * on an English keyboard) are pushed and popped; modifyOtherKeys goes back to what it was. */
static const struct term_keys_form kitty = {"\033[>5u", "\033[<u"};
static const struct term_keys_form other_keys = {"\033[>4;2m", "\033[>4m"};

const char *term_keys_ask(struct term_keys *keys, const char *term, const char *tmux, int64_t now_ms)
{
    /* Others may take a sequence of this shape for one of their own; the linux console does. */
    if (keys->settled || term == NULL || !term_is_xterm_like(term))
        return "";
    /* tmux has no answer, but knows the request. */
    if (tmux != NULL && tmux[0] != '\0') {
        keys->form = &other_keys;
        keys->settled = true;
        return "";
    }
    if (strncmp(term, "screen", 6) == 0)
        return "";
    keys->asked_ms = now_ms;
    /* kitty's flags, XTQMODKEYS, and DA1, which all answer: then the answers are over. */
    return "\033[?u\033[?4m\033[c";
}

void term_keys_take(struct term_keys *keys, enum input_reply reply)
{
    if (keys->asked_ms == 0)
        return;
    switch (reply) {
    case INPUT_REPLY_KITTY:
        keys->form = &kitty;
        break;
    case INPUT_REPLY_OTHER_KEYS:
        if (keys->form == NULL)
            keys->form = &other_keys;
        break;
    case INPUT_REPLY_ATTRIBUTES:
        keys->settled = true;
        keys->asked_ms = 0;
        break;
    }
}

const struct term_keys_form *term_keys_form(const struct term_keys *keys)
{
    return keys->settled ? keys->form : NULL;
}

void term_keys_await(struct term_keys *keys, int tty)
{
    int64_t end = keys->asked_ms + ANSWER_MS;
    char seen[ANSWERS_MAX];
    size_t len = 0;
    while (keys->asked_ms != 0 && len < sizeof seen) {
        int64_t left = end - clock_ms();
        struct pollfd wait = {.fd = tty, .events = POLLIN};
        if (left <= 0 || poll(&wait, 1, (int)left) <= 0 || (wait.revents & POLLIN) == 0)
            break;
        ssize_t got = read(tty, seen + len, sizeof seen - len);
        if (got <= 0)
            break;
        len += (size_t)got;
        const char *last = memmem(seen, len, "\033[?", 3);
        if (last != NULL && memchr(last, 'c', len - (size_t)(last - seen)) != NULL)
            break;
    }
    keys->asked_ms = 0;
}
