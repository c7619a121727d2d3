/*
 * A file in the operator's pager. The pager has the terminal, the console's loop goes on without it: events
 * are applied, shells stay alive, nothing is drawn and no key is read until the pager has ended.
 *
 * The pager belongs to the console's process group, so that Ctrl-z stops the two as one job of the calling
 * shell. A pager that is stopped alone is set going again: nobody else could.
 */
#pragma once

#include "client/base/err.h"
#include "tui/term.h"

#include <stdbool.h>

struct pager;

/* Hands the terminal over to $PAGER (default: less) on a file; its environment holds no API key. Takes the
 * file: it is removed when the pager has ended, or was not started. NULL with *err set and the terminal
 * taken back when it cannot be started. */
struct pager *pager_start(struct term *term, const char *path, struct err *err);

/* Readable when the pager has ended; -1 where the system has no such descriptor: pager_is_over then is to be
 * asked every PAGER_LOOK_MS, as for a pager that was stopped. */
int pager_fd(const struct pager *pager);

enum { PAGER_LOOK_MS = 200 };

/* Whether the pager has ended. When Ctrl-z has stopped it the console stops here too; both go on together. */
bool pager_is_over(struct pager *pager);

/* Ends the pager if it still runs, takes the terminal back (draw all afterwards) and frees. False with *err
 * set when the pager could not be run or failed. NULL is fine: true. */
bool pager_end(struct pager *pager, struct err *err);
