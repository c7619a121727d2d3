#include "client/api/memory.h"

#include <stdlib.h>
#include <string.h>

#include "client/base/mem.h"

enum { UNUSED_MS = 5 * 60 * 1000 };

struct memory *memory_new(void)
{
    return mem_zalloc(1, sizeof(struct memory));
}

void memory_clear_list(struct list_memory *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->ids[i]);
    free(list->ids);
    free(list->digests);
    *list = (struct list_memory){0};
}

static void box_free(struct box_memory *box)
{
    stitch_done(&box->stitch);
    free(box->id);
    free(box);
}

void memory_clear(struct memory *memory)
{
    memory_clear_list(&memory->lists[0]);
    memory_clear_list(&memory->lists[1]);
    for (size_t i = 0; i < memory->count; i++)
        box_free(memory->boxes[i]);
    memory->count = 0;
}

void memory_free(struct memory *memory)
{
    if (memory == NULL)
        return;
    memory_clear(memory);
    free(memory->boxes);
    free(memory);
}

/* Where a box stands, or would. */
static size_t place_of(const struct memory *memory, const char *id)
{
    size_t low = 0, high = memory->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(memory->boxes[middle]->id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct box_memory *memory_box(struct memory *memory, const char *id, int64_t now_ms)
{
    size_t at = place_of(memory, id);
    if (at == memory->count || strcmp(memory->boxes[at]->id, id) != 0) {
        struct box_memory *box = mem_zalloc(1, sizeof *box);
        box->id = mem_dup(id);
        stitch_init(&box->stitch);
        memory->boxes = mem_grow(memory->boxes, &memory->room, memory->count + 1, sizeof *memory->boxes);
        memmove(memory->boxes + at + 1, memory->boxes + at, (memory->count - at) * sizeof *memory->boxes);
        memory->boxes[at] = box;
        memory->count++;
    }
    memory->boxes[at]->used_ms = now_ms;
    return memory->boxes[at];
}

void memory_prune(struct memory *memory, int64_t now_ms)
{
    size_t kept = 0;
    for (size_t i = 0; i < memory->count; i++) {
        if (now_ms - memory->boxes[i]->used_ms < UNUSED_MS)
            memory->boxes[kept++] = memory->boxes[i];
        else
            box_free(memory->boxes[i]);
    }
    memory->count = kept;
}
