/*
 * JSON as it comes from a service that may be wrong: bytes to a jansson value with the repairs that keep one
 * odd string from costing the whole item, and getters that check the type of each field and never fail.
 *
 * Values are jansson's and released with json_decref. Answers that are lists are cut into elements first
 * (json_split.h), so that one bad element costs one element.
 */
#pragma once

#include "client/base/buf.h"
#include "client/base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Loads one JSON value of any type. What jansson refuses though it is well-formed, or nearly, is repaired
 * first (json_repair). NULL with *err set (ERR_PROTOCOL, with place and reason) when it is malformed, holds a
 * NUL byte, or is nested deeper than 2048.
 */
json_t *json_load_tolerant(const char *bytes, size_t len, struct err *err);

/*
 * Appends the value to `out` with these repairs: bytes that are not UTF-8 become U+FFFD; half of a surrogate
 * pair becomes \ufffd; a number that fits neither int64 nor double becomes a string of its digits; \u0000 in
 * a key becomes \u2400. Anything else malformed stays as it is, for the parser to refuse. False when the cap
 * of `out` is too small (six times the input is enough).
 */
bool json_repair(struct buf *out, const char *bytes, size_t len);

/* A digest of bytes: equal bytes have equal digests, different ones almost never (64 bits, FNV-1a over
 * words). Not for secrets. */
uint64_t json_digest(const char *bytes, size_t len);

/* The string in object[key], NULL when there is none or it has another type. *len (may be NULL) is its
 * length; the string may hold NULs. Lives as long as the object. */
const char *json_text(const json_t *object, const char *key, size_t *len);

/* The integer in object[key]; a real is rounded, a string of digits is read. `missing` for anything else,
 * also for what does not fit. */
int64_t json_int64(const json_t *object, const char *key, int64_t missing);

/* The number in object[key], always finite; `missing` for anything else. */
double json_number(const json_t *object, const char *key, double missing);

/* The boolean in object[key]; 0 and 1 count too. `missing` for anything else. */
bool json_flag(const json_t *object, const char *key, bool missing);

/* The moment in object[key] as milliseconds since 1970, by the rule of box-api.md section 5: the size of a
 * number tells its unit, a string is ISO-8601 or a number. 0, which is unknown, for anything else, for what
 * is not after 1970 and for what is past the year 9999. */
int64_t json_time(const json_t *object, const char *key);

/* The same for a value that is at hand. */
int64_t json_time_value(const json_t *value);
