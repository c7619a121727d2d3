#include "tests/boxd/ssh_internal.h"

#include "client/base/mem.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEY_KINDS = 2, BACKLOG = 128 };

static const struct {
    enum ssh_keytypes_e type;
    int bits;
    const char *name, *file;
} key_kinds[KEY_KINDS] = {{SSH_KEYTYPE_ECDSA, 256, "ecdsa-sha2-nistp256", "ssh_host_ecdsa_key"},
                          {SSH_KEYTYPE_ED25519, 0, "ssh-ed25519", "ssh_host_ed25519_key"}};

struct ssh_server {
    struct ssh_server_options options; /* the strings are owned; faults behind the lock */
    char *fingerprints[KEY_KINDS];
    ssh_bind bind; /* the acceptor's: holds the host keys */
    int listener;
    int wake; /* an eventfd: readable once the server stops */
    uint16_t port;
    pthread_t acceptor;
    bool accepting;                     /* the acceptor runs */
    struct ssh_connection *connections; /* the acceptor's */
    atomic_uint_least64_t counts[SSH_COUNT_LAST];
    pthread_mutex_t lock; /* for what follows */
    struct ssh_faults faults;
    pid_t *strays;
    size_t stray_count;
    size_t stray_room;
};

void ssh_box_done(struct ssh_box *box)
{
    free(box->folder);
    for (char **assignment = box->env; assignment != NULL && *assignment != NULL; assignment++)
        free(*assignment);
    free(box->env);
    *box = (struct ssh_box){0};
}

/* --- what connections use --- */

void ssh_server_count(struct ssh_server *server, enum ssh_count what)
{
    atomic_fetch_add(&server->counts[what], 1);
}

bool ssh_server_admit(struct ssh_server *server, const char *user, const char *password, struct ssh_box *box,
                      struct err *err)
{
    if (strcmp(password, server->options.api_key) != 0)
        return false;
    struct ssh_box found = {0};
    if (!server->options.resolve(server->options.data, user, &found, err)) {
        ssh_box_done(&found);
        return false;
    }
    ssh_box_done(box);
    *box = found;
    return true;
}

void ssh_server_tell(struct ssh_server *server, const char *user, bool open)
{
    if (server->options.on_session != NULL)
        server->options.on_session(server->options.data, user, open);
}

void ssh_server_keep_stray(struct ssh_server *server, pid_t leader)
{
    pthread_mutex_lock(&server->lock);
    server->strays =
        mem_grow(server->strays, &server->stray_room, server->stray_count + 1, sizeof *server->strays);
    server->strays[server->stray_count++] = leader;
    pthread_mutex_unlock(&server->lock);
}

void ssh_server_counters(const struct ssh_server *server, struct ssh_counters *out)
{
    uint64_t counts[SSH_COUNT_LAST];
    for (size_t i = 0; i < SSH_COUNT_LAST; i++)
        counts[i] = atomic_load(&server->counts[i]);
    *out = (struct ssh_counters){
        .connections = counts[SSH_COUNT_CONNECTIONS],
        .auth_requests = counts[SSH_COUNT_AUTH_REQUESTS],
        .passwords = counts[SSH_COUNT_PASSWORDS],
        .logins = counts[SSH_COUNT_LOGINS],
        .refused = counts[SSH_COUNT_REFUSED],
        .shells = counts[SSH_COUNT_SHELLS],
        .forwards = counts[SSH_COUNT_FORWARDS],
        .open_shells = counts[SSH_COUNT_SHELLS] - counts[SSH_COUNT_ENDED],
    };
}

void ssh_server_set_faults(struct ssh_server *server, const struct ssh_faults *faults)
{
    pthread_mutex_lock(&server->lock);
    ssh_faults_done(&server->faults);
    ssh_faults_copy(&server->faults, faults);
    pthread_mutex_unlock(&server->lock);
}

/* --- host keys --- */

