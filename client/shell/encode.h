/*
 * What the operator does, as bytes for the program in the box: what xterm sends for TERM=xterm-256color in
 * the modes that the program has set, and in the forms of keyboard.h when it asked for those. libvterm's own
 * encoder is not used: it sends CSI u forms for Ctrl-I and Shift-Enter to all, which plain shells do not
 * know.
 */
#pragma once

#include "client/base/buf.h"
#include "client/base/key.h"
#include "client/shell/modes.h"

#include <stddef.h>

/* Appends the bytes of a key; nothing for a key that has none. */
void encode_key(struct buf *out, const struct modes *modes, struct key key);

/* Appends a mouse report when the program asked for this kind. Rows and columns must lie on the screen; in
 * the form without 1006 those past 222 cannot be said and are not. */
void encode_mouse(struct buf *out, const struct modes *modes, const struct mouse *mouse);

/*
 * Appends pasted text: newlines (LF, CR LF) as CR, other control characters, DEL and C1 as spaces, so that
 * nothing in it acts as a key or ends the bracket. In brackets when the program asked for them. False, with
 * nothing appended, when it does not fit.
 */
bool encode_paste(struct buf *out, const struct modes *modes, const char *text, size_t len);

/* Appends a focus report when the program asked for them. */
void encode_focus(struct buf *out, const struct modes *modes, bool focused);
