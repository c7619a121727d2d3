#include "widgets/toast.h"

#include <stdio.h>
#include <string.h>

#include "client/base/utf8.h"

static void drop(struct toast_queue *queue, int index)
{
    memmove(&queue->items[index], &queue->items[index + 1],
            (size_t)(queue->count - index - 1) * sizeof queue->items[0]);
    queue->count--;
}

void toast_push(struct toast_queue *queue, enum role role, const char *text, int64_t now_ms, int64_t for_ms)
{
    struct toast toast = {.role = role, .until_ms = now_ms + for_ms};
    size_t len = utf8_fit(text, strnlen(text, sizeof toast.text - 1), sizeof toast.text, NULL);
    memcpy(toast.text, text, len);
    for (int i = 0; i < queue->count; i++) {
        if (strcmp(queue->items[i].text, toast.text) == 0) {
            drop(queue, i);
            break;
        }
    }
    if (queue->count == TOAST_COUNT)
        drop(queue, 0);
    queue->items[queue->count++] = toast;
}

bool toast_tick(struct toast_queue *queue, int64_t now_ms)
{
    int before = queue->count;
    for (int i = queue->count - 1; i >= 0; i--) {
        if (queue->items[i].until_ms <= now_ms)
            drop(queue, i);
    }
    return queue->count != before;
}

int64_t toast_next_ms(const struct toast_queue *queue)
{
    int64_t next = -1;
    for (int i = 0; i < queue->count; i++) {
        if (next < 0 || queue->items[i].until_ms < next)
            next = queue->items[i].until_ms;
    }
    return next;
}

void toast_clear(struct toast_queue *queue)
{
    queue->count = 0;
}

void toast_draw(const struct toast_queue *queue, const struct paint *p)
{
    for (int i = 0; i < queue->count; i++) {
        const struct toast *toast = &queue->items[i];
        int row = p->rows - queue->count + i;
        int width = (int)utf8_columns(toast->text, strlen(toast->text)) + 2;
        if (width > p->cols)
            width = p->cols;
        if (row < 0 || width < 3)
            continue;
        struct paint note = paint_over(p, (struct rect){row, p->cols - width, 1, width}, toast->role);
        paint_text(&note, 0, 1, width - 2, toast->role, toast->text);
    }
}
