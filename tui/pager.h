/*
 * A file in the operator's pager: the terminal is handed over until the pager ends.
 */
#pragma once

#include "client/base/err.h"
#include "tui/term.h"

#include <stdbool.h>

/* Runs $PAGER (default: less) on a file and waits for its end; draw all afterwards. The environment of the
 * pager holds no API key. False with *err set when it cannot be run or fails. */
bool pager_run(struct term *term, const char *path, struct err *err);
