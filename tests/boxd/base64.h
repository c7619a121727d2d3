/*
 * Base64 (RFC 4648 section 4).
 */
#pragma once

#include "client/base/buf.h"

#include <stdbool.h>
#include <stddef.h>

/* Appends the bytes that the text stands for; line ends are skipped. False when it is malformed. */
bool base64_decode(const char *text, size_t len, struct buf *out);

/* Appends the text of the bytes. False when the buffer's cap is passed. */
bool base64_encode(const void *bytes, size_t len, struct buf *out);
