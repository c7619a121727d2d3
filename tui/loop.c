#include "tui/loop.h"

#include "client/base/clock.h"
#include "client/base/log.h"
#include "tui/pager.h"
#include "widgets/canvas.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    FRAME_MS = 16,
    SMALL_FRAMES = 4,
    SMALL_BYTES = 512,
    POLLED_MAX = 256,
    POLL_FAILURES_MAX = 16,
    EVENTS_A_TURN = 64,
    SLEEP_JUMP_MS = 5000
};

static void take_input(void *context, const struct input_event *event)
{
    struct loop *loop = context;
    struct app *app = loop->app;
    switch (event->kind) {
    case INPUT_KEY:
        loop->keyed = true;
        app_key(app, event->key);
        break;
    case INPUT_MOUSE:
        app_mouse(app, &event->mouse);
        break;
    case INPUT_PASTE:
        app_paste(app, event->paste, event->paste_len);
        if (event->paste_cut > 0)
            app_complain(app, "The paste was too long: its last %zu bytes were left out", event->paste_cut);
        break;
    case INPUT_FOCUS_IN:
    case INPUT_FOCUS_OUT:
        app_focus(app, event->kind == INPUT_FOCUS_IN);
        break;
    case INPUT_REPLY:
        term_take_reply(loop->term, event->reply);
        break;
    }
}

static void resize(struct loop *loop)
{
    int rows, cols;
    term_size(loop->term, &rows, &cols);
    canvas_resize(loop->canvas, rows, cols);
    app_resize(loop->app, rows, cols);
}

static void take_signals(struct loop *loop)
{
    unsigned signals = term_signals(loop->term);
    if ((signals & TERM_GONE) != 0)
        loop->gone = true;
    if ((signals & TERM_QUIT) != 0)
        loop->app->leaving = true;
    if ((signals & TERM_SUSPEND) != 0 && loop->pager == NULL)
        loop->suspend = true;
    if ((signals & (TERM_RESIZED | TERM_CONTINUED)) != 0)
        resize(loop);
}

static void read_keys(struct loop *loop)
{
    char bytes[4096];
    ssize_t got = term_read(loop->term, bytes, sizeof bytes);
    if (got < 0)
        loop->gone = true;
    else if (got > 0)
        input_feed(loop->input, bytes, (size_t)got, loop->app->now_ms);
}

/* A burst of events must not keep a key waiting: what is left comes in the next turn. */
static void take_events(struct loop *loop)
{
    for (int i = 0; i < EVENTS_A_TURN; i++) {
        struct event *event = client_next_event(loop->client);
        if (event == NULL)
            return;
        app_event(loop->app, event);
    }
}

/* An echo must not wait because another key, or a second, was drawn a moment ago: a few small frames may come
 * within the time of one. */
static void count_frame(struct loop *loop, bool soon)
{
    if (!soon) {
        loop->painted_ms = loop->app->now_ms;
        loop->small_frames = SMALL_FRAMES;
    }
    loop->small_frames = term_frame_bytes(loop->term) > SMALL_BYTES ? 0 : loop->small_frames - 1;
}

static void paint(struct loop *loop)
{
    struct app *app = loop->app;
    if (!app_needs_paint(app) || term_busy(loop->term) || loop->pager != NULL)
        return;
    bool soon = app->now_ms - loop->painted_ms < FRAME_MS && app->now_ms >= loop->painted_ms;
    if (soon && loop->small_frames == 0 && !loop->keyed)
        return;
    loop->keyed = false;
    if (app->touched)
        canvas_touch(loop->canvas);
    if (app_needs_rows_only(app)) {
        struct paint screen = paint_again(loop->canvas);
        app_draw_rows(app, &screen);
    } else {
        struct paint screen = paint_screen(loop->canvas);
        app_draw(app, &screen);
    }
    app->touched = false;
    canvas_flush(loop->canvas);
    term_set_cursor(loop->term, app_cursor_shape(app));
    term_set_mouse(loop->term, app->mouse_off ? TERM_MOUSE_OFF : TERM_MOUSE_FULL);
    if (!term_flush(loop->term))
        loop->gone = true;
    count_frame(loop, soon);
    shells_drawn(&app->shells);
}

static int64_t sooner(int64_t a, int64_t b)
{
    if (a < 0)
        return b;
    return b < 0 || a < b ? a : b;
}

/* How long poll may sleep, in ms. */
static int wait_ms(const struct loop *loop)
{
    const struct app *app = loop->app;
    int64_t until = sooner(app_deadline(app), shells_deadline(&app->shells));
    until = sooner(until, input_deadline(loop->input));
    until = sooner(until, toast_next_ms(&app->toasts));
    if (loop->pager != NULL)
        until = sooner(until, app->now_ms + PAGER_LOOK_MS);
    else if (app_needs_paint(app) && !term_busy(loop->term))
        until = sooner(until, loop->painted_ms + FRAME_MS);
    int64_t wait = until - clock_ms();
    return wait < 0 ? 0 : (int)wait;
}

