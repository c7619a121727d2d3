/*
 * The last known world: the list of boxes as it was, so that the first frame needs no network. A file of JSON
 * lines, 0600 in a 0700 folder, one for each profile and base URL. What is in it is read by the decoder for
 * the service's own bytes, so a damaged or forged file is as harmless as an answer.
 */
#pragma once

#include "client/base/err.h"
#include "client/model.h"

#include <stddef.h>
#include <stdint.h>

/* $XDG_CACHE_HOME/boxtop/PROFILE-DIGEST.jsonl; NULL without a home. The caller frees it. */
char *cache_path(const char *profile, const char *base_url);

/* Reads the boxes; what cannot be read is left out. *boxes is the caller's (boxes_free); *saved_at_ms is the
 * wall clock of the save. False with *err set (ENOENT in err->code when there is no file) and nothing else
 * changed when the file is of no use. */
bool cache_load(const char *path, struct box **boxes, size_t *count, int64_t *saved_at_ms, struct err *err);

/* Replaces the file, whole or not at all; unreadable boxes are left out. False with *err set, also in the
 * log: a full disk costs nothing but the cache. */
bool cache_save(const char *path, const struct box *boxes, size_t count, int64_t now_wall_ms,
                struct err *err);
