#include "tests/boxd/boxlog.h"

#include <stdlib.h>

#include "client/base/mem.h"

enum { MAX_LINES = 20000, MAX_BYTES = 4 << 20, MAX_LINE = 64 << 10 };

const char *boxlog_level_word(enum log_level level)
{
    static const char *const words[] = {"info", "warn", "error"};
    return words[level];
}

const char *boxlog_source_word(enum log_source source)
{
    static const char *const words[] = {"system", "agent", "user"};
    return words[source];
}

static void drop_oldest(struct boxlog *log)
{
    struct boxlog_line *line = &log->lines[log->first];
    log->bytes -= line->len;
    free(line->text);
    *line = (struct boxlog_line){0};
    log->first = (log->first + 1) % log->room;
    log->count--;
}

/* Doubles the ring; afterwards the oldest line is at index 0. */
static void grow(struct boxlog *log)
{
    size_t room = log->room == 0 ? 16 : log->room * 2;
    struct boxlog_line *lines = mem_zalloc(room, sizeof *lines);
    for (size_t i = 0; i < log->count; i++) {
        lines[i] = log->lines[(log->first + i) % log->room];
    }
    free(log->lines);
    log->lines = lines;
    log->room = room;
    log->first = 0;
}

static void append(struct boxlog *log, struct boxlog_line line, const char *text, size_t len)
{
    if (len > MAX_LINE) {
        len = MAX_LINE;
    }
    while (log->count > 0 && (log->count == MAX_LINES || log->bytes + len > MAX_BYTES)) {
        drop_oldest(log);
    }
    if (log->count == log->room) {
        grow(log);
    }
    line.text = mem_dup_bytes(text, len);
    line.len = (uint32_t)len;
    log->lines[(log->first + log->count) % log->room] = line;
    log->count++;
    log->bytes += len;
}

void boxlog_append(struct boxlog *log, int64_t at_ms, enum log_level level, enum log_source source,
                   const char *text, size_t len)
{
    struct boxlog_line line = {
        .at_ms = at_ms, .level = boxlog_level_word(level), .source = boxlog_source_word(source)};
    append(log, line, text, len);
}

void boxlog_append_verbatim(struct boxlog *log, int64_t at_ms, const char *level, const char *source,
                            const char *text, size_t len)
{
    struct boxlog_line line = {.at_ms = at_ms, .level = level, .source = source, .verbatim = true};
    append(log, line, text, len);
}

const struct boxlog_line *boxlog_at(const struct boxlog *log, size_t n)
{
    return &log->lines[(log->first + n) % log->room];
}

void boxlog_done(struct boxlog *log)
{
    while (log->count > 0) {
        drop_oldest(log);
    }
    free(log->lines);
    *log = (struct boxlog){0};
}
