/*
 * The small languages inside a known_hosts line: name lists, patterns, hashed names, base64. Separate from
 * hostkey.c so that each can be read on its own; the rules are those of OpenSSH's match.c and hostfile.c.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether the names field of a line (one hashed name, or patterns with commas of which none with a `!` may
 * match) is for `name`, which is in lower case. */
bool hostkey_names_match(const char *names, size_t len, const char *name);

/* Decodes base64 with its padding, nothing else allowed inside. A block the caller frees; NULL when it is
 * none or empty. */
uint8_t *hostkey_base64(const char *text, size_t len, size_t *out_len);
