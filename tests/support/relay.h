/*
 * A loopback TCP relay that spoils what passes: cuts, stalls, delays, fragments, flips bits. For HTTP and SSH
 * tests, since this kind of machine often has no netem. Runs on a thread of its own in the test's process.
 */
#pragma once

#include "client/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct relay;

/* What happens to bytes of one direction. Zero is "not at all" everywhere. Offsets count from the start of
 * the connection, in this direction. */
struct relay_way {
    uint64_t cut_after;   /* both sides are closed once this many bytes have passed */
    uint64_t stall_after; /* nothing passes after so many bytes, until relay_resume */
    int delay_ms;         /* each byte arrives this much later */
    size_t fragment;      /* at most this many bytes in a write */
    int gap_ms;           /* pause between two writes */
    uint32_t flip_every;  /* one bit of one byte in so many is flipped, at random (1: of each byte) */
    uint64_t flip_after;  /* the first bytes that are spared */
};

struct relay_plan {
    struct relay_way to_server, to_client;
    bool refuse;   /* connections are reset as soon as they are accepted */
    bool reset;    /* cuts are resets (RST), not ends (FIN) */
    uint32_t seed; /* of the flips; the same seed and connection number flip the same bits */
};

struct relay_counters {
    uint64_t connections; /* accepted */
    uint64_t open;        /* now */
    uint64_t to_server;   /* bytes passed */
    uint64_t to_client;
};

/* Listens on a free port of 127.0.0.1 and relays to `port` there. `plan` (NULL: pass everything) is for all
 * connections until relay_set_plan. NULL with *err set when a socket or the thread cannot be had. */
struct relay *relay_new(uint16_t port, const struct relay_plan *plan, struct err *err);

/* Ends all connections and the thread. NULL is fine. */
void relay_free(struct relay *relay);

/* The port it listens on. */
uint16_t relay_port(const struct relay *relay);

/* For connections accepted from now on. */
void relay_set_plan(struct relay *relay, const struct relay_plan *plan);

/* Cuts every connection of now (as plan.reset of each says). */
void relay_cut(struct relay *relay);

/* Stalls every connection of now, in both directions. */
void relay_stall(struct relay *relay);

/* Ends all stalls. */
void relay_resume(struct relay *relay);

void relay_counters(struct relay *relay, struct relay_counters *out);
