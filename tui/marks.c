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

/* Where the id stands, or would stand: a fleet of thousands can be marked with one key. */
static size_t find(const struct marks *marks, const char *id, bool *there)
{
    size_t low = 0, high = marks->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(marks->ids[middle], id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *there = low < marks->count && strcmp(marks->ids[low], id) == 0;
    return low;
}

bool marks_has(const struct marks *marks, const char *id)
{
    bool there;
    find(marks, id, &there);
    return there;
}

void marks_set(struct marks *marks, const char *id, bool on)
{
    bool there;
    size_t at = find(marks, id, &there);
    if (on == there)
        return;
    char **slot;
    if (on) {
        marks->ids = mem_grow(marks->ids, &marks->room, marks->count + 1, sizeof *marks->ids);
        slot = marks->ids + at;
        memmove(slot + 1, slot, (marks->count++ - at) * sizeof *slot);
        *slot = mem_dup(id);
    } else {
        slot = marks->ids + at;
        free(*slot);
        memmove(slot, slot + 1, (--marks->count - at) * sizeof *slot);
    }
}
