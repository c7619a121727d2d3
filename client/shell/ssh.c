#include "client/shell/ssh.h"

#include "client/base/mem.h"

#include <assert.h>
#include <errno.h>
#include <libssh2.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    WINDOW = 512 << 10,      /* bytes the server may send ahead */
    PACKET = 32 << 10,       /* RFC 4253 6.1 */
    TURN_BYTES = 128 << 10,  /* read from the socket in one turn, then keys get a chance */
    GREETING_MAX = 64 << 10, /* bytes a server may send before its version line is whole */
    OUTGOING_MAX = 16 << 20,
    CLOSE_MS = 2000, /* for the exit status, once the shell is over */
};

/* What is done next; the order is the order of a session. */
enum state {
    STATE_HANDSHAKE,
    STATE_VERIFY,
    STATE_METHODS,
    STATE_PASSWORD,
    STATE_CHANNEL,
    STATE_PTY,
    STATE_COLOR,
    STATE_LANG,
    STATE_SHELL,
    STATE_OPEN,
    STATE_CLOSE,
    STATE_ENDED,
    STATE_FAILED,
};

/* A call whose packet is sent in part: nothing else may be sent until it is repeated to its end. */
enum unfinished { UNFINISHED_NONE, UNFINISHED_WRITE, UNFINISHED_READ, UNFINISHED_RESIZE };

struct ssh {
    int fd;
    enum state state;
    LIBSSH2_SESSION *session;
    LIBSSH2_CHANNEL *channel;
    char *user;
    char *lang;
    struct wire_limits limits;
    char *password; /* until the login, then wiped */
    size_t password_len;

    bool greeted;        /* the version line is there */
    bool peer_closed;    /* the socket's end was read */
    bool muted;          /* being freed: no byte more in or out */
    bool quiet;          /* while verifying: the server has spoken, polling for it would spin */
    int64_t deadline_ms; /* of the state; -1 for none */
    int64_t left_ms;     /* of the login's time, while the operator thinks */
    int64_t received_ms; /* when the last byte came */
    int64_t asked_ms;    /* when the last keepalive went out */
    int64_t now_ms;      /* of this turn */
    uint64_t received;   /* bytes since the start */
    size_t turn_left;    /* bytes that may still be read this turn */

    enum unfinished unfinished;
    int stream; /* to read next: 0 output, 1 errors */
    int cols, rows;
    bool resized;
    struct buf outgoing;
    char chunk[PACKET]; /* being written: libssh2 must see the same bytes again after EAGAIN */
    size_t chunk_at, chunk_len;

    struct err err;
    char farewell[160]; /* the server's reason for a disconnect */
    int exit_code;
    char signal[32];
};

/* libssh2 frees its copies of the password without wiping them, so its memory goes through here. */

static void *wiped_alloc(size_t size, void **abstract)
{
    (void)abstract;
    size_t *block = mem_alloc(size + 16);
    *block = size;
    return (char *)block + 16;
}

static void wiped_free(void *memory, void **abstract)
{
    (void)abstract;
    if (memory == NULL)
        return;
    size_t *block = (size_t *)(void *)((char *)memory - 16);
    explicit_bzero(memory, *block);
    free(block);
}

static void *wiped_resize(void *memory, size_t size, void **abstract)
{
    void *fresh = wiped_alloc(size, abstract);
    if (memory != NULL) {
        size_t old = *(size_t *)(void *)((char *)memory - 16);
        memcpy(fresh, memory, old < size ? old : size);
        wiped_free(memory, abstract);
    }
    return fresh;
}

/* The socket, seen by libssh2. A turn reads no more than TURN_BYTES, whatever loop inside libssh2 asks. */
static ssize_t on_receive(libssh2_socket_t fd, void *bytes, size_t len, int flags, void **abstract)
{
    struct ssh *ssh = *abstract;
    if (ssh->muted)
        return -ECONNRESET;
    if (ssh->turn_left == 0)
        return -EAGAIN;
    ssize_t got = recv(fd, bytes, len < ssh->turn_left ? len : ssh->turn_left, flags);
    if (got < 0)
        return errno == EINTR ? -EAGAIN : -errno;
    if (got == 0)
        ssh->peer_closed = true;
    ssh->received_ms = ssh->now_ms;
    ssh->received += (uint64_t)got;
    ssh->turn_left -= (size_t)got;
    return got;
}

