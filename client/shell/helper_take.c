/* What the console says to the helper. */
#include "client/shell/helper_private.h"

#include "client/base/clock.h"
#include "client/shell/repaint.h"

#include <string.h>
#include <unistd.h>

static void handle_start(struct helper *helper, const struct wire_frame *frame)
{
    if (helper->emulator != NULL || !wire_get_start(frame, &helper->start)) {
        helper->over = true;
        return;
    }
    helper->cols = helper->start.cols;
    helper->rows = helper->start.rows;
    helper->emulator = emulator_new(helper->cols, helper->rows, helper->start.scrollback);
    helper_size_picture(helper);
}

static void handle_connect(struct helper *helper, const struct wire_frame *frame)
{
    struct wire_connect connect;
    int fd = wire_fds_take(&helper->passed);
    if (fd < 0 || !wire_get_connect(frame, &connect)) {
        helper->over = true; /* and with the process the socket */
        return;
    }
    helper_end_session(helper);
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
    helper->typed = true;
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
    helper_apply_resize(helper);
    repaint(helper->emulator, &screen);
    wire_put_output(&helper->out, helper->cols, helper->rows, buf_text(&screen), screen.len);
    buf_done(&screen);
}

static void handle_forward(struct helper *helper, const struct wire_frame *frame)
{
    struct wire_forward forward;
    int fd = wire_fds_take(&helper->passed);
    if (fd < 0 || !wire_get_forward(frame, &forward)) {
        helper->over = true;
        return;
    }
    if (helper->session == NULL) {
        close(fd);
    } else if (!session_forward(helper->session, fd, forward.id, forward.port)) {
        struct wire_forwarded refused = {
            .connection = helper->connection, .id = forward.id, .state = WIRE_FORWARD_REFUSED};
        wire_put_forwarded(&helper->out, &refused);
    }
}

/* The console asks a second after input: the server may be asked too, so that what was typed is known to have
 * arrived, or not. */
static void handle_ping(struct helper *helper, const struct wire_frame *frame)
{
    uint32_t number;
    if (!wire_get_number(frame, &number)) {
        helper->over = true;
        return;
    }
    wire_put_number(&helper->out, WIRE_PONG, number);
    if (helper->session != NULL && helper->typed)
        session_ask(helper->session);
    helper->typed = false;
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
        helper_end_session(helper);
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

void helper_receive(struct helper *helper)
{
    if (wire_receive(HELPER_SOCKET, &helper->in, HELPER_TURN_INPUT, &helper->passed) == WIRE_IO_CLOSED) {
        helper->over = true;
        helper->status = HELPER_EXIT_OK;
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
        helper->status = HELPER_EXIT_GARBAGE;
    helper_apply_resize(helper);
}
