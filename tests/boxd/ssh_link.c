#include "tests/boxd/ssh_internal.h"

#include "client/base/mem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TURNS = 32, ENV_MAX = 64, ENV_BYTES = 4096, CONNECT_MS = 2000 };

/* --- the environment --- */

/* Sets NAME=VALUE in the link's environment, over an older value of the name. */
static void env_set(struct ssh_link *link, const char *assignment)
{
    const char *equals = strchr(assignment, '=');
    if (equals == NULL)
        return;
    size_t name = (size_t)(equals - assignment) + 1;
    for (size_t i = 0; i < link->env_count; i++) {
        if (strncmp(link->env[i], assignment, name) != 0)
            continue;
        free(link->env[i]);
        link->env[i] = mem_dup(assignment);
        return;
    }
    link->env = mem_grow(link->env, &link->env_room, link->env_count + 2, sizeof *link->env);
    link->env[link->env_count++] = mem_dup(assignment);
    link->env[link->env_count] = NULL;
}

static void env_set_pair(struct ssh_link *link, const char *name, const char *value)
{
    char *assignment = mem_format("%s=%s", name, value);
    env_set(link, assignment);
    free(assignment);
}

/* As sshd's AcceptEnv LANG LC_* COLORTERM. */
static int on_env(ssh_session session, ssh_channel channel, const char *name, const char *value, void *data)
{
    struct ssh_link *link = data;
    (void)session, (void)channel;
    bool welcome =
        strcmp(name, "LANG") == 0 || strcmp(name, "COLORTERM") == 0 || strncmp(name, "LC_", 3) == 0;
    if (!welcome || strchr(name, '=') != NULL || link->env_count >= ENV_MAX || strlen(value) > ENV_BYTES)
        return 1;
    env_set_pair(link, name, value);
    return 0;
}

/* --- requests --- */

static int clamp(int value, int fallback)
{
    return value < 1 ? fallback : value > 1000 ? 1000 : value;
}

static int on_pty(ssh_session session, ssh_channel channel, const char *term, int cols, int rows,
                  int px_width, int px_height, void *data)
{
    struct ssh_link *link = data;
    (void)session, (void)channel, (void)px_width, (void)px_height;
    if (link->child.pid > 0 || link->want_pty)
        return -1;
    link->want_pty = true;
    link->cols = clamp(cols, 80);
    link->rows = clamp(rows, 24);
    buf_add_text(&link->term, term);
    return 0;
}

static int on_window_change(ssh_session session, ssh_channel channel, int cols, int rows, int px_width,
                            int px_height, void *data)
{
    struct ssh_link *link = data;
    (void)session, (void)channel, (void)px_width, (void)px_height;
    link->cols = clamp(cols, link->cols);
    link->rows = clamp(rows, link->rows);
    struct winsize size = {.ws_row = (unsigned short)link->rows, .ws_col = (unsigned short)link->cols};
    if (link->child.pty && link->child.out >= 0)
        ioctl(link->child.out, TIOCSWINSZ, &size);
    return 0;
}

