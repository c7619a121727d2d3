/*
 * Schedules at work: at each full minute the active ones whose cron expression matches start a run, unless
 * the one before is still under way or the box cannot work: then the minute counts as skipped.
 */
#pragma once

#include "tests/boxd/boxd.h"

/* Starts what is due in the minute of `wall_s` (a full minute). Store lock held. */
void schedules_tick(struct boxd *boxd, struct box *box, int64_t wall_s);
