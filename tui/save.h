/*
 * Writing lines to a file of the operator's choice: 0600, `~/` understood, errors kept until the end. The
 * lines go to a file beside it first, so that what has the name is whole, and giving up leaves nothing.
 */
#pragma once

#include "client/base/err.h"

#include <stdbool.h>

struct save;

/* Whether there is something of that name. */
bool save_exists(const char *path);

/* Begins a file. It takes the place of one that is there only with `replace`. NULL with *err set when it
 * cannot be made, or is not to be replaced. */
struct save *save_open(const char *path, bool replace, struct err *err);

void save_text(struct save *save, const char *text);
void save_format(struct save *save, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Ends the file and gives it its name. False with *err set, and nothing left, when anything was not written.
 * Frees. */
bool save_close(struct save *save, struct err *err);

/* Gives it up. NULL is fine. */
void save_drop(struct save *save);
