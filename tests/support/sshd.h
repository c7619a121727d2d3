/*
 * A real OpenSSH sshd on a free loopback port for one test: user = box id, password = API key, without a
 * change to this machine's accounts (nss_wrapper and pam_wrapper stand in for them). The judge of what
 * boxtop's shell does against a server that is not ours. Works as root and as an ordinary user.
 */
#pragma once

#include "client/base/err.h"

#include <stdint.h>

struct sshd;

struct sshd_options {
    const char *box_id;           /* the user */
    const char *api_key;          /* the password, without ':' */
    const char *const *key_types; /* "ed25519", "ecdsa", "rsa", NULL at the end; NULL: first two */
    const char *const *config;    /* lines for sshd_config that win over ours, NULL at the end; NULL
                                     for none: "RekeyLimit 256K", "PasswordAuthentication no" */
};

/*
 * Starts sshd and waits until it answers. NULL with *err set: of kind ERR_NOT_FOUND when sshd, ssh-keygen or
 * a wrapper is not installed (the test should skip, with err.text as the reason), of another kind when it
 * failed (err.text has the end of its log).
 */
struct sshd *sshd_start(const struct sshd_options *options, struct err *err);

/* Ends sshd, its connections and their shells; removes its folder. NULL is fine. */
void sshd_stop(struct sshd *sshd);

uint16_t sshd_port(const struct sshd *sshd);

/* The box's folder: HOME of its shells. Valid until sshd_stop. */
const char *sshd_home(const struct sshd *sshd);

/* The public half of a host key, "ssh-ed25519 AAAA...": what follows the host name in known_hosts. `type` as
 * in the options. The caller frees it; NULL when sshd has no such key. */
char *sshd_host_key(const struct sshd *sshd, const char *type);

/* All that sshd has logged so far. The caller frees it. */
char *sshd_log(const struct sshd *sshd);