static ssize_t on_send(libssh2_socket_t fd, const void *bytes, size_t len, int flags, void **abstract)
{
    struct ssh *ssh = *abstract;
    if (ssh->muted)
        return -ECONNRESET;
    ssize_t sent = send(fd, bytes, len, flags | MSG_NOSIGNAL);
    if (sent < 0)
        return errno == EINTR ? -EAGAIN : -errno;
    return sent;
}

static void on_disconnect(LIBSSH2_SESSION *session, int reason, const char *message, int message_len,
                          const char *language, int language_len, void **abstract)
{
    (void)session, (void)reason, (void)language, (void)language_len;
    struct ssh *ssh = *abstract;
    if (message != NULL && message_len > 0)
        snprintf(ssh->farewell, sizeof ssh->farewell, "%.*s", message_len < 150 ? message_len : 150, message);
}

/* libssh2 takes functions as void pointers, which ISO C cannot convert to. */
static void set_callbacks(LIBSSH2_SESSION *session)
{
    union {
        LIBSSH2_RECV_FUNC((*receive));
        LIBSSH2_SEND_FUNC((*send));
        LIBSSH2_DISCONNECT_FUNC((*disconnect));
        void *any;
    } callback;
    callback.receive = on_receive;
    libssh2_session_callback_set(session, LIBSSH2_CALLBACK_RECV, callback.any);
    callback.send = on_send;
    libssh2_session_callback_set(session, LIBSSH2_CALLBACK_SEND, callback.any);
    callback.disconnect = on_disconnect;
    libssh2_session_callback_set(session, LIBSSH2_CALLBACK_DISCONNECT, callback.any);
}

bool ssh_library_init(struct err *err)
{
    unsigned char seed[32];
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int len;
    bool ok = libssh2_init(0) == 0 && OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CRYPTO_STRINGS, NULL) == 1 &&
              RAND_bytes(seed, sizeof seed) == 1 &&
              EVP_Digest(seed, sizeof seed, digest, &len, EVP_sha256(), NULL) == 1;
    return ok || err_set(err, ERR_LOCAL, 0, "The SSH library could not be started");
}

/* Whether a list with commas, as SSH writes them (RFC 4251 5), has the name. */
static bool list_has(const char *list, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = list; *at != '\0';) {
        size_t item = strcspn(at, ",");
        if (item == len && memcmp(at, name, len) == 0)
            return true;
        at += item + (at[item] == ',');
    }
    return false;
}

/* The sets of safety.md section 2: no SHA-1, no CBC, no arcfour, nothing truncated. */
static void set_methods(LIBSSH2_SESSION *session, const char *host_key_types)
{
    static const char strong[] = "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521";
    static const char kex[] = "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,"
                              "ecdh-sha2-nistp384,ecdh-sha2-nistp521,diffie-hellman-group16-sha512,"
                              "diffie-hellman-group18-sha512,diffie-hellman-group14-sha256,"
                              "diffie-hellman-group-exchange-sha256";
    static const char ciphers[] = "aes128-ctr,aes192-ctr,aes256-ctr";
    static const char macs[] = "hmac-sha2-256,hmac-sha2-512";
    struct buf types;
    buf_init(&types, 1024);
    for (const char *at = host_key_types; *at != '\0';) {
        size_t len = strcspn(at, ",");
        char *item = mem_dup_bytes(at, len);
        if (len > 0 && list_has(strong, item))
            buf_add_format(&types, "%s,", item);
        free(item);
        at += len + (at[len] == ',');
    }
    buf_add_text(&types, strong); /* a type named twice does no harm */
    libssh2_session_method_pref(session, LIBSSH2_METHOD_HOSTKEY, buf_text(&types));
    libssh2_session_method_pref(session, LIBSSH2_METHOD_KEX, kex);
    libssh2_session_method_pref(session, LIBSSH2_METHOD_CRYPT_CS, ciphers);
    libssh2_session_method_pref(session, LIBSSH2_METHOD_CRYPT_SC, ciphers);
    libssh2_session_method_pref(session, LIBSSH2_METHOD_MAC_CS, macs);
    libssh2_session_method_pref(session, LIBSSH2_METHOD_MAC_SC, macs);
    libssh2_session_method_pref(session, LIBSSH2_METHOD_COMP_CS, "none");
    libssh2_session_method_pref(session, LIBSSH2_METHOD_COMP_SC, "none");
    buf_done(&types);
}

