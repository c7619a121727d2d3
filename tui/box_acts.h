/*
 * What an operator can do to boxes: pause, resume, delete, open a shell, run a command, ask the agent. Each
 * asks first where ux.md says so, remembers the box by id, and refuses when the box changed between the key
 * and the answer.
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

/* Shows every key. */
void box_acts_help(struct app *app);

/* Starts a job again with the same words. */
void box_acts_again(struct app *app, const struct job *job);

/* Starts a new run with the prompt of another one of the selected box, after asking: it costs money. A
 * command is put up to be edited first: the record keeps its words, but not the quotes between them. */
void box_acts_run_again(struct app *app, const struct run *run);

/* Asks whether a run of the selected box is to be cancelled. */
void box_acts_cancel_run(struct app *app, const char *run_id);

/* Asks for an API key (hidden), and whether to keep it. */
void box_acts_ask_key(struct app *app, const char *why);