/* Starts the child of a link; 0 is yes, as libssh's callbacks want it. */
static int start(struct ssh_link *link, const char *command)
{
    struct ssh_connection *owner = link->owner;
    if (link->child.pid > 0 || link->forward)
        return 1;
    env_set_pair(link, "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    env_set_pair(link, "HOME", owner->box.folder);
    env_set_pair(link, "USER", owner->user);
    env_set_pair(link, "LOGNAME", owner->user);
    env_set_pair(link, "SHELL", access("/bin/bash", X_OK) == 0 ? "/bin/bash" : "/bin/sh");
    if (link->want_pty)
        env_set_pair(link, "TERM", link->term.len > 0 ? buf_text(&link->term) : "dumb");
    for (char **assignment = owner->box.env; assignment != NULL && *assignment != NULL; assignment++)
        env_set(link, *assignment);
    struct ssh_start plan = {.command = command,
                             .folder = owner->box.folder,
                             .env = link->env,
                             .pty = link->want_pty,
                             .rows = link->rows,
                             .cols = link->cols};
    struct err err = {0};
    if (!ssh_child_start(&link->child, &plan, &err)) {
        ssh_channel_write_stderr(link->channel, err.text, (uint32_t)strlen(err.text));
        return 1;
    }
    ssh_server_count(owner->server, SSH_COUNT_SHELLS);
    ssh_server_tell(owner->server, owner->user, true);
    return 0;
}

static int on_shell(ssh_session session, ssh_channel channel, void *data)
{
    (void)session, (void)channel;
    return start(data, NULL);
}

static int on_exec(ssh_session session, ssh_channel channel, const char *command, void *data)
{
    (void)session, (void)channel;
    return start(data, command);
}

static void on_signal(ssh_session session, ssh_channel channel, const char *name, void *data)
{
    static const struct {
        const char *name;
        int number;
    } signals[] = {{"ABRT", SIGABRT}, {"ALRM", SIGALRM}, {"FPE", SIGFPE},   {"HUP", SIGHUP},
                   {"ILL", SIGILL},   {"INT", SIGINT},   {"KILL", SIGKILL}, {"PIPE", SIGPIPE},
                   {"QUIT", SIGQUIT}, {"SEGV", SIGSEGV}, {"TERM", SIGTERM}, {"USR1", SIGUSR1},
                   {"USR2", SIGUSR2}};
    struct ssh_link *link = data;
    (void)session, (void)channel;
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        if (strcmp(signals[i].name, name) == 0 && !link->ended)
            ssh_child_signal(&link->child, signals[i].number);
}

static void on_close(ssh_session session, ssh_channel channel, void *data)
{
    struct ssh_link *link = data;
    (void)session, (void)channel;
    link->closing = true;
}

/* --- opening --- */

/* Puts a channel into a free slot; NULL when there is none. */
static struct ssh_link *take_slot(struct ssh_connection *connection)
{
    for (size_t i = 0; i < SSH_CHANNELS_MAX; i++) {
        struct ssh_link *link = &connection->links[i];
        if (link->channel != NULL)
            continue;
        *link = (struct ssh_link){.owner = connection,
                                  .child = {.pidfd = -1, .in = -1, .out = -1, .err = -1},
                                  .rows = 24,
                                  .cols = 80};
        buf_init(&link->to_child, SSH_CHUNK);
        buf_init(&link->to_client, SSH_CHUNK);
        buf_init(&link->err_client, SSH_CHUNK);
        buf_init(&link->term, 64);
        link->callbacks = (struct ssh_channel_callbacks_struct){
            .userdata = link,
            .channel_close_function = on_close,
            .channel_signal_function = on_signal,
            .channel_pty_request_function = on_pty,
            .channel_shell_request_function = on_shell,
            .channel_pty_window_change_function = on_window_change,
            .channel_exec_request_function = on_exec,
            .channel_env_request_function = on_env,
        };
        ssh_callbacks_init(&link->callbacks);
        return link;
    }
    return NULL;
}

ssh_channel ssh_link_open_session(struct ssh_connection *connection)
{
    struct ssh_link *link = take_slot(connection);
    if (link == NULL || (link->channel = ssh_channel_new(connection->session)) == NULL)
        return NULL;
    ssh_set_channel_callbacks(link->channel, &link->callbacks);
    return link->channel;
}

/* A connected, non-blocking socket; -1 when nobody answers. */
static int connect_to(const struct sockaddr *address, socklen_t len)
{
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    int rc = connect(fd, address, len), failure = rc < 0 ? errno : 0;
    if (failure == EINPROGRESS) {
        struct pollfd wait = {.fd = fd, .events = POLLOUT};
        socklen_t size = sizeof failure;
        if (poll(&wait, 1, CONNECT_MS) != 1 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &size) < 0)
            failure = ETIMEDOUT;
    }
    if (failure != 0) {
        close(fd);
        return -1;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    return fd;
}

/* Only this machine can be reached. */
static int connect_loopback(const char *host, int port)
{
    bool local = strcmp(host, "localhost") == 0;
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct sockaddr_in6 v6 = {
        .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port), .sin6_addr = in6addr_loopback};
    bool is_v4 = inet_pton(AF_INET, local ? "127.0.0.1" : host, &v4.sin_addr) == 1 &&
                 ntohl(v4.sin_addr.s_addr) >> 24 == 127;
    int fd = -1;
    if (port < 1 || port > 65535)
        return -1;
    if (is_v4)
        fd = connect_to((struct sockaddr *)&v4, sizeof v4);
    if (fd < 0 && (local || strcmp(host, "::1") == 0))
        fd = connect_to((struct sockaddr *)&v6, sizeof v6);
    return fd;
}

