/*
 * The newest lines of the logs that the operator looked at last, kept for the next start: read before the
 * first frame, saved at the end and every TAILS_EVERY_MS when lines came. The file is written on a thread of
 * its own, so that no disk keeps a key waiting.
 */
#pragma once

#include "client/client.h"
#include "tui/store.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    TAILS_EVERY_MS = 30 * 1000,
    TAILS_BOXES = 16,
    TAILS_LINES = LOGTAIL_LINES,
    TAILS_BYTES = 128 << 10, /* of text a box */
};

struct tails;

/* `path` is copied; NULL (no home): nothing is read or saved. */
struct tails *tails_new(const char *path);

/* Waits for a save under way. NULL is fine. */
void tails_free(struct tails *tails);

/* Reads the file, and into the store the log of one box (NULL: of the one that was looked at last). The
 * client (NULL for none) goes on from those lines. */
void tails_load(struct tails *tails, struct store *store, struct client *client, const char *box_id);

/* Reads one box more, as long as there is one. True while there are more. */
bool tails_load_next(struct tails *tails, struct store *store, struct client *client);

/* Saves if it is time and there is something new. */
void tails_step(struct tails *tails, const struct store *store, int64_t now_ms, int64_t wall_ms);

/* Saves now, and waits for it. */
void tails_save(struct tails *tails, const struct store *store, int64_t now_ms, int64_t wall_ms);
