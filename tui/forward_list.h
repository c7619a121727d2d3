/*
 * The forwards of a box's shell, as an overlay: open one with a form, see what goes through, close one.
 */
#pragma once

struct app;

/* For the selected box: the list, or at once the form when there is none yet. A note when no shell is open,
 * for forwards go through it. */
void forward_list_open(struct app *app);
