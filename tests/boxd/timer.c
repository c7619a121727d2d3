#include "tests/boxd/timer.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "client/base/clock.h"
#include "tests/boxd/demo.h"
#include "tests/boxd/lifecycle.h"

enum { LONGEST_MS = 60000 };

static void sooner(int64_t *next_ms, int64_t at_ms)
{
    if (at_ms < *next_ms) {
        *next_ms = at_ms;
    }
}

/* Does what is due for one box and brings *next_ms forward to what is due next. */
static void tick_box(struct boxd *boxd, struct box *box, int64_t now_ms, int64_t *next_ms)
{
    if (box->status == BOX_DELETED) {
        return;
    }
    lifecycle_settle(boxd, box, now_ms);
    if (box->ready_at_ms != 0) {
        sooner(next_ms, box->ready_at_ms);
    }
    demo_tick(boxd, box, now_ms, next_ms);
    if (box->ephemeral) {
        int64_t left_ms = box->expires_ms - clock_wall_ms();
        if (left_ms <= 0) {
            lifecycle_delete(boxd, box);
        } else {
            sooner(next_ms, now_ms + left_ms);
        }
    }
}

/* When the store must be looked at again. */
static int64_t tick(struct boxd *boxd)
{
    struct store *store = &boxd->store;
    int64_t now_ms = clock_ms();
    int64_t next_ms = now_ms + LONGEST_MS;
    for (size_t i = 0; i < store->count; i++) {
        tick_box(boxd, store->boxes[i], now_ms, &next_ms);
    }
    return next_ms;
}

static void *run(void *context)
{
    struct boxd *boxd = context;
    struct store *store = &boxd->store;
    pthread_mutex_lock(&store->lock);
    while (!atomic_load(&boxd->stopping)) {
        int64_t next_ms = tick(boxd);
        struct timespec until = {.tv_sec = next_ms / 1000, .tv_nsec = next_ms % 1000 * 1000000 + 999999};
        if (!atomic_load(&boxd->stopping)) {
            pthread_cond_timedwait(&store->changed, &store->lock, &until);
        }
    }
    pthread_mutex_unlock(&store->lock);
    return NULL;
}

bool timer_start(struct boxd *boxd, struct err *err)
{
    int code = pthread_create(&boxd->timer, NULL, run, boxd);
    boxd->timer_runs = code == 0;
    return code == 0 || err_set(err, ERR_LOCAL, code, "cannot start the timer: %s", strerror(code));
}

void timer_stop(struct boxd *boxd)
{
    if (boxd->timer_runs) {
        pthread_join(boxd->timer, NULL);
        boxd->timer_runs = false;
    }
}