struct ssh *ssh_new(int fd, const struct ssh_options *options, int64_t now_ms)
{
    struct ssh *ssh = mem_zalloc(1, sizeof *ssh);
    ssh->fd = fd;
    ssh->user = mem_dup(options->user);
    ssh->lang = mem_dup(options->lang);
    ssh->limits = options->limits;
    ssh->cols = options->cols;
    ssh->rows = options->rows;
    ssh->received_ms = ssh->asked_ms = ssh->now_ms = now_ms;
    ssh->deadline_ms = now_ms + options->limits.banner_ms;
    buf_init(&ssh->outgoing, OUTGOING_MAX);
    ssh->session = libssh2_session_init_ex(wiped_alloc, wiped_free, wiped_resize, ssh);
    assert(ssh->session != NULL);
    libssh2_session_set_blocking(ssh->session, 0);
    set_callbacks(ssh->session);
    set_methods(ssh->session, options->host_key_types);
    return ssh;
}

static void forget_password(struct ssh *ssh)
{
    if (ssh->password != NULL)
        explicit_bzero(ssh->password, ssh->password_len);
    free(ssh->password);
    ssh->password = NULL;
}

void ssh_free(struct ssh *ssh)
{
    if (ssh == NULL)
        return;
    forget_password(ssh);
    if (ssh->state < STATE_FAILED && ssh->unfinished == UNFINISHED_NONE && ssh->greeted)
        libssh2_session_disconnect(ssh->session, "closed by the operator");
    /* From here on libssh2 meets a dead socket, so that nothing it wants to say can make it wait. */
    ssh->muted = true;
    for (int tries = 0; tries < 16 && libssh2_session_free(ssh->session) == LIBSSH2_ERROR_EAGAIN; tries++)
        continue;
    close(ssh->fd);
    buf_done(&ssh->outgoing);
    free(ssh->user);
    free(ssh->lang);
    free(ssh);
}

enum ssh_phase ssh_phase(const struct ssh *ssh)
{
    static const enum ssh_phase phases[] = {
        [STATE_HANDSHAKE] = SSH_HANDSHAKE, [STATE_VERIFY] = SSH_VERIFY, [STATE_METHODS] = SSH_LOGIN,
        [STATE_PASSWORD] = SSH_LOGIN,      [STATE_CHANNEL] = SSH_LOGIN, [STATE_PTY] = SSH_LOGIN,
        [STATE_COLOR] = SSH_LOGIN,         [STATE_LANG] = SSH_LOGIN,    [STATE_SHELL] = SSH_LOGIN,
        [STATE_OPEN] = SSH_OPEN,           [STATE_CLOSE] = SSH_OPEN,    [STATE_ENDED] = SSH_ENDED,
        [STATE_FAILED] = SSH_FAILED,
    };
    return phases[ssh->state];
}

static bool fail(struct ssh *ssh, enum err_kind kind, int code, const char *sentence)
{
    forget_password(ssh);
    ssh->state = STATE_FAILED;
    ssh->deadline_ms = -1;
    return err_set(&ssh->err, kind, code, "%s", sentence);
}

/* The step that was under way, as the middle of a sentence. */
static const char *step_name(enum state state)
{
    static const char *const names[] = {
        [STATE_HANDSHAKE] = "the SSH key exchange",
        [STATE_VERIFY] = "the host key check",
        [STATE_METHODS] = "the login",
        [STATE_PASSWORD] = "the login",
        [STATE_CHANNEL] = "the opening of a shell",
        [STATE_PTY] = "the request for a terminal",
        [STATE_COLOR] = "the request for a shell",
        [STATE_LANG] = "the request for a shell",
        [STATE_SHELL] = "the request for a shell",
        [STATE_OPEN] = "the session",
        [STATE_CLOSE] = "the session",
    };
    return names[state];
}