bool ssh_link_open_forward(struct ssh_connection *connection, ssh_message message)
{
    const char *host = ssh_message_channel_request_open_destination(message);
    struct ssh_link *link = take_slot(connection);
    int fd = -1;
    if (host != NULL && link != NULL)
        fd = connect_loopback(host, ssh_message_channel_request_open_destination_port(message));
    if (fd < 0)
        return false;
    link->channel = ssh_message_channel_request_open_reply_accept(message);
    if (link->channel == NULL) {
        close(fd);
        return false;
    }
    link->forward = true;
    link->child.in = link->child.out = fd;
    ssh_set_channel_callbacks(link->channel, &link->callbacks);
    ssh_server_count(connection->server, SSH_COUNT_FORWARDS);
    return true;
}

/* --- moving bytes --- */

/* libssh arms POLLOUT after each write and disarms it once the socket took everything. */
static bool socket_full(const struct ssh_link *link)
{
    return (ssh_get_poll_flags(link->owner->session) & SSH_WRITE_PENDING) != 0;
}

static void close_in(struct ssh_link *link)
{
    if (link->forward)
        shutdown(link->child.in, SHUT_WR);
    else if (!link->child.pty)
        close(link->child.in);
    else
        return; /* a pty has no half-close; sshd leaves it open too */
    link->child.in = -1;
}

/* One read of a stream into its buffer, as much as the client's window lets us send. */
enum got { GOT_BYTES, GOT_NOTHING, GOT_END, GOT_NO_ROOM };

static enum got read_stream(struct ssh_link *link, int fd, struct buf *into)
{
    char bytes[SSH_CHUNK];
    uint32_t window = ssh_channel_window_size(link->channel);
    if (fd < 0)
        return GOT_END;
    if (into->len > 0 || window == 0 || socket_full(link))
        return GOT_NO_ROOM;
    ssize_t got = read(fd, bytes, window < sizeof bytes ? window : sizeof bytes);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return GOT_NOTHING;
    if (got <= 0)
        return GOT_END; /* EIO: the last process left the pty */
    buf_add(into, bytes, (size_t)got);
    return GOT_BYTES;
}

/* Sends what waits in a buffer; true when bytes left. */
static bool send_stream(struct ssh_link *link, struct buf *from, bool is_err)
{
    if (from->len == 0)
        return false;
    int sent = is_err ? ssh_channel_write_stderr(link->channel, from->data, (uint32_t)from->len)
                      : ssh_channel_write(link->channel, from->data, (uint32_t)from->len);
    if (sent > 0)
        buf_drop(from, (size_t)sent);
    return sent > 0;
}

/* Takes bytes from the channel and writes them to the child; true when any moved. */
static bool feed_child(struct ssh_link *link)
{
    bool moved = false;
    if (link->to_child.len == 0 && !link->client_eof) {
        char bytes[SSH_CHUNK];
        int got = ssh_channel_read_nonblocking(link->channel, bytes, sizeof bytes, 0);
        if (got > 0) {
            buf_add(&link->to_child, bytes, (size_t)got);
            moved = true;
        } else if (got == SSH_EOF || ssh_channel_is_eof(link->channel)) {
            link->client_eof = true;
            if (link->child.in >= 0)
                close_in(link);
        }
    }
    if (link->to_child.len == 0)
        return moved;
    if (link->child.in < 0 || link->ended) {
        buf_clear(&link->to_child);
        return moved;
    }
    ssize_t wrote = write(link->child.in, link->to_child.data, link->to_child.len);
    if (wrote > 0)
        buf_drop(&link->to_child, (size_t)wrote);
    else if (errno != EAGAIN && errno != EINTR) {
        buf_clear(&link->to_child);
        close_in(link);
    }
    return moved || wrote > 0;
}

