/*
 * The helper: the process between a box and the console (design.md section 1). It has one descriptor to the
 * console, at most one socket to a server, an SSH session and an emulator, and turns bytes into pictures and
 * keys into bytes. It is born, takes its sandbox, and only then listens.
 */
#include "client/shell/shell.h"

#include "client/base/clock.h"
#include "client/base/mem.h"
#include "client/shell/emulator.h"
#include "client/shell/helper.h"
#include "client/shell/repaint.h"
#include "client/shell/sandbox.h"
#include "client/shell/session.h"
#include "client/shell/wire.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    TURN_OUTPUT = 128 << 10, /* bytes of a shell's output shown before the keys are looked at again */
    TURN_INPUT = 256 << 10,  /* bytes of the console's frames read in one turn */
    RECORD_ROOM = 256 << 10, /* bytes of a recording that may wait for the console */
    HOLD_MS = 150,           /* the longest that mode 2026 holds a picture back */
    PASTE_MAX = 8 << 20,     /* a longer paste is not sent */
    EXIT_OK = 0,
    EXIT_REFUSED = 1, /* the sandbox could not be taken */
    EXIT_GARBAGE = 2, /* the console's frames make no sense */
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
    bool recording; /* the console wants a copy of the output */
    bool hurried;   /* forwards got somewhere: look again at once */
    bool choked;    /* output was left unread until the console has taken the copy */
    bool over;      /* the console is gone or speaks nonsense */
    int status;
};

/* A shell that comes after another in the same picture: leave the alternate screen, the modes and colours of
 * a program that is gone, and start a line of its own. */
static const char fresh_start[] = "\x18\x1b[?1049l\x1b[!p\x1b[m\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l"
                                  "\x1b[?2004l\x1b[?1004l\x1b[?1l\x1b>\x1b[?25h\r\n";

static void size_picture(struct helper *helper)
{
    free(helper->dirty);
    free(helper->cells);
    helper->dirty = mem_alloc((size_t)helper->rows);
    memset(helper->dirty, true, (size_t)helper->rows);
    helper->cells = mem_zalloc((size_t)helper->cols, sizeof *helper->cells);
    helper->changed = true;
}

static void handle_start(struct helper *helper, const struct wire_frame *frame)
{
    if (helper->emulator != NULL || !wire_get_start(frame, &helper->start)) {
        helper->over = true;
        return;
    }
    helper->cols = helper->start.cols;
    helper->rows = helper->start.rows;
    helper->emulator = emulator_new(helper->cols, helper->rows, helper->start.scrollback);
    size_picture(helper);
}

static void end_session(struct helper *helper)
{
    session_free(helper->session);
    helper->session = NULL;
}

static void handle_connect(struct helper *helper, const struct wire_frame *frame)
{
    struct wire_connect connect;
    int fd = wire_fds_take(&helper->passed);
    if (fd < 0 || !wire_get_connect(frame, &connect)) {
        helper->over = true; /* and with the process the socket */
        return;
    }
    end_session(helper);
    struct session_options options = {
        .user = helper->start.user,
        .lang = helper->start.lang,
        .host_key_types = connect.host_key_types,
        .cols = helper->cols,
        .rows = helper->rows,
        .limits = connect.limits,
    };
    struct buf stale; /* what the last session was still owed */
    buf_init(&stale, 1 << 20);
    emulator_take_output(helper->emulator, &stale, clock_ms());
    buf_done(&stale);
    helper->connection = connect.connection;
    helper->told = SESSION_HANDSHAKE;
    helper->session = session_new(fd, &options, clock_ms());
}

static void handle_password(struct helper *helper, const struct wire_frame *frame)
{
    if (helper->session != NULL && session_phase(helper->session) == SESSION_VERIFY)
        session_login(helper->session, (const char *)frame->body, frame->len, clock_ms());
    /* The frame lies in our own buffer. */
    explicit_bzero(helper->in.data + ((const char *)frame->body - helper->in.data), frame->len);
}

