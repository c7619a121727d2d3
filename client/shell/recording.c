#include "client/shell/recording.h"

#include "client/base/buf.h"
#include "client/base/clock.h"
#include "client/base/mem.h"
#include "client/base/utf8.h"
#include "client/shell/recording_mask.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    PIECE = 32 << 10,        /* bytes of output in one line */
    PENDING_MAX = PIECE * 2, /* with what is held back: a form is shorter than 4 KiB */
    LINE_MAX_BYTES = PENDING_MAX * 6 + 64,
    SECRET_PART = 8, /* so much of a key is not shown even when its end never comes */
};

struct recording {
    FILE *file;
    char *path;
    uint64_t size, most;
    int cols, rows;
    int64_t start_ms, last_ms;
    struct buf pending; /* output that was not written yet */
    bool broken;
};

/* A JSON string (RFC 8259 7) of the text, which may be anything: what is no UTF-8 becomes U+FFFD. */
static void add_string(struct buf *line, const char *text, size_t len)
{
    buf_add_byte(line, '"');
    for (size_t at = 0; at < len;) {
        uint32_t cp;
        char bytes[UTF8_MAX];
        at += utf8_decode_final(text + at, len - at, &cp);
        if (cp < 0x20 || cp == 0x7F)
            buf_add_format(line, "\\u%04x", cp);
        else if (cp == '"' || cp == '\\')
            buf_add_format(line, "\\%c", (char)cp);
        else
            buf_add(line, bytes, utf8_encode(cp, bytes));
    }
    buf_add_byte(line, '"');
}

static bool write_line(struct recording *recording, struct buf *line)
{
    buf_add_byte(line, '\n');
    bool ok = !recording->broken && fwrite(line->data, 1, line->len, recording->file) == line->len;
    recording->broken = recording->broken || !ok;
    recording->size += line->len;
    buf_done(line);
    return ok;
}

static void begin_event(struct recording *recording, struct buf *line, char code)
{
    int64_t at = recording->last_ms - recording->start_ms;
    buf_init(line, LINE_MAX_BYTES);
    buf_add_format(line, "[%lld.%03d, \"%c\", ", (long long)(at / 1000), (int)(at % 1000), code);
}

static bool write_head(struct recording *recording, const char *title)
{
    struct buf line;
    buf_init(&line, LINE_MAX_BYTES);
    buf_add_format(&line, "{\"version\": 2, \"width\": %d, \"height\": %d, \"timestamp\": %lld, ",
                   recording->cols, recording->rows, (long long)(clock_wall_ms() / 1000));
    buf_add_text(&line, "\"env\": {\"TERM\": \"xterm-256color\"}, \"title\": ");
    add_string(&line, title, strlen(title));
    buf_add_byte(&line, '}');
    return write_line(recording, &line);
}

static bool write_output(struct recording *recording, const char *text, size_t len)
{
    if (len == 0)
        return true;
    char *masked = recording_mask(text, len);
    struct buf line;
    begin_event(recording, &line, 'o');
    add_string(&line, masked, strlen(masked));
    buf_add_byte(&line, ']');
    free(masked);
    return write_line(recording, &line);
}

/* The bytes at the end of which more must be known: a character that is cut, the beginning of the key. */
static size_t unclear_tail(const char *text, size_t len)
{
    size_t letters, tail = recording_mask_tail(text, len, &letters);
    for (size_t cut = 1; cut < UTF8_MAX && cut <= len; cut++) {
        uint32_t cp;
        if (((unsigned char)text[len - cut] & 0xC0) == 0x80)
            continue;
        if (utf8_decode(text + len - cut, cut, &cp) == 0 && cut > tail)
            tail = cut;
        break;
    }
    return tail;
}

static bool flush_pending(struct recording *recording)
{
    struct buf *pending = &recording->pending;
    size_t tail = pending->len > 0 ? unclear_tail(pending->data, pending->len) : 0;
    bool ok = write_output(recording, pending->data, pending->len - tail);
    buf_drop(pending, pending->len - tail);
    return ok;
}

static bool note_size(struct recording *recording, int cols, int rows)
{
    if (cols == recording->cols && rows == recording->rows)
        return true;
    recording->cols = cols;
    recording->rows = rows;
    struct buf line;
    begin_event(recording, &line, 'r');
    buf_add_format(&line, "\"%dx%d\"]", cols, rows);
    return write_line(recording, &line);
}

struct recording *recording_new(const char *path, const char *title, int cols, int rows, uint64_t most,
                                int64_t now_ms, struct err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (file == NULL) {
        err_set(err, ERR_LOCAL, errno, "The recording %.200s was not begun: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    struct recording *recording = mem_zalloc(1, sizeof *recording);
    recording->file = file;
    recording->path = mem_dup(path);
    recording->most = most > 0 ? most : RECORDING_MAX;
    recording->cols = cols;
    recording->rows = rows;
    recording->start_ms = recording->last_ms = now_ms;
    buf_init(&recording->pending, PENDING_MAX);
    write_head(recording, title);
    return recording;
}

/* A NUL does nothing in a terminal and cannot be in a string that is redacted. */
static void take(struct recording *recording, const char *bytes, size_t len)
{
    for (size_t at = 0; at < len;) {
        size_t run = strnlen(bytes + at, len - at);
        buf_add(&recording->pending, bytes + at, run);
        at += run + 1;
    }
}

bool recording_add(struct recording *recording, int cols, int rows, const char *bytes, size_t len,
                   int64_t now_ms, struct err *err)
{
    recording->last_ms = now_ms > recording->last_ms ? now_ms : recording->last_ms;
    bool ok = note_size(recording, cols, rows);
    for (size_t at = 0; ok && at < len; at += PIECE) {
        if (recording->size + LINE_MAX_BYTES > recording->most)
            return err_set(err, ERR_LOCAL, 0, "The recording ended: it reached %d MiB",
                           (int)(recording->most >> 20));
        take(recording, bytes + at, len - at < PIECE ? len - at : PIECE);
        ok = flush_pending(recording);
    }
    return ok ||
           err_set(err, ERR_LOCAL, errno, "The recording %.200s ended: %s; what was written before stays",
                   recording->path, strerror(errno));
}

uint64_t recording_size(const struct recording *recording)
{
    return recording->size;
}

const char *recording_path(const struct recording *recording)
{
    return recording->path;
}

bool recording_close(struct recording *recording, struct err *err)
{
    if (recording == NULL)
        return true;
    struct buf *pending = &recording->pending;
    size_t letters = 0;
    size_t tail = pending->len > 0 ? recording_mask_tail(pending->data, pending->len, &letters) : 0;
    if (letters >= SECRET_PART) {
        write_output(recording, pending->data, pending->len - tail);
        write_output(recording, "***", 3);
    } else {
        write_output(recording, pending->data, pending->len);
    }
    bool ok = !recording->broken;
    ok = fclose(recording->file) == 0 && ok;
    if (!ok)
        err_set(err, ERR_LOCAL, errno, "The recording %.200s is not complete: %s", recording->path,
                strerror(errno));
    buf_done(pending);
    free(recording->path);
    free(recording);
    return ok;
}
