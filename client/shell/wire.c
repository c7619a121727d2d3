#include "client/shell/wire.h"

#include "client/shell/wire_field.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* A text with its length in two bytes. */
static void put_text(struct wire_writer *writer, const char *text)
{
    size_t len = strlen(text);
    assert(len <= UINT16_MAX);
    field_put_number(writer, len, 2);
    field_put(writer, text, len);
}

void wire_begin(struct wire_writer *writer, struct buf *out, enum wire_type type)
{
    *writer = (struct wire_writer){.out = out, .start = out->len};
    field_put_number(writer, 0, 4);
    field_put_number(writer, WIRE_VERSION, 2);
    field_put_number(writer, type, 2);
}

bool wire_finish(struct wire_writer *writer)
{
    struct buf *out = writer->out;
    size_t body = out->len - writer->start - WIRE_HEAD;
    if (writer->bad || body > WIRE_BODY_MAX) {
        out->len = writer->start;
        return false;
    }
    for (size_t i = 0; i < 4; i++)
        out->data[writer->start + i] = (char)(body >> (8 * i));
    return true;
}

static void get_text(struct field_reader *reader, char *out, size_t size)
{
    size_t len = (size_t)field_number(reader, 2);
    out[0] = '\0';
    if (reader->bad || len >= size || len > reader->left || memchr(reader->at, '\0', len) != NULL) {
        reader->bad = true;
        return;
    }
    memcpy(out, reader->at, len);
    out[len] = '\0';
    reader->at += len;
    reader->left -= len;
}

static bool is_whole(const struct field_reader *reader)
{
    return !reader->bad && reader->left == 0;
}

static bool is_type(uint64_t type)
{
    return (type >= WIRE_START && type <= WIRE_FORWARD) || (type >= WIRE_HELLO && type <= WIRE_COPIED);
}

enum wire_taken wire_take(const struct buf *in, size_t *at, struct wire_frame *frame)
{
    size_t left = in->len - *at;
    if (left < WIRE_HEAD)
        return WIRE_TAKEN_NOTHING;
    struct field_reader head = {.at = (const uint8_t *)in->data + *at, .left = WIRE_HEAD};
    size_t len = (size_t)field_number(&head, 4);
    uint64_t version = field_number(&head, 2);
    uint64_t type = field_number(&head, 2);
    if (len > WIRE_BODY_MAX || version != WIRE_VERSION || !is_type(type))
        return WIRE_TAKEN_GARBAGE;
    if (left - WIRE_HEAD < len)
        return WIRE_TAKEN_NOTHING;
    *frame = (struct wire_frame){.type = (enum wire_type)type, .body = head.at, .len = len};
    *at += WIRE_HEAD + len;
    return WIRE_TAKEN_FRAME;
}

/* Console to helper. */

bool wire_put_empty(struct buf *out, enum wire_type type)
{
    return wire_put_bytes(out, type, "", 0);
}

bool wire_put_bytes(struct buf *out, enum wire_type type, const char *bytes, size_t len)
{
    struct wire_writer writer;
    wire_begin(&writer, out, type);
    field_put(&writer, bytes, len);
    return wire_finish(&writer);
}

bool wire_put_start(struct buf *out, const struct wire_start *start)
{
    struct wire_writer writer;
    wire_begin(&writer, out, WIRE_START);
    field_put_number(&writer, (uint64_t)start->cols, 2);
    field_put_number(&writer, (uint64_t)start->rows, 2);
    field_put_number(&writer, start->scrollback, 4);
    put_text(&writer, start->user);
    put_text(&writer, start->lang);
    return wire_finish(&writer);
}

bool wire_get_start(const struct wire_frame *frame, struct wire_start *out)
{
    struct field_reader reader = field_reader_of(frame);
    out->cols = field_int(&reader, 2, WIRE_COLS_MIN, WIRE_COLS_MAX);
    out->rows = field_int(&reader, 2, 1, WIRE_ROWS_MAX);
    out->scrollback = (uint32_t)field_number(&reader, 4);
    get_text(&reader, out->user, sizeof out->user);
    get_text(&reader, out->lang, sizeof out->lang);
    return is_whole(&reader);
}

