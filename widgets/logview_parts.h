/*
 * What the files of the log view (logview*.c) share: where a frame begins.
 */
#pragma once

#include "widgets/logview.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct logview_place {
    size_t index; /* first visible line */
    int skip;     /* rows of it above the view */
};

/* Where a frame begins now. There must be lines. */
struct logview_place logview_place_of(const struct logview *view, const struct logview_source *source);

/* Notes what was drawn where that is not the place; and takes it for the place when nothing but lines at the
 * end came since: what is read does not move. When a filter or a fold goes, the place is what it was. */
void logview_note_lift(struct logview *view, const struct logview_source *source, struct logview_place drawn);
void logview_take_lift(struct logview *view, const struct logview_source *source);

/* The index of a line that may have gone: the next one, or the last. */
size_t logview_locate(const struct logview_source *source, uint64_t id);

/* Scrolls so that the cursor's line is visible; `resized`: and whole, where it fits. */
void logview_keep_in_sight(struct logview *view, const struct logview_source *source, size_t cursor,
                           bool resized);

/* Where a row of a wrapped line begins and how many bytes it has; false past the end. */
bool logview_wrap_row(const struct text *text, int columns, uint32_t *at, uint32_t *len);

/* The parts of a line that begin rows of their own: 1, or its rows. */
size_t logview_part_count(const struct logview_line *line);
const struct text *logview_part(const struct logview_line *line, size_t part);

/* How many rows a line takes. */
int logview_rows_of(const struct logview *view, const struct logview_line *line);
