/*
 * The help: every action with its keys, as they are bound now.
 */
#pragma once

#include "tui/app.h"

/* Puts it up. */
void help_open(struct app *app);
