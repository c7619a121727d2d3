/*
 * The log of one box: a ring of lines, capped in lines and in bytes, the oldest go first. A line keeps the
 * bytes it was given.
 *
 * box-api.md 2.6: entries are {timestamp, level, source, message}; neither order nor retention is documented,
 * so boxd serves the oldest first unless the fault logs-newest-first says otherwise.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LEVEL_INFO, LEVEL_WARN, LEVEL_ERROR };
enum log_source { SOURCE_SYSTEM, SOURCE_AGENT, SOURCE_USER };

struct boxlog_line {
    int64_t at_ms;     /* wall clock */
    const char *level; /* a word that outlives the log */
    const char *source;
    char *text; /* owned, `len` bytes */
    uint32_t len;
    bool verbatim; /* the bytes go out as they are, valid UTF-8 or not */
};

struct boxlog {
    struct boxlog_line *lines; /* ring, owned */
    size_t room;               /* entries the ring can hold */
    size_t first;              /* index of the oldest */
    size_t count;
    size_t bytes; /* of all messages */
};

/* The words of the contract. */
const char *boxlog_level_word(enum log_level level);
const char *boxlog_source_word(enum log_source source);

/* Appends a line; `text` is copied. A line is cut at 64 KiB. */
void boxlog_append(struct boxlog *log, int64_t at_ms, enum log_level level, enum log_source source,
                   const char *text, size_t len);

/* As boxlog_append, for hostile lines: any level and source words (static strings, or kept alive by the
 * caller as long as the log), and bytes that go out unrepaired. */
void boxlog_append_verbatim(struct boxlog *log, int64_t at_ms, const char *level, const char *source,
                            const char *text, size_t len);

/* The n-th line, 0 is the oldest. */
const struct boxlog_line *boxlog_at(const struct boxlog *log, size_t n);

void boxlog_done(struct boxlog *log);
