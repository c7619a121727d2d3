/*
 * A terminal emulator that speaks bytes and cells: no descriptor, no SSH, no curses. Bytes from the box pass
 * through guard into libvterm's parser and state layer, which draws into our grid; design.md sections 4 and 5
 * say why in this shape. Runs inside the shell helper, and in the tests as the judge of what a screen shows.
 *
 * A character takes the columns that utf8_width says, and no others: what it is followed by never changes
 * them. Combining marks, variation selectors and, as in tmux, an emoji behind a zero width joiner are kept in
 * the cell of the character they join, where copying and searching find them; so a family is as wide as its
 * first member. Skin tones and flags are characters beside each other.
 */
#pragma once

#include "client/base/buf.h"
#include "client/base/key.h"
#include "client/base/cell.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct emulator;

/* A fresh terminal of cols x rows (clamped to 2..1000 x 1..500) with at most `scrollback` lines of history
 * (and 64 MiB). */
struct emulator *emulator_new(int cols, int rows, size_t scrollback);
void emulator_free(struct emulator *emulator);

/* Feeds bytes from the box, in any split. */
void emulator_write(struct emulator *emulator, const char *bytes, size_t len);

/* Changes the size; modes, cursor, pen and contents survive (design.md section 5). */
void emulator_resize(struct emulator *emulator, int cols, int rows);

/* Takes what must be sent to the box: answers to queries (rate-limited: 32 and 4 KiB a second by `now_ms`)
 * and encoded input. Appends to `out` and forgets it. */
void emulator_take_output(struct emulator *emulator, struct buf *out, int64_t now_ms);

/* Encode input for the box as the program in it asked (modes); the bytes come by emulator_take_output. */
void emulator_key(struct emulator *emulator, struct key key);
/* Without a mouse mode, the wheel on the alternate screen sends three cursor keys (xterm's
 * alternateScroll). Positions off the screen are ignored. */
void emulator_mouse(struct emulator *emulator, const struct mouse *mouse);
/* False, with nothing sent, when the paste does not fit into what may wait for the box (8 MiB). */
bool emulator_paste(struct emulator *emulator, const char *text, size_t len);
void emulator_focus(struct emulator *emulator, bool focused);

/* Whether a program put text on the clipboard (OSC 52, copied.h); appends the newest to `out` and forgets it.
 * Nothing else comes of it here. */
bool emulator_has_copied(const struct emulator *emulator);
void emulator_take_copied(struct emulator *emulator, struct buf *out);

/* Whether a program asked for its keys in another form than the usual one, on either screen. */
bool emulator_has_other_keys(const struct emulator *emulator);

/* Reads one row of the screen (0..rows-1) into cells[cols]. */
void emulator_row(const struct emulator *emulator, int row, struct cell *cells);

/* Reads a line of history (0 the oldest); returns how many cells are in use, at most `room` are written.
 * `*continued`, unless NULL, says whether it continues the line above (soft wrap). Lines
 * history..history+rows-1 are the live rows. */
int emulator_line(const struct emulator *emulator, uint64_t line, struct cell *cells, int room,
                  bool *continued);

/* Keeps hold of the start of a line of the main screen or its history, numbered screen_state.dropped + index,
 * while sizes change; emulator_held says where it is now: the number of a line and, when that line begins
 * with what stood above, a column in it. */
void emulator_hold(struct emulator *emulator, uint64_t number);
uint64_t emulator_held(const struct emulator *emulator, int *col);

void emulator_state(const struct emulator *emulator, struct screen_state *state);

/* Whether a row of the screen changed since emulator_clean. */
bool emulator_row_dirty(const struct emulator *emulator, int row);
void emulator_clean(struct emulator *emulator);
