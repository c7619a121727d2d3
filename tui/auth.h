/*
 * The API key, as the operator gives it.
 */
#pragma once

#include "tui/app.h"

/* Asks for an API key (hidden), and whether to keep it. `why`, shown first, may be NULL. */
void auth_ask(struct app *app, const char *why);

/* Reads the key again where it came from; asks for another when that gives none. */
void auth_again(struct app *app);
