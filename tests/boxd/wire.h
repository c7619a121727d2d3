/*
 * The objects of the store as the JSON of box-api.md, with the faults of the request worked in: stamps in
 * milliseconds or shifted, status words nobody knows, items that do not parse.
 */
#pragma once

#include "tests/boxd/faults.h"
#include "tests/boxd/jsonw.h"
#include "tests/boxd/store.h"

/* A writer and the faults that bend what it writes. */
struct wire {
    struct jsonw w;
    const struct fault_hits *hits;
};

/* A stamp field: seconds, unless the faults say otherwise. A stamp of 0 is left out. */
void wire_stamp(struct wire *wire, const char *key, int64_t wall_ms);

/* Opens the list of `count` items that comes next. False when a fault wants null there: null was written, and
 * the list must be neither filled nor closed. */
bool wire_open_list(struct wire *wire);

/* To be called inside item `index` of `count`, before it is closed: breaks the middle one if a fault says so.
 */
void wire_break_item(struct wire *wire, size_t index, size_t count);

/* The objects; `index` and `count` say where in a list they stand (0 and 0: in none). */
void wire_box(struct wire *wire, const struct box *box, size_t index, size_t count);
void wire_run(struct wire *wire, const struct box *box, const struct run *run, size_t index, size_t count);
void wire_log_line(struct wire *wire, const struct boxlog_line *line, const char *box_id, size_t index,
                   size_t count);
void wire_snapshot(struct wire *wire, const struct snapshot *snapshot);
void wire_schedule(struct wire *wire, const struct box *box, const struct schedule *schedule);

/* The status word of a box, bent by the faults. */
const char *wire_status(const struct fault_hits *hits, const char *word);
