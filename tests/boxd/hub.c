#include "tests/boxd/hub.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "client/base/buf.h"
#include "client/base/mem.h"

enum { ROOM = 256 << 10 };

struct hub {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct buf buf; /* written and not yet read */
    bool ended;     /* by the writer */
    bool left;      /* by the reader */
    bool hurry;     /* no more waiting for the reader */
};

struct hub *hub_new(void)
{
    struct hub *hub = mem_zalloc(1, sizeof *hub);
    pthread_mutex_init(&hub->lock, NULL);
    pthread_cond_init(&hub->changed, NULL);
    buf_init(&hub->buf, ROOM);
    return hub;
}

static void hub_free(struct hub *hub)
{
    buf_done(&hub->buf);
    pthread_cond_destroy(&hub->changed);
    pthread_mutex_destroy(&hub->lock);
    free(hub);
}

/* With the lock held: adds the bytes as room allows. */
static void write_all(struct hub *hub, const char *bytes, size_t len)
{
    while (len > 0) {
        while (hub->buf.len == ROOM && !hub->left && !hub->hurry) {
            pthread_cond_wait(&hub->changed, &hub->lock);
        }
        if (hub->left || hub->buf.len == ROOM) {
            return;
        }
        size_t fits = ROOM - hub->buf.len < len ? ROOM - hub->buf.len : len;
        buf_add(&hub->buf, bytes, fits);
        bytes += fits;
        len -= fits;
        pthread_cond_broadcast(&hub->changed);
    }
}

void hub_write(struct hub *hub, const void *bytes, size_t len)
{
    pthread_mutex_lock(&hub->lock);
    write_all(hub, bytes, len);
    pthread_mutex_unlock(&hub->lock);
}

void hub_write_apart(struct hub *hub, const void *bytes, size_t len)
{
    pthread_mutex_lock(&hub->lock);
    while (hub->buf.len > 0 && !hub->left && !hub->hurry) {
        pthread_cond_wait(&hub->changed, &hub->lock);
    }
    write_all(hub, bytes, len);
    pthread_mutex_unlock(&hub->lock);
}

/* Notes that one end is done; frees the hub when both are. */
static void let_go(struct hub *hub, bool *end)
{
    pthread_mutex_lock(&hub->lock);
    *end = true;
    bool last = hub->ended && hub->left;
    pthread_cond_broadcast(&hub->changed);
    pthread_mutex_unlock(&hub->lock);
    if (last) {
        hub_free(hub);
    }
}

void hub_hurry(struct hub *hub)
{
    pthread_mutex_lock(&hub->lock);
    hub->hurry = true;
    pthread_cond_broadcast(&hub->changed);
    pthread_mutex_unlock(&hub->lock);
}

void hub_end(struct hub *hub)
{
    let_go(hub, &hub->ended);
}

size_t hub_read(struct hub *hub, char *out, size_t room)
{
    pthread_mutex_lock(&hub->lock);
    while (hub->buf.len == 0 && !hub->ended) {
        pthread_cond_wait(&hub->changed, &hub->lock);
    }
    size_t count = hub->buf.len < room ? hub->buf.len : room;
    if (count > 0) {
        memcpy(out, hub->buf.data, count);
    }
    buf_drop(&hub->buf, count);
    pthread_cond_broadcast(&hub->changed);
    pthread_mutex_unlock(&hub->lock);
    return count;
}

void hub_leave(struct hub *hub)
{
    let_go(hub, &hub->left);
}