/* Loads a host key, or makes and keeps one; hands it to the bind and notes its fingerprint. */
static bool prepare_key(struct ssh_server *server, size_t kind, const char *path, struct err *err)
{
    ssh_key key = NULL;
    unsigned char *hash = NULL;
    size_t hash_len = 0;
    if (access(path, F_OK) != 0) {
        int rc = ssh_pki_generate(key_kinds[kind].type, key_kinds[kind].bits, &key);
        if (rc == SSH_OK)
            rc = ssh_pki_export_privkey_file(key, NULL, NULL, NULL, path);
        ssh_key_free(key);
        key = NULL;
        if (rc != SSH_OK || chmod(path, 0600) < 0)
            return err_set(err, ERR_LOCAL, errno, "The SSH host key %s could not be made", path);
    }
    bool loaded = ssh_pki_import_privkey_file(path, NULL, NULL, NULL, &key) == SSH_OK;
    if (loaded && ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &hash, &hash_len) == SSH_OK) {
        char *text = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, hash_len);
        server->fingerprints[kind] = mem_dup(text);
        ssh_string_free_char(text);
    }
    ssh_clean_pubkey_hash(&hash);
    ssh_key_free(key);
    if (!loaded || ssh_bind_options_set(server->bind, SSH_BIND_OPTIONS_HOSTKEY, path) != SSH_OK)
        return err_set(err, ERR_LOCAL, 0, "The SSH host key %s could not be loaded", path);
    return true;
}

static bool prepare_bind(struct ssh_server *server, struct err *err)
{
    bool no = false, all_well = true;
    server->bind = ssh_bind_new();
    if (server->bind == NULL)
        return err_set(err, ERR_LOCAL, 0, "libssh gave no server object");
    ssh_bind_options_set(server->bind, SSH_BIND_OPTIONS_PROCESS_CONFIG, &no);
    ssh_bind_options_set(server->bind, SSH_BIND_OPTIONS_BANNER, "boxd");
    if (mkdir(server->options.key_dir, 0700) < 0 && errno != EEXIST)
        return err_set(err, ERR_LOCAL, errno, "The folder %s for SSH host keys could not be made: %s",
                       server->options.key_dir, strerror(errno));
    for (size_t kind = 0; kind < KEY_KINDS && all_well; kind++) {
        char *path = mem_format("%s/%s", server->options.key_dir, key_kinds[kind].file);
        all_well = prepare_key(server, kind, path, err);
        free(path);
    }
    return all_well;
}

char *ssh_server_fingerprint(const struct ssh_server *server, const char *type)
{
    for (size_t kind = 0; kind < KEY_KINDS; kind++)
        if (strcmp(key_kinds[kind].name, type) == 0)
            return mem_dup(server->fingerprints[kind]);
    return NULL;
}

bool ssh_server_attach(struct ssh_server *server, ssh_session session, int fd)
{
    pthread_mutex_lock(&server->lock);
    int rc = ssh_bind_accept_fd(server->bind, session, fd);
    pthread_mutex_unlock(&server->lock);
    return rc == SSH_OK;
}

/* --- accepting --- */

static void connection_free(struct ssh_connection *connection)
{
    pthread_join(connection->thread, NULL);
    close(connection->fd);
    ssh_faults_done(&connection->faults);
    free(connection);
}

/* Joins the connections that are over; all of them, once they were told to stop. */
static void collect(struct ssh_server *server, bool all)
{
    for (struct ssh_connection **at = &server->connections; *at != NULL;) {
        struct ssh_connection *connection = *at;
        if (!all && !atomic_load(&connection->finished)) {
            at = &connection->next;
            continue;
        }
        *at = connection->next;
        connection_free(connection);
    }
}

static void start_connection(struct ssh_server *server, int fd)
{
    struct ssh_connection *connection = mem_zalloc(1, sizeof *connection);
    ssh_server_count(server, SSH_COUNT_CONNECTIONS);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    connection->server = server;
    connection->fd = fd;
    connection->relay_fd = -1;
    connection->wake = server->wake;
    pthread_mutex_lock(&server->lock);
    ssh_faults_copy(&connection->faults, &server->faults);
    pthread_mutex_unlock(&server->lock);
    if (pthread_create(&connection->thread, NULL, ssh_connection_run, connection) != 0) {
        close(fd);
        ssh_faults_done(&connection->faults);
        free(connection);
        return;
    }
    connection->next = server->connections;
    server->connections = connection;
}

