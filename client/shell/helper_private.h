/*
 * What the files of the helper share: helper.c (its life and turns), helper_take.c (what the console says)
 * and helper_show.c (what the console is shown).
 */
#pragma once

#include "client/shell/emulator.h"
#include "client/shell/helper.h"
#include "client/shell/session.h"
#include "client/shell/wire.h"

enum {
    HELPER_TURN_INPUT = 256 << 10, /* bytes of the console's frames read in one turn */
};

/* How a helper ends. */
enum {
    HELPER_EXIT_OK = 0,
    HELPER_EXIT_REFUSED = 1, /* the sandbox could not be taken */
    HELPER_EXIT_GARBAGE = 2, /* the console's frames make no sense */
};

struct helper {
    struct buf in, out;
    struct wire_fds passed; /* sockets that came, not yet claimed by a frame */
    struct wire_start start;
    struct emulator *emulator;
    struct session *session;
    uint32_t connection;
    enum session_phase told; /* the phase the console knows */
    bool reconnected;        /* the picture holds an earlier session */

    struct buf paste;
    bool paste_too_long;
    int cols, rows;        /* wanted; applied once a turn */
    bool ready;            /* the console waits for a picture */
    bool changed;          /* something in the state may differ from what was sent */
    bool *dirty;           /* rows to send */
    struct cell *cells;    /* one row */
    int64_t held_until_ms; /* nothing new is shown until then; -1 */
    struct screen_state sent;
    bool fetching; /* the console waits for lines */
    struct wire_fetch fetch;
    uint64_t fetch_next; /* what will be asked for after the last answer; the emulator holds the place */
    int64_t copy_ms;     /* when the console may be sent a copy (OSC 52) again */
    bool recording;      /* the console wants a copy of the output */
    bool hurried;        /* forwards got somewhere: look again at once */
    bool typed;          /* since the console's last ping */
    int64_t moved_at_ms; /* when the console may hear of carried bytes again */
    bool choked;         /* output was left unread until the console has taken the copy */
    bool over;           /* the console is gone or speaks nonsense */
    int status;
};

/* Reads and obeys the console's frames; a wrong one is the helper's end. */
void helper_receive(struct helper *helper);

/* Ends the session, if there is one; the picture stays. */
void helper_end_session(struct helper *helper);

/* Room for a picture of the size that is wanted now, all of it to be sent. */
void helper_size_picture(struct helper *helper);

/* Gives the terminal the size that is wanted. Many sizes in one turn are one resize. */
void helper_apply_resize(struct helper *helper);

/* Whether a row of the screen shows nothing. */
bool helper_row_is_blank(struct helper *helper, int row);

/* What the terminal is shown, and a copy for the recording. */
void helper_show(struct helper *helper, const char *bytes, size_t len);

/* Sends the rows that changed, as many as one frame holds; the rest go with the console's next word. */
void helper_send_picture(struct helper *helper);

/* Sends what a program put on the clipboard, one a second; when that is due (clock_ms), -1 for not at all. */
void helper_send_copied(struct helper *helper);
int64_t helper_copy_due(const struct helper *helper);

/* Sends the lines the console asked for, as many as one frame holds, once there is room for them. */
void helper_send_lines(struct helper *helper);
