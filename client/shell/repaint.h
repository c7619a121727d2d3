/*
 * The screen of an emulator as the bytes that draw it: where a recording that starts in the middle of
 * a session begins.
 */
#pragma once

#include "client/base/buf.h"
#include "client/shell/emulator.h"

/* Appends bytes that give a fresh terminal of the same size this one's live rows, cursor and alternate
 * screen. The pen and the other modes are not among them. False when the buffer's cap would be passed. */
bool repaint(const struct emulator *emulator, struct buf *out);