static size_t fill_polled(const struct loop *loop, struct pollfd *polled)
{
    const struct shells *shells = &loop->app->shells;
    size_t count = 0;
    /* poll passes a negative descriptor over: the terminal is the pager's as long as there is one. */
    polled[count++] = (struct pollfd){.fd = loop->pager == NULL ? term_tty_fd(loop->term) : -1,
                                      .events = (short)(POLLIN | (term_busy(loop->term) ? POLLOUT : 0))};
    polled[count++] = (struct pollfd){.fd = term_signal_fd(loop->term), .events = POLLIN};
    polled[count++] = (struct pollfd){.fd = client_event_fd(loop->client), .events = POLLIN};
    polled[count++] =
        (struct pollfd){.fd = loop->pager != NULL ? pager_fd(loop->pager) : -1, .events = POLLIN};
    for (size_t i = 0; i < shells->count && count + FORWARDS_MAX < POLLED_MAX; i++) {
        const struct shell *shell = shells->entries[i]->shell;
        count += forwards_poll(&shells->entries[i]->forwards, shell, polled + count);
        if (shell == NULL || shell_fd(shell) < 0)
            continue;
        polled[count++] = (struct pollfd){
            .fd = shell_fd(shell), .events = (short)(POLLIN | (shell_wants_write(shell) ? POLLOUT : 0))};
    }
    return count;
}

/* After a suspend of the machine every figure is old: ask at once. */
static void look_for_sleep(struct loop *loop)
{
    int64_t asleep = clock_asleep_ms();
    if (asleep - loop->asleep_ms > SLEEP_JUMP_MS) {
        log_line("loop", "the machine slept %lld ms", (long long)(asleep - loop->asleep_ms));
        app_ask(loop->app, request_new(REQUEST_REFRESH, NULL));
    }
    loop->asleep_ms = asleep;
}

/* Whether another second has begun. */
static bool tick(struct loop *loop)
{
    struct app *app = loop->app;
    int64_t second = app->now_ms / 1000;
    app->now_ms = clock_ms();
    app->wall_ms = clock_wall_ms();
    bool another = app->now_ms / 1000 != second;
    if (another)
        app->dirty = true; /* ages read differently now */
    look_for_sleep(loop);
    return another;
}

static void turn(struct loop *loop)
{
    struct pollfd polled[POLLED_MAX];
    size_t count = fill_polled(loop, polled);
    int ready = poll(polled, (nfds_t)count, wait_ms(loop));
    bool another = tick(loop);
    if (ready < 0 && errno != EINTR) { /* the kernel is short of memory, perhaps for a moment */
        loop->gone = ++loop->poll_failures > POLL_FAILURES_MAX;
        return;
    }
    loop->poll_failures = 0;
    if (ready < 0 || (polled[1].revents & POLLIN) != 0)
        take_signals(loop);
    if (ready > 0) {
        if ((polled[0].revents & POLLOUT) != 0 && !term_flush(loop->term))
            loop->gone = true;
        if ((polled[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0)
            read_keys(loop);
    }
    if (another || (ready > 0 && polled[2].revents != 0))
        take_events(loop);
    input_tick(loop->input, loop->app->now_ms);
    app_tick(loop->app);
    app_watch(loop->app);
}

static void start_pager(struct loop *loop)
{
    struct err err;
    loop->pager = pager_start(loop->term, loop->page, &err);
    free(loop->page);
    loop->page = NULL;
    if (loop->pager == NULL) {
        resize(loop);
        app_complain(loop->app, "%s", err.text);
    }
}

static void end_pager(struct loop *loop)
{
    struct err err;
    bool fine = pager_end(loop->pager, &err);
    loop->pager = NULL;
    resize(loop);
    if (!fine)
        app_complain(loop->app, "%s", err.text);
}

void loop_open(struct loop *loop)
{
    struct app *app = loop->app;
    loop->input = input_new(take_input, loop);
    loop->asleep_ms = clock_asleep_ms();
    app->now_ms = clock_ms();
    app->wall_ms = clock_wall_ms();
    app->dirty = true;
    if (!term_flush(loop->term))
        loop->gone = true;
    paint(loop);
    app_watch(app);
}

int loop_run(struct loop *loop)
{
    struct app *app = loop->app;
    while (!app->leaving && !loop->gone) {
        paint(loop);
        turn(loop);
        if (loop->suspend) {
            loop->suspend = false;
            term_suspend(loop->term);
            resize(loop);
        }
        if (loop->page != NULL)
            start_pager(loop);
        if (loop->pager != NULL && pager_is_over(loop->pager))
            end_pager(loop);
    }
    pager_end(loop->pager, &(struct err){0});
    input_free(loop->input);
    return loop->gone ? 1 : 0;
}
