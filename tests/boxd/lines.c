#include "tests/boxd/lines.h"

#include <stdio.h>
#include <string.h>

#include "client/base/clock.h"

enum {
    LINE = 8 << 10,        /* a longer line is logged in pieces */
    LINES_A_SECOND = 1000, /* that one of these may log */
};

void lines_init(struct lines *lines, struct boxlog *log, pthread_mutex_t *lock, enum log_level level,
                enum log_source source)
{
    *lines = (struct lines){.log = log, .lock = lock, .level = level, .source = source};
    buf_init(&lines->part, LINE);
}

static void note_skipped(struct lines *lines, int64_t now_ms)
{
    if (lines->skipped > 0) {
        char text[80];
        int len = snprintf(text, sizeof text, "(%lld lines are not in the log: too many at once)",
                           (long long)lines->skipped);
        boxlog_append(lines->log, now_ms, LEVEL_WARN, SOURCE_SYSTEM, text, (size_t)len);
        lines->skipped = 0;
    }
}

/* With the lock held. */
static void log_one(struct lines *lines, const char *text, size_t len)
{
    int64_t now_ms = clock_wall_ms();
    if (now_ms / 1000 != lines->second) {
        lines->second = now_ms / 1000;
        lines->count = 0;
        note_skipped(lines, now_ms);
    }
    if (++lines->count > LINES_A_SECOND) {
        lines->skipped++;
        return;
    }
    if (len > 0 && text[len - 1] == '\r') {
        len--;
    }
    boxlog_append(lines->log, now_ms, lines->level, lines->source, text, len);
}

void lines_feed(struct lines *lines, const char *bytes, size_t len)
{
    if (lines->log == NULL) {
        return;
    }
    pthread_mutex_lock(lines->lock);
    while (len > 0) {
        const char *end = memchr(bytes, '\n', len);
        size_t room = LINE - lines->part.len;
        size_t part = end == NULL ? len : (size_t)(end - bytes);
        bool whole = end != NULL && part <= room;
        part = part < room ? part : room;
        if (whole && lines->part.len == 0) {
            log_one(lines, bytes, part);
        } else {
            buf_add(&lines->part, bytes, part);
            if (whole || lines->part.len == LINE) {
                log_one(lines, lines->part.data, lines->part.len);
                buf_clear(&lines->part);
            }
        }
        part += whole ? 1 : 0;
        bytes += part;
        len -= part;
    }
    pthread_mutex_unlock(lines->lock);
}

void lines_finish(struct lines *lines)
{
    pthread_mutex_lock(lines->lock);
    if (lines->part.len > 0 && lines->log != NULL) {
        log_one(lines, lines->part.data, lines->part.len);
    }
    note_skipped(lines, clock_wall_ms());
    pthread_mutex_unlock(lines->lock);
    buf_done(&lines->part);
}