static void report_end(struct ssh_link *link, int status)
{
    if (WIFSIGNALED(status)) {
        const char *name = sigabbrev_np(WTERMSIG(status));
        ssh_channel_request_send_exit_signal(link->channel, name != NULL ? name : "KILL", 0, "", "");
    } else {
        ssh_channel_request_send_exit_status(link->channel, WEXITSTATUS(status));
    }
}

bool ssh_link_step(struct ssh_link *link)
{
    struct ssh_child *child = &link->child;
    bool started = child->pid > 0 || link->forward, moved = started && !link->closing;
    for (int turn = 0; moved && turn < TURNS; turn++) {
        int status = 0;
        link->ended = child->pid > 0 && ssh_child_ended(child, &status);
        moved = feed_child(link);
        enum got out = link->out_end ? GOT_END : read_stream(link, child->out, &link->to_client);
        enum got err = link->err_end ? GOT_END : read_stream(link, child->err, &link->err_client);
        link->out_end = out == GOT_END;
        link->err_end = err == GOT_END;
        moved |= send_stream(link, &link->to_client, false);
        moved |= send_stream(link, &link->err_client, true);
        bool dry = link->to_client.len == 0 && link->err_client.len == 0 &&
                   (out == GOT_END || (child->pty && out == GOT_NOTHING)) && err == GOT_END;
        if (link->forward && dry && !link->eof_sent) {
            ssh_channel_send_eof(link->channel);
            link->eof_sent = true;
        }
        if (link->ended && dry) {
            report_end(link, status);
            ssh_channel_send_eof(link->channel);
            link->closing = true;
        }
        if (link->forward && link->eof_sent && link->client_eof && link->to_child.len == 0)
            link->closing = true;
        moved &= !link->closing;
    }
    if (link->closing)
        ssh_link_close(link);
    return moved;
}

void ssh_link_poll(const struct ssh_link *link, struct pollfd *fds, nfds_t *count)
{
    const struct ssh_child *child = &link->child;
    bool room = !socket_full(link) && ssh_channel_window_size(link->channel) > 0;
    if (child->in >= 0 && link->to_child.len > 0)
        fds[(*count)++] = (struct pollfd){.fd = child->in, .events = POLLOUT};
    if (child->out >= 0 && room && link->to_client.len == 0 && !link->out_end)
        fds[(*count)++] = (struct pollfd){.fd = child->out, .events = POLLIN};
    if (child->err >= 0 && room && link->err_client.len == 0 && !link->err_end)
        fds[(*count)++] = (struct pollfd){.fd = child->err, .events = POLLIN};
    if (child->pidfd >= 0 && !link->ended)
        fds[(*count)++] = (struct pollfd){.fd = child->pidfd, .events = POLLIN};
}

void ssh_link_close(struct ssh_link *link)
{
    if (link->channel == NULL)
        return;
    bool had_child = link->child.pid > 0;
    ssh_child_end(&link->child, link->owner->server);
    if (had_child) {
        ssh_server_count(link->owner->server, SSH_COUNT_ENDED);
        ssh_server_tell(link->owner->server, link->owner->user, false);
    }
    ssh_remove_channel_callbacks(link->channel, &link->callbacks);
    ssh_channel_close(link->channel);
    ssh_channel_free(link->channel);
    buf_done(&link->to_child);
    buf_done(&link->to_client);
    buf_done(&link->err_client);
    buf_done(&link->term);
    for (size_t i = 0; i < link->env_count; i++)
        free(link->env[i]);
    free(link->env);
    *link = (struct ssh_link){.child = {.pidfd = -1, .in = -1, .out = -1, .err = -1}};
}
