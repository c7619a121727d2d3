#include "client/base/log.h"

#include "client/base/buf.h"
#include "client/base/clock.h"
#include "client/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SECRETS = 8, FORMS = 10, SECRET_MIN = 8, LINE_CAP = 16384 };

/* The log serves every thread of the process, so it is the one place besides main that holds state of its
 * own. */
static struct {
    pthread_mutex_t lock;
    atomic_int fd;
    char *forms[SECRETS][FORMS];
    atomic_bool any;    /* a secret is registered */
    uint8_t skips[256]; /* see skip_at: most text is passed over by this alone */
    size_t next;
} state = {.lock = PTHREAD_MUTEX_INITIALIZER, .fd = -1};

bool log_open(const char *path, struct err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_set(err, ERR_LOCAL, errno, "The log file could not be opened: %s", strerror(errno));
    atomic_store(&state.fd, fd);
    return true;
}

static void forget_form(char **form)
{
    if (*form != NULL)
        explicit_bzero(*form, strlen(*form));
    free(*form);
    *form = NULL;
}

void log_close(void)
{
    pthread_mutex_lock(&state.lock);
    int fd = atomic_exchange(&state.fd, -1);
    if (fd >= 0)
        close(fd);
    for (size_t i = 0; i < SECRETS; i++)
        for (size_t k = 0; k < FORMS; k++)
            forget_form(&state.forms[i][k]);
    state.next = 0;
    atomic_store(&state.any, false);
    pthread_mutex_unlock(&state.lock);
}

bool log_on(void)
{
    return atomic_load(&state.fd) >= 0;
}

static const char hex_upper[] = "0123456789ABCDEF";
static const char hex_lower[] = "0123456789abcdef";

static char *url_encode(const char *secret, const char *digits)
{
    struct buf out;
    buf_init(&out, 4096);
    for (const char *c = secret; *c != '\0'; c++) {
        bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') ||
                     strchr("-._~", *c) != NULL;
        if (plain)
            buf_add_byte(&out, *c);
        else
            buf_add_format(&out, "%%%c%c", digits[(unsigned char)*c >> 4], digits[*c & 15]);
    }
    return buf_take(&out, NULL);
}

static char *hex_encode(const char *secret, const char *digits)
{
    struct buf out;
    buf_init(&out, 4096);
    for (const char *c = secret; *c != '\0'; c++)
        buf_add_format(&out, "%c%c", digits[(unsigned char)*c >> 4], digits[*c & 15]);
    return buf_take(&out, NULL);
}

/* Some writers of JSON escape the slash, most do not. */
static char *json_encode(const char *secret, const char *escaped)
{
    struct buf out;
    buf_init(&out, 4096);
    for (const char *c = secret; *c != '\0'; c++) {
        if (strchr(escaped, *c) != NULL)
            buf_add_byte(&out, '\\');
        buf_add_byte(&out, *c);
    }
    return buf_take(&out, NULL);
}

/* Only whole groups of three bytes: what follows the secret changes the last characters. What stands before
 * it decides where its groups begin, hence three forms that start at its first three bytes. */
static char *base64_encode(const char *secret)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    struct buf out;
    buf_init(&out, 4096);
    size_t len = strlen(secret);
    for (size_t i = 0; i + 2 < len; i += 3) {
        const unsigned char *s = (const unsigned char *)secret + i;
        unsigned value = (unsigned)s[0] << 16 | (unsigned)s[1] << 8 | s[2];
        for (int shift = 18; shift >= 0; shift -= 6)
            buf_add_byte(&out, alphabet[value >> shift & 63]);
    }
    return buf_take(&out, NULL);
}

/* After Horspool: no form is shorter than SECRET_MIN, so where it may begin is told by the SECRET_MIN-th byte
 * from there. If that is in none of the forms' beginnings, none begins at all these places; else it says how
 * far the next one is. */
static void note_skips(void)
{
    memset(state.skips, SECRET_MIN, sizeof state.skips);
    for (size_t i = 0; i < SECRETS; i++)
        for (size_t k = 0; k < FORMS; k++) {
            const char *form = state.forms[i][k];
            for (size_t at = 0; form != NULL && at < SECRET_MIN && form[at] != '\0'; at++) {
                uint8_t *skip = &state.skips[(unsigned char)form[at]];
                uint8_t far = (uint8_t)(SECRET_MIN - 1 - at);
                *skip = far < *skip ? far : *skip;
            }
        }
}

