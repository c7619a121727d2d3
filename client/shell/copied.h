/*
 * Text that a program in the box puts on the clipboard (OSC 52, xterm ctlseqs "Manipulate Selection Data"),
 * as plain text: what it may hold and how long it may be. The helper makes it, the console checks it again
 * and asks the operator; nothing is ever read back.
 */
#pragma once

#include "client/base/buf.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    COPIED_MAX = 100 << 10,                           /* bytes of text */
    COPIED_STRING_MAX = 16 + (COPIED_MAX + 2) / 3 * 4 /* of the sequence: "52;c;" and base64 */
};

/* Reads the string of an OSC: "52;TARGETS;BASE64". Appends the text, in which malformed UTF-8 is U+FFFD and a
 * control character other than newline and tab a space, so that pasting it does no more than typing it would.
 * False, with nothing appended, for another string, a question ("?"), malformed base64, no text, or too much.
 */
bool copied_read(struct buf *out, const char *string, size_t len);

/* Whether text is what copied_read makes. */
bool copied_is_plain(const char *text, size_t len);
