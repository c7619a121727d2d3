/*
 * Copy mode without a screen: a cursor over lines that do not change, a window that follows it, a selection,
 * a search. Where the lines come from is the caller's business; keys and drawing are the view's.
 *
 * Lines are rows of a terminal, numbered by the source. A row may go on from the one above (a soft wrap):
 * searching, words and copied text take such rows as one line.
 */
#pragma once

#include "client/base/cell.h"
#include "tui/pattern.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct copy_place {
    uint64_t line;
    int col;
};

/* Lines first..stop-1, at least one, each of `cols` columns, at least one. */
struct copy_source {
    void *ctx;
    /* Reads a line into cells[cols]; returns how many are in use. *continued: it goes on from the one above.
     */
    int (*read)(void *ctx, uint64_t line, struct cell *cells, bool *continued);
    uint64_t first, stop;
    int cols;
};

enum copy_select { COPY_SELECT_NONE, COPY_SELECT_CHARS, COPY_SELECT_LINES, COPY_SELECT_BLOCK };

enum copy_move {
    COPY_LEFT,
    COPY_RIGHT,
    COPY_UP,
    COPY_DOWN,
    COPY_WORD,      /* start of the next word */
    COPY_WORD_BACK, /* start of this word or the one before */
    COPY_WORD_END,  /* end of this word or the next */
    COPY_BIG_WORD,  /* the same with words that only blanks part */
    COPY_BIG_BACK,
    COPY_BIG_END,
    COPY_PARAGRAPH_UP, /* to the empty line before the text, or after it */
    COPY_PARAGRAPH_DOWN,
    COPY_MATCH,         /* to the bracket that belongs to the next one in the line */
    COPY_LINE_START,    /* first column */
    COPY_LINE_TEXT,     /* first column with text */
    COPY_LINE_END,      /* last column with anything; with a count, of so many lines further, this one is 1 */
    COPY_LINE_LAST,     /* the same, without the blanks at the end */
    COPY_SCREEN_TOP,    /* of the window; with a count, the line of that number */
    COPY_SCREEN_MIDDLE, /* of the window */
    COPY_SCREEN_BOTTOM, /* of the window; with a count, from below */
    COPY_PAGE_UP,
    COPY_PAGE_DOWN,
    COPY_HALF_UP,
    COPY_HALF_DOWN,
    COPY_FIRST, /* the oldest line; with a count, the line of that number from there */
    COPY_LAST,  /* the newest line with text; with a count, as COPY_FIRST */
    COPY_MOVES
};

struct copymode {
    struct copy_source source;
    struct copy_place cursor; /* on the first cell of a character, or column 0 of an empty line */
    struct copy_place anchor; /* the other end of the selection */
    enum copy_select select;
    uint64_t top;   /* first line of the window */
    int left;       /* first column of the window */
    int rows, cols; /* of the window */
    int wish;       /* column that going up and down tries to keep */

    struct copy_line { /* the line read last */
        struct cell *cells;
        uint64_t number;
        int used;
        bool valid, continued;
    } line;

    struct copy_search {
        const struct pattern *pattern; /* NULL: none goes on */
        bool back;
        bool bounded;             /* in the first line: only what lies past `origin` counts */
        bool wrapped;             /* went on at the other end */
        struct copy_place origin; /* where the cursor was */
        uint64_t next;            /* a row of the line to look at next */
        uint64_t left;            /* rows not looked at yet */
    } search;
};

/* A window of rows x cols whose first line is `top`, the cursor at `cursor` (both clamped). */
void copymode_init(struct copymode *copy, const struct copy_source *source, uint64_t top,
                   struct copy_place cursor, int rows, int cols);

/* A zeroed struct is fine. */
void copymode_done(struct copymode *copy);

/* The window has another size now. */
void copymode_size(struct copymode *copy, int rows, int cols);

/* More old lines have come: the source's `first` is lower. */
void copymode_extend(struct copymode *copy, uint64_t first);

/* Moves as vi does; count 0: none was given, which for most is 1. */
void copymode_move(struct copymode *copy, enum copy_move move, int count);

/* To the count-th `ch` in the line after the cursor (`back`: before it); `till`: to the place next to it on
 * this side; `again`: this was done before, so that `till` must get past the one it stands at. False, with
 * the cursor where it was, when there is none. */
bool copymode_find(struct copymode *copy, uint32_t ch, bool back, bool till, bool again, int count);

/* Puts the cursor there, clamped, and the window around it. */
void copymode_go(struct copymode *copy, struct copy_place place);

/* Moves the window down by `lines` (up when negative), with the cursor only if it would leave it. */
void copymode_scroll(struct copymode *copy, int64_t lines);

/* Whether the window shows the newest lines. */
bool copymode_at_end(const struct copymode *copy);

/* Starts a selection at the cursor, changes its kind, or ends it when it is of this kind already. */
void copymode_select(struct copymode *copy, enum copy_select select);

/* Puts the cursor at the other end of the selection. */
void copymode_other_end(struct copymode *copy);

/* Selects what stands between blanks, quotes and brackets around the cursor. */
void copymode_select_word(struct copymode *copy);

/* The columns from..to-1 of a line that are selected, wide characters whole; false when there are none. */
bool copymode_selected(struct copymode *copy, uint64_t line, int *from, int *to);

/* The selected text: soft wraps joined, blanks at the end of lines dropped, a newline between lines (and
 * after each of whole lines). NULL when nothing is selected or it is longer than 64 MiB. The caller frees it.
 */
char *copymode_text(struct copymode *copy);

enum copy_found { COPY_FOUND, COPY_NOT_FOUND, COPY_SEARCHING };

/* Begins to look for the next match after the cursor (`back`: before it), around the end once. The pattern
 * must live until the search is over. */
void copymode_search(struct copymode *copy, const struct pattern *pattern, bool back);

/* Goes on over about `rows` rows. COPY_FOUND: the cursor is on the match (search.wrapped says whether the end
 * was passed). */
enum copy_found copymode_search_step(struct copymode *copy, size_t rows);

struct copy_hit {
    int from, to; /* columns from..to-1 */
};

/* Where the pattern matches in a line: at most `room` stretches (of a wide character at the end only the
 * first half). Returns the count. */
size_t copymode_hits(struct copymode *copy, const struct pattern *pattern, uint64_t line,
                     struct copy_hit *out, size_t room);
