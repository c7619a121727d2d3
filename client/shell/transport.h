/*
 * libssh2's view of the world, for session.c: memory that is wiped when it is freed, a socket of which a turn
 * reads only so much, and the algorithms it may agree to.
 */
#pragma once

#include <libssh2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The socket and what is known of it. libssh2 holds a pointer to it. */
struct transport {
    int fd;
    bool muted;          /* being freed: no byte more in or out */
    bool closed;         /* the socket's end was read, or it failed */
    int64_t now_ms;      /* of this turn; set by the owner */
    size_t turn_left;    /* bytes that may still be read this turn, 0 once none are left; set by the owner */
    int64_t received_ms; /* when the last byte came */
    uint64_t received;   /* bytes since the start */
    char farewell[160];  /* the server's reason for a disconnect, as it sent it */
};

/* Initialises libssh2 and libcrypto, which read files and the environment. */
bool transport_library_init(void);

/* A non-blocking session over the transport, restricted to the sets of safety.md section 2; of
 * `host_key_types` (with commas) those that are strong are asked for first. */
LIBSSH2_SESSION *transport_session(struct transport *transport, const char *host_key_types);

/* Frees the session without waiting: from here on it meets a dead socket. */
void transport_end(struct transport *transport, LIBSSH2_SESSION *session);

/* Whether a list with commas, as SSH writes them (RFC 4251 5), has the name. */
bool transport_list_has(const char *list, const char *name);
