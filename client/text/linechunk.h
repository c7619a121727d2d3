/*
 * Some hundred lines of one log, next to each other: the texts in one stretch of memory, each with its NUL,
 * and for each line a head of three or four bytes (level, source, length, seconds since the line before,
 * styles where there are any). One line in LINECHUNK_STRIDE has a mark that says where it stands, so that any
 * of them is found in a few steps. A chunk only grows until it is sealed; a sealed one is one piece of memory
 * that can be written to a file as it is (linepool.h). Its marks stay in memory.
 */
#pragma once

#include "client/model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LINECHUNK_STRIDE = 32 };

/* Why lines are missing where a gap stands. */
enum line_gap {
    LINE_GAP_UNKNOWN,    /* between two pages of the service */
    LINE_GAP_FULL,       /* let go for newer ones: there is no more room */
    LINE_GAP_DISK,       /* likewise, and the disk takes no more */
    LINE_GAP_UNREADABLE, /* were written to the disk and cannot be read back */
};

/* A line as kept. A gap stands for lines that are not known. */
struct line_entry {
    struct log_line line; /* without `rest` and digest; a gap has only the time of the line before it */
    bool continued;       /* a further line of the message above */
    bool gap;
    enum line_gap why;
    int64_t gap_ms; /* how long the gap is, when both ends are known */
};

/* Where a line stands, and what it is relative to. */
struct linechunk_mark {
    uint32_t text_at, head_at;
    int64_t time; /* of the line before */
};

struct linechunk {
    char *text; /* all texts; once sealed the heads follow in the same memory; NULL while on disk */
    uint8_t *heads;
    struct linechunk_mark *marks;
    size_t text_room, head_room, mark_room;
    uint32_t text_len, head_len;
    uint32_t count;
    uint32_t errors, gaps;
    int64_t time;    /* of the newest line */
    int64_t file_at; /* where a pool's file holds it, -1 while in memory */
    bool sealed;
};

/* Where the bytes of a chunk are now: in the chunk itself, or in a copy that was read back. */
struct linechunk_bytes {
    const char *text;
    const uint8_t *heads;
};

/* A place to decode into: what an entry points to belongs to it, or to the chunk's bytes. */
struct linechunk_reader {
    struct line_entry entry;
    struct text_span *spans;
    size_t span_room;
};

/* An empty chunk; `time` is that of the line before its first. */
void linechunk_init(struct linechunk *chunk, int64_t time);
void linechunk_done(struct linechunk *chunk);

/* Adds a line (copied). Not to a sealed chunk. A text longer than 16 MiB is cut there. */
void linechunk_add(struct linechunk *chunk, const struct line_entry *entry);

/* No line is added from now on: the memory shrinks to what is needed. */
void linechunk_seal(struct linechunk *chunk);

/* The sealed bytes: chunk->text, this many. */
size_t linechunk_size(const struct linechunk *chunk);

/* All memory that the chunk takes now. */
size_t linechunk_memory(const struct linechunk *chunk);

/* The bytes of a chunk in memory; those of a sealed one that were read back to `copy`. */
struct linechunk_bytes linechunk_bytes(const struct linechunk *chunk);
struct linechunk_bytes linechunk_bytes_of(const struct linechunk *chunk, const char *copy);

/* Where the line of this index stands (at most chunk->count: then the end). */
struct linechunk_mark linechunk_find(const struct linechunk *chunk, const struct linechunk_bytes *bytes,
                                     uint32_t index);

/* Decodes the line at *at into reader->entry and moves *at to the next one. The texts point into the bytes,
 * NUL-terminated. False, with a gap as the entry, when the bytes make no sense (a broken disk). */
bool linechunk_read(const struct linechunk *chunk, const struct linechunk_bytes *bytes,
                    struct linechunk_mark *at, struct linechunk_reader *reader);
void linechunk_reader_done(struct linechunk_reader *reader);

/* The index of the line that holds this byte of the texts; *start gets where its text begins. */
uint32_t linechunk_line_at(const struct linechunk *chunk, const struct linechunk_bytes *bytes,
                           uint32_t text_at, uint32_t *start);

/* The first line of this time or later, as far as the order of the marks tells; the count when none is. */
uint32_t linechunk_find_time(const struct linechunk *chunk, const struct linechunk_bytes *bytes,
                             int64_t time);