/* Input for a session that is not there would surprise the next one. */
static bool takes_input(const struct helper *helper)
{
    return helper->session != NULL && session_phase(helper->session) == SESSION_OPEN;
}

static void handle_paste(struct helper *helper, const struct wire_frame *frame)
{
    const char *bytes;
    size_t len;
    bool last;
    if (!wire_get_paste(frame, &bytes, &len, &last)) {
        helper->over = true;
        return;
    }
    helper->paste_too_long = helper->paste_too_long || !buf_add(&helper->paste, bytes, len);
    if (!last)
        return;
    if (!helper->paste_too_long && takes_input(helper))
        emulator_paste(helper->emulator, buf_text(&helper->paste), helper->paste.len);
    buf_done(&helper->paste);
    helper->paste_too_long = false;
}

static void handle_key(struct helper *helper, const struct wire_frame *frame)
{
    struct key key;
    if (!wire_get_key(frame, &key))
        helper->over = true;
    else if (takes_input(helper))
        emulator_key(helper->emulator, key);
}

static void handle_mouse(struct helper *helper, const struct wire_frame *frame)
{
    struct mouse mouse;
    if (!wire_get_mouse(frame, &mouse))
        helper->over = true;
    else if (takes_input(helper))
        emulator_mouse(helper->emulator, &mouse);
}

static void handle_focus(struct helper *helper, const struct wire_frame *frame)
{
    bool focused;
    if (!wire_get_focus(frame, &focused))
        helper->over = true;
    else if (takes_input(helper))
        emulator_focus(helper->emulator, focused);
}

static void handle_fetch(struct helper *helper, const struct wire_frame *frame)
{
    helper->fetching = wire_get_fetch(frame, &helper->fetch);
    helper->over = helper->over || !helper->fetching;
}

/* Many sizes in one turn are one resize. */
static void apply_resize(struct helper *helper)
{
    if (helper->emulator == NULL)
        return;
    struct screen_state state;
    emulator_state(helper->emulator, &state);
    if (state.cols == helper->cols && state.rows == helper->rows)
        return;
    emulator_resize(helper->emulator, helper->cols, helper->rows);
    size_picture(helper);
    if (helper->session != NULL)
        session_resize(helper->session, helper->cols, helper->rows);
}

/* What the terminal is shown, and a copy for the recording. */
static void show(struct helper *helper, const char *bytes, size_t len)
{
    emulator_write(helper->emulator, bytes, len);
    helper->changed = true;
    if (helper->recording)
        wire_put_output(&helper->out, helper->cols, helper->rows, bytes, len);
}

/* A recording begins with what is on the screen. */
static void handle_record(struct helper *helper, const struct wire_frame *frame)
{
    if (!wire_get_record(frame, &helper->recording)) {
        helper->over = true;
        return;
    }
    if (!helper->recording)
        return;
    struct buf screen;
    buf_init(&screen, WIRE_BODY_MAX / 2);
    apply_resize(helper);
    repaint(helper->emulator, &screen);
    wire_put_output(&helper->out, helper->cols, helper->rows, buf_text(&screen), screen.len);
    buf_done(&screen);
}

static void tell_forwarded(struct helper *helper, uint32_t id, bool refused)
{
    struct wire_forwarded forwarded = {.connection = helper->connection, .id = id, .refused = refused};
    wire_put_forwarded(&helper->out, &forwarded);
}

static void handle_forward(struct helper *helper, const struct wire_frame *frame)
{
    struct wire_forward forward;
    int fd = wire_fds_take(&helper->passed);
    if (fd < 0 || !wire_get_forward(frame, &forward)) {
        helper->over = true;
        return;
    }
    if (helper->session == NULL)
        close(fd);
    else if (!session_forward(helper->session, fd, forward.id, forward.port))
        tell_forwarded(helper, forward.id, true);
}

static void run_forwards(struct helper *helper)
{
    uint32_t id;
    bool refused;
    helper->hurried = session_forwards_step(helper->session, clock_ms());
    while (session_forwards_ended(helper->session, &id, &refused))
        tell_forwarded(helper, id, refused);
}