/* What libssh2 answered other than "later" becomes the end of the session. */
static bool fail_with(struct ssh *ssh, int code)
{
    const char *step =
        ssh->state == STATE_HANDSHAKE && !ssh->greeted ? "the SSH greeting" : step_name(ssh->state);
    char sentence[sizeof ssh->err.text];
    char *words = NULL;
    libssh2_session_last_error(ssh->session, &words, NULL, 0);
    bool link = ssh->peer_closed || code == LIBSSH2_ERROR_SOCKET_RECV || code == LIBSSH2_ERROR_SOCKET_SEND ||
                code == LIBSSH2_ERROR_SOCKET_DISCONNECT;
    bool no_common = ssh->state == STATE_HANDSHAKE &&
                     (code == LIBSSH2_ERROR_KEX_FAILURE || code == LIBSSH2_ERROR_METHOD_NONE);
    if (ssh->farewell[0] != '\0')
        snprintf(sentence, sizeof sentence, "The server ended the connection during %s: %s", step,
                 ssh->farewell);
    else if (link)
        snprintf(sentence, sizeof sentence, "The connection was closed during %s", step);
    else if (no_common)
        snprintf(sentence, sizeof sentence,
                 "%c%s failed: boxtop and the server have no safe algorithm in common; use ssh", 'T',
                 step + 1);
    else
        snprintf(sentence, sizeof sentence, "%c%s failed: %s", 'T', step + 1,
                 words != NULL ? words : "unknown");
    return fail(ssh, link ? ERR_NETWORK : ERR_PROTOCOL, code, sentence);
}

/* The states. Each returns whether it got anywhere, so that the next may be tried at once. */

static bool is_version(const char *banner)
{
    return banner != NULL && strncmp(banner, "SSH-", 4) == 0;
}

static bool step_handshake(struct ssh *ssh)
{
    int rc = libssh2_session_handshake(ssh->session, ssh->fd);
    if (!ssh->greeted && is_version(libssh2_session_banner_get(ssh->session))) {
        ssh->greeted = true;
        ssh->deadline_ms = ssh->now_ms + ssh->limits.login_ms;
    }
    if (rc == LIBSSH2_ERROR_EAGAIN && !ssh->greeted && ssh->received > GREETING_MAX)
        return fail(ssh, ERR_PROTOCOL, 0, "The SSH greeting failed: the server does not speak SSH");
    if (rc == LIBSSH2_ERROR_EAGAIN)
        return false;
    if (rc != 0)
        return fail_with(ssh, rc);
    ssh->state = STATE_VERIFY;
    ssh->left_ms = ssh->deadline_ms - ssh->now_ms;
    ssh->deadline_ms = -1;
    return true;
}

/* Nothing is sent and nothing understood while the operator decides; only the server's leaving is noticed. */
static bool step_verify(struct ssh *ssh)
{
    char byte;
    ssize_t got = recv(ssh->fd, &byte, 1, MSG_PEEK);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
        return fail_with(ssh, LIBSSH2_ERROR_SOCKET_RECV);
    ssh->quiet = got > 0;
    return false;
}

static bool step_methods(struct ssh *ssh)
{
    const char *list = libssh2_userauth_list(ssh->session, ssh->user, (unsigned)strlen(ssh->user));
    if (list == NULL && libssh2_userauth_authenticated(ssh->session)) {
        ssh->state = STATE_CHANNEL; /* the server asks for nothing */
        forget_password(ssh);
        return true;
    }
    if (list == NULL) {
        int rc = libssh2_session_last_errno(ssh->session);
        return rc == LIBSSH2_ERROR_EAGAIN ? false : fail_with(ssh, rc);
    }
    if (!list_has(list, "password")) {
        char sentence[sizeof ssh->err.text];
        snprintf(sentence, sizeof sentence,
                 "The server does not offer a password login (only %.60s): use ssh with your own key", list);
        return fail(ssh, ERR_AUTH, 0, sentence);
    }
    ssh->state = STATE_PASSWORD;
    return true;
}

