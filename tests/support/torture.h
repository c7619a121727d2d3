/*
 * The torture of safety.md's scoreboard (row 25): the real boxtop, with the k-th call of a kind failing, once
 * or from there on, in one scenario after the other. Whatever happens, boxtop must not crash, must not hang,
 * must leave its terminal as it found it, and no sanitizer may have a word to say. That the scenario itself
 * succeeds is not asked: an operator sees an error or does not even notice.
 */
#pragma once

#include "tests/preload/failing_calls.h"
#include "tests/support/story.h"

#include <stdbool.h>
#include <stddef.h>

/* A scenario: what the operator does, and with what boxtop is started. */
struct torture_scenario {
    const char *name;
    const char *const *args;           /* NULL at the end; NULL for none */
    bool helper;                       /* the calls fail in the shell's helper */
    bool pipe;                         /* it ends by itself: a verb */
    bool (*play)(struct story *story); /* false at the first step that does not come; NULL: nothing to do */
};

extern const struct torture_scenario torture_scenarios[];
extern const size_t torture_scenario_count;

/* A service with what the scenarios need: the boxes of story_new_calm, and a log. */
struct story *torture_story(void);

/* What was run. */
struct torture_figures {
    long runs;     /* of boxtop */
    long failed;   /* runs in which a call did fail: in the others it was never reached */
    long finished; /* of these, the scenario came to its end all the same */
    long broken;   /* runs in which something happened that must not */
};

/* Plays the scenario with each kind of call failing: at most `most` (1 or more) values of k for each kind and
 * each way to fail, spread over all there are, and of the ways every `step`th (1: all), others for the next
 * scenario. Prints what must not be, and goes on. */
void torture_scenario_run(struct story *story, const struct torture_scenario *scenario, long most,
                          size_t step, struct torture_figures *figures);
