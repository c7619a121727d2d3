/*
 * The list of the shells of this session: where each stands, how old it is, when something last came from it,
 * and whether that was seen. Enter shows one, X ends one.
 */
#pragma once

struct app;

/* Puts the list on top; a note when there is no shell. */
void shell_list_open(struct app *app);