static bool step_password(struct ssh *ssh)
{
    int rc = libssh2_userauth_password_ex(ssh->session, ssh->user, (unsigned)strlen(ssh->user), ssh->password,
                                          (unsigned)ssh->password_len, NULL);
    if (rc == LIBSSH2_ERROR_EAGAIN)
        return false;
    if (rc == LIBSSH2_ERROR_AUTHENTICATION_FAILED)
        return fail(ssh, ERR_AUTH, rc,
                    "The login was refused: the server does not accept this API key for this box");
    if (rc == LIBSSH2_ERROR_PASSWORD_EXPIRED)
        return fail(ssh, ERR_AUTH, rc, "The login was refused: the server wants the password changed");
    if (rc != 0)
        return fail_with(ssh, rc);
    forget_password(ssh);
    ssh->state = STATE_CHANNEL;
    return true;
}

static bool step_channel(struct ssh *ssh)
{
    ssh->channel = libssh2_channel_open_ex(ssh->session, "session", 7, WINDOW, PACKET, NULL, 0);
    if (ssh->channel == NULL) {
        int rc = libssh2_session_last_errno(ssh->session);
        return rc == LIBSSH2_ERROR_EAGAIN ? false : fail_with(ssh, rc);
    }
    ssh->state = STATE_PTY;
    return true;
}

static bool step_pty(struct ssh *ssh)
{
    static const char term[] = "xterm-256color";
    static const char modes[] = {42, 0, 0, 0, 1, 0}; /* IUTF8 on (RFC 8160), end */
    int rc = libssh2_channel_request_pty_ex(ssh->channel, term, sizeof term - 1, modes, sizeof modes,
                                            ssh->cols, ssh->rows, 0, 0);
    if (rc == LIBSSH2_ERROR_EAGAIN)
        return false;
    if (rc != 0)
        return fail_with(ssh, rc);
    ssh->resized = false;
    ssh->state = STATE_COLOR;
    return true;
}

/* A variable the server does not take is no loss. */
static bool step_env(struct ssh *ssh, const char *name, const char *value, enum state next)
{
    if (value[0] != '\0') {
        int rc = libssh2_channel_setenv_ex(ssh->channel, name, (unsigned)strlen(name), value,
                                           (unsigned)strlen(value));
        if (rc == LIBSSH2_ERROR_EAGAIN)
            return false;
        if (rc != 0 && rc != LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED)
            return fail_with(ssh, rc);
    }
    ssh->state = next;
    return true;
}

static bool step_shell(struct ssh *ssh)
{
    int rc = libssh2_channel_process_startup(ssh->channel, "shell", 5, NULL, 0);
    if (rc == LIBSSH2_ERROR_EAGAIN)
        return false;
    if (rc != 0)
        return fail_with(ssh, rc);
    libssh2_keepalive_config(ssh->session, 1, 2); /* when is our own clock's affair */
    ssh->state = STATE_OPEN;
    ssh->received_ms = ssh->asked_ms = ssh->now_ms;
    ssh->deadline_ms = -1;
    return true;
}

/* Whether the last call must be repeated before any other may send. */
static void note_unfinished(struct ssh *ssh, ssize_t rc, enum unfinished call)
{
    bool blocked = rc == LIBSSH2_ERROR_EAGAIN &&
                   (libssh2_session_block_directions(ssh->session) & LIBSSH2_SESSION_BLOCK_OUTBOUND) != 0;
    ssh->unfinished = blocked ? call : UNFINISHED_NONE;
}

static bool may_call(const struct ssh *ssh, enum unfinished call)
{
    return ssh->state == STATE_OPEN && (ssh->unfinished == UNFINISHED_NONE || ssh->unfinished == call);
}

static bool send_resize(struct ssh *ssh)
{
    if (!ssh->resized || !may_call(ssh, UNFINISHED_RESIZE))
        return false;
    int rc = libssh2_channel_request_pty_size_ex(ssh->channel, ssh->cols, ssh->rows, 0, 0);
    note_unfinished(ssh, rc, UNFINISHED_RESIZE);
    if (rc == LIBSSH2_ERROR_EAGAIN)
        return false;
    ssh->resized = false;
    return rc == 0 || fail_with(ssh, rc);
}

