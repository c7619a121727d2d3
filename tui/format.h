/*
 * Numbers and times as an operator reads them: short, aligned, never wrong about what is not known ("-").
 * All write into a caller's buffer (16 bytes are enough unless said otherwise) and return it.
 */
#pragma once

#include "client/base/utf8.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* How many bytes of a text "%.*s" may take so that it ends between two characters: `max` at most. */
static inline int format_cut(const char *text, size_t max)
{
    return (int)utf8_cut(text, strlen(text), max);
}

/* A duration in ms as its two leading digits' worth: "now" below 1 s, "48s", "14m", "3h", "6d", "9w".
 * Negative counts as "now". */
const char *format_age(char *out, size_t size, int64_t ms);

/* The age of a stamp (ms since 1970) at `wall_ms`; "-" for an unknown stamp. */
const char *format_since(char *out, size_t size, int64_t stamp, int64_t wall_ms);

/* The same as "14m ago", "now", or "-". */
const char *format_ago(char *out, size_t size, int64_t stamp, int64_t wall_ms);

/* A duration with its next unit: "48s", "2m05", "1h12", "3d04h"; below 10 s with tenths: "4.2s". "-" when
 * negative. */
const char *format_duration(char *out, size_t size, int64_t ms);

/* US dollars: "-" when negative, "0.0042" below one cent, else two decimals ("4.12", "1234.50"). */
const char *format_money(char *out, size_t size, double usd);

/* The same with its sign: "$4.12", or "-". */
const char *format_usd(char *out, size_t size, double usd);

/* A count with a unit letter: "980", "48.2k", "1.3M". "-" when negative. */
const char *format_count(char *out, size_t size, int64_t count);

/* Bytes: "512 B", "4.2 KiB", "52.4 MiB". "-" when negative. */
const char *format_bytes(char *out, size_t size, int64_t bytes);

/* CPU nanoseconds as seconds or more: "0.4s", "10s", "3m20", "2h04". */
const char *format_cpu(char *out, size_t size, int64_t ns);

/* A date and time, local or UTC: "2026-02-23 11:20:00" (20 bytes); "-" for 0. */
const char *format_stamp(char *out, size_t size, int64_t stamp, bool utc);

/* The time of day, "11:20:00". */
const char *format_clock(char *out, size_t size, int64_t stamp, bool utc);

/* A whole number with thousands separated: "4,812". */
const char *format_grouped(char *out, size_t size, uint64_t value);
