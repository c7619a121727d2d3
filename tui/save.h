/*
 * Writing lines to a file of the operator's choice: a new file (never over an old one), 0600, `~/`
 * understood, errors kept until the end.
 */
#pragma once

#include "client/base/err.h"

#include <stdbool.h>

struct save;

/* Opens a new file. NULL with *err set when it exists already or cannot be made. */
struct save *save_open(const char *path, struct err *err);

void save_text(struct save *save, const char *text);
void save_format(struct save *save, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Ends the file. False with *err set when anything was not written; the rest of the file stays. */
bool save_close(struct save *save, struct err *err);
