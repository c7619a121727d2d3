#include "client/base/queue.h"

#include "client/base/mem.h"

#include <pthread.h>
#include <stdlib.h>

struct queue {
    pthread_mutex_t lock;
    void **items; /* a ring */
    size_t room;  /* size of the ring */
    size_t first; /* where the oldest item stands */
    size_t count; /* items in it */
};

struct queue *queue_new(void)
{
    struct queue *queue = mem_zalloc(1, sizeof *queue);
    pthread_mutex_init(&queue->lock, NULL);
    queue->room = 64;
    queue->items = mem_zalloc(queue->room, sizeof *queue->items);
    return queue;
}

void queue_free(struct queue *queue, void (*free_item)(void *))
{
    if (queue == NULL)
        return;
    for (void *item; (item = queue_pop(queue)) != NULL;)
        if (free_item != NULL)
            free_item(item);
    pthread_mutex_destroy(&queue->lock);
    free(queue->items);
    free(queue);
}

static void enlarge(struct queue *queue)
{
    void **items = mem_zalloc(queue->room * 2, sizeof *items);
    for (size_t i = 0; i < queue->count; i++)
        items[i] = queue->items[(queue->first + i) % queue->room];
    free(queue->items);
    queue->items = items;
    queue->room *= 2;
    queue->first = 0;
}

bool queue_push(struct queue *queue, void *item)
{
    pthread_mutex_lock(&queue->lock);
    if (queue->count == queue->room)
        enlarge(queue);
    queue->items[(queue->first + queue->count) % queue->room] = item;
    bool was_empty = queue->count++ == 0;
    pthread_mutex_unlock(&queue->lock);
    return was_empty;
}

void *queue_pop(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    void *item = NULL;
    if (queue->count > 0) {
        item = queue->items[queue->first];
        queue->first = (queue->first + 1) % queue->room;
        queue->count--;
    }
    pthread_mutex_unlock(&queue->lock);
    return item;
}

size_t queue_count(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    size_t count = queue->count;
    pthread_mutex_unlock(&queue->lock);
    return count;
}