bool wire_put_connect(struct buf *out, const struct wire_connect *connect)
{
    struct wire_writer writer;
    wire_begin(&writer, out, WIRE_CONNECT);
    field_put_number(&writer, connect->connection, 4);
    field_put_number(&writer, connect->limits.banner_ms, 4);
    field_put_number(&writer, connect->limits.login_ms, 4);
    field_put_number(&writer, connect->limits.keepalive_ms, 4);
    field_put_number(&writer, connect->limits.dead_ms, 4);
    field_put_number(&writer, connect->limits.forward_ms, 4);
    put_text(&writer, connect->host_key_types);
    return wire_finish(&writer);
}

bool wire_get_connect(const struct wire_frame *frame, struct wire_connect *out)
{
    struct field_reader reader = field_reader_of(frame);
    out->connection = (uint32_t)field_number(&reader, 4);
    out->limits.banner_ms = (uint32_t)field_number(&reader, 4);
    out->limits.login_ms = (uint32_t)field_number(&reader, 4);
    out->limits.keepalive_ms = (uint32_t)field_number(&reader, 4);
    out->limits.dead_ms = (uint32_t)field_number(&reader, 4);
    out->limits.forward_ms = (uint32_t)field_number(&reader, 4);
    get_text(&reader, out->host_key_types, sizeof out->host_key_types);
    return is_whole(&reader);
}

bool wire_put_key(struct buf *out, struct key key)
{
    struct wire_writer writer;
    wire_begin(&writer, out, WIRE_KEY);
    field_put_number(&writer, key.code, 4);
    field_put_number(&writer, key.mods, 1);
    return wire_finish(&writer);
}

bool wire_get_key(const struct wire_frame *frame, struct key *out)
{
    struct field_reader reader = field_reader_of(frame);
    out->code = (uint32_t)field_int(&reader, 4, 0, KEY_NAME_LAST - 1);
    out->mods = (uint8_t)field_int(&reader, 1, 0, KEY_MODS);
    return is_whole(&reader);
}

bool wire_put_mouse(struct buf *out, const struct mouse *mouse)
{
    struct wire_writer writer;
    wire_begin(&writer, out, WIRE_MOUSE);
    field_put_number(&writer, mouse->kind, 1);
    field_put_number(&writer, mouse->button, 1);
    field_put_number(&writer, mouse->mods, 1);
    field_put_number(&writer, (uint64_t)mouse->row, 2);
    field_put_number(&writer, (uint64_t)mouse->col, 2);
    return wire_finish(&writer);
}

bool wire_get_mouse(const struct wire_frame *frame, struct mouse *out)
{
    struct field_reader reader = field_reader_of(frame);
    out->kind = (enum mouse_kind)field_int(&reader, 1, MOUSE_PRESS, MOUSE_WHEEL_DOWN);
    out->button = (uint8_t)field_int(&reader, 1, 0, 3);
    out->mods = (uint8_t)field_int(&reader, 1, 0, KEY_MODS);
    out->row = field_int(&reader, 2, 0, WIRE_ROWS_MAX - 1);
    out->col = field_int(&reader, 2, 0, WIRE_COLS_MAX - 1);
    return is_whole(&reader);
}

bool wire_put_paste(struct buf *out, const char *bytes, size_t len, bool last)
{
    struct wire_writer writer;
    wire_begin(&writer, out, WIRE_PASTE);
    field_put_number(&writer, last, 1);
    field_put(&writer, bytes, len);
    return wire_finish(&writer);
}

bool wire_get_paste(const struct wire_frame *frame, const char **bytes, size_t *len, bool *last)
{
    struct field_reader reader = field_reader_of(frame);
    *last = field_flag(&reader);
    *bytes = (const char *)reader.at;
    *len = reader.left;
    return !reader.bad;
}

bool wire_put_focus(struct buf *out, bool focused)
{
    struct wire_writer writer;
    wire_begin(&writer, out, WIRE_FOCUS);
    field_put_number(&writer, focused, 1);
    return wire_finish(&writer);
}

bool wire_get_focus(const struct wire_frame *frame, bool *focused)
{
    struct field_reader reader = field_reader_of(frame);
    *focused = field_flag(&reader);
    return is_whole(&reader);
}

