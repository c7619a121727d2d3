/*
 * What an operator can do to boxes. Here: open a shell, take a snapshot, copy; the rest is handed on to
 * bulk.h, run_acts.h, create.h and auth.h. What asks first remembers the box by id, and refuses when it
 * changed between the key and the answer.
 */
#pragma once

#include "tui/app.h"

#include <stdbool.h>

/* Carries out an action of the app that is about boxes. Unknown ones are ignored. */
void box_acts_run(struct app *app, enum action action);

/* Says how a request ended that no shell and no job waits for. */
void box_acts_reply(struct app *app, const struct event *event);

/* Gives up on what runs for the selected box, or the newest request. False when nothing runs. */
bool box_acts_cancel(struct app *app);
