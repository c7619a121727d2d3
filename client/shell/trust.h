/*
 * What the known_hosts files together say about a server, as a decision and a sentence. The console's half of
 * the host key check: the helper only passes the key on.
 */
#pragma once

#include "client/base/err.h"
#include "client/shell/hostkey.h"

#include <stdbool.h>
#include <stddef.h>

struct trust_files {
    const char *own;           /* read and appended to; must be readable when it is there */
    const char *const *others; /* read only; one that cannot be read counts as empty, as for ssh */
    size_t other_count;
};

enum trust { TRUST_YES, TRUST_ASK, TRUST_NO };

/* Judges the server's key. TRUST_NO sets *err to a sentence that names file, line, both fingerprints and the
 * way out; nothing the operator answers may turn it into a yes. */
enum trust trust_judge(const struct trust_files *files, const struct hostkey_place *place,
                       const struct hostkey *key, struct err *err);

/* The types of the keys known for the server, in order and with commas, for the helper to ask for first. */
void trust_known_types(const struct trust_files *files, const struct hostkey_place *place, char *out,
                       size_t size);
