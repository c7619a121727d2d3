/*
 * The form that makes a box, in the Console's three steps: the box, its agent, its repository. Each field is
 * checked as typed; Back and Cancel work anywhere; nothing is sent before the last button.
 */
#pragma once

struct app;

/* Puts the form up. */
void create_open(struct app *app);