bool wire_put_resize(struct buf *out, int cols, int rows)
{
    struct wire_writer writer;
    wire_begin(&writer, out, WIRE_RESIZE);
    field_put_number(&writer, (uint64_t)cols, 2);
    field_put_number(&writer, (uint64_t)rows, 2);
    return wire_finish(&writer);
}

bool wire_get_resize(const struct wire_frame *frame, int *cols, int *rows)
{
    struct field_reader reader = field_reader_of(frame);
    *cols = field_int(&reader, 2, WIRE_COLS_MIN, WIRE_COLS_MAX);
    *rows = field_int(&reader, 2, 1, WIRE_ROWS_MAX);
    return is_whole(&reader);
}

bool wire_put_fetch(struct buf *out, const struct wire_fetch *fetch)
{
    struct wire_writer writer;
    wire_begin(&writer, out, WIRE_FETCH);
    field_put_number(&writer, fetch->ticket, 4);
    field_put_number(&writer, fetch->before, 8);
    return wire_finish(&writer);
}

bool wire_get_fetch(const struct wire_frame *frame, struct wire_fetch *out)
{
    struct field_reader reader = field_reader_of(frame);
    out->ticket = (uint32_t)field_number(&reader, 4);
    out->before = field_number(&reader, 8);
    return is_whole(&reader);
}

/* Helper to console. */

bool wire_put_host_key(struct buf *out, uint32_t connection, const void *blob, size_t len)
{
    struct wire_writer writer;
    wire_begin(&writer, out, WIRE_HOST_KEY);
    field_put_number(&writer, connection, 4);
    field_put(&writer, blob, len);
    return wire_finish(&writer);
}

bool wire_get_host_key(const struct wire_frame *frame, uint32_t *connection, const uint8_t **blob,
                       size_t *len)
{
    struct field_reader reader = field_reader_of(frame);
    *connection = (uint32_t)field_number(&reader, 4);
    *blob = reader.at;
    *len = reader.left;
    return !reader.bad && reader.left > 0;
}

bool wire_put_opened(struct buf *out, uint32_t connection)
{
    struct wire_writer writer;
    wire_begin(&writer, out, WIRE_OPENED);
    field_put_number(&writer, connection, 4);
    return wire_finish(&writer);
}

bool wire_get_opened(const struct wire_frame *frame, uint32_t *connection)
{
    struct field_reader reader = field_reader_of(frame);
    *connection = (uint32_t)field_number(&reader, 4);
    return is_whole(&reader);
}

/* RFC 4254 6.10 names TERM, KILL and the like; a server's own are NAME@DOMAIN. */
static bool is_signal_name(const char *name)
{
    for (; *name != '\0'; name++) {
        bool letter = (*name >= 'A' && *name <= 'Z') || (*name >= 'a' && *name <= 'z');
        if (!letter && !(*name >= '0' && *name <= '9') && strchr("-_.@", *name) == NULL)
            return false;
    }
    return true;
}

bool wire_put_end(struct buf *out, const struct wire_end *end)
{
    struct wire_writer writer;
    wire_begin(&writer, out, WIRE_ENDED);
    field_put_number(&writer, end->connection, 4);
    field_put_number(&writer, (uint32_t)end->exit_code, 4);
    put_text(&writer, is_signal_name(end->signal) ? end->signal : "unknown");
    return wire_finish(&writer);
}

bool wire_get_end(const struct wire_frame *frame, struct wire_end *out)
{
    struct field_reader reader = field_reader_of(frame);
    out->connection = (uint32_t)field_number(&reader, 4);
    out->exit_code = (int32_t)field_number(&reader, 4);
    get_text(&reader, out->signal, sizeof out->signal);
    return is_whole(&reader) && is_signal_name(out->signal);
}

bool wire_put_trouble(struct buf *out, const struct wire_trouble *trouble)
{
    struct wire_writer writer;
    wire_begin(&writer, out, WIRE_TROUBLE);
    field_put_number(&writer, trouble->connection, 4);
    field_put_number(&writer, trouble->err.kind, 1);
    field_put_number(&writer, (uint32_t)trouble->err.code, 4);
    put_text(&writer, trouble->err.text);
    return wire_finish(&writer);
}

