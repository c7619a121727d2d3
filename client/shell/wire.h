/*
 * The frames between the console and a shell helper (design.md section 1). A frame is a head of eight bytes
 * (length of the body, version, type) and a body of at most WIRE_BODY_MAX bytes; numbers are little-endian.
 *
 * The wire is hostile ground: the helper reads a stranger's bytes and may have been taken over. Every getter
 * checks every field and returns false for anything it does not expect, trailing bytes included; cells that
 * come out of wire_get_rows hold only characters that can be drawn. The putters never make what a getter
 * would refuse.
 *
 * One picture in flight: the helper sends WIRE_ROWS only after a WIRE_READY, one for each. WIRE_LINES answers
 * WIRE_FETCH; a fetch that comes before the one before it was answered takes its place. The socket of
 * a WIRE_CONNECT or WIRE_FORWARD travels with its first byte or before it; sockets come in the order of their
 * frames.
 */
#pragma once

#include "client/base/buf.h"
#include "client/base/cell.h"
#include "client/base/err.h"
#include "client/base/key.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WIRE_VERSION = 1, WIRE_HEAD = 8, WIRE_BODY_MAX = 1 << 20 };

/* A WIRE_LINES frame stays below this, whatever is asked for: some milliseconds of work at the other end. */
enum { WIRE_LINES_BYTES = 64 << 10 };

/* The limits of an emulator (emulator.h), demanded here of what arrives. */
enum { WIRE_COLS_MIN = 2, WIRE_COLS_MAX = 1000, WIRE_ROWS_MAX = 500 };

enum wire_type {
    /* console to helper */
    WIRE_START = 1,  /* struct wire_start: once, first */
    WIRE_CONNECT,    /* struct wire_connect, and a socket */
    WIRE_PASSWORD,   /* bytes: the host key is accepted, log in */
    WIRE_DISCONNECT, /* empty: end the session, keep the picture */
    WIRE_READY,      /* empty: a picture may come */
    WIRE_KEY,
    WIRE_MOUSE,
    WIRE_PASTE,   /* a flag (last piece), then bytes */
    WIRE_FOCUS,   /* a flag */
    WIRE_RESIZE,  /* columns, rows */
    WIRE_FETCH,   /* struct wire_fetch: lines of text are wanted */
    WIRE_PING,    /* a number: say it back in a WIRE_PONG */
    WIRE_RECORD,  /* a flag: send a copy of the output, or no more */
    WIRE_FORWARD, /* struct wire_forward, and a socket that is connected to a program of the operator's */

    /* helper to console */
    WIRE_HELLO = 64, /* empty: the sandbox is taken */
    WIRE_HOST_KEY,   /* connection, then the key's bytes as the server sent them */
    WIRE_OPENED,     /* connection */
    WIRE_ENDED,      /* struct wire_end */
    WIRE_TROUBLE,    /* struct wire_trouble */
    WIRE_ROWS,       /* a picture: state, then the rows that changed */
    WIRE_LINES,      /* struct wire_lines: the answer to a WIRE_FETCH */
    WIRE_PONG,       /* the number of a WIRE_PING */
    WIRE_HEARD,      /* a number: ms ago the server was asked for a sign of life, which has come */
    WIRE_OUTPUT,     /* struct wire_output: what the box printed, for a recording */
    WIRE_FORWARDED,  /* struct wire_forwarded: how a forwarded connection is getting on */
    WIRE_COPIED,     /* text for the clipboard (copied.h), one a second at most */
};

struct wire_frame {
    enum wire_type type;
    const uint8_t *body; /* points into the buffer the frame was taken from */
    size_t len;
};

enum wire_taken { WIRE_TAKEN_NOTHING, WIRE_TAKEN_FRAME, WIRE_TAKEN_GARBAGE };

/* Looks at the bytes of `in` from *at on. A whole frame: fills *frame and moves *at past it. Not enough
 * bytes: WIRE_TAKEN_NOTHING. A head that is wrong (version, type, length): WIRE_TAKEN_GARBAGE, from which
 * there is no way back. */
enum wire_taken wire_take(const struct buf *in, size_t *at, struct wire_frame *frame);

struct wire_start {
    int cols, rows;
    uint32_t scrollback; /* lines */
    char user[128];      /* the SSH user: the box id */
    char lang[64];       /* LANG to offer, "" for none */
};

