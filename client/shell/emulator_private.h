/*
 * What the emulator is made of, for its own files (and for the tests that compare its two ways of drawing).
 *
 * The place of the cursor (row, col, pending) is true at all times. libvterm has its own idea of it, which is
 * brought up to date (emulator_settle) before anything is sent there: plain text, CR, LF and the like in the
 * middle of the screen, which are nearly all a program prints, are drawn without asking libvterm ("quick").
 */
#pragma once

#include "client/base/buf.h"
#include "client/shell/charset.h"
#include "client/shell/emulator.h"
#include "client/shell/grid.h"
#include "client/shell/guard.h"
#include "client/shell/modes.h"
#include "client/shell/reflow.h"
#include "client/shell/vt.h"

enum {
    TITLE_BYTES = 256,
    TITLES_MAX = 10, /* kept on the stack of titles, as in xterm */
    REPLY_BYTES_MAX = 4096,
    REPLY_COUNT_MAX = 32,
    INPUT_BYTES_MAX = 8 * 1024 * 1024, /* keys and pastes that the box has not taken yet */
};

/* What DECSC saves (xterm: VT220 programmer reference 4.9). */
struct saved_cursor {
    int row, col;
    bool pending;
    bool origin;
    struct grid_look pen;
    struct charset charset;
};

struct emulator {
    struct guard guard;
    struct vt *vt;
    int cols, rows;

    struct grid main, other; /* other: the alternate screen */
    struct grid *grid;       /* the one shown */
    struct reflow_state flow;
    uint64_t held_line; /* emulator_hold */
    int held_col;

    int row, col;    /* the cursor */
    bool pending;    /* the last column is written; the next character wraps */
    bool behind;     /* libvterm does not know row, col, pending yet */
    bool quick;      /* false: everything goes through libvterm (tests) */
    int top, bottom; /* scroll region; bottom is exclusive */
    uint8_t tabs[GRID_COLS_MAX];
    struct grid_look pen;
    struct charset charset;
    struct modes modes;
    struct saved_cursor saved[2]; /* of the main and the alternate screen */
    enum cursor_shape shape;

    uint32_t last_char;     /* for REP; 0 when a control came after it */
    int last_row, last_col; /* where it stands, for marks; row -1 when it may have moved */
    bool joining;           /* a joiner came after it */

    uint32_t glyph;           /* what the placeholder under way stands for */
    int glyph_row, glyph_col; /* where libvterm put it */
    bool scrolled;            /* libvterm scrolled since this was cleared */
    bool deleting;            /* DL: rows that leave at the top are gone, not history */

    bool all_dirty; /* the whole screen changed */
    uint32_t bells;
    char title[TITLE_BYTES];
    char titles[TITLES_MAX][TITLE_BYTES]; /* put aside, the newest last */
    int title_count;

    struct buf replies; /* answers to the box, each with a length byte before it */
    int64_t window_ms;  /* start of the second that the budget counts */
    int window_count;
    size_t window_bytes;
    struct buf input;  /* encoded keys, mouse, paste */
    struct buf copied; /* for the clipboard, the newest */
};

/* emulator_draw.c: text and what moves the cursor through it. */
void emulator_put_ascii(struct emulator *emulator, const char *text, size_t len);
void emulator_put_char(struct emulator *emulator, uint32_t cp);
void emulator_repeat(struct emulator *emulator, int count);
void emulator_line_feed(struct emulator *emulator);
void emulator_control(struct emulator *emulator, uint8_t control);
/* Moves the cursor, without libvterm; ends a pending wrap. */
void emulator_move(struct emulator *emulator, int row, int col);
/* Tells libvterm where the cursor is, if it must be told. */
void emulator_settle(struct emulator *emulator);
/* Sends one sequence to libvterm and takes over where the cursor is then. */
void emulator_send(struct emulator *emulator, const char *bytes, size_t len);
/* The same for a sequence with a leader (or 0) and one number. */
void emulator_send_number(struct emulator *emulator, char leader, int value, char final);
/* What libvterm calls. */
extern const struct vt_events emulator_events;
/* No character is the last any more: a control came. */
void emulator_forget_last(struct emulator *emulator);
void emulator_tabs_reset(struct emulator *emulator, int from);

/* emulator_command.c: sequences. */
void emulator_command(struct emulator *emulator, const struct guard_token *token);
void emulator_escape(struct emulator *emulator, const struct guard_token *token);

/* emulator_mode.c: modes that do more than be set, the saved cursor, resets. */
void emulator_set_mode(struct emulator *emulator, int number, bool on); /* a private one */
void emulator_set_origin(struct emulator *emulator, bool on);
void emulator_set_margins(struct emulator *emulator, int top, int bottom);
void emulator_save_cursor(struct emulator *emulator);
void emulator_restore_cursor(struct emulator *emulator);
void emulator_soft_reset(struct emulator *emulator);
void emulator_reset(struct emulator *emulator);

/* emulator_keyboard.c: in which form a program wants its keys. */
void emulator_keyboard(struct emulator *emulator, const struct guard_token *token);

/* emulator_reply.c: strings (OSC, DCS) and what the box is answered. */
void emulator_string(struct emulator *emulator, const struct guard_token *token);
/* Puts the title aside, and takes the one put aside last back. */
void emulator_push_title(struct emulator *emulator);
void emulator_pop_title(struct emulator *emulator);
void emulator_reply(struct emulator *emulator, const char *format, ...) __attribute__((format(printf, 2, 3)));