static bool send_input(struct ssh *ssh)
{
    if (!may_call(ssh, UNFINISHED_WRITE))
        return false;
    if (ssh->chunk_len == 0) {
        ssh->chunk_at = 0;
        ssh->chunk_len = ssh->outgoing.len < sizeof ssh->chunk ? ssh->outgoing.len : sizeof ssh->chunk;
        if (ssh->chunk_len == 0)
            return false;
        memcpy(ssh->chunk, ssh->outgoing.data, ssh->chunk_len);
        buf_drop(&ssh->outgoing, ssh->chunk_len);
    }
    ssize_t rc = libssh2_channel_write_ex(ssh->channel, 0, ssh->chunk + ssh->chunk_at, ssh->chunk_len);
    note_unfinished(ssh, rc, UNFINISHED_WRITE);
    if (rc == LIBSSH2_ERROR_EAGAIN)
        return false;
    if (rc < 0)
        return fail_with(ssh, (int)rc);
    ssh->chunk_at += (size_t)rc;
    ssh->chunk_len -= (size_t)rc;
    return rc > 0;
}

/* Asks a silent server for a sign of life. Never while a packet is half sent: libssh2 would mix the two up.
 */
static void send_keepalive(struct ssh *ssh)
{
    int64_t since = ssh->received_ms > ssh->asked_ms ? ssh->received_ms : ssh->asked_ms;
    if (ssh->now_ms - since < ssh->limits.keepalive_ms || ssh->unfinished != UNFINISHED_NONE)
        return;
    struct pollfd room = {.fd = ssh->fd, .events = POLLOUT};
    int next;
    if (poll(&room, 1, 0) == 1 && (room.revents & POLLOUT) != 0)
        libssh2_keepalive_send(ssh->session, &next);
    ssh->asked_ms = ssh->now_ms;
}

static bool step_open(struct ssh *ssh)
{
    if (ssh->now_ms - ssh->received_ms >= ssh->limits.dead_ms) {
        char sentence[sizeof ssh->err.text];
        snprintf(sentence, sizeof sentence, "The connection was lost: nothing came from the server for %u s",
                 ssh->limits.dead_ms / 1000);
        return fail(ssh, ERR_NETWORK, 0, sentence);
    }
    send_keepalive(ssh);
    bool resized = send_resize(ssh);
    bool sent = send_input(ssh);
    return ssh->state == STATE_OPEN && (resized || sent);
}

/* The exit status comes with or before the server's close; without one, after a while, it stays unknown. */
static bool step_close(struct ssh *ssh)
{
    int rc = libssh2_channel_close(ssh->channel);
    if (rc == LIBSSH2_ERROR_EAGAIN && ssh->now_ms < ssh->deadline_ms)
        return false;
    char *signal = NULL;
    libssh2_channel_get_exit_signal(ssh->channel, &signal, NULL, NULL, NULL, NULL, NULL);
    ssh->exit_code = libssh2_channel_get_exit_status(ssh->channel);
    if (signal != NULL) {
        ssh->exit_code = -1;
        snprintf(ssh->signal, sizeof ssh->signal, "%.31s", signal);
        libssh2_free(ssh->session, signal);
    }
    ssh->state = STATE_ENDED;
    ssh->deadline_ms = -1;
    return false;
}

static bool step_once(struct ssh *ssh)
{
    switch (ssh->state) {
    case STATE_HANDSHAKE:
        return step_handshake(ssh);
    case STATE_VERIFY:
        return step_verify(ssh);
    case STATE_METHODS:
        return step_methods(ssh);
    case STATE_PASSWORD:
        return step_password(ssh);
    case STATE_CHANNEL:
        return step_channel(ssh);
    case STATE_PTY:
        return step_pty(ssh);
    case STATE_COLOR:
        return step_env(ssh, "COLORTERM", "truecolor", STATE_LANG);
    case STATE_LANG:
        return step_env(ssh, "LANG", ssh->lang, STATE_SHELL);
    case STATE_SHELL:
        return step_shell(ssh);
    case STATE_OPEN:
        return step_open(ssh);
    case STATE_CLOSE:
        return step_close(ssh);
    case STATE_ENDED:
    case STATE_FAILED:
        break;
    }
    return false;
}