static void *accept_all(void *argument)
{
    struct ssh_server *server = argument;
    for (;;) {
        struct pollfd fds[] = {{.fd = server->wake, .events = POLLIN},
                               {.fd = server->listener, .events = POLLIN}};
        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            break;
        if (fds[0].revents != 0)
            break;
        collect(server, false);
        int fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0)
            start_connection(server, fd);
        else if (errno == EMFILE || errno == ENFILE)
            poll(fds, 1, 100); /* until a connection ends; spinning would not help */
    }
    collect(server, true);
    return NULL;
}

/* --- life --- */

/* Fills a socket address; false when it is not loopback. */
static bool loopback_address(const char *text, uint16_t port, struct sockaddr_storage *out, socklen_t *len)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1 && ntohl(v4.sin_addr.s_addr) >> 24 == 127) {
        memcpy(out, &v4, sizeof v4);
        *len = sizeof v4;
        return true;
    }
    if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1 && IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr)) {
        memcpy(out, &v6, sizeof v6);
        *len = sizeof v6;
        return true;
    }
    return false;
}

static bool start_listening(struct ssh_server *server, struct err *err)
{
    struct sockaddr_storage address = {0};
    socklen_t len;
    if (!loopback_address(server->options.address, server->options.port, &address, &len))
        return err_set(err, ERR_USAGE, 0, "boxd listens for SSH on loopback only, and %s is not",
                       server->options.address);
    server->listener = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (server->listener >= 0)
        setsockopt(server->listener, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (server->listener < 0 || bind(server->listener, (struct sockaddr *)&address, len) < 0 ||
        listen(server->listener, BACKLOG) < 0 ||
        getsockname(server->listener, (struct sockaddr *)&address, &len) < 0)
        return err_set(err, ERR_LOCAL, errno, "boxd cannot listen for SSH on %s port %d: %s",
                       server->options.address, server->options.port, strerror(errno));
    in_port_t port = address.ss_family == AF_INET ? ((struct sockaddr_in *)&address)->sin_port
                                                  : ((struct sockaddr_in6 *)&address)->sin6_port;
    server->port = ntohs(port);
    return true;
}

struct ssh_server *ssh_server_new(const struct ssh_server_options *options, struct err *err)
{
    assert(options->resolve != NULL && options->api_key != NULL && options->key_dir != NULL);
    struct ssh_server *server = mem_zalloc(1, sizeof *server);
    server->options = *options;
    server->options.address = mem_dup(options->address);
    server->options.api_key = mem_dup(options->api_key);
    server->options.key_dir = mem_dup(options->key_dir);
    ssh_faults_copy(&server->faults, &options->faults);
    server->options.faults = (struct ssh_faults){0};
    pthread_mutex_init(&server->lock, NULL);
    server->listener = -1;
    server->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (!prepare_bind(server, err) || !start_listening(server, err))
        goto failed;
    if (server->wake < 0 || pthread_create(&server->acceptor, NULL, accept_all, server) != 0) {
        err_set(err, ERR_LOCAL, errno, "The SSH side of boxd could not start its thread");
        goto failed;
    }
    server->accepting = true;
    return server;
failed:
    ssh_server_free(server);
    return NULL;
}

void ssh_server_free(struct ssh_server *server)
{
    if (server == NULL)
        return;
    if (server->accepting) {
        eventfd_write(server->wake, 1);
        pthread_join(server->acceptor, NULL);
    }
    for (size_t i = 0; i < server->stray_count; i++)
        ssh_child_end_stray(server->strays[i]);
    free(server->strays);
    if (server->listener >= 0)
        close(server->listener);
    if (server->wake >= 0)
        close(server->wake);
    if (server->bind != NULL)
        ssh_bind_free(server->bind);
    for (size_t kind = 0; kind < KEY_KINDS; kind++)
        free(server->fingerprints[kind]);
    ssh_faults_done(&server->faults);
    pthread_mutex_destroy(&server->lock);
    free((char *)server->options.address);
    free((char *)server->options.api_key);
    free((char *)server->options.key_dir);
    free(server);
}

uint16_t ssh_server_port(const struct ssh_server *server)
{
    return server->port;
}