void log_hide_secret(const char *secret)
{
    if (secret == NULL || strlen(secret) < SECRET_MIN || strlen(secret) > 1024)
        return;
    pthread_mutex_lock(&state.lock);
    for (size_t i = 0; i < SECRETS; i++)
        if (state.forms[i][0] != NULL && strcmp(state.forms[i][0], secret) == 0) {
            pthread_mutex_unlock(&state.lock);
            return;
        }
    char **forms = state.forms[state.next];
    for (size_t k = 0; k < FORMS; k++)
        forget_form(&forms[k]);
    forms[0] = mem_dup(secret);
    forms[1] = url_encode(secret, hex_upper);
    forms[2] = url_encode(secret, hex_lower);
    forms[3] = hex_encode(secret, hex_upper);
    forms[4] = hex_encode(secret, hex_lower);
    forms[5] = json_encode(secret, "\"\\");
    forms[6] = json_encode(secret, "\"\\/");
    for (size_t i = 0; i < 3; i++)
        forms[7 + i] = base64_encode(secret + i);
    note_skips();
    atomic_store(&state.any, true);
    state.next = (state.next + 1) % SECRETS;
    pthread_mutex_unlock(&state.lock);
}

/* The length of the longest registered form that starts here, 0 for none. */
static size_t secret_at(const char *text, size_t len)
{
    size_t longest = 0;
    for (size_t i = 0; i < SECRETS; i++)
        for (size_t k = 0; k < FORMS; k++) {
            const char *form = state.forms[i][k];
            size_t form_len = form != NULL ? strlen(form) : 0;
            if (form_len >= SECRET_MIN && form_len <= len && form_len > longest &&
                memcmp(text, form, form_len) == 0)
                longest = form_len;
        }
    return longest;
}

/* As log_find_secret, with the lock held. */
static size_t find_secret(const char *text, size_t len, size_t from, size_t *hidden)
{
    while (from < len && len - from >= SECRET_MIN) {
        uint8_t skip = state.skips[(unsigned char)text[from + SECRET_MIN - 1]];
        *hidden = skip == 0 ? secret_at(text + from, len - from) : 0;
        if (*hidden > 0)
            return from;
        from += skip > 0 ? skip : 1;
    }
    return len;
}

size_t log_find_secret(const char *text, size_t len, size_t from, size_t *hidden)
{
    if (!atomic_load(&state.any))
        return len;
    pthread_mutex_lock(&state.lock);
    size_t at = find_secret(text, len, from, hidden);
    pthread_mutex_unlock(&state.lock);
    return at;
}

char *log_redact(const char *text, size_t len)
{
    struct buf out;
    buf_init(&out, len * 3 + 16);
    size_t from = 0, at, hidden;
    while ((at = log_find_secret(text, len, from, &hidden)) < len) {
        buf_add(&out, text + from, at - from);
        buf_add_text(&out, "***");
        from = at + hidden;
    }
    buf_add(&out, text + from, len - from);
    return buf_take(&out, NULL);
}

/* The longest beginning of the form that the text ends with, short of all of it. */
static size_t form_tail(const char *text, size_t len, const char *form)
{
    size_t most = strlen(form) - 1;
    for (size_t tail = most < len ? most : len; tail > 0; tail--)
        if (memcmp(text + len - tail, form, tail) == 0)
            return tail;
    return 0;
}

size_t log_secret_tail(const char *text, size_t len)
{
    size_t longest = 0;
    pthread_mutex_lock(&state.lock);
    for (size_t i = 0; i < SECRETS; i++)
        for (size_t k = 0; k < FORMS; k++) {
            const char *form = state.forms[i][k];
            size_t tail = form != NULL && form[0] != '\0' ? form_tail(text, len, form) : 0;
            longest = tail > longest ? tail : longest;
        }
    pthread_mutex_unlock(&state.lock);
    return longest;
}

static void add_visible(struct buf *out, const char *text)
{
    for (const char *c = text; *c != '\0'; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7F)
            buf_add_format(out, "\\x%02x", (unsigned char)*c);
        else
            buf_add_byte(out, *c);
}

void log_line(const char *module, const char *format, ...)
{
    int fd = atomic_load(&state.fd);
    if (fd < 0)
        return;
    char *message = NULL;
    va_list args;
    va_start(args, format);
    int len = vasprintf(&message, format, args);
    va_end(args);
    if (len < 0)
        return;
    char *safe = log_redact(message, (size_t)len);
    int64_t now = clock_wall_ms();
    time_t seconds = (time_t)(now / 1000);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    struct buf line;
    buf_init(&line, LINE_CAP);
    buf_add_format(&line, "%02d:%02d:%02d.%03d %s: ", tm.tm_hour, tm.tm_min, tm.tm_sec, (int)(now % 1000),
                   module);
    add_visible(&line, safe);
    if (!buf_add_byte(&line, '\n'))
        line.data[line.len - 1] = '\n';
    ssize_t ignored = write(fd, line.data, line.len);
    (void)ignored;
    buf_done(&line);
    free(safe);
    free(message);
}
