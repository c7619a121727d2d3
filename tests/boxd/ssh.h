/*
 * The SSH side of boxd: user = box id, password = API key, a real shell on a pty in the box's folder,
 * commands, and forwards to loopback ports (box-api.md section 6). Built on libssh's server side.
 *
 * One thread accepts, each connection has a thread of its own: the two callbacks below stay plain function
 * calls, and boxd's state needs no second home in another process. A shell or command is a child in its own
 * session, started with nothing between fork and exec that a threaded program must not do. What a client can
 * break is its own connection.
 */
#pragma once

#include "client/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ssh_server;

/* What a login gives access to. Filled by `resolve`; the server frees it with ssh_box_done. */
struct ssh_box {
    char *folder; /* working folder and HOME of every shell, owned */
    char **env;   /* NAME=VALUE, NULL at the end; owned, each too; NULL for none. Wins over the defaults */
};

/* Frees what a box owns. A zeroed struct is fine. */
void ssh_box_done(struct ssh_box *box);

/* Misbehaviour for the tests of clients; all zero is a well-behaved server. Those of the first group happen
 * instead of an SSH session. */
struct ssh_faults {
    bool silent;              /* accepts and says nothing */
    bool endless_banner;      /* lines that are no version line, for as long as the client reads */
    const char *version_line; /* this, CR LF, and silence: "SSH-1.5-old", "HTTP/1.1 400" */

    const char *greeting;    /* raw bytes before the version line (RFC 4253, 4.2 allows lines there) */
    const char *auth_banner; /* SSH_MSG_USERAUTH_BANNER before the first answer to a login (RFC 4252, 5.4) */
    size_t close_after;      /* cuts the connection after this many bytes to the client; 0 never */
    bool publickey_only;     /* offers publickey, which never succeeds */
    bool interactive_only;   /* offers keyboard-interactive, and no password */
    bool refuse_logins;      /* refuses every password, as a gateway does whose box is not up yet */
};

/* Everything since the start. */
struct ssh_counters {
    uint64_t connections;   /* accepted */
    uint64_t auth_requests; /* SSH_MSG_USERAUTH_REQUEST of any method, the harmless "none" included */
    uint64_t passwords;     /* of those, password requests; and answers to a keyboard-interactive prompt: each
                               is an API key that left the client */
    uint64_t logins;        /* successful */
    uint64_t refused;       /* passwords that did not open the box */
    uint64_t shells;        /* shells and commands started */
    uint64_t forwards;      /* direct-tcpip channels opened */
    uint64_t open_shells;   /* running now */
};

struct ssh_server_options {
    const char *address; /* loopback literal: 127.0.0.0/8 or ::1 */
    uint16_t port;       /* 0 for any */
    const char *api_key; /* the password of every box */
    const char *key_dir; /* holds ssh_host_ed25519_key and ssh_host_ecdsa_key; both, and the folder, are made
                            when absent */
    struct ssh_faults faults; /* its strings are copied */

    void *data; /* handed to the callbacks, which run on the connections' threads, several at once */

    /* Looks up a box after the key was found right. False refuses the login with a sentence in *err, which
     * the client is shown. Must be set. */
    bool (*resolve)(void *data, const char *box_id, struct ssh_box *out, struct err *err);

    /* A shell or command of a box began (true) or ended (false). May be NULL. */
    void (*on_session)(void *data, const char *box_id, bool open);
};

/* Starts to listen; the options may go once it returns. NULL with *err set: an address that is not loopback,
 * a port in use, host keys that cannot be made. The process should ignore SIGPIPE. */
struct ssh_server *ssh_server_new(const struct ssh_server_options *options, struct err *err);

/* Stops listening, ends every connection and every process of every session (also those that a closed shell
 * left behind in its session), and waits for it: a second at most per shell that ignores SIGHUP. No callback
 * runs after it. NULL is fine. */
void ssh_server_free(struct ssh_server *server);

/* The port it listens on. */
uint16_t ssh_server_port(const struct ssh_server *server);

/* Copies the counters; from any thread. */
void ssh_server_counters(const struct ssh_server *server, struct ssh_counters *out);

/* Faults for connections accepted from now on; from any thread. The strings are copied. */
void ssh_server_set_faults(struct ssh_server *server, const struct ssh_faults *faults);

/* The SHA256 fingerprint of a host key as OpenSSH prints it ("SHA256:..."), `type` being "ssh-ed25519" or
 * "ecdsa-sha2-nistp256". The caller frees it; NULL for another type. */
char *ssh_server_fingerprint(const struct ssh_server *server, const char *type);
