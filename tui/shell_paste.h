/*
 * Pasting into a shell: several lines into a program that did not ask for brackets would run at once, so the
 * operator is asked first.
 */
#pragma once

#include <stddef.h>

struct app;
struct shell;

/* Pastes into an open shell, at once or after a question; says what cannot be pasted. */
void shell_paste_into(struct app *app, struct shell *shell, const char *text, size_t len);
