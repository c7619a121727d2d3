#include "tests/boxd/timer.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "client/base/clock.h"
#include "tests/boxd/demo.h"
#include "tests/boxd/lifecycle.h"
#include "tests/boxd/schedules.h"

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

/* Snapshots turn ready. */
static void tick_snapshots(struct store *store, int64_t now_ms, int64_t *next_ms)
{
    for (size_t i = 0; i < store->snapshot_count; i++) {
        struct snapshot *snapshot = store->snapshots[i];
        if (snapshot->ready_at_ms != 0 && now_ms >= snapshot->ready_at_ms) {
            snapshot->ready_at_ms = 0;
        } else if (snapshot->ready_at_ms != 0) {
            sooner(next_ms, snapshot->ready_at_ms);
        }
    }
}

/* Once a minute, the schedules; a minute that passed while the machine slept is not made up for. */
static void tick_schedules(struct boxd *boxd, int64_t now_ms, int64_t *next_ms)
{
    int64_t wall_ms = clock_wall_ms();
    int64_t minute = wall_ms / 60000;
    for (size_t i = 0; minute != boxd->minute && i < boxd->store.count; i++) {
        if (boxd->store.boxes[i]->status != BOX_DELETED) {
            schedules_tick(boxd, boxd->store.boxes[i], minute * 60);
        }
    }
    boxd->minute = minute;
    sooner(next_ms, now_ms + 60000 - wall_ms % 60000);
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
    tick_snapshots(store, now_ms, &next_ms);
    tick_schedules(boxd, now_ms, &next_ms);
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
