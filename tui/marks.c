#include "tui/marks.h"

#include "client/base/mem.h"

#include <stdlib.h>
#include <string.h>

void marks_clear(struct marks *marks)
{
    for (size_t i = 0; i < marks->count; i++)
        free(marks->ids[i]);
    marks->count = 0;
}

void marks_done(struct marks *marks)
{
    marks_clear(marks);
    free(marks->ids);
    *marks = (struct marks){0};
}

static size_t find(const struct marks *marks, const char *id)
{
    size_t at = 0;
    while (at < marks->count && strcmp(marks->ids[at], id) != 0)
        at++;
    return at;
}

bool marks_has(const struct marks *marks, const char *id)
{
    return find(marks, id) < marks->count;
}

void marks_set(struct marks *marks, const char *id, bool on)
{
    size_t at = find(marks, id);
    if (on && at == marks->count) {
        marks->ids = mem_grow(marks->ids, &marks->room, marks->count + 1, sizeof *marks->ids);
        marks->ids[marks->count++] = mem_dup(id);
    } else if (!on && at < marks->count) {
        free(marks->ids[at]);
        marks->count--;
        memmove(marks->ids + at, marks->ids + at + 1, (marks->count - at) * sizeof *marks->ids);
    }
}
