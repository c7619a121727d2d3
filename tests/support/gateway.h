/*
 * A gateway for tests of a shell: boxd's SSH side in the test's own process, with one box. The program must
 * be linked with libboxd.
 */
#pragma once

#include "client/shell/shell.h"
#include "tests/boxd/ssh.h"

#include <stdint.h>

#define GATEWAY_BOX "current-wasp-05510"

struct gateway {
    struct ssh_server *server;
    char *key;
    char *folder;      /* holds all that follows, and the server's keys */
    char *box_folder;  /* where the box's shell starts */
    char *known_hosts; /* for the client; not there yet */
    uint16_t port;
};

/* Starts one that takes this key. Fails the test when it cannot be started. */
struct gateway *gateway_new(const char *key);

/* Ends all and removes the folder. NULL is fine. */
void gateway_free(struct gateway *gateway);

/* A shell that is open in the box. */
struct shell *gateway_shell(const struct gateway *gateway);

struct ssh_counters gateway_counters(const struct gateway *gateway);
