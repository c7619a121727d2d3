/*
 * OSC 52: the escape sequence that puts text on the clipboard of the operator's terminal, also over SSH. tmux
 * and screen pass it on only when it is wrapped (tmux FAQ; screen keeps 768 bytes of a string at most, so it
 * gets pieces).
 */
#pragma once

#include "client/base/buf.h"

#include <stdbool.h>
#include <stddef.h>

enum clipboard_wrap { CLIPBOARD_PLAIN, CLIPBOARD_TMUX, CLIPBOARD_SCREEN };

/* What stands between us and the terminal; both may be NULL. */
enum clipboard_wrap clipboard_wrap_for(const char *tmux, const char *term);

/* Appends the sequence for `text`. False, with nothing appended, when it does not fit. */
bool clipboard_encode(struct buf *out, const char *text, size_t len, enum clipboard_wrap wrap);
