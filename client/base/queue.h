/*
 * A queue between two threads. What goes in is owned by the queue until it comes out; the lock is inside and
 * nowhere else. Waking the other side is not its business: the caller does that after a push that returned
 * true.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct queue;

struct queue *queue_new(void);

/* Frees the queue; what is still inside is given to `free_item`. NULL is fine. */
void queue_free(struct queue *queue, void (*free_item)(void *));

/* Appends. True when the queue was empty before, which is when the other side may be asleep. */
bool queue_push(struct queue *queue, void *item);

/* Takes the oldest item, NULL when there is none. Never waits. */
void *queue_pop(struct queue *queue);

/* How many items wait. */
size_t queue_count(struct queue *queue);