static void handle_ping(struct helper *helper, const struct wire_frame *frame)
{
    uint32_t number;
    if (wire_get_number(frame, &number))
        wire_put_number(&helper->out, WIRE_PONG, number);
    else
        helper->over = true;
}

static void handle_frame(struct helper *helper, const struct wire_frame *frame)
{
    if (helper->emulator == NULL && frame->type != WIRE_START) {
        helper->over = true;
        return;
    }
    switch (frame->type) {
    case WIRE_START:
        handle_start(helper, frame);
        break;
    case WIRE_CONNECT:
        handle_connect(helper, frame);
        break;
    case WIRE_PASSWORD:
        handle_password(helper, frame);
        break;
    case WIRE_DISCONNECT:
        end_session(helper);
        break;
    case WIRE_READY:
        helper->ready = true;
        break;
    case WIRE_KEY:
        handle_key(helper, frame);
        break;
    case WIRE_MOUSE:
        handle_mouse(helper, frame);
        break;
    case WIRE_PASTE:
        handle_paste(helper, frame);
        break;
    case WIRE_FOCUS:
        handle_focus(helper, frame);
        break;
    case WIRE_RESIZE:
        helper->over = helper->over || !wire_get_resize(frame, &helper->cols, &helper->rows);
        break;
    case WIRE_FETCH:
        handle_fetch(helper, frame);
        break;
    case WIRE_PING:
        handle_ping(helper, frame);
        break;
    case WIRE_RECORD:
        handle_record(helper, frame);
        break;
    case WIRE_FORWARD:
        handle_forward(helper, frame);
        break;
    default:
        helper->over = true;
        break;
    }
}

static void receive(struct helper *helper)
{
    if (wire_receive(HELPER_SOCKET, &helper->in, TURN_INPUT, &helper->passed) == WIRE_IO_CLOSED) {
        helper->over = true;
        helper->status = EXIT_OK;
        return;
    }
    size_t at = 0;
    struct wire_frame frame;
    enum wire_taken taken = WIRE_TAKEN_NOTHING;
    while (!helper->over && (taken = wire_take(&helper->in, &at, &frame)) == WIRE_TAKEN_FRAME)
        handle_frame(helper, &frame);
    buf_drop(&helper->in, at);
    if (taken == WIRE_TAKEN_GARBAGE)
        helper->over = true;
    if (helper->over)
        helper->status = EXIT_GARBAGE;
    apply_resize(helper);
}

/* Tells the console what became of the session, once for each phase. */
static void tell_phase(struct helper *helper)
{
    enum session_phase phase = session_phase(helper->session);
    if (phase == helper->told)
        return;
    helper->told = phase;
    if (phase == SESSION_VERIFY) {
        size_t len = 0;
        const void *blob = session_host_key(helper->session, &len);
        wire_put_host_key(&helper->out, helper->connection, blob, len);
    } else if (phase == SESSION_OPEN) {
        if (helper->reconnected)
            show(helper, fresh_start, sizeof fresh_start - 1);
        helper->reconnected = true;
        helper->changed = true;
        wire_put_opened(&helper->out, helper->connection);
    } else if (phase == SESSION_ENDED) {
        const char *signal;
        struct wire_end end = {.connection = helper->connection};
        end.exit_code = session_exit(helper->session, &signal);
        memccpy(end.signal, signal, '\0', sizeof end.signal - 1);
        wire_put_end(&helper->out, &end);
    } else if (phase == SESSION_FAILED) {
        struct wire_trouble trouble = {.connection = helper->connection,
                                       .err = *session_error(helper->session)};
        wire_put_trouble(&helper->out, &trouble);
    }
}

static bool is_final(enum session_phase phase)
{
    return phase == SESSION_ENDED || phase == SESSION_FAILED;
}

