/*
 * Short notes in a corner that go away by themselves.
 */
#pragma once

#include "widgets/paint.h"

#include <stdbool.h>
#include <stdint.h>

enum { TOAST_COUNT = 4, TOAST_TEXT = 256 };

struct toast {
    char text[TOAST_TEXT];
    enum role role;
    int64_t until_ms; /* monotonic */
};

/* Zeroed: empty. */
struct toast_queue {
    struct toast items[TOAST_COUNT]; /* oldest first */
    int count;
};

/* Adds a note that stays for `for_ms`; the oldest makes room. The same text again only stays longer. */
void toast_push(struct toast_queue *queue, enum role role, const char *text, int64_t now_ms, int64_t for_ms);

/* Drops what is over; true when something went. */
bool toast_tick(struct toast_queue *queue, int64_t now_ms);

/* When toast_tick has something to do next, -1 for never. */
int64_t toast_next_ms(const struct toast_queue *queue);

/* Forgets all. */
void toast_clear(struct toast_queue *queue);

/* Draws them in the lower right corner of p, newest at the bottom. */
void toast_draw(const struct toast_queue *queue, const struct paint *p);
