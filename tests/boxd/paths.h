/*
 * Paths inside a box and where they are on this machine. /workspace/home is the folder BOX/home, every other
 * absolute path lies below BOX/root. Relative paths start at /workspace/home. `.` and `..` are worked out
 * before that, so no path leaves the folder of its box. This keeps honest clients apart; it is no wall, since
 * commands run as the user of boxd.
 */
#pragma once

#include "tests/boxd/boxd.h"

/* The absolute path inside the box, e.g. "/workspace/home/a". The caller frees it. */
char *paths_inside(const char *path);

/* The path on this machine of a path inside the box; NULL or "" is /workspace/home. The caller frees it. */
char *paths_host(const struct boxd *boxd, const struct box *box, const char *path);

/* The text with each /workspace/home replaced by the box's home on this machine, so that commands which name
 * it find it. The caller frees it. */
char *paths_translate(const struct boxd *boxd, const struct box *box, const char *text);

/* Makes the folders above a path on this machine. False with *err set when that fails. */
bool paths_make_parents(const char *host_path, struct err *err);
