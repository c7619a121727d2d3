/*
 * The scrollback: rows packed into bytes, oldest first, in a ring. A plain line costs its UTF-8 text and some
 * 40 bytes; colours are stored where they change.
 *
 * The limit counts lines as the program wrote them: the rows of a soft-wrapped line are one, so that a
 * narrower screen forgets nothing. A cap on bytes stands behind it.
 */
#pragma once

#include "client/shell/grid.h"

#include <stddef.h>
#include <stdint.h>

enum { HISTORY_BYTES_MAX = 64 * 1024 * 1024 };

struct history_line;

struct history {
    struct history_line **ring;
    size_t room;      /* slots, a power of two */
    size_t first;     /* slot of the oldest row */
    size_t count;     /* rows */
    size_t lines;     /* rows that continue no other */
    size_t bytes;     /* memory of the rows */
    size_t lines_max; /* 0: keeps nothing */
    uint64_t dropped; /* rows that fell off since the start */
    char *scratch;    /* a row is packed here first */
    size_t scratch_room;
};

void history_init(struct history *history, size_t lines_max);
void history_done(struct history *history);
void history_clear(struct history *history);

/* Packs the row and appends it; the oldest lines fall off when a limit is passed. */
void history_push(struct history *history, const struct grid_row *row);

/* Reads row `index` (0 the oldest, < count) into `row`, whose cells are `cols` wide; wider rows are cut. */
void history_read(const struct history *history, size_t index, struct grid_row *row, int cols);

/* As history_read for the newest, which is taken off. */
void history_pop(struct history *history, struct grid_row *row, int cols);

/* Takes the oldest row off. */
void history_drop_first(struct history *history);

/* What can be known of row `index` without unpacking it. */
int history_used(const struct history *history, size_t index);
bool history_continued(const struct history *history, size_t index);

/* Moves the oldest row of `from` to the end of `to`, packed as it is. */
void history_move(struct history *to, struct history *from);

/* Changes the limit; what is beyond it falls off. */
void history_limit(struct history *history, size_t lines_max);
