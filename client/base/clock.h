/*
 * Time, as numbers that tests can choose. Durations and timers come from the monotonic clock, stamps from the
 * wall. Code that must be testable takes the current time as an argument (`int64_t now_ms`); only loops ask
 * the clock.
 */
#pragma once

#include <stdint.h>

/* Milliseconds of CLOCK_MONOTONIC. */
int64_t clock_ms(void);

/* Microseconds of CLOCK_MONOTONIC. */
int64_t clock_us(void);

/* Milliseconds since 1970, by the wall clock. */
int64_t clock_wall_ms(void);

/* Milliseconds this machine has slept since boot (CLOCK_BOOTTIME less CLOCK_MONOTONIC): a jump means a
 * suspend. Always 0 on systems without CLOCK_BOOTTIME. */
int64_t clock_asleep_ms(void);
