/*
 * The boxes of `--seed demo`: a dozen of every status, runtime, harness and age, with pasts, in which work
 * goes on for as long as boxd runs.
 */
#pragma once

#include "tests/boxd/boxd.h"

/* Makes the boxes. Called once, before the server starts. */
void seed_demo(struct boxd *boxd);
