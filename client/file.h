/*
 * Private files: written whole or not at all, 0600 in folders that are 0700. For the saved key and the cache.
 */
#pragma once

#include "client/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum file_care {
    FILE_SAFE,  /* on the disk when the call returns */
    FILE_QUICK, /* a power cut may cost it */
};

/* Replaces `path` by these bytes: a temporary file beside it, then renamed. Missing folders are made. False
 * with *err set (ERR_LOCAL) and nothing changed. */
bool file_write_private(const char *path, const void *bytes, size_t len, enum file_care care,
                        struct err *err);

/* Makes a folder and those above it, 0700 each. True when it is there already. */
bool file_make_folder(const char *path, struct err *err);

/* The whole of an ordinary file of at most `cap` bytes, NUL-terminated; the caller frees it. NULL with *err
 * set; err->code is ENOENT when there is none. */
char *file_read(const char *path, size_t cap, size_t *len, struct err *err);

/* A path below one of the user's folders: $VARIABLE/boxtop/NAME when the variable holds an absolute path,
 * else $HOME/FALLBACK/boxtop/NAME. NULL when there is no home either. The caller frees it. */
char *file_user_path(const char *variable, const char *fallback, const char *name);
