/*
 * What the service said last, as far as it saves work: digests by which an unchanged answer is known without
 * being decoded, and how far each box's log was read. Belongs to the client's thread.
 */
#pragma once

#include "client/model.h"
#include "client/poll/stitch.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The last list of boxes, or of deleted ones. */
struct list_memory {
    bool known; /* a whole list was read */
    size_t count;
    uint64_t *digests; /* of the items, in the list's order */
    char **ids;
};

/* One box. */
struct box_memory {
    char *id;
    bool runs_known;
    uint64_t runs_digest; /* of the whole answer */
    bool logs_known;
    uint64_t logs_digest; /* of the last page that brought nothing new, and of what it was for */
    bool reading;         /* a job uses the stitcher */
    struct stitch stitch;
    int64_t used_ms;
};

struct memory {
    struct list_memory lists[2]; /* active, deleted */
    struct box_memory **boxes;   /* sorted by id */
    size_t count, room;
};

struct memory *memory_new(void);
void memory_free(struct memory *memory);

/* Forgets everything: another key may show another account. */
void memory_clear(struct memory *memory);

/* Forgets a list, so that the next one counts as new. */
void memory_clear_list(struct list_memory *list);

/* What is known of a box; made when there is nothing. Lives until memory_prune or memory_clear. */
struct box_memory *memory_box(struct memory *memory, const char *id, int64_t now_ms);

/* Forgets boxes that were not used for five minutes. */
void memory_prune(struct memory *memory, int64_t now_ms);
