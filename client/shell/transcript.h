/*
 * A copy of the lines of a shell, screen and scrollback, on the console's side: what copy mode moves over,
 * searches and copies from. It is taken newest first, a piece at a time, and what is in it never changes;
 * only its beginning moves back until it is complete. Lines stay packed as they came (wire.h).
 *
 * All lines are as wide as those of the first piece. When the shell becomes wider before all pieces are
 * there, the lines of the others are cut to this width and go on in the next line (a soft wrap). The numbers
 * of lines are the transcript's own: they count down from where it began.
 */
#pragma once

#include "client/base/cell.h"
#include "client/shell/wire.h"

#include <stdbool.h>
#include <stdint.h>

/* What a transcript holds at most; older lines are left out. */
enum { TRANSCRIPT_BYTES_MAX = 96 << 20 };

struct transcript;

/* An empty one, which wants the newest lines. */
struct transcript *transcript_new(void);

/* NULL is fine. */
void transcript_free(struct transcript *transcript);

/* The number (as in wire.h) before which lines are wanted next: UINT64_MAX at first. */
uint64_t transcript_wants(const struct transcript *transcript);

/* Takes the answer. False when it does not go on where the lines held begin. An answer from another screen,
 * or of another width of the alternate one, is the end of the transcript instead: what is wanted is gone. */
bool transcript_add(struct transcript *transcript, const struct wire_lines *lines);

/* There will be no more. */
void transcript_end(struct transcript *transcript);

/* Whether all lines are there that ever will be. */
bool transcript_complete(const struct transcript *transcript);

/* The lines held are first..stop-1; both 0 before the first piece. */
uint64_t transcript_first(const struct transcript *transcript);
uint64_t transcript_stop(const struct transcript *transcript);

/* Columns of every line; 0 before the first piece. */
int transcript_cols(const struct transcript *transcript);

/* Whether the lines are of the alternate screen. */
bool transcript_alternate(const struct transcript *transcript);

/* Reads a line that is held into cells[cols], all of which are set. Returns how many are in use; *continued,
 * unless NULL, says whether it goes on from the line above (a soft wrap). */
int transcript_read(const struct transcript *transcript, uint64_t line, struct cell *cells, bool *continued);
