/*
 * Work for a box: run a command, ask its agent, start a run again, cancel one. What costs money says so
 * first.
 */
#pragma once

#include "tui/app.h"

/* Asks for a command (REQUEST_EXEC) or a prompt (REQUEST_RUN) for the selected box, then starts it as a job.
 */
void run_acts_ask(struct app *app, enum request_kind kind);

/* Starts a job again with the same words. */
void run_acts_again(struct app *app, const struct job *job);

/* Starts a new run with the prompt of another one of the selected box, after asking: it costs money. A
 * command is put up to be edited first: the record keeps its words, but not the quotes between them. */
void run_acts_repeat(struct app *app, const struct run *run);

/* Asks whether a run of the selected box is to be cancelled. */
void run_acts_cancel(struct app *app, const char *run_id);
