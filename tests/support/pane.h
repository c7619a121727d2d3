/*
 * A shell (client/shell/shell.h) as a test drives it: connect, type, wait for a picture. Every wait has a
 * deadline and polls the shell's own descriptor, as the console does. The test program itself serves as the
 * helper: its main calls pane_helper first.
 */
#pragma once

#include "client/shell/shell.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PANE_LIMIT_MS = 20000 };

/* Becomes the helper, and does not return, when the program was started as one. */
void pane_helper(int argc, char **argv);

/* A shell for the box at 127.0.0.1:port with a picture of 80x24; `known_hosts` is its own file. Fails the
 * test when it cannot be started. */
struct shell *pane_new(const char *box_id, uint16_t port, const char *known_hosts);

/* Connects to 127.0.0.1:port and hands the socket and the key over; a shell that was over starts again. */
void pane_connect(struct shell *shell, uint16_t port, const char *key);

/* Steps until the condition holds; false after limit_ms. */
bool pane_wait(struct shell *shell, bool (*done)(const struct shell *shell, const void *data),
               const void *data, int limit_ms);

/* Steps until the phase is there; fails the test, with the shell's sentence, after PANE_LIMIT_MS. */
void pane_wait_phase(struct shell *shell, enum shell_phase phase);

/* Steps until the picture holds the text in one row; fails the test, with the picture, after PANE_LIMIT_MS.
 */
void pane_wait_text(struct shell *shell, const char *text);

/* Accepts the host key if it is asked for, and waits until the shell is open. */
void pane_open(struct shell *shell, uint16_t port, const char *key);

/* Types printable ASCII; \n is Enter. */
void pane_type(struct shell *shell, const char *text);

/* The picture as lines without trailing blanks; what is not ASCII as '?'. The caller frees it. */
char *pane_text(const struct shell *shell);
