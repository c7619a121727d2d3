#include "client/shell/transport.h"

#include "client/base/buf.h"
#include "client/base/mem.h"

#include <assert.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

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

/* What libssh2 is to know of a call on the socket that failed. It reports an end that it meets inside a key
 * exchange as a fault of that, and a reset as "transport read"; so the end is remembered here. */
static ssize_t trouble(struct transport *transport)
{
    if (errno == EINTR || errno == EAGAIN)
        return -EAGAIN;
    transport->closed = true;
    return -errno;
}

/* The socket, seen by libssh2. A turn reads no more than it was given, whatever loop inside libssh2 asks. */
static ssize_t on_receive(libssh2_socket_t fd, void *bytes, size_t len, int flags, void **abstract)
{
    struct transport *transport = *abstract;
    if (transport->muted)
        return -ECONNRESET;
    if (transport->turn_left == 0)
        return -EAGAIN;
    size_t room = len < transport->turn_left ? len : transport->turn_left;
    ssize_t got = recv(fd, bytes, room, flags);
    if (got < 0) {
        transport->turn_left = 0;
        return trouble(transport);
    }
    if (got == 0)
        transport->closed = true;
    transport->received_ms = transport->now_ms;
    transport->received += (uint64_t)got;
    /* A short read has emptied the socket: libssh2 would ask three times more to see that. */
    transport->turn_left = got > 0 && (size_t)got < room ? 0 : transport->turn_left - (size_t)got;
    return got;
}

static ssize_t on_send(libssh2_socket_t fd, const void *bytes, size_t len, int flags, void **abstract)
{
    struct transport *transport = *abstract;
    if (transport->muted)
        return -ECONNRESET;
    ssize_t sent = send(fd, bytes, len, flags | MSG_NOSIGNAL);
    return sent < 0 ? trouble(transport) : sent;
}

static void on_disconnect(LIBSSH2_SESSION *session, int reason, const char *message, int message_len,
                          const char *language, int language_len, void **abstract)
{
    (void)session, (void)reason, (void)language, (void)language_len;
    struct transport *transport = *abstract;
    if (message != NULL && message_len > 0)
        snprintf(transport->farewell, sizeof transport->farewell, "%.*s",
                 message_len < 150 ? message_len : 150, message);
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

bool transport_library_init(void)
{
    unsigned char seed[32];
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int len;
    return libssh2_init(0) == 0 && OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CRYPTO_STRINGS, NULL) == 1 &&
           RAND_bytes(seed, sizeof seed) == 1 &&
           EVP_Digest(seed, sizeof seed, digest, &len, EVP_sha256(), NULL) == 1;
}

bool transport_list_has(const char *list, const char *name)
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
        if (len > 0 && transport_list_has(strong, item))
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

LIBSSH2_SESSION *transport_session(struct transport *transport, const char *host_key_types)
{
    LIBSSH2_SESSION *session = libssh2_session_init_ex(wiped_alloc, wiped_free, wiped_resize, transport);
    assert(session != NULL);
    libssh2_session_set_blocking(session, 0);
    set_callbacks(session);
    set_methods(session, host_key_types);
    return session;
}

void transport_end(struct transport *transport, LIBSSH2_SESSION *session)
{
    enum { TRIES = 16 };
    transport->muted = true;
    for (int i = 0; i < TRIES && libssh2_session_free(session) == LIBSSH2_ERROR_EAGAIN; i++)
        continue;
}
