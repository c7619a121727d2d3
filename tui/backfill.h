/*
 * Runs of boxes that nobody has looked at: a run that failed in the night, and what a day has cost, are known
 * only when its box was asked. One box is asked at a time and slowly, the one where something happened last
 * first; from then on the poller sees when something happens in it.
 */
#pragma once

#include "tui/app.h"

/* Asks for the runs of the next box if its time has come (app_options.fill_ms): of those with a sign of life
 * within a day; of all others too while the page about money is on screen. */
void backfill_tick(struct app *app);

/* Whether an event belongs to such a request. The store takes it all the same; a failure is told nobody. */
bool backfill_event(struct app *app, const struct event *event);
