/*
 * How much room log lines may take: the section [logs] of the configuration.
 */
#pragma once

#include "client/base/err.h"
#include "client/text/linepool.h"

#include <stdbool.h>

/* The defaults; the folder is that of the cache, NULL without a home. The caller frees it with
 * logroom_done. */
void logroom_init(struct linepool_options *room);
void logroom_done(struct linepool_options *room);

/* Takes a setting: `memory` and `disk` as "64M", "2G", "off" (the disk only), `folder` as a path from / or
 * ~/. False with *err set when it is none, or its value is none. */
bool logroom_set(struct linepool_options *room, const char *name, const char *value, struct err *err);
