/*
 * The helper: the process between a box and the console (design.md section 1). It has one descriptor to the
 * console, at most one socket to a server, an SSH session and an emulator, and turns bytes into pictures and
 * keys into bytes. It is born, takes its sandbox, and only then listens.
 */
#include "client/shell/helper_private.h"

#include "client/base/clock.h"
#include "client/base/mem.h"
#include "client/shell/sandbox.h"
#include "client/shell/shell.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    TURN_OUTPUT = 128 << 10, /* bytes of a shell's output shown before the keys are looked at again */
    RECORD_ROOM = 256 << 10, /* bytes of a recording that may wait for the console */
    PASTE_MAX = 8 << 20,     /* a longer paste is not sent */
    MOVED_MS = 250,          /* between two words on the bytes that forwards carried */
};

/* Leaves the alternate screen, the modes and colours of a program that is gone. */
static const char leave_program[] = "\x18\x1b[?1049l\x1b[!p\x1b[m\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l"
                                    "\x1b[?2004l\x1b[?1004l\x1b[?1l\x1b>\x1b[?25h";

/* A session that comes after another begins below all that stands on the screen, and says so. Plain
 * arithmetic: the C library would look for a time zone, which a sandbox has none of. */
static void begin_anew(struct helper *helper)
{
    char text[128];
    struct timespec now;
    struct screen_state state;
    helper_show(helper, leave_program, sizeof leave_program - 1);
    emulator_state(helper->emulator, &state);
    int row = state.rows - 1;
    while (row > state.cursor_row && helper_row_is_blank(helper, row))
        row--;
    clock_gettime(CLOCK_REALTIME, &now);
    int second = (int)(now.tv_sec % 86400);
    int len = snprintf(text, sizeof text,
                       "\x1b[%d;1H\r\n\x1b[2m---- connected again at %02d:%02d:%02d UTC ----\x1b[m\r\n",
                       row + 1, second / 3600, second / 60 % 60, second % 60);
    helper_show(helper, text, (size_t)len);
}

void helper_end_session(struct helper *helper)
{
    session_free(helper->session);
    helper->session = NULL;
}

static void run_forwards(struct helper *helper)
{
    struct wire_forwarded news;
    int64_t now_ms = clock_ms();
    helper->hurried = session_forwards_step(helper->session, now_ms);
    bool due = now_ms >= helper->moved_at_ms && session_forwards_moved(helper->session);
    if (due)
        helper->moved_at_ms = now_ms + MOVED_MS;
    while (session_forwards_news(helper->session, due, &news)) {
        news.connection = helper->connection;
        wire_put_forwarded(&helper->out, &news);
    }
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
            begin_anew(helper);
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

/* One turn of the session: input goes out first, then output is read and shown. */
static void run_session(struct helper *helper)
{
    char bytes[32768];
    int64_t asked_ms;
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
        helper_show(helper, bytes, len);
        shown += len;
        helper_send_picture(helper); /* between two frames of a program is the moment to look */
    }
    run_forwards(helper);
    if (session_heard(helper->session, &asked_ms))
        wire_put_number(&helper->out, WIRE_HEARD, (uint32_t)(clock_ms() - asked_ms));
    emulator_take_output(helper->emulator, outgoing, clock_ms());
    if (outgoing->len > 0)
        session_step(helper->session, clock_ms());
    tell_phase(helper);
    if (is_final(session_phase(helper->session)))
        helper_end_session(helper);
}

static int time_left(const struct helper *helper)
{
    if ((helper->fetching || helper->choked) && helper->out.len == 0)
        return 0; /* there was no room a moment ago */
    if (helper->session != NULL && helper->hurried)
        return 0;
    int64_t deadline = helper->session != NULL ? session_deadline(helper->session) : -1;
    bool moved = helper->session != NULL && session_forwards_moved(helper->session);
    if (moved && (deadline < 0 || helper->moved_at_ms < deadline))
        deadline = helper->moved_at_ms;
    bool held = helper->ready && helper->changed && helper->held_until_ms >= 0;
    if (held && (deadline < 0 || helper->held_until_ms < deadline))
        deadline = helper->held_until_ms;
    int64_t copy_ms = helper_copy_due(helper);
    if (copy_ms >= 0 && (deadline < 0 || copy_ms < deadline))
        deadline = copy_ms;
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
        helper_receive(helper);
    if (helper->session != NULL && !helper->over)
        run_session(helper);
    if (helper->emulator != NULL)
        helper_send_picture(helper);
    if (helper->emulator != NULL)
        helper_send_lines(helper);
    helper_send_copied(helper);
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
    return HELPER_EXIT_REFUSED;
}

static int run(void)
{
    struct helper helper = {.held_until_ms = -1};
    struct err err;
    buf_init(&helper.in, WIRE_HEAD + WIRE_BODY_MAX + HELPER_TURN_INPUT);
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
    helper_end_session(&helper);
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