static bool same_state(const struct screen_state *a, const struct screen_state *b)
{
    return a->cursor_row == b->cursor_row && a->cursor_col == b->cursor_col &&
           a->cursor_visible == b->cursor_visible && a->cursor_shape == b->cursor_shape &&
           a->alternate == b->alternate && a->mouse == b->mouse && a->bracketed_paste == b->bracketed_paste &&
           a->focus_events == b->focus_events && a->dropped == b->dropped && a->history == b->history &&
           a->bells == b->bells && strcmp(a->title, b->title) == 0;
}

/* Remembers which rows changed; whether there is anything to send at all. */
static bool note_changes(struct helper *helper, const struct screen_state *state)
{
    bool any = !same_state(state, &helper->sent);
    for (int row = 0; row < state->rows; row++) {
        helper->dirty[row] = helper->dirty[row] || emulator_row_dirty(helper->emulator, row);
        any = any || helper->dirty[row];
    }
    emulator_clean(helper->emulator);
    return any;
}

/* Whether a program is in the middle of a frame that it asked to be shown whole (mode 2026). */
static bool is_held(struct helper *helper, const struct screen_state *state, int64_t now_ms)
{
    if (!state->synchronised) {
        helper->held_until_ms = -1;
        return false;
    }
    if (helper->held_until_ms < 0)
        helper->held_until_ms = now_ms + HOLD_MS;
    return now_ms < helper->held_until_ms;
}

/* Sends the rows that changed, as many as one frame holds; the rest go with the console's next word. */
static void send_picture(struct helper *helper)
{
    if (!helper->ready || !helper->changed)
        return;
    struct screen_state state;
    emulator_state(helper->emulator, &state);
    if (is_held(helper, &state, clock_ms()))
        return;
    helper->changed = false;
    if (!note_changes(helper, &state))
        return;
    struct wire_writer writer;
    wire_rows_begin(&writer, &helper->out, &state);
    for (int row = 0; row < state.rows; row++) {
        if (!helper->dirty[row])
            continue;
        emulator_row(helper->emulator, row, helper->cells);
        if (!wire_rows_add(&writer, row, helper->cells, state.cols)) {
            helper->changed = true;
            break;
        }
        helper->dirty[row] = false;
    }
    if (wire_finish(&writer)) {
        helper->sent = state;
        helper->ready = false;
    }
}

/* Sends the lines the console asked for, as many as one frame holds, once there is room for them. */
static void send_lines(struct helper *helper)
{
    if (!helper->fetching || helper->out.cap - helper->out.len < WIRE_HEAD + WIRE_LINES_BYTES)
        return;
    struct screen_state state;
    emulator_state(helper->emulator, &state);
    struct wire_lines lines = {.ticket = helper->fetch.ticket,
                               .oldest = state.dropped,
                               .end = state.dropped + state.history + (uint64_t)state.rows,
                               .cols = state.cols,
                               .alternate = state.alternate};
    if (helper->fetch.before < lines.end) /* and what fell off meanwhile is no more */
        lines.end = helper->fetch.before > lines.oldest ? helper->fetch.before : lines.oldest;
    struct wire_writer writer;
    wire_lines_begin(&writer, &helper->out, &lines);
    bool fits = true;
    for (uint64_t line = lines.end; fits && line > lines.oldest; line--) {
        bool continued;
        emulator_line(helper->emulator, line - 1 - state.dropped, helper->cells, state.cols, &continued);
        fits = wire_lines_add(&writer, helper->cells, state.cols, continued);
    }
    wire_finish(&writer);
    helper->fetching = false;
}

/* One turn of the session: input goes out first, then output is read and shown. */
static void run_session(struct helper *helper)
{
    char bytes[32768];
    struct buf *outgoing = session_outgoing(helper->session);
    emulator_take_output(helper->emulator, outgoing, clock_ms());
    session_step(helper->session, clock_ms());
    tell_phase(helper);
    helper->choked = false;
    for (size_t shown = 0; shown < TURN_OUTPUT;) {
        helper->choked = helper->recording && helper->out.len > RECORD_ROOM;
        if (helper->choked)
            break;
        size_t len = session_read(helper->session, bytes, sizeof bytes, clock_ms());
        if (len == 0)
            break;
        show(helper, bytes, len);
        shown += len;
        send_picture(helper); /* between two frames of a program is the moment to look */
    }
    run_forwards(helper);
    emulator_take_output(helper->emulator, outgoing, clock_ms());
    if (outgoing->len > 0)
        session_step(helper->session, clock_ms());
    tell_phase(helper);
    if (is_final(session_phase(helper->session)))
        end_session(helper);
}

