/*
 * Files on this machine, whole or in parts, for the handlers that serve those of a box.
 */
#pragma once

#include "client/base/buf.h"
#include "client/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads up to `length` bytes from `offset` on. False with *err set (its code an HTTP status) when the path is
 * no readable file, or when more than the buffer's cap is asked for. */
bool files_read(const char *path, int64_t offset, int64_t length, struct buf *out, struct err *err);

/* Writes a file, the folders above it included. */
bool files_write(const char *path, const void *bytes, size_t len, struct err *err);

/* The bytes of all files below a folder. */
int64_t files_size(const char *path);
