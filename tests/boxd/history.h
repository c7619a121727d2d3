/*
 * Pasts that are made up: the boxes of --boxes get theirs when somebody first asks for it, so that 10,000 of
 * them cost little; and the lines of --log-rate are written when somebody looks at the log. What is made up
 * depends on the box's number only, so that a test sees the same each time.
 */
#pragma once

#include "tests/boxd/boxd.h"

/* Makes `count` plain boxes of every status, size and age. */
void history_add_boxes(struct boxd *boxd, long count);

/* Makes sure that runs and log of the box are there, up to now. */
void history_fill(struct boxd *boxd, struct box *box);

/* Adds an ended agent run of the past: it began `age_s` seconds ago and took `seconds`. */
struct run *history_add_run(struct boxd *boxd, struct box *box, int64_t age_s, int64_t seconds,
                            const char *prompt, const char *output, enum run_status status);

/* Adds `count` log lines spread over the last `age_s` seconds. */
void history_add_lines(struct box *box, uint32_t seed, int count, int64_t age_s);
