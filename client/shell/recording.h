/*
 * A shell's output as an asciicast v2 file (https://docs.asciinema.org/manual/asciicast/v2/): a head of JSON,
 * then a line for each piece of output or change of size. Written by the console from the bytes the helper
 * read, so that the API key, which the helper has wiped, can be masked (recording_mask.h): bytes that may be
 * the beginning of one of its forms are held back until it is clear what they are.
 */
#pragma once

#include "client/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A recording ends by itself before its file is larger, unless another limit is asked for. */
enum { RECORDING_MAX = 64 << 20 };

struct recording;

/* Creates the file, 0600, in place of none, and writes the head. The folder must be there. `most` bytes at
 * most, 0 for RECORDING_MAX; a limit below a few lines ends it at once. NULL with *err set. */
struct recording *recording_new(const char *path, const char *title, int cols, int rows, uint64_t most,
                                int64_t now_ms, struct err *err);

/* Adds output that came at now_ms to a terminal of this size. False, and nothing more is written, when the
 * file is full or cannot be written: *err says so. */
bool recording_add(struct recording *recording, int cols, int rows, const char *bytes, size_t len,
                   int64_t now_ms, struct err *err);

/* Bytes of the file so far; its path. */
uint64_t recording_size(const struct recording *recording);
const char *recording_path(const struct recording *recording);

/* Writes what is held back, closes and frees. False with *err set when the file is not complete. NULL is
 * fine. */
bool recording_close(struct recording *recording, struct err *err);
