/*
 * A bounded channel of bytes from the thread that reads a process to the thread that sends its HTTP answer.
 * The writer waits while the channel is full, so a process cannot run ahead of its reader by more than that;
 * once the reader has left, bytes are dropped and the writer never waits: a run goes on without its audience.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct hub;

/* A channel with two ends; each is let go of once. */
struct hub *hub_new(void);

/* Writes all of it, or drops it. */
void hub_write(struct hub *hub, const void *bytes, size_t len);

/* As hub_write, but the bytes come out in a read of their own (at most 16 KiB): what is before them must have
 * been read. */
void hub_write_apart(struct hub *hub, const void *bytes, size_t len);

/* From now on the writer drops what has no room, and never waits. */
void hub_hurry(struct hub *hub);

/* The writer has no more, and lets go. */
void hub_end(struct hub *hub);

/* Waits for bytes and takes up to `room` of them. 0: the writer has ended. */
size_t hub_read(struct hub *hub, char *out, size_t room);

/* The reader has gone, and lets go. */
void hub_leave(struct hub *hub);
