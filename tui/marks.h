/*
 * The boxes the operator marked, by id.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct marks {
    char **ids; /* owned, in their order */
    size_t count, room;
};

void marks_done(struct marks *marks);

bool marks_has(const struct marks *marks, const char *id);

/* Marks or unmarks a box. */
void marks_set(struct marks *marks, const char *id, bool on);

/* Unmarks all. */
void marks_clear(struct marks *marks);