static int time_left(const struct helper *helper)
{
    if ((helper->fetching || helper->choked) && helper->out.len == 0)
        return 0; /* there was no room a moment ago */
    if (helper->session != NULL && helper->hurried)
        return 0;
    int64_t deadline = helper->session != NULL ? session_deadline(helper->session) : -1;
    bool held = helper->ready && helper->changed && helper->held_until_ms >= 0;
    if (held && (deadline < 0 || helper->held_until_ms < deadline))
        deadline = helper->held_until_ms;
    if (deadline < 0)
        return -1;
    int64_t left = deadline - clock_ms();
    return left < 0 ? 0 : left > 3600000 ? 3600000 : (int)left;
}

static void turn(struct helper *helper)
{
    struct pollfd polled[2 + SESSION_FORWARDS] = {
        {.fd = HELPER_SOCKET, .events = POLLIN},
        {.fd = helper->session != NULL ? session_fd(helper->session) : -1},
    };
    if (helper->out.len > 0)
        polled[0].events |= POLLOUT;
    if (helper->session != NULL)
        polled[1].events = (short)(session_events(helper->session) & (helper->choked ? ~POLLIN : ~0));
    size_t forwards = helper->session != NULL ? session_forwards_poll(helper->session, polled + 2) : 0;
    poll(polled, 2 + forwards, time_left(helper));
    if ((polled[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0)
        receive(helper);
    if (helper->session != NULL && !helper->over)
        run_session(helper);
    if (helper->emulator != NULL)
        send_picture(helper);
    if (helper->emulator != NULL)
        send_lines(helper);
    if (wire_send(HELPER_SOCKET, &helper->out, NULL) == WIRE_IO_CLOSED)
        helper->over = true;
}

/* What the console's terminal does to its group is none of ours, and no stranger's library may log to it. */
static void leave_terminal(void)
{
    setsid();
    signal(SIGPIPE, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    sandbox_close_from(HELPER_SOCKET + 1);
    fcntl(HELPER_SOCKET, F_SETFL, fcntl(HELPER_SOCKET, F_GETFL) | O_NONBLOCK);
}

/* The last words of a helper that could not be born. */
static int refuse(struct helper *helper, const struct err *err)
{
    struct wire_trouble trouble = {.err = *err};
    wire_put_trouble(&helper->out, &trouble);
    wire_send(HELPER_SOCKET, &helper->out, NULL);
    return EXIT_REFUSED;
}

static int run(void)
{
    struct helper helper = {.held_until_ms = -1};
    struct err err;
    buf_init(&helper.in, WIRE_HEAD + WIRE_BODY_MAX + TURN_INPUT);
    buf_init(&helper.out, WIRE_HEAD + 2 * WIRE_BODY_MAX + 65536);
    buf_init(&helper.paste, PASTE_MAX);
    /* Room for the password's frame from the start: growing would leave a copy behind. */
    helper.in.data = mem_grow(helper.in.data, &helper.in.room, 65536, 1);
    leave_terminal();
    if (!session_library_init(&err) || !sandbox_enter(&err))
        return refuse(&helper, &err);
    wire_put_empty(&helper.out, WIRE_HELLO);
    while (!helper.over)
        turn(&helper);
    end_session(&helper);
    emulator_free(helper.emulator);
    return helper.status;
}

bool shell_is_helper(int argc, char **argv)
{
    return argc == 2 && strcmp(argv[1], SHELL_HELPER_ARGUMENT) == 0;
}

int shell_helper_main(void)
{
    /* Nothing that was registered to run at an exit belongs in a sandbox. */
    _exit(run());
}
