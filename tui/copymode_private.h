/*
 * What the files of copy mode share: lines and the way over them (copymode.c), movements (copymode_move.c,
 * copymode_find.c), selections (copymode_select.c), searching (copymode_search.c).
 */
#pragma once

#include "tui/copymode.h"

static inline bool copy_place_before(struct copy_place a, struct copy_place b)
{
    return a.line < b.line || (a.line == b.line && a.col < b.col);
}

static inline bool copy_place_equal(struct copy_place a, struct copy_place b)
{
    return a.line == b.line && a.col == b.col;
}

/* A line, valid until the next one is asked for. */
const struct copy_line *copymode_line(struct copymode *copy, uint64_t number);

/* The character at a place; what is blank, or behind the text, is a space. */
uint32_t copymode_char(struct copymode *copy, struct copy_place place);

/* Whether a line goes on from the one above; one that is not there does not. */
bool copymode_is_continued(struct copymode *copy, uint64_t number);

uint64_t copymode_last_line(const struct copymode *copy);

/* The column in the line nearest to `col`: of a character's first cell, not past the last one. */
int copymode_settle_col(struct copymode *copy, uint64_t number, int col);

/* One character on or back. False at the end of all; *ended says that a line ended on the way. */
bool copymode_step_on(struct copymode *copy, struct copy_place *place, bool *ended);
bool copymode_step_back(struct copymode *copy, struct copy_place *place, bool *ended);

/* The first line of the lowest window; moving the window there or elsewhere. */
uint64_t copymode_top_most(const struct copymode *copy);
void copymode_set_top(struct copymode *copy, uint64_t top);

uint64_t copymode_clamp_line(const struct copymode *copy, uint64_t line);

/* Adds a signed number of lines, within the bounds. */
uint64_t copymode_add_lines(const struct copymode *copy, uint64_t line, int64_t lines);

/* Puts the cursor into the line, in the column wished for; into the column. The window follows. */
void copymode_go_to_line(struct copymode *copy, uint64_t line);
void copymode_go_to_col(struct copymode *copy, int col);

/* To the bracket that belongs to the next one in the line, over lines; nowhere when there is none. */
void copymode_match(struct copymode *copy);
