/*
 * Host keys and known_hosts files, read as OpenSSH reads them (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"): plain
 * and hashed names, patterns, negation, [host]:port, comma lists, comments, @revoked, @cert-authority. Used
 * by the console; libssh2's own reader is not (stack.md section 3). Where the verdict is not OpenSSH's it is
 * stricter.
 */
#pragma once

#include "client/base/buf.h"
#include "client/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HOSTKEY_TYPE_MAX = 64, HOSTKEY_FINGERPRINT_MAX = 64, HOSTKEY_FILE_MAX = 16 << 20 };

/* A public key as it travels (RFC 4253 6.6). */
struct hostkey {
    const uint8_t *blob;
    size_t len;
};

enum hostkey_verdict {
    HOSTKEY_UNKNOWN,   /* no line for this host */
    HOSTKEY_MATCH,     /* a line has this key */
    HOSTKEY_CHANGED,   /* lines for this host, none with this key */
    HOSTKEY_REVOKED,   /* a matching @revoked line has this key */
    HOSTKEY_AUTHORITY, /* only a @cert-authority line: certificates are not supported here */
};

/* What was found, over all the files read so far. */
struct hostkey_finding {
    enum hostkey_verdict verdict;
    char *file;                                /* where the verdict comes from; owned; NULL when UNKNOWN */
    size_t line;                               /* from 1 */
    char type[HOSTKEY_TYPE_MAX];               /* of the key on that line */
    char fingerprint[HOSTKEY_FINGERPRINT_MAX]; /* of the key on that line */
    char known_types[256];                     /* types of all keys of this host, with commas, in order */
    size_t skipped;                            /* lines for this host that could not be read */
};

struct hostkey_place {
    const char *host;
    int port;
};

void hostkey_finding_done(struct hostkey_finding *finding);

/* Reads one known_hosts text (with `file` as its name in the finding) and merges what it says about the key
 * (its blob may be NULL: then only known_types is filled) into *finding, which starts zeroed. */
void hostkey_read(struct hostkey_finding *finding, const char *text, size_t len, const char *file,
                  const struct hostkey_place *place, const struct hostkey *key);

/* As hostkey_read for a file. A file that is not there counts as empty. False with *err set when it is there
 * and cannot be read, is no regular file, or is larger than HOSTKEY_FILE_MAX. */
bool hostkey_read_file(struct hostkey_finding *finding, const char *file, const struct hostkey_place *place,
                       const struct hostkey *key, struct err *err);

/* Once all files are read: like ssh, a key that is unknown for [host]:port is accepted when the same files
 * hold it for the plain host name. `plain` is the finding for port 22. */
enum hostkey_verdict hostkey_judge(const struct hostkey_finding *finding,
                                   const struct hostkey_finding *plain);

/* Whether the blob is a public key of a type that OpenSSH knows; *type gets its name. */
bool hostkey_parse(const struct hostkey *key, char type[HOSTKEY_TYPE_MAX]);

/* SHA256:... as ssh-keygen -l prints it. */
void hostkey_fingerprint(const struct hostkey *key, char out[HOSTKEY_FINGERPRINT_MAX]);

/* Appends a line for the key. The file is created 0600 (its folder 0700) when it is not there, locked, synced
 * to the disk; a last line without its newline gets one first. Nothing that stands in it is changed. */
bool hostkey_append(const char *file, const struct hostkey_place *place, const struct hostkey *key,
                    struct err *err);