struct wire_limits {
    uint32_t banner_ms;    /* connected to the server's version line */
    uint32_t login_ms;     /* version line to shell, without the time the operator thinks */
    uint32_t keepalive_ms; /* between questions to a silent server */
    uint32_t dead_ms;      /* silence after which the link is lost */
    uint32_t forward_ms;   /* for the box to connect to a forwarded port */
};

struct wire_connect {
    uint32_t connection; /* counts; frames of an earlier one are old news */
    struct wire_limits limits;
    char host_key_types[256]; /* types known for this host, in order, with commas; may be "" */
};

struct wire_end {
    uint32_t connection;
    int32_t exit_code; /* -1 with a signal, or when the server did not say */
    char signal[32];   /* "" for none; letters, digits and dashes only */
};

struct wire_trouble {
    uint32_t connection;
    struct err err; /* the text is as the helper made it: make it inert before it is shown */
};

struct wire_picture {
    struct screen_state state;
    struct cell *cells; /* state.rows x state.cols, owned; NULL before the first picture */
    bool *fresh;        /* state.rows: rows that came since wire_picture_seen */
};

/* Makes a picture of this size, all of it blank and fresh; what it held is freed (zeroed: nothing). */
void wire_picture_init(struct wire_picture *picture, int cols, int rows);

/* Whoever draws it has drawn all rows. */
void wire_picture_seen(struct wire_picture *picture);

void wire_picture_done(struct wire_picture *picture);

/* Lines have numbers that stay until a resize: the oldest of the scrollback is screen_state.dropped, the last
 * row of the screen comes last. */
struct wire_fetch {
    uint32_t ticket; /* of the asker's choice; the answer bears it */
    uint64_t before; /* the newest lines before this number; UINT64_MAX for the very newest */
};

struct wire_lines {
    uint32_t ticket;
    uint64_t oldest; /* the lowest number there is */
    uint64_t end; /* one more than the number of the first line in the frame, which is the newest of them */
    int cols;
    bool alternate;      /* lines of the alternate screen, which has no scrollback */
    uint32_t count;      /* of lines, newest first; end - count == oldest: there are no more */
    const uint8_t *rows; /* into the frame, for wire_line_read */
    size_t len;
};

struct wire_output {
    int cols, rows; /* of the terminal when the bytes came */
    const char *bytes;
    size_t len;
};

struct wire_forward {
    uint32_t id;   /* of the console's choice */
    uint16_t port; /* on the box's own loopback */
};

enum wire_forward_state {
    WIRE_FORWARD_OPEN, /* it carries bytes */
    WIRE_FORWARD_ENDED,
    WIRE_FORWARD_REFUSED,   /* the box could not connect to the port */
    WIRE_FORWARD_TIMED_OUT, /* the box did not answer */
};

struct wire_forwarded {
    uint32_t connection;
    uint32_t id;
    enum wire_forward_state state;
    uint64_t up, down; /* bytes carried so far: to the box, from it */
};

/* Each appends one frame. False, with nothing appended, when the buffer's cap would be passed. */
bool wire_put_empty(struct buf *out, enum wire_type type);
bool wire_put_start(struct buf *out, const struct wire_start *start);
bool wire_put_connect(struct buf *out, const struct wire_connect *connect);
bool wire_put_bytes(struct buf *out, enum wire_type type, const char *bytes, size_t len);
bool wire_put_key(struct buf *out, struct key key);
bool wire_put_mouse(struct buf *out, const struct mouse *mouse);
bool wire_put_paste(struct buf *out, const char *bytes, size_t len, bool last);
bool wire_put_focus(struct buf *out, bool focused);
bool wire_put_resize(struct buf *out, int cols, int rows);
bool wire_put_number(struct buf *out, enum wire_type type, uint32_t number);
bool wire_put_record(struct buf *out, bool on);
bool wire_put_output(struct buf *out, int cols, int rows, const char *bytes, size_t len);
bool wire_put_copied(struct buf *out, const char *text, size_t len);
bool wire_put_forward(struct buf *out, const struct wire_forward *forward);
bool wire_put_forwarded(struct buf *out, const struct wire_forwarded *forwarded);
bool wire_put_fetch(struct buf *out, const struct wire_fetch *fetch);
bool wire_put_host_key(struct buf *out, uint32_t connection, const void *blob, size_t len);
bool wire_put_opened(struct buf *out, uint32_t connection);
bool wire_put_end(struct buf *out, const struct wire_end *end);
bool wire_put_trouble(struct buf *out, const struct wire_trouble *trouble);

/* Each reads the body of a frame of its type. False when anything in it is not as it must be; *out is then
 * undefined but safe to ignore. Pointers point into the frame. */