static void check_deadline(struct ssh *ssh)
{
    if (ssh->deadline_ms < 0 || ssh->now_ms < ssh->deadline_ms || ssh->state > STATE_SHELL)
        return;
    char sentence[sizeof ssh->err.text];
    if (!ssh->greeted)
        snprintf(sentence, sizeof sentence, "The SSH greeting did not come within %u s",
                 ssh->limits.banner_ms / 1000);
    else
        snprintf(sentence, sizeof sentence, "The time for a login (%u s) ran out during %s",
                 ssh->limits.login_ms / 1000, step_name(ssh->state));
    fail(ssh, ERR_TIMEOUT, 0, sentence);
}

enum ssh_phase ssh_step(struct ssh *ssh, int64_t now_ms)
{
    ssh->now_ms = now_ms;
    ssh->turn_left = TURN_BYTES;
    while (step_once(ssh))
        continue;
    check_deadline(ssh);
    return ssh_phase(ssh);
}

const void *ssh_host_key(struct ssh *ssh, size_t *len)
{
    int type;
    return libssh2_session_hostkey(ssh->session, len, &type);
}

void ssh_login(struct ssh *ssh, const char *password, size_t len, int64_t now_ms)
{
    assert(ssh->state == STATE_VERIFY);
    ssh->password = mem_dup_bytes(password, len);
    ssh->password_len = len;
    ssh->quiet = false;
    ssh->now_ms = now_ms;
    ssh->deadline_ms = now_ms + ssh->left_ms;
    ssh->state = STATE_METHODS;
}

/* One pass over both streams. Reading one may bring packets of the other, so a pass counts as fruitless only
 * when nothing came from the socket either. */
size_t ssh_read(struct ssh *ssh, char *bytes, size_t room, int64_t now_ms)
{
    ssh->now_ms = now_ms;
    for (int fruitless = 0; fruitless < 2 && may_call(ssh, UNFINISHED_READ);) {
        uint64_t before = ssh->received;
        ssize_t rc = libssh2_channel_read_ex(ssh->channel, ssh->stream, bytes, room);
        note_unfinished(ssh, rc, UNFINISHED_READ);
        if (rc > 0)
            return (size_t)rc;
        if (rc < 0 && rc != LIBSSH2_ERROR_EAGAIN) {
            fail_with(ssh, (int)rc);
            return 0;
        }
        if (ssh->unfinished == UNFINISHED_READ)
            return 0; /* the same stream again, once the socket takes bytes */
        fruitless = ssh->received == before ? fruitless + 1 : 0;
        ssh->stream = 1 - ssh->stream;
    }
    if (ssh->state == STATE_OPEN && ssh->unfinished == UNFINISHED_NONE && libssh2_channel_eof(ssh->channel)) {
        ssh->state = STATE_CLOSE;
        ssh->deadline_ms = now_ms + CLOSE_MS;
        step_close(ssh);
    }
    return 0;
}

struct buf *ssh_outgoing(struct ssh *ssh)
{
    return &ssh->outgoing;
}

void ssh_resize(struct ssh *ssh, int cols, int rows)
{
    if (cols == ssh->cols && rows == ssh->rows)
        return;
    ssh->cols = cols;
    ssh->rows = rows;
    ssh->resized = true;
}

int ssh_fd(const struct ssh *ssh)
{
    return ssh->fd;
}

short ssh_events(const struct ssh *ssh)
{
    int directions = libssh2_session_block_directions(ssh->session);
    int events = ssh->quiet ? 0 : POLLIN;
    if ((directions & LIBSSH2_SESSION_BLOCK_OUTBOUND) != 0)
        events |= POLLOUT;
    return (short)events;
}

int64_t ssh_deadline(const struct ssh *ssh)
{
    if (ssh->state != STATE_OPEN)
        return ssh->deadline_ms;
    int64_t since = ssh->received_ms > ssh->asked_ms ? ssh->received_ms : ssh->asked_ms;
    int64_t ask = since + ssh->limits.keepalive_ms;
    int64_t dead = ssh->received_ms + ssh->limits.dead_ms;
    return ask < dead ? ask : dead;
}

const struct err *ssh_error(const struct ssh *ssh)
{
    return &ssh->err;
}

int ssh_exit(const struct ssh *ssh, const char **signal)
{
    *signal = ssh->signal;
    return ssh->exit_code;
}