bool wire_get_trouble(const struct wire_frame *frame, struct wire_trouble *out)
{
    struct field_reader reader = field_reader_of(frame);
    out->connection = (uint32_t)field_number(&reader, 4);
    out->err.kind = (enum err_kind)field_int(&reader, 1, ERR_LOCAL, ERR_HOST_KEY);
    out->err.code = (int32_t)field_number(&reader, 4);
    get_text(&reader, out->err.text, sizeof out->err.text);
    return is_whole(&reader);
}

/* The socket. */

bool wire_fds_add(struct wire_fds *queue, int fd)
{
    if (queue->count == WIRE_FDS) {
        close(fd);
        return false;
    }
    queue->fds[queue->count++] = fd;
    return true;
}

int wire_fds_take(struct wire_fds *queue)
{
    if (queue->count == 0)
        return -1;
    int fd = queue->fds[0];
    memmove(queue->fds, queue->fds + 1, --queue->count * sizeof queue->fds[0]);
    return fd;
}

void wire_fds_done(struct wire_fds *queue)
{
    for (size_t i = 0; i < queue->count; i++)
        close(queue->fds[i]);
    queue->count = 0;
}

static ssize_t send_with_fds(int socket, struct iovec *bytes, const struct wire_fds *fds)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(WIRE_FDS * sizeof(int))];
    } control = {0};
    size_t size = fds->count * sizeof(int);
    struct msghdr message = {
        .msg_iov = bytes, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = CMSG_SPACE(size)};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(head), fds->fds, size);
    return sendmsg(socket, &message, MSG_NOSIGNAL);
}

enum wire_io wire_send(int socket, struct buf *out, struct wire_fds *fds)
{
    while (out->len > 0) {
        struct iovec bytes = {.iov_base = out->data, .iov_len = out->len};
        bool passes = fds != NULL && fds->count > 0;
        /* send() is all that the helper's sandbox allows, and all that it needs. */
        ssize_t sent =
            passes ? send_with_fds(socket, &bytes, fds) : send(socket, out->data, out->len, MSG_NOSIGNAL);
        if (sent < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? WIRE_IO_OK : WIRE_IO_CLOSED;
        if (passes)
            wire_fds_done(fds);
        buf_drop(out, (size_t)sent);
    }
    return WIRE_IO_OK;
}

static void take_descriptors(struct msghdr *message, struct wire_fds *fds)
{
    for (struct cmsghdr *head = CMSG_FIRSTHDR(message); head != NULL; head = CMSG_NXTHDR(message, head)) {
        if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS)
            continue;
        size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(head) + i * sizeof(int), sizeof(int));
            wire_fds_add(fds, fd);
        }
    }
}

/* One read; what it brings is at most one batch of descriptors. */
static ssize_t receive_once(int socket, struct iovec *bytes, struct wire_fds *fds)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(WIRE_FDS * sizeof(int))];
    } control = {0};
    struct msghdr message = {.msg_iov = bytes, .msg_iovlen = 1};
    if (fds != NULL) {
        message.msg_control = &control;
        message.msg_controllen = sizeof control;
    }
    ssize_t got = recvmsg(socket, &message, 0);
    if (got >= 0 && fds != NULL)
        take_descriptors(&message, fds);
    return got;
}

enum wire_io wire_receive(int socket, struct buf *in, size_t most, struct wire_fds *fds)
{
    char chunk[16384];
    for (size_t total = 0; total < most;) {
        struct iovec bytes = {.iov_base = chunk, .iov_len = sizeof chunk};
        if (bytes.iov_len > in->cap - in->len)
            bytes.iov_len = in->cap - in->len;
        if (bytes.iov_len == 0)
            return WIRE_IO_OK;
        size_t room = bytes.iov_len;
        ssize_t got = receive_once(socket, &bytes, fds);
        if (got < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? WIRE_IO_OK : WIRE_IO_CLOSED;
        if (got == 0)
            return WIRE_IO_CLOSED;
        bool added = buf_add(in, chunk, (size_t)got);
        if (fds != NULL)
            explicit_bzero(chunk, (size_t)got); /* a helper's frames may hold a password */
        assert(added);
        (void)added;
        total += (size_t)got;
        /* A short read: nothing is left, or it ended at bytes that bring descriptors, and poll says so. */
        if ((size_t)got < room)
            return WIRE_IO_OK;
    }
    return WIRE_IO_OK;
}
