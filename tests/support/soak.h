/*
 * The counts of the long tests (tests/soak): large by default, smaller or larger by environment variables,
 * which tests/run.sh hands on when their names start with SOAK_.
 */
#pragma once

/* The number in an environment variable, or `otherwise` when it is not set. Fails the running test when it is
 * not a number from 1 to 1,000,000,000. */
long soak_count(const char *name, long otherwise);
