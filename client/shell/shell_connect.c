/* A shell's way into the box: a socket, the host key, the login. */
#include "client/shell/shell_private.h"

#include "client/base/clock.h"
#include "client/base/mem.h"
#include "client/shell/trust.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    KEY_LEAST = 8,
    KEY_MOST = 256,
    REFUSALS_MAX = 3,        /* logins refused in a row before a shell stops asking */
    USER_TIMEOUT_MS = 30000, /* TCP_USER_TIMEOUT */
};

static struct trust_files known_files(const struct shell *shell)
{
    return (struct trust_files){
        .own = shell->own_known_hosts,
        .others = (const char *const *)shell->other_known_hosts,
        .other_count = shell->other_count,
    };
}

/* A key press is a packet of its own, and a peer that takes nothing is noticed by the system too. */
static void tune_socket(int fd)
{
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
#ifdef TCP_USER_TIMEOUT
    int limit = USER_TIMEOUT_MS;
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &limit, sizeof limit);
#endif
    int flags = fcntl(fd, F_GETFL);
    fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

static bool may_connect(struct shell *shell, const char *key, struct err *err)
{
    size_t len = strlen(key);
    if (shell_is_under_way(shell) && shell->phase != SHELL_WAITING)
        return err_set(err, ERR_USAGE, 0, "The shell is connected already");
    if (len < KEY_LEAST || len > KEY_MOST)
        return err_set(err, ERR_AUTH, 0, "The API key has %zu characters: it should have %d to %d", len,
                       KEY_LEAST, KEY_MOST);
    if (shell->refusals >= REFUSALS_MAX)
        return err_set(err, ERR_AUTH, 0,
                       "The login was refused %d times: check the API key, then open a new shell",
                       REFUSALS_MAX);
    return shell->process.fd >= 0 || shell_start_helper(shell, err);
}

bool shell_connected(struct shell *shell, int fd, const char *key, struct err *err)
{
    if (!may_connect(shell, key, err)) {
        close(fd);
        return false;
    }
    tune_socket(fd);
    wire_fds_add(&shell->fds, fd);
    shell_wipe_key(shell);
    shell->key = mem_dup(key);
    shell->now_ms = clock_ms();
    struct wire_connect connect = {.connection = ++shell->connection, .limits = shell->limits};
    struct trust_files files = known_files(shell);
    struct hostkey_place place = {.host = shell->host, .port = shell->port};
    trust_known_types(&files, &place, connect.host_key_types, sizeof connect.host_key_types);
    wire_put_connect(&shell->out, &connect);
    err_clear(&shell->err);
    shell->unanswered_count = 0;
    shell->probe_ms = -1;
    shell->remember_trouble[0] = '\0';
    char sentence[sizeof shell->err.text];
    snprintf(sentence, sizeof sentence, "SSH key exchange with %.200s:%d", shell->host, shell->port);
    shell_enter(shell, SHELL_HANDSHAKE, sentence);
    shell_flush(shell);
    return true;
}

void shell_excuse(struct shell *shell)
{
    if (shell->refusals > 0)
        shell->refusals--;
}

static void end_session(struct shell *shell)
{
    wire_put_empty(&shell->out, WIRE_DISCONNECT);
    shell_flush(shell);
}

void shell_refused(struct shell *shell, const struct err *err)
{
    if (shell->phase == SHELL_WAITING || (shell_is_under_way(shell) && shell->phase != SHELL_OPEN)) {
        bool connected = shell->phase != SHELL_WAITING;
        shell_enter_trouble(shell, SHELL_FAILED, err);
        if (connected)
            end_session(shell);
    } else if (shell->phase != SHELL_OPEN) {
        shell_enter_trouble(shell, shell->phase, err);
    }
}

static void send_key(struct shell *shell)
{
    if (shell->key == NULL)
        return;
    wire_put_bytes(&shell->out, WIRE_PASSWORD, shell->key, strlen(shell->key));
    shell->secret_sent = true;
    shell_wipe_key(shell);
    char sentence[sizeof shell->err.text];
    snprintf(sentence, sizeof sentence, "Logging in to %.200s", shell->box_id);
    shell_enter(shell, SHELL_LOGIN, sentence);
    shell_flush(shell);
}

static void ask_host_key(struct shell *shell, const struct hostkey *key)
{
    free(shell->host_key);
    shell->host_key = (uint8_t *)mem_dup_bytes(key->blob, key->len);
    shell->host_key_len = key->len;
    hostkey_parse(key, shell->key_type);
    hostkey_fingerprint(key, shell->fingerprint);
    shell->question = (struct host_key_question){
        .host = shell->host,
        .port = shell->port,
        .type = shell->key_type,
        .fingerprint = shell->fingerprint,
    };
    shell_enter(shell, SHELL_HOST_KEY, "The host key is not known");
}

void shell_answer_host_key(struct shell *shell, bool accept)
{
    if (shell->phase != SHELL_HOST_KEY)
        return;
    shell->now_ms = clock_ms(); /* the operator may have thought for long */
    struct err err;
    if (!accept) {
        err_set(&err, ERR_HOST_KEY, 0, "The host key was not accepted: nothing was sent to %s", shell->host);
        shell_enter_trouble(shell, SHELL_FAILED, &err);
        end_session(shell);
        return;
    }
    struct hostkey key = {.blob = shell->host_key, .len = shell->host_key_len};
    struct hostkey_place place = {.host = shell->host, .port = shell->port};
    if (shell->own_known_hosts != NULL && !hostkey_append(shell->own_known_hosts, &place, &key, &err))
        snprintf(shell->remember_trouble, sizeof shell->remember_trouble, "%s", err.text);
    send_key(shell);
}

void shell_judge_host_key(struct shell *shell, const struct hostkey *key)
{
    struct trust_files files = known_files(shell);
    struct hostkey_place place = {.host = shell->host, .port = shell->port};
    struct err err;
    switch (trust_judge(&files, &place, key, &err)) {
    case TRUST_YES:
        send_key(shell);
        break;
    case TRUST_ASK:
        ask_host_key(shell, key);
        break;
    case TRUST_NO:
        shell_enter_trouble(shell, SHELL_FAILED, &err);
        end_session(shell);
        break;
    }
}
