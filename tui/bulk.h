/*
 * What is done to the marked boxes, or to the selected one when none is marked: pause, resume, delete. Each
 * asks first, naming the boxes; it remembers them by id, and leaves alone what changed between key and
 * answer.
 */
#pragma once

#include "tui/app.h"

/* Asks, then pauses those that can be paused; where the selected box is paused, resumes those that are. */
void bulk_pause_or_resume(struct app *app);

/* Deletes after the id (or "delete N boxes") was typed. */
void bulk_delete(struct app *app);
