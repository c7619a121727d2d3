/*
 * tmux beside the emulator: the same bytes, and what it shows for them, cell by cell. The server is our own
 * (its socket is in a folder of the test) and gone at the end.
 *
 * What tmux shows is read with `capture-pane -e`: text and SGR. It leaves out blank cells at the end of a row
 * that only an erase has coloured; and it is our emulator that reads it, so an attribute that we do not have
 * (blinking, an underline's colour) is not compared.
 */
#pragma once

#include "client/shell/emulator.h"

#include <stddef.h>

struct peer;

/* A server without a pane; NULL when tmux cannot be started. */
struct peer *peer_new(void);

/* NULL is fine. */
void peer_free(struct peer *peer);

/* Gives a fresh pane of this size the bytes, and waits until they have been read. Returns what is on it, as
 * an emulator of the same size and with the cursor where tmux has it (a cursor that waits behind the last
 * column is on it); the caller frees it. Fails the test when tmux does not answer. */
struct emulator *peer_show(struct peer *peer, const char *bytes, size_t len, int cols, int rows);