bool wire_get_start(const struct wire_frame *frame, struct wire_start *out);
bool wire_get_connect(const struct wire_frame *frame, struct wire_connect *out);
bool wire_get_key(const struct wire_frame *frame, struct key *out);
bool wire_get_mouse(const struct wire_frame *frame, struct mouse *out);
bool wire_get_paste(const struct wire_frame *frame, const char **bytes, size_t *len, bool *last);
bool wire_get_focus(const struct wire_frame *frame, bool *focused);
bool wire_get_resize(const struct wire_frame *frame, int *cols, int *rows);
bool wire_get_number(const struct wire_frame *frame, uint32_t *number);
bool wire_get_record(const struct wire_frame *frame, bool *on);
bool wire_get_output(const struct wire_frame *frame, struct wire_output *out);
bool wire_get_copied(const struct wire_frame *frame, const char **text, size_t *len);
bool wire_get_forward(const struct wire_frame *frame, struct wire_forward *out);
bool wire_get_forwarded(const struct wire_frame *frame, struct wire_forwarded *out);
bool wire_get_fetch(const struct wire_frame *frame, struct wire_fetch *out);
bool wire_get_host_key(const struct wire_frame *frame, uint32_t *connection, const uint8_t **blob,
                       size_t *len);
bool wire_get_opened(const struct wire_frame *frame, uint32_t *connection);
bool wire_get_end(const struct wire_frame *frame, struct wire_end *out);
bool wire_get_trouble(const struct wire_frame *frame, struct wire_trouble *out);

/* A frame under construction, for the pictures. */
struct wire_writer {
    struct buf *out;
    size_t start; /* of the frame in out */
    bool bad;     /* something did not fit */
};

void wire_begin(struct wire_writer *writer, struct buf *out, enum wire_type type);
/* Finishes the frame; false, with the buffer as it was before wire_begin, when something did not fit. */
bool wire_finish(struct wire_writer *writer);

/* The head of a picture, then rows; a row that would pass WIRE_BODY_MAX is left out and false returned: it
 * goes with the next picture. Characters that a getter would refuse become U+FFFD or a blank. */
void wire_rows_begin(struct wire_writer *writer, struct buf *out, const struct screen_state *state);
bool wire_rows_add(struct wire_writer *writer, int row, const struct cell *cells, int cols);

/* Reads a WIRE_ROWS frame into *picture, whose cells follow the size the frame states (all blank after a
 * change). On false the picture may hold some of the frame's rows; each of its cells is sound. */
bool wire_get_rows(const struct wire_frame *frame, struct wire_picture *picture);

/* The head of a WIRE_LINES frame (count, rows and len are not looked at), then the lines, newest first; a
 * line that would pass WIRE_LINES_BYTES is left out and false returned. `continued`: the line goes on from
 * the one above it. */
void wire_lines_begin(struct wire_writer *writer, struct buf *out, const struct wire_lines *lines);
bool wire_lines_add(struct wire_writer *writer, const struct cell *cells, int cols, bool continued);

/* Reads a WIRE_LINES frame and checks every line in it. */
bool wire_get_lines(const struct wire_frame *frame, struct wire_lines *out);

/* Reads the line at the start of `bytes` into cells[cols], all of which are set. Returns its length in bytes,
 * 0 when it is malformed; *used gets how many cells it has. */
size_t wire_line_read(const uint8_t *bytes, size_t len, struct cell *cells, int cols, int *used,
                      bool *continued);

/* Sending and receiving on the socket, without waiting. */
enum wire_io { WIRE_IO_OK, WIRE_IO_CLOSED };

/* Descriptors that travel with frames, first in, first out. */
enum { WIRE_FDS = 40 };

struct wire_fds {
    int fds[WIRE_FDS];
    size_t count;
};

/* Queues a descriptor, which is owned from now on; one too many is closed and false returned. */
bool wire_fds_add(struct wire_fds *queue, int fd);
/* Takes the oldest one out; -1 when there is none. */
int wire_fds_take(struct wire_fds *queue);
/* Closes all. */
void wire_fds_done(struct wire_fds *queue);

/* Writes what the socket takes of `out`. The descriptors, unless NULL, go with the first byte and are then
 * closed here. */
enum wire_io wire_send(int socket, struct buf *out, struct wire_fds *fds);

/* Appends about `most` bytes at most of what can be read to `in`. Descriptors that come along are queued in
 * *fds; with NULL they are discarded. */
enum wire_io wire_receive(int socket, struct buf *in, size_t most, struct wire_fds *fds);
