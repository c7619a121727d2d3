/*
 * Log lines from a source that the caller owns. Only visible lines are asked for: a frame costs the same for
 * ten lines and for a million. The place is kept as a line's id, so that lines that arrive, a filter or a
 * resize do not move it. Following shows the end; any move up pauses it.
 */
#pragma once

#include "client/base/text.h"
#include "widgets/paint.h"
#include "widgets/widget.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum logview_time { LOGVIEW_RELATIVE, LOGVIEW_ABSOLUTE, LOGVIEW_DELTA, LOGVIEW_NO_TIME, LOGVIEW_TIMES };

/* A row of a line that is laid out over several: its text, and which parts of it have a role of their own. */
struct logview_row {
    struct text text;
    struct logview_piece {
        uint32_t start, len; /* bytes */
        enum role role;
    } pieces[2]; /* in order; len 0: none */
};

struct logview_line {
    uint64_t id;      /* grows with the index; never reused */
    int64_t time_ms;  /* since 1970; 0 unknown */
    char level;       /* one letter, 0 for none */
    bool gap;         /* not a line but a note about missing ones: drawn across the pane */
    bool marked;      /* bookmarked */
    bool chosen;      /* part of the range that is to be copied */
    const char *note; /* stands at the end of the first row, over its text; NULL for none */
    enum role note_role;
    char sign;      /* '+' for a line with others folded away under it, '-' for one laid out; 0 none */
    enum role role; /* of the text: ROLE_TEXT for most */
    enum role level_role;
    enum role source_role;
    const char *source;             /* short word; NULL for none */
    const struct text *text;        /* valid until the next call of `line` */
    const struct logview_row *rows; /* drawn instead of `text`, one below the other; NULL for none */
    size_t row_count;
};

/* A found stretch of a line's bytes. */
struct logview_hit {
    uint32_t start;
    uint32_t len;
};

/* The lines to show: those that the filter lets through, numbered 0..count-1. */
struct logview_source {
    void *ctx;
    size_t count;
    void (*line)(void *ctx, size_t index, struct logview_line *out);
    /* The index of the line with this id, or of the next one that is shown (for a line that is folded away:
     * of the one it is folded under); count when there is none. */
    size_t (*find)(void *ctx, uint64_t id);
    /* The search hits of a line's text, in order, at most `room`; NULL when there is no search. */
    size_t (*hits)(void *ctx, const struct text *text, struct logview_hit *out, size_t room);
    int source_cols;     /* columns for the source, 0: none */
    int source_cols_min; /* of them in a pane too narrow for more, 0: none */
    const char *empty;   /* what to say when there are no lines */
};

struct logview {
    bool follow;
    bool wrap;
    bool utc; /* absolute times in UTC, else local */
    enum logview_time time;
    size_t sideways;    /* columns left out at the left; 0 while wrapping */
    bool placed;        /* top_id and cursor_id are set */
    uint64_t top_id;    /* first visible line */
    uint64_t cursor_id; /* the line that actions are about */
    int top_skip;       /* rows of the top line that are above the view (wrapping) */
    int rows, cols;     /* as last drawn */
    int text_cols;      /* columns of the text part, as last drawn */
    /* Where there were too few lines below the place for a full view, it was drawn further up: */
    bool lifted;
    uint64_t lifted_top, lifted_last; /* first line that was drawn, and the last one there was */
    int lifted_skip;
    size_t lifted_span; /* lines between the two */
};

/* Following, relative time. */
void logview_init(struct logview *view);

/* Draws the lines. now_ms: the wall clock, for relative times. */
void logview_draw(struct logview *view, const struct paint *p, const struct logview_source *source,
                  int64_t now_ms, bool focused);

/* Moves the cursor line. Up pauses; MOVE_LAST goes to the end without following. Where more of the cursor's
 * line is out of sight than fits, rows of it come first. */
void logview_move(struct logview *view, const struct logview_source *source, enum widget_move move);

/* Scrolls by `rows` lines (negative: up) without moving more of the cursor than must be: the wheel. */
void logview_scroll(struct logview *view, const struct logview_source *source, int rows);

/* Puts the cursor on a line and shows it, with a third of the pane above it when it was not visible. */
void logview_show(struct logview *view, const struct logview_source *source, uint64_t id);

/* Follows or pauses where it is. */
void logview_set_follow(struct logview *view, const struct logview_source *source, bool follow);

/* Moves sideways by columns; clamped at 0. Does nothing while wrapping. */
void logview_sideways(struct logview *view, int columns);

/* The index of the cursor's line; count when there are no lines. */
size_t logview_cursor(const struct logview *view, const struct logview_source *source);

/* The index of the line at a row of the drawn part; count for none. */
size_t logview_line_at(const struct logview *view, const struct logview_source *source, int row);

/* How many columns time takes in this mode, the blank after it included. */
int logview_time_cols(enum logview_time time);

/* Writes a time as logview shows it. previous_ms: of the line above, for deltas; 0 none. */
void logview_format_time(char out[16], const struct logview *view, int64_t time_ms, int64_t previous_ms,
                         int64_t now_ms);
