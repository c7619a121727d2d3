/*
 * What the operator has seen or put off, by the identity of its notice (tui/rules.h), kept in a private file
 * so that it stays seen after a restart.
 */
#pragma once

#include "client/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ACKS_MAX = 4000 };

struct ack {
    char *key;
    uint64_t digest; /* of the key */
    int64_t at;      /* wall ms when it was said */
    int64_t until;   /* wall ms until which it is put off, 0: for good */
};

struct acks {
    struct ack *items; /* oldest first */
    size_t count, room;
    bool changed; /* since the last save */
};

void acks_done(struct acks *acks);

/* Notes that `key` was seen (until 0) or put off until a moment. The oldest go when there are too many. */
void acks_set(struct acks *acks, const char *key, int64_t until, int64_t wall_ms);

/* Forgets it. */
void acks_remove(struct acks *acks, const char *key);

enum ack_state { ACK_NONE, ACK_SEEN, ACK_SNOOZED };
enum ack_state acks_state(const struct acks *acks, const char *key, int64_t wall_ms);

/* Reads what acks_save wrote. A file that is missing or not ours leaves it empty; single entries that cannot
 * be understood, and those older than 60 days, are left out. */
void acks_load(struct acks *acks, const char *path, int64_t wall_ms);

/* Writes it, 0600. False with *err set. */
bool acks_save(struct acks *acks, const char *path, struct err *err);
