/*
 * The help: every action with its keys, as they are bound now; with --read-only, without those that change
 * anything.
 */
#pragma once

#include "tui/app.h"

/* Puts it up. */
void help_open(struct app *app);
